"""Plain text: blocks by blank lines and marks, with hard-wrapped lines rejoined.

Blank lines (and form feeds) part groups of lines. Within a group each line is
either the next part of a hard-wrapped paragraph or a block of its own; see
:func:`_continues`. Known marks are ``#`` and underlined headings, list marks
(``-``, ``*``, ``•``, ``1.``, ``a)``) and quotations (``>``); they stay outside the
blocks, so they are written back as they were. A short line that stands alone
without a final mark is a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.document import Block, BlockKind, Document, SourceFile, Span
from corpus.encodings import decode
from corpus.files import sha256_hex

SUFFIXES = (".txt", ".text")

LONGEST_HEADING = 100  # characters
NARROWEST_WRAP = 40  # lines of a hard-wrapped paragraph are this wide at least,
WIDEST_WRAP = 120  # and this wide at most: one-paragraph-a-line text goes on past it

_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]*(?:\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]|\Z)")
_LINE_ENDS = "\n\r\x0b\x0c\x85\u2028\u2029"
_PARTING = "\x0c\u2029"  # form feed and paragraph separator end a paragraph too
_RULE = re.compile(r"([-_*=~#•·.])(?:\s*\1){2,}")
_UNDERLINE = re.compile(r"=+|-{2,}")
_ATX = re.compile(r"(#{1,6})\s+(?=\S)")
_QUOTE = re.compile(r"(?:>[ \t]?)+")
_ITEM = re.compile(r"(?:[-*+•◦▪–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\)|[a-z]\.)\s+(?=\S)")
_BULLET = "-*+•◦▪–—"
_FINISHED = re.compile(r"[.!?…][\"'“”’»)\]*_]*$")
_FINAL_MARK = re.compile(r"[.!?…:;,][\"'“”’»)\]*_]*$")
_INNER_END = re.compile(r"[.!?…][\"'“”’»)\]]*\s+\S")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line's content: no white space at its ends, no ``>`` before it."""

    span: Span
    text: str
    indent: int
    quote: int  # how many ">" came before it
    parts: bool  # a form feed or paragraph separator follows


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the lines of a group are set: the widest, in characters, and what they show."""

    width: int
    wrapped: bool  # some sentence clearly runs on over the end of a full line
    prose: bool  # the last line ends as a sentence does, so these are no loose words


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines that make one block, and the mark before them."""

    kind: BlockKind
    span: Span
    level: int = 0
    numbered: bool = False
    alone: bool = False  # one line with nothing above it in its group


def read(data: bytes, name: str, language: str) -> Document:
    """The document in ``data``. Offsets count from after a byte order mark.

    Text that is not UTF-8 is read in the encoding it seems to have, which the source
    names. Raises :class:`InputError` for data that is not text.
    """
    decoded = decode(data, name)
    text = decoded.text
    pieces = [piece for group in _groups(text) for piece in _pieces(group)]
    blocks = tuple(
        Block(number, kind, piece.span, level)
        for number, (piece, kind, level) in enumerate(_classified(text, pieces), start=1)
    )
    return Document(
        text, language, blocks, source=SourceFile(name, sha256_hex(data), decoded.encoding, "text")
    )


def _lines(text: str) -> Iterator[_Line]:
    for found in _LINE.finditer(text):
        whole = found.group()
        if not whole:
            continue
        content = whole.rstrip()
        indent = len(content) - len(content.lstrip())
        mark = _QUOTE.match(content, indent)
        begin = mark.end() if mark else indent
        begin += len(content[begin:]) - len(content[begin:].lstrip())
        start = found.start() + begin
        yield _Line(
            Span(start, start + len(content) - begin) if begin < len(content) else Span(start, start),
            content[begin:],
            indent if not mark else 0,
            mark.group().count(">") if mark else 0,
            whole[-1] in _PARTING,
        )


def _groups(text: str) -> Iterator[list[_Line]]:
    """Lines between blank lines, rules and changes of quotation depth."""
    group: list[_Line] = []
    for line in _lines(text):
        underlines = len(group) == 1 and _UNDERLINE.fullmatch(line.text)
        blank = not line.text or (_RULE.fullmatch(line.text) and not underlines)
        if group and (blank or line.quote != group[-1].quote):
            yield group
            group = []
        if not blank:
            group.append(line)
        if group and line.parts:
            yield group
            group = []
    if group:
        yield group


