"""JSON Lines: nothing is lost, and whatever is not ours is refused with its line."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import sample_bitext

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link, Provenance
from corpus.document import Block, BlockKind, Document, Mark, Segment, SourceFile, Span
from corpus.errors import FormatError, OutputError
from corpus.formats import jsonl


def written(bitext: Bitext) -> bytes:
    stream = io.BytesIO()
    jsonl.write(bitext, stream)
    return stream.getvalue()


def read(data: bytes) -> Bitext:
    return jsonl.read(io.BytesIO(data), "in.jsonl")


def records(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def lines(changed: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in changed)


# What is written


def test_the_first_line_is_the_document_and_each_further_line_a_bead() -> None:
    bitext = sample_bitext()
    first, *beads = records(written(bitext))
    assert (first["type"], first["schema"], first["beads"]) == ("bitext", 1, 14)
    assert first["source"]["text"] == bitext.source.text
    assert first["source"]["metadata"] == {"title": "Zeven uur op de dijk", "author": "Tess de Wit"}
    assert first["source"]["blocks"][1]["marks"][0]["attributes"] == {"href": "https://pont.example/"}
    assert first["target"]["text"] == bitext.target.text
    assert first["provenance"]["settings"]["sampling"] is False
    assert [bead["id"] for bead in beads] == [bead.id for bead in bitext.beads]
    numbers = beads[2]
    assert numbers["links"][0] == [0, 0, 0.5]
    assert numbers["flags"] == [
        {
            "kind": "numbers",
            "message": "the source has 48.500, the translation 45,800",
            "repaired": False,
            "source": [55, 61],
            "target": [57, 63],
        }
    ]
    assert [s["span"] for s in beads[3]["source"]] == [[164, 173], [174, 228]]


def test_the_sample_comes_back_equal() -> None:
    assert read(written(sample_bitext())) == sample_bitext()


def test_a_number_that_is_not_finite_is_an_error() -> None:
    bitext = sample_bitext()
    beads = (*bitext.beads[:-1], Bead("p9s2", (), ("p9s2",), score=float("-inf")))
    with pytest.raises(OutputError, match="p9s2"):
        written(Bitext(bitext.source, bitext.target, beads))


# Any bitext at all

anything = st.text(max_size=12)
lone = st.characters(categories=["Cs"])
small = st.dictionaries(anything, anything, max_size=2)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def spans(draw: st.DrawFn, length: int) -> Span:
    start = draw(st.integers(0, length))
    return Span(start, draw(st.integers(start, length)))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(st.one_of(st.characters(), lone), max_size=30))
    some = spans(len(text))
    marks = st.builds(Mark, anything, some, small)
    blocks = tuple(
        Block(number, draw(st.sampled_from(BlockKind)), draw(some), draw(st.integers(0, 6)), tuple(found))
        for number, found in enumerate(draw(st.lists(st.lists(marks, max_size=2), max_size=3)), start=1)
    )
    ids = draw(st.lists(anything, unique=True, max_size=5 if blocks else 0))
    segments = tuple(
        Segment(name, draw(st.integers(1, len(blocks))), draw(some), draw(anything)) for name in ids
    )
    source = SourceFile(draw(anything), draw(anything), draw(anything), draw(anything))
    return Document(text, draw(anything), blocks, segments, source, draw(anything), draw(small))


@st.composite
def bitexts(draw: st.DrawFn) -> Bitext:
    source, target = draw(documents()), draw(documents())
    sources = draw(st.permutations([s.id for s in source.segments]))
    targets = draw(st.permutations([s.id for s in target.segments]))
    flag = st.builds(
        Flag,
        st.sampled_from(FlagKind),
        anything,
        st.booleans(),
        st.none() | spans(9),
        st.none() | spans(9),
    )
    link = st.builds(Link, st.integers(0, 99), st.integers(0, 99), numbers)
    beads = []
    while sources or targets or draw(st.booleans()):
        m, n = draw(st.integers(0, len(sources))), draw(st.integers(0, len(targets)))
        beads.append(
            Bead(
                draw(anything),
                tuple(sources[:m]),
                tuple(targets[:n]),
                draw(anything),
                draw(st.none() | numbers),
                draw(st.none() | numbers),
                tuple(draw(st.lists(link, max_size=3))),
                tuple(draw(st.lists(flag, max_size=2))),
            )
        )
        sources, targets = sources[m:], targets[n:]
    value = st.none() | st.booleans() | st.integers() | numbers | anything
    provenance = Provenance(
        draw(anything),
        draw(anything),
        draw(anything),
        draw(anything),
        draw(st.dictionaries(anything, value, max_size=3)),
        draw(anything),
        draw(anything),
        tuple(draw(st.lists(anything, max_size=2))),
        draw(small),
    )
    return Bitext(source, target, tuple(beads), provenance)


@given(bitexts())
@settings(max_examples=60, deadline=None)
def test_any_bitext_comes_back_equal(bitext: Bitext) -> None:
    data = written(bitext)
    data.decode("utf-8")
    assert read(data) == bitext


# Reading what others made


def test_unknown_text_of_the_provenance_is_kept() -> None:
    changed = records(written(sample_bitext()))
    changed[0]["provenance"]["reviewer"] = "Ilse"
    assert read(lines(changed)).provenance.extra == {"licence": "CC-BY 4.0", "reviewer": "Ilse"}


def refused(data: bytes) -> str:
    with pytest.raises(FormatError) as error:
        read(data)
    message = str(error.value)
    assert "in.jsonl" in message and "\n" not in message
    return message


def changed_at(line: int, **fields: object) -> bytes:
    changed = records(written(sample_bitext()))
    changed[line - 1].update(fields)
    return lines(changed)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", 1, "is empty"),
        (b"hallo\n", 1, "is not JSON"),
        (b"[1]\n", 1, "not an object"),
        (b"\xff\xfe\n", 1, "not UTF-8"),
        (b"[" * 100_000 + b"\n", 1, "nested too deeply"),
        (b'{"type":"bead"}\n', 1, "first line is not a document record"),
        (b'{"type":"bitext","schema":NaN}\n', 1, "NaN"),
        (b'{"type":"bitext","schema":' + b"9" * 5000 + b"}\n", 1, "number too long"),
        (changed_at(1, schema=2), 1, "schema 2"),
        (changed_at(1, future=1), 15, "unknown field future"),
        (changed_at(3, colour="red"), 3, "unknown field colour"),
        (changed_at(4, type="bitext"), 4, "is not a bead"),
        (changed_at(4, score="low"), 4, "score: is not a number"),
        (changed_at(4, score=True), 4, "score: is not a number"),
        (changed_at(4, links=[[0, 1]]), 4, "a link is not"),
        (changed_at(4, links=[[0, -1, 0.5]]), 4, "not a whole number"),
        (changed_at(4, flags=[{"kind": "doubt"}]), 4, "doubt is not one of"),
        (changed_at(2, source=[]), 15, "segments 0 to"),
        (changed_at(1, beads=20), 15, "ends after 14 beads, line 1 promises 20"),
    ],
)
def test_what_is_not_ours_is_refused_with_its_line(data: bytes, line: int, words: str) -> None:
    message = refused(data)
    assert f"in.jsonl, line {line}:" in message
    assert words in message


def test_a_file_cut_off_is_noticed() -> None:
    data = written(sample_bitext())
    assert "promises 14" in refused(b"".join(data.splitlines(keepends=True)[:-1]))
    assert "line 15: is not JSON" in refused(data[:-20])


@pytest.mark.parametrize("span", [[5, 2], [0], [0, 10_000], ["0", 1], [0.0, 1]])
def test_spans_outside_the_text_are_refused(span: list[object]) -> None:
    changed = records(written(sample_bitext()))
    changed[1]["source"][0]["span"] = span
    refused(lines(changed))


def test_two_segments_cannot_share_a_place_or_an_id() -> None:
    changed = records(written(sample_bitext()))
    changed[2]["source"][0]["position"] = 0
    assert "position 0 is taken" in refused(lines(changed))
    changed = records(written(sample_bitext()))
    changed[2]["source"][0]["id"] = "p1s1"
    assert "cover" in refused(lines(changed))
