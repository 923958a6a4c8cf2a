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
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from corpus.bitext import Flag, FlagKind, Link
from corpus.document import Span
from corpus.glossary import Glossary, Match
from corpus.inflection import WordClass
from corpus.symptoms import symptoms
from corpus.words import words
from translate.engines import DecodingSettings, Engine
from translate.safeguards import Guarded, badness, translate_guarded

Linker = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[Link]]]
Finish = Callable[[str, str], str]

WAYS = ("spliced", "switched", "spliced")
_ROUNDS = 3  # terms of one sentence that are put in one by one
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
    missing: :func:`term_flags` says so.
    """
    held = [
        _Sentence(source, result, tuple(glossary.missing_terms(source, result.text)))
        for source, result in zip(sentences, results, strict=True)
    ]
    honour = _Honour(engine, glossary, settings, link, finish or (lambda _, text: text))
    for way in ways:
        honour.improve(way, held)
    return [one.result for one in held]


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
        for _ in range(1 if way == "switched" else _ROUNDS):
            ill = [index for index, one in enumerate(held) if one.missing]
            made = self.attempts(way, [held[index] for index in ill])
            better = {index: one for index, one in zip(ill, made, strict=True) if one is not None}
            for index, one in better.items():
                held[index] = one
            if not better:
                return

    def attempts(self, way: str, held: Sequence[_Sentence]) -> list[_Sentence | None]:
        """Each sentence made better in ``way``, or None."""
        if not held:
            return []
        if way == "switched":
            made = self._switched(held)
        elif self.link is None:
            return [None] * len(held)
        else:
            made = self._spliced(held)
        return [None if new is None else self._better(old, new) for old, new in zip(held, made, strict=True)]

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
        put_in = [_put_in_flag(old.source, match) for match in old.missing if match not in missing]
        flags = (*problems, *(flag for flag in kept if flag.kind not in kinds), *put_in)
        return _Sentence(old.source, replace(new, flags=flags), missing)

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
        for match in old.missing:
            for span in self.glossary.find_targets(text, match.term):
                found = span.of(text)
                if not match.term.stays and _wrong_article(text[: span.start], found, bool(match.plural)):
                    return False
                if re.match(rf"\W+{re.escape(found)}\b", text[span.end :], re.IGNORECASE):
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
        for match in one.missing:
            for span in reversed(self.glossary.find_targets(text, match.term)):
                text = _fitted(text[: span.start], span.of(text)) + text[span.start :]
        return replace(result, text=text)

    def _spliced(self, held: Sequence[_Sentence]) -> list[Guarded | None]:
        made: list[Guarded | None] = []
        for one, place in zip(held, self._places(held), strict=True):
            if place is None:
                made.append(None)
                continue
            before, after = one.result.text[: place.span.start], one.result.text[place.span.end :]
            made.append(replace(one.result, text=_fitted(before, place.text) + place.text + after))
        return made

    def _places(self, held: Sequence[_Sentence]) -> list[_Place | None]:
        """For the first missing term of each sentence that can be placed, where it goes."""
        assert self.link is not None
        links = self.link([one.source for one in held], [one.result.text for one in held])
        found = []
        for one, joined in zip(held, links, strict=True):
            text = one.result.text
            lacking = _unanswered(self.glossary, one.source, text, joined)
            places = (_place(one.source, text, match, joined) for match in lacking)
            found.append(next((place for place in places if place is not None), None))
        return found


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


def _place(source: str, target: str, match: Match, links: Sequence[Link]) -> _Place | None:
    """The stretch of ``target`` that answers to ``match``; None where the links do not tell."""
    spelled, written = words(source), words(target)
    inside = {
        index
        for index, word in enumerate(spelled)
        if word.start < match.whole.end and word.end > match.whole.start
    }
    answering = sorted({link.target for link in links if link.source in inside})
    answering = [index for index in answering if written[index].of(target)[0].isalnum()]
    others = {link.target for link in links if link.source not in inside}
    answering = _together(answering, others)
    if match.compound:
        before, after = match.beside(source)
        if len(answering) < 2 or (before and after):
            return None  # what the rest of the compound became cannot be told apart
        answering = answering[-1:] if before else answering[:-1]
    if not answering:
        return None
    span = Span(written[answering[0]].start, written[answering[-1]].end)
    old = span.of(target)
    possessive = re.search(r"['’]s?$", old)
    if possessive:
        span = Span(span.start, span.end - len(possessive.group()))
    term = _form(source, match)
    if match.term.word_class is WordClass.VERB:
        term = _verb_form_of(old, match.term.forms) or term
    if term.startswith("the ") and not _takes_article(target[: span.start], compound=match.compound):
        term = term[4:]
    if not target[: span.start].strip("\"'“‘(") and old[:1].isupper():
        term = term[:1].upper() + term[1:]
    return _Place(span, term)


def _unanswered(glossary: Glossary, source: str, target: str, links: Sequence[Link]) -> list[Match]:
    """What :meth:`Glossary.missing_terms` gives, but of a term that is there too seldom those
    places whose own words in the translation are other ones."""
    lacking = glossary.missing_terms(source, target)
    often = Counter(match.term for match in lacking)
    chosen: list[Match] = []
    for term, times in often.items():
        held = glossary.find_targets(target, term)

        def answered(match: Match, held: Sequence[Span] = held) -> bool:
            place = _place(source, target, replace(match, compound=False), links)
            return place is not None and any(
                place.span.start < span.end and span.start < place.span.end for span in held
            )

        places = [match for match in glossary.find_terms(source) if match.term == term]
        chosen += sorted(places, key=answered)[:times]
    return sorted(chosen, key=lambda match: match.span)


def _takes_article(before: str, *, compound: bool) -> bool:
    """Whether a term's own "the" fits behind ``before``: not in "thirty the Alliance countries"."""
    word = re.search(r"(\w+)\W*$", before)
    if word is None or before.endswith((", ", "(", '"')):
        return True
    return word.group(1).lower() in _PREPOSITIONS if compound else word.group(1).lower() not in _THE


def _together(answering: Sequence[int], others: set[int]) -> list[int]:
    """The longest run of ``answering``, a word between two of them included if it is no other's."""
    runs: list[list[int]] = []
    for index in answering:
        gap = range(runs[-1][-1] + 1, index) if runs else range(0)
        if runs and len(gap) <= 2 and not others & set(gap):
            runs[-1] += [*gap, index]
        else:
            runs.append([index])
    return max(runs, key=len, default=[])


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


def _put_in_flag(source: str, match: Match) -> Flag:
    told = f"changed for the glossary: “{match.term.target}” for “{match.span.of(source)}”"
    return Flag(FlagKind.GLOSSARY, told, repaired=True, source=match.span)


def term_flags(glossary: Glossary, source: str, target: str, links: Sequence[Link] = ()) -> tuple[Flag, ...]:
    """A flag for each term of ``source`` that ``target`` lacks, with the words that stand for it."""
    flags = []
    for match in _unanswered(glossary, source, target, links):
        place = _place(source, target, replace(match, compound=False), links)
        wanted = " or ".join(f"“{one}”" for one in (match.term.target, *match.term.alternatives))
        told = "must stay as it is" if match.term.stays else f"should be {wanted}"
        flags.append(
            Flag(
                FlagKind.GLOSSARY,
                f"glossary term not honoured: “{match.span.of(source)}” {told}",
                source=match.span,
                target=place.span if place else None,
            )
        )
    return tuple(flags)
