"""Markdown: the blocks of a document, where each stands in the file, and what is in it.

markdown-it-py (CommonMark, with tables, strikethrough, footnotes and front matter)
says what is what. Where it stands in the file is found by walking its tokens and the
source in step, so that a translation can be put in place of the text alone. Code,
addresses, front matter and definitions of links are not read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from corpus.document import BlockKind, MarkKind
from corpus.errors import FormatError
from corpus.hypertext.blocks import Echoes, Page, read_page
from corpus.layout import PARAGRAPH_BREAK, Content, Inline, Piece, has_words

_RANGES = {"em": MarkKind.ITALIC, "strong": MarkKind.BOLD, "s": MarkKind.STRIKE}
_HTML_RANGES = {
    "b": MarkKind.BOLD, "strong": MarkKind.BOLD, "i": MarkKind.ITALIC, "em": MarkKind.ITALIC,
    "u": MarkKind.UNDERLINE, "s": MarkKind.STRIKE, "del": MarkKind.STRIKE, "sup": MarkKind.SUPERSCRIPT,
    "sub": MarkKind.SUBSCRIPT, "a": MarkKind.LINK, "code": MarkKind.CODE, "kbd": MarkKind.CODE,
}  # fmt: skip
_TASK = re.compile(r"\[[ xX]\][ \t]+")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]")
_HTML_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_ATX = re.compile(r"[ \t>]*(?:[-*+]|\d+[.)])?[ \t>]*#{1,6}[ \t]*")
_LINES = re.compile(r"[^\n]*\n|[^\n]+\Z")
_BLANKS = re.compile(r"[ \t]*")


@dataclass
class Passage:
    """A block of running text: characters ``start`` to ``end`` of the file.

    ``ranges`` and ``points`` give the markup of a mark by its id, ``captions`` the
    alternative text of an image. ``cell`` says that it stands in a table.
    """

    start: int
    end: int
    kind: BlockKind
    level: int
    before: str
    content: Inline
    ranges: dict[str, tuple[str, str]] = field(default_factory=dict)
    points: dict[str, str] = field(default_factory=dict)
    captions: dict[str, Caption] = field(default_factory=dict)
    cell: bool = False


@dataclass(frozen=True)
class Caption:
    """The alternative text of an image: characters ``start`` to ``end`` of the file."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class HtmlBlock:
    """Raw HTML between the paragraphs: a page of its own, from ``start`` on to ``end``."""

    start: int
    end: int
    page: Page


@dataclass(frozen=True)
class Code:
    """Code, which stays as it is."""

    text: str


Part = Passage | Caption | HtmlBlock | Code


@dataclass(frozen=True)
class Markdown:
    """A file taken apart. ``environment`` is markdown-it's: the definitions of links."""

    text: str
    parts: tuple[Part, ...]
    metadata: Mapping[str, str]
    notes: tuple[str, ...]
    environment: dict[str, Any]

    def pieces(self) -> list[tuple[Part, int, Piece]]:
        """Every piece with its part and, within a block of HTML, its place there."""
        found: list[tuple[Part, int, Piece]] = []
        for part in self.parts:
            if isinstance(part, Passage):
                found.append((part, 0, Piece(part.kind, part.content, part.level, part.before)))
            elif isinstance(part, Caption):
                found.append((part, 0, Piece(BlockKind.CAPTION, Inline(part.text))))
            elif isinstance(part, HtmlBlock):
                found += [(part, place, piece) for place, piece in enumerate(part.page.pieces)]
            else:
                found.append((part, 0, Piece(None, Inline(part.text))))
        return found


@cache
def parser() -> MarkdownIt:
    """The parser, made once. Escapes and entities stay tokens of their own."""
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    made.use(footnote_plugin).use(front_matter_plugin)
    return made.disable(["text_join", "footnote_inline"])


def read_markdown(text: str, name: str) -> Markdown:
    """Take a file apart. ``text`` has line feeds only.

    Raises :class:`FormatError` for a file nested beyond what the parser takes.
    """
    environment: dict[str, Any] = {}
    try:
        tokens = parser().parse(text, environment)
    except RecursionError:
        raise FormatError("is nested too deeply", where=name, remedy="simplify it") from None
    return _Reader(text, name, tokens, environment).made()


