"""Long sentences are split where a reader would, and nothing is lost."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translate.splitting import clause_spans, join_parts, split_long


def count_words(text: str) -> int:
    return len(text.split()) + 1


def parts(text: str, limit: int) -> list[str]:
    return [span.of(text) for span in split_long(text, limit, count_words)]


def test_short_text_is_one_part() -> None:
    assert parts("Hij gaat naar huis.", 10) == ["Hij gaat naar huis."]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (
            "De regen hield dagen aan; het water in de rivier steeg snel.",
            9,
            ["De regen hield dagen aan;", "het water in de rivier steeg snel."],
        ),
        (
            "Zij wilde graag blijven, maar de laatste trein ging al vroeg.",
            9,
            ["Zij wilde graag blijven,", "maar de laatste trein ging al vroeg."],
        ),
        (
            "Wij lopen elke dag naar school omdat de bus hier niet stopt.",
            9,
            ["Wij lopen elke dag naar school", "omdat de bus hier niet stopt."],
        ),
        ("een twee drie vier vijf zes", 4, ["een twee drie", "vier vijf zes"]),
    ],
)
def test_boundaries_are_chosen_by_rank(text: str, limit: int, expected: list[str]) -> None:
    assert parts(text, limit) == expected


def test_a_word_without_end_is_cut_by_characters() -> None:
    text = "a" * 1000
    spans = split_long(text, 100, len)
    assert "".join(span.of(text) for span in spans) == text
    assert max(map(len, spans)) <= 100


def test_a_megabyte_on_one_line_is_quick() -> None:
    text = "Het regent, en het blijft regenen; niemand gaat naar buiten. " * 17_000
    spans = split_long(text, 50, count_words)
    assert all(count_words(span.of(text)) <= 50 for span in spans)
    assert "".join(span.of(text) for span in spans).replace(" ", "") == text.replace(" ", "")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab ,;.\n", max_size=200), st.integers(2, 30))
def test_nothing_but_white_space_is_left_out(text: str, limit: int) -> None:
    spans = split_long(text, limit, lambda part: len(part) + 1)
    assert "".join(span.of(text) for span in spans).split() == [] or "".join(
        "".join(span.of(text) for span in spans).split()
    ) == "".join(text.split())
    assert all(first.end <= second.start for first, second in pairwise(spans))
    assert all(len(span) + 1 <= max(limit, 2) for span in spans)


def test_clauses_or_the_whole() -> None:
    text = "Hij kwam binnen, en zij ging weg."
    assert [span.of(text) for span in clause_spans(text)] == ["Hij kwam binnen,", "en zij ging weg."]
    assert len(clause_spans("Onvoorstelbaar mooi.")) == 1


def test_joined_parts_read_as_one_sentence() -> None:
    source = "Zij wilde blijven, maar de trein ging al."
    spans = clause_spans(source)
    assert join_parts(source, spans, ["She wanted to stay.", "But the train left."]) == (
        "She wanted to stay, but the train left."
    )
    assert join_parts(source, spans, ["She wanted to stay,", "I know."]) == "She wanted to stay, I know."


def test_a_cut_word_is_joined_without_a_space() -> None:
    spans = split_long("abcdef", 3, len)
    assert join_parts("abcdef", spans, ["abc", "def"]) == "abcdef"


def test_a_new_sentence_keeps_its_capital_and_stop() -> None:
    source = "Het is laat. Wij gaan."
    spans = clause_spans(source) if len(clause_spans(source)) > 1 else split_long(source, 4, count_words)
    assert join_parts(source, spans, ["It is late.", "We go."]) == "It is late. We go."
