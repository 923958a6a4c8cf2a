"""Cleaning of Dutch-English text before a translation model learns from it.

Every test on a pair answers with a :class:`Reason` or ``None``, so that what was
dropped, and why, can be counted for each source of text. The language check is
small on purpose: function words tell Dutch from English well in a sentence, and
a label of two words passes unless something speaks against it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise


class Reason(StrEnum):
    """Why a line or a pair was dropped."""

    EMPTY = "empty"  # a side has no letter
    MARKUP = "markup"  # mark-up, addresses or code
    TOO_SHORT = "too_short"  # fewer words than asked for
    TOO_LONG = "too_long"  # more words or characters than asked for
    LENGTH_RATIO = "length_ratio"  # one side far longer than the other
    IDENTICAL = "identical"  # both sides the same
    LANGUAGE = "language"  # a side is in the wrong language
    NUMBERS = "numbers"  # numbers of one side are missing on the other
    SPLIT_COMPOUND = "split_compound"  # Dutch words cut in two
    DAMAGED = "damaged"  # traces of broken encoding, tokenisation or conversion
    DUPLICATE = "duplicate"  # the same words came before
    MANY_TRANSLATIONS = "many_translations"  # the source has enough translations already
    EVALUATION = "evaluation"  # near-duplicate of a line of a test set
    HELD_OUT = "held_out"  # taken into, or near-duplicate of, our development set
    CAP = "cap"  # the source of text has given its share


class Language(StrEnum):
    """The two languages of the project."""

    DUTCH = "nl"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Pair:
    """A Dutch text and its English translation."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class PairLimits:
    """Bounds on a pair. ``max_words`` counts words of the longer side.

    ``max_ratio`` bounds the longer side's length over the shorter's in characters;
    ``ratio_slack`` characters are added to both first, so that labels of a word or
    two are not held to it.
    """

    max_words: int = 80
    max_characters: int = 600
    max_ratio: float = 2.0
    ratio_slack: int = 12

    def __post_init__(self) -> None:
        if self.max_words < 1 or self.max_characters < 1 or self.max_ratio < 1 or self.ratio_slack < 0:
            raise ValueError("limits of a pair must be positive, and the ratio at least 1")


@dataclass(frozen=True, slots=True)
class LanguageEvidence:
    """How many words of a text belong to one language and not to the other."""

    dutch: int
    english: int
    words: int


@dataclass(frozen=True, slots=True)
class CleanPairs:
    """Pairs that passed, in order, and how many were dropped for each reason."""

    kept: tuple[Pair, ...]
    read: int
    dropped: Counter[Reason] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class CleanLines:
    """Lines that passed, in order, and how many were dropped for each reason."""

    kept: tuple[str, ...]
    read: int
    dropped: Counter[Reason] = field(default_factory=Counter)


# Zero-width characters, soft hyphens and direction marks: invisible, and noise to a model.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def normalise(text: str) -> str:
    """``text`` in NFC, without control or invisible characters, each white space run one space.

    The Dutch ligature "ĳ" becomes the two letters that everybody types.
    """
    if text.isascii():
        return " ".join(_CONTROL.sub(" ", text).split())
    text = unicodedata.normalize("NFC", text)
    text = text.replace("ĳ", "ij").replace("Ĳ", "IJ")
    return " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", text)).split())


_KEY_WORD = re.compile(r"\w+")


