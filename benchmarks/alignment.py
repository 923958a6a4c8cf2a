"""How right and how fast sentence alignment is, beside other methods.

    python benchmarks/alignment.py SOURCE TARGET [--rates hard] [--seeds 3]
    python benchmarks/alignment.py SOURCE TARGET --gold GOLD
    python benchmarks/alignment.py SOURCE TARGET --long 1000 10000 100000

SOURCE and TARGET have a segment a line. Without --gold the lines answer to each other, and
noisy documents are made of them (alignment_noise.py). --long repeats the text (each time with
numbers of its own, so that no two lines are the same) and prints time and memory.

Systems: tweetalig with embeddings and encoder states (auto), with embeddings, with words
alone (lexical); Gale and Church (1993), our own writing of it; vecalign's cost (Thompson and
Koehn 2019) over the same embeddings, searched without its approximation; hunalign, if it is
installed, as a program without a dictionary. Intervals are of F1 less the first system's, by
a paired bootstrap over runs of 25 source segments.
"""

from __future__ import annotations

import argparse
import math
import random
import resource
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from alignment_noise import HARD, STANDARD, Bead, NoisyDocument, make_noisy

from corpus.alignment.embeddings import PackagedEmbedder
from corpus.alignment.lexical import Lexical
from corpus.alignment.search import Cut, Lattice, Shape, best_cuts, whole_band
from corpus.alignment.sentences import Side, align_sides
from corpus.alignment.similarity import TokenSimilarity
from eval.alignment import bead_scores, read_gold_beads

Aligner = Callable[[Sequence[str], Sequence[str]], list[Bead]]
_RUN = 25
_RESAMPLES = 1000


def beads_of(cuts: Sequence[Cut]) -> list[Bead]:
    return [(tuple(range(c.source, c.source_end)), tuple(range(c.target, c.target_end))) for c in cuts]


# Systems


@cache
def embedder() -> PackagedEmbedder:
    return PackagedEmbedder()


@cache
def states() -> TokenSimilarity:
    from translate.alignment import encoder_states
    from translate.engines.pytorch import load_pytorch
    from translate.models import find_model

    found = encoder_states(load_pytorch(find_model("builtin", offline=True)))
    assert found is not None
    return found


def auto(source: Sequence[str], target: Sequence[str]) -> list[Bead]:
    return beads_of(align_sides(Side(source), Side(target), embedder(), [states()]))


def embeddings(source: Sequence[str], target: Sequence[str]) -> list[Bead]:
    return beads_of(align_sides(Side(source), Side(target), embedder()))


def lexical(source: Sequence[str], target: Sequence[str]) -> list[Bead]:
    return beads_of(align_sides(Side(source), Side(target), Lexical()))


