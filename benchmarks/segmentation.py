"""F1 of sentence boundaries on Dutch treebanks, and the speed of splitting.

    python benchmarks/segmentation.py GOLD_FOLDER [--errors N]

GOLD_FOLDER holds CoNLL-U files with ``# text`` lines. The sentences of a file are
joined by spaces into one text, so that neither paragraphs nor headings help. A
boundary is the place after a sentence; the end of the text does not count.
"after final punctuation" counts only boundaries behind ``. ? ! …`` (with closing
quotes): the others (headings, list items) are for the reader of a document to find.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.segmentation import split_spans

_FINAL = re.compile(r"[.?!…][\"'“”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Score:
    """Boundaries found, of those in the gold text and those we set."""

    right: int
    gold: int
    ours: int

    @property
    def precision(self) -> float:
        """Share of our boundaries that are right, in [0, 1]."""
        return self.right / self.ours if self.ours else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold boundaries that we found, in [0, 1]."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]."""
        return 2 * self.right / (self.gold + self.ours) if self.gold + self.ours else 0.0


def sentences(path: Path) -> list[str]:
    """The sentences of a CoNLL-U file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("# text = ").strip() for line in lines if line.startswith("# text = ")]


def normalised(text: str) -> str:
    """``text`` with the quotes of old treebanks (two commas, two apostrophes) made plain."""
    return re.sub(r",,(?=\S)|''", '"', text)


def boundaries(parts: Sequence[str]) -> set[int]:
    """Offsets of the ends of ``parts`` joined by spaces, the last left out."""
    ends = set()
    at = -1
    for part in parts[:-1]:
        at += len(part) + 1
        ends.add(at)
    return ends


def score(text: str, gold: set[int], ours: set[int], *, final_only: bool) -> Score:
    """How well ``ours`` meets ``gold``; with ``final_only`` after final punctuation."""

    def counts(end: int) -> bool:
        return not final_only or _FINAL.search(text[max(0, end - 8) : end]) is not None

    gold = {end for end in gold if counts(end)}
    ours = {end for end in ours if counts(end)}
    return Score(len(gold & ours), len(gold), len(ours))


def report(path: Path, errors: int) -> None:
    """Print the scores on one file, and up to ``errors`` differences."""
    parts = [normalised(part) for part in sentences(path)]
    text = " ".join(parts)
    began = time.perf_counter()
    spans = split_spans(text)
    rate = len(text) / (time.perf_counter() - began)
    gold = boundaries(parts)
    ours = {span.end for span in spans[:-1]}
    final = score(text, gold, ours, final_only=True)
    overall = score(text, gold, ours, final_only=False)
    print(f"{path.name}: {len(parts)} sentences, {rate:,.0f} characters a second")
    for name, result in (("after final punctuation", final), ("overall", overall)):
        counts = f"right {result.right}, gold {result.gold}, ours {result.ours}"
        measures = f"P {result.precision:.4f}, R {result.recall:.4f}, F1 {result.f1:.4f}"
        print(f"  {name}: {measures} ({counts})")
    wrong = sorted((end, end in gold) for end in gold ^ ours)
    wrong = [pair for pair in wrong if _FINAL.search(text[max(0, pair[0] - 8) : pair[0]])]
    for end, missed in wrong[:errors]:
        kind = "missed" if missed else "added "
        print(f"    {kind} {text[max(0, end - 50) : end]!r} | {text[end : end + 40]!r}")


def growth() -> None:
    """Print the time for ever longer single lines: it should grow as the length does."""
    line = 'Dhr. A. de Wit zei: "Ik kom om 10.30 uur. Wacht niet." Daarna, enz., bleef het stil. '
    for name, unit in (("prose", line), ("full stops", "a. "), ("openers", '("'), ("one word", "x")):
        times = []
        for size in (100_000, 1_000_000):
            text = unit * (size // len(unit))
            began = time.perf_counter()
            split_spans(text)
            times.append(time.perf_counter() - began)
        print(
            f"{name}: {times[0]:.2f} s for 0.1 MB, {times[1]:.2f} s for 1 MB, {times[1] / times[0]:.1f} times"
        )


def main() -> None:
    """Read the command line and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("gold", type=Path, help="folder of CoNLL-U files")
    parser.add_argument("--errors", type=int, default=0, help="differences to show for each file")
    arguments = parser.parse_args()
    paths = sorted(arguments.gold.glob("*.conllu"))
    if not paths:
        parser.error(f"no .conllu files in {arguments.gold}")
    for path in paths:
        report(path, arguments.errors)
    growth()


if __name__ == "__main__":
    main()
