"""What a text says in figures: numbers, amounts of money, measures, dates and times, each with its place.

:func:`quantities` reads Dutch or English by that language's own habits: Dutch 1.234,5
is English 1,234.5; ``miljard`` is a billion and ``biljoen`` a trillion; ``half vier``
is 3:30 and ``anderhalf`` one and a half; Dutch clocks have 24 hours.
:func:`differences` pairs the quantities of a source and its translation and tells
which were changed, dropped or made up. What it cannot be sure of it lets pass.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache

from corpus.document import Span
from corpus.numerals import cardinal, english_number, word_numbers


class QuantityKind(StrEnum):
    """What a quantity measures."""

    NUMBER = "number"  # no unit, or one that is not known here
    PERCENT = "percent"
    MONEY = "money"
    MEASURE = "measure"
    DATE = "date"  # day, month and year, as far as they are given
    WEEKDAY = "weekday"
    TIME = "time"  # of day, in minutes from midnight
    CENTURY = "century"
    DECADE = "decade"


Value = Fraction | tuple[int, int, int]
"""A number, or a date as (day, month, year) with 0 for what is not given."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity and where it stands.

    ``values`` are what it may mean as the language is written; ``loose`` what a
    writer with the other language's habits may have meant. ``unit`` is a name that
    both languages share ("km", "EUR"). ``spelled`` quantities are in words. An
    ``optional`` one excuses another but is not missed itself.
    """

    span: Span
    kind: QuantityKind
    values: frozenset[Value]
    unit: str = ""
    loose: frozenset[Value] = frozenset()
    spelled: bool = False
    optional: bool = False


class ChangeKind(StrEnum):
    """What happened to a quantity."""

    VALUE = "value"  # another number
    UNIT = "unit"  # the same number in another unit, or converted
    MARKS = "marks"  # the right digits with the other language's marks
    DROPPED = "dropped"  # not in the target
    ADDED = "added"  # not in the source


@dataclass(frozen=True, slots=True)
class Change:
    """A quantity of the source that the target has otherwise; one side may be None."""

    kind: ChangeKind
    source: Quantity | None
    target: Quantity | None


def quantities(text: str, language: str) -> list[Quantity]:
    """The quantities of ``text`` in order. ``language`` is nl or en."""
    return list(_quantities(text, language))


@lru_cache(maxsize=4096)
def _quantities(text: str, language: str) -> tuple[Quantity, ...]:
    """Remembered, because several systems translate one source."""
    return tuple(_Reader(text, language).read())


def differences(source: str, target: str) -> list[Change]:
    """What the English ``target`` says in other figures than the Dutch ``source``."""
    ours, theirs = quantities(source, "nl"), quantities(target, "en")
    if len(ours) * len(theirs) > _TOO_MANY:
        return _differences_of_lists(ours, theirs)
    changes: list[Change] = []
    for agree, change in _AGREEMENTS:
        for one in list(ours):
            other = next((item for item in theirs if agree(one, item)), None)
            if other is None:
                continue
            ours.remove(one)
            theirs.remove(other)
            if change is not None:
                changes.append(Change(change, one, other))
    if not ours and not theirs:
        return sorted(changes, key=_place)
    # A number may be said twice, or in a form that is not understood here.
    said, written = _everything(target, "en"), _everything(source, "nl")
    ours = [item for item in ours if not item.optional and not _excused(item, said)]
    theirs = [item for item in theirs if not item.optional and not _excused(item, written)]
    for one in list(ours):
        rival = next((item for item in theirs if _comparable(one, item)), None)
        if rival is not None:
            ours.remove(one)
            theirs.remove(rival)
            changes.append(Change(ChangeKind.VALUE, one, rival))
    changes += [Change(ChangeKind.DROPPED, item, None) for item in ours if _would_be_missed(item)]
    changes += [Change(ChangeKind.ADDED, None, item) for item in theirs if _would_be_missed(item)]
    return sorted(changes, key=_place)


def _differences_of_lists(ours: list[Quantity], theirs: list[Quantity]) -> list[Change]:
    """What two long lists of figures do not share, without pairing the rest."""
    left = Counter((item.kind, item.unit, item.values) for item in theirs)
    left.subtract((item.kind, item.unit, item.values) for item in ours)
    changes = []
    for items, kind, sign in ((ours, ChangeKind.DROPPED, -1), (theirs, ChangeKind.ADDED, 1)):
        for item in items:
            key = (item.kind, item.unit, item.values)
            if left[key] * sign > 0 and _would_be_missed(item) and not item.optional:
                left[key] -= sign
                source, target = (item, None) if sign < 0 else (None, item)
                changes.append(Change(kind, source, target))
    return changes


def _place(change: Change) -> tuple[int, int]:
    first = change.source or change.target
    assert first is not None
    return (0 if change.source else 1, first.span.start)


# Whether two quantities agree, from the surest to the loosest


def _same(one: Quantity, other: Quantity) -> bool:
    return one.kind is other.kind and one.unit == other.unit and bool(one.values & other.values)


def _same_date(one: Quantity, other: Quantity) -> bool:
    """A date may leave out what the sentence has elsewhere, but not contradict."""
    if one.kind is not QuantityKind.DATE or other.kind is not QuantityKind.DATE:
        return False
    return any(
        all(a == b or not b for a, b in zip(left, right, strict=True))
        for left in one.values
        for right in other.values
        if isinstance(left, tuple) and isinstance(right, tuple)
    )


def _same_hour(one: Quantity, other: Quantity) -> bool:
    """Dutch ``drie uur`` is three hours or three o'clock; a clock may have 12 or 24 hours."""
    first, second = _minutes(one), _minutes(other)
    return bool(first and second and {m % 720 for m in first} & {m % 720 for m in second})


