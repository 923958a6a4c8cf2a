"""Word documents; see :mod:`corpus.office.docx` for what is read and what is not."""

from __future__ import annotations

from corpus.document import Document, SourceFile
from corpus.errors import InputError
from corpus.files import sha256_hex
from corpus.layout import make_document, notes_of

SUFFIXES = (".docx",)


def read(data: bytes, name: str, language: str) -> Document:
    """The document in the Word file ``data``.

    Raises :class:`corpus.errors.FormatError` for a file that is damaged or unsafe, and
    :class:`InputError` for one without text.
    """
    from corpus.office.docx import read_docx

    found = read_docx(data, name)
    pieces = found.pieces()
    if not pieces:
        raise InputError("has no text to read", where=name, remedy="give a document with text in it")
    source = SourceFile(name, sha256_hex(data), "utf-8", "docx")
    return make_document(pieces, language, source, {**found.metadata, "notes": notes_of(*found.notes)})