class _Reader:
    def __init__(self, text: str, name: str, tokens: Sequence[Token], environment: dict[str, Any]) -> None:
        self._text, self._name, self._tokens, self._environment = text, name, tokens, environment
        self._lines = [found.span() for found in _LINES.finditer(text)]
        self._parts: list[Part] = []
        self._metadata: dict[str, str] = {}
        self._notes: list[str] = []
        self._lists: list[tuple[str, int]] = []  # marker kind and next number of the lists around
        self._quotes = 0
        self._heading = 0
        self._item: str | None = None  # what parts the item at hand from the block before
        self._cell_at = 0
        self._row: str | None = None

    def made(self) -> Markdown:
        for token in self._tokens:
            self._take(token)
        return Markdown(
            self._text, tuple(_in_order(self._parts)), self._metadata, tuple(self._notes), self._environment
        )

    def _take(self, token: Token) -> None:
        kind = token.type
        if kind == "heading_open":
            self._heading = int(token.tag[1])
        elif kind == "heading_close":
            self._heading = 0
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self._lists.append(("ordered" if kind[0] == "o" else "bullet", int(token.attrGet("start") or 1)))
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif kind == "list_item_open":
            self._open_item()
        elif kind == "list_item_close":
            self._item = None
        elif kind in ("blockquote_open", "blockquote_close"):
            self._quotes += 1 if kind.endswith("open") else -1
        elif kind == "tr_open":
            self._row = PARAGRAPH_BREAK if self._row is None else "\n"
            self._cell_at = self._lines[token.map[0]][0] if token.map else 0
        elif kind == "table_close":
            self._row = None
        elif kind == "front_matter":
            self._metadata = _front_matter(token.content)
            self._notes.append("the front matter stays as it is")
        elif kind in ("fence", "code_block"):
            self._parts.append(Code(token.content.rstrip("\n")))
        elif kind == "html_block" and token.map:
            self._html(token.map)
        elif kind == "inline" and token.map and token.content.strip():
            self._inline(token)

    def _open_item(self) -> None:
        marker, number = self._lists[-1]
        text = f"{number}. " if marker == "ordered" else "- "
        self._lists[-1] = (marker, number + 1)
        begins = not self._parts or not _is_item(self._parts[-1])
        gap = PARAGRAPH_BREAK if begins and len(self._lists) == 1 else "\n"
        self._item = f"{gap}{'  ' * (len(self._lists) - 1)}{text}"

    def _html(self, lines: Sequence[int]) -> None:
        start, end = self._lines[lines[0]][0], self._lines[lines[1] - 1][1]
        page = read_page(self._text[start:end], self._name)
        page.echoes = Echoes(page.pieces).of_page(page)
        if page.pieces:
            self._parts.append(HtmlBlock(start, end, page))

    def _inline(self, token: Token) -> None:
        spans = self._places(token)
        if spans is None or token.map is None:
            line = token.map[0] + 1 if token.map else 0
            self._notes.append(f"line {line} stays as it is: its place in the file was not found")
            self._parts.append(Code(token.content))
            return
        kind, level, before = self._layout()
        made = _Inline(token, spans, self._text).made()
        if made is None:
            self._notes.append(f"line {token.map[0] + 1}: inline markup is translated as text")
            made = _plain(token, spans)
        passage, captions = made
        passage.kind, passage.level, passage.before = kind, level, before
        passage.cell = self._row is not None
        if has_words(passage.content):
            self._parts.append(passage)
            self._item = None
        self._parts += captions

    def _layout(self) -> tuple[BlockKind, int, str]:
        if self._heading:
            return BlockKind.HEADING, self._heading, PARAGRAPH_BREAK
        if self._row is not None:
            before, self._row = self._row, "\t"
            return BlockKind.TABLE_CELL, 0, before
        if self._item is not None:
            return BlockKind.LIST_ITEM, len(self._lists), self._item
        if self._quotes:
            return BlockKind.QUOTATION, self._quotes, PARAGRAPH_BREAK
        return BlockKind.PARAGRAPH, 0, PARAGRAPH_BREAK

    def _places(self, token: Token) -> list[tuple[int, int]] | None:
        """Where each line of an inline token's content stands in the file."""
        assert token.map is not None
        lines = token.content.split("\n")
        first = token.map[0]
        if self._row is not None:
            return self._cell(token.content)
        if len(lines) > len(self._lines) - first:
            return None
        places = []
        for offset, line in enumerate(lines):
            start, end = self._lines[first + offset]
            whole = self._text[start:end].rstrip()
            wanted = line.rstrip()
            if self._heading and (mark := _ATX.match(whole)) is not None and not whole.endswith(wanted):
                at = whole.find(wanted, mark.end())
            elif self._heading and (mark := _ATX.match(whole)) is not None:
                at = max(whole.find(wanted, mark.end()), 0) if wanted else -1
            else:
                at = len(whole) - len(wanted) if whole.endswith(wanted) else -1
            if at < 0:
                return None
            places.append((start + at, start + at + len(line)))
        return places

    def _cell(self, content: str) -> list[tuple[int, int]] | None:
        stop = self._text.find("\n", self._cell_at)
        stop = len(self._text) if stop < 0 else stop
        for wanted in (content.replace("|", "\\|"), content):
            at = self._text.find(wanted, self._cell_at, stop)
            if at >= 0:
                self._cell_at = at + len(wanted)
                return [(at, at + len(wanted))]
        return None


