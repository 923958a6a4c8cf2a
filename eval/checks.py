"""Checks of a translation that need no reference: typed flags, with their places on both sides.

:func:`check_segment` runs every check on one Dutch text and its English. Each check
leans to silence: on good translations it should hardly ever speak. How often it is
right is measured by ``benchmarks/checks.py`` and, on cases written for it, by
``tests/test_checks.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from corpus.bitext import Bitext, Flag, FlagKind
from corpus.document import Span
from corpus.names import NameChange, NameChangeKind, name_changes
from corpus.quantities import Change, ChangeKind, Quantity, QuantityKind, differences
from corpus.symptoms import dutch_only, length_deviation, symptoms

CHECKED = (
    FlagKind.EMPTY,
    FlagKind.COPY,
    FlagKind.LANGUAGE,
    FlagKind.LEFTOVER,
    FlagKind.REPETITION,
    FlagKind.TRUNCATION,
    FlagKind.LENGTH_RATIO,
    FlagKind.NUMBERS,
    FlagKind.AMOUNTS,
    FlagKind.UNITS,
    FlagKind.DATES,
    FlagKind.NAMES,
    FlagKind.ADDRESSES,
    FlagKind.QUOTATION,
    FlagKind.STRAY,
    FlagKind.GLOSSARY,
)
"""Every kind of flag that the checks can raise, in the order of reports."""


class _Term(Protocol):
    @property
    def target(self) -> str: ...


class _Match(Protocol):
    @property
    def term(self) -> _Term: ...

    @property
    def span(self) -> Span: ...


class TermChecker(Protocol):
    """What knows how terms must be translated: :class:`corpus.glossary.Glossary`."""

    def missing_terms(self, source: str, target: str) -> Sequence[_Match]:
        """The places in ``source`` of terms that ``target`` lacks."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A flag and the segment that it belongs to."""

    segment: str
    source: str
    target: str
    flag: Flag


def check_segment(source: str, target: str, glossary: TermChecker | None = None) -> tuple[Flag, ...]:
    """Every flag that ``target`` deserves as a translation of ``source``, in the order of the source.

    Spans are offsets into the two texts. A segment without a source has no flags.
    """
    signs = symptoms(source, target, numbers=False)
    # What is not translated at all has no other faults worth telling.
    decisive = tuple(flag for flag in signs if flag.kind in (FlagKind.EMPTY, FlagKind.COPY))
    if decisive or not source.strip():
        return tuple(_located(flag, source, target) for flag in decisive)
    found = [_located(flag, source, target) for flag in signs]
    for check in _CHECKS:
        found += check(source, target)
    if glossary is not None:
        found += [
            Flag(
                FlagKind.GLOSSARY,
                f"{match.span.of(source)} is not translated as {match.term.target}",
                source=match.span,
            )
            for match in glossary.missing_terms(source, target)
        ]
    order = {kind: place for place, kind in enumerate(CHECKED)}
    return tuple(sorted(dict.fromkeys(found), key=lambda flag: (order[flag.kind], _start(flag))))


def _start(flag: Flag) -> tuple[int, int]:
    return (flag.source.start if flag.source else -1, flag.target.start if flag.target else -1)


def _located(flag: Flag, source: str, target: str) -> Flag:
    """A flag of a whole segment covers it, so that every flag has a place on the side it is about."""
    if flag.source is not None or flag.target is not None:
        return flag
    return Flag(
        flag.kind,
        flag.message,
        flag.repaired,
        source=Span(0, len(source)),
        target=Span(0, len(target)) if target else None,
    )


# Quantities

_QUANTITY_FLAGS = {
    QuantityKind.NUMBER: FlagKind.NUMBERS,
    QuantityKind.PERCENT: FlagKind.NUMBERS,
    QuantityKind.MEASURE: FlagKind.NUMBERS,
    QuantityKind.MONEY: FlagKind.AMOUNTS,
    QuantityKind.DATE: FlagKind.DATES,
    QuantityKind.WEEKDAY: FlagKind.DATES,
    QuantityKind.TIME: FlagKind.DATES,
    QuantityKind.CENTURY: FlagKind.DATES,
    QuantityKind.DECADE: FlagKind.DATES,
}


def quantity_flags(source: str, target: str) -> list[Flag]:
    """Numbers, amounts, units, dates and times that changed."""
    return [_quantity_flag(change, source, target) for change in differences(source, target)]


def _quantity_flag(change: Change, source: str, target: str) -> Flag:
    one, other = change.source, change.target
    known = one or other
    assert known is not None
    ours = one.span.of(source) if one else ""
    theirs = other.span.of(target) if other else ""
    messages = {
        ChangeKind.VALUE: f"{ours} became {theirs}",
        ChangeKind.UNIT: f"{ours} became {theirs}: another unit",
        ChangeKind.MARKS: f"{theirs} is written the Dutch way ({ours})",
        ChangeKind.DROPPED: f"{ours} of the source is missing",
        ChangeKind.ADDED: f"{theirs} is not in the source",
    }
    return Flag(
        _quantity_flag_kind(change, known),
        messages[change.kind],
        source=one.span if one else None,
        target=other.span if other else None,
    )


def _quantity_flag_kind(change: Change, known: Quantity) -> FlagKind:
    money = any(item and item.kind is QuantityKind.MONEY for item in (change.source, change.target))
    if change.kind is ChangeKind.UNIT and not money:
        return FlagKind.UNITS
    return FlagKind.AMOUNTS if money else _QUANTITY_FLAGS[known.kind]


# Names


def name_flags(source: str, target: str) -> list[Flag]:
    """Names that were dropped, bent or translated."""
    return [_name_flag(change, source, target) for change in name_changes(source, target)]


def _name_flag(change: NameChange, source: str, target: str) -> Flag:
    name = change.source.of(source)
    there = change.target.of(target) if change.target else ""
    if change.kind is NameChangeKind.GARBLED:
        message = f"{name} is spelled {there}"
    elif change.kind is NameChangeKind.TRANSLATED:
        message = f"the name {name} was translated as {there}"
    else:
        expected = f" ({change.expected})" if change.expected and change.expected != name else ""
        message = f"the name {name}{expected} is missing"
    return Flag(FlagKind.NAMES, message, source=change.source, target=change.target)


# Dutch words that stayed

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Spellings that Dutch has and English has not, or hardly.
_DUTCH_SPELLING = re.compile(
    r"aa[^r]|uu[^m]|ij|ieu|oei|eeu|aai|ooi|(?:aa|ee|oo|uu|ie|oe|eu|ui|ij)[bdfgklmnprst]{1,2}(?:je|jes)$"
    r"|^ge[a-z]{3,}[dt]$|^ver[a-z]{3,}en$|schap(?:pen)?$|lijk(?:e|heid)?$|heid$|heden$|^sch[^aeoimnlw]"
    r"|ing(?:en)$|eren$|[^t]sch(?:e|en)?$|^zw|^vl|gd$|cht(?:e|en|ig|ige)?$|^be[a-z]+en$|^on[a-z]+elijk"
)
_ENGLISH_TOO = frozenset(
    """aardvark apartheid bazaar bazaars baas kraal kraals laager vacuum vacuums maas continuum residuum
    been green seen keen screen between fifteen queen teen canteen beaten begotten beholden berghen dijon
    bijou fiji beijing rijksmuseum yacht yachts might right light night sight fight height weight eight
    straight bright
    caught taught thought bought brought fought sought daughter slaughter naught fraught wrought drought
    flight tight delight fright freight knight plight slight insight sunlight midnight tonight spotlight
    insulate specht utrecht maastricht bowsprit schnitzel schnapps vlogger vlog vlogs zwitterion bend bent
    geld gent giant gift getat gelid gifted geared germinated generated get gebied sjaal isaac beethoven
    beween begin ought aught overnight outright upright foresight oversight hindsight eyesight limelight
    moonlight daylight starlight flashlight highlight headlight twilight watertight overweight middleweight
    lightweight heavyweight straightforward alight blight wight bight mulched gehend gestalt""".split()  # noqa: SIM905
)


def leftover_flags(source: str, target: str) -> list[Flag]:
    """Dutch words in the English: words that are only Dutch, and words of the source as they stood.

    Names keep theirs (Alphen aan den Rijn), and so do words in quotation marks.
    """
    words = list(_WORD.finditer(target))
    there = {found.group(): found for found in _WORD.finditer(source) if found.group()[0].islower()}
    quoted = [Span(*found.span()) for found in _QUOTED.finditer(target)]
    flags = []
    for place, found in enumerate(words):
        word = found.group()
        if not word.islower() or any(span.start <= found.start() < span.end for span in quoted):
            continue
        near = [words[at].group() for at in (place - 1, place + 1) if 0 <= at < len(words)]
        if any(other[0].isupper() for other in near) and place > 1:
            continue
        copied = there.get(word)
        surely = dutch_only(word) and (copied or word not in _ALSO_ENGLISH)
        if not (surely or (copied and _looks_dutch(word))):
            continue
        flags.append(
            Flag(
                FlagKind.LEFTOVER,
                f"the Dutch word {word} is left",
                source=Span(*copied.span()) if copied else None,
                target=Span(*found.span()),
            )
        )
    return flags


_ALSO_ENGLISH = frozenset(
    """anders bestand boven doen door eens elk er haar had hele hen hoe men mensen met mode over samen
    steeds toen tot van ver verder vast waren wel wie wig wilt zal zo""".split()  # noqa: SIM905
)


def _looks_dutch(word: str) -> bool:
    return len(word) >= 4 and word not in _ENGLISH_TOO and bool(_DUTCH_SPELLING.search(word))


# Language

_FUNCTION_WORDS = {
    "English": """the of and to in is was for that with as on by are from be at this have it not or an were
        which he she they his her their has had but been will would can could its i you we my your our there
        when what who how all more no so if than about into up out do does did said one two new after""",
    "Dutch": """de het een van en in is op te dat voor met zijn niet aan er om ook als maar door bij naar uit
        over nog dan wordt werd heeft hebben had ze hij je deze dit die wat wie hun haar onder geen""",
    "German": """der die das und ist nicht ein eine mit auf für von dem den des zu im sich auch es an werden
        aus er hat dass sie nach bei wird um einen war noch wie einem über so zum""",
    "French": """le la les des et est une dans pour que qui au aux sur avec pas plus par ce cette il elle ils
        sont été du ne se ses leur mais nous vous ou être""",
    "Spanish": """el la los las y es una en para que con por del se no su al lo como más pero sus fue este ha
        son entre está cuando muy sin sobre""",
}
_LANGUAGES = {name: frozenset(words.split()) for name, words in _FUNCTION_WORDS.items()}
_ENOUGH_WORDS = 4


def language_flags(source: str, target: str) -> list[Flag]:
    """The translation is in another language than English, by its function words or its letters."""
    whole = Span(0, len(target))
    if _in_another_script(source, target):
        return [Flag(FlagKind.LANGUAGE, "written in another script", target=whole)]
    words = target.lower().split()
    english = sum(word in _LANGUAGES["English"] for word in words)
    if len(words) < _ENOUGH_WORDS or 4 * english >= len(words):
        return []
    words = _WORD.findall(target.lower())
    counts = {name: sum(word in known for word in words) for name, known in _LANGUAGES.items()}
    best = max(counts, key=counts.__getitem__)
    if best != "English" and counts[best] >= 2 and counts[best] > 2 * counts["English"]:
        return [Flag(FlagKind.LANGUAGE, f"looks like {best}, not English", target=whole)]
    return []


def _in_another_script(source: str, target: str) -> bool:
    """Most letters are no Latin ones, and the source has hardly any such."""
    if target.isascii():
        return False
    foreign = sum(map(_is_foreign, target))
    if foreign <= max(3, sum(map(str.isalpha, target)) / 2):
        return False
    return sum(map(_is_foreign, source)) < foreign / 2


def _is_foreign(letter: str) -> bool:
    return letter > "\u024f" and letter.isalpha() and not "\u1e00" <= letter <= "\u1eff"


# Quotation marks and brackets

_DOUBLE = '"“”„«»'
# Bounded, so that no text makes the search long.
_QUOTED = re.compile(
    r"[\"“„«][^\"“”„«»]{0,400}[\"”“»]|(?<!\w)[‘'][^‘’']{0,200}(?:\w['’]\w[^‘’']{0,100}){0,5}[’'](?!\w)"
)
# Single marks that quote, not those of Dutch 's, 't and '90 or of a possessive.
_OPENING = re.compile(r"(?<!\w)[‘'](?=\w)(?!(?:s|t|n|m|k|\d\d)\b)")
_CLOSING = re.compile(r"(?<=[\w.,!?…])[’'](?!\w)")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


def quotation_flags(source: str, target: str) -> list[Flag]:
    """Quotation marks and brackets that were lost or left open, where the source closes them."""
    flags = []
    if len(_OPENING.findall(source)) != len(_CLOSING.findall(source)):
        return _all_bracket_flags(source, target)  # a quotation that goes on in the next segment
    ours = [index for index, mark in enumerate(source) if mark in _DOUBLE]
    theirs = [index for index, mark in enumerate(target) if mark in _DOUBLE]
    if len(ours) % 2 == 0 and len(theirs) % 2 == 1:
        message = "a quotation mark has no partner"
        flags.append(Flag(FlagKind.QUOTATION, message, source=_between(ours), target=_between(theirs[-1:])))
    elif len(ours) >= 2 and len(ours) % 2 == 0 and not theirs and not _QUOTED.search(target):
        flags.append(Flag(FlagKind.QUOTATION, "the quotation marks are gone", source=_between(ours)))
    return flags + _all_bracket_flags(source, target)


def _all_bracket_flags(source: str, target: str) -> list[Flag]:
    return [flag for pair in _BRACKETS.items() for flag in _bracket_flags(source, target, *pair)]


def _between(places: Sequence[int]) -> Span | None:
    return Span(places[0], places[-1] + 1) if places else None


