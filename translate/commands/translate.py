"""``tweetalig translate``: a Dutch article in, English out, with its evidence."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from corpus.bitext import Bitext
    from corpus.document import Document
    from translate.outputs import Destination

STANDARD_STREAM = "-"

_EPILOG = """
Which model: without --model it is Helsinki-NLP/opus-mt-nl-en from the Hugging Face hub,
fetched at the first use and then kept. If it is not kept yet and the hub cannot be
reached within 3 seconds (or --offline is given), the model that ships with tweetalig is
used instead; a line on standard error and the provenance say so. A model that you name
is never replaced by another.

Exit codes: 0 done, 2 a mistake in what was given (nothing is written), 130 interrupted.
"""


@click.command(epilog=_EPILOG)
@click.argument("article")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Write here, in the format of its suffix; may be given several times. "
    "'-' is standard output. Without it the English text goes to standard output.",
)
@click.option("--from", "read_as", metavar="SUFFIX", help="Read ARTICLE as this format (txt, docx, ...).")
@click.option("--to", "write_as", metavar="SUFFIX", help="Format for standard output (default: txt).")
@click.option(
    "--view",
    type=click.Choice(["translated", "side-by-side", "interleaved", "reveal"]),
    help="What a file shows: ARTICLE itself translated (of a web page; other formats of ARTICLE are so "
    "by themselves), or both languages in one of these ways, where its format has them.",
)
@click.option(
    "--selector", metavar="CSS", help="Of a web page, read what this selects instead of the article."
)
@click.option("--whole-page", is_flag=True, help="Of a web page, read all, menus included.")
@click.option("--segmented", is_flag=True, help="ARTICLE has one segment a line; keep its lines.")
@click.option("--model", metavar="NAME", help="'builtin', a model id on the hub, or a directory.")
@click.option("--offline", is_flag=True, help="Never touch the network.")
@click.option(
    "--beam", type=click.IntRange(1, 64), default=4, show_default=True, help="Beam size; 1 is greedy."
)
@click.option(
    "--batch-tokens", type=click.IntRange(1), default=1024, show_default=True, help="Source tokens a batch."
)
@click.option("--threads", type=click.IntRange(1), help="Threads to compute with (default: all cores).")
@click.option(
    "--compute-type",
    type=click.Choice(["float32", "bfloat16"]),
    default="float32",
    show_default=True,
    help="Numbers to compute with; bfloat16 is not exact.",
)
@click.option("--abbreviations", metavar="FILE", help="More Dutch abbreviations, one a line.")
@click.option("--no-links", is_flag=True, help="No word links (a little faster).")
@click.option("--no-repair", is_flag=True, help="Flag what looks wrong, but do not try again.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary on standard error.")
def command(
    article: str,
    outputs: tuple[str, ...],
    read_as: str | None,
    write_as: str | None,
    view: str | None,
    selector: str | None,
    whole_page: bool,
    segmented: bool,
    model: str | None,
    offline: bool,
    beam: int,
    batch_tokens: int,
    threads: int | None,
    compute_type: str,
    abbreviations: str | None,
    no_links: bool,
    no_repair: bool,
    quiet: bool,
) -> None:
    """Translate ARTICLE from Dutch to English. '-' reads standard input.

    \b
    Examples:
      tweetalig translate artikel.txt
      tweetalig translate artikel.txt -o article.html -o article.tmx
      tweetalig translate verslag.docx -o report.docx
      tweetalig translate testset.nl --segmented -o testset.en.txt
    """
    named = f"{article}.{read_as.lstrip('.')}" if read_as is not None else article
    destinations = _destinations(article, named, outputs, write_as, view)
    original = _read(article)
    document = _document(original, named, segmented, _choice(selector, whole_page), abbreviations)
    remarks = _remarks(document)
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    from translate.models import find_model

    found = find_model(model, offline=offline)
    for note in found.notes:
        click.echo(f"tweetalig: note: {note}", err=True)

    from translate.engines import DecodingSettings
    from translate.engines.pytorch import load_pytorch
    from translate.pipeline import TranslationSettings, translate_document

    settings = TranslationSettings(
        DecodingSettings(beam_size=beam, batch_tokens=batch_tokens), repair=not no_repair, links=not no_links
    )
    engine = load_pytorch(found, threads=threads, compute_type=compute_type)
    with _progress(shown=not quiet and sys.stderr.isatty()) as progress:
        bitext = translate_document(
            document, engine, settings, created=_now(), notes=remarks, progress=progress
        )
    for name, line in _write(bitext, original, destinations):
        if not quiet:
            click.echo(f"tweetalig: {name}: {line}", err=True)
    if not quiet:
        _summary(bitext)


# Before the model is loaded


def _destinations(
    article: str, named: str, outputs: Sequence[str], write_as: str | None, view: str | None
) -> list[Destination]:
    """Every output with its format. Raises an error for one that cannot be written.

    ``named`` is the article's name with the suffix that it is read by.
    """
    from corpus.errors import OutputError, SettingsError
    from corpus.files import check_writable
    from corpus.formats import format_for
    from translate.outputs import Destination, check_view, destination

    names = list(outputs) or [STANDARD_STREAM]
    if write_as is not None and STANDARD_STREAM not in names:
        raise SettingsError(
            "--to is for standard output", remedy="name the file with the suffix, or use -o -"
        )
    destinations = []
    for name in names:
        if name != STANDARD_STREAM:
            if Path(name).is_dir():
                check_writable(Path(name))  # says that it is a directory, before its suffix is missed
            chosen = destination(name, named, view)
            check_writable(Path(name))
            if article != STANDARD_STREAM and _same(Path(article), Path(name)):
                raise OutputError("is the article itself", where=name, remedy="give another name")
        else:
            suffix = f"standard-output.{write_as.lstrip('.')}" if write_as else STANDARD_STREAM
            if write_as:
                chosen = replace(destination(suffix, named, view), name=name)
            else:
                chosen = Destination(name, format_for(suffix))
        destinations.append(chosen)
    real = [name if name == STANDARD_STREAM else str(Path(name).resolve()) for name in names]
    twice = [name for name, times in Counter(real).items() if times > 1]
    if twice:
        raise SettingsError("is given as an output twice", where=twice[0], remedy="name it once")
    check_view(view, destinations)
    return destinations


def _same(first: Path, second: Path) -> bool:
    return first.exists() and second.exists() and first.samefile(second)


def _read(article: str) -> bytes:
    """The article's bytes."""
    from corpus.files import read_bytes

    return sys.stdin.buffer.read() if article == STANDARD_STREAM else read_bytes(Path(article))


