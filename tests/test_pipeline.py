"""From a document to a bitext."""

from __future__ import annotations

import pytest
from tiny_model import Tiny, build

from corpus.bitext import FlagKind
from corpus.document import Block, BlockKind, Document, Span, make_segments
from corpus.readers import read_document
from translate.engines.pytorch import PytorchEngine, load_pytorch
from translate.models import read_model
from translate.pipeline import TranslationSettings, translate_document


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> PytorchEngine:
    return load_pytorch(read_model(build(tmp_path_factory.mktemp("tiny"), Tiny()), model_id="tiny"))


def lines(text: str) -> Document:
    return read_document(text.encode(), "lines.txt", segmented=True)


def test_structure_survives(engine: PytorchEngine) -> None:
    text = "Geen nieuws\n\nDe man leest. De hond slaapt.\n\n\n  Het huis"
    blocks = (
        Block(1, BlockKind.HEADING, Span(0, 11)),
        Block(2, BlockKind.PARAGRAPH, Span(13, 42)),
        Block(3, BlockKind.PARAGRAPH, Span(47, 55)),
    )
    segments = (
        *make_segments(text, blocks[0], [Span(0, 11)]),
        *make_segments(text, blocks[1], [Span(13, 26), Span(27, 42)]),
        *make_segments(text, blocks[2], [Span(47, 55)]),
    )
    bitext = translate_document(Document(text, "nl", blocks, segments), engine)
    assert bitext.target.text == "No news\n\nThe man reads. The dog sleeps.\n\n\n  The house"
    assert [bead.id for bead in bitext.beads] == ["p1s1", "p2s1", "p2s2", "p3s1"]
    assert all(bead.source == bead.target == (bead.id,) for bead in bitext.beads)


def test_provenance_is_complete(engine: PytorchEngine) -> None:
    bitext = translate_document(
        lines("Het huis\n"), engine, created="2026-01-02T03:04:05+00:00", notes=["said"]
    )
    provenance = bitext.provenance
    assert provenance.model == "tiny"
    assert provenance.weights_sha256 == engine.model.weights_sha256
    assert provenance.engine == engine.name
    assert provenance.settings["beam_size"] == 4
    assert provenance.segmentation == bitext.source.segmentation
    assert provenance.created == "2026-01-02T03:04:05+00:00"
    assert provenance.notes == ("said",)
    assert provenance.tool.startswith("tweetalig")


def test_what_the_model_was_unsure_of_is_flagged(engine: PytorchEngine) -> None:
    text = "De man leest een boek.\n"
    (sure,) = translate_document(lines(text), engine).beads
    assert sure.flags == ()
    # The tiny model's confidence is nearly 1: a bound above that makes it unsure.
    (unsure,) = translate_document(lines(text), engine, TranslationSettings(unsure_below=1.1)).beads
    assert [flag.kind for flag in unsure.flags] == [FlagKind.LOW_CONFIDENCE]
    (empty,) = translate_document(lines("\nJa\n"), engine, TranslationSettings(unsure_below=1.1)).beads[:1]
    assert empty.flags == ()


def test_scores_confidence_and_links(engine: PytorchEngine) -> None:
    (bead,) = translate_document(lines("De man leest een boek.\n"), engine).beads
    assert bead.score == pytest.approx(0.0, abs=1e-3)
    assert bead.confidence == pytest.approx(1.0, abs=1e-3)
    assert [(link.source, link.target) for link in bead.links] == [(n, n) for n in range(6)]
    settings = TranslationSettings(links=False)
    assert translate_document(lines("De man leest.\n"), engine, settings).beads[0].links == ()


def test_empty_lines_and_lines_without_words(engine: PytorchEngine) -> None:
    bitext = translate_document(lines("Het huis\n\n***\n\nDe hond\n"), engine)
    assert [segment.text for segment in bitext.target.segments] == ["The house", "", "***", "", "The dog"]
    assert bitext.beads[1].score is None
    assert not any(bead.flags for bead in bitext.beads)


def test_characters_that_the_model_cannot_read_survive(engine: PytorchEngine) -> None:
    bitext = translate_document(lines("De man 北京 leest een boek 🎉\n北京\n"), engine)
    assert [segment.text for segment in bitext.target.segments] == ["The man 北京 reads a book 🎉", "北京"]
    for bead in bitext.beads:
        assert [(flag.kind, flag.repaired) for flag in bead.flags] == [(FlagKind.UNKNOWN_CHARACTERS, True)]


def test_quotes_that_hang_over_are_kept(engine: PytorchEngine) -> None:
    bitext = translate_document(lines('"De man leest.\nDe hond slaapt."\n„Het huis”\n(Het huis)\n'), engine)
    assert [segment.text for segment in bitext.target.segments] == [
        '"The man reads.',
        'The dog sleeps."',
        "“The house”",
        "(The house)",
    ]


def test_a_sentence_over_the_limit_is_split_and_whole(engine: PytorchEngine) -> None:
    clause = "de man leest een krant in de tuin"
    text = "; ".join([clause] * 20) + "."
    (bead,) = translate_document(lines(text + "\n"), engine).beads
    bitext = translate_document(lines(text + "\n"), engine)
    assert bitext.target.text == "; ".join(["the man reads a newspaper in the garden"] * 20) + ".\n"
    assert FlagKind.SPLIT in {flag.kind for flag in bead.flags}


def test_equal_segments_are_equal_and_done_once(engine: PytorchEngine) -> None:
    told: list[tuple[int, int]] = []
    text = "Het huis\n" * 50 + "De hond\n"
    bitext = translate_document(lines(text), engine, progress=lambda *now: told.append(now))
    assert bitext.target.text == "The house\n" * 50 + "The dog\n"
    assert told[-1] == (51, 51)


def test_twice_is_the_same(engine: PytorchEngine) -> None:
    text = "De man leest een krant.\nZij koopt twee boeken, maar hij slaapt.\n"
    assert translate_document(lines(text), engine) == translate_document(lines(text), engine)
