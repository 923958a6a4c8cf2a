"""A Dutch-English word table from the training pairs.

    python -m translate.training.recipes.builtin.lexicon --data DIR

Reads ``pairs.scored.tsv`` in ``DIR`` and writes ``lexicon.tsv``: Dutch word,
English word, share of the English among the Dutch word's translations, share of
the Dutch among the English word's, and the number of pairs with both. Learnt by
IBM model 1 in both directions (Brown et al. 1993, "The Mathematics of Statistical
Machine Translation"), from all pairs that are not software documentation and the
most general of those that are.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import InputError
from corpus.files import atomic_write
from corpus.words import words
from translate.training.recipes.builtin.score import SPECIAL
from translate.training.recipes.command import run_step
from translate.training.recipes.tables import read_table

# Pairs of software documentation to learn from: the most general.
SPECIAL_PAIRS = 80_000
MAX_WORDS = 40


@dataclass(frozen=True, slots=True)
class WordPair:
    """A Dutch and an English word that translate each other.

    ``of_dutch`` is p(english | dutch), ``of_english`` is p(dutch | english), both in
    [0, 1]; ``count`` is the number of sentence pairs that hold both.
    """

    dutch: str
    english: str
    of_dutch: float
    of_english: float
    count: int


@dataclass(frozen=True, slots=True)
class LexiconSettings:
    """Rounds of learning, the least count of a word pair, and the least share either way."""

    rounds: int = 5
    min_count: int = 3
    min_share: float = 0.1

    def __post_init__(self) -> None:
        if self.rounds < 1 or self.min_count < 1 or not 0 <= self.min_share <= 1:
            raise ValueError("rounds and count must be at least 1, and the share in [0, 1]")


@dataclass(frozen=True, slots=True)
class _Cells:
    """Every Dutch word beside every English word of the same pair, a cell each.

    ``entry`` [cells] names the cell's word pair, ``dutch_slot`` and ``english_slot``
    [cells] the place (sentence and word) it stands at; ``dutch`` and ``english``
    [entries] are the word ids of a word pair. Word 0 is the empty word of each side.
    """

    entry: NDArray[np.int64]
    dutch_slot: NDArray[np.int64]
    english_slot: NDArray[np.int64]
    dutch: NDArray[np.int64]
    english: NDArray[np.int64]


def plain_words(text: str) -> list[str]:
    """The words of ``text`` that open with a letter, in lower case."""
    found = (span.of(text).lower() for span in words(text))
    return [word for word in found if word[0].isalpha()]


def _numbered(sentences: Sequence[Sequence[str]], least: int) -> dict[str, int]:
    """An id from 1 for each word that is in at least ``least`` sentences."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        counts.update(set(sentence))
    return {word: index for index, word in enumerate((w for w, n in counts.items() if n >= least), 1)}


def _cells(
    dutch: Sequence[Sequence[str]],
    english: Sequence[Sequence[str]],
    dutch_ids: dict[str, int],
    english_ids: dict[str, int],
) -> _Cells:
    keys: list[NDArray[np.int64]] = []
    left_slots: list[NDArray[np.int64]] = []
    right_slots: list[NDArray[np.int64]] = []
    left_start = right_start = 0
    width = len(english_ids) + 1
    for left_words, right_words in zip(dutch, english, strict=True):
        # A word counts once in a sentence; the empty word comes first.
        left = np.array([0, *{dutch_ids[word]: 0 for word in left_words if word in dutch_ids}])
        right = np.array([0, *{english_ids[word]: 0 for word in right_words if word in english_ids}])
        keys.append((left[:, None] * width + right[None, :]).ravel())
        left_slots.append(np.repeat(np.arange(left_start, left_start + len(left)), len(right)))
        right_slots.append(np.tile(np.arange(right_start, right_start + len(right)), len(left)))
        left_start += len(left)
        right_start += len(right)
    unique, entry = np.unique(np.concatenate(keys), return_inverse=True)
    return _Cells(
        entry=entry,
        dutch_slot=np.concatenate(left_slots),
        english_slot=np.concatenate(right_slots),
        dutch=unique // width,
        english=unique % width,
    )


