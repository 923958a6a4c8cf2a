"""A bilingual page: one HTML file, source and translation side by side.

The file needs nothing else and sends nothing: style and script are inside, and a
content security policy names both by their SHA-256 and forbids all else. Without
the script it reads side by side with its flags; with it, pointing at a word or a
sentence lights its counterpart.

The view "interleaved" has each translation under its original, for narrow columns and
for reading on.

The page is read back: ids, links and the like are in a block of JSON inside it, texts
are what the page shows (``corpus.formats._embedded``).

Text is escaped by the template engine. Characters that cannot be seen but change
how a text looks (controls, bidirectional overrides) are drawn as signs, one for
one, and the footer says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

import lxml.html
from lxml import etree
from markupsafe import Markup

from corpus.bitext import Bitext
from corpus.document import Document
from corpus.errors import FormatError
from corpus.formats import Format
from corpus.formats._common import encode_text
from corpus.formats._embedded import Shown, embedded, missing, units_from
from corpus.formats._page import (
    DATA_ID,
    UNSEEN,
    but_layout,
    facts_of,
    flag_counts,
    groups,
    language_name,
    name_of,
    origin_of,
    visible,
)
from corpus.formats._templates import asset, templates
from corpus.pages import content_policy
from corpus.units import (
    ALL_TRAITS,
    DUTCH_ENGLISH,
    Languages,
    Trait,
    Units,
    bitext_of,
    units_of,
)

# Writing


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the page with both texts side by side, block by block."""
    _write(bitext, stream, "")


def write_interleaved(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the page with each translation under its original."""
    _write(bitext, stream, "interleaved")


def _write(bitext: Bitext, stream: IO[bytes], view: str) -> None:
    for part in page(bitext, view):
        stream.write(encode_text(part))


def page(bitext: Bitext, view: str = "", *, printed: bool = False) -> Iterator[str]:
    """The page in parts. ``printed`` leaves out what is no use on paper: script, tools, data."""
    units = units_of(bitext)
    style, script = asset("page.css"), asset("page.js")
    return (
        templates()
        .get_template("page.html")
        .generate(
            name=visible(name_of(bitext)),
            title=visible(bitext.source.metadata.get("title") or name_of(bitext)),
            author=visible(bitext.source.metadata.get("author", "")),
            policy=content_policy(style, script),
            style=Markup(style),  # our own files, not the user's text
            script=Markup(script),
            source=_side(bitext.source, "original"),
            target=_side(bitext.target, origin_of(bitext)),
            groups=groups(bitext),
            kinds=flag_counts(bitext),
            flags=sum(len(bead.flags) for bead in bitext.beads),
            flagged=sum(bool(bead.flags) for bead in bitext.beads),
            repaired=sum(flag.repaired for bead in bitext.beads for flag in bead.flags),
            sentences=len(bitext.beads),
            linked=any(bead.links for bead in bitext.beads),
            facts=facts_of(bitext),
            notes=[visible(note) for note in bitext.provenance.notes],
            view=view,
            printed=printed,
            data=map(Markup, embedded(units.head, units.units, visible)),
            unseen=sum(len(UNSEEN.findall(but_layout(d.text))) for d in (bitext.source, bitext.target)),
        )
    )


def _side(document: Document, role: str) -> dict[str, str]:
    return {"language": visible(document.language), "name": language_name(document), "role": visible(role)}


# Reading


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of a page that was written here. Raises :class:`FormatError`."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a page that was written here, with the texts that it shows now.

    The page says what its languages are. Raises :class:`FormatError`.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True)
    data = stream.read()
    try:
        root = lxml.html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise FormatError(f"is not HTML ({error})", where=name, remedy="save the page anew") from None
    held = root.xpath(f"//script[@id='{DATA_ID}']")
    if not held:
        raise missing(name)
    return units_from(held[0].text or "", shown_in([root]), name)


def shown_in(roots: Iterable[etree._Element]) -> list[Shown]:
    """The sentence pairs that pages of ours show, without flag marks and placeholders."""
    sides: dict[str, list[str]] = {"source": [], "target": []}
    for root in roots:
        for element in root.iter("{*}span"):
            classes = (element.get("class") or "").split()
            if "s" in classes:
                sides["source" if element.get("data-about") is not None else "target"].append(
                    _sentence_text(element)
                )
    return [Shown(*pair) for pair in zip(sides["source"], sides["target"], strict=False)]


def _sentence_text(element: etree._Element) -> str:
    parts = [element.text or ""]
    for child in element:
        is_element = isinstance(child.tag, str) and child.tag not in ("script", "style", "template")
        if is_element and not {"ref", "none"} & set((child.get("class") or "").split()):
            parts.append(_sentence_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


FORMAT = Format(
    "html",
    (".html", ".htm"),
    "a page with both texts side by side, for reading and checking",
    write,
    read,
    views={"interleaved": write_interleaved},
    read_units=read_units,
    keeps=ALL_TRAITS - {Trait.LAYOUT},
)
