"""The bilingual document: two documents and the beads that pair their segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from corpus.document import Block, Document, Segment, Span, one_line


class FlagKind(StrEnum):
    """What may be wrong with a bead. A flag is a reason to look, not a verdict."""

    EMPTY = "empty"  # nothing came out
    COPY = "copy"  # the source came out again
    REPETITION = "repetition"  # a phrase repeats more than in the source
    TRUNCATION = "truncation"  # decoding stopped at the length limit
    LENGTH_RATIO = "length_ratio"  # far longer or shorter than the source allows
    NUMBERS = "numbers"  # a number was dropped or made up
    ADDRESSES = "addresses"  # a web or e-mail address was lost
    SPLIT = "split"  # too long for the model: translated in parts, rejoined
    UNKNOWN_CHARACTERS = "unknown_characters"  # the model cannot read some characters
    LOW_CONFIDENCE = "low_confidence"  # the model or aligner was unsure
    DATES = "dates"  # a date, day, time, century or decade changed
    AMOUNTS = "amounts"  # an amount of money or its currency changed
    UNITS = "units"  # a measure has another unit
    NAMES = "names"  # a name was dropped, bent or translated
    LEFTOVER = "leftover"  # single Dutch words are left
    LANGUAGE = "language"  # the translation is in another language
    QUOTATION = "quotation"  # quotation marks or brackets lost or left open
    STRAY = "stray"  # an entity, tag or stand-in that the source has not
    GLOSSARY = "glossary"  # a term is not translated as the glossary has it
    MARKUP = "markup"  # a link, footnote mark or the like found no place in the translation
    FUZZY_MATCH = "fuzzy_match"  # the translation memory has a similar source


@dataclass(frozen=True, slots=True)
class Flag:
    """A typed remark on a bead.

    ``repaired`` says that a first result had the problem and the present one does
    not. Spans, where known, are offsets into the bead's source and target text
    (``Bitext.source_text`` and ``Bitext.target_text``).
    """

    kind: FlagKind
    message: str
    repaired: bool = False
    source: Span | None = None
    target: Span | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Words that translate each other.

    ``source`` and ``target`` are word indexes, from 0, into ``corpus.words.words``
    of the bead's source and target text; ``weight`` is in [0, 1].
    """

    source: int
    target: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Bead:
    """Segments that translate each other: m source ids and n target ids (m, n >= 0).

    ``origin`` says who translated: ``mt``, ``human`` or ``memory``. ``score`` is
    the model's mean log-probability a token (<= 0); ``confidence`` is in [0, 1].
    """

    id: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    origin: str = "mt"
    score: float | None = None
    confidence: float | None = None
    links: tuple[Link, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a bitext came to be, so that it can be made again.

    ``created`` is ISO 8601 in UTC. ``settings`` holds the decoding settings;
    ``notes`` what the user was told on the way (a fallback, say). ``extra`` keeps
    fields that a newer version wrote.
    """

    tool: str = ""
    model: str = ""
    weights_sha256: str = ""
    engine: str = ""
    settings: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    segmentation: str = ""
    created: str = ""
    notes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bitext:
    """A source document, a target document and their beads in reading order."""

    source: Document
    target: Document
    beads: tuple[Bead, ...]
    provenance: Provenance = Provenance()

    def __post_init__(self) -> None:
        _check_cover("source", self.source, [i for bead in self.beads for i in bead.source])
        _check_cover("target", self.target, [i for bead in self.beads for i in bead.target])

    def source_segments(self, bead: Bead) -> tuple[Segment, ...]:
        """The source segments of ``bead``, in order."""
        return tuple(self.source.segment_by_id[i] for i in bead.source)

    def target_segments(self, bead: Bead) -> tuple[Segment, ...]:
        """The target segments of ``bead``, in order."""
        return tuple(self.target.segment_by_id[i] for i in bead.target)

    def source_text(self, bead: Bead) -> str:
        """The bead's source segments joined by one space."""
        return " ".join(segment.text for segment in self.source_segments(bead))

    def target_text(self, bead: Bead) -> str:
        """The bead's target segments joined by one space."""
        return " ".join(segment.text for segment in self.target_segments(bead))


def _check_cover(side: str, document: Document, named: list[str]) -> None:
    """Every segment belongs to exactly one bead: nothing is lost, nothing doubled."""
    times = Counter(named)
    wrong = [segment.id for segment in document.segments if times.pop(segment.id, 0) != 1]
    wrong += times  # what is left names no segment
    if wrong:
        raise ValueError(f"beads do not cover the {side} segments exactly once: {wrong[:5]}")


def target_document(source: Document, translations: Sequence[str], language: str) -> Document:
    """The target side of a translated document.

    ``translations`` holds one text a source segment, in order. Each takes its
    segment's place and everything between segments is kept, so blank lines, list
    marks and a missing final newline survive. Block numbers and segment ids are
    the source's; inline marks are not carried over. An empty translation keeps its
    segment, with an empty span.
    """
    if len(translations) != len(source.segments):
        raise ValueError(f"{len(translations)} translations for {len(source.segments)} segments")
    remaining = iter(translations)
    parts: list[str] = []
    written = 0  # code points of target text so far
    read = 0  # code points of source text so far
    blocks: list[Block] = []
    segments: list[Segment] = []

    def put(text: str) -> Span:
        nonlocal written
        parts.append(text)
        written += len(text)
        return Span(written - len(text), written)

    for block, held in source.segments_by_block():
        begin = held[0].span.start if held else max(block.span.start, read)
        start = put(source.text[read:begin]).end
        read = begin
        for segment in held:
            put(source.text[read : segment.span.start])
            text = one_line(next(remaining))
            segments.append(Segment(segment.id, segment.block, put(text), text))
            read = segment.span.end
        blocks.append(replace(block, span=Span(start, written), marks=()))
    put(source.text[read:])
    return Document(
        text="".join(parts),
        language=language,
        blocks=tuple(blocks),
        segments=tuple(segments),
        segmentation=source.segmentation,
        metadata=source.metadata,
    )
