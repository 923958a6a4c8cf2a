"""Aligning two texts: what belongs together, and what becomes of odd input."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.alignment import anchors
from corpus.alignment.beads import SHAPES
from corpus.alignment.documents import AlignmentSettings, align_documents, link_words, vector_linker
from corpus.alignment.embeddings import PackagedEmbedder
from corpus.alignment.languages import looks_like
from corpus.alignment.lexical import Lexical
from corpus.alignment.search import Cut, Matrix
from corpus.alignment.sentences import Side, align_sides
from corpus.alignment.similarity import Combined, EncoderStates, Translated
from corpus.alignment.weights import weights_for
from corpus.bitext import FlagKind
from corpus.document import Document, Span
from corpus.readers import read_document
from corpus.segmentation import segment
from corpus.words import words

DUTCH = [
    "De veerpont van Wijk naar Beusichem vaart weer.",
    "Dat gebeurt na elf weken stilstand.",
    "Volgens schipper Marjan Terlouw kostte de nieuwe motor 48.500 euro.",
    "Ze lacht en zet koffie.",
    "Buiten begint het te regenen en de reigers vliegen weg.",
    "Op zondag vaart de pont niet, op maandag wel.",
    "De gemeente wil het tarief in januari verhogen naar twee euro.",
    "Fietsers vinden dat veel te duur.",
]
ENGLISH = [
    "After eleven weeks at a standstill, the ferry from Wijk to Beusichem is sailing again.",
    "According to skipper Marjan Terlouw, the new engine cost 48,500 euros.",
    "She laughs and makes coffee.",
    "This newspaper visited her twice last year.",
    "On Sundays the ferry does not sail.",
    "It does on Mondays.",
    "The council wants to raise the fare to two euros in January.",
    "Cyclists find that far too expensive.",
]
BEADS = [
    ((0, 1), (0,)),
    ((2,), (1,)),
    ((3,), (2,)),
    ((4,), ()),
    ((), (3,)),
    ((5,), (4, 5)),
    ((6,), (6,)),
    ((7,), (7,)),
]


@pytest.fixture(scope="module")
def embedder() -> PackagedEmbedder:
    return PackagedEmbedder()


def places(cuts: list[Cut]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [(tuple(range(c.source, c.source_end)), tuple(range(c.target, c.target_end))) for c in cuts]


def whole(cuts: list[Cut], sources: int, targets: int) -> bool:
    """Every segment of both sides exactly once, in order."""
    starts = [*((c.source, c.target) for c in cuts), (sources, targets)]
    return starts == [(0, 0), *((c.source_end, c.target_end) for c in cuts)]


def document(text: str, language: str) -> Document:
    return segment(read_document(text.encode(), f"text.{language}.txt", language=language))


# What belongs together


def test_merges_splits_and_gaps_are_found(embedder: PackagedEmbedder) -> None:
    cuts = align_sides(Side(DUTCH), Side(ENGLISH), embedder)
    assert sorted(places(cuts)) == sorted(BEADS)
    assert all(0.5 < cut.probability <= 1 for cut in cuts)


def test_a_translation_of_the_source_is_evidence(embedder: PackagedEmbedder) -> None:
    known = dict(
        zip(
            DUTCH,
            [
                "The ferry from Wijk to Beusichem sails again.",
                "That happens after eleven weeks of standstill.",
                "According to skipper Marjan Terlouw the new engine did cost 48,500 euros.",
                "She laughs and puts coffee.",
                "Outside it starts to rain and the herons fly away.",
                "On Sunday the ferry does not sail, on Monday it does.",
                "The council wants to raise the fare in January to two euros.",
                "Cyclists find that much too expensive.",
            ],
            strict=True,
        )
    )
    asked: list[str] = []

    def translate(texts: list[str]) -> list[str]:
        asked.extend(texts)
        return [known[text] for text in texts]

    translated = Translated(translate, DUTCH, Lexical())
    found = places(align_sides(Side(DUTCH), Side(ENGLISH), translated))
    assert ((2,), (1,)) in found and ((5,), (4, 5)) in found and ((7,), (7,)) in found
    assert asked == DUTCH  # each once
    both = Combined((embedder, translated))
    assert sorted(places(align_sides(Side(DUTCH), Side(ENGLISH), both))) == sorted(BEADS)


def test_names_and_numbers_are_enough_where_there_are_some() -> None:
    source = [f"Op {day} maart won Feyenoord met {day + 3} punten van club Vitesse{day}." for day in range(9)]
    target = [
        f"Feyenoord beat Vitesse{day} by {day + 3} points on {day} March." for day in range(9) if day != 4
    ]
    found = places(align_sides(Side(source), Side(target), Lexical()))
    assert ((4,), ()) in found
    assert ((3,), (3,)) in found and ((8,), (7,)) in found


def test_states_of_an_encoder_join_in(embedder: PackagedEmbedder) -> None:
    def states(texts: list[str]) -> list[tuple[list[Span], Matrix]]:
        return [
            (words(text), embedder.embed([span.of(text).lower() for span in words(text)])) for text in texts
        ]

    handed = EncoderStates(states, "handed in")
    assert weights_for(embedder, [handed]) != weights_for(embedder, [])
    found = places(align_sides(Side(DUTCH), Side(ENGLISH), embedder, [handed]))
    assert len(set(found) & set(BEADS)) >= 7


def test_blocks_help(embedder: PackagedEmbedder) -> None:
    source = document("Nieuws van de dag\n\nDe brug is dicht. Dat is jammer.\n\nMorgen gaat hij open.", "nl")
    target = document("News of the day\n\nThe bridge is closed. A pity.\n\nTomorrow it will open.", "en")
    bitext = align_documents(source, target, embedder)
    assert [(bead.source, bead.target) for bead in bitext.beads] == [
        ((one.id,), (one.id,)) for one in source.segments
    ]
    assert {bead.origin for bead in bitext.beads} == {"human"}


def test_doubtful_beads_are_flagged(embedder: PackagedEmbedder) -> None:
    source, target = document(" ".join(DUTCH), "nl"), document(" ".join(ENGLISH), "en")
    settings = AlignmentSettings(unsure_below=1.1)
    bitext = align_documents(source, target, embedder, settings=settings)
    kinds = [[flag.kind for flag in bead.flags] for bead in bitext.beads]
    assert kinds == [[FlagKind.LOW_CONFIDENCE]] * len(bitext.beads)
    assert any("translation lacks" in bead.flags[0].message for bead in bitext.beads if not bead.target)


def test_texts_that_have_nothing_in_common_stay_apart(embedder: PackagedEmbedder) -> None:
    other = [
        "Photosynthesis turns light into sugar.",
        "The violin has four strings.",
        "Penguins cannot fly.",
        "Her keyboard has lost a key.",
    ]
    cuts = align_sides(Side(DUTCH), Side(other), embedder)
    joined = [cut for cut in cuts if min(cut.shape) > 0]
    assert whole(cuts, len(DUTCH), len(other))
    assert all(cut.probability < 0.9 for cut in joined)


def test_links_by_word_vectors(embedder: PackagedEmbedder) -> None:
    source, target = (
        document("De man leest een oude krant.", "nl"),
        document("The man reads an old newspaper.", "en"),
    )
    (bead,) = link_words(align_documents(source, target, embedder), vector_linker(embedder)).beads
    assert {(link.source, link.target) for link in bead.links} == {(n, n) for n in range(7)}
    assert all(0.5 <= link.weight <= 1 for link in bead.links)


# Odd input


@pytest.mark.parametrize(("sources", "targets"), [(0, 0), (0, 3), (3, 0), (1, 1), (1, 30), (30, 1), (2, 3)])
def test_any_numbers_of_segments(sources: int, targets: int) -> None:
    source = [f"Regel {n} van de tekst." for n in range(sources)]
    target = [f"Line {n} of the text." for n in range(targets)]
    assert whole(align_sides(Side(source), Side(target), Lexical()), sources, targets)


def test_identical_texts_pair_one_to_one(embedder: PackagedEmbedder) -> None:
    assert places(align_sides(Side(DUTCH), Side(DUTCH), embedder)) == [((n,), (n,)) for n in range(8)]


def test_blank_segments_stand_alone_or_within_a_bead() -> None:
    source = ["", "Jan Klaassen woont in Breda.", "  ", "Katrijn de Vries woont in Tilburg.", ""]
    target = ["Jan Klaassen lives in Breda.", "", "Katrijn de Vries lives in Tilburg."]
    cuts = align_sides(Side(source), Side(target), Lexical())
    assert whole(cuts, 5, 3)
    assert ((1,), (0,)) in places(cuts) and ((3,), (2,)) in places(cuts)


def test_a_giant_line_and_marks_alone() -> None:
    source = ["Hallo Amsterdam!", "woord " * 50_000, "...", "Dag Rotterdam!"]
    target = ["Hello Amsterdam!", "word " * 50_000, "...", "Bye Rotterdam!"]
    assert whole(align_sides(Side(source), Side(target), Lexical()), 4, 4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=7), st.lists(st.text(max_size=12), max_size=7))
def test_every_segment_is_in_exactly_one_bead(source: list[str], target: list[str]) -> None:
    cuts = align_sides(Side(source), Side(target), Lexical())
    assert whole(cuts, len(source), len(target))
    assert all(0 <= cut.probability <= 1 for cut in cuts)


# Long texts


def test_long_texts_are_cut_where_they_surely_answer() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(3000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kept = np.delete(np.arange(3000), slice(700, 900))  # a long gap
    target = vectors[kept] + random.normal(size=(len(kept), 64)).astype(np.float32) * 0.05
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    made = anchors.pieces(vectors, target, longest=500)
    assert len(made) >= 4
    assert (made[0].source, made[0].target) == (0, 0)
    assert (made[-1].source_end, made[-1].target_end) == (3000, 2800)
    for one, following in pairwise(made):
        assert (one.source_end, one.target_end) == (following.source, following.target)
        assert kept[one.target_end] == one.source_end
    # Nothing in common: one piece, rather than a guess.
    noise = random.normal(size=(2800, 64)).astype(np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    assert len(anchors.pieces(vectors, noise, longest=500)) == 1


def test_pieces_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    source = [
        f"Vraag {n * 7919 % 1009}: wie woont er in huis {n * 104729 % 997} te Plaats{n}?" for n in range(150)
    ]
    target = [
        f"Question {n * 7919 % 1009}: who lives in house {n * 104729 % 997} at Plaats{n}?" for n in range(150)
    ]
    del target[40]
    together = align_sides(Side(source), Side(target), Lexical())
    monkeypatch.setattr(anchors, "WHOLE", 100)
    monkeypatch.setattr(anchors.pieces, "__defaults__", (30,))
    apart = align_sides(Side(source), Side(target), Lexical())
    assert places(apart) == places(together)
    assert ((40,), ()) in places(apart)


# Which language


def test_languages_are_told_apart() -> None:
    assert looks_like([*DUTCH, "Het is nog niet zeker of zij van plan is te komen."]) == "nl"
    assert looks_like(ENGLISH) == "en"
    assert looks_like(["Bonjour."]) is None


def test_shapes_reach_as_far_as_the_band_is_widened() -> None:
    assert max(max(shape) for shape in SHAPES) == 5
