"""Cleaning of parallel text, and the preparation of the shipped model's text."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning import (
    Deduplicator,
    Language,
    NearDuplicateGuard,
    Pair,
    PairLimits,
    Reason,
    SplitCompoundFinder,
    check_line,
    check_pair,
    clean_lines,
    clean_pairs,
    has_markup,
    key_words,
    language_evidence,
    normalise,
    numbers,
    numbers_agree,
    speaks_against,
)
from corpus.errors import FormatError, InputError
from translate.training.recipes.builtin import lexicon, prepare, score

# --- text ---------------------------------------------------------------------


def test_normalise_mends_spaces_control_and_invisible_characters() -> None:
    assert normalise("\u00a0De\u2009molen \t\x07draait\u200b.\n") == "De molen draait."
    assert normalise("co\u00adöperatie") == "coöperatie"
    assert normalise("een\x01twee") == "een twee"


def test_normalise_composes_letters_and_spells_out_the_ligature() -> None:
    assert normalise("gee\u0308ist") == "geëist"
    assert normalise("ĳs en Ĳssel") == "ijs en IJssel"


@given(st.text())
def test_normalise_twice_is_normalise_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip() and "  " not in once and "\n" not in once


def test_key_words_forget_case_accents_and_punctuation() -> None:
    assert key_words("„Café, 3 keer!”") == ["cafe", "3", "keer"]


# --- language -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "against"),
    [
        ("De molenaar heeft het graan niet gemalen.", Language.DUTCH, False),
        ("The miller has not ground the grain.", Language.DUTCH, True),
        ("De molenaar heeft het graan niet gemalen.", Language.ENGLISH, True),
        ("The miller has not ground the grain.", Language.ENGLISH, False),
        ("Molen Zeldenrust", Language.DUTCH, False),  # nothing speaks against a name
        ("Windmill", Language.DUTCH, False),
        ("De film “The Way to the Sea” is niet op tijd klaar voor het feest.", Language.DUTCH, False),
        ("The door of the van is open.", Language.ENGLISH, False),  # Dutch words, but English ones too
        ("De IT-afdeling belde de WHO en de US Army.", Language.DUTCH, False),
    ],
)
def test_language_is_judged_by_function_words(text: str, language: Language, against: bool) -> None:
    assert speaks_against(text, language) is against


def test_evidence_counts_words_of_one_language_only() -> None:
    evidence = language_evidence("The man is in het huis")  # "is" and "in" are both
    assert (evidence.english, evidence.dutch, evidence.words) == (1, 1, 6)


def test_a_long_line_without_a_function_word_is_no_sentence() -> None:
    names = "Almelo Breda Culemborg Delft Ede Franeker Gouda Hoorn IJmuiden Joure Kampen Lisse"
    assert speaks_against(names, Language.DUTCH)
    assert not speaks_against(names.rsplit(" ", 1)[0], Language.DUTCH)


# --- pairs --------------------------------------------------------------------

GOOD = Pair("De brug over de gracht is gisteren gesloten.", "The bridge over the canal was closed yesterday.")


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        (GOOD.source, GOOD.target, None),
        ("Annuleren", "Cancel", None),
        ("…", "…", Reason.EMPTY),
        ("Rotterdam", "rotterdam", Reason.IDENTICAL),
        ("Nee.", "No, that is not what she meant when she asked him to leave.", Reason.LENGTH_RATIO),
        ("Zie https://voorbeeld.nl voor de kaart.", "See https://voorbeeld.nl for the map.", Reason.MARKUP),
        ("Druk op <b>OK</b> om door te gaan.", "Press <b>OK</b> to go on.", Reason.MARKUP),
        ("Roep print() aan voor de uitvoer.", "Call print() for the output.", Reason.MARKUP),
        ("Het is cafÃ© De Zwaan op de hoek.", "It is the Swan café on the corner.", Reason.DAMAGED),
        ("The bridge was closed for the night.", GOOD.target, Reason.LANGUAGE),
        (GOOD.source, "De brug is dicht en niet open.", Reason.LANGUAGE),
        ("Мост через канал закрыт", "The bridge is closed", Reason.LANGUAGE),
        ("Er kwamen 340 mensen.", "There came 430 people.", Reason.NUMBERS),
        ("Er kwamen 3 mensen op het feest.", "Three people came to the party.", None),
    ],
)
def test_check_pair_gives_the_reason(source: str, target: str, reason: Reason | None) -> None:
    assert check_pair(Pair(source, target)) is reason


def test_a_pair_of_the_greatest_length_passes_and_one_word_more_does_not() -> None:
    limits = PairLimits(max_words=5)
    assert check_pair(Pair("Wij gaan nu naar huis.", "We are going home."), limits) is None
    assert check_pair(Pair("Wij gaan nu naar huis toe.", "We are going home."), limits) is Reason.TOO_LONG
    with pytest.raises(ValueError, match="limits"):
        PairLimits(max_words=0)


def test_menu_arrows_and_prices_are_not_markup_but_variables_are() -> None:
    assert not has_markup("Ga naar Bestand > Opslaan")
    assert not has_markup("Het kost $20 of 18 euro.")
    assert not has_markup("In- en uitvoer, of verkoop- en inkooporders")
    assert has_markup("De waarde van $naam is leeg")
    assert has_markup("Zet de optie --stil aan")
    assert has_markup("|---|---|")


@pytest.mark.parametrize(
    ("source", "target", "agree"),
    [
        ("1.234,5 meter", "1,234.5 metres", True),
        ("om 9.00 uur", "at 9 o'clock", True),
        ("€ 500", "€500.00", True),
        ("in 1953", "in 1935", False),
        ("007", "7", True),
        ("in 1953", "in that year", False),
        ("twaalf eieren", "12 eggs", True),
        ("dertien eieren", "13 eggs", False),
    ],
)
def test_numbers_agree(source: str, target: str, agree: bool) -> None:
    assert numbers_agree(source, target) is agree
    assert numbers_agree(target, source) is agree


def test_numbers_are_a_multiset() -> None:
    assert numbers("20 en 20 is 40") == Counter({"20": 2, "40": 1})
    assert not numbers_agree("20 en 20 en 20", "20")


# --- duplicates ---------------------------------------------------------------


def test_deduplicator_forgets_punctuation_and_bounds_translations() -> None:
    dedup = Deduplicator(per_source=2)
    assert dedup.check(Pair("Kom binnen!", "Come in!")) is None
    assert dedup.check(Pair("kom binnen", "come in")) is Reason.DUPLICATE
    assert dedup.check(Pair("Kom binnen.", "Step inside.")) is None
    assert dedup.check(Pair("Kom binnen.", "Enter.")) is Reason.MANY_TRANSLATIONS
    assert dedup.check(Pair("Blijf buiten.", "Enter.")) is None


def test_guard_finds_a_shared_run_and_equal_short_lines() -> None:
    guarded = "Vorige week voer het oude schip zonder lading langs de kust van Noorwegen."
    guard = NearDuplicateGuard([guarded, "Goed nieuws!"])
    assert guard.matches("Men zei: het oude schip zonder lading langs de kust, dat was mooi.")  # 8 words
    assert not guard.matches("Men zei: het oude schip zonder lading langs de rivier, dat was mooi.")  # 7
    assert guard.matches("goed nieuws")
    assert not guard.matches("Goed nieuws vandaag")
    assert not guard.matches("")
    assert not NearDuplicateGuard(["!", ""]).matches("?")


@given(st.lists(st.sampled_from(["een", "twee", "drie", "vier"]), min_size=1, max_size=20))
def test_guard_always_finds_the_guarded_line(tokens: list[str]) -> None:
    line = " ".join(tokens)
    assert NearDuplicateGuard([line]).matches(line.upper() + ".")


def test_split_compounds_are_found_by_what_good_text_joins() -> None:
    good = (
        ["De fietsbel klinkt."] * 4
        + ["Een bel fiets."]
        + ["de VN-top", "de VN-top", "de VN-top", "de VN-top"]
    )
    finder = SplitCompoundFinder(good)
    assert finder.find("Zijn Fiets bel klinkt.") == "fiets bel"
    assert finder.find("Zijn fietsbel klinkt.") is None
    assert finder.find("Een fiets, bel mij.") is None  # a comma between them
    assert finder.find("Over de VN top.") == "vn top"
    assert SplitCompoundFinder([*good, "fiets bel"]).find("fiets bel") is None  # 4 joined, 1 apart


# --- lines and reports --------------------------------------------------------


def test_check_line_bounds_words() -> None:
    assert check_line("It is raining.", Language.ENGLISH) is None
    assert check_line("It rains.", Language.ENGLISH) is Reason.TOO_SHORT
    assert check_line("It is raining hard.", Language.ENGLISH, max_words=3) is Reason.TOO_LONG
    assert check_line("Het regent al de hele dag.", Language.ENGLISH) is Reason.LANGUAGE


def test_clean_pairs_counts_every_pair_once() -> None:
    bad = Pair("Hallo", "hallo")
    clean = clean_pairs([GOOD, bad, Pair(f" {GOOD.source}", GOOD.target)], [check_pair, Deduplicator().check])
    assert clean.kept == (GOOD,)
    assert clean.dropped == {Reason.IDENTICAL: 1, Reason.DUPLICATE: 1}
    assert clean.read == 3


def test_clean_lines_normalises_before_it_checks() -> None:
    clean = clean_lines(["a\u00a0b", "c"], [lambda line: Reason.TOO_SHORT if " " not in line else None])
    assert (clean.kept, clean.read, clean.dropped) == (("a b",), 2, {Reason.TOO_SHORT: 1})


# --- the recipe ---------------------------------------------------------------

_DUTCH_NOUNS = ["molen", "brug", "kerk", "haven", "toren", "markt", "tuin", "school"]
_ENGLISH_NOUNS = ["mill", "bridge", "church", "harbour", "tower", "market", "garden", "school"]


def _made_up_pairs(tag: str) -> list[str]:
    """64 different pairs: every two nouns, with a name that tells the sources apart."""
    return [
        f"{tag} ziet de {first} naast de {second}.\t{tag} sees the {first_en} beside the {second_en}."
        for first, first_en in zip(_DUTCH_NOUNS, _ENGLISH_NOUNS, strict=True)
        for second, second_en in zip(_DUTCH_NOUNS, _ENGLISH_NOUNS, strict=True)
    ]


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(prepare, "HELD_OUT", {"tatoeba-manythings": 5, "webwml": 2})
    monkeypatch.setattr(prepare, "CAPS", {"ms-powershell": 10})
    root = tmp_path / "shared"
    for folder in ("parallel", "mono", "article", "eval/flores-dev", "eval/ntrex-a", "eval/word-alignment"):
        (root / folder).mkdir(parents=True)
    for number, name in enumerate(prepare.SOURCES):
        lines = _made_up_pairs(f"Piet{chr(97 + number)}")
        (root / "parallel" / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name in prepare.EVALUATION_TEXT:
        (root / name).write_text(f"A line of {name} that is nowhere else at all.\n")
    (root / "eval/flores-dev/flores-dev.en").write_text("Pieta sees the mill beside the mill.\n")
    (root / prepare.WORD_ALIGNMENT).write_text("An axe .\tEen bijl .\t0-0 1-1\n")
    (root / "article" / "proef.nl.txt").write_text("Pietb ziet de kerk naast de tuin.\n")
    for language, names in prepare.MONO.items():
        for name in names:
            text = {"en": "It was the best of days.\nAn axe.\n", "nl": "Het was een mooie dag.\nPietb.\n"}
            (root / "mono" / f"{name}.{language}.txt").write_text(text[language])
    return root


def test_prepare_leaves_out_evaluation_and_development_text(shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    prepare.prepare(shared, out)
    pairs = [line.split("\t") for line in (out / "pairs.tsv").read_text().splitlines()]
    dev = [line.split("\t") for line in (out / "dev.tsv").read_text().splitlines()]
    assert Counter(row[0] for row in dev) == {"tatoeba-manythings": 5, "webwml": 2}
    english = {row[2] for row in pairs}
    assert not english & {row[2] for row in dev}
    assert "Pieta sees the mill beside the mill." not in english
    assert "Pietb sees the church beside the garden." not in english  # its Dutch is in the article
    assert "Pietb sees the garden beside the church." in english | {row[2] for row in dev}
    counts = json.loads((out / "counts.json").read_text())
    tatoeba = counts["tatoeba-manythings"]
    assert tatoeba["read"] == 64 and tatoeba["dropped"]["evaluation"] == 1
    for count in counts.values():
        assert count["read"] == count["kept"] + count["dev"] + sum(count["dropped"].values())
    assert counts["ms-powershell"]["kept"] == 10
    assert (out / "mono.en.txt").read_text() == "It was the best of days.\n"  # once, though in five files


def test_prepare_is_repeatable_and_can_keep_a_development_set(shared: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        prepare.prepare(shared, tmp_path / out)
    for name in ("pairs.tsv", "dev.tsv", "mono.en.txt", "mono.nl.txt", "counts.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    kept = tmp_path / "kept.tsv"
    kept.write_text("webwml\tPietz ziet de maan.\tPietc sees the mill beside the tower.\n")
    prepare.prepare(shared, tmp_path / "three", kept)
    assert (tmp_path / "three" / "dev.tsv").read_text() == kept.read_text()
    assert "Pietc sees the mill beside the tower." not in (tmp_path / "three" / "pairs.tsv").read_text()


def test_prepare_reports_bad_input_in_one_line(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shared / "parallel" / "webwml.tsv").write_text("goed\tgood\neen\ttwee\tdrie\n")
    out = tmp_path / "out"
    assert prepare.main(["--shared", str(shared), "--out", str(out)]) == 2
    message = capsys.readouterr().err
    assert "webwml.tsv, line 2: has 3 columns" in message and message.count("\n") == 1
    assert list(out.iterdir()) == []


def test_too_little_text_to_hold_out_is_an_error(shared: Path, tmp_path: Path) -> None:
    (shared / "parallel" / "webwml.tsv").write_text("goed\tgood\n")
    with pytest.raises(InputError, match="webwml"):
        prepare.prepare(shared, tmp_path / "out")


# --- scores -------------------------------------------------------------------


def test_bigram_model_gives_the_shares_that_witten_and_bell_give() -> None:
    model = score.BigramModel([["a", "b"], ["a", "a"]], {"a", "b"})
    # By hand. Events a b </s> a a </s>: a 3, b 1, end 2; 3 of the 4 types (a, b, unknown, end) seen.
    single_b = (1 + 3 / 4) / (6 + 3)
    # After a (3 times): b, a and the end, once each.
    assert model.probability("b", "a") == pytest.approx((1 + 3 * single_b) / (3 + 3))
    total = sum(model.probability(word, "a") for word in ("a", "b", "<unk>", "<s>"))
    assert total == pytest.approx(1)
    expected = -(math.log(model.probability("b", "<s>")) + math.log(model.probability("<s>", "b"))) / 2
    assert model.cross_entropy(["b"]) == pytest.approx(expected)


def test_general_english_scores_below_documentation() -> None:
    general = [score.lower_words(f"the king saw the {noun} by the sea") for noun in _ENGLISH_NOUNS]
    manual = [score.lower_words(f"select the {noun} field and click save") for noun in _ENGLISH_NOUNS] * 4
    probe = [score.lower_words("the king saw the sea"), score.lower_words("select the save field")]
    scores = score.domain_scores([*manual, *probe], [True] * len(manual) + [False] * 2, general)
    assert scores[-2] < 0 < scores[-1]
    with pytest.raises(InputError):
        score.domain_scores(probe, [False, False], general)


def test_score_file_keeps_pairs_and_their_order(tmp_path: Path) -> None:
    rows = [f"ms-nav\tDe {n}.\tSelect the {n}." for n in range(9)] + ["tatoeba\tDe zee.\tThe sea."]
    (tmp_path / "pairs.tsv").write_text("\n".join(rows) + "\n")
    (tmp_path / "mono.en.txt").write_text("The sea is calm.\nThe king saw the sea.\n")
    assert score.main(["--data", str(tmp_path)]) == 0
    lines = [line.split("\t", 1) for line in (tmp_path / "pairs.scored.tsv").read_text().splitlines()]
    assert [row for _, row in lines] == rows
    assert min(lines, key=lambda line: float(line[0]))[1] == rows[-1]
    (tmp_path / "pairs.tsv").write_text("a\tb\n")
    with pytest.raises(FormatError, match="line 1"):
        score.read_rows(tmp_path / "pairs.tsv")


# --- lexicon ------------------------------------------------------------------


def test_lexicon_finds_the_words_that_go_together() -> None:
    dutch = ["de kat slaapt", "de hond slaapt", "de kat eet", "de hond eet", "de kat", "de hond"] * 2
    english = ["the cat sleeps", "the dog sleeps", "the cat eats", "the dog eats", "the cat", "the dog"] * 2
    found = lexicon.build_lexicon(
        [line.split() for line in dutch],
        [line.split() for line in english],
        lexicon.LexiconSettings(rounds=20, min_share=0.5),
    )
    best = {pair.dutch: pair.english for pair in found}
    assert {word: best.get(word) for word in ("kat", "hond", "slaapt", "eet")} == {
        "kat": "cat",
        "hond": "dog",
        "slaapt": "sleeps",
        "eet": "eats",
    }
    assert all(0.5 <= pair.of_dutch <= 1 and 0.5 <= pair.of_english <= 1 for pair in found)
    assert next(pair.count for pair in found if pair.dutch == "kat") == 6


def test_lexicon_first_round_is_counted_by_hand() -> None:
    # One sentence, two words a side. First round: "a" is explained by the empty word, "x" or
    # "y", a third each; so is "b": p(a | x) is one half.
    found = lexicon.build_lexicon([["x", "y"]], [["a", "b"]], lexicon.LexiconSettings(1, 1, 0.0))
    assert [(pair.dutch, pair.english) for pair in found] == [("x", "a"), ("x", "b"), ("y", "a"), ("y", "b")]
    assert {pair.of_dutch for pair in found} == {0.5} and {pair.of_english for pair in found} == {0.5}


def test_lexicon_leaves_out_rare_words_and_says_when_nothing_is_left() -> None:
    found = lexicon.build_lexicon([["kat"]] * 3 + [["uil"]], [["cat"]] * 3 + [["owl"]])
    assert [(pair.dutch, pair.english, pair.count) for pair in found] == [("kat", "cat", 3)]
    with pytest.raises(InputError):
        lexicon.build_lexicon([["uil"]], [["owl"]])
