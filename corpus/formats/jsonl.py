"""JSON Lines: a bitext without any loss, for programs and for reading back.

Line 1 is the document record: ``type`` "bitext", ``schema`` (:data:`SCHEMA`), the
number of ``beads`` that follow, both documents (full text, blocks, origin and
metadata) and the provenance. Each further line is a bead: ``id``, ``origin``,
``score``, ``confidence``, its source and target segments (``position`` in the
document's order, from 0; ``id``; ``block``; ``span``; ``text``), ``links`` as
[source word, target word, weight] and ``flags``. A span is [start, end) in code
points of the document's text (of the bead's text in a flag). UTF-8, one record a
line.

``read(write(bitext))`` equals the bitext. Text fields of the provenance that this
version does not know go to ``Provenance.extra``; any other unknown field is an
error, because dropping it would lose something.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, NoReturn, TypeVar

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link, Provenance
from corpus.document import Block, BlockKind, Document, Mark, Segment, SourceFile, Span
from corpus.errors import FormatError, OutputError
from corpus.formats import Format

SCHEMA = 1

_T = TypeVar("_T")


# Writing


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the document record and a line a bead.

    Raises :class:`OutputError` for a number that JSON has no notation for.
    """
    record = {
        "type": "bitext",
        "schema": SCHEMA,
        "beads": len(bitext.beads),
        "source": _document_record(bitext.source),
        "target": _document_record(bitext.target),
        "provenance": _provenance_record(bitext.provenance),
    }
    stream.write(_line(record, "the document record"))
    sources = _positions(bitext.source)
    targets = _positions(bitext.target)
    for bead in bitext.beads:
        record = {
            "type": "bead",
            "id": bead.id,
            "origin": bead.origin,
            "score": bead.score,
            "confidence": bead.confidence,
            "source": _segment_records(sources, bitext.source_segments(bead)),
            "target": _segment_records(targets, bitext.target_segments(bead)),
            "links": [[link.source, link.target, link.weight] for link in bead.links],
            "flags": [_flag_record(flag) for flag in bead.flags],
        }
        stream.write(_line(record, bead.id))


def _line(record: Mapping[str, object], where: str) -> bytes:
    try:
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise OutputError(
            "has a number that is not finite", where=where, remedy="this is a fault; please report it"
        ) from None
    # What UTF-8 cannot encode is half a surrogate pair inside a JSON string, and
    # Python's \udXXX for it is JSON's own escape.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _positions(document: Document) -> dict[str, int]:
    return {segment.id: position for position, segment in enumerate(document.segments)}


def _segment_records(positions: Mapping[str, int], segments: Iterable[Segment]) -> list[dict[str, object]]:
    return [
        {
            "position": positions[segment.id],
            "id": segment.id,
            "block": segment.block,
            "span": _span_record(segment.span),
            "text": segment.text,
        }
        for segment in segments
    ]


def _document_record(document: Document) -> dict[str, object]:
    source = document.source
    return {
        "language": document.language,
        "text": document.text,
        "blocks": [_block_record(block) for block in document.blocks],
        "segments": len(document.segments),
        "segmentation": document.segmentation,
        "file": {
            "name": source.name,
            "sha256": source.sha256,
            "encoding": source.encoding,
            "format": source.format,
        },
        "metadata": dict(document.metadata),
    }


def _block_record(block: Block) -> dict[str, object]:
    return {
        "number": block.number,
        "kind": block.kind.value,
        "span": _span_record(block.span),
        "level": block.level,
        "marks": [
            {"kind": mark.kind, "span": _span_record(mark.span), "attributes": dict(mark.attributes)}
            for mark in block.marks
        ],
    }


def _provenance_record(provenance: Provenance) -> dict[str, object]:
    return {
        "tool": provenance.tool,
        "model": provenance.model,
        "weights_sha256": provenance.weights_sha256,
        "engine": provenance.engine,
        "settings": dict(provenance.settings),
        "segmentation": provenance.segmentation,
        "created": provenance.created,
        "notes": list(provenance.notes),
        "extra": dict(provenance.extra),
    }


def _flag_record(flag: Flag) -> dict[str, object]:
    return {
        "kind": flag.kind.value,
        "message": flag.message,
        "repaired": flag.repaired,
        "source": None if flag.source is None else _span_record(flag.source),
        "target": None if flag.target is None else _span_record(flag.target),
    }


def _span_record(span: Span) -> list[int]:
    return [span.start, span.end]


# Reading


