"""E-books; see :mod:`corpus.epub` for what is read and what is not."""

from __future__ import annotations

from corpus.document import Document, SourceFile
from corpus.errors import InputError
from corpus.files import sha256_hex
from corpus.layout import make_document, notes_of

SUFFIXES = (".epub",)


def read(data: bytes, name: str, language: str) -> Document:
    """The document in the book ``data``: its pages in reading order.

    Raises :class:`corpus.errors.FormatError` for a file that is damaged, unsafe or
    protected, and :class:`InputError` for one without text.
    """
    from corpus.epub import read_epub

    book = read_epub(data, name)
    if not any(piece.kind for piece in book.pieces):
        raise InputError("has no text to read", where=name, remedy="give a book with text in it")
    source = SourceFile(name, sha256_hex(data), "utf-8", "epub")
    return make_document(book.pieces, language, source, {**book.metadata, "notes": notes_of(*book.notes)})
