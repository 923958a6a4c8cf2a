"""``tweetalig convert``: from one bilingual format to another."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from corpus.formats import Format
    from corpus.units import Languages, Trait, Unit, Units

STANDARD_STREAM = "-"

_EPILOG = """
What a format has no room for is told on standard error, with how often it was there.
TMX, TSV, CSV, JSON Lines and Moses are converted into each other unit by unit, so that
files of any length fit into memory; the others are read whole.

Exit codes: 0 done, 2 a mistake in what was given (nothing is written), 130 interrupted.
"""


@click.command(epilog=_EPILOG)
@click.argument("source", metavar="IN")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    required=True,
    metavar="OUT",
    help="Write here, in the format of its suffix; repeatable. '-' is standard output.",
)
@click.option("--from", "read_as", metavar="SUFFIX", help="Read IN as this format (tmx, xlf, ...).")
@click.option("--to", "write_as", metavar="SUFFIX", help="Format for standard output.")
@click.option("--view", metavar="NAME", help="Another way to write the format: interleaved, reveal, ...")
@click.option(
    "--languages",
    default="nl-en",
    show_default=True,
    metavar="SRC-TGT",
    help="The languages to take from a file that has more, or that does not say (nl:en-GB works too).",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no notes on standard error.")
def command(
    source: str,
    outputs: tuple[str, ...],
    read_as: str | None,
    write_as: str | None,
    view: str | None,
    languages: str,
    quiet: bool,
) -> None:
    """Convert the bilingual file IN. '-' reads standard input.

    \b
    Examples:
      tweetalig convert memory.tmx -o memory.tsv
      tweetalig convert article.jsonl -o article.xliff -o article.docx
      tweetalig convert memory.tmx -o corpus.nl -o corpus.en
      tweetalig convert corpus.nl -o memory.tmx      (corpus.en lies beside it)
    """
    from corpus.units import Languages

    job = _Job(source, outputs, read_as, write_as, view, Languages.parse(languages))
    with _progress(job, shown=not quiet and sys.stderr.isatty()) as advance:
        told = job.run(advance)
    if not quiet:
        for line in told:
            click.echo(f"tweetalig: note: {line}", err=True)


@dataclass
class _Output:
    """A file to write, its format and how. ``lost`` counts what it has no room for."""

    name: str
    format: Format
    view: str | None
    lost: Counter[Trait] = field(default_factory=Counter)

    def streams(self) -> bool:
        """Whether units can be written as they come."""
        return self.view is None and self.format.write_units is not None


class _Job:
    """One conversion: checked when it is made, done by :meth:`run`."""

    def __init__(
        self,
        source: str,
        outputs: tuple[str, ...],
        read_as: str | None,
        write_as: str | None,
        view: str | None,
        languages: Languages,
    ) -> None:
        self.source = source
        self.languages = languages
        self.reader = _reader(source, read_as)
        self.outputs = [_Output(name, _writer(name, write_as, view), view) for name in outputs]
        _check_outputs(source, self.outputs, self.reader)
        self.size = 0 if source == STANDARD_STREAM else Path(source).stat().st_size

    def run(self, advance: Callable[[IO[bytes]], IO[bytes]]) -> list[str]:
        """Read and write everything; what the user should know of it."""
        from corpus.files import atomic_write

        lost: Counter[str] = Counter()
        with ExitStack() as files:
            stream = files.enter_context(_opened(self.source))
            units = self._units(advance(stream))
            targets = [
                (
                    output,
                    sys.stdout.buffer
                    if output.name == STANDARD_STREAM
                    else files.enter_context(atomic_write(Path(output.name))),
                )
                for output in self.outputs
            ]
            self._write(units, targets)
            lost = units.lost
        sys.stdout.buffer.flush()
        return [*_told_of_reading(self.source, lost), *(line for o in self.outputs for line in _told(o))]

    def _units(self, stream: IO[bytes]) -> Units:
        read_units = self.reader.read_units
        assert read_units is not None
        return read_units(stream, self.source, self.languages)

    def _write(self, units: Units, targets: list[tuple[_Output, IO[bytes]]]) -> None:
        """Write to all ``targets``: as the units come, or when they are all there."""
        from dataclasses import replace

        from corpus.units import bitext_of, units_of

        streaming = len(targets) == 1 and targets[0][0].streams() and units.bitext is None
        if _all_moses(targets) and units.bitext is None:
            _write_lines(units, targets)
            return
        if streaming:
            output, stream = targets[0]
            _write_units(output, units, stream)
            return
        if units.bitext is None and all(output.streams() for output, _ in targets):
            held = list(units.units)  # several outputs: the units are gone through for each
            for output, stream in targets:
                _write_units(output, replace(units, units=held), stream)
            return
        bitext = bitext_of(units)
        for output, stream in targets:
            _count(output, units_of(bitext))
            output.format.writer(output.view)(bitext, stream)


def _write_units(output: _Output, units: Units, stream: IO[bytes]) -> None:
    from dataclasses import replace

    write_units = output.format.write_units
    assert write_units is not None
    _count_head(output, units)
    write_units(replace(units, units=_counted(output, units.units)), stream)


def _all_moses(targets: list[tuple[_Output, IO[bytes]]]) -> bool:
    return len(targets) > 1 and all(output.format.name.startswith("moses ") for output, _ in targets)


def _write_lines(units: Units, targets: list[tuple[_Output, IO[bytes]]]) -> None:
    """Write a Moses pair, line by line into both files."""
    from dataclasses import replace

    for output, _ in targets:
        _count_head(output, units)
    for unit in units.units:
        for output, stream in targets:
            write_units = output.format.write_units
            assert write_units is not None
            write_units(replace(units, units=_counted(output, [unit])), stream)


# Before anything is read


def _reader(source: str, read_as: str | None) -> Format:
    from corpus.errors import FormatError
    from corpus.formats import format_for, formats

    if read_as is None and source == STANDARD_STREAM:
        raise FormatError("has no suffix to tell its format", where="standard input", remedy="use --from")
    if source != STANDARD_STREAM:
        _check_readable(Path(source))
    found = format_for(f"in.{read_as.lstrip('.')}" if read_as else source)
    if found.read_units is None:
        known = ", ".join(s for item in formats() if item.read_units for s in item.suffixes)
        raise FormatError(
            f"{found.name} does not carry both texts in a way that can be read back",
            where=source,
            remedy=f"give one of {known}",
        )
    return found


def _check_readable(path: Path) -> None:
    from corpus.errors import InputError

    if path.is_dir():
        raise InputError("is a directory", where=str(path), remedy="name a file in it")
    if not path.exists():
        raise InputError("no such file", where=str(path), remedy="check the name")


def _writer(name: str, write_as: str | None, view: str | None) -> Format:
    from corpus.errors import FormatError
    from corpus.formats import format_for

    if name == STANDARD_STREAM:
        if write_as is None:
            raise FormatError("has no suffix to tell its format", where="standard output", remedy="use --to")
        name = f"out.{write_as.lstrip('.')}"
    found = format_for(name)
    found.writer(view)  # raises an error for a view that is not there
    return found


def _check_outputs(source: str, outputs: list[_Output], reader: Format) -> None:
    from corpus.errors import OutputError, SettingsError
    from corpus.files import check_writable

    names = [output.name for output in outputs]
    for name in names:
        if name == STANDARD_STREAM:
            continue
        check_writable(Path(name))
        for read in _read_files(source, reader):
            if read.exists() and Path(name).exists() and read.samefile(name):
                raise OutputError("is the file that is read", where=name, remedy="give another name")
    real = [name if name == STANDARD_STREAM else str(Path(name).resolve()) for name in names]
    twice = [name for name, times in Counter(real).items() if times > 1]
    if twice:
        raise SettingsError("is given as an output twice", where=twice[0], remedy="name it once")


def _read_files(source: str, reader: Format) -> Iterator[Path]:
    if source != STANDARD_STREAM:
        yield Path(source)
        if reader.name.startswith("moses "):
            from corpus.formats.moses import SOURCE, TARGET

            yield from (Path(source).with_suffix(suffix) for suffix in (SOURCE, TARGET))


@contextmanager
def _opened(source: str) -> Iterator[IO[bytes]]:
    from corpus.errors import InputError

    if source == STANDARD_STREAM:
        yield sys.stdin.buffer
        return
    with ExitStack() as files:
        try:
            stream = files.enter_context(Path(source).open("rb"))
        except OSError as error:
            raise InputError(
                error.strerror or str(error), where=source, remedy="check its permissions"
            ) from None
        yield stream


# What gets lost


def _counted(output: _Output, units: Iterable[Unit]) -> Iterator[Unit]:
    """``units``, while counting what the output has no room for."""
    from corpus.units import traits_of

    keeps = output.format.keeps
    lost = output.lost
    for unit in units:
        for trait in traits_of(unit):
            if trait not in keeps:
                lost[trait] += 1
        yield unit


def _count(output: _Output, units: Units) -> None:
    _count_head(output, units)
    for _ in _counted(output, units.units):
        pass


def _count_head(output: _Output, units: Units) -> None:
    from corpus.units import Trait, traits_of_head

    found = set(traits_of_head(units.head))
    if units.bitext is not None:
        found.add(Trait.LAYOUT)
    for trait in found - output.format.keeps:
        output.lost[trait] += 1


def _told(output: _Output) -> Iterator[str]:
    from corpus.units import Trait

    whole = {Trait.LAYOUT, Trait.LANGUAGES, Trait.PROVENANCE, Trait.METADATA}
    lost = [
        trait.value if trait in whole else f"{trait.value} ({output.lost[trait]})"
        for trait in Trait
        if output.lost[trait]
    ]
    if lost:
        yield f"{output.name} has no room for: {', '.join(lost)}"


def _told_of_reading(source: str, lost: Counter[str]) -> Iterator[str]:
    told = [f"{what} ({number:,})" for what, number in sorted(lost.items()) if number]
    if told:
        yield f"left behind in {source}: {', '.join(told)}"


# Progress


@contextmanager
def _progress(job: _Job, *, shown: bool) -> Iterator[Callable[[IO[bytes]], IO[bytes]]]:
    """Wraps the stream that is read, so that a bar on standard error follows it."""
    if not shown or not job.size:
        yield lambda stream: stream
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("converting"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=job.size)
        yield lambda stream: cast("IO[bytes]", _Followed(stream, lambda read: bar.advance(task, read)))


class _Followed:
    """A binary stream that tells how much was read from it."""

    def __init__(self, stream: IO[bytes], tell: Callable[[int], None]) -> None:
        self._stream = stream
        self._tell = tell
        self._untold = 0

    def read(self, size: int = -1) -> bytes:
        """Bytes from the stream."""
        return self._told(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        """A line from the stream."""
        return self._told(self._stream.readline(size))

    def _told(self, data: bytes) -> bytes:
        self._untold += len(data)
        if self._untold >= 1 << 18 or not data:
            self._tell(self._untold)
            self._untold = 0
        return data