class _RecordError(Exception):
    """What is wrong with a record; the caller adds file and line."""


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext in ``stream``; ``name`` is for errors.

    Raises :class:`FormatError`, naming the line, for anything but what
    :func:`write` makes.
    """
    reader = _Reader(name)
    number = 0
    for number, line in enumerate(stream, start=1):
        try:
            reader.take(_parse(line))
        except _RecordError as error:
            raise FormatError(str(error), where=f"{name}, line {number}", remedy=_REMEDY) from None
    try:
        return reader.finish()
    except (_RecordError, ValueError) as error:
        raise FormatError(str(error), where=f"{name}, line {max(number, 1)}", remedy=_REMEDY) from None


_REMEDY = "give a file as tweetalig writes it"


@dataclass(slots=True)
class _Reader:
    """Collects records in order. Segments wait for their document by position."""

    name: str
    header: _Fields | None = None
    beads: list[Bead] = field(default_factory=list)
    sources: dict[int, Segment] = field(default_factory=dict)
    targets: dict[int, Segment] = field(default_factory=dict)

    def take(self, record: _Fields) -> None:
        """The next record of the file."""
        if self.header is not None:
            self.beads.append(self._bead(record))
            return
        if record.get("type", _string) != "bitext":
            _fail("the first line is not a document record (type bitext)")
        schema = record.get("schema", _integer)
        if schema != SCHEMA:
            _fail(f"has schema {schema}, this version reads schema {SCHEMA}")
        self.header = record

    def finish(self) -> Bitext:
        """The bitext of all records taken."""
        if self.header is None:
            _fail("is empty")
        promised = self.header.get("beads", _integer)
        if promised != len(self.beads):
            _fail(f"ends after {len(self.beads)} beads, line 1 promises {promised}")
        source = _document(self.header.get("source", _fields), self.sources)
        target = _document(self.header.get("target", _fields), self.targets)
        provenance = _provenance(self.header.get("provenance", _fields))
        self.header.done()
        return Bitext(source, target, tuple(self.beads), provenance)

    def _bead(self, record: _Fields) -> Bead:
        if record.get("type", _string) != "bead":
            _fail("is not a bead (type bead)")
        bead = Bead(
            id=record.get("id", _string),
            source=_segments(record.get("source", _list), self.sources),
            target=_segments(record.get("target", _list), self.targets),
            origin=record.get("origin", _string),
            score=record.get("score", _optional(_number)),
            confidence=record.get("confidence", _optional(_number)),
            links=tuple(_link(item) for item in record.get("links", _list)),
            flags=tuple(_flag(_fields(item)) for item in record.get("flags", _list)),
        )
        record.done()
        return bead


def _document(record: _Fields, segments: dict[int, Segment]) -> Document:
    text = record.get("text", _string)
    blocks = tuple(_block(_fields(item), text) for item in record.get("blocks", _list))
    if [block.number for block in blocks] != list(range(1, len(blocks) + 1)):
        _fail("blocks are not numbered 1, 2, 3 ...")
    count = record.get("segments", _integer)
    if sorted(segments) != list(range(count)):
        _fail(f"the beads do not hold segments 0 to {count - 1}, each once")
    for segment in segments.values():
        _check_segment(segment, text, blocks)
    file = record.get("file", _fields)
    document = Document(
        text=text,
        language=record.get("language", _string),
        blocks=blocks,
        segments=tuple(segments[position] for position in range(count)),
        source=SourceFile(
            name=file.get("name", _string),
            sha256=file.get("sha256", _string),
            encoding=file.get("encoding", _string),
            format=file.get("format", _string),
        ),
        segmentation=record.get("segmentation", _string),
        metadata=record.get("metadata", _strings),
    )
    file.done()
    record.done()
    return document


def _check_segment(segment: Segment, text: str, blocks: tuple[Block, ...]) -> None:
    if segment.span.end > len(text):
        _fail(f"segment {segment.id} ends at {segment.span.end}, the text at {len(text)}")
    if not 1 <= segment.block <= len(blocks):
        _fail(f"segment {segment.id} is in block {segment.block} of {len(blocks)}")


def _block(record: _Fields, text: str) -> Block:
    marks = []
    for item in record.get("marks", _list):
        mark = _fields(item)
        marks.append(
            Mark(mark.get("kind", _string), mark.get("span", _span), mark.get("attributes", _strings))
        )
        mark.done()
    block = Block(
        number=record.get("number", _integer),
        kind=BlockKind(record.get("kind", _one_of(BlockKind))),
        span=record.get("span", _span),
        level=record.get("level", _integer),
        marks=tuple(marks),
    )
    record.done()
    if block.span.end > len(text):
        _fail(f"block {block.number} ends at {block.span.end}, the text at {len(text)}")
    return block


def _segments(items: list[object], known: dict[int, Segment]) -> tuple[str, ...]:
    """The ids of a bead's segments; the segments themselves go into ``known``."""
    ids = []
    for item in items:
        record = _fields(item)
        position = record.get("position", _integer)
        if position in known:
            _fail(f"segment position {position} is taken by {known[position].id}")
        known[position] = Segment(
            id=record.get("id", _string),
            block=record.get("block", _integer),
            span=record.get("span", _span),
            text=record.get("text", _string),
        )
        record.done()
        ids.append(known[position].id)
    return tuple(ids)


