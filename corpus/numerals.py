"""Numbers in Dutch and English text, and whether two texts hold the same ones.

Dutch writes 1.234,56 where English writes 1,234.56; either may write a number in
words; Dutch tells the time as 20.00 uur where English has 8 pm. So a number has
several readings, and two numbers agree when a reading is common to both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from corpus.document import Span

_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = {"nl": ".", "en": ","}
_WORD = re.compile(r"[^\W\d_]+")

_NL_ONES = {
    "nul": 0, "een": 1, "één": 1, "eén": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6, "zeven":
    7, "acht": 8, "negen": 9, "tien": 10, "elf": 11, "twaalf": 12, "dertien": 13, "veertien": 14,
    "vijftien": 15, "zestien": 16, "zeventien": 17, "achttien": 18, "negentien": 19,
}  # fmt: skip
_NL_TENS = {
    "twintig": 20, "dertig": 30, "veertig": 40, "vijftig": 50, "zestig": 60, "zeventig": 70, "tachtig":
    80, "negentig": 90,
}  # fmt: skip
_NL_OTHER: dict[str, int | Fraction] = {
    "honderd": 100, "duizend": 1000, "miljoen": 10**6, "miljard": 10**9, "biljoen": 10**12, "half":
    Fraction(1, 2), "halve": Fraction(1, 2), "helft": Fraction(1, 2), "anderhalf": Fraction(3, 2),
    "anderhalve": Fraction(3, 2), "kwart": Fraction(1, 4), "dozijn": 12, "beide": 2, "beiden": 2,
    "dubbel": 2, "dubbele": 2, "tweeling": 2, "eerste": 1, "derde": 3, "achtste": 8, "twintigste": 20,
    "honderdste": 100, "eenmaal": 1, "tweemaal": 2, "driemaal": 3, "eens": 1, "ene": 1, "vijven": 5,
    "zessen": 6, "tweeën": 2, "drieën": 3, "vieren": 4,
}  # fmt: skip
_EN_ONES = {
    "zero": 0, "nil": 0, "nought": 0, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five":
    5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_EN_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_EN_OTHER: dict[str, int | Fraction] = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "half":
    Fraction(1, 2), "quarter": Fraction(1, 4), "dozen": 12, "both": 2, "double": 2, "twin": 2, "twins": 2,
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12, "once": 1,
    "twice": 2, "pair": 2, "couple": 2, "single": 1, "triple": 3, "noon": 12, "midnight": 0, "fortnight":
    14, "score": 20, "midday": 12,
}  # fmt: skip
_MONTHS = {
    "januari": 1, "februari": 2, "maart": 3, "april": 4, "mei": 5, "juni": 6, "juli": 7, "augustus": 8,
    "september": 9, "oktober": 10, "november": 11, "december": 12, "january": 1, "february": 2, "march":
    3, "may": 5, "june": 6, "july": 7, "august": 8, "october": 10,
}  # fmt: skip
_SCALES = {
    "nl": {
        "duizend": 10**3, "miljoen": 10**6, "mln": 10**6, "miljard": 10**9, "mld": 10**9, "biljoen": 10**12,
    },
    "en": {
        "thousand": 10**3, "k": 10**3, "million": 10**6, "m": 10**6, "mln": 10**6, "billion": 10**9,
        "bn": 10**9, "trillion": 10**12,
    },
}  # fmt: skip


_ENGLISH: dict[str, int | Fraction] = {**_EN_ONES, **_EN_TENS, **_EN_OTHER}
_SINGLE: dict[str, int | Fraction] = {**_MONTHS, **_ENGLISH, **_NL_ONES, **_NL_TENS, **_NL_OTHER}


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in digits: where it stands and what it may mean."""

    span: Span
    readings: frozenset[Fraction]


def numbers(text: str, language: str) -> list[Number]:
    """The numbers that ``text`` writes in digits, in order. ``language`` is nl or en."""
    return [
        Number(Span(*found.span()), frozenset(_readings(found.group(), text[found.end() :], language)))
        for found in _DIGITS.finditer(text)
    ]


def unmatched_numbers(source: str, target: str) -> tuple[list[Span], list[Span]]:
    """Numbers in digits that the Dutch ``source`` and the English ``target`` do not share.

    First those that the target lacks, then those that the source lacks. A number
    in words on the other side excuses one in digits.
    """
    there = numbers(target, "en")
    places: dict[Fraction, list[int]] = {}
    for index in reversed(range(len(there))):
        for reading in there[index].readings:
            places.setdefault(reading, []).append(index)
    used: set[int] = set()
    missing = []
    for number in numbers(source, "nl"):
        free = [_first_free(places.get(reading, []), used) for reading in sorted(number.readings)]
        found = min((index for index in free if index is not None), default=None)
        if found is None:
            missing.append(number)
        else:
            used.add(found)
    left = [number for index, number in enumerate(there) if index not in used]
    missing, left = _parts_agree(missing, left)
    spoken = word_numbers(target) if missing else frozenset()
    written = word_numbers(source) if left else frozenset()
    dropped = [number.span for number in missing if not number.readings & spoken]
    added = [number.span for number in left if not number.readings & written]
    return dropped, added


def _first_free(places: list[int], used: set[int]) -> int | None:
    """The last of ``places`` that is not used; used ones are dropped on the way."""
    while places and places[-1] in used:
        places.pop()
    return places[-1] if places else None


