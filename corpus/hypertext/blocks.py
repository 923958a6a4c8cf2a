"""The blocks of a page: its text by paragraphs, and what stands in each.

A page is a row of tokens; every tag of a block-level element, and every pair of line
breaks, ends one run of inline content. A run with a letter or digit in it is a block.
What is no language (scripts, preformatted text, anything with ``translate="no"``)
stays as it is. Titles, alternative texts and the like are blocks of their own, unless
a block says the same: then they share its translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corpus.document import BlockKind, MarkKind
from corpus.hypertext.tokens import Token, TokenKind, names, tokenise
from corpus.hypertext.tree import BLOCKS, Node, Tree, build_tree
from corpus.layout import PARAGRAPH_BREAK, Content, Inline, Piece, has_words

_KINDS = {
    "b": MarkKind.BOLD, "strong": MarkKind.BOLD, "i": MarkKind.ITALIC, "em": MarkKind.ITALIC,
    "cite": MarkKind.ITALIC, "dfn": MarkKind.ITALIC, "var": MarkKind.ITALIC, "u": MarkKind.UNDERLINE,
    "ins": MarkKind.UNDERLINE, "s": MarkKind.STRIKE, "del": MarkKind.STRIKE, "strike": MarkKind.STRIKE,
    "code": MarkKind.CODE, "kbd": MarkKind.CODE, "samp": MarkKind.CODE, "tt": MarkKind.CODE,
    "sup": MarkKind.SUPERSCRIPT, "sub": MarkKind.SUBSCRIPT,
}  # fmt: skip
_OPAQUE = names(
    """
    script style svg math template noscript iframe object video audio canvas textarea xmp noembed
    noframes map applet
    """
)
_VERBATIM = frozenset({"pre", "listing", "plaintext"})
_HEAD = frozenset({"head", "title"})
_NOTE_TEXT = re.compile(r"\s*[\[(]?(?:\d{1,4}|[a-z]|[ivxlc]{1,6}|[*†‡§¶]{1,3})[\])]?\s*", re.IGNORECASE)
_NOTE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:foot|end)?note(?:ref|[\s_-]|$)|(?:^|\s)reference(?:\s|$)", re.IGNORECASE
)
_LONGEST_NOTE = 12  # tokens
_TEXT_ATTRIBUTES = ("alt", "title", "aria-label", "placeholder")


@dataclass(eq=False)
class Run:
    """A run of inline content: the tokens from ``first`` up to ``stop``, and what they say.

    ``ranges`` and ``points`` give, by a mark's id, the markup to write for it. ``lead``
    and ``tail`` are the page's own characters around the content.
    """

    first: int
    stop: int
    kind: BlockKind
    level: int
    content: Inline
    lead: str = ""
    tail: str = ""
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    points: dict[str, tuple[int, int]] = field(default_factory=dict)
    before: str = PARAGRAPH_BREAK


@dataclass(frozen=True)
class Verbatim:
    """Preformatted text, which stays as it is."""

    first: int
    stop: int
    text: str


@dataclass(frozen=True)
class Echo:
    """Text outside the running text: an attribute of token ``token``, or the page's title.

    ``block`` is the number (from 0) of the piece that gives its translation; ``suffix`` is
    what of the text stays as it is (the name of the site in a title).
    """

    token: int
    attribute: str  # empty for the text of the token itself
    text: str
    block: int
    suffix: str = ""


@dataclass
class Page:
    """A page taken apart. ``pieces`` are its blocks (and code) in order.

    ``runs`` has a run for every piece that has one, by the piece's place.
    """

    tokens: list[Token]
    tree: Tree
    pieces: list[Piece]
    runs: dict[int, Run]
    echoes: list[Echo]
    verbatim: int = 0


def read_page(
    text: str,
    name: str,
    *,
    xml: bool = False,
    tokens: list[Token] | None = None,
    tree: Tree | None = None,
    taken: frozenset[int] | None = None,
) -> Page:
    """Take a page apart. ``taken`` holds the numbers of the tokens to read; None is all.

    Its echoes are for :class:`Echoes` to find, once all that it may echo is known.
    """
    tokens = list(tokenise(text, xml=xml)) if tokens is None else tokens
    tree = build_tree(tokens, name, xml=xml) if tree is None else tree
    found = list(_Reader(tokens, tree, taken).runs())
    pieces: list[Piece] = []
    runs: dict[int, Run] = {}
    for one in found:
        if isinstance(one, Run):
            runs[len(pieces)] = one
            pieces.append(Piece(one.kind, one.content, one.level, one.before))
        else:
            pieces.append(Piece(None, Inline(one.text)))
    page = Page(tokens, tree, pieces, runs, [], sum(isinstance(one, Verbatim) for one in found))
    return page


class _Reader:
    """Walks the tokens and cuts them into runs."""

    def __init__(self, tokens: Sequence[Token], tree: Tree, taken: frozenset[int] | None) -> None:
        self._tokens, self._tree, self._taken = tokens, tree, taken
        self._items: set[int] = set()  # list items that have had their first block
        self._cells: set[int] = set()

    def runs(self) -> Iterator[Run | Verbatim]:
        at, begin = 0, 0
        while at < len(self._tokens):
            token = self._tokens[at]
            skip = self._skipped(at)
            if skip is not None:
                yield from self._run(begin, at)
                if skip[1]:
                    yield skip[1]
                at = begin = skip[0]
            elif not self._is_taken(at) or self._parts(token):
                yield from self._run(begin, at)
                at = begin = at + 1
            elif self._is_break(at) and (end := self._double_break(at)):
                yield from self._run(begin, at)
                at = begin = end
            else:
                at = self._opaque_end(at) or at + 1
        yield from self._run(begin, at)

    def _is_taken(self, at: int) -> bool:
        return self._taken is None or at in self._taken

    def _parts(self, token: Token) -> bool:
        return token.kind in (TokenKind.START, TokenKind.END) and token.name in BLOCKS

    def _skipped(self, at: int) -> tuple[int, Verbatim | None] | None:
        """The end of a block that is not for reading, and its text if that is to be kept."""
        token = self._tokens[at]
        if token.kind is not TokenKind.START or at not in self._tree.starts:
            return None
        if token.name in _HEAD:
            return self._tree.starts[at].last + 1, None
        verbatim = token.name in _VERBATIM or (token.name in BLOCKS and _untranslatable(token))
        if not verbatim:
            return None
        end = self._tree.starts[at].last + 1
        text = "".join(t.text for t in self._tokens[at:end] if t.kind is TokenKind.TEXT).strip("\n")
        shown = text.strip() and self._is_taken(at)
        return end, Verbatim(at, end, text) if shown else None

    def _opaque_end(self, at: int) -> int | None:
        """The end of an element that stands in the line as one thing."""
        token = self._tokens[at]
        if token.kind is TokenKind.START and at in self._tree.starts:
            if token.name in _OPAQUE:
                return self._tree.starts[at].last + 1
            if token.name in ("sup", "a", "span") and self._is_note(at):
                return self._tree.starts[at].last + 1
        return None

    def _is_note(self, at: int) -> bool:
        """Whether the element at ``at`` is the mark of a footnote."""
        node = self._tree.starts[at]
        if node.last - at > _LONGEST_NOTE or node.last == at:
            return False
        inside = self._tokens[at : node.last + 1]
        text = "".join(t.text for t in inside if t.kind is TokenKind.TEXT)
        if not _NOTE_TEXT.fullmatch(text) or any(t.name in BLOCKS for t in inside):
            return False
        names = {t.name for t in inside if t.kind is TokenKind.START}
        first = self._tokens[at].attributes
        said = f"{first.get('epub:type', '')} {first.get('role', '')} {first.get('class', '')}"
        named = bool(_NOTE_CLASS.search(said.replace("doc-noteref", "noteref")))
        linked = any(t.attributes.get("href", "").find("#") >= 0 for t in inside if t.name == "a")
        return named or (linked and "sup" in names)

    def _is_break(self, at: int) -> bool:
        token = self._tokens[at]
        return token.kind is TokenKind.START and token.name == "br"

    def _double_break(self, at: int) -> int | None:
        """The end of two or more line breaks in a row, which part paragraphs."""
        count, end, here = 0, at, at
        while here < len(self._tokens):
            token = self._tokens[here]
            if token.name == "br" and token.kind in (TokenKind.START, TokenKind.END):
                count, end = count + (token.kind is TokenKind.START), here + 1
            elif token.kind is not TokenKind.TEXT or token.raw.strip():
                break
            here += 1
        return end if count > 1 else None

    def _run(self, first: int, stop: int) -> Iterator[Run]:
        """The run of the tokens from ``first`` up to ``stop``, if it says something."""
        if first >= stop or not any(
            t.kind is TokenKind.TEXT and t.raw.strip() for t in self._tokens[first:stop]
        ):
            return
        run = _RunMaker(self, first, stop).run()
        if run is not None:
            yield run

    def place(self, first: int) -> tuple[BlockKind, int, str]:
        """Kind, level and what parts it from the block before, by the elements around it."""
        node: Node | None = self._tree.holders[first]
        kind, level, before = BlockKind.PARAGRAPH, 0, PARAGRAPH_BREAK
        while node is not None:
            name = node.name
            if name in ("h1", "h2", "h3", "h4", "h5", "h6"):
                return BlockKind.HEADING, int(name[1]), before
            if name == "li":
                return self._item(node)
            if name in ("td", "th"):
                return BlockKind.TABLE_CELL, 0, self._cell(node)
            if name in ("figcaption", "caption", "legend"):
                return BlockKind.CAPTION, 0, before
            if name == "blockquote":
                return BlockKind.QUOTATION, self._depth(node, ("blockquote",)), before
            node = node.parent
        return kind, level, before

    def _item(self, node: Node) -> tuple[BlockKind, int, str]:
        level = max(1, self._depth(node, ("ul", "ol", "menu")))
        if node.first in self._items:
            return BlockKind.PARAGRAPH, 0, PARAGRAPH_BREAK
        self._items.add(node.first)
        parent = node.parent
        marker = "- "
        if parent is not None and parent.name == "ol":
            items = [child for child in parent.children if child.name == "li"]
            start = self._tokens[parent.first].attributes.get("start", "1")
            first = int(start) if re.fullmatch(r"-?\d{1,9}", start) else 1
            # Looked up once an item: a list of n items costs n squared only if it is nested n deep.
            marker = f"{first + self._place_in(parent, items, node)}. "
        begins = parent is not None and all(
            child.first >= node.first for child in parent.children if child.name == "li"
        )
        gap = PARAGRAPH_BREAK if begins and level == 1 else "\n"
        return BlockKind.LIST_ITEM, level, f"{gap}{'  ' * (level - 1)}{marker}"

    def _place_in(self, parent: Node, items: Sequence[Node], node: Node) -> int:
        cache = self.__dict__.setdefault("_places", {})
        if parent.first not in cache:
            cache[parent.first] = {item.first: number for number, item in enumerate(items)}
        return int(cache[parent.first][node.first])

    def _cell(self, node: Node) -> str:
        row = node.parent
        if node.first in self._cells:
            return "\n"
        self._cells.add(node.first)
        if row is None or row.name != "tr":
            return PARAGRAPH_BREAK
        seen = row.first in self._cells
        self._cells.add(row.first)
        if seen:
            return "\t"
        table = row.parent
        while table is not None and table.name != "table":
            table = table.parent
        begun = table is not None and table.first in self._cells
        if table is not None:
            self._cells.add(table.first)
        return "\n" if begun else PARAGRAPH_BREAK

    @staticmethod
    def _depth(node: Node, names: tuple[str, ...]) -> int:
        depth = 0
        here: Node | None = node
        while here is not None:
            depth += here.name in names
            here = here.parent
        return depth

    # What a run needs of its reader

    @property
    def tokens(self) -> Sequence[Token]:
        return self._tokens

    def opaque(self, at: int) -> tuple[int, str] | None:
        """The end and kind of mark of what stands at ``at`` as one thing."""
        end = self._opaque_end(at)
        if end is None:
            return None
        note = self._tokens[at].name not in _OPAQUE
        return end, MarkKind.NOTE if note else MarkKind.OBJECT


def _untranslatable(token: Token) -> bool:
    """Whether the element says so itself: ``translate="no"`` (3.2.6.1), or the class of old."""
    attributes = token.attributes
    return (
        attributes.get("translate", "").lower() == "no"
        or "notranslate" in attributes.get("class", "").split()
    )


class _RunMaker:
    """Makes one run: its text, its marks, and the tokens that stand for them."""

    def __init__(self, reader: _Reader, first: int, stop: int) -> None:
        self._reader = reader
        self._tokens = reader.tokens
        self._first, self._stop = first, stop
        self._content = Content(collapse=True)
        self._open: list[tuple[str, str]] = []  # name and id of ranges that are open
        self._ranges: dict[str, tuple[int, int]] = {}
        self._points: dict[str, tuple[int, int]] = {}

    def run(self) -> Run | None:
        self._trim()
        partners = self._partners()
        at = self._first
        while at < self._stop:
            at = self._take(at, partners)
        content = self._content.done()
        if not has_words(content):
            return None
        kind, level, before = self._reader.place(self._first)
        lead = self._edge(self._first, 1)
        tail = self._edge(self._stop - 1, -1)
        return Run(
            self._first, self._stop, kind, level, content, lead, tail, self._ranges, self._points, before
        )

    def _edge(self, at: int, step: int) -> str:
        """White space at the very start or end of the run, which stays."""
        token = self._tokens[at]
        if token.kind is not TokenKind.TEXT:
            return ""
        kept = len(token.raw) - len(
            token.raw.lstrip(" \t\n\r\f") if step > 0 else token.raw.rstrip(" \t\n\r\f")
        )
        return (token.raw[:kept] if step > 0 else token.raw[len(token.raw) - kept :]) if kept else ""

    def _trim(self) -> None:
        """Leave out what stands around the text and needs no place of its own.

        Comments, anchors, objects and white space at the edges stay where they are, and
        so does a range without meaning (a span, say) that holds all of the text.
        """
        while self._first < self._stop - 1:
            changed = False
            if self._at_edge(self._first):
                self._first, changed = self._past(self._first), True
            elif self._wraps():
                self._first, self._stop, changed = self._first + 1, self._stop - 1, True
            if not changed:
                break
        while self._stop - 1 > self._first and self._at_far_edge(self._stop - 1):
            self._stop -= 1
            while self._wraps():
                self._first, self._stop = self._first + 1, self._stop - 1

    def _past(self, at: int) -> int:
        end = self._reader._opaque_end(at)
        return end if end is not None and end <= self._stop else at + 1

    def _at_edge(self, at: int) -> bool:
        token = self._tokens[at]
        if token.kind is TokenKind.TEXT:
            return not token.raw.strip(" \t\n\r\f")
        if token.kind is TokenKind.OTHER or token.name in ("wbr", "input", "link", "meta"):
            return True
        return token.kind is TokenKind.START and token.name in _OPAQUE

    def _at_far_edge(self, at: int) -> bool:
        token = self._tokens[at]
        if token.kind is TokenKind.TEXT:
            return not token.raw.strip(" \t\n\r\f")
        return token.kind is TokenKind.OTHER or token.name in ("wbr", "input", "link", "meta")

    def _wraps(self) -> bool:
        """Whether the run is one range, with nothing around it, that is only a look."""
        first, last = self._tokens[self._first], self._tokens[self._stop - 1]
        if first.kind is not TokenKind.START or last.kind is not TokenKind.END or first.name != last.name:
            return False
        if _kind(first) != MarkKind.STYLE or first.name == "q":
            return False
        depth = 0
        for at in range(self._first, self._stop):
            token = self._tokens[at]
            if token.name == first.name and not (token.kind is TokenKind.START and token.closes_itself):
                depth += (token.kind is TokenKind.START) - (token.kind is TokenKind.END)
                if depth == 0:
                    return at == self._stop - 1
        return False

    def _partners(self) -> dict[int, int]:
        """End tags by their start tags, within the run."""
        waiting: dict[str, list[int]] = {}
        partners: dict[int, int] = {}
        at = self._first
        while at < self._stop:
            token = self._tokens[at]
            opaque = self._reader._opaque_end(at)
            if opaque is not None and opaque <= self._stop:
                at = opaque
                continue
            if token.kind is TokenKind.START:
                waiting.setdefault(token.name, []).append(at)
            elif token.kind is TokenKind.END and waiting.get(token.name):
                partners[waiting[token.name].pop()] = at
            at += 1
        return partners

    def _take(self, at: int, partners: dict[int, int]) -> int:
        token = self._tokens[at]
        content = self._content
        if token.kind is TokenKind.TEXT:
            content.text(token.text)
            return at + 1
        opaque = self._reader.opaque(at)
        if opaque is not None and opaque[0] <= self._stop:
            inside = "".join(t.text for t in self._tokens[at : opaque[0]] if t.kind is TokenKind.TEXT)
            named = {"name": inside.strip()} if opaque[1] == MarkKind.NOTE else {}
            self._points[content.point(opaque[1], named)] = (at, opaque[0])
            return opaque[0]
        if token.kind is TokenKind.OTHER:
            self._points[content.point(MarkKind.OBJECT)] = (at, at + 1)
            return at + 1
        if token.kind is TokenKind.START:
            return self._take_start(at, token, partners)
        return self._take_end(at, token)

    def _take_start(self, at: int, token: Token, partners: dict[int, int]) -> int:
        content = self._content
        if token.name == "br":
            self._points[content.point(MarkKind.BREAK)] = (at, at + 1)
        elif token.name == "img":
            found = {key: value for key, value in token.attributes.items() if key in ("src", "alt")}
            self._points[content.point(MarkKind.IMAGE, found)] = (at, at + 1)
        elif at in partners and not self._has_text(at, partners[at]):
            # Nothing to read in it: it stands there as one thing.
            kind = MarkKind.ANCHOR if token.name == "a" else MarkKind.OBJECT
            self._points[content.point(kind)] = (at, partners[at] + 1)
            return partners[at] + 1
        elif at in partners:
            name = content.open(_kind(token), _described(token))
            self._open.append((token.name, name))
            self._ranges[name] = (at, partners[at])
        else:
            # Its end lies in another run, or is not written: what opens here stays here.
            self._points[content.point(MarkKind.OBJECT)] = (at, at + 1)
        return at + 1

    def _has_text(self, first: int, last: int) -> bool:
        return any(t.kind is TokenKind.TEXT and t.raw.strip() for t in self._tokens[first:last])

    def _take_end(self, at: int, token: Token) -> int:
        for depth in range(len(self._open) - 1, -1, -1):
            name, mark = self._open[depth]
            if name == token.name and self._ranges[mark][1] == at:
                self._content.close(mark)
                del self._open[depth]
                return at + 1
        self._points[self._content.point(MarkKind.OBJECT)] = (at, at + 1)
        return at + 1


def _kind(token: Token) -> str:
    if token.name == "a":
        return MarkKind.LINK if "href" in token.attributes else MarkKind.STYLE
    if _untranslatable(token):
        return MarkKind.CODE
    return _KINDS.get(token.name, MarkKind.STYLE)


def _described(token: Token) -> dict[str, str]:
    found = {key: token.attributes[key] for key in ("href", "title") if token.attributes.get(key)}
    if token.name not in _KINDS and token.name != "a":
        found["name"] = token.name
    return found


# Titles and attributes


_TITLE_PARTS = re.compile(r"\s+[|•·»–—-]\s+|\s*::\s*")


class Echoes:
    """Gives texts outside the running text the block whose translation they take.

    ``pieces`` grows by a piece for each text that no piece says.
    """

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces
        found = reversed(list(enumerate(pieces)))
        self._by_text = {piece.content.text: number for number, piece in found if piece.kind}

    def block(self, text: str, kind: BlockKind) -> int:
        """The number (from 0) of the piece that says ``text``, made if need be."""
        if text not in self._by_text:
            self._by_text[text] = len(self._pieces)
            self._pieces.append(Piece(kind, Inline(text)))
        return self._by_text[text]

    def of_page(self, page: Page, taken: frozenset[int] | None = None) -> list[Echo]:
        """The echoes of a page: its title and the texts in attributes."""
        echoes = []
        for at, attribute, text in _outside_texts(page, taken):
            if attribute:
                echoes.append(Echo(at, attribute, text, self.block(text, BlockKind.CAPTION)))
            else:
                kept, suffix = self._without_site(text)
                echoes.append(Echo(at, "", text, self.block(kept, BlockKind.HEADING), suffix))
        return echoes

    def _without_site(self, title: str) -> tuple[str, str]:
        """A title without the name of its site, if what is left is a known block."""
        if title not in self._by_text:
            for found in reversed(list(_TITLE_PARTS.finditer(title))):
                if title[: found.start()] in self._by_text:
                    return title[: found.start()], title[found.start() :]
        return title, ""


def _outside_texts(page: Page, taken: frozenset[int] | None) -> Iterator[tuple[int, str, str]]:
    """Token, attribute (none for the title) and text of what stands outside the running text."""
    for at, token in enumerate(page.tokens):
        found: list[tuple[int, str, str]] = []
        if token.kind is TokenKind.TEXT and at and page.tokens[at - 1].name == "title" and _in_head(page, at):
            found.append((at, "", one_space(token.text)))
        elif token.kind is TokenKind.START and (taken is None or at in taken):
            found += [
                (at, name, one_space(token.attributes[name]))
                for name in _TEXT_ATTRIBUTES
                if token.attributes.get(name) and _is_text_attribute(token, name)
            ]
        yield from (one for one in found if has_words(Inline(one[2])))


def _is_text_attribute(token: Token, name: str) -> bool:
    if _untranslatable(token):
        return False
    if name == "alt":
        return token.name in ("img", "area", "input")
    return name != "title" or token.name not in ("link", "style")


def _in_head(page: Page, at: int) -> bool:
    node: Node | None = page.tree.holders[at - 1].parent
    while node is not None:
        if node.name in ("svg", "body"):
            return False
        node = node.parent
    return page.tokens[at - 1].kind is TokenKind.START


def one_space(text: str) -> str:
    """``text`` with each run of white space made one space."""
    return " ".join(text.split())
