"""Learns the weights of the sentence aligner, as they stand in corpus/alignment/weights.py.

    python benchmarks/alignment_weights.py PAIRS... --evidence lexical [--gold GOLD SRC TGT]

PAIRS are TSV files of lines that answer to each other (source, target); documents with
known gold are made from them, with standard and with hard noise. --gold adds a document
that people aligned. Weights are those under which the gold beads are most probable (the
log-likelihood of a conditional random field, with a little ridge), found by L-BFGS.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from alignment_noise import HARD, STANDARD, Bead, NoisyDocument, make_noisy

from corpus.alignment.embeddings import PackagedEmbedder
from corpus.alignment.lexical import Lexical
from corpus.alignment.search import Lattice, Shape, posterior
from corpus.alignment.sentences import Evidence, Side, gather
from corpus.alignment.similarity import Similarity, TokenSimilarity
from corpus.alignment.weights import Weights
from eval.alignment import read_gold_beads

Vector = npt.NDArray[np.float64]
SINGLE = ["text", "text gain", "text crossed", "token", "token lost", "length"]
STATES = ["state", "state lost", "state crossed"]
BY_SHAPE = ["two", "both", "three", "skip"]


@dataclass
class Example:
    """A document as matrices: ``rows[shape]`` is [cells, features]."""

    evidence: Evidence
    rows: dict[Shape, npt.NDArray[np.float32]]
    possible: dict[Shape, npt.NDArray[np.bool_]]
    gold: Vector
    beads: int

    def likelihood(self, weights: Vector) -> tuple[float, Vector]:
        """The log-likelihood of the gold, and its gradient."""
        band = self.evidence.band
        values = {
            shape: np.where(self.possible[shape], rows @ weights, -np.inf).astype(np.float32)
            for shape, rows in self.rows.items()
        }
        skips = np.full(band.sources, weights[-1]), np.full(band.targets, weights[-1])
        chances = posterior(Lattice(band, values, *skips))
        expected = np.zeros(len(weights))
        for shape, rows in self.rows.items():
            expected += chances.values[shape] @ rows
        expected[-1] += chances.skip_source.sum() + chances.skip_target.sum()
        return float(self.gold @ weights - chances.log_sum), self.gold - expected


def example(
    document: NoisyDocument, similarity: Similarity, tokens: Sequence[TokenSimilarity], names: Sequence[str]
) -> Example:
    sides = Side(document.source), Side(document.target)
    vectors = similarity.texts([[t] for t in document.source], [[t] for t in document.target])
    evidence = gather(*sides, vectors, similarity, tokens)
    rows, possible = {}, {}
    for shape in evidence.features["text"]:
        columns = [evidence.features[name][shape] for name in names]
        good = np.all([np.isfinite(column) for column in columns], axis=0)
        units = [Weights({}, *(float(k == place) for k in range(4))).shape(shape) for place in range(3)]
        matrix = np.zeros((evidence.band.cells, len(names) + 4), np.float32)
        for place, column in enumerate(columns):
            matrix[:, place] = np.where(good, column, 0.0)
        matrix[:, len(names) : len(names) + 3] = units
        rows[shape], possible[shape] = matrix, good
    gold = np.zeros(len(names) + 4)
    i = j = 0
    for source, target in document.gold:
        shape = (len(source), len(target))
        if min(shape) == 0:
            gold[-1] += 1
        else:
            place = evidence.band.at(i, j)
            if not possible[shape][place]:
                raise SystemExit(f"gold bead {source}:{target} lies outside the band")
            gold += rows[shape][place]
        i, j = i + shape[0], j + shape[1]
    return Example(evidence, rows, possible, gold, len(document.gold))


def learn(examples: Sequence[Example], steps: int = 40, ridge: float = 0.3) -> Vector:
    """L-BFGS on features made independent of each other (whitened)."""
    size = len(examples[0].gold)
    sample = [
        rows[one.possible[shape]][:: 1 if shape == (1, 1) else 7]
        for one in examples
        for shape, rows in one.rows.items()
    ]
    skips = np.zeros((sum(map(len, sample)) // 12, size))
    skips[:, -1] = 1
    joined = np.concatenate([*sample, skips]).astype(np.float64)
    moments = joined.T @ joined / len(joined)
    scale = np.sqrt(np.diag(moments)) + 1e-9
    root = np.linalg.cholesky(moments / np.outer(scale, scale) + 1e-3 * np.eye(size))
    turn = np.linalg.inv(root).T / scale[:, None]
    turned = torch.zeros(size, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([turned], max_iter=steps, history_size=25, line_search_fn="strong_wolfe")
    total = sum(one.beads for one in examples)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        weights = turn @ turned.detach().numpy()
        found = [one.likelihood(weights) for one in examples]
        loss = (ridge * float(((weights * scale) ** 2).sum()) - sum(one for one, _ in found)) / total
        slope = 2 * ridge * weights * scale**2 - np.sum([gradient for _, gradient in found], axis=0)
        turned.grad = torch.tensor(turn.T @ slope / total)
        print(f"{loss:.4f}", end=" ", flush=True)
        return torch.tensor(loss)

    optimizer.step(closure)
    return np.asarray(turn @ turned.detach().numpy())


def human(gold: Path, source: Path, target: Path) -> NoisyDocument:
    """A document that people aligned, its beads made monotone: crossing ones become one."""
    sides = [
        tuple(line.strip() for line in path.read_text("utf-8").splitlines()) for path in (source, target)
    ]
    spans: list[tuple[int, int, int, int]] = []
    i = j = 0
    for left, right in read_gold_beads(gold.read_text("utf-8"), str(gold)):
        a, b = (min(left), max(left) + 1) if left else (i, i)
        c, d = (min(right), max(right) + 1) if right else (j, j)
        while spans and (a < spans[-1][1] or c < spans[-1][3]):
            last = spans.pop()
            a, b, c, d = min(a, last[0]), max(b, last[1]), min(c, last[2]), max(d, last[3])
        spans.append((a, b, c, d))
        i, j = b, d
    beads: list[Bead] = []
    i = j = 0
    for a, b, c, d in [*spans, (len(sides[0]),) * 2 + (len(sides[1]),) * 2]:
        beads += [((k,), ()) for k in range(i, a)] + [((), (k,)) for k in range(j, c)]
        if b > a or d > c:
            beads.append((tuple(range(a, b)), tuple(range(c, d))))
        i, j = b, d
    return NoisyDocument(sides[0], sides[1], tuple(beads))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pairs", nargs="*", type=Path)
    parser.add_argument("--evidence", choices=["embeddings", "states", "lexical"], default="embeddings")
    parser.add_argument("--gold", nargs=3, type=Path, metavar=("GOLD", "SRC", "TGT"))
    parser.add_argument("--most", type=int, default=700, help="pairs of each file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    similarity: Similarity = Lexical() if options.evidence == "lexical" else PackagedEmbedder()
    tokens: list[TokenSimilarity] = []
    if options.evidence == "states":
        from translate.alignment import encoder_states
        from translate.engines.pytorch import load_pytorch
        from translate.models import find_model

        states = encoder_states(load_pytorch(find_model("builtin", offline=True)))
        assert states is not None
        tokens.append(states)
    names = SINGLE + (STATES if tokens else [])
    documents = []
    for path in options.pairs:
        rows = [line.split("\t")[:2] for line in path.read_text("utf-8").splitlines()[: options.most]]
        for seed, rates in ((1, STANDARD), (2, HARD)):
            documents.append(make_noisy([row[0] for row in rows], [row[1] for row in rows], rates, seed))
    if options.gold:
        documents.append(human(*options.gold))
    weights = learn([example(document, similarity, tokens, names) for document in documents])
    print()
    for name, weight in zip([*names, *BY_SHAPE], weights, strict=True):
        print(f"{name}: {weight:.3f}")


if __name__ == "__main__":
    main()
