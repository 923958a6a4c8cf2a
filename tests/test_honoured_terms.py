"""Terms put into translations: the ways, their bounds, and what is told."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tiny_model import Tiny, build

from corpus.bitext import Flag, FlagKind, Link
from corpus.glossary import Glossary, read_glossary
from corpus.readers import read_document
from corpus.words import words
from translate.engines import DecodingSettings, Engine, EngineSettings, Hypothesis, StopReason
from translate.engines.selection import load_engine
from translate.glossary import honour_terms, switched, term_flags
from translate.memory import open_memory
from translate.models import read_model
from translate.pipeline import TranslationSettings, translate_document
from translate.safeguards import Guarded

CASES = Path(__file__).parents[1] / "benchmarks/glossary_cases.tsv"


def glossary(rows: str, match: str = "") -> Glossary:
    if match:
        rows = "source\ttarget\tmatch\n" + "".join(f"{row}\t{match}\n" for row in rows.splitlines())
    return read_glossary(rows.encode(), "terms.tsv")


@dataclass
class Fake:
    """An engine that says what it is told to, and remembers what it was asked."""

    says: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    max_source_tokens: int = 100

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def translate(self, sentences: Sequence[str], *_: object) -> list[Hypothesis]:
        self.asked += sentences
        return [self._hypothesis(self.says.get(text, text)) for text in sentences]

    def _hypothesis(self, text: str) -> Hypothesis:
        return Hypothesis(text, (1,), -0.5, StopReason.END)


def honoured(
    fake: Fake, source: str, first: str, rows: str, pairs: dict[str, str] | None = None, ways: str = "spliced"
) -> Guarded:
    """``first`` with the terms put in; ``pairs`` are the words that answer to each other."""

    def link(sources: Sequence[str], targets: Sequence[str]) -> list[list[Link]]:
        return [
            [
                Link(i, j)
                for i, one in enumerate(words(s))
                for j, other in enumerate(words(t))
                if other.of(t) in (pairs or {}).get(one.of(s), "").split()
            ]
            for s, t in zip(sources, targets, strict=True)
        ]

    engine: Engine = fake  # type: ignore[assignment]
    return honour_terms(
        engine,
        [source],
        [Guarded(first, -0.2)],
        glossary(rows),
        DecodingSettings(),
        link=link,
        ways=ways.split(),
    )[0]


# The Dutch with the term in it


@pytest.mark.parametrize(
    ("source", "rows", "expected"),
    [
        ("De huurtoeslag stijgt.", "huurtoeslag\trent benefit", "De rent benefit stijgt."),
        ("De huurtoeslagen stijgen.", "huurtoeslag\trent benefit", "De rent benefits stijgen."),
        ("Huurtoeslag stijgt.", "huurtoeslag\trent benefit", "Rent benefit stijgt."),
        ("een huurtoeslagaanvraag", "huurtoeslag\trent benefit", "een rent benefit-aanvraag"),
        ("de waterschapsbelasting", "waterschap\twater authority", "de water authority-belasting"),
        ("de kinderopvangtoeslag", "toeslag\tsupplement", "de kinderopvang supplement"),
        ("De NAVO-top", "NAVO\tthe Alliance", "The Alliance-top"),
        ("in Nederland", "Nederland\tthe Netherlands", "in the Netherlands"),
        ("Zij levert stroom.", "leveren\tto supply", "Zij supplies stroom."),
        ("Zij leverde stroom.", "leveren\tto supply", "Zij supplied stroom."),
        ("Zij heeft stroom geleverd.", "leveren\tto supply", "Zij heeft stroom supplied."),
        ("DE TWEEDE KAMER STEMT", "Tweede Kamer\tLower House", "DE LOWER HOUSE STEMT"),
        ("huis en tuin", "huis\thouse\ntuin\tgarden", "House en garden"),
    ],
)
def test_switched_source(source: str, rows: str, expected: str) -> None:
    assert switched(source, glossary(rows).find_terms(source)) == expected


def test_switching_is_used_where_a_term_is_missing_and_only_there() -> None:
    rows = "huurtoeslag\trent benefit"
    fake = Fake({"De rent benefit stijgt.": "The rent benefit rises."})
    assert honoured(fake, "De huurtoeslag stijgt.", "The rent rises.", rows, ways="switched").text == (
        "The rent benefit rises."
    )
    assert (
        honoured(fake, "De huur stijgt.", "The rent rises.", rows, ways="switched").text == "The rent rises."
    )
    assert honoured(fake, "De huurtoeslag stijgt.", "Rent benefits rise.", rows).text == "Rent benefits rise."
    assert fake.asked == ["De rent benefit stijgt."]


def test_a_text_with_the_term_but_worse_otherwise_is_not_taken() -> None:
    fake = Fake(
        {"De rent benefit stijgt met 3 euro.": "The rent benefit rent benefit rent benefit rent benefit."}
    )
    first = "The rent rises by 3 euros."
    made = honoured(
        fake, "De huurtoeslag stijgt met 3 euro.", first, "huurtoeslag\trent benefit", ways="switched"
    )
    assert made.text == first
    assert made.flags == ()


def test_the_model_s_article_is_mended() -> None:
    fake = Fake({"Een officer slaapt.": "A officer sleeps."})
    assert honoured(fake, "Een agent slaapt.", "A cop sleeps.", "agent\tofficer", ways="switched").text == (
        "An officer sleeps."
    )


def test_what_changed_is_told() -> None:
    made = honoured(Fake(), "Volgens Bos.", "According to Forest.", "Bos", {"Bos": "Forest"})
    (flag,) = made.flags
    assert (flag.kind, flag.repaired) == (FlagKind.GLOSSARY, True)
    assert flag.message == "changed for the glossary: “Bos” for “Bos”"
    assert flag.source is not None
    assert flag.source.of("Volgens Bos.") == "Bos"


# The English with the term in it


@pytest.mark.parametrize(
    ("source", "first", "rows", "pairs", "expected"),
    [
        ("Volgens Bos is het duur.", "According to Forest it is dear.", "Bos", {"Bos": "Forest"},
         "According to Bos it is dear."),
        ("Het boek van Bos", "Forest's book", "Bos", {"Bos": "Forest's"}, "Bos's book"),
        ("de Partij voor de Dieren", "the Party for the Animals", "Partij voor de Dieren",
         {"Partij": "Party", "voor": "for", "Dieren": "Animals"}, "the Partij voor de Dieren"),
        ("Hij krijgt een uitkering.", "He gets a grant.", "uitkering\tunemployment benefit",
         {"uitkering": "grant"}, "He gets an unemployment benefit."),
        ("Een uur later", "An hour later", "uur\tmoment", {"uur": "hour"}, "A moment later"),
        ("Een kamerlid", "A member", "kamerlid\tMP", {"kamerlid": "member"}, "An MP"),
        ("Agenten zingen.", "Cops sing.", "agent\tofficer", {"Agenten": "Cops"}, "Officers sing."),
        ("de waterschapsbelasting", "the polder tax", "waterschap\twater authority",
         {"waterschapsbelasting": "polder tax"}, "the water authority tax"),
        ("de kindertoeslagen", "the child allowances", "toeslag\tbenefit",
         {"kindertoeslagen": "child allowances"}, "the child benefits"),
        ("De NAVO-top", "The pact summit", "NAVO\tNATO", {"NAVO-top": "pact summit"}, "The NATO summit"),
        ("Zij verhoogde de rente.", "She raised the rate.", "verhogen\tto hike", {"verhoogde": "raised"},
         "She hiked the rate."),
        ("Zij gaat naar Nederland.", "She goes to Holland.", "Nederland\tthe Netherlands",
         {"Nederland": "Holland"}, "She goes to the Netherlands."),
        ("dertig NAVO-landen", "thirty pact countries", "NAVO\tthe Alliance",
         {"NAVO-landen": "pact countries"}, "thirty Alliance countries"),
        ("Bos en Groen", "Forest and Green", "Bos\nGroen", {"Bos": "Forest", "Groen": "Green"},
         "Bos and Groen"),
    ],
)  # fmt: skip
def test_splicing(source: str, first: str, rows: str, pairs: dict[str, str], expected: str) -> None:
    assert honoured(Fake(), source, first, rows, pairs).text == expected


@pytest.mark.parametrize(
    ("source", "first", "rows", "pairs"),
    [
        # No word answers to it; one word answers to a whole compound; a plural after "a".
        ("Volgens Bos is het duur.", "It is dear.", "Bos", {}),
        ("De gemeenteraad", "The council", "gemeente\tmunicipality", {"gemeenteraad": "council"}),
        ("De boetes", "A fine", "boete\tpenalty", {"boetes": "fine"}),
    ],
)
def test_what_cannot_be_spliced_stays(source: str, first: str, rows: str, pairs: dict[str, str]) -> None:
    assert honoured(Fake(), source, first, rows, pairs) == Guarded(first, -0.2)


def test_without_links_only_switching_is_left() -> None:
    engine: Engine = Fake({"Volgens Bos.": "As Forest."})  # type: ignore[assignment]
    (made,) = honour_terms(
        engine, ["Volgens Bos."], [Guarded("As Forest.", None)], glossary("Bos"), DecodingSettings()
    )
    assert made == Guarded("As Forest.", None)


def test_flags_of_decoding_stay() -> None:
    cut = Flag(FlagKind.TRUNCATION, "cut off")
    mended = Flag(FlagKind.REPETITION, "said twice", repaired=True)
    engine: Engine = Fake()  # type: ignore[assignment]
    (made,) = honour_terms(
        engine,
        ["Volgens Bos."],
        [Guarded("According to Forest.", -0.2, (cut, mended))],
        glossary("Bos"),
        DecodingSettings(),
        link=lambda *_: [[Link(1, 2)]],
    )
    assert made.text == "According to Bos."
    assert made.flags[:2] == (cut, mended)
    assert [flag.kind for flag in made.flags[2:]] == [FlagKind.GLOSSARY]


def test_a_sentence_of_two_thousand_terms() -> None:
    """Takes minutes if the work grows with the square of the length."""
    source, target = "Volgens Bos slaapt Groen. " * 1_000, "According to Forest Green sleeps. " * 1_000
    links = [Link(5 * n + i, 6 * n + j) for n in range(1_000) for i, j in ((1, 2), (3, 3))]
    engine: Engine = Fake()  # type: ignore[assignment]
    (made,) = honour_terms(
        engine,
        [source],
        [Guarded(target, -0.2)],
        glossary("Bos\nGroen"),
        DecodingSettings(),
        link=lambda *_: [links],
    )
    assert made.text == "According to Bos Groen sleeps. " * 1_000


# Telling


def test_flags_have_spans_on_both_sides() -> None:
    source, target = "De dierenarts kwam.", "The vet came."
    (flag,) = term_flags(glossary("arts\tphysician|doctor", "compounds"), source, target, [Link(1, 1)])
    assert (flag.kind, flag.repaired) == (FlagKind.GLOSSARY, False)
    assert flag.message == "glossary term not honoured: “arts” should be “physician” or “doctor”"
    assert flag.source is not None
    assert flag.source.of(source) == "arts"
    assert flag.target is not None
    assert flag.target.of(target) == "vet"
    (name,) = term_flags(glossary("Bos"), "Bos kwam.", "Forest came.")
    assert "must stay as it is" in name.message
    assert name.target is None


def test_of_a_term_that_comes_twice_the_right_one_is_missing() -> None:
    source, target = "het huis naast het huis", "the home beside the house"
    links = [Link(1, 1), Link(4, 4)]
    (flag,) = term_flags(glossary("huis\thouse"), source, target, links)
    assert flag.source is not None
    assert flag.target is not None
    assert (flag.source.start, flag.target.of(target)) == (4, "home")
    made = honoured(Fake(), source, target, "huis\thouse", {"huis": "home house"})
    assert made.text == target  # the links say nothing, so nothing is spliced over the wrong words
    made = honoured(Fake(), "Bos en Bos", "Forest and Bos", "Bos", {"Bos": "Forest"})
    assert made.text == "Bos and Bos"


# With a model


@pytest.fixture(scope="module", params=["ctranslate2", "transformers"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    model = read_model(build(tmp_path_factory.mktemp("tiny"), Tiny()), model_id="tiny")
    return load_engine(model, EngineSettings(engine=request.param, compute_type="float32"))


def test_pipeline_puts_terms_in_and_flags_the_rest(engine: Engine) -> None:
    held = glossary("boek\tnewspaper\nhond\tпёс\nvrouw\twoman\n")
    text = '"De man leest twee boeken.\nDe hond slaapt.\nDe vrouw leest.\nZij ziet een boeken.\n'
    document = read_document(text.encode(), "lines.txt", segmented=True)
    bitext = translate_document(document, engine, TranslationSettings(glossary=held))
    assert [one.text for one in bitext.target.segments] == [
        '"The man reads two newspapers.', "The пёс sleeps.", "The woman reads.", "She sees a books.",
    ]  # fmt: skip
    told = [[(flag.kind, flag.repaired) for flag in bead.flags] for bead in bitext.beads]
    # "a newspapers" is no English, so the last one is left alone.
    assert told == [[(FlagKind.GLOSSARY, True)]] * 2 + [[], [(FlagKind.GLOSSARY, False)]]
    assert bitext.provenance.settings["glossary"] == "terms.tsv"
    assert bitext.provenance.settings["glossary_sha256"] == held.sha256


def test_memory_is_used_again_for_what_a_changed_glossary_does_not_concern(
    engine: Engine, tmp_path: Path
) -> None:
    document = read_document(b"De man leest een boek.\nDe hond slaapt.\n", "lines.txt", segmented=True)

    def translated(rows: str) -> list[str]:
        with open_memory(tmp_path / "memory.db") as memory:
            settings = TranslationSettings(glossary=glossary(rows))
            made = translate_document(document, engine, settings, memory=memory)
            assert memory.contents().machine == expected
            return [one.text for one in made.target.segments]

    expected = 2
    assert translated("boek\tnewspaper\n") == ["The man reads a newspaper.", "The dog sleeps."]
    assert translated("boek\tnewspaper\ntuin\tstreet\n") == ["The man reads a newspaper.", "The dog sleeps."]
    expected = 3
    assert translated("boek\tbicycle\n") == ["The man reads a bicycle.", "The dog sleeps."]


# The cases of the benchmark


def glossary_rows(terms: str) -> str:
    rows = ["source\ttarget\tmatch"]
    for term in terms.split(";"):
        source, _, target = term.lstrip("+").partition("=")
        rows.append(f"{source}\t{target}\t{'compounds' if term.startswith('+') else ''}")
    return "\n".join(rows)


def test_benchmark_cases_can_be_right() -> None:
    """In each case the terms are found, and the reference honours them: only then they measure anything."""
    lines = [line for line in CASES.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) >= 60
    for row in rows:
        held = glossary(glossary_rows(row["terms"]))
        assert {match.term for match in held.find_terms(row["source"])} == set(held.terms), row["source"]
        assert held.missing_terms(row["source"], row["reference"]) == [], row["source"]
        for wanted in row["wanted"].split(";"):
            assert any(one in row["reference"] for one in wanted.split("|")), row["reference"]
