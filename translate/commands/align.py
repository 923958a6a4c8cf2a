"""``tweetalig align``: a text and a translation of it become a bilingual document."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from translate.options import page_choice, page_options

if TYPE_CHECKING:
    from corpus.alignment.similarity import Similarity, TokenSimilarity
    from corpus.bitext import Bitext
    from corpus.document import Document
    from corpus.formats import Format
    from translate.engines import Engine

_EPILOG = """
Likeness: 'embeddings' are sentence vectors for 16 languages that come with tweetalig;
'translation' compares our own translation of SOURCE with TARGET; 'both' does both (slow);
'lexical' has words, numbers and lengths alone. 'auto' takes embeddings, and the model's
encoder as well where it reads both languages.

--gold prints precision, recall and F1 of the beads, strict and lax, as vecalign's script
has them: precision counts beads with an empty side, recall does not.

--words takes lines that answer to each other and links their words; it prints Pharaoh
notation ("0-0 1-2": words parted by white space, from 0). Then --gold is a file of such
links, and precision, recall, F1 and AER are printed.

Exit codes: 0 done, 2 a mistake in what was given (nothing is written), 130 interrupted.
"""


@click.command(epilog=_EPILOG)
@click.argument("source")
@click.argument("target")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Write here, in the format of its suffix; repeatable.",
)
@click.option("--segmented", is_flag=True, help="SOURCE and TARGET have one segment a line; keep the lines.")
@page_options
@click.option("--words", is_flag=True, help="Lines answer to each other already: link their words only.")
@click.option("--gold", metavar="FILE", help="Score the result against these beads, or links with --words.")
@click.option(
    "--similarity",
    type=click.Choice(["auto", "embeddings", "translation", "both", "lexical"]),
    default="auto",
    show_default=True,
    help="What tells that segments belong together.",
)
@click.option(
    "--languages", default="nl-en", show_default=True, metavar="SRC-TGT", help="Languages of the two texts."
)
@click.option("--model", metavar="NAME", help="'builtin' (default), a model id on the hub, or a directory.")
@click.option("--offline", is_flag=True, help="Never touch the network.")
@click.option("--no-links", is_flag=True, help="No word links (faster).")
@click.option("-q", "--quiet", is_flag=True, help="No progress, notes or summary on standard error.")
def command(
    source: str,
    target: str,
    outputs: tuple[str, ...],
    segmented: bool,
    selector: str | None,
    whole_page: bool,
    words: bool,
    gold: str | None,
    similarity: str,
    languages: str,
    model: str | None,
    offline: bool,
    no_links: bool,
    quiet: bool,
) -> None:
    """Align SOURCE with TARGET, a translation of it that somebody made.

    \b
    Examples:
      tweetalig align artikel.txt article.txt -o both.html -o both.tmx
      tweetalig align --segmented source.nl target.en --gold gold.txt
      tweetalig align --words source.nl target.en
    """
    from corpus.errors import SettingsError
    from corpus.units import Languages
    from translate.clock import created_now

    if not outputs and gold is None and not words:
        raise SettingsError("there is nothing to write", remedy="name a file with -o, as in: -o both.html")
    created = created_now()
    if words and no_links:
        raise SettingsError("--words and --no-links contradict each other", remedy="leave one out")
    destinations = _destinations((source, target), outputs)
    pair = Languages.parse(languages)
    choice = page_choice(selector, whole_page)
    choices = _choices((source, target), choice)
    documents = [
        _document(name, language, segmented or words, choice)
        for name, language, choice in zip((source, target), (pair.source, pair.target), choices, strict=True)
    ]
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    notes = _notes(documents)
    if not quiet:
        for note in notes:
            click.echo(f"tweetalig: note: {note}", err=True)
    show = not quiet and sys.stderr.isatty()
    if words:
        bitext = _line_by_line(documents, (source, target))
        bitext = _with_links(bitext, model, offline, show)
        _score_links(bitext, gold)
    else:
        bitext = _aligned(documents, similarity, model, offline, no_links, notes, created, show)
        _score_beads(bitext, gold)
    _write(bitext, destinations)
    if words and not outputs and gold is None:
        _print_links(bitext)
    if not quiet and not words:
        _summary(bitext)


# What is given


def _destinations(inputs: Sequence[str], outputs: Sequence[str]) -> list[tuple[Path, Format]]:
    """Every output with its format. Raises an error for one that cannot be written."""
    from corpus.errors import OutputError, SettingsError
    from corpus.files import check_writable
    from corpus.formats import format_for

    made: list[tuple[Path, Format]] = []
    for name in outputs:
        path = Path(name)
        if path.is_dir():
            check_writable(path)  # says that it is a directory, before its suffix is missed
        chosen = format_for(name)
        check_writable(path)
        if any(path.exists() and Path(one).exists() and path.samefile(one) for one in inputs):
            raise OutputError("is one of the texts itself", where=name, remedy="give another name")
        if any(path.resolve() == other.resolve() for other, _ in made):
            raise SettingsError("is given as an output twice", where=name, remedy="name it once")
        made.append((path, chosen))
    return made


def _choices(names: Sequence[str], choice: str | None) -> list[str | None]:
    """``choice`` for every text that is a web page. Raises an error if it is given and none is."""
    from corpus.errors import SettingsError
    from corpus.readers import is_page

    pages = [is_page(name) for name in names]
    if choice is not None and not any(pages):
        raise SettingsError(
            "neither text is a web page",
            where=" and ".join(names),
            remedy="leave out what chooses a part of one",
        )
    return [choice if page else None for page in pages]


def _document(name: str, language: str, segmented: bool, choice: str | None) -> Document:
    from corpus.files import read_bytes
    from corpus.readers import read_document
    from corpus.segmentation import segment

    document = read_document(
        read_bytes(Path(name)), name, language=language, segmented=segmented, choice=choice
    )
    return document if segmented else segment(document)


def _notes(documents: Sequence[Document]) -> list[str]:
    """How the two texts were read, and what looks wrong with them together."""
    from corpus.alignment.languages import looks_like
    from corpus.remarks import remarks_on_reading

    source, target = documents
    notes = [f"{one.source.name}: {line}" for one in documents for line in remarks_on_reading(one)]
    if [s.text for s in source.segments] == [s.text for s in target.segments]:
        notes.append("both texts are the same")
        return notes
    seen = [looks_like(segment.text for segment in document.segments) for document in documents]
    named = [document.language.split("-")[0].lower() for document in documents]
    if seen[0] and seen[1] and seen == named[::-1] and seen[0] != seen[1]:
        notes.append(f"the texts look swapped: {source.source.name} reads as {seen[0]}, not {named[0]}")
    else:
        for document, one, language in zip(documents, seen, named, strict=True):
            if one and one != language:
                notes.append(f"{document.source.name} reads as {one}, not {language}")
    counts = sorted(len(document.segments) for document in documents)
    if counts[1] > 5 * max(counts[0], 1):
        notes.append(f"one text has {counts[1]} segments and the other {counts[0]}: most will be left alone")
    return notes


# Models


def _engine(model: str | None, offline: bool) -> Engine:
    """The engine of a model; the one that ships by default, since it links words best."""
    from translate.engines import EngineSettings
    from translate.engines.selection import load_engine
    from translate.models import find_model

    return load_engine(find_model(model or "builtin", offline=offline), EngineSettings())


def _fits(engine: Engine, documents: Sequence[Document]) -> bool:
    languages = engine.model.source_language, engine.model.target_language
    return all(
        document.language.split("-")[0].lower() == language.split("-")[0].lower()
        for document, language in zip(documents, languages, strict=True)
    )


def _dutch_english(documents: Sequence[Document]) -> bool:
    return [document.language.split("-")[0].lower() for document in documents] == ["nl", "en"]


def _aligned(
    documents: Sequence[Document],
    similarity: str,
    model: str | None,
    offline: bool,
    no_links: bool,
    notes: Sequence[str],
    created: str,
    show: bool,
) -> Bitext:
    from importlib.metadata import PackageNotFoundError, version

    from corpus.alignment.documents import align_documents
    from corpus.bitext import Provenance
    from corpus.errors import SettingsError
    from translate.alignment import encoder_states
    from translate.progress import progress_bar

    source, target = documents
    wants_model = similarity in ("translation", "both") or (similarity == "auto") or not no_links
    engine = None
    if wants_model and (model is not None or _dutch_english(documents)):
        engine = _engine(model, offline)
        if not _fits(engine, documents):
            if similarity in ("translation", "both"):
                raise SettingsError(
                    f"the model translates {engine.model.source_language} to {engine.model.target_language}",
                    remedy="give another --model, or --similarity embeddings",
                )
            engine = None
    elif similarity in ("translation", "both"):
        raise SettingsError(
            "no model is known for these languages", remedy="name one with --model, or take embeddings"
        )
    chosen = _similarity(similarity, documents, engine, show)
    states = encoder_states(engine) if engine is not None and similarity == "auto" else None
    tokens: list[TokenSimilarity] = [states] if states is not None else []
    try:
        tool = f"tweetalig {version('tweetalig')}"
    except PackageNotFoundError:
        tool = "tweetalig (not installed)"
    provenance = Provenance(
        tool=tool,
        model=engine.model.id if engine is not None else "",
        weights_sha256=engine.model.weights_sha256 if engine is not None else "",
        engine=engine.name if engine is not None else "",
        segmentation=source.segmentation,
        created=created,
        notes=tuple(notes),
    )
    with progress_bar("aligning", shown=show) as progress:
        bitext = align_documents(source, target, chosen, tokens, provenance=provenance, progress=progress)
    return bitext if no_links else _linked(bitext, engine, show)


def _linked(bitext: Bitext, engine: Engine | None, show: bool) -> Bitext:
    """With the model's word links or, without one that links, those of word vectors."""
    from corpus.alignment.documents import link_words, vector_linker
    from corpus.alignment.embeddings import PackagedEmbedder
    from translate.alignment import linker
    from translate.progress import progress_bar

    link = (linker(engine) if engine is not None else None) or vector_linker(PackagedEmbedder())
    with progress_bar("linking words", shown=show) as progress:
        return link_words(bitext, link, progress)


