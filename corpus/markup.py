"""Inline markup of a bitext: the marks of its source, carried to its translation.

:func:`mark_target` does it block by block; :mod:`corpus.projection` finds the places
within a segment. What finds no place is put at the end of its segment, and the bead
gets a flag of the kind ``markup`` which says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link, target_document
from corpus.document import POINTS, Block, Document, Mark, MarkKind, Segment, Span
from corpus.projection import project
from corpus.words import words


def mark_target(bitext: Bitext) -> Bitext:
    """``bitext`` with its source's marks on its target blocks, and flags for unplaced ones.

    Code, and links that show their own address, get back their exact characters where
    the translation has others in their place.

    For a target that was laid out like its source (:func:`corpus.bitext.target_document`):
    blocks are joined by their number. Marks the target has already are replaced where
    the source block has any.
    """
    if not any(block.marks for block in bitext.source.blocks):
        return bitext
    bitext = _with_literals(bitext)
    carrier = _Carrier(bitext)
    blocks = [
        replace(block, marks=carrier.marks(bitext.source.blocks[number]))
        if number < len(bitext.source.blocks) and bitext.source.blocks[number].marks
        else block
        for number, block in enumerate(bitext.target.blocks)
    ]
    beads = tuple(
        replace(bead, flags=(*bead.flags, _flag(carrier.unplaced[bead.id])))
        if bead.id in carrier.unplaced
        else bead
        for bead in bitext.beads
    )
    return replace(bitext, target=replace(bitext.target, blocks=tuple(blocks)), beads=beads)


def is_literal(mark: Mark, text: str) -> bool:
    """Whether what ``mark`` covers, ``text``, is no language: code, or an address that is a link."""
    if mark.kind == MarkKind.CODE:
        return any(map(str.isalnum, text))
    address = mark.attributes.get("href", "").split("://")[-1].removeprefix("mailto:").strip("/")
    return mark.kind == MarkKind.LINK and bool(address) and text.split("://")[-1].strip("/") == address


def _with_literals(bitext: Bitext) -> Bitext:
    """``bitext`` with the characters of literal marks as they are in the source."""
    texts = {bead.id: bitext.target_text(bead) for bead in bitext.beads}
    mended: dict[str, Bead] = {}
    single = {
        bead.source[0]: bead for bead in bitext.beads if bead.source == bead.target and len(bead.source) == 1
    }
    for block, held in bitext.source.segments_by_block():
        literal = [m for m in block.marks if is_literal(m, m.span.of(bitext.source.text))]
        for segment in held if literal else ():
            bead = single.get(segment.id)
            if bead is None:
                continue
            for mark in literal:
                if segment.span.start <= mark.span.start and mark.span.end <= segment.span.end:
                    found = _literal_restored(bitext, mended.get(bead.id, bead), texts[bead.id], mark)
                    if found is not None:
                        mended[bead.id], texts[bead.id] = found
    if not mended:
        return bitext
    by_source = {bead.source[0]: bead.id for bead in single.values()}
    segments = bitext.source.segments
    if any(one.id not in by_source for one in segments):
        return bitext  # not laid out like its source
    target = target_document(
        bitext.source, [texts[by_source[one.id]] for one in segments], bitext.target.language
    )
    beads = tuple(mended.get(bead.id, bead) for bead in bitext.beads)
    return replace(bitext, target=replace(target, source=bitext.target.source), beads=beads)


def _literal_restored(bitext: Bitext, bead: Bead, target: str, mark: Mark) -> tuple[Bead, str] | None:
    """The bead and its target text with the mark's own characters; None if there is no need or place."""
    wanted = " ".join(mark.span.of(bitext.source.text).split())
    if wanted in target:
        return None
    source = bitext.source_text(bead)
    span = _Offsets(bitext.source, bitext.source_segments(bead)).to_text(mark.span)
    found = project(source, target, bead.links, [replace(mark, span=span, kind=MarkKind.LINK)])
    place = found.marks[0].span
    if found.unplaced or not len(place):
        return None
    text = f"{target[: place.start]}{wanted}{target[place.end :]}"
    return replace(
        bead, links=_relinked(bead.links, (source, span), (target, place), (text, len(wanted)))
    ), text


