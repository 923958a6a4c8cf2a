"""JSON Lines: a bitext without any loss, for programs and for reading back.

Line 1 is the document record: ``type`` "bitext", ``schema`` (:data:`SCHEMA`), the
number of ``beads`` that follow, both documents (full text, blocks, origin and
metadata) and the provenance. Each further line is a bead: ``id``, ``origin``,
``score``, ``confidence``, its source and target segments (``position`` in the
document's order, from 0; ``id``; ``block``; ``span``; ``text``), ``links`` as
[source word, target word, weight] and ``flags``. A span is [start, end) in code
points of the document's text (of the bead's text in a flag). UTF-8, one record a
line.

A file whose line 1 has the ``type`` "units" holds no whole documents and can be of any
length: each further line is a ``unit`` with its segments (``id``, ``text``, the kind,
level and number of the ``block``, ``span``, inline ``marks`` over the text), and the
last line, ``type`` "end", counts them. :func:`write_units` writes it, for units that
come out of another format. Read besides are pairs as other tools write them: objects
with ``source`` and ``target``, with the languages' codes (``nl``, ``en``), or with
these inside ``translation``.

``read(write(bitext))`` equals the bitext. Text fields of the provenance that this
version does not know go to ``Provenance.extra``; any other unknown field is an
error, because dropping it would lose something.
"""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any, NoReturn, TypeVar

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link, Provenance
from corpus.document import Block, BlockKind, Document, Mark, Segment, SourceFile, Span
from corpus.errors import FormatError, OutputError
from corpus.formats import Format
from corpus.units import (
    DUTCH_ENGLISH,
    Head,
    Languages,
    Place,
    Sentence,
    Unit,
    Units,
    bitext_of,
    units_of,
)

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
    return {
        "language": document.language,
        "text": document.text,
        "blocks": [_block_record(block) for block in document.blocks],
        "segments": len(document.segments),
        "segmentation": document.segmentation,
        "file": _file_record(document.source),
        "metadata": dict(document.metadata),
    }


def _block_record(block: Block) -> dict[str, object]:
    return {
        "number": block.number,
        "kind": block.kind.value,
        "span": _span_record(block.span),
        "level": block.level,
        "marks": [_mark_record(mark) for mark in block.marks],
    }


def _mark_record(mark: Mark) -> dict[str, object]:
    return {"kind": mark.kind, "span": _span_record(mark.span), "attributes": dict(mark.attributes)}


def _file_record(file: SourceFile) -> dict[str, str]:
    return {"name": file.name, "sha256": file.sha256, "encoding": file.encoding, "format": file.format}


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


# Writing units


def write_units(units: Units, stream: IO[bytes]) -> None:
    """Write a head record and a line a unit, as they come.

    A bitext that is there whole is written whole, as :func:`write` does. Raises
    :class:`OutputError` for a number that JSON has no notation for.
    """
    if units.bitext is not None:
        write(units.bitext, stream)
        return
    head = units.head
    record = {
        "type": "units",
        "schema": SCHEMA,
        "source_language": head.source_language,
        "target_language": head.target_language,
        "file": _file_record(head.file),
        "segmentation": head.segmentation,
        "metadata": dict(head.metadata),
        "provenance": _provenance_record(head.provenance),
    }
    stream.write(_line(record, "the head record"))
    number = 0
    for number, unit in enumerate(units.units, start=1):  # noqa: B007
        record = {
            "type": "unit",
            "id": unit.id,
            "source": [_sentence_record(sentence) for sentence in unit.source],
            "target": [_sentence_record(sentence) for sentence in unit.target],
            "origin": unit.origin,
            "score": unit.score,
            "confidence": unit.confidence,
            "links": [[link.source, link.target, link.weight] for link in unit.links],
            "flags": [_flag_record(flag) for flag in unit.flags],
            "notes": list(unit.notes),
        }
        stream.write(_line(record, unit.id))
    stream.write(_line({"type": "end", "units": number}, "the end"))


