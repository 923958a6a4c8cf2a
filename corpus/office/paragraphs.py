"""A paragraph of a word processor: text and marks, and the elements to write it with."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from lxml import etree

from corpus.document import POINTS, BlockKind, MarkKind
from corpus.layout import PARAGRAPH_BREAK, Inline


@dataclass(frozen=True)
class Lone:
    """One child of a run, to be written in a run of its own with the same ``look``."""

    run: etree._Element
    child: etree._Element
    look: etree._Element | None


Elements = list["etree._Element | Lone"]

_EDGE = frozenset({MarkKind.OBJECT, MarkKind.ANCHOR})


@dataclass(frozen=True)
class Range:
    """What stands for a range: an element to be copied around its text, or a look for it.

    ``look`` is the element with the properties of text directly in it (``w:rPr``, the
    ``text:span`` of OpenDocument is its ``shell``). ``opening`` and ``closing`` go before
    and after it, where a range has no element of its own (a field).
    """

    shell: etree._Element | None = None
    look: etree._Element | None = None
    opening: tuple[etree._Element, ...] = ()
    closing: tuple[etree._Element, ...] = ()


@dataclass
class Paragraph:
    """A paragraph and the elements for its marks, by their ids.

    ``look`` is that of text in no range. ``lead`` and ``tail`` are elements before and
    after all text, which need no place among the words.
    """

    element: etree._Element
    content: Inline
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    before: str = PARAGRAPH_BREAK
    look: etree._Element | None = None
    ranges: dict[str, Range] = field(default_factory=dict)
    points: dict[str, Elements] = field(default_factory=dict)
    lead: Elements = field(default_factory=list)
    tail: Elements = field(default_factory=list)

    def without_edges(self) -> Paragraph:
        """The paragraph with objects and anchors at its edges among ``lead`` and ``tail``."""
        marks = list(self.content.marks)
        length = len(self.content.text)
        lead: Elements = []
        tail: Elements = []
        while marks and self._at_edge(marks[0].attributes["id"], marks[0].kind, marks[0].span.end, 0):
            lead += self.points[marks.pop(0).attributes["id"]]
        while marks and self._at_edge(
            marks[-1].attributes["id"], marks[-1].kind, marks[-1].span.start, length
        ):
            tail = [*self.points[marks.pop().attributes["id"]], *tail]
        return replace(self, content=replace(self.content, marks=tuple(marks)), lead=lead, tail=tail)

    def _at_edge(self, name: str, kind: str, offset: int, edge: int) -> bool:
        return kind in _EDGE and kind in POINTS and offset == edge and name not in self.content.parents


@dataclass(frozen=True)
class Label:
    """A text in an attribute: the description of a picture."""

    element: etree._Element
    attribute: str
    text: str


def copies(elements: Sequence[etree._Element | Lone]) -> list[etree._Element]:
    """Deep copies as the elements are now, without the text that follows them."""
    return [_lone(element) if isinstance(element, Lone) else _copy(element) for element in elements]


def _copy(element: etree._Element) -> etree._Element:
    copy = deepcopy(element)
    copy.tail = None
    return copy


def _lone(found: Lone) -> etree._Element:
    made = etree.Element(found.run.tag, nsmap=found.run.nsmap)
    if found.look is not None:
        made.append(_copy(found.look))
    made.append(_copy(found.child))
    return made
