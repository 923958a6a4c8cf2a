"""Whether a difference between systems could be chance: resampling of cached counts.

Two tests, each under one seed for all metrics and systems, with the random
numbers drawn as sacrebleu 2.x draws them (``sacrebleu/significance.py``), so that
its ``--paired-bs`` and ``--paired-ar`` give the same p-values:

- paired bootstrap (Koehn, "Statistical significance tests for machine
  translation evaluation", EMNLP 2004), which also gives confidence intervals;
- paired approximate randomization (Riezler and Maxwell, "On some pitfalls in
  automatic evaluation and significance testing for MT", 2005).

A resample is a vector of how often each segment was drawn; its summed counts are
that vector times the matrix of counts. So all resamples, metrics and systems are
one matrix product, done in slices that keep memory bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np

from eval.metrics import Counts, Floats

DEFAULT_SEED = 12345  # sacrebleu's
DEFAULT_RESAMPLES = 1000
DEFAULT_TRIALS = 10000
LEVEL = 0.05  # below it a corrected p-value counts as significant

_SLICE = 4_000_000  # random numbers held at a time
_TIE = 1e-9  # differences in score nearer than this are the same


class SignificanceTest(StrEnum):
    """A significance test."""

    BOOTSTRAP = "paired-bs"
    RANDOMIZATION = "paired-ar"


@dataclass(frozen=True, slots=True)
class Interval:
    """The 95 % confidence interval of a score, from bootstrap resamples."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """What sacrebleu prints after ``±``."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """One system against the baseline on one metric; both are places in the list of systems.

    ``difference`` is the system's score less the baseline's. ``p_value`` is
    two-sided; ``p_corrected`` is after Holm's correction over all systems compared
    on this metric by this test.
    """

    test: SignificanceTest
    metric: str
    system: int
    baseline: int
    difference: float
    p_value: float
    p_corrected: float


@dataclass(frozen=True, slots=True)
class PairedTests:
    """One test of every two systems on one metric.

    ``scores`` has one a system; ``p_values`` is symmetric, two-sided and not
    corrected, with 1 on the diagonal.
    """

    test: SignificanceTest
    metric: str
    scores: Floats
    p_values: Floats


@dataclass(frozen=True, slots=True)
class Ranking:
    """Systems (by place) in clusters, the best first; ``p_values`` are corrected, (systems, systems)."""

    test: SignificanceTest
    metric: str
    clusters: tuple[tuple[int, ...], ...]
    p_values: Floats


def bootstrap(counts: Sequence[Counts], resamples: int, seed: int) -> tuple[Floats, ...]:
    """Scores of every system on every resample: one array (resamples, systems) a metric."""
    segments = counts[0].rows.shape[1]
    stacked = [_by_segment(item) for item in counts]
    joined = np.concatenate(stacked, axis=1)
    generator = np.random.default_rng(seed)
    parts: list[list[Floats]] = [[] for _ in counts]
    for size in _slices(resamples, segments):
        drawn = generator.choice(segments, size=(size, segments), replace=True)
        times = np.stack([np.bincount(row, minlength=segments) for row in drawn])
        sums = times.astype(np.float64) @ joined
        for place, (item, part) in enumerate(zip(counts, _split(counts, sums), strict=True)):
            parts[place].append(item.metric.values(part))
    return tuple(np.concatenate(part) for part in parts)


def interval(scores: Floats) -> Interval:
    """Mean and 95 % interval of resampled scores (one dimension), cut as sacrebleu cuts it."""
    ordered = np.sort(scores)
    tail = len(ordered) // 40
    return Interval(float(scores.mean()), float(ordered[tail]), float(ordered[-tail - 1]))


def bootstrap_tests(counts: Sequence[Counts], resampled: Sequence[Floats]) -> tuple[PairedTests, ...]:
    """Every two systems, a metric at a time; ``resampled`` is what :func:`bootstrap` gave.

    The p-value is the share of resamples whose difference lies farther above the
    mean difference than the observed one.
    """
    found = []
    for item, scores in zip(counts, resampled, strict=True):
        observed = _observed(item)
        p_values = np.ones((len(observed), len(observed)))
        for first, second in combinations(range(len(observed)), 2):
            differences = np.abs(scores[:, first] - scores[:, second])
            farther = differences - differences.mean()
            gap = abs(observed[first] - observed[second])
            p_values[first, second] = p_values[second, first] = _p_value(
                _exceeding(farther, gap), len(farther), gap
            )
        found.append(PairedTests(SignificanceTest.BOOTSTRAP, item.metric.key, observed, p_values))
    return tuple(found)


def randomization_tests(counts: Sequence[Counts], trials: int, seed: int) -> tuple[PairedTests, ...]:
    """Every two systems, by swapping their outputs at random, ``trials`` times.

    The p-value is the share of trials whose absolute difference is above the
    observed one.
    """
    systems, segments = counts[0].rows.shape[:2]
    pairs = list(combinations(range(systems), 2))
    joined = np.concatenate([_by_segment(item) for item in counts], axis=1)
    observed = [_observed(item) for item in counts]
    exceeding = np.zeros((len(counts), len(pairs)), dtype=np.int64)
    generator = np.random.default_rng(seed)
    for size in _slices(trials, segments, multiple=32):
        swap = generator.integers(2, size=(size, segments), dtype=bool).astype(np.float64)
        # What the swapped segments hold of every system; a pair exchanges its two.
        moved = _split(counts, swap @ joined)
        for place, (item, part) in enumerate(zip(counts, moved, strict=True)):
            whole = item.rows.sum(axis=1)
            for number, (first, second) in enumerate(pairs):
                change = part[:, second] - part[:, first]
                one = item.metric.values(whole[first] + change)
                other = item.metric.values(whole[second] - change)
                gap = abs(observed[place][first] - observed[place][second])
                exceeding[place, number] += _exceeding(np.abs(one - other), gap)
    found = []
    for place, item in enumerate(counts):
        p_values = np.ones((systems, systems))
        for number, (first, second) in enumerate(pairs):
            gap = abs(observed[place][first] - observed[place][second])
            p_value = _p_value(int(exceeding[place, number]), trials, gap)
            p_values[first, second] = p_values[second, first] = p_value
        found.append(PairedTests(SignificanceTest.RANDOMIZATION, item.metric.key, observed[place], p_values))
    return tuple(found)


def against_baseline(tests: PairedTests, baseline: int = 0) -> tuple[Comparison, ...]:
    """Every other system against ``baseline``, Holm-corrected over those systems."""
    others = [system for system in range(len(tests.scores)) if system != baseline]
    p_values = [float(tests.p_values[system, baseline]) for system in others]
    return tuple(
        Comparison(
            test=tests.test,
            metric=tests.metric,
            system=system,
            baseline=baseline,
            difference=float(tests.scores[system] - tests.scores[baseline]),
            p_value=p_value,
            p_corrected=corrected,
        )
        for system, p_value, corrected in zip(others, p_values, holm(p_values), strict=True)
    )


def ranking(tests: PairedTests, *, higher_is_better: bool = True, level: float = LEVEL) -> Ranking:
    """Systems in order of their score, in clusters that differ significantly.

    P-values are Holm-corrected over all pairs of systems. As in the WMT findings
    (Bojar et al. 2013) a cluster ends where every system so far differs, at
    ``level``, from every system that follows.
    """
    number = len(tests.scores)
    pairs = list(combinations(range(number), 2))
    corrected = np.ones((number, number))
    p_values = holm([float(tests.p_values[pair]) for pair in pairs])
    for (first, second), p_value in zip(pairs, p_values, strict=True):
        corrected[first, second] = corrected[second, first] = p_value
    key = -tests.scores if higher_is_better else tests.scores
    order = [int(place) for place in np.argsort(key, kind="stable")]
    clusters: list[tuple[int, ...]] = []
    start = 0
    for end in range(1, number + 1):
        above, below = order[:end], order[end:]
        if all(corrected[one, other] < level for one in above for other in below):
            clusters.append(tuple(order[start:end]))
            start = end
    return Ranking(tests.test, tests.metric, tuple(clusters), corrected)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values after Holm's step-down correction (1979) for as many comparisons as there are."""
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


