"""Splitting Dutch text, and English, into sentences, by rules.

:func:`segment` adds segments to a document that a reader made. The rules look at
each run of final marks (``.``, ``?``, ``!``, ``…``) followed by white space, and
ask what stands before it (an abbreviation, an initial, a list number) and after
it (a capital, a digit, ``'s``). Three choices worth knowing:

- A quotation or parenthesis that begins inside a sentence stays whole, however
  many sentences it holds (``Ze zei: "Ik ga. Wacht niet."`` is one segment), up to
  ``LONGEST_ENCLOSED`` characters. One that begins with the sentence is split.
- A small letter never starts a sentence, save in names such as ``iPhone``.
- A semicolon or colon ends nothing.

The work is linear in the length of the text: every look back or ahead is bounded.
Abbreviations come from ``data/abbreviations.nl.txt`` or, for a document in English,
``data/abbreviations.en.txt``; users may add a file to the Dutch ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path

from corpus.document import Block, BlockKind, Document, Segment, Span, one_line, segment_id
from corpus.errors import FormatError
from corpus.files import decode_text, read_bytes

VERSION = "segmentation-1"

LONGEST_ENCLOSED = 400  # characters of a quotation or parenthesis that stays whole
_LOOK = 60  # characters looked at before and after a final mark

_QUOTES = "\"'“”„‟‘’‚‛«»‹›"
_INVISIBLE = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
_CLOSERS = rf"(?:[{_QUOTES})\]}}*_{_INVISIBLE}]|\[\d{{1,3}}\]|[¹²³⁰-⁹])*"
_EVENT = re.compile(
    rf"(?<![.!?…‥])(?P<mark>[.!?…‥]++){_CLOSERS}(?=\s|$)"
    rf"|(?<![^\s(\[{{/–—{_QUOTES}])(?P<opener>,,|''|[{_QUOTES}(\[{{])(?=\S)"
)
_APOSTROPHE_WORD = re.compile(r"['’‘](?:s|t|k|m|n|r|ns|er|em|ie)(?![^\W_])", re.IGNORECASE)
_CLOSING = {"(": ")", "[": "]", "{": "}", "„": '“”"', "“": "”", "«": "»", "»": "«", "‹": "›", "›": "‹"}
_CLOSING |= {"‚": "‘’'", "‘": "’", "”": "”", "’": "’", ",,": "''", "''": "''"}

# What may stand between a final mark's white space and the first word of a sentence.
_LEAD = re.compile(
    rf"(?:(?:,,|[„“«‹])\s?|(?!{_APOSTROPHE_WORD.pattern})[{_QUOTES}(\[{{¿¡*_#§€$£>{_INVISIBLE}]"
    rf"|[-–—•·]\s|\.{{2,}}\s?|…\s?)*",
    re.IGNORECASE,
)
_NEXT_WORD = re.compile(r"[^\W_]+")
_IN_CAPITALS = re.compile(r"[A-ZÀ-ÖØ-Þ]{2,}(?:\s+[A-ZÀ-ÖØ-Þ]{2,}|[.!?]|$)")
_ROMAN_OR_CODE = re.compile(r"(?:[IVXLC]+|[A-Z]?\d\S*)(?![^\W_])")
_INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.-?)*[^\W\d_]")
_DOTTED = re.compile(
    r"[^\W\d_]{1,3}(?:\.[^\W\d_]{1,3})+(?<!\.nl|\.be|\.de|\.eu|\.fr|\.uk|\.tv|\.fm)(?<!\.com|\.org|\.net)"
)
_LABEL = re.compile(
    r"(?i:(?:artikel|art|hoofdstuk|paragraaf|bijlage|stelling|vraag|stap|deel|les|opgave|tabel|figuur|lid)\.?\s+)?"
    r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6}|[a-zA-Z])"
)
_INVISIBLE_CHARACTERS = re.compile(rf"\u00ad\s*[\r\n]\s*|[{_INVISIBLE}]")
_LINE_MARK = re.compile(r"(?<=[\r\n\x85\u2028])[ \t]{0,3}(?:>[ \t]?)+")
_NOT_SPACE = re.compile(r"\S")
_WORD_CHARACTER = re.compile(r"[^\W_]")


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that begin many sentences and are no part of a name. After an initial, or
# an abbreviation we do not know, they show that a new sentence begins.
_STARTERS = _word_set(
    """
    aan achter al alle alleen allemaal als alsof andere anders behalve beide bij binnen bovendien buiten
    daar daarbij daardoor daarin daarmee daarna daarnaast daarom daarop daartoe daarvan daarvoor dan dat
    de deze dergelijke die dit doch door dus echter een eerst eigenlijk en enkele er ergens ervan even
    gelukkig geen haar had heeft hen het hier hierbij hierdoor hierin hiermee hierna hierop hij hoe
    hoewel hun iedere iedereen iemand ik in indien inmiddels intussen is ja je jij jouw jullie kan later
    maar meestal men met mij mijn misschien moet na naar naast nadat natuurlijk nee niemand niet niets
    nog noch nu of om omdat onder ondanks ons onze ook op over pas samen sinds soms sommige steeds tegen
    ten tenslotte terwijl tijdens tot totdat tussen uit uiteindelijk van vanaf vandaag vandaar vanuit
    veel verder volgens voor vooral voordat vroeger waar waarbij waardoor waarom waarop waarschijnlijk
    waarvan wanneer want was wat we wel welke werd wie wij wil wordt zal ze zelf zelfs zij zijn zo zoals
    zodat zodra zolang zonder zou zulke
    """
)
_ENGLISH_STARTERS = _word_set(
    """
    a about according after again all also although among an and another any are as asked at because
    before being besides both but by can could despite did do does during each earlier either even
    every everyone first for from further had has have having he her here his how however i if in
    instead is it its last later least many maybe meanwhile more moreover most much my neither
    never nevertheless next no nobody none nor not nothing now of often on once one only or other our
    over perhaps please she since so some someone sometimes soon still such that the their then there
    therefore these they this those though through thus to today together too under unless until upon
    was we were what whatever when whenever where whereas whether which while who whoever whose why
    will with within without would yes yesterday yet you your
    """
)
_ARTICLES = _word_set("de het een deze die dit dat der van")
_LEGAL_FORMS = _word_set("n.v nv b.v bv c.v cv v.o.f vof v.z.w vzw")
_NAME_PARTICLES = _word_set("de den der het 't van ten ter te")
_PREPOSITIONS_IN_NAMES = _word_set("aan achter bij in onder op over tot uit van voor")


class AbbreviationKind(StrEnum):
    """What the full stop of an abbreviation does."""

    NEVER = "never"  # it never ends a sentence
    MAY_END = "may-end"  # it ends one if a capital follows
    BEFORE_NUMBER = "before-number"  # it ends none if a number follows


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Abbreviations by class, keyed without their last full stop.

    A word in capitals that the list has in small letters counts only in a text in
    capitals: "vs." is an abbreviation, "de VS." is not. ``suffixes`` are ends of words
    (``str`` for ``Dorpsstr.``), all of the class before-number. ``starters`` are words
    of the language that begin many sentences and are no part of a name.
    """

    kinds: Mapping[str, AbbreviationKind] = field(default_factory=dict)
    suffixes: tuple[str, ...] = ()
    starters: frozenset[str] = _STARTERS

    def kind(self, before: str, word: str, *, in_capitals: bool = False) -> AbbreviationKind | None:
        """The class of ``word``, given the word ``before`` it; ``None`` if it is not known."""
        fold = len(word) > 1 and (in_capitals or "." in word or not word.isupper())
        for key in (f"{before} {word}", word):
            found = self.kinds.get(key) or (self.kinds.get(key.lower()) if fold else None)
            if found:
                return found
        return AbbreviationKind.BEFORE_NUMBER if self.suffixes and word.endswith(self.suffixes) else None


