"""What goes round the model, and comes back."""

import pytest

from corpus.bitext import Link
from corpus.document import Span
from corpus.words import words
from translate.preparation import Prepared, assemble, close_quotation_marks, finish, prepare, unread_flag

KNOWN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;!?'\"-()“”")


def unreadable(text: str) -> list[Span]:
    return [Span(at, at + 1) for at, character in enumerate(text) if character not in KNOWN]


def by_order(source: str, target: str) -> list[Link]:
    return [Link(i, i) for i in range(min(len(words(source)), len(words(target))))]


def through(text: str, translation: str) -> str:
    """The segment's translation if the model translates the core as ``translation``."""
    return assemble(prepare(text, unreadable), translation, by_order)


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("Gewoon een zin.", "Gewoon een zin."),
        ('"Hij komt morgen."', "Hij komt morgen."),
        ("(Hij komt morgen.)", "Hij komt morgen."),
        ('"Hij komt morgen', "Hij komt morgen"),
        ('Dan gaan wij ook."', "Dan gaan wij ook."),
        ('"Hij komt", zei zij.', '"Hij komt", zei zij.'),
        ('Zij zei: "Hij komt."', 'Zij zei: "Hij komt."'),
        ("'s Ochtends regent het.", "'s Ochtends regent het."),
        ("“Hij” en “zij”", "“Hij” en “zij”"),
        ("(a) en (b)", "(a) en (b)"),
        ("Zij hoorde het “gefluister”.", "Zij hoorde het “gefluister”."),
        ('("Hij komt.")', "Hij komt."),
    ],
)
def test_edges_come_off_only_where_they_hang(text: str, core: str) -> None:
    assert prepare(text, lambda _: []).core == core


@pytest.mark.parametrize(
    ("text", "translation", "result"),
    [
        ('"Hij komt morgen."', "He comes tomorrow.", '"He comes tomorrow."'),
        ('"Hij komt morgen".', "He comes tomorrow.", '"He comes tomorrow".'),
        ("(zie de foto)", "see the photo", "(see the photo)"),
        ("„Hij komt morgen.”", "He comes tomorrow.", "“He comes tomorrow.”"),
        ('"Hij komt morgen', "He comes tomorrow", '"He comes tomorrow'),
    ],
)
def test_edges_come_back(text: str, translation: str, result: str) -> None:
    assert through(text, translation) == result


@pytest.mark.parametrize(
    ("source", "translation", "result"),
    [
        ("Geen nieuws", "No news.", "No news"),
        ("Geen nieuws.", "No news.", "No news."),
        ("Geen nieuws.", "No news", "No news."),
        ("Waarom niet?", "Why not.", "Why not?"),
        ("Dit zijn ze:", "These are they.", "These are they:"),
        ("Naar de VS", "To the U.S.", "To the U.S."),
        ("En toen...", "And then...", "And then..."),
        ("Ja", "Yes", "Yes"),
        ("Zij zei: “ja”", "She said: “yes.”", "She said: “yes.”"),
        ("Iets", "", ""),
    ],
)
def test_the_last_mark_follows_the_source(source: str, translation: str, result: str) -> None:
    assert finish(source, translation) == result


@pytest.mark.parametrize(
    ("source", "translation", "result"),
    [
        ('"Ja", zei hij.', "“Yes,” he said.", '"Yes," he said.'),
        ("De hond slaapt.", "It’s the dog’s.", "It's the dog's."),
        ("“Ja”, zei hij, “nee”.", '"Yes," he said, "no."', "“Yes,” he said, “no.”"),
        ("“Ja”, zei hij.", '"Yes, he said.', '"Yes, he said.'),  # which one is missing is not known
        ('Zijn 12" en “ja”.', 'His 12" and “yes”.', 'His 12" and “yes”.'),
        ("’s Avonds slaapt hij.", "He’s asleep.", "He’s asleep."),
    ],
)
def test_quotation_marks_are_of_the_sources_kind(source: str, translation: str, result: str) -> None:
    assert finish(source, translation) == result


@pytest.mark.parametrize(
    ("source", "translation", "result"),
    [
        ('"Van hier", zei hij.', '"from here," he said.', '"From here," he said.'),
        ("van hier.", "from here.", "from here."),
        ("De iPad is stuk.", "iPad is broken.", "iPad is broken."),
        ("Van Gogh zei: van.", "van Gogh said: van.", "van Gogh said: van."),
        ("Ga naar x.nl.", "x.nl is where to go.", "x.nl is where to go."),
        ("NAVO", "nato", "nato"),  # no sentence
    ],
)
def test_a_sentence_keeps_its_capital(source: str, translation: str, result: str) -> None:
    assert finish(source, translation) == result


def test_accents_come_back_where_the_name_does() -> None:
    prepared = prepare("Erdoğan sprak.", unreadable)
    assert prepared.core == "Erdogan sprak."
    assert assemble(prepared, "Erdogan spoke.", by_order) == "Erdoğan spoke."
    assert unread_flag(prepared, "Erdoğan spoke.") is None
    flag = unread_flag(prepared, "He spoke.")
    assert flag is not None
    assert not flag.repaired


def test_other_scripts_and_emoji_go_round_the_model() -> None:
    prepared = prepare("De stad 北京 is groot 🎉", unreadable)
    assert prepared.core == "De stad is groot "
    result = assemble(prepared, "The city is big", by_order)
    assert result == "The city 北京 is big 🎉"
    flag = unread_flag(prepared, result)
    assert flag is not None
    assert flag.repaired
    assert "北京" in flag.message


def test_what_is_all_unreadable_is_kept_as_it_is() -> None:
    prepared = prepare("北京 🎉", unreadable)
    assert prepared.core == ""
    assert assemble(prepared, "", by_order) == "北京 🎉"


def test_an_emoji_sequence_is_one_piece() -> None:
    prepared = prepare("Feest 👨‍👩‍👧 vandaag", unreadable)
    assert [item.text for item in prepared.carried] == ["👨‍👩‍👧"]


def test_invisible_characters_are_dropped() -> None:
    assert prepare("zee\u00adland\u200b kust", lambda _: []).core == "zeeland kust"


def test_plain_marks_stand_in_for_typographic_ones() -> None:
    assert prepare("een – twee…", unreadable) == Prepared("een - twee...")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ('" From sea to sea, " he said.', '"From sea to sea," he said.'),
        ('He said: " Yes. "', 'He said: "Yes."'),
        ('A 5 " pipe.', 'A 5 " pipe.'),  # an inch
        ("“ Yes ” and « no »", "“Yes” and «no»"),
        ('"a" "b"', '"a" "b"'),
    ],
)
def test_quotation_marks_stand_at_their_words(given: str, wanted: str) -> None:
    assert close_quotation_marks(given) == wanted
