"""Word documents: the file as it was, with the text of its paragraphs translated.

Kept: styles, layout, tables, sections, pictures, fields, notes, bookmarks, tracked
changes. The language that Word checks spelling in becomes the new one.
"""

from __future__ import annotations

from typing import IO

from corpus.bitext import Bitext
from corpus.office.docx import read_docx, write_docx
from corpus.writeback._report import Target, WriteReport


def write(original: bytes, bitext: Bitext, stream: IO[bytes]) -> WriteReport:
    """Write the document translated."""
    document = read_docx(original, bitext.source.source.name)
    target = Target(bitext)
    blocks = target.by_piece(document.pieces())
    ordered = [blocks[place] for place in sorted(blocks)]
    changed = write_docx(document, ordered, target.document.text, target.languages)
    document.archive.rewrite(stream, changed)
    return target.report(document.notes)
