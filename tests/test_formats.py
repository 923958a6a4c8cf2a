"""The registry of formats, and the text and table formats."""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import long_bitext, sample_bitext

import corpus.formats
from corpus.bitext import Bead, Bitext, Flag, FlagKind, target_document
from corpus.document import Block, BlockKind, Document, Segment, Span
from corpus.errors import FormatError, OutputError
from corpus.formats import Passage, format_for, formats


def written(bitext: Bitext, name: str) -> bytes:
    stream = io.BytesIO()
    format_for(name).write(bitext, stream)
    return stream.getvalue()


def lines_bitext(sources: list[str], targets: list[str], ending: str = "\n") -> Bitext:
    """A segmented document (one block and one segment a line) and its translation."""
    blocks, segments, at = [], [], 0
    for number, line in enumerate(sources, start=1):
        span = Span(at, at + len(line))
        blocks.append(Block(number, BlockKind.LINE, span))
        segments.append(Segment(f"p{number}s1", number, span, line))
        at += len(line) + 1
    source = Document("\n".join(sources) + ending, "nl", tuple(blocks), tuple(segments))
    target = target_document(source, targets, "en")
    beads = tuple(Bead(s.id, (s.id,), (s.id,)) for s in source.segments)
    return Bitext(source, target, beads)


# The registry


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("out.txt", "text"),
        ("-", "text"),
        ("a/b.c/out.TSV", "table"),
        ("out.jsonl", "json lines"),
        ("out.tmx", "tmx"),
        ("my.article.html", "html"),
    ],
)
def test_the_suffix_names_the_format(name: str, expected: str) -> None:
    assert format_for(name).name == expected


def test_an_unknown_suffix_is_named_with_the_known_ones() -> None:
    with pytest.raises(FormatError) as error:
        format_for("out.docm")
    message = str(error.value)
    assert ".docm" in message and "out.docm" in message
    for suffix in (".html", ".jsonl", ".tmx", ".tsv", ".txt"):
        assert suffix in message


@pytest.mark.parametrize("name", ["out", "folder.txt/out", ".txt"])
def test_a_name_without_a_suffix_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match="has no suffix"):
        format_for(name)


def test_a_new_module_is_a_new_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shout.py").write_text(
        "from corpus.formats import Format\n"
        "FORMAT = Format('shout', ('.shout',), 'upper case',\n"
        "    lambda bitext, stream: stream.write(bitext.target.text.upper().encode()))\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(corpus.formats, "__path__", [*corpus.formats.__path__, str(tmp_path)])
    formats.cache_clear()
    try:
        assert written(lines_bitext(["Dag."], ["Bye."]), "x.shout") == b"BYE.\n"
    finally:
        formats.cache_clear()
        sys.modules.pop("corpus.formats.shout", None)


def test_no_two_formats_share_a_suffix() -> None:
    suffixes = [suffix for item in formats() for suffix in item.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(re.fullmatch(r"\.[a-z0-9]+", suffix) for suffix in suffixes)


# Text


def test_text_is_the_target_in_the_layout_of_the_source() -> None:
    text = "# Kop\n\n\n- een\n- twee\n\nEen zin. Nog een zin"
    spans = [(2, 5), (10, 13), (16, 20), (22, 30), (31, 43)]
    kinds = [BlockKind.HEADING, BlockKind.LIST_ITEM, BlockKind.LIST_ITEM, BlockKind.PARAGRAPH]
    numbers = [1, 2, 3, 4, 4]
    blocks = tuple(
        Block(n, kind, Span(*span))
        for n, (kind, span) in enumerate(
            zip(kinds, [(2, 5), (10, 13), (16, 20), (22, 43)], strict=True), start=1
        )
    )
    segments = tuple(
        Segment(f"s{place}", number, Span(*span), text[slice(*span)])
        for place, (number, span) in enumerate(zip(numbers, spans, strict=True))
    )
    source = Document(text, "nl", blocks, segments)
    target = target_document(source, ["Head", "one", "two", "A sentence.", "Another sentence"], "en")
    bitext = Bitext(source, target, tuple(Bead(s.id, (s.id,), (s.id,)) for s in segments))
    assert written(bitext, "-") == b"# Head\n\n\n- one\n- two\n\nA sentence. Another sentence"


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])),
            st.text(st.characters(exclude_categories=["Cs"])),
        ),
        min_size=1,
    ),
    st.sampled_from(["\n", ""]),
)
def test_segmented_text_keeps_every_line(lines: list[tuple[str, str]], ending: str) -> None:
    bitext = lines_bitext([source for source, _ in lines], [target for _, target in lines], ending)
    out = written(bitext, "out.txt").decode("utf-8")
    assert out.count("\n") == bitext.source.text.count("\n")
    expected = [" ".join(target.split()) for _, target in lines]
    assert [" ".join(line.split()) for line in out.removesuffix(ending).split("\n")] == expected


def test_half_a_character_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(OutputError, match=r"U\+D800"):
        written(lines_bitext(["Dag."], ["\ud800"]), "out.txt")


# Table


