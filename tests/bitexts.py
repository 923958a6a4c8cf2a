"""Bitexts by chance, and what is to be compared of them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link, Provenance
from corpus.document import Block, BlockKind, Document, Mark, Segment, SourceFile, Span, one_line, segment_id
from corpus.formats import Format
from corpus.units import Sentence, Trait, Unit, join, joined_marks

# Letters, and what some format has a meaning for or no room for.
_CHARACTERS = st.one_of(
    st.sampled_from("abcdeZéß 0 1"),
    st.sampled_from("<>&\"'|*_~`[](){}#+-=@.!\\/:;,%^$"),
    st.sampled_from("\0\x01\x1b\x7f\x85\u200b\u202e\u2028\ufffe\ufffd🚲𝟛"),
    st.characters(exclude_categories=["Cs"]),
)
texts = st.text(_CHARACTERS, max_size=12).map(one_line)
# Of notes and the like. What XML cannot hold is U+FFFD there, and listed for texts alone.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
lines = st.text(_CHARACTERS, max_size=12).map(lambda text: _ILLEGAL.sub("", text))
_names = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
_numbers = st.one_of(st.none(), st.floats(-9, 0), st.sampled_from([0.25, 0.9]))
_KINDS = ("bold", "italic", "link", "note", "break", "odd kind", "style")


@st.composite
def _marks(draw: st.DrawFn, text: str, start: int, end: int) -> tuple[Mark, ...]:
    marks = []
    for _ in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(_KINDS))
        if kind in ("note", "break"):
            first = last = draw(st.integers(start, end))
            if kind == "break" and text[first:end][:1] == " ":
                last += 1  # as the document model has it
        else:
            first, last = sorted((draw(st.integers(start, end)), draw(st.integers(start, end))))
            if first == last:
                continue
        attributes = draw(st.dictionaries(_names, lines, max_size=1))
        marks.append(Mark(kind, Span(first, last), {**attributes, "id": str(len(marks) + 1)}))
    return tuple(marks)


@st.composite
def documents(draw: st.DrawFn, language: str, counts: list[int], marked: bool) -> Document:
    """A document with as many sentences in its blocks as ``counts`` says."""
    text = ""
    blocks, segments = [], []
    for number, count in enumerate(counts, start=1):
        kind = draw(st.sampled_from([k for k in BlockKind if k is not BlockKind.LINE]))
        level = draw(st.integers(1, 3)) if kind in (BlockKind.HEADING, BlockKind.LIST_ITEM) else 0
        text += "\n\n"
        start = len(text)
        for place in range(1, count + 1):
            text += " " if place > 1 else ""
            sentence = draw(texts)
            span = Span(len(text), len(text) + len(sentence))
            segments.append(Segment(segment_id(number, place), number, span, sentence))
            text += sentence
        marks: tuple[Mark, ...] = ()
        if marked and count == 1:
            marks = draw(_marks(text, start, len(text)))
        blocks.append(Block(number, kind, Span(start, len(text)), level, marks))
    name = draw(st.sampled_from(["", "a.txt", "map/één & twee.txt"]))
    file = SourceFile(name, "ab" * 32 if name else "")
    return Document(text, language, tuple(blocks), tuple(segments), file, "segmentation-1")


@st.composite
def _flags(draw: st.DrawFn, source: int, target: int) -> tuple[Flag, ...]:
    def spot(length: int) -> Span | None:
        if draw(st.booleans()):
            return None
        return Span(*sorted((draw(st.integers(0, length)), draw(st.integers(0, length)))))

    kinds = list(FlagKind)
    return tuple(
        Flag(draw(st.sampled_from(kinds)), draw(lines), draw(st.booleans()), spot(source), spot(target))
        for _ in range(draw(st.integers(0, 2)))
    )


@st.composite
def bitexts(draw: st.DrawFn) -> Bitext:
    """A bitext with beads of every shape, links, flags, marks and a provenance."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    other = [max(1, size + draw(st.integers(-1, 1))) for size in sizes]
    source = draw(documents("nl", sizes, True))
    target = draw(documents("en", other, True))
    left, right = [s.id for s in source.segments], [s.id for s in target.segments]
    beads = []
    while left or right:
        m, n = draw(st.sampled_from([(1, 1), (1, 1), (1, 1), (2, 1), (1, 2), (1, 0), (0, 1)]))
        m, n = min(m, len(left)), min(n, len(right))
        if not m and not n:
            continue
        taken = (tuple(left[:m]), tuple(right[:n]))
        left, right = left[m:], right[n:]
        joined = [
            len(" ".join(d.segment_by_id[i].text for i in ids))
            for d, ids in zip((source, target), taken, strict=True)
        ]
        links = draw(st.lists(st.builds(Link, st.integers(0, 5), st.integers(0, 5)), max_size=2))
        if draw(st.booleans()):
            links = [Link(link.source, link.target, draw(st.floats(0, 1))) for link in links]
        beads.append(
            Bead(
                f"b{len(beads)}" if draw(st.booleans()) else (taken[0] or taken[1])[0],
                *taken,
                draw(st.sampled_from(["mt", "human", "memory", ""])),
                draw(_numbers),
                draw(_numbers),
                tuple(links),
                draw(_flags(*joined)),
            )
        )
    settings: dict[str, Any] = draw(
        st.dictionaries(
            _names,
            st.one_of(lines, st.booleans(), st.none(), st.integers(-99, 99), st.floats(-9, 9)),
            max_size=2,
        )
    )
    provenance = Provenance(
        tool=draw(st.sampled_from(["", "tweetalig 0.1.0"])),
        model=draw(lines),
        settings=settings,
        segmentation="segmentation-1",
        created=draw(st.sampled_from(["", "2026-03-09T08:07:06+00:00", "yesterday"])),
        notes=tuple(draw(st.lists(lines.filter(bool), max_size=1))),
    )
    return Bitext(source, target, tuple(beads), provenance)


