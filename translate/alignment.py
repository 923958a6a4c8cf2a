"""What a model gives to the alignment of two texts: states, translations, word links."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corpus.alignment.documents import WordLinker
from corpus.alignment.search import Matrix
from corpus.alignment.similarity import EncoderStates
from corpus.document import Span
from translate.engines import DecodingSettings, Engine, GivesEncoderStates
from translate.links import can_link, word_links
from translate.preparation import prepare

_BATCH_TOKENS = 4096


def encoder_states(engine: Engine) -> EncoderStates | None:
    """The engine's states as a similarity, if its encoder reads both languages; else None."""
    layer = engine.model.config.alignment_layer
    if layer is None or not isinstance(engine, GivesEncoderStates):
        return None
    gives: GivesEncoderStates = engine

    def states(texts: Sequence[str]) -> Sequence[tuple[Sequence[Span], Matrix]]:
        return gives.encoder_states(texts, layer, _BATCH_TOKENS)

    return EncoderStates(states, f"encoder of {engine.model.id}")


def translation(
    engine: Engine, progress: Callable[[int, int], None] | None = None
) -> Callable[[Sequence[str]], list[str]]:
    """A function that translates segments, greedily: good enough to compare with."""
    settings = DecodingSettings(beam_size=1)

    def translate(texts: Sequence[str]) -> list[str]:
        cores = [prepare(text, engine.unreadable).core for text in texts]
        # What is too long for the model is compared by its beginning.
        short = [_shortened(engine, core) for core in cores]
        present = [core for core in short if core.strip()]
        made = dict(zip(present, engine.translate(present, settings, progress), strict=True))
        return [made[core].text if core in made else core for core in short]

    return translate


def _shortened(engine: Engine, text: str) -> str:
    while engine.count_tokens(text) > engine.max_source_tokens and " " in text:
        text = text[: len(text) * 3 // 4].rpartition(" ")[0]
    return text if engine.count_tokens(text) <= engine.max_source_tokens else text[:100]


def linker(engine: Engine) -> WordLinker | None:
    """Word links by the engine's own evidence; None if it gives none."""
    if not can_link(engine):
        return None
    return lambda sources, targets: word_links(engine, sources, targets)
