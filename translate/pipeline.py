"""A document in, a bitext out: the flow that the command line, and later a server, call."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link, Provenance, target_document
from corpus.document import Document, one_line
from corpus.glossary import Glossary
from corpus.markup import mark_target
from translate.engines import DecodingSettings, Engine
from translate.glossary import Linker, honour_terms, term_flags
from translate.links import LinkSettings, can_link, word_links
from translate.memory import TranslationMemory
from translate.names import respell_names
from translate.preparation import Prepared, assemble, finish, prepare, unread_flag
from translate.safeguards import Guarded, translate_guarded
from translate.segments import MEMORY, TranslatedSegment
from translate.streaming import Task, stream

RESULTS = 4  # changes when the same model and settings come to give another result
Progress = Callable[[int, int], None]
Listener = Callable[[Bead, str], None]


@dataclass(frozen=True, slots=True)
class TranslationSettings:
    """How a document is translated.

    ``repair`` tries again where something looks wrong. A sentence whose confidence
    is below ``unsure_below`` is flagged: with a weaker version of the shipped model
    that was 1 in 16 sentences of FLORES dev, of chrF 39.6 where the others had 46.3.
    The terms of ``glossary`` are put into the translations, or flagged where they are missing.
    """

    decoding: DecodingSettings = field(default_factory=DecodingSettings)
    repair: bool = True
    links: bool = True
    linking: LinkSettings = field(default_factory=LinkSettings)
    unsure_below: float = 0.4
    glossary: Glossary | None = None


def translate_document(
    document: Document,
    engine: Engine,
    settings: TranslationSettings | None = None,
    *,
    memory: TranslationMemory | None = None,
    created: str = "",
    notes: Sequence[str] = (),
    progress: Progress | None = None,
    listener: Listener | None = None,
) -> Bitext:
    """Translate every segment of ``document``: one bead a segment, in reading order.

    Equal segments are translated once. A bead's ``score`` is the model's mean
    log-probability a token and its ``confidence`` is e to that power. What ``memory``
    has is taken from it, and what is new is kept there. ``created`` (ISO 8601) and
    ``notes`` go into the provenance, notes after the model's own. ``progress`` is called
    with segments done and segments to do, and ``listener`` with each bead and its
    translation as soon as it and those before it are finished.
    """
    settings = settings or TranslationSettings()
    texts = [segment.text for segment in document.segments]
    translations: list[str] = []
    beads: list[Bead] = []
    finished = translate_segments(texts, engine, settings, memory=memory)
    for segment, one in zip(document.segments, finished, strict=True):
        beads.append(bead_of(segment.id, one, settings))
        translations.append(one.text)
        if listener is not None:
            listener(beads[-1], one.text)
        if progress is not None:
            progress(len(beads), len(texts))
    bitext = Bitext(
        document,
        target_document(document, translations, engine.model.target_language),
        tuple(beads),
        provenance(engine, settings, segmentation=document.segmentation, created=created, notes=notes),
    )
    return mark_target(bitext)


def translate_segments(
    texts: Iterable[str],
    engine: Engine,
    settings: TranslationSettings | None = None,
    *,
    memory: TranslationMemory | None = None,
) -> Iterator[TranslatedSegment]:
    """The translation of each text, in order, as soon as it is ready; ``texts`` may be endless.

    The space that it takes does not grow with the number of texts. A human translation
    in ``memory`` of exactly a text is its translation; one of a similar text is offered
    in a flag.
    """
    settings = settings or TranslationSettings()

    def work(tasks: Sequence[Task], check: Callable[[], None]) -> list[TranslatedSegment]:
        return _translate(tasks, engine, settings, check)

    return stream(
        texts,
        work,
        concurrency=engine.concurrency,
        memory=memory,
        fingerprint=fingerprint(engine, settings),
        model=engine.model.id,
        particulars=settings.glossary.sha256_for if settings.glossary is not None else None,
    )


def fingerprint(engine: Engine, settings: TranslationSettings) -> str:
    """A hash of all that decides what becomes of a text: model, engine, settings, this program.

    Of the glossary only the terms of a text matter to it (:func:`Glossary.sha256_for`).
    """
    said = asdict(replace(settings, glossary=None))
    del said["decoding"]["batch_tokens"], said["linking"]["batch_tokens"]  # they change nothing but speed
    parts = {
        "results": RESULTS,
        "tool": _tool_version(),
        "model": engine.model.content_sha256,
        "engine": engine.name,
        "settings": said,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def bead_of(segment_id: str, one: TranslatedSegment, settings: TranslationSettings) -> Bead:
    """The bead of a segment whose translation has the same id."""
    confidence = None if one.score is None else math.exp(one.score)
    return Bead(
        id=segment_id,
        source=(segment_id,),
        target=(segment_id,),
        origin=one.origin,
        score=one.score,
        confidence=confidence,
        links=one.links,
        flags=(*one.flags, *_doubt(confidence, settings.unsure_below)),
    )


def provenance(
    engine: Engine,
    settings: TranslationSettings,
    *,
    segmentation: str = "",
    created: str = "",
    notes: Sequence[str] = (),
) -> Provenance:
    """How the segments came to be."""
    return Provenance(
        tool=f"tweetalig {_tool_version()}",
        model=engine.model.id,
        weights_sha256=engine.model.weights_sha256,
        engine=engine.name,
        settings={
            **asdict(settings.decoding),
            "repair": settings.repair,
            "links": settings.links,
            "unsure_below": settings.unsure_below,
            **_glossary_setting(settings.glossary),
        },
        segmentation=segmentation,
        created=created,
        notes=(*engine.model.notes, *notes),
    )


def _glossary_setting(glossary: Glossary | None) -> dict[str, str]:
    return {} if glossary is None else {"glossary": glossary.name, "glossary_sha256": glossary.sha256}


def _translate(
    tasks: Sequence[Task], engine: Engine, settings: TranslationSettings, check: Callable[[], None]
) -> list[TranslatedSegment]:
    """A window's segments. What a person translated is only linked."""
    machine = [task.text for task in tasks if task.human is None]
    prepared = [prepare(text, engine.unreadable) for text in machine]
    guarded = translate_guarded(
        engine,
        [one.core for one in prepared],
        settings.decoding,
        repair=settings.repair,
        finish=finish,
        progress=lambda *_: check(),
    )

    if settings.glossary is not None:
        check()
        cores = [one.core for one in prepared]
        linker = _linker(engine, settings)
        guarded = honour_terms(
            engine, cores, guarded, settings.glossary, settings.decoding, link=linker, finish=finish
        )

    def link(source: str, target: str) -> tuple[Link, ...]:
        return word_links(engine, [source], [target], settings.linking)[0] if can_link(engine) else ()

    made = iter(
        (one, result, one_line(assemble(one, result.text, link)))
        for one, result in zip(prepared, guarded, strict=True)
    )
    finished = []
    for task in tasks:
        if task.human is not None:
            finished.append(TranslatedSegment(one_line(task.human), origin=MEMORY))
        else:
            one, result, text = next(made)
            finished.append(TranslatedSegment(text, result.score, _flags(one, result, text)))
    sources = [task.text for task in tasks]
    if settings.links and can_link(engine):
        check()
        links = word_links(engine, sources, [one.text for one in finished], settings.linking)
        finished = [
            _linked(source, one, found, engine, settings)
            for source, one, found in zip(sources, finished, links, strict=True)
        ]
    if settings.glossary is None:
        return finished
    return [
        replace(one, flags=(*one.flags, *term_flags(settings.glossary, source, one.text, one.links)))
        for source, one in zip(sources, finished, strict=True)
    ]


