"""Two documents in, one bitext out: the alignment of a text with a translation of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.alignment.search import Cut
from corpus.alignment.sentences import Progress, Side, align_sides
from corpus.alignment.similarity import Similarity, TokenSimilarity
from corpus.bitext import Bead, Bitext, Flag, FlagKind, Provenance
from corpus.document import BlockKind, Document


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
