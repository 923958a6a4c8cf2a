"""Subtitles, SubRip (.srt) and WebVTT (.vtt): cues with their times, and what is said in them.

A sentence often runs over several cues. Cues that belong together make one block, in
which a mark of the kind ``cue`` stands where the next one begins; so a sentence is
translated as a whole, and given back to its cues where the marks land. A line that
begins with a dash is somebody else speaking, and a block of its own.

SubRip has no specification; what players agree on is read: a number, a line of times,
lines of text, a blank line. WebVTT is the W3C's (Candidate Recommendation, 2019).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from corpus.document import BlockKind, MarkKind
from corpus.errors import FormatError
from corpus.layout import PARAGRAPH_BREAK, Content, Inline, Piece, has_words

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"[ \t]*(?P<start>{_CLOCK})[ \t]*-->[ \t]*(?P<end>{_CLOCK})(?P<rest>(?:[ \t][^\r\n]*)?)")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_NUMBER = re.compile(r"\s*\d+\s*")
_SRT_TAG = re.compile(r"</?(?:b|i|u|s|font)\b[^<>\r\n]*>|\{\\[^}\r\n]*\}|\{/?[biusBIUS]\}", re.IGNORECASE)
_VTT_TAG = re.compile(r"</?(?:c|i|b|u|v|lang|ruby|rt)\b[^<>\r\n]*>|</?>|<\d[\d:.]*>", re.IGNORECASE)
_TAG_NAME = re.compile(r"[<{](/?)([A-Za-z]+)")
_DASH = re.compile(r"[-–—‐‑][ \t\u00a0]*(?=[^\s\d-])")
_FINAL = re.compile(r"[.!?…:][\"'”’»)\]♪]*$|[♪\])]$")
_LEANS_ON = re.compile(
    r"(?:[,;–—-]|\b(?:de|het|een|van|in|naar|en|of|dat|die|op|met|voor|te|om|aan|bij|door|als|maar|want|omdat"
    r"|ik|je|we|ze|hij|zij|wij|is|was|zijn|heeft|heb|niet|nog|ook|er|zich|mijn|jouw|onze))$",
    re.IGNORECASE,
)
_NEVER_GOES_ON = re.compile(r"[♪\[(]|[A-Z][A-Z .]+:")
_WIDEST_GAP = 3000  # milliseconds between cues of one sentence
_MOST_CUES = 8  # that a block takes in

_KINDS = {
    "b": MarkKind.BOLD, "i": MarkKind.ITALIC, "u": MarkKind.UNDERLINE, "s": MarkKind.STRIKE,
    "v": MarkKind.VOICE,
}  # fmt: skip


class SubtitleFormat(StrEnum):
    """Which of the two."""

    SRT = "srt"
    VTT = "vtt"


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue: its place in the file (from 1), its times in milliseconds, and where its text is."""

    number: int
    start: int
    end: int
    times: str
    text_start: int
    text_end: int


@dataclass
class Part:
    """The share of one block in one cue: characters ``start`` to ``end`` of the file.

    ``lead`` and ``tail`` are tags around all of it. ``cue`` counts from 0.
    """

    cue: int
    start: int
    end: int
    lead: str = ""
    tail: str = ""


@dataclass
class Speech:
    """A block of subtitles: its parts in their cues, its content, and the tags for its marks."""

    parts: list[Part]
    content: Inline = field(default_factory=lambda: Inline(""))
    ranges: dict[str, tuple[str, str]] = field(default_factory=dict)
    points: dict[str, str] = field(default_factory=dict)
    before: str = PARAGRAPH_BREAK


@dataclass(frozen=True)
class Subtitles:
    """A file of subtitles taken apart."""

    text: str
    format: SubtitleFormat
    cues: tuple[Cue, ...]
    speeches: tuple[Speech, ...]
    notes: tuple[str, ...]

    def pieces(self) -> list[Piece]:
        """The blocks, in order."""
        return [Piece(BlockKind.CUE, speech.content, 0, speech.before) for speech in self.speeches]


