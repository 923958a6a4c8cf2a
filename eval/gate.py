"""A gate for continuous integration: is a score high enough, and is it worse than before?

A threshold is a plain comparison. Against an earlier report the question is whether
the system became significantly worse: its old hypotheses are in that report, so
old and new are tested in pairs on the same segments, metric by metric, and the
p-values are Holm-corrected over the metrics.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import FormatError, InputError, SettingsError
from corpus.files import decode_text, read_bytes
from eval.evaluation import Evaluation
from eval.inputs import System
from eval.metrics import METRICS, Counts, SegmentMean, count, mean_counts, metric_key
from eval.statistics import (
    LEVEL,
    PairedTests,
    SignificanceTest,
    bootstrap,
    bootstrap_tests,
    holm,
    randomization_tests,
)

FAILED = 3
"""Exit code of a command whose gate did not let the systems through."""


class VerdictKind(StrEnum):
    """What was asked."""

    THRESHOLD = "threshold"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one system passed on one metric, in words that say why."""

    kind: VerdictKind
    metric: str
    system: str
    passed: bool
    message: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least score on a metric (the most where lower is better)."""

    metric: str
    value: float


@dataclass(frozen=True, slots=True)
class _OldSystem:
    name: str
    hypotheses: tuple[str, ...]
    scores: tuple[dict[str, float | None], ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier report: its segments and its systems."""

    path: str
    ids: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    systems: tuple[_OldSystem, ...]


def parse_threshold(text: str) -> Threshold:
    """``chrF=50``. Raises :class:`SettingsError`."""
    name, _, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not name.strip() or not math.isfinite(number):
        raise SettingsError(f"{text!r} is no threshold", remedy="write a metric and a number, as in chrF=50")
    return Threshold(metric_key(name), number)


def check_thresholds(evaluation: Evaluation, thresholds: Sequence[Threshold]) -> tuple[Verdict, ...]:
    """A verdict for every system and threshold. Raises :class:`SettingsError` for a metric not computed."""
    verdicts = []
    for threshold in thresholds:
        result = evaluation.result(threshold.metric)
        if result is None:
            known = ", ".join(item.metric.key for item in evaluation.metrics)
            raise SettingsError(
                f"there is no score on {threshold.metric} to hold to {threshold.value:g}",
                remedy=f"name one of {known}, or add it with --metric",
            )
        better = result.metric.higher_is_better
        for system, score in zip(evaluation.material.systems, result.scores, strict=True):
            passed = score.value >= threshold.value if better else score.value <= threshold.value
            side = ("at least" if passed else "under") if better else ("at most" if passed else "over")
            verdicts.append(
                Verdict(
                    VerdictKind.THRESHOLD,
                    result.metric.key,
                    system.name,
                    passed,
                    f"{result.metric.name} {score.value:.2f} is {side} {threshold.value:g}",
                )
            )
    return tuple(verdicts)


def read_baseline(path: Path) -> Baseline:
    """An earlier ``.json`` report (of schema 1 or 2).

    Raises :class:`InputError` if it cannot be read, :class:`FormatError` if it is
    something else.
    """
    where = str(path)
    try:
        data = json.loads(decode_text(read_bytes(path), where))
    except (ValueError, RecursionError):
        raise _not_a_report(where) from None
    if not isinstance(data, dict) or data.get("format") != "tweetalig-evaluation":
        raise _not_a_report(where)
    if data.get("version") not in (1, 2):
        raise FormatError(
            f"has schema {data.get('version')}, this version reads 1 and 2",
            where=where,
            remedy="update tweetalig, or make the report again",
        )
    try:
        return _baseline(data, where)
    except (KeyError, TypeError, IndexError):
        raise _not_a_report(where) from None


def _not_a_report(where: str) -> FormatError:
    return FormatError(
        "is no report of tweetalig evaluate", where=where, remedy="give the .json of an earlier run"
    )


def _baseline(data: dict[str, Any], where: str) -> Baseline:
    segments = data["segments"]
    systems = []
    for place, system in enumerate(data["systems"]):
        held = [segment["hypotheses"][place] for segment in segments]
        systems.append(
            _OldSystem(
                str(system["name"]),
                tuple(str(item["text"]) for item in held),
                tuple(dict(item["scores"]) for item in held),
            )
        )
    return Baseline(
        where,
        tuple(str(segment["id"]) for segment in segments),
        tuple(tuple(map(str, segment["references"])) for segment in segments),
        tuple(systems),
    )


