"""Markdown; see :mod:`corpus.markdown` for what is read and what is not."""

from __future__ import annotations

from corpus.document import Document, SourceFile
from corpus.encodings import decode
from corpus.errors import InputError
from corpus.files import sha256_hex
from corpus.layout import make_document, notes_of

SUFFIXES = (".md", ".markdown")


def read(data: bytes, name: str, language: str) -> Document:
    """The document in the Markdown ``data``.

    Raises :class:`InputError` for data that is not text or has none, and
    :class:`corpus.errors.FormatError` for a file nested beyond reason.
    """
    from corpus.markdown import read_markdown

    decoded = decode(data, name)
    found = read_markdown(with_line_feeds(decoded.text), name)
    pieces = [piece for _, _, piece in found.pieces()]
    if not any(piece.kind for piece in pieces):
        raise InputError("has no text to read", where=name, remedy="give a file with text in it")
    source = SourceFile(name, sha256_hex(data), decoded.encoding, "markdown")
    return make_document(pieces, language, source, {**found.metadata, "notes": notes_of(*found.notes)})


def with_line_feeds(text: str) -> str:
    """``text`` with every line end a line feed, as CommonMark counts lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
