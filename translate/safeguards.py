"""Translating with a net: problems are noticed, mended where possible, and reported.

Every sentence is translated once; what :mod:`corpus.symptoms` finds wrong is
translated again in other ways, together, until it is right or the ways run out.
The better text is kept, and the flags tell what was wrong and whether it still is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.bitext import Flag, FlagKind
from corpus.document import Span
from corpus.symptoms import symptoms
from translate.engines import DecodingSettings, Engine, Hypothesis, StopReason
from translate.splitting import clause_spans, join_parts, split_long

_WEIGHT = {  # how bad each problem is; the sum decides which text is better
    FlagKind.EMPTY: 100,
    FlagKind.TRUNCATION: 20,
    FlagKind.REPETITION: 20,
    FlagKind.COPY: 15,
    FlagKind.LENGTH_RATIO: 8,
    FlagKind.NUMBERS: 5,
    FlagKind.ADDRESSES: 5,
}


@dataclass(frozen=True, slots=True)
class Guarded:
    """A translation with what was found wrong with it. ``score`` is None for an empty source."""

    text: str
    score: float | None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    text: str
    score: float
    problems: tuple[Flag, ...]

    @property
    def badness(self) -> int:
        return badness(self.problems)


def badness(flags: Iterable[Flag]) -> int:
    """How bad the unrepaired problems among ``flags`` are together; 0 is good."""
    return sum(_WEIGHT.get(flag.kind, 0) for flag in flags if not flag.repaired)


def translate_guarded(
    engine: Engine,
    sentences: Sequence[str],
    settings: DecodingSettings,
    *,
    repair: bool = True,
    finish: Callable[[str, str], str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Guarded]:
    """Translate ``sentences``, in order. Empty ones come out empty without the model.

    With ``repair`` off, problems are flagged and left. ``finish`` (source,
    translation -> text) puts the last hand to every attempt before it is judged.
    ``progress`` hears how many of how many sentences (or parts) have been translated.
    """
    finish = finish or _as_it_is
    attempts: dict[int, _Attempt] = {}
    parted: dict[int, int] = {}
    present = [index for index, text in enumerate(sentences) if text.strip()]
    parts = {index: _fitting(engine, sentences[index]) for index in present}
    made_first = _translate_in_parts(engine, [parts[index] for index in present], settings, finish, progress)
    for index, made in zip(present, made_first, strict=True):
        attempts[index] = made
        parted[index] = len(parts[index])
    first = dict(attempts)
    if repair:
        for way in _WAYS:
            _retry(engine, way, attempts, parts, settings, finish)
    return [
        _guarded(first[index], attempts[index], parted[index]) if index in attempts else Guarded("", None)
        for index in range(len(sentences))
    ]


def _as_it_is(_: str, translation: str) -> str:
    return translation


def _fitting(engine: Engine, text: str) -> list[str]:
    """The sentence in parts that the model takes, each with the white space that follows it."""
    limit = engine.max_source_tokens
    # A token stands for one character at least, so short texts need no counting.
    if len(text) < limit or engine.count_tokens(text) <= limit:
        return [text]
    spans = split_long(text, limit, engine.count_tokens)
    ends = [span.start for span in spans[1:]] + [len(text)]
    return [text[span.start : end] for span, end in zip(spans, ends, strict=True)]


def _translate_in_parts(
    engine: Engine,
    parted: Sequence[Sequence[str]],
    settings: DecodingSettings,
    finish: Callable[[str, str], str],
    progress: Callable[[int, int], None] | None = None,
) -> list[_Attempt]:
    """One attempt for each sentence, given in parts. Equal parts are translated once."""
    unique = list(dict.fromkeys(part.strip() for parts in parted for part in parts))
    results = dict(zip(unique, engine.translate(unique, settings, progress), strict=True))
    return [_joined(parts, [results[part.strip()] for part in parts], finish) for parts in parted]


def _joined(
    parts: Sequence[str], results: Sequence[Hypothesis], finish: Callable[[str, str], str]
) -> _Attempt:
    source = "".join(parts)
    if len(parts) == 1:
        text = results[0].text
    else:
        spans, at = [], 0
        for part in parts:
            spans.append(_span_of(part, at))
            at += len(part)
        text = join_parts(source, spans, [result.text for result in results])
    text = finish(source, text)
    # The mean over all tokens, </s> of each part included.
    tokens = [len(result.tokens) + 1 for result in results]
    score = sum(result.score * count for result, count in zip(results, tokens, strict=True)) / sum(tokens)
    limited = any(result.stop is StopReason.LIMIT for result in results)
    problems = symptoms(source, text)
    if limited:
        problems += (Flag(FlagKind.TRUNCATION, "the model did not come to an end within its limit"),)
    return _Attempt(text, score, problems)


def _span_of(part: str, at: int) -> Span:
    return Span(at, at + len(part.rstrip()))


# Ways to try again


@dataclass(frozen=True, slots=True)
class _Way:
    """Other settings for sentences with one of ``kinds``; ``split`` halves them too."""

    kinds: frozenset[FlagKind]
    change: Callable[[DecodingSettings], DecodingSettings]
    split: bool = False


_LOOPS = frozenset({FlagKind.REPETITION, FlagKind.TRUNCATION})
_WAYS = (
    _Way(
        _LOOPS,
        lambda settings: replace(settings, no_repeat_ngram=3, beam_size=max(4, settings.beam_size)),
    ),
    _Way(
        frozenset({FlagKind.EMPTY, FlagKind.LENGTH_RATIO}),
        lambda settings: replace(
            settings, beam_size=max(8, settings.beam_size), minimum_tokens=1, length_penalty=1.4
        ),
    ),
    _Way(
        frozenset({FlagKind.COPY, FlagKind.NUMBERS, FlagKind.ADDRESSES}),
        lambda settings: replace(settings, beam_size=2 * settings.beam_size, minimum_tokens=1),
    ),
    _Way(
        frozenset(_WEIGHT),
        lambda settings: replace(settings, no_repeat_ngram=4, minimum_tokens=1),
        split=True,
    ),
)


def _retry(
    engine: Engine,
    way: _Way,
    attempts: dict[int, _Attempt],
    parts: dict[int, list[str]],
    settings: DecodingSettings,
    finish: Callable[[str, str], str],
) -> None:
    """Try ``way`` on every sentence that needs it, and keep what is better."""
    ill = [
        index
        for index, attempt in attempts.items()
        if any(flag.kind in way.kinds for flag in attempt.problems)
    ]
    again = {index: _halved(parts[index]) if way.split else parts[index] for index in ill}
    if way.split:
        again = {index: pieces for index, pieces in again.items() if len(pieces) > len(parts[index])}
    if not again:
        return
    made = _translate_in_parts(engine, list(again.values()), way.change(settings), finish)
    for index, attempt in zip(again, made, strict=True):
        if attempt.badness < attempts[index].badness:
            attempts[index] = attempt


def _halved(parts: Sequence[str]) -> list[str]:
    """Every part split once more at its best clause boundary."""
    halves = []
    for part in parts:
        spans = clause_spans(part)
        ends = [span.start for span in spans[1:]] + [len(part)]
        halves += [part[span.start : end] for span, end in zip(spans, ends, strict=True)]
    return halves


def _guarded(first: _Attempt, best: _Attempt, parts: int) -> Guarded:
    """The best attempt with its flags, and those of the first that it no longer has."""
    left = {flag.kind for flag in best.problems}
    mended = [replace(flag, repaired=True, target=None) for flag in first.problems if flag.kind not in left]
    flags = [*best.problems, *mended]
    if parts > 1:
        flags.append(Flag(FlagKind.SPLIT, f"too long for the model: translated in {parts} parts"))
    return Guarded(best.text, best.score, tuple(flags))
