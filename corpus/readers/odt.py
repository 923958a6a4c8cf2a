"""OpenDocument texts; see :mod:`corpus.office.odt` for what is read and what is not."""

from __future__ import annotations

from corpus.document import Document, SourceFile
from corpus.errors import InputError
from corpus.files import sha256_hex
from corpus.layout import make_document, notes_of

SUFFIXES = (".odt",)


def read(data: bytes, name: str, language: str) -> Document:
    """The document in the OpenDocument file ``data``.

    Raises :class:`corpus.errors.FormatError` for a file that is damaged or unsafe, and
    :class:`InputError` for one without text.
    """
    from corpus.office.odt import read_odt

    found = read_odt(data, name)
    pieces = found.pieces()
    if not pieces:
        raise InputError("has no text to read", where=name, remedy="give a document with text in it")
    source = SourceFile(name, sha256_hex(data), "utf-8", "odt")
    return make_document(pieces, language, source, {**found.metadata, "notes": notes_of(*found.notes)})
