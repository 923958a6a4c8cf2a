"""A bitext as a stream: a head, and then one unit after another.

A :class:`Unit` is a bead together with its segments, taken out of their documents, so
that a memory of a million pairs can pass from one format to another without ever
being held whole. :func:`units_of` takes a bitext apart, :func:`bitext_of` puts one
together. Taking apart and putting together keeps texts, ids, blocks, inline marks,
links and flags; white space between segments becomes what is usual for their blocks.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from corpus.bitext import Bead, Bitext, Flag, Link, Provenance
from corpus.document import (
    Block,
    BlockKind,
    Document,
    Mark,
    Segment,
    SourceFile,
    Span,
    one_line,
    segment_id,
)
from corpus.errors import SettingsError

_ID = re.compile(r"p([1-9]\d{0,8})s[1-9]\d{0,8}")
_SPACE = re.compile(r"\s")
LINE_BREAKS = frozenset({"break", "cue"})  # kinds of marks that cover the one space they replace
_GAP = 1000  # blocks without segments that are taken to be real


@dataclass(frozen=True, slots=True)
class Place:
    """The block that a segment stands in.

    ``block`` is its number, 0 where the file does not say. ``marker`` is what stands
    before a list item ("3.").
    """

    block: int = 0
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    marker: str = ""


NOWHERE = Place()
_NO_FILE = SourceFile("")
_UNKNOWN = Provenance()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A segment out of its document. ``id`` may be empty; ``marks`` are over ``text``.

    ``span`` is where it was in the text it came from, where that is known.
    """

    text: str
    id: str = ""
    place: Place = NOWHERE
    span: Span | None = None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A bead with its segments. ``notes`` are remarks for people that are no flags."""

    id: str
    source: tuple[Sentence, ...]
    target: tuple[Sentence, ...]
    origin: str = ""
    score: float | None = None
    confidence: float | None = None
    links: tuple[Link, ...] = ()
    flags: tuple[Flag, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def source_text(self) -> str:
        """The source segments joined by one space."""
        return join(self.source)

    @property
    def target_text(self) -> str:
        """The target segments joined by one space."""
        return join(self.target)

    @property
    def place(self) -> Place:
        """Where the unit starts: in the source, or in the target if it has no source."""
        first = self.source or self.target
        return first[0].place if first else NOWHERE


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a whole bitext before its units. ``total`` counts them, if known."""

    source_language: str
    target_language: str
    file: SourceFile = _NO_FILE
    segmentation: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    provenance: Provenance = _UNKNOWN
    total: int | None = None


@dataclass(slots=True)
class Units:
    """A head and its units, to be gone through once.

    ``lost`` counts what the reader met and has no place for (units in other
    languages, say), by name; it is complete when the units are through. ``bitext``
    is the whole, where the file held it with the text between the segments.
    """

    head: Head
    units: Iterable[Unit]
    lost: Counter[str] = field(default_factory=Counter)
    bitext: Bitext | None = None


class Trait(StrEnum):
    """What a bitext can have and a format may have no room for."""

    IDS = "ids"
    LAYOUT = "the text between sentences"
    BLOCKS = "headings, lists and other blocks"
    LEVELS = "levels of headings and list items"
    SEGMENTS = "where sentences begin inside a unit"
    ONE_SIDED = "units without a source or without a target"
    LINE_BREAKS = "line breaks inside a text"
    MARKS = "inline markup"
    OFFSETS = "offsets in the source"
    ORIGIN = "who translated"
    SCORES = "scores and confidence"
    LINKS = "word links"
    WEIGHTS = "weights of word links"
    FLAGS = "flags"
    FLAG_PLACES = "places of flags"
    NOTES = "notes"
    LANGUAGES = "languages"
    PROVENANCE = "provenance"
    METADATA = "title, author and the like"


ALL_TRAITS = frozenset(Trait)


