"""What tables have in common, whatever stands between their fields.

The first row names the columns (:data:`COLUMNS`). Rows are never broken: a row is a
line. Four rules keep the text whole:

1. Fields that hold a quotation mark or what stands between fields are quoted and the
   quotation mark doubled, as spreadsheets, Python and pandas read by themselves.
   Unquoted, a sentence that opens a quotation would swallow the rows after it.
2. A tab or line break inside a text (segments have none unless somebody made them
   by hand) is written as ``\\t``, ``\\n`` or ``\\r`` or ``\\u2028`` and the like, and a
   backslash as ``\\\\``.
3. A text that starts with ``=``, ``+``, ``-`` or ``@`` gets an apostrophe in front,
   so that a spreadsheet shows it and does not compute it. So does a text that
   starts with apostrophes followed by one of these: taking one apostrophe off
   ``'=``, ``''=`` ... always gives the text back.
4. Numbers use a decimal point; a field without a value is empty.

``start`` and ``end`` are code points in the source text. ``flags`` holds kinds
(``numbers;split:repaired``), ``remarks`` their messages and then other notes with `` / ``
between them (a slash beside a space inside one is ``\\x2f``), ``links`` word links in
Pharaoh notation over ``corpus.words`` words.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

from corpus.bitext import Flag
from corpus.document import BlockKind, Span
from corpus.errors import FormatError
from corpus.formats import Passage
from corpus.formats._common import encode_text, pharaoh
from corpus.formats._facts import FactError, facts_error, flag_from, links_from, number_from
from corpus.formats._lines import LONGEST, lines
from corpus.units import (
    ALL_TRAITS,
    Head,
    Languages,
    Sentence,
    Trait,
    Unit,
    Units,
    place_of,
)

COLUMNS = (
    "id",
    "source",
    "target",
    "start",
    "end",
    "block",
    "origin",
    "score",
    "confidence",
    "flags",
    "remarks",
    "links",
)

KEEPS = ALL_TRAITS - {
    Trait.LAYOUT,
    Trait.LEVELS,
    Trait.SEGMENTS,
    Trait.ONE_SIDED,
    Trait.MARKS,
    Trait.WEIGHTS,
    Trait.FLAG_PLACES,
    Trait.LANGUAGES,
    Trait.PROVENANCE,
    Trait.METADATA,
}

# Whatever str.splitlines or a spreadsheet may take for the end of a row or field.
_UNSAFE = re.compile("[\\\\\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029\0]")
_FORMULA = re.compile(r"'*[=+\-@]")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([\\tnr]))")
_NAMED = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
_BETWEEN_REMARKS = " / "
_SLASH = re.compile(r"(?:(?<= )|^)/|/(?= |$)")  # one that could be taken for it

# Names of columns in tables of others, in small letters.
_SOURCES = ("source", "src", "nl", "dutch", "nederlands")
_TARGETS = ("target", "trg", "tgt", "en", "english", "engels", "translation")


# Writing


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of table: what ends a row, and the csv module's dialect."""

    dialect: str
    ending: str
    mark: bytes = b""  # what the file begins with

    def header(self) -> bytes:
        """How the file begins: its mark and the names of the columns."""
        return self.mark + self._line(COLUMNS)

    def row(self, unit: Unit) -> bytes:
        """The row of ``unit``."""
        return self._line(_fields(unit))

    def write(self, units: Units, stream: IO[bytes]) -> None:
        """Write the names of the columns and a row a unit."""
        stream.write(self.header())
        for unit in units.units:
            stream.write(self.row(unit))

    def _line(self, fields: Sequence[str]) -> bytes:
        buffer = io.StringIO()
        csv.writer(buffer, dialect=self.dialect, lineterminator=self.ending).writerow(fields)
        return encode_text(buffer.getvalue())


def unit_of_passage(passage: Passage) -> Unit:
    """A finished segment as a unit, for a table that is written meanwhile."""
    bead, segment = passage.bead, passage.segment
    place = place_of(segment.id, passage.kind)
    return Unit(
        bead.id,
        (Sentence(segment.text, segment.id, place, segment.span),),
        (Sentence(passage.target, segment.id, place),),
        bead.origin,
        bead.score,
        bead.confidence,
        bead.links,
        bead.flags,
    )


def _fields(unit: Unit) -> tuple[str, ...]:
    span = _span(unit.source)
    flags = unit.flags
    return (
        escape(unit.id),
        escape(unit.source_text),
        escape(unit.target_text),
        "" if span is None else str(span.start),
        "" if span is None else str(span.end),
        unit.place.kind.value if unit.source or unit.target else "",
        escape(unit.origin),
        _number(unit.score),
        _number(unit.confidence),
        ";".join(_kind(flag) for flag in flags) if flags else "",
        _joined([*(flag.message for flag in flags), *unit.notes]) if flags or unit.notes else "",
        pharaoh(unit.links) if unit.links else "",
    )


def _span(sentences: tuple[Sentence, ...]) -> Span | None:
    spans = [sentence.span for sentence in sentences if sentence.span is not None]
    if not spans or len(spans) != len(sentences):
        return None
    return Span(min(s.start for s in spans), max(s.end for s in spans))


