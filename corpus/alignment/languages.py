"""Which language a text reads as, by its commonest words: enough to warn of a mix-up."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from corpus.words import words

# Words that are common in one of these languages and in none of the others.
_COMMON = {
    "nl": "het een van niet voor zijn ook naar wordt werd deze maar heeft aan bij uit nog wel zich hebben",
    "en": "the of and to that with was for this which have from are they his not been would their has",
    "de": "der die und das nicht ist ein mit dem auch sich auf eine wird den von als werden einen noch",
    "fr": "le les et des est une dans que pour qui pas sur du au sont avec cette ont plus ses",
    "es": "el los las y del una por con para como pero sus más este fue ha lo muy hasta entre",
    "it": "il della che di gli è per con una sono del nel dei alla più anche questo ha come non",
}
_LOOK = 400  # segments
_LEAST = 8  # common words; with fewer nothing is said


def looks_like(texts: Iterable[str]) -> str | None:
    """The code of the language whose common words ``texts`` have most of; None if unclear.

    Only the first segments are read. A language counts if it has twice as many as any other.
    """
    common = {language: frozenset(line.split()) for language, line in _COMMON.items()}
    counts = dict.fromkeys(common, 0)
    for text in islice(texts, _LOOK):
        for span in words(text[:2000]):
            word = span.of(text).lower()
            for language, known in common.items():
                counts[language] += word in known
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    clear = ranked[0][1] >= _LEAST and ranked[0][1] >= 2 * ranked[1][1]
    return ranked[0][0] if clear else None
