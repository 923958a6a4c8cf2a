"""Subtitles: cues in, cues out."""

from __future__ import annotations

import re

import pytest
from documents import bitext_of, rewritten
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.document import BlockKind, Document
from corpus.errors import FormatError, InputError
from corpus.readers import read_document
from corpus.segmentation import segment

SRT = """1
00:00:01,000 --> 00:00:03,000
Ik had gedacht dat
de brug vandaag

2
00:00:03,100 --> 00:00:05,000
wel open zou gaan.

3
00:00:06,000 --> 00:00:08,000
- Gaat <i>hij</i> niet open?
- Nee.

4
00:00:09,000 --> 00:00:10,000
<i>Dan neem ik de pont.</i>

5
00:00:11,000 --> 00:00:12,000 X1:40 X2:600
{\\an8}Tot <b>morgen</b>, Jan & Piet!
"""
VTT = """WEBVTT - titel

STYLE
::cue { color: red }

NOTE dit blijft

intro
00:01.000 --> 00:03.000 align:start
<v Anja>Ik had gedacht &amp; gehoopt dat

00:03.100 --> 00:05.000
de <c.geel>brug</c> open <00:04.000>zou gaan.
"""


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def test_sentences_run_over_cues_and_speakers_stay_apart() -> None:
    document = segment(read_document(SRT.encode(), "a.srt"))
    assert texts(document) == [
        "Ik had gedacht dat\nde brug vandaag\nwel open zou gaan.",
        "Gaat hij niet open?",
        "Nee.",
        "Dan neem ik de pont.",
        "Tot morgen, Jan & Piet!",
    ]
    assert {block.kind for block in document.blocks} == {BlockKind.CUE}
    assert document.segments[0].text == "Ik had gedacht dat de brug vandaag wel open zou gaan."
    cues = [mark.attributes["cue"] for mark in document.blocks[0].marks if mark.kind == "cue"]
    assert cues == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "name"), [(SRT, "a.srt"), (VTT, "a.vtt"), (SRT.replace("\n", "\r\n"), "a.srt")]
)
def test_the_same_text_gives_the_same_file(text: str, name: str) -> None:
    data, report = rewritten(text.encode(), name)
    assert data.decode() == text
    assert report.lines() == []


def test_only_words_change() -> None:
    new = rewritten(VTT.encode(), "a.vtt", str.upper)[0].decode()
    assert (
        "STYLE\n::cue { color: red }\n\nNOTE dit blijft\n\nintro\n00:01.000 --> 00:03.000 align:start\n"
        in new
    )
    assert "<v Anja>IK HAD GEDACHT &amp; GEHOOPT DAT\n" in new
    assert "DE <c.geel>BRUG</c> OPEN <00:04.000>ZOU GAAN.\n" in new


def test_a_translation_is_given_back_to_its_cues() -> None:
    dutch = "Ik had gedacht dat de brug vandaag wel open zou gaan."
    english = {dutch: "I had thought that the bridge would open today."}
    new = rewritten(SRT.encode(), "a.srt", lambda text: english.get(text, text))[0].decode()
    first, second = re.findall(r"--> \S+\n((?:.+\n)+)", new)[:2]
    assert " ".join((first + second).split()) == english[dutch]
    assert first.count("\n") == 2
    assert second.strip()


def test_times_and_numbers_are_never_touched() -> None:
    new = rewritten(SRT.encode(), "a.srt", lambda text: "Yes 12 --> 13.")[0].decode()
    assert re.findall(r"(?m)^.*-->.*$", new) == re.findall(r"(?m)^.*-->.*$", SRT)
    assert re.findall(r"(?m)^\d+$", new) == re.findall(r"(?m)^\d+$", SRT)


def test_a_cue_for_which_no_word_is_left_stays_and_is_reported() -> None:
    data, report = rewritten(SRT.encode(), "a.srt", lambda text: "Yes." if text.startswith("Ik") else text)
    assert data.decode().count("-->") == 5
    assert any(note.startswith("cue ") and "is empty" in note for note in report.notes)


def test_other_tools_read_what_we_write() -> None:
    pysubs2 = pytest.importorskip("pysubs2", reason="pysubs2 is not installed")
    for text, name in ((SRT, "srt"), (VTT, "vtt")):
        old = pysubs2.SSAFile.from_string(text, format_=name)
        new = pysubs2.SSAFile.from_string(
            rewritten(text.encode(), f"a.{name}", str.upper)[0].decode(), format_=name
        )
        assert [(e.start, e.end) for e in new] == [(e.start, e.end) for e in old]
        assert [e.plaintext.lower() for e in new] == [e.plaintext.lower() for e in old]


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("1\n00:00:01 --> 00:00:02\nHoi.\n", "a.srt", "line 2: is not a line of times"),
        ("Zomaar tekst.\n", "a.srt", "has no cue"),
        ("00:01.000 --> 00:02.000\nHoi.\n", "a.vtt", "line 1: does not begin with WEBVTT"),
        ("WEBVTT\n\nLosse tekst\n\n00:01.000 --> 00:02.000\nHoi.\n", "a.vtt", "line 3: is text without"),
    ],
)
def test_what_is_not_in_order_is_refused_with_its_line(text: str, name: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read_document(text.encode(), name)


def test_subtitles_without_words_are_refused() -> None:
    with pytest.raises(InputError, match="no text in its cues"):
        read_document(b"1\n00:00:01,000 --> 00:00:02,000\n...\n", "a.srt")


_SAID = st.text(alphabet="abc .,?!-<>&\u00e9\u266a'\"", min_size=1, max_size=20).filter(
    lambda t: t.strip() and "-->" not in t
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(_SAID, min_size=1, max_size=2), min_size=1, max_size=5))
def test_any_subtitles_written_back_the_same_are_the_same(cues: list[list[str]]) -> None:
    text = "\n".join(
        f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n"
        + "".join(" ".join(line.split()) + "\n" for line in lines)
        for n, lines in enumerate(cues, start=1)
    )
    try:
        document = segment(read_document(text.encode(), "a.srt"))
    except InputError:
        return
    assert bitext_of(document)
    new = rewritten(text.encode(), "a.srt")[0].decode()
    assert new.split() == text.split()
    assert new.count("-->") == text.count("-->")


@pytest.mark.parametrize("unit", ["a\n", "- a\n", "<i>", "{\\an8}", "\n", "a "])
def test_a_long_cue_is_read_in_time(unit: str) -> None:
    # Quadratic work would be minutes here.
    data = f"1\n00:00:01,000 --> 00:00:02,000\nBegin {unit * (40_000 // len(unit))}eind.\n".encode()
    assert texts(read_document(data, "a.srt"))[0].startswith("Begin")
