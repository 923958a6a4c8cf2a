"""Segments of two texts paired: anchors, then a coarse search, then a fine one.

1. Texts of more than some 2,000 segments are cut where a run of segments
   unmistakably answers to another one (:mod:`corpus.alignment.anchors`), so that time
   and memory grow with the length and not with its square.
2. Each piece is searched whole with text vectors alone. Ways that are nearly as good as
   the best leave a narrow band.
3. In that band every bead gets all its features, each measured against what is typical
   of the document; weights learned as a log-linear chain (``benchmarks/alignment_weights.py``)
   make them a probability.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.alignment import beads
from corpus.alignment.anchors import pieces
from corpus.alignment.beads import SHAPES, ByShape
from corpus.alignment.search import (
    Band,
    Cut,
    Lattice,
    Matrix,
    Promising,
    Shape,
    best_cuts,
    posterior,
    promising,
    surest_cuts,
    whole_band,
)
from corpus.alignment.similarity import Similarity, TokenSimilarity
from corpus.alignment.weights import COARSE, Weights, weights_for

Progress = Callable[[int, int], None]

_COARSE_SHAPES: tuple[Shape, ...] = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1))
_WITHIN = 12.0  # of the worth of the best way: what is worse by more is not looked at again
_WITHIN_JOINED = 5.0  # the same for joined texts, whose vectors cost the most time
_MARGIN = beads.MOST - 1  # so that whatever a bead is summed from lies in the band
_MANY = 20_000  # segments; vectors of more are kept in half precision
_LAYOUT_WEIGHT = 0.7  # not learned: test sets have no paragraphs


@dataclass(frozen=True, slots=True)
class Side:
    """The segments of one side; ``opens[i]`` says that segment i begins a block.

    ``opens`` may be empty: then nothing is known of blocks.
    """

    texts: Sequence[str]
    opens: Sequence[bool] = ()

    def part(self, start: int, end: int) -> Side:
        """Segments ``start`` to before ``end``."""
        return Side(self.texts[start:end], self.opens[start:end])


def align_sides(
    source: Side,
    target: Side,
    similarity: Similarity,
    tokens: Sequence[TokenSimilarity] = (),
    progress: Progress | None = None,
) -> list[Cut]:
    """Beads of all segments, in order, each with its probability.

    ``tokens`` are further similarities, used for tokens only. Segments without text are
    left alone. ``progress`` is called with source segments done and to do.
    """
    full = [[i for i, text in enumerate(side.texts) if text.strip()] for side in (source, target)]
    kept = [
        Side([side.texts[i] for i in places], [side.opens[i] for i in places] if side.opens else ())
        for side, places in zip((source, target), full, strict=True)
    ]
    if not kept[0].texts or not kept[1].texts:
        cuts = [Cut(i, i + 1, 0, 0) for i in range(len(kept[0].texts))]
        cuts += [Cut(len(kept[0].texts), len(kept[0].texts), j, j + 1) for j in range(len(kept[1].texts))]
    else:
        cuts = _align_full(kept[0], kept[1], similarity, tokens, progress)
    return _with_blanks(cuts, full[0], full[1], (len(source.texts), len(target.texts)))


def _align_full(
    source: Side,
    target: Side,
    similarity: Similarity,
    tokens: Sequence[TokenSimilarity],
    progress: Progress | None,
) -> list[Cut]:
    u, v = similarity.texts([[text] for text in source.texts], [[text] for text in target.texts])
    if max(len(u), len(v)) > _MANY:
        u, v = u.astype(np.float16), v.astype(np.float16)
    cuts: list[Cut] = []
    for piece in pieces(u, v):
        rows, columns = slice(piece.source, piece.source_end), slice(piece.target, piece.target_end)
        found = _align_piece(
            source.part(rows.start, rows.stop),
            target.part(columns.start, columns.stop),
            (u[rows].astype(np.float32), v[columns].astype(np.float32)),
            similarity,
            tokens,
        )
        cuts += [cut.shifted(rows.start, columns.start) for cut in found]
        if progress is not None:
            progress(rows.stop, len(source.texts))
    return cuts


def _align_piece(
    source: Side,
    target: Side,
    vectors: tuple[Matrix, Matrix],
    similarity: Similarity,
    tokens: Sequence[TokenSimilarity],
) -> list[Cut]:
    if not source.texts or not target.texts:
        return [Cut(i, i + 1, 0, 0) for i in range(len(source.texts))] + [
            Cut(0, 0, j, j + 1) for j in range(len(target.texts))
        ]
    evidence = gather(source, target, vectors, similarity, tokens)
    lattice = evidence.lattice(weights_for(similarity, tokens))
    return surest_cuts(lattice, posterior(lattice))


@dataclass(frozen=True)
class Evidence:
    """Every feature of every bead in the band."""

    band: Band
    features: dict[str, ByShape]

    def lattice(self, weights: Weights) -> Lattice:
        """The beads with what ``weights`` make them worth."""
        band = self.band
        values: dict[Shape, Matrix] = {}
        for shape in SHAPES:
            if shape[0] > band.sources or shape[1] > band.targets:
                continue
            value = np.full(band.cells, weights.shape(shape), np.float32)
            for name, weight in {**weights.features, "layout": _LAYOUT_WEIGHT}.items():
                if name in self.features:
                    value = value + np.float32(weight) * self.features[name][shape]
            values[shape] = _possible(value)
        skips = np.full(band.sources, weights.skip), np.full(band.targets, weights.skip)
        return Lattice(band, values, *skips)


def gather(
    source: Side,
    target: Side,
    vectors: tuple[Matrix, Matrix],
    similarity: Similarity,
    tokens: Sequence[TokenSimilarity],
) -> Evidence:
    """The features of one piece of text; ``vectors`` are those of its segments."""
    rough = _coarse(vectors, similarity.likely)
    band = rough.band
    u = _Joined(source.texts, vectors[0], rough.source)
    v = _Joined(target.texts, vectors[1], rough.target)
    u.embed(v, similarity)
    text = beads.text_features(u, v, band)
    path = best_cuts(_text_lattice(text, band, similarity.likely))
    features = {"length": beads.length_features(source.texts, target.texts, band)}
    text = _scaled(text, band, path, similarity.likely)
    features |= {
        "text": text,
        "text gain": beads.gain_features(text, band),
        "text crossed": beads.crossed_features(text, band),
    }
    for name, one in zip(("token", "state"), (similarity, *tokens), strict=False):
        sides = one.tokens(source.texts, target.texts)
        share, lost = beads.found_features(sides[0], sides[1], band)
        share = _scaled(share, band, path, 0.1)
        features |= {
            name: share,
            f"{name} lost": lost,
            f"{name} crossed": beads.crossed_features(share, band),
        }
    if source.opens and target.opens:
        features["layout"] = beads.layout_features(source.opens, target.opens, band)
    return Evidence(band, features)


# Coarse


def _coarse(vectors: tuple[Matrix, Matrix], likely: float) -> Promising:
    """Where the fine search has to look, by vectors of single segments and their averages."""
    u, v = vectors
    band = whole_band(len(u), len(v))
    shapes = [shape for shape in _COARSE_SHAPES if shape[0] <= len(u) and shape[1] <= len(v)]
    text = beads.text_features(lambda m: _averaged(u, m), lambda n: _averaged(v, n), band, shapes)
    return promising(_text_lattice(text, band, likely), _WITHIN, _MARGIN, _WITHIN_JOINED)


def _text_lattice(text: ByShape, band: Band, likely: float) -> Lattice:
    """Beads by their texts alone, weighed by hand."""
    typical = max(_typical_best(text[(1, 1)], band), likely)
    values = {
        (m, n): _possible(COARSE.text * (held / typical - COARSE.base * (m + n)) - COARSE.more * (m + n - 2))
        for (m, n), held in text.items()
    }
    return Lattice(band, values, np.zeros(band.sources), np.zeros(band.targets))


def _typical_best(single: Matrix, band: Band) -> float:
    """The median, over the rows, of the greatest likeness of a 1-1 bead, a segment."""
    if not band.cells:
        return 0.0
    filled = np.where(np.isfinite(single), single, -1.0)
    return float(np.median(np.maximum.reduceat(filled, band.offset[:-1])[: band.sources])) / 2


def _averaged(vectors: Matrix, size: int) -> Matrix:
    """Vectors of joined segments, as the mean of their own."""
    if size == 1:
        return vectors
    count = max(len(vectors) - size + 1, 0)
    total = np.zeros((count, vectors.shape[1]), np.float32)
    for k in range(size):
        total += vectors[k : k + count]
    normal: Matrix = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6)
    return normal


class _Joined:
    """Vectors of each ``size`` segments of a side joined: true ones where it matters, else means."""

    def __init__(self, texts: Sequence[str], single: Matrix, needed: frozenset[tuple[int, int]]) -> None:
        self.places = sorted(needed)
        self.joined = [texts[i : i + size] for i, size in self.places]
        self._levels = {size: _averaged(single, size) for size in range(1, beads.MOST + 1)}

    def __call__(self, size: int) -> Matrix:
        return self._levels[size]

    def embed(self, other: _Joined, similarity: Similarity) -> None:
        """Take the true vectors of what is needed, of both sides at once."""
        for side, vectors in zip((self, other), similarity.texts(self.joined, other.joined), strict=True):
            for (place, size), vector in zip(side.places, vectors, strict=True):
                side._levels[size][place] = vector


# Fine


def _scaled(values: ByShape, band: Band, path: Sequence[Cut], least: float) -> ByShape:
    """Likeness on the document's own scale: 0 for any two segments, 1 a segment for its typical pair."""
    single = values[(1, 1)] / 2
    on = [band.at(cut.source, cut.target) for cut in path if cut.shape == (1, 1)]
    off = np.isfinite(single)
    off[on] = False
    nothing = float(np.median(single[off])) if off.any() else 0.0
    typical = float(np.median(single[on])) if on else nothing
    scale = max(typical - nothing, least)
    return {
        (m, n): ((held - nothing * (m + n)) / scale).astype(np.float32) for (m, n), held in values.items()
    }