def _relinked(
    links: Sequence[Link], source: tuple[str, Span], old: tuple[str, Span], new: tuple[str, int]
) -> tuple[Link, ...]:
    """Links for a target in which ``old``'s span was replaced by so many characters of ``source``'s."""
    before, place = old
    shift = new[1] - len(place)
    number_at = {word.start: number for number, word in enumerate(words(new[0]))}
    kept = set()
    old_words = words(before)
    for link in links:
        word = old_words[link.target]
        if word.end <= place.start or word.start >= place.end:
            at = number_at.get(word.start if word.end <= place.start else word.start + shift)
            if at is not None:
                kept.add(replace(link, target=at))
    for number, word in enumerate(words(source[0])):
        at = number_at.get(place.start + word.start - source[1].start)
        if source[1].start <= word.start and word.end <= source[1].end and at is not None:
            kept.add(Link(number, at))
    return tuple(sorted(kept, key=lambda link: (link.source, link.target)))


def describe(mark: Mark) -> str:
    """A mark for people: its kind, and what tells it from others."""
    more = mark.attributes.get("href") or mark.attributes.get("alt") or mark.attributes.get("name")
    return f"{mark.kind} ({more})" if more else str(mark.kind)


def _flag(marks: Sequence[Mark]) -> Flag:
    named = ", ".join(dict.fromkeys(describe(mark) for mark in marks))
    return Flag(FlagKind.MARKUP, f"no place found for: {named}; put at the end of the segment")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Part of a block's source and of its target: a segment, or what lies between two."""

    source: Span
    target: Span
    bead: Bead | None = None
    segment: Segment | None = None


class _Carrier:
    """Carries marks over, block by block."""

    def __init__(self, bitext: Bitext) -> None:
        self._bitext = bitext
        self._beads = {name: bead for bead in bitext.beads for name in bead.source}
        self._held = {block.number: held for block, held in bitext.source.segments_by_block()}
        self.unplaced: dict[str, list[Mark]] = {}

    def marks(self, block: Block) -> tuple[Mark, ...]:
        """The marks of the target block that answers to ``block``."""
        carried: list[Mark] = []
        waiting = sorted(block.marks, key=lambda mark: mark.span.start)[::-1]
        near: list[Mark] = []  # marks that may lie in the stretch at hand
        for stretch in self._stretches(block):
            while waiting and waiting[-1].span.start <= stretch.source.end:
                near.append(waiting.pop())
            near = [mark for mark in near if mark.span.end >= stretch.source.start]
            inside = [clipped for mark in near if (clipped := _clip(mark, stretch)) is not None]
            if not inside:
                continue
            if stretch.segment is None or stretch.bead is None:
                carried += [_moved(mark, stretch) for mark in inside]
            else:
                carried += self._projected(stretch, inside)
        order = {mark.attributes.get("id", ""): number for number, mark in enumerate(block.marks)}
        joined = _joined(carried)
        return tuple(sorted(joined, key=lambda m: (order.get(m.attributes.get("id", ""), 0), m.span)))

    def _stretches(self, block: Block) -> Iterator[_Stretch]:
        held = self._held[block.number]
        target = self._bitext.target
        read = block.span.start
        written: int | None = None
        for segment in held:
            bead = self._beads[segment.id]
            there = [target.segment_by_id[name] for name in bead.target]
            place = Span(there[0].span.start, there[-1].span.end) if there else None
            if place is None or bead.source[0] != segment.id:
                continue  # nothing on the other side, or done with the bead's first segment
            start = place.start if written is None else min(written, place.start)
            yield _Stretch(Span(read, segment.span.start), Span(start, place.start))
            whole = Span(segment.span.start, self._bitext.source.segment_by_id[bead.source[-1]].span.end)
            yield _Stretch(whole, place, bead, segment)
            read, written = whole.end, place.end
        if written is not None and read < block.span.end:
            end = written + len(_blank_after(target.text, written, block.span.end - read))
            yield _Stretch(Span(read, block.span.end), Span(written, end))

    def _projected(self, stretch: _Stretch, marks: Sequence[Mark]) -> list[Mark]:
        bitext, bead = self._bitext, stretch.bead
        assert bead is not None
        to_text = _Offsets(bitext.source, bitext.source_segments(bead))
        to_target = _Offsets(bitext.target, bitext.target_segments(bead))
        local = [replace(mark, span=to_text.to_text(mark.span)) for mark in marks]
        found = project(bitext.source_text(bead), bitext.target_text(bead), bead.links, local)
        if found.unplaced:
            self.unplaced.setdefault(bead.id, []).extend(found.unplaced)
        return [replace(mark, span=to_target.to_document(mark.span)) for mark in found.marks]


