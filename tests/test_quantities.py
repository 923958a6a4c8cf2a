"""Numbers, amounts, dates and times in Dutch and English, on sentences written for this test."""

from __future__ import annotations

from fractions import Fraction

import pytest

from corpus.quantities import ChangeKind, QuantityKind, differences, quantities

N, P, M, U = QuantityKind.NUMBER, QuantityKind.PERCENT, QuantityKind.MONEY, QuantityKind.MEASURE
D, W, T, C, Y = (
    QuantityKind.DATE,
    QuantityKind.WEEKDAY,
    QuantityKind.TIME,
    QuantityKind.CENTURY,
    QuantityKind.DECADE,
)


@pytest.mark.parametrize(
    ("text", "shown", "kind", "value", "unit"),
    [
        ("Het kost 1.234,56 euro.", "1.234,56 euro", M, Fraction("1234.56"), "EUR"),
        ("Dat is € 3,50 per stuk.", "€ 3,50", M, Fraction("3.5"), "EUR"),
        ("Er waren 12.500 bezoekers.", "12.500", N, 12500, ""),
        ("Ruim 2,5 miljard mensen.", "2,5 miljard", N, 2_500_000_000, ""),
        ("Een schuld van 3 biljoen dollar.", "3 biljoen dollar", M, 3 * 10**12, "USD"),
        ("Anderhalf miljoen stemmen.", "Anderhalf miljoen", N, 1_500_000, ""),
        ("Anderhalve week later.", "Anderhalve week", U, Fraction(3, 2), "week"),
        ("Na twee en een half uur.", "twee en een half uur", U, Fraction(5, 2), "hour"),
        ("Na tweeënhalf jaar.", "tweeënhalf jaar", U, Fraction(5, 2), "year"),
        ("Een half miljoen huizen.", "Een half miljoen", N, 500_000, ""),
        ("Vijfentwintig procent stemde tegen.", "Vijfentwintig procent", P, 25, "%"),
        ("De trein reed 160 km/u.", "160 km/u", U, 160, "km/h"),
        ("Het vriest 5 graden Celsius.", "5 graden Celsius", U, 5, "°C"),
        ("In de achttiende eeuw.", "achttiende eeuw", C, 18, ""),
        ("Een 19e-eeuws huis.", "19e-eeuws", C, 19, ""),
        ("De jaren tachtig.", "jaren tachtig", Y, 80, ""),
        ("De jaren '60.", "jaren '60", Y, 60, ""),
        ("De jaren 30 van de 19e eeuw.", "jaren 30 van de 19e eeuw", Y, 1830, ""),
        ("Om half vier begint het.", "half vier", T, 210, ""),
        ("Het is kwart over drie.", "kwart over drie", T, 195, ""),
        ("Om kwart voor acht.", "kwart voor acht", T, 465, ""),
        ("Om tien voor half vijf.", "tien voor half vijf", T, 260, ""),
        ("De film begint om 20.15 uur.", "20.15 uur", T, 1215, ""),
        ("Open tot 18:30.", "18:30", T, 1110, ""),
        ("Sinds woensdagavond.", "woensdagavond", W, 3, ""),
    ],
)
def test_dutch(text: str, shown: str, kind: QuantityKind, value: int | Fraction, unit: str) -> None:
    (found,) = quantities(text, "nl")
    assert found.span.of(text) == shown
    assert found.kind is kind
    assert Fraction(value) in found.values
    assert found.unit == unit


