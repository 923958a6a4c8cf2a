"""Word links: which word of a text answers to which word of its translation.

Made from vectors of tokens in one space (states of an encoder that reads both
languages), or from any matrix of likeness between words.
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
    tokens: list[Span]
    states: Matrix


def links_from_states(source: TokenStates, target: TokenStates, neighbour_cosine: float) -> tuple[Link, ...]:
    """Links between words of which two tokens are each other's nearest by cosine.

    States are centred in each text first, which takes away what all its words
    share (the text's topic and language).
    """
    if not len(source.states) or not len(target.states):
        return ()
    similarity = _normal(source.states) @ _normal(target.states).T
    source_words, target_words = words(source.text), words(target.text)
    owners = word_of_tokens(source.tokens, source_words), word_of_tokens(target.tokens, target_words)
    weights: dict[tuple[int, int], float] = {}
    for i, j in mutual(similarity):
        key = (int(owners[0][i]), int(owners[1][j]))
        if min(key) >= 0:
            weights[key] = max(weights.get(key, 0.0), float(similarity[i, j]))
    between = _by_words(similarity, owners, (len(source_words), len(target_words)))
    _add_neighbours(weights, between, neighbour_cosine)
    return make_links(weights)


def _normal(states: Matrix) -> Matrix:
    centred = states - states.mean(axis=0) if len(states) > 1 else states
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    normal: Matrix = centred / np.maximum(lengths, 1e-6)
    return normal


def mutual(similarity: Matrix) -> Iterable[tuple[int, int]]:
    """Pairs that are each other's best."""
    forward, backward = similarity.argmax(axis=1), similarity.argmax(axis=0)
    return [(i, int(j)) for i, j in enumerate(forward) if backward[j] == i]


def _add_neighbours(weights: dict[tuple[int, int], float], similarity: Matrix, least: float) -> None:
    """Join each word without a link to the partner of a word next to it, if it is near enough.

    Mutual links leave out the second word of "op te bellen" - "to call"; what belongs
    together stands together, so only neighbours' partners are considered.
    """
    pairs = list(weights)
    for side in (0, 1):
        linked = {pair[side] for pair in pairs}
        for word in range(similarity.shape[side]):
            if word in linked:
                continue
            partners = {pair[1 - side] for pair in pairs if abs(pair[side] - word) == 1}
            row = similarity[word] if side == 0 else similarity[:, word]
            best = max(partners, key=lambda partner: (row[partner], -partner), default=None)
            if best is not None and row[best] >= least:
                weights[(word, best) if side == 0 else (best, word)] = float(row[best])


def _by_words(
    similarity: Matrix, owners: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], shape: tuple[int, int]
) -> Matrix:
    """The similarity of words: of their most similar tokens. -1 where a word has no token."""
    best = np.full(shape, -1.0, np.float32)
    rows, columns = owners[0] >= 0, owners[1] >= 0
    np.maximum.at(
        best,
        np.ix_(owners[0][rows], owners[1][columns]),
        similarity[np.ix_(rows, columns)],
    )
    return best


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
