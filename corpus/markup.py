"""Inline markup: what it is called, and how it comes from a source to its translation.

A block's marks (:class:`corpus.document.Mark`) are ranges (bold, a link) or points
(a footnote mark, an image). Each has an attribute ``id``, its number in the block in
the order in which the marks begin; ranges nest. :func:`mark_target` gives the target
side of a bitext the marks of its source:

- a range goes to the words that word links join to its words; to the same
  characters where both texts have them (a name, a number, ``H<sub>2</sub>O``);
- a point goes where the word before or after it went;
- line breaks and ends of subtitle cues keep their order, and go where they part
  the fewest linked words.

What finds no place is put at the end of its segment, and the bead gets a flag of the
kind ``markup`` which says so. A range may come out in two parts; both have its id.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link
from corpus.document import Block, Document, Mark, Segment, Span
from corpus.words import words


class MarkKind(StrEnum):
    """Kinds of marks that readers make. Formats may know more; unknown ones are kept."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    CODE = "code"
    SUPERSCRIPT = "superscript"
    SUBSCRIPT = "subscript"
    LINK = "link"  # attribute href
    STYLE = "style"  # any other look: a colour, a font, a class
    VOICE = "voice"  # who speaks, in subtitles
    BREAK = "break"  # a line break; covers the white space it replaces
    CUE = "cue"  # the next subtitle cue begins; covers white space too
    IMAGE = "image"  # attributes src and alt
    NOTE = "note"  # the mark of a footnote or endnote
    ANCHOR = "anchor"  # a place that links lead to
    OBJECT = "object"  # whatever else stands in a line and is kept


POINTS = frozenset(
    {MarkKind.BREAK, MarkKind.CUE, MarkKind.IMAGE, MarkKind.NOTE, MarkKind.ANCHOR, MarkKind.OBJECT}
)
_BREAKS = frozenset({MarkKind.BREAK, MarkKind.CUE})
_WHOLE = frozenset({MarkKind.LINK})  # not to be written twice, if that can be helped

_LONGEST_GAP = 3  # words that a range may take in to stay in one piece,
_MOST_OTHERS = 1  # and how many of them may have links elsewhere
_REACH = 3  # words a point looks past for one that has a link
_LONGEST_LITERAL = 20_000  # characters of a segment in which equal text is looked for
_MOST_WORK = 4_000_000  # breaks times words that are weighed against each other
_OFF_BALANCE = 0.5  # what a break that is out of proportion by the whole segment costs, in links
_AFTER_PUNCTUATION = 0.3  # what a break after a comma or full stop gains


@dataclass(frozen=True, slots=True)
class Projection:
    """Marks over a target text, and the source marks that found no place in it."""

    marks: tuple[Mark, ...]
    unplaced: tuple[Mark, ...] = ()


# One segment


def project(source: str, target: str, links: Sequence[Link], marks: Sequence[Mark]) -> Projection:
    """``marks`` (spans over ``source``) as marks over ``target``.

    ``links`` are over :func:`corpus.words.words` of both. Unplaced marks are in
    ``marks`` too, at the end of the target.
    """
    sides = _Sides(source, target, links)
    breaks = [mark for mark in marks if mark.kind in _BREAKS]
    placed = dict(zip(map(id, breaks), _placed_breaks(sides, breaks), strict=True))
    result: list[Mark] = []
    unplaced: list[Mark] = []
    for mark in marks:
        if mark.kind in _BREAKS:
            result.append(replace(mark, span=placed[id(mark)]))
            continue
        point = mark.kind in POINTS or not len(mark.span)
        spans = sides.point(mark.span.start) if point else sides.range(mark.span, whole=mark.kind in _WHOLE)
        if spans is None:
            unplaced.append(mark)
            spans = [sides.edge(mark)]
        result += [replace(mark, span=span) for span in spans]
    return Projection(tuple(result), tuple(unplaced))


