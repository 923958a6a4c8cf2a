"""The one interface behind which every source of likeness stands, and what combines them.

A *similarity* gives vectors of both sides in one space: of texts (segments, or some
joined by a space) and of the tokens in each segment. There are

* sentence embeddings (:mod:`corpus.alignment.embeddings`);
* our own translation of the source (:class:`Translated`), compared with the target letter
  by letter as in
* the texts as they stand (:mod:`corpus.alignment.lexical`): names, numbers, cognates and
  a small dictionary, for when there is nothing else;
* states of a translation model's encoder (:class:`EncoderStates`), which only has tokens.

Translations and states are handed in as functions: nothing here knows an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from corpus.alignment.evidence import Levels, TokenVectors, token_vectors
from corpus.alignment.search import Matrix
from corpus.document import Span

States = Callable[[Sequence[str]], Sequence[tuple[Sequence[Span], Matrix]]]
Translate = Callable[[Sequence[str]], Sequence[str]]

TokensOfSides = tuple[TokenVectors, TokenVectors]
Texts = Sequence[Sequence[str]]  # each the segments that a text is joined from


class TokenSimilarity(Protocol):
    """Gives the tokens of segments vectors."""

    @property
    def name(self) -> str:
        """What the provenance says."""
        ...

    def tokens(self, source: Sequence[str], target: Sequence[str]) -> TokensOfSides:
        """The tokens of each segment of both sides."""
        ...


class Similarity(TokenSimilarity, Protocol):
    """Gives whole texts vectors as well.

    ``likely`` is the least cosine over chance that texts which answer to each other have
    in an ordinary document: the scale on which doubt is measured when none are alike.
    """

    @property
    def likely(self) -> float:
        """See the class."""
        ...

    def texts(self, source: Texts, target: Texts) -> tuple[Matrix, Matrix]:
        """[texts, width] for each side, each of length one."""
        ...


@dataclass(frozen=True)
class Combined:
    """Text likeness as the mean of several similarities'; tokens are those of the first."""

    parts: tuple[Similarity, ...]

    @property
    def name(self) -> str:
        """What the provenance says."""
        return " and ".join(part.name for part in self.parts)

    @property
    def likely(self) -> float:
        """The mean of the parts'."""
        return sum(part.likely for part in self.parts) / len(self.parts)

    def texts(self, source: Texts, target: Texts) -> tuple[Matrix, Matrix]:
        """Vectors side by side, so that a product is the mean of the parts' products."""
        made = [part.texts(source, target) for part in self.parts]
        scale = np.float32(len(self.parts) ** -0.5)
        sides = [np.concatenate([pair[side] for pair in made], axis=1) * scale for side in (0, 1)]
        return sides[0], sides[1]

    def tokens(self, source: Sequence[str], target: Sequence[str]) -> TokensOfSides:
        """The first part's."""
        return self.parts[0].tokens(source, target)


class Translated:
    """The source's translation compared with the target by another similarity.

    Each segment is translated once; ``segments`` names them all.
    """

    def __init__(self, translate: Translate, segments: Sequence[str], similarity: Similarity) -> None:
        self._translate = translate
        self._segments = list(dict.fromkeys(segments))
        self._similarity = similarity
        self._known: dict[str, str] | None = None

    @property
    def name(self) -> str:
        """What the provenance says."""
        return "our own translation"

    @property
    def likely(self) -> float:
        """That of two versions in one language."""
        return 0.25

    def texts(self, source: Texts, target: Texts) -> tuple[Matrix, Matrix]:
        """Vectors of the translations and of the target texts."""
        translated = [[self._translation(segment) for segment in text] for text in source]
        return self._similarity.texts(translated, target)

    def tokens(self, source: Sequence[str], target: Sequence[str]) -> TokensOfSides:
        """Tokens of the translations and of the target segments."""
        return self._similarity.tokens([self._translation(text) for text in source], target)

    def _translation(self, text: str) -> str:
        if self._known is None:
            made = self._translate(self._segments)
            self._known = dict(zip(self._segments, made, strict=True))
        if text not in self._known:
            raise KeyError(f"no translation of {text[:60]!r}")
        return self._known[text]


class EncoderStates:
    """What the encoder of a translation model, which reads both languages, makes of each token."""

    LEVELS = Levels(nothing=0.33, all=0.58, reach=3)  # by cosines of tokens in FLORES dev

    def __init__(self, states: States, name: str) -> None:
        self._states = states
        self._name = name

    @property
    def name(self) -> str:
        """What the provenance says."""
        return self._name

    def tokens(self, source: Sequence[str], target: Sequence[str]) -> TokensOfSides:
        """States less their mean in each segment: what all its words share says little."""
        made = []
        for side in (source, target):
            found = dict(zip(distinct := list(dict.fromkeys(side)), self._states(distinct), strict=True))
            keys = [[span.of(text).lower() for span in found[text][0]] for text in side]
            centred = [_centred(found[text][1]) for text in side]
            made.append(token_vectors(keys, centred, self.LEVELS))
        return made[0], made[1]


def _centred(states: Matrix) -> Matrix:
    return states - states.mean(axis=0) if len(states) > 1 else states
