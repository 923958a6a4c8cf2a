"""Plain and pre-segmented text: blocks, offsets and refusals."""

from __future__ import annotations

import pytest

from corpus.document import BlockKind, Document
from corpus.errors import FormatError, InputError
from corpus.readers import read_document
from corpus.segmentation import segment

HEADING, PARAGRAPH = BlockKind.HEADING, BlockKind.PARAGRAPH
ITEM, QUOTATION = BlockKind.LIST_ITEM, BlockKind.QUOTATION


def read(text: str) -> Document:
    return read_document(text.encode(), "artikel.txt")


def blocks(text: str) -> list[tuple[BlockKind, str]]:
    document = read(text)
    return [(block.kind, block.span.of(document.text)) for block in document.blocks]


WRAPPED = (
    "De gemeente heeft gisteren besloten dat de oude brug\n"
    "over het kanaal niet wordt gesloopt. De brug blijft nog\n"
    "zeker tien jaar staan, zegt de wethouder van verkeer.\n"
)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_hard_wrapped_lines_are_rejoined_and_offsets_stay(end: str) -> None:
    text = WRAPPED.replace("\n", end)
    document = segment(read(text))
    assert [one.text for one in document.segments] == [
        "De gemeente heeft gisteren besloten dat de oude brug over het kanaal niet wordt gesloopt.",
        "De brug blijft nog zeker tien jaar staan, zegt de wethouder van verkeer.",
    ]
    assert [" ".join(text[s.span.start : s.span.end].split()) for s in document.segments] == [
        one.text for one in document.segments
    ]


def test_lines_of_one_paragraph_each_stay_apart() -> None:
    one = "Dit is een lange alinea van een artikel dat elke alinea op een eigen regel zet. " * 3
    two = "De tweede alinea is net zo lang en staat meteen op de volgende regel, zonder witregel. " * 2
    assert blocks(f"{one.strip()}\n{two.strip()}\n") == [(PARAGRAPH, one.strip()), (PARAGRAPH, two.strip())]


def test_headings_without_a_full_stop() -> None:
    text = "De brug blijft\n\nDe raad stemde voor.\n\nGeen geld\n\nDat is een tegenvaller.\n"
    assert blocks(text) == [
        (HEADING, "De brug blijft"),
        (PARAGRAPH, "De raad stemde voor."),
        (HEADING, "Geen geld"),
        (PARAGRAPH, "Dat is een tegenvaller."),
    ]
    assert [block.level for block in read(text).blocks] == [1, 0, 2, 0]


def test_a_colon_ends_no_heading_and_the_last_line_is_none() -> None:
    assert blocks("Hij noemde drie wapens:\n\nHij wil raketten.\n\nEn verder") == [
        (PARAGRAPH, "Hij noemde drie wapens:"),
        (PARAGRAPH, "Hij wil raketten."),
        (PARAGRAPH, "En verder"),
    ]


def test_marked_headings() -> None:
    text = "# Titel #\n\nTekst.\n\n## Kop\nMeer tekst.\n\nGroot\n=====\n\nKlein\n-----\nSlot.\n"
    assert blocks(text) == [
        (HEADING, "Titel"),
        (PARAGRAPH, "Tekst."),
        (HEADING, "Kop"),
        (PARAGRAPH, "Meer tekst."),
        (HEADING, "Groot"),
        (HEADING, "Klein"),
        (PARAGRAPH, "Slot."),
    ]
    assert [block.level for block in read(text).blocks] == [1, 0, 2, 0, 1, 2, 0]


def test_list_items() -> None:
    text = "Neem mee:\n\n- brood\n- kaas van\n  de markt\n  - jonge kaas\n1. Ga zitten.\n2) Eet.\n"
    assert blocks(text) == [
        (PARAGRAPH, "Neem mee:"),
        (ITEM, "brood"),
        (ITEM, "kaas van\n  de markt"),
        (ITEM, "jonge kaas"),
        (ITEM, "Ga zitten."),
        (ITEM, "Eet."),
    ]
    assert [block.level for block in read(text).blocks] == [0, 1, 1, 2, 1, 1]


def test_narrow_lines_are_rejoined_if_they_end_as_prose_does() -> None:
    assert blocks("De kat zit\nop de mat.\n") == [(PARAGRAPH, "De kat zit\nop de mat.")]
    assert [text for _, text in blocks("Kopen:\nbrood\nkaas\nmelk\n")] == ["Kopen:", "brood", "kaas", "melk"]


