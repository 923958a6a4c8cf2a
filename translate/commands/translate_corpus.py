"""``tweetalig translate-corpus``: many files of rows in, the same rows with English out."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from translate.options import model_options, text_options

if TYPE_CHECKING:
    from translate.corpora.run import Plan, Report
    from translate.corpora.shard import Outcome, Progress

_EPILOG = """
Shards: .jsonl, .tsv, .tmx, .parquet (pip install 'tweetalig[corpus]') and plain lines (.txt); all
but Parquet also with .gz behind. A row keeps everything it has and gains "translation",
"translation_confidence" and "translation_flags".

Killed or failed, the same command goes on: what manifest.json in the output folder has as done,
of the same input, model and settings, is not done again. The output is the same, byte
for byte, as that of one run.

Exit codes: 0 done, 2 a mistake in what was given or a shard that failed (the others are done),
130 interrupted (finished shards stay).
"""


@click.command(name="translate-corpus", epilog=_EPILOG)
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option("--output", "-o", required=True, metavar="DIR", help="Folder for the translated shards.")
@click.option("--column", metavar="NAME", help="Where the Dutch is (default: text; of TSV the first column).")
@click.option(
    "--target-column",
    metavar="NAME",
    default="translation",
    show_default=True,
    help="Where the English goes.",
)
@click.option("--segmented", is_flag=True, help="A row is one segment: do not split it into sentences.")
@model_options
@text_options
@click.option("--processes", type=click.IntRange(1), help="Shards at a time (default: by cores and memory).")
@click.option("--threads", type=click.IntRange(1), help="Threads of each process (default: by cores).")
@click.option("--ray", metavar="ADDRESS", help="Run on a Ray cluster; 'local' starts one here.")
@click.option("--report", metavar="FILE", help="Also write the throughput of every shard here, as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what went wrong.")
def command(
    inputs: tuple[str, ...],
    output: str,
    column: str | None,
    target_column: str,
    segmented: bool,
    model: str | None,
    offline: bool,
    beam: int,
    batch_tokens: int,
    engine: str,
    compute_type: str,
    glossary: str | None,
    no_repair: bool,
    processes: int | None,
    threads: int | None,
    ray: str | None,
    report: str | None,
    quiet: bool,
) -> None:
    """Translate the shards IN (files, or folders of them) from Dutch to English.

    \b
    Examples:
      tweetalig translate-corpus shards/*.jsonl --output english
      tweetalig translate-corpus news.tsv.gz --column body --output english
      tweetalig translate-corpus shards --output english --ray local
    """
    from translate.corpora.run import find_jobs

    folder = Path(output)
    jobs = find_jobs([Path(name) for name in inputs], folder)
    if report is not None:
        from corpus.files import check_writable

        check_writable(Path(report))
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    from corpus.files import read_bytes
    from corpus.glossary import read_glossary
    from corpus.shards import Columns
    from translate.corpora.run import run
    from translate.corpora.shard import How
    from translate.engines import DecodingSettings, EngineSettings
    from translate.models import find_model
    from translate.pipeline import TranslationSettings

    terms = None if glossary is None else read_glossary(read_bytes(Path(glossary)), glossary)
    found = find_model(model, offline=offline)
    for note in found.notes:
        click.echo(f"tweetalig: note: {note}", err=True)
    decoding = DecodingSettings(beam_size=beam, batch_tokens=batch_tokens)
    settings = TranslationSettings(decoding, repair=not no_repair, links=False, glossary=terms)
    how = How(
        found, EngineSettings(engine, compute_type), settings, Columns(column, target_column), segmented
    )
    teller = _Teller(quiet=quiet)
    try:
        ended = run(
            jobs,
            folder,
            how,
            processes=processes,
            threads=threads,
            ray=ray,
            planned=lambda plan: teller.plan(plan, ray),
            listener=teller.shard,
            tell=teller.progress,
        )
    except KeyboardInterrupt:
        click.echo("tweetalig: interrupted; finished shards stay, the same command goes on", err=True)
        sys.exit(130)
    if report is not None:
        _write_report(Path(report), ended)
    teller.end(ended)
    if ended.failed:
        sys.exit(2)


_SAY_EVERY = 30.0  # seconds


class _Teller:
    """What is said on standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._all = self._ended = 0
        self._far: dict[str, Progress] = {}
        self._told = time.monotonic()

    def plan(self, plan: Plan, ray: str | None) -> None:
        self._all = len(plan.jobs)
        if self._quiet:
            return
        kept = f", {len(plan.kept)} done before" if plan.kept else ""
        where = "" if ray is None else f" on Ray ({ray})"
        click.echo(f"tweetalig: {len(plan.jobs)} shards to do{kept}{where}", err=True)
        if plan.jobs and ray in (None, "local"):
            shape = f"{plan.layout.processes} processes x {plan.layout.threads} threads"
            click.echo(f"tweetalig: {shape} ({plan.why})", err=True)

    def progress(self, now: Progress) -> None:
        """A line every half a minute on what is in work: a shard may take hours."""
        self._far[now.name] = now
        if self._quiet or time.monotonic() - self._told < _SAY_EVERY:
            return
        self._told = time.monotonic()
        held = ", ".join(f"{name} {one.rows:,} rows" for name, one in sorted(self._far.items()))
        rate = sum(one.source_words / max(one.seconds, 1e-9) for one in self._far.values())
        click.echo(f"tweetalig: in work: {held}; {rate:.0f} words/s", err=True)

    def shard(self, outcome: Outcome) -> None:
        from translate.corpora.shard import Failed

        self._far.pop(outcome.name, None)
        self._ended += 1
        if isinstance(outcome, Failed):
            click.echo(f"tweetalig: error: {outcome.problem}", err=True)
        elif not self._quiet:
            told = _speed(outcome.segments, outcome.source_words, outcome.seconds)
            flagged = f", {outcome.flagged} to check" if outcome.flagged else ""
            click.echo(
                f"[{self._ended}/{self._all}] {outcome.name}: {outcome.rows:,} rows, {told}{flagged}",
                err=True,
            )

    def end(self, report: Report) -> None:
        if report.failed:
            names = ", ".join(sorted(one.name for one in report.failed))
            total = len(report.failed) + len(report.done) + report.kept
            click.echo(f"tweetalig: error: {len(report.failed)} of {total} shards failed: {names}", err=True)
        if report.done and not self._quiet:
            told = _speed(report.segments, report.source_words, report.seconds)
            click.echo(f"tweetalig: {len(report.done)} shards done: {told}", err=True)


def _speed(segments: int, words: int, seconds: float) -> str:
    rate = max(seconds, 1e-9)
    return (
        f"{segments:,} segments, {words:,} source words in {seconds:.1f} s: "
        f"{segments / rate:.1f} segments/s, {words / rate:.0f} words/s"
    )


def _write_report(path: Path, report: Report) -> None:
    import json
    from dataclasses import asdict

    from corpus.files import atomic_write

    content = {
        "seconds": report.seconds,
        "segments": report.segments,
        "source_words": report.source_words,
        "segments_per_second": report.segments / max(report.seconds, 1e-9),
        "source_words_per_second": report.source_words / max(report.seconds, 1e-9),
        "kept": report.kept,
        "shards": [asdict(one) for one in report.done],
        "failed": [asdict(one) for one in report.failed],
    }
    with atomic_write(path) as stream:
        stream.write(json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n")
