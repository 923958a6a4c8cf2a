"""How alike a stretch of source segments and a stretch of target segments are.

Every source of evidence gives vectors; what is made of them is the same for all:

* a vector a *text* (a segment, or some joined by a space) says whether two stretches
  are about the same thing. Some texts lie near everything, so what a text has with its
  neighbours by chance is taken off (Artetxe and Schwenk 2019, "Margin-based parallel
  corpus mining"; with neighbours instead of nearest ones: Liu and Zhu 2023, "Bertalign");
* a vector a *token* says what of a stretch is found in the other one: each token counts
  as its likest token there ("late interaction", Khattab and Zaharia 2020). It is what a
  text vector cannot see: a clause that stands on the wrong side of a boundary, or a
  sentence that was left out.

Vectors have length one, so a product is a cosine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from corpus.alignment.search import Band, Matrix, Places


class TextEmbedder(Protocol):
    """Gives texts of both languages vectors in one space."""

    @property
    def name(self) -> str:
        """What the provenance says."""
        ...

    def embed(self, texts: Sequence[str]) -> Matrix:
        """[texts, width], each of length one."""
        ...


@dataclass(frozen=True, slots=True)
class Levels:
    """What cosines of tokens mean: below ``nothing`` a token is not found, above ``all`` it is.

    Cosines are averaged over ``reach`` tokens on either side first, by weight: one word
    may well be put another way, but not a whole clause.
    """

    nothing: float
    all: float
    reach: int


@dataclass(frozen=True)
class TokenVectors:
    """The tokens of some segments, one after the other.

    ``vectors`` is [tokens, width], ``weights`` [tokens] says how much each token counts,
    and segment i holds the tokens from ``starts[i]`` to before ``starts[i + 1]``.
    """

    vectors: Matrix
    weights: Matrix
    starts: Places
    levels: Levels

    def __len__(self) -> int:
        return len(self.starts) - 1

    def mass(self) -> Matrix:
        """The weight of each segment; 0 for one without tokens."""
        sums = np.concatenate([[0.0], np.cumsum(self.weights, dtype=np.float64)])
        mass: Matrix = (sums[self.starts[1:]] - sums[self.starts[:-1]]).astype(np.float32)
        return mass


def token_vectors(keys: Sequence[Sequence[str]], vectors: Sequence[Matrix], levels: Levels) -> TokenVectors:
    """The tokens of segments; ``keys`` and ``vectors`` hold one entry a segment.

    A token weighs the less, the more segments have it (inverse document frequency):
    articles and commas are everywhere. Weights are 1 on average.
    """
    frequency = Counter(key for row in keys for key in set(row))
    segments = max(len(keys), 1)
    weights = np.array([np.log(1 + segments / frequency[key]) for row in keys for key in row], np.float32)
    starts = np.zeros(len(keys) + 1, np.int64)
    np.cumsum([len(row) for row in keys], out=starts[1:])
    width = next((matrix.shape[1] for matrix in vectors if matrix.ndim == 2 and len(matrix)), 1)
    filled = [matrix for matrix in vectors if len(matrix)]
    joined = np.concatenate(filled) if filled else np.zeros((0, width), np.float32)
    lengths = np.linalg.norm(joined, axis=1, keepdims=True)
    normal = joined / np.maximum(lengths, 1e-6)
    mean = float(weights.mean()) if len(weights) else 1.0
    return TokenVectors(normal.astype(np.float32), weights / mean, starts, levels)


@dataclass(frozen=True)
class Found:
    """Of one segment in some of the other side: flat over a band.

    ``share`` sums weight times best cosine over its tokens; ``lost`` sums the weight of
    what is not found, by :class:`Levels`. NaN where there are not so many segments.
    """

    share: Matrix
    lost: Matrix


def found_of_rows(rows: TokenVectors, columns: TokenVectors, band: Band, most: int) -> list[Found]:
    """How much of each row segment is found in 1 to ``most`` column segments from j on.

    Entry n - 1 says it of the segments j to j + n - 1.
    """
    offset = band.offset
    results = [Found(*(np.full(band.cells, np.nan, np.float32) for _ in range(2))) for _ in range(most)]
    for i in range(len(rows)):
        first, end = int(band.first[i]), int(band.end[i])
        tokens = slice(rows.starts[i], rows.starts[i + 1])
        last = min(end - 1 + most, len(columns))  # a stretch may reach beyond the band's end
        if last <= first:
            continue
        weights = rows.weights[tokens]
        around = _around(weights, rows.levels.reach)
        single = best = _best(rows.vectors[tokens], columns, first, last)
        for n in range(1, most + 1):
            if n > 1:
                best = np.maximum(best[:, :-1], single[:, n - 1 :])
            count = min(best.shape[1], end - first)
            place = slice(offset[i], offset[i] + count)
            results[n - 1].share[place] = weights @ best[:, :count]
            results[n - 1].lost[place] = weights @ _lost(around @ best[:, :count], rows.levels)
            if best.shape[1] <= 1:
                break
    return results


def _around(weights: Matrix, reach: int) -> Matrix:
    """[tokens, tokens]: the weights of the mean around each token."""
    places = np.arange(len(weights))
    near = np.abs(places[:, None] - places[None, :]) <= reach
    parts = near * np.maximum(weights, 1e-6)
    mean: Matrix = (parts / parts.sum(axis=1, keepdims=True)).astype(np.float32) if len(weights) else parts
    return mean


def _lost(cosines: Matrix, levels: Levels) -> Matrix:
    lost: Matrix = np.clip((levels.all - cosines) / (levels.all - levels.nothing), 0.0, 1.0)
    return lost


def _best(vectors: Matrix, columns: TokenVectors, first: int, last: int) -> Matrix:
    """[tokens, segments]: the best cosine of each token within each of the column segments."""
    starts = columns.starts[first : last + 1]
    count = int(starts[-1] - starts[0])
    if not len(vectors) or not count:
        return np.zeros((len(vectors), last - first), np.float32)
    similarity = vectors @ columns.vectors[starts[0] : starts[-1]].T
    best: Matrix = np.maximum.reduceat(similarity, np.minimum(starts[:-1] - starts[0], count - 1), axis=1)
    best[:, starts[:-1] == starts[1:]] = 0.0
    return np.maximum(best, 0.0)


def turned(values: Matrix, band: Band) -> Matrix:
    """Flat values over the transposed band as flat values over ``band``."""
    other = band.transposed
    rows, columns = band.rows(), band.columns()
    result: Matrix = values[other.offset[columns] + rows - other.first[columns]]
    return result
