"""Names: which differ between Dutch and English, and which a translation lost or bent.

Most names are the same in both languages; those that are not stand in
``data/names.nl-en.txt``. :func:`name_changes` looks for the rest letter by letter.
Dutch capitalises what English does not always keep (institutions, titles), so what
may have been translated by right is passed over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources

from rapidfuzz.distance import Levenshtein

from corpus.document import Span

_TOKEN = re.compile(r"[^\W\d_]+(?:[-‐‑][^\W\d_]+)*")
_SENTENCE_START = re.compile(
    r"(?:(?<!\w)['‘’][sS]\s+|[.!?:;…]['\"”’)]*\s+|[\"“„«(\[]|(?<!\w)['‘’]|[–—•]\s*)$"
)
_PARTICLES = frozenset("de den der van von het 't ter ten te la le el al bin du da di dos".split())  # noqa: SIM905
_LETTERS = 4  # shorter names say too little to be compared by their letters
_NEAR = 0.68  # of the letters, for two spellings of one name


class NameChangeKind(StrEnum):
    """What happened to a name."""

    DROPPED = "dropped"
    GARBLED = "garbled"  # a few letters differ
    TRANSLATED = "translated"  # a surname or first name was taken for a word


@dataclass(frozen=True, slots=True)
class NameChange:
    """A name of the source (its span), and what the target has for it, if that is known."""

    kind: NameChangeKind
    source: Span
    target: Span | None = None
    expected: str = ""


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name in both languages, as the list has it (with its article, if it has one)."""

    dutch: str
    english: str


