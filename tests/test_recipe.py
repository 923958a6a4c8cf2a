"""The steps that make the shipped model: dictionary, imitations, invented names, the mix."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_model import WORDS, Tiny, build
from transformers import MarianMTModel

from translate.training.examples import Codec
from translate.training.noise import Noise, spoil
from translate.training.pairs import Pair
from translate.training.recipes.builtin import (
    average,
    backtranslate,
    dictionary,
    mix,
    names,
    own,
    reverse,
    wordbook,
)

LEXICON = {"dog": ["hond"], "sleeps": ["slaapt"], "the": ["de", "het"], "garden": ["tuin"], "in": ["in"]}
ENGLISH = "The dog sleeps in the garden."


def test_mutual_nearest_words_are_those_that_choose_each_other() -> None:
    # Dutch 0 and 2 both lie at English 1, but English 1 lies closest to Dutch 2.
    dutch = np.array([[0.8, 0.6], [0.0, 1.0], [1.0, 0.0]], np.float32)
    english = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32)
    assert sorted(dictionary.mutual_nearest(dutch, english)) == [(1, 0), (2, 1)]


def test_a_word_belongs_to_the_language_that_has_it_more_often() -> None:
    dutch = dictionary.word_forms(["De burgers en de server."] * 5)
    english = dictionary.word_forms(["The server and the burgers serve."] + ["The server is here."] * 9)
    assert dictionary.own_words(dutch, english) == ["De", "burgers", "en"]


def test_the_encoder_finds_translations(tmp_path: Path) -> None:
    """The tiny model's Dutch and English words share their codes."""
    folder = build(tmp_path / "tiny", Tiny())
    model = MarianMTModel.from_pretrained(folder, dtype=torch.float32)
    dutch = ["boek", "fiets", "huis", "krant", "straat", "hond"]
    found = dictionary.find_matches(model, Codec.load(folder), dutch, [WORDS[word] for word in dutch[::-1]])
    assert {match.dutch: match.english for match in found} == {word: WORDS[word] for word in dutch}


def test_spoilt_text_keeps_its_words_in_other_order_and_language() -> None:
    chance = random.Random(4)
    plain = spoil(ENGLISH, Noise(drop=0.0, exchange=0.0, shift=3.0), LEXICON, chance)
    assert sorted(plain.strip(".").split()) == sorted(ENGLISH.strip(".").split())
    assert spoil(ENGLISH, Noise(drop=0.0, exchange=1.0, shift=0.0), LEXICON, chance) in {
        f"{first} hond slaapt in {second} tuin." for first in ("De", "Het") for second in ("de", "het")
    }
    assert spoil(ENGLISH, Noise(drop=1.0), LEXICON, chance)  # never empty


def test_an_imitation_keeps_its_english_whole() -> None:
    pair = mix.imitate(ENGLISH, LEXICON, mix.Mixture(), random.Random(1))
    assert pair.target == ENGLISH and pair.source != ENGLISH


def test_a_shared_name_is_exchanged_for_the_same_on_both_sides() -> None:
    pair = Pair("Toen zag Pieter dat Maria sliep.", "Then Pieter saw that Maria slept.")
    for seed in range(20):
        made = names.rename(pair, {"maria", "toen", "then"}, random.Random(seed))
        source = re.fullmatch(r"Toen zag (.+) dat Maria sliep\.", made.source)
        target = re.fullmatch(r"Then (.+) saw that Maria slept\.", made.target)
        assert source and target
        known = names.known_names()["body"]
        assert source[1] == target[1] or Pair(source[1], target[1]) in known
    alone = Pair("Toen kwam Pieter.", "Then Peter came.")
    assert names.rename(alone, {"toen", "then"}, random.Random(1)) == alone


def test_a_name_after_in_becomes_a_known_place() -> None:
    made = names.rename(Pair("Ik woon in Boston.", "I live in Boston."), {"ik"}, random.Random(2))
    dutch, english = made.source[len("Ik woon in ") : -1], made.target[len("I live in ") : -1]
    assert Pair(dutch, english) in names.known_names()["place"]


