"""A translation memory as a bitext, so that every export format can write it."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.bitext import Bead, Bitext, Provenance, target_document
from corpus.document import Block, BlockKind, Document, Segment, SourceFile, Span, one_line, segment_id
from corpus.errors import InputError
from translate.memory import TranslationMemory
from translate.segments import MACHINE

HUMAN = "human"


def bitext_of(
    memory: TranslationMemory,
    only: str | None = None,
    *,
    source_language: str = "nl",
    target_language: str = "en",
) -> Bitext:
    """One line and one bead an entry: people's first, in their order, then the model's, newest first.

    ``only`` is ``human`` or ``machine``. A source that a person translated is not given
    again as the model did it. Raises :class:`InputError` if there is nothing.
    """
    entries = dict(_entries(memory, only))
    if not entries:
        raise InputError(
            "has nothing to export", where=str(memory.path), remedy="translate or import something first"
        )
    blocks, segments, at = [], [], 0
    for number, source in enumerate(entries, start=1):
        span = Span(at, at + len(source))
        blocks.append(Block(number, BlockKind.LINE, span))
        segments.append(Segment(segment_id(number, 1), number, span, source))
        at = span.end + 1
    document = Document(
        text="".join(f"{source}\n" for source in entries),
        language=source_language,
        blocks=tuple(blocks),
        segments=tuple(segments),
        source=SourceFile(memory.path.name),
    )
    targets = [target for target, _ in entries.values()]
    origins = [origin for _, origin in entries.values()]
    beads = tuple(
        Bead(segment.id, (segment.id,), (segment.id,), origin=origin)
        for segment, origin in zip(segments, origins, strict=True)
    )
    target = target_document(document, targets, target_language)
    return Bitext(document, target, beads, Provenance(tool="tweetalig memory export"))


def _entries(memory: TranslationMemory, only: str | None) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each source once, with its translation and who made it."""
    seen = set()
    if only != "machine":
        for unit in memory.human_units():
            seen.add(one_line(unit.source))
            yield one_line(unit.source), (unit.target, HUMAN)
    if only != "human":
        for made in memory.machine_units():
            source = one_line(made.source)
            if source and source not in seen:
                seen.add(source)
                yield source, (made.target, MACHINE)
