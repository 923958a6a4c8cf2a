"""Text that was written for this project, and what of it is held out.

``words.nl-en.txt`` has words; ``sentences.nl-en.tsv`` sentences as in newspapers,
encyclopedias and guides (Dutch, English); ``development.nl-en.tsv`` more of them, which
nothing is trained on. ``translations.nl.tsv`` has Dutch translations of lines of
``mono.en.txt``, each beside the key of its line (:func:`line_key`), since the English is
not ours to pass on.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from corpus.files import sha256_hex
from translate.training.pairs import Pair
from translate.training.recipes.builtin.names import data_lines

KEY_LENGTH = 12  # hexadecimal digits: two of 200,000 lines share a key once in ten thousand recipes


@cache
def own_words() -> tuple[Pair, ...]:
    """Words that we wrote down, from ``words.nl-en.txt``."""
    entries = (entry.partition("=") for line in data_lines("words.nl-en.txt") for entry in line.split(";"))
    return tuple(dict.fromkeys(Pair(dutch.strip(), english.strip()) for dutch, _, english in entries))


@cache
def own_sentences() -> tuple[Pair, ...]:
    """Sentences that we wrote in both languages, from ``sentences.nl-en.tsv``."""
    return _pairs("sentences.nl-en.tsv")


@cache
def own_development() -> tuple[Pair, ...]:
    """Sentences like those of :func:`own_sentences`, to validate on, from ``development.nl-en.tsv``."""
    return _pairs("development.nl-en.tsv")


def own_translations(english: Iterable[str]) -> list[Pair]:
    """The lines of ``english`` that ``translations.nl.tsv`` has in Dutch, with it, in their order."""
    dutch = _dutch_of_keys()
    keyed = ((dutch.get(line_key(line)), line) for line in english)
    return [Pair(source, line) for source, line in keyed if source is not None]


def line_key(english: str) -> str:
    """The key of a line of ``mono.en.txt``: the first digits of its SHA-256."""
    return sha256_hex(english.encode())[:KEY_LENGTH]


@cache
def _dutch_of_keys() -> dict[str, str]:
    return dict(_columns(line) for line in data_lines("translations.nl.tsv"))


def _pairs(name: str) -> tuple[Pair, ...]:
    return tuple(Pair(*_columns(line)) for line in data_lines(name))


def _columns(line: str) -> tuple[str, str]:
    first, _, second = line.partition("\t")
    return first, second