def _link(item: object) -> Link:
    parts = _list(item)
    if len(parts) != 3:
        _fail("a link is not [source word, target word, weight]")
    return Link(_integer(parts[0]), _integer(parts[1]), _number(parts[2]))


def _flag(record: _Fields) -> Flag:
    flag = Flag(
        kind=FlagKind(record.get("kind", _one_of(FlagKind))),
        message=record.get("message", _string),
        repaired=record.get("repaired", _boolean),
        source=record.get("source", _optional(_span)),
        target=record.get("target", _optional(_span)),
    )
    record.done()
    return flag


def _provenance(record: _Fields) -> Provenance:
    known = Provenance(
        tool=record.get("tool", _string),
        model=record.get("model", _string),
        weights_sha256=record.get("weights_sha256", _string),
        engine=record.get("engine", _string),
        settings=record.get("settings", _settings),
        segmentation=record.get("segmentation", _string),
        created=record.get("created", _string),
        notes=tuple(_string(note) for note in record.get("notes", _list)),
        extra={**record.get("extra", _strings), **record.rest()},
    )
    record.done()
    return known


# Values with their types checked


def _fail(problem: str) -> NoReturn:
    raise _RecordError(problem)


@dataclass(slots=True)
class _Fields:
    """A JSON object whose fields are asked for one by one; none may be left over."""

    values: dict[str, Any]
    asked: set[str] = field(default_factory=set)

    def get(self, key: str, convert: Callable[[Any], _T]) -> _T:
        """Field ``key``, checked by ``convert``."""
        if key not in self.values:
            _fail(f"has no field {key}")
        self.asked.add(key)
        try:
            return convert(self.values[key])
        except _RecordError as error:
            _fail(f"{key}: {error}")

    def rest(self) -> dict[str, str]:
        """The text fields not asked for, which count as asked for now."""
        unknown = {k: v for k, v in self.values.items() if k not in self.asked and isinstance(v, str)}
        self.asked |= unknown.keys()
        return unknown

    def done(self) -> None:
        """Every field was asked for."""
        unknown = sorted(self.values.keys() - self.asked)
        if unknown:
            _fail(f"has an unknown field {unknown[0]} (was it written by a newer version?)")


def _parse(line: bytes) -> _Fields:
    try:
        return _fields(json.loads(line.decode("utf-8"), parse_constant=_no_constant))
    except UnicodeDecodeError:
        _fail("is not UTF-8 text")
    except json.JSONDecodeError as error:
        _fail(f"is not JSON: {error.msg} at column {error.colno}")
    except RecursionError:
        _fail("is nested too deeply")
    except ValueError:  # a number of more digits than Python converts
        _fail("has a number too long to read")


def _no_constant(name: str) -> NoReturn:
    _fail(f"{name} is not JSON")


def _fields(value: object) -> _Fields:
    if not isinstance(value, dict):
        _fail("is not an object")
    return _Fields(value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        _fail("is not a list")
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        _fail("is not a text")
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        _fail("is not true or false")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        _fail("is not a whole number from 0")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        _fail("is not a number")
    if not math.isfinite(value):  # 1e999 is JSON, and infinity to Python
        _fail("is too large a number")
    return value


def _span(value: object) -> Span:
    bounds = [_integer(item) for item in _list(value)]
    if len(bounds) != 2 or bounds[0] > bounds[1]:
        _fail("is not [start, end]")
    return Span(*bounds)


def _strings(value: object) -> dict[str, str]:
    return {key: _string(item) for key, item in _fields(value).values.items()}


def _settings(value: object) -> dict[str, str | int | float | bool | None]:
    settings = _fields(value).values
    for key, item in settings.items():
        if not isinstance(item, str | int | float | None):  # a bool is an int
            _fail(f"{key} is not a text, a number, true, false or null")
        if isinstance(item, float):
            _number(item)
    return settings


def _optional(convert: Callable[[Any], _T]) -> Callable[[Any], _T | None]:
    return lambda value: None if value is None else convert(value)


def _one_of(kinds: type[BlockKind] | type[FlagKind]) -> Callable[[Any], str]:
    def convert(value: object) -> str:
        if value not in set(kinds):
            _fail(f"{value} is not one of {', '.join(kinds)}")
        return str(value)

    return convert


FORMAT = Format("json lines", (".jsonl",), "everything there is, for programs; can be read back", write, read)
