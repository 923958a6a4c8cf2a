"""What each possible bead is worth, from all evidence, as the search wants it.

A bead gains by what of its source is found in its target and the other way round, and
by how alike its joined texts are; it loses by each shape that is rarer than one to one
and by lengths that do not fit. A segment left alone (1-0, 0-1) costs a fixed sum, so it
is left alone where it would add less than that to any bead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from corpus.alignment.evidence import (
    Band,
    Matrix,
    TextEmbedder,
    TokenVectors,
    found_of_rows,
    transposed,
    turned,
)
from corpus.alignment.search import Shape

SHAPES: tuple[Shape, ...] = (
    (1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1), (2, 3), (3, 2), (1, 4), (4, 1),
)  # fmt: skip
_MOST = 4
_NEAR = 8  # segments on either side that a text is compared with by chance


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence counts; all values are per segment of a bead.

    ``text`` times the margin over chance, less ``text_base``; ``tokens`` times the
    share found, less ``token_base``; ``length`` times the squared logarithm of the ratio
    of lengths; ``shapes`` by the bead's segments in all beyond two, ``both`` for more
    than one on both sides.
    """

    text: float = 1.0
    text_base: float = 0.2
    tokens: float = 1.0
    token_base: float = 0.5
    length: float = 0.05
    more: float = 0.1
    both: float = 0.1
    skip: float = 0.05


@dataclass(frozen=True)
class Evidence:
    """Features of every candidate bead, flat over the band, by shape."""

    band: Band
    text: Mapping[Shape, Matrix]
    tokens: Mapping[Shape, Matrix]
    length: Mapping[Shape, Matrix]
    extra: Mapping[str, Mapping[Shape, Matrix]] = field(default_factory=dict)


def shifted(values: Matrix, band: Band, rows: int, columns: int) -> Matrix:
    """For each cell (i, j) what stands at (i + rows, j + columns); NaN outside the band."""
    offset = band.offset
    result = np.full(len(values), np.nan, np.float32)
    for i in range(len(band.first) - rows):
        there = i + rows
        first = max(int(band.first[i]), int(band.first[there]) - columns)
        end = min(int(band.end[i]), int(band.end[there]) - columns)
        if end > first:
            source = offset[there] + first + columns - band.first[there]
            target = offset[i] + first - band.first[i]
            result[target : target + end - first] = values[source : source + end - first]
    return result


def by_row(values: Matrix, band: Band) -> Matrix:
    """A value a row, for each cell; rows without one give NaN."""
    padded = np.append(values, np.full(len(band.first) - len(values), np.nan, np.float32))
    return np.repeat(padded, band.end - band.first).astype(np.float32)


def by_column(values: Matrix, band: Band) -> Matrix:
    """A value a column, for each cell; columns without one give NaN."""
    columns = int(band.end[-1])
    padded = np.append(values, np.full(columns - len(values), np.nan, np.float32))
    return np.concatenate([padded[a:b] for a, b in zip(band.first, band.end, strict=True)])


def token_features(
    source: TokenVectors, target: TokenVectors, band: Band, shapes: Sequence[Shape] = SHAPES
) -> dict[Shape, Matrix]:
    """For each bead the sum, over its segments, of the share of it that the other side has."""
    targets = int(band.end[-1])
    other = transposed(band, targets)
    forth = found_of_rows(source, target, band, _MOST)
    back = [turned(v, band, other) for v in found_of_rows(target, source, other, _MOST)]
    source_mass, target_mass = by_row(source.mass(), band), by_column(target.mass(), band)
    result = {}
    for m, n in shapes:
        s = _mean(forth[n - 1], source_mass, band, m, down=True)
        t = _mean(back[m - 1], target_mass, band, n, down=False)
        result[(m, n)] = (m * s + n * t).astype(np.float32)
    return result


def _mean(values: Matrix, mass: Matrix, band: Band, count: int, *, down: bool) -> Matrix:
    """The mean of ``count`` cells from each on, down or along, weighted by mass."""
    total, weight = values * mass, mass
    for k in range(1, count):
        rows, columns = (k, 0) if down else (0, k)
        total = total + shifted(values * mass, band, rows, columns)
        weight = weight + shifted(mass, band, rows, columns)
    mean: Matrix = total / weight
    return mean