def _pieces(group: Sequence[_Line]) -> Iterator[_Piece]:
    """The blocks of one group of lines."""
    if len(group) > 1 and _UNDERLINE.fullmatch(group[1].text) and not _ITEM.match(group[0].text):
        yield _Piece(BlockKind.HEADING, group[0].span, 1 if group[1].text[0] == "=" else 2)
        group = group[2:]
    layout = _layout(group)
    held: list[_Line] = []
    for line in group:
        if held and (_begins_block(held[-1], line, layout.width) or not _continues(held, line, layout)):
            yield _piece(held, alone=held[0] is group[0])
            held = []
        held.append(line)
    if held:
        yield _piece(held, alone=held[0] is group[0])


def _begins_block(before: _Line, line: _Line, width: int) -> bool:
    """Whether a mark at the start of ``line`` opens a block, rather than a dash in a sentence."""
    if _ATX.match(line.text) or _ATX.match(before.text):
        return True
    if not _ITEM.match(line.text):
        return False
    in_sentence = not _FINAL_MARK.search(before.text) and _fills(before, line, width)
    return not in_sentence or bool(_ITEM.match(before.text))


def _fills(line: _Line, following: _Line, width: int) -> bool:
    """Whether the first word of ``following`` had no room on ``line``, ``width`` wide."""
    return width >= NARROWEST_WRAP and len(line.text) + 1 + len(following.text.split(None, 1)[0]) >= width


def _layout(group: Sequence[_Line]) -> _Layout:
    width = max((len(line.text) for line in group), default=0)
    wrapped = width <= WIDEST_WRAP and any(
        _fills(line, following, width) and not _FINISHED.search(line.text) and following.text[0].islower()
        for line, following in pairwise(group)
    )
    return _Layout(width, wrapped, bool(group) and bool(_FINISHED.search(group[-1].text)))


def _continues(held: Sequence[_Line], line: _Line, layout: _Layout) -> bool:
    """Whether ``line`` goes on with the paragraph or list item ``held``."""
    before = held[-1]
    finished = bool(_FINISHED.search(before.text))
    if _ITEM.match(held[0].text) and line.indent > held[0].indent:
        return True
    if finished and line.indent > before.indent:
        return False  # a new paragraph by its indented first line
    runs_on = not finished and line.text[0].islower()
    if layout.width > WIDEST_WRAP:
        return runs_on
    # Narrow lines may be loose words (a list without marks), unless they end as prose does.
    wide = layout.width >= NARROWEST_WRAP or layout.prose
    if runs_on and wide and len(before.text) >= 0.7 * layout.width:
        return True
    return _fills(before, line, layout.width) and (layout.wrapped or not finished)


def _piece(lines: Sequence[_Line], *, alone: bool) -> _Piece:
    first = lines[0]
    start, end = first.span.start, lines[-1].span.end
    if first.quote:
        return _Piece(BlockKind.QUOTATION, Span(start, end), first.quote)
    if mark := _ATX.match(first.text):
        closed = _closing_marks(first.text)
        return _Piece(BlockKind.HEADING, Span(start + mark.end(), end - closed), len(mark.group(1)))
    if mark := _ITEM.match(first.text):
        numbered = first.text[0] not in _BULLET
        level = first.indent // 2 + 1
        return _Piece(BlockKind.LIST_ITEM, Span(start + mark.end(), end), level, numbered, alone)
    return _Piece(BlockKind.PARAGRAPH, Span(start, end), 0, False, alone and len(lines) == 1)


def _closing_marks(line: str) -> int:
    """The length of the white space and ``#`` that close a heading such as ``# Title #``."""
    content = line.rstrip("#")
    return len(line) - len(content.rstrip()) if content != line and content[-1:].isspace() else 0


def _classified(text: str, pieces: Sequence[_Piece]) -> Iterator[tuple[_Piece, BlockKind, int]]:
    """Pieces with their final kind and level, now that their neighbours are known."""
    for index, piece in enumerate(pieces):
        more = list(pieces[index + 1 : index + 2])
        neighbours = [pieces[index - 1]] if index else []
        neighbours += more
        lonely = not any(near.kind is BlockKind.LIST_ITEM for near in neighbours)
        candidate = piece.kind is BlockKind.PARAGRAPH or (piece.numbered and lonely)
        if candidate and piece.alone and more and _reads_as_heading(piece.span.of(text)):
            yield piece, BlockKind.HEADING, 1 if index == 0 else 2
        else:
            yield piece, piece.kind, piece.level


def _reads_as_heading(content: str) -> bool:
    """Short, one line, no final mark and no sentence end inside."""
    short = len(content) <= LONGEST_HEADING and not any(end in content for end in _LINE_ENDS)
    return short and not _FINAL_MARK.search(content) and not _INNER_END.search(content)
