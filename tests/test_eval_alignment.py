"""Scores of alignments on beads that can be counted by hand."""

from __future__ import annotations

import pytest

from corpus.errors import FormatError
from eval.alignment import bead_scores, check_places, link_scores, read_gold_beads

GOLD = [((0,), (0,)), ((1, 2), (1,)), ((3,), ()), ((4,), (2, 3)), ((), (4,))]


def test_a_perfect_alignment() -> None:
    scores = bead_scores(GOLD, GOLD[::-1])
    assert (scores.strict.f1, scores.lax.f1, scores.deletions.f1) == (1.0, 1.0, 1.0)


def test_strict_and_lax_as_vecalign_counts_them() -> None:
    ours = [((0,), (0,)), ((1,), (1,)), ((2, 3), ()), ((4,), (2, 3)), ((), (4,))]
    scores = bead_scores(GOLD, ours)
    # Precision over all five of ours: 0-0, 4-2,3 and the lone 4 are right; 1-1 is lax.
    assert scores.strict.precision == pytest.approx(3 / 5)
    assert scores.lax.precision == pytest.approx(4 / 5)
    # Recall over the three gold beads with both sides: two strictly, 1,2-1 laxly.
    assert scores.strict.recall == pytest.approx(2 / 3)
    assert scores.lax.recall == pytest.approx(1.0)
    assert (scores.deletions.precision, scores.deletions.recall) == (1 / 2, 1 / 2)


def test_nothing_to_count() -> None:
    scores = bead_scores([], [((), ())])
    assert (scores.strict.precision, scores.strict.recall, scores.strict.f1) == (0.0, 0.0, 0.0)


def test_alignment_error_rate() -> None:
    sure, possible = [{(0, 0), (1, 1)}], [{(2, 1)}]
    scores = link_scores(sure, [{(0, 0), (2, 1), (3, 3)}], possible)
    assert (scores.rates.precision, scores.rates.recall) == (pytest.approx(2 / 3), 1 / 2)
    assert scores.aer == pytest.approx(1 - (1 + 2) / (3 + 2))
    plain = link_scores(sure, [{(0, 0), (3, 3)}])
    assert plain.aer == pytest.approx(1 - plain.rates.f1)


def test_gold_files() -> None:
    assert read_gold_beads("[0, 1]:[0]\n\n[2]:[]:0.31\n[]:[1]\n", "gold") == [
        ((0, 1), (0,)),
        ((2,), ()),
        ((), (1,)),
    ]


@pytest.mark.parametrize("line", ["0-1", "[0]", "[a]:[0]", "[-1]:[0]", "[True]:[0]", "[0]:5", "[" * 2000])
def test_bad_gold_names_its_line(line: str) -> None:
    with pytest.raises(FormatError, match="gold, line 2"):
        read_gold_beads(f"[0]:[0]\n{line}\n", "gold")
    with pytest.raises(FormatError, match="no bead"):
        read_gold_beads("\n", "gold")


def test_gold_of_other_texts() -> None:
    check_places([((0,), (1,))], 1, 2, "gold")
    with pytest.raises(FormatError, match="target segment 2"):
        check_places([((0,), (2,))], 1, 2, "gold")