def _model_1(
    entry: NDArray[np.int64], slot: NDArray[np.int64], given: NDArray[np.int64], rounds: int
) -> NDArray[np.float64]:
    """Shares [entries] of word pairs among those with the same ``given`` word.

    Each round, every ``slot`` (a place in the text to be explained) deals one count
    over the words that may have made it.
    """
    share = np.full(len(given), 1.0)
    for _ in range(rounds):
        cell = share[entry]
        cell /= np.bincount(slot, weights=cell)[slot]
        count = np.bincount(entry, weights=cell, minlength=len(given))
        share = count / np.bincount(given, weights=count)[given]
    return share


def build_lexicon(
    dutch: Sequence[Sequence[str]],
    english: Sequence[Sequence[str]],
    settings: LexiconSettings | None = None,
) -> list[WordPair]:
    """Word pairs of sentence pairs (``dutch[i]`` translates ``english[i]``), sorted by their words.

    Raises :class:`InputError` if no word occurs often enough.
    """
    settings = settings or LexiconSettings()
    dutch_ids = _numbered(dutch, settings.min_count)
    english_ids = _numbered(english, settings.min_count)
    if not dutch_ids or not english_ids:
        raise InputError("too little text for a lexicon", remedy="give more pairs")
    cells = _cells(dutch, english, dutch_ids, english_ids)
    # The empty word may explain words, but no word needs to be explained as the empty one.
    of_dutch = _direction(cells, cells.english, cells.english_slot, cells.dutch, settings.rounds)
    of_english = _direction(cells, cells.dutch, cells.dutch_slot, cells.english, settings.rounds)
    together = np.bincount(cells.entry, minlength=len(cells.dutch))
    keep = (cells.dutch > 0) & (cells.english > 0) & (together >= settings.min_count)
    keep &= (of_dutch >= settings.min_share) & (of_english >= settings.min_share)
    dutch_words, english_words = ["", *dutch_ids], ["", *english_ids]
    found = [
        WordPair(
            dutch_words[cells.dutch[index]],
            english_words[cells.english[index]],
            float(of_dutch[index]),
            float(of_english[index]),
            int(together[index]),
        )
        for index in np.flatnonzero(keep)
    ]
    return sorted(found, key=lambda pair: (pair.dutch, -pair.of_dutch, pair.english))


def _direction(
    cells: _Cells,
    explained: NDArray[np.int64],
    slot: NDArray[np.int64],
    given: NDArray[np.int64],
    rounds: int,
) -> NDArray[np.float64]:
    """p(explained | given) [entries]; 0 where the explained word is the empty one."""
    real = explained > 0
    # Number the entries anew without those that explain the empty word.
    renumbered = np.cumsum(real) - 1
    cell = real[cells.entry]
    share = np.zeros(len(given))
    share[real] = _model_1(renumbered[cells.entry[cell]], slot[cell], given[real], rounds)
    return share


def read_sentences(path: Path) -> tuple[list[list[str]], list[list[str]]]:
    """Dutch and English words of the pairs to learn from.

    Raises :class:`InputError` and :class:`FormatError`.
    """
    rows: list[tuple[float, str, str]] = []
    special: list[tuple[float, str, str]] = []
    for score, origin, dutch, english in read_table(path, 4):
        group = special if origin.startswith(SPECIAL) else rows
        group.append((float(score), dutch, english))
    special.sort()
    rows.extend(special[:SPECIAL_PAIRS])
    short = [row for row in rows if max(row[1].count(" "), row[2].count(" ")) < MAX_WORDS]
    return [plain_words(row[1]) for row in short], [plain_words(row[2]) for row in short]


def write_lexicon(data: Path) -> None:
    """Write ``lexicon.tsv`` in ``data``."""
    dutch, english = read_sentences(data / "pairs.scored.tsv")
    lexicon = build_lexicon(dutch, english)
    with atomic_write(data / "lexicon.tsv") as stream:
        for pair in lexicon:
            shares = f"{pair.of_dutch:.4f}\t{pair.of_english:.4f}\t{pair.count}"
            stream.write(f"{pair.dutch}\t{pair.english}\t{shares}\n".encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="A Dutch-English word table from the training pairs.")
    parser.add_argument("--data", type=Path, required=True, help="folder that prepare and score wrote")
    return run_step(parser, lambda given: write_lexicon(given.data), arguments)


if __name__ == "__main__":
    sys.exit(main())
