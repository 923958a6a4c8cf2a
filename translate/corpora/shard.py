"""One shard: rows in, the same rows with translations out, written whole or not at all."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from corpus.bitext import target_document
from corpus.document import Document, one_line
from corpus.errors import InputError
from corpus.files import atomic_write
from corpus.readers import read_document
from corpus.segmentation import segment
from corpus.shards import Columns, Row, RowTranslation, compressed, shard_format
from translate.engines import Engine, EngineSettings
from translate.engines.selection import load_engine
from translate.models import Model
from translate.pipeline import TranslationSettings, bead_of, translate_segments
from translate.segments import TranslatedSegment

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class How:
    """How shards are translated: everything that is the same for all of them.

    With ``segmented`` the text of a row is one segment; else it is a document of its own.
    """

    model: Model
    engine: EngineSettings
    settings: TranslationSettings
    columns: Columns = field(default_factory=Columns)
    segmented: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A shard to do. ``name`` is its path below the output folder."""

    name: str
    source: Path
    output: Path


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a shard. ``seconds`` are from reading it to having written it.

    ``source_words`` are those that white space parts. Hashes are SHA-256, in hexadecimal.
    """

    name: str
    input_sha256: str
    output_sha256: str
    rows: int
    segments: int
    source_words: int
    flagged: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A shard that could not be done, and why."""

    name: str
    problem: str


Outcome = Done | Failed


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a shard is that is still in work."""

    name: str
    rows: int
    segments: int
    source_words: int
    seconds: float


Tell = Callable[[Progress], None]
TELL_EVERY = 2.0  # seconds


@dataclass(slots=True)
class _Counts:
    rows: int = 0
    segments: int = 0
    words: int = 0
    flagged: int = 0


def translate_shard(job: Job, engine: Engine, how: How, tell: Tell | None = None) -> Done:
    """Translate a shard. Raises a :class:`TweetaligError` that names the shard and the row.

    ``tell`` hears now and then how far it is.
    """
    begin = time.perf_counter()
    before = file_sha256(job.source)
    chosen = shard_format(job.source)
    counts = _Counts()
    rows = _counted(chosen.read(job.source, how.columns), counts)
    pairs = _translated(job, rows, engine, how, counts)
    if tell is not None:
        pairs = _told(pairs, job.name, counts, tell)
    with atomic_write(job.output) as stream, compressed(job.output, stream) as written:
        chosen.write(job.source, how.columns, pairs, written)
        if file_sha256(job.source) != before:
            raise InputError("changed while it was read", where=str(job.source), remedy="run again")
    return Done(
        name=job.name,
        input_sha256=before,
        output_sha256=file_sha256(job.output),
        rows=counts.rows,
        segments=counts.segments,
        source_words=counts.words,
        flagged=counts.flagged,
        seconds=time.perf_counter() - begin,
    )


@lru_cache(maxsize=1)
def engine_of(model: Model, settings: EngineSettings) -> Engine:
    """The engine of this process, loaded at the first shard."""
    return load_engine(model, settings)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises :class:`InputError` if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path), remedy="check the file") from None
    return digest.hexdigest()


@dataclass(slots=True)
class _Waiting:
    """A row whose segments are on their way."""

    row: Row
    document: Document | None
    texts: list[str]
    made: list[TranslatedSegment] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return len(self.made) == len(self.texts)


def _told(
    pairs: Iterable[tuple[Row, RowTranslation]], name: str, counts: _Counts, tell: Tell
) -> Iterator[tuple[Row, RowTranslation]]:
    begin = last = time.monotonic()
    for number, pair in enumerate(pairs, start=1):
        yield pair
        if time.monotonic() - last > TELL_EVERY:
            last = time.monotonic()
            tell(Progress(name, number, counts.segments, counts.words, last - begin))


def _counted(rows: Iterable[Row], counts: _Counts) -> Iterator[Row]:
    for row in rows:
        counts.rows += 1
        yield row


def _translated(
    job: Job, rows: Iterable[Row], engine: Engine, how: How, counts: _Counts
) -> Iterator[tuple[Row, RowTranslation]]:
    """The rows with their translations, in order, as soon as they are ready."""
    waiting: deque[_Waiting] = deque()

    def texts() -> Iterator[str]:
        for row in rows:
            waiting.append(_prepared(job, row, how))
            yield from waiting[-1].texts

    def ready() -> Iterator[tuple[Row, RowTranslation]]:
        while waiting and waiting[0].complete:
            one = waiting.popleft()
            yield one.row, _assembled(one, engine, how, counts)

    for made in translate_segments(texts(), engine, how.settings):
        yield from ready()
        waiting[0].made.append(made)
    yield from ready()


def _prepared(job: Job, row: Row, how: How) -> _Waiting:
    if row.text is None or not row.text.strip():
        return _Waiting(row, None, [])
    if how.segmented:
        return _Waiting(row, None, [one_line(row.text)])
    where = f"{job.source}, {row.place}"
    try:
        document = segment(read_document(row.text.encode(), f"{where}.txt"))
    except UnicodeEncodeError:
        raise InputError(
            "has half a character (a lone surrogate)", where=where, remedy="mend the row"
        ) from None
    except InputError as error:
        raise InputError(error.problem, where=where, remedy="mend the row") from None
    return _Waiting(row, document, [one.text for one in document.segments])


def _assembled(one: _Waiting, engine: Engine, how: How, counts: _Counts) -> RowTranslation:
    beads = [bead_of("", made, how.settings) for made in one.made]
    flags = {flag.kind.value for bead in beads for flag in bead.flags if not flag.repaired}
    counts.segments += len(beads)
    counts.words += sum(len(text.split()) for text in one.texts)
    counts.flagged += sum(any(not flag.repaired for flag in bead.flags) for bead in beads)
    known = [bead.confidence for bead in beads if bead.confidence is not None]
    confidence = round(min(known), 4) if known else None
    translations = [made.text for made in one.made]
    if one.document is not None:
        text: str | None = target_document(one.document, translations, engine.model.target_language).text
    else:
        text = translations[0] if translations else one.row.text
    return RowTranslation(text, confidence, tuple(sorted(flags)))
