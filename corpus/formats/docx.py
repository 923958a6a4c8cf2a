"""Word documents: a table of two columns, original and translation, a sentence a row.

What translators and editors send to each other. The header row repeats on every page,
headings, lists and quotations have Word's own styles, every row has a bookmark with its
sentence's id, a flag is a comment on a shaded cell, and how the text came to be stands
in a table at the end and in the properties. Text is marked as Dutch and as English,
for the spelling checker.

The document is read back, also after somebody worked in it: the texts are what the
table shows (deletions that are tracked are gone, insertions are in), ids, links and
the like are in a custom XML part (``corpus.formats._embedded``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from lxml import etree

from corpus.archives import Archive, open_archive
from corpus.bitext import Bitext
from corpus.errors import FormatError
from corpus.formats import Format
from corpus.formats._embedded import Shown, embedded, missing, units_from
from corpus.formats._package import shown
from corpus.formats._page import (
    Group,
    Item,
    Note,
    Pair,
    Piece,
    facts_of,
    flag_counts,
    groups,
    language_name,
    name_of,
)
from corpus.units import ALL_TRAITS, DUTCH_ENGLISH, Languages, Trait, Units, bitext_of, units_of
from corpus.xml import parse_xml

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
_DATA = "urn:tweetalig:bitext:1"  # the namespace of our custom XML part
_SHADE = "FBEFE3"
_NOT_IN_BOOKMARK = re.compile(r"\W")
_AUTHOR = "tweetalig"


# Writing


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the document with its table."""
    import docx

    document = docx.Document()
    writer = _Writer(document, bitext)
    writer.page()
    writer.properties()
    writer.opening()
    writer.table()
    writer.ending()
    document.save(stream)


