"""Two documents in, one bitext out: the alignment of a text with a translation of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corpus.alignment.evidence import TextEmbedder
from corpus.alignment.search import Cut
from corpus.alignment.sentences import Progress, Side, align_sides
from corpus.alignment.similarity import Similarity, TokenSimilarity
from corpus.alignment.words import TokenStates, links_from_word_vectors
from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link, Provenance
from corpus.document import BlockKind, Document
from corpus.words import words

WordLinker = Callable[[Sequence[str], Sequence[str]], Sequence[tuple[Link, ...]]]

_AT_ONCE = 256  # beads that are linked together, so that memory does not grow with the text
_LONGEST = 5000  # characters of a side; what is longer is no sentence, and gets no links


@dataclass(frozen=True, slots=True)
class AlignmentSettings:
    """A bead whose confidence is below ``unsure_below`` is flagged."""

    unsure_below: float = 0.6


def align_documents(
    source: Document,
    target: Document,
    similarity: Similarity,
    tokens: Sequence[TokenSimilarity] = (),
    settings: AlignmentSettings | None = None,
    *,
    provenance: Provenance | None = None,
    progress: Progress | None = None,
) -> Bitext:
    """Pair the segments of ``source`` with those of ``target``, each in exactly one bead.

    Beads are in the order of both texts and have origin ``human``; ``confidence`` is the
    probability that the bead is right. Blocks (paragraphs, headings) of both documents
    count, unless they are lines of segmented text.
    """
    settings, provenance = settings or AlignmentSettings(), provenance or Provenance()
    cuts = align_sides(_side(source), _side(target), similarity, tokens, progress)
    beads = []
    taken: set[str] = set()
    for cut in cuts:
        bead = _bead(source, target, cut, settings)
        while bead.id in taken:  # a source and a target segment may have the same id
            bead = replace(bead, id=f"{bead.id}+")
        taken.add(bead.id)
        beads.append(bead)
    said = replace(
        provenance,
        extra={**provenance.extra, "translation file": target.source.name},
        settings={
            **provenance.settings,
            "similarity": ", ".join(one.name for one in (similarity, *tokens)),
            "unsure_below": settings.unsure_below,
        },
    )
    return Bitext(source, target, tuple(beads), said)


def _side(document: Document) -> Side:
    texts = [segment.text for segment in document.segments]
    if all(block.kind is BlockKind.LINE for block in document.blocks):
        return Side(texts)
    opens = [segment.id.endswith("s1") for segment in document.segments]
    return Side(texts, opens)


def _bead(source: Document, target: Document, cut: Cut, settings: AlignmentSettings) -> Bead:
    held = source.segments[cut.source : cut.source_end], target.segments[cut.target : cut.target_end]
    ids = [tuple(segment.id for segment in side) for side in held]
    confidence = round(cut.probability, 4)
    flags: tuple[Flag, ...] = ()
    if confidence < settings.unsure_below:
        message = f"the aligner was unsure that these belong together (confidence {confidence:.0%})"
        if not ids[0] or not ids[1]:
            side = "source" if ids[1] else "translation"
            message = f"the aligner was unsure that the {side} lacks this (confidence {confidence:.0%})"
        flags = (Flag(FlagKind.LOW_CONFIDENCE, message),)
    name = ids[0][0] if ids[0] else f"t-{ids[1][0]}"
    return Bead(name, ids[0], ids[1], origin="human", confidence=confidence, flags=flags)


def link_words(bitext: Bitext, linker: WordLinker, progress: Progress | None = None) -> Bitext:
    """``bitext`` with the links that ``linker`` finds in every bead with text on both sides."""
    beads: list[Bead] = []
    for begin in range(0, len(bitext.beads), _AT_ONCE):
        part = bitext.beads[begin : begin + _AT_ONCE]
        texts = [(bitext.source_text(bead), bitext.target_text(bead)) for bead in part]
        texts = [pair if max(map(len, pair)) <= _LONGEST else ("", "") for pair in texts]
        found = linker([source for source, _ in texts], [target for _, target in texts])
        beads += [replace(bead, links=links) for bead, links in zip(part, found, strict=True)]
        if progress is not None:
            progress(len(beads), len(bitext.beads))
    return replace(bitext, beads=tuple(beads))


def vector_linker(embedder: TextEmbedder) -> WordLinker:
    """Links by vectors of words, for when no model gives states of its encoder."""

    def link(sources: Sequence[str], targets: Sequence[str]) -> list[tuple[Link, ...]]:
        sides = [[(text, words(text)) for text in side] for side in (sources, targets)]
        known = sorted({span.of(text).lower() for side in sides for text, held in side for span in held})
        vectors = dict(zip(known, embedder.embed(known), strict=True)) if known else {}
        states = [
            [
                TokenStates(text, held, np.array([vectors[span.of(text).lower()] for span in held]))
                for text, held in side
            ]
            for side in sides
        ]
        return [links_from_word_vectors(one, other) for one, other in zip(*states, strict=True)]

    return link
