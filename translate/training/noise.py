"""Turning English text by itself into training pairs: a spoilt copy on the source side.

A decoder that learns to mend a spoilt English sentence learns to write English
(Lewis et al. 2020, BART); one that mends a sentence whose words were exchanged for
Dutch ones learns the words of text for which no translation is at hand.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.words import words


@dataclass(frozen=True)
class Noise:
    """Chances in [0, 1], each for one word; ``shift`` is how many places a word may move."""

    drop: float = 0.1
    exchange: float = 0.0
    shift: float = 1.5


def spoil(text: str, noise: Noise, lexicon: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    """``text`` with words dropped, moved and exchanged for one of their Dutch words.

    ``lexicon`` maps an English word in lower case to Dutch words. Never empty
    unless ``text`` is.
    """
    tokens = [span.of(text) for span in words(text)]
    if not tokens:
        return text
    final = tokens.pop() if len(tokens) > 1 and not tokens[-1].isalnum() else ""
    kept = [token for token in tokens if chance.random() >= noise.drop] or tokens
    exchanged = [_exchange(token, noise.exchange, lexicon, chance) for token in kept]
    order = sorted(range(len(exchanged)), key=lambda place: place + chance.uniform(0, noise.shift))
    return " ".join(exchanged[place] for place in order) + final


def _exchange(token: str, rate: float, lexicon: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    choices = lexicon.get(token.lower())
    if not choices or chance.random() >= rate:
        return token
    word = chance.choice(choices)
    return word[:1].upper() + word[1:] if token[:1].isupper() else word