def gale_church(source: Sequence[str], target: Sequence[str]) -> list[Bead]:
    """Lengths in characters and the priors of the paper (table 5)."""
    priors = {(1, 1): 0.89, (1, 2): 0.0445, (2, 1): 0.0445, (2, 2): 0.011}
    sums = [np.concatenate([[0], np.cumsum([len(text) for text in side])]) for side in (source, target)]
    ratio, variance = sums[1][-1] / max(sums[0][-1], 1), 6.8

    def cost(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        mean = (left + right / ratio) / 2
        delta = np.abs(right - left * ratio) / np.sqrt(np.maximum(mean, 1) * variance)
        tail = np.array([math.erfc(x / math.sqrt(2)) for x in delta.ravel()]).reshape(delta.shape)
        return np.log(np.maximum(tail, 1e-300))

    band = whole_band(len(source), len(target))
    values: dict[Shape, np.ndarray] = {}
    for (m, n), prior in priors.items():
        grid = np.full((len(source) + 1, len(target) + 1), -np.inf, np.float32)
        left, right = sums[0][m:] - sums[0][:-m], sums[1][n:] - sums[1][:-n]
        for i, one in enumerate(left):
            low, high = sorted((i * len(target) // max(len(source), 1) - 150, i + 150))
            low, high = max(0, low), min(len(right), max(high, low + 300))
            if high > low:
                grid[i, low:high] = cost(np.full(high - low, one), right[low:high]) + math.log(prior)
        values[(m, n)] = grid.ravel()
    skips = [
        cost(np.diff(sums[0]), np.zeros(len(source))) + math.log(0.0099),
        cost(np.zeros(len(target)), np.diff(sums[1])) + math.log(0.0099),
    ]
    return beads_of(best_cuts(Lattice(band, values, skips[0], skips[1])))


def vecalign(source: Sequence[str], target: Sequence[str]) -> list[Bead]:
    """Its cost with its defaults: overlaps averaged, normalised by random samples, skips at 0.2."""
    chance = np.random.default_rng(0)
    singles = [embedder().embed(side) for side in (source, target)]
    levels = []
    for single in singles:
        level = {}
        for size in range(1, 5):
            total = np.sum([single[k : len(single) - size + 1 + k] for k in range(size)], axis=0)
            level[size] = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6)
        levels.append(level)
    samples = [single[chance.integers(0, len(single), 50)] for single in singles]
    norms = [
        {size: (1 - held @ samples[1 - side].T).mean(axis=1) for size, held in levels[side].items()}
        for side in (0, 1)
    ]
    shapes = [(m, n) for m in range(1, 5) for n in range(1, 5) if m + n <= 5]
    values: dict[Shape, np.ndarray] = {}
    for m, n in shapes:
        costs = m * n * (1 - levels[0][m] @ levels[1][n].T)
        costs = 2 * costs / (norms[0][m][:, None] + norms[1][n][None, :])
        grid = np.full((len(source) + 1, len(target) + 1), -np.inf, np.float32)
        grid[: costs.shape[0], : costs.shape[1]] = -costs
        values[(m, n)] = grid.ravel()
    single = -values[(1, 1)].reshape(len(source) + 1, -1)[:-1, :-1]
    drawn = single[chance.integers(0, len(source), 20000), chance.integers(0, len(target), 20000)]
    skip = -float(np.percentile(drawn, 20))
    lattice = Lattice(
        whole_band(len(source), len(target)), values, np.full(len(source), skip), np.full(len(target), skip)
    )
    return beads_of(best_cuts(lattice))


def hunalign(source: Sequence[str], target: Sequence[str]) -> list[Bead]:
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder, name) for name in ("dictionary", "source", "target")]
        for path, lines in zip(names, ([], source, target), strict=True):
            path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        command = ["hunalign", "-realign", *map(str, names)]
        ladder = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rungs = [tuple(map(int, line.split("\t")[:2])) for line in ladder.splitlines()]
    return [(tuple(range(a, c)), tuple(range(b, d))) for (a, b), (c, d) in pairwise(rungs)]


SYSTEMS: dict[str, Aligner] = {
    "auto": auto,
    "embeddings": embeddings,
    "lexical": lexical,
    "vecalign cost": vecalign,
    "gale-church": gale_church,
}
if shutil.which("hunalign"):
    SYSTEMS["hunalign"] = hunalign


# Scores


