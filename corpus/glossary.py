"""Glossaries: which term must be translated how, and whether a translation does so.

A glossary is a table with tab-separated columns in UTF-8, a term a row:

    # what a line says that starts with a hash is a remark; \\# is a hash
    huurtoeslag	rent benefit
    Tweede Kamer	House of Representatives|Lower House
    Groen

1. The first column is the Dutch term, the second the English one. ``|`` parts what
   is accepted; the first is what is preferred. A term without a translation, or with
   itself as translation, is a name or word that must stay as it is.
2. A third column is a remark, as OmegaT has it, unless the first row names the columns:
   ``source``, ``target``, ``kind`` (noun, verb, adjective, name), ``match`` (exact,
   forms, compounds), ``case`` (yes, no) and ``note``, in any order.
3. ``match``: *exact* finds the term as it is written, *forms* inflected forms as well
   ("huurtoeslagen"), *compounds* also words that hold the term ("huurtoeslagaanvraag").
   Usual are compounds for terms of 6 letters and more, forms for shorter ones: what holds
   those is too often a word of its own ("land" in "landschap", "hoofd" in "hoofdstad").
   Words with a hyphen hold every term ("NAVO-top"); names have no other compounds.
4. A term with a capital is found in that spelling (or all in capitals), one without in
   any; ``case`` says otherwise.

Where two terms compete for the same words the longer one has them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from corpus.document import Span
from corpus.errors import FormatError
from corpus.files import decode_text
from corpus.inflection import VERSION as INFLECTION
from corpus.inflection import WordClass, dutch_forms, english_forms, separable
from corpus.words import words

VERSION = "glossary-1"
COLUMNS = ("source", "target", "kind", "match", "case", "note")
_USUAL = ("source", "target", "note")
# What may follow the particle at the end of a clause: "kondigt regels aan en ..."
_AFTER_PARTICLE = re.compile(
    r"\W|en|of|maar|want|dus|omdat|als|wanneer|dat|die|terwijl|toen|nadat|om|voor|na|bij|in|op", re.IGNORECASE
)
_JOINERS = "-‐‑"
_HYPHENS = r"\-‐‑"  # for a class of characters
# A word may end or begin so beside a term without being a compound with it.
_SUFFIX = re.compile(
    r"(?:aan|aans|aar|achtig|an|ans|baar|dom|eer|el|elijk|er|erd|erij|heid|ier|ig|ing|isch|istisch|isme|ist|lijk|loos|nis|schap"
    r"|sel|ster|zaam)(?:e|en|er|heid|s)?$"
)
_PREFIX = re.compile(r"(?:aan|be|ge|her|mis|on|ont|op|uit|ver)$")
# How a Dutch word can begin: with a vowel or with these consonants before one.
_ONSET = re.compile(
    r"(?:b[lr]?|chr?|c[lr]?|d[rw]?|f[lr]?|g[lnr]?|h|j|k[lnrw]?|l|m|n|p[lrs]?|q|r|schr?|scr?|sj|s[klmnw]?|sp[lr]?"
    r"|str?|t[jrsw]?|v[lr]?|wr?|x|z|zw)?[aeiouyáéíóúèëïöü]"
)
_LINKS = ("", "s", "en", "n", "e", "er", "eren")  # what joins the parts of a compound
_LONG = 6  # letters of a term whose compounds are looked for without being asked
_SHORTEST_PART = 4  # letters of a form that is looked for inside words
_CLAUSE = 40  # words within which a verb's particle is looked for
_LONGEST_WORD = 100  # letters; what is longer is no word, and would take long
_SHORTEST_REST = 3  # letters that must be left


class Matching(StrEnum):
    """Where a term is found."""

    EXACT = "exact"
    FORMS = "forms"
    COMPOUNDS = "compounds"


@dataclass(frozen=True, slots=True)
class Term:
    """A term and its translation. ``line`` is where the glossary has it, from 1.

    ``alternatives`` are accepted as well as ``target``. A term that must stay as it is
    has itself as ``target``.
    """

    source: str
    target: str
    alternatives: tuple[str, ...] = ()
    word_class: WordClass | None = None
    matching: Matching = Matching.COMPOUNDS
    match_case: bool = False
    line: int = 0

    @property
    def stays(self) -> bool:
        """Whether the term must not be translated."""
        return self.source == self.target

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of the preferred translation, the term as it was given first."""
        return self._forms(self.target)

    @property
    def accepted(self) -> tuple[str, ...]:
        """Everything that may stand for the term in a translation."""
        found = [form for one in (self.target, *self.alternatives) for form in self._forms(one)]
        # "the Netherlands" is there in "the former Netherlands" as well.
        bare = [form[4:] for form in found if form.startswith("the ") and not self.stays]
        return tuple(dict.fromkeys([*found, *bare]))

    def _forms(self, target: str) -> tuple[str, ...]:
        return (target,) if self.stays else english_forms(target, self.word_class)


