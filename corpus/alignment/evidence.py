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
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]


class TextEmbedder(Protocol):
    """Gives texts of both languages vectors in one space."""

    @property
    def name(self) -> str:
        """What the provenance says."""
        ...

    def embed(self, texts: Sequence[str]) -> Matrix:
        """[texts, width], each of length one."""
        ...


@dataclass(frozen=True)
class TokenVectors:
    """The tokens of some segments, one after the other.

    ``vectors`` is [tokens, width], ``weights`` [tokens] says how much each token counts,
    and segment i holds the tokens from ``starts[i]`` to ``starts[i + 1]``.
    """

    vectors: Matrix
    weights: Matrix
    starts: Places

    def __len__(self) -> int:
        return len(self.starts) - 1

    def mass(self) -> Matrix:
        """The weight of each segment, never 0, so that it can be divided by."""
        sums = np.add.reduceat(np.append(self.weights, 0.0), self.starts[:-1]) if len(self) else self.weights
        empty = self.starts[:-1] == self.starts[1:]
        return np.where(empty | (sums <= 0), 1.0, sums).astype(np.float32)


def token_vectors(
    keys: Sequence[Sequence[str]], vectors: Sequence[Matrix], frequency: Counter[str]
) -> TokenVectors:
    """The tokens of segments; ``keys`` and ``vectors`` hold one entry a segment.

    A token weighs the less, the more segments have it (inverse document frequency):
    articles and commas are everywhere.
    """
    segments = max(len(keys), 1)
    weights = [np.log(1 + segments / max(frequency[key], 1)) for row in keys for key in row]
    starts = np.zeros(len(keys) + 1, np.int64)
    np.cumsum([len(row) for row in keys], out=starts[1:])
    width = next((matrix.shape[1] for matrix in vectors if matrix.ndim == 2 and len(matrix)), 1)
    filled = [matrix for matrix in vectors if len(matrix)]
    joined = np.concatenate(filled) if filled else np.zeros((0, width), np.float32)
    lengths = np.linalg.norm(joined, axis=1, keepdims=True)
    normal = joined / np.maximum(lengths, 1e-6)
    return TokenVectors(normal.astype(np.float32), np.array(weights, np.float32), starts)


def frequencies(keys: Sequence[Sequence[str]]) -> Counter[str]:
    """In how many segments each key is."""
    return Counter(key for row in keys for key in set(row))


@dataclass(frozen=True)
class Band:
    """The cells (i, j) that are looked at: in row i, ``first[i] <= j < end[i]``.

    Rows are source boundaries 0..sources, columns target boundaries 0..targets; both
    ends never go back. ``offset[i]`` is where row i starts in a flat array of cells.
    """

    first: Places
    end: Places

    @property
    def offset(self) -> Places:
        """Where each row starts, and the number of cells."""
        offset = np.zeros(len(self.first) + 1, np.int64)
        np.cumsum(self.end - self.first, out=offset[1:])
        return offset

    def rows_of(self, column: int) -> tuple[int, int]:
        """The rows that look at ``column``: from the first to before the second."""
        low = int(np.searchsorted(self.end, column, side="right"))
        return low, int(np.searchsorted(self.first, column, side="right"))


def whole_band(sources: int, targets: int) -> Band:
    """Every cell."""
    return Band(np.zeros(sources + 1, np.int64), np.full(sources + 1, targets + 1, np.int64))


def found_of_rows(rows: TokenVectors, columns: TokenVectors, band: Band, most: int) -> list[Matrix]:
    """How much of each row segment is found in 1 to ``most`` column segments from j on.

    Entry n - 1 is flat over the band's cells: at (i, j) the weighted mean, over the
    tokens of segment i, of the best cosine with a token of segments j to j + n - 1.
    NaN where those segments go beyond the end.
    """
    offset, mass = band.offset, rows.mass()
    results = [np.full(offset[-1], np.nan, np.float32) for _ in range(most)]
    for i in range(len(rows)):
        first, end = int(band.first[i]), int(band.end[i])
        tokens = slice(rows.starts[i], rows.starts[i + 1])
        last = min(end - 1 + most, len(columns))  # a stretch may reach beyond the band's end
        if last <= first:
            continue
        best = _best(rows.vectors[tokens], columns, first, last)
        weights = rows.weights[tokens] / mass[i]
        for n in range(1, most + 1):
            if n > 1:
                best = np.maximum(best[:, :-1], single[:, n - 1 :])
            else:
                single = best
            values = weights @ best
            count = min(len(values), end - first)
            results[n - 1][offset[i] : offset[i] + count] = values[:count]
            if best.shape[1] <= 1:
                break
    return results


def _best(vectors: Matrix, columns: TokenVectors, first: int, last: int) -> Matrix:
    """[tokens, segments]: the best cosine of each token within each of the column segments."""
    starts = columns.starts[first : last + 1]
    if not len(vectors):
        return np.zeros((0, last - first), np.float32)
    similarity = vectors @ columns.vectors[starts[0] : starts[-1]].T
    empty = starts[:-1] == starts[1:]
    if not similarity.shape[1]:
        return np.zeros((len(vectors), last - first), np.float32)
    safe = np.minimum(starts[:-1] - starts[0], similarity.shape[1] - 1)
    best: Matrix = np.maximum.reduceat(similarity, safe, axis=1)
    best[:, empty] = 0.0
    return best


def transposed(band: Band, columns: int) -> Band:
    """The same cells with rows and columns exchanged; ``columns`` is the number of columns."""
    spans = [band.rows_of(column) for column in range(columns)]
    return Band(np.array([s[0] for s in spans], np.int64), np.array([s[1] for s in spans], np.int64))


def turned(values: Matrix, band: Band, other: Band) -> Matrix:
    """Flat values over ``other`` (the transposed band) as flat values over ``band``."""
    result = np.full(band.offset[-1], np.nan, np.float32)
    offset, there = band.offset, other.offset
    for i in range(len(band.first)):
        columns = np.arange(band.first[i], band.end[i])
        result[offset[i] : offset[i + 1]] = values[there[columns] + i - other.first[columns]]
    return result