def key_words(text: str) -> list[str]:
    """The words of ``text`` for comparison: no case, accents or punctuation."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _KEY_WORD.findall(text.casefold())


# Function words of one language that are not words, names or abbreviations of the other
# (so not "is", "in", "of", "was", "van", "door", nor English "it", "us", "who").
_DUTCH = frozenset(
    re.findall(
        r"\w+",
        """de het een en dat niet met zijn voor op te er aan ook maar bij als naar uit ze hij wij jij uw je
        mijn ik heeft hebben heb wordt worden werd zal zullen kan kunnen moet moeten deze dit geen nog wel
        meer veel zich zo tot tegen na haar hun ons onze jullie waar wie waarom wanneer omdat zoals tussen
        onder zonder ben waren wilt wil gebruikt gebruik bijvoorbeeld volgende alle elke andere echter
        daarom hier daar nooit altijd""",
    )
)
_ENGLISH = frozenset(
    re.findall(
        r"\S+",
        """the and to that with for on as are this you at be by from not have has i he she they his her their
        your my our or will would can could should must may which what when where why how if than then
        there these those does did do about into only any each other more some such also because between
        before after through during while its but don't isn't it's he's she's i'm you're used using
        example following however never always every""",
    )
)
_EVIDENCE_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def language_evidence(text: str) -> LanguageEvidence:
    """Counts of Dutch-only and English-only function words in ``text``."""
    found = _EVIDENCE_WORD.findall(text.lower().replace("’", "'"))
    dutch = sum(word in _DUTCH for word in found)
    english = sum(word in _ENGLISH for word in found)
    return LanguageEvidence(dutch=dutch, english=english, words=len(found))


# A sentence of this many words without one function word of its own language is not in it.
_SURELY_A_SENTENCE = 12


def speaks_against(text: str, language: Language) -> bool:
    """Whether the evidence in ``text`` is against its being in ``language``.

    One foreign word may be a title or a name; two that are not outnumbered are not.
    """
    evidence = language_evidence(text)
    own, other = evidence.dutch, evidence.english
    if language is Language.ENGLISH:
        own, other = other, own
    if other >= 2 and other > own:
        return True
    if own == 0 and other == 1 and evidence.words <= 4:
        return True
    return own == 0 and evidence.words >= _SURELY_A_SENTENCE


# An address, a tag, an include, a call, a variable, a path, a long option or an entity.
_CODE = re.compile(
    r"https?://|www\.|</?[A-Za-z][^>]*>|!INCLUDE|\]\(|\{[^}]*\}|[{}\\`]|\*\*|[=!<>]=|=>|->|::|\(\)|&&|\|\|"
    r"|&[a-z]+;|&#\d+;|\$[A-Za-z_(]|\b\w+_\w+\b|(?:^|\s)-[A-Z]\w+|(?:^|\s)--[A-Za-z]\w+|\b\w+\[\d*\]"
    r"|(?:^|\s)[/~]\w+/\w*|\b[a-z]+[A-Z]\w*\.\w|\b\w+\.(?:exe|dll|ps1|xml|json|html?|aspx?|php|py|cs)\b"
)
_LETTER = re.compile(r"[^\W\d_]")
_DAMAGED = re.compile("\ufffd|Ã[\x80-\xbf]|â€|ï¿½|(?<=\\w) ['’](?=\\s)|- - |(?:\\. ){4}|_{3}")


def has_markup(text: str) -> bool:
    """Whether ``text`` holds mark-up, addresses or code, or few letters."""
    if _CODE.search(text):
        return True
    visible = len(text) - text.count(" ")
    letters = len(_LETTER.findall(text))
    return letters < 0.6 * visible and visible > 0


def _latin_share(text: str) -> float:
    """Share of the letters that are Latin ones; 1 for text without letters."""
    if text.isascii():
        return 1.0
    letters = _LETTER.findall(text)
    # Latin with its extensions ends at U+024F; U+1E00 to U+1EFF adds more.
    latin = sum(letter <= "\u024f" or "\u1e00" <= letter <= "\u1eff" for letter in letters)
    return latin / len(letters) if letters else 1.0


_NUMBER = re.compile(r"\d+(?:[.,:’']\d+)*")
_NO_FRACTION = re.compile(r"[.,:]0{1,2}$")
# Numbers up to this are often written as words in one of the languages.
_OFTEN_A_WORD = 12


def numbers(text: str) -> Counter[str]:
    """The numbers of ``text`` as their digits: "1.234,5" equals "1,234.5", and "9:00" equals "9"."""
    found: Counter[str] = Counter()
    for match in _NUMBER.findall(text):
        whole = _NO_FRACTION.sub("", match)
        digits = "".join(character for character in whole if character.isdigit()).lstrip("0")
        found[digits or "0"] += 1
    return found


def numbers_agree(source: str, target: str) -> bool:
    """Whether both texts hold the same numbers, but for one in four.

    Numbers up to twelve are not counted as missing: the other side may spell them.
    """
    left, right = numbers(source), numbers(target)
    if left == right:
        return True
    odd = (left - right) + (right - left)
    missing = sum(count for digits, count in odd.items() if len(digits) > 2 or int(digits) > _OFTEN_A_WORD)
    return 4 * missing <= left.total() + right.total() if missing > 1 else missing == 0


def check_pair(pair: Pair, limits: PairLimits | None = None) -> Reason | None:
    """Why the pair (already normalised) should not be learnt from, or ``None``."""
    limits = limits or PairLimits()
    source, target = pair.source, pair.target
    if not _LETTER.search(source) or not _LETTER.search(target):
        return Reason.EMPTY
    if source.casefold() == target.casefold():
        return Reason.IDENTICAL
    longer, shorter = max(len(source), len(target)), min(len(source), len(target))
    words = max(source.count(" "), target.count(" ")) + 1
    if words > limits.max_words or longer > limits.max_characters:
        return Reason.TOO_LONG
    if longer + limits.ratio_slack > limits.max_ratio * (shorter + limits.ratio_slack):
        return Reason.LENGTH_RATIO
    if has_markup(source) or has_markup(target):
        return Reason.MARKUP
    if _DAMAGED.search(source) or _DAMAGED.search(target):
        return Reason.DAMAGED
    if min(_latin_share(source), _latin_share(target)) < 0.8:
        return Reason.LANGUAGE
    if speaks_against(source, Language.DUTCH) or speaks_against(target, Language.ENGLISH):
        return Reason.LANGUAGE
    if not numbers_agree(source, target):
        return Reason.NUMBERS
    return None


def check_line(text: str, language: Language, min_words: int = 3, max_words: int = 45) -> Reason | None:
    """Why a line of running text (already normalised) should not be learnt from, or ``None``."""
    if not _LETTER.search(text):
        return Reason.EMPTY
    words = text.count(" ") + 1
    if words < min_words:
        return Reason.TOO_SHORT
    if words > max_words or len(text) > 12 * max_words:
        return Reason.TOO_LONG
    if has_markup(text):
        return Reason.MARKUP
    if _DAMAGED.search(text):
        return Reason.DAMAGED
    if _latin_share(text) < 0.8 or speaks_against(text, language):
        return Reason.LANGUAGE
    return None


class Deduplicator:
    """Remembers pairs by their words; keeps so many translations of one source.

    Give the best text first: what comes first is what stays.
    """

    def __init__(self, per_source: int = 3) -> None:
        if per_source < 1:
            raise ValueError("a source must be allowed at least one translation")
        self._per_source = per_source
        self._targets: dict[str, list[int]] = {}

    def check(self, pair: Pair) -> Reason | None:
        """Why the pair adds nothing, or ``None``, in which case it is now known."""
        # Hashes of the target keys suffice here, and keep half a million pairs small.
        target = hash(" ".join(key_words(pair.target)))
        known = self._targets.setdefault(" ".join(key_words(pair.source)), [])
        if target in known:
            return Reason.DUPLICATE
        if len(known) >= self._per_source:
            return Reason.MANY_TRANSLATIONS
        known.append(target)
        return None


class NearDuplicateGuard:
    """Finds lines that repeat a run of words of guarded lines.

    A line matches if it shares ``run`` words in a row with a guarded line, or, when
    either is shorter than that, if all words are the same. Both languages may be
    guarded by one guard.
    """

    def __init__(self, lines: Iterable[str], run: int = 8) -> None:
        if run < 2:
            raise ValueError("a run must be at least two words")
        self._run = run
        self._runs: set[tuple[str, ...]] = set()
        self._whole: set[tuple[str, ...]] = set()
        for line in lines:
            words = key_words(line)
            if words:
                self._whole.add(tuple(words))
            self._runs.update(_runs(words, run))

    def matches(self, line: str) -> bool:
        """Whether ``line`` is a near-duplicate of a guarded line."""
        words = key_words(line)
        if tuple(words) in self._whole:
            return True
        return any(run in self._runs for run in _runs(words, self._run))


def _runs(words: Sequence[str], length: int) -> Iterable[tuple[str, ...]]:
    """Every run of ``length`` words."""
    return (tuple(words[start : start + length]) for start in range(len(words) - length + 1))


_DUTCH_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class SplitCompoundFinder:
    """Finds Dutch compounds that a bad translation wrote as two words ("volg orde").

    Two neighbours are a split compound if good text writes them as one word (a
    hyphen may join them) at least ``min_count`` times, and ``times`` as often as it
    writes them apart.
    """

    def __init__(self, good: Iterable[str], min_count: int = 4, times: int = 10) -> None:
        joined: Counter[str] = Counter()
        apart: Counter[str] = Counter()
        for line in good:
            tokens = _DUTCH_TOKEN.findall(line.lower())
            joined.update(token.replace("-", "") for token in tokens)
            apart.update(f"{left} {right}" for left, right in pairwise(tokens))
        self._joined = {word: count for word, count in joined.items() if count >= min_count}
        self._apart = apart
        self._times = times

    def find(self, text: str) -> str | None:
        """The first split compound of ``text`` as it is written there, or ``None``."""
        tokens = _DUTCH_TOKEN.findall(text.lower())
        for left, right in pairwise(tokens):
            count = self._joined.get((left + right).replace("-", ""), 0)
            if not count or f"{left} {right}" not in text.lower():
                continue
            if count >= self._times * self._apart[f"{left} {right}"]:
                return f"{left} {right}"
        return None


def clean_pairs(pairs: Iterable[Pair], checks: Sequence[Callable[[Pair], Reason | None]]) -> CleanPairs:
    """Normalise the pairs and keep those that no check objects to, in order."""
    kept: list[Pair] = []
    dropped: Counter[Reason] = Counter()
    for pair in pairs:
        clean = Pair(normalise(pair.source), normalise(pair.target))
        reason = next((found for check in checks if (found := check(clean))), None)
        if reason is None:
            kept.append(clean)
        else:
            dropped[reason] += 1
    return CleanPairs(tuple(kept), len(kept) + dropped.total(), dropped)


def clean_lines(lines: Iterable[str], checks: Sequence[Callable[[str], Reason | None]]) -> CleanLines:
    """Normalise the lines and keep those that no check objects to, in order."""
    kept: list[str] = []
    dropped: Counter[Reason] = Counter()
    for line in lines:
        clean = normalise(line)
        reason = next((found for check in checks if (found := check(clean))), None)
        if reason is None:
            kept.append(clean)
        else:
            dropped[reason] += 1
    return CleanLines(tuple(kept), len(kept) + dropped.total(), dropped)
