"""Signs that a translation went wrong, seen from the two texts alone.

Pure functions over a Dutch source and its English translation. Each sign is a
reason to look, so the thresholds lean to silence: on good human translations they
should hardly ever speak. ``tests/test_symptoms.py`` holds that to account.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from corpus.bitext import Flag, FlagKind
from corpus.document import Span
from corpus.numerals import unmatched_numbers

# Dutch words that are no English words (nor common names): one in an English text is a
# leftover. Words that names or English hold as well ("de", "van", "in", "door") are left out.
_DUTCH_ONLY = frozenset(
    """aan achter alle alleen altijd anders andere bij binnen boven buiten daar daarom
    daarvan dat deze dit doen dus een eens eerste elkaar enkele er erg ervan ervoor gaan
    geen geweest goed haar heb hebben heeft hele het hier hij hoe iemand iets ik ikzelf jaar
    jij jouw jullie kon konden kunnen maar meer meest mensen mij mijn moet moeten mogen naar
    nadat niet niets nieuwe nog nogmaals nooit onze ook omdat onder oude overal samen sinds
    soms steeds tegen terug terwijl tijdens toch toen tot tussen twee uit uw vaak vanaf veel
    verder volgens voor vooral vroeger waar waarom wanneer waren weer wel welke werd werden
    wij wil willen wordt worden zal zei zeker zelf zich zij zijn zo zoals zonder zou zouden
    zullen zijne""".split()  # noqa: SIM905
)
_MAY_REPEAT = frozenset(
    """had that very so no yes bye ha long many much far again more
    to and by after in for or on upon""".split()  # noqa: SIM905
)
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"“”„]+[\w/]"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
    r"|(?<![\w@.-])(?:[\w-]{1,63}\.){1,8}(?:nl|com|org|eu|be|net)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TOKEN = re.compile(r"\w+(?:['’.,:-]\w+)*")

# English takes about 0.97 characters for a Dutch one, and the difference grows with the
# root of the length (Gale and Church 1993): |target - 0.97 source| / sqrt(source) stays
# under about 5.5 in 99.9 % of clean pairs, once short texts get some room.
_EXPANSION = 0.97
_ROOM = 12.0  # characters that say nothing, whatever the length
_MAX_DEVIATION = 5.5
_LEAST_RATIO, _MOST_RATIO = 0.7, 1.35  # always good, however long the text
_MAX_RATIO = 3.0  # either way, for a source of _SHORT characters and more
_SHORT = 20
_LOOP = 3  # times in a row that a phrase may not come unless the source repeats too
_FUNCTION_WORD = 4  # letters; longer words seldom come four times in a sentence
_SENTENCE = 60  # long words: beyond that it is a paragraph
_LONGEST_LOOP = 20  # words of a phrase that is looked for again right behind it
_CHEAP = 250_000  # comparisons of words
_LONG_PHRASE = 5  # words that hardly come three times by right
_COPY_SHARE = 0.8  # of the target's words, in order, that are the source's
_LEFTOVER_SHARE = 0.25  # of the target's words that are Dutch and nothing else


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a sign begins to count; see the constants above for their reasons."""

    length_deviation: float = _MAX_DEVIATION
    loop: int = _LOOP
    copy_share: float = _COPY_SHARE
    leftover_share: float = _LEFTOVER_SHARE


DEFAULT_THRESHOLDS = Thresholds()


def symptoms(
    source: str, target: str, thresholds: Thresholds = DEFAULT_THRESHOLDS, *, numbers: bool = True
) -> tuple[Flag, ...]:
    """Every sign of trouble in ``target`` as a translation of ``source``, in a fixed order.

    ``numbers`` may be left to :mod:`corpus.quantities`, which tells more of them.
    """
    if not source.strip():
        return ()
    if not target.strip():
        return (Flag(FlagKind.EMPTY, "nothing was translated"),)
    tests: tuple[Callable[[str, str, Thresholds], Flag | None], ...] = (
        _copy,
        _repetition,
        _length,
        _numbers,
        _addresses,
    )
    found = (test(source, target, thresholds) for test in tests if numbers or test is not _numbers)
    return tuple(flag for flag in found if flag is not None)


# The source came out again


