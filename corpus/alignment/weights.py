"""What each kind of evidence counts, as learned by ``benchmarks/alignment_weights.py``.

Weights are those of a log-linear chain (see :mod:`corpus.alignment.search`): the worth of
a bead is the sum of weight times feature, in natural logarithms of odds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.alignment.lexical import Lexical
from corpus.alignment.search import Shape
from corpus.alignment.similarity import Similarity, TokenSimilarity


@dataclass(frozen=True, slots=True)
class Coarse:
    """Weights of the first search, by hand: ``text`` times what is over ``base`` a segment."""

    text: float = 3.0
    base: float = 0.25
    more: float = 1.0  # off for each segment beyond two


COARSE = Coarse()


@dataclass(frozen=True, slots=True)
class Weights:
    """``shapes`` by the smaller and larger side; a side of more adds ``further`` a segment."""

    features: Mapping[str, float]
    two: float  # 1-2 and 2-1
    both: float  # 2-2
    three: float  # 1-3 and 3-1
    skip: float

    def shape(self, shape: Shape) -> float:
        """What a shape adds by itself; 0 for 1-1."""
        known = {(1, 1): 0.0, (1, 2): self.two, (2, 2): self.both, (1, 3): self.three}
        small, large = sorted(shape)
        if (small, large) in known:
            return known[(small, large)]
        return self.three * (small + large - 3 + (0.5 if small > 1 else 0.0))


_EMBEDDINGS = Weights(
    {
        "text": 2.849,
        "text gain": 5.348,
        "text crossed": 1.306,
        "token": 1.106,
        "token lost": -0.058,
        "length": -0.125,
    },
    two=-2.492,
    both=-6.187,
    three=-3.225,
    skip=-0.542,
)
_WITH_STATES = Weights(
    {
        "text": 3.753,
        "text gain": 11.338,
        "text crossed": 1.901,
        "token": 2.57,
        "token lost": -0.04,
        "state": 0.734,
        "state lost": -0.017,
        "state crossed": 0.851,
        "length": -0.114,
    },
    two=-3.761,
    both=-8.392,
    three=-5.856,
    skip=0.976,
)


_LETTERS = Weights(
    {
        "text": 0.363,
        "text gain": 2.689,
        "text crossed": 0.572,
        "token": 1.741,
        "token lost": -0.034,
        "length": -0.185,
    },
    two=-2.215,
    both=-6.24,
    three=-4.867,
    skip=-2.331,
)


def weights_for(similarity: Similarity, tokens: Sequence[TokenSimilarity]) -> Weights:
    """The weights for what evidence there is."""
    if isinstance(similarity, Lexical):
        return _LETTERS
    return _WITH_STATES if tokens else _EMBEDDINGS