def load_abbreviations(path: Path | str) -> Abbreviations:
    """The built-in list with the file ``path`` added; the file's word is final.

    The format is that of ``data/abbreviations.nl.txt``; lines before the first
    class count as [never]. Raises :class:`FormatError` with file and line, and
    :class:`InputError` if the file cannot be read.
    """
    name = str(path)
    more = _parse(decode_text(read_bytes(Path(path)), name), name)
    ours = default_abbreviations()
    return Abbreviations({**ours.kinds, **more.kinds}, ours.suffixes + more.suffixes)


@cache
def default_abbreviations(language: str = "nl") -> Abbreviations:
    """The built-in list of a language, read once; languages without one have the Dutch list."""
    english = language.split("-")[0].lower() == "en"
    name = f"abbreviations.{'en' if english else 'nl'}.txt"
    found = _parse(resources.files("corpus").joinpath("data", name).read_text(encoding="utf-8"), name)
    return replace(found, starters=_ENGLISH_STARTERS) if english else found


def _parse(text: str, name: str) -> Abbreviations:
    kinds: dict[str, AbbreviationKind] = {}
    suffixes: list[str] = []
    kind = AbbreviationKind.NEVER
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{name}, line {number}"
        content = line.partition("#")[0].strip()
        if content.startswith("["):
            kind = _class_named(content, where)
            continue
        for entry in filter(None, (part.strip() for part in content.split(","))):
            if len(entry) < 2 or not entry.endswith(".") or not _WORD_CHARACTER.search(entry):
                remedy = "write it with its full stop, as in: enz."
                raise FormatError(f"{entry!r} is not an abbreviation", where=where, remedy=remedy)
            if not entry.startswith("*"):
                kinds[one_line(entry[:-1])] = kind
            elif kind is AbbreviationKind.BEFORE_NUMBER:
                suffixes.append(entry[1:-1])
            else:
                remedy = "move it there, or write the whole word"
                raise FormatError("'*' works in the class [before-number] only", where=where, remedy=remedy)
    return Abbreviations(kinds, tuple(suffixes))


