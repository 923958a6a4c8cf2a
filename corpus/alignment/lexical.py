"""Likeness of two texts as they are written: names, numbers, cognates.

Each word is a bag of its letter n-grams, numbers of their digits, hashed into a vector
(Weinberger et al. 2009, "Feature hashing"); a text is the sum of its words. Nothing is
loaded and no language is asked for, so this is there when nothing else is. Words in a
``lexicon`` count as their translations too.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from zlib import crc32

import numpy as np

from corpus.alignment.evidence import Levels, TokenVectors, token_vectors
from corpus.alignment.search import Matrix
from corpus.words import words

Lexicon = Mapping[str, Sequence[tuple[str, float]]]

_WIDTH = 512
_SIZES = (3, 4)
_MOST = 6000  # characters whose words are looked at
_LEVELS = Levels(nothing=0.15, all=0.5, reach=2)


class Lexical:
    """Letter n-grams of words; ``lexicon`` gives translations of source words, with weights."""

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or {}
        self._known: tuple[dict[str, Matrix], dict[str, Matrix]] = ({}, {})

    @property
    def name(self) -> str:
        """What the provenance says."""
        return "words, numbers and lengths"

    @property
    def likely(self) -> float:
        """Between a language and a near one."""
        return 0.12

    def texts(
        self, source: Sequence[Sequence[str]], target: Sequence[Sequence[str]]
    ) -> tuple[Matrix, Matrix]:
        """[texts, 512]: the sums of their words, each the heavier the rarer it is."""
        sides = [[_keys(" ".join(text)) for text in side] for side in (source, target)]
        vectors = [self._texts(keys, side) for side, keys in enumerate(sides)]
        return vectors[0], vectors[1]

    def tokens(self, source: Sequence[str], target: Sequence[str]) -> tuple[TokenVectors, TokenVectors]:
        """The words of each segment."""
        sides = [[_keys(text) for text in side] for side in (source, target)]
        made = [
            token_vectors(keys, [self._words(row, side) for row in keys], _LEVELS)
            for side, keys in enumerate(sides)
        ]
        return made[0], made[1]

    def _texts(self, keys: Sequence[Sequence[str]], side: int) -> Matrix:
        frequency = Counter(key for row in keys for key in set(row))
        vectors = np.zeros((len(keys), _WIDTH), np.float32)
        for place, row in enumerate(keys):
            weights = np.array([math.log(1 + len(keys) / frequency[key]) for key in row], np.float32)
            vectors[place] = weights @ self._words(row, side) if row else 0.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        normal: Matrix = vectors / np.maximum(lengths, 1e-6)
        return normal

    def _words(self, row: Sequence[str], side: int) -> Matrix:
        return np.stack([self._word(key, side) for key in row]) if row else np.zeros((0, _WIDTH), np.float32)

    def _word(self, key: str, side: int) -> Matrix:
        known = self._known[side]
        if key not in known:
            vector = _spelled(key)
            if side == 0:
                for translation, weight in self._lexicon.get(key, ()):
                    vector = vector + np.float32(2 * weight) * _spelled(translation)
            known[key] = (vector / max(float(np.linalg.norm(vector)), 1e-6)).astype(np.float32)
        return known[key]


def _spelled(word: str) -> Matrix:
    """The n-grams of a word, of length one."""
    vector = np.zeros(_WIDTH, np.float32)
    whole = f"<{word}>"
    parts = {whole}
    if not word[0].isdigit():
        parts |= {whole[i : i + size] for size in _SIZES for i in range(len(whole) - size + 1)}
    for part in parts:
        number = crc32(part.encode())
        vector[number % _WIDTH] += 1.0 if number >> 20 & 1 else -1.0
    normal: Matrix = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return normal


def _keys(text: str) -> list[str]:
    """Words in small letters; numbers by their digits alone, for "1.234" is "1,234"."""
    found = [span.of(text).lower() for span in words(text[:_MOST])]
    plain = ["".join(filter(str.isdigit, word)) if word[0].isdigit() else word for word in found]
    return [word for word in plain if word and any(map(str.isalnum, word))]
