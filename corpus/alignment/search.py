"""The best way to cut two texts into beads: dynamic programming over a band of cells.

A cell (i, j) says that i source and j target segments are done. A bead of m source and
n target segments leads from (i, j) to (i + m, j + n) and has a value; an alignment is a
way from the first cell to the last, and is worth the sum of its beads (Gale and Church
1993, with other values). Ways have probabilities as well, proportional to e to the power
of their worth: a log-linear chain (Lafferty et al. 2001, "Conditional random fields"),
from which each bead gets the probability that it is right. Everything here is exact
within the band.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]
Sums = npt.NDArray[np.float64]
Shape = tuple[int, int]  # source and target segments of a bead


@dataclass(frozen=True)
class Band:
    """The cells that are looked at: in row i those with ``first[i] <= j < end[i]``.

    Rows are source boundaries 0..sources, columns target boundaries 0..targets. Neither
    end goes back from row to row, each row goes on where the one before it has cells,
    and the first and last cell are in: so there always is a way of single steps.
    """

    first: Places
    end: Places

    @cached_property
    def offset(self) -> Places:
        """Where each row starts in a flat array of cells, and the number of cells."""
        offset = np.zeros(len(self.first) + 1, np.int64)
        np.cumsum(self.end - self.first, out=offset[1:])
        return offset

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return int(self.offset[-1])

    @property
    def sources(self) -> int:
        """Source segments."""
        return len(self.first) - 1

    @property
    def targets(self) -> int:
        """Target segments."""
        return int(self.end[-1]) - 1

    def at(self, i: int, j: int) -> int:
        """The place of cell (i, j) in a flat array."""
        return int(self.offset[i] + j - self.first[i])

    def holds(self, i: int, j: int) -> bool:
        """Whether (i, j) is looked at."""
        return 0 <= i <= self.sources and bool(self.first[i] <= j < self.end[i])

    def rows(self) -> Places:
        """The row of each cell."""
        return np.repeat(np.arange(len(self.first)), self.end - self.first)

    def columns(self) -> Places:
        """The column of each cell."""
        return np.arange(self.cells) - np.repeat(self.offset[:-1] - self.first, self.end - self.first)

    @cached_property
    def transposed(self) -> Band:
        """The same cells with source and target exchanged."""
        columns = np.arange(self.targets + 1)
        first = np.searchsorted(self.end, columns, side="right")
        end = np.searchsorted(self.first, columns, side="right")
        return Band(first.astype(np.int64), end.astype(np.int64))


def whole_band(sources: int, targets: int) -> Band:
    """Every cell."""
    return Band(np.zeros(sources + 1, np.int64), np.full(sources + 1, targets + 1, np.int64))


def made_band(first: Places, end: Places, targets: int) -> Band:
    """The smallest band with these cells that is one: see :class:`Band`."""
    first, end = np.clip(first, 0, targets), np.clip(end, 1, targets + 1)
    first[0], end[-1] = 0, targets + 1
    end = np.maximum.accumulate(np.maximum(end, first + 1))
    first = np.minimum.accumulate(first[::-1])[::-1]
    first[1:] = np.minimum(first[1:], end[:-1] - 1)
    first = np.minimum.accumulate(first[::-1])[::-1]
    return Band(first.astype(np.int64), end.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Cut:
    """A bead by position: source segments ``source`` to before ``source_end``, target likewise.

    ``probability`` is that of the bead among all ways, where it was worked out.
    """

    source: int
    source_end: int
    target: int
    target_end: int
    probability: float = 1.0

    @property
    def shape(self) -> Shape:
        """How many segments it has a side."""
        return self.source_end - self.source, self.target_end - self.target

    def shifted(self, source: int, target: int) -> Cut:
        """The same bead, so many segments further on."""
        return Cut(
            self.source + source,
            self.source_end + source,
            self.target + target,
            self.target_end + target,
            self.probability,
        )


@dataclass(frozen=True)
class Lattice:
    """Every bead that may be, with its value.

    ``values[(m, n)]`` is flat over the band: the value of the bead that *starts* at the
    cell, minus infinity where there is none. ``skip_source[i]`` is the value of leaving
    source segment i alone (1-0), ``skip_target[j]`` that of 0-1.
    """

    band: Band
    values: Mapping[Shape, Matrix]
    skip_source: Sums
    skip_target: Sums

    @cached_property
    def moves(self) -> list[tuple[Shape, Matrix | None]]:
        """All shapes but 0-1; 1-0 has no values of its own."""
        return [((1, 0), None), *self.values.items()]


def best_cuts(lattice: Lattice) -> list[Cut]:
    """The beads with the greatest sum of values, in order."""
    return _trace(lattice, _forward(lattice, best=True))


def best_worths(lattice: Lattice) -> Sums:
    """For each cell the worth of the best way through it; minus infinity where none goes."""
    return _forward(lattice, best=True) + _backward(lattice, best=True)


@dataclass(frozen=True)
class Promising:
    """What lies on a way that is worth nearly as much as the best one.

    ``band`` holds those cells with a margin; ``source`` and ``target`` the stretches
    (first segment, how many) of more than one segment that are a side of a bead there.
    """

    band: Band
    source: frozenset[tuple[int, int]]
    target: frozenset[tuple[int, int]]


def promising(lattice: Lattice, within: float, margin: int, joined: float | None = None) -> Promising:
    """Cells on ways worth at most ``within`` less than the best, stretches on ``joined`` at most."""
    band = lattice.band
    ahead, behind = _forward(lattice, best=True), _backward(lattice, best=True)
    least = ahead[-1] - within
    least_joined = ahead[-1] - (within if joined is None else joined)
    kept = ahead + behind >= least
    stretches: tuple[set[tuple[int, int]], set[tuple[int, int]]] = (set(), set())
    rows, columns = band.rows(), band.columns()
    for (m, n), values in lattice.values.items():
        starts = np.flatnonzero(kept & (rows + m <= band.sources) & (columns + n <= band.targets))
        i, j = rows[starts], columns[starts]
        inside = (band.first[i + m] <= j + n) & (j + n < band.end[i + m])
        starts, i, j = starts[inside], i[inside], j[inside]
        ends = band.offset[i + m] + j + n - band.first[i + m]
        good = ahead[starts] + values[starts] + behind[ends] >= least_joined
        for side, size, places in ((0, m, i), (1, n, j)):
            if size > 1:
                stretches[side].update((int(place), size) for place in np.unique(places[good]))
    return Promising(_hull(band, kept, margin), frozenset(stretches[0]), frozenset(stretches[1]))


def _hull(band: Band, kept: npt.NDArray[np.bool_], margin: int) -> Band:
    """The band of the cells that are kept, ``margin`` cells wider on either side."""
    rows, columns = band.rows()[kept], band.columns()[kept]
    count = len(band.first)
    first, end = np.full(count, band.targets + 1), np.full(count, -1)
    np.minimum.at(first, rows, columns)
    np.maximum.at(end, rows, columns + 1)
    has = end >= 0  # a row that only large beads jump over has none
    last = np.maximum.accumulate(np.where(has, np.arange(count), 0))
    following = np.minimum.accumulate(np.where(has, np.arange(count), count - 1)[::-1])[::-1]
    first = np.where(has, first, first[last])
    end = np.where(has, end, end[following])
    return made_band(first - margin, end + margin, band.targets)


@dataclass(frozen=True)
class Posterior:
    """The probability of each bead, in the shape of a :class:`Lattice`; ``log_sum`` of all ways."""

    values: Mapping[Shape, Matrix]
    skip_source: Matrix  # flat over the band, at the cell where the bead starts
    skip_target: Matrix
    log_sum: float


def posterior(lattice: Lattice) -> Posterior:
    """How probable each bead is, by the sums of all ways before and after it."""
    band = lattice.band
    ahead, behind = _forward(lattice, best=False), _backward(lattice, best=False)
    total = float(ahead[-1])
    made: dict[Shape, Matrix] = {}
    for shape in [(1, 0), (0, 1), *lattice.values]:
        chance = np.zeros(band.cells, np.float32)
        made[shape] = chance
    rows = range(len(band.first))
    for i in rows:
        for shape, values in lattice.moves:
            spans = _spans(band, i, shape)
            if spans is None:
                continue
            start, end = spans
            worth = lattice.skip_source[i] if values is None else values[start]
            made[shape][start] = np.exp(np.minimum(ahead[start] + worth + behind[end] - total, 0.0))
        row = slice(band.offset[i], band.offset[i + 1] - 1)
        after = slice(row.start + 1, row.stop + 1)
        drop = lattice.skip_target[band.first[i] : band.end[i] - 1]
        made[(0, 1)][row] = np.exp(np.minimum(ahead[row] + drop + behind[after] - total, 0.0))
    beads = {shape: values for shape, values in made.items() if shape in lattice.values}
    return Posterior(beads, made[(1, 0)], made[(0, 1)], total)


_HALF_F1 = 0.49


def surest_cuts(lattice: Lattice, chances: Posterior, charge: float = _HALF_F1) -> list[Cut]:
    """The beads of which the most are expected to be right, in F1. Each carries its probability.

    To reach an F1 of f, a bead is worth its probability less f / 2: without that charge
    many unlikely small beads would beat one likely large one. A segment left alone is as
    probable as all its lone beads together, for where it stands among the other side's
    makes no difference; of neighbours left alone, those of the source come first.
    """
    band = lattice.band
    alone = alone_chances(band, chances)
    values = {shape: np.where(held > 0, held - charge, -np.inf) for shape, held in chances.values.items()}
    worth = Lattice(band, values, alone[0] - charge, alone[1] - charge)
    cuts = [
        replace(cut, probability=min(1.0, _chance(cut, band, chances.values, alone)))
        for cut in best_cuts(worth)
    ]
    return _sources_first(cuts)


def alone_chances(band: Band, chances: Posterior) -> tuple[Sums, Sums]:
    """How probable it is of each segment of either side that it is left alone."""
    source: Sums = np.add.reduceat(chances.skip_source.astype(np.float64), band.offset[:-1])
    target: Sums = np.bincount(band.columns(), chances.skip_target, band.targets + 1).astype(np.float64)
    return source[: band.sources], target[: band.targets]


def _chance(cut: Cut, band: Band, held: Mapping[Shape, Matrix], alone: tuple[Sums, Sums]) -> float:
    if cut.shape in held:
        return float(held[cut.shape][band.at(cut.source, cut.target)])
    return float(alone[0][cut.source] if cut.shape == (1, 0) else alone[1][cut.target])


def _sources_first(cuts: list[Cut]) -> list[Cut]:
    """The same beads with 1-0 before 0-1 wherever the two stand together."""
    made: list[Cut] = []
    i = j = 0
    waiting: list[Cut] = []  # 0-1 beads since the last bead of another kind
    for cut in cuts:
        if cut.shape == (0, 1):
            waiting.append(cut)
            continue
        if cut.shape != (1, 0):
            made += waiting
            waiting = []
        made.append(cut)
    made += waiting
    placed = []
    for cut in made:
        m, n = cut.shape
        placed.append(Cut(i, i + m, j, j + n, cut.probability))
        i, j = i + m, j + n
    return placed


def _spans(band: Band, i: int, shape: Shape) -> tuple[slice, slice] | None:
    """Where beads of ``shape`` that start in row ``i`` start and end, flat; None if there are none."""
    m, n = shape
    there = i + m
    if there > band.sources:
        return None
    first = max(int(band.first[i]), int(band.first[there]) - n)
    end = min(int(band.end[i]), int(band.end[there]) - n)
    if end <= first:
        return None
    start = int(band.offset[i]) + first - int(band.first[i])
    stop = int(band.offset[there]) + first + n - int(band.first[there])
    return slice(start, start + end - first), slice(stop, stop + end - first)


def _forward(lattice: Lattice, *, best: bool) -> Sums:
    """Best worth, or log of the sum, of the ways from the first cell to each."""
    band = lattice.band
    join = np.maximum if best else np.logaddexp
    drift = np.concatenate([[0.0], np.cumsum(lattice.skip_target)])
    worth = np.full(band.cells, -np.inf)
    worth[0] = 0.0
    with np.errstate(invalid="ignore"):
        for i in range(len(band.first)):
            for shape, values in lattice.moves:
                spans = _spans(band, i - shape[0], shape) if i >= shape[0] else None
                if spans is not None:
                    start, end = spans
                    gain = lattice.skip_source[i - 1] if values is None else values[start]
                    worth[end] = join(worth[end], worth[start] + gain)
            here = slice(band.offset[i], band.offset[i + 1])
            along = drift[band.first[i] : band.end[i]]
            worth[here] = join.accumulate(worth[here] - along) + along
    return worth


def _backward(lattice: Lattice, *, best: bool) -> Sums:
    """Best worth, or log of the sum, of the ways from each cell to the last."""
    band = lattice.band
    join = np.maximum if best else np.logaddexp
    drift = np.concatenate([[0.0], np.cumsum(lattice.skip_target)])
    worth = np.full(band.cells, -np.inf)
    worth[-1] = 0.0
    with np.errstate(invalid="ignore"):
        for i in range(band.sources, -1, -1):
            for shape, values in lattice.moves:
                spans = _spans(band, i, shape)
                if spans is not None:
                    start, end = spans
                    gain = lattice.skip_source[i] if values is None else values[start]
                    worth[start] = join(worth[start], worth[end] + gain)
            here = slice(band.offset[i], band.offset[i + 1])
            along = drift[band.first[i] : band.end[i]]
            worth[here] = join.accumulate((worth[here] + along)[::-1])[::-1] - along
    return worth


def _trace(lattice: Lattice, worth: Sums) -> list[Cut]:
    """The way that reached the last cell, found backwards."""
    band = lattice.band
    i, j = band.sources, band.targets
    cuts = []
    while i or j:
        m, n = _step(lattice, worth, i, j)
        cuts.append(Cut(i - m, i, j - n, j))
        i, j = i - m, j - n
    return cuts[::-1]


def _step(lattice: Lattice, worth: Sums, i: int, j: int) -> Shape:
    """The shape of the bead by which the best way came to (i, j)."""
    band = lattice.band
    choices: list[tuple[float, Shape]] = []
    for (m, n), values in [*lattice.moves[::-1], ((0, 1), None)]:
        if band.holds(i - m, j - n):
            before = band.at(i - m, j - n)
            gain = (
                values[before]
                if values is not None
                else (lattice.skip_source[i - 1] if m else lattice.skip_target[j - 1])
            )
            choices.append((float(worth[before] + gain), (m, n)))
    return max(choices, key=lambda choice: choice[0])[1]
