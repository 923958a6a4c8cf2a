"""Problems are mended or reported; driven by an engine that says what it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny_model import Tiny, build

from corpus.bitext import FlagKind
from corpus.document import Span
from translate.engines import DecodingSettings, Hypothesis, Progress, StopReason
from translate.engines.pytorch import load_pytorch
from translate.models import read_model
from translate.safeguards import Guarded, translate_guarded

Script = Callable[[str, DecodingSettings], str]


class Scripted:
    """An engine whose translations a function gives. A token is a word."""

    name = "scripted"
    model: Any = None
    max_source_tokens = 12

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split()) + 1

    def unreadable(self, text: str) -> list[Span]:
        return []

    def translate(
        self, sentences: Sequence[str], settings: DecodingSettings, progress: Progress | None = None
    ) -> list[Hypothesis]:
        self.asked += sentences
        outputs = []
        for sentence in sentences:
            text = self.script(sentence, settings)
            stop = StopReason.LIMIT if text.endswith("<limit>") else StopReason.END
            text = text.removesuffix("<limit>")
            outputs.append(Hypothesis(text, tuple(range(len(text.split()))), -0.5, stop))
        return outputs


def guard(script: Script, *sentences: str, **options: Any) -> list[Guarded]:
    return translate_guarded(Scripted(script), sentences, DecodingSettings(), **options)


def kinds(guarded: Guarded) -> list[tuple[FlagKind, bool]]:
    return [(flag.kind, flag.repaired) for flag in guarded.flags]


def test_good_work_is_left_alone() -> None:
    engine = Scripted(lambda *_: "He goes home.")
    (result,) = translate_guarded(engine, ["Hij gaat naar huis."], DecodingSettings())
    assert result == Guarded("He goes home.", -0.5, ())
    assert engine.asked == ["Hij gaat naar huis."]


def test_empty_segments_never_reach_the_model() -> None:
    engine = Scripted(lambda *_: "Something.")
    results = translate_guarded(engine, ["", "  ", "Ja, iets."], DecodingSettings())
    assert [result.text for result in results] == ["", "", "Something."]
    assert [result.score for result in results] == [None, None, -0.5]
    assert engine.asked == ["Ja, iets."]


def test_a_loop_is_broken_by_barring_repeats() -> None:
    def script(_: str, settings: DecodingSettings) -> str:
        return "He buys fresh bread." if settings.no_repeat_ngram else "He buys buys buys buys bread."

    (result,) = guard(script, "Hij koopt vers brood.")
    assert result.text == "He buys fresh bread."
    assert kinds(result) == [(FlagKind.REPETITION, True)]


def test_nothing_becomes_something() -> None:
    (result,) = guard(
        lambda _, settings: "He goes home." if settings.minimum_tokens else "", "Hij gaat naar huis."
    )
    assert result.text == "He goes home."
    assert kinds(result) == [(FlagKind.EMPTY, True)]


def test_a_copy_is_searched_for_more_widely() -> None:
    def script(source: str, settings: DecodingSettings) -> str:
        return "The man does not go to his work." if settings.beam_size > 4 else source

    (result,) = guard(script, "De man gaat niet naar zijn werk.")
    assert kinds(result) == [(FlagKind.COPY, True)]


def test_a_lost_number_is_found_in_halves() -> None:
    def script(source: str, _: DecodingSettings) -> str:
        return {
            "Er kwamen 350 mensen, en er bleven er 20.": "There came 350 people, and some stayed.",
            "Er kwamen 350 mensen,": "There came 350 people.",
            "en er bleven er 20.": "And 20 of them stayed.",
        }[source]

    (result,) = guard(script, "Er kwamen 350 mensen, en er bleven er 20.")
    assert result.text == "There came 350 people, and 20 of them stayed."
    assert kinds(result) == [(FlagKind.NUMBERS, True), (FlagKind.SPLIT, False)] or kinds(result) == [
        (FlagKind.NUMBERS, True)
    ]


def test_what_cannot_be_mended_is_flagged_and_the_least_bad_kept() -> None:
    (result,) = guard(lambda *_: "", "Hij gaat naar huis.")
    assert result.text == ""
    assert kinds(result) == [(FlagKind.EMPTY, False)]


def test_a_worse_attempt_does_not_replace_a_better_one() -> None:
    def script(_: str, settings: DecodingSettings) -> str:
        return "" if settings.beam_size > 4 else "There were 16 people."

    (result,) = guard(script, "Er waren 15 mensen.")
    assert result.text == "There were 16 people."
    assert kinds(result) == [(FlagKind.NUMBERS, False)]


def test_a_new_problem_is_told_with_the_old_one() -> None:
    def script(_: str, settings: DecodingSettings) -> str:
        return "He has 7 dogs." if settings.minimum_tokens else ""

    (result,) = guard(script, "Hij heeft veel honden.")
    assert kinds(result) == [(FlagKind.NUMBERS, False), (FlagKind.EMPTY, True)]


def test_reaching_the_limit_is_truncation() -> None:
    (result,) = guard(lambda *_: "He goes home and<limit>", "Hij gaat naar huis.")
    assert kinds(result) == [(FlagKind.TRUNCATION, False)]


def test_without_repair_the_first_result_stays() -> None:
    engine = Scripted(lambda *_: "")
    (result,) = translate_guarded(engine, ["Hij gaat."], DecodingSettings(), repair=False)
    assert engine.asked == ["Hij gaat."]
    assert kinds(result) == [(FlagKind.EMPTY, False)]


def test_a_long_sentence_is_translated_in_parts_that_cover_it() -> None:
    source = "een twee drie vier vijf zes zeven, maar acht negen tien elf twaalf dertien veertien."
    engine = Scripted(lambda text, _: text.upper())
    (result,) = translate_guarded(engine, [source], DecodingSettings(), repair=False)
    assert " ".join(engine.asked) == source
    assert result.text == source.upper()
    assert (FlagKind.SPLIT, False) in kinds(result)


def test_equal_parts_are_translated_once() -> None:
    engine = Scripted(lambda *_: "Good day.")
    translate_guarded(engine, ["Goedendag.", "Goedendag."], DecodingSettings())
    assert engine.asked == ["Goedendag."]


@pytest.mark.parametrize(("behaviour", "kind"), [("empty", FlagKind.EMPTY), ("loop", FlagKind.REPETITION)])
def test_with_a_real_model_that_misbehaves(tmp_path: Path, behaviour: str, kind: FlagKind) -> None:
    engine = load_pytorch(read_model(build(tmp_path, Tiny(behaviour=behaviour)), model_id="tiny"))
    (result,) = translate_guarded(
        engine, ["De man leest een krant en de vrouw slaapt."], DecodingSettings(), repair=False
    )
    assert kind in {flag.kind for flag in result.flags}
    (again,) = translate_guarded(engine, ["De man leest een krant en de vrouw slaapt."], DecodingSettings())
    assert kind in {flag.kind for flag in again.flags}
    assert any(not flag.repaired for flag in again.flags)