def test_quotations() -> None:
    text = "Zij schreef:\n\n> Het regent\n> al dagen.\n\nToen bleef het stil.\n"
    assert blocks(text) == [
        (PARAGRAPH, "Zij schreef:"),
        (QUOTATION, "Het regent\n> al dagen."),
        (PARAGRAPH, "Toen bleef het stil."),
    ]


@pytest.mark.parametrize("blank", ["\n", "   \n", "\t\n", "\u00a0\n", "\n\n\n"])
def test_blank_lines_part_blocks_and_stay_in_the_text(blank: str) -> None:
    text = f"Het is laat.\n{blank}Wij gaan.\n"
    document = read(text)
    assert document.text == text
    assert [block.span.of(text) for block in document.blocks] == ["Het is laat.", "Wij gaan."]


def test_a_byte_order_mark_is_not_counted() -> None:
    document = read_document(b"\xef\xbb\xbfHet is laat.", "a.txt")
    assert document.text == "Het is laat."
    assert document.blocks[0].span.start == 0


def test_tabs_non_breaking_spaces_and_soft_hyphens() -> None:
    document = segment(read("\tDe\u00a0mi\u00adnis\u00adter\tsprak.\u00a0Zij zweeg.\n"))
    assert [one.text for one in document.segments] == ["De minister sprak.", "Zij zweeg."]
    assert document.raw(document.segments[0]) == "De\u00a0mi\u00adnis\u00adter\tsprak."


def test_a_final_unfinished_line_is_kept() -> None:
    document = segment(read("De raad stemde voor. Daarna gingen zij naar"))
    assert [one.text for one in document.segments] == ["De raad stemde voor.", "Daarna gingen zij naar"]


def test_the_source_is_recorded() -> None:
    source = read("Ja.\n").source
    assert (source.name, source.encoding, source.format) == ("artikel.txt", "utf-8", "text")
    # printf 'Ja.\n' | sha256sum
    assert source.sha256 == "eeb05e6b2f96ad2f32e54490ddec070bc170b6d68d2a242ea65f413763cab7ae"


@pytest.mark.parametrize("unit", ["# a", " ", ".", "> ", "- ", "x ", '."', "#", "= "])
def test_a_line_of_a_megabyte_is_read(unit: str) -> None:
    """Quadratic work would be hours here."""
    text = "# a " + unit * (1_000_000 // len(unit)) + "b"
    assert read(text).blocks[-1].span.end == len(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Een. Twee.\nDrie.\n", ["Een. Twee.", "Drie."]),
        ("Een.\nTwee.", ["Een.", "Twee."]),
        ("\nEen.\n\n\nTwee.\n\n", ["", "Een.", "", "", "Twee.", ""]),
        ("Een.\r\n\r\nTwee.\r\n", ["Een.", "", "Twee."]),
        ("Een.\u2028Nog een.\nTwee.\n", ["Een. Nog een.", "Twee."]),
    ],
)
def test_segmented_text_has_one_segment_a_line(text: str, lines: list[str]) -> None:
    document = read_document(text.encode(), "a.txt", segmented=True)
    assert [one.text for one in document.segments] == lines
    assert [block.kind for block in document.blocks] == [BlockKind.LINE] * len(lines)
    assert [one.id for one in document.segments] == [f"p{n}s1" for n in range(1, len(lines) + 1)]


@pytest.mark.parametrize("name", ["-", "artikel", "artikel.txt", "ARTIKEL.TXT"])
def test_names_of_plain_text(name: str) -> None:
    assert read_document(b"Ja.", name).source.name == name


def test_an_unknown_suffix_is_refused() -> None:
    with pytest.raises(FormatError, match=r"foto\.xyz: no reader for \.xyz files; give one of .*\.txt"):
        read_document(b"Ja.", "foto.xyz")


def test_segmented_text_must_be_utf_8() -> None:
    with pytest.raises(InputError, match=r"^a\.txt, line 3: is not UTF-8 text; convert "):
        read_document(b"Een.\nTwee.\nCaf\xe9.\n", "a.txt", segmented=True)


@pytest.mark.parametrize("segmented", [False, True])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"^a\.txt: is empty; give "),
        (b"\xef\xbb\xbf", r"^a\.txt: is empty; give "),
        (b" \n\t\xc2\xa0\n", r"^a\.txt: holds only white space; give "),
        (b"Een.\nTw\0ee.\n", r"^a\.txt, line 2: has a NUL byte.*; give "),
        (b"\x89PNG\r\n\x1a\n\xff", r"^a\.txt, line 1: is not UTF-8 text; convert "),
    ],
)
def test_bad_input_is_refused_in_one_line(data: bytes, message: str, segmented: bool) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_document(data, "a.txt", segmented=segmented)
    assert "\n" not in str(caught.value)