def traits_of(unit: Unit) -> Iterator[Trait]:
    """What ``unit`` has of what a format may have no room for."""
    if unit.id:
        yield Trait.IDS
    place = unit.place
    if place.kind is not BlockKind.PARAGRAPH:
        yield Trait.BLOCKS
    if place.level or place.marker:
        yield Trait.LEVELS
    if len(unit.source) > 1 or len(unit.target) > 1:
        yield Trait.SEGMENTS
    if not unit.source or not unit.target:
        yield Trait.ONE_SIDED
    for sentence in (*unit.source, *unit.target):
        if "\n" in sentence.text:
            yield Trait.LINE_BREAKS
        if sentence.marks:
            yield Trait.MARKS
    if unit.source and unit.source[0].span is not None:
        yield Trait.OFFSETS
    if unit.origin:
        yield Trait.ORIGIN
    if unit.score is not None or unit.confidence is not None:
        yield Trait.SCORES
    if unit.links:
        yield Trait.LINKS
        if any(link.weight != 1 for link in unit.links):
            yield Trait.WEIGHTS
    if unit.flags:
        yield Trait.FLAGS
        if any(flag.source or flag.target for flag in unit.flags):
            yield Trait.FLAG_PLACES
    if unit.notes:
        yield Trait.NOTES


def traits_of_head(head: Head) -> Iterator[Trait]:
    """What the head has of what a format may have no room for."""
    if (head.source_language, head.target_language) != ("nl", "en"):
        yield Trait.LANGUAGES  # which go without saying otherwise
    if replace(head.provenance, segmentation="") != Provenance():
        yield Trait.PROVENANCE
    if head.metadata:
        yield Trait.METADATA


@dataclass(frozen=True, slots=True)
class Languages:
    """The source and target language to look for, as BCP 47 tags."""

    source: str = "nl"
    target: str = "en"

    @classmethod
    def parse(cls, text: str) -> Languages:
        """What ``nl-en`` or ``nl:en-GB`` says. Raises :class:`SettingsError` for anything else."""
        first, _, second = text.partition(":" if ":" in text else "-")
        if not first or not second:
            problem, remedy = f"{text!r} is not a pair of languages", "write nl-en, or nl:en-GB"
            raise SettingsError(problem, where="--languages", remedy=remedy)
        return cls(first, second)


DUTCH_ENGLISH = Languages()


def join(sentences: tuple[Sentence, ...]) -> str:
    """Texts joined by one space."""
    if len(sentences) == 1:
        return sentences[0].text
    return " ".join(sentence.text for sentence in sentences)


def joined_marks(sentences: tuple[Sentence, ...]) -> tuple[Mark, ...]:
    """The marks of all sentences, over their joined text."""
    if len(sentences) == 1:
        return sentences[0].marks
    marks: list[Mark] = []
    at = 0
    for sentence in sentences:
        marks += (replace(mark, span=mark.span.shifted(at)) for mark in sentence.marks)
        at += len(sentence.text) + 1
    return tuple(marks)


def cut(sentence: Sentence, lengths: list[int]) -> tuple[tuple[str, tuple[Mark, ...]], ...] | None:
    """The texts and marks of a joined sentence, whose parts have these lengths.

    None if the lengths do not fit the text (somebody changed it).
    """
    parts = []
    at = 0
    for place, length in enumerate(lengths):
        end = at + length
        if end > len(sentence.text) or (place and sentence.text[at - 1] != " "):
            return None
        parts.append((sentence.text[at:end], tuple(_clipped(sentence.marks, at, end))))
        at = end + 1
    return tuple(parts) if at == len(sentence.text) + 1 else None


def _clipped(marks: Iterable[Mark], start: int, end: int) -> Iterator[Mark]:
    for mark in marks:
        first, last = max(mark.span.start, start), min(mark.span.end, end)
        # A line break may cover the space between this sentence and the next.
        is_after = mark.kind in LINE_BREAKS and mark.span == Span(end, end + 1)
        if is_after or first < last or (first == last and not len(mark.span)):
            yield replace(mark, span=Span(first - start, last - start))


# Apart


def units_of(bitext: Bitext) -> Units:
    """The head and units of ``bitext``, in the order of its beads."""
    head = Head(
        bitext.source.language,
        bitext.target.language,
        bitext.source.source,
        bitext.source.segmentation,
        dict(bitext.source.metadata),
        bitext.provenance,
        len(bitext.beads),
    )
    return Units(head, _units(bitext), bitext=bitext)


def _units(bitext: Bitext) -> Iterator[Unit]:
    sources, targets = _Apart(bitext.source), _Apart(bitext.target)
    for bead in bitext.beads:
        yield Unit(
            bead.id,
            tuple(sources.sentence(segment) for segment in bitext.source_segments(bead)),
            tuple(targets.sentence(segment) for segment in bitext.target_segments(bead)),
            bead.origin,
            bead.score,
            bead.confidence,
            bead.links,
            bead.flags,
        )


