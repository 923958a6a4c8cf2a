"""One evaluation: every system on every metric, with intervals and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from corpus.bitext import Flag
from corpus.errors import SettingsError
from eval.breakdown import (
    DocumentScores,
    LengthBucket,
    NgramDifferences,
    WordBucket,
    WordFrequencies,
    by_document,
    by_frequency,
    by_length,
    ngram_differences,
    reference_frequencies,
)
from eval.checks import check_segment
from eval.inputs import Material
from eval.metrics import (
    METRICS,
    STANDARD,
    Counts,
    Floats,
    Metric,
    Score,
    SegmentMean,
    count,
    mean_counts,
    score,
)
from eval.statistics import (
    DEFAULT_RESAMPLES,
    DEFAULT_SEED,
    DEFAULT_TRIALS,
    Comparison,
    Interval,
    PairedTests,
    Ranking,
    SignificanceTest,
    against_baseline,
    bootstrap,
    bootstrap_tests,
    interval,
    randomization_tests,
    ranking,
)

MAIN_METRIC = "chrf"


@dataclass(frozen=True, slots=True)
class Settings:
    """What to compute.

    ``metrics`` are keys of :data:`eval.metrics.METRICS`. ``resamples`` is for the
    bootstrap (confidence intervals and ``paired-bs``), 0 for none; ``trials`` for
    ``paired-ar``. The first system is the baseline of the tests. ``words`` asks for
    the breakdown by words and n-grams, ``checks`` for the checks that need no
    reference (where the source is known). ``unit`` is what lengths are counted in, for
    reports.
    """

    metrics: tuple[str, ...] = STANDARD
    tests: tuple[SignificanceTest, ...] = ()
    resamples: int = DEFAULT_RESAMPLES
    trials: int = DEFAULT_TRIALS
    seed: int = DEFAULT_SEED
    words: bool = True
    checks: bool = True
    unit: str = "words"


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
class Breakdown:
    """The same scores by kinds of segment, document, word and n-gram; empty where not asked for."""

    by_length: tuple[LengthBucket, ...] = ()
    by_document: tuple[DocumentScores, ...] = ()
    by_frequency: tuple[WordBucket, ...] = ()
    frequency_text: str = ""
    ngrams: tuple[NgramDifferences, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All results. ``metrics`` is in the order asked for, ``lengths`` one a system.

    ``flags`` has, for each system, the flags of every segment, if the source is
    known. ``correlations`` is Pearson's r of every two metrics over the segments of
    all systems, lower-is-better metrics turned round.
    """

    material: Material
    settings: Settings
    metrics: tuple[MetricResult, ...]
    comparisons: tuple[Comparison, ...]
    rankings: tuple[Ranking, ...]
    lengths: tuple[Lengths, ...]
    breakdown: Breakdown
    correlations: Floats
    flags: tuple[tuple[tuple[Flag, ...], ...], ...] = ()

    @property
    def main(self) -> MetricResult:
        """The metric to order segments by: chrF where it is there, else the first."""
        return next((item for item in self.metrics if item.metric.key == MAIN_METRIC), self.metrics[0])

    def result(self, metric: str) -> MetricResult | None:
        """The result on one metric, by its key."""
        return next((item for item in self.metrics if item.metric.key == metric), None)

    def comparison(self, test: SignificanceTest, metric: str, system: int) -> Comparison | None:
        """The comparison of one system with the baseline, if it was made."""
        for item in self.comparisons:
            if (item.test, item.metric, item.system) == (test, metric, system):
                return item
        return None


class Scorer(Protocol):
    """What scores whole segments by other means than counting."""

    @property
    def metric(self) -> SegmentMean:
        """The metric; asked for once its values are there."""

    def values(self, material: Material) -> Floats:
        """Scores of shape (systems, segments); NaN where a segment has none."""


