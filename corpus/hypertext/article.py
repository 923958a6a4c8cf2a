"""The article of a saved page, without the menus: which tokens to read.

The element that holds most of the page's running text is the article: one that says
so (``article``, ``main``, ``articleBody``) if it holds a good part of the text, or the
deepest with nearly all of it. Within it, what is no part of the story is left out:
navigation, asides, forms, what is hidden, boxes named for sharing, advertising or
further reading, and lists of links. A heading of the page's own above the article is
taken along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lxml.cssselect import CSSSelector

from corpus.errors import SettingsError
from corpus.hypertext.tokens import Token, TokenKind
from corpus.hypertext.tree import BLOCKS, Node, Tree

ARTICLE = "article"
WHOLE_PAGE = "whole page"
_SELECTOR = "selector "

_GOOD_PART = 0.4  # of the page's running text that an element named as the article must hold
_NEARLY_ALL = 0.8  # of it that makes any element the article
_SENTENCE = 60  # characters of a stretch of text from which on it counts as running text
_MOST_LINKS = 0.55  # share of a box's text in links from which on it is a list of links

_NOT_STORY = frozenset({"nav", "aside", "footer", "form", "dialog", "menu", "button", "select"})
_NOT_STORY_ROLES = frozenset(
    {"navigation", "complementary", "contentinfo", "search", "dialog", "alertdialog", "menu", "banner"}
)
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|social|socials|deel|delen|related|gerelateerd|lees-?ook|lees-?meer|meer-?nieuws"
    r"|newsletter|nieuwsbrief|comments?|reacties|cookie\w*|consent|banner|promo\w*|advert\w*|ads?|adv|sponsor\w*"
    r"|breadcrumbs?|kruimel\w*|menu|nav|navbar|navigation|sidebar|footer|paywall|tags?|taglist|recommend\w*|aanbevolen"
    r"|skip-?link|login|popup|modal|toolbar|subscribe|abonneer\w*|most-?read|meest-?gelezen|teasers?|outbrain|taboola"
    r"|pagination|vote|rating|print-?only|visually-?hidden|sr-?only|screen-?reader\S*)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """The tokens to read (None: all), and what was taken, for the reader of the result."""

    taken: frozenset[int] | None
    said: str


def selector_choice(selector: str) -> str:
    """The name of the choice of what a CSS selector selects."""
    return f"{_SELECTOR}{selector}"


def choose(tokens: Sequence[Token], tree: Tree, choice: str) -> Choice:
    """The tokens that ``choice`` (``article``, ``whole page`` or ``selector ...``) takes.

    Raises :class:`SettingsError` for a selector that is none or that selects nothing.
    """
    if choice.startswith(_SELECTOR):
        return _selected(tree, choice.removeprefix(_SELECTOR))
    if choice == WHOLE_PAGE:
        return Choice(None, "")
    return _Article(tokens, tree).choice()


def _selected(tree: Tree, selector: str) -> Choice:
    try:
        found = CSSSelector(selector, translator="html")(tree.root.element)
    except Exception as error:  # cssselect has a family of its own; lxml adds XPath's
        problem = f"{selector!r} is not a CSS selector ({error})"
        raise SettingsError(problem, where="--selector", remedy="write it as in a style sheet") from None
    if not found:
        remedy = "look at the page's source, or use --whole-page"
        raise SettingsError(f"selects nothing: {selector}", where="--selector", remedy=remedy)
    wanted = set(found)
    nodes = [node for node in _walk(tree.root) if node.element in wanted]
    taken = frozenset(number for node in nodes for number in range(node.first, node.last + 1))
    many = f"{len(nodes)} elements" if len(nodes) > 1 else "1 element"
    return Choice(taken, f"{many} that {selector} selects")


def _walk(root: Node) -> Iterator[Node]:
    """Every node, in the order of the page."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