def _similarity(
    similarity: str, documents: Sequence[Document], engine: Engine | None, show: bool
) -> Similarity:
    from corpus.alignment.embeddings import PackagedEmbedder
    from corpus.alignment.lexical import Lexical
    from corpus.alignment.similarity import Combined, Translated
    from translate.alignment import translation

    if similarity == "lexical":
        return Lexical()
    if similarity in ("auto", "embeddings"):
        return PackagedEmbedder()
    assert engine is not None
    translated = Translated(translation(engine), [s.text for s in documents[0].segments], Lexical())
    return translated if similarity == "translation" else Combined((PackagedEmbedder(), translated))


# Lines that answer to each other


def _line_by_line(documents: Sequence[Document], names: Sequence[str]) -> Bitext:
    from corpus.bitext import Bead, Bitext
    from corpus.errors import InputError

    source, target = documents
    if len(source.segments) != len(target.segments):
        raise InputError(
            f"has {len(target.segments)} lines, and {names[0]} has {len(source.segments)}",
            where=names[1],
            remedy="give as many; or leave --words out to align the lines too",
        )
    beads = tuple(
        Bead(one.id, (one.id,), (other.id,), origin="human")
        for one, other in zip(source.segments, target.segments, strict=True)
    )
    return Bitext(source, target, beads)