def _sentence_record(sentence: Sentence) -> dict[str, object]:
    """A segment by itself; what is as it mostly is stays away."""
    place = sentence.place
    record: dict[str, object] = {"text": sentence.text}
    if sentence.id:
        record["id"] = sentence.id
    if place.block:
        record["block"] = place.block
    if place.kind is not BlockKind.PARAGRAPH:
        record["kind"] = place.kind.value
    if place.level:
        record["level"] = place.level
    if place.marker:
        record["marker"] = place.marker
    if sentence.span is not None:
        record["span"] = _span_record(sentence.span)
    if sentence.marks:
        record["marks"] = [_mark_record(mark) for mark in sentence.marks]
    return record


# Reading


class _RecordError(Exception):
    """What is wrong with a record; the caller adds file and line."""


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext in ``stream``; ``name`` is for errors.

    Raises :class:`FormatError`, naming the line, for anything but what
    :func:`write` and :func:`write_units` make, and pairs of other tools.
    """
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units in ``stream``; those of a whole bitext come with it.

    ``languages`` are the keys to look for in pairs of other tools. Raises what
    :func:`read` raises, when it comes to the line.
    """
    lines = _records(stream, name)
    first = next(lines, None)
    with _at(name, 1):
        if first is None:
            _fail("is empty")
        number, record = first
        kind = record.values.get("type")
        if kind == "units":
            head = _head(record)
            return Units(head, _units(lines, name))
        pair = None if kind == "bitext" else _pair(record, languages)
        if pair is None:
            return units_of(_read_bitext(chain([(number, record)], lines), name))
    rest = _pairs(lines, name, languages)
    return Units(Head(languages.source, languages.target), chain([pair], rest))


def _records(stream: IO[bytes], name: str) -> Iterator[tuple[int, _Fields]]:
    number = 0
    while line := stream.readline(_LONGEST + 1):
        number += 1
        with _at(name, number):
            if len(line) > _LONGEST:
                _fail(f"is longer than {_LONGEST:,} bytes")
            yield number, _parse(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)


@contextmanager
def _at(name: str, number: int) -> Iterator[None]:
    """Say where, if a record is wrong."""
    try:
        yield
    except _RecordError as error:
        raise FormatError(str(error), where=f"{name}, line {number}", remedy=_REMEDY) from None


def _read_bitext(records: Iterator[tuple[int, _Fields]], name: str) -> Bitext:
    reader = _Reader(name)
    number = 1
    for number, record in records:
        with _at(name, number):
            reader.take(record)
    try:
        return reader.finish()
    except (_RecordError, ValueError) as error:
        raise FormatError(str(error), where=f"{name}, line {number}", remedy=_REMEDY) from None


def _head(record: _Fields) -> Head:
    schema = record.get("schema", _integer)
    if schema != SCHEMA:
        _fail(f"has schema {schema}, this version reads schema {SCHEMA}")
    record.get("type", _string)
    head = Head(
        record.get("source_language", _string),
        record.get("target_language", _string),
        _file(record.get("file", _fields)),
        record.get("segmentation", _string),
        record.get("metadata", _strings),
        _provenance(record.get("provenance", _fields)),
    )
    record.done()
    return head


def _units(records: Iterator[tuple[int, _Fields]], name: str) -> Iterator[Unit]:
    count, number = 0, 1
    promised = None
    for number, record in records:
        with _at(name, number):
            if promised is not None:
                _fail("comes after the end record")
            if record.get("type", _string) == "end":
                promised = record.get("units", _integer)
                if promised != count:
                    _fail(f"ends after {count} units, the end record counts {promised}")
                record.done()
                continue
            unit = _unit(record)
        count += 1
        yield unit
    if promised is None:
        raise FormatError(
            f"ends after {count} units without its end record", where=f"{name}, line {number}", remedy=_REMEDY
        )


def _unit(record: _Fields) -> Unit:
    if record.get("type", _string) != "unit":
        _fail("is not a unit (type unit)")
    unit = Unit(
        id=record.get("id", _string),
        source=tuple(_sentence(_fields(item)) for item in record.get("source", _list)),
        target=tuple(_sentence(_fields(item)) for item in record.get("target", _list)),
        origin=record.get("origin", _string),
        score=record.get("score", _optional(_number)),
        confidence=record.get("confidence", _optional(_number)),
        links=tuple(_link(item) for item in record.get("links", _list)),
        flags=tuple(_flag(_fields(item)) for item in record.get("flags", _list)),
        notes=tuple(_string(note) for note in record.get("notes", _list)),
    )
    record.done()
    return unit


