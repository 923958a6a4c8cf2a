"""What is known of every possible bead, as numbers that the search weighs.

Each *feature* is a number a bead. Those that measure likeness grow with the segments
(or the words) of a bead, so that one bead of four segments and two beads of two compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from corpus.alignment.evidence import TokenVectors, found_of_rows, turned
from corpus.alignment.search import Band, Matrix, Shape

SHAPES: tuple[Shape, ...] = (
    (1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1), (2, 3), (3, 2), (1, 4), (4, 1), (3, 3),
    (2, 4), (4, 2), (1, 5), (5, 1),
)  # fmt: skip
MOST = 5  # segments of one side in a bead
_NEAR = 8  # segments on either side that a text is compared with by chance

ByShape = dict[Shape, Matrix]
Vectors = Callable[[int], Matrix]  # size to [texts, width]: of each ``size`` segments joined


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


def sums_down(values: Matrix, band: Band, most: int) -> list[Matrix]:
    """Sums of 1 to ``most`` cells from each on, down its column."""
    made = [values]
    for k in range(1, most):
        made.append(made[-1] + shifted(values, band, k, 0))
    return made


def sums_along(values: Matrix, band: Band, most: int) -> list[Matrix]:
    """Sums of 1 to ``most`` cells from each on, along its row."""
    made = [values]
    for k in range(1, most):
        made.append(made[-1] + shifted(values, band, 0, k))
    return made


def by_side(source: Matrix, target: Matrix, band: Band, shape: Shape) -> tuple[Matrix, Matrix]:
    """Sums over the source and over the target segments of each bead, for a value a segment."""
    m, n = shape
    rows = np.concatenate([[0.0], np.cumsum(source, dtype=np.float64)])
    columns = np.concatenate([[0.0], np.cumsum(target, dtype=np.float64)])
    i, j = band.rows(), band.columns()
    last, end = np.minimum(i + m, len(source)), np.minimum(j + n, len(target))
    return (rows[last] - rows[i]).astype(np.float32), (columns[end] - columns[j]).astype(np.float32)


def found_features(
    source: TokenVectors, target: TokenVectors, band: Band, shapes: Sequence[Shape] = SHAPES
) -> tuple[ByShape, ByShape]:
    """Of each bead the mean cosine of what is found, times its segments, and how many tokens are lost.

    What a side lacks of the other counts for both.
    """
    most_source, most_target = max(m for m, _ in shapes), max(n for _, n in shapes)
    forth = found_of_rows(source, target, band, most_target)
    back = found_of_rows(target, source, band.transposed, most_source)
    made: list[ByShape] = []
    for name in ("share", "lost"):
        # [n - 1][m - 1] and [m - 1][n - 1]
        down = [sums_down(getattr(held, name), band, most_source) for held in forth]
        along = [sums_along(turned(getattr(held, name), band), band, most_target) for held in back]
        result: ByShape = {}
        for m, n in shapes:
            found = down[n - 1][m - 1], along[m - 1][n - 1]
            if name == "share":
                masses = by_side(source.mass(), target.mass(), band, (m, n))
                parts = [f / np.maximum(mass, 1e-3) for f, mass in zip(found, masses, strict=True)]
                result[(m, n)] = (m * parts[0] + n * parts[1]).astype(np.float32)
            else:
                result[(m, n)] = found[0] + found[1]
        made.append(result)
    return made[0], made[1]


def crossed_features(whole: Mapping[Shape, Matrix], band: Band) -> ByShape:
    """For 2-2 beads: how much liker the segments are crosswise than straight. 0 for all others."""
    single = whole[(1, 1)]
    straight = single + shifted(single, band, 1, 1)
    crosswise = shifted(single, band, 1, 0) + shifted(single, band, 0, 1)
    result = {shape: np.zeros(band.cells, np.float32) for shape in whole}
    result[(2, 2)] = np.fmax(0.0, np.nan_to_num(crosswise - straight, nan=0.0)).astype(np.float32)
    return result


def text_features(source: Vectors, target: Vectors, band: Band, shapes: Sequence[Shape] = SHAPES) -> ByShape:
    """For each bead the margin of its cosine over chance, times its segments."""
    u = {m: source(m) for m in {m for m, _ in shapes} | {1}}
    v = {n: target(n) for n in {n for _, n in shapes} | {1}}
    u_base = {m: _chance(level, v[1], band) for m, level in u.items()}
    v_base = {n: _chance(level, u[1], band.transposed) for n, level in v.items()}
    offset = band.offset
    result: ByShape = {}
    for m, n in shapes:
        values = np.full(band.cells, np.nan, np.float32)
        for i in range(len(u[m])):
            first, end = int(band.first[i]), min(int(band.end[i]), len(v[n]))
            if end > first:
                cosine = v[n][first:end] @ u[m][i]
                chance = (u_base[m][i] + v_base[n][first:end]) / 2
                values[offset[i] : offset[i] + end - first] = (m + n) * (cosine - chance)
        result[(m, n)] = values
    return result


def _chance(vectors: Matrix, others: Matrix, band: Band) -> Matrix:
    """The mean cosine of each text with the other side's segments near its place."""
    sums = np.concatenate([np.zeros((1, others.shape[1])), np.cumsum(others, axis=0, dtype=np.float64)])
    rows = np.arange(len(vectors))
    middle = (band.first[rows] + band.end[rows]) // 2
    low = np.clip(middle - _NEAR, 0, max(0, len(others) - 2 * _NEAR))
    high = np.minimum(len(others), low + 2 * _NEAR)
    means = (sums[high] - sums[low]) / np.maximum(high - low, 1)[:, None]
    chance: Matrix = np.einsum("ij,ij->i", vectors, means).astype(np.float32)
    return chance