def _minutes(item: Quantity) -> set[Fraction]:
    values = {value for value in item.values if isinstance(value, Fraction)}
    if item.kind is QuantityKind.TIME:
        return values
    if item.kind is QuantityKind.MEASURE and item.unit == "hour":
        return {value * 60 for value in values}
    return set()


def _same_number(one: Quantity, other: Quantity) -> bool:
    """The same value where the unit is not said, or of another dimension (so not understood)."""
    if not one.values & other.values or one.kind in _CALENDAR or other.kind in _CALENDAR:
        return False
    return not _rival_units(one, other)


def _rival_units(one: Quantity, other: Quantity) -> bool:
    """Both have a unit of one dimension, and they differ."""
    if not one.unit or not other.unit or one.unit == other.unit:
        return False
    return _dimension(one.unit) == _dimension(other.unit)


def _same_period(one: Quantity, other: Quantity) -> bool:
    """The 18th century is the 1700s; ``jaren 90`` the 1990s; a decade may be in digits only."""
    kinds = {one.kind, other.kind}
    if kinds == {QuantityKind.NUMBER}:  # 1996 and '96
        return any(
            a != b and max(a, b) // 100 in range(10, 22) and min(a, b) < 100 and a % 100 == b % 100
            for a in one.values
            for b in other.values
            if isinstance(a, Fraction) and isinstance(b, Fraction)
        )
    if kinds == {QuantityKind.CENTURY, QuantityKind.DECADE}:
        century, decade = (one, other) if one.kind is QuantityKind.CENTURY else (other, one)
        return any(
            isinstance(a, Fraction) and isinstance(b, Fraction) and (a - 1) * 100 == b
            for a in century.values
            for b in decade.values
        )
    if QuantityKind.DECADE in kinds and kinds <= {QuantityKind.DECADE, QuantityKind.NUMBER}:
        return any(
            isinstance(a, Fraction) and isinstance(b, Fraction) and a % 100 == b % 100
            for a in one.values
            for b in other.values
        )
    return QuantityKind.CENTURY in kinds and QuantityKind.NUMBER in kinds and bool(one.values & other.values)


def _clock_without_a_word(one: Quantity, other: Quantity) -> bool:
    """Dutch 02.30 is 02:30, or 0230, if the English says so."""
    if other.kind is QuantityKind.NUMBER and one.kind is QuantityKind.TIME:
        one, other = other, one
    if one.kind is not QuantityKind.NUMBER or other.kind not in (QuantityKind.TIME, QuantityKind.NUMBER):
        return False
    for value in one.values:
        if isinstance(value, Fraction) and 0 <= value < 24:
            hours, minutes = int(value), value % 1 * 100
            written = other.kind is QuantityKind.NUMBER and hours * 100 + minutes in other.values
            if minutes < 60 and (
                written or (60 * hours + minutes) % 720 in {m % 720 for m in _minutes(other)}
            ):
                return True
    return False


def _part_of_date(one: Quantity, other: Quantity) -> bool:
    """A date on one side, its day or year as a number on the other."""
    for date, number in ((one, other), (other, one)):
        if date.kind is QuantityKind.DATE and number.kind is QuantityKind.NUMBER:
            parts = {Fraction(part) for value in date.values if isinstance(value, tuple) for part in value}
            return bool(parts & number.values)
    return False


def _other_unit(one: Quantity, other: Quantity) -> bool:
    return bool(one.values & other.values) and _rival_units(one, other)


def _converted(one: Quantity, other: Quantity) -> bool:
    """The same length, weight or speed in another unit, rounded perhaps."""
    if not _rival_units(one, other) or one.kind is QuantityKind.MONEY:
        return False
    first, second = _FACTORS.get(one.unit), _FACTORS.get(other.unit)
    if first is None or second is None:
        return False
    return any(
        abs(float(a) * first - float(b) * second) <= 0.06 * float(a) * first
        for a in one.values
        for b in other.values
        if isinstance(a, Fraction) and isinstance(b, Fraction) and a
    )


def _loosely_same(one: Quantity, other: Quantity) -> bool:
    """Right only if the English is read with Dutch marks."""
    return not _rival_units(one, other) and bool(one.values & other.loose)


def _source_loose(one: Quantity, other: Quantity) -> bool:
    """The Dutch was written with English marks, or in a way that can be read twice."""
    return not _rival_units(one, other) and bool(one.loose & (other.values | other.loose))


_AGREEMENTS: tuple[tuple[Callable[[Quantity, Quantity], bool], ChangeKind | None], ...] = (
    (_same, None),
    (_same_date, None),
    (_same_hour, None),
    (_same_number, None),
    (_same_period, None),
    (_clock_without_a_word, None),
    (_part_of_date, None),
    (_source_loose, None),
    (_other_unit, ChangeKind.UNIT),
    (_converted, ChangeKind.UNIT),
    (_loosely_same, ChangeKind.MARKS),
)
_CALENDAR = frozenset({QuantityKind.DATE, QuantityKind.WEEKDAY, QuantityKind.TIME})


@dataclass(frozen=True, slots=True)
class _Said:
    """All that a text says in figures, read as generously as possible."""

    values: frozenset[Value]
    words: frozenset[Fraction]