def _bracket_flags(source: str, target: str, opening: str, closing: str) -> list[Flag]:
    if not any(mark in text for mark in (opening, closing) for text in (source, target)):
        return []
    ours, theirs = _unclosed(source, opening, closing), _unclosed(target, opening, closing)
    # A number of a list has only its second half: "a) ..."
    if theirs and not ours:
        message = f"{target[theirs[0]]} has no partner"
        return [Flag(FlagKind.QUOTATION, message, target=Span(theirs[0], theirs[0] + 1))]
    first = source.find(opening)
    if first >= 0 and not ours and opening not in target and not re.search(r"[,–—\-(]", target):
        return [
            Flag(FlagKind.QUOTATION, "the brackets are gone", source=Span(first, source.find(closing) + 1))
        ]
    return []


def _unclosed(text: str, opening: str, closing: str) -> list[int]:
    """Places of brackets without a partner; smileys are none."""
    open_: list[int] = []
    alone: list[int] = []
    for index, mark in enumerate(text):
        if mark == opening:
            open_.append(index)
        elif mark == closing:
            if open_:
                open_.pop()
            elif not _stands_alone(text, index):
                alone.append(index)
    return sorted(alone + open_)


def _stands_alone(text: str, index: int) -> bool:
    """A smiley, or the bracket behind the letter or number of a list."""
    smiley = index > 0 and text[index - 1] in ":;-="
    return smiley or (index <= 6 and text[:index].strip().isalnum())


# Ends and strays

_END = re.compile(r"[.!?…:;][\"”’'»)\]]*\s*$")
_HANGING = frozenset(
    """the a an and or but of to in on at by for from with as that which who than because if when while
    into is are was were be been has have had will would can could should may not its his her their this
    these""".split()  # noqa: SIM905
)


def truncation_flags(source: str, target: str) -> list[Flag]:
    """The sentence breaks off: the source has its full stop, the English ends in mid-sentence."""
    if not _END.search(source) or _END.search(target):
        return []
    words = list(_WORD.finditer(target))
    text = target.rstrip()
    hangs = bool(words) and words[-1].end() == len(text) and words[-1].group().lower() in _HANGING
    if hangs or text.endswith((",", "-", "–")) or (length_deviation(source, target) < -2.0):
        last = words[-1].start() if words else 0
        return [
            Flag(
                FlagKind.TRUNCATION,
                f"breaks off after {text[last:]}",
                source=Span(len(source.rstrip()) - 1, len(source.rstrip())),
                target=Span(last, len(text)),
            )
        ]
    return []


_STRAY = re.compile(
    r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|(?:amp|lt|gt|quot|apos|nbsp));|</?[a-zA-Z][^<>]{0,80}>|[⁇▁�]"
    r"|(?<=[^\W\d_])\?(?=[^\W\d_])"  # M?sl?m: a letter that the model could not write
)


def stray_flags(source: str, target: str) -> list[Flag]:
    """Entities, tags and stand-ins for unknown characters that the source has not."""
    return [
        Flag(FlagKind.STRAY, f"{found.group()} is not in the source", target=Span(*found.span()))
        for found in _STRAY.finditer(target)
        if found.group() not in source
    ]


_CHECKS: tuple[Callable[[str, str], list[Flag]], ...] = (
    language_flags,
    leftover_flags,
    truncation_flags,
    quantity_flags,
    name_flags,
    quotation_flags,
    stray_flags,
)


# Whole documents


def check_bitext(bitext: Bitext, glossary: TermChecker | None = None) -> Bitext:
    """``bitext`` with the flags of every check.

    Flags of kinds that the checks can see are found anew; what only the translation
    could know (doubt, parts, repairs) stays.
    """
    beads = []
    for bead in bitext.beads:
        found = check_segment(bitext.source_text(bead), bitext.target_text(bead), glossary)
        kinds = {flag.kind for flag in found}
        kept = [flag for flag in bead.flags if flag.repaired or not _found_anew(flag.kind, kinds)]
        beads.append(replace(bead, flags=(*found, *kept)))
    return replace(bitext, beads=tuple(beads))


def _found_anew(kind: FlagKind, found: Collection[FlagKind]) -> bool:
    """The decoder, and a glossary that is not given now, know more of some kinds than the text shows."""
    return kind in found or (kind in CHECKED and kind not in (FlagKind.TRUNCATION, FlagKind.GLOSSARY))


def findings(bitext: Bitext) -> Iterator[Finding]:
    """Every flag that is not mended, with its segment, in order."""
    for bead in bitext.beads:
        for flag in bead.flags:
            if not flag.repaired:
                yield Finding(bead.id, bitext.source_text(bead), bitext.target_text(bead), flag)