def runs(document: NoisyDocument, ours: Sequence[Bead]) -> np.ndarray:
    """[runs, 4]: right and all beads of ours, found and all full beads of the gold, by source place."""
    gold_set, our_set = set(document.gold), set(ours)
    counts = np.zeros((len(document.source) // _RUN + 1, 4))
    for beads, other, column in ((ours, gold_set, 0), (document.gold, our_set, 2)):
        place = 0
        for bead in beads:
            place = bead[0][0] if bead[0] else place
            if column == 2 and not all(bead):
                continue
            counts[place // _RUN, column] += bead in other
            counts[place // _RUN, column + 1] += 1
    return counts


def f1(counts: np.ndarray) -> float:
    precision, recall = counts[0] / max(counts[1], 1), counts[2] / max(counts[3], 1)
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def interval(ours: np.ndarray, first: np.ndarray) -> tuple[float, float]:
    chance = np.random.default_rng(1)
    draws = chance.integers(0, len(ours), (_RESAMPLES, len(ours)))
    differences = [f1(ours[draw].sum(0)) - f1(first[draw].sum(0)) for draw in draws]
    low, high = np.percentile(differences, [2.5, 97.5])
    return float(low), float(high)


def compare(documents: Sequence[NoisyDocument], names: Sequence[str]) -> None:
    first: np.ndarray | None = None
    for name in names:
        begin, found = time.perf_counter(), []
        for document in documents:
            found.append(SYSTEMS[name](document.source, document.target))
        seconds = time.perf_counter() - begin
        scores = [bead_scores(d.gold, ours) for d, ours in zip(documents, found, strict=True)]
        counts = np.concatenate([runs(d, ours) for d, ours in zip(documents, found, strict=True)])
        first = counts if first is None else first
        means = [
            np.mean([getattr(score, kind).f1 for score in scores]) for kind in ("strict", "lax", "deletions")
        ]
        low, high = interval(counts, first)
        each = " ".join(f"{score.strict.f1:.4f}" for score in scores)
        print(
            f"{name:14} strict {means[0]:.4f} ({each}) lax {means[1]:.4f} deletions {means[2]:.4f}"
            f"  {seconds:6.1f} s  difference [{low:+.4f}, {high:+.4f}]"
        )
        gold = Counter(kind(bead) for d in documents for bead in d.gold)
        ours = Counter(kind(bead) for beads in found for bead in beads)
        right = Counter(
            kind(bead) for d, beads in zip(documents, found, strict=True) for bead in set(beads) & set(d.gold)
        )
        parts = [
            f"{one} P {right[one] / max(ours[one], 1):.2f} R {right[one] / gold[one]:.2f} (n={gold[one]})"
            for one in sorted(gold)
        ]
        print(f"{'':14} {'; '.join(parts)}", flush=True)


def kind(bead: Bead) -> str:
    return f"{len(bead[0])}-{len(bead[1])}"


# Growth


def grow(source: Sequence[str], target: Sequence[str], sizes: Sequence[int], system: str) -> None:
    for size in sizes:
        lines = [place % len(source) for place in range(size)]
        chance = random.Random(5)
        marks = [f"{chance.randrange(10**6)}" for _ in lines]
        sides = [
            [f"{side[place]} {mark}" for place, mark in zip(lines, marks, strict=True)]
            for side in (source, target)
        ]
        document = make_noisy(*sides, STANDARD, 3)
        begin, used = time.perf_counter(), time.process_time()
        ours = SYSTEMS[system](document.source, document.target)
        seconds, used = time.perf_counter() - begin, time.process_time() - used
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        strict = bead_scores(document.gold, ours).strict.f1
        print(
            f"{system} {len(document.source)} x {len(document.target)}: {seconds:.1f} s "
            f"(processor {used:.1f}), {1000 * used / size:.2f} ms a segment, "
            f"{memory:.0f} MB, strict {strict:.4f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--rates", choices=["standard", "hard"], default="standard")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--long", nargs="+", type=int, metavar="SEGMENTS")
    options = parser.parse_args()
    sides = [
        [line.strip() for line in path.read_text("utf-8").splitlines()]
        for path in (options.source, options.target)
    ]
    if options.long:
        grow(*sides, options.long, options.systems[0])
        return
    if options.gold:
        gold = read_gold_beads(options.gold.read_text("utf-8"), str(options.gold))
        documents = [NoisyDocument(tuple(sides[0]), tuple(sides[1]), tuple(gold))]
    else:
        rates = HARD if options.rates == "hard" else STANDARD
        documents = [make_noisy(*sides, rates, 1000 + seed) for seed in range(options.seeds)]
    compare(documents, options.systems)


if __name__ == "__main__":
    main()
