"""The best way to cut two texts into beads: dynamic programming over a band.

A bead of m source and n target segments has a value; the alignment is the sequence of
beads, each segment in exactly one, whose values have the greatest sum (Gale and Church
1993 with other values). The search is exact within its band.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpus.alignment.evidence import Band, Matrix

Shape = tuple[int, int]  # source and target segments of a bead


@dataclass(frozen=True, slots=True)
class Cut:
    """A bead by position: source segments ``source`` to before ``source_end``, target likewise."""

    source: int
    source_end: int
    target: int
    target_end: int
    value: float = 0.0

    @property
    def shape(self) -> Shape:
        """How many segments it has a side."""
        return self.source_end - self.source, self.target_end - self.target


def best_cuts(
    band: Band, values: Mapping[Shape, Matrix], skip_source: Sequence[float], skip_target: Sequence[float]
) -> list[Cut]:
    """The cuts with the greatest sum, in order.

    ``values[(m, n)]`` is flat over the band: the value of a bead that *starts* at the
    cell, NaN where there is none. ``skip_source[i]`` is the value of leaving source
    segment i alone (1-0), ``skip_target[j]`` that of 0-1. The band must hold the first
    and the last cell and a way between them by single steps.
    """
    rows, offset = len(band.first), band.offset
    best = np.full(offset[-1], -np.inf)
    step = np.full(offset[-1], -1, np.int16)
    shapes = [*values, (1, 0), (0, 1)]
    drift = np.concatenate([[0.0], np.cumsum(skip_target)])  # what 0-1 beads add from column 0
    best[0] = 0.0
    for i in range(rows):
        here = slice(offset[i], offset[i + 1])
        for number, (m, n) in enumerate(shapes[:-1]):
            if m <= i:
                _extend(band, offset, i, (m, n), number, best, step, values, skip_source)
        _skip_along(best[here], step[here], drift[band.first[i] : band.end[i]], len(shapes) - 1)
    return _trace(band, offset, shapes, best, step)


def _extend(
    band: Band,
    offset: npt.NDArray[np.int64],
    i: int,
    shape: Shape,
    number: int,
    best: npt.NDArray[np.float64],
    step: npt.NDArray[np.int16],
    values: Mapping[Shape, Matrix],
    skip_source: Sequence[float],
) -> None:
    """Beads of one shape that end in row ``i``."""
    m, n = shape
    before = i - m
    first = max(int(band.first[before]), int(band.first[i]) - n)  # columns where they start
    end = min(int(band.end[before]), int(band.end[i]) - n)
    if end <= first:
        return
    start = slice(offset[before] + first - band.first[before], offset[before] + end - band.first[before])
    there = offset[i] + first + n - band.first[i]
    if n:
        made = best[start] + np.nan_to_num(values[shape][start], nan=-np.inf)
    else:
        made = best[start] + skip_source[before]
    place = slice(there, there + end - first)
    better = made > best[place]
    best[place][better] = made[better]
    step[place][better] = number


def _skip_along(
    best: npt.NDArray[np.float64],
    step: npt.NDArray[np.int16],
    drift: npt.NDArray[np.float64],
    number: int,
) -> None:
    """0-1 beads within a row: the best of all columns before, less what lies between."""
    reached = np.maximum.accumulate(best - drift) + drift
    better = reached > best + 1e-9
    best[better] = reached[better]
    step[better] = number


def _trace(
    band: Band,
    offset: npt.NDArray[np.int64],
    shapes: Sequence[Shape],
    best: npt.NDArray[np.float64],
    step: npt.NDArray[np.int16],
) -> list[Cut]:
    i, j = len(band.first) - 1, int(band.end[-1]) - 1
    cuts = []
    while i or j:
        at = offset[i] + j - band.first[i]
        m, n = shapes[step[at]]
        before = offset[i - m] + j - n - band.first[i - m]
        cuts.append(Cut(i - m, i, j - n, j, float(best[at] - best[before])))
        i, j = i - m, j - n
    return cuts[::-1]