def _kind(flag: Flag) -> str:
    return f"{flag.kind.value}:repaired" if flag.repaired else flag.kind.value


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _joined(remarks: Sequence[str]) -> str:
    return _guarded(_BETWEEN_REMARKS.join(_SLASH.sub(r"\\x2f", _safe(remark)) for remark in remarks))


def escape(text: str) -> str:
    """``text`` without anything that ends a field or a row, or that computes."""
    return _guarded(_safe(text))


def _safe(text: str) -> str:
    if not _UNSAFE.search(text):
        return text
    return _UNSAFE.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def unescape(field: str) -> str:
    """The text that :func:`escape` made ``field`` of."""
    return _plain(_unguarded(field))


def _unguarded(field: str) -> str:
    return field[1:] if field.startswith("'") and _FORMULA.match(field) else field


def _plain(field: str) -> str:
    if "\\" not in field:
        return field
    return _ESCAPE.sub(lambda m: _NAMED[m[3]] if m[3] else chr(int(m[1] or m[2], 16)), field)


# Reading


def read_table(
    stream: IO[bytes],
    name: str,
    languages: Languages,
    split: Callable[[str, Iterator[str]], Iterator[list[str]]],
) -> Units:
    """The units of a table, ours or another's.

    Ours has all of :data:`COLUMNS`. Another's first row may name its columns (source
    and target, or the languages' names or codes); if it does not, it has two: the
    source and the target. Raises :class:`FormatError` naming the line.
    """
    text = lines(stream, name)
    first = next(text, None)
    head = Head(languages.source, languages.target)
    if first is None:
        raise FormatError("is empty", where=name, remedy="give a table with a source and a target column")
    rows = _numbered(split(first, text), name)
    number, header = next(rows)
    if header == list(COLUMNS):
        return Units(head, _ours(rows, name))
    return Units(head, _others(rows, number, header, name, languages))


def _numbered(rows: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST)  # of all readers, for want of another way
    number = 0
    while True:
        number += 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise FormatError(
                f"is not a row of a table ({error})", where=f"{name}, row {number}", remedy="mend the row"
            ) from None
        if row is None:
            return
        yield number, row


def _ours(rows: Iterator[tuple[int, list[str]]], name: str) -> Iterator[Unit]:
    for number, row in rows:
        where = f"{name}, row {number}"
        if len(row) != len(COLUMNS):
            raise _wrong_columns(len(row), len(COLUMNS), where)
        try:
            yield _unit(row)
        except FactError as error:
            raise facts_error(error, where) from None
        except ValueError:
            raise facts_error(FactError("start and end are not a range"), where) from None


def _unit(row: Sequence[str]) -> Unit:
    name, source, target, start, end, block, origin, score, confidence, kinds, remarks, links = row
    name = unescape(name)
    try:
        kind = BlockKind(block or "paragraph")
    except ValueError:
        raise FactError(f"{block[:40]!r} is not a kind of block") from None
    place = place_of(name, kind)
    span = Span(int(start), int(end)) if start and end else None
    flags, notes = _remarks(kinds, remarks)
    return Unit(
        name,
        (Sentence(unescape(source), name, place, span),),
        (Sentence(unescape(target), name, place),),
        unescape(origin),
        number_from(score),
        number_from(confidence),
        links_from(links),
        flags,
        notes,
    )


def _remarks(kinds: str, remarks: str) -> tuple[tuple[Flag, ...], tuple[str, ...]]:
    """Flags with their messages, and the remarks that are left as notes."""
    flags = [flag_from(kind) for kind in kinds.split(";")] if kinds else []
    if not flags and not remarks:
        return (), ()
    texts = [_plain(part) for part in _unguarded(remarks).split(_BETWEEN_REMARKS)]
    texts += [""] * (len(flags) - len(texts))
    return (
        tuple(replace(flag, message=text) for flag, text in zip(flags, texts, strict=False)),
        tuple(texts[len(flags) :]),
    )


def _others(
    rows: Iterator[tuple[int, list[str]]], number: int, header: list[str], name: str, languages: Languages
) -> Iterator[Unit]:
    names = [field.strip().lower() for field in header]
    sources = (languages.source.lower(), *_SOURCES)
    targets = (languages.target.lower(), *_TARGETS)
    source = next((names.index(n) for n in sources if n in names), None)
    target = next((names.index(n) for n in targets if n in names), None)
    if source is None or target is None or source == target:
        if len(header) != 2:
            raise FormatError(
                f"has {len(header)} columns, and its first row does not name source and target",
                where=f"{name}, row 1",
                remedy="name them in the first row, or give a table of two columns",
            )
        source, target = 0, 1
        yield Unit("", (Sentence(header[0]),), (Sentence(header[1]),))
    for number, row in rows:
        if len(row) != len(header):
            raise _wrong_columns(len(row), len(header), f"{name}, row {number}")
        yield Unit("", (Sentence(row[source]),), (Sentence(row[target]),))


def _wrong_columns(found: int, wanted: int, where: str) -> FormatError:
    return FormatError(f"has {found} columns, not {wanted}", where=where, remedy="mend the row")
