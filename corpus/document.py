"""The document model: a text, its blocks and its segments, all by character offset.

A :class:`Document` keeps the decoded text exactly as it was read. Blocks
(headings, paragraphs, list items ...) and segments (usually sentences) are
half-open ranges ``[start, end)`` of code points into that text, so nothing is
copied out of context and whatever lies between two segments (blank lines, list
marks, wrapped lines) can be written back unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

_WHITESPACE = re.compile(r"\s+")


class BlockKind(StrEnum):
    """What a block is in the layout of its document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    QUOTATION = "quotation"
    TABLE_CELL = "table_cell"
    CAPTION = "caption"
    CUE = "cue"
    LINE = "line"  # one line of pre-segmented text; may be empty


class MarkKind(StrEnum):
    """Kinds of inline markup that readers make: ranges first, then points."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    CODE = "code"
    SUPERSCRIPT = "superscript"
    SUBSCRIPT = "subscript"
    LINK = "link"  # attribute href
    STYLE = "style"  # any other look: a colour, a font, a class
    VOICE = "voice"  # who speaks, in subtitles
    # Points. A break and a cue's end cover the white space they replace; the rest cover nothing.
    BREAK = "break"  # a line break
    CUE = "cue"  # the next subtitle cue begins
    IMAGE = "image"  # attributes src and alt
    NOTE = "note"  # the mark of a footnote or endnote
    ANCHOR = "anchor"  # a place that links lead to
    OBJECT = "object"  # whatever else stands in a line and is kept


BREAKS = frozenset({MarkKind.BREAK, MarkKind.CUE})
POINTS = BREAKS | frozenset({MarkKind.IMAGE, MarkKind.NOTE, MarkKind.ANCHOR, MarkKind.OBJECT})
UNDIVIDED = frozenset({MarkKind.LINK})  # not to be written twice, if that can be helped


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range ``[start, end)`` of code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The part of ``text`` that this span covers."""
        return text[self.start : self.end]

    def shifted(self, by: int) -> Span:
        """The same span, moved ``by`` code points."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Mark:
    """Inline markup (bold, link ...) over a span of the document's text.

    ``kind`` is a :class:`MarkKind` or a name that only one format knows. The marks of a
    block are in the order in which they begin, outer ones first, and their attribute
    ``id`` is their number in it, from 1.
    """

    kind: str
    span: Span
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """A unit of layout. ``number`` counts from 1 and names the block's segments.

    ``span`` covers the block's content without its marker (``- ``, ``## ``, ``> ``).
    ``level`` is the depth of a heading or list item, 0 where it has none.
    """

    number: int
    kind: BlockKind
    span: Span
    level: int = 0
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One unit of translation, usually a sentence.

    ``id`` is ``p<block>s<sentence>``, both counted from 1: the third sentence of
    the second block is ``p2s3``. It depends only on the text and the
    segmentation version. ``text`` is what is translated: the span's characters
    with white space (a hard line break, say) made one space.
    """

    id: str
    block: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Where a document came from; ``sha256`` is of the bytes read, in hexadecimal."""

    name: str
    sha256: str = ""
    encoding: str = "utf-8"
    format: str = "text"


@dataclass(frozen=True)
class Document:
    """A text in one language with its layout and its segments, in reading order.

    ``segmentation`` names the rules that made the segments (name and version).
    Readers make documents without segments; ``corpus.segmentation`` adds them.
    """

    text: str
    language: str
    blocks: tuple[Block, ...]
    segments: tuple[Segment, ...] = ()
    source: SourceFile = SourceFile("")
    segmentation: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def segment_by_id(self) -> Mapping[str, Segment]:
        """Segments by their id."""
        return {segment.id: segment for segment in self.segments}

    def block_of(self, segment: Segment) -> Block:
        """The block that holds ``segment``."""
        return self.blocks[segment.block - 1]

    def raw(self, segment: Segment) -> str:
        """A segment's characters exactly as the source has them."""
        return segment.span.of(self.text)

    def segments_by_block(self) -> Iterator[tuple[Block, tuple[Segment, ...]]]:
        """Every block with its segments; a block may have none."""
        held: dict[int, list[Segment]] = {}
        for segment in self.segments:
            held.setdefault(segment.block, []).append(segment)
        for block in self.blocks:
            yield block, tuple(held.get(block.number, ()))


def segment_id(block: int, sentence: int) -> str:
    """The stable id of the ``sentence``-th segment of block ``block`` (both from 1)."""
    return f"p{block}s{sentence}"


def one_line(text: str) -> str:
    """``text`` with every run of white space made one space and the ends trimmed."""
    return _WHITESPACE.sub(" ", text).strip()


def make_segments(text: str, block: Block, spans: Iterable[Span]) -> list[Segment]:
    """Segments of ``block`` for ``spans`` given as offsets into the document's text."""
    return [
        Segment(segment_id(block.number, number), block.number, span, one_line(span.of(text)))
        for number, span in enumerate(spans, start=1)
    ]
