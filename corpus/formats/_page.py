"""A bitext as people read it: blocks with their sentence pairs, ready for a template.

The bilingual page, the book and the documents show the same things: groups of
sentences, flags with numbers, links between words, and how the text came to be.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from corpus.bitext import Bead, Bitext, Link, Provenance
from corpus.document import Block, BlockKind, Document, Mark, Span
from corpus.formats._common import REPLACEMENT, block_of, flag_label, source_span
from corpus.formats._inline import Run, runs
from corpus.units import Unit, joined_marks, units_of
from corpus.words import words

LANGUAGES = {"nl": "Dutch", "en": "English"}  # others show their code
DATA_ID = "tweetalig"  # of the element with the JSON
ORIGINS = {"mt": "machine translation", "human": "human translation", "memory": "translation memory"}

# Controls, bidirectional embeddings, overrides and isolates, and half characters.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_ORDERED = re.compile(r"(\d{1,9})[.)]$")
_NOT_IN_ID = re.compile(r"\s")


# What there is to show


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence in these elements; ``spot`` if a flag points at it.

    ``link`` is where the original leads from here. It is shown and not followed: a tap on
    a word lights its counterpart and must not leave the page.
    """

    text: str
    spot: bool
    tags: tuple[str, ...] = ()
    link: str = ""
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A flag of a sentence; ``number`` counts from 1 through the page."""

    number: int
    label: str
    message: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """One side of a bead. ``words`` holds the linked words as UTF-16 offsets, "0,5 6,9"."""

    anchor: str
    pieces: tuple[Piece, ...]
    words: str
    missing: str  # what to show when there is no text


@dataclass(frozen=True, slots=True)
class Pair:
    """A bead. ``links`` joins the sides' ``words`` by place and percent, "0-0-97 1-2-60"."""

    id: str
    source: Sentence
    target: Sentence
    links: str
    about: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A block of the source, or one item of a list."""

    level: int
    value: int | None  # the number of an item in a numbered list
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """What makes one row of the page: a block, or a list with its items.

    ``kind`` names it to the style, ``tag`` is the HTML element of each side.
    """

    kind: str
    tag: str
    items: tuple[Item, ...]

    @property
    def notes(self) -> tuple[tuple[Pair, Note], ...]:
        """The notes of every sentence, in order."""
        return tuple((pair, note) for item in self.items for pair in item.pairs for note in pair.notes)


# The whole


def language_name(document: Document) -> str:
    """What people call the document's language."""
    primary = document.language.split("-")[0].lower()
    return visible(LANGUAGES.get(primary, document.language))


def name_of(bitext: Bitext) -> str:
    """What to call the text: its file, without the folders."""
    return PurePath(bitext.source.source.name).name or "A text"


def origin_of(bitext: Bitext) -> str:
    origins = dict.fromkeys(bead.origin for bead in bitext.beads if bead.target)
    return " and ".join(ORIGINS.get(origin, origin) for origin in origins) or "translation"


def flag_counts(bitext: Bitext) -> list[tuple[str, int]]:
    return Counter(flag_label(flag) for bead in bitext.beads for flag in bead.flags).most_common()


def facts_of(bitext: Bitext) -> list[tuple[str, str]]:
    """The provenance as name and value, without what is not known."""
    provenance: Provenance = bitext.provenance
    source = bitext.source.source
    settings = ", ".join(f"{name} {value}" for name, value in provenance.settings.items())
    facts = [
        ("Source file", source.name),
        ("SHA-256 of the source", source.sha256),
        ("Made by", provenance.tool),
        ("Made at", provenance.created),
        ("Model", provenance.model),
        ("SHA-256 of the weights", provenance.weights_sha256),
        ("Engine", provenance.engine),
        ("Settings", settings),
        ("Segmentation", provenance.segmentation or bitext.source.segmentation),
        *((name.capitalize(), value) for name, value in bitext.source.metadata.items()),
        *provenance.extra.items(),
    ]
    return [(visible(name), visible(value)) for name, value in facts if value]


# Groups, items and pairs


def groups(bitext: Bitext) -> Iterator[Group]:
    """The page's rows. Neighbouring list items become one list."""
    pending: list[Item] = []  # of the list being collected
    pending_tag = ""
    for block, item, tag in _items(bitext):
        if pending and tag != pending_tag:
            yield Group("list", pending_tag, tuple(pending))
            pending = []
        if tag in ("ul", "ol"):
            pending.append(item)
            pending_tag = tag
        else:
            kind = block.kind if block else BlockKind.PARAGRAPH
            level = f" level-{item.level}" if kind is BlockKind.HEADING else ""
            yield Group(f"{kind.value}{level}", tag, (item,))
    if pending:
        yield Group("list", pending_tag, tuple(pending))


def _items(bitext: Bitext) -> Iterator[tuple[Block | None, Item, str]]:
    """Each block with its pairs and the element it becomes, in the order of the beads."""
    anchors = _anchors(bitext)
    headings = _heading_tags(bitext.source)
    number = 0  # notes so far
    current: Block | None = None
    pairs: list[Pair] = []

    def made() -> tuple[Block | None, Item, str]:
        value, tag = _element(bitext.source, current, headings)
        return current, Item(current.level if current else 0, value, tuple(pairs)), tag

    for bead, unit, anchor in zip(bitext.beads, units_of(bitext).units, anchors, strict=True):
        # What the source lacks stays with the block before it.
        block = block_of(bitext, bead) if bead.source or current is None else current
        if pairs and block != current:
            yield made()
            pairs = []
        current = block
        notes = tuple(
            Note(number + place, flag_label(flag), visible(flag.message), flag.repaired)
            for place, flag in enumerate(bead.flags, start=1)
        )
        number += len(notes)
        pairs.append(_pair(bitext, unit, bead, anchor, notes))
    if pairs:
        yield made()


