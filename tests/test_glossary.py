"""Terms of a glossary: reading, finding in Dutch, and checking in English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import FormatError, InputError, TweetaligError
from corpus.glossary import Glossary, Matching, read_glossary
from corpus.inflection import WordClass, english_forms, english_plural

ROWS = """\
# terms of the housing desk
huurtoeslag\trent benefit
toeslag\tallowance
Tweede Kamer\tHouse of Representatives|Lower House
NAVO\tNATO
Groen
waterschap\twater authority
sociale huurwoning\tsocial rented home
leveren\tto supply
kast\tcabinet
hernieuwbaar\trenewable
brief\tletter
"""


def glossary(rows: str = ROWS) -> Glossary:
    return read_glossary(rows.encode(), "terms.tsv")


def found(text: str, rows: str = ROWS) -> list[str]:
    """What is found, with its word where that is longer."""
    matches = glossary(rows).find_terms(text)
    return [
        match.span.of(text) + (f" in {match.whole.of(text)}" if match.compound else "") for match in matches
    ]


# Reading


def test_columns_without_names() -> None:
    terms = {
        term.source: term for term in glossary("huis\thouse\ta remark, as in OmegaT\nGroen\nApp\tApp\n").terms
    }
    assert terms["huis"].target == "house"
    assert not terms["huis"].stays
    assert terms["Groen"].stays
    assert terms["App"].stays
    assert terms["App"].word_class is WordClass.NAME
    assert [term.line for term in terms.values()] == [1, 2, 3]


def test_columns_with_names() -> None:
    rows = "source\tmatch\ttarget\tkind\tcase\thuis\n"
    with pytest.raises(FormatError, match=r"terms\.tsv, line 1: there is no column 'huis'"):
        glossary(rows)
    (term,) = glossary("source\tmatch\ttarget\tkind\tcase\nhuis\texact\thouse|home\tnoun\tyes\n").terms
    assert (term.matching, term.word_class, term.match_case) == (Matching.EXACT, WordClass.NOUN, True)
    assert term.alternatives == ("home",)


def test_spreadsheets_and_windows() -> None:
    rows = '\ufeffhuis, groot\t"house, ""big"""\r\n\r\n\\#MeToo\r\n'
    terms = glossary(rows).terms
    assert [(term.source, term.target) for term in terms] == [
        ("huis, groot", 'house, "big"'),
        ("#MeToo", "#MeToo"),
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("huis\thouse\n\thome\n", "terms.tsv, line 2: has no Dutch term"),
        ("huis\thouse\nhuis\thome\n", "terms.tsv, line 2: 'huis' has another translation on line 1"),
        ("huis\thouse|\n", "line 1: a translation beside | is empty"),
        ("huis\thouse\tx\ty\n", "line 1: has 4 columns, not 3"),
        ("source\ttarget\tkind\nhuis\thouse\tthing\n", "line 2: kind is 'thing'; give one of noun, verb"),
        ("source\ttarget\ttarget\n", "line 1: column 'target' comes twice"),
        ("# nothing\n", "terms.tsv: has no terms"),
        ("", "terms.tsv: is empty"),
    ],
)
def test_mistakes_name_file_and_line(rows: str, said: str) -> None:
    with pytest.raises(TweetaligError) as error:
        glossary(rows)
    assert said in str(error.value)


def test_other_encodings_are_refused() -> None:
    with pytest.raises(InputError, match=r"terms\.tsv, line 2: is not UTF-8"):
        read_glossary("huis\thouse\ncafé\tcafé".encode("latin-1"), "terms.tsv")


def test_a_row_twice_is_one_term() -> None:
    assert len(glossary("huis\thouse\nhuis\thouse\n").terms) == 1


def test_hash_is_of_what_is_asked() -> None:
    one = glossary("huis\thouse\nboom\ttree\n")
    assert one.sha256 == glossary("# remark\nboom\ttree\thigh\nhuis\thouse\n").sha256
    assert one.sha256 != glossary("huis\thome\nboom\ttree\n").sha256
    assert one.sha256_for("Een boom") == glossary("boom\ttree\n").sha256_for("Een boom") != ""
    assert one.sha256_for("Een fiets") == ""


