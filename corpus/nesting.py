"""Inline markup as a writer needs it: a row of events in which ranges nest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from corpus.document import BREAKS, POINTS, UNDIVIDED, Block, Mark, Span
from corpus.layout import Inline


class EventKind(StrEnum):
    """What comes next in a block's content."""

    TEXT = "text"
    OPEN = "open"
    CLOSE = "close"
    POINT = "point"


@dataclass(frozen=True, slots=True)
class Event:
    """A stretch of text, or the mark that opens, closes or stands there.

    ``part`` counts, from 0, how often the mark has been opened before.
    """

    kind: EventKind
    text: str = ""
    mark: Mark | None = None
    part: int = 0


def events(text: str, block: Block, parents: Mapping[str, str] | None = None) -> list[Event]:
    """The content of ``block`` (a block of the document ``text``) as events that nest.

    ``parents`` gives the id of the range a mark stands in, so that a point at the edge
    of a range comes out on the right side of it. Ranges that overlap are cut in parts,
    links last of all. The white space under a line break is not among the text.
    """
    return _Nesting(text, block, parents or {}).events()


class _Nesting:
    def __init__(self, text: str, block: Block, parents: Mapping[str, str]) -> None:
        self._text, self._block, self._parents = text, block, parents
        self._ranges = [m for m in block.marks if m.kind not in POINTS and len(m.span)]
        self._points = [m for m in block.marks if m.kind in POINTS or not len(m.span)]
        self._rank = {id(mark): n for n, mark in enumerate(block.marks)}
        if _cross(self._ranges):
            self._ranges.sort(key=lambda mark: mark.kind not in UNDIVIDED)
        self._stack: list[Mark] = []
        self._opened: dict[str, int] = {}
        self._events: list[Event] = []

    def events(self) -> list[Event]:
        span = self._block.span
        edges = {span.start, span.end}
        edges.update(min(max(m.span.start, span.start), span.end) for m in self._block.marks)
        edges.update(min(max(m.span.end, span.start), span.end) for m in self._block.marks)
        points: dict[int, list[Mark]] = {}
        for mark in self._points:
            points.setdefault(min(max(mark.span.start, span.start), span.end), []).append(mark)
        starts: dict[int, list[Mark]] = {}
        for mark in self._ranges:
            starts.setdefault(max(mark.span.start, span.start), []).append(mark)
        hidden = sorted(m.span for m in self._points if m.kind in BREAKS)
        active: list[Mark] = []
        order = {id(mark): n for n, mark in enumerate(self._ranges)}
        ordered = sorted(edges)
        for here, following in [*pairwise(ordered), (span.end, span.end)]:
            active = [m for m in active if m.span.end > here] + starts.get(here, [])
            active.sort(key=lambda m: order[id(m)])
            self._boundary(here, active, points.get(here, []))
            swallowed = any(h.start <= here and following <= h.end for h in _near(hidden, here))
            if following > here and not swallowed:
                self._events.append(Event(EventKind.TEXT, self._text[here:following]))
        return self._events

    def _boundary(self, here: int, wanted: Sequence[Mark], points: Sequence[Mark]) -> None:
        waiting = []
        for point in points:
            if not self._emit_inside(point, here):
                waiting.append(point)
        keep = 0
        while keep < min(len(self._stack), len(wanted)) and self._stack[keep] is wanted[keep]:
            keep += 1
        self._close_to(keep)
        for mark in wanted[keep:]:
            while waiting and self._comes_before(waiting[0], mark):
                self._point(waiting.pop(0))
            self._open(mark)
        for point in waiting:
            self._point(point)

    def _emit_inside(self, point: Mark, here: int) -> bool:
        """Emit a point whose range is open, after closing what ends here within that range."""
        parent = self._parents.get(point.attributes.get("id", ""))
        if parent is None:
            return False
        depth = next((n for n, m in enumerate(self._stack) if m.attributes.get("id") == parent), None)
        if depth is None:
            return False
        inner = self._stack[depth + 1 :]
        if all(mark.span.end <= here for mark in inner):
            self._close_to(depth + 1)
            self._point(point)
            return True
        return False

    def _comes_before(self, point: Mark, mark: Mark) -> bool:
        parent = self._parents.get(point.attributes.get("id", ""))
        return parent != mark.attributes.get("id") and self._rank[id(point)] < self._rank[id(mark)]

    def _close_to(self, depth: int) -> None:
        while len(self._stack) > depth:
            self._events.append(Event(EventKind.CLOSE, mark=self._stack.pop()))

    def _open(self, mark: Mark) -> None:
        name = mark.attributes.get("id", "")
        part = self._opened.get(name, 0)
        self._opened[name] = part + 1
        self._stack.append(mark)
        self._events.append(Event(EventKind.OPEN, mark=mark, part=part))

    def _point(self, mark: Mark) -> None:
        self._events.append(Event(EventKind.POINT, mark=mark))


def _near(spans: Sequence[Span], at: int) -> Sequence[Span]:
    """The few spans of a sorted row that may hold ``at``."""
    place = bisect_right(spans, Span(at, 1 << 60))
    return spans[max(0, place - 2) : place]


def _cross(ranges: Sequence[Mark]) -> bool:
    """Whether some ranges overlap without one holding the other, or nest against their order."""
    open_: list[Mark] = []
    rank = {id(mark): n for n, mark in enumerate(ranges)}
    for mark in sorted(ranges, key=lambda m: (m.span.start, -m.span.end, rank[id(m)])):
        while open_ and open_[-1].span.end <= mark.span.start:
            open_.pop()
        if open_ and (mark.span.end > open_[-1].span.end or rank[id(mark)] < rank[id(open_[-1])]):
            return True
        open_.append(mark)
    return False


class Spacing:
    """Gives points the white space that they had around them, as a writer goes along.

    A text has one space where a picture stood between two, so one of them is made anew.
    """

    def __init__(self, content: Inline) -> None:
        self._content = content
        self._last = ""  # the last character written, or nothing at the start of a line
        self._owed = False

    def before(self, event: Event) -> str:
        """The space to write before ``event``, if one is needed."""
        mark = event.mark
        if event.kind is EventKind.TEXT:
            space = " " if self._owed and not event.text[:1].isspace() else ""
            self._last, self._owed = event.text[-1:], False
            return space
        if mark is None or event.kind is EventKind.CLOSE:
            return ""
        if mark.kind in BREAKS:
            self._last, self._owed = "", False
            return ""
        name = mark.attributes.get("id", "")
        point = event.kind is EventKind.POINT
        wanted = self._owed or (point and name in self._content.blank_before)
        space = " " if wanted and self._last and not self._last.isspace() else ""
        self._owed = point and name in self._content.blank_after
        self._last = "." if point else " " if space else self._last
        return space