def _heading_tags(document: Document) -> dict[int, str]:
    """The HTML element for each level of heading in use.

    ``h1`` is the page's title; levels follow on without a gap, for readers who
    find their way by headings.
    """
    levels = sorted({block.level for block in document.blocks if block.kind is BlockKind.HEADING})
    return {level: f"h{min(place, 6)}" for place, level in enumerate(levels, start=2)}


def _element(document: Document, block: Block | None, headings: Mapping[int, str]) -> tuple[int | None, str]:
    """The number of a list item, if it has one, and the HTML element of a block."""
    if block is None:
        return None, "p"
    if block.kind is BlockKind.HEADING:
        return None, headings.get(block.level, "h6")  # a heading of the target alone
    if block.kind is BlockKind.QUOTATION:
        return None, "blockquote"
    if block.kind is not BlockKind.LIST_ITEM:
        return None, "p"
    line = document.text.rfind("\n", 0, block.span.start) + 1
    marker = _ORDERED.search(document.text[line : block.span.start].strip())
    return (int(marker[1]), "ol") if marker else (None, "ul")


def _anchors(bitext: Bitext) -> list[str]:
    """An id in the page for each bead: its own, unless that is taken or no id at all."""
    # "-t" marks the target's side, the others are the page's own.
    taken = {"", "flags", "about", "icon-flag", DATA_ID}
    anchors = []
    for place, bead in enumerate(bitext.beads, start=1):
        anchor = visible(_NOT_IN_ID.sub("_", bead.id))
        if anchor in taken or f"{anchor}-t" in taken or anchor.startswith("flag-"):
            anchor = f"bead-{place}-{len(taken)}"
        taken |= {anchor, f"{anchor}-t"}
        anchors.append(anchor)
    return anchors


def _pair(bitext: Bitext, unit: Unit, bead: Bead, anchor: str, notes: tuple[Note, ...]) -> Pair:
    source, target = unit.source_text, unit.target_text
    source_words, target_words = words(source), words(target)
    links = [
        link for link in bead.links if link.source < len(source_words) and link.target < len(target_words)
    ]
    # Only linked words go into the page: the others light nothing of their own.
    source_places = _places(link.source for link in links)
    target_places = _places(link.target for link in links)
    return Pair(
        id=bead.id,
        source=Sentence(
            anchor,
            _pieces(source, joined_marks(unit.source), [flag.source for flag in bead.flags]),
            _offsets(source, [source_words[index] for index in source_places]),
            "nothing in the original" if target and not source else "",
        ),
        target=Sentence(
            f"{anchor}-t",
            _pieces(target, joined_marks(unit.target), [flag.target for flag in bead.flags]),
            _offsets(target, [target_words[index] for index in target_places]),
            "no translation" if source and not target else "",
        ),
        links=" ".join(_link(link, source_places, target_places) for link in links),
        about=_about(bitext, bead),
        notes=notes,
    )


def _places(indexes: Iterator[int]) -> dict[int, int]:
    """Word index to place among the words that have a link."""
    return {index: place for place, index in enumerate(sorted(set(indexes)))}


def _link(link: Link, sources: Mapping[int, int], targets: Mapping[int, int]) -> str:
    return f"{sources[link.source]}-{targets[link.target]}-{round(100 * link.weight)}"


def _offsets(text: str, spans: list[Span]) -> str:
    """Spans of code points as the UTF-16 offsets that scripts count in."""
    if text.isascii() or max(text) <= "\uffff":
        return " ".join(f"{span.start},{span.end}" for span in spans)
    before = [0]
    for character in text:
        before.append(before[-1] + (2 if character > "\uffff" else 1))
    return " ".join(f"{before[span.start]},{before[span.end]}" for span in spans)


_TAGS = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strike": "s",
    "code": "code",
    "superscript": "sup",
    "subscript": "sub",
}


def _pieces(text: str, marks: Sequence[Mark], spots: list[Span | None]) -> tuple[Piece, ...]:
    """``text`` cut where its look changes or a flag points at a part of it."""
    found = runs(text, marks, [spot for spot in spots if spot is not None])
    return tuple(
        Piece(
            visible(run.text),
            run.spot,
            tuple(_TAGS[style] for style in run.styles),
            visible(run.link),
            run.breaks,
        )
        for run in found or [Run("")]
    )


def _about(bitext: Bitext, bead: Bead) -> str:
    """Where a sentence is in the source, and how sure the model was."""
    span = source_span(bitext, bead)
    parts = [bead.id]
    if span is not None:
        parts.append(f"characters {span.start:,}–{span.end:,} of the source")
    if bead.confidence is not None:
        parts.append(f"confidence {bead.confidence:.0%}")
    if bead.score is not None:
        parts.append(f"score {bead.score:.2f}")
    if bead.origin:
        parts.append(ORIGINS.get(bead.origin, bead.origin))
    return visible(" · ".join(parts))


def visible(text: str) -> str:
    """``text`` with a sign for each character that cannot be seen."""
    return UNSEEN.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)  # the Control Pictures block
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else REPLACEMENT


def but_layout(text: str) -> str:
    return re.sub("[\t\n\r]", "", text)
