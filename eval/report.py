"""Reports of an evaluation: HTML for people, JSON for programs, Markdown and CSV for both.

``report.schema.json`` beside the templates describes the JSON. The HTML is one file
that needs no network and no server; its summary, plots and most telling segments
are plain markup, and a script adds a searchable list of all segments.
"""

from __future__ import annotations

import csv
import io
import json
import math
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from corpus.errors import FormatError
from corpus.pages import content_policy
from eval import plots
from eval.difference import Piece, PieceKind, difference
from eval.evaluation import Evaluation, MetricResult, largest_disagreements, lowest
from eval.statistics import Comparison, SignificanceTest

SCHEMA_VERSION = 1
TEST_NAMES: Mapping[SignificanceTest, str] = {
    SignificanceTest.BOOTSTRAP: "paired bootstrap",
    SignificanceTest.RANDOMIZATION: "paired approximate randomization",
}
_SHOWN = 10  # segments in each list of telling segments
_KIND_CODES = {PieceKind.SAME: 0, PieceKind.EXTRA: 1, PieceKind.MISSING: 2}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a report comes from. ``created`` is ISO 8601 in UTC.

    ``source_language`` and ``target_language`` are BCP 47 tags for the page.
    """

    command: str = ""
    created: str = ""
    source_language: str = "nl"
    target_language: str = "en"
    notes: tuple[str, ...] = ()


def writer(path: Path) -> Callable[[Evaluation, Origin], str]:
    """What makes a report for a file of this name. Raises :class:`FormatError`."""
    known = {".html": to_html, ".json": to_json, ".md": to_markdown, ".csv": to_csv}
    try:
        return known[path.suffix.lower()]
    except KeyError:
        raise FormatError(
            f"no report has the suffix {path.suffix!r}" if path.suffix else "the report has no suffix",
            where=str(path),
            remedy=f"use one of {', '.join(known)}",
        ) from None


def to_json(evaluation: Evaluation, origin: Origin) -> str:
    """The report as JSON (see ``report.schema.json``), with a final newline."""
    return json.dumps(as_data(evaluation, origin), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_data(evaluation: Evaluation, origin: Origin) -> Json:
    """The report as plain dictionaries and lists; scores unrounded, NaN as ``None``."""
    material, settings = evaluation.material, evaluation.settings
    names = [system.name for system in material.systems]
    return {
        "format": "tweetalig-evaluation",
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
        "by_length": [
            {"first": b.first, "last": b.last, "segments": b.segments, "scores": list(b.scores)}
            for b in evaluation.by_length
        ],
        "segments": [_segment_data(evaluation, index) for index in range(len(material.ids))],
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
    }


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


def _segment_data(evaluation: Evaluation, index: int) -> Json:
    material = evaluation.material
    return {
        "id": material.ids[index],
        "source": material.source[index] if material.source else None,
        "references": list(material.references[index]),
        "hypotheses": [
            {
                "text": system.hypotheses[index],
                "scores": {
                    result.metric.key: _number(float(result.scores[place].segments[index]))
                    for result in evaluation.metrics
                },
            }
            for place, system in enumerate(material.systems)
        ],
    }


def to_markdown(evaluation: Evaluation, origin: Origin) -> str:
    """The summary as Markdown: one table, then signatures and the command."""
    header = ["System", *(_heading(result) for result in evaluation.metrics), "Length ratio"]
    lines = [_markdown_row(header), _markdown_row(["---"] + ["---:"] * (len(header) - 1))]
    for place, system in enumerate(evaluation.material.systems):
        cells = [cell_text(evaluation, result, place) for result in evaluation.metrics]
        lines.append(_markdown_row([system.name, *cells, f"{evaluation.lengths[place].ratio:.3f}"]))
    lines += ["", f"{len(evaluation.material.ids)} segments. {summary_note(evaluation)}", ""]
    lines += [f"- {result.metric.name}: `{result.signature}`" for result in evaluation.metrics]
    if origin.command:
        lines += ["", f"Command: `{origin.command}`"]
    return "\n".join(lines) + "\n"


def to_csv(evaluation: Evaluation, origin: Origin) -> str:
    """Per-segment scores: one row a segment and system, lines ended by CR LF (RFC 4180)."""
    stream = io.StringIO()
    rows = csv.writer(stream)
    rows.writerow(
        ["segment", "system", *(item.metric.key for item in evaluation.metrics), "hypothesis", "reference"]
    )
    material = evaluation.material
    for index, name in enumerate(material.ids):
        for place, system in enumerate(material.systems):
            values = [_number(float(item.scores[place].segments[index])) for item in evaluation.metrics]
            shown = ["" if value is None else f"{value:.4f}" for value in values]
            reference = material.references[index][0] if material.references[index] else ""
            rows.writerow([name, system.name, *shown, system.hypotheses[index], reference])
    return stream.getvalue()


def to_html(evaluation: Evaluation, origin: Origin) -> str:
    """The report as one self-contained HTML page."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = [system.name for system in evaluation.material.systems]
    main = evaluation.main
    style, script = _asset("report.css"), _asset("report.js")
    return environment.get_template("report.html").render(
        policy=content_policy(style, script),
        style=Markup(style),  # our own files, not the user's text
        script=Markup(script),
        data=as_data_without_segments(evaluation, origin),
        title=" and ".join(names) if len(names) < 3 else f"{len(names)} systems",
        names=names,
        series=[plots.series_class(place) for place in range(len(names))],
        table=_summary(evaluation),
        headings=[_heading(result) for result in evaluation.metrics],
        note=summary_note(evaluation),
        main=main.metric,
        interval_plots=[plots.intervals(result, names) for result in evaluation.metrics],
        distribution_plot=plots.distribution(main),
        length_plot=plots.by_length(evaluation.by_length, main.metric.name) if evaluation.by_length else "",
        buckets=[(plots.length_label(bucket), bucket) for bucket in evaluation.by_length],
        disagreements=[_segment(evaluation, i) for i in largest_disagreements(main, _SHOWN)],
        worst=[_segment(evaluation, i) for i in _worst(evaluation)],
        all_segments=_embedded(_compact(evaluation)),
        test_names={str(test): name for test, name in TEST_NAMES.items()},
    )