def _class_named(line: str, where: str) -> AbbreviationKind:
    try:
        return AbbreviationKind(line.removeprefix("[").removesuffix("]").strip())
    except ValueError:
        known = ", ".join(f"[{kind}]" for kind in AbbreviationKind)
        raise FormatError(f"unknown class {line}", where=where, remedy=f"use one of {known}") from None


def segment(document: Document, abbreviations: Abbreviations | None = None) -> Document:
    """``document`` with segments, sentence by sentence within its blocks.

    A document that has segments already (one a line, say) comes back as it is.
    """
    if document.segments:
        return document
    known = abbreviations or default_abbreviations(document.language)
    segments: list[Segment] = []
    for block in document.blocks:
        text = _without_line_marks(block, block.span.of(document.text))
        for number, span in enumerate(split_spans(text, known), start=1):
            moved = span.shifted(block.span.start)
            name = segment_id(block.number, number)
            segments.append(Segment(name, block.number, moved, plain_text(span.of(text))))
    return replace(document, segments=tuple(segments), segmentation=VERSION)


def plain_text(raw: str) -> str:
    """``raw`` as a model should read it: on one line, without invisible characters."""
    return one_line(_INVISIBLE_CHARACTERS.sub("", raw))


def _without_line_marks(block: Block, text: str) -> str:
    """A quotation's text with the ``>`` of its further lines blanked; the length stays."""
    if block.kind is not BlockKind.QUOTATION:
        return text
    return _LINE_MARK.sub(lambda found: " " * len(found.group()), text)


def split_spans(text: str, abbreviations: Abbreviations | None = None) -> list[Span]:
    """The sentences of ``text`` (one block) as spans without white space at the ends.

    Together they cover every character that is not white space.
    """
    known = abbreviations or default_abbreviations()
    spans = []
    start = 0
    for end in [*_ends(text, known), len(text)]:
        while start < end and text[start].isspace():
            start += 1
        stop = end
        while stop > start and text[stop - 1].isspace():
            stop -= 1
        if stop > start:
            spans.append(Span(start, stop))
        start = end
    return spans


def _ends(text: str, known: Abbreviations) -> Iterator[int]:
    """Where sentences end, the last one left out."""
    start = 0  # of the sentence at hand
    word = _first_word(text, start)  # its first letter or digit
    enclosed = 0  # up to here a quotation or parenthesis keeps its sentences together
    for event in _EVENT.finditer(text):
        if event.group("opener"):
            if event.start() > word and event.start() >= enclosed:
                enclosed = _enclosure_end(text, event.start(), event.group("opener"))
        elif event.end() >= enclosed and event.start() > word and _is_end(text, start, event, known):
            yield event.end()
            start = event.end()
            word = _first_word(text, start)


