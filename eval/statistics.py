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

import numpy as np

from eval.metrics import Counts, Floats

DEFAULT_SEED = 12345  # sacrebleu's
DEFAULT_RESAMPLES = 1000
DEFAULT_TRIALS = 10000

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
        for place, values in enumerate(_score_sums(counts, sums)):
            parts[place].append(values)
    return tuple(np.concatenate(part) for part in parts)


def interval(scores: Floats) -> Interval:
    """Mean and 95 % interval of resampled scores (one dimension), cut as sacrebleu cuts it."""
    ordered = np.sort(scores)
    tail = len(ordered) // 40
    return Interval(float(scores.mean()), float(ordered[tail]), float(ordered[-tail - 1]))


def compare_by_bootstrap(
    counts: Sequence[Counts], resampled: Sequence[Floats], baseline: int = 0
) -> tuple[Comparison, ...]:
    """Every system against ``baseline``; ``resampled`` is what :func:`bootstrap` gave.

    The p-value is the share of resamples whose difference lies farther above the
    mean difference than the observed one.
    """
    found: list[Comparison] = []
    for item, scores in zip(counts, resampled, strict=True):
        observed = _observed(item)
        p_values: dict[int, float] = {}
        for system in _others(item, baseline):
            differences = np.abs(scores[:, system] - scores[:, baseline])
            farther = differences - differences.mean()
            p_values[system] = _p_value(farther, abs(observed[system] - observed[baseline]))
        found += _comparisons(SignificanceTest.BOOTSTRAP, item, observed, p_values, baseline)
    return tuple(found)


def compare_by_randomization(
    counts: Sequence[Counts], trials: int, seed: int, baseline: int = 0
) -> tuple[Comparison, ...]:
    """Every system against ``baseline`` by swapping their outputs at random, ``trials`` times.

    The p-value is the share of trials whose absolute difference is above the
    observed one.
    """
    segments = counts[0].rows.shape[1]
    others = _others(counts[0], baseline)
    if not others:
        return ()
    joined = np.concatenate([_by_segment(item) for item in counts], axis=1)
    mirrored = np.concatenate([_by_segment(_only(item, baseline, len(item.rows))) for item in counts], axis=1)
    first, second = joined.sum(axis=0), mirrored.sum(axis=0)
    generator = np.random.default_rng(seed)
    parts: list[list[Floats]] = [[] for _ in counts]
    for size in _slices(trials, segments, multiple=32):
        swap = generator.integers(2, size=(size, segments), dtype=bool).astype(np.float64)
        moved = swap @ (mirrored - joined)
        one, other = _score_sums(counts, first + moved), _score_sums(counts, second - moved)
        for place, (ours, theirs) in enumerate(zip(one, other, strict=True)):
            parts[place].append(np.abs(ours - theirs))
    found: list[Comparison] = []
    for item, part in zip(counts, parts, strict=True):
        observed = _observed(item)
        differences = np.concatenate(part)
        p_values = {
            system: _p_value(differences[:, system], abs(observed[system] - observed[baseline]))
            for system in others
        }
        found += _comparisons(SignificanceTest.RANDOMIZATION, item, observed, p_values, baseline)
    return tuple(found)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values after Holm's step-down correction (1979) for as many comparisons as there are."""
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


def _p_value(statistics: Floats, observed: float) -> float:
    """(exceedances + 1) / (draws + 1). Systems that score the same do not differ: 1.

    There sacrebleu gives its smallest p-value, which would read as significant.
    """
    if observed <= _TIE:
        return 1.0
    return (int((statistics > observed + _TIE).sum()) + 1) / (len(statistics) + 1)


def _comparisons(
    test: SignificanceTest, counts: Counts, observed: Floats, p_values: dict[int, float], baseline: int
) -> list[Comparison]:
    corrected = holm(list(p_values.values()))
    return [
        Comparison(
            test=test,
            metric=counts.metric.key,
            system=system,
            baseline=baseline,
            difference=float(observed[system] - observed[baseline]),
            p_value=p_value,
            p_corrected=after,
        )
        for (system, p_value), after in zip(p_values.items(), corrected, strict=True)
    ]


def _others(counts: Counts, baseline: int) -> list[int]:
    return [system for system in range(len(counts.rows)) if system != baseline]


def _observed(counts: Counts) -> Floats:
    return counts.metric.values(counts.rows.sum(axis=1))


def _only(counts: Counts, system: int, times: int) -> Counts:
    """``times`` copies of one system's counts."""
    rows = counts.rows[system]
    return Counts(counts.metric, np.broadcast_to(rows, (times, *rows.shape)))


def _by_segment(counts: Counts) -> Floats:
    """Counts with shape (segments, systems * counts)."""
    systems, segments, columns = counts.rows.shape
    return counts.rows.transpose(1, 0, 2).reshape(segments, systems * columns)


def _score_sums(counts: Sequence[Counts], sums: Floats) -> list[Floats]:
    """Scores (draws, systems) a metric, from sums (draws, all metrics' systems * counts)."""
    scores: list[Floats] = []
    start = 0
    for item in counts:
        systems, _, columns = item.rows.shape
        width = systems * columns
        part = sums[:, start : start + width].reshape(-1, systems, columns)
        scores.append(item.metric.values(part))
        start += width
    return scores


def _slices(draws: int, segments: int, multiple: int = 1) -> Iterator[int]:
    """Sizes that add up to ``draws`` and keep a slice of random numbers small.

    numpy draws booleans 32 at a time and drops what is left over, so slices of
    them are of a multiple of 32 rows: then slicing does not change the draws.
    """
    size = max(1, _SLICE // max(1, segments))
    size = max(multiple, size - size % multiple)
    for start in range(0, draws, size):
        yield min(size, draws - start)