class _Sides:
    """Two texts, their words, and who is linked to whom."""

    def __init__(self, source: str, target: str, links: Sequence[Link]) -> None:
        self.source, self.target = source, target
        self.source_words, self.target_words = words(source), words(target)
        self.starts = [word.start for word in self.source_words]
        self.ends = [word.end for word in self.source_words]
        self.target_starts = {word.start for word in self.target_words}
        self.target_ends = {word.end for word in self.target_words}
        self.links = [
            link
            for link in links
            if link.source < len(self.source_words) and link.target < len(self.target_words)
        ]
        self.partners: dict[int, list[Link]] = {}
        self.owners: dict[int, set[int]] = {}
        for link in self.links:
            self.partners.setdefault(link.source, []).append(link)
            self.owners.setdefault(link.target, set()).add(link.source)

    def edge(self, mark: Mark) -> Span:
        """Where a mark without a place goes: a link on the last word, the rest after it."""
        end = len(self.target)
        if mark.kind in _WHOLE and self.target_words:
            return next((word for word in reversed(self.target_words) if self._is_word(word)), Span(end, end))
        return Span(end, end)

    def _is_word(self, word: Span) -> bool:
        return self.target[word.start].isalnum()

    # Ranges

    def range(self, span: Span, *, whole: bool) -> list[Span] | None:
        """The target spans of a source range; None if it has none."""
        first = bisect_right(self.ends, span.start)
        last = bisect_left(self.starts, span.end)
        if first >= last:  # only white space, or nothing
            return self.point(span.start)
        if first == 0 and last == len(self.source_words):
            inside = span.start <= self.starts[0] and span.end >= self.ends[-1]
            if inside:
                return [Span(0, len(self.target))]
        if last - first == 1 and (span.start > self.starts[first] or span.end < self.ends[first]):
            within = self._within_word(first, span)
            if within is not None:
                return [within]
        literal = self._literal(span, first, last)
        if literal is not None:
            return [literal]
        clusters = self._clusters(range(first, last))
        if not clusters:
            between = self._between(first, last)
            return None if between is None else [between]
        if whole:
            weights = {(c.start, c.stop): self._weight(c, first, last) for c in clusters}
            clusters = [max(clusters, key=lambda c: (weights[(c.start, c.stop)], -c.start))]
        return [self._trimmed(cluster, span, first, last) for cluster in clusters]

    def _within_word(self, index: int, span: Span) -> Span | None:
        """Part of a word that stands in the target as it is: the "2" of "H2O"."""
        word = self.source_words[index]
        text = word.of(self.source)
        same = [found for found in self._linked_first(index) if found.of(self.target) == text]
        if not same:
            return None
        return Span(same[0].start + span.start - word.start, same[0].start + span.end - word.start)

    def _linked_first(self, index: int) -> Iterator[Span]:
        """Target words, those linked to source word ``index`` first."""
        for link in self.partners.get(index, ()):
            yield self.target_words[link.target]
        yield from self.target_words

    def _literal(self, span: Span, first: int, last: int) -> Span | None:
        """The same characters in the target, if both texts have them once."""
        text = span.of(self.source).strip()
        if len(self.source) > _LONGEST_LITERAL or not any(map(str.isalnum, text)):
            return None
        if self.source.count(text) != 1:
            return None
        at = self.target.find(text)
        if at < 0 or self.target.find(text, at + 1) >= 0:
            return None
        found = Span(at, at + len(text))
        if found.start not in self.target_starts or found.end not in self.target_ends:
            return None
        linked = [link.target for index in range(first, last) for link in self.partners.get(index, ())]
        inside = any(found.start <= self.target_words[number].start < found.end for number in linked)
        # A short word may be the same by chance ("in", "is"): the links decide.
        return found if len(text) > 3 or not linked or inside else None

    def _clusters(self, wanted: range) -> list[range]:
        """Runs of target words that are linked to the wanted source words."""
        linked = sorted({link.target for index in wanted for link in self.partners.get(index, ())})
        if not linked:
            return []
        clusters = [range(linked[0], linked[0] + 1)]
        for number in linked[1:]:
            gap = range(clusters[-1].stop, number)
            others = sum(1 for between in gap if self.owners.get(between, set()) - set(wanted))
            if others <= _MOST_OTHERS and len(gap) <= _LONGEST_GAP:
                clusters[-1] = range(clusters[-1].start, number + 1)
            else:
                clusters.append(range(number, number + 1))
        # A lone comma or full stop far away is no part of the phrase.
        real = [c for c in clusters if any(self._is_word(self.target_words[n]) for n in c)]
        return real or clusters

    def _weight(self, cluster: range, first: int, last: int) -> float:
        return sum(
            link.weight * len(self.source_words[index])
            for index in range(first, last)
            for link in self.partners.get(index, ())
            if link.target in cluster
        )

    def _between(self, first: int, last: int) -> Span | None:
        """Target words without links between the partners of the neighbours on both sides."""
        before = self.partners.get(first - 1)
        after = self.partners.get(last)
        start = max(link.target for link in before) + 1 if before else (0 if first == 0 else None)
        stop = min(link.target for link in after) if after else None
        if last == len(self.source_words):
            stop = len(self.target_words)
        if start is None or stop is None or not start < stop:
            return None
        free = [n for n in range(start, stop) if n not in self.owners and self._is_word(self.target_words[n])]
        if not free or len(free) > 2 * (last - first) + 1:
            return None
        return Span(self.target_words[free[0]].start, self.target_words[free[-1]].end)

    def _trimmed(self, cluster: range, span: Span, first: int, last: int) -> Span:
        """The span of a cluster, with punctuation at its edges only where the source has it."""
        start, stop = cluster.start, cluster.stop
        opens = not self.source[self.starts[first]].isalnum()
        closes = not self.source[self.starts[last - 1]].isalnum()
        while not closes and stop - 1 > start and not self._is_word(self.target_words[stop - 1]):
            stop -= 1
        while not opens and start < stop - 1 and not self._is_word(self.target_words[start]):
            start += 1
        begin, end = self.target_words[start].start, self.target_words[stop - 1].end
        if closes and stop < len(self.target_words) and self._is_word(self.target_words[stop - 1]):
            mark = self.target_words[stop]
            if (
                mark.start == end
                and not self._is_word(mark)
                and _alike(self.source, span.end - 1, self.target, end)
            ):
                end = mark.end
        if opens and start > 0 and self._is_word(self.target_words[start]):
            mark = self.target_words[start - 1]
            if (
                mark.end == begin
                and not self._is_word(mark)
                and _alike(self.source, span.start, self.target, mark.start)
            ):
                begin = mark.start
        return Span(begin, end)

    # Points

    def point(self, at: int) -> list[Span] | None:
        """Where a source point goes, as an empty span; None if no word near it is linked."""
        before = bisect_right(self.ends, at) - 1  # the last word that ends at or before it
        after = bisect_left(self.starts, at)  # the first that starts at or after it
        if before + 1 < after:  # inside a word
            within = self._within_word(before + 1, Span(at, at))
            if within is not None:
                return [within]
            before += 1
        if before < 0 and after == 0:
            return [Span(0, 0)]
        if after >= len(self.source_words):
            return [Span(len(self.target), len(self.target))]
        glued_before = before >= 0 and self.ends[before] >= at
        glued_after = self.starts[after] == at
        order = (
            (self._after, self._before) if glued_before or not glued_after else (self._before, self._after)
        )
        for look in order:
            found = look(before if look == self._after else after)
            if found is not None:
                return [Span(found, found)]
        return None

    def _after(self, before: int) -> int | None:
        """Behind the partner of the nearest linked word up to ``before``."""
        passed = ""
        for index in range(before, max(-1, before - _REACH), -1):
            links = self.partners.get(index)
            if links:
                end = self.target_words[_best(links)].end
                while passed and self.target[end : end + 1] == passed[0]:
                    end, passed = end + 1, passed[1:]
                return end
            passed = self.source_words[index].of(self.source) + passed
        return None

    def _before(self, after: int) -> int | None:
        """In front of the partner of the nearest linked word from ``after`` on."""
        for index in range(after, min(len(self.source_words), after + _REACH)):
            links = self.partners.get(index)
            if links:
                return self.target_words[_best(links)].start
        return None


