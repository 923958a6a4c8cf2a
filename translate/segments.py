"""A finished segment: its translation and what is known of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from corpus.bitext import Flag, FlagKind, Link
from corpus.document import Span

MACHINE = "mt"
MEMORY = "memory"  # a person's translation, from the translation memory


@dataclass(frozen=True, slots=True)
class TranslatedSegment:
    """A translation with its evidence. ``origin`` and ``score`` are as in a :class:`corpus.bitext.Bead`."""

    text: str
    score: float | None = None
    flags: tuple[Flag, ...] = ()
    links: tuple[Link, ...] = ()
    origin: str = MACHINE


def to_json(segment: TranslatedSegment) -> str:
    """``segment`` as one line of JSON, without loss (floats keep every bit)."""
    kept = {
        "text": segment.text,
        "score": segment.score,
        "flags": [_flag_to_json(flag) for flag in segment.flags],
        "links": [[link.source, link.target, link.weight] for link in segment.links],
        "origin": segment.origin,
    }
    return json.dumps(kept, separators=(",", ":"))  # in ASCII, so that half a character survives too


def from_json(line: str) -> TranslatedSegment:
    """The segment that :func:`to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    kept = json.loads(line)
    return TranslatedSegment(
        text=kept["text"],
        score=kept["score"],
        flags=tuple(_flag_from_json(flag) for flag in kept["flags"]),
        links=tuple(Link(source, target, weight) for source, target, weight in kept["links"]),
        origin=kept["origin"],
    )


def _flag_to_json(flag: Flag) -> dict[str, Any]:
    kept: dict[str, Any] = {"kind": flag.kind.value, "message": flag.message, "repaired": flag.repaired}
    for side, span in (("source", flag.source), ("target", flag.target)):
        if span is not None:
            kept[side] = [span.start, span.end]
    return kept


def _flag_from_json(kept: dict[str, Any]) -> Flag:
    spans = {side: Span(*kept[side]) for side in ("source", "target") if side in kept}
    return Flag(FlagKind(kept["kind"]), kept["message"], kept["repaired"], **spans)
