"""Word links: which word of a translation answers to which word of its source.

Two sources of evidence, by what the model is:

* an encoder that reads both languages (``tweetalig_alignment_layer`` in its
  config): both texts are encoded alone, and :mod:`corpus.alignment.words` reads
  the likeness of their states;
* otherwise the decoder's cross-attention over the source, made mutual as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.alignment.words import TokenStates, links_from_states, make_links, mutual_best, word_of_tokens
from corpus.bitext import Link
from corpus.document import Span
from corpus.words import words
from translate.engines import CrossAttention, Engine, GivesCrossAttention, GivesEncoderStates


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Links of at least ``least`` probability are made; ``batch_tokens`` as in decoding."""

    least: float = 0.5
    batch_tokens: int = 4096


DEFAULT_LINK_SETTINGS = LinkSettings()


def can_link(engine: Engine) -> bool:
    """Whether ``engine`` and its model give evidence for word links."""
    if engine.model.config.alignment_layer is not None and isinstance(engine, GivesEncoderStates):
        return True
    return isinstance(engine, GivesCrossAttention)


def word_links(
    engine: Engine,
    sources: Sequence[str],
    targets: Sequence[str],
    settings: LinkSettings = DEFAULT_LINK_SETTINGS,
) -> list[tuple[Link, ...]]:
    """The links of each pair of texts, sorted. A pair with an empty side has none."""
    full = [
        index for index, pair in enumerate(zip(sources, targets, strict=True)) if all(map(str.strip, pair))
    ]
    results: list[tuple[Link, ...]] = [()] * len(sources)
    if not full:
        return results
    made = _by_states if _uses_states(engine) else _by_attention
    links = made(engine, [sources[i] for i in full], [targets[i] for i in full], settings)
    for index, found in zip(full, links, strict=True):
        results[index] = found
    return results


def _uses_states(engine: Engine) -> bool:
    return engine.model.config.alignment_layer is not None and isinstance(engine, GivesEncoderStates)


def _by_states(
    engine: Engine, sources: Sequence[str], targets: Sequence[str], settings: LinkSettings
) -> list[tuple[Link, ...]]:
    assert isinstance(engine, GivesEncoderStates)
    layer = engine.model.config.alignment_layer
    assert layer is not None
    texts = list(dict.fromkeys([*sources, *targets]))
    states = dict(zip(texts, engine.encoder_states(texts, layer, settings.batch_tokens), strict=True))
    return [
        links_from_states(
            TokenStates(_covered(source, states[source][0]), *states[source]),
            TokenStates(_covered(target, states[target][0]), *states[target]),
            settings.least,
        )
        for source, target in zip(sources, targets, strict=True)
    ]


def _covered(text: str, tokens: Sequence[Span]) -> str:
    """The beginning of ``text`` that ``tokens`` cover: an engine shows no more than its positions."""
    return text[: tokens[-1].end] if tokens else ""


def _by_attention(
    engine: Engine, sources: Sequence[str], targets: Sequence[str], settings: LinkSettings
) -> list[tuple[Link, ...]]:
    assert isinstance(engine, GivesCrossAttention)
    attention = engine.cross_attention(sources, targets, settings.batch_tokens)
    return [
        links_from_attention(_covered(source, found.source), _covered(target, found.target), found)
        for source, target, found in zip(sources, targets, attention, strict=True)
    ]


def links_from_attention(source: str, target: str, attention: CrossAttention) -> tuple[Link, ...]:
    """Links between words that give each other the most attention.

    Token weights are summed over the source word's tokens and averaged over the
    target word's, so that a weight is a share of the target word's attention.
    """
    source_words, target_words = words(source), words(target)
    shares = np.zeros((len(target_words), len(source_words)), np.float32)
    counts = np.zeros(len(target_words), np.float32)
    rows = word_of_tokens(attention.target, target_words)
    columns = word_of_tokens(attention.source, source_words)
    for row, word in enumerate(rows):
        if word < 0:
            continue
        counts[word] += 1
        np.add.at(shares[word], columns[columns >= 0], attention.weights[row][columns >= 0])
    if not shares.size:
        return ()
    shares /= np.maximum(counts, 1)[:, None]
    weights = {(j, i): float(shares[i, j]) for i, j in mutual_best(shares) if shares[i, j] > 0}
    return make_links(weights)