def _best(links: Sequence[Link]) -> int:
    return max(links, key=lambda link: (link.weight, link.target)).target


_ALIKE = str.maketrans("„“”«»‚‘’", '"""""\'\'\'')


def _alike(first: str, at: int, second: str, there: int) -> bool:
    """Whether two characters are the same, quotation marks of any shape being one."""
    left, right = first[at : at + 1], second[there : there + 1]
    return bool(left) and left.translate(_ALIKE) == right.translate(_ALIKE)


# Line breaks and cue ends: in order, and where they part the fewest links


def _placed_breaks(sides: _Sides, breaks: Sequence[Mark]) -> list[Span]:
    """The target span (of white space, if there is any) of each break, in order."""
    if not breaks:
        return []
    slots = [
        0,
        *(n for n, (left, right) in enumerate(pairwise(sides.target_words), 1) if left.end < right.start),
    ]
    slots.append(len(sides.target_words))
    cuts = [bisect_left(sides.starts, mark.span.end) for mark in breaks]
    if len(breaks) * len(slots) > _MOST_WORK:
        chosen = _by_proportion(sides, cuts, slots)
    else:
        chosen = _by_links(sides, cuts, slots)
    return [_slot_span(sides, slots[slot]) for slot in chosen]


def _by_links(sides: _Sides, cuts: Sequence[int], slots: Sequence[int]) -> list[int]:
    """The cheapest rising choice of slots. Each part keeps a word if there are enough."""
    count = len(sides.source_words)
    inner = sorted({cut for cut in cuts if 0 < cut < count})
    last = len(slots) - 1
    apart = 1 if last > len(inner) else 0
    table: list[list[float]] = []
    origins: list[list[int]] = []
    for number, cut in enumerate(inner):
        lowest, highest = apart * (number + 1), last - apart * (len(inner) - number)
        row, origin = [], []
        best, best_at = (float("inf"), -1) if table else (0.0, -1)
        for slot, cost in enumerate(_costs(sides, cut, slots)):
            reach = slot - apart
            if table and reach >= 0 and table[-1][reach] <= best:
                best, best_at = table[-1][reach], reach
            row.append(best + cost if lowest <= slot <= highest else float("inf"))
            origin.append(best_at)
        table.append(row)
        origins.append(origin)
    chosen = [min(range(len(slots)), key=table[-1].__getitem__)] if table else []
    for origin in reversed(origins[1:]):
        chosen.append(origin[chosen[-1]])
    placed = dict(zip(inner, reversed(chosen), strict=True)) | {0: 0, count: last}
    return [placed[cut] for cut in cuts]