def _sentence(record: _Fields) -> Sentence:
    text = record.get("text", _string)
    marks = tuple(_mark(_fields(item)) for item in record.get_or("marks", _list, list[object]()))
    if any(mark.span.end > len(text) for mark in marks):
        _fail("a mark ends after its text")
    place = Place(
        record.get_or("block", _integer, 0),
        BlockKind(record.get_or("kind", _one_of(BlockKind), "paragraph")),
        record.get_or("level", _integer, 0),
        record.get_or("marker", _string, ""),
    )
    sentence = Sentence(
        text, record.get_or("id", _string, ""), place, record.get_or("span", _span, None), marks
    )
    record.done()
    return sentence


def _pair(record: _Fields, languages: Languages) -> Unit | None:
    """A pair as another tool writes it; None if it is none."""
    values = record.values
    inner = values.get("translation")
    if isinstance(inner, dict):
        values = inner
    for source, target in ((languages.source, languages.target), ("source", "target"), ("src", "tgt")):
        texts = (values.get(source), values.get(target))
        if isinstance(texts[0], str) and isinstance(texts[1], str):
            name = record.values.get("id", "")
            return Unit(
                name if isinstance(name, str) else str(name), (Sentence(texts[0]),), (Sentence(texts[1]),)
            )
    return None


def _pairs(records: Iterator[tuple[int, _Fields]], name: str, languages: Languages) -> Iterator[Unit]:
    for number, record in records:
        with _at(name, number):
            pair = _pair(record, languages)
            if pair is None:
                _fail(f"is not a pair with {languages.source} and {languages.target}, as the first line is")
        yield pair


_REMEDY = "give a file as tweetalig writes it"
_LONGEST = 256_000_000  # bytes in a line: the first has both documents whole


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
    document = Document(
        text=text,
        language=record.get("language", _string),
        blocks=blocks,
        segments=tuple(segments[position] for position in range(count)),
        source=_file(record.get("file", _fields)),
        segmentation=record.get("segmentation", _string),
        metadata=record.get("metadata", _strings),
    )
    record.done()
    return document


def _file(record: _Fields) -> SourceFile:
    file = SourceFile(
        name=record.get("name", _string),
        sha256=record.get("sha256", _string),
        encoding=record.get("encoding", _string),
        format=record.get("format", _string),
    )
    record.done()
    return file


def _check_segment(segment: Segment, text: str, blocks: tuple[Block, ...]) -> None:
    if segment.span.end > len(text):
        _fail(f"segment {segment.id} ends at {segment.span.end}, the text at {len(text)}")
    if not 1 <= segment.block <= len(blocks):
        _fail(f"segment {segment.id} is in block {segment.block} of {len(blocks)}")


def _block(record: _Fields, text: str) -> Block:
    block = Block(
        number=record.get("number", _integer),
        kind=BlockKind(record.get("kind", _one_of(BlockKind))),
        span=record.get("span", _span),
        level=record.get("level", _integer),
        marks=tuple(_mark(_fields(item)) for item in record.get("marks", _list)),
    )
    record.done()
    if block.span.end > len(text):
        _fail(f"block {block.number} ends at {block.span.end}, the text at {len(text)}")
    return block


def _mark(record: _Fields) -> Mark:
    mark = Mark(record.get("kind", _string), record.get("span", _span), record.get("attributes", _strings))
    record.done()
    return mark


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

    def get_or(self, key: str, convert: Callable[[Any], _T], default: _T) -> _T:
        """Field ``key``, checked by ``convert``, or ``default`` where there is none."""
        return self.get(key, convert) if key in self.values else default

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


FORMAT = Format(
    "json lines",
    (".jsonl",),
    "everything there is, for programs; can be read back",
    write,
    read,
    read_units=read_units,
    write_units=write_units,
    streams=True,
)
