"""Word links: which word of a text answers to which word of its translation.

Likeness of tokens (states of an encoder that reads both languages, or vectors of words by
themselves) is read in two rounds. The first looks at each pair of words alone: how alike
they are, whether each prefers the other to all else (Jalili Sabet et al. 2020, "SimAlign";
Dou and Neubig 2021, "awesome-align"), how far apart they stand. The second looks around as
well: whether their neighbours are linked, and whether either has a better partner. That is
what finds the second word of a compound or of a verb in parts, and keeps a word from being
linked to two that are far apart. Both rounds are logistic, so a link's weight is the
probability that it is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpus.alignment.search import Matrix
from corpus.bitext import Link
from corpus.document import Span
from corpus.words import words


@dataclass(frozen=True)
class TokenStates:
    """A text, its tokens' spans and their states, [tokens, width]."""

    text: str
    tokens: Sequence[Span]
    states: Matrix


@dataclass(frozen=True, slots=True)
class Alone:
    """Weights of what a pair of words is by itself (log-odds)."""

    cosine: float
    source_prefers: float  # log of the source token's share for the target token
    target_prefers: float
    mutual: float  # some tokens of theirs are each other's best
    apart: float  # difference of relative places
    worse_for_source: float  # how much liker the source word's best partner is
    worse_for_target: float
    same_kind: float  # both words or both marks
    same: float  # both are written alike
    base: float


@dataclass(frozen=True, slots=True)
class Around:
    """Weights of what the first round says of a pair and of the pairs around it."""

    before: float  # log-odds by the first round
    diagonal: float  # neighbours on both sides are linked
    crossed: float
    source_neighbour: float  # a neighbour of the source word has the same partner
    target_neighbour: float
    source_other: float  # the source word has another partner
    target_other: float
    both_neighbours: float
    source_other_near: float
    target_other_near: float


@dataclass(frozen=True, slots=True)
class WordWeights:
    """Both rounds, and ``softness``, the temperature of preferences."""

    softness: float
    first: Alone
    second: Alone
    around: Around


# Learned on XL-WA en-nl dev (105 pairs, ridge 3). Cross-validated over its halves: F1 0.958
# with states of the shipped model, 0.907 with vectors of words.
STATES = WordWeights(
    0.1,
    Alone(-1.202, 0.511, 0.379, 3.621, -2.829, -0.984, -2.605, -0.381, 0.032, 1.691),
    Alone(-0.204, -0.084, -0.193, -0.51, 0.426, 0.414, -1.128, -0.15, 0.409, 0.738),
    Around(0.99, 1.465, -0.13, 0.173, 0.903, -2.433, -1.227, -0.515, 0.703, 0.56),
)
WORD_VECTORS = WordWeights(
    0.05,
    Alone(-3.415, 0.532, 0.577, 1.403, -8.819, 0.865, 0.917, 0.398, 0.067, 4.469),
    Alone(-0.623, 0.017, -0.118, 0.107, 0.957, 0.625, 0.664, -0.039, 0.447, 1.27),
    Around(0.99, 2.693, -0.945, -0.034, 0.655, -3.067, -2.523, -0.995, 1.141, 0.582),
)


def links_from_states(source: TokenStates, target: TokenStates, least: float = 0.5) -> tuple[Link, ...]:
    """Links of at least ``least`` probability, from states of both texts' tokens.

    States are centred in each text first, which takes away what all its words share (the
    text's topic and language).
    """
    if not len(source.states) or not len(target.states):
        return ()
    similarity = _normal(_centred(source.states)) @ _normal(_centred(target.states)).T
    return _linked(source, target, similarity, STATES, least)


def links_from_word_vectors(source: TokenStates, target: TokenStates, least: float = 0.5) -> tuple[Link, ...]:
    """The same from vectors of words by themselves: weaker, but for any encoder of sentences."""
    if not len(source.states) or not len(target.states):
        return ()
    similarity = _normal(source.states) @ _normal(target.states).T
    return _linked(source, target, similarity, WORD_VECTORS, least)


def _linked(
    source: TokenStates, target: TokenStates, similarity: Matrix, weights: WordWeights, least: float
) -> tuple[Link, ...]:
    ours, theirs = words(source.text), words(target.text)
    owners = word_of_tokens(source.tokens, ours), word_of_tokens(target.tokens, theirs)
    spelled = [span.of(source.text) for span in ours], [span.of(target.text) for span in theirs]
    chances = link_probabilities(similarity, owners, spelled, weights)
    rows, columns = np.nonzero(chances >= least)
    return make_links({(int(i), int(j)): float(chances[i, j]) for i, j in zip(rows, columns, strict=True)})


