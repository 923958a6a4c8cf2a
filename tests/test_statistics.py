"""Rankings and corrections, on p-values whose outcome is known."""

from __future__ import annotations

import numpy as np
import pytest

from eval.metrics import SegmentMean, mean_counts
from eval.statistics import (
    PairedTests,
    SignificanceTest,
    bootstrap,
    bootstrap_tests,
    holm,
    randomization_tests,
    ranking,
)

TEST = SignificanceTest.BOOTSTRAP


def paired(scores: list[float], different: set[frozenset[int]]) -> PairedTests:
    number = len(scores)
    p_values = np.ones((number, number))
    for pair in different:
        first, second = sorted(pair)
        p_values[first, second] = p_values[second, first] = 0.0001
    return PairedTests(TEST, "chrf", np.array(scores), p_values)


def pairs(*names: tuple[int, int]) -> set[frozenset[int]]:
    return {frozenset(name) for name in names}


def test_holm() -> None:
    # Holm (1979): 3 * .01, then 2 * .02, then 1 * .04, never less than the one before.
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("scores", "different", "clusters"),
    [
        ([10, 30, 20], pairs((0, 1), (0, 2), (1, 2)), ((1,), (2,), (0,))),
        ([10, 30, 20], pairs((0, 1), (0, 2)), ((1, 2), (0,))),
        ([10, 30, 20], pairs((0, 1)), ((1, 2, 0),)),  # the middle one belongs to both
        ([10, 30, 20], set(), ((1, 2, 0),)),
        ([10], set(), ((0,),)),
    ],
)
def test_clusters_end_where_all_above_differ_from_all_below(
    scores: list[float], different: set[frozenset[int]], clusters: tuple[tuple[int, ...], ...]
) -> None:
    assert ranking(paired(scores, different)).clusters == clusters
    flipped = [-score for score in scores]
    assert ranking(paired(flipped, different), higher_is_better=False).clusters == clusters


def test_a_mean_is_tested_like_any_metric() -> None:
    generator = np.random.default_rng(5)
    base = generator.normal(50, 10, 200)
    values = np.stack([base, base + generator.normal(0, 5, 200), base + 5 + generator.normal(0, 5, 200)])
    values[0, :3] = np.nan  # segments without a value do not count
    counts = [mean_counts(SegmentMean("made", "Made", "made"), values)]
    resampled = bootstrap(counts, 400, 1)
    assert resampled[0][:, 0].mean() == pytest.approx(np.nanmean(values[0]), abs=0.3)
    for tests in (*bootstrap_tests(counts, resampled), *randomization_tests(counts, 400, 1)):
        assert tests.scores == pytest.approx(np.nanmean(values, axis=1))
        assert tests.p_values[0, 1] > 0.05 > tests.p_values[0, 2]
        assert (tests.p_values == tests.p_values.T).all()