def _copy(source: str, target: str, thresholds: Thresholds) -> Flag | None:
    """A copy, unless it is right: a name, a number, a web address, a word of both languages."""
    spelled = [found.group() for found in _WORD.finditer(target)]
    if not spelled:
        return None
    dutch = [word for word in spelled if word in _DUTCH_ONLY]  # with a capital it may be a name
    words = [word.lower() for word in spelled]
    source_words = [found.group().lower() for found in _WORD.finditer(source)]
    share = _share_copied(source_words, words)
    if share >= thresholds.copy_share and dutch:
        return Flag(FlagKind.COPY, "the Dutch was copied, not translated")
    if len(words) >= 4 and source_words == words and _plain_words(target) >= 3:
        return Flag(FlagKind.COPY, "the text came out unchanged")
    if len(set(dutch)) >= 2 and len(dutch) / len(words) >= thresholds.leftover_share:
        return Flag(FlagKind.COPY, f"Dutch words are left: {', '.join(sorted(set(dutch))[:5])}")
    return None


def dutch_only(word: str) -> bool:
    """Whether a lower-case word is a common Dutch one and no English word."""
    return word in _DUTCH_ONLY


def _share_copied(source: list[str], target: list[str]) -> float:
    """The share of the target's words that are the source's, in order where that is cheap."""
    if len(source) * len(target) > _CHEAP:
        return (Counter(source) & Counter(target)).total() / len(target)
    return common_in_order(source, target) / len(target)


def _plain_words(text: str) -> int:
    """Words of four letters and more that are no names by their capital."""
    return sum(1 for found in _WORD.finditer(text) if len(found.group()) >= 4 and found.group().islower())


