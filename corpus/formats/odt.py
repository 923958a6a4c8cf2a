"""OpenDocument text: the table of ``.docx`` for LibreOffice and its kin.

Two columns, original and translation, a sentence a row; the header row repeats on every
page, headings, lists and quotations have styles of their own, every row has a bookmark
with its sentence's id, a flag is an annotation on a shaded cell, and how the text came
to be stands at the end and in the metadata. The rules are those of ODF 1.2 (OASIS,
2011-09-29).

The document is read back, also after somebody worked in it: texts are what the table
shows, ids, links and the like are JSON in a property of the document, which word
processors keep (``corpus.formats._embedded``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from lxml import etree

from corpus.archives import open_archive
from corpus.bitext import Bitext
from corpus.errors import FormatError
from corpus.formats import Format
from corpus.formats._embedded import Shown, embedded, missing, units_from
from corpus.formats._package import Package, shown
from corpus.formats._page import facts_of, flag_counts, groups, language_name, name_of
from corpus.formats._templates import templates
from corpus.units import ALL_TRAITS, DUTCH_ENGLISH, Languages, Trait, Units, bitext_of, units_of
from corpus.xml import parse_xml

_DATA = "tweetalig"  # the property with the data
_MIMETYPE = "application/vnd.oasis.opendocument.text"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_NAME = "bitext"  # of the table

_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="{_MIMETYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the document with its table."""
    provenance = bitext.provenance
    metadata = bitext.source.metadata
    flagged = sum(bool(bead.flags) for bead in bitext.beads)
    names = [language_name(bitext.source), language_name(bitext.target)]
    units = units_of(bitext)
    package = Package(stream)
    # "The first file of the zip file", not compressed (ODF 1.2, part 3, 3.3).
    package.put("mimetype", _MIMETYPE, stored=True)
    package.put(
        "content.xml",
        templates()
        .get_template("text-content.xml")
        .generate(
            name=shown(name_of(bitext)),
            names=names,
            groups=groups(bitext),
            count=len(bitext.beads),
            flagged=flagged,
            kinds=flag_counts(bitext),
            notes=[shown(note) for note in provenance.notes],
            facts=facts_of(bitext),
            languages=[_language(d.language) for d in (bitext.source, bitext.target)],
            table=_NAME,
        ),
    )
    package.put("styles.xml", templates().get_template("text-styles.xml").generate())
    package.put(
        "meta.xml",
        templates()
        .get_template("text-meta.xml")
        .generate(
            title=shown(metadata.get("title") or name_of(bitext)),
            author=shown(metadata.get("author", "")),
            tool=shown(provenance.tool or "tweetalig"),
            created=shown(provenance.created),
            language=shown(bitext.target.language),
            subject=f"{names[0]} and {names[1]}",
            facts=facts_of(bitext),
            data_name=_DATA,
            data=embedded(units.head, units.units, shown),
        ),
    )
    package.put("META-INF/manifest.xml", _MANIFEST)
    package.close()


def _language(language: str) -> tuple[str, str]:
    """Language and country, as ODF has them apart."""
    known = {"nl": ("nl", "NL"), "en": ("en", "GB")}
    if language in known:
        return known[language]
    first, _, rest = language.partition("-")
    return shown(first), shown(rest) or "none"


# Reading


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of a document that was written here. Raises :class:`FormatError`."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a document that was written here, with the texts that it shows now.

    The document says what its languages are. Raises :class:`FormatError`.
    """
    archive = open_archive(stream.read(), name)
    meta = parse_xml(archive.read("meta.xml"), f"{name}, meta.xml") if "meta.xml" in archive else None
    data = None if meta is None else meta.find(f".//{_META}user-defined[@{_META}name='{_DATA}']")
    if data is None:
        raise missing(name)
    root = parse_xml(archive.read("content.xml"), f"{name}, content.xml")
    table = root.find(f".//{_TABLE}table[@{_TABLE}name='{_NAME}']")
    if table is None:
        raise FormatError("has no table any more", where=name, remedy="undo the change")
    return units_from(data.text or "", list(_rows(table)), name)


def _rows(table: etree._Element) -> Iterator[Shown]:
    for row in table.iter(f"{_TABLE}table-row"):
        parent = row.getparent()
        if parent is not None and parent.tag == f"{_TABLE}table-header-rows":
            continue
        texts = [
            " ".join(_text(part) for part in cell.iter(f"{_TEXT}p", f"{_TEXT}h") if not _in_annotation(part))
            for cell in row.findall(f"{_TABLE}table-cell")
        ]
        yield Shown(*[*texts, "", ""][:2])


def _in_annotation(element: etree._Element) -> bool:
    return any(ancestor.tag == f"{_OFFICE}annotation" for ancestor in element.iterancestors())


def _text(element: etree._Element) -> str:
    """What a paragraph says, without its annotations."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            number = child.get(f"{_TEXT}c", "1")
            parts.append(" " * (min(int(number), 100) if number.isascii() and number.isdigit() else 1))
        elif child.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            parts.append(" " if child.tag == f"{_TEXT}tab" else "\n")
        elif isinstance(child.tag, str) and child.tag != f"{_OFFICE}annotation":
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


FORMAT = Format(
    "opendocument",
    (".odt",),
    "a LibreOffice document with both texts in a table, flags as comments",
    write,
    read,
    read_units=read_units,
    keeps=ALL_TRAITS - {Trait.LAYOUT},
)