class _Writer:
    """Fills a document that is new."""

    def __init__(self, document: WordDocument, bitext: Bitext) -> None:
        self.document = document
        self.bitext = bitext
        self.languages = [_tag(bitext.source.language), _tag(bitext.target.language)]
        self.names = [language_name(bitext.source), language_name(bitext.target)]
        self.bookmarks = 0
        self.numbers: dict[int, tuple[int, int]] = {}  # last value and list, by column

    def page(self) -> None:
        """A4, and a little air in the rows."""
        from docx.shared import Cm, Pt

        for section in self.document.sections:
            section.page_width, section.page_height = Cm(21), Cm(29.7)
            section.left_margin = section.right_margin = Cm(2)
            section.top_margin = section.bottom_margin = Cm(2)
        for name in ("Normal", "List Bullet", "List Number", "Quote"):
            spacing = self.document.styles[name].paragraph_format
            spacing.space_before = spacing.space_after = Pt(3)
        for level in range(1, 10):
            self.document.styles[f"Heading {level}"].paragraph_format.space_before = Pt(9)

    def properties(self) -> None:
        """Title, author and the rest of what a file manager shows."""
        core = self.document.core_properties
        metadata = self.bitext.source.metadata
        provenance = self.bitext.provenance
        core.title = _short(metadata.get("title") or name_of(self.bitext))
        core.author = _short(metadata.get("author") or provenance.tool or _AUTHOR)
        core.subject = f"{self.names[0]} and {self.names[1]}"
        core.keywords = _short(provenance.model)
        core.comments = _short("; ".join(provenance.notes))
        core.language = _short(self.languages[1])
        created = _time(provenance.created)
        if created:
            core.created = core.modified = created

    def opening(self) -> None:
        """The name of the text and how many flags it has."""
        self.document.add_paragraph(shown(name_of(self.bitext)), style="Title")
        flagged = sum(bool(bead.flags) for bead in self.bitext.beads)
        counts = ", ".join(f"{label} {count}" for label, count in flag_counts(self.bitext))
        text = f"{len(self.bitext.beads)} sentences in {self.names[0]} and {self.names[1]}. "
        text += f"Flags on {flagged}: {counts}. See the comments." if flagged else "No flags."
        self.document.add_paragraph(shown(text))
        for note in self.bitext.provenance.notes:
            self.document.add_paragraph().add_run(shown(note)).italic = True

    def table(self) -> None:
        """The texts, a sentence a row."""
        table = self.document.add_table(rows=1, cols=2, style="Table Grid")
        _borders(table, "CFC8B8")
        header = table.rows[0]
        for cell, name in zip(header.cells, self.names, strict=True):
            run = cell.paragraphs[0].add_run(shown(name))
            run.bold = True
            _shade(cell, "EFEBE2")
        _property(header._tr, "trPr", "tblHeader")
        for group in groups(self.bitext):
            for item in group.items:
                for pair in item.pairs:
                    self._row(table, group, item, pair)

    def _row(self, table: Any, group: Group, item: Item, pair: Pair) -> None:
        row = table.add_row()
        _property(row._tr, "trPr", "cantSplit")
        cells = row.cells
        style = _style(group, item)
        for column, side in enumerate((pair.source, pair.target)):
            paragraph = cells[column].paragraphs[0]
            paragraph.style = style
            if item.value is not None and pair is item.pairs[0]:
                self._number(paragraph, column, item.value)
            for piece in side.pieces:
                self._piece(paragraph, piece, self.languages[column])
        self._bookmark(cells[0].paragraphs[0], pair.id)
        if pair.notes:
            _shade(cells[1], _SHADE)
            self._comments(cells[1].paragraphs[0], pair.notes)

    def _number(self, paragraph: Any, column: int, value: int) -> None:
        """Number an item as the original does; each column counts for itself."""
        numbering = self.document.part.numbering_part.element
        last, held = self.numbers.get(column, (0, 0))
        if value != last + 1 or not held:
            style = self.document.styles["List Number"].element
            ours = numbering.num_having_numId(style.pPr.numPr.numId.val)
            made = numbering.add_num(ours.abstractNumId.val)
            made.add_lvlOverride(ilvl=0).add_startOverride(value)
            held = made.numId
        self.numbers[column] = (value, held)
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = held

    def _piece(self, paragraph: Any, piece: Piece, language: str) -> None:
        from docx.enum.text import WD_UNDERLINE
        from docx.shared import RGBColor

        if piece.breaks:
            paragraph.add_run().add_break()
        if not piece.text:
            return
        run = paragraph.add_run(piece.text)
        names = {"strong": "bold", "em": "italic", "u": "underline"}
        for tag in piece.tags:
            if tag in names:
                setattr(run, names[tag], True)
            elif tag == "s":
                run.font.strike = True
            elif tag == "sup":
                run.font.superscript = True
            elif tag == "sub":
                run.font.subscript = True
            elif tag == "code":
                run.font.name = "Courier New"
        if piece.spot:
            run.font.underline = WD_UNDERLINE.WAVY
        if piece.link:
            run.font.color.rgb = RGBColor(0x1F, 0x5F, 0xBF)
            self._link(paragraph, run._r, piece.link)
        # The schema has lang after all that was set.
        spelling = etree.SubElement(run._r.get_or_add_rPr(), f"{{{_W}}}lang")
        spelling.set(f"{{{_W}}}val", language)

    def _link(self, paragraph: Any, run: etree._Element, address: str) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE

        name = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = etree.SubElement(paragraph._p, f"{{{_W}}}hyperlink")
        link.set("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id", name)
        link.append(run)

    def _bookmark(self, paragraph: Any, name: str) -> None:
        """Bookmarks are letters, digits and low lines, at most 40, and each there once."""
        self.bookmarks += 1
        number = str(self.bookmarks)
        clean = _NOT_IN_BOOKMARK.sub("_", name)[:30]
        start = etree.Element(f"{{{_W}}}bookmarkStart")
        start.set(f"{{{_W}}}id", number)
        start.set(f"{{{_W}}}name", clean if clean == name and clean[:1] == "p" else f"s{number}_{clean}")
        end = etree.Element(f"{{{_W}}}bookmarkEnd")
        end.set(f"{{{_W}}}id", number)
        at = 0 if paragraph._p.pPr is None else 1
        paragraph._p.insert(at, start)
        paragraph._p.append(end)

    def _comments(self, paragraph: Any, notes: Sequence[Note]) -> None:
        runs = paragraph.runs or [paragraph.add_run("")]
        for note in notes:
            text = f"{note.label}: {note.message}"
            self.document.add_comment(runs=runs, text=text, author=_AUTHOR, initials="tw")

    def ending(self) -> None:
        """How the text came to be, and the data for programs."""
        from docx.opc.packuri import PackURI
        from docx.opc.part import Part
        from docx.shared import Cm, Pt

        facts = facts_of(self.bitext)
        if facts:
            self.document.add_heading("How this document came to be", 1)
            table = self.document.add_table(rows=0, cols=2)
            table.autofit = False
            for fact in facts:
                for cell, text, width in zip(table.add_row().cells, fact, (4.5, 12.5), strict=True):
                    cell.width = Cm(width)
                    cell.paragraphs[0].add_run(text).font.size = Pt(9)
        units = units_of(self.bitext)
        data = "".join(embedded(units.head, units.units, shown))
        content = f'<?xml version="1.0" encoding="UTF-8"?>\n<data xmlns="{_DATA}">{data}</data>'
        package = self.document.part.package
        part = Part(PackURI("/customXml/item9.xml"), "application/xml", content.encode("ascii"), package)
        self.document.part.relate_to(part, _CUSTOM)