def gain_features(whole: Mapping[Shape, Matrix], band: Band) -> ByShape:
    """How much better a bead is for its first and for its last segment, a segment.

    The least of what is lost by leaving one of them out, per segment of the bead; 0 for
    1-1. A bead that is no better for one of its segments should do without it.
    """
    result: ByShape = {}
    for (m, n), values in whole.items():
        least = np.full(band.cells, np.inf, np.float32)
        mean = values / (m + n)
        for (a, b), rows, columns in (((m - 1, n), 1, 0), ((m, n - 1), 0, 1)):
            if (a, b) in whole:
                shorter: Matrix = whole[(a, b)] / np.float32(a + b)
                least = np.fmin(least, mean - shorter)
                least = np.fmin(least, mean - shifted(shorter, band, rows, columns))
        result[(m, n)] = np.where(np.isfinite(least), least, 0.0).astype(np.float32)
    return result


def length_features(
    source: Sequence[str], target: Sequence[str], band: Band, shapes: Sequence[Shape] = SHAPES
) -> ByShape:
    """For each bead how far its lengths are from the text's ratio, as a squared deviation.

    The difference grows with the root of the length (Gale and Church 1993); capped, since
    a summary or a free translation is no proof against a bead.
    """
    s = np.array([len(text) + 1 for text in source], np.float32)
    t = np.array([len(text) + 1 for text in target], np.float32)
    ratio = float(s.sum() / max(t.sum(), 1.0)) or 1.0
    result: ByShape = {}
    for shape in shapes:
        rows, columns = by_side(s, t * ratio, band, shape)
        result[shape] = np.minimum((rows - columns) ** 2 / (rows + columns + 10.0), 50.0).astype(np.float32)
    return result


def layout_features(
    source: Sequence[bool], target: Sequence[bool], band: Band, shapes: Sequence[Shape] = SHAPES
) -> ByShape:
    """For each bead how it goes with the blocks (paragraphs, headings): see the module.

    A half more where a block begins on both sides, a half less where on one; one less for
    each block that begins inside it.
    """
    s, t = (np.array(side, np.float32) for side in (source, target))
    i, j = band.rows(), band.columns()
    begins = s[np.minimum(i, len(s) - 1)], t[np.minimum(j, len(t) - 1)]
    agree = np.where(begins[0] == begins[1], np.where(begins[0] > 0, 0.5, 0.0), -0.5)
    result: ByShape = {}
    for shape in shapes:
        rows, columns = by_side(s, t, band, shape)
        inside = rows + columns - begins[0] - begins[1]
        result[shape] = (agree - inside).astype(np.float32)
    return result