def _first_word(text: str, start: int) -> int:
    found = _WORD_CHARACTER.search(text, start)
    return found.start() if found else len(text)


def _enclosure_end(text: str, start: int, opener: str) -> int:
    """The end of what ``opener`` at ``start`` encloses; ``start`` if it is not closed nearby."""
    if opener in "'’‘" and _APOSTROPHE_WORD.match(text, start):
        return start
    closing = re.escape(_CLOSING.get(opener, opener))
    pattern = closing if opener in "([{" or len(opener) > 1 else rf"(?<=\S)[{closing}](?![^\W_])"
    found = _compiled(pattern).search(text, start + len(opener), start + LONGEST_ENCLOSED)
    return found.end() if found else start


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_end(text: str, start: int, event: re.Match[str], known: Abbreviations) -> bool:
    """Whether the final mark of ``event`` ends the sentence that began at ``start``."""
    next_mark = _NOT_SPACE.search(text, event.end())
    following = text[next_mark.start() : next_mark.start() + _LOOK] if next_mark else ""
    lead = _LEAD.match(following)
    following = following[lead.end() :] if lead else following
    if not _may_start(following):
        return False
    at = event.start("mark")
    if event.group("mark") != ".":
        return text[at - 1] not in "(["  # "(...)" and "(!)" end nothing
    before = text[max(start, at - _LOOK) : at].strip().lstrip(f"([{{{_QUOTES}")
    if len(before) < _LOOK // 2 and _LABEL.fullmatch(before):
        return False
    return _full_stop_ends(before.split(), following, known)


def _may_start(following: str) -> bool:
    """Whether a sentence can start with ``following``."""
    if not following or _APOSTROPHE_WORD.match(following):
        return bool(following)
    if following[0].islower():
        word = _NEXT_WORD.match(following)
        return word is not None and not word.group().islower()  # iPhone
    return following[0].isalnum()


def _full_stop_ends(words: list[str], following: str, known: Abbreviations) -> bool:
    """Whether the full stop after ``words`` ends a sentence, given what may start the next."""
    word = words[-1].lstrip(f"([{{{_QUOTES}")
    before = words[-2] if len(words) > 1 else ""
    capitals = _IN_CAPITALS.match(following) is not None
    last_part = re.split(r"[-–/]", word)[-1]
    kind = known.kind(before, word, in_capitals=capitals) or known.kind(
        before, last_part, in_capitals=capitals
    )
    if kind is AbbreviationKind.NEVER:
        return False
    if kind is AbbreviationKind.BEFORE_NUMBER:
        return not _ROMAN_OR_CODE.match(following)
    if kind is AbbreviationKind.MAY_END:
        if following[0].isdigit():
            return False
        if known.starters is _ENGLISH_STARTERS:
            return _begins_anew(following, known)
        # "De N.V. Philips": an article before it shows that the name is still to come.
        before_name = word.lower() in _LEGAL_FORMS and before.lower() in _ARTICLES
        return not before_name or _begins_anew(following, known)
    if word != "u" and (_INITIALS.fullmatch(word) or _DOTTED.fullmatch(word)):
        return _begins_anew(following, known)
    return True


def _begins_anew(following: str, known: Abbreviations) -> bool:
    """Whether ``following`` begins a sentence rather than the rest of a name."""
    first, *rest = [word.strip(",.;:!?") for word in following.split()[:5]]
    lower = first.lower()
    if known.starters is _ENGLISH_STARTERS:
        return lower in known.starters
    if lower in _PREPOSITIONS_IN_NAMES and not (rest and rest[0] in _NAME_PARTICLES):
        return True  # a name would be "In 't Veld", not "In Veld"
    if lower in _PREPOSITIONS_IN_NAMES | _NAME_PARTICLES:
        name = next((word for word in rest if word not in _NAME_PARTICLES), "")
        return name[:1].islower()
    return lower in known.starters or lower.startswith(("daar", "hier", "waar"))
