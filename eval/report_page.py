"""The report as one HTML page that needs no network and no server.

Its summary, plots and most telling segments are plain markup; a script adds a list of
all segments that can be searched, filtered and ordered.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from corpus.bitext import Flag, FlagKind
from corpus.formats._common import FLAG_LABELS
from corpus.pages import content_policy
from eval import plots
from eval.difference import Piece, PieceKind, difference
from eval.evaluation import Evaluation, largest_disagreements, lowest
from eval.report import RANKING_NOTE, TEST_NAMES, heading, p_text, ranked, summary_note
from eval.report_json import Origin, flag_counts, number, summary_data
from eval.statistics import LEVEL

_SHOWN = 10  # segments in each list of telling segments
_LISTED = 20_000  # segments in the page's list; more would not open
_KIND_CODES = {PieceKind.SAME: 0, PieceKind.EXTRA: 1, PieceKind.MISSING: 2}
_HERE = "@@segments@@"  # where the list goes into the page

Json = dict[str, Any]


def to_html(evaluation: Evaluation, origin: Origin) -> Iterator[str]:
    """The page in pieces of text."""
    before, _, after = _page(evaluation, origin).rpartition(_HERE)  # the user's text stands before it
    yield before
    yield from _embedded_segments(evaluation)
    yield after


def _page(evaluation: Evaluation, origin: Origin) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = [system.name for system in evaluation.material.systems]
    main = evaluation.main
    parts = evaluation.breakdown
    style, script = _asset("report.css"), _asset("report.js")
    total = len(evaluation.material.ids)
    return environment.get_template("report.html").render(
        policy=content_policy(style, script),
        style=Markup(style),  # our own files, not the user's text
        script=Markup(script),
        data=summary_data(evaluation, origin),
        segment_count=total,
        listed=min(total, _LISTED),
        title=" and ".join(names) if len(names) < 3 else f"{len(names)} systems",
        names=names,
        series=[plots.series_class(place) for place in range(len(names))],
        table=_summary(evaluation),
        headings=[heading(result) for result in evaluation.metrics],
        note=summary_note(evaluation),
        main=main.metric,
        unit=evaluation.settings.unit,
        rankings=_rankings(evaluation),
        ranking_note=RANKING_NOTE,
        plots=_plots(evaluation, names),
        length_label=plots.range_label,
        breakdown=parts,
        flags=_flag_table(evaluation),
        correlations=_correlation_rows(evaluation),
        disagreements=[_segment(evaluation, i) for i in largest_disagreements(main, _SHOWN)],
        worst=[_segment(evaluation, i) for i in _worst(evaluation)],
        flagged=[_segment(evaluation, i) for i in _most_flagged(evaluation)],
        all_segments=_HERE,
        test_names={str(test): name for test, name in TEST_NAMES.items()},
    )


def _plots(evaluation: Evaluation, names: Sequence[str]) -> list[tuple[str, Markup]]:
    """Captions and plots."""
    main = evaluation.main
    metric = main.metric.name
    unit = evaluation.settings.unit
    parts = evaluation.breakdown
    found = [(heading(result), plots.intervals(result, names)) for result in evaluation.metrics]
    found.append((f"Segments by {metric}", plots.distribution(main)))
    found += [
        (f"{metric} of each segment: {names[place]} against {names[0]}", plots.scatter(main, place, 0, names))
        for place in range(1, len(names))
    ]
    if parts.by_length:
        found.append((f"{metric} by length", plots.by_length(parts.by_length, metric, unit)))
    found.append(("Length ratio of each segment", plots.length_ratios(evaluation.material, unit)))
    if parts.by_document:
        shown = plots.chosen_documents(parts.by_document)
        some = "" if len(shown) == len(parts.by_document) else f", {len(shown)} of {len(parts.by_document)}"
        found.append((f"{metric} by document{some}", plots.by_document(shown, metric)))
    return found


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
                            "clear": item.p_corrected < LEVEL,
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
        "document": material.documents[index] if material.documents else "",
        "source": material.source[index] if material.source else "",
        "references": references,
        "systems": [
            {
                "name": system.name,
                "series": plots.series_class(place),
                "pieces": _pieces(system.hypotheses[index], references),
                "flags": _flag_texts(evaluation.flags[place][index]) if evaluation.flags else [],
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


def _flag_texts(flags: Sequence[Flag]) -> list[tuple[str, str]]:
    return [(FLAG_LABELS.get(flag.kind, str(flag.kind)), flag.message) for flag in flags]


def _embedded_segments(evaluation: Evaluation) -> Iterator[str]:
    """The page's data: JSON that is safe inside a script element, arrays to keep it small."""
    material = evaluation.material
    kinds = [kind for kind in FlagKind if any(_kinds_present(evaluation, kind))]
    head = {
        "metrics": [[item.metric.name, item.metric.higher_is_better] for item in evaluation.metrics],
        "main": evaluation.metrics.index(evaluation.main),
        "systems": [
            [system.name, plots.series_class(place)] for place, system in enumerate(material.systems)
        ],
        "flags": [FLAG_LABELS.get(kind, str(kind)) for kind in kinds],
    }
    yield _safe(json.dumps(head, ensure_ascii=False)).removesuffix("}") + ',"segments":['
    codes = {kind: place for place, kind in enumerate(kinds)}
    for index in range(min(len(material.ids), _LISTED)):
        text = json.dumps(
            _compact(evaluation, index, codes), ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )
        yield ("," if index else "") + _safe(text) + "\n"
    yield "]}"