class _Article:
    def __init__(self, tokens: Sequence[Token], tree: Tree) -> None:
        self._tokens, self._tree = tokens, tree
        self._chars: list[int] = []  # characters of text before a token,
        self._linked: list[int] = []  # of those in links,
        self._running: list[int] = []  # and of those in stretches long enough to be sentences
        self._count()

    def _count(self) -> None:
        """Text by token, so that what any element holds is a subtraction."""
        depth = hidden = 0
        stretch: list[tuple[int, int, bool]] = []  # token, characters, in a link; since the last block tag
        chars, linked = [0] * len(self._tokens), [0] * len(self._tokens)
        running = [0] * len(self._tokens)

        def end_stretch() -> None:
            own = sum(size for _, size, in_link in stretch if not in_link)
            if own >= _SENTENCE:
                for number, size, _ in stretch:
                    running[number] = size
            stretch.clear()

        for number, token in enumerate(self._tokens):
            if token.kind in (TokenKind.START, TokenKind.END) and token.name in BLOCKS:
                end_stretch()
            if token.name == "a" and token.kind is TokenKind.START:
                depth += 1
            elif token.name == "a" and token.kind is TokenKind.END:
                depth = max(0, depth - 1)
            elif token.kind is TokenKind.TEXT and not token.raw_text and number >= hidden:
                size = len(" ".join(token.text.split()))
                chars[number] = size
                linked[number] = size if depth else 0
                stretch.append((number, size, depth > 0))
            node = self._tree.starts.get(number)
            if node is not None and number >= hidden and self._left_out_by_itself(node):
                hidden = node.last + 1
        end_stretch()
        self._chars = [0, *accumulate(chars)]
        self._linked = [0, *accumulate(linked)]
        self._running = [0, *accumulate(running)]

    def _of(self, counts: list[int], node: Node) -> int:
        return counts[node.last + 1] - counts[node.first]

    def choice(self) -> Choice:
        total = self._running[-1]
        if not total:  # a page of short lines: only what says that it is the article can be
            self._running, total = self._chars, self._chars[-1]
        article = self._named(total) or self._deepest(total)
        if self._running is self._chars and not self._rank(article):
            return Choice(None, "the whole page, as no article was found")
        left_out: list[Node] = []
        taken = set(range(article.first, article.last + 1))
        for node in self._to_leave_out(article):
            left_out.append(node)
            taken.difference_update(range(node.first, node.last + 1))
        heading = self._heading_above(article, taken)
        if heading is not None:
            taken.update(range(heading.first, heading.last + 1))
        if article.parent is None and not left_out:
            return Choice(None, "")
        return Choice(frozenset(taken), self._said(article, taken))

    def _said(self, article: Node, taken: set[int]) -> str:
        texts = [
            n
            for n, token in enumerate(self._tokens)
            if token.kind is TokenKind.TEXT and not token.raw_text and token.raw.strip()
        ]
        read = sum(n in taken for n in texts)
        where = _shown(article, self._tokens)
        return f"the article in {where}, {read} of the page's {len(texts)} stretches of text"

    def _named(self, total: int) -> Node | None:
        """The element that says it is the article, if it holds a good part of the text."""
        best: tuple[int, int, Node] | None = None
        for node in _walk(self._tree.root):
            rank = self._rank(node)
            if rank and self._of(self._running, node) >= _GOOD_PART * total:
                candidate = (rank, self._of(self._running, node), node)
                if best is None or candidate[:2] > best[:2]:
                    best = candidate
        return best[2] if best else None

    def _rank(self, node: Node) -> int:
        """How plainly an element says that it is the article."""
        if node.parent is None:
            return 0
        attributes = self._tokens[node.first].attributes
        if "articleBody" in attributes.get("itemprop", "").split():
            return 2
        if node.name == "article":
            return 3
        return int(node.name == "main" or attributes.get("role") == "main")

    def _deepest(self, total: int) -> Node:
        """The deepest element with nearly all of the text."""
        node = self._tree.root
        while True:
            inner = next(
                (c for c in node.children if self._of(self._running, c) >= _NEARLY_ALL * total), None
            )
            if inner is None or not inner.is_block:
                break
            node = inner
        while node.parent is not None and node.name in (
            "p",
            "li",
            "ul",
            "ol",
            "blockquote",
            "td",
            "tr",
            "tbody",
        ):
            node = node.parent
        return node

    def _left_out_by_itself(self, node: Node) -> bool:
        """Whether an element shows, without a look at its text, that it is no story."""
        token = self._tokens[node.first]
        attributes = token.attributes
        return (
            node.name in _NOT_STORY
            or attributes.get("role", "") in _NOT_STORY_ROLES
            or "hidden" in attributes
            or attributes.get("aria-hidden") == "true"
            or bool(_HIDDEN_STYLE.search(attributes.get("style", "")))
        )

    def _to_leave_out(self, article: Node) -> Iterator[Node]:
        most = 0.5 * self._of(self._running, article)
        waiting = list(reversed(article.children))
        while waiting:
            node = waiting.pop()
            if self._is_no_story(node, most):
                yield node
            else:
                waiting += reversed(node.children)

    def _is_no_story(self, node: Node, most: float) -> bool:
        if not node.is_block and node.name not in ("section", "span"):
            return False
        if self._left_out_by_itself(node):
            return True
        if self._of(self._running, node) > most:
            return False
        attributes = self._tokens[node.first].attributes
        if _NAMED.search(f"{attributes.get('class', '')} {attributes.get('id', '')}"):
            return True
        if node.name not in ("ul", "ol", "div", "section", "table"):
            return False
        chars, linked = self._of(self._chars, node), self._of(self._linked, node)
        links = sum(1 for inner in _walk(node) if inner.name == "a")
        return links > 1 and linked > _MOST_LINKS * chars and not self._of(self._running, node)

    def _heading_above(self, article: Node, taken: set[int]) -> Node | None:
        """The page's own first heading, if the article has none."""
        headings = [node for node in _walk(self._tree.root) if node.name == "h1"]
        if any(node.first in taken for node in headings):
            return None
        before = [node for node in headings if node.first < article.first and self._of(self._chars, node)]
        return before[-1] if before else None


def _shown(node: Node, tokens: Sequence[Token]) -> str:
    """An element as a person would name it."""
    if node.parent is None:
        return "the page"
    attributes = tokens[node.first].attributes
    identifier = f"#{attributes['id']}" if attributes.get("id") else ""
    classes = "".join(f".{one}" for one in attributes.get("class", "").split()[:2])
    return f"<{node.name}{identifier}{classes}>"
