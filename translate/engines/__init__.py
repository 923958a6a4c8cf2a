"""Engines run a model: sentences in, translations with their evidence out.

:class:`Engine` is what the rest of the program knows. Each engine is a module of
its own. What only some engines can give (encoder states, cross-attention) is a
protocol of its own, so that callers ask ``isinstance(engine, GivesEncoderStates)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from corpus.document import Span
from corpus.errors import SettingsError
from translate.models import Model

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


Progress = Callable[[int, int], None]

# Marian is trained on sentences of about 100 tokens; far longer ones come out short,
# so they are split well before the model's 512 positions run out.
MAX_SENTENCE_TOKENS = 160
ENGINES = ("auto", "ctranslate2", "transformers")
COMPUTE_TYPES = ("auto", "float32", "bfloat16", "int8")
DEVICES = ("cpu", "cuda", "auto")


class StopReason(StrEnum):
    """Why decoding of a sentence ended."""

    END = "end"  # the model wrote </s>
    LIMIT = "limit"  # it was stopped at its length limit


@dataclass(frozen=True, slots=True)
class DecodingSettings:
    """How to search for a translation.

    ``beam_size`` 1 is greedy. Hypotheses are ranked by log-probability divided by
    length ** ``length_penalty``. A phrase of ``no_repeat_ngram`` tokens may come
    once only (0: no limit). At least ``minimum_tokens`` and at most
    ``limit_ratio`` x source tokens + ``limit_extra`` tokens are written, without
    ``</s>``. ``batch_tokens`` is the token budget: padded source tokens a batch.
    """

    beam_size: int = 4
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0
    minimum_tokens: int = 0
    limit_ratio: float = 2.0
    limit_extra: int = 16
    batch_tokens: int = 1024

    def __post_init__(self) -> None:
        for name, value, least in (
            ("beam size", self.beam_size, 1),
            ("batch tokens", self.batch_tokens, 1),
            ("no-repeat n-gram", self.no_repeat_ngram, 0),
            ("minimum tokens", self.minimum_tokens, 0),
            ("limit extra", self.limit_extra, 1),
        ):
            if value < least:
                raise SettingsError(f"{name} {value} is too small", remedy=f"give at least {least}")
        if self.limit_ratio <= 0:
            raise SettingsError(f"limit ratio {self.limit_ratio} is too small", remedy="give more than 0")

    def limit(self, source_tokens: int, positions: int) -> int:
        """The most tokens, with ``</s>``, to write for a source of ``source_tokens``."""
        return min(positions - 1, int(self.limit_ratio * source_tokens) + self.limit_extra)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Which engine runs a model, in which numbers, where.

    ``auto`` is CTranslate2 with int8 where it can, else transformers. ``threads`` is
    how many cores to use (None: all).
    """

    engine: str = "auto"
    compute_type: str = "auto"
    threads: int | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name, value, known in (
            ("engine", self.engine, ENGINES),
            ("compute type", self.compute_type, COMPUTE_TYPES),
            ("device", self.device, DEVICES),
        ):
            if value not in known:
                raise SettingsError(f"no {name} {value!r}", remedy=f"give one of {', '.join(known)}")
        if self.threads is not None and self.threads < 1:
            raise SettingsError(f"{self.threads} threads are too few", remedy="give at least 1")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One translation of a sentence.

    ``tokens`` are target ids without ``</s>``; ``score`` is the mean
    log-probability a token, ``</s>`` included (<= 0).
    """

    text: str
    tokens: tuple[int, ...]
    score: float
    stop: StopReason


class Engine(Protocol):
    """A loaded model. Results never depend on which sentences are translated together."""

    @property
    def name(self) -> str:
        """Engine, its version and its number type, for the provenance."""

    @property
    def model(self) -> Model:
        """The model that is loaded."""

    @property
    def concurrency(self) -> int:
        """How many calls at once, from threads, keep it busy."""

    @property
    def max_source_tokens(self) -> int:
        """The longest sentence it takes, in tokens (see :meth:`count_tokens`)."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a source text, ``</s>`` included."""

    def unreadable(self, text: str) -> list[Span]:
        """The characters of a source text that the model has no token for."""

    def translate(
        self, sentences: Sequence[str], settings: DecodingSettings, progress: Progress | None = None
    ) -> list[Hypothesis]:
        """The best translation of each sentence, in order.

        ``progress`` is told, after each batch, how many sentences are done of how many.
        Raises :class:`corpus.errors.InputError` for a sentence that is too long:
        nothing is ever cut off.
        """


@runtime_checkable
class GivesEncoderStates(Protocol):
    """An engine that shows what its encoder makes of a text."""

    def encoder_states(
        self, texts: Sequence[str], layer: int, batch_tokens: int
    ) -> list[tuple[list[Span], npt.NDArray[np.float32]]]:
        """For each text its tokens' spans and their states, [tokens, width], without ``</s>``."""


@runtime_checkable
class GivesCrossAttention(Protocol):
    """An engine that shows where its decoder looked."""

    def cross_attention(
        self, sources: Sequence[str], targets: Sequence[str], batch_tokens: int
    ) -> list[CrossAttention]:
        """The attention of each target text, forced, over its source."""


@dataclass(frozen=True, slots=True)
class CrossAttention:
    """Attention from target tokens to source tokens.

    ``weights`` is [target tokens, source tokens]; rows sum to at most 1 (what
    ``</s>`` draws is left out). Spans are offsets into the two texts.
    """

    source: list[Span]
    target: list[Span]
    weights: npt.NDArray[np.float32]


def batches_by_length(lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Indexes of sentences of like length, at most ``batch_tokens`` padded tokens together.

    The longest come first, so that memory peaks at once and not at the end. A
    sentence over the budget is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    batches: list[list[int]] = []
    for index in order:
        widest = lengths[batches[-1][0]] if batches else 0
        if batches and widest * (len(batches[-1]) + 1) <= batch_tokens:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches
