"""Making a translation use the terms of a glossary.

A sentence is translated as usual first. Where a term is missing, two ways are tried until
every term is there:

* *spliced*: the words that answer to the term (by the word links) are replaced by it. The
  rest of the sentence stays as it is;
* *switched*: the English term is written into the Dutch sentence, and the sentence is
  translated again. Models carry English words over and fit the sentence around them:
  article, number and word order (Song et al. 2019, "Code-Switching for Enhancing NMT with
  Pre-Specified Translation", here with a model that was not trained for it). What it brings
  is spliced again where it must be.

Letting the model go on from a beginning that ends in the term was tried and left out: it
gained nothing over these two (right in the same cases, chrF 73.4 against 73.2), needs
engines that can do it, and says now and then what it had left behind once more.

A new text is kept only if more terms are there, nothing else went wrong with it, and
article and number fit the term. ``benchmarks/glossary.py`` measures each way.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from corpus.bitext import Flag, FlagKind, Link
from corpus.document import Span
from corpus.glossary import Glossary, Match, Term, missing
from corpus.inflection import WordClass
from corpus.symptoms import symptoms
from corpus.words import words
from translate.engines import DecodingSettings, Engine
from translate.safeguards import Guarded, badness, translate_guarded

Linker = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[Link]]]
Finish = Callable[[str, str], str]

WAYS = ("spliced", "switched", "spliced")
_ROUNDS = 3  # terms of one sentence that are put in one by one
_NEAR = 40  # characters before a term that its article stands in
_VOWEL_SOUND = re.compile(
    r"(?!eu|uni(?![nm])|use|usu|uti|one\b|once|ura|Eu|Uni(?![nm])|One\b)[aeiouAEIOU]|hon(?:est|our)|hour|heir"
)
_SPELLED_OUT = re.compile(r"[AEFHILMNORSX][A-Z0-9]*(?![\w])")  # an MP, an NGO; a UN, a BBC
_ARTICLE = re.compile(r"(?<!\w)(an?)\s+$", re.IGNORECASE)
_THE = ("the", "a", "an", "this", "that", "its", "his", "her", "their", "our", "your", "my")
_PREPOSITIONS = (
    "of",
    "in",
    "on",
    "to",
    "for",
    "with",
    "by",
    "from",
    "at",
    "and",
    "or",
    "as",
    "than",
    "about",
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence whose terms are being seen to."""

    source: str
    result: Guarded
    missing: tuple[Match, ...]
    put_in: tuple[Match, ...] = ()


def honour_terms(
    engine: Engine,
    sentences: Sequence[str],
    results: Sequence[Guarded],
    glossary: Glossary,
    settings: DecodingSettings,
    *,
    link: Linker | None = None,
    finish: Finish | None = None,
    ways: Sequence[str] = WAYS,
) -> list[Guarded]:
    """``results`` (the translations of ``sentences``) with the terms of ``glossary`` put in.

    Those that have their terms come back as they are. ``link`` gives the word links of
    (sources, targets); without it only *switched* can be done. ``finish`` is as in
    :func:`translate.safeguards.translate_guarded`. What could not be put in stays
    missing: :func:`term_flags` says so. A spliced translation keeps the score that it had.
    """
    held = [
        _Sentence(source, result, tuple(glossary.missing_terms(source, result.text)))
        for source, result in zip(sentences, results, strict=True)
    ]
    honour = _Honour(engine, glossary, settings, link, finish or (lambda _, text: text))
    for way in ways:
        honour.improve(way, held)
    return [one.result if not one.put_in else _with_flag(one) for one in held]


def _with_flag(one: _Sentence) -> Guarded:
    """The result with a remark on what was put in: the text is no longer all the model's."""
    told = ", ".join(f"“{match.term.target}” for “{match.span.of(one.source)}”" for match in one.put_in)
    span = one.put_in[0].span if len(one.put_in) == 1 else None
    flag = Flag(FlagKind.GLOSSARY, f"changed for the glossary: {told}", repaired=True, source=span)
    return replace(one.result, flags=(*one.result.flags, flag))


@dataclass(frozen=True, slots=True)
class _Honour:
    """The ways to put terms in."""

    engine: Engine
    glossary: Glossary
    settings: DecodingSettings
    link: Linker | None
    finish: Finish

    def improve(self, way: str, held: list[_Sentence]) -> None:
        """Make those of ``held`` that lack terms better in ``way``, in place."""
        if way == "switched":
            self._take(held, self._switched)
        elif self.link is not None:
            self._take(held, lambda ill: self._spliced(ill, None))
            for _ in range(_ROUNDS):  # where all at once was wrong, one may be right
                if not self._take(held, lambda ill: self._spliced(ill, 1)):
                    return

    def _take(
        self, held: list[_Sentence], way: Callable[[Sequence[_Sentence]], list[Guarded | None]]
    ) -> bool:
        """Put what ``way`` makes better in the place of what it was; whether there was any."""
        ill = [index for index, one in enumerate(held) if one.missing]
        if not ill:
            return False
        made = zip(ill, way([held[index] for index in ill]), strict=True)
        better = {index: self._better(held[index], new) for index, new in made if new is not None}
        for index, one in better.items():
            held[index] = one or held[index]
        return any(better.values())

    def _better(self, old: _Sentence, new: Guarded) -> _Sentence | None:
        """``new`` with its own flags, if it has more terms and is no worse."""
        missing = tuple(self.glossary.missing_terms(old.source, new.text))
        # That decoding was cut off or split cannot be seen from the text.
        told = [flag for flag in new.flags if flag.kind in (FlagKind.TRUNCATION, FlagKind.SPLIT)]
        problems = (*self._problems(old.source, new.text), *told)
        kept = [flag for flag in old.result.flags if flag.repaired]
        if len(missing) >= len(old.missing) or badness(problems) > badness(old.result.flags):
            return None
        if not self._agrees(old, new.text):
            return None
        kinds = {flag.kind for flag in problems}
        flags = (*problems, *(flag for flag in kept if flag.kind not in kinds))
        put_in = {*old.put_in, *old.missing}.difference(missing)
        in_order = tuple(sorted(put_in, key=lambda match: match.span))
        return _Sentence(old.source, replace(new, flags=flags), missing, in_order)

    def _problems(self, source: str, text: str) -> tuple[Flag, ...]:
        """Signs of trouble; words that must stay as they are do not make a text a copy."""
        found = symptoms(source, text)
        staying = [match.span.of(source) for match in self.glossary.find_terms(source) if match.term.stays]
        if not any(flag.kind is FlagKind.COPY for flag in found) or not staying:
            return found
        bare = [reduce(lambda one, name: one.replace(name, "X"), staying, side) for side in (source, text)]
        if any(flag.kind is FlagKind.COPY for flag in symptoms(bare[0], bare[1])):
            return found
        return tuple(flag for flag in found if flag.kind is not FlagKind.COPY)

    def _agrees(self, old: _Sentence, text: str) -> bool:
        """Whether article and number around the terms that were put in are right."""
        plurals: dict[Term, bool] = {}
        for match in old.missing:
            plurals[match.term] = plurals.get(match.term, True) and bool(match.plural)
        for term, plural in plurals.items():
            for span in self.glossary.find_targets(text, term):
                found = span.of(text)
                if not term.stays and _wrong_article(_before(text, span), found, plural):
                    return False
                after = text[span.end : span.end + len(found) + _NEAR]
                if re.match(rf"\W+{re.escape(found)}\b", after, re.IGNORECASE):
                    return False  # the term twice in a row
        return True

    def _switched(self, held: Sequence[_Sentence]) -> list[Guarded | None]:
        texts = {index: switched(one.source, self._lacking(one)) for index, one in enumerate(held)}
        texts = {index: text for index, text in texts.items() if text != held[index].source}
        made = translate_guarded(
            self.engine, list(texts.values()), self.settings, repair=False, finish=self.finish
        )
        found = dict(zip(texts, made, strict=True))
        return [
            self._with_article(one, found[index]) if index in found else None
            for index, one in enumerate(held)
        ]

    def _lacking(self, one: _Sentence) -> list[Match]:
        """Every place of the terms that are missing: which of them is, does not matter here."""
        terms = {match.term for match in one.missing}
        return [match for match in self.glossary.find_terms(one.source) if match.term in terms]

    def _with_article(self, one: _Sentence, result: Guarded) -> Guarded:
        """The model writes "a officer" now and then, where the term is new to it."""
        text = result.text
        for term in dict.fromkeys(match.term for match in one.missing):
            spans = self.glossary.find_targets(text, term)
            text = _with(text, [_Place(span, span.of(text)) for span in spans])
        return replace(result, text=text)

    def _spliced(self, held: Sequence[_Sentence], most: int | None) -> list[Guarded | None]:
        """At most ``most`` terms of each sentence, or all that can be placed, put in."""
        assert self.link is not None
        links = self.link([one.source for one in held], [one.result.text for one in held])
        made: list[Guarded | None] = []
        for one, joined in zip(held, links, strict=True):
            pair = _Linked(one.source, one.result.text, joined)
            found = (pair.place(match) for match in _unanswered(self.glossary, pair))
            places = [place for place in found if place is not None][:most]
            made.append(replace(one.result, text=_with(one.result.text, places)) if places else None)
        return made


# The Dutch sentence with the term in it


def switched(source: str, matches: Sequence[Match]) -> str:
    """``source`` with each of ``matches`` in English; compounds are taken apart."""
    made, read = "", 0
    for match in matches:
        made += source[read : match.span.start]
        term = _form(source, match)
        if term.startswith("the "):
            made = re.sub(r"(?<!\w)(?:de|het)\s+$", "", made, flags=re.IGNORECASE)
        if not made.strip():
            term = term[:1].upper() + term[1:]
        read = match.span.end
        if match.compound:
            before, after = match.beside(source)
            made = made.rstrip("-") + " " if before else made
            read = match.whole.end
            # "rent benefit-aanvraag": a hyphen says that the term goes with what follows.
            term += f"-{after}" if after else ""
        made += term
    return made + source[read:]


def _form(source: str, match: Match) -> str:
    """The form of the translation that goes with the form in the source."""
    spelled = match.span.of(source)
    if len(spelled) > 1 and spelled.isupper() and not match.term.source.isupper():
        return match.term.target.upper()  # a heading in capitals
    forms = match.term.forms
    if match.term.word_class is WordClass.VERB:
        return _verb_form(match.span.of(source).lower(), forms)
    plural = bool(match.plural) and match.term.word_class in (None, WordClass.NOUN) and len(forms) > 1
    return forms[1] if plural else forms[0]


def _verb_form(dutch: str, forms: Sequence[str]) -> str:
    """Base, -s, past, participle or -ing, as the Dutch ending lets one guess."""
    past, participle = forms[2], forms[-2]
    if re.search(r"(?:[dt]en?|[dt]es?)$", dutch) and not dutch.endswith(("tten", "dden")):
        return past
    if dutch.endswith("d") or re.match(r"(?:[a-z]+)?ge[a-z]+(?:t|en)$", dutch):
        return participle
    return forms[1] if dutch.endswith("t") else forms[0]


# The English sentence with the term in it


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a translation the term goes, and as what."""

    span: Span
    text: str


class _Linked:
    """A sentence and its translation, their words and the links between these."""

    def __init__(self, source: str, target: str, links: Sequence[Link]) -> None:
        self.source = source
        self.target = target
        self._spelled, self._written = words(source), words(target)
        self._starts = [word.start for word in self._spelled]
        self._ends = [word.end for word in self._spelled]
        self._partners: dict[int, set[int]] = {}
        self._owners: dict[int, set[int]] = {}
        for link in links:
            self._partners.setdefault(link.source, set()).add(link.target)
            self._owners.setdefault(link.target, set()).add(link.source)

    def answering(self, match: Match) -> Span | None:
        """The stretch of the translation that answers to ``match``; None where the links do not tell."""
        found = self._answering(match)
        return Span(self._written[found[0]].start, self._written[found[-1]].end) if found else None

    def place(self, match: Match) -> _Place | None:
        """Where the term of ``match`` goes, and as what."""
        found = self._answering(match)
        if match.compound:
            before, after = match.beside(self.source)
            if len(found) < 2 or (before and after):
                return None  # what the rest of the compound became cannot be told apart
            found = found[-1:] if before else found[:-1]
        if not found:
            return None
        span = Span(self._written[found[0]].start, self._written[found[-1]].end)
        possessive = re.search(r"['’]s?$", span.of(self.target))
        if possessive:
            span = Span(span.start, span.end - len(possessive.group()))
        return _Place(span, self._term(match, span))

    def _answering(self, match: Match) -> list[int]:
        """The words of the translation that answer to ``match``, in a row."""
        first = bisect_right(self._ends, match.whole.start)
        inside = set(range(first, bisect_left(self._starts, match.whole.end)))
        partners = sorted({target for index in inside for target in self._partners.get(index, ())})
        partners = [index for index in partners if self._written[index].of(self.target)[0].isalnum()]
        runs: list[list[int]] = []
        for index in partners:
            gap = range(runs[-1][-1] + 1, index) if runs else range(0)
            # A word between two of them belongs to them if it is no other's.
            if runs and len(gap) <= 2 and all(self._owners.get(one, set()) <= inside for one in gap):
                runs[-1] += [*gap, index]
            else:
                runs.append([index])
        return max(runs, key=len, default=[])

    def _term(self, match: Match, span: Span) -> str:
        """The term in the form that fits there."""
        old, before = span.of(self.target), _before(self.target, span)
        term = _form(self.source, match)
        if match.term.word_class is WordClass.VERB:
            term = _verb_form_of(old, match.term.forms) or term
        if term.startswith("the ") and not _takes_article(before, compound=match.compound):
            term = term[4:]
        if old[:1].isupper() and not before.strip("\"'“‘("):
            term = term[:1].upper() + term[1:]
        return term


def _with(text: str, places: Sequence[_Place]) -> str:
    """``text`` with the terms in their places; of two that overlap the first."""
    made, read = "", 0
    for place in sorted(places, key=lambda place: place.span):
        if place.span.start >= read:
            made += _fitted(text[read : place.span.start], place.text) + place.text
            read = place.span.end
    return made + text[read:]


def _before(text: str, span: Span) -> str:
    """What stands right before ``span``, as far as it matters."""
    return text[max(0, span.start - _NEAR) : span.start]


def _unanswered(glossary: Glossary, pair: _Linked) -> list[Match]:
    """What :meth:`Glossary.missing_terms` gives, but of a term that is there too seldom those
    places whose own words in the translation are other ones."""
    matches = glossary.find_terms(pair.source)
    often = Counter(match.term for match in missing(glossary, matches, pair.target))
    chosen: list[Match] = []
    for term, times in often.items():
        there = {
            at for span in glossary.find_targets(pair.target, term) for at in range(span.start, span.end)
        }

        def answered(match: Match, there: set[int] = there) -> bool:
            span = pair.answering(match)
            return span is not None and not there.isdisjoint(range(span.start, span.end))

        chosen += sorted((match for match in matches if match.term == term), key=answered)[:times]
    return sorted(chosen, key=lambda match: match.span)


def _takes_article(before: str, *, compound: bool) -> bool:
    """Whether a term's own "the" fits behind ``before``: not in "thirty the Alliance countries"."""
    word = re.search(r"(\w+)\W*$", before)
    if word is None or before.endswith((", ", "(", '"')):
        return True
    return word.group(1).lower() in _PREPOSITIONS if compound else word.group(1).lower() not in _THE


def _verb_form_of(old: str, forms: Sequence[str]) -> str | None:
    """The form of the new verb that the old one has; None if its ending does not tell."""
    first = old.split(" ")[-1].lower()
    if first.endswith("ing"):
        return forms[-1]
    if first.endswith("ed"):
        return forms[2]
    return forms[1] if first.endswith("s") else None


# Articles


def _fitted(before: str, term: str) -> str:
    """``before`` with the article at its end as the term wants it: "a", "an"."""
    found = _ARTICLE.search(before)
    if not found:
        return before
    article = "an" if _sounds_like_vowel(term) else "a"
    article = article.capitalize() if found.group(1)[0].isupper() else article
    return before[: found.start(1)] + article + before[found.end(1) :]


def _sounds_like_vowel(term: str) -> bool:
    return bool(_SPELLED_OUT.match(term) if term[:2].isupper() else _VOWEL_SOUND.match(term))


def _wrong_article(before: str, term: str, plural: bool) -> bool:
    """Whether "a" or "an" does not go with the term, or "a" or "this" with its plural."""
    found = _ARTICLE.search(before)
    if found:
        return plural or (found.group(1).lower() == "an") is not _sounds_like_vowel(term)
    return plural and bool(re.search(r"(?<!\w)(?:this|that|every|each)\s+$", before, re.IGNORECASE))


# Telling


def term_flags(glossary: Glossary, source: str, target: str, links: Sequence[Link] = ()) -> tuple[Flag, ...]:
    """A flag for each term of ``source`` that ``target`` lacks, with the words that stand for it."""
    flags = []
    pair = _Linked(source, target, links)
    for match in _unanswered(glossary, pair):
        wanted = " or ".join(f"“{one}”" for one in (match.term.target, *match.term.alternatives))
        told = "must stay as it is" if match.term.stays else f"should be {wanted}"
        flags.append(
            Flag(
                FlagKind.GLOSSARY,
                f"glossary term not honoured: “{match.span.of(source)}” {told}",
                source=match.span,
                target=pair.answering(match),
            )
        )
    return tuple(flags)
