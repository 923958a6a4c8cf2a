"""Pre-segmented text: one segment a line, as test sets have it."""

from __future__ import annotations

from corpus.document import Block, BlockKind, Document, Segment, SourceFile, Span, segment_id
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