# Finding


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("De huurtoeslag stijgt.", ["huurtoeslag"]),
        (
            "Huurtoeslagen dalen, de kinderopvangtoeslag niet.",
            ["Huurtoeslagen", "toeslag in kinderopvangtoeslag"],
        ),
        ("een huurtoeslagaanvraag", ["huurtoeslag in huurtoeslagaanvraag"]),
        ("waterschappen en de waterschapsbelasting", ["waterschappen", "waterschap in waterschapsbelasting"]),
        (
            "Het Tweede Kamerlid sprak in de Tweede Kamer.",
            ["Tweede Kamer in Tweede Kamerlid", "Tweede Kamer"],
        ),
        ("een tweede kamer met uitzicht", []),
        ("DE TWEEDE KAMER STEMT", ["TWEEDE KAMER"]),
        ("de NAVO-top; nieuwe navo-regels", ["NAVO in NAVO-top"]),
        ("Groen las Groens boek in het groen.", ["Groen", "Groens"]),
        ("een sociale huurwoning, sociale huurwoningen", ["sociale huurwoning", "sociale huurwoningen"]),
        ("Zij levert wat zij geleverd heeft.", ["levert", "geleverd"]),
        ("kasten, een kastje, boekenkasten, kast-deur", ["kasten", "kastje", "kast in kast-deur"]),
        ("hernieuwbare energie", ["hernieuwbare"]),
        ("brieven en briefjes; de briefing", ["brieven", "briefjes"]),
        ("huurtoeslag/waterschap", ["huurtoeslag", "waterschap"]),
        ("", []),
    ],
)
def test_forms_and_compounds(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("raam", "ramen"), ("bal", "ballen"), ("huis", "huizen"), ("brief", "brieven"), ("stad", "steden"),
        ("lidstaat", "lidstaten"), ("kamerlid", "kamerleden"), ("foto", "foto's"), ("baby", "baby's"),
        ("museum", "musea"), ("kind", "kinderen"), ("gemeente", "gemeenten"), ("gemeente", "gemeentes"),
        ("corporatie", "corporaties"), ("bacterie", "bacteriën"), ("zee", "zeeën"), ("idee", "ideeën"),
        ("mogelijkheid", "mogelijkheden"), ("dag", "dagen"), ("bedrag", "bedragen"), ("ei", "eieren"),
        ("koe", "koeien"), ("vakman", "vakmensen"), ("politicus", "politici"), ("vrouw", "vrouwen"),
        ("koning", "koninkjes"), ("auto", "autootjes"), ("boom", "boompjes"), ("foto", "foto’s"),
    ],
)  # fmt: skip
def test_plurals_are_found_and_known_as_such(singular: str, plural: str) -> None:
    for text, number in ((singular, False), (plural, True)):
        (match,) = glossary(f"{singular}\tx\n").find_terms(f"Zie {text}!")
        assert (match.span.of(f"Zie {text}!"), match.plural) == (text, number)


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("maken", "maak maakt maakte maakten gemaakt makend"),
        ("leveren", "lever levert leverde geleverd"),
        ("verhogen", "verhoog verhoogt verhoogde verhoogd"),
        ("bellen", "bel belt belde gebeld"),
        ("geven", "geef geeft gegeven gevende"),
        ("kopen", "koop koopt kocht kochten gekocht gekochte"),
        ("verkopen", "verkocht verkochten verkochte"),
        ("aanbieden", "aanbood aangeboden"),
        ("lezen", "leest las lazen gelezen"),
        ("opbellen", "opbelt opgebeld opbelde"),
    ],
)
def test_verbs(verb: str, forms: str) -> None:
    held = glossary(f"{verb}\tto x\n")
    assert all(held.find_terms(form) for form in forms.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("De minister kondigt morgen nieuwe regels aan.", ["kondigt"]),
        ("Zij kondigde regels aan en vertrok.", ["kondigde"]),
        ("Zij hoopt regels aan te kondigen.", ["aan te kondigen"]),
        ("dat zij regels aankondigde", ["aankondigde"]),
        ("Zij kondigt het plan af, en trok haar jas aan.", []),
        ("Zij kondigt aan boord regels af.", []),
    ],
)
def test_verbs_that_come_apart(text: str, expected: list[str]) -> None:
    assert found(text, "aankondigen\tto unveil\n") == expected


def test_compounds_of_short_terms_are_for_the_asking() -> None:
    text = "De landen, het landschap, Nederland, landelijk, landgrens"
    assert found(text, "land\tcountry\n") == ["landen"]
    asked = found(text, "source\ttarget\tmatch\nland\tcountry\tcompounds\n")
    assert asked == ["landen", "land in Nederland", "land in landgrens"]
    text = "boekenkasten, kasteel, kastelein, kastanje"
    assert found(text, "source\ttarget\tmatch\nkast\tcabinet\tcompounds\n") == ["kasten in boekenkasten"]