def text_features(
    source: Sequence[str],
    target: Sequence[str],
    embedder: TextEmbedder,
    band: Band,
    shapes: Sequence[Shape] = SHAPES,
) -> dict[Shape, Matrix]:
    """For each bead the margin of its cosine over chance, times its segments."""
    most = max(max(shape) for shape in shapes)
    sides = [[_joined(side, size) for size in range(1, most + 1)] for side in (source, target)]
    flat = [text for side in sides for level in side for text in level]
    vectors = embedder.embed(flat)
    places = np.cumsum([0, *(len(level) for side in sides for level in side)])
    levels = [vectors[a:b] for a, b in zip(places[:-1], places[1:], strict=True)]
    u, v = levels[:most], levels[most:]
    u_base = [_chance(level, v[0], band) for level in u]
    v_base = [_chance(level, u[0], transposed(band, len(target) + 1)) for level in v]
    offset = band.offset
    result = {}
    for m, n in shapes:
        values = np.full(offset[-1], np.nan, np.float32)
        for i in range(len(u[m - 1])):
            first, end = int(band.first[i]), min(int(band.end[i]), len(v[n - 1]))
            if end > first:
                cosine = v[n - 1][first:end] @ u[m - 1][i]
                chance = (u_base[m - 1][i] + v_base[n - 1][first:end]) / 2
                values[offset[i] : offset[i] + end - first] = (m + n) * (cosine - chance)
        result[(m, n)] = values
    return result


def _joined(texts: Sequence[str], size: int) -> list[str]:
    return [" ".join(texts[i : i + size]) for i in range(len(texts) - size + 1)]


def _chance(vectors: Matrix, others: Matrix, band: Band) -> Matrix:
    """The mean cosine of each text with the other side's segments near its place."""
    sums = np.concatenate([np.zeros((1, others.shape[1])), np.cumsum(others, axis=0, dtype=np.float64)])
    result = np.zeros(len(vectors), np.float32)
    for i in range(len(vectors)):
        middle = (int(band.first[i]) + int(band.end[i])) // 2
        low = max(0, min(middle - _NEAR, len(others) - 2 * _NEAR))
        high = min(len(others), low + 2 * _NEAR)
        result[i] = float(vectors[i] @ (sums[high] - sums[low])) / max(high - low, 1)
    return result


def length_features(
    source: Sequence[str], target: Sequence[str], band: Band, shapes: Sequence[Shape] = SHAPES
) -> dict[Shape, Matrix]:
    """For each bead the squared logarithm of its ratio of lengths, times its segments."""
    s = np.array([len(text) + 1 for text in source], np.float32)
    t = np.array([len(text) + 1 for text in target], np.float32)
    ratio = float(s.sum() / max(t.sum(), 1.0)) or 1.0
    lengths = by_row(s, band), by_column(t, band)
    result = {}
    for m, n in shapes:
        rows = sum((shifted(lengths[0], band, k, 0) for k in range(1, m)), lengths[0])
        columns = sum((shifted(lengths[1], band, 0, k) for k in range(1, n)), lengths[1])
        result[(m, n)] = ((m + n) * np.log((rows + 5) / (columns * ratio + 5)) ** 2).astype(np.float32)
    return result


def bead_values(evidence: Evidence, weights: Weights) -> dict[Shape, Matrix]:
    """What each bead is worth."""
    result = {}
    for shape in evidence.length:
        m, n = shape
        value = -weights.length * evidence.length[shape]
        value = value - weights.more * (m + n - 2) - weights.both * (min(m, n) > 1)
        if evidence.text:
            value = value + weights.text * (evidence.text[shape] - (m + n) * weights.text_base)
        if evidence.tokens:
            value = value + weights.tokens * (evidence.tokens[shape] - (m + n) * weights.token_base)
        result[shape] = value.astype(np.float32)
    return result
