"""Dutch sentence splitting: hard cases of our own, and what must hold for any text."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation_cases import MET_SINCE, WRITTEN_FIRST

from corpus import segmentation
from corpus.document import Block, BlockKind, Document, Segment, Span
from corpus.errors import FormatError, InputError
from corpus.readers import read_document
from corpus.segmentation import load_abbreviations, plain_text, segment, split_spans

PIECES = st.sampled_from(
    [
        *"aZé15 .!?…,:;()[]\"'„“”‘’«»>-#\n\r\t\u00a0\u00ad\u200b",
        "dr. ",
        "enz. ",
        "'s ",
        " Hij ",
        ". ",
        "A.",
        ",,",
    ]
)
TEXTS = st.lists(PIECES, max_size=80).map("".join)


def sentences(text: str) -> list[str]:
    return [span.of(text) for span in split_spans(text)]


@pytest.mark.parametrize("case", WRITTEN_FIRST + MET_SINCE)
def test_hard_case(case: str) -> None:
    assert sentences(case.replace("|", " ")) == case.split("|")


@pytest.mark.parametrize("gap", ["  ", "\u00a0", "\t", "\n", " " * 500])
def test_any_white_space_parts_sentences(gap: str) -> None:
    assert sentences(f"Het regent.{gap}Zij blijft thuis.") == ["Het regent.", "Zij blijft thuis."]


def test_a_long_enclosure_is_split_all_the_same() -> None:
    inner = "Dit is een zin van een lange toespraak. " * 30
    assert len(sentences(f'Ze zei: "{inner}Klaar."')) == 31


def test_an_unclosed_quotation_does_not_swallow_the_rest() -> None:
    assert sentences('Ze zei: "Ik ga. Wacht niet. Tot ziens.') == [
        'Ze zei: "Ik ga.',
        "Wacht niet.",
        "Tot ziens.",
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0"])
def test_white_space_has_no_sentences(text: str) -> None:
    assert split_spans(text) == []


@given(TEXTS | st.text(max_size=80))
def test_spans_are_ordered_apart_and_cover_all_but_white_space(text: str) -> None:
    spans = split_spans(text)
    assert all(one.end <= two.start for one, two in pairwise(spans))
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert all(character.isspace() for place, character in enumerate(text) if place not in covered)


@settings(deadline=None)
@given(TEXTS.filter(lambda text: bool(text.strip())))
def test_segments_of_a_document_are_named_once_and_point_into_the_source(text: str) -> None:
    document = segment(read_document(text.encode(), "a.txt"))
    again = segment(read_document(text.encode(), "a.txt"))
    assert document == again
    assert len(document.segment_by_id) == len(document.segments)
    for one in document.segments:
        block = document.block_of(one)
        assert block.span.start <= one.span.start < one.span.end <= block.span.end
        if block.kind is not BlockKind.QUOTATION:
            assert one.text == plain_text(document.raw(one))


def test_ids_and_offsets_are_the_known_ones() -> None:
    text = "Kop\n\nDe zon schijnt. Het is\nwarm."
    document = segment(read_document(text.encode(), "a.txt"))
    assert document.segmentation == segmentation.VERSION
    assert document.segments == (
        Segment("p1s1", 1, Span(0, 3), "Kop"),
        Segment("p2s1", 2, Span(5, 20), "De zon schijnt."),
        Segment("p2s2", 2, Span(21, 33), "Het is warm."),
    )


def test_a_segmented_document_is_left_alone() -> None:
    document = read_document(b"Een. Twee.\nDrie.\n", "a.txt", segmented=True)
    assert segment(document) is document


def test_quotation_marks_of_further_lines_are_not_translated() -> None:
    document = segment(read_document(b"> De zon schijnt\n> op het water.\n", "a.txt"))
    assert [one.text for one in document.segments] == ["De zon schijnt op het water."]


def test_invisible_characters_and_soft_hyphens_leave_the_text_only() -> None:
    text = "De voor\u00adzit\u00adter\u200b sprak."
    block = Block(1, BlockKind.PARAGRAPH, Span(0, len(text)))
    (only,) = segment(Document(text, "nl", (block,))).segments
    assert only.text == "De voorzitter sprak."
    assert only.span.of(text) == text


@pytest.mark.parametrize(
    "unit", [".", "?!", '"', "(", '("', "a. ", " ", "x", "'", "Ja. ", '."', ",,", "[1]", "dr. A. ", "\u00ad"]
)
def test_a_line_of_a_megabyte_is_linear_work(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quadratic work would be hours here; decisions and look-ahead are counted besides."""
    decisions = []
    real = segmentation._is_end

    def counted(*arguments: object) -> bool:
        decisions.append(1)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(segmentation, "_is_end", counted)
    text = unit * (1_000_000 // len(unit)) + "x"
    spans = split_spans(text)
    assert len(decisions) <= text.count(".") + text.count("?")
    assert sum(len(span) for span in spans) <= len(text)


def with_list(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "eigen.txt"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_users_abbreviations_are_added(tmp_path: Path) -> None:
    text = "De vkz. Smit sprak. Het was dr. Bos."
    assert len(split_spans(text)) == 3
    known = load_abbreviations(with_list(tmp_path, "# van ons\nvkz.\n"))
    assert [span.of(text) for span in split_spans(text, known)] == ["De vkz. Smit sprak.", "Het was dr. Bos."]


def test_a_users_class_replaces_ours(tmp_path: Path) -> None:
    text = "Koop brood, o.a. Wit brood."
    assert len(split_spans(text)) == 1
    known = load_abbreviations(with_list(tmp_path, "[may-end]\no.a.\n"))
    assert len(split_spans(text, known)) == 2


def test_a_users_word_end(tmp_path: Path) -> None:
    known = load_abbreviations(with_list(tmp_path, "[before-number]\n*kd.\n"))
    text = "Aan de Waalkd. 12 woont zij."
    assert [span.of(text) for span in split_spans(text, known)] == [text]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("goed.\nfout\n", "line 2: 'fout' is not an abbreviation"),
        ("[soms]\n", "line 1: unknown class"),
        ("[never]\n*str.\n", "line 2: '*' works in the class [before-number] only"),
    ],
)
def test_a_wrong_list_is_refused_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        load_abbreviations(with_list(tmp_path, content))
    assert message in str(caught.value)
    assert "eigen.txt" in str(caught.value)


def test_a_missing_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_abbreviations(tmp_path / "weg.txt")


# English, for texts that are aligned


@pytest.mark.parametrize(
    "sentences",
    [
        ["Mr. Veldkamp of the U.S. Army met Dr. Bos at 5 p.m. on Jan. 3.", "They spoke for an hour."],
        ["She moved to Washington D.C. in 1999.", "The firm, Acme Inc., grew.", "It paid $3.5 million."],
        ["See fig. 3 and p. 12, e.g. the table.", "Is that so?", "Yes!"],
        ["He lives in the U.S.", "He likes it."],
        ["J. R. Hartley wrote to the St. Olaf Society.", "No. 1 was taken."],
        ["It was 9 a.m. when they left.", "They came back at 5 p.m.", "The doors were shut."],
    ],
)
def test_english_has_its_own_abbreviations(sentences: list[str]) -> None:
    text = " ".join(sentences)
    known = segmentation.default_abbreviations("en-GB")
    assert [span.of(text) for span in segmentation.split_spans(text, known)] == sentences


def test_the_language_of_a_document_chooses_its_abbreviations() -> None:
    text = "It is the Ltd. company. The abbr. is nl. only."
    document = read_document(text.encode(), "text.txt", language="en")
    assert len(segmentation.segment(document).segments) == 2
