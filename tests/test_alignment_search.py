"""The search for the best beads, against going through every way there is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.alignment.search import (
    Band,
    Cut,
    Lattice,
    Shape,
    best_cuts,
    best_worths,
    made_band,
    posterior,
    promising,
    surest_cuts,
    whole_band,
)

SHAPES: tuple[Shape, ...] = ((1, 1), (1, 2), (2, 1), (2, 2))
Way = tuple[Cut, ...]


@st.composite
def lattices(draw: st.DrawFn) -> Lattice:
    sources, targets = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    rows = sources + 1
    if draw(st.booleans()):
        band = whole_band(sources, targets)
    else:
        first = draw(st.lists(st.integers(0, targets), min_size=rows, max_size=rows))
        end = draw(st.lists(st.integers(1, targets + 1), min_size=rows, max_size=rows))
        band = made_band(np.array(first), np.array(end), targets)
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    values = {shape: random.normal(size=band.cells).astype(np.float32) for shape in SHAPES}
    values[(1, 1)][random.random(band.cells) < 0.2] = -np.inf
    return Lattice(band, values, random.normal(size=sources), random.normal(size=targets))


def worth(lattice: Lattice, cut: Cut) -> float:
    if cut.shape == (1, 0):
        return float(lattice.skip_source[cut.source])
    if cut.shape == (0, 1):
        return float(lattice.skip_target[cut.target])
    return float(lattice.values[cut.shape][lattice.band.at(cut.source, cut.target)])


def ways(lattice: Lattice, i: int = 0, j: int = 0) -> Iterator[tuple[float, Way]]:
    """Every way from (i, j) to the end with its worth."""
    band = lattice.band
    if (i, j) == (band.sources, band.targets):
        yield 0.0, ()
        return
    for m, n in (*SHAPES, (1, 0), (0, 1)):
        if band.holds(i + m, j + n):
            cut = Cut(i, i + m, j, j + n)
            for rest, way in ways(lattice, i + m, j + n):
                yield worth(lattice, cut) + rest, (cut, *way)


def covers_all(cuts: list[Cut], band: Band) -> bool:
    ends = [(0, 0), *((cut.source_end, cut.target_end) for cut in cuts)]
    starts = [*((cut.source, cut.target) for cut in cuts), (band.sources, band.targets)]
    return starts == ends


@settings(max_examples=60, deadline=None)
@given(lattices())
def test_the_best_cuts_are_the_best_of_all_ways(lattice: Lattice) -> None:
    found = best_cuts(lattice)
    assert covers_all(found, lattice.band)
    best = max(value for value, _ in ways(lattice))
    assert sum(worth(lattice, cut) for cut in found) == pytest.approx(best, abs=1e-4)
    assert best_worths(lattice).max() == pytest.approx(best, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(lattices())
def test_probabilities_are_those_of_all_ways(lattice: Lattice) -> None:
    everything = list(ways(lattice))
    total = np.logaddexp.reduce([value for value, _ in everything])
    chances: dict[Cut, float] = {}
    for value, way in everything:
        for cut in way:
            chances[cut] = chances.get(cut, 0.0) + float(np.exp(value - total))
    found = posterior(lattice)
    assert found.log_sum == pytest.approx(total, abs=1e-4)
    for cut, chance in chances.items():
        place = lattice.band.at(cut.source, cut.target)
        by_shape = {**found.values, (1, 0): found.skip_source, (0, 1): found.skip_target}
        assert by_shape[cut.shape][place] == pytest.approx(chance, abs=1e-4)
    # Alone is alone, wherever in the other text.
    by_segment: dict[tuple[Shape, int, int], float] = {}
    for cut, chance in chances.items():
        by_segment[segment_of(cut)] = by_segment.get(segment_of(cut), 0.0) + chance
    surest = surest_cuts(lattice, found, 0.3)
    assert covers_all(surest, lattice.band)
    most = max(sum(by_segment[segment_of(cut)] - 0.3 for cut in way) for _, way in everything)
    assert sum(cut.probability - 0.3 for cut in surest) == pytest.approx(most, abs=1e-3)
    pairs = [(one.shape, other.shape) for one, other in pairwise(surest)]
    assert ((0, 1), (1, 0)) not in pairs


def segment_of(cut: Cut) -> tuple[Shape, int, int]:
    m, n = cut.shape
    return cut.shape, cut.source if m else -1, cut.target if n else -1


@settings(max_examples=40, deadline=None)
@given(lattices(), st.floats(0, 4))
def test_what_is_promising_holds_every_good_way(lattice: Lattice, within: float) -> None:
    everything = list(ways(lattice))
    best = max(value for value, _ in everything)
    found = promising(lattice, within + 1e-4, margin=0)
    for value, way in everything:
        if value >= best - within:
            assert all(found.band.holds(cut.source_end, cut.target_end) for cut in way)
            for cut in way:
                m, n = cut.shape
                assert m < 2 or (cut.source, m) in found.source
                assert n < 2 or (cut.target, n) in found.target


@settings(max_examples=60, deadline=None)
@given(lattices())
def test_a_band_turned_twice_is_itself(lattice: Lattice) -> None:
    band = lattice.band
    again = band.transposed.transposed
    assert again.first.tolist() == band.first.tolist()
    assert again.end.tolist() == band.end.tolist()
    assert all(b > a for a, b in zip(band.first, band.end, strict=True))
    assert all(b < a for a, b in zip(band.end[:-1], band.first[1:], strict=True))