def _in_order(parts: Sequence[Part]) -> list[Part]:
    """Parts as they stand in the file; code, which has no place, after what came before it."""
    places, last = [], 0
    for number, part in enumerate(parts):
        last = last if isinstance(part, Code) else part.start
        places.append((last, number))
    return [parts[number] for _, number in sorted(places)]


def _is_item(part: Part) -> bool:
    return isinstance(part, Passage) and part.kind is BlockKind.LIST_ITEM


def _front_matter(text: str) -> dict[str, str]:
    """Title, author, date and language, where they are plain values on a line of their own."""
    names = {"title": "title", "author": "author", "date": "date", "lang": "language", "language": "language"}
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        value = value.strip()
        if colon and key in names and value and value[0] not in "[{|>&*":
            found.setdefault(names[key], value.strip("\"'"))
    return found


def _plain(token: Token, spans: Sequence[tuple[int, int]]) -> tuple[Passage, list[Caption]]:
    content = Content()
    content.text(" ".join(token.content.split()))
    passage = Passage(spans[0][0], spans[-1][1], BlockKind.PARAGRAPH, 0, "", content.done())
    return passage, []


class _Inline:
    """Walks an inline token's children and its source in step."""

    def __init__(self, token: Token, spans: Sequence[tuple[int, int]], text: str) -> None:
        self._children = token.children or []
        self._source = token.content
        self._spans, self._text = spans, text
        self._starts: list[int] = []
        at = 0
        for line in self._source.split("\n"):
            self._starts.append(at)
            at += len(line) + 1
        self._at = 0
        self._content = Content(collapse=True)
        self._ranges: dict[str, tuple[str, str]] = {}
        self._points: dict[str, str] = {}
        self._open: list[tuple[str, str, str]] = []  # token type or tag, id, start markup
        self._captions: list[Caption] = []
        self._held: dict[str, Caption] = {}  # captions by their image's mark
        self._last_ends: dict[str, int] = {}  # where the last end tag of a name stands

    def _file(self, offset: int) -> int:
        """The place in the file of an offset into the content."""
        line = bisect_right(self._starts, offset) - 1
        return self._spans[line][0] + offset - self._starts[line]

    def made(self) -> tuple[Passage, list[Caption]] | None:
        """The passage and the captions in it; None if token and source do not agree."""
        start = self._task()
        for child in self._tokens():
            if not self._take(child):
                return None
        if self._source[self._at :].strip() or self._open:
            return None
        passage = Passage(
            self._file(start), self._spans[-1][1], BlockKind.PARAGRAPH, 0, "",
            self._content.done(), self._ranges, self._points,
        self._held,
        )  # fmt: skip
        return passage, self._captions

    def _task(self) -> int:
        """Step over the box of a task, which stays as it is."""
        found = _TASK.match(self._source)
        self._at = found.end() if found else 0
        self._skipped = self._at
        return self._at

    def _tokens(self) -> Iterator[Token]:
        """The children, without what :meth:`_task` stepped over."""
        skip = self._skipped
        for child in self._children:
            if skip and child.type == "text":
                if len(child.content) <= skip:
                    skip -= len(child.content)
                    continue
                child = child.copy(content=child.content[skip:])
                skip = 0
            yield child

    def _take(self, child: Token) -> bool:
        kind = child.type
        if kind == "text":
            return self._exactly(child.content, child.content)
        if kind == "text_special":
            return self._exactly(child.markup, child.content)
        if kind in ("softbreak", "hardbreak"):
            return self._line_break(kind == "hardbreak")
        if kind == "code_inline":
            return self._code(child)
        if kind == "link_open":
            return self._link_open(child)
        if kind == "link_close":
            return self._link_close(child)
        if kind == "image":
            return self._image(child)
        if kind == "footnote_ref":
            found = _FOOTNOTE.match(self._source, self._at)
            return found is not None and self._point(MarkKind.NOTE, found.group(), {"name": found.group()})
        if kind == "html_inline":
            return self._html(child.content)
        if kind == "footnote_anchor":
            return True
        name, _, side = kind.rpartition("_")
        if name in _RANGES and self._source.startswith(child.markup, self._at):
            self._at += len(child.markup)
            return self._range(name, child.markup, side == "open", _RANGES[name])
        return False

    def _exactly(self, raw: str, text: str) -> bool:
        if not self._source.startswith(raw, self._at):
            return False
        self._at += len(raw)
        self._content.text(text)
        return True

    def _line_break(self, hard: bool) -> bool:
        begin = self._at
        end = self._source.find("\n", begin)
        if end < 0 or self._source[begin:end].strip(" \t\\"):
            return False
        after = _BLANKS.match(self._source, end + 1)
        self._at = after.end() if after else end + 1
        if not hard:
            self._content.text(" ")
            return True
        # With what begins the next line in the file: ">" or the indent of a list.
        raw = self._text[self._file(begin) : self._file(self._at)]
        self._points[self._content.point(MarkKind.BREAK)] = raw
        return True

    def _code(self, child: Token) -> bool:
        if not self._source.startswith(child.markup, self._at):
            return False
        begin = self._at + len(child.markup)
        closing = re.compile(f"(?<!`){child.markup}(?!`)").search(self._source, begin)
        if closing is None:
            return False
        mark = self._content.open(MarkKind.CODE)
        self._content.text(child.content)
        self._content.close(mark)
        pad = " " if child.content.startswith("`") or child.content.endswith("`") else ""
        self._ranges[mark] = (child.markup + pad, pad + child.markup)
        self._at = closing.end()
        return True

    def _point(self, kind: str, raw: str, attributes: Mapping[str, str] | None = None) -> bool:
        self._points[self._content.point(kind, attributes)] = raw
        self._at += len(raw)
        return True

    def _range(self, name: str, raw: str, opens: bool, kind: str, **attributes: str) -> bool:
        if opens:
            self._open.append((name, self._content.open(kind, attributes), raw))
            return True
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth][0] == name:
                _, mark, start = self._open.pop(depth)
                self._content.close(mark)
                self._ranges[mark] = (start, raw)
                return True
        return False

    def _link_open(self, child: Token) -> bool:
        opener = "<" if child.markup == "autolink" else "["
        if not self._source.startswith(opener, self._at):
            return False
        self._at += 1
        return self._range("link", opener, True, MarkKind.LINK, href=str(child.attrGet("href") or ""))

    def _link_close(self, child: Token) -> bool:
        if child.markup == "autolink":
            if not self._source.startswith(">", self._at):
                return False
            self._at += 1
            return self._range("link", ">", False, MarkKind.LINK)
        end = _link_end(self._source, self._at)
        if end is None:
            return False
        raw = self._source[self._at : end]
        if raw == "]":  # a short reference: its words are its label, which must not change
            start = next((item for item in reversed(self._open) if item[0] == "link"), None)
            label = self._label(end)
            raw = f"][{label}]" if start is not None else raw
        elif raw == "][]":
            raw = f"][{self._label(self._at + 1)}]"
        self._at = end
        return self._range("link", raw, False, MarkKind.LINK)

    def _label(self, end: int) -> str:
        """The label whose closing bracket is the character before ``end``."""
        depth = 0
        for at in range(end - 1, -1, -1):
            escaped = at > 0 and self._source[at - 1] == "\\"
            if self._source[at] == "]" and not escaped:
                depth += 1
            elif self._source[at] == "[" and not escaped:
                depth -= 1
                if depth == 0:
                    return self._source[at + 1 : end - 1]
        return ""

    def _image(self, child: Token) -> bool:
        if not self._source.startswith("![", self._at):
            return False
        label = child.content
        begin = self._at + 2
        if not self._source.startswith(label, begin):
            return False
        end = _link_end(self._source, begin + len(label))
        if end is None:
            return False
        raw = self._source[self._at : end]
        alt = "".join(one.content for one in child.children or [])
        attributes = {"src": str(child.attrGet("src") or ""), "alt": alt}
        mark = self._content.point(MarkKind.IMAGE, attributes)
        self._points[mark] = raw
        self._at = end
        if has_words(Inline(alt)) and "\n" not in label and raw[2 + len(label) : 4 + len(label)] == "](":
            place = self._file(begin)
            self._held[mark] = Caption(place, place + len(label), " ".join(alt.split()))
            self._captions.append(self._held[mark])
        return True

    def _html(self, raw: str) -> bool:
        if not self._source.startswith(raw, self._at):
            return False
        found = _HTML_NAME.match(raw)
        name = found[2].lower() if found else ""
        if name == "br":
            return self._point(MarkKind.BREAK, raw)
        if found and found[1] and any(item[0] == f"<{name}" for item in self._open):
            self._at += len(raw)
            return self._range(f"<{name}", raw, False, MarkKind.STYLE)
        closes = found is not None and not found[1] and self._closes_later(name)
        if closes and not raw.endswith("/>"):
            self._at += len(raw)
            return self._range(f"<{name}", raw, True, _HTML_RANGES.get(name, MarkKind.STYLE))
        return self._point(MarkKind.OBJECT, raw)

    def _closes_later(self, name: str) -> bool:
        if name not in self._last_ends:
            ends = [found.start() for found in re.finditer(rf"</{name}\s*>", self._source, re.IGNORECASE)]
            self._last_ends[name] = ends[-1] if ends else -1
        return self._last_ends[name] > self._at


def _link_end(source: str, at: int) -> int | None:
    """The end of what closes a link's text at ``at``: ``](address "title")``, ``][label]`` or ``]``."""
    if not source.startswith("]", at):
        return None
    if source.startswith("(", at + 1):
        end = _address_end(source, at + 2)
        if end is not None:
            return end
    if source.startswith("[", at + 1):
        closing = re.compile(r"(?:[^\\\]]|\\.)*\]", re.DOTALL).match(source, at + 2)
        if closing is not None:
            return closing.end()
    return at + 1


def _address_end(source: str, at: int) -> int | None:
    """The end of an inline link's address and title; None if there is no such thing."""
    helpers, most = parser().helpers, len(source)
    space = re.compile(r"[ \t\n]*")

    def past(offset: int) -> int:
        found = space.match(source, offset)
        return found.end() if found else offset

    at = past(at)
    address = helpers.parseLinkDestination(source, at, most)
    if address.ok:
        at = address.pos
    after = past(at)
    title: Any = helpers.parseLinkTitle(source, after, most)
    if after > at and title.ok:
        after = past(title.pos)
    return after + 1 if source.startswith(")", after) else None
