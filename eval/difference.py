"""Which words of a hypothesis and its reference differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

from corpus.document import Span
from corpus.words import words


class PieceKind(StrEnum):
    """Where a piece of text occurs."""

    SAME = "same"  # in both
    EXTRA = "extra"  # only in the hypothesis
    MISSING = "missing"  # only in the reference


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words. The pieces that are not missing, put together, are the hypothesis."""

    kind: PieceKind
    text: str


def difference(hypothesis: str, reference: str) -> tuple[Piece, ...]:
    """A smallest set of words to delete and insert that makes the texts the same.

    Words are those of ``corpus.words``; neighbouring words of one kind are one
    piece, with the white space between them. A missing piece stands where the
    hypothesis lacks it, after any extra words.
    """
    ours, theirs = words(hypothesis), words(reference)
    # Indel distance: what is kept is a longest common subsequence of words.
    steps = Indel.opcodes([span.of(hypothesis) for span in ours], [span.of(reference) for span in theirs])
    pieces: list[Piece] = []
    missing: list[Piece] = []
    written = 0

    def write(kind: PieceKind, end: int) -> None:
        nonlocal written
        if end <= written:
            return
        text = hypothesis[written:end]
        if pieces and pieces[-1].kind == kind:
            text = pieces.pop().text + text
        pieces.append(Piece(kind, text))
        written = end

    for step in steps:
        extra = _cover(ours[step.src_start : step.src_end])
        lacking = _cover(theirs[step.dest_start : step.dest_end])
        if step.tag == "insert" and lacking:
            missing.append(Piece(PieceKind.MISSING, lacking.of(reference)))
        if step.tag == "delete" and extra:
            write(PieceKind.SAME, extra.start)
            write(PieceKind.EXTRA, extra.end)
        if step.tag == "equal" and extra:
            pieces += missing
            missing = []
            write(PieceKind.SAME, extra.end)
    pieces += missing
    write(PieceKind.SAME, len(hypothesis))
    return tuple(pieces)


def _cover(spans: Sequence[Span]) -> Span | None:
    """From the start of the first span to the end of the last."""
    return Span(spans[0].start, spans[-1].end) if spans else None
