"""What a model gives to the alignment of two texts: states, translations, word links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from corpus.alignment.search import Matrix
from corpus.alignment.similarity import EncoderStates
from corpus.bitext import Bitext
from corpus.document import Span
from translate.engines import DecodingSettings, Engine, GivesEncoderStates
from translate.links import LinkSettings, word_links
from translate.preparation import prepare

_BATCH_TOKENS = 4096
_AT_ONCE = 256  # beads that are linked together, so that memory does not grow with the text


def encoder_states(engine: Engine) -> EncoderStates | None:
    """The engine's states as a similarity, if its encoder reads both languages; else None.

    The states of a text are kept for the life of the similarity's present piece of text.
    """
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


def linked(
    bitext: Bitext,
    engine: Engine,
    settings: LinkSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Bitext:
    """``bitext`` with word links in every bead that has text on both sides."""
    beads = []
    for begin in range(0, len(bitext.beads), _AT_ONCE):
        part = bitext.beads[begin : begin + _AT_ONCE]
        texts = [bitext.source_text(bead) for bead in part], [bitext.target_text(bead) for bead in part]
        found = word_links(engine, *texts, settings or LinkSettings())
        beads += [replace(bead, links=links) for bead, links in zip(part, found, strict=True)]
        if progress is not None:
            progress(len(beads), len(bitext.beads))
    return replace(bitext, beads=tuple(beads))
