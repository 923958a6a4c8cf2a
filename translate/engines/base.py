"""What engines have in common that read text by a MarianMT directory's vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpus.document import Span
from corpus.errors import InputError
from translate.engines import MAX_SENTENCE_TOKENS
from translate.engines.vocabulary import Vocabulary
from translate.models import Model


class VocabularyEngine:
    """The part of an :class:`translate.engines.Engine` that needs no weights."""

    def __init__(self, model: Model, vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary

    @property
    def model(self) -> Model:
        """The model that is loaded."""
        return self._model

    @property
    def max_source_tokens(self) -> int:
        """The longest sentence it takes, in tokens."""
        return min(MAX_SENTENCE_TOKENS, self._model.config.positions)

    def count_tokens(self, text: str) -> int:
        """Tokens of a source text, ``</s>`` included."""
        return len(self._vocabulary.source.encode(text)) + 1

    def unreadable(self, text: str) -> list[Span]:
        """The characters of a source text that the model has no token for."""
        return self._vocabulary.source.unreadable(text)

    def _check_lengths(self, sentences: Sequence[str], sources: Sequence[Sequence[Any]]) -> None:
        """Raise :class:`InputError` for a sentence with more tokens than the model has positions."""
        for text, source in zip(sentences, sources, strict=True):
            if len(source) > self._model.config.positions:
                raise InputError(
                    f"a sentence of {len(source)} tokens is over the model's {self._model.config.positions}",
                    where=text[:40],
                    remedy="split it first",
                )
