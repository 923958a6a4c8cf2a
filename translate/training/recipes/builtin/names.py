"""Names in training pairs: known ones of two languages, and invented ones to be copied.

A small model meets few names in its pairs, so it learns neither that "Oekraïne" is
"Ukraine" nor that a surname is to be copied. Pairs are made here that show both: own
sentences with gaps (``templates.nl-en.txt``), and pairs whose name is exchanged.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources

from corpus import names as listed
from corpus.words import words
from translate.training.pairs import Pair

Names = Mapping[str, tuple[Pair, ...]]

_GAP = re.compile(r"\{([a-z]+)\}")
_NAME = re.compile(r"[A-ZÀ-Ý][a-zà-ÿ]{2,}")
_INTO = {"in", "naar", "uit", "vanuit", "bij", "rond"}  # what stands after these is a place
_STARTS = (*"bdfghjklmnprstvwz", "br", "dr", "fl", "gr", "kl", "pr", "sch", "sl", "st", "tr", "ch", "sh")
_MIDDLES = ("a", "aa", "e", "ee", "i", "ie", "o", "oe", "oo", "u", "ui", "ij", "ei", "ou", "y", "au")
_ENDS = ("", "", "", "k", "l", "m", "n", "ns", "r", "rt", "s", "t", "ng", "ck", "rs", "nd")
_CLOSINGS = (
    "", "", "", "", "berg", "man", "sky", "ski", "ov", "ova", "sen", "son", "ez", "ini", "stein", "ton",
    "enko", "escu", "sma", "stra", "huis", "beek", "er", "en",
)  # fmt: skip


def invented_name(chance: random.Random) -> str:
    """A name that nobody is known by: one to three syllables and perhaps an ending of surnames."""
    syllables = [
        chance.choice(_STARTS) + chance.choice(_MIDDLES) + chance.choice(_ENDS)
        for _ in range(chance.choice((1, 2, 2, 3)))
    ]
    closing = chance.choice(_CLOSINGS) or ("" if len(syllables) > 1 else "er")
    return ("".join(syllables) + closing).capitalize()


@cache
def known_names() -> Names:
    """Names by kind, from :mod:`corpus.names`. ``place`` holds lands and cities too."""
    found: defaultdict[str, list[Pair]] = defaultdict(list)
    for kind, names in listed.known_names().items():
        found[kind] += [Pair(name.dutch, name.english) for name in names]
    found["place"] += found["land"] + found["city"]
    return {kind: tuple(names) for kind, names in found.items()}


@cache
def templates() -> tuple[Pair, ...]:
    """Sentences with gaps, from ``templates.nl-en.txt``; both sides have the same gaps in the same order."""
    lines = data_lines("templates.nl-en.txt")
    return tuple(Pair(dutch, english) for dutch, english in zip(lines[::2], lines[1::2], strict=True))


def data_lines(name: str) -> list[str]:
    """Lines of a data file of this folder, without comments and empty ones."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def filled(template: Pair, names: Names, chance: random.Random) -> Pair:
    """``template`` with a name in each gap. A sentence keeps its capital."""
    dutch, english = template.source, template.target
    for kind in _GAP.findall(template.source):
        name = _drawn(kind, names, chance)
        dutch = dutch.replace(f"{{{kind}}}", name.source, 1)
        english = english.replace(f"{{{kind}}}", name.target, 1)
    return Pair(_with_capital(dutch), _with_capital(english))


def _drawn(kind: str, names: Names, chance: random.Random) -> Pair:
    if kind != "name":
        return chance.choice(names[kind])
    name = invented_name(chance)
    return Pair(name, name)


def _with_capital(text: str) -> str:
    at = next((place for place, character in enumerate(text) if character.isalpha()), 0)
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]


def rename(pair: Pair, ordinary: Collection[str], chance: random.Random) -> Pair:
    """``pair`` with each name that both sides have exchanged, for the same one on both.

    A name is a capitalised word that is not among ``ordinary`` words (lower case).
    After "in" or "naar" it becomes a known place, elsewhere mostly an invented name,
    now and then a known body.
    """
    shared = _names(pair.source, ordinary) & _names(pair.target, ordinary)
    if not shared:
        return pair
    new = {name: _replacement(name, pair.source, chance) for name in sorted(shared)}
    source = _exchanged(pair.source, {name: made.source for name, made in new.items()})
    target = _exchanged(pair.target, {name: made.target for name, made in new.items()})
    return Pair(_with_capital(source), _with_capital(target))


def _exchanged(text: str, new: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: new.get(found.group(), found.group()), text)


def _replacement(name: str, source: str, chance: random.Random) -> Pair:
    before = source[: source.index(name)].split()
    if before and before[-1].lower() in _INTO:
        return _drawn("place", known_names(), chance)
    return _drawn("name" if chance.random() < 0.85 else "body", known_names(), chance)


def _names(text: str, ordinary: Collection[str]) -> set[str]:
    found = {span.of(text) for span in words(text)}
    return {word for word in found if _NAME.fullmatch(word) and word.lower() not in ordinary}
