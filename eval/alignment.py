"""How right an alignment is: beads against gold beads, word links against gold links.

Beads are scored as the scripts of vecalign and bertalign score them (Thompson and Koehn
2019; Liu and Zhu 2023), so that figures can be compared:

* *strict*: a bead is right if the gold has the very same one;
* *lax*: it is right as well if one of its source segments and one of its target segments
  stand in one bead of the gold;
* precision counts every bead of ours, those with an empty side (1-0, 0-1) too, which are
  right only if the gold has them; recall counts gold beads with text on both sides only,
  and finds them among our beads with text on both sides only;
* beads that are empty on both sides do not count.

Word links: precision over all links, recall over the sure ones, and the alignment error
rate of Och and Ney (2003). Where all gold links are sure AER is 1 - F1.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.errors import FormatError

BeadOfPlaces = tuple[tuple[int, ...], tuple[int, ...]]  # source and target segments, from 0
LinkOfPlaces = tuple[int, int]  # source and target word, from 0


@dataclass(frozen=True, slots=True)
class Rates:
    """Precision, recall and their harmonic mean, in [0, 1]; 0 where there is nothing to count."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """2 P R / (P + R)."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class BeadScores:
    """``deletions`` are beads with an empty side, in precision and recall by themselves."""

    strict: Rates
    lax: Rates
    deletions: Rates


@dataclass(frozen=True, slots=True)
class LinkScores:
    """Word links; ``aer`` is the alignment error rate."""

    rates: Rates
    aer: float


def bead_scores(gold: Iterable[BeadOfPlaces], ours: Iterable[BeadOfPlaces]) -> BeadScores:
    """Scores of one document's beads; their order does not matter."""
    gold_set, our_set = _counted(gold), _counted(ours)
    gold_full, our_full = ({bead for bead in beads if all(bead)} for beads in (gold_set, our_set))
    precise, recalled = _right(gold_set, our_set), _right(our_full, gold_full)
    gold_lone, our_lone = gold_set - gold_full, our_set - our_full
    common = len(gold_lone & our_lone)
    return BeadScores(
        Rates(_share(precise[0], len(our_set)), _share(recalled[0], len(gold_full))),
        Rates(_share(precise[1], len(our_set)), _share(recalled[1], len(gold_full))),
        Rates(_share(common, len(our_lone)), _share(common, len(gold_lone))),
    )


def _counted(beads: Iterable[BeadOfPlaces]) -> set[BeadOfPlaces]:
    return {(tuple(source), tuple(target)) for source, target in beads if source or target}


def _right(gold: set[BeadOfPlaces], tested: set[BeadOfPlaces]) -> tuple[int, int]:
    """How many of ``tested`` are right: strictly, laxly."""
    partners: dict[int, set[int]] = defaultdict(set)
    for source, target in gold:
        for place in source:
            partners[place].update(target)
    strict = lax = 0
    for bead in tested:
        if bead in gold:
            strict += 1
            lax += 1
        elif set().union(*(partners[place] for place in bead[0] if place in partners)) & set(bead[1]):
            lax += 1
    return strict, lax


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def link_scores(
    sure: Sequence[set[LinkOfPlaces]],
    ours: Sequence[set[LinkOfPlaces]],
    possible: Sequence[set[LinkOfPlaces]] | None = None,
) -> LinkScores:
    """Scores of the links of several pairs of texts; ``possible`` are gold links besides the sure ones."""
    allowed = [s | p for s, p in zip(sure, possible or [set()] * len(sure), strict=True)]
    found = sum(map(len, ours))
    right = sum(len(a & g) for a, g in zip(ours, allowed, strict=True))
    hit = sum(len(a & g) for a, g in zip(ours, sure, strict=True))
    total = sum(map(len, sure))
    aer = 1 - (hit + right) / (found + total) if found + total else 0.0
    return LinkScores(Rates(_share(right, found), _share(hit, total)), aer)


def read_gold_beads(text: str, name: str) -> list[BeadOfPlaces]:
    """Beads of a gold file: ``[0, 1]:[0]`` a line, zero-based, source then target.

    Anything after a second colon (a score, as vecalign writes it) is left out. Raises
    :class:`FormatError` with file and line.
    """
    beads = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            source, target = (ast.literal_eval(part.strip()) for part in line.split(":")[:2])
            bead = tuple(map(_place, source)), tuple(map(_place, target))
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            raise FormatError(
                f"{line.strip()[:40]!r} is not a bead",
                where=f"{name}, line {number}",
                remedy="write source and target segments, from 0, as in: [0, 1]:[0]",
            ) from None
        beads.append(bead)
    if not beads:
        raise FormatError("has no bead", where=name, remedy="write one bead a line, as in: [0, 1]:[0]")
    return beads


def _place(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value


def check_places(beads: Iterable[BeadOfPlaces], sources: int, targets: int, name: str) -> None:
    """Raise :class:`FormatError` if a gold bead names a segment that is not there."""
    for source, target in beads:
        for side, places, count in (("source", source, sources), ("target", target, targets)):
            beyond = [place for place in places if place >= count]
            if beyond:
                raise FormatError(
                    f"names {side} segment {beyond[0]}, and there are {count} (from 0)",
                    where=name,
                    remedy="is it the gold of these texts? With --segmented, segments are lines",
                )
