"""``tweetalig check``: what looks wrong in a translation, without a reference."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from corpus.bitext import Bitext
    from corpus.glossary import Glossary
    from eval.checks import Finding

_EPILOG = """
DOC is a bilingual document (.jsonl, .tmx and whatever else tweetalig writes and reads
back), or with --src the English alone, one segment a line.

\b
Kinds of flags:
  empty copy language leftover repetition truncation length_ratio    the text as a whole
  numbers amounts units dates names addresses                        what must stay the same
  quotation stray                                                    marks and brackets; &#39;, tags
  glossary                                                           with --glossary
and what the translation itself noted in the document (low_confidence, split ...).

A flag is a reason to look, not a verdict. Places are offsets in code points into the
segment's source and target text.

Exit codes: 0 done, flags or not, 2 a mistake in what was given (nothing is written), 3 a flag of a --fail-on
kind was found (outputs are written), 130 interrupted.
"""


@click.command(epilog=_EPILOG)
@click.argument("document", metavar="DOC")
@click.option("--src", "source", metavar="SRC", help="The Dutch, where DOC is lines of English.")
@click.option("--glossary", metavar="FILE", help="Terms that must be translated so (see 'translate').")
@click.option("--only", "only", multiple=True, metavar="KIND", help="Show these kinds; repeatable.")
@click.option("--ignore", multiple=True, metavar="KIND", help="Leave these kinds out; repeatable.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "tsv"]),
    default="text",
    show_default=True,
    help="Form on standard output.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Write the document with its flags in the format of the suffix (.html, .jsonl ...); repeatable.",
)
@click.option(
    "--fail-on", "fail_on", multiple=True, metavar="KIND", help="Exit with 3 if found; 'any' is every kind."
)
@click.option("--offline", is_flag=True, help="Never touch the network (this command never does).")
@click.option("-q", "--quiet", is_flag=True, help="Print no flags, only the exit code and outputs.")
def command(
    document: str,
    source: str | None,
    glossary: str | None,
    only: tuple[str, ...],
    ignore: tuple[str, ...],
    form: str,
    outputs: tuple[str, ...],
    fail_on: tuple[str, ...],
    offline: bool,
    quiet: bool,
) -> int:
    """Check the translation in DOC against its source: numbers, dates, names, leftovers and more.

    \b
    Examples:
      tweetalig check article.jsonl
      tweetalig check hypothesis.en --src source.nl --format tsv
      tweetalig check article.jsonl --glossary terms.tsv --fail-on numbers --fail-on glossary
    """
    from corpus.files import check_writable
    from corpus.formats import format_for
    from eval.checks import check_bitext, findings
    from eval.gate import FAILED
    from eval.inputs import read_bitext

    _check_kinds([*only, *ignore, *(kind for kind in fail_on if kind != "any")])
    formats = [(Path(name), format_for(name)) for name in outputs]
    for path, _ in formats:
        check_writable(path)
    terms = _glossary(glossary)
    bitext = check_bitext(read_bitext(Path(document), Path(source) if source else None), terms)
    _write(bitext, outputs)
    found = [
        item
        for item in findings(bitext)
        if (not only or item.flag.kind in only) and item.flag.kind not in ignore
    ]
    if not quiet:
        _WRITERS[form](found, len(bitext.beads), document)
    kinds = {str(item.flag.kind) for item in found}
    failed = bool(kinds) if "any" in fail_on else bool(kinds & set(fail_on))
    return FAILED if failed else 0


def _check_kinds(kinds: Sequence[str]) -> None:
    from corpus.bitext import FlagKind
    from corpus.errors import SettingsError

    for kind in kinds:
        if kind not in set(FlagKind):
            raise SettingsError(f"there is no kind of flag {kind!r}", remedy=f"use {', '.join(FlagKind)}")


def _glossary(name: str | None) -> Glossary | None:
    if name is None:
        return None
    from corpus.files import read_bytes
    from corpus.glossary import read_glossary

    return read_glossary(read_bytes(Path(name)), name)


def _write(bitext: Bitext, outputs: Sequence[str]) -> None:
    """Write all outputs, or none of them if one fails."""
    from contextlib import ExitStack

    from corpus.files import atomic_write
    from corpus.formats import format_for

    with ExitStack() as files:
        for name in outputs:
            format_for(name).write(bitext, files.enter_context(atomic_write(Path(name))))


# Standard output


def _text(found: Sequence[Finding], segments: int, _: str) -> None:
    """A paragraph a flagged segment, its flags under it, and what was found how often."""
    from rich.console import Console
    from rich.text import Text

    from corpus.formats._common import flag_label

    console = Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)
    previous = None
    for item in found:
        if item.segment != previous:
            if previous is not None:
                console.print()
            previous = item.segment
            marks = [one.flag for one in found if one.segment == item.segment]
            console.print(Text(item.segment, style="bold"))
            for text, spans in (
                (item.source, [flag.source for flag in marks]),
                (item.target, [flag.target for flag in marks]),
            ):
                line = Text(f"  {text}")
                for span in spans:
                    if span is not None and len(span) < len(text):
                        line.stylize("bold red", span.start + 2, span.end + 2)
                console.print(line, soft_wrap=True)
        console.print(Text(f"  - {flag_label(item.flag)}: {item.flag.message}"), soft_wrap=True)
    counts = Counter(str(item.flag.kind) for item in found)
    flagged = len({item.segment for item in found})
    told = ", ".join(f"{kind.replace('_', ' ')} {number}" for kind, number in counts.most_common())
    if found:
        console.print()
    console.print(f"{flagged} of {segments} segments flagged{': ' + told if told else ''}", soft_wrap=True)


def _json(found: Sequence[Finding], segments: int, document: str) -> None:
    import json

    from eval.report_json import flag_data

    data = {
        "format": "tweetalig-check",
        "version": 1,
        "document": document,
        "segments": segments,
        "counts": dict(Counter(str(item.flag.kind) for item in found)),
        "findings": [
            {"id": item.segment, "source": item.source, "target": item.target, "flag": flag_data(item.flag)}
            for item in found
        ],
    }
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


def _tsv(found: Sequence[Finding], _: int, __: str) -> None:
    """A row a flag, on one line each; nothing that a spreadsheet would compute."""
    import csv

    from eval.report import safe_cell

    rows = csv.writer(sys.stdout, dialect="excel-tab", lineterminator="\n")
    columns = ("id", "kind", "message", "source_start", "source_end", "target_start", "target_end")
    rows.writerow((*columns, "source", "target"))
    for item in found:
        flag = item.flag
        texts = [safe_cell(" ".join(text.split())) for text in (flag.message, item.source, item.target)]
        places = [
            *((flag.source.start, flag.source.end) if flag.source else ("", "")),
            *((flag.target.start, flag.target.end) if flag.target else ("", "")),
        ]
        rows.writerow([safe_cell(item.segment), str(flag.kind), texts[0], *places, *texts[1:]])


_WRITERS = {"text": _text, "json": _json, "tsv": _tsv}
