"""One evaluation: every system on every metric, with intervals and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.errors import SettingsError
from eval.inputs import Material
from eval.metrics import METRICS, Counts, Metric, Score, count, score
from eval.statistics import (
    DEFAULT_RESAMPLES,
    DEFAULT_SEED,
    DEFAULT_TRIALS,
    Comparison,
    Interval,
    SignificanceTest,
    bootstrap,
    compare_by_bootstrap,
    compare_by_randomization,
    interval,
)

MAIN_METRIC = "chrf"
_LENGTHS = (1, 10, 20, 30, 40, 60)  # words: where buckets begin


@dataclass(frozen=True, slots=True)
class Settings:
    """What to compute.

    ``metrics`` are keys of :data:`eval.metrics.METRICS`. ``resamples`` is for the
    bootstrap (confidence intervals and ``paired-bs``), 0 for none; ``trials`` for
    ``paired-ar``. The first system is the baseline of the tests.
    """

    metrics: tuple[str, ...] = tuple(METRICS)
    tests: tuple[SignificanceTest, ...] = ()
    resamples: int = DEFAULT_RESAMPLES
    trials: int = DEFAULT_TRIALS
    seed: int = DEFAULT_SEED


@dataclass(frozen=True, slots=True)
class MetricResult:
    """One metric: a score a system and, if resampled, its interval a system."""

    metric: Metric
    signature: str
    scores: tuple[Score, ...]
    intervals: tuple[Interval, ...] = ()

    @property
    def best(self) -> float:
        """The best score of any system."""
        values = [score.value for score in self.scores]
        return max(values) if self.metric.higher_is_better else min(values)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Words (between white space) of a system and of the first references."""

    hypothesis: int
    reference: int
    empty: int

    @property
    def ratio(self) -> float:
        """Hypothesis words for one reference word."""
        return self.hypothesis / self.reference if self.reference else 0.0


@dataclass(frozen=True, slots=True)
class LengthBucket:
    """Segments whose first reference has ``first`` to ``last`` words (None: any more).

    ``scores`` has each system's score on them by the main metric.
    """

    first: int
    last: int | None
    segments: int
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All results. ``metrics`` is in the order asked for, ``lengths`` one a system."""

    material: Material
    settings: Settings
    metrics: tuple[MetricResult, ...]
    comparisons: tuple[Comparison, ...]
    lengths: tuple[Lengths, ...]
    by_length: tuple[LengthBucket, ...]

    @property
    def main(self) -> MetricResult:
        """The metric to order segments by: chrF where it is there, else the first."""
        return next((item for item in self.metrics if item.metric.key == MAIN_METRIC), self.metrics[0])

    def comparison(self, test: SignificanceTest, metric: str, system: int) -> Comparison | None:
        """The comparison of one system with the baseline, if it was made."""
        for item in self.comparisons:
            if (item.test, item.metric, item.system) == (test, metric, system):
                return item
        return None


def evaluate(material: Material, settings: Settings = Settings()) -> Evaluation:
    """Score all systems. Counts are taken once; resampling works on the counts."""
    if SignificanceTest.BOOTSTRAP in settings.tests and not settings.resamples:
        raise SettingsError("a paired bootstrap needs resamples", remedy="give --resamples 1000, say")
    metrics = [METRICS[key] for key in settings.metrics]
    counts = count(metrics, [system.hypotheses for system in material.systems], material.references)
    resampled = bootstrap(counts, settings.resamples, settings.seed) if settings.resamples else ()
    results = []
    for place, item in enumerate(counts):
        signature = item.metric.signature(material.reference_count, **_resampling(settings))
        results.append(
            MetricResult(
                metric=item.metric,
                signature=signature,
                scores=tuple(score(item, system, signature) for system in range(len(material.systems))),
                intervals=tuple(interval(column) for column in resampled[place].T) if resampled else (),
            )
        )
    comparisons: tuple[Comparison, ...] = ()
    if SignificanceTest.BOOTSTRAP in settings.tests:
        comparisons += compare_by_bootstrap(counts, resampled)
    if SignificanceTest.RANDOMIZATION in settings.tests:
        comparisons += compare_by_randomization(counts, settings.trials, settings.seed)
    main = next((item for item in counts if item.metric.key == MAIN_METRIC), counts[0])
    return Evaluation(
        material, settings, tuple(results), comparisons, _lengths(material), _by_length(material, main)
    )


def lowest(result: MetricResult, system: int, number: int) -> list[int]:
    """The places of the ``number`` worst segments of a system, the worst first."""
    values = result.scores[system].segments
    order = np.argsort(values if result.metric.higher_is_better else -values, kind="stable")
    return [int(index) for index in order if not np.isnan(values[index])][:number]


def largest_disagreements(result: MetricResult, number: int) -> list[int]:
    """The places of the segments whose scores differ most between systems, the widest first."""
    table = np.stack([score.segments for score in result.scores])
    spread = np.nan_to_num(table.max(axis=0) - table.min(axis=0))
    order = np.argsort(-spread, kind="stable")
    return [int(index) for index in order if spread[index] > 0][:number]


def _resampling(settings: Settings) -> dict[str, str | int]:
    """What sacrebleu adds to a signature for resampling."""
    more: dict[str, str | int] = {}
    if settings.resamples:
        more["bs"] = settings.resamples
    if SignificanceTest.RANDOMIZATION in settings.tests:
        more["ar"] = settings.trials
    if more:
        more["seed"] = settings.seed
    return more


def _lengths(material: Material) -> tuple[Lengths, ...]:
    reference = _words([texts[0] for texts in material.references if texts])
    return tuple(
        Lengths(_words(system.hypotheses), reference, sum(not text.strip() for text in system.hypotheses))
        for system in material.systems
    )


def _by_length(material: Material, counts: Counts) -> tuple[LengthBucket, ...]:
    lengths = np.array([len(texts[0].split()) if texts else 0 for texts in material.references])
    buckets = []
    for first, after in zip(_LENGTHS, [*_LENGTHS[1:], None], strict=True):
        chosen = (lengths >= first) & (lengths < after if after else True)
        values = counts.metric.values(counts.rows[:, chosen].sum(axis=1))
        last = after - 1 if after else None
        if chosen.any():
            buckets.append(LengthBucket(first, last, int(chosen.sum()), tuple(map(float, values))))
    return tuple(buckets)


def _words(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)
