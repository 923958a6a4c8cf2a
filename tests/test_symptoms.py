"""Signs of trouble, on pairs written for this test."""

import pytest

from corpus.bitext import FlagKind
from corpus.numerals import unmatched_numbers
from corpus.symptoms import length_deviation, repeated_phrase, symptoms

# Good translations with what often sets off false alarms: names that stay, numbers in
# other shapes, times, years, doubled words, long and short renderings.
GOOD = [
    ("De gemeente opent volgende week twee nieuwe zwembaden.", "The council opens two new pools next week."),
    ("Amsterdam", "Amsterdam"),
    ("Radio 538", "Radio 538"),
    ("Water", "Water"),
    ("Jan de Boer en Piet van der Meer", "Jan de Boer and Piet van der Meer"),
    ("De schade bedraagt 1.234,56 euro.", "The damage amounts to 1,234.56 euros."),
    ("Er kwamen 12.500 bezoekers.", "There were 12,500 visitors."),
    ("Er kwamen 12 kinderen.", "Twelve children came."),
    ("Er kwamen twaalf kinderen.", "12 children came."),
    ("De trein vertrekt om 20.15 uur.", "The train leaves at 8:15 pm."),
    ("De winkel sluit om 18.00 uur.", "The shop closes at 6 pm."),
    ("Hij is vijfentwintig jaar oud.", "He is 25 years old."),
    ("Op 3-4-2022 werd het pand verkocht.", "The building was sold on 3/4/2022."),
    ("In de jaren 90 woonde hij hier.", "He lived here in the 1990s."),
    ("Het kost 1,5 miljoen euro.", "It costs 1.5 million euros."),
    ("Het kost 1,5 miljoen euro.", "It costs 1,500,000 euros."),
    ("De 2e verdieping is dicht.", "The second floor is closed."),
    ("De brug is 3,5 kilometer lang.", "The bridge is 3.5 kilometres long."),
    ("Anderhalf jaar later was het klaar.", "It was finished 1.5 years later."),
    ("Nee, nee, nee, zei ze.", "No, no, no, she said."),
    ("Hij had dat al eerder gezegd.", "He had had that idea before."),
    ("Ze gingen huis aan huis.", "They went from door to door."),
    ("Zie www.voorbeeld.nl/agenda voor de tijden.", "See www.voorbeeld.nl/agenda for the times."),
    ("Mail naar info@voorbeeld.nl.", "Send mail to info@voorbeeld.nl."),
    ("Ja.", "Yes, certainly."),
    ("Tot zo!", "See you in a while!"),
    ("Dat vindt de wethouder 'geen goed idee'.", "The alderman calls that 'not a good idea'."),
    ("Hoofdstuk 4.2 gaat over kosten.", "Chapter 4.2 is about costs."),
    ("Tweehonderdvijftig mensen deden mee.", "250 people took part."),
    ("Het is 7 uur.", "It is seven o'clock."),
    ("Na de 1-0 werd het 2-1.", "After the 1-0 it became 2-1."),
    ("De F-16 landde op Schiphol.", "The F-16 landed at Schiphol."),
]

BAD = [
    ("Een heel gewone zin.", "", FlagKind.EMPTY),
    ("De man gaat naar zijn werk.", "De man gaat naar zijn werk.", FlagKind.COPY),
    ("De kat zit op de mat.", "The kat zit op mat niet maar.", FlagKind.COPY),
    ("Fietsers stoppen voor rode lichten.", "Fietsers stoppen voor rode lichten.", FlagKind.COPY),
    ("Hij is moe.", "He is is tired.", FlagKind.REPETITION),
    ("De prijs stijgt.", "The price rises, rises, rises, rises.", FlagKind.REPETITION),
    ("In Noorwegen en Zweden sneeuwt het.", "In Norway, Norway it snows.", FlagKind.REPETITION),
    (
        "In Polen, Litouwen, Noorwegen en Zweden sneeuwt het.",
        "In Sweden, Latvia and Sweden and Sweden and also Sweden it snows.",
        FlagKind.REPETITION,
    ),
    ("Zij koopt brood.", "She buys the bread she buys the bread.", FlagKind.REPETITION),
    ("De NAVO vergadert.", "The NOOOOOOOOO meets.", FlagKind.REPETITION),
    ("Het was een mooie dag in het bos.", "Yes.", FlagKind.LENGTH_RATIO),
    ("Ja.", "Yes, and then a whole story follows that nobody ever told here.", FlagKind.LENGTH_RATIO),
    (
        "De regering wil het komende jaar meer geld uittrekken voor het openbaar vervoer in de steden.",
        "The government.",
        FlagKind.LENGTH_RATIO,
    ),
    ("Er waren 345 mensen.", "There were people.", FlagKind.NUMBERS),
    ("Er waren mensen.", "There were 345 people.", FlagKind.NUMBERS),
    ("Het kost 1.234 euro.", "It costs 1,324 euros.", FlagKind.NUMBERS),
    ("Zie www.voorbeeld.nl voor meer.", "See the site for more.", FlagKind.ADDRESSES),
]


@pytest.mark.parametrize(("source", "target"), GOOD)
def test_good_translations_are_left_alone(source: str, target: str) -> None:
    assert symptoms(source, target) == ()


@pytest.mark.parametrize(("source", "target", "kind"), BAD)
def test_bad_translations_are_noticed(source: str, target: str, kind: FlagKind) -> None:
    kinds = [flag.kind for flag in symptoms(source, target)]
    assert kinds[:1] == [kind]


def test_flags_point_at_the_place() -> None:
    (flag,) = symptoms("Er waren 345 mensen.", "There were people.")
    assert flag.source is not None
    assert flag.source.of("Er waren 345 mensen.") == "345"
    (loop,) = symptoms("Hij rent.", "He runs runs runs.")
    assert loop.target is not None
    assert loop.target.of("He runs runs runs.") == "runs runs runs"


def test_an_empty_source_has_no_symptoms() -> None:
    assert symptoms("  ", "") == ()


def test_numbers_read_by_their_own_languages_marks() -> None:
    dropped, added = unmatched_numbers("Van 1.000 naar 2,5.", "From 1.000 to 2,5.")
    # English 2,5 can only be meant as 2.5, and "1.000" as one or a thousand.
    assert (dropped, added) == ([], [])
    dropped, added = unmatched_numbers("Het zijn er 1.500.", "There are 1.6.")
    assert [span.of("Het zijn er 1.500.") for span in dropped] == ["1.500"]
    assert [span.of("There are 1.6.") for span in added] == ["1.6"]


def test_each_number_counts_as_often_as_it_stands() -> None:
    dropped, _ = unmatched_numbers("Het werd 3 tegen 3.", "It was 3 all.")
    assert [(span.start, span.end) for span in dropped] == [(17, 18)]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("one two three four", None),
        ("the the cat", "the the"),
        ("That that is, is.", None),
        ("He went to the sea and to the sea and to the sea", "to the sea and to the sea and"),
        ("3 3 3 is a score", None),
    ],
)
def test_repeated_phrase(text: str, phrase: str | None) -> None:
    span = repeated_phrase(text)
    assert (None if span is None else span.of(text)) == phrase


def test_length_deviation_has_a_sign_and_grows() -> None:
    source = "x" * 100
    assert length_deviation(source, "y" * 97) == 0
    assert length_deviation(source, "y" * 60) < 0 < length_deviation(source, "y" * 140)
    assert length_deviation(source, "y" * 200) > length_deviation(source, "y" * 150)
