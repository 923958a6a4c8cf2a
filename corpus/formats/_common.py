"""What several formats say in the same way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link
from corpus.document import Block, Span
from corpus.errors import OutputError

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# What a flag is called where people read it. FlagKind's own values are for programs.
FLAG_LABELS: dict[FlagKind, str] = {
    FlagKind.EMPTY: "No translation",
    FlagKind.COPY: "Copied, not translated",
    FlagKind.REPETITION: "Repetition",
    FlagKind.TRUNCATION: "Cut off",
    FlagKind.LENGTH_RATIO: "Unusual length",
    FlagKind.NUMBERS: "Numbers differ",
    FlagKind.SPLIT: "Translated in parts",
    FlagKind.UNKNOWN_CHARACTERS: "Unknown characters",
    FlagKind.LOW_CONFIDENCE: "Unsure",
    FlagKind.ADDRESSES: "Web address",
    FlagKind.DATES: "Date or time differs",
    FlagKind.AMOUNTS: "Amount differs",
    FlagKind.UNITS: "Unit differs",
    FlagKind.NAMES: "Name differs",
    FlagKind.LEFTOVER: "Dutch left over",
    FlagKind.LANGUAGE: "Not English",
    FlagKind.QUOTATION: "Quotation marks or brackets",
    FlagKind.STRAY: "Stray characters",
    FlagKind.GLOSSARY: "Glossary term",
    FlagKind.MARKUP: "Markup moved",
    FlagKind.FUZZY_MATCH: "Similar in memory",
}

_SURROGATE = re.compile("[\ud800-\udfff]")


def encode_text(text: str) -> bytes:
    """UTF-8 of ``text``.

    Raises :class:`OutputError` for a lone surrogate, which no encoding can carry.
    """
    found = _SURROGATE.search(text)
    if found:
        raise OutputError(
            f"holds U+{ord(found.group()):04X}, half a character, which UTF-8 cannot carry",
            where=f"character {found.start()}",
            remedy="mend the source file, or write .jsonl",
        )
    return text.encode("utf-8")


def flag_label(flag: Flag) -> str:
    """A flag's name for people, which says so if the problem is mended."""
    label = FLAG_LABELS.get(flag.kind, str(flag.kind))
    return f"{label} (repaired)" if flag.repaired else label


def pharaoh(links: Sequence[Link]) -> str:
    """Word links as ``0-0 1-2``, sorted: source and target word index, from 0.

    The notation of the Pharaoh decoder and of every word aligner since.
    """
    return " ".join(f"{i}-{j}" for i, j in sorted((link.source, link.target) for link in links))


def source_span(bitext: Bitext, bead: Bead) -> Span | None:
    """From the bead's first source character to its last; None without a source."""
    held = bitext.source_segments(bead)
    if not held:
        return None
    return Span(min(s.span.start for s in held), max(s.span.end for s in held))


def block_of(bitext: Bitext, bead: Bead) -> Block | None:
    """The block a bead starts in: the source's, or the target's if it has no source."""
    for document, held in (
        (bitext.source, bitext.source_segments(bead)),
        (bitext.target, bitext.target_segments(bead)),
    ):
        if held:
            return document.block_of(held[0])
    return None


def utc(created: str) -> datetime | None:
    """An ISO 8601 time in UTC, which a time without a zone is taken for; None if it is no such time."""
    try:
        time = datetime.fromisoformat(created)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