def read_subtitles(text: str, name: str, kind: SubtitleFormat) -> Subtitles:
    """Take subtitles apart. Raises :class:`FormatError` with the line for what is not in order."""
    cues, notes = _vtt_cues(text, name) if kind is SubtitleFormat.VTT else _srt_cues(text, name)
    if not cues:
        remedy = "check that it is a file of subtitles"
        raise FormatError("has no cue (a line of times with -->)", where=name, remedy=remedy)
    speeches = _Speeches(text, kind, cues).made()
    return Subtitles(text, kind, tuple(cues), tuple(speeches), tuple(notes))


# Cues


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    start: int
    end: int
    text: str


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    for found in _LINE.finditer(text):
        if found.end() > found.start():
            lines.append(_Line(len(lines) + 1, found.start(), found.end(1), found[1]))
    return lines


def _times(line: _Line, name: str) -> re.Match[str] | None:
    if "-->" not in line.text:
        return None
    found = _TIMES.fullmatch(line.text)
    if found is None:
        where = f"{name}, line {line.number}"
        remedy = "write it as 00:00:01,000 --> 00:00:03,000"
        raise FormatError(f"is not a line of times: {line.text.strip()[:60]}", where=where, remedy=remedy)
    return found


def _milliseconds(clock: str) -> int:
    found = re.fullmatch(_CLOCK, clock)
    assert found is not None
    hours, minutes, seconds, rest = found.groups()
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest.ljust(3, "0"))


def _cue(number: int, found: re.Match[str], held: Sequence[_Line]) -> Cue:
    while held and not held[-1].text.strip():
        held = held[:-1]
    start = held[0].start if held else -1
    times = f"{found['start']} --> {found['end']}"
    return Cue(
        number, _milliseconds(found["start"]), _milliseconds(found["end"]), times, start,
        held[-1].end if held else -1,
    )  # fmt: skip


def _srt_cues(text: str, name: str) -> tuple[list[Cue], list[str]]:
    lines = _lines(text)
    found = [(place, times) for place, line in enumerate(lines) if (times := _times(line, name))]
    cues = []
    for number, (place, times) in enumerate(found, start=1):
        stop = found[number][0] if number < len(found) else len(lines)
        numbered = number < len(found) and _NUMBER.fullmatch(lines[stop - 1].text)
        # A number belongs to the next cue, unless it is what this one says.
        if numbered and stop - 1 > place:
            stop -= 1
        cues.append(_cue(number, times, lines[place + 1 : stop]))
    first = found[0][0] if found else 0
    stray = [line for line in lines[:first] if line.text.strip() and not _NUMBER.fullmatch(line.text)]
    notes = [f"line {line.number} is in no cue and stays as it is" for line in stray[:3]]
    return cues, notes


def _vtt_cues(text: str, name: str) -> tuple[list[Cue], list[str]]:
    """The cues of WebVTT: blocks with a line of times (4.1); comments, styles and regions are not."""
    lines = _lines(text)
    if not lines or not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0].text):
        raise FormatError("does not begin with WEBVTT", where=f"{name}, line 1", remedy="add that line")
    cues: list[Cue] = []
    block: list[_Line] = []
    for line in [*lines, _Line(len(lines) + 1, len(text), len(text), "")]:
        if line.text.strip():
            block.append(line)
            continue
        if block and not re.match(r"(?:NOTE|STYLE|REGION|WEBVTT)(?:[ \t]|$)", block[0].text):
            place = next((n for n, one in enumerate(block[:2]) if "-->" in one.text), None)
            times = _times(block[place], name) if place is not None else None
            if times is None or place is None:
                where = f"{name}, line {block[0].number}"
                remedy = "give it a line of times, or make it a NOTE"
                raise FormatError("is text without a line of times", where=where, remedy=remedy)
            cues.append(_cue(len(cues) + 1, times, block[place + 1 :]))
        block = []
    return cues, []


