"""The report as JSON, in pieces so that a large one need not stand in memory as one text.

``templates/report.schema.json`` describes it; :data:`SCHEMA_VERSION` counts its
changes: 2 added rankings, breakdowns, correlations, flags and verdicts.
"""

from __future__ import annotations

import json
import math
import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

from corpus.bitext import Flag
from corpus.document import Span
from eval.breakdown import NgramDifference
from eval.evaluation import Evaluation
from eval.gate import Verdict
from eval.metrics import Floats
from eval.statistics import LEVEL, Comparison, SignificanceTest

SCHEMA_VERSION = 2
FORMAT = "tweetalig-evaluation"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a report comes from. ``created`` is ISO 8601 in UTC.

    ``source_language`` and ``target_language`` are BCP 47 tags for the page.
    ``verdicts`` are those of a gate, if there was one.
    """

    command: str = ""
    created: str = ""
    source_language: str = "nl"
    target_language: str = "en"
    notes: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


def to_json(evaluation: Evaluation, origin: Origin) -> Iterator[str]:
    """The report in pieces of text, with a final newline."""
    head = json.dumps(summary_data(evaluation, origin), ensure_ascii=False, indent=1, allow_nan=False)
    yield head.removesuffix("\n}") + ',\n "segments": ['
    for index in range(len(evaluation.material.ids)):
        text = json.dumps(segment_data(evaluation, index), ensure_ascii=False, allow_nan=False)
        yield ("," if index else "") + "\n  " + text
    yield "\n ]\n}\n"


def summary_data(evaluation: Evaluation, origin: Origin) -> Json:
    """All but the segments as dictionaries and lists; scores unrounded, NaN as ``None``."""
    material, settings = evaluation.material, evaluation.settings
    names = [system.name for system in material.systems]
    return {
        "format": FORMAT,
        "version": SCHEMA_VERSION,
        "provenance": {
            **_versions(),
            "created": origin.created,
            "command": origin.command,
            "source_language": origin.source_language,
            "target_language": origin.target_language,
            "notes": list(origin.notes),
            "files": [
                {"role": role, "path": file.path, "sha256": file.sha256, "segments": len(file.segments)}
                for role, file in material.files
            ],
        },
        "settings": {
            "seed": settings.seed,
            "resamples": settings.resamples,
            "trials": settings.trials if SignificanceTest.RANDOMIZATION in settings.tests else 0,
            "tests": [str(test) for test in settings.tests],
            "correction": "Holm" if evaluation.comparisons else "",
            "level": LEVEL,
            "baseline": names[0],
        },
        "metrics": [
            {
                "key": result.metric.key,
                "name": result.metric.name,
                "higher_is_better": result.metric.higher_is_better,
                "signature": result.signature,
            }
            for result in evaluation.metrics
        ],
        "systems": [_system_data(evaluation, place) for place in range(len(names))],
        "comparisons": [_comparison_data(item, names) for item in evaluation.comparisons],
        "rankings": [
            {
                "test": str(item.test),
                "metric": item.metric,
                "clusters": [[names[place] for place in cluster] for cluster in item.clusters],
                "p_corrected": item.p_values.tolist(),
            }
            for item in evaluation.rankings
        ],
        **_breakdown_data(evaluation, names),
        "correlations": [[number(value) for value in row] for row in evaluation.correlations],
        "verdicts": [
            {
                "kind": str(item.kind),
                "metric": item.metric,
                "system": item.system,
                "passed": item.passed,
                "message": item.message,
            }
            for item in origin.verdicts
        ],
    }


def _system_data(evaluation: Evaluation, place: int) -> Json:
    lengths = evaluation.lengths[place]
    scores: Json = {}
    for result in evaluation.metrics:
        entry: Json = {"value": result.scores[place].value}
        if result.intervals:
            bar = result.intervals[place]
            entry["interval"] = {"mean": bar.mean, "low": bar.low, "high": bar.high}
        scores[result.metric.key] = entry
    return {
        "name": evaluation.material.systems[place].name,
        "file": evaluation.material.systems[place].file.path,
        "scores": scores,
        "words": lengths.hypothesis,
        "reference_words": lengths.reference,
        "empty_segments": lengths.empty,
        "flags": flag_counts(evaluation, place),
    }


def flag_counts(evaluation: Evaluation, place: int) -> dict[str, int] | None:
    """How many flags of each kind a system has; None if nothing was checked."""
    if not evaluation.flags:
        return None
    return dict(Counter(str(flag.kind) for flags in evaluation.flags[place] for flag in flags))


def _comparison_data(item: Comparison, names: Sequence[str]) -> Json:
    return {
        "test": str(item.test),
        "metric": item.metric,
        "system": names[item.system],
        "baseline": names[item.baseline],
        "difference": item.difference,
        "p_value": item.p_value,
        "p_corrected": item.p_corrected,
    }


def _breakdown_data(evaluation: Evaluation, names: Sequence[str]) -> Json:
    parts = evaluation.breakdown
    return {
        "by_length": [
            {"first": b.first, "last": b.last, "segments": b.segments, "scores": list(b.scores)}
            for b in parts.by_length
        ],
        "by_document": [
            {"document": d.name, "segments": d.segments, "scores": list(d.scores)} for d in parts.by_document
        ],
        "by_frequency": {
            "text": parts.frequency_text,
            "buckets": [
                {"first": b.first, "last": b.last, "words": b.words, "f1": list(b.f1)}
                for b in parts.by_frequency
            ],
        },
        "ngrams": [
            {
                "system": names[item.system],
                "baseline": names[item.baseline],
                "complete": item.complete,
                "better": [_ngram_data(one) for one in item.better],
                "worse": [_ngram_data(one) for one in item.worse],
            }
            for item in parts.ngrams
        ],
    }


def _ngram_data(item: NgramDifference) -> Json:
    return {"ngram": item.ngram, "here": item.here, "there": item.there}


def segment_data(evaluation: Evaluation, index: int) -> Json:
    """One segment with every system's text, scores and flags."""
    material = evaluation.material
    segment: Json = {
        "id": material.ids[index],
        "document": material.documents[index] if material.documents else None,
        "source": material.source[index] if material.source else None,
        "references": list(material.references[index]),
    }
    segment["hypotheses"] = [
        {
            "text": system.hypotheses[index],
            "scores": {
                result.metric.key: number(float(result.scores[place].segments[index]))
                for result in evaluation.metrics
            },
            "flags": [flag_data(flag) for flag in evaluation.flags[place][index]] if evaluation.flags else [],
        }
        for place, system in enumerate(material.systems)
    ]
    return segment


def flag_data(flag: Flag) -> Json:
    """A flag with its places as [start, end) in code points, None where it has none."""
    return {
        "kind": str(flag.kind),
        "message": flag.message,
        "source": _span_data(flag.source),
        "target": _span_data(flag.target),
    }


def _span_data(span: Span | None) -> list[int] | None:
    return None if span is None else [span.start, span.end]


def number(value: float | Floats) -> float | None:
    """JSON has no NaN."""
    return None if math.isnan(value) else float(value)


def _versions() -> Json:
    try:
        tool = version("tweetalig")
    except PackageNotFoundError:
        tool = "not installed"
    return {
        "tool": f"tweetalig {tool}",
        "sacrebleu": version("sacrebleu"),
        "python": platform.python_version(),
    }


def schema() -> Json:
    """The JSON schema of :func:`to_json`."""
    text = files("eval").joinpath("templates", "report.schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded
