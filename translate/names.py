"""Names that the model spelt wrongly get the spelling of the source.

A small model spells a rare name piece by piece and misses a piece: "Stoltenberg" comes
out as "Steltenberg". A word of the translation is taken for such a name if

* it is linked to a capitalised word of the source (word links), has a capital too, and
  most of its letters;
* it is not what English makes of that word (:func:`corpus.names.is_adapted`);
* the model has no piece for it: what it knows as one piece it knows how to spell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from corpus.bitext import Flag, FlagKind, Link
from corpus.document import Span
from corpus.names import is_adapted, is_listed
from corpus.words import words

_LEAST_LETTERS = 4
_NEAR = 0.5  # of the letters of two spellings of one name
_NEAR_AT_START = 0.85  # of a word that has its capital from the sentence, and may be none
_NEAR_IF_INFLECTED = 0.7  # of a word whose ending may be Dutch: Petersen, Burgers
_POSSESSIVE = re.compile(r"['’]s?$")
# Dutch words with a capital that are no names, or are translated: adjectives, peoples, plurals,
# bodies, and compounds with what English says in a word of its own.
_TRANSLATED = re.compile(
    r"(?:sche?|ë|ën|iaan|ist|aans|isme|teit|tie|aat|eeuw|tijdperk|rivier|meer|zee|eiland|stad"
    r"|[^aeiou]ees|baar|lijk|heid|uur|schap|’s|'s)$"
)
_INFLECTED = re.compile(r"(?:se|en|ers|de|ing)$")


@dataclass(frozen=True, slots=True)
class Respelt:
    """A translation whose names are spelt as in the source, and a remark for each of them."""

    text: str
    flags: tuple[Flag, ...] = ()


def respell_names(source: str, target: str, links: Sequence[Link], pieces: Callable[[str], int]) -> Respelt:
    """``target`` with the source's spelling of names that came out wrong.

    ``links`` are the word links of the two texts; they hold for the result too, since
    words are only exchanged one for one. ``pieces`` says in how many pieces the model
    reads a word.
    """
    source_words, target_words = words(source), words(target)
    there = {span.of(target) for span in target_words}
    changes: dict[Span, Span] = {}  # of the target to the source
    for link in links:
        name, written = source_words[link.source], target_words[link.target]
        spelt = Span(written.start, written.start + len(_POSSESSIVE.sub("", written.of(target))))
        first = link.source == 0 or source[: name.start].rstrip()[-1:] in {".", "!", "?", ":", '"', "“", "‘"}
        if name.of(source) in there or not _is_misspelt(name.of(source), spelt.of(target), first=first):
            continue
        if pieces(spelt.of(target)) > 1:
            changes[spelt] = name
    return _exchanged(source, target, changes)


def _is_misspelt(name: str, spelt: str, *, first: bool) -> bool:
    if len(name) < _LEAST_LETTERS or not (name[0].isupper() and spelt[:1].isupper()):
        return False
    if is_listed(name) or _TRANSLATED.search(name) or name.startswith((f"{spelt}-", f"{spelt}’")):
        return False
    near = Levenshtein.normalized_similarity(name.lower(), spelt.lower())
    least = _NEAR_AT_START if first else _NEAR_IF_INFLECTED if _INFLECTED.search(name) else _NEAR
    return least <= near < 1 and not is_adapted(name, spelt)


def _exchanged(source: str, target: str, changes: dict[Span, Span]) -> Respelt:
    parts: list[str] = []
    flags: list[Flag] = []
    read = written = 0
    for spelt, name in sorted(changes.items()):
        parts += [target[read : spelt.start], name.of(source)]
        written += spelt.start - read
        place = Span(written, written + len(name))
        written, read = place.end, spelt.end
        told = f"“{spelt.of(target)}” is spelt as in the source: “{name.of(source)}”"
        flags.append(Flag(FlagKind.NAMES, told, repaired=True, source=name, target=place))
    text = "".join([*parts, target[read:]])
    if len(words(text)) != len(words(target)):
        return Respelt(target)  # the links would not hold
    return Respelt(text, tuple(flags))
