"""Documents whose alignment is known, made from text that is aligned line by line.

Noise is put in at stated rates, and the beads are known because we made them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

Bead = tuple[tuple[int, ...], tuple[int, ...]]
_CLAUSE = re.compile(r"(?<=[,;:]) |(?<= –) ")


@dataclass(frozen=True, slots=True)
class Rates:
    """Chances in [0, 1], each of one pair to begin with such a thing; both sides alike."""

    merge: float = 0.05  # two sentences of one side become one, each way
    split: float = 0.04  # a sentence is cut at a clause, each way
    three: float = 0.01  # 1-3 or 3-1, each way
    swap: float = 0.01  # two sentences of one side change places: a 2-2 bead
    moved: float = 0.02  # a clause stands on the other side of a boundary: a 2-2 bead
    deletion: float = 0.04  # each side
    block: float = 0.002  # 5 to 15 sentences are gone, each side

    def times(self, factor: float) -> Rates:
        """All rates multiplied."""
        return Rates(*(factor * getattr(self, name) for name in self.__dataclass_fields__))


STANDARD, HARD = Rates(), Rates().times(2)


@dataclass(frozen=True, slots=True)
class NoisyDocument:
    """Segments of both sides and the gold beads, each segment in exactly one."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    gold: tuple[Bead, ...]


def make_noisy(source: Sequence[str], target: Sequence[str], rates: Rates, seed: int) -> NoisyDocument:
    """A document with noise from lines that answer to each other."""
    chance = random.Random(seed)
    groups: list[tuple[list[str], list[str]]] = []
    at = 0
    while at < len(source):
        taken, made = _event(source, target, at, rates, chance)
        groups += made
        at += taken
    return _numbered(groups)


Groups = list[tuple[list[str], list[str]]]


def _event(
    source: Sequence[str], target: Sequence[str], at: int, rates: Rates, chance: random.Random
) -> tuple[int, Groups]:
    """What becomes of the pairs from ``at`` on: how many are used up, and their beads."""
    draw, left = chance.random(), len(source) - at
    flip = chance.random() < 0.5
    sides = (target, source) if flip else (source, target)  # noise is put into the first
    one, other = [list(side[at : at + 3]) for side in sides]

    def beads(*made: tuple[list[str], list[str]]) -> Groups:
        return [(b, a) if flip else (a, b) for a, b in made]

    plain = 1, beads((one[:1], other[:1]))
    for name in ("merge", "split", "three", "swap", "moved", "deletion", "block"):
        rate = getattr(rates, name) * (2 if name not in ("swap", "moved") else 1)
        if draw >= rate:
            draw -= rate
            continue
        if name == "merge" and left >= 2:
            return 2, beads(([" ".join(one[:2])], other[:2]))
        if name == "three" and left >= 3:
            return 3, beads(([" ".join(one)], other))
        if name == "split":
            parts = _halves(one[0])
            return (1, beads((parts, other[:1]))) if parts else plain
        if name == "swap" and left >= 2:
            return 2, beads((one[1::-1], other[:2]))
        if name == "moved" and left >= 2:
            parts = _halves(one[0])
            return (2, beads(([parts[0], f"{parts[1]} {one[1]}"], other[:2]))) if parts else plain
        if name == "deletion":
            return 1, beads(([], other[:1]))
        if name == "block":
            size = min(left, chance.randint(5, 15))
            return size, beads(*(([], [line]) for line in sides[1][at : at + size]))
        return plain
    return plain


def _halves(text: str) -> list[str]:
    """``text`` cut at the clause mark nearest its middle; empty without one that leaves 15 characters."""
    cuts = [found.start() for found in _CLAUSE.finditer(text)]
    cuts = [cut for cut in cuts if 15 <= cut <= len(text) - 15]
    if not cuts:
        return []
    cut = min(cuts, key=lambda place: abs(place - len(text) / 2))
    return [text[:cut], text[cut + 1 :]]


def _numbered(groups: Groups) -> NoisyDocument:
    sides: tuple[list[str], list[str]] = ([], [])
    gold: list[Bead] = []
    for group in groups:
        numbers = []
        for side, texts in zip(sides, group, strict=True):
            numbers.append(tuple(range(len(side), len(side) + len(texts))))
            side.extend(texts)
        gold.append((numbers[0], numbers[1]))
    return NoisyDocument(tuple(sides[0]), tuple(sides[1]), tuple(gold))
