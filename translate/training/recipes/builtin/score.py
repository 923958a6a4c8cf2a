"""Score each training pair by how general its English is.

    python -m translate.training.recipes.builtin.score --data DIR

Reads ``pairs.tsv`` and ``mono.en.txt`` in ``DIR`` and writes ``pairs.scored.tsv``:
score, source, Dutch, English, in the order of ``pairs.tsv``. The score is the
difference of cross-entropy of Moore and Lewis (2010), "Intelligent Selection of
Language Model Training Data", in nats a word: lower is more like general English
and less like software documentation.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from corpus.errors import InputError
from corpus.files import atomic_write
from corpus.words import words
from translate.training.recipes.command import run_step
from translate.training.recipes.tables import read_lines, read_table

SEED = 20261124
# Names of sources that are software documentation start so.
SPECIAL = "ms-"
_UNKNOWN = "<unk>"
_EDGE = "<s>"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of ``pairs.tsv``."""

    origin: str
    source: str
    target: str


class BigramModel:
    """A bigram model of words, smoothed as Witten and Bell (1991) do.

    A word's share after another is interpolated with its share anywhere, and that
    with an equal share for each word of ``vocabulary``; others count as one unknown.
    """

    def __init__(self, sentences: Iterable[Sequence[str]], vocabulary: Collection[str]) -> None:
        self._vocabulary = vocabulary
        self._single: Counter[str] = Counter()
        self._double: Counter[tuple[str, str]] = Counter()
        self._before: Counter[str] = Counter()
        for sentence in sentences:
            tokens = self._known(sentence)
            self._single.update(tokens[1:])
            self._before.update(tokens[:-1])
            self._double.update(pairwise(tokens))
        self._followers = Counter(first for first, _ in self._double)
        self._total = self._single.total()
        # Every word of the vocabulary, the unknown word and the sentence's end.
        self._types = len(vocabulary) + 2

    def _known(self, sentence: Sequence[str]) -> list[str]:
        inner = [word if word in self._vocabulary else _UNKNOWN for word in sentence]
        return [_EDGE, *inner, _EDGE]

    def probability(self, word: str, before: str) -> float:
        """Share of ``word`` after ``before``; both in the vocabulary, or its marks."""
        seen = len(self._single)
        single = (self._single[word] + seen / self._types) / (self._total + seen)
        followers = self._followers[before]
        if not followers:
            return single
        return (self._double[before, word] + followers * single) / (self._before[before] + followers)

    def cross_entropy(self, sentence: Sequence[str]) -> float:
        """Nats a word, the sentence's end counted as one."""
        tokens = self._known(sentence)
        pairs = pairwise(tokens)
        return -sum(math.log(self.probability(word, before)) for before, word in pairs) / (len(tokens) - 1)


def lower_words(text: str) -> list[str]:
    """The words and marks of ``text`` in lower case, every number as one."""
    found = (span.of(text).lower() for span in words(text))
    return ["0" if token[0].isdigit() else token for token in found]


def vocabulary_of(sentences: Iterable[Sequence[str]], least: int = 2) -> frozenset[str]:
    """Words that occur at least ``least`` times."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        counts.update(sentence)
    return frozenset(word for word, count in counts.items() if count >= least)


def domain_scores(
    targets: Sequence[Sequence[str]], special: Sequence[bool], general: Sequence[Sequence[str]]
) -> list[float]:
    """Cross-entropy under general English less that under special English, for each target.

    ``special`` marks the targets that the special model learns from. They are dealt
    into two halves, and each half is scored by the model of the other, for a model
    is too fond of what it has seen. Raises :class:`InputError` if a half is empty.
    """
    dealer = random.Random(SEED)
    halves = [dealer.randrange(2) for _ in targets]
    groups = [
        [target for target, mark, side in zip(targets, special, halves, strict=True) if mark and side == half]
        for half in (0, 1)
    ]
    if not all(groups) or not general:
        raise InputError("too little text to score by", remedy="give general and special English")
    vocabulary = vocabulary_of([*general, *groups[0], *groups[1]])
    general_model = BigramModel(general, vocabulary)
    models = [BigramModel(group, vocabulary) for group in groups]
    return [
        general_model.cross_entropy(target) - models[1 - half].cross_entropy(target)
        for target, half in zip(targets, halves, strict=True)
    ]


def read_rows(path: Path) -> list[Row]:
    """The lines of ``pairs.tsv``. Raises :class:`InputError` and :class:`FormatError`."""
    return [Row(*columns) for columns in read_table(path, 3)]


def score(data: Path) -> None:
    """Write ``pairs.scored.tsv`` in ``data``."""
    rows = read_rows(data / "pairs.tsv")
    general = [lower_words(line) for line in read_lines(data / "mono.en.txt")]
    targets = [lower_words(row.target) for row in rows]
    scores = domain_scores(targets, [row.origin.startswith(SPECIAL) for row in rows], general)
    with atomic_write(data / "pairs.scored.tsv") as stream:
        for row, value in zip(rows, scores, strict=True):
            stream.write(f"{value:.4f}\t{row.origin}\t{row.source}\t{row.target}\n".encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Score each training pair by how general its English is.")
    parser.add_argument("--data", type=Path, required=True, help="folder that prepare wrote")
    return run_step(parser, lambda given: score(given.data), arguments)


if __name__ == "__main__":
    sys.exit(main())
