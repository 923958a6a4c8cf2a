"""Inline marks as codes between pieces of text, and back.

Formats for translators' tools have no ranges but codes: one where a mark opens, one
where it closes, or a single one where it has no extent. What a code stands for in
the file it came from ("native code") is a tag here: ``<bold>``, ``</bold>``,
``<link href="https://example.org/">``. A code of another tool that is not such a tag
becomes a mark whose attributes ``open`` and ``close`` keep it to the character.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from corpus.document import Mark, Span
from corpus.units import LINE_BREAKS

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9_.-]*)((?: [A-Za-z][A-Za-z0-9_.:-]*=\"[^\"<>]*\")*)( ?/)?>")
_ATTRIBUTE = re.compile(r" ([A-Za-z][A-Za-z0-9_.:-]*)=\"([^\"]*)\"")
_ODD = "x-mark"  # for kinds and attributes that are no names
_STANDINS = frozenset({"g", "bx", "x", "pc", "sc", "ph"})  # XLIFF's own elements
FOREIGN = "native"  # the kind of a mark whose native code is not a tag; CODE is text that is code


class Role(StrEnum):
    """What a code does."""

    OPEN = "open"
    CLOSE = "close"
    POINT = "point"


@dataclass(frozen=True, slots=True)
class Code:
    """A code of ``mark``. ``number`` tells marks apart, from 1.

    ``crossing`` says that the mark overlaps another without holding it or being in it.
    """

    mark: Mark
    number: int
    role: Role
    crossing: bool = False


def pieces(text: str, marks: Sequence[Mark], numbers: Sequence[int] | None = None) -> list[str | Code]:
    """``text`` in pieces with the codes of ``marks`` between them, in order.

    Every mark gives one code or two; codes that close come first where several meet,
    the last opened first. ``numbers`` gives each mark's number; without it they count.
    """
    if not marks:
        return [text] if text else []
    numbers = numbers or range(1, len(marks) + 1)
    events: list[tuple[int, int, int, int]] = []  # offset, order, inner order, which mark
    for which, mark in enumerate(marks):
        start, end = min(mark.span.start, len(text)), min(mark.span.end, len(text))
        if start == end or _is_break(mark, text):
            events.append((start, 1, which, which))
        else:
            events += [(start, 2, -end, which), (end, 0, -start, which)]
    events.sort()
    crossing = _crossing(events)
    made: list[str | Code] = []
    at = 0
    for offset, order, _, which in events:
        if offset > at:
            made.append(text[at:offset])
            at = offset
        role = (Role.CLOSE, Role.POINT, Role.OPEN)[order]
        made.append(Code(marks[which], numbers[which], role, which in crossing))
    if at < len(text):
        made.append(text[at:])
    return made


def _is_break(mark: Mark, text: str) -> bool:
    return mark.kind in LINE_BREAKS and mark.span.of(text) == " "


def _crossing(events: list[tuple[int, int, int, int]]) -> set[int]:
    """The marks without which all others would be nested."""
    opened: list[int] = []
    crossing = set()
    for _, order, _, which in events:
        if order == 2:
            opened.append(which)
        elif order == 0:
            if opened[-1] != which:
                crossing.add(which)
            opened.remove(which)
    return crossing


def numbers_of(source: Sequence[Mark], target: Sequence[Mark]) -> tuple[list[int], list[int]]:
    """Numbers for both sides' marks, the same for a mark and its translation."""
    free: dict[tuple[str, str], list[int]] = {}
    for number, mark in enumerate(source, start=1):
        free.setdefault(_identity(mark), []).append(number)
    further = len(source)
    numbers = []
    for mark in target:
        same = free.get(_identity(mark))
        if same:
            numbers.append(same.pop(0))
        else:
            further += 1
            numbers.append(further)
    return list(range(1, len(source) + 1)), numbers


def _identity(mark: Mark) -> tuple[str, str]:
    return mark.kind, repr(sorted(mark.attributes.items()))


# Native code


def native(code: Code) -> str:
    """What the code stands for in a file: a tag, or what another tool wrote."""
    mark = code.mark
    if "open" in mark.attributes or "close" in mark.attributes:
        return mark.attributes.get("close" if code.role is Role.CLOSE else "open", "")
    name, attributes = _as_tag(mark)
    if code.role is Role.CLOSE:
        return f"</{name}>"
    inside = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes.items())
    return f"<{name}{inside}/>" if code.role is Role.POINT else f"<{name}{inside}>"


def _as_tag(mark: Mark) -> tuple[str, Mapping[str, str]]:
    if _NAME.fullmatch(mark.kind) and all(_NAME.fullmatch(key) for key in mark.attributes):
        return mark.kind, mark.attributes
    return _ODD, {"kind": mark.kind, "json": json.dumps(dict(mark.attributes), sort_keys=True)}


def mark_of(opening: str, closing: str | None, span: Span, kind: str = "") -> Mark:
    """The mark that these native codes stand for; ``closing`` is None for a single one.

    ``kind`` is what the file calls it, for a code that is not a tag.
    """
    found = _TAG.fullmatch(opening)
    if found and kind and found[1] in _STANDINS:
        found = None  # what it stands for is told by the kind alone
    if found and bool(found[3]) == (closing is None) and closing in (None, f"</{found[1]}>"):
        attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(found[2])}
        if found[1] == _ODD and attributes.keys() == {"kind", "json"}:
            return _odd_mark(attributes, span)
        return Mark(found[1], span, attributes)
    attributes = {"open": opening} if closing is None else {"open": opening, "close": closing}
    return Mark(kind or FOREIGN, span, attributes)