def test_templates_have_the_same_gaps_and_names_for_all_of_them() -> None:
    known = names.known_names()
    for template in names.templates():
        gaps = [re.findall(r"\{(\w+)\}", side) for side in (template.source, template.target)]
        assert sorted(gaps[0]) == sorted(gaps[1]), template
        # Gaps are filled from left to right, kind by kind.
        assert set(gaps[0]) <= {*known, "name"}
        made = names.filled(template, known, random.Random(1))
        assert not set("{}") & set(made.source + made.target)


def test_known_names_are_written_once() -> None:
    for kind, found in names.known_names().items():
        assert len({name.source for name in found}) == len(found), kind
        assert all(name.source and name.target for name in found)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    (tmp_path / "lexicon.tsv").write_text("hond\tdog\t0.9\t0.9\t5\nde\tthe\t0.5\t0.6\t9\n", "utf-8")
    (tmp_path / "dictionary.tsv").write_text("kat\tdog\t0.9\ntuin\tgarden\t0.8\nhond\tbark\t0.7\n", "utf-8")
    (tmp_path / "wordbook.tsv").write_text("hond\tdog\nreu\tdog\nschip\tship\n", "utf-8")
    (tmp_path / "mono.en.txt").write_text(f"{ENGLISH}\n" * 4, "utf-8")
    (tmp_path / "dev.tsv").write_text("tatoeba\tDe hond.\tThe dog.\n", "utf-8")
    rows = ["-1.0\tms-a\tKlik hier.\tClick here.", "0.5\ttatoeba\tIk slaap.\tI sleep."]
    (tmp_path / "pairs.scored.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    return tmp_path


def test_the_lexicon_counts_for_more_than_the_dictionary(prepared: Path) -> None:
    found = mix.dutch_words(prepared)
    assert [found[word] for word in ("dog", "the", "garden")] == [["hond", "reu"], ["de"], ["tuin"]]
    assert "bark" not in found
    assert found["troops"] == ["troepen", "manschappen"]  # our own


def test_own_words_are_pairs_of_words() -> None:
    assert all(
        re.fullmatch(r"[a-zà-ÿ-]+", side) for pair in own.own_words() for side in (pair.source, pair.target)
    )


def test_our_own_words_are_known_better(prepared: Path) -> None:
    (prepared / "wordbook.tsv").write_text("manschappen\tfellow\nreu\tdog\n", "utf-8")
    assert mix.word_pairs(prepared) == [Pair("reu", "dog")]


def test_own_sentences_are_pairs_and_none_comes_twice() -> None:
    found = [*own.own_sentences(), *own.own_development()]
    assert all(pair.source and pair.target and pair.source != pair.target for pair in found)
    assert len({pair.source for pair in found}) == len(found)


def test_own_translations_meet_the_line_they_translate(monkeypatch: pytest.MonkeyPatch) -> None:
    # `printf 'The dog sleeps.' | sha256sum` begins with these digits.
    lines = {"translations.nl.tsv": ["bde6d6507900\tDe hond slaapt.", "000000000000\tWeg."]}
    monkeypatch.setattr(own, "data_lines", lines.__getitem__)
    own._dutch_of_keys.cache_clear()
    try:
        found = own.own_translations(["It rains.", "The dog sleeps."])
    finally:
        own._dutch_of_keys.cache_clear()
    assert found == [Pair("De hond slaapt.", "The dog sleeps.")]


def test_the_mix_has_everything_once_and_is_repeatable(prepared: Path) -> None:
    assert mix.main(["--data", str(prepared), "--seed", "3"]) == 0
    first = (prepared / "mix.tsv").read_text("utf-8")
    lines = first.splitlines()
    # One ms- pair, one other, the words; our own text and templates so many times.
    ours, usual = len(own.own_sentences()) + len(own.own_words()), mix.Mixture()
    assert len(lines) == 2 + len(mix.word_pairs(prepared)) + usual.own * ours + usual.templates * len(
        names.templates()
    )
    assert {"Klik hier.\tClick here.", "Ik slaap.\tI sleep."} < set(lines)
    assert not any(line.endswith(f"\t{ENGLISH}") for line in lines)
    held_out = (prepared / "held-out.tsv").read_text("utf-8").splitlines()
    assert held_out[2:] == ["De hond.\tThe dog."]
    ours_too = {f"{pair.source}\t{pair.target}" for pair in own.own_development()}
    assert set(held_out[:2]) < ours_too and not ours_too & set(lines)
    assert mix.main(["--data", str(prepared), "--seed", "3"]) == 0
    assert (prepared / "mix.tsv").read_text("utf-8") == first


def test_english_that_was_translated_back_is_not_imitated(prepared: Path) -> None:
    rows = [f"-0.5\tDe hond slaapt in de tuin.\t{ENGLISH}"]
    rows += [f"-{place}.5\tIets van {place}.\tSomething of {place}." for place in range(1, 10)]
    (prepared / "back.1.tsv").write_text("\n".join(rows[::-1]) + "\n", "utf-8")
    assert mix.main(["--data", str(prepared)]) == 0
    lines = (prepared / "mix.tsv").read_text("utf-8").splitlines()
    about = [line for line in lines if line.endswith(f"\t{ENGLISH}")]
    assert about == [f"De hond slaapt in de tuin.\t{ENGLISH}"]
    made = sorted(line for line in lines if re.match("Iets van [0-9]", line))
    assert made == [
        f"Iets van {place}.\tSomething of {place}." for place in range(1, 6)
    ]  # not the least likely four


def test_pairs_of_a_general_kind_are_validated_on(prepared: Path) -> None:
    (prepared / "stories.tsv").write_text("Een.\tOne.\nTwee.\tTwo.\nDrie.\tThree.\n", "utf-8")
    assert mix.main(["--data", str(prepared), "--development", str(prepared / "stories.tsv")]) == 0
    lines = (prepared / "held-out.tsv").read_text("utf-8").splitlines()
    ours = {f"{pair.source}\t{pair.target}" for pair in own.own_development()}
    given = {"Een.\tOne.", "Twee.\tTwo.", "Drie.\tThree."}
    assert set(lines[:2]) < ours and set(lines[2:4]) < given and lines[4:] == ["De hond.\tThe dog."]
    assert not set(lines) & set((prepared / "mix.tsv").read_text("utf-8").splitlines())


def test_back_translation_keeps_what_is_sound(tmp_path: Path) -> None:
    """The tiny model translates Dutch to English; the step does not care."""
    pytest.importorskip("ctranslate2")
    folder = build(tmp_path / "tiny", Tiny())
    text = "Een verhaal\nDe man leest een boek\nman\nDe oude hond slaapt\n"
    (tmp_path / "mono.en.txt").write_text(text, "utf-8")
    arguments = ["--data", str(tmp_path), "--model", str(folder), "--skip", "1"]
    assert backtranslate.main(arguments) == 0
    rows = [line.split("\t") for line in (tmp_path / "back.1.tsv").read_text("utf-8").splitlines()]
    assert sorted(row[1:] for row in rows) == [
        ["The man reads a book", "De man leest een boek"],
        ["The old dog sleeps", "De oude hond slaapt"],
    ]  # "man" came out as it was
    assert all(-1 < float(row[0]) <= 0 for row in rows)
    assert backtranslate.main([*arguments, "--part", "2"]) == 0
    assert (tmp_path / "back.2.tsv").read_text("utf-8") == ""


def test_the_model_back_learns_from_the_same_pairs_turned_round(prepared: Path) -> None:
    (prepared / "mono.nl.txt").write_text("De hond slaapt.\n", "utf-8")
    reverse.write_reverse_pairs(prepared, seed=1)
    lines = (prepared / "reverse.tsv").read_text("utf-8").splitlines()
    assert {"Click here.\tKlik hier.", "dog\treu"} < set(lines)
    ours = own.own_sentences()[0]
    assert lines.count(f"{ours.target}\t{ours.source}") == mix.Mixture().own
    assert sum(line.endswith("\tDe hond slaapt.") for line in lines) == 1  # its English is an imitation
    held_out = (prepared / "reverse.held-out.tsv").read_text("utf-8").splitlines()
    assert held_out[-1] == "The dog.\tDe hond." and not set(held_out) & set(lines)


def test_a_reversed_model_writes_what_it_read(tmp_path: Path) -> None:
    """The English rows stay; a Dutch row is what the map from encoder to decoder makes of it."""
    folder = build(tmp_path / "tiny", Tiny())
    forth = MarianMTModel.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        read = forth.model.encoder.embed_tokens.weight
        written = forth.model.decoder.embed_tokens.weight
        torch.manual_seed(1)
        read.copy_(torch.randn(len(read), 10) @ torch.randn(10, read.shape[1]))
        written.copy_(2 * read[: len(written)] + 1)
        back = reverse.reversed_model(forth)
    made = back.model.decoder.embed_tokens.weight
    assert made.shape == read.shape
    assert torch.allclose(made, 2 * read + 1, atol=1e-2)
    assert back.lm_head.weight.data_ptr() == made.data_ptr()


def test_a_dictd_dictionary_gives_single_words(tmp_path: Path) -> None:
    """Offsets and lengths in base 64, as ``dictfmt`` writes them ("BA" is 64)."""
    entries = [
        "hond /hont/\n1. dog, hound\n2. cur\n",
        "op zijn best\nat best\n",
        "schip /sxip/ \n" + "x" * 20 + "\n1. (naval) ship\n",
    ]
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    index, at = [], 0
    for entry in entries:
        numbers = (digits[value // 64] + digits[value % 64] for value in (at, len(entry)))
        index.append("\t".join([entry.split(" /")[0].split("\n")[0], *numbers]))
        at += len(entry)
    (tmp_path / "d.index").write_text("\n".join(index) + "\n", "utf-8")
    (tmp_path / "d.dict.dz").write_bytes(gzip.compress("".join(entries).encode()))
    (tmp_path / "mono.en.txt").write_text("The dog sees a hound, a cur, a ship.\n", "utf-8")
    arguments = ["--data", str(tmp_path), "--index", str(tmp_path / "d.index")]
    assert wordbook.main([*arguments, "--dict", str(tmp_path / "d.dict.dz")]) == 0
    assert (tmp_path / "wordbook.tsv").read_text("utf-8") == "hond\tdog\nhond\tcur\nschip\tship\n"
    assert wordbook.number("BA") == 64


def test_a_file_that_is_no_dictionary_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mono.en.txt").write_text("dog\n", "utf-8")
    (tmp_path / "d.index").write_text("hond\tA\tB\n", "utf-8")
    (tmp_path / "d.dict.dz").write_bytes(b"no gzip")
    arguments = ["--data", str(tmp_path), "--index", str(tmp_path / "d.index")]
    assert wordbook.main([*arguments, "--dict", str(tmp_path / "d.dict.dz")]) == 2
    assert "d.dict.dz: is not a dictionary of dictd" in capsys.readouterr().err


def test_models_are_averaged_by_their_shares(tmp_path: Path) -> None:
    one, other = build(tmp_path / "one", Tiny()), build(tmp_path / "other", Tiny())
    model = MarianMTModel.from_pretrained(other, dtype=torch.float32)
    name = "model.decoder.layers.0.fc1.weight"
    with torch.no_grad():
        model.get_parameter(name).add_(1.0)
    model.save_pretrained(other)
    assert average.main(["--out", str(tmp_path / "mean"), f"{one}=3", f"{other}=1"]) == 0
    found = MarianMTModel.from_pretrained(tmp_path / "mean", dtype=torch.float32)
    first = MarianMTModel.from_pretrained(one, dtype=torch.float32)
    assert torch.allclose(found.get_parameter(name), first.get_parameter(name) + 0.25, atol=1e-3)
    assert (tmp_path / "mean" / "source.spm").read_bytes() == (one / "source.spm").read_bytes()


def test_what_cannot_be_averaged_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = build(tmp_path / "one", Tiny())
    other = build(tmp_path / "other", Tiny(separate=False))
    for given, said in (
        ([f"{one}=1", f"{other}=1"], "another shape"),
        ([f"{one}=0"], "above 0"),
        ([f"{one}"], "FOLDER=WEIGHT"),
        ([f"{tmp_path}=1"], "no model.safetensors"),
    ):
        assert average.main(["--out", str(tmp_path / "mean"), *given]) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()


def test_a_damaged_file_is_named(prepared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (prepared / "dictionary.tsv").write_text("kat\tcat\t0.9\nhond\tdog\n", "utf-8")
    assert mix.main(["--data", str(prepared)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "dictionary.tsv, line 2" in line