def evaluate(
    material: Material,
    settings: Settings = Settings(),
    scorers: Sequence[Scorer] = (),
    *,
    frequencies: WordFrequencies | None = None,
) -> Evaluation:
    """Score all systems. Counts are taken once; resampling works on the counts.

    ``scorers`` add metrics. ``frequencies`` (default: of the references) are for
    the breakdown by how common words are.
    """
    if not settings.metrics and not scorers:
        raise SettingsError("no metric is asked for", remedy="name one")
    return evaluate_counts(
        material, settings, counts_of(material, settings, scorers), frequencies=frequencies
    )


def evaluate_counts(
    material: Material,
    settings: Settings,
    counts: Sequence[Counts],
    *,
    frequencies: WordFrequencies | None = None,
) -> Evaluation:
    """:func:`evaluate` from rows that are known already, of whatever they count."""
    if SignificanceTest.BOOTSTRAP in settings.tests and not settings.resamples:
        raise SettingsError("a paired bootstrap needs resamples", remedy="give --resamples 1000, say")
    resampled = bootstrap(counts, settings.resamples, settings.seed) if settings.resamples else ()
    results = _results(material, settings, counts, resampled)
    tests: tuple[PairedTests, ...] = ()
    if len(material.systems) > 1:
        tests = _tests(settings, counts, resampled)
    higher = {item.metric.key: item.metric.higher_is_better for item in counts}
    main = next((item for item in counts if item.metric.key == MAIN_METRIC), counts[0])
    return Evaluation(
        material=material,
        settings=settings,
        metrics=results,
        comparisons=tuple(one for item in tests for one in against_baseline(item)),
        rankings=tuple(ranking(item, higher_is_better=higher[item.metric]) for item in tests),
        lengths=_lengths(material),
        breakdown=_breakdown(material, settings, main, frequencies),
        correlations=_correlations(results),
        flags=_flags(material) if settings.checks and material.source else (),
    )


def counts_of(material: Material, settings: Settings, scorers: Sequence[Scorer] = ()) -> tuple[Counts, ...]:
    """The per-segment rows of every system on every metric."""
    metrics = [METRICS[key] for key in settings.metrics]
    counted = count(metrics, [system.hypotheses for system in material.systems], material.references)
    more = []
    for scorer in scorers:
        values = scorer.values(material)
        more.append(mean_counts(scorer.metric, values))
    return (*counted, *more)


def _results(
    material: Material, settings: Settings, counts: Sequence[Counts], resampled: Sequence[Floats]
) -> tuple[MetricResult, ...]:
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
    return tuple(results)


def _tests(
    settings: Settings, counts: Sequence[Counts], resampled: Sequence[Floats]
) -> tuple[PairedTests, ...]:
    found: tuple[PairedTests, ...] = ()
    if SignificanceTest.BOOTSTRAP in settings.tests:
        found += bootstrap_tests(counts, resampled)
    if SignificanceTest.RANDOMIZATION in settings.tests:
        found += randomization_tests(counts, settings.trials, settings.seed)
    return found


def _breakdown(
    material: Material, settings: Settings, main: Counts, frequencies: WordFrequencies | None
) -> Breakdown:
    lengths, documents = by_length(material, main), by_document(material, main)
    if not settings.words:
        return Breakdown(lengths, documents)
    known = frequencies or reference_frequencies(material)
    return Breakdown(
        by_length=lengths,
        by_document=documents,
        by_frequency=by_frequency(material, known),
        frequency_text=known.name,
        ngrams=ngram_differences(material),
    )


def _correlations(results: Sequence[MetricResult]) -> Floats:
    table = np.stack(
        [
            np.concatenate([score.segments for score in result.scores])
            * (1 if result.metric.higher_is_better else -1)
            for result in results
        ]
    )
    table = table[:, ~np.isnan(table).any(axis=0)]
    if table.shape[1] < 2:
        return np.full((len(results), len(results)), np.nan)
    centred = table - table.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (centred @ centred.T) / np.outer(lengths, lengths)
    return found


def _flags(material: Material) -> tuple[tuple[tuple[Flag, ...], ...], ...]:
    return tuple(tuple(map(check_segment, material.source, system.hypotheses)) for system in material.systems)


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


def _words(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)