def _odd_mark(attributes: Mapping[str, str], span: Span) -> Mark:
    try:
        values = json.loads(attributes["json"])
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return Mark(_ODD, span, attributes)
    return Mark(attributes["kind"], span, {str(key): str(value) for key, value in values.items()})


@dataclass(slots=True)
class Collector:
    """Puts a text with codes together again, piece by piece."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    marks: list[Mark] = field(default_factory=list)
    _open: dict[str, tuple[int, str, str]] = field(default_factory=dict)

    def text(self, piece: str) -> None:
        """More text."""
        self.parts.append(piece)
        self.length += len(piece)

    def open(self, number: str, code: str, kind: str = "") -> None:
        """A code that opens mark ``number``."""
        if number in self._open:  # opened twice: two marks without extent
            self._abandon(number)
        self._open[number] = (self.length, code, kind)

    def close(self, number: str, code: str) -> None:
        """A code that closes mark ``number``; one that was never opened stands alone."""
        held = self._open.pop(number, None)
        if held is None:
            self.point(code)
            return
        start, opening, kind = held
        if start == self.length:  # around nothing: still both codes
            mark = Mark(kind or FOREIGN, Span(start, start), {"open": opening + code})
        else:
            mark = mark_of(opening, code, Span(start, self.length), kind)
        self.marks.append(mark)

    def point(self, code: str, kind: str = "") -> None:
        """A code that stands alone."""
        self.marks.append(mark_of(code, None, Span(self.length, self.length), kind))

    def done(self) -> tuple[str, tuple[Mark, ...]]:
        """The text and its marks; what was never closed stands alone where it opened."""
        for number in list(self._open):
            self._abandon(number)
        text = "".join(self.parts)
        return text, sorted_marks(_over_its_space(mark, text) for mark in self.marks)

    def _abandon(self, number: str) -> None:
        start, opening, kind = self._open.pop(number)
        self.marks.append(Mark(kind or FOREIGN, Span(start, start), {"open": opening}))


def _over_its_space(mark: Mark, text: str) -> Mark:
    """A line break covers the space after it, which is all that shows it in plain text."""
    start = mark.span.start
    if mark.kind in LINE_BREAKS and not len(mark.span) and text[start : start + 1] == " ":
        return replace(mark, span=Span(start, start + 1))
    return mark


def sorted_marks(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Marks in the order in which they open, the longer first."""
    return tuple(sorted(marks, key=lambda mark: (mark.span.start, -mark.span.end)))


# Runs: for formats that style text


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that looks the same all along.

    ``styles`` are our names of looks, in a fixed order; ``link`` is where it leads or
    empty; ``spot`` says that a flag points at it; ``breaks`` that a line begins here.
    """

    text: str
    styles: tuple[str, ...] = ()
    link: str = ""
    spot: bool = False
    breaks: bool = False


STYLES = ("bold", "italic", "underline", "strike", "code", "superscript", "subscript")
_STYLE_OF = {name: name for name in STYLES} | {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strike",
    "sup": "superscript",
    "sub": "subscript",
}
_LINKS = frozenset({"link", "a"})
_SAFE_LINK = re.compile(r"(?:https?://|mailto:)[^\s\"'<>\\^`{|}]+", re.IGNORECASE)


def runs(text: str, marks: Sequence[Mark], spots: Iterable[Span] = ()) -> list[Run]:
    """``text`` cut where its look changes. Only links that are safe to follow are given.

    Marks that are no looks (notes, anchors, codes of other tools) change nothing.
    """
    events: dict[int, list[tuple[bool, str, str]]] = {}
    for begins, what, value, span in _looks(text, marks, spots):
        if begins is None:
            events.setdefault(span.start, []).append((True, what, value))
        elif span.start < span.end:
            events.setdefault(span.start, []).append((True, what, value))
            events.setdefault(span.end, []).append((False, what, value))
    made: list[Run] = []
    active: dict[tuple[str, str], int] = {}
    at = 0
    breaks = False
    for offset in [*sorted(events), len(text)]:
        if offset > at:
            made.append(_run(text[at:offset], active, breaks))
            breaks = False
            at = offset
        for begins, what, value in events.get(offset, ()):
            if what == "break":
                breaks = True
                continue
            active[what, value] = active.get((what, value), 0) + (1 if begins else -1)
    if breaks:
        made.append(Run("", breaks=True))
    return made


def _looks(
    text: str, marks: Sequence[Mark], spots: Iterable[Span]
) -> Iterable[tuple[bool | None, str, str, Span]]:
    end = len(text)
    for mark in marks:
        span = Span(min(mark.span.start, end), min(mark.span.end, end))
        if mark.kind in LINE_BREAKS or mark.kind in ("lb", "br"):
            yield None, "break", "", span
        elif mark.kind in _STYLE_OF:
            yield True, "style", _STYLE_OF[mark.kind], span
        elif mark.kind in _LINKS and _SAFE_LINK.fullmatch(mark.attributes.get("href", "")):
            yield True, "link", mark.attributes["href"], span
    for spot in spots:
        yield True, "spot", "", Span(min(spot.start, end), min(spot.end, end))


def _run(text: str, active: Mapping[tuple[str, str], int], breaks: bool) -> Run:
    on = [key for key, count in active.items() if count > 0]
    styles = {value for what, value in on if what == "style"}
    return Run(
        text,
        tuple(style for style in STYLES if style in styles),
        next((value for what, value in on if what == "link"), ""),
        ("spot", "") in on,
        breaks,
    )