def link_probabilities(
    similarity: Matrix,
    owners: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    spelled: tuple[Sequence[str], Sequence[str]],
    weights: WordWeights,
) -> Matrix:
    """[source words, target words]: how probable each link is.

    ``similarity`` is [source tokens, target tokens], cosines; ``owners`` says which word
    each token belongs to (-1: none).
    """
    shape = len(spelled[0]), len(spelled[1])
    rows, columns = owners[0] >= 0, owners[1] >= 0
    if not rows.any() or not columns.any():
        return np.zeros(shape, np.float32)

    def by_words(values: Matrix, absent: float) -> Matrix:
        best = np.full(shape, absent, np.float32)
        np.maximum.at(
            best,
            np.ix_(owners[0][rows], owners[1][columns]),
            values[np.ix_(rows, columns)].astype(np.float32),
        )
        return best

    cosine = by_words(similarity, -1.0)
    best_of_row, best_of_column = similarity.max(1, keepdims=True), similarity.max(0, keepdims=True)
    shares = [
        by_words(_shares((similarity - best) / weights.softness, axis), 0.0)
        for best, axis in ((best_of_row, 1), (best_of_column, 0))
    ]
    mutual = by_words((similarity == best_of_row) & (similarity == best_of_column), 0.0)
    places = [(np.arange(size) + 0.5) / max(size, 1) for size in shape]
    kinds = [np.array([word[0].isalnum() for word in side]) for side in spelled]
    lower = [np.array([word.lower() for word in side]) for side in spelled]
    alone = (
        cosine,
        np.log(shares[0] + 1e-4),
        np.log(shares[1] + 1e-4),
        mutual,
        np.abs(places[0][:, None] - places[1][None, :]),
        cosine.max(1, keepdims=True) - cosine,
        cosine.max(0, keepdims=True) - cosine,
        kinds[0][:, None] == kinds[1][None, :],
        lower[0][:, None] == lower[1][None, :],
        np.ones(shape),
    )
    first = _logistic(_weighed(weights.first, alone))
    second = _weighed(weights.second, alone) + _weighed(weights.around, _surroundings(first))
    return _logistic(second)


def _weighed(weights: Alone | Around, features: Sequence[npt.NDArray[np.generic]]) -> Matrix:
    """The sum of weight times feature; the features stand in the order of the weights' fields."""
    values = [getattr(weights, name) for name in weights.__dataclass_fields__]
    total = np.zeros(features[0].shape, np.float32)
    for weight, feature in zip(values, features, strict=True):
        total += np.float32(weight) * feature.astype(np.float32)
    return total


def _logistic(odds: Matrix) -> Matrix:
    chances: Matrix = (1 / (1 + np.exp(-np.clip(odds, -30, 30)))).astype(np.float32)
    return chances


def _shares(scaled: Matrix, axis: int) -> Matrix:
    powers = np.exp(scaled)
    shares: Matrix = powers / powers.sum(axis=axis, keepdims=True)
    return shares


def _surroundings(chances: Matrix) -> tuple[Matrix, ...]:
    """The features of :class:`Around` for every pair of words."""
    rows, columns = chances.shape
    padded = np.pad(chances, 1)

    def at(down: int, along: int) -> Matrix:
        moved: Matrix = padded[1 + down : 1 + down + rows, 1 + along : 1 + along + columns]
        return moved

    by_source = np.maximum(at(-1, 0), at(1, 0))
    by_target = np.maximum(at(0, -1), at(0, 1))
    source_other, target_other = _best_other(chances, 1), _best_other(chances, 0)
    return (
        np.log(chances + 1e-4) - np.log(1 - chances + 1e-4),
        np.maximum(at(-1, -1), at(1, 1)),
        np.maximum(at(-1, 1), at(1, -1)),
        by_source,
        by_target,
        source_other,
        target_other,
        np.maximum(at(-1, -1), at(1, 1)) * by_source,
        source_other * by_target,
        target_other * by_source,
    )


def _best_other(chances: Matrix, axis: int) -> Matrix:
    """For each pair the best of the others in its row (axis 1) or column (axis 0)."""
    if chances.shape[axis] < 2:
        return np.zeros_like(chances)
    ranked = np.sort(chances, axis=axis)
    best, second = np.take(ranked, [-1], axis=axis), np.take(ranked, [-2], axis=axis)
    others: Matrix = np.where(chances == best, second, best)
    return others


def _centred(states: Matrix) -> Matrix:
    return states - states.mean(axis=0) if len(states) > 1 else states


def _normal(vectors: Matrix) -> Matrix:
    normal: Matrix = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return normal


def mutual_best(similarity: Matrix) -> Iterable[tuple[int, int]]:
    """Pairs that are each other's best."""
    forward, backward = similarity.argmax(axis=1), similarity.argmax(axis=0)
    return [(i, int(j)) for i, j in enumerate(forward) if backward[j] == i]


def word_of_tokens(tokens: Sequence[Span], spans: Sequence[Span]) -> npt.NDArray[np.int64]:
    """For each token the index of the word in which it starts; -1 for none.

    Both are in order of their offsets. A token that covers several marks ('",')
    counts for the first.
    """
    owners = np.full(len(tokens), -1, np.int64)
    at = 0
    for number, token in enumerate(tokens):
        while at < len(spans) and spans[at].end <= token.start:
            at += 1
        if at < len(spans) and spans[at].start < max(token.end, token.start + 1):
            owners[number] = at
    return owners


def make_links(weights: dict[tuple[int, int], float]) -> tuple[Link, ...]:
    """Links with their weights brought into [0, 1], sorted."""
    return tuple(
        Link(source, target, round(min(1.0, max(0.0, weight)), 4))
        for (source, target), weight in sorted(weights.items())
    )
