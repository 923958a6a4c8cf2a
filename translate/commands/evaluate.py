"""``tweetalig evaluate``: hypotheses scored against references."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eval.evaluation import Evaluation

_EPILOG = """
HYP, REF and SRC are plain lines, one segment each, or bilingual documents (.jsonl, .tmx)
whose target side is scored; documents are matched by segment id, lines by their order.

Exit codes: 0 done, 2 a mistake in what was given (nothing is written).
"""


@click.command(epilog=_EPILOG)
@click.argument("hypotheses", nargs=-1, required=True, metavar="HYP...")
@click.option(
    "--ref", "references", multiple=True, required=True, metavar="REF", help="A reference; repeatable."
)
@click.option("--src", "source", metavar="SRC", help="The source text, shown in reports.")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Report: .html, .json, .md or .csv; repeatable.",
)
@click.option(
    "--name", "names", multiple=True, help="A system's name, once for each HYP in order (default: its file)."
)
@click.option(
    "--test",
    "tests",
    multiple=True,
    type=click.Choice(["bootstrap", "randomization"]),
    help="Significance test of every system against the first HYP; repeatable.",
)
@click.option(
    "--resamples",
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    help="Bootstrap resamples, for confidence intervals and tests; 0 for none.",
)
@click.option("--seed", type=click.IntRange(0), default=12345, show_default=True, help="Seed of all draws.")
@click.option("--offline", is_flag=True, help="Never touch the network (this command never does).")
@click.option("-q", "--quiet", is_flag=True, help="Print no table.")
def command(
    hypotheses: tuple[str, ...],
    references: tuple[str, ...],
    source: str | None,
    outputs: tuple[str, ...],
    names: tuple[str, ...],
    tests: tuple[str, ...],
    resamples: int,
    seed: int,
    offline: bool,
    quiet: bool,
) -> None:
    """Score each HYP against REF: BLEU, chrF, chrF++ and TER, as sacrebleu has them.

    \b
    Example:
      tweetalig evaluate --ref reference.en baseline.en hypothesis.en -o report.html
    """
    from datetime import UTC, datetime

    from corpus.errors import SettingsError
    from corpus.files import check_writable
    from eval.evaluation import Settings, evaluate
    from eval.inputs import match, read_segments
    from eval.report import Origin, writer
    from eval.statistics import SignificanceTest

    writers = [(Path(name), writer(Path(name))) for name in outputs]
    for path, _ in writers:
        check_writable(path)
    if names and len(names) != len(hypotheses):
        raise SettingsError(
            f"{len(names)} names for {len(hypotheses)} systems", remedy="give --name once for each HYP"
        )
    chosen = tuple(SignificanceTest[name.upper()] for name in dict.fromkeys(tests))
    if chosen and len(hypotheses) < 2:
        raise SettingsError("a significance test compares systems", remedy="give two or more HYP")
    material = match(
        [read_segments(Path(name)) for name in references],
        [read_segments(Path(name)) for name in hypotheses],
        source=read_segments(Path(source)) if source else None,
        names=names,
    )
    evaluation = evaluate(material, Settings(tests=chosen, resamples=resamples, seed=seed))
    created = datetime.now(UTC).isoformat(timespec="seconds")
    origin = Origin(command=shlex.join(["tweetalig", *sys.argv[1:]]), created=created)
    _write([(path, make(evaluation, origin)) for path, make in writers])
    if not quiet:
        _table(evaluation)


def _write(reports: Sequence[tuple[Path, str]]) -> None:
    """Write all reports, or none if one cannot be written."""
    from contextlib import ExitStack

    from corpus.files import atomic_write

    with ExitStack() as files:
        for path, report in reports:
            files.enter_context(atomic_write(path)).write(report.encode())


def _table(evaluation: Evaluation) -> None:
    """Systems as rows, metrics as columns, then how to read it and the signatures."""
    from rich.console import Console
    from rich.table import Table

    from eval.report import cell_text, summary_note

    table = Table("System")
    for result in evaluation.metrics:
        table.add_column(result.metric.name, justify="right")
    for place, system in enumerate(evaluation.material.systems):
        table.add_row(system.name, *(cell_text(evaluation, result, place) for result in evaluation.metrics))
    # Piped output is not broken at 80 columns: nothing of a name or a score may be lost.
    console = Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)
    console.print(table)
    lines = [summary_note(evaluation)] if summary_note(evaluation) else []
    lines += [f"{result.metric.name}: {result.signature}" for result in evaluation.metrics]
    for line in lines:
        console.print(line, soft_wrap=True)