def _kinds_present(evaluation: Evaluation, kind: FlagKind) -> Iterator[bool]:
    return (flag.kind is kind for system in evaluation.flags for flags in system for flag in flags)


def _compact(evaluation: Evaluation, index: int, codes: dict[FlagKind, int]) -> list[Any]:
    """One segment: id, source, references, pieces, scores, flags, document."""
    material = evaluation.material
    return [
        material.ids[index],
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
        [[[codes[flag.kind], flag.message] for flag in system[index]] for system in evaluation.flags],
        material.documents[index] if material.documents else "",
    ]


def _safe(text: str) -> str:
    """No ``<``, ``>`` or ``&`` is left, so nothing can end the script element."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _rankings(evaluation: Evaluation) -> list[Json]:
    """A row a metric and test: clusters with their ranks and systems (place and name)."""
    rows = []
    for item in evaluation.rankings:
        result = evaluation.result(item.metric)
        rows.append(
            {
                "metric": result.metric.name if result else item.metric,
                "test": TEST_NAMES[item.test],
                "clusters": [
                    (ranks, [(plots.series_class(p), evaluation.material.systems[p].name) for p in cluster])
                    for ranks, cluster in ranked(item)
                ],
            }
        )
    return rows


def _flag_table(evaluation: Evaluation) -> list[tuple[str, list[int]]]:
    """Flags by kind: a label and a count a system; empty if nothing was checked."""
    counts = [flag_counts(evaluation, place) or {} for place in range(len(evaluation.material.systems))]
    kinds = [kind for kind in FlagKind if any(found.get(str(kind)) for found in counts)]
    return [
        (FLAG_LABELS.get(kind, str(kind)), [found.get(str(kind), 0) for found in counts]) for kind in kinds
    ]


def _most_flagged(evaluation: Evaluation) -> list[int]:
    """The places of the segments with most flags, the most first."""
    if not evaluation.flags:
        return []
    numbers = np.array([[len(flags) for flags in system] for system in evaluation.flags]).sum(axis=0)
    order = np.argsort(-numbers, kind="stable")
    return [int(index) for index in order if numbers[index] > 0][:_SHOWN]


def _correlation_rows(evaluation: Evaluation) -> list[tuple[str, list[str]]]:
    if len(evaluation.metrics) < 2:
        return []
    names = [result.metric.name for result in evaluation.metrics]
    return [
        (name, ["–" if math.isnan(value) else f"{value:.2f}" for value in row])
        for name, row in zip(names, evaluation.correlations, strict=True)
    ]


@cache
def _asset(name: str) -> str:
    return files("eval").joinpath("templates", name).read_text(encoding="utf-8")


def _rounded(value: float) -> float | None:
    known = number(value)
    return None if known is None else round(known, 1)


def _shown(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"
