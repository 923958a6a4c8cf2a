"""Alignments scored like translations: word links by AER and F1, sentence beads by strict and lax F1.

What is counted of a sentence (or gold bead) is a row that adds up, so that
intervals, significance tests, rankings and reports are those of translations.

- Links (Och and Ney, "A systematic comparison of various statistical alignment models",
  CL 2003): lines, or the last column of a .tsv, of ``0-0 1-2``, source and target word from 0; a gold
  link that is only possible is written ``1?2``. Precision counts possible links,
  recall sure ones.
- Beads (as vecalign scores them; :mod:`eval.alignment` has the rules): a line a bead,
  ``[0, 1]:[0]``, sentences from 0. Strict is the same bead; lax shares a sentence on
  both sides with a gold bead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from corpus.bitext import Bitext
from corpus.errors import FormatError
from corpus.files import decode_text, read_bytes, sha256_hex
from eval.alignment import BeadOfPlaces, read_gold_beads
from eval.inputs import Material, SegmentFile, is_document, match, read_bitext
from eval.metrics import Counts, Floats

_LINK = re.compile(r"(\d{1,7})([-?])(\d{1,7})")


class Part(StrEnum):
    """Which figure is made of the counts."""

    F1 = "f1"
    PRECISION = "precision"
    RECALL = "recall"
    ERROR = "error"  # AER


@dataclass(frozen=True, slots=True)
class AlignmentMetric:
    """A figure of agreement with the gold, 0 to 100.

    Counts: what the system has right, all it has, what of the gold it has, all of
    the gold. AER (Och and Ney 2003) is 1 less the two right ones over the two
    whole ones; lower is better.
    """

    key: str
    name: str
    label: str
    part: Part

    @property
    def higher_is_better(self) -> bool:
        """See :class:`eval.metrics.Metric`."""
        return self.part is not Part.ERROR

    def corpus_value(self, total: Floats) -> float:
        """See :class:`eval.metrics.Metric`."""
        return float(self.values(total))

    def values(self, totals: Floats, *, sentence: bool = False) -> Floats:
        """See :class:`eval.metrics.Metric`."""
        right, given, found, wanted = (totals[..., column] for column in range(4))
        precision, recall = _share(right, given), _share(found, wanted)
        if self.part is Part.PRECISION:
            return 100 * precision
        if self.part is Part.RECALL:
            return 100 * recall
        if self.part is Part.ERROR:
            result: Floats = 100 * (1 - _share(right + found, given + wanted))
            return result
        return 100 * _share(2 * precision * recall, precision + recall)

    def signature(self, references: int, **more: str | int) -> str:
        """See :class:`eval.metrics.Metric`."""
        return "|".join([self.label, *(f"{key}:{value}" for key, value in more.items())])


LINK_METRICS = (
    AlignmentMetric("f1", "F1", "links:words|precision:possible|recall:sure", Part.F1),
    AlignmentMetric("aer", "AER", "links:words|precision:possible|recall:sure", Part.ERROR),
    AlignmentMetric("precision", "Precision", "links:words|against:possible", Part.PRECISION),
    AlignmentMetric("recall", "Recall", "links:words|against:sure", Part.RECALL),
)
BEAD_METRICS = tuple(
    AlignmentMetric(f"{kind}-{part.value}", f"{name} {kind}", f"beads:sentences|match:{kind}", part)
    for kind in ("strict", "lax")
    for part, name in ((Part.F1, "F1"), (Part.PRECISION, "Precision"), (Part.RECALL, "Recall"))
)


@dataclass(frozen=True, slots=True)
class Scored:
    """Matched alignments and their counts, ready to be evaluated."""

    material: Material
    counts: tuple[Counts, ...]


def score_links(
    gold: Path, systems: Sequence[Path], *, source: SegmentFile | None = None, names: Sequence[str] = ()
) -> Scored:
    """Word links of every system against the gold.

    Files are lines of links, or documents with links (``.jsonl``). Raises
    :class:`corpus.errors.TweetaligError` naming file and line.
    """
    material = match(
        [_link_file(gold)], [_link_file(path) for path in systems], source=source, names=names, complete=False
    )
    wanted = [_links(texts[0] if texts else "") for texts in material.references]
    rows = np.zeros((len(systems), len(wanted), 4))
    for place, system in enumerate(material.systems):
        for index, (text, (sure, possible)) in enumerate(zip(system.hypotheses, wanted, strict=True)):
            given = _links(text)[1]
            rows[place, index] = [len(given & possible), len(given), len(given & sure), len(sure)]
    return Scored(material, tuple(Counts(metric, rows) for metric in LINK_METRICS))


def score_beads(gold: Path, systems: Sequence[Path], *, names: Sequence[str] = ()) -> Scored:
    """Sentence beads of every system against the gold; a segment is a bead of the gold.

    The totals are those of :func:`eval.alignment.bead_scores`. A system's bead counts
    where the gold has its first sentence. Raises :class:`corpus.errors.TweetaligError`
    naming file and line.
    """
    wanted = _read_beads(gold)
    given = [_read_beads(path) for path in systems]
    strict = np.zeros((len(systems), len(wanted.beads), 4))
    lax = np.zeros_like(strict)
    hypotheses = []
    for place, file in enumerate(given):
        texts: list[list[str]] = [[] for _ in wanted.beads]
        for bead in file.beads:
            row = wanted.row_of(bead)
            texts[row].append(_bead_text(bead))
            same = bead in wanted.all
            strict[place, row, :2] += [same, 1]
            lax[place, row, :2] += [same or wanted.touches(bead), 1]
        for row, bead in enumerate(wanted.beads):
            if all(bead):
                same = bead in file.all
                strict[place, row, 2:] = [same, 1]
                lax[place, row, 2:] = [same or file.touches(bead), 1]
        hypotheses.append(replace(file.segments, segments=tuple(map(" ".join, texts))))
    material = match([wanted.segments], hypotheses, names=names, complete=False)
    tables = {"strict": strict, "lax": lax}
    counts = tuple(Counts(metric, tables[metric.key.partition("-")[0]]) for metric in BEAD_METRICS)
    return Scored(material, counts)


def _share(part: Floats, whole: Floats) -> Floats:
    result: Floats = np.divide(part, whole, where=whole != 0, out=np.zeros(np.shape(whole)))
    return result


# Links


def _link_file(path: Path) -> SegmentFile:
    data = read_bytes(path)
    if is_document(path) and path.suffix.lower() != ".tsv":
        return _links_of(read_bitext(path), str(path), sha256_hex(data))
    lines = decode_text(data, str(path)).split("\n")
    if lines[-1] == "":
        lines.pop()
    if path.suffix.lower() == ".tsv":
        lines = [line.rstrip("\r").rpartition("\t")[2] for line in lines]
        if lines[0].strip().lower() == "links":
            del lines[0]
    for number, line in enumerate(lines, start=1):
        for token in line.split():
            if not _LINK.fullmatch(token):
                raise FormatError(
                    f"{token[:40]!r} is no word link",
                    where=f"{path}, line {number}",
                    remedy="write links as 0-0 1-2, words counted from 0",
                )
    return SegmentFile(str(path), tuple(" ".join(line.split()) for line in lines), sha256=sha256_hex(data))


def _links_of(bitext: Bitext, path: str, sha256: str) -> SegmentFile:
    texts = tuple(
        " ".join(f"{i}-{j}" for i, j in sorted((link.source, link.target) for link in bead.links))
        for bead in bitext.beads
    )
    return SegmentFile(path, texts, tuple(bead.id for bead in bitext.beads), sha256=sha256)


Pairs = frozenset[tuple[int, int]]


def _links(text: str) -> tuple[Pairs, Pairs]:
    """Sure links, and all."""
    found = [_LINK.fullmatch(token) for token in text.split()]
    pairs = [(int(one[1]), int(one[3]), one[2]) for one in found if one]
    return (
        frozenset((i, j) for i, j, mark in pairs if mark == "-"),
        frozenset((i, j) for i, j, _ in pairs),
    )


# Beads


@dataclass(frozen=True, slots=True)
class _Beads:
    """Beads in order, and what is asked of them: partners by source sentence, places by sentence."""

    beads: tuple[BeadOfPlaces, ...]
    segments: SegmentFile
    all: frozenset[BeadOfPlaces]
    partners: Mapping[int, set[int]]
    rows: tuple[Mapping[int, int], Mapping[int, int]]

    def touches(self, bead: BeadOfPlaces) -> bool:
        """Whether some bead here shares a sentence with ``bead`` on both sides."""
        return any(self.partners.get(sentence, set()) & set(bead[1]) for sentence in bead[0])

    def row_of(self, bead: BeadOfPlaces) -> int:
        """The bead here that has the first sentence of ``bead``, or the last before it."""
        side = 0 if bead[0] else 1
        sentence = bead[side][0]
        while sentence >= 0 and sentence not in self.rows[side]:
            sentence -= 1
        return self.rows[side].get(sentence, 0)


def _read_beads(path: Path) -> _Beads:
    data = read_bytes(path)
    read = read_gold_beads(decode_text(data, str(path)), str(path))
    beads = tuple(dict.fromkeys(bead for bead in read if any(bead)))
    partners: dict[int, set[int]] = {}
    rows: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for row, bead in enumerate(beads):
        for sentence in bead[0]:
            partners.setdefault(sentence, set()).update(bead[1])
        for side in (0, 1):
            for sentence in bead[side]:
                rows[side].setdefault(sentence, row)
    file = SegmentFile(str(path), tuple(map(_bead_text, beads)), sha256=sha256_hex(data))
    return _Beads(beads, file, frozenset(beads), partners, rows)


def _bead_text(bead: BeadOfPlaces) -> str:
    return ":".join(f"[{','.join(map(str, side))}]" for side in bead)


__all__ = ["BEAD_METRICS", "LINK_METRICS", "AlignmentMetric", "Part", "Scored", "score_beads", "score_links"]