def _everything(text: str, language: str) -> _Said:
    values: set[Value] = set()
    for item in quantities(text, language):
        values |= item.values | item.loose
        for value in item.values:
            if isinstance(value, tuple):
                values |= {Fraction(part) for part in value}
                values.add((0, value[1], 0))
                values.add((0, value[1], value[2]))
            elif item.kind is QuantityKind.DECADE and value >= 1000:
                values.add(Fraction(value // 100 + 1))  # the 1830s are of the 19th century
    return _Said(frozenset(values), word_numbers(text))


def _excused(item: Quantity, said: _Said) -> bool:
    """The other side has the value somewhere. Large round ones must be there as such."""
    if item.values & said.values:
        return True
    plain = {value for value in item.values if isinstance(value, Fraction)}
    if item.kind in _CALENDAR or any(value >= 10**6 for value in plain):
        return False
    return bool(plain & said.words)


def _comparable(one: Quantity, other: Quantity) -> bool:
    """Unlike values that stand for each other: a number that was changed, not two that are unrelated."""
    if one.kind is not other.kind or (one.unit == _ORDINAL_UNIT) != (other.unit == _ORDINAL_UNIT):
        return False
    if one.spelled and other.spelled and one.kind is QuantityKind.NUMBER:
        return _least(one) > 2 and _least(other) > 2
    return one.kind in _CALENDAR or not one.unit or not other.unit or not _rival_units(one, other)


def _least(item: Quantity) -> Fraction:
    return min((value for value in item.values if isinstance(value, Fraction)), default=Fraction(0))


def _would_be_missed(item: Quantity) -> bool:
    """Small numbers in words, and months and days alone, come and go in good translations."""
    if item.kind is QuantityKind.DATE:
        return any(isinstance(value, tuple) and value[0] for value in item.values)
    if item.kind is QuantityKind.WEEKDAY:
        return False
    if item.spelled:
        return item.kind in (QuantityKind.MONEY, QuantityKind.PERCENT, QuantityKind.CENTURY) or (
            _least(item) > 12 and item.kind is not QuantityKind.TIME
        )
    return True


# Units


def _names(table: str) -> dict[str, str]:
    """``unit: name name`` a line; a name may be of several words joined by ``_``."""
    found = {}
    for line in table.strip().splitlines():
        unit, _, names = line.strip().partition(": ")
        for name in names.split():
            found[name.replace("_", " ")] = unit
    return found


_UNIT_NAMES = _names("""
    mm: mm millimeter millimeters millimetre millimetres
    cm: cm centimeter centimeters centimetre centimetres
    m: m meter meters metre metres
    km: km kilometer kilometers kilometre kilometres
    mile: mijl mijlen mile miles mi
    foot: voet foot feet ft
    inch: inch inches
    yard: yard yards
    g: g gram grams gramme grammes
    kg: kg kilo kilo's kilos kilogram kilograms
    tonne: ton tons tonne tonnes
    ounce: ounce ounces
    litre: l liter liters litre litres
    ml: ml milliliter milliliters millilitre millilitres
    gallon: gallon gallons
    hectare: hectare hectares hectaren ha
    acre: acre acres
    km²: vierkante_kilometer vierkante_kilometers square_kilometer square_kilometers square_kilometre
    km²: square_kilometres km² km2
    m²: vierkante_meter vierkante_meters square_meter square_meters square_metre square_metres m² m2
    mile²: vierkante_mijl square_mile square_miles mi² mi2 sq_mi
    m³: kubieke_meter kubieke_meters cubic_meter cubic_meters cubic_metre cubic_metres m³
    km/h: kilometer_per_uur km/u km/h km_per_uur kilometers_per_hour kilometres_per_hour km_per_hour kph
    km/h: kmh kilometers/h kilometres/h
    mph: mijl_per_uur miles_per_hour mph miles/h mi/h mijl/u
    m/s: meter_per_seconde m/s metres_per_second meters_per_second
    knot: knoop knopen knot knots
    °C: °C graden_celsius degrees_celsius
    °F: °F graden_fahrenheit degrees_fahrenheit
    °: graden degrees °
    second: seconde seconden second seconds
    minute: minuut minuten minute minutes
    hour: uur uren hour hours
    day: dag dagen day days
    week: week weken weeks
    month: maand maanden month months
    year: jaar jaren year years
    kW: kW kilowatt kilowatts
    MW: MW megawatt megawatts
    EUR: euro euro's euros eur
    USD: dollar dollars usd
    pound: pond pounds pound gbp
    JPY: yen jpy
    GLD: gulden guldens guilder guilders
    rouble: roebel roebels rouble roubles ruble rubles
    franc: frank franken franc francs
    crown: kroon kronen crown crowns krone kroner krona kronor
    cent: cent cents eurocent
    rupee: roepie roepies rupee rupees
    yuan: yuan
    %: % procent percent per_cent pct
    pp: procentpunt procentpunten percentage_point percentage_points
""")
_CURRENCY_SIGNS = {"€": "EUR", "$": "USD", "US$": "USD", "£": "pound", "¥": "JPY"}
_MONEY = frozenset(("EUR", "USD", "pound", "JPY", "GLD", "rouble", "franc", "crown", "cent", "rupee", "yuan"))
_DIMENSIONS: dict[str, str] = {
    **dict.fromkeys(("mm", "cm", "m", "km", "mile", "foot", "inch", "yard"), "length"),
    **dict.fromkeys(("g", "kg", "tonne", "ounce"), "mass"),
    **dict.fromkeys(("litre", "ml", "gallon", "m³"), "volume"),
    **dict.fromkeys(("hectare", "acre", "km²", "m²", "mile²"), "area"),
    **dict.fromkeys(("km/h", "mph", "m/s", "knot"), "speed"),
    **dict.fromkeys(("°C", "°F"), "temperature"),
    **dict.fromkeys(("second", "minute", "hour", "day", "week", "month", "year"), "duration"),
    **dict.fromkeys(("kW", "MW"), "power"),
    **dict.fromkeys(("%", "pp"), "share"),
    **dict.fromkeys(_MONEY, "money"),
}
_FACTORS = {
    "mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "mile": 1609.344, "foot": 0.3048, "inch": 0.0254,
    "yard": 0.9144, "g": 1.0, "kg": 1000.0, "tonne": 1e6, "ounce": 28.35, "litre": 1.0, "ml": 0.001,
    "gallon": 3.785, "m³": 1000.0, "hectare": 1e4, "acre": 4046.9, "km²": 1e6, "m²": 1.0, "mile²": 2.59e6,
    "km/h": 1.0, "mph": 1.609344, "m/s": 3.6, "knot": 1.852, "second": 1.0, "minute": 60.0,
    "hour": 3600.0, "day": 86400.0, "week": 604800.0, "month": 2629800.0, "year": 31557600.0,
}  # fmt: skip


def _dimension(unit: str) -> str:
    return _DIMENSIONS.get(unit, unit)


# Words of either language

_SCALES = {
    "nl": {
        "duizend": 10**3, "miljoen": 10**6, "miljoenen": 10**6, "mln": 10**6, "miljard": 10**9,
        "miljarden": 10**9, "mld": 10**9, "biljoen": 10**12, "biljard": 10**15, "triljoen": 10**18,
    },
    "en": {
        "thousand": 10**3, "k": 10**3, "million": 10**6, "mn": 10**6, "mln": 10**6, "billion": 10**9,
        "bn": 10**9, "trillion": 10**12, "tn": 10**12, "quadrillion": 10**15, "quintillion": 10**18,
    },
}  # fmt: skip
_MONTHS = {
    "nl": """januari februari maart april mei juni juli augustus september oktober november
        december""".split(),  # noqa: SIM905
    "en": """january february march april may june july august september october november
        december""".split(),  # noqa: SIM905
}
_SHORT_MONTHS = {
    "nl": {"jan": 1, "feb": 2, "mrt": 3, "apr": 4, "aug": 8, "sep": 9, "sept": 9, "okt": 10, "nov": 11,
           "dec": 12},
    "en": {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9,
           "oct": 10, "nov": 11, "dec": 12},
}  # fmt: skip
_WEEKDAYS = {
    "nl": ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
    "en": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
}
_DAY_PARTS = r"(?:ochtend|morgen|middag|avond|nacht|s|en)?"
_FRACTIONS = {
    "½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3), "⅔": Fraction(2, 3)
}  # fmt: skip
_DECADES_EN = {
    "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70,
    "eighties": 80, "nineties": 90,
}  # fmt: skip

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_TOO_MANY = 100_000  # comparisons of quantities; a text with more is a table of figures
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[½¼¾⅓⅔]|[^\W\d_]+(?:['’][^\W\d_]+)*|\S")
_ORDINAL = {
    "nl": re.compile(r"(?:e|de|ste)(?!\w)", re.IGNORECASE),
    "en": re.compile(r"(?:st|nd|rd|th)(?!\w)", re.IGNORECASE),
}
_GROUPED = {
    "nl": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?"),
    "en": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"),
}
_NUMERIC_DATE = re.compile(r"(?<![\w./-])(\d{1,4})([-/.])(\d{1,2})\2(\d{2,4})(?![\w/-])")
_AM_PM = re.compile(r"\s*([ap])\.?\s?m\b\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number as read, and the tokens [first, after) that hold it."""

    first: int
    after: int
    values: frozenset[Fraction]
    loose: frozenset[Fraction]
    spelled: bool
    ordinal: bool = False


class _Reader:
    """Reads one text from left to right; what is read once is not read again."""

    def __init__(self, text: str, language: str) -> None:
        # Entities that were not resolved (&#39;) are no numbers; offsets stay.
        text = _ENTITY.sub(lambda found: " " * len(found.group()), text)
        self.text = text
        self.language = language
        self.tokens = list(_TOKEN.finditer(text))
        self.words = [token.group().lower().replace("’", "'") for token in self.tokens]
        self.found: list[Quantity] = []

    def read(self) -> list[Quantity]:
        place = 0
        while place < len(self.tokens):
            place = max(place + 1, self._read_at(place))
        return self.found

    def _read_at(self, place: int) -> int:
        """Read what begins at token ``place``; the token to go on with."""
        if not _may_begin(self.words[place], self.language):
            return place + 1
        for attempt in (self._date, self._clock, self._period, self._weekday, self._number):
            after = attempt(place)
            if after:
                return after
        return place + 1

    # What is noted

    def _add(
        self,
        kind: QuantityKind,
        first: int,
        after: int,
        values: Iterable[Value],
        **more: object,
    ) -> int:
        span = Span(self.tokens[first].start(), self.tokens[after - 1].end())
        quantity = Quantity(span, kind, frozenset(values))
        self.found.append(replace(quantity, **more))  # type: ignore[arg-type]
        return after

    def _word(self, place: int) -> str:
        return self.words[place] if 0 <= place < len(self.words) else ""

    def _glued(self, place: int) -> bool:
        """No white space before token ``place``."""
        return 0 < place < len(self.tokens) and self.tokens[place].start() == self.tokens[place - 1].end()

    # Dates

    def _date(self, place: int) -> int:
        found = _NUMERIC_DATE.match(self.text, self.tokens[place].start())
        if found:
            values = _numeric_date(found, self.language)
            if values:
                after = place + 1
                while after < len(self.tokens) and self.tokens[after].start() < found.end():
                    after += 1
                return self._add(QuantityKind.DATE, place, after, values)
        day = self._day(place)
        if day:
            month_at = day[1] + (self._word(day[1]) == "of")
            month = self._month(month_at)
            if month:
                year, after = self._year(month_at + 1)
                return self._add(QuantityKind.DATE, place, after, [(day[0], month, year)])
        month = self._month(place)
        if not month:
            return 0
        day = self._day(place + 1 + (self._word(place + 1) == "the")) if self.language == "en" else None
        if day:
            year, after = self._year(day[1])
            return self._add(QuantityKind.DATE, place, after, [(day[0], month, year)])
        year, after = self._year(place + 1 + (self._word(place + 1) == "of"))
        if not year:
            after = place + 1
        return self._add(QuantityKind.DATE, place, after, [(0, month, year)])

    def _day(self, place: int) -> tuple[int, int] | None:
        """A day of the month at ``place`` and the token after it."""
        word = self._word(place)
        if not (word.isdigit() and word.isascii() and 1 <= int(word) <= 31):
            return None
        after = place + 1
        if self._glued(after) and _ORDINAL[self.language].fullmatch(self._word(after)):
            after += 1
        return int(word), after

    def _month(self, place: int) -> int:
        word = self._word(place)
        if word in _MONTHS[self.language]:
            # "may" and "march" are months with a capital only.
            if self.language == "en" and not self.tokens[place].group()[0].isupper():
                return 0
            if word in ("may", "march") and not self._month_in_context(place):
                return 0
            return _MONTHS[self.language].index(word) + 1
        if word in _SHORT_MONTHS[self.language] and self._by_a_number(place):
            return _SHORT_MONTHS[self.language][word]
        return 0

    def _by_a_number(self, place: int) -> bool:
        near = (self._word(place - 1), self._word(place + 1), self._word(place + 2))
        return any(word[:1].isdigit() for word in near)

    def _month_in_context(self, place: int) -> bool:
        """ "May" and "March" begin sentences too."""
        before = self._word(place - 1)
        return before in ("in", "of", "on", "since", "until", "till", "by", "from", "last", "next", "and",
                          "to", "early", "late", "mid", "this", "th", "between", "-", "during") or (
            self._by_a_number(place)
        )  # fmt: skip

    def _year(self, place: int) -> tuple[int, int]:
        """A year at ``place`` (0 without one) and the token after it."""
        at = place + (self._word(place) in (",", "."))
        word = self._word(at)
        if word.isdigit() and word.isascii() and len(word) == 4 and "1000" <= word <= "2199":
            return int(word), at + 1
        return 0, place

    def _weekday(self, place: int) -> int:
        word = self._word(place)
        for number, name in enumerate(_WEEKDAYS[self.language], start=1):
            if word.startswith(name) and re.fullmatch(name + _DAY_PARTS, word.removesuffix("'s")):
                return self._add(QuantityKind.WEEKDAY, place, place + 1, [Fraction(number)])
        return 0

    # Times of day

    def _clock(self, place: int) -> int:
        return self._digital(place) or (
            self._dutch_clock(place) if self.language == "nl" else self._english_clock(place)
        )

    def _digital(self, place: int) -> int:
        """20.15 uur, 20:15, 8:15 p.m., 8 pm."""
        found = re.fullmatch(r"(\d{1,2})(?:([.:])(\d{2}))?", self._word(place))
        if not found or int(found[1]) > 24 or int(found[3] or 0) > 59:
            return 0
        minutes = int(found[1]) * 60 + int(found[3] or 0)
        after = place + 1
        half = _AM_PM.match(self.text, self.tokens[place].end()) if self.language == "en" else None
        if half:
            while after < len(self.tokens) and self.tokens[after].start() < half.end():
                after += 1
            hour = minutes % 720 + (720 if half[1].lower() == "p" else 0)
            return self._add(QuantityKind.TIME, place, after, [Fraction(hour)])
        if not found[2]:
            return 0
        hour_word = self._word(after) in ("uur", "u", "hours", "hrs", "h", "o'clock")
        colon = found[2] == ":"
        asked = self._word(place - 1) in (
            "om",
            "tot",
            "vanaf",
            "rond",
            "tegen",
            "at",
            "until",
            "from",
            "around",
        )
        if not (hour_word or colon or (asked and self.language == "nl")):
            return 0
        return self._add(QuantityKind.TIME, place, after + hour_word, _twice_a_day(minutes))

    def _hour(self, place: int) -> int:
        """An hour of 1 to 12 at ``place``, in words or digits; 0 if there is none."""
        word = self._word(place)
        if word.isdigit() and word.isascii():
            value = int(word)
        elif self.language == "nl":
            value = cardinal(word) or 0
        else:
            value = int(english_number(word) or 0)
        return value if 1 <= value <= 12 else 0

    def _dutch_clock(self, place: int) -> int:
        word = self._word(place)
        if word == "half" and self._hour(place + 1) and self._word(place + 2) not in _NOT_A_CLOCK:
            after = place + 2 + (self._word(place + 2) == "uur")
            minutes = self._hour(place + 1) * 60 - 30
            return self._add(QuantityKind.TIME, place, after, _twice_a_day(minutes), spelled=True)
        if word == "middernacht":
            return self._add(QuantityKind.TIME, place, place + 1, [Fraction(0)], spelled=True, optional=True)
        quarter = word == "kwart"
        number = 15 if quarter else self._hour(place) or (20 if word == "twintig" else 0)
        at = place + 1
        if self._word(at) in ("minuten", "minuut"):
            at += 1
        elif not quarter and number not in (5, 10, 20):
            return 0
        side = self._word(at)
        if not number or side not in ("over", "voor", "vóór", "na"):
            return 0
        half = self._word(at + 1) == "half"
        hour = self._hour(at + 1 + half)
        if not hour:
            return 0
        minutes = hour * 60 - 30 * half + (number if side in ("over", "na") else -number)
        after = at + 2 + half
        after += self._word(after) == "uur"
        return self._add(QuantityKind.TIME, place, after, _twice_a_day(minutes), spelled=True)

    def _english_clock(self, place: int) -> int:
        word = self._word(place)
        if word in ("noon", "midday", "midnight"):
            minutes = 0 if word == "midnight" else 720
            return self._add(
                QuantityKind.TIME, place, place + 1, [Fraction(minutes)], spelled=True, optional=True
            )
        if self._hour(place) and self._word(place + 1) == "o'clock":
            minutes = self._hour(place) * 60
            return self._add(QuantityKind.TIME, place, place + 2, _twice_a_day(minutes), spelled=True)
        if word == "half" and self._word(place + 1) == "past" and self._hour(place + 2):
            minutes = self._hour(place + 2) * 60 + 30
            return self._add(QuantityKind.TIME, place, place + 3, _twice_a_day(minutes), spelled=True)
        number = 15 if word == "quarter" else self._hour(place) or int(english_number(word) or 0)
        at = place + 1 + (self._word(place + 1) == "minutes")
        side = self._word(at)
        hour = self._hour(at + 1)
        if not number or number > 29 or not hour or side not in ("past", "to", "before", "after"):
            return 0
        minutes = hour * 60 + (number if side in ("past", "after") else -number)
        sure = word == "quarter" or side == "past" or self._word(place + 1) == "minutes"
        after = self._add(
            QuantityKind.TIME, place, at + 2, _twice_a_day(minutes), spelled=True, optional=not sure
        )
        return after if sure else 0  # "five to ten" is more often a range

    # Centuries and decades

    def _period(self, place: int) -> int:
        word = self._word(place)
        if self.language == "nl" and word == "jaren":
            at = place + 1 + (self._word(place + 1) in ("'", "’", "‘"))
            years = self._word(at)
            value = int(years) if re.fullmatch(r"\d0|\d\d\d0", years) else cardinal(years) or 0
            if value and value % 10 == 0 and (value < 100 or value >= 1000):
                century, after = self._of_a_century(at + 1)
                decade: list[Value] = [Fraction((century - 1) * 100 + value)]
                return self._add(QuantityKind.DECADE, place, after, decade if century else _decade(value))
        if self.language == "en":
            if word in _DECADES_EN:
                return self._add(QuantityKind.DECADE, place, place + 1, _decade(_DECADES_EN[word]))
            if re.fullmatch(r"\d0|\d\d\d0", word) and self._glued(place + 1):
                end = place + 1 + (self._word(place + 1) in ("'", "’"))
                if self._word(end) == "s" and self._glued(end):
                    return self._add(QuantityKind.DECADE, place, end + 1, _decade(int(word)))
        amount = self._amount(place)
        if amount and amount.ordinal:
            at = amount.after + (self._word(amount.after) == "-")
            if re.fullmatch(r"eeuws?e?|centur(?:y|ies)", self._word(at)):
                return self._add(QuantityKind.CENTURY, place, at + 1, amount.values, spelled=amount.spelled)
        return 0

    def _of_a_century(self, place: int) -> tuple[int, int]:
        """The century of "jaren 30 van de 19e eeuw" (0 without one) and the token after it."""
        if (self._word(place), self._word(place + 1)) == ("van", "de"):
            amount = self._amount(place + 2)
            if amount and amount.ordinal and self._word(amount.after) == "eeuw":
                return int(min(amount.values)), amount.after + 1
        return 0, place

    # Numbers with what follows them

    def _number(self, place: int) -> int:
        amount = self._amount(place)
        if amount is None:
            return 0
        first, after = amount.first, amount.after
        unit = ""
        sign = self._word(place - 1)
        if sign in _CURRENCY_SIGNS or sign in ("usd", "eur", "gbp"):
            unit = _CURRENCY_SIGNS.get(sign, _UNIT_NAMES.get(sign, ""))
            first -= 1
        name, end = self._unit(after)
        if name and not unit:
            unit, after = name, end
        if amount.ordinal:
            unit, after = _ORDINAL_UNIT, amount.after
        kind = QuantityKind.NUMBER
        if unit in _MONEY:
            kind = QuantityKind.MONEY
        elif unit in ("%", "pp"):
            kind = QuantityKind.PERCENT
        elif unit and unit != _ORDINAL_UNIT:
            kind = QuantityKind.MEASURE
        if kind is QuantityKind.NUMBER and amount.spelled and amount.values <= _TRIVIAL:
            return 0
        return self._add(
            kind,
            first,
            after,
            amount.values,
            unit=unit,
            loose=frozenset(amount.loose),
            spelled=amount.spelled,
            optional=amount.spelled and amount.values <= _TRIVIAL,
        )

    def _unit(self, place: int) -> tuple[str, int]:
        """The unit that starts at ``place`` ("" without one), and the token after it."""
        at = place + (self._word(place) == "-")
        if self._word(at) == "°" and self._word(at + 1) in ("c", "f"):
            return f"°{self._word(at + 1).upper()}", at + 2
        for length in (3, 2, 1):
            words = self.words[at : at + length]
            if len(words) < length:
                continue
            joined = "".join(words) if "/" in words else " ".join(words)
            unit = _UNIT_NAMES.get(joined) or _UNIT_NAMES.get(self.text_of(at, at + length))
            # A letter is a unit only right behind digits: "5 m", not "five m".
            behind_digits = self.tokens[at - 1].group()[-1].isdigit() and joined in ("m", "g", "l")
            if unit and (len(joined) > 1 or not joined.isalpha() or behind_digits):
                return unit, at + length
        return "", place

    def text_of(self, first: int, after: int) -> str:
        """What the tokens [first, after) cover."""
        return self.text[self.tokens[first].start() : self.tokens[after - 1].end()]

    def _amount(self, place: int) -> _Amount | None:
        word = self._word(place)
        if word[:1].isdigit() and word.isascii():
            return self._digits(place)
        if word in _FRACTIONS:
            values = frozenset({_FRACTIONS[word]})
            return _Amount(place, place + 1, values, frozenset(), spelled=False)
        return self._dutch_words(place) if self.language == "nl" else self._english_words(place)

    def _digits(self, place: int) -> _Amount:
        strict, loose = _readings(self._word(place), self.language)
        after = place + 1
        ordinal = bool(self._glued(after) and _ORDINAL[self.language].fullmatch(self._word(after)))
        if ordinal:
            return _Amount(place, after + 1, strict, loose, spelled=False, ordinal=True)
        if self._word(after) in _FRACTIONS:
            strict = frozenset(value + _FRACTIONS[self._word(after)] for value in strict)
            after += 1
        at = after + (self._word(after) == "-")
        scale = _SCALES[self.language].get(self._word(at), 0)
        money = self._word(place - 1) in _CURRENCY_SIGNS
        if not scale and money and self._word(after) == "m" and self.language == "en":
            scale = 10**6
        if scale:
            strict = frozenset(value * scale for value in strict)
            loose = frozenset(value * scale for value in loose)
            after = at + 1
        return _Amount(place, after, strict, loose, spelled=False)

    def _dutch_words(self, place: int) -> _Amount | None:
        """tweehonderd vijftig, anderhalf miljoen, twee en een half, tweeënhalf, een half miljoen."""
        word = self._word(place)
        scales = _SCALES["nl"]
        after = place + 1
        if word in ("anderhalf", "anderhalve"):
            value = Fraction(3, 2)
        elif word == "een" and self._word(after) in ("half", "halve") and self._word(after + 1) in scales:
            value, after = Fraction(1, 2), after + 1
        elif word == "half" and self._word(after) in scales:
            value = Fraction(1, 2)
        elif re.fullmatch(r".+(?:ënhalf|enhalf|ëneenhalf|ëneenhalve|eneenhalf|ënhalve)", word):
            whole = cardinal(re.sub(r"(?:ën|en)(?:een)?hal(?:f|ve)$", "", word))
            if whole is None:
                return None
            value = whole + Fraction(1, 2)
        else:
            ordinal = _dutch_ordinal(word)
            if ordinal is not None:
                return _Amount(place, after, frozenset({Fraction(ordinal)}), frozenset(), True, ordinal=True)
            number = cardinal(word)
            if number is None or word in ("een", "eén"):
                return None
            value = Fraction(number)
            following = self._word(after), self._word(after + 1), self._word(after + 2)
            if following[:2] == ("en", "een") and following[2] in ("half", "halve"):
                value, after = value + Fraction(1, 2), after + 3
            elif (more := cardinal(following[0])) is not None and number >= 100 > more:
                value, after = value + more, after + 1
        scale = scales.get(self._word(after), 0)
        if scale:
            value, after = value * scale, after + 1
        return _Amount(place, after, frozenset({value}), frozenset(), spelled=True)

    def _english_words(self, place: int) -> _Amount | None:
        """two hundred and fifty thousand, twenty-five, one and a half million, half a million."""
        scales = _SCALES["en"]
        first = self._word(place)
        if first == "half" and self._word(place + 1) == "a" and self._word(place + 2) in scales:
            value = Fraction(scales[self._word(place + 2)], 2)
            return _Amount(place, place + 3, frozenset({value}), frozenset(), spelled=True)
        if first in ("a", "one") and self._word(place + 1) in ("hundred", "thousand", "million", "billion"):
            pass
        elif english_number(first) is None:
            return self._english_ordinal(place)
        total = current = Fraction(0)
        at = place
        year = 0
        while True:
            word = self._word(at)
            unit = Fraction(1) if word == "a" and at == place else english_number(word)
            if unit is not None:
                if year == 0 and 10 < current < 100 and unit >= 10 and at > place:
                    year = int(current * 100 + unit)
                current += unit
            elif word == "hundred":
                current = (current or Fraction(1)) * 100
            elif word in scales and word not in ("k", "mn", "bn", "tn", "mln"):
                total, current = total + (current or Fraction(1)) * scales[word], Fraction(0)
            else:
                break
            at += 1
            if self._word(at) in ("-", "and") and self._continues(at + 1, current):
                at += 1
            elif self.words[at : at + 3] == ["and", "a", "half"]:
                current += Fraction(1, 2)
                at += 3
        values = {total + current} | ({Fraction(year)} if year else set())
        return _Amount(place, at, frozenset(values), frozenset(), spelled=True)

    def _continues(self, place: int, current: Fraction) -> bool:
        """Whether the number goes on after "-" or "and": twenty-five, two hundred and six."""
        value = english_number(self._word(place))
        if self._word(place - 1) == "-":
            return value is not None and value < 10 and current % 10 == 0 and current >= 20
        return value is not None and current % 100 == 0 and current >= 100

    def _english_ordinal(self, place: int) -> _Amount | None:
        value = _ENGLISH_ORDINALS.get(self._word(place))
        after = place + 1
        tens = english_number(self._word(place))
        if value is None and tens is not None and tens >= 20 and self._word(after) == "-":
            value = _ENGLISH_ORDINALS.get(self._word(after + 1))
            value = None if value is None else int(tens) + value
            after += 2
        if value is None:
            return None
        return _Amount(place, after, frozenset({Fraction(value)}), frozenset(), True, ordinal=True)


@lru_cache(maxsize=65536)
def _may_begin(word: str, language: str) -> bool:
    """Whether a quantity may begin with ``word``; most words cannot, and reading is slow."""
    if (
        word[0].isdigit()
        or word in _FRACTIONS
        or word in _MONTHS[language]
        or word in _SHORT_MONTHS[language]
    ):
        return True
    if any(word.startswith(day) for day in _WEEKDAYS[language]):
        return True
    if language == "nl":
        if word in ("half", "kwart", "middernacht", "jaren", "een", "anderhalf", "anderhalve"):
            return True
        return (
            word.endswith(("half", "halve")) or cardinal(word) is not None or _dutch_ordinal(word) is not None
        )
    if word in ("half", "quarter", "a", "noon", "midday", "midnight") or word in _DECADES_EN:
        return True
    return english_number(word) is not None or word in _ENGLISH_ORDINALS


_ORDINAL_UNIT = "ordinal"
_TRIVIAL = frozenset({Fraction(0), Fraction(1), Fraction(2), Fraction(1, 2)})
_NOT_A_CLOCK = frozenset(
    "miljoen miljard duizend jaar maanden kilo liter meter kilometer uurtje procent".split()  # noqa: SIM905
)
_ENGLISH_ORDINALS = {
    "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "first": 1,
    "second": 2,
}  # fmt: skip


def _dutch_ordinal(word: str) -> int | None:
    if word in ("eerste", "derde", "achtste"):
        return {"eerste": 1, "derde": 3, "achtste": 8}[word]
    for suffix in ("de", "ste"):
        if word.endswith(suffix):
            value = cardinal(word.removesuffix(suffix))
            if value is not None and value > 1:
                return value
    return None


def _twice_a_day(minutes: int) -> list[Value]:
    """Minutes from midnight; an hour up to twelve may be of either half of the day."""
    minutes %= 1440
    both = minutes < 780
    return [Fraction(minutes), *([Fraction((minutes + 720) % 1440)] if both else [])]


def _decade(value: int) -> list[Value]:
    return [Fraction(value), Fraction(value % 100)] if value % 100 else [Fraction(value)]


def _numeric_date(found: re.Match[str], language: str) -> list[Value]:
    """3-4-2022 (day first in Dutch, either in English), 2022-04-03; [] if it is no date."""
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    if len(found[1]) == 4:
        orders = [(third, second, first)]
    else:
        orders = [(first, second, third)]
        if language == "en":
            orders.append((second, first, third))
    return [
        (day, month, year + (2000 if year < 50 else 1900 if year < 100 else 0))
        for day, month, year in orders
        if 1 <= day <= 31 and 1 <= month <= 12
    ]


@cache
def _readings(digits: str, language: str) -> tuple[frozenset[Fraction], frozenset[Fraction]]:
    """What digits mean by the habits of ``language``, and what they mean by the other's."""
    ours = set(_by_habit(digits, language))
    if language == "nl" and _GROUPED["nl"].fullmatch(digits):
        return frozenset(ours), frozenset()  # 1.234 is more than a thousand, whatever comes of it
    theirs = set(_by_habit(digits, "en" if language == "nl" else "nl"))
    return frozenset(ours), frozenset(theirs - ours)


def _by_habit(digits: str, language: str) -> Iterator[Fraction]:
    thousands, decimal = (".", ",") if language == "nl" else (",", ".")
    if _GROUPED[language].fullmatch(digits):
        yield Fraction(digits.replace(thousands, "").replace(decimal, "."))
        return
    parts = re.split("[.,:]", digits)
    if len(parts) == 1:
        yield Fraction(digits)
    elif len(parts) == 2 and decimal in digits:
        yield Fraction(f"{parts[0]}.{parts[1]}")
    elif len(parts) == 2 and not (thousands in digits and len(parts[1]) == 3):
        # Not grouped by threes, so no thousands: 4.2 in Dutch is a section, a time or English.
        yield Fraction(f"{parts[0]}.{parts[1]}")
    else:
        yield Fraction("".join(parts))


__all__ = ["Change", "ChangeKind", "Quantity", "QuantityKind", "differences", "quantities"]