def table(bitext: Bitext) -> list[dict[str, str]]:
    data = written(bitext, "out.tsv").decode("utf-8")
    return list(csv.DictReader(io.StringIO(data, newline=""), dialect="excel-tab"))


def test_a_table_has_a_row_a_bead_with_everything() -> None:
    rows = table(sample_bitext())
    assert [row["id"] for row in rows] == [bead.id for bead in sample_bitext().beads]
    numbers = rows[2]
    assert numbers == {
        "id": "p2s2",
        "source": "Volgens schipper Marjan Terlouw kostte de nieuwe motor 48.500 euro.",
        "target": "According to skipper Marjan Terlouw, the new engine cost 45,800 euros.",
        "start": "96",
        "end": "163",
        "block": "paragraph",
        "origin": "mt",
        "score": "-0.25",
        "confidence": "0.8",
        "flags": "numbers",
        "remarks": "the source has 48.500, the translation 45,800",
        "links": "0-0 0-1 2-3 3-4 7-8 8-10",
    }
    two_to_one = rows[3]
    assert two_to_one["source"] == "Ze lacht. Daarna zet ze koffie & snijdt ze <dikke> plakken koek."
    assert (two_to_one["start"], two_to_one["end"], two_to_one["confidence"]) == ("164", "228", "")
    assert rows[10]["target"] == ""
    assert rows[11]["flags"] == "repetition;split:repaired"
    nothing_to_one = rows[13]
    assert (nothing_to_one["source"], nothing_to_one["start"], nothing_to_one["origin"]) == ("", "", "human")


def test_offsets_in_a_table_find_the_source() -> None:
    bitext = sample_bitext()
    for row in table(bitext)[:9]:
        assert bitext.source.text[int(row["start"]) : int(row["end"])] == row["source"]


def test_a_quotation_that_opens_does_not_swallow_rows() -> None:
    rows = table(
        lines_bitext(['"Ja, ik kom.', 'Ook jij?" vroeg hij.'], ['"Yes, I come.', 'You too?" he asked.'])
    )
    assert [row["target"] for row in rows] == ['"Yes, I come.', 'You too?" he asked.']


@pytest.mark.parametrize("text", ["=1+1", "+31 6", "-5 graden", "@home", "'=1", "''@x"])
def test_formulas_become_text_and_come_back(text: str) -> None:
    [row] = table(lines_bitext([text], ["x"]))
    assert row["source"] == f"'{text}"


@pytest.mark.parametrize("text", ["'s Ochtends", "'t Gooi", "a=b", "5 - 3"])
def test_other_text_in_a_table_is_left_alone(text: str) -> None:
    [row] = table(lines_bitext([text], ["x"]))
    assert row["source"] == text


def undo(field: str) -> str:
    """The documented rules backwards, written for this test alone."""
    if re.match(r"'+[=+\-@]", field):
        field = field[1:]
    names = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    pattern = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))")
    return pattern.sub(lambda m: names[m[3]] if m[3] else chr(int(m[1] or m[2], 16)), field)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_survives_a_table(text: str) -> None:
    """Also text with tabs and line breaks, which no segment should have."""
    bitext = lines_bitext(["x"], ["y"])
    segment = bitext.target.segments[0]
    target = Document("y\n", "en", bitext.target.blocks, (Segment(segment.id, 1, segment.span, text),))
    flag = Flag(FlagKind.COPY, text)
    changed = Bitext(bitext.source, target, (Bead("p1s1", ("p1s1",), ("p1s1",), flags=(flag,)),))
    data = written(changed, "out.tsv").decode("utf-8")
    assert len(data.splitlines()) == 2
    [row] = table(changed)
    assert undo(row["target"]) == text
    assert undo(row["remarks"]) == text


@pytest.mark.parametrize("suffix", [".txt", ".tsv"])
def test_passage_by_passage_is_the_same_file(suffix: str) -> None:
    bitext = long_bitext(40)
    chosen = format_for(f"x{suffix}")
    whole, streamed = io.BytesIO(), io.BytesIO()
    chosen.write(bitext, whole)
    assert chosen.stream is not None
    writer = chosen.stream(streamed)
    segments = bitext.source.segments
    text = bitext.source.text
    ends = [*(segment.span.start for segment in segments[1:]), len(text)]
    for number, (bead, end) in enumerate(zip(bitext.beads, ends, strict=True)):
        (segment,) = bitext.source_segments(bead)
        before = text[: segment.span.start] if number == 0 else ""
        kind = bitext.source.block_of(segment).kind
        after = text[segment.span.end : end]
        writer.put(Passage(bead, segment, kind, before, bitext.target_text(bead), after))
    writer.end("")
    assert streamed.getvalue() == whole.getvalue()


def test_a_streamed_line_is_whole_at_once() -> None:
    bitext = lines_bitext(["Een", "Twee"], ["One", "Two"])
    stream = io.BytesIO()
    chosen = format_for("-")
    assert chosen.stream is not None
    segment = bitext.source.segments[0]
    chosen.stream(stream).put(Passage(bitext.beads[0], segment, BlockKind.LINE, "", "One", "\n"))
    assert stream.getvalue() == b"One\n"