def _linked(
    source: str,
    one: TranslatedSegment,
    links: tuple[Link, ...],
    engine: Engine,
    settings: TranslationSettings,
) -> TranslatedSegment:
    """The segment with its links, and with names of the source spelt as there."""
    if not settings.repair or one.origin == MEMORY:
        return replace(one, links=links)
    respelt = respell_names(source, one.text, links, lambda word: engine.count_tokens(word) - 1)
    if not respelt.flags:
        return replace(one, links=links)
    # Places in the translation no longer hold.
    before = (replace(flag, target=None) for flag in one.flags)
    return replace(one, text=respelt.text, links=links, flags=(*before, *respelt.flags))


def _linker(engine: Engine, settings: TranslationSettings) -> Linker | None:
    if not can_link(engine):
        return None
    return lambda sources, targets: word_links(engine, sources, targets, settings.linking)


def _flags(prepared: Prepared, result: Guarded, text: str) -> tuple[Flag, ...]:
    """Flags of the whole segment. Spans of the core do not hold once edges are back, so they go."""
    moved = bool(prepared.lead or prepared.carried or prepared.restored)
    flags = [Flag(flag.kind, flag.message, flag.repaired) if moved else flag for flag in result.flags]
    unread = unread_flag(prepared, text)
    return tuple(flags if unread is None else [*flags, unread])


def _doubt(confidence: float | None, unsure_below: float) -> tuple[Flag, ...]:
    if confidence is None or confidence >= unsure_below:
        return ()
    return (Flag(FlagKind.LOW_CONFIDENCE, f"the model was unsure of it (confidence {confidence:.0%})"),)


def _tool_version() -> str:
    try:
        return version("tweetalig")
    except PackageNotFoundError:
        return "(not installed)"