def _parts_agree(first: list[Number], second: list[Number]) -> tuple[list[Number], list[Number]]:
    """Drop what agrees when marks are no guide: 3-4-2022 and 3/4/2022, 20.15 and 8:15."""
    keep_first, keep_second = list(first), list(second)
    if len(first) * len(second) > 10_000:
        return keep_first, keep_second  # this far apart, times of day are not the reason
    for number in first:
        for other in keep_second:
            if _is_time_of(number, other):
                keep_first.remove(number)
                keep_second.remove(other)
                break
    return keep_first, keep_second


def _is_time_of(number: Number, other: Number) -> bool:
    """Half a day apart: 20 and 8, 20.15 and 8.15 (as numbers 12 apart)."""
    return any(a - b in (12, -12) for a in number.readings for b in other.readings if 0 <= min(a, b) <= 12)


def _readings(digits: str, after: str, language: str) -> Iterator[Fraction]:
    plain = list(_plain_readings(digits, language))
    yield from plain
    following = _WORD.match(after.lstrip(" \u00a0-"))
    scale = _SCALES[language].get(following.group().lower(), 0) if following else 0
    if scale:
        yield from (value * scale for value in plain)


def _plain_readings(digits: str, language: str) -> Iterator[Fraction]:
    thousands = _THOUSANDS[language]
    decimal = "," if thousands == "." else "."
    grouped = re.fullmatch(
        rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d+)?", digits
    )
    if grouped:
        yield Fraction(digits.replace(thousands, "").replace(decimal, "."))
    parts = re.split("[.,:]", digits)
    if len(parts) == 1:
        yield Fraction(digits)
        if len(digits) == 4 and digits[0] in "12":
            yield Fraction(digits[2:])  # 1990 and '90
    elif len(parts) == 2 and not grouped:
        # A decimal number, a time or a section: 3,5 or 20.00 or 4.2, written with either mark.
        yield Fraction(f"{parts[0]}.{parts[1]}")
        if set(parts[1]) == {"0"}:
            yield Fraction(parts[0])
    elif len(parts) == 2:
        # Grouped by this language's habit, but texts are careless: 1.234 may be a version.
        yield Fraction(f"{parts[0]}.{parts[1]}")
    else:
        yield Fraction("".join(parts))


def word_numbers(text: str) -> frozenset[Fraction]:
    """What the number words of a Dutch or English text may mean, singly and in compounds."""
    found = [_word_value(match.group().lower()) for match in _WORD.finditer(text)]
    values: set[Fraction] = {value for value in found if value is not None}
    values |= _runs(found)
    values |= {value - 12 for value in values if 12 < value <= 24} | {
        value + 12 for value in values if value < 12
    }
    return frozenset(values)


def _runs(found: list[Fraction | None]) -> set[Fraction]:
    """Values of number words that follow each other: "two hundred and fifty", "twenty-five"."""
    values: set[Fraction] = set()
    for begin, first in enumerate(found):
        if first is None:
            continue
        total, current = Fraction(0), Fraction(first)
        for value in found[begin + 1 : begin + 10]:
            if value is None:
                if found[begin + 1 : begin + 10].index(None) == 0:
                    break
                continue
            if value >= 1000:
                total, current = total + (current or 1) * value, Fraction(0)
            elif value == 100:
                current = (current or 1) * value
            else:
                # "nineteen ninety" is a year, "twenty five" a sum.
                if 10 < current < 100 and value >= 10:
                    values.add(current * 100 + value)
                current += value
            values.add(total + current)
    return values


@cache
def _word_value(word: str) -> Fraction | None:
    if word in _SINGLE:
        return Fraction(_SINGLE[word])
    value = _dutch_compound(word)
    if value is None:
        value = _english_ordinal(word)
    return value


def _dutch_compound(word: str) -> Fraction | None:
    """Dutch number words written as one: vijfentwintig, driehonderdvijftig, tweede, zestiger."""
    for suffix in (
        "",
        "ste",
        "de",
        "tal",
        "tallen",
        "er",
        "ers",
        "jarige",
        "jarig",
        "en",
        "voud",
        "voudig",
        "daags",
    ):
        if suffix and not word.endswith(suffix):
            continue
        value = cardinal(word[: len(word) - len(suffix)] if suffix else word)
        if value is not None:
            return Fraction(value)
    return None


def cardinal(word: str) -> int | None:
    """The value of a Dutch cardinal in words, written as one ("vijfentwintig"); None if it is none."""
    if word in _NL_ONES:
        return _NL_ONES[word]
    if word in _NL_TENS:
        return _NL_TENS[word]
    for name, size in (("duizend", 1000), ("honderd", 100)):
        before, mark, after = word.partition(name)
        if mark:
            first = cardinal(before) if before else 1
            last = cardinal(after.removeprefix("en")) if after else 0
            return None if first is None or last is None else first * size + last
    for tens, value in _NL_TENS.items():
        if word.endswith(tens):
            ones = word.removesuffix(tens)
            for link in ("en", "ën"):
                if ones.endswith(link) and ones.removesuffix(link) in _NL_ONES:
                    return value + _NL_ONES[ones.removesuffix(link)]
    return None


def english_number(word: str) -> Fraction | None:
    """The value of an English cardinal from two to ninety that is one word, or of "one"."""
    if word in ("a", "an", "zero", "nil", "nought"):
        return None
    value = _EN_ONES.get(word, _EN_TENS.get(word))
    return None if value is None else Fraction(value)


def _english_ordinal(word: str) -> Fraction | None:
    """seventh, twentieth, thirties, sevenfold."""
    for suffix, ending in (("ieth", "y"), ("ies", "y"), ("th", ""), ("s", ""), ("fold", "")):
        if word.endswith(suffix):
            stem = word.removesuffix(suffix) + ending
            if len(stem) > 2 and stem in _ENGLISH:
                return Fraction(_ENGLISH[stem])
    return None
