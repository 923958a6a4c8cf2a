"""Translation edit rate: how many word edits and block shifts make a hypothesis its reference.

The algorithm is Tercom's (Snover et al., "A study of translation edit rate with
targeted human annotation", AMTA 2006) with the limits, the order of choices and
the beam that sacrebleu 2.x uses (``sacrebleu/metrics/lib_ter.py``), so the counts
are the same. It is faster because words become single characters, and the many
shifted hypotheses are compared by rapidfuzz's bit-parallel edit distance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rapidfuzz.distance import Levenshtein

MAX_SHIFT_SIZE = 10  # words
MAX_SHIFT_DISTANCE = 50  # words
MAX_SHIFT_CANDIDATES = 1000  # a segment
BEAM_WIDTH = 25  # cells on either side of the diagonal

# Every path of cost d through a matrix whose sides differ by s stays within (d + s) / 2
# cells of the diagonal, so up to here the beam cannot change a distance.
_BEAM_CANNOT_MATTER = 2 * BEAM_WIDTH - 4

_FAR = 10**9


@dataclass(frozen=True, slots=True)
class _Shift:
    """Move ``length`` words at ``start`` to before ``target``; ``gain`` edits are saved."""

    gain: int
    length: int
    start: int
    target: int
    result: str

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Tercom's order of preference: gain, then length, then earliest, then nearest the start."""
        return self.gain, self.length, -self.start, -self.target


@dataclass(frozen=True, slots=True)
class _Alignment:
    """A cheapest way to make the hypothesis the reference.

    ``position`` gives for every reference word the hypothesis word at or before
    it (-1: none). The two lists hold running counts of wrong words, from 0.
    """

    cost: int
    position: list[int]
    reference_errors: list[int]
    hypothesis_errors: list[int]


def edits(hypothesis: Sequence[str], reference: Sequence[str]) -> int:
    """The number of edits (shifts count one) that make ``hypothesis`` the ``reference``.

    Both are words. With an empty reference every word of the hypothesis is an edit.
    """
    if not reference or not hypothesis:
        return len(hypothesis) or len(reference)
    codes: dict[str, str] = {}
    words = "".join([codes.setdefault(word, _character(len(codes))) for word in hypothesis])
    wanted = "".join([codes.setdefault(word, _character(len(codes))) for word in reference])
    if words == wanted:
        return 0
    positions: dict[str, list[int]] = {}
    for index, word in enumerate(wanted):
        positions.setdefault(word, []).append(index)
    shifts = checked = 0
    while True:
        alignment = _align(words, wanted)
        best, checked = _best_shift(words, wanted, positions, alignment, checked)
        if best is None or checked >= MAX_SHIFT_CANDIDATES:
            return shifts + alignment.cost
        shifts += 1
        words = best.result


def _character(number: int) -> str:
    """A character that stands for word ``number``; surrogates are left out."""
    return chr(number + 0x100 if number < 0xD000 else number + 0x1000)


def _best_shift(
    words: str, wanted: str, positions: dict[str, list[int]], alignment: _Alignment, checked: int
) -> tuple[_Shift | None, int]:
    """The shift that saves most edits, if one saves any, and how many were tried by now."""
    best: _Shift | None = None
    if alignment.cost == 0:
        return None, checked
    at, wrong_words, wrong_wanted = (
        alignment.position,
        alignment.hypothesis_errors,
        alignment.reference_errors,
    )
    for start, goal, length in _common_runs(words, wanted, positions):
        # Only words that are wrong now move, and only to where the reference is not yet met.
        if wrong_words[start + length] == wrong_words[start]:
            continue
        if wrong_wanted[goal + length] == wrong_wanted[goal]:
            continue
        if start <= at[goal] < start + length:
            continue
        for target in _targets(at, goal, length):
            checked += 1
            shifted = _moved(words, start, length, target)
            needed = alignment.cost - (best.gain if best else 1)
            cost = _distance(shifted, wanted, needed)
            if cost > needed:
                continue
            candidate = _Shift(alignment.cost - cost, length, start, target, shifted)
            if best is None or candidate.rank > best.rank:
                best = candidate
        if checked >= MAX_SHIFT_CANDIDATES:
            break
    return best, checked


def _targets(at: list[int], goal: int, length: int) -> Iterator[int]:
    """Places in the hypothesis to which a run that matches the reference at ``goal`` may go."""
    previous = -1
    for position in range(goal - 1, goal + length):
        if position >= len(at):
            return
        target = 0 if position == -1 else at[position] + 1
        if target != previous:
            previous = target
            yield target