def as_data_without_segments(evaluation: Evaluation, origin: Origin) -> Json:
    """:func:`as_data` with only the number of segments under ``segment_count``."""
    none = list(range(0))
    data = {**as_data(evaluation, origin), "segments": none}
    return {**data, "segment_count": len(evaluation.material.ids)}


def summary_note(evaluation: Evaluation) -> str:
    """How to read the summary, in words."""
    settings = evaluation.settings
    parts = []
    if settings.resamples:
        parts.append(
            f"± is half the width of the 95 % bootstrap interval ({settings.resamples} resamples, "
            f"seed {settings.seed})."
        )
    for test in settings.tests:
        trials = settings.trials if test is SignificanceTest.RANDOMIZATION else settings.resamples
        parts.append(
            f"p: {TEST_NAMES[test]} against {evaluation.material.systems[0].name} "
            f"({trials} draws, seed {settings.seed}), Holm-corrected over the systems."
        )
    return " ".join(parts)


def _heading(result: MetricResult) -> str:
    return f"{result.metric.name} {'↑' if result.metric.higher_is_better else '↓'}"


def p_text(p_value: float) -> str:
    """A p-value as text, never shown as zero."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def cell_text(evaluation: Evaluation, result: MetricResult, place: int) -> str:
    """A score with its interval and p-values, where they were computed."""
    text = f"{result.scores[place].value:.1f}"
    if result.intervals:
        text += f" ± {result.intervals[place].half_width:.1f}"
    found = [evaluation.comparison(test, result.metric.key, place) for test in evaluation.settings.tests]
    tests = [p_text(item.p_corrected) for item in found if item]
    return f"{text} ({', '.join(tests)})" if tests else text


def _summary(evaluation: Evaluation) -> list[list[Json]]:
    """Cells of the summary table: one row a system, one cell a metric."""
    rows = []
    for place in range(len(evaluation.material.systems)):
        row = []
        for result in evaluation.metrics:
            value = result.scores[place].value
            found = [evaluation.comparison(t, result.metric.key, place) for t in evaluation.settings.tests]
            row.append(
                {
                    "value": f"{value:.1f}",
                    "exact": f"{value:.4f}",
                    "best": len(evaluation.material.systems) > 1 and value == result.best,
                    "half": f"{result.intervals[place].half_width:.1f}" if result.intervals else "",
                    "tests": [
                        {
                            "text": p_text(item.p_corrected),
                            "clear": item.p_corrected < 0.05,
                            "name": TEST_NAMES[item.test],
                        }
                        for item in found
                        if item
                    ],
                }
            )
        rows.append(row)
    return rows


def _worst(evaluation: Evaluation) -> list[int]:
    """The segments that are worst for some system, taken in turn, each once."""
    systems = range(len(evaluation.material.systems))
    lists = [lowest(evaluation.main, system, _SHOWN) for system in systems]
    chosen: dict[int, None] = {}
    for turn in zip(*lists, strict=True):
        chosen.update(dict.fromkeys(turn))
    return list(chosen)[:_SHOWN]


def _segment(evaluation: Evaluation, index: int) -> Json:
    """One segment for the template."""
    material = evaluation.material
    references = material.references[index]
    return {
        "id": material.ids[index],
        "source": material.source[index] if material.source else "",
        "references": references,
        "systems": [
            {
                "name": system.name,
                "series": plots.series_class(place),
                "pieces": _pieces(system.hypotheses[index], references),
                "scores": [
                    _shown(float(result.scores[place].segments[index])) for result in evaluation.metrics
                ],
            }
            for place, system in enumerate(material.systems)
        ],
    }


def _pieces(hypothesis: str, references: Sequence[str]) -> tuple[Piece, ...]:
    """The difference from the first reference."""
    return difference(hypothesis, references[0] if references else "")


def _compact(evaluation: Evaluation) -> Json:
    """All segments for the page's script: arrays, not objects, to keep the page small."""
    material = evaluation.material
    return {
        "metrics": [[item.metric.name, item.metric.higher_is_better] for item in evaluation.metrics],
        "main": evaluation.metrics.index(evaluation.main),
        "systems": [
            [system.name, plots.series_class(place)] for place, system in enumerate(material.systems)
        ],
        "segments": [
            [
                name,
                material.source[index] if material.source else "",
                list(material.references[index]),
                [
                    [
                        part
                        for piece in _pieces(system.hypotheses[index], material.references[index])
                        for part in (_KIND_CODES[piece.kind], piece.text)
                    ]
                    for system in material.systems
                ],
                [
                    [_rounded(float(item.scores[place].segments[index])) for item in evaluation.metrics]
                    for place in range(len(material.systems))
                ],
            ]
            for index, name in enumerate(material.ids)
        ],
    }


def _embedded(data: Json) -> Markup:
    """JSON that is safe inside a script element: no ``<``, ``>`` or ``&`` is left in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


@cache
def _asset(name: str) -> str:
    return files("eval").joinpath("templates", name).read_text(encoding="utf-8")


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 1)


def _shown(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"


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
    loaded: Json = json.loads(_asset("report.schema.json"))
    return loaded