@dataclass(frozen=True, slots=True)
class Match:
    """A term found in a text.

    ``span`` covers the term, ``whole`` the words that it is part of; they differ where
    ``compound``. ``plural`` is None where the form does not tell.
    """

    term: Term
    span: Span
    whole: Span
    plural: bool | None = None
    compound: bool = False

    def beside(self, text: str) -> tuple[str, str]:
        """What a compound in ``text`` has before and behind the term, without links and hyphens."""
        before = text[self.whole.start : self.span.start].rstrip(_JOINERS)
        after = text[self.span.end : self.whole.end]
        bare = after.lstrip(_JOINERS)
        if after == bare and after:
            bare = next((after[len(link) :] for link in _LINKS if _follows(after.lower(), link)), after)
        return before, bare


def read_glossary(data: bytes, name: str) -> Glossary:
    """The glossary in ``data``; ``name`` is for errors.

    Raises :class:`InputError` for what is not UTF-8 text and :class:`FormatError`,
    which names the line, for a row that makes no sense or contradicts another.
    """
    terms: dict[str, Term] = {}
    columns: Sequence[str] | None = None
    for number, line in enumerate(decode_text(data, name).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [_unquoted(field.strip()) for field in line.split("\t")]
        where = f"{name}, line {number}"
        if columns is None:
            named = [field.lower() for field in fields]
            columns = named if named[:2] == ["source", "target"] or "source" in named[:1] else _USUAL
            if columns is named:
                _check_columns(named, where)
                continue
        term = _term(dict(zip(columns, fields, strict=False)), len(fields), len(columns), number, where)
        known = terms.setdefault(term.source, term)
        if (known.target, known.alternatives) != (term.target, term.alternatives):
            raise FormatError(
                f"{term.source!r} has another translation on line {known.line}",
                where=where,
                remedy="give both on one line: preferred|accepted",
            )
    if not terms:
        raise FormatError("has no terms", where=name, remedy="give a Dutch term, a tab and its translation")
    return Glossary(tuple(terms.values()), name)


def _unquoted(field: str) -> str:
    """Without the quotes that spreadsheets put around a field with a comma in it."""
    if len(field) > 1 and field[0] == field[-1] == '"':
        return field[1:-1].replace('""', '"')
    return field


def _check_columns(named: Sequence[str], where: str) -> None:
    for column in named:
        if column not in COLUMNS:
            raise FormatError(
                f"there is no column {column!r}", where=where, remedy=f"use some of {', '.join(COLUMNS)}"
            )
        if named.count(column) > 1:
            raise FormatError(f"column {column!r} comes twice", where=where, remedy="name it once")


def _term(row: Mapping[str, str], fields: int, columns: int, line: int, where: str) -> Term:
    """One row. Too many fields are a mistake: a tab too many would shift all of them."""
    if fields > columns:
        raise FormatError(
            f"has {fields} columns, not {columns}", where=where, remedy="is there a tab too many?"
        )
    source = row.get("source", "")
    source = source[1:] if source.startswith("\\#") else source
    if not words(source):
        raise FormatError("has no Dutch term", where=where, remedy="start the line with the term, or with #")
    targets = [one.strip() for one in row.get("target", "").split("|")]
    if len(targets) > 1 and not all(targets):
        raise FormatError("a translation beside | is empty", where=where, remedy="take the | away")
    stays = targets[0] in ("", source)
    kind = _choice(row, "kind", [one.value for one in WordClass], where)
    if not kind and targets[0].startswith("to ") and source.endswith("n"):
        kind = WordClass.VERB  # as dictionaries give verbs
    match = _choice(row, "match", [one.value for one in Matching], where)
    case = _choice(row, "case", ["yes", "no"], where)
    return Term(
        source=source,
        target=source if stays else targets[0],
        alternatives=tuple(targets[1:]),
        word_class=WordClass.NAME if stays and not kind else WordClass(kind) if kind else None,
        matching=Matching(match) if match else _usual_matching(source),
        match_case=case == "yes" or (not case and source != source.lower()),
        line=line,
    )


def _usual_matching(source: str) -> Matching:
    return Matching.COMPOUNDS if len(source) >= _LONG else Matching.FORMS


def _choice(row: Mapping[str, str], column: str, known: Sequence[str], where: str) -> str:
    value = row.get(column, "").lower()
    if value and value not in known:
        raise FormatError(
            f"{column} is {value!r}", where=where, remedy=f"give one of {', '.join(known)}, or nothing"
        )
    return value


@dataclass(frozen=True, slots=True)
class _Entry:
    """A term under the form of its first word: the forms of the others, and what the last one tells."""

    term: Term
    others: tuple[Mapping[str, bool | None], ...]
    first: bool | None


@dataclass(frozen=True)
class Glossary:
    """Terms, ready to be looked for. ``name`` is the file's."""

    terms: tuple[Term, ...]
    name: str = ""

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of what the glossary asks, whatever its file looks like."""
        return terms_sha256(self.terms)

    def sha256_for(self, text: str) -> str:
        """The same of the terms that ``text`` has; empty if it has none."""
        found = dict.fromkeys(match.term for match in self.find_terms(text))
        return terms_sha256(tuple(found)) if found else ""

    def find_terms(self, text: str) -> list[Match]:
        """Every place in a Dutch ``text`` where a term stands, in order, none inside another."""
        plain = text.replace("’", "'")
        tokens = [part for word in words(plain) for part in _split(plain, word, "/")]
        found = [match for at in range(len(tokens)) for match in self._at(plain, tokens, at)]
        # Whole words before parts of words, then the longer term, then the earlier.
        found.sort(key=lambda match: (match.compound, -len(match.span), match.span.start))
        chosen: list[Match] = []
        taken: set[int] = set()
        for match in found:
            places = range(match.span.start, match.span.end)
            if taken.isdisjoint(places):
                chosen.append(match)
                taken.update(places)
        return sorted(chosen, key=lambda match: match.span)

    def find_targets(self, text: str, term: Term) -> list[Span]:
        """Every place in an English ``text`` where what is accepted for ``term`` stands."""
        spans = [Span(*found.span()) for found in self._target_pattern(term).finditer(text)]
        return [span for span in spans if _case_fits(span.of(text), term)]

    def missing_terms(self, source: str, target: str) -> list[Match]:
        """The terms of ``source`` that ``target`` does not have, in order.

        Each time that a term stands in the source asks for one in the target: of a
        term that comes three times and is translated as it should twice, one (the
        last) is missing. One stretch of the target answers for one term only.
        """
        return missing(self, self.find_terms(source), target)

    def _at(self, text: str, tokens: Sequence[Span], at: int) -> Iterator[Match]:
        """Terms that begin with the word number ``at``, or stand inside it."""
        token = tokens[at]
        yield from self._sequences(text, tokens, at, token)
        yield from self._apart(text, tokens, at)
        parts = _parts(text, token)
        for part in parts if len(parts) > 1 else []:
            after = tokens[at + 1 : at + 1 + self._longest] if part is parts[-1] else []
            for match in self._sequences(text, [part, *after], 0, part):
                whole = Span(token.start, max(token.end, match.whole.end))
                yield Match(match.term, match.span, whole, match.plural, compound=True)
        for part in parts:
            for match in self._inside(text, part):
                yield Match(match.term, match.span, token, match.plural, compound=True)

    def _sequences(self, text: str, tokens: Sequence[Span], at: int, first: Span) -> Iterator[Match]:
        """Terms whose words are those from number ``at`` on."""
        for entry in self._index.get(first.of(text).lower(), ()):
            last, plural = first, entry.first
            for place, forms in enumerate(entry.others, start=at + 1):
                if place >= len(tokens):
                    break
                final = place == at + len(entry.others)
                spelled = tokens[place].of(text).lower()
                if spelled in forms:
                    last, plural = tokens[place], forms[spelled]
                    continue
                # "Tweede Kamerlid": a compound with the last word of the term.
                head = final and self._head(text, tokens[place], forms, entry.term)
                if head:
                    span = Span(first.start, head.end)
                    yield Match(entry.term, span, Span(first.start, tokens[place].end), None, compound=True)
                break
            else:
                span = Span(first.start, last.end)
                if _spelled(span.of(text), entry.term):
                    yield Match(entry.term, span, span, plural)

    def _apart(self, text: str, tokens: Sequence[Span], at: int) -> Iterator[Match]:
        """Verbs come apart: "kondigt ... aan", with the finite part as their place; "aan te kondigen"."""
        spelled = tokens[at].of(text).lower()
        for term, particle in self._apart_index.get(spelled, ()):
            if _particle_follows(text, tokens, at, particle):
                yield Match(term, tokens[at], tokens[at])
        after = [one.of(text).lower() for one in tokens[at + 1 : at + 3]]
        if len(after) == 2 and after[0] == "te":
            for term, particle in self._apart_index.get(after[1], ()):
                if particle == spelled and term.source.lower().endswith(after[1]):
                    span = Span(tokens[at].start, tokens[at + 2].end)
                    yield Match(term, span, span)

    def _head(self, text: str, token: Span, forms: Mapping[str, bool | None], term: Term) -> Span | None:
        """The beginning of ``token`` that is one of ``forms``, if it is a compound with it."""
        if term.matching is not Matching.COMPOUNDS:
            return None
        word = token.of(text)
        for form in sorted(forms, key=len, reverse=True):
            rest = word[len(form) :]
            if word.lower().startswith(form) and (
                rest.startswith(tuple(_JOINERS)) or _joins(rest.lower(), len(form))
            ):
                return Span(token.start, token.start + len(form))
        return None

    def _inside(self, text: str, part: Span) -> Iterator[Match]:
        """Terms of one word that ``part`` begins or ends with, without being them."""
        if len(part) > _LONGEST_WORD:
            return
        word = part.of(text).lower()
        for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_REST + 1):
            span = Span(part.start, part.start + cut)
            for term, plural in self._parts_index.get(word[:cut], ()):
                # The first part may be a plural ("huizenmarkt") but is never a diminutive.
                begins = (plural or cut == len(term.source)) and _joins(word[cut:], cut)
                if begins and _spelled(span.of(text), term):
                    yield Match(term, span, part, None, compound=True)
        for cut in range(_SHORTEST_REST, len(word) - _SHORTEST_PART + 1):
            for term, plural in self._parts_index.get(word[cut:], ()):
                if not term.match_case and _is_first_part(word[:cut]):
                    yield Match(term, Span(part.start + cut, part.end), part, plural, compound=True)

    @cached_property
    def _longest(self) -> int:
        """The most words that a term has."""
        return max((len(words(term.source)) for term in self.terms), default=0)

    @cached_property
    def _index(self) -> Mapping[str, list[_Entry]]:
        """Terms by every form of their first word, in small letters."""
        index: dict[str, list[_Entry]] = {}
        for term in self.terms:
            forms = _word_forms(term)
            for form, plural in forms[0].items():
                index.setdefault(form, []).append(_Entry(term, tuple(forms[1:]), plural))
        return index

    @cached_property
    def _apart_index(self) -> Mapping[str, list[tuple[Term, str]]]:
        """Verbs that come apart, with their particle, by the forms of their root."""
        index: dict[str, list[tuple[Term, str]]] = {}
        for term in self.terms:
            parts = separable(term.source) if term.word_class is WordClass.VERB else None
            if parts is not None and term.matching is not Matching.EXACT:
                for form in dutch_forms(parts[1], WordClass.VERB):
                    index.setdefault(form, []).append((term, parts[0]))
        return index

    @cached_property
    def _parts_index(self) -> Mapping[str, list[tuple[Term, bool | None]]]:
        """Terms of one word that are looked for inside words, by their forms."""
        index: dict[str, list[tuple[Term, bool | None]]] = {}
        for term in self.terms:
            usual = term.word_class not in (WordClass.NAME, WordClass.VERB)
            if term.matching is Matching.COMPOUNDS and usual and term.source.isalpha():
                for form, plural in _word_forms(term)[0].items():
                    if len(form) >= _SHORTEST_PART:
                        index.setdefault(form, []).append((term, plural))
        return index

    @cached_property
    def _patterns(self) -> dict[Term, re.Pattern[str]]:
        return {}

    def _target_pattern(self, term: Term) -> re.Pattern[str]:
        if term not in self._patterns:
            forms = sorted(term.accepted, key=len, reverse=True)
            flexible = "|".join(_flexible(form) for form in forms)
            self._patterns[term] = re.compile(rf"(?<!\w)(?:{flexible})(?!\w)", re.IGNORECASE)
        return self._patterns[term]


def terms_sha256(terms: Sequence[Term]) -> str:
    """SHA-256 of ``terms`` in any order, and of the rules that they are found by."""
    rows = sorted(
        [
            term.source,
            term.target,
            *term.alternatives,
            str(term.word_class),
            term.matching,
            str(term.match_case),
        ]
        for term in terms
    )
    return hashlib.sha256(json.dumps([VERSION, INFLECTION, rows]).encode()).hexdigest()


def missing(glossary: Glossary, matches: Sequence[Match], target: str) -> list[Match]:
    """Those of ``matches`` (of one source) that ``target`` has no words for."""
    taken: set[int] = set()
    lacking: list[Match] = []
    # The longer translation chooses first: "rent benefit" must not answer for "benefit".
    order = sorted(range(len(matches)), key=lambda index: (-len(matches[index].term.target), index))
    terms = {match.term for match in matches}
    places = {term: iter(glossary.find_targets(target, term)) for term in terms}
    for index in order:
        # What the term has passed over was taken, and stays so.
        left = places[matches[index].term]
        free = next((span for span in left if taken.isdisjoint(range(span.start, span.end))), None)
        if free is None:
            lacking.append(matches[index])
        else:
            taken.update(range(free.start, free.end))
    return sorted(lacking, key=lambda match: match.span)


# Words of terms


def _word_forms(term: Term) -> list[Mapping[str, bool | None]]:
    """For each word of the term the forms it is found in, in small letters."""
    plain = term.source.replace("’", "'")
    spelled = [span.of(plain) for span in words(plain)]
    if term.matching is Matching.EXACT:
        return [{word.lower(): None} for word in spelled]
    forms: list[Mapping[str, bool | None]] = []
    for number, word in enumerate(spelled, start=1):
        last = number == len(spelled)
        if last:
            made = dutch_forms(word, term.word_class)
        elif term.word_class is WordClass.NAME or len(word) < _SHORTEST_PART or word != word.lower():
            made = {word: None}
        else:
            made = dict.fromkeys(dutch_forms(word, WordClass.ADJECTIVE), None)
        forms.append({form.lower(): plural for form, plural in made.items()})
    return forms


def _spelled(text: str, term: Term) -> bool:
    """Whether ``text``, a form of the term, has its capitals."""
    if not term.match_case or (text.isupper() and len(text) > 1):
        return True
    common = min(len(text), len(term.source))
    letters = next((at for at in range(common) if text[at].lower() != term.source[at].lower()), common)
    return text[:letters] == term.source[:letters].replace("’", "'")


def _particle_follows(text: str, tokens: Sequence[Span], at: int, particle: str) -> bool:
    """Whether ``particle`` ends the clause that goes on behind word number ``at``."""
    for place in range(at + 1, min(at + _CLAUSE, len(tokens))):
        word = tokens[place].of(text)
        if word in ".,;:!?":
            return False
        if word.lower() == particle:
            following = tokens[place + 1].of(text) if place + 1 < len(tokens) else "."
            return _AFTER_PARTICLE.fullmatch(following) is not None
    return False


def _parts(text: str, token: Span) -> list[Span]:
    """The parts of a word that hyphens join."""
    return _split(text, token, _HYPHENS)


def _split(text: str, token: Span, marks: str) -> list[Span]:
    if len(token) == 1:
        return [token]
    found = re.finditer(rf"[^{marks}]+", token.of(text))
    return [Span(token.start + part.start(), token.start + part.end()) for part in found]


def _joins(rest: str, first: int) -> bool:
    """Whether ``rest`` can be what follows the first part, of ``first`` letters, of a compound."""
    if _SUFFIX.match(rest):
        return False  # land-schap, though "chap" could follow "lands-"
    if first == _SHORTEST_PART and rest[:1] in set("aeiou"):
        return False  # kast-eel, land-elijk, bank-ier: far more often no compound than one
    return any(_follows(rest, link) for link in _LINKS)


def _follows(rest: str, link: str) -> bool:
    """Whether ``rest`` is ``link`` and a part; longer links are likelier to be part of a word."""
    return rest.startswith(link) and _is_part(rest[len(link) :]) and (link in ("", "s") or len(rest) > 4)


def _is_part(rest: str) -> bool:
    """Whether ``rest`` looks like a word of its own and not like a suffix."""
    return (
        len(rest) >= _SHORTEST_REST
        and rest.isalpha()
        and not (len(rest) == _SHORTEST_REST and rest.endswith("en"))  # an ending, hardly ever a word
        and _ONSET.match(rest) is not None
        and _SUFFIX.match(rest) is None
    )


def _is_first_part(rest: str) -> bool:
    """Whether ``rest`` can be what a compound begins with."""
    return re.search("[aeiouy]", rest) is not None and rest.isalpha() and _PREFIX.match(rest) is None


def _flexible(form: str) -> str:
    """A pattern for ``form``: spaces and hyphens between its words are one."""
    pieces = re.split(rf"[\s{_HYPHENS}]+", form.replace("’", "'"))
    return rf"[\s{_HYPHENS}]+".join(re.escape(piece).replace("'", "['’]") for piece in pieces if piece)


def _case_fits(text: str, term: Term) -> bool:
    """Capitals of a translation matter: "NATO" is not "nato"; "rent benefit" may begin a sentence."""
    plain = re.sub(rf"[\s{_HYPHENS}]+", " ", text).replace("’", "'")
    for form in term.accepted:
        wanted = re.sub(rf"[\s{_HYPHENS}]+", " ", form).replace("’", "'")
        if plain.lower() == wanted.lower():
            fits = wanted == wanted.lower() or plain == wanted
            if fits or plain == wanted.upper() or plain == wanted[:1].upper() + wanted[1:]:
                return True
    return False