def _common_runs(words: str, wanted: str, positions: dict[str, list[int]]) -> Iterator[tuple[int, int, int]]:
    """Start in the hypothesis, start in the reference and length of every common run of words."""
    for start, word in enumerate(words):
        for goal in positions.get(word, ()):
            if abs(goal - start) > MAX_SHIFT_DISTANCE:
                continue
            longest = min(MAX_SHIFT_SIZE, len(words) - start, len(wanted) - goal)
            for length in range(1, longest + 1):
                if words[start + length - 1] != wanted[goal + length - 1]:
                    break
                yield start, goal, length


def _moved(words: str, start: int, length: int, target: int) -> str:
    """``words`` with ``length`` of them at ``start`` moved to before the word ``target``."""
    end = start + length
    run = words[start:end]
    if target < start:
        return words[:target] + run + words[target:start] + words[end:]
    if target > end:
        return words[:start] + words[end:target] + run + words[target:]
    # The target lies within the run: what follows the run moves before it.
    return words[:start] + words[end : length + target] + run + words[length + target :]


def _distance(words: str, wanted: str, limit: int) -> int:
    """The edit distance within the beam, or any number above ``limit`` if it is more than that."""
    distance = int(Levenshtein.distance(words, wanted, score_cutoff=limit))
    if distance > limit or distance + abs(len(words) - len(wanted)) <= _BEAM_CANNOT_MATTER:
        return distance
    return _align(words, wanted).cost


def _beam(row: int, rows: int, columns: int) -> tuple[int, int]:
    """The columns [first, last) of the matrix that are looked at in ``row``."""
    ratio = columns / rows
    width = math.ceil(ratio / 2 + BEAM_WIDTH) if ratio / 2 > BEAM_WIDTH else BEAM_WIDTH
    diagonal = math.floor(row * ratio)
    last = columns + 1 if row == rows else min(columns + 1, diagonal + width)
    return max(0, diagonal - width), last


def _align(words: str, wanted: str) -> _Alignment:
    """The cheapest alignment; of equals, substitution before deletion before insertion."""
    costs = _all_costs(words, wanted)
    # What ties with a cheapest path lies on one, so then the beam changes no choice either.
    if costs[-1][-1] + abs(len(words) - len(wanted)) <= _BEAM_CANNOT_MATTER:
        return _trace(words, wanted, costs)
    return _trace(words, wanted, _costs_in_beam(words, wanted))


def _all_costs(words: str, wanted: str) -> list[list[int]]:
    """The matrix of edit distances between all beginnings of the two."""
    above = list(range(len(wanted) + 1))
    matrix = [above]
    for row, word in enumerate(words, start=1):
        left = row
        costs = [left]
        diagonal = row - 1
        for other, up in zip(wanted, above[1:], strict=True):
            if word == other:
                left = diagonal  # a match is never dearer than the rest
            else:
                if diagonal < left:
                    left = diagonal
                if up < left:
                    left = up
                left += 1
            costs.append(left)
            diagonal = up
        matrix.append(costs)
        above = costs
    return matrix


def _costs_in_beam(words: str, wanted: str) -> list[list[int]]:
    """The same as far as the beam goes; beyond it everything is too far."""
    rows, columns = len(words), len(wanted)
    above = list(range(columns + 1))
    matrix = [above]
    for row, word in enumerate(words, start=1):
        first, last = _beam(row, rows, columns)
        costs = [_FAR] * (columns + 1)
        left = _FAR
        if first == 0:
            left = costs[0] = above[0] + 1
            first = 1
        for column in range(first, last):
            if wanted[column - 1] == word:
                left = min(above[column - 1], above[column] + 1, left + 1)
            else:
                left = min(above[column - 1], above[column], left) + 1
            costs[column] = left
        matrix.append(costs)
        above = costs
    return matrix


def _trace(words: str, wanted: str, costs: list[list[int]]) -> _Alignment:
    """Follow a cheapest path back from the end of both texts."""
    row, column = len(words), len(wanted)
    cost = costs[row][column]
    position = [0] * column
    reference_errors = [0] * column
    hypothesis_errors = [0] * row
    while row or column:
        here = costs[row][column]
        if row and column:
            same = words[row - 1] == wanted[column - 1]
            if here == costs[row - 1][column - 1] + (not same):
                row -= 1
                column -= 1
                position[column] = row
                if not same:
                    reference_errors[column] = hypothesis_errors[row] = 1
                continue
        if row and (not column or here == costs[row - 1][column] + 1):
            row -= 1
            hypothesis_errors[row] = 1
            continue
        column -= 1
        position[column] = row - 1
        reference_errors[column] = 1
    return _Alignment(
        cost,
        position,
        [0, *accumulate(reference_errors)],
        [0, *accumulate(hypothesis_errors)],
    )
