"""Which element holds what: a tree over the tokens of a page.

Enough of the standard's tree construction (13.2.6) to know the extent of each element:
end tags that may be left out, elements that close one another, void ones. The tree is
lxml's, so that CSS selectors work on it; each element knows its tokens by number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from corpus.errors import FormatError
from corpus.hypertext.tokens import VOID, Token, TokenKind, names
from corpus.xml import legal_xml

DEEPEST = 1000  # elements within each other; browsers stop at 512

# An element that a start tag of this name ends, and the one that it looks no further than.
_ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol", "menu"})),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "tr": (frozenset({"tr", "td", "th"}), frozenset({"table"})),
    "td": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "th": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "option": (frozenset({"option"}), frozenset({"select", "datalist"})),
}
_ENDS |= dict.fromkeys(
    ("tbody", "thead", "tfoot"), (frozenset({"tbody", "thead", "tfoot"}), frozenset({"table"}))
)

_IN_HEAD = names(
    """
    html head title meta link base script style template noscript basefont bgsound
    """
)

BLOCKS = names(
    """
    address article aside blockquote body button caption center col colgroup dd details dialog dir div
    dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr
    html legend li link main menu meta nav ol optgroup option p pre search section select summary table
    tbody td tfoot th thead title tr ul base datalist noframes isindex listing plaintext multicol
    """
)
_SAFE_NAME = re.compile(r"[^A-Za-z0-9_.\-]")


@dataclass(eq=False)
class Node:
    """An element of the page: ``first`` is the number of its start tag, ``last`` of its last token."""

    name: str
    first: int
    last: int
    element: etree._Element
    parent: Node | None
    children: list[Node] = field(default_factory=list)

    @property
    def is_block(self) -> bool:
        """Whether it parts paragraphs."""
        return self.name in BLOCKS


@dataclass(frozen=True)
class Tree:
    """``root`` holds everything. ``starts`` gives the node of a start tag by its token's number;
    ``holders`` the innermost node of every token."""

    root: Node
    starts: dict[int, Node]
    holders: list[Node]


def build_tree(tokens: Sequence[Token], name: str, *, xml: bool = False) -> Tree:
    """The tree of ``tokens``. Raises :class:`FormatError` if it is deeper than ``DEEPEST``."""
    return _Builder(tokens, name, xml).tree()


class _Builder:
    def __init__(self, tokens: Sequence[Token], name: str, xml: bool) -> None:
        self._tokens, self._name, self._xml = tokens, name, xml
        root = etree.Element("page")
        self._stack = [Node("", 0, len(tokens) - 1, root, None)]
        self._open: Counter[str] = Counter()
        self._starts: dict[int, Node] = {}
        self._line = 1

    def tree(self) -> Tree:
        holders = []
        for number, token in enumerate(self._tokens):
            if token.kind is TokenKind.START:
                holders.append(self._start(number, token))
            elif token.kind is TokenKind.END:
                holders.append(self._end(number, token))
            else:
                holders.append(self._stack[-1])
            self._line += token.raw.count("\n")
        while len(self._stack) > 1:
            self._pop(len(self._tokens) - 1)
        return Tree(self._stack[0], self._starts, holders)

    def _start(self, number: int, token: Token) -> Node:
        if not self._xml:
            self._close_implied(number, token.name)
        parent = self._stack[-1]
        element = etree.SubElement(parent.element, _safe(token.name))
        for key, value in token.attributes.items():
            element.set(_safe(key), legal_xml(value))
        node = Node(token.name, number, number, element, parent)
        parent.children.append(node)
        self._starts[number] = node
        if token.closes_itself if self._xml else token.name in VOID:
            return node
        if token.closes_itself and self._open["svg"] + self._open["math"]:
            return node
        if len(self._stack) > DEEPEST:
            where = f"{self._name}, line {self._line}"
            raise FormatError(f"is nested deeper than {DEEPEST} elements", where=where, remedy="simplify it")
        self._stack.append(node)
        self._open[token.name] += 1
        return node

    def _close_implied(self, number: int, name: str) -> None:
        if self._open["head"] and name not in _IN_HEAD:
            self._close_up_to(number, frozenset({"head"}), frozenset())
        if name in BLOCKS and self._open["p"] and name not in _IN_HEAD:
            self._close_up_to(
                number, frozenset({"p"}), frozenset({"td", "th", "button", "caption", "object"})
            )
        if name in _ENDS:
            self._close_up_to(number, *_ENDS[name])

    def _close_up_to(self, number: int, names: frozenset[str], limits: frozenset[str]) -> None:
        """Close the outermost open element of ``names`` above the nearest of ``limits``."""
        if not any(self._open[name] for name in names):
            return
        found = None
        for depth in range(len(self._stack) - 1, 0, -1):
            node = self._stack[depth]
            if node.name in limits:
                break
            if node.name in names:
                found = depth
                if "p" in names:
                    break
        if found is not None:
            while len(self._stack) > found:
                self._pop(number - 1)

    def _end(self, number: int, token: Token) -> Node:
        if not self._open[token.name]:
            return self._stack[-1]
        if token.name not in BLOCKS and not self._xml:
            # An inline end tag does not reach out of its block.
            for node in reversed(self._stack):
                if node.name == token.name:
                    break
                if node.is_block:
                    return self._stack[-1]
        while self._stack[-1].name != token.name:
            self._pop(number - 1)
        node = self._stack[-1]
        self._pop(number)
        return node

    def _pop(self, last: int) -> None:
        node = self._stack.pop()
        node.last = last
        self._open[node.name] -= 1


def _safe(name: str) -> str:
    """A name that lxml takes: colons and other signs become underscores."""
    made = _SAFE_NAME.sub("_", name) or "_"
    return made if made[0].isalpha() or made[0] == "_" else f"_{made}"
