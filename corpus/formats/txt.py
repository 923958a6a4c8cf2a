"""Plain text: the translation alone, in the layout of its source.

The target document's text, character for character, in UTF-8: blank lines, list
marks and a missing final newline are as in the source. A document that was read
one segment a line so has as many lines as its source, in order.
"""

from __future__ import annotations

from typing import IO

from corpus.bitext import Bitext
from corpus.formats import Format, Passage
from corpus.formats._common import encode_text
from corpus.units import Trait


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the target text. Raises :class:`corpus.errors.OutputError` for half a character."""
    stream.write(encode_text(bitext.target.text))


class TextStream:
    """Writes the translation as it comes, every passage at once."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def put(self, passage: Passage) -> None:
        """Write the translation, and the source's text before and after it."""
        self._stream.write(encode_text(passage.before + passage.target + passage.after))
        self._stream.flush()

    def end(self, after: str) -> None:
        """Write the source's text that no passage had."""
        self._stream.write(encode_text(after))
        self._stream.flush()


# The English alone: whoever asks for it knows that the Dutch is not in it.
_KEEPS = frozenset({Trait.LAYOUT, Trait.BLOCKS, Trait.LINE_BREAKS})

FORMAT = Format(
    "text",
    (".txt",),
    "the translation alone, laid out like its source",
    write,
    keeps=_KEEPS,
    stream=TextStream,
)
