"""Words and punctuation marks of a segment: the units that word links join."""

from __future__ import annotations

import re

from corpus.document import Span

# A word keeps its inner apostrophes, hyphens, and the marks inside numbers and
# names ("z'n", "top-tien", "1.234,56", "U.S.A"); Dutch "'s" and "'t" keep their
# apostrophe; anything else that is not white space stands alone.
_WORD = re.compile(r"(?<!\w)['’](?:s|t|n|m|k|r)(?!\w)|\w+(?:[.,'’\-‐‑@/:]\w+)*|[^\w\s]", re.IGNORECASE)

VERSION = "words-1"


def words(text: str) -> list[Span]:
    """The words and punctuation marks of ``text``, in order, as offsets into it."""
    return [Span(*found.span()) for found in _WORD.finditer(text)]
