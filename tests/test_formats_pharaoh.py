"""Word links in Pharaoh notation, out and in."""

from __future__ import annotations

import io

import pytest
from samples import sample_bitext

from corpus.bitext import Link
from corpus.errors import FormatError
from corpus.formats import format_for
from corpus.formats.pharaoh import read_links, token_links
from corpus.words import words


def test_a_line_a_bead() -> None:
    stream = io.BytesIO()
    bitext = sample_bitext()
    format_for("links.align").write(bitext, stream)
    lines = stream.getvalue().decode().split("\n")
    assert len(lines) == len(bitext.beads) + 1  # a line end after the last
    assert lines[0] == "0-0 1-1 2-2 3-3 4-4"
    assert lines[4] == ""  # a bead without links


def test_links_count_words_between_spaces() -> None:
    source, target = "„Ja”, zegt ze.", '"Yes," she says.'
    ours = [span.of(source) for span in words(source)], [span.of(target) for span in words(target)]
    links = tuple(
        Link(ours[0].index(left), ours[1].index(right))
        for left, right in (("Ja", "Yes"), (",", ","), ("zegt", "says"), ("ze", "she"), (".", "."))
    )
    assert token_links(source, target, links) == [(0, 0), (1, 2), (2, 1), (2, 2)]
    assert token_links("", "", ()) == []


def test_links_are_read_back() -> None:
    assert read_links("0-0 1?2\n\n3-4\n", "gold") == [{(0, 0), (1, 2)}, set(), {(3, 4)}]


@pytest.mark.parametrize("bad", ["0", "0-", "a-1", "0--1", "0-1-2", "²-1"])
def test_bad_links_name_their_line(bad: str) -> None:
    with pytest.raises(FormatError, match="gold, line 2"):
        read_links(f"0-0\n{bad}\n", "gold")