# What is said


@dataclass(frozen=True, slots=True)
class _Said:
    """A stretch of lines in one cue that one person says."""

    cue: int
    start: int
    end: int
    plain: str
    dash: bool  # somebody else begins


class _Speeches:
    def __init__(self, text: str, kind: SubtitleFormat, cues: Sequence[Cue]) -> None:
        self._text, self._kind, self._cues = text, kind, cues
        self._tag = _VTT_TAG if kind is SubtitleFormat.VTT else _SRT_TAG
        ends = [bool(_FINAL.search(self._plain(c.text_start, c.text_end))) for c in cues if c.text_start >= 0]
        self._punctuated = sum(ends) >= 0.5 * len(ends)

    def made(self) -> list[Speech]:
        speeches: list[Speech] = []
        held: list[_Said] = []
        for said in self._said():
            if held and not self._goes_on(held, said):
                speeches += self._speech(held)
                held = []
            held.append(said)
        return speeches + (self._speech(held) if held else [])

    def _plain(self, start: int, end: int) -> str:
        return " ".join(self._unescaped(self._tag.sub("", self._text[start:end])).split())

    def _unescaped(self, text: str) -> str:
        return html.unescape(text) if self._kind is SubtitleFormat.VTT else text

    def _said(self) -> Iterator[_Said]:
        for number, cue in enumerate(self._cues):
            if cue.text_start < 0:
                continue
            begin, dash = cue.text_start, False
            for line in _LINE.finditer(self._text, cue.text_start, cue.text_end):
                lead = self._leading_tags(line.start(), line.end(1))
                found = _DASH.match(self._text, lead, line.end(1))
                if found:
                    if line.start() > begin:
                        yield self._one(number, begin, line.start(), dash)
                    begin, dash = (found.end() if lead == line.start() else line.start()), True
            yield self._one(number, begin, cue.text_end, dash)

    def _leading_tags(self, at: int, end: int) -> int:
        while (found := self._tag.match(self._text, at, end)) is not None:
            at = found.end()
        return at

    def _one(self, cue: int, start: int, end: int, dash: bool) -> _Said:
        while end > start and self._text[end - 1] in "\r\n":
            end -= 1
        return _Said(cue, start, end, self._plain(start, end), dash)

    def _goes_on(self, held: Sequence[_Said], said: _Said) -> bool:
        """Whether ``said`` goes on with the sentence of what came before it."""
        before = held[-1]
        if said.dash or not before.plain or not said.plain or len(held) >= _MOST_CUES:
            return False
        gap = self._cues[said.cue].start - self._cues[before.cue].end
        if said.cue == before.cue or not -_WIDEST_GAP < gap <= _WIDEST_GAP:
            return False
        if _FINAL.search(before.plain) or _NEVER_GOES_ON.match(said.plain):
            # "Ik dacht..." "...dat je kwam" is one sentence all the same.
            return before.plain.endswith(("...", "…")) and said.plain.startswith(("...", "…"))
        first = said.plain.lstrip("\"'“„‘(")[:1]
        return first.islower() or bool(_LEANS_ON.search(before.plain)) or self._punctuated

    def _speech(self, held: Sequence[_Said]) -> list[Speech]:
        speech = Speech([])
        content = Content()
        for place, said in enumerate(held):
            part = self._part(said)
            speech.parts.append(part)
            cue = self._cues[said.cue]
            begins = said.start == cue.text_start or place > 0 or self._opens(said)
            if begins:
                about = {"cue": str(cue.number), "times": cue.times}
                speech.points[content.point(MarkKind.CUE, about)] = ""
            self._fill(content, part, speech)
        first = held[0]
        if first.dash:
            opens = self._opens(first)
            speech.before = (PARAGRAPH_BREAK if opens else "\n") + "- "
        speech.content = content.done()
        return [speech] if has_words(speech.content) else []

    def _opens(self, said: _Said) -> bool:
        """Whether nothing but a dash comes before it in its cue."""
        before = self._text[self._cues[said.cue].text_start : said.start]
        return not before.strip(" \t\u00a0-–—‐‑")

    def _part(self, said: _Said) -> Part:
        """The part without the tags that stand around all of it."""
        start, end = said.start, said.end
        while True:
            opened = self._tag.match(self._text, start, end)
            if opened is None or opened.end() == end:
                break
            name = _TAG_NAME.match(opened.group())
            rest = self._text[opened.end() : end]
            if name is None or (name[1] == "" and opened.group().startswith("{")):
                start = opened.end()  # a timestamp, or {\an8}
            elif name[1]:
                break
            elif self._wraps(name[2], rest):
                start = opened.end()
                closing = re.search(rf"</{name[2]}\s*>\s*\Z", rest, re.IGNORECASE)
                end = start + closing.start() if closing else end
            else:
                break
        while start < end and self._text[start].isspace():
            start += 1
        while end > start and self._text[end - 1].isspace():
            end -= 1
        return Part(said.cue, start, end, self._text[said.start : start], self._text[end : said.end])

    @staticmethod
    def _wraps(name: str, rest: str) -> bool:
        """Whether a tag opened before ``rest`` ends with it, or never ends (a voice)."""
        depth = 1
        tags = list(re.finditer(rf"<(/?){name}\b[^<>]*>", rest, re.IGNORECASE))
        for found in tags:
            depth += -1 if found[1] else 1
            if depth == 0:
                return not rest[found.end() :].strip()
        return name.lower() == "v" and not tags

    def _fill(self, content: Content, part: Part, speech: Speech) -> None:
        """Add a part's text, tags and line breaks to its block."""
        open_: list[tuple[str, str]] = []
        read = part.start
        closings = self._closings(part)
        for found in self._marks(part):
            self._plain_text(content, read, found.start())
            read = found.end()
            raw = found.group()
            name = _TAG_NAME.match(raw)
            if raw[0] in "\r\n":
                blank = re.compile(r"[ \t]*").match(self._text, read, part.end)
                read = blank.end() if blank else read
                speech.points[content.point(MarkKind.BREAK)] = raw
            elif name is None or (raw.startswith("{") and "\\" in raw):
                speech.points[content.point(MarkKind.OBJECT)] = raw
            elif not name[1] and found.start() in closings:
                mark = content.open(_KINDS.get(name[2].lower(), MarkKind.STYLE))
                speech.ranges[mark] = (raw, closings[found.start()])
                open_.append((name[2].lower(), mark))
            elif name[1] and any(tag == name[2].lower() for tag, _ in open_):
                place = max(n for n, (tag, _) in enumerate(open_) if tag == name[2].lower())
                content.close(open_.pop(place)[1])
            else:
                speech.points[content.point(MarkKind.OBJECT)] = raw
        self._plain_text(content, read, part.end)
        for _, mark in reversed(open_):
            content.close(mark)

    def _marks(self, part: Part) -> Iterator[re.Match[str]]:
        """Tags and line ends of a part, in order."""
        pattern = re.compile(rf"\r\n|\r|\n|{self._tag.pattern}", self._tag.flags)
        return pattern.finditer(self._text, part.start, part.end)

    def _closings(self, part: Part) -> dict[int, str]:
        """The end tag of each start tag that has one in its part, by the start tag's place."""
        waiting: dict[str, list[int]] = {}
        closings: dict[int, str] = {}
        for found in self._tag.finditer(self._text, part.start, part.end):
            name = _TAG_NAME.match(found.group())
            if name is None:
                continue
            if not name[1]:
                waiting.setdefault(name[2].lower(), []).append(found.start())
            elif waiting.get(name[2].lower()):
                closings[waiting[name[2].lower()].pop()] = found.group()
        return closings

    def _plain_text(self, content: Content, start: int, end: int) -> None:
        text = self._unescaped(self._text[start:end])
        content.text(text)
