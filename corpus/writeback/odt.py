"""OpenDocument texts: the file as it was, with the text of its paragraphs translated.

Kept: styles, layout, tables, lists, sections, pictures, fields, notes, bookmarks. The
language that spelling is checked in becomes the new one.
"""

from __future__ import annotations

from typing import IO

from corpus.bitext import Bitext
from corpus.office.odt import read_odt, write_odt
from corpus.writeback._report import Target, WriteReport


def write(original: bytes, bitext: Bitext, stream: IO[bytes]) -> WriteReport:
    """Write the document translated."""
    document = read_odt(original, bitext.source.source.name)
    target = Target(bitext)
    blocks = target.by_piece(document.pieces())
    ordered = [blocks[place] for place in sorted(blocks)]
    changed = write_odt(document, ordered, target.document.text, target.languages)
    document.archive.rewrite(stream, changed)
    return target.report(document.notes)
