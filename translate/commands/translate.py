"""``tweetalig translate``: a Dutch article in, English out, with its evidence."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from translate.options import model_options, page_choice, page_options, text_options

if TYPE_CHECKING:
    from corpus.bitext import Bead, Bitext
    from corpus.document import Document
    from corpus.glossary import Glossary
    from translate.engines import Engine
    from translate.memory import TranslationMemory
    from translate.outputs import Destination
    from translate.pipeline import TranslationSettings

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
    help="Write here, in the format of its suffix; repeatable. "
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
@page_options
@click.option("--segmented", is_flag=True, help="ARTICLE has one segment a line; keep its lines.")
@model_options
@click.option("--threads", type=click.IntRange(1), help="Cores to use (default: all).")
@click.option(
    "--device", type=click.Choice(["cpu", "cuda", "auto"]), default="cpu", show_default=True, help="Where."
)
@click.option("--memory", metavar="FILE", help="Translation memory to use instead of your own.")
@click.option("--no-memory", is_flag=True, help="Neither use nor fill a translation memory.")
@text_options
@click.option("--abbreviations", metavar="FILE", help="More Dutch abbreviations, one a line.")
@click.option("--no-links", is_flag=True, help="No word links, and no names put right by them.")
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
    engine: str,
    compute_type: str,
    threads: int | None,
    device: str,
    memory: str | None,
    no_memory: bool,
    glossary: str | None,
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
    choice = page_choice(selector, whole_page)
    whole = not segmented or not all(one.streams for one in destinations)
    read = _read(article, named, segmented, choice, abbreviations) if whole else None
    total = len(read.document.segments) if read is not None else _count_lines(article)
    terms = _glossary(glossary)
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    from translate.engines import DecodingSettings, EngineSettings
    from translate.engines.selection import load_engine
    from translate.models import find_model
    from translate.pipeline import TranslationSettings
    from translate.progress import progress_bar

    wanted = EngineSettings(engine, compute_type, threads, device)
    settings = TranslationSettings(
        DecodingSettings(beam_size=beam, batch_tokens=batch_tokens),
        repair=not no_repair,
        links=not no_links,
        glossary=terms,
    )
    with ExitStack() as held:
        kept = _memory(memory, no_memory)
        if kept is not None:
            held.enter_context(kept)
        found = load_engine(find_model(model, offline=offline), wanted)
        for note in found.model.notes:
            click.echo(f"tweetalig: note: {note}", err=True)
        job = _Job(found, settings, kept)
        on_terminal = sys.stdout.isatty() and any(one.name == STANDARD_STREAM for one in destinations)
        shown = not quiet and sys.stderr.isatty() and not on_terminal
        with progress_bar("translating", shown=shown) as progress:
            if read is not None:
                summary = _translate_document(read, job, destinations, progress)
            else:
                summary = _translate_lines(article, job, destinations, total, progress)
    if not quiet:
        summary.show()


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


@dataclass(frozen=True, slots=True)
class _Article:
    """The article as it was read: its bytes, its document and what to know of that."""

    original: bytes
    document: Document
    remarks: tuple[str, ...]


def _read(
    article: str, named: str, segmented: bool, choice: str | None, abbreviations: str | None
) -> _Article:
    """Read and segment the article. What to know of it is said on standard error as well."""
    from corpus.files import read_bytes
    from corpus.readers import read_document
    from corpus.remarks import remarks
    from corpus.segmentation import load_abbreviations, segment

    known = load_abbreviations(Path(abbreviations)) if abbreviations else None
    data = sys.stdin.buffer.read() if article == STANDARD_STREAM else read_bytes(Path(article))
    name = named.replace(STANDARD_STREAM, "standard input", 1) if article == STANDARD_STREAM else named
    document = read_document(data, name, segmented=segmented, choice=choice)
    if not segmented:
        document = segment(document, known)
    found = remarks(document)
    for line in found:
        click.echo(f"tweetalig: {'' if line.startswith('warning:') else 'note: '}{line}", err=True)
    return _Article(data, document, found)


def _glossary(path: str | None) -> Glossary | None:
    from corpus.files import read_bytes
    from corpus.glossary import read_glossary

    return None if path is None else read_glossary(read_bytes(Path(path)), path)


def _count_lines(article: str) -> int:
    """How many lines there are, all of them read and found to be text; 0 for standard input."""
    from corpus.errors import InputError
    from corpus.readers import segmented

    path = Path(article)
    if article == STANDARD_STREAM:
        return 0
    if not path.is_file():
        from corpus.files import read_bytes

        read_bytes(path)  # says what is wrong with it
    try:
        with path.open("rb") as lines:
            return sum(1 for _ in segmented.stream(lines, article))
    except OSError as error:
        raise InputError(
            error.strerror or str(error), where=article, remedy="check its permissions"
        ) from None


# While and after translating


@dataclass(frozen=True, slots=True)
class _Job:
    """What translates."""

    engine: Engine
    settings: TranslationSettings
    memory: TranslationMemory | None


class _Summary:
    """What the reader should look at, counted while it comes."""

    def __init__(self) -> None:
        self._kinds: Counter[str] = Counter()
        self._marked = self._all = 0
        self.remarks: list[str] = []  # of outputs, a line each

    def add(self, bead: Bead) -> None:
        present = {flag.kind.value for flag in bead.flags if not flag.repaired}
        self._kinds.update(present)
        self._marked += bool(present)
        self._all += 1

    def show(self) -> None:
        """On standard error: what the outputs have to say, and one line of flags if there are any."""
        for line in self.remarks:
            click.echo(f"tweetalig: {line}", err=True)
        if self._marked:
            told = ", ".join(
                f"{kind.replace('_', ' ')} {number}" for kind, number in sorted(self._kinds.items())
            )
            click.echo(f"tweetalig: check {self._marked} of {self._all} segments: {told}", err=True)


def _memory(path: str | None, off: bool) -> TranslationMemory | None:
    from corpus.errors import SettingsError
    from translate.memory import open_memory

    if off and path is not None:
        raise SettingsError("--memory and --no-memory exclude each other", remedy="give one of them")
    return None if off else open_memory(None if path is None else Path(path))


def _translate_document(
    read: _Article,
    job: _Job,
    destinations: Sequence[Destination],
    progress: Callable[[int, int], None] | None,
) -> _Summary:
    """Translate a whole document. Standard output is written meanwhile, if its format can be."""
    from corpus.formats import Passage
    from translate.clock import created_now
    from translate.pipeline import translate_document

    document = read.document
    streamed = [
        one.stream(sys.stdout.buffer) for one in destinations if one.name == STANDARD_STREAM and one.streams
    ]
    summary = _Summary()
    done = 0  # characters of the source that are written

    starts = iter([*(segment.span.start for segment in document.segments[1:]), len(document.text)])

    def heard(bead: Bead, target: str) -> None:
        nonlocal done
        summary.add(bead)
        segment, until = document.segment_by_id[bead.id], next(starts)
        before, after = document.text[done : segment.span.start], document.text[segment.span.end : until]
        for writer in streamed:
            kind = document.block_of(segment).kind
            writer.put(Passage(bead, segment, kind, before, target, after))
        done = until

    bitext = translate_document(
        document,
        job.engine,
        job.settings,
        memory=job.memory,
        created=created_now(),
        notes=read.remarks,
        progress=progress,
        listener=heard,
    )
    for writer in streamed:
        writer.end(document.text[done:])
    rest = [one for one in destinations if one.name != STANDARD_STREAM or not one.streams]
    told = _write(bitext, read.original, rest)
    summary.remarks += [line for line in told if not line.endswith(tuple(f": {one}" for one in read.remarks))]
    if streamed and sys.stdout.isatty() and not bitext.target.text.endswith("\n"):
        sys.stdout.buffer.write(b"\n")
    return summary


def _translate_lines(
    article: str,
    job: _Job,
    destinations: Sequence[Destination],
    total: int,
    progress: Callable[[int, int], None] | None,
) -> _Summary:
    """Translate one segment a line, from stream to stream: the space it takes does not grow."""
    from itertools import tee

    from corpus.document import BlockKind
    from corpus.files import atomic_write
    from corpus.formats import Passage
    from corpus.readers import segmented
    from translate.pipeline import bead_of, translate_segments

    summary = _Summary()
    with ExitStack() as files:
        lines = (
            sys.stdin.buffer if article == STANDARD_STREAM else files.enter_context(Path(article).open("rb"))
        )
        writers = []
        for one in destinations:
            to_file = one.name != STANDARD_STREAM
            stream = files.enter_context(atomic_write(Path(one.name))) if to_file else sys.stdout.buffer
            writers.append(one.stream(stream))
        name = "standard input" if article == STANDARD_STREAM else article
        read, again = tee(segmented.stream(lines, name))
        texts = (line.segment.text for line in read)
        finished = translate_segments(texts, job.engine, job.settings, memory=job.memory)
        for number, (made, line) in enumerate(zip(finished, again, strict=False), start=1):
            bead = bead_of(line.segment.id, made, job.settings)
            summary.add(bead)
            for writer in writers:
                writer.put(Passage(bead, line.segment, BlockKind.LINE, "", made.text, line.end))
            if progress is not None:
                progress(number, total)
        for writer in writers:
            writer.end("")
    return summary


def _write(bitext: Bitext, original: bytes, destinations: Sequence[Destination]) -> list[str]:
    """Write all outputs, or none of the files if one fails; what to know of them, a line each."""
    from corpus.files import atomic_write

    to_screen = []
    told: list[str] = []
    with ExitStack() as files:
        for one in destinations:
            if one.name == STANDARD_STREAM:
                to_screen.append(one)
            else:
                stream = files.enter_context(atomic_write(Path(one.name)))
                told += [f"{one.name}: {line}" for line in one.write(bitext, original, stream)]
    for one in to_screen:
        told += [f"standard output: {line}" for line in one.write(bitext, original, sys.stdout.buffer)]
        sys.stdout.buffer.flush()
    return told