@dataclass(slots=True)
class _Apart:
    """Takes segments out of a document, with the marks of their blocks."""

    document: Document
    places: dict[int, Place] = field(default_factory=dict)
    marks: dict[str, tuple[Mark, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(block.marks for block in self.document.blocks):
            for block, segments in self.document.segments_by_block():
                if block.marks:
                    self._divide(block, segments)

    def sentence(self, segment: Segment) -> Sentence:
        """``segment`` by itself."""
        block = self.document.block_of(segment)
        place = self.places.get(block.number)
        if place is None:
            place = Place(block.number, block.kind, block.level, self._marker(block))
            self.places[block.number] = place
        return Sentence(segment.text, segment.id, place, segment.span, self.marks.get(segment.id, ()))

    def _marker(self, block: Block) -> str:
        if block.kind is not BlockKind.LIST_ITEM:
            return ""
        line = self.document.text.rfind("\n", 0, block.span.start) + 1
        marker = one_line(self.document.text[line : block.span.start])[:20]
        return "" if marker == "-" else marker

    def _divide(self, block: Block, segments: tuple[Segment, ...]) -> None:
        """Give each segment its part of the block's marks.

        A mark over no text of a segment (a footnote's, or a line break between two
        sentences) goes to one: the first that it touches, or the one before it.
        """
        points = deque(
            mark
            for mark in sorted(block.marks, key=lambda mark: mark.span.start)
            if not mark.span.of(self.document.text).strip() and not self._inside(mark, segments)
        )
        for place, segment in enumerate(segments):
            start, end = segment.span.start, segment.span.end
            is_last = place == len(segments) - 1
            until = len(self.document.text) if is_last else max(end, segments[place + 1].span.start - 1)
            mine = [mark for mark in block.marks if mark.span.start < end and start < mark.span.end]
            while points and points[0].span.start <= until:
                mine.append(points.popleft())
            if not mine:
                continue
            raw = self.document.raw(segment)
            offset = offsets_in_line(raw)
            self.marks[segment.id] = tuple(
                replace(
                    mark,
                    span=Span(
                        offset(min(max(mark.span.start - start, 0), len(raw))),
                        offset(min(max(mark.span.end - start, 0), len(raw))),
                    ),
                )
                for mark in mine
            )

    @staticmethod
    def _inside(mark: Mark, segments: tuple[Segment, ...]) -> bool:
        """Whether ``mark`` has extent and some of it in a segment."""
        return any(mark.span.start < s.span.end and s.span.start < mark.span.end for s in segments)


def offsets_in_line(raw: str) -> Callable[[int], int]:
    """Where an offset into ``raw`` is in ``one_line(raw)``."""
    places = []
    at = 0
    space = True  # leading white space goes
    for character in raw:
        places.append(at)
        is_space = bool(_SPACE.match(character))
        at += not (is_space and space)
        space = is_space
    end = len(one_line(raw))
    places.append(end)
    return lambda offset: min(places[offset], end)


# Together


def bitext_of(units: Units) -> Bitext:
    """The bitext of all ``units``; white space in their texts becomes one space.

    Ids that are missing or taken are given anew, after the block and the sentence.
    """
    if units.bitext is not None:
        return units.bitext
    source, target = _Together(), _Together()
    beads = []
    for unit in units.units:
        beads.append(
            Bead(
                unit.id,
                tuple(source.add(sentence) for sentence in unit.source),
                tuple(target.add(sentence) for sentence in unit.target),
                unit.origin,
                unit.score,
                unit.confidence,
                unit.links,
                unit.flags,
            )
        )
    head = units.head
    return Bitext(
        replace(
            source.document(head.source_language),
            source=head.file,
            segmentation=head.segmentation,
            metadata=head.metadata,
        ),
        replace(
            target.document(head.target_language), segmentation=head.segmentation, metadata=head.metadata
        ),
        tuple(beads),
        head.provenance,
    )


@dataclass(slots=True)
class _Held:
    place: Place
    sentences: list[Sentence]


@dataclass(slots=True)
class _Together:
    """Puts sentences together to a document."""

    blocks: list[_Held] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def add(self, sentence: Sentence) -> str:
        """Add a sentence; the id it has from now on."""
        place = sentence.place
        if not self.blocks or not place.block or self.blocks[-1].place.block != place.block:
            self.blocks.append(_Held(place, []))
        held = self.blocks[-1]
        held.sentences.append(sentence)
        name = sentence.id
        if not name or name in self.taken:
            number = len(self.blocks)
            name = segment_id(number, len(held.sentences))
            while name in self.taken:
                number += 1
                name = segment_id(number, len(held.sentences))
        self.taken.add(name)
        self.ids.append(name)
        return name

    def document(self, language: str) -> Document:
        """The document of all sentences that were added."""
        parts: list[str] = []
        written = 0
        blocks: list[Block] = []
        segments: list[Segment] = []
        numbers = self._numbers()
        names = iter(self.ids)

        def put(text: str) -> Span:
            nonlocal written
            parts.append(text)
            written += len(text)
            return Span(written - len(text), written)

        before: BlockKind | None = None
        for number, held in zip(numbers, self.blocks, strict=True):
            while len(blocks) + 1 < number:
                blocks.append(Block(len(blocks) + 1, BlockKind.PARAGRAPH, Span(written, written)))
            place = held.place
            put(_between(before, place.kind) + _lead(place))
            start = written
            marks: list[Mark] = []
            for order, sentence in enumerate(held.sentences):
                at = put(" ").end if order else written
                _cover_space(marks, at)
                text = one_line(sentence.text)
                segments.append(Segment(next(names), number, put(text), text))
                offset = None if text == sentence.text else offsets_in_line(sentence.text)
                for mark in sentence.marks:
                    first, last = mark.span.start, mark.span.end
                    if offset is not None:
                        first, last = offset(first), offset(last)
                    _add_mark(marks, replace(mark, span=Span(first + at, last + at)), at)
            blocks.append(Block(number, place.kind, Span(start, written), place.level, tuple(marks)))
            before = place.kind
        if before is not None:
            put("\n")
        return Document("".join(parts), language, tuple(blocks), tuple(segments))

    def _numbers(self) -> list[int]:
        """The blocks' own numbers where they rise and have no great gaps, or 1, 2, 3 ..."""
        own = [held.place.block for held in self.blocks]
        rising = all(a < b for a, b in zip([0, *own], own, strict=False))
        if rising and (not own or own[-1] <= len(own) + _GAP):
            return own
        return list(range(1, len(own) + 1))


def _add_mark(marks: list[Mark], mark: Mark, segment: int) -> None:
    """Add ``mark``; one that goes on from the segment before becomes one with it."""
    for place, other in enumerate(marks):
        goes_on = len(mark.span) and mark.span.start == segment == other.span.end + 1
        if goes_on and (other.kind, other.attributes) == (mark.kind, mark.attributes):
            marks[place] = replace(other, span=Span(other.span.start, mark.span.end))
            return
    marks.append(mark)


def _cover_space(marks: list[Mark], segment: int) -> None:
    """A line break at the end of the segment before covers the space that follows it."""
    for place, mark in enumerate(marks):
        if mark.kind in LINE_BREAKS and mark.span == Span(segment - 1, segment - 1):
            marks[place] = replace(mark, span=Span(segment - 1, segment))


def _between(before: BlockKind | None, kind: BlockKind) -> str:
    if before is None:
        return ""
    close = {BlockKind.LINE, BlockKind.LIST_ITEM, BlockKind.TABLE_CELL}
    return "\n" if before is kind and kind in close else "\n\n"


def _lead(place: Place) -> str:
    """What stands before a block's text, as plain text and Markdown have it."""
    if place.kind is BlockKind.HEADING and place.level:
        return "#" * min(place.level, 6) + " "
    if place.kind is BlockKind.QUOTATION:
        return "> "
    if place.kind is BlockKind.LIST_ITEM:
        return "  " * (min(max(place.level, 1), 9) - 1) + (place.marker or "-") + " "
    return ""


def place_of(name: str, kind: BlockKind = BlockKind.PARAGRAPH, level: int = 0, marker: str = "") -> Place:
    """The place that a segment's id tells: ``p2s3`` is in block 2."""
    found = _ID.fullmatch(name)
    return Place(int(found[1]) if found else 0, kind, level, marker)