@pytest.mark.parametrize(
    ("text", "shown", "kind", "value", "unit"),
    [
        ("It costs 1,234.56 euros.", "1,234.56 euros", M, Fraction("1234.56"), "EUR"),
        ("A debt of $2.5bn was paid.", "$2.5bn", M, 2_500_000_000, "USD"),
        ("A debt of £3m was paid.", "£3m", M, 3_000_000, "pound"),
        ("One and a half million votes.", "One and a half million", N, 1_500_000, ""),
        ("Half a million houses.", "Half a million", N, 500_000, ""),
        ("Two hundred and fifty thousand people.", "Two hundred and fifty thousand", N, 250_000, ""),
        ("Twenty-five per cent voted against.", "Twenty-five per cent", P, 25, "%"),
        ("It drove 100 miles per hour.", "100 miles per hour", U, 100, "mph"),
        ("An area of 12 square kilometres.", "12 square kilometres", U, 12, "km²"),
        ("In the eighteenth century.", "eighteenth century", C, 18, ""),
        ("Back in the 1980s.", "1980s", Y, 80, ""),
        ("Back in the eighties.", "eighties", Y, 80, ""),
        ("It starts at half past three.", "half past three", T, 210, ""),
        ("At a quarter to eight.", "quarter to eight", T, 465, ""),
        ("It starts at 8:15 p.m. sharp.", "8:15 p.m.", T, 1215, ""),
        ("It starts at seven o'clock.", "seven o'clock", T, 420, ""),
        ("Since Wednesday evening.", "Wednesday", W, 3, ""),
    ],
)
def test_english(text: str, shown: str, kind: QuantityKind, value: int | Fraction, unit: str) -> None:
    (found,) = quantities(text, "en")
    assert found.span.of(text) == shown
    assert found.kind is kind
    assert Fraction(value) in found.values
    assert found.unit == unit


@pytest.mark.parametrize(
    ("text", "language", "date"),
    [
        ("Op 3 maart 2021 was het zover.", "nl", (3, 3, 2021)),
        ("Op 3-4-2022 werd het verkocht.", "nl", (3, 4, 2022)),
        ("Op 12 okt. is het feest.", "nl", (12, 10, 0)),
        ("In maart 2021 begon het.", "nl", (0, 3, 2021)),
        ("It was on March 3, 2021 that it began.", "en", (3, 3, 2021)),
        ("It was on 3 March 2021.", "en", (3, 3, 2021)),
        ("It was on the 3rd of March.", "en", (3, 3, 0)),
        ("It was sold on 2022-04-03.", "en", (3, 4, 2022)),
    ],
)
def test_dates(text: str, language: str, date: tuple[int, int, int]) -> None:
    (found,) = quantities(text, language)
    assert found.kind is D
    assert date in found.values


@pytest.mark.parametrize(
    "text", ["She may come.", "They march on.", "Wij lopen een half rondje.", "Een van de twee."]
)
def test_words_that_only_look_like_quantities(text: str) -> None:
    language = "nl" if text[0] in "WE" else "en"
    assert [item for item in quantities(text, language) if not item.optional] == []


AGREE = [
    ("Om half vier sloot de winkel.", "The shop closed at 3:30."),
    ("Om half vier sloot de winkel.", "The shop closed at half past three."),
    ("Om half vier sloot de winkel.", "The shop closed at 15:30."),
    ("De winkel sluit om 18.00 uur.", "The shop closes at 6 p.m."),
    ("De trein van 7.05 uur rijdt niet.", "The 7:05 train is not running."),
    ("Het begint om drie uur.", "It begins at three o'clock."),
    ("Wij liepen drie uur.", "We walked for three hours."),
    ("Na anderhalf uur was het klaar.", "After one and a half hours it was done."),
    ("Na anderhalf jaar was het klaar.", "After 1.5 years it was done."),
    ("Het kost 2 miljard euro.", "It costs 2 billion euros."),
    ("Het kost 2 miljard euro.", "It costs €2bn."),
    ("Een tekort van 1,2 biljoen dollar.", "A deficit of $1.2 trillion."),
    ("Er wonen 17,5 miljoen mensen.", "17.5 million people live there."),
    ("Er wonen 1.234.567 mensen.", "1,234,567 people live there."),
    ("De rivier is 12,5 kilometer lang.", "The river is 12.5 km long."),
    ("Een meisje van 12 jaar.", "A 12-year-old girl."),
    ("Op 3 maart 2021 begon het.", "It began on March 3, 2021."),
    ("In de jaren negentig woonde hij hier.", "He lived here in the 1990s."),
    ("In de 18e eeuw stond hier een molen.", "In the 1700s there was a mill here."),
    ("Op de derde plaats eindigde Kim.", "Kim finished in 3rd place."),
    ("Tweehonderdvijftig mensen deden mee.", "250 people took part."),
    ("Een op de vijf is te laat.", "One in five is late."),
    ("Beide broers kwamen.", "The two brothers came."),
    ("Dat doen ze twee keer per week.", "They do that twice a week."),
    ("Het werd 3-1.", "It became 3-1."),
    ("Op donderdagmiddag is er markt.", "There is a market on Thursday afternoon."),
    ("Het is 20 graden.", "It is 20 degrees."),
    ("Er waren er ruim een dozijn.", "There were more than a dozen."),
    ("Hij is een dertiger.", "He is in his thirties."),
    ("Van de 5 tot 10 kilometer.", "Of the 5 to 10 kilometres."),
]