def _possible(values: Matrix) -> Matrix:
    possible: Matrix = np.nan_to_num(values, nan=-np.inf, posinf=-np.inf, neginf=-np.inf).astype(np.float32)
    return possible


def _with_blanks(
    cuts: Sequence[Cut], source: Sequence[int], target: Sequence[int], totals: tuple[int, int]
) -> list[Cut]:
    """Cuts over the segments that have text as cuts over all; blank ones are beads of their own.

    A blank segment inside a bead belongs to it.
    """
    made: list[Cut] = []
    i = j = 0

    def leave(source_end: int, target_end: int) -> None:
        nonlocal i, j
        made.extend(Cut(k, k + 1, j, j) for k in range(i, source_end))
        made.extend(Cut(source_end, source_end, k, k + 1) for k in range(j, target_end))
        i, j = max(i, source_end), max(j, target_end)

    for cut in cuts:
        has_source, has_target = cut.source_end > cut.source, cut.target_end > cut.target
        leave(source[cut.source] if has_source else i, target[cut.target] if has_target else j)
        i_end = source[cut.source_end - 1] + 1 if has_source else i
        j_end = target[cut.target_end - 1] + 1 if has_target else j
        made.append(Cut(i, i_end, j, j_end, cut.probability))
        i, j = i_end, j_end
    leave(*totals)
    return made