def _exceeding(statistics: Floats, observed: float) -> int:
    return int((statistics > observed + _TIE).sum())


def _p_value(exceeding: int, draws: int, observed: float) -> float:
    """(exceedances + 1) / (draws + 1). Systems that score the same do not differ: 1.

    There sacrebleu gives its smallest p-value, which would read as significant.
    """
    return 1.0 if observed <= _TIE else (exceeding + 1) / (draws + 1)


def _observed(counts: Counts) -> Floats:
    return counts.metric.values(counts.rows.sum(axis=1))


def _by_segment(counts: Counts) -> Floats:
    """Counts with shape (segments, systems * counts)."""
    systems, segments, columns = counts.rows.shape
    return counts.rows.transpose(1, 0, 2).reshape(segments, systems * columns)


def _split(counts: Sequence[Counts], sums: Floats) -> list[Floats]:
    """Sums (draws, systems, counts) a metric, from sums (draws, all metrics' systems * counts)."""
    parts: list[Floats] = []
    start = 0
    for item in counts:
        systems, _, columns = item.rows.shape
        parts.append(sums[:, start : start + systems * columns].reshape(-1, systems, columns))
        start += systems * columns
    return parts


def _slices(draws: int, segments: int, multiple: int = 1) -> Iterator[int]:
    """Sizes that add up to ``draws`` and keep a slice of random numbers small.

    numpy draws booleans 32 at a time and drops what is left over, so slices of
    them are of a multiple of 32 rows: then slicing does not change the draws.
    """
    size = max(1, _SLICE // max(1, segments))
    size = max(multiple, size - size % multiple)
    for start in range(0, draws, size):
        yield min(size, draws - start)