def written(item: Format, bitext: Bitext) -> bytes:
    stream = io.BytesIO()
    item.write(bitext, stream)
    return stream.getvalue()


def kept(units: Iterable[Unit], keeps: frozenset[Trait]) -> list[dict[str, Any]]:
    """What formats that keep these traits must give back of ``units``."""
    return [_kept(unit, keeps) for unit in units]


def _kept(unit: Unit, keeps: frozenset[Trait]) -> dict[str, Any]:
    both = (join(unit.source), join(unit.target))
    # Two empty segments make a text of one space, which is none once they are one.
    found: dict[str, Any] = {"texts": both if Trait.SEGMENTS in keeps else tuple(map(one_line, both))}
    values: dict[Trait, Any] = {
        Trait.IDS: unit.id,
        Trait.ONE_SIDED: (bool(unit.source), bool(unit.target)),
        Trait.SEGMENTS: [[_segment(s, keeps) for s in side] for side in (unit.source, unit.target)],
        Trait.BLOCKS: unit.place.kind,
        Trait.LEVELS: unit.place.level,
        Trait.MARKS: [
            sorted((m.span, m.kind, sorted(m.attributes.items())) for m in joined_marks(side))
            for side in (unit.source, unit.target)
        ],
        Trait.ORIGIN: unit.origin,
        Trait.SCORES: (unit.score, unit.confidence),
        Trait.LINKS: sorted((link.source, link.target) for link in unit.links),
        Trait.WEIGHTS: sorted((link.source, link.target, link.weight) for link in unit.links),
        Trait.FLAGS: [(flag.kind, flag.message, flag.repaired) for flag in unit.flags],
        Trait.FLAG_PLACES: [(flag.source, flag.target) for flag in unit.flags],
        Trait.NOTES: unit.notes,
    }
    found |= {trait.name: value for trait, value in values.items() if trait in keeps}
    return found


def _segment(sentence: Sentence, keeps: frozenset[Trait]) -> tuple[Any, ...]:
    place = sentence.place if Trait.BLOCKS in keeps else None
    return sentence.id, sentence.text, place
