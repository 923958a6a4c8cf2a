"""Where a source's inline markup belongs in its translation, segment by segment.

- A range goes to the words that word links join to its words; to the same
  characters where both texts have them (a name, a number, ``H<sub>2</sub>O``).
- A point goes where the word before or after it went.
- Line breaks and ends of subtitle cues keep their order, and go where they part
  the fewest linked words.

A range that is parted by other words comes out in several parts, links excepted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.bitext import Link
from corpus.document import BREAKS, POINTS, UNDIVIDED, Mark, Span
from corpus.words import words

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
    breaks = [mark for mark in marks if mark.kind in BREAKS]
    placed = dict(zip(map(id, breaks), _placed_breaks(sides, breaks), strict=True))
    result: list[Mark] = []
    unplaced: list[Mark] = []
    for mark in marks:
        if mark.kind in BREAKS:
            result.append(replace(mark, span=placed[id(mark)]))
            continue
        point = mark.kind in POINTS or not len(mark.span)
        spans = (
            sides.point_spans(mark.span.start)
            if point
            else sides.range_spans(mark.span, whole=mark.kind in UNDIVIDED)
        )
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
        if mark.kind in UNDIVIDED and self.target_words:
            return next((word for word in reversed(self.target_words) if self._is_word(word)), Span(end, end))
        return Span(end, end)

    def _is_word(self, word: Span) -> bool:
        return self.target[word.start].isalnum()

    # Ranges

    def range_spans(self, span: Span, *, whole: bool) -> list[Span] | None:
        """The target spans of a source range; None if it has none."""
        first = bisect_right(self.ends, span.start)
        last = bisect_left(self.starts, span.end)
        if first >= last:  # only white space, or nothing
            return self.point_spans(span.start)
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
        begin = self._inside(first, span.start, begin, at_start=True)
        end = self._inside(last - 1, span.end, end, at_start=False)
        return Span(begin, max(begin, end))

    def _inside(self, index: int, at: int, edge: int, *, at_start: bool) -> int:
        """``edge``, moved into its word where ``at`` lies within the same word of the source."""
        word = self.source_words[index]
        if not word.start < at < word.end:
            return edge
        for link in self.partners.get(index, ()):
            there = self.target_words[link.target]
            same = there.of(self.target) == word.of(self.source)
            if same and edge == (there.start if at_start else there.end):
                return there.start + at - word.start
        return edge

    # Points

    def point_spans(self, at: int) -> list[Span] | None:
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
                # White space before it in the source stays before it.
                while not glued_before and self.target[found : found + 1].isspace():
                    found += 1
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
