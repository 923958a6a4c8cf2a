"""Web pages: the article of a saved page, or all of it.

What stands in elements of no language (scripts, preformatted text, ``translate="no"``)
is not read. Text in attributes (``alt``, ``title``) and the page's title come as blocks
of their own behind the running text, unless a block says the same.
"""

from __future__ import annotations

from pathlib import PurePath

from corpus.document import Document, SourceFile
from corpus.errors import InputError
from corpus.files import sha256_hex
from corpus.layout import make_document, notes_of

SUFFIXES = (".html", ".htm", ".xhtml")
CHOOSES = True  # takes part of a page: read() has the argument ``choice``


def read(data: bytes, name: str, language: str, choice: str | None = None) -> Document:
    """The document in the page ``data``; ``choice`` says which part of it (None: the article).

    The metadata entries ``selection`` and ``taken`` say what was asked for and what was
    read. Raises :class:`InputError` for a page without text.
    """
    from corpus.hypertext.article import ARTICLE
    from corpus.hypertext.files import open_html

    choice = choice or ARTICLE
    opened = open_html(data, name, choice, xml=is_xml(name))
    page = opened.page
    if not page.runs:
        remedy = "open it in a browser and save it from there" if choice == ARTICLE else "choose another part"
        raise InputError("has no text to read", where=name, remedy=remedy)
    code = f"{page.verbatim} preformatted parts stay as they are" if page.verbatim else ""
    metadata = {**opened.metadata, "selection": choice, "taken": opened.taken, "notes": notes_of(code)}
    source = SourceFile(name, sha256_hex(data), opened.decoded.encoding, "html")
    return make_document(page.pieces, language, source, metadata)


def is_xml(name: str) -> bool:
    """Whether a page of this name follows the rules of XML."""
    return PurePath(name).suffix.lower() == ".xhtml"