def _blank_after(text: str, at: int, most: int) -> str:
    end = at
    while end < len(text) and end - at < most and text[end].isspace():
        end += 1
    return text[at:end]


def _clip(mark: Mark, stretch: _Stretch) -> Mark | None:
    """The part of ``mark`` in a stretch; points belong to a segment rather than to a gap."""
    span, within = mark.span, stretch.source
    start, end = max(span.start, within.start), min(span.end, within.end)
    if not len(span):
        held = within.start <= span.start <= within.end
        if stretch.segment is None:
            held = within.start < span.start < within.end
        return mark if held else None
    if start < end:
        return mark if (start, end) == (span.start, span.end) else replace(mark, span=Span(start, end))
    return None


def _moved(mark: Mark, stretch: _Stretch) -> Mark:
    """A mark between two segments, at the same place between their translations."""
    offset = stretch.target.start - stretch.source.start
    limit = stretch.target.end
    return replace(mark, span=Span(min(mark.span.start + offset, limit), min(mark.span.end + offset, limit)))


def _joined(marks: Iterable[Mark]) -> list[Mark]:
    """Parts of one mark that touch, joined again; a point stays one."""
    joined: dict[str, list[Mark]] = {}
    loose: list[Mark] = []
    for mark in marks:
        name = mark.attributes.get("id")
        if name is None:
            loose.append(mark)
            continue
        parts = joined.setdefault(name, [])
        if parts and mark.kind in POINTS:
            continue
        if parts and parts[-1].span.end >= mark.span.start:
            both = Span(min(parts[-1].span.start, mark.span.start), max(parts[-1].span.end, mark.span.end))
            parts[-1] = replace(mark, span=both)
        else:
            parts.append(mark)
    for name, parts in joined.items():
        if len(parts) > 1:  # empty parts beside real ones say nothing
            joined[name] = [part for part in parts if len(part.span)] or parts[:1]
    return [*(mark for parts in joined.values() for mark in parts), *loose]


class _Offsets:
    """Between offsets in a document and in a bead's text, its segments joined by spaces."""

    def __init__(self, document: Document, segments: Sequence[Segment]) -> None:
        self._document: list[int] = []  # for each offset into the bead's text, the document's
        self._text: dict[int, int] = {}
        base = 0
        for segment in segments:
            raw = segment.span.of(document.text)
            at = _aligned(raw, segment.text)
            for offset, place in enumerate(at):
                self._text[segment.span.start + offset] = base + place
            back = [segment.span.start] * (len(segment.text) + 1)
            for offset in range(len(at) - 1, -1, -1):
                back[at[offset]] = segment.span.start + offset
            back[-1] = segment.span.end
            self._document += back
            base += len(segment.text) + 1

    def to_text(self, span: Span) -> Span:
        """Offsets into the bead's text of a span of the document."""
        return Span(self._nearest(span.start), self._nearest(span.end))

    def _nearest(self, offset: int) -> int:
        while offset not in self._text and offset > 0:
            offset -= 1
        return self._text.get(offset, 0)

    def to_document(self, span: Span) -> Span:
        """Offsets into the document of a span of the bead's text."""
        return Span(self._document[span.start], max(self._document[span.start], self._document[span.end]))


def _aligned(raw: str, text: str) -> list[int]:
    """For each offset into ``raw`` (its end too) the offset into ``text``.

    ``text`` is ``raw`` with white space made one space and some characters left out.
    """
    at, offsets = 0, []
    for character in raw:
        offsets.append(at)
        if at < len(text) and (text[at] == character or (character.isspace() and text[at] == " ")):
            at += 1
    return [*offsets, at]
