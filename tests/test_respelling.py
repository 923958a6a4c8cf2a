"""Names that a model spelt wrongly get the source's spelling, and nothing else does."""

from __future__ import annotations

import pytest

from corpus.bitext import FlagKind, Link
from corpus.document import Span
from translate.names import respell_names

KNOWN = {"Putin", "Senate", "Rules", "Friday", "The"}  # one piece each


def pieces(word: str) -> int:
    return 1 if word in KNOWN else 3


def respelt(source: str, target: str, *links: tuple[int, int]) -> str:
    return respell_names(source, target, [Link(*link) for link in links], pieces).text


def test_a_misspelt_name_is_spelt_as_in_the_source() -> None:
    found = respell_names(
        "Gisteren sprak Stoltenberg.", "Yesterday Steltonberg spoke.", [Link(2, 1), Link(1, 2)], pieces
    )
    assert found.text == "Yesterday Stoltenberg spoke."
    (flag,) = found.flags
    assert flag.kind is FlagKind.NAMES and flag.repaired
    assert flag.source == Span(15, 26) and flag.target == Span(10, 21)
    assert "Steltonberg" in flag.message


def test_a_possessive_keeps_its_ending() -> None:
    assert respelt("de vrouw van Karimova", "Karmova's wife", (3, 0)) == "Karimova's wife"


def test_two_names_are_put_right_at_once() -> None:
    made = respell_names(
        "Eerst Karimova, dan Oyelaran.", "First Karmova, then Oyelran.", [Link(1, 1), Link(4, 4)], pieces
    )
    assert made.text == "First Karimova, then Oyelaran."
    assert [flag.target.of(made.text) for flag in made.flags if flag.target] == ["Karimova", "Oyelaran"]


@pytest.mark.parametrize(
    ("source", "target", "link"),
    [
        ("Toen kwam Poetin.", "Then Putin came.", (2, 1)),  # one piece: known
        ("Toen kwam Tsjernov.", "Then Chernov came.", (2, 1)),  # as English spells it
        ("Hij woont in Groenland.", "He lives in Greenland.", (3, 3)),  # of the list
        ("Een Groenlander kwam.", "A Greenlander came.", (1, 1)),  # made from the list
        ("In de Senaat zweeg men.", "In the Senate they were silent.", (2, 2)),
        ("Volgers zwegen.", "Folgars were silent.", (0, 0)),  # a capital of the sentence, too far off
        ("Toen kwam Verbruggen.", "Then the mayor came.", (2, 2)),  # no capital
        ("Toen kwam Verbruggen.", "Then Jansen came.", (2, 1)),  # another name
        ("Het Covid-virus is er.", "The Covid virus is here.", (1, 1)),  # a compound taken apart
    ],
)
def test_what_may_be_right_is_left(source: str, target: str, link: tuple[int, int]) -> None:
    assert respelt(source, target, link) == target


def test_a_name_that_is_there_already_is_not_written_twice() -> None:
    text = "Verbruggen and Verburgen came."
    assert respelt("Verbruggen en Verbruggen kwamen.", text, (0, 0), (2, 2)) == text


def test_words_stay_as_many_as_they_were() -> None:
    """Otherwise the links would point at the wrong words."""
    assert respelt("Toen kwam O.Verbruggen.", "Then Overbrugen came.", (2, 1)) == "Then O.Verbruggen came."
    assert respelt("Toen kwam Al*Assad.", "Then Alassad came.", (2, 1)) == "Then Alassad came."
