"""Where systems differ: by length, by document, by how common words are, by n-grams.

The views are those of compare-mt (Neubig et al., "compare-mt: A tool for holistic
comparison of language generation systems", NAACL 2019).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import InputError
from corpus.files import decode_text
from eval.inputs import Material
from eval.metrics import Bleu, Counts

_LENGTHS = (1, 10, 20, 30, 40, 60)  # words: where buckets begin
_FREQUENCIES = (0, 1, 2, 5, 10, 100, 1000)
_LONGEST = 4  # words of an n-gram
_KEPT = 1_000_000  # n-grams of one comparison held at a time
_TOKENS = Bleu()


@dataclass(frozen=True, slots=True)
class LengthBucket:
    """Segments whose first reference has ``first`` to ``last`` words (None: any more).

    ``scores`` has each system's score on them by the main metric.
    """

    first: int
    last: int | None
    segments: int
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DocumentScores:
    """One document of the test set: each system's score on it by the main metric."""

    name: str
    segments: int
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class WordFrequencies:
    """How often words occur in a text called ``name``; words not in it occur 0 times."""

    name: str
    counts: Mapping[str, int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class WordBucket:
    """Words that occur ``first`` to ``last`` times (None: any more) in the frequency text.

    ``words`` are those of the first references, and ``f1`` has each system's F1 on
    the words of the bucket (0 to 100): matches with the reference, clipped as
    BLEU clips them, over what the system and the reference have.
    """

    first: int
    last: int | None
    words: int
    f1: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class NgramDifference:
    """An n-gram of the references that one system has right more often than another.

    ``here`` and ``there`` count how often each has it right in segments where they
    differ in it.
    """

    ngram: str
    here: int
    there: int


@dataclass(frozen=True, slots=True)
class NgramDifferences:
    """What a system and the baseline (places) do better than each other, the clearest first.

    ``complete`` is False if rare n-grams had to be forgotten on the way, to keep
    memory bounded.
    """

    system: int
    baseline: int
    better: tuple[NgramDifference, ...]
    worse: tuple[NgramDifference, ...]
    complete: bool = True


def by_length(material: Material, counts: Counts) -> tuple[LengthBucket, ...]:
    """Scores by the length of the first reference."""
    lengths = np.array([len(texts[0].split()) if texts else 0 for texts in material.references])
    buckets = []
    for first, last in _ranges(_LENGTHS):
        chosen = (lengths >= first) & (lengths <= last if last is not None else True)
        if chosen.any():
            buckets.append(LengthBucket(first, last, int(chosen.sum()), _scores(counts, chosen)))
    return tuple(buckets)


def by_document(material: Material, counts: Counts) -> tuple[DocumentScores, ...]:
    """Scores by document, in the order of the test set."""
    places: dict[str, list[int]] = {}
    for index, name in enumerate(material.documents):
        places.setdefault(name, []).append(index)
    return tuple(
        DocumentScores(name, len(indexes), _scores(counts, np.array(indexes)))
        for name, indexes in places.items()
    )


def _scores(counts: Counts, chosen: NDArray[Any]) -> tuple[float, ...]:
    return tuple(map(float, counts.metric.values(counts.rows[:, chosen].sum(axis=1))))


def tokens(text: str) -> list[str]:
    """Words and marks as BLEU's 13a has them."""
    return _TOKENS.tokens_of(text)


def read_frequencies(path: Path, material: Material) -> WordFrequencies:
    """Counts from a text, read line by line, of the words that occur in ``material``.

    Raises :class:`InputError` for a file that cannot be read or is not UTF-8.
    """
    wanted = {word for texts in _texts(material) for word in tokens(texts)}
    counts: Counter[str] = Counter()
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    try:
                        text = decode_text(line, str(path))
                    except InputError as error:
                        raise InputError(error.problem, where=f"{path}, line {number}") from None
                    counts.update([word for word in tokens(text) if word in wanted])
    except OSError as error:
        raise InputError(
            error.strerror or str(error), where=str(path), remedy="check the name and its permissions"
        ) from None
    return WordFrequencies(str(path), counts)


def reference_frequencies(material: Material) -> WordFrequencies:
    """Counts from the first references themselves, where no other text is given."""
    counts: Counter[str] = Counter()
    for texts in material.references:
        counts.update(tokens(texts[0]) if texts else ())
    return WordFrequencies("the references", counts)


def by_frequency(material: Material, frequencies: WordFrequencies) -> tuple[WordBucket, ...]:
    """F1 of words by how often they occur."""
    ranges = list(_ranges(_FREQUENCIES))
    starts = np.array([first for first, _ in ranges])
    bucket: dict[str, int] = {}

    def of(word: str) -> int:
        place = bucket.get(word)
        if place is None:
            frequency = frequencies.counts.get(word, 0)
            place = bucket[word] = int(np.searchsorted(starts, frequency, side="right")) - 1
        return place

    systems = len(material.systems)
    wanted = [0] * len(ranges)
    given = [[0] * len(ranges) for _ in range(systems)]
    matched = [[0] * len(ranges) for _ in range(systems)]
    for index, texts in enumerate(material.references):
        reference = Counter(tokens(texts[0]) if texts else ())
        for word, times in reference.items():
            wanted[of(word)] += times
        for place, system in enumerate(material.systems):
            ours, right = given[place], matched[place]
            for word, times in Counter(tokens(system.hypotheses[index])).items():
                number = of(word)
                ours[number] += times
                if word in reference:
                    right[number] += min(times, reference[word])
    return tuple(
        WordBucket(
            first,
            last,
            wanted[number],
            tuple(_f1(matched[p][number], given[p][number], wanted[number]) for p in range(systems)),
        )
        for number, (first, last) in enumerate(ranges)
        if wanted[number]
    )


def _f1(matched: int, given: int, wanted: int) -> float:
    return 200 * matched / (given + wanted) if given + wanted else 0.0


def ngram_differences(material: Material, baseline: int = 0, shown: int = 10) -> tuple[NgramDifferences, ...]:
    """For every system but the baseline, the n-grams (1 to 4 words) that tell the two apart."""
    others = [place for place in range(len(material.systems)) if place != baseline]
    here: list[Counter[str]] = [Counter() for _ in others]
    there: list[Counter[str]] = [Counter() for _ in others]
    complete = [True] * len(others)
    for index, texts in enumerate(material.references):
        if not texts:
            continue
        allowed: Counter[str] = Counter()
        for text in texts:
            allowed |= _ngrams(text)
        known = _right(material.systems[baseline].hypotheses[index], allowed)
        for number, place in enumerate(others):
            found = _right(material.systems[place].hypotheses[index], allowed)
            if found == known:
                continue
            for ngram, times in found.items():
                if times != known.get(ngram, 0):
                    here[number][ngram] += times
            for ngram, times in known.items():
                if times != found.get(ngram, 0):
                    there[number][ngram] += times
            if len(here[number]) + len(there[number]) > _KEPT:
                complete[number] = False
                here[number] = Counter({ngram: n for ngram, n in here[number].items() if n > 1})
                there[number] = Counter({ngram: n for ngram, n in there[number].items() if n > 1})
    return tuple(
        NgramDifferences(
            place,
            baseline,
            _clearest(here[number], there[number], shown),
            _clearest(there[number], here[number], shown),
            complete[number],
        )
        for number, place in enumerate(others)
    )


def _ngrams(text: str) -> Counter[str]:
    words = tokens(text)
    return Counter(
        " ".join(words[start : start + order])
        for order in range(1, _LONGEST + 1)
        for start in range(len(words) - order + 1)
    )


def _right(hypothesis: str, allowed: Counter[str]) -> dict[str, int]:
    found = _ngrams(hypothesis)
    return {ngram: min(found[ngram], allowed[ngram]) for ngram in found.keys() & allowed.keys()}


def _clearest(ours: Counter[str], theirs: Counter[str], shown: int) -> tuple[NgramDifference, ...]:
    """By the difference over its chance deviation, then the longer n-gram, which says what is in it too."""

    def rank(ngram: str) -> tuple[float, int, str]:
        here, there = ours[ngram], theirs[ngram]
        return ((there - here) / math.sqrt(here + there + 1), -ngram.count(" "), ngram)

    ordered = sorted((ngram for ngram in ours if ours[ngram] > theirs[ngram] + 1), key=rank)
    chosen: list[NgramDifference] = []
    for ngram in ordered:
        one = NgramDifference(ngram, ours[ngram], theirs[ngram])
        if not any(
            f" {ngram} " in f" {other.ngram} " and (other.here, other.there) == (one.here, one.there)
            for other in chosen
        ):
            chosen.append(one)
        if len(chosen) == shown:
            break
    return tuple(chosen)


def _ranges(starts: Sequence[int]) -> Iterator[tuple[int, int | None]]:
    for first, after in zip(starts, [*starts[1:], None], strict=True):
        yield first, None if after is None else after - 1


def _texts(material: Material) -> Iterator[str]:
    for texts in material.references:
        yield from texts
    for system in material.systems:
        yield from system.hypotheses
