"""EPUB 3: a bilingual book, for e-readers.

The rules are those of EPUB 3.2 (W3C, 2019) and its accessibility companion. By default
each block's translation stands under it; in the view "reveal" a tap on a sentence of the
original opens its translation as a footnote, which e-readers show in a small window,
so that one reads the original and looks only where one must.

Chapters begin at the highest headings, if there are several; the book ends with how it
came to be. Nothing in it needs a script or a network. It is read back: ids, links and
the like are in a JSON file inside, texts are what the chapters show
(``corpus.formats._embedded``).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import IO

from corpus.archives import open_archive
from corpus.bitext import Bitext
from corpus.errors import FormatError
from corpus.formats import Format
from corpus.formats._common import utc
from corpus.formats._embedded import embedded, missing, units_from
from corpus.formats._package import Package, shown
from corpus.formats._page import Group, facts_of, groups, language_name, name_of
from corpus.formats._templates import asset, templates
from corpus.formats.html import shown_in
from corpus.units import (
    ALL_TRAITS,
    DUTCH_ENGLISH,
    Languages,
    Trait,
    Units,
    bitext_of,
    units_of,
)
from corpus.xml import parse_xml

_NAMESPACE = uuid.UUID("6ed2f7f8-4ca0-5a4f-9a39-0f5ae8f3f1a4")  # of our books' identifiers
_DATA = "book/tweetalig.json"
_LONG = 150  # groups: a text shorter than this is one chapter

_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A file of the book. ``heading`` is what the contents call it."""

    name: str
    heading: str
    groups: tuple[tuple[int, Group], ...]  # each with the number of its first sentence


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the book with each translation under its original."""
    _write(bitext, stream, "interleaved")


def write_reveal(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the book of the original, in which a tap on a sentence opens its translation."""
    _write(bitext, stream, "reveal")


def _write(bitext: Bitext, stream: IO[bytes], view: str) -> None:
    title = shown(bitext.source.metadata.get("title") or name_of(bitext))
    chapters = _chapters(bitext, title)
    languages = [shown(d.language) for d in (bitext.source, bitext.target)]
    common = {
        "title": title,
        "languages": languages,
        "names": [language_name(bitext.source), language_name(bitext.target)],
    }
    package = Package(stream)
    # "The first file in the container", neither compressed nor with extra fields.
    package.put("mimetype", "application/epub+zip", stored=True)
    package.put("META-INF/container.xml", _CONTAINER)
    package.put(
        "book/package.opf",
        templates()
        .get_template("book-package.xml")
        .generate(
            **common,
            identifier=_identifier(bitext, view),
            modified=_modified(bitext.provenance.created),
            author=shown(bitext.source.metadata.get("author", "")),
            chapters=chapters,
            view=view,
        ),
    )
    package.put("book/style.css", asset("book.css"))
    package.put(
        "book/nav.xhtml", templates().get_template("book-nav.xhtml").generate(**common, chapters=chapters)
    )
    for chapter in chapters:
        template = templates().get_template("book-chapter.xhtml")
        package.put(f"book/{chapter.name}", template.generate(**common, chapter=chapter, view=view))
    about = templates().get_template("book-about.xhtml")
    notes = [shown(note) for note in bitext.provenance.notes]
    package.put("book/about.xhtml", about.generate(**common, facts=facts_of(bitext), notes=notes))
    units = units_of(bitext)
    package.put(_DATA, embedded(units.head, units.units, shown))
    package.close()


def _chapters(bitext: Bitext, title: str) -> list[Chapter]:
    """The groups, cut before the highest headings if the text is long and has several."""
    found = list(groups(bitext))
    tags = [group.tag for group in found if group.kind.startswith("heading")]
    highest = min(tags, default="")
    is_cut = len(found) > _LONG and tags.count(highest) > 1
    chapters: list[list[tuple[int, Group]]] = [[]]
    number = 1
    for group in found:
        if is_cut and group.tag == highest and chapters[-1]:
            chapters.append([])
        chapters[-1].append((number, group))
        number += sum(len(item.pairs) for item in group.items)
    return [
        Chapter(f"text-{place:03}.xhtml", _heading(held) or title, tuple(held))
        for place, held in zip(count(1), chapters, strict=False)
    ]


def _heading(held: Sequence[tuple[int, Group]]) -> str:
    """The first heading's two texts, if the chapter begins with one."""
    if not held or not held[0][1].kind.startswith("heading"):
        return ""
    pairs = held[0][1].items[0].pairs
    sides = [
        " ".join("".join(piece.text for piece in side.pieces) for side in texts)
        for texts in ([pair.source for pair in pairs], [pair.target for pair in pairs])
    ]
    return " · ".join(side for side in sides if side.strip())


def _identifier(bitext: Bitext, view: str) -> str:
    """The same for the same texts."""
    content = f"{view}\n{bitext.source.text}\n{bitext.target.text}".encode("utf-8", "backslashreplace")
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, content.decode('utf-8'))}"


def _modified(created: str) -> str:
    """When the bitext was made, as EPUB wants it (CCYY-MM-DDThh:mm:ssZ)."""
    time = utc(created) or datetime(1980, 1, 1, tzinfo=UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


# Reading


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of a book that was written here. Raises :class:`FormatError`."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a book that was written here, with the texts that it shows now.

    The book says what its languages are. Raises :class:`FormatError`.
    """
    archive = open_archive(stream.read(), name)
    if _DATA not in archive:
        raise missing(name)
    members = sorted(member for member in archive.names if member.startswith("book/text-"))
    roots = (parse_xml(archive.read(member), f"{name}, {member}") for member in members)
    try:
        data = archive.read(_DATA).decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("is not UTF-8", where=f"{name}, {_DATA}", remedy="write the book anew") from None
    return units_from(data, shown_in(roots), name)


FORMAT = Format(
    "epub",
    (".epub",),
    "a book with each translation under its original, for e-readers",
    write,
    read,
    views={"interleaved": write, "reveal": write_reveal},
    read_units=read_units,
    keeps=ALL_TRAITS - {Trait.LAYOUT},
)
