"""Reports of an evaluation: HTML for people, JSON for programs, Markdown and CSV for both.

Every writer gives its report in pieces of text, one after the other.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from corpus.errors import FormatError
from eval.evaluation import Evaluation, MetricResult
from eval.report_json import Origin, flag_counts, number, to_json
from eval.statistics import LEVEL, Ranking, SignificanceTest

TEST_NAMES: Mapping[SignificanceTest, str] = {
    SignificanceTest.BOOTSTRAP: "paired bootstrap",
    SignificanceTest.RANDOMIZATION: "paired approximate randomization",
}
# A spreadsheet computes what starts like this; an apostrophe in front makes it text
# (OWASP, "CSV Injection"), as in corpus.formats.tsv.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")

Writer = Callable[[Evaluation, Origin], Iterator[str]]


def writer(path: Path) -> Writer:
    """What makes a report for a file of this name. Raises :class:`FormatError`."""
    known: dict[str, Writer] = {".html": _to_html, ".json": to_json, ".md": to_markdown, ".csv": to_csv}
    try:
        return known[path.suffix.lower()]
    except KeyError:
        raise FormatError(
            f"no report has the suffix {path.suffix!r}" if path.suffix else "the report has no suffix",
            where=str(path),
            remedy=f"use one of {', '.join(known)}",
        ) from None


def _to_html(evaluation: Evaluation, origin: Origin) -> Iterator[str]:
    from eval.report_page import to_html  # which needs this module

    return to_html(evaluation, origin)


def to_markdown(evaluation: Evaluation, origin: Origin) -> Iterator[str]:
    """The summary as Markdown: scores, verdicts, rankings, flags, signatures and the command."""
    names = [_markdown_text(system.name) for system in evaluation.material.systems]
    header = ["System", *(heading(result) for result in evaluation.metrics), "Length ratio"]
    lines = [_markdown_row(header), _markdown_row(["---"] + ["---:"] * (len(header) - 1))]
    for place, name in enumerate(names):
        cells = [cell_text(evaluation, result, place) for result in evaluation.metrics]
        lines.append(_markdown_row([name, *cells, f"{evaluation.lengths[place].ratio:.3f}"]))
    lines += ["", f"{len(evaluation.material.ids)} segments. {summary_note(evaluation)}".rstrip(), ""]
    for verdict in origin.verdicts:
        mark = "passed" if verdict.passed else "**failed**"
        lines.append(f"- {mark}: {_markdown_text(verdict.system)}: {verdict.message}")
    if origin.verdicts:
        lines.append("")
    if evaluation.rankings:
        lines += [f"- {ranking_text(evaluation, item)}" for item in evaluation.rankings] + [""]
    lines += _markdown_flags(evaluation, names)
    lines += [f"- {result.metric.name}: `{result.signature}`" for result in evaluation.metrics]
    if origin.command:
        lines += ["", f"Command: `{origin.command}`"]
    yield "\n".join(lines) + "\n"


def _markdown_flags(evaluation: Evaluation, names: Sequence[str]) -> list[str]:
    counts = [flag_counts(evaluation, place) or {} for place in range(len(names))]
    kinds = sorted({kind for found in counts for kind in found})
    if not kinds:
        return []
    lines = [_markdown_row(["Flags", *names]), _markdown_row(["---", *["---:"] * len(names)])]
    lines += [
        _markdown_row([kind.replace("_", " "), *(str(found.get(kind, 0)) for found in counts)])
        for kind in kinds
    ]
    return [*lines, ""]


def to_csv(evaluation: Evaluation, origin: Origin) -> Iterator[str]:
    """Per-segment scores: one row a segment and system, lines ended by CR LF (RFC 4180).

    A text that a spreadsheet would compute has an apostrophe in front.
    """
    columns = ["segment", "document", "system", *(item.metric.key for item in evaluation.metrics)]
    yield _csv_row([*columns, "flags", "hypothesis", "reference"])
    material = evaluation.material
    for index, name in enumerate(material.ids):
        document = material.documents[index] if material.documents else ""
        for place, system in enumerate(material.systems):
            values = [number(float(item.scores[place].segments[index])) for item in evaluation.metrics]
            shown = ["" if value is None else f"{value:.4f}" for value in values]
            flags = evaluation.flags[place][index] if evaluation.flags else ()
            reference = material.references[index][0] if material.references[index] else ""
            yield _csv_row(
                [
                    *map(safe_cell, (name, document, system.name)),
                    *shown,
                    ";".join(flag.kind.value for flag in flags),
                    *map(safe_cell, (system.hypotheses[index], reference)),
                ]
            )


def _csv_row(fields: Sequence[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerow(fields)
    return stream.getvalue()


def safe_cell(text: str) -> str:
    """A text for a table that a spreadsheet will not compute."""
    return f"'{text}" if _FORMULA.match(text) else text


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


def heading(result: MetricResult) -> str:
    """The metric's name with an arrow to its better side."""
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


def ranking_text(evaluation: Evaluation, ranking: Ranking) -> str:
    """``Ranking by chrF (paired bootstrap): 1 google; 2-3 microsoft, argos.``"""
    result = evaluation.result(ranking.metric)
    name = result.metric.name if result else ranking.metric
    parts = [
        f"{ranks} {', '.join(evaluation.material.systems[place].name for place in cluster)}"
        for ranks, cluster in ranked(ranking)
    ]
    return f"{name} ({TEST_NAMES[ranking.test]}): {'; '.join(parts)}"


def ranked(ranking: Ranking) -> list[tuple[str, tuple[int, ...]]]:
    """Every cluster with the ranks that its systems share."""
    found = []
    first = 1
    for cluster in ranking.clusters:
        last = first + len(cluster) - 1
        found.append((str(first) if first == last else f"{first}–{last}", cluster))
        first = last + 1
    return found


RANKING_NOTE = f"Systems that share ranks are not told apart (p < {LEVEL:g}, Holm-corrected over all pairs)."


def _markdown_text(text: str) -> str:
    """A name in a table cell: nothing of it is markup."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(text.split()))


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


__all__ = [
    "RANKING_NOTE",
    "TEST_NAMES",
    "Origin",
    "cell_text",
    "heading",
    "p_text",
    "ranked",
    "ranking_text",
    "safe_cell",
    "summary_note",
    "to_csv",
    "to_markdown",
    "writer",
]