def compare_with_baseline(evaluation: Evaluation, baseline: Baseline) -> tuple[Verdict, ...]:
    """A verdict for every system and metric: it fails if it is significantly worse than before.

    A system is compared with that of its name in the report, or with the only one
    there is. Raises :class:`InputError` if the test sets differ, naming the first
    segment that does, and :class:`SettingsError` if no system can be compared.
    """
    _check_same_set(evaluation, baseline)
    verdicts: list[Verdict] = []
    for place, system in enumerate(evaluation.material.systems):
        verdicts += _compare(evaluation, place, _counterpart(evaluation, system, baseline))
    return tuple(verdicts)


def _check_same_set(evaluation: Evaluation, baseline: Baseline) -> None:
    ours, theirs = evaluation.material.ids, baseline.ids
    remedy = "compare with a report on the same test set"
    for index, (one, other) in enumerate(zip(ours, theirs, strict=False)):
        if one != other:
            raise InputError(
                f"has segment {other} where the references have {one}", where=baseline.path, remedy=remedy
            )
        if evaluation.material.references[index] != baseline.references[index]:
            raise InputError(f"has another reference for segment {one}", where=baseline.path, remedy=remedy)
    if len(ours) != len(theirs):
        longer = ours if len(ours) > len(theirs) else theirs
        raise InputError(
            f"has {len(theirs)} segments and the references {len(ours)}: "
            f"segment {longer[min(len(ours), len(theirs))]} has no partner",
            where=baseline.path,
            remedy=remedy,
        )


def _counterpart(evaluation: Evaluation, system: System, baseline: Baseline) -> _OldSystem:
    same = [old for old in baseline.systems if old.name == system.name]
    if same:
        return same[0]
    if len(baseline.systems) == 1 and len(evaluation.material.systems) == 1:
        return baseline.systems[0]
    raise SettingsError(
        f"{baseline.path} has no system called {system.name}",
        remedy=f"name it with --name as one of {', '.join(old.name for old in baseline.systems)}",
    )


def _compare(evaluation: Evaluation, place: int, old: _OldSystem) -> list[Verdict]:
    system = evaluation.material.systems[place]
    settings = evaluation.settings
    counts = _both(evaluation, place, old)
    tests: tuple[PairedTests, ...]
    if SignificanceTest.RANDOMIZATION in settings.tests:
        tests = randomization_tests(counts, settings.trials, settings.seed)
    else:
        resamples = settings.resamples or 1000
        tests = bootstrap_tests(counts, bootstrap(counts, resamples, settings.seed))
    corrected = holm([float(test.p_values[0, 1]) for test in tests])
    verdicts = []
    for item, test, p_value in zip(counts, tests, corrected, strict=True):
        before, now = (float(value) for value in test.scores)
        change = now - before if item.metric.higher_is_better else before - now
        worse = change < 0 and p_value < LEVEL
        if before == now:
            said = "is the same"
        elif p_value < LEVEL:
            said = "is significantly worse" if worse else "is significantly better"
        else:
            said = ("is lower" if now < before else "is higher") + ", which may be chance"
        verdicts.append(
            Verdict(
                VerdictKind.BASELINE,
                item.metric.key,
                system.name,
                not worse,
                f"{item.metric.name} {now:.2f} {said} (before: {before:.2f}, "
                f"{test.test}, Holm-corrected p = {p_value:.3f})",
            )
        )
    compared = {item.metric.key for item in counts}
    return verdicts + [
        Verdict(
            VerdictKind.BASELINE,
            result.metric.key,
            system.name,
            True,
            f"{result.metric.name} is not in the earlier report, so it was not compared",
        )
        for result in evaluation.metrics
        if result.metric.key not in compared
    ]


def _both(evaluation: Evaluation, place: int, old: _OldSystem) -> list[Counts]:
    """Rows of the old and the new system on every metric that both have."""
    system = evaluation.material.systems[place]
    counted = [METRICS[key] for key in evaluation.settings.metrics]
    pair = [old.hypotheses, system.hypotheses]
    found = list(count(counted, pair, evaluation.material.references))
    for result in evaluation.metrics:
        metric = result.metric
        if not isinstance(metric, SegmentMean):
            continue
        known = [scores.get(metric.key, math.nan) for scores in old.scores]
        before = np.array([math.nan if value is None else float(value) for value in known])
        if all(metric.key in scores for scores in old.scores):
            found.append(mean_counts(metric, np.stack([before, result.scores[place].segments])))
    return found