def _choice(selector: str | None, whole_page: bool) -> str | None:
    """Which part of a web page to read; None for what its reader takes by itself."""
    from corpus.errors import SettingsError
    from corpus.hypertext.article import WHOLE_PAGE, selector_choice

    if selector is not None and whole_page:
        raise SettingsError("--selector and --whole-page contradict each other", remedy="give one")
    if selector is not None:
        return selector_choice(selector)
    return WHOLE_PAGE if whole_page else None


def _document(
    data: bytes, named: str, segmented: bool, choice: str | None, abbreviations: str | None
) -> Document:
    """Read and segment the article."""
    from corpus.readers import read_document
    from corpus.segmentation import load_abbreviations, segment

    known = load_abbreviations(Path(abbreviations)) if abbreviations else None
    given = named == STANDARD_STREAM or named.startswith(f"{STANDARD_STREAM}.")
    name = f"standard input{named.removeprefix(STANDARD_STREAM)}" if given else named
    document = read_document(data, name, segmented=segmented, choice=choice)
    return document if segmented else segment(document, known)


def _remarks(document: Document) -> tuple[str, ...]:
    """What to know of how the article was read, said on standard error as well."""
    from corpus.remarks import remarks

    found = remarks(document)
    for line in found:
        click.echo(
            f"tweetalig: {line}" if line.startswith("warning:") else f"tweetalig: note: {line}", err=True
        )
    return found


# While and after translating


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on standard error; None where nobody would see it."""
    if not shown:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("translating"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def update(done: int, total: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:.1f}/s" if speed else "")

        yield update


def _write(bitext: Bitext, original: bytes, destinations: Sequence[Destination]) -> list[tuple[str, str]]:
    """Write all outputs, or none of the files if one fails; names with what to know of them."""
    from corpus.files import atomic_write

    to_screen = []
    told: list[tuple[str, str]] = []
    with ExitStack() as files:
        for chosen in destinations:
            if chosen.name == STANDARD_STREAM:
                to_screen.append(chosen)
            else:
                stream = files.enter_context(atomic_write(Path(chosen.name)))
                told += [(chosen.name, line) for line in chosen.write(bitext, original, stream)]
    for chosen in to_screen:
        stream = sys.stdout.buffer
        told += [("standard output", line) for line in chosen.write(bitext, original, stream)]
        if stream.isatty() and not bitext.target.text.endswith("\n"):
            stream.write(b"\n")
        stream.flush()
    return told


def _summary(bitext: Bitext) -> None:
    """One line on what the reader should look at, if anything."""
    kinds: Counter[str] = Counter()
    marked = 0
    for bead in bitext.beads:
        present = {flag.kind.value for flag in bead.flags if not flag.repaired}
        kinds.update(present)
        marked += bool(present)
    if marked:
        told = ", ".join(f"{kind.replace('_', ' ')} {number}" for kind, number in sorted(kinds.items()))
        click.echo(f"tweetalig: check {marked} of {len(bitext.beads)} segments: {told}", err=True)


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")
