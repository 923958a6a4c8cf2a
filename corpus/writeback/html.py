"""Web pages: the page as it was, with the article (or what was read of it) translated.

Kept to the character: all markup, scripts, styles, comments and menus. The language
of the page (``lang``) becomes the new one. Left in the old language, and reported:
what was not read.
"""

from __future__ import annotations

from typing import IO

from corpus.bitext import Bitext
from corpus.hypertext.article import ARTICLE
from corpus.hypertext.files import open_html
from corpus.hypertext.writing import write_page
from corpus.readers.html import is_xml
from corpus.writeback._report import Target, WriteReport


def write(original: bytes, bitext: Bitext, stream: IO[bytes]) -> WriteReport:
    """Write the page translated, in the encoding that it has."""
    source = bitext.source
    name = source.source.name
    opened = open_html(original, name, source.metadata.get("selection", ARTICLE), xml=is_xml(name))
    target = Target(bitext)
    blocks = target.by_piece(opened.page.pieces)
    page = write_page(
        opened.page,
        lambda number: (target.document.text, blocks[number]),
        target.languages,
        encoding=opened.decoded.encoding,
        xml=is_xml(name),
    )
    stream.write(opened.decoded.encode(page))
    left = f"only {opened.taken} is translated; the rest is as it was" if opened.partial else ""
    return target.report([left] if left else [])