def common_in_order(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence of two lists of words."""
    return int(LCSseq.similarity(first, second))


# A phrase again and again


def _repetition(source: str, target: str, thresholds: Thresholds) -> Flag | None:
    span = repeated_phrase(target, thresholds.loop) or _one_word_everywhere(source, target)
    if span is None:
        span = _stuttered_letters(target)
    if span is None or _repeats_too(source, thresholds.loop):
        return None
    phrase = span.of(target)
    shown = phrase if len(phrase) <= 40 else phrase[:40] + "…"
    return Flag(FlagKind.REPETITION, f"repeats itself: {shown}", target=span)


def _one_word_everywhere(source: str, target: str) -> Span | None:
    """The stretch of a long word that a sentence has four times, and its source hardly repeats any."""
    found = [match for match in _WORD.finditer(target) if len(match.group()) > _FUNCTION_WORD]
    if not 4 <= len(found) <= _SENTENCE:
        return None
    word, times = Counter(match.group().lower() for match in found).most_common(1)[0]
    most = max(Counter(match.group().lower() for match in _WORD.finditer(source)).values(), default=0)
    if times < 4 or times <= most + 1:
        return None
    places = [match for match in found if match.group().lower() == word]
    return Span(places[0].start(), places[-1].end())


def _repeats_too(source: str, loop: int) -> bool:
    """The source may repeat for a reason ("nee, nee, nee")."""
    return repeated_phrase(source, loop) is not None or _stuttered_letters(source) is not None


def repeated_phrase(text: str, loop: int = _LOOP) -> Span | None:
    """The first stretch in which a phrase comes again and again, or None.

    It is a word or phrase ``loop`` times in a row, or a phrase twice in a row within one
    clause unless English doubles it ("had had", "from site to site to"). A phrase of
    five words that comes ``loop`` times anywhere counts as well.
    """
    found = list(_TOKEN.finditer(text))
    words = [match.group().lower() for match in found]
    for size in _distances(words, min(_LONGEST_LOOP, len(words) // 2)):
        span = _in_a_row(text, found, words, size, loop)
        if span is not None:
            return span
    places: dict[tuple[str, ...], list[int]] = {}
    for index in range(len(words) - _LONG_PHRASE + 1):
        places.setdefault(tuple(words[index : index + _LONG_PHRASE]), []).append(index)
    for starts in places.values():
        if len(starts) >= loop:
            return Span(found[starts[0]].start(), found[starts[-1] + _LONG_PHRASE - 1].end())
    return None


def _distances(words: list[str], longest: int) -> list[int]:
    """How far apart a word and its next occurrences stand, up to ``longest``: no other phrase repeats."""
    last: dict[str, list[int]] = {}
    found: set[int] = set()
    for index, word in enumerate(words):
        before = last.setdefault(word, [])
        for place in reversed(before):
            if index - place > longest:
                break
            found.add(index - place)
        before.append(index)
    return sorted(found)


def _in_a_row(text: str, found: list[re.Match[str]], words: list[str], size: int, loop: int) -> Span | None:
    index = 0
    while index + 2 * size <= len(words):
        if words[index] != words[index + size]:
            index += 1
            continue
        times = 1
        while words[index : index + size] == words[index + times * size : index + (times + 1) * size]:
            times += 1
        if times > 1:
            span = Span(found[index].start(), found[index + times * size - 1].end())
            if _too_often(words[index : index + size], times, loop, span.of(text)):
                return span
        index += 1
    return None


def _too_often(phrase: list[str], times: int, loop: int, stretch: str) -> bool:
    if all(word[0].isdigit() for word in phrase):
        return times > loop  # a score or a telephone number may hold the same figure three times
    if times >= loop:
        return True
    if re.search(r"[.!?:;()\[\]\"“”]", stretch):
        return False  # "... a guru". The guru is ..."
    if len(phrase) >= 3:
        return True
    if "," in stretch:  # "Russia, Russia", but "on the water, the water ..." and "well, well"
        return len(phrase) == 1 and stretch[0].isupper() and phrase[0] not in _MAY_REPEAT
    # "the the" is a stutter; "had had" and "from site to site to" are English, "Baden Baden" a name.
    return not (_MAY_REPEAT & {phrase[0], phrase[-1]} or stretch[0].isupper())


_LETTERS = re.compile(r"([^\W\d_])\1{4,}|([^\W\d_]{2,4}?)\2{3,}", re.IGNORECASE)


def _stuttered_letters(text: str) -> Span | None:
    """A letter five times in a row, or two to four letters four times ("lalalala")."""
    match = _LETTERS.search(text)
    return Span(*match.span()) if match else None


# Length


def _length(source: str, target: str, thresholds: Thresholds) -> Flag | None:
    ratio = len(target) / len(source)
    lopsided = len(source) >= _SHORT and not 1 / _MAX_RATIO <= ratio <= _MAX_RATIO
    far = abs(length_deviation(source, target)) > thresholds.length_deviation
    if not lopsided and not (far and not _LEAST_RATIO <= ratio <= _MOST_RATIO):
        return None
    kind = "long" if ratio > 1 else "short"
    return Flag(
        FlagKind.LENGTH_RATIO,
        f"very {kind}: {len(target)} characters for {len(source)} in the source",
    )


def length_deviation(source: str, target: str) -> float:
    """How far the target's length is from what the source's promises; 0 is right, negative short."""
    expected = _EXPANSION * len(source)
    difference = len(target) - expected
    beyond = max(0.0, abs(difference) - _ROOM) / math.sqrt(max(len(source), 1))
    return beyond if difference > 0 else -beyond


# Numbers and addresses


def _numbers(source: str, target: str, _: Thresholds) -> Flag | None:
    """Numbers of one side that the other has neither in digits nor in words."""
    dropped, added = unmatched_numbers(source, target)
    parts = []
    if dropped:
        parts.append(f"{_listed(source, dropped)} of the source is missing")
    if added:
        parts.append(f"{_listed(target, added)} is not in the source")
    if not parts:
        return None
    return Flag(
        FlagKind.NUMBERS,
        "; ".join(parts),
        source=dropped[0] if dropped else None,
        target=added[0] if added else None,
    )


def _listed(text: str, spans: Iterable[Span]) -> str:
    return ", ".join(span.of(text) for span in spans)


def _addresses(source: str, target: str, _: Thresholds) -> Flag | None:
    """Web and e-mail addresses of the source that are not in the target."""
    here = Counter(match.group().lower() for match in _URL.finditer(target))
    for match in _URL.finditer(source):
        if not here[match.group().lower()]:
            return Flag(
                FlagKind.ADDRESSES,
                f"{match.group()} of the source is missing",
                source=Span(*match.span()),
            )
        here[match.group().lower()] -= 1
    return None


__all__ = [
    "DEFAULT_THRESHOLDS",
    "Thresholds",
    "common_in_order",
    "dutch_only",
    "length_deviation",
    "repeated_phrase",
    "symptoms",
]