@pytest.mark.parametrize(("source", "target"), AGREE)
def test_what_agrees_is_left_alone(source: str, target: str) -> None:
    assert differences(source, target) == []


CHANGED = [
    ("Het kost 3 miljard euro.", "It costs 3 million euros.", "value", "3 miljard euro", "3 million euros"),
    ("Een schuld van 2 biljoen.", "A debt of 2 billion.", "value", "2 biljoen", "2 billion"),
    ("Het duurde anderhalf uur.", "It took 3 hours.", "value", "anderhalf uur", "3 hours"),
    ("Om half vier begint het.", "It begins at half past four.", "value", "half vier", "half past four"),
    ("Om half vier begint het.", "It begins at 4:30.", "value", "half vier", "4:30"),
    ("De trein gaat om 20.15 uur.", "The train leaves at 8:50 p.m.", "value", "20.15 uur", "8:50 p.m."),
    ("Op 3 maart 2021.", "On March 8, 2021.", "value", "3 maart 2021", "March 8, 2021"),
    ("Op dinsdag is er markt.", "There is a market on Thursday.", "value", "dinsdag", "Thursday"),
    ("Het is 12 kilometer.", "It is 12 miles.", "unit", "12 kilometer", "12 miles"),
    ("Het is 8 kilometer.", "It is 5 miles.", "unit", "8 kilometer", "5 miles"),
    ("Het duurt 6 weken.", "It takes 6 months.", "unit", "6 weken", "6 months"),
    ("Het kost 50 euro.", "It costs $50.", "unit", "50 euro", "$50"),
    ("Er kwamen 1.234 mensen.", "1.234 people came.", "marks", "1.234", "1.234"),
    ("Het meet 2,5 meter.", "It measures 25 metres.", "value", "2,5 meter", "25 metres"),
    ("In de 18e eeuw.", "In the 17th century.", "value", "18e eeuw", "17th century"),
    ("Zij is 43 jaar.", "She is old.", "dropped", "43 jaar", None),
    ("Zij is oud.", "She is 43 years old.", "added", None, "43 years"),
    ("Vijftien procent.", "A few per cent.", "dropped", "Vijftien procent", None),
]


@pytest.mark.parametrize(("source", "target", "kind", "ours", "theirs"), CHANGED)
def test_what_changed_is_found_where_it_stands(
    source: str, target: str, kind: str, ours: str | None, theirs: str | None
) -> None:
    (change,) = differences(source, target)
    assert change.kind == ChangeKind(kind)
    assert (change.source.span.of(source) if change.source else None) == ours
    assert (change.target.span.of(target) if change.target else None) == theirs


def test_entities_are_no_numbers() -> None:
    assert quantities("It&#39;s here &#x27;now&#x27;.", "en") == []
