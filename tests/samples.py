"""A small bitext with everything in it that a format has to carry.

The texts are made for these tests. The documents are put together here and not by
the readers, so that formats are tested alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link, Provenance, target_document
from corpus.document import Block, BlockKind, Document, Mark, Segment, SourceFile, Span, segment_id


@dataclass(frozen=True)
class Part:
    """A block to be: its marker and its sentences, which a space joins."""

    kind: BlockKind
    sentences: tuple[str, ...]
    level: int = 0
    marker: str = ""


def build_document(parts: list[Part], language: str, name: str = "", between: str = "\n\n") -> Document:
    """A document of ``parts`` with ``between`` between them; no newline at the end."""
    text = ""
    blocks: list[Block] = []
    segments: list[Segment] = []
    for number, part in enumerate(parts, start=1):
        text += (between if number > 1 else "") + part.marker
        start = len(text)
        for place, sentence in enumerate(part.sentences, start=1):
            text += " " if place > 1 else ""
            span = Span(len(text), len(text) + len(sentence))
            segments.append(Segment(segment_id(number, place), number, span, sentence))
            text += sentence
        blocks.append(Block(number, part.kind, Span(start, len(text)), part.level))
    source = SourceFile(name, "0" * 64 if name else "")
    return Document(text, language, tuple(blocks), tuple(segments), source, "segmentation-1")


DUTCH = [
    Part(BlockKind.HEADING, ("Zeven uur op de dijk",), 1, "# "),
    Part(
        BlockKind.PARAGRAPH,
        (
            "De veerpont van Wijk naar Beusichem vaart weer, na elf weken stilstand.",
            "Volgens schipper Marjan Terlouw kostte de nieuwe motor 48.500 euro.",
            "Ze lacht.",
            "Daarna zet ze koffie & snijdt ze <dikke> plakken koek.",
        ),
    ),
    Part(
        BlockKind.QUOTATION,
        ("„Wie hier ’s ochtends overvaart, ziet de reigers staan”, zegt ze.", "'Dat vergeet je niet.'"),
        0,
        "> ",
    ),
    Part(BlockKind.HEADING, ("Wat de pont meeneemt",), 2, "## "),
    Part(BlockKind.LIST_ITEM, ("fietsen en bakfietsen 🚲",), 1, "- "),
    Part(BlockKind.LIST_ITEM, ("auto's tot 3,5 ton",), 1, "- "),
    Part(BlockKind.LIST_ITEM, ("=SOM(A1:A2) op een briefje",), 1, "- "),
    Part(
        BlockKind.PARAGRAPH, ("Pfff.", "Op zondag vaart de pont niet, op maandag niet, op feestdagen niet.")
    ),
    Part(BlockKind.PARAGRAPH, ('De rekening van 𝟛 euro betaal je met "de telefoon".',)),
]

ENGLISH = [
    Part(BlockKind.HEADING, ("Seven hours on the dike",), 1, "# "),
    Part(
        BlockKind.PARAGRAPH,
        (
            "The ferry from Wijk to Beusichem is sailing again, after eleven weeks at a standstill.",
            "According to skipper Marjan Terlouw, the new engine cost 45,800 euros.",
            "She laughs, then makes coffee & cuts <thick> slices of cake.",
        ),
    ),
    Part(
        BlockKind.QUOTATION,
        (
            "“Whoever crosses here in the morning sees the herons standing,” she says.",
            "‘You don’t forget that.’",
        ),
        0,
        "> ",
    ),
    Part(BlockKind.HEADING, ("What the ferry takes",), 2, "## "),
    Part(BlockKind.LIST_ITEM, ("bicycles and cargo bikes 🚲",), 1, "- "),
    Part(BlockKind.LIST_ITEM, ("cars of up to 3.5 tonnes",), 1, "- "),
    Part(BlockKind.LIST_ITEM, ("=SUM(A1:A2) on a note",), 1, "- "),
    Part(
        BlockKind.PARAGRAPH,
        ("", "On Sundays the ferry does not sail, on Mondays not, on holidays not, on holidays not."),
    ),
    Part(
        BlockKind.PARAGRAPH, ('You pay the bill of 𝟛 euros with "the phone".', "(Translator’s note: really.)")
    ),
]

PROVENANCE = Provenance(
    tool="tweetalig 0.1.0",
    model="builtin",
    weights_sha256="9f" * 32,
    engine="transformers 5.0",
    settings={"beams": 4, "length_penalty": 1.0, "dtype": "float32", "sampling": False, "seed": None},
    segmentation="segmentation-1",
    created="2026-03-09T08:07:06+00:00",
    notes=("the default model was not at hand: builtin was used",),
    extra={"licence": "CC-BY 4.0"},
)


def sample_bitext() -> Bitext:
    """Headings, a list, a quotation; 1-1, 2-1, 1-0-text and 0-1 beads; links and flags."""
    source = build_document(DUTCH, "nl", "veerpont.nl.txt")
    first = source.blocks[1]
    marked = Block(
        first.number,
        first.kind,
        first.span,
        marks=(
            Mark(
                "link", Span(first.span.start + 3, first.span.start + 11), {"href": "https://pont.example/"}
            ),
        ),
    )
    source = Document(
        source.text,
        "nl",
        (source.blocks[0], marked, *source.blocks[2:]),
        source.segments,
        source.source,
        source.segmentation,
        {"title": "Zeven uur op de dijk", "author": "Tess de Wit"},
    )
    target = build_document(ENGLISH, "en")
    return Bitext(source, target, _beads(), PROVENANCE)


def same(name: str, links: tuple[Link, ...] = (), flags: tuple[Flag, ...] = ()) -> Bead:
    return Bead(name, (name,), (name,), score=-0.25, confidence=0.8, links=links, flags=flags)


def _beads() -> tuple[Bead, ...]:
    return (
        same("p1s1", links=tuple(Link(i, i, 0.9) for i in range(5))),
        # "veerpont" is word 1 and so is "ferry"; "vaart weer" is "is sailing again".
        same(
            "p2s1",
            links=(Link(0, 0, 0.97), Link(1, 1, 0.93), Link(6, 6, 0.88), Link(6, 7, 0.61), Link(7, 8, 0.3)),
        ),
        same(
            "p2s2",
            links=(
                Link(0, 0, 0.5),
                Link(0, 1, 0.5),
                Link(2, 3, 1.0),
                Link(3, 4, 1.0),
                Link(7, 8, 0.8),
                Link(8, 10, 0.7),
            ),
            flags=(
                Flag(
                    FlagKind.NUMBERS,
                    "the source has 48.500, the translation 45,800",
                    source=Span(55, 61),
                    target=Span(57, 63),
                ),
            ),
        ),
        Bead("p2s3", ("p2s3", "p2s4"), ("p2s3",), score=-0.5, links=(Link(1, 1, 0.99),)),
        same("p3s1", flags=(Flag(FlagKind.LOW_CONFIDENCE, "the model was unsure", repaired=False),)),
        same("p3s2"),
        same("p4s1"),
        same("p5s1", links=(Link(0, 0, 0.9), Link(3, 4, 1.0))),
        same("p6s1"),
        same("p7s1"),
        Bead("p8s1", ("p8s1",), ("p8s1",), flags=(Flag(FlagKind.EMPTY, "the model gave nothing"),)),
        same(
            "p8s2",
            flags=(
                Flag(FlagKind.REPETITION, "“on holidays not” comes twice", target=Span(67, 84)),
                Flag(FlagKind.SPLIT, "translated in two parts", repaired=True),
            ),
        ),
        same("p9s1"),
        Bead("p9s2", (), ("p9s2",), origin="human"),
    )


def long_bitext(beads: int) -> Bitext:
    """``beads`` sentences, three a paragraph, with word links; for time and memory."""
    count = -(-beads // 3)
    dutch = "De veerman telde elke ochtend de fietsen, de auto's en de 12 schapen op de pont."
    parts = [
        Part(
            BlockKind.PARAGRAPH,
            tuple(f"{dutch[:-1]} nummer {3 * n + k}." for k in range(min(3, beads - 3 * n))),
        )
        for n in range(count)
    ]
    source = build_document(parts, "nl", "lang.txt")
    english = "Every morning the ferryman counted the bicycles, the cars and the 12 sheep on ferry"
    translations = [f"{english} number {n}." for n in range(beads)]
    target = target_document(source, translations, "en")
    links = tuple(Link(n, n, 0.5 + n / 40) for n in range(16))
    made = tuple(
        Bead(
            segment.id,
            (segment.id,),
            (segment.id,),
            score=-0.3,
            confidence=0.9,
            links=links,
            flags=(Flag(FlagKind.LOW_CONFIDENCE, "the model was unsure"),) if place % 50 == 7 else (),
        )
        for place, segment in enumerate(source.segments)
    )
    return Bitext(source, target, made, PROVENANCE)
