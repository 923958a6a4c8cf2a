"""Where two long texts can be cut into pieces that are aligned apart.

Every :data:`LONGEST` segments a short run of source segments is compared with the whole
target: where it answers, segment by segment, to one run there and to no other, the texts
are cut. A run that lies outside the longest rising chain of such places is left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from corpus.alignment.search import Matrix

LONGEST = 1000  # source segments of a piece, about
WHOLE = 4_000_000  # cells that are searched whole without a thought

_RUN = 24  # segments that are compared together
_CLEAR = 0.08  # mean cosine by which the place must be better than any other
_TRUE = 0.25  # of the pair that is cut behind, over what its neighbours have
_LOOSE = 12  # target segments around a place that do not count as another


@dataclass(frozen=True, slots=True)
class Piece:
    """Source segments ``source`` to before ``source_end`` and target segments likewise."""

    source: int
    source_end: int
    target: int
    target_end: int


def pieces(source: Matrix, target: Matrix, longest: int = LONGEST) -> list[Piece]:
    """Pieces in order; one if the texts are short, or nowhere certain.

    ``source`` and ``target`` are vectors of the segments, [segments, width], each of
    length one.
    """
    sizes = len(source), len(target)
    if (sizes[0] + 1) * (sizes[1] + 1) <= WHOLE:
        return [Piece(0, sizes[0], 0, sizes[1])]
    found = [_anchor(source, target, i) for i in range(longest, sizes[0] - longest // 2, longest)]
    cuts = [(0, 0), *_rising([place for place in found if place is not None]), sizes]
    return [Piece(a, c, b, d) for (a, b), (c, d) in pairwise(cuts)]


def _anchor(source: Matrix, target: Matrix, start: int) -> tuple[int, int] | None:
    """A cell (source and target segments done) near source segment ``start``, if one is certain."""
    rows = source[start : start + _RUN].astype(np.float32)
    cosines = np.empty((len(rows), len(target)), np.float32)
    for begin in range(0, len(target), 8192):
        part = target[begin : begin + 8192].astype(np.float32)
        cosines[:, begin : begin + 8192] = rows @ part.T
    near = np.maximum(cosines, np.pad(cosines, ((0, 0), (0, 1)))[:, 1:])
    near = np.maximum(near, np.pad(cosines, ((0, 0), (1, 0)))[:, :-1])
    count = len(target) - len(rows)
    if count <= 0:
        return None
    # How well the run answers to the target from each place on, a segment a segment.
    along = np.mean([near[r, r : r + count] for r in range(len(rows))], axis=0)
    place = int(along.argmax())
    others = np.concatenate([along[: max(0, place - _LOOSE)], along[place + _LOOSE :]])
    if not len(others) or along[place] - others.max() < _CLEAR:
        return None
    low = max(0, place - _LOOSE)
    window = cosines[:, low : place + len(rows) + _LOOSE]
    return _surest_pair(window, start, low)


def _surest_pair(window: Matrix, start: int, low: int) -> tuple[int, int] | None:
    """The cell between two pairs of neighbours that are clearly each other's best."""
    best = None
    for r in range(len(window) - 1):
        c = int(window[r].argmax())
        if c + 1 >= window.shape[1] or int(window[r + 1].argmax()) != c + 1:
            continue
        worth = min(_lead(window, r, c), _lead(window, r + 1, c + 1))
        if worth >= _TRUE and (best is None or worth > best[0]):
            best = worth, (start + r + 1, low + c + 1)
    return None if best is None else best[1]


def _lead(window: Matrix, row: int, column: int) -> float:
    """By how much a pair is liker than any other of its row and its column."""
    others = np.concatenate([np.delete(window[row], column), np.delete(window[:, column], row)])
    return float(window[row, column] - others.max())


def _rising(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest chain of places that rise on both sides (sources do so already)."""
    ends: list[int] = []  # the least target that ends a chain of each length
    chosen: list[int] = []  # by place: the length of its chain
    for _, target in places:
        length = bisect_left(ends, target)
        ends[length : length + 1] = [target]
        chosen.append(length)
    chain: list[tuple[int, int]] = []
    length = len(ends) - 1
    for place, reached in zip(reversed(places), reversed(chosen), strict=True):
        if reached == length and (not chain or place[1] < chain[-1][1]):
            chain.append(place)
            length -= 1
    return chain[::-1]
