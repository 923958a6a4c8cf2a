"""E-books: the book as it was, with its pages, contents and titles translated.

Kept: every file of the book that is no page, and all markup of the pages. The
language of the book and its pages becomes the new one.
"""

from __future__ import annotations

from typing import IO

from corpus.bitext import Bitext
from corpus.epub import read_epub, write_epub
from corpus.writeback._report import Target, WriteReport


def write(original: bytes, bitext: Bitext, stream: IO[bytes]) -> WriteReport:
    """Write the book translated."""
    book = read_epub(original, bitext.source.source.name)
    target = Target(bitext)
    blocks = target.by_piece(book.pieces)
    changed = write_epub(book, lambda number: (target.document.text, blocks[number]), target.languages)
    book.archive.rewrite(stream, changed)
    return target.report(book.notes)
