"""Subtitles: every cue, number, time and setting as it was, with other words in it.

A sentence that ran over several cues is given back to them where word links say its
parts belong. A cue for which no word is left stays, empty, and is reported.
"""

from __future__ import annotations

from typing import IO

from corpus.bitext import Bitext
from corpus.document import Block, MarkKind
from corpus.encodings import decode
from corpus.hypertext.tokens import escape_text
from corpus.nesting import Event, EventKind, events
from corpus.subtitles import Speech, SubtitleFormat, Subtitles, read_subtitles
from corpus.writeback._report import Target, WriteReport


def write_subtitles(original: bytes, bitext: Bitext, stream: IO[bytes], kind: SubtitleFormat) -> WriteReport:
    """Write the subtitles translated, in the encoding that they have.

    Where that encoding lacks a character of the translation, the file becomes UTF-8 and
    the report says so.
    """
    decoded = decode(original, bitext.source.source.name)
    subtitles = read_subtitles(decoded.text, bitext.source.source.name, kind)
    target = Target(bitext)
    blocks = target.by_piece(subtitles.pieces())
    changed: list[tuple[int, int, str]] = []
    notes = list(subtitles.notes)
    for number, speech in enumerate(subtitles.speeches):
        parts = _parts(speech, target.document.text, blocks[number], kind)
        for part, text in zip(speech.parts, parts, strict=True):
            changed.append((part.start, part.end, text))
            if not text.strip():
                notes.append(f"cue {subtitles.cues[part.cue].number} is empty: no words were left for it")
    written = _patched(subtitles, changed)
    try:
        stream.write(decoded.encode(written))
    except UnicodeEncodeError:
        stream.write(written.encode("utf-8"))
        notes.append(f"written in UTF-8: {decoded.encoding} has not all the characters")
    return target.report(notes)


def _patched(subtitles: Subtitles, changed: list[tuple[int, int, str]]) -> str:
    pieces, read = [], 0
    for start, end, text in sorted(changed):
        pieces += [subtitles.text[read:start], text]
        read = end
    return "".join([*pieces, subtitles.text[read:]])


def _parts(speech: Speech, text: str, block: Block, kind: SubtitleFormat) -> list[str]:
    """The block's text for each of its cues. Ranges that go on into the next are cut."""
    parts: list[list[str]] = [[]]
    open_: list[str] = []
    between = {m.attributes["id"] for m in speech.content.marks if m.kind == MarkKind.CUE and len(m.span)}
    for event in events(text, block, speech.content.parents):
        name = event.mark.attributes.get("id", "") if event.mark else ""
        if event.mark is not None and event.mark.kind == MarkKind.CUE:
            if name in between:
                parts[-1] += [speech.ranges[one][1] for one in reversed(open_)]
                parts.append([speech.ranges[one][0] for one in open_])
            continue
        parts[-1].append(_drawn(event, name, speech, kind))
        if event.kind is EventKind.OPEN and name in speech.ranges:
            open_.append(name)
        elif event.kind is EventKind.CLOSE and name in speech.ranges:
            open_.remove(name)
    return ["".join(part).strip(" ") for part in parts]


def _drawn(event: Event, name: str, speech: Speech, kind: SubtitleFormat) -> str:
    if event.kind is EventKind.TEXT:
        return escape_text(event.text) if kind is SubtitleFormat.VTT else event.text.replace("-->", "→")
    if event.kind is EventKind.OPEN:
        return speech.ranges.get(name, ("", ""))[0]
    if event.kind is EventKind.CLOSE:
        return speech.ranges.get(name, ("", ""))[1]
    if name in speech.points:
        return speech.points[name]
    return "".join(speech.ranges.get(name, ("", "")))