def test_words_that_only_look_like_forms_are_passed_over() -> None:
    assert found("Wij weten dat wetten gelden.", "wet\tlaw\n") == ["wetten"]
    assert found("rechte, laatste, hoofde, boerse", "recht\tright\nhoofd\thead\nboer\tfarmer\n") == []


def test_match_and_case_columns_narrow() -> None:
    header = "source\ttarget\tmatch\tcase\n"
    assert found("kast kasten boekenkast", header + "kast\tcabinet\texact\t\n") == ["kast"]
    assert found("kast kasten boekenkast", header + "kast\tcabinet\tforms\t\n") == ["kast", "kasten"]
    assert found("Kast kast", header + "kast\tcabinet\t\tyes\n") == ["kast"]
    assert found("Navo NAVO", header + "NAVO\tNATO\t\tno\n") == ["Navo", "NAVO"]


def test_terms_that_are_no_words() -> None:
    assert found("C++ of R & D, en C", "C++\nR&D\n") == ["C++", "R & D"]


@pytest.mark.parametrize("text", ["a" * 1_000_000, "huur-" * 100_000, "bel aan te " * 10_000])
def test_long_texts_take_no_longer_than_they_must(text: str) -> None:
    assert found(text, "kasregister\tx\naanbellen\tto ring\nhuurtoeslag\ty\n") == []


# Checking


@pytest.mark.parametrize(
    ("source", "target", "lacking"),
    [
        ("De huurtoeslag stijgt.", "The rent benefit rises.", []),
        ("De huurtoeslag stijgt.", "Rent benefits rise.", []),
        ("De huurtoeslag stijgt.", "The rent-benefit application", []),
        ("De huurtoeslag stijgt.", "The rent allowance rises.", ["huurtoeslag"]),
        ("huurtoeslag en toeslag", "the rent benefit and the allowance", []),
        ("toeslag en toeslag", "the allowance", ["toeslag"]),
        ("De Tweede Kamer", "The Lower House's choice", []),
        ("De Tweede Kamer", "The house of representatives", ["Tweede Kamer"]),
        ("De NAVO", "Nato agrees", ["NAVO"]),
        ("Groen spreekt.", "Green speaks.", ["Groen"]),
        ("Zij levert stroom.", "She supplied power.", []),
        ("het waterschap", "the water authorities", []),
    ],
)
def test_missing_terms(source: str, target: str, lacking: list[str]) -> None:
    assert [match.span.of(source) for match in glossary().missing_terms(source, target)] == lacking


def test_one_stretch_answers_for_one_term() -> None:
    rows = "uitkering\tbenefit\nhuurtoeslag\trent benefit\n"
    source = "de huurtoeslag en de uitkering"
    (match,) = glossary(rows).missing_terms(source, "the rent benefit")
    assert match.term.source == "uitkering"
    assert glossary(rows).missing_terms(source, "a benefit beside the rent benefit") == []


@pytest.mark.parametrize(
    ("phrase", "plural"),
    [
        ("rent benefit", "rent benefits"), ("member of parliament", "members of parliament"),
        ("policewoman", "policewomen"), ("authority", "authorities"), ("spokesperson", "spokespeople"),
        ("German", "Germans"), ("toy", "toys"), ("crisis", "crises"), ("church", "churches"),
        ("MP", "MPs"), ("person seeking asylum", "people seeking asylum"),
        ("water heating system", "water heating systems"), ("aircraft", "aircraft"), ("Child", "Children"),
    ],
)  # fmt: skip
def test_english_plurals(phrase: str, plural: str) -> None:
    assert english_plural(phrase) == plural


def test_english_verbs() -> None:
    assert english_forms("to carry out", WordClass.VERB) == (
        "carry out", "carries out", "carried out", "carrying out",
    )  # fmt: skip
    assert english_forms("stop", WordClass.VERB) == ("stop", "stops", "stopped", "stopping")
    assert english_forms("to levy", WordClass.VERB) == ("levy", "levies", "levied", "levying")


@given(st.text(max_size=60))
def test_any_text_is_searched_and_a_term_answers_for_itself(text: str) -> None:
    held = glossary()
    matches = held.find_terms(text)
    ends = [0] + [match.span.end for match in matches]
    assert all(match.span.start >= end for match, end in zip(matches, ends, strict=False))
    assert held.missing_terms(text, "") == matches
    assert (
        held.missing_terms(text, " ; ".join(match.term.target for match in matches).replace("to ", "")) == []
    )