def _costs(sides: _Sides, cut: int, slots: Sequence[int]) -> list[float]:
    """For each slot, the weight of the links that a break there and at ``cut`` would part."""
    change = [0.0] * (len(sides.target_words) + 1)
    parted = 0.0
    for link in sides.links:
        if link.source >= cut:
            change[link.target] += link.weight  # parted once the slot lies past it
        else:
            parted += link.weight  # parted until the slot lies past it
            change[link.target] -= link.weight
    crossing = [parted]
    for step in change:
        crossing.append(crossing[-1] + step)
    share = (sides.starts[cut] if cut < len(sides.starts) else len(sides.source)) / max(1, len(sides.source))
    costs = []
    for slot in slots:
        at = sides.target_words[slot].start if slot < len(sides.target_words) else len(sides.target)
        balance = abs(at / max(1, len(sides.target)) - share)
        stop = slot > 0 and not sides._is_word(sides.target_words[slot - 1])
        costs.append(crossing[slot] + 2 * _OFF_BALANCE * balance - (_AFTER_PUNCTUATION if stop else 0.0))
    return costs


def _by_proportion(sides: _Sides, cuts: Sequence[int], slots: Sequence[int]) -> list[int]:
    words_there = max(1, len(sides.source_words))
    return [round(cut / words_there * (len(slots) - 1)) for cut in cuts]


def _slot_span(sides: _Sides, slot: int) -> Span:
    if slot == 0:
        return Span(0, 0)
    if slot == len(sides.target_words):
        return Span(len(sides.target), len(sides.target))
    return Span(sides.target_words[slot - 1].end, sides.target_words[slot].start)


# A whole bitext


def mark_target(bitext: Bitext) -> Bitext:
    """``bitext`` with its source's marks on its target blocks, and flags for unplaced ones.

    For a target that was laid out like its source (:func:`corpus.bitext.target_document`):
    blocks are joined by their number. Marks the target has already are replaced where
    the source block has any.
    """
    if not any(block.marks for block in bitext.source.blocks):
        return bitext
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
        for stretch in self._stretches(block):
            inside = [clipped for mark in block.marks if (clipped := _clip(mark, stretch)) is not None]
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


# Writing: ranges that nest


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
            self._ranges.sort(key=lambda mark: mark.kind not in _WHOLE)
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
        hidden = sorted(m.span for m in self._points if m.kind in _BREAKS)
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