@cache
def known_names() -> Mapping[str, tuple[KnownName, ...]]:
    """Names by kind (land, place, city, adjective, people, body, short)."""
    found: dict[str, list[KnownName]] = {}
    kind = ""
    text = resources.files("corpus").joinpath("data", "names.nl-en.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            kind = line.strip("[]")
            continue
        for entry in line.split(";"):
            dutch, _, english = entry.partition("=")
            found.setdefault(kind, []).append(KnownName(dutch.strip(), (english or dutch).strip()))
    return {kind: tuple(names) for kind, names in found.items()}


def name_changes(source: str, target: str) -> list[NameChange]:
    """Names of the Dutch ``source`` that the English ``target`` lost, bent or translated."""
    names = _names(source)
    if not names:
        return []
    there = _Target(target)
    changes: list[NameChange] = []
    for name in names:
        change = _change_of(name, source, there)
        if change is not None and not any(known.source == change.source for known in changes):
            changes.append(change)
    return changes


def is_adapted(name: str, other: str) -> bool:
    """Whether ``other`` is ``name`` as English spells it: Poetin and Putin, Congres and Congress."""
    return any(_adapted(one, there) for one in _parts(name) for there in _parts(other))


def is_listed(word: str) -> bool:
    """Whether ``word`` is a name of the list, a part of one, or made from one (Groenlander)."""
    return word in _listed_words() or bool(_exonyms_of_stem(word))


@cache
def _listed_words() -> frozenset[str]:
    return frozenset(word for names in _exonyms().english for word in names.split())


@dataclass(frozen=True, slots=True)
class _Name:
    """One capitalised word of the source, what stands before it, and whether that is a name too."""

    span: Span
    word: str
    first_name: str  # the capitalised word right before, or ""
    exonyms: tuple[str, ...]  # English forms of the listed name that it is part of; () if none
    listed: Span | None = None  # where that listed name stands, if it may not be left out


class _Target:
    """The words of the English side, by their letters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [(Span(*found.span()), found.group()) for found in _TOKEN.finditer(text)]
        self.plain = {part for _, word in self.tokens for part in _parts(word)}
        self.joined = _fold(text)

    def has(self, word: str) -> bool:
        """Whether a name stands there, be it in a compound or with an ending."""
        parts = list(_parts(word))
        return any(part in self.plain for part in parts) or _fold(word) in self.joined

    def capitals(self) -> Iterator[tuple[Span, str]]:
        """Capitalised words."""
        return ((span, word) for span, word in self.tokens if word[0].isupper())


def _change_of(name: _Name, source: str, there: _Target) -> NameChange | None:
    if there.has(name.word):
        return None
    if name.exonyms:
        bent = _bent(there, name.exonyms)
        if bent is not None:
            return NameChange(NameChangeKind.GARBLED, name.listed or name.span, bent, name.exonyms[0])
        if name.listed is None or any(_mentions(there, english) for english in name.exonyms):
            return None
        return NameChange(NameChangeKind.DROPPED, name.listed, expected=name.exonyms[0])
    translated = _TRANSLATIONS.get(_fold(name.word))
    if translated and name.first_name:
        for span, word in there.tokens:
            if _fold(word) in translated and word[0].isupper():
                return NameChange(NameChangeKind.TRANSLATED, name.span, span)
    if len(name.word) < _LETTERS:
        return None
    source_words = _source_words(source)
    rivals = [(span, word) for span, word in there.capitals() if _fold(word) not in source_words]
    ours = _parts(name.word)
    if any(_adapted(one, other) for _, word in rivals for one in ours for other in _parts(word)):
        return None
    capital = [part for part in re.split(r"[-‐‑]", name.word) if part[:1].isupper()]
    for span, word in rivals:
        if any(_near(part, word) for part in (name.word, *capital)) and not name.word.isupper():
            return NameChange(NameChangeKind.GARBLED, name.span, span)
    # Part of a person's name whose other part is there and that has nothing in its place.
    replaced = any(not _opens(there.text, span.start) for span, _ in rivals)
    if name.first_name and there.has(name.first_name) and not replaced and name.first_name not in _TITLES:
        return NameChange(NameChangeKind.DROPPED, name.span)
    return None


def _opens(text: str, place: int) -> bool:
    """Whether a sentence or quotation begins at ``place``: the capital there says nothing."""
    before = text[max(0, place - 12) : place]
    if place <= 12 and not any(map(str.isalnum, before)):
        return True
    return bool(_SENTENCE_START.search(before))


def _names(source: str) -> list[_Name]:
    listed = list(_listed(source))
    found = []
    previous: re.Match[str] | None = None
    for match in _TOKEN.finditer(source):
        word = match.group()
        if not word[0].isupper() or (len(word) > 1 and word.isupper() and len(word) > 5):
            if word.lower() not in _PARTICLES:
                previous = None
            continue
        start = _opens(source, match.start())
        between = source[previous.end() : match.start()] if previous else ""
        adjacent = previous is not None and not re.search(r"[^\w\s'’-]", between)
        known = next((place for place in listed if place.span.start <= match.start() < place.span.end), None)
        if known or not start:
            before = previous.group() if previous and adjacent else ""
            span = Span(*match.span())
            if known is None:
                found.append(_Name(span, word, before, _exonyms_of_stem(word)))
            else:
                found.append(_Name(span, word, before, known.english, known.span if known.counts else None))
        previous = match
    return found


@dataclass(frozen=True, slots=True)
class _Listed:
    """A name of the list where it stands in a source.

    ``counts`` is False for what good translations leave out or turn round: Dutch has
    "het Nederlandse elftal" where English may have "the team".
    """

    span: Span
    english: tuple[str, ...]
    counts: bool


def _listed(source: str) -> Iterator[_Listed]:
    """Names of the list that stand in ``source``; of two that begin together, the longer."""
    known = _exonyms()
    for match in known.pattern.finditer(source):
        dutch = match.group()
        yield _Listed(Span(*match.span()), known.english[dutch], dutch not in known.descriptive)


def _exonyms_of_stem(word: str) -> tuple[str, ...]:
    """The English of a listed name that ``word`` is made from: Groenlander, Parijzenaar."""
    english = _exonyms().english
    return next(
        (english[word[:length]] for length in range(len(word) - 1, 4, -1) if word[:length] in english), ()
    )


@dataclass(frozen=True, slots=True)
class _Exonyms:
    pattern: re.Pattern[str]
    english: Mapping[str, tuple[str, ...]]
    descriptive: frozenset[str]  # adjectives and peoples


@cache
def _exonyms() -> _Exonyms:
    forms: dict[str, list[str]] = {}
    descriptive = set()
    for kind, names in known_names().items():
        for name in names:
            dutch = re.sub(r"^(?:de|het) (?=[A-Z])", "", name.dutch)
            if dutch[0].isupper():
                english = re.sub(r"^the (?=[A-Z])", "", name.english)
                forms.setdefault(dutch, []).append(english)
                if kind in ("adjective", "people"):
                    descriptive.add(dutch)
    for dutch, more in _ALSO.items():
        forms.setdefault(dutch, []).extend(more)
    longest = sorted(forms, key=len, reverse=True)
    pattern = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, longest)) + r")(?![\w-])")
    return _Exonyms(
        pattern, {dutch: tuple(english) for dutch, english in forms.items()}, frozenset(descriptive)
    )


def _mentions(there: _Target, english: str) -> bool:
    """The English name, or a word made from it (Germany, German)."""
    if _fold(english) in there.joined:
        return True
    words = [word for word in english.split() if word[0].isupper()]
    for word in words[-1:]:
        start = _fold(word)[: max(3, len(word) - 4)]
        if any(_fold(other).startswith(start) for _, other in there.capitals()):
            return True
    return any(_fold(other) in there.joined for other in _RELATED.get(english, ()))


def _bent(there: _Target, exonyms: Sequence[str]) -> Span | None:
    """A word that is nearly one of the English names, where none of them stands: Pakiktan.

    Words made from a name (Russian, Sweden's) begin with it or differ more.
    """
    if any(_fold(english) in there.joined for english in exonyms):
        return None
    for english in exonyms:
        wanted = _fold(english)
        for span, word in there.capitals():
            found = _fold(word)
            if len(wanted) < 6 or found[:1] != wanted[:1] or abs(len(found) - len(wanted)) > 1:
                continue
            if found.startswith(wanted[:-1]) or wanted.startswith(found[:-1]):
                continue
            if Levenshtein.normalized_similarity(found, wanted) >= 0.8:
                return span
    return None


def _near(name: str, other: str) -> bool:
    """Two spellings of one name: most letters are the same, and the first one or two are."""
    one, two = _fold(name), _fold(other)
    if len(two) < _LETTERS or one == two or not (one[:1] == two[:1] or one[1:3] == two[1:3]):
        return False
    return Levenshtein.normalized_similarity(one, two) >= _NEAR


def _adapted(name: str, other: str) -> bool:
    """The name as English spells it: Olympische and Olympic, Poetin and Putin, Congres and Congress."""
    one, two = _anglicised(name), _anglicised(other)
    if one == two:
        return True
    # A Dutch ending less, or an English one more.
    short, long = sorted((one, two), key=len)
    if len(short) >= 4 and long.startswith(short) and long[len(short) :] in _ENDINGS:
        return True
    if len(other) >= 5 and _fold(name).startswith(_fold(other)):  # Avengerklasse, Avenger-class
        return True
    # Ecuadoraanse, Ecuadorian: what it is of counts, not how it is made.
    described = bool(_DESCRIPTIVE.search(_fold(name)))
    return described and (one[:4] == two[:4] or _fold(name)[:4] == _fold(other)[:4])


# What one language has at the end of a name and the other has not, after _SPELLING.
_ENDINGS = frozenset(
    "a al an d e ei el en er ers es i ia ian ic iens is ist n ns on r s se st t te um us".split()  # noqa: SIM905
)
_DESCRIPTIVE = re.compile(r"(?:aanse?|ische?|e?ense|ees|ese|landers?|iers?)$")
_SPELLING = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"tie$", "tion"), (r"isch(?:e|en)?$", "ic"), (r"tic$", "ic"), (r"erie$", "ry"), (r"iers?$", "ian"),
        (r"eens(?:e)?$", ""),
        (r"ica$", "ic"),
        (r"our$", "or"),
        (r"([lrn])se$", r"\1"), (r"(?:ist|ian|ic)al$", "ic"), (r"iek$", "ic"), (r"teit$", "ty"),
        (r"aa[nt]s?e$", "an"), (r"tsj", "ch"), (r"sj", "sh"), (r"dzj", "j"), (r"oe", "u"), (r"ou", "u"),
        (r"ij", "y"), (r"ie", "i"), (r"y", "i"), (r"uu", "u"), (r"aa", "a"), (r"ee", "e"), (r"ea", "e"),
        (r"oo", "o"), (r"ae", "e"), (r"ck|c(?![eiyh])|q", "k"), (r"ch", "g"), (r"kh", "g"),
        (r"ph", "f"), (r"th", "t"), (r"[vw]", "v"),
        (r"f", "v"), (r"z", "s"), (r"x", "ks"), (r"c", "s"), (r"j", "i"), (r"ii", "i"), (r"h", ""),
        (r"(.)\1", r"\1"), (r"(?:en|e|s|n)$", ""),
    )
]  # fmt: skip


@lru_cache(maxsize=4096)
def _anglicised(word: str) -> str:
    text = _fold(word)
    for pattern, replacement in _SPELLING:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(maxsize=256)
def _source_words(source: str) -> frozenset[str]:
    return frozenset(_fold(found.group()) for found in _TOKEN.finditer(source))


@lru_cache(maxsize=16384)
def _fold(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _parts(word: str) -> Iterable[str]:
    """A word and the parts that hyphens join."""
    whole = _fold(word)
    parts: Sequence[str] = re.split(r"[-‐‑]", whole)
    return {whole, *(part for part in parts if len(part) > 2)}


_TITLES = frozenset(
    """Koning Koningin Prins Prinses President Minister Premier Keizer Keizerin Paus Sint Dr Prof Mr Drs
    Meneer Mevrouw Heer Dame Graaf Hertog Baron Generaal""".split()  # noqa: SIM905
)
# Further English for names of the list.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "VS": ("US", "U.S.", "USA", "United States", "America"),
    "Verenigde Staten": ("US", "U.S.", "USA", "America"),
    "Verenigd Koninkrijk": ("UK", "U.K.", "Britain"),
    "Groot-Brittannië": ("UK", "U.K.", "United Kingdom", "Britain"),
    "VN": ("U.N.", "United Nations"),
    "Verenigde Naties": ("UN", "U.N."),
    "Europese Unie": ("EU",),
    "EU": ("European Union",),
    "NAVO": ("North Atlantic Treaty",),
    "Sovjet-Unie": ("Soviet Union", "USSR", "Soviet"),
    "Sovjet": ("Soviet",),
    "Middellandse Zee": ("Mediterranean",),
    "Stille Oceaan": ("Pacific",),
    "Atlantische Oceaan": ("Atlantic",),
    "Nederland": ("Netherlands", "Holland", "Dutch"),
    "Nederlands": ("Dutch",),
    "Nederlandse": ("Dutch", "Netherlands"),
    "Belarus": ("Belarus", "Byelorussia"),
    "Kiev": ("Kiev",),
    "Charkov": ("Kharkov",),
    "Odessa": ("Odessa",),
    "Kirgizië": ("Kirghizia",),
    "Myanmar": ("Burma",),
    "Rode Kruis": ("Red Cross",),
    "Tweede Kamer": ("House of Representatives", "Lower House", "parliament", "Second Chamber"),
    "Eerste Kamer": ("Senate", "Upper House"),
    "Afrikaanse": ("Africa",),
    "Franse": ("France",),
    "Polen": ("Poland", "Poles"),
    "Zweden": ("Sweden", "Swedes"),
    "Brabant": ("Brabant",),
    "Engelse": ("England", "British"),
    "Engels": ("English",),
    "Amerika": ("US", "U.S.", "United States"),
    "Amerikaanse": ("US", "U.S.", "United States"),
    "Amerikanen": ("US", "U.S."),
    "Britse": ("UK", "Britain"),
    "Rusland": ("Soviet",),
    "Congo": ("DRC", "DR Congo"),
    "Tsjechië": ("Czech Republic",),
    "Ivoorkust": ("Côte d'Ivoire",),
    "Deense": ("Denmark", "Dane"),
    "Zwitserse": ("Swiss", "Switzerland"),
    "Spaanse": ("Spain",),
    "Turkse": ("Turkey",),
}
_RELATED: Mapping[str, tuple[str, ...]] = {
    "the Netherlands": ("Dutch", "Holland"),
    "Denmark": ("Danish", "Danes", "Dane"),
    "Spain": ("Spanish", "Spaniard"),
    "Switzerland": ("Swiss",),
    "France": ("French",),
    "Greece": ("Greek",),
    "Wales": ("Welsh",),
    "Great Britain": ("British", "UK"),
    "United Kingdom": ("British", "UK"),
    "United States": ("American", "US"),
    "China": ("Chinese",),
    "Poland": ("Polish", "Pole"),
    "Peru": ("Peruvian",),
    "Turkey": ("Turkish", "Turk"),
    "Thailand": ("Thai",),
    "Flanders": ("Flemish",),
}
# Surnames and first names that are words, or have an English twin: right as a name, wrong translated.
_TRANSLATIONS: Mapping[str, frozenset[str]] = {
    dutch: frozenset(english.split())
    for dutch, english in (
        ("bakker", "baker"), ("visser", "fisher fisherman"), ("boer", "farmer peasant"), ("smit", "smith"),
        ("kok", "cook"), ("mulder", "miller"), ("molenaar", "miller"), ("kuiper", "cooper"),
        ("jager", "hunter"), ("timmerman", "carpenter"), ("dijk", "dike dyke"), ("berg", "mountain"),
        ("groot", "great large big"), ("klein", "small little"), ("wit", "white"), ("zwart", "black"),
        ("bruin", "brown"), ("jong", "young"), ("koning", "king"), ("prins", "prince"),
        ("bos", "forest wood woods"), ("haan", "rooster cock"), ("vos", "fox"), ("vogel", "bird"),
        ("leeuw", "lion"), ("ridder", "knight"), ("schipper", "skipper"), ("koster", "sexton"),
        ("bloem", "flower"), ("appel", "apple"), ("kat", "cat"), ("hond", "dog"), ("haas", "hare"),
        ("keizer", "emperor"), ("graaf", "count"), ("hertog", "duke"), ("bisschop", "bishop"),
        ("schilder", "painter"), ("slager", "butcher"), ("snijder", "tailor cutter"),
        ("kuijper", "cooper"), ("post", "mail"), ("zomer", "summer"),
        ("broek", "pants trousers"),
        ("laan", "avenue lane"), ("kerk", "church"), ("brug", "bridge"), ("meer", "lake more"),
        ("veld", "field"), ("beek", "brook stream"), ("bosch", "forest woods"), ("linden", "lime"),
        ("hout", "wood"), ("kamp", "camp"), ("blok", "block"), ("goudsmit", "goldsmith"),
        ("schoenmaker", "shoemaker"), ("brouwer", "brewer"), ("wever", "weaver"), ("dekker", "roofer"),
        ("hoek", "corner"), ("stam", "tribe stem"), ("kramer", "peddler"),
    )
}  # fmt: skip


__all__ = ["KnownName", "NameChange", "NameChangeKind", "known_names", "name_changes"]
