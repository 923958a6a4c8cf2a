"""Checks that need no reference, on pairs written for this test.

``RIGHT`` are good translations with what often sets off false alarms: none may be
flagged. In ``WRONG`` exactly one thing is wrong, and exactly that must be flagged, at
the place where it stands: so every check has a precision and a recall of 1 here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from samples import sample_bitext

from corpus.bitext import Flag, FlagKind
from corpus.document import Span
from corpus.glossary import read_glossary
from eval.checks import CHECKED, check_bitext, check_segment, findings

RIGHT = [
    ("Marjan Terlouw uit Beusichem vaart elke dag.", "Marjan Terlouw from Beusichem sails every day."),
    ("De Nederlandse premier sprak in Brussel.", "The Dutch prime minister spoke in Brussels."),
    ("De premier van Nederland reisde naar Duitsland.", "The Dutch prime minister travelled to Germany."),
    ("De NAVO vergadert in Den Haag.", "NATO is meeting in The Hague."),
    ("De VS en het Verenigd Koninkrijk tekenden.", "The US and Britain signed."),
    ("De Olympische Spelen zijn in Parijs.", "The Olympic Games are in Paris."),
    ("Poetin belde met Zelenski.", "Putin called Zelensky."),
    ("De Universiteit van Leiden bestaat lang.", "Leiden University has existed for long."),
    (
        "Volgens het Openbaar Ministerie is het rond.",
        "According to the Public Prosecution Service it is settled.",
    ),
    ("Zij werkt bij Van Dijk & Zonen.", "She works at Van Dijk & Zonen."),
    ("Jan Bakker bakt brood.", "Jan Bakker bakes bread."),
    ("Zij woont in Alphen aan den Rijn.", "She lives in Alphen aan den Rijn."),
    ("Obama's boek verscheen gisteren.", "Obama's book came out yesterday."),
    ("Het boek heet 'De aanslag'.", "The book is called 'De aanslag'."),
    ("Hij zei: „Ik kom.”", "He said, “I am coming.”"),
    ("Hij zei: 'Ik kom.'", 'He said, "I am coming."'),
    ("'Dat is goed', zei ze, 'maar niet vandaag.", "“That is good,” she said, “but not today."),
    ("'s Avonds is het stil op straat.", "In the evening it is quiet in the street."),
    ("De boot (een oude) zonk.", "The boat, an old one, sank."),
    ("a) de kosten", "a) the costs"),
    ("Fijn :)", "Great :)"),
    ("De kosten zijn 3,5 miljoen euro.", "The costs are 3.5 million euros."),
    ("De zitting begint om half tien.", "The hearing starts at 9:30."),
    ("De 1-0 viel in de 12e minuut.", "The 1-0 came in the 12th minute."),
    ("In mei is het warm.", "It is warm in May."),
    ("Kijk op www.voorbeeld.nl.", "See www.voorbeeld.nl."),
    ("Nee", "No"),
    ("De film duurt lang...", "The film is long..."),
    ("Hij koopt appels, peren en", "He buys apples, pears and"),
    ("De heer Smit en mevrouw Kok zijn er.", "Mr Smit and Mrs Kok are there."),
    ("De Tweede Kamer stemt morgen.", "The House of Representatives votes tomorrow."),
    ("De apartheid eindigde in 1994.", "Apartheid ended in 1994."),
    ("Ze had een jacht en een schuur.", "She had a yacht and a shed."),
    ("Zij at stroopwafels en poffertjes.", "She ate stroopwafels and small pancakes."),
    ("Willem-Alexander opende de brug.", "Willem-Alexander opened the bridge."),
    ("Het Europees Parlement stemde.", "The European Parliament voted."),
]


@pytest.mark.parametrize(("source", "target"), RIGHT)
def test_good_translations_are_left_alone(source: str, target: str) -> None:
    assert check_segment(source, target) == ()


WRONG = [
    # numbers, amounts, units, dates
    ("Er kwamen 345 mensen.", "There came 354 people.", FlagKind.NUMBERS, "345", "354"),
    ("Er kwamen 12.500 mensen.", "12.500 people came.", FlagKind.NUMBERS, "12.500", "12.500"),
    ("Zes procent is ziek.", "Sixty per cent is ill.", FlagKind.NUMBERS, "Zes procent", "Sixty per cent"),
    (
        "Het kost 2 miljard euro.",
        "It costs 2 million euros.",
        FlagKind.AMOUNTS,
        "2 miljard euro",
        "2 million euros",
    ),
    ("Het kost 80 euro.", "It costs 80 dollars.", FlagKind.AMOUNTS, "80 euro", "80 dollars"),
    ("Het is 30 meter hoog.", "It is 30 feet high.", FlagKind.UNITS, "30 meter", "30 feet"),
    ("De trein reed 160 km/u.", "The train did 100 mph.", FlagKind.UNITS, "160 km/u", "100 mph"),
    ("Kom om half vier.", "Come at half past four.", FlagKind.DATES, "half vier", "half past four"),
    ("Kom op dinsdag.", "Come on Thursday.", FlagKind.DATES, "dinsdag", "Thursday"),
    ("Op 3 maart 2021.", "On 3 May 2021.", FlagKind.DATES, "3 maart 2021", "3 May 2021"),
    (
        "In de 19e eeuw was het klein.",
        "It was small in the 18th century.",
        FlagKind.DATES,
        "19e eeuw",
        "18th century",
    ),
    # names
    ("Toen kwam Marjan Terlouw binnen.", "Then Marjan Terlow came in.", FlagKind.NAMES, "Terlouw", "Terlow"),
    ("Toen kwam Piet Bakker binnen.", "Then Piet Baker came in.", FlagKind.NAMES, "Bakker", "Baker"),
    ("Wij zagen Steve Jobs op het podium.", "We saw Steve on the stage.", FlagKind.NAMES, "Jobs", None),
    ("Zij reisde naar Oekraïne.", "She travelled to the country.", FlagKind.NAMES, "Oekraïne", None),
    ("De NAVO vergadert morgen.", "The alliance meets tomorrow.", FlagKind.NAMES, "NAVO", None),
    # language
    ("De man zag de wraak in zijn ogen.", "The man saw the wraak zijn eyes.", FlagKind.LEFTOVER, None, None),
    (
        "Wij aten samen een maaltijd.",
        "We ate a maaltijd together.",
        FlagKind.LEFTOVER,
        "maaltijd",
        "maaltijd",
    ),
    (
        "De gemeente wil het plein vernieuwen.",
        "Die Gemeinde will den Platz mit neuen Steinen erneuern.",
        FlagKind.LANGUAGE,
        None,
        "Die Gemeinde will den Platz mit neuen Steinen erneuern.",
    ),
    (
        "Zij kwam gisteren thuis.",
        "Она пришла вчера домой.",
        FlagKind.LANGUAGE,
        None,
        "Она пришла вчера домой.",
    ),
    # the whole
    ("De man gaat naar zijn werk.", "De man gaat naar zijn werk.", FlagKind.COPY, None, None),
    ("Een heel gewone zin.", " ", FlagKind.EMPTY, None, None),
    ("De prijs stijgt.", "The price rises, rises, rises, rises.", FlagKind.REPETITION, None, None),
    (
        "Hij ging met de fiets naar het station.",
        "He went to the station with the",
        FlagKind.TRUNCATION,
        ".",
        "the",
    ),
    ("Het was een mooie dag in het bos.", "Yes.", FlagKind.LENGTH_RATIO, None, None),
    # marks
    ('Zij zei: "Ik kom morgen."', 'She said, "I am coming tomorrow.', FlagKind.QUOTATION, None, '"'),
    ('Zij noemt het "een ramp".', "She calls it a disaster.", FlagKind.QUOTATION, '"een ramp"', None),
    ("De boot (een oude) zonk.", "The boat (an old one sank.", FlagKind.QUOTATION, None, "("),
    ("Het is zo.", "It&#39;s like that.", FlagKind.STRAY, None, "&#39;"),
    ("Het is zo.", "It is <b> like that.", FlagKind.STRAY, None, "<b>"),
    ("Ivo Žižek kwam.", "Ivo Ži?ek came.", FlagKind.STRAY, None, "?"),
    ("Zie www.voorbeeld.nl.", "See the site.", FlagKind.ADDRESSES, "www.voorbeeld.nl", None),
]


@pytest.mark.parametrize(("source", "target", "kind", "ours", "theirs"), WRONG)
def test_one_fault_is_flagged_where_it_stands(
    source: str, target: str, kind: FlagKind, ours: str | None, theirs: str | None
) -> None:
    flags = check_segment(source, target)
    assert {flag.kind for flag in flags} == {kind}
    (flag, *_) = flags
    assert flag.source is not None or flag.target is not None
    if ours is not None:
        assert flag.source is not None and flag.source.of(source) == ours
    if theirs is not None:
        assert flag.target is not None and flag.target.of(target) == theirs


def test_every_kind_that_can_be_raised_has_a_case() -> None:
    assert {kind for _, _, kind, _, _ in WRONG} == set(CHECKED) - {FlagKind.GLOSSARY}


def test_a_glossary_is_held_to() -> None:
    terms = read_glossary(b"raadslid\tcouncillor\n", "terms.tsv")
    assert check_segment("Het raadslid sprak.", "The councillor spoke.", terms) == ()
    source = "Het raadslid sprak."
    (flag,) = check_segment(source, "The board member spoke.", terms)
    assert flag.kind is FlagKind.GLOSSARY
    assert flag.source is not None and flag.source.of(source) == "raadslid"
    assert "councillor" in flag.message


def test_a_source_without_text_has_no_flags() -> None:
    assert check_segment("  ", "Text.") == ()


def test_a_document_keeps_what_only_the_translation_knew() -> None:
    bitext = sample_bitext()
    (first, *rest) = bitext.beads
    known = (
        Flag(FlagKind.LOW_CONFIDENCE, "unsure"),
        Flag(FlagKind.TRUNCATION, "the model did not come to an end"),
        Flag(FlagKind.NUMBERS, "an old finding"),
        Flag(FlagKind.REPETITION, "mended", repaired=True),
    )
    bitext = replace(bitext, beads=(replace(first, flags=known), *rest))
    checked = check_bitext(bitext)
    assert checked.beads[0].flags == (known[0], known[1], known[3])
    assert check_bitext(checked) == checked
    kinds = Counter((item.segment, item.flag.kind) for item in findings(checked))
    # 48.500 euro became 45,800 euros; one sentence is empty; repaired flags are not told.
    assert kinds["p2s2", FlagKind.AMOUNTS] == 1
    assert kinds["p8s1", FlagKind.EMPTY] == 1
    assert ("p1s1", FlagKind.REPETITION) not in kinds


def test_places_are_within_their_texts() -> None:
    for source, target in [*RIGHT, *((source, target) for source, target, *_ in WRONG)]:
        for flag in check_segment(source, target):
            for span, text in ((flag.source, source), (flag.target, target)):
                assert span is None or (isinstance(span, Span) and span.end <= len(text))
