"""Word links on states and attention that are written by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_model import Tiny, build

from corpus.alignment.words import TokenStates, links_from_states, word_of_tokens
from corpus.bitext import Link
from corpus.document import Span
from corpus.words import words
from translate.engines import CrossAttention
from translate.engines.pytorch import load_pytorch
from translate.links import LinkSettings, links_from_attention, word_links
from translate.models import read_model

SOURCE = "De man leest een krant in de tuin."
TARGET = "The man reads a newspaper in the garden."


def states(text: str, spans: list[Span], rows: list[list[float]]) -> TokenStates:
    return TokenStates(text, spans, np.array(rows, np.float32))


def pairs(links: tuple[Link, ...]) -> list[tuple[int, int]]:
    return [(link.source, link.target) for link in links]


def test_mutual_best_tokens_link_their_words() -> None:
    source = states("rode fiets", [Span(0, 4), Span(5, 10)], [[1, 0, 0], [0, 1, 0]])
    target = states("bicycle red", [Span(0, 3), Span(3, 7), Span(8, 11)], [[0, 1, 0], [0, 1, 0.1], [1, 0, 0]])
    found = links_from_states(source, target)
    assert pairs(found) == [(0, 1), (1, 0)]
    assert all(0.5 <= link.weight <= 1 for link in found)


def test_a_second_word_beside_its_partner_is_linked_and_one_far_off_is_not() -> None:
    """ "belt ... op" is "calls": near words share a partner, and a far "x" stays alone."""
    axes = np.eye(9, dtype=np.float32).tolist()
    near = [0.75, 0, 0, 0, 0, 0, 0, 0, 0.66]
    source = states("belt op hij nu de man", [Span(0, 4), Span(5, 7), Span(8, 11), Span(12, 14), Span(15, 17),
        Span(18, 21)], [axes[0], near, axes[1], axes[2], axes[3], axes[4]])  # fmt: skip
    target = states("calls he now the man", [Span(0, 5), Span(6, 8), Span(9, 12), Span(13, 16), Span(17, 20)],
        [axes[0], axes[1], axes[2], axes[3], axes[4]])  # fmt: skip
    far = states("belt hij nu de man op", [Span(0, 4), Span(5, 8), Span(9, 11), Span(12, 14), Span(15, 18),
        Span(19, 21)], [axes[0], axes[1], axes[2], axes[3], axes[4], near])  # fmt: skip
    together = {(link.source, link.target): link.weight for link in links_from_states(source, target, 0.0)}
    apart = {(link.source, link.target): link.weight for link in links_from_states(far, target, 0.0)}
    assert together[(1, 0)] > apart[(5, 0)]
    assert together[(0, 0)] > 0.9


def test_a_higher_bound_keeps_fewer_links() -> None:
    source = states("a b", [Span(0, 1), Span(2, 3)], [[1, 0.4], [0.4, 1]])
    target = states("x y", [Span(0, 1), Span(2, 3)], [[1, 0.3], [0.3, 1]])
    assert set(links_from_states(source, target, 0.9)) <= set(links_from_states(source, target, 0.1))
    assert links_from_states(source, target, 1.1) == ()


def test_no_tokens_no_links() -> None:
    empty = TokenStates("", [], np.zeros((0, 2), np.float32))
    marks = states("?", [Span(0, 1)], [[1, 0]])
    assert links_from_states(empty, marks) == ()


def test_tokens_find_their_words() -> None:
    text = "Ja, z'n fiets."
    tokens = [Span(0, 2), Span(2, 3), Span(4, 5), Span(5, 7), Span(8, 11), Span(11, 13), Span(13, 14)]
    assert [word.of(text) for word in words(text)] == ["Ja", ",", "z'n", "fiets", "."]
    assert word_of_tokens(tokens, words(text)).tolist() == [0, 1, 2, 2, 3, 3, 4]


def test_attention_is_summed_over_the_pieces_of_a_word() -> None:
    attention = CrossAttention(
        source=[Span(0, 2), Span(2, 4), Span(5, 6)],
        target=[Span(0, 1), Span(2, 3)],
        weights=np.array([[0.3, 0.3, 0.35], [0.1, 0.1, 0.7]], np.float32),
    )
    # Piece by piece the first target word looks most at "c"; by words, at "abab".
    assert links_from_attention("abab c", "x y", attention) == (Link(0, 0, 0.6), Link(1, 1, 0.7))


@pytest.mark.parametrize("layer", [None, 0])
def test_links_of_a_real_model(tmp_path: Path, layer: int | None) -> None:
    engine = load_pytorch(read_model(build(tmp_path, Tiny(alignment_layer=layer)), model_id="tiny"))
    both = word_links(engine, [SOURCE, "", "Het huis"], [TARGET, "", "The house"])
    assert [(link.source, link.target) for link in both[0]] == [(n, n) for n in range(9)]
    assert both[1] == ()
    assert [(link.source, link.target) for link in both[2]] == [(0, 0), (1, 1)]


def test_the_batch_changes_nothing(tmp_path: Path) -> None:
    engine = load_pytorch(read_model(build(tmp_path, Tiny(alignment_layer=0)), model_id="tiny"))
    pairs = ([SOURCE, "Het huis", "De hond slaapt."], [TARGET, "The house", "The dog sleeps."])
    together = word_links(engine, *pairs)
    apart = [
        word_links(engine, [one], [two], LinkSettings(batch_tokens=1))[0]
        for one, two in zip(*pairs, strict=True)
    ]
    assert [[(a.source, a.target) for a in one] for one in together] == [
        [(a.source, a.target) for a in one] for one in apart
    ]


def test_links_of_an_endless_sentence_take_no_more_room_than_its_beginning(tmp_path: Path) -> None:
    """The matrix of all its words would have ten billion cells."""
    engine = load_pytorch(read_model(build(tmp_path / "tiny", Tiny(alignment_layer=None)), model_id="tiny"))
    text = "De man leest " * 33_000
    (links,) = word_links(engine, [text], ["The man reads " * 33_000])
    assert links and max(link.source for link in links) < 200
