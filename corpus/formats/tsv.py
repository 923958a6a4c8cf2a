r"""A table, one bead a row, tab-separated, that is safe to open in a spreadsheet.

The first row names the columns (:data:`COLUMNS`). Rows end in a line feed and are
never broken: a row is a line. Four rules keep the text whole:

1. Fields that hold a double quote are quoted and the quote doubled (Python's
   ``excel-tab`` dialect, which spreadsheets and pandas read by themselves).
   Unquoted, a sentence that opens a quotation would swallow the rows after it.
2. A tab or line break inside a text (segments have none unless somebody made them
   by hand) is written as ``\t``, ``\n`` or ``\r`` or ``\u2028`` and the like, and a
   backslash as ``\\``.
3. A text that starts with ``=``, ``+``, ``-`` or ``@`` gets an apostrophe in front,
   so that a spreadsheet shows it and does not compute it. So does a text that
   starts with apostrophes followed by one of these: taking one apostrophe off
   ``'=``, ``''=`` ... always gives the text back.
4. Numbers use a decimal point; a field without a value is empty.

``start`` and ``end`` are code points in the source text. ``flags`` holds kinds
(``numbers;split:repaired``), ``remarks`` their messages, ``links`` word links in
Pharaoh notation over ``corpus.words`` words.
"""

from __future__ import annotations

import csv
import io
import re
from typing import IO

from corpus.bitext import Bead, Bitext, Flag
from corpus.document import BlockKind, Span
from corpus.formats import Format, Passage
from corpus.formats._common import block_of, encode_text, pharaoh, source_span

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

# Whatever str.splitlines or a spreadsheet may take for the end of a row or field.
_UNSAFE = re.compile("[\\\\\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_FORMULA = re.compile(r"'*[=+\-@]")


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the header and a row a bead, in the order of the beads."""
    stream.write(_row(COLUMNS))
    for bead in bitext.beads:
        block = block_of(bitext, bead)
        fields = _fields(
            bead,
            bitext.source_text(bead),
            bitext.target_text(bead),
            source_span(bitext, bead),
            None if block is None else block.kind,
        )
        stream.write(_row(fields))


class TableStream:
    """Writes the header at once and a row as soon as its bead is known."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._stream.write(_row(COLUMNS))

    def put(self, passage: Passage) -> None:
        """Write the row of a passage."""
        fields = _fields(
            passage.bead, passage.segment.text, passage.target, passage.segment.span, passage.kind
        )
        self._stream.write(_row(fields))
        self._stream.flush()

    def end(self, after: str) -> None:
        """Nothing: a table ends with its last row."""


def _fields(
    bead: Bead, source: str, target: str, span: Span | None, kind: BlockKind | None
) -> tuple[str, ...]:
    return (
        _text(bead.id),
        _text(source),
        _text(target),
        "" if span is None else str(span.start),
        "" if span is None else str(span.end),
        "" if kind is None else kind.value,
        _text(bead.origin),
        _number(bead.score),
        _number(bead.confidence),
        ";".join(_kind(flag) for flag in bead.flags),
        _text(" / ".join(flag.message for flag in bead.flags)),
        pharaoh(bead.links),
    )


def _kind(flag: Flag) -> str:
    return f"{flag.kind.value}:repaired" if flag.repaired else flag.kind.value


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _text(text: str) -> str:
    escaped = _UNSAFE.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)
    return f"'{escaped}" if _FORMULA.match(escaped) else escaped


def _row(fields: tuple[str, ...]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, dialect="excel-tab", lineterminator="\n").writerow(fields)
    return encode_text(buffer.getvalue())


FORMAT = Format(
    "table", (".tsv",), "one sentence pair a row, for spreadsheets and scripts", write, stream=TableStream
)
