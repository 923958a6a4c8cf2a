"""What writers of every format share: the target block by block, and a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from corpus.bitext import Bitext, FlagKind, target_document
from corpus.document import Block, Document
from corpus.layout import Piece
from corpus.markup import mark_target


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a person should know of a written document.

    ``unplaced`` names marks without a place in the translation and their segments;
    ``untranslated`` the segments that kept their source text because nothing came out;
    ``notes`` whatever else stayed as it was.
    """

    unplaced: tuple[str, ...] = ()
    untranslated: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """All of it, a remark a line."""
        lines = [f"segment {name}" for name in self.unplaced]
        if self.untranslated:
            lines.append(f"left in the source language: {', '.join(self.untranslated)}")
        return [*lines, *self.notes]


class Target:
    """The translation, laid out like its source: a block for every block.

    A segment whose translation is empty keeps its source text: a document is not to
    lose a sentence, and the report names it.
    """

    def __init__(self, bitext: Bitext) -> None:
        first = {bead.source[0]: bead for bead in bitext.beads if bead.source}
        later = {name for bead in bitext.beads for name in bead.source[1:]}
        texts: list[str] = []
        untranslated: list[str] = []
        for segment in bitext.source.segments:
            text = "" if segment.id in later else bitext.target_text(first[segment.id])
            if not text.strip() and segment.text and segment.id not in later:
                untranslated.append(segment.id)
                text = segment.text
            texts.append(text)
        target = target_document(bitext.source, texts, bitext.target.language)
        beads = tuple(
            replace(bead, source=bead.source[:1], target=bead.source[:1], flags=(), links=bead.links)
            for bead in first.values()
        )
        joined = {bead.source[0] for bead in beads}
        empty = tuple(
            replace(beads[0], id=s.id, source=(s.id,), target=(s.id,), links=(), flags=())
            for s in bitext.source.segments
            if s.id not in joined
        )
        laid_out = mark_target(Bitext(bitext.source, target, (*beads, *empty)))
        self.document: Document = laid_out.target
        self.languages = (bitext.source.language, bitext.target.language)
        self._unplaced = tuple(
            f"{bead.id}: {flag.message}"
            for bead in laid_out.beads
            for flag in bead.flags
            if flag.kind is FlagKind.MARKUP
        )
        self._untranslated = tuple(untranslated)

    def report(self, notes: Sequence[str] = ()) -> WriteReport:
        """What to tell, with a writer's own ``notes``."""
        return WriteReport(self._unplaced, self._untranslated, tuple(notes))

    def by_piece(self, pieces: Sequence[Piece]) -> Mapping[int, Block]:
        """The target block of each piece that is a block, by the piece's place."""
        numbers = [place for place, piece in enumerate(pieces) if piece.kind is not None]
        if len(numbers) != len(self.document.blocks):
            raise ValueError(f"{len(self.document.blocks)} blocks for {len(numbers)} places")
        return dict(zip(numbers, self.document.blocks, strict=True))