def _with_links(bitext: Bitext, model: str | None, offline: bool, show: bool) -> Bitext:
    documents = bitext.source, bitext.target
    engine = _engine(model, offline) if model is not None or _dutch_english(documents) else None
    return _linked(bitext, engine if engine is not None and _fits(engine, documents) else None, show)


def _token_links(bitext: Bitext) -> list[list[tuple[int, int]]]:
    from corpus.formats.pharaoh import token_links

    return [
        token_links(bitext.source_text(bead), bitext.target_text(bead), bead.links) for bead in bitext.beads
    ]


def _print_links(bitext: Bitext) -> None:
    for links in _token_links(bitext):
        click.echo(" ".join(f"{i}-{j}" for i, j in links))


# Scores


def _gold_text(name: str) -> str:
    from corpus.files import decode_text, read_bytes

    return decode_text(read_bytes(Path(name)), name)


def _score_links(bitext: Bitext, gold: str | None) -> None:
    if gold is None:
        return
    from corpus.errors import FormatError
    from corpus.formats.pharaoh import read_links
    from eval.alignment import link_scores

    wanted = read_links(_gold_text(gold), gold)
    if len(wanted) != len(bitext.beads):
        raise FormatError(
            f"has {len(wanted)} lines of links for {len(bitext.beads)} pairs of lines",
            where=gold,
            remedy="give a line for each pair",
        )
    scores = link_scores(wanted, [set(links) for links in _token_links(bitext)])
    rates = scores.rates
    click.echo(
        f"links  P {rates.precision:.4f}  R {rates.recall:.4f}  F1 {rates.f1:.4f}  AER {scores.aer:.4f}"
    )


def _score_beads(bitext: Bitext, gold: str | None) -> None:
    if gold is None:
        return
    from eval.alignment import bead_scores, check_places, read_gold_beads

    wanted = read_gold_beads(_gold_text(gold), gold)
    check_places(wanted, len(bitext.source.segments), len(bitext.target.segments), gold)
    places = [
        {segment.id: number for number, segment in enumerate(document.segments)}
        for document in (bitext.source, bitext.target)
    ]
    ours = [
        (tuple(places[0][one] for one in bead.source), tuple(places[1][one] for one in bead.target))
        for bead in bitext.beads
    ]
    scores = bead_scores(wanted, ours)
    for name, rates in (("strict", scores.strict), ("lax", scores.lax), ("1-0/0-1", scores.deletions)):
        click.echo(f"{name:8} P {rates.precision:.4f}  R {rates.recall:.4f}  F1 {rates.f1:.4f}")


# While and after aligning


def _write(bitext: Bitext, destinations: Sequence[tuple[Path, Format]]) -> None:
    """Write all outputs, or none if one fails."""
    from corpus.files import atomic_write

    with ExitStack() as files:
        for path, chosen in destinations:
            chosen.write(bitext, files.enter_context(atomic_write(path)))


def _summary(bitext: Bitext) -> None:
    """One line on what was found and what the reader should look at."""
    flagged = sum(bool(bead.flags) for bead in bitext.beads)
    alone = sum(not bead.target for bead in bitext.beads), sum(not bead.source for bead in bitext.beads)
    parts = [f"{len(bitext.beads)} beads"]
    if alone[0]:
        parts.append(f"{alone[0]} without a translation")
    if alone[1]:
        parts.append(f"{alone[1]} without a source")
    if flagged:
        parts.append(f"check {flagged} that are unsure")
    click.echo(f"tweetalig: {', '.join(parts)}", err=True)