def _style(group: Group, item: Item) -> str:
    """Word's own style for a block."""
    kind = group.kind.split(" ")[0]
    if kind == "heading":
        return f"Heading {min(int(group.tag[1:]) - 1, 9)}"
    if kind == "list":
        name = "List Bullet" if item.value is None else "List Number"
        return name if item.level < 2 else f"{name} {min(item.level, 3)}"
    return {"quotation": "Quote", "caption": "Caption"}.get(kind, "Normal")


def _property(row: Any, group: str, name: str) -> None:
    properties = row.get_or_add_trPr()
    etree.SubElement(properties, f"{{{_W}}}{name}")


def _shade(cell: Any, colour: str) -> None:
    shade = etree.SubElement(cell._tc.get_or_add_tcPr(), f"{{{_W}}}shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(f"{{{_W}}}{name}", value)


def _borders(table: Any, colour: str) -> None:
    borders = etree.Element(f"{{{_W}}}tblBorders")
    table._tbl.tblPr.find(f"{{{_W}}}tblLook").addprevious(borders)  # the schema's order
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        border = etree.SubElement(borders, f"{{{_W}}}{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", colour)):
            border.set(f"{{{_W}}}{name}", value)


def _tag(language: str) -> str:
    """A language as Word wants it: with a region."""
    return {"nl": "nl-NL", "en": "en-GB"}.get(language, shown(language))


def _short(text: str) -> str:
    return shown(text)[:255]  # the limit of core properties


def _time(created: str) -> datetime | None:
    try:
        return datetime.fromisoformat(created)
    except ValueError:
        return None


# Reading


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of a document that was written here. Raises :class:`FormatError`."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a document that was written here, with the texts that it shows now.

    The document says what its languages are. Raises :class:`FormatError`.
    """
    archive = open_archive(stream.read(), name)
    data = _data(archive, name)
    if data is None:
        raise missing(name)
    member = "word/document.xml"
    root = parse_xml(archive.read(member), f"{name}, {member}")
    table = root.find(f".//{{{_W}}}tbl")
    if table is None:
        raise FormatError("has no table any more", where=name, remedy="undo the change")
    return units_from(data, list(_rows(table)), name)


def _data(archive: Archive, name: str) -> str | None:
    for member in archive.names:
        if member.startswith("customXml/") and member.endswith(".xml") and "/_rels/" not in member:
            root = parse_xml(archive.read(member), f"{name}, {member}")
            if root.tag == f"{{{_DATA}}}data":
                return root.text or ""
    return None


def _rows(table: etree._Element) -> Iterator[Shown]:
    for row in table.findall(f"{{{_W}}}tr"):
        if row.find(f"{{{_W}}}trPr/{{{_W}}}tblHeader") is not None:
            continue
        cells = row.findall(f"{{{_W}}}tc")
        texts = [" ".join(_text(p) for p in cell.iter(f"{{{_W}}}p")) for cell in cells]
        yield Shown(*[*texts, "", ""][:2])


def _text(paragraph: etree._Element) -> str:
    """What a paragraph says. Deleted text is in elements of another name."""
    parts = []
    for element in paragraph.iter():
        if element.tag == f"{{{_W}}}t":
            parts.append(element.text or "")
        elif element.tag == f"{{{_W}}}tab":
            parts.append(" ")
        elif element.tag in (f"{{{_W}}}br", f"{{{_W}}}cr"):
            parts.append("\n")
    return "".join(parts)


FORMAT = Format(
    "word",
    (".docx",),
    "a Word document with both texts in a table, flags as comments",
    write,
    read,
    read_units=read_units,
    keeps=ALL_TRAITS - {Trait.LAYOUT},
)
