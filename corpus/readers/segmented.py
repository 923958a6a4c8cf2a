"""Pre-segmented text: one segment a line, as test sets have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.document import Block, BlockKind, Document, Segment, SourceFile, Span, segment_id
from corpus.errors import InputError
from corpus.files import decode_text, sha256_hex
from corpus.segmentation import plain_text

VERSION = "lines-1"


def read(data: bytes, name: str, language: str) -> Document:
    """One LINE block and one segment for every line, empty lines included.

    Only a line feed, or a carriage return and a line feed, end a line. A lone
    carriage return or U+2028 is part of its line, as it is for the tools that count
    the lines of a test set. Raises :class:`InputError` for data that is not UTF-8 text.
    """
    text = decode_text(data, name)
    spans = _lines(text)
    return Document(
        text=text,
        language=language,
        blocks=tuple(Block(number, BlockKind.LINE, span) for number, span in enumerate(spans, start=1)),
        segments=tuple(
            Segment(segment_id(number, 1), number, span, plain_text(span.of(text)))
            for number, span in enumerate(spans, start=1)
        ),
        source=SourceFile(name, sha256_hex(data), "utf-8", "segmented"),
        segmentation=VERSION,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stream: its segment and its line end (empty if the last line has none)."""

    segment: Segment
    end: str


def stream(lines: Iterable[bytes], name: str) -> Iterator[Line]:
    """The same segments one by one, from lines as a binary file gives them, in constant space.

    Raises :class:`InputError` at the first line that is not UTF-8 text, and at the end if
    there was no text at all.
    """
    at, seen = 0, False
    number = 0
    for number, data in enumerate(lines, start=1):
        text = _decoded(data, f"{name}, line {number}", first=number == 1)
        line = text.removesuffix("\n")
        line = line.removesuffix("\r") if line != text else line
        end = text[len(line) :]
        span = Span(at, at + len(line))
        yield Line(Segment(segment_id(number, 1), number, span, plain_text(line)), end)
        at += len(text)
        seen = seen or bool(line.strip())
    if not seen:
        problem = "holds only white space" if number else "is empty"
        raise InputError(problem, where=name, remedy="give a file with text in it")


def _decoded(data: bytes, where: str, *, first: bool) -> str:
    if b"\0" in data:
        raise InputError(
            "has a NUL byte, so it is not plain text", where=where, remedy="give a UTF-8 text file"
        )
    try:
        return data.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError:
        remedy = "convert it first, for example: iconv -f WINDOWS-1252 -t UTF-8"
        raise InputError("is not UTF-8 text", where=where, remedy=remedy) from None


def _lines(text: str) -> list[Span]:
    """The lines of ``text`` without their ends; a final line end opens no further line."""
    spans = []
    start = 0
    while start < len(text):
        newline = text.find("\n", start)
        end = len(text) if newline < 0 else newline
        stop = end - 1 if newline > start and text[newline - 1] == "\r" else end
        spans.append(Span(start, stop))
        start = end + 1
    return spans
