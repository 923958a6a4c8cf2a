"""Splitting a sentence that is too long for the model, and joining its translations.

Nothing is cut off: the parts cover the whole sentence. A part ends, by preference,
at a semicolon or colon, then before a conjunction after a comma, at a comma or
dash, before a conjunction, between words, and, in text without spaces, anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from corpus.document import Span

_CONJUNCTION = (
    r"(?:en|maar|want|of|dus|omdat|doordat|zodat|terwijl|hoewel|toen|wanneer|als|dat|waarbij|waardoor|waarin|nadat"
    r"|voordat|zoals|die|tenzij|sinds)\b"
)
# The end of each match is a place to split. From best to worst.
_BOUNDARIES = tuple(
    re.compile(pattern)
    for pattern in (
        r"[.!?…][\"'”’)\]]*\s+",
        r"[;:]\s+",
        rf",\s+(?={_CONJUNCTION})",
        r"(?:,|\s[–—-])\s+|\)\s+|\s(?=\()",
        rf"\s+(?={_CONJUNCTION})",
        r"\s+",
    )
)
# How far from the middle (as a share of the length) a place of each rank is still liked.
_REACH = (0.35, 0.35, 0.3, 0.3, 0.25, 0.5)
_CAPITAL_IN_ENGLISH = frozenset(
    """i i'm i've i'll i'd monday tuesday wednesday thursday friday saturday sunday january february march
    april may june july august september october november december dutch english german french belgian
    russian american british european chinese spanish italian polish turkish ukrainian christian muslim
    jewish mr mrs dr""".split()  # noqa: SIM905
)


def split_long(text: str, limit: int, count: Callable[[str], int]) -> list[Span]:
    """Parts of ``text``, in order, each of at most ``limit`` tokens by ``count``.

    The parts leave out only the white space between them. A part of one
    character is kept whole even if it is over the limit.
    """
    return [part for part in _parts(text, Span(0, len(text)), limit, count) if len(part)]


def _parts(text: str, span: Span, limit: int, count: Callable[[str], int]) -> list[Span]:
    """The parts of ``span``; a stack and not recursion, so that length is no danger."""
    done: list[Span] = []
    waiting = [span]
    while waiting:
        now = _trimmed(text, waiting.pop())
        if len(now) <= 1 or (len(now) <= _sure_to_fit(limit) and count(now.of(text)) <= limit):
            done.append(now)
            continue
        middle = _best_place(text, now)
        waiting += [Span(middle, now.end), Span(now.start, middle)]
    return done


def _sure_to_fit(limit: int) -> int:
    """Beyond this many characters no text fits, so it need not be counted."""
    return 32 * limit


def _trimmed(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def clause_spans(text: str) -> list[Span]:
    """The two halves of ``text`` about its best clause boundary; one span if it has none."""
    whole = _trimmed(text, Span(0, len(text)))
    for pattern, reach in zip(_BOUNDARIES[:-1], _REACH, strict=False):
        place = _nearest(pattern, text, whole, reach)
        if place is not None:
            return [_trimmed(text, Span(whole.start, place)), _trimmed(text, Span(place, whole.end))]
    return [whole]


def _best_place(text: str, span: Span) -> int:
    """Where to split ``span``: inside it, near its middle."""
    for pattern, reach in zip(_BOUNDARIES, _REACH, strict=True):
        place = _nearest(pattern, text, span, reach)
        if place is not None:
            return place
    return (span.start + span.end) // 2


def _nearest(pattern: re.Pattern[str], text: str, span: Span, reach: float) -> int | None:
    """The end of the match nearest the middle of ``span``, if within ``reach`` of it."""
    middle = (span.start + span.end) / 2
    width = reach * len(span)
    begin, stop = max(span.start, int(middle - width) - 8), min(span.end, int(middle + width) + 8)
    places = [found.end() for found in pattern.finditer(text, begin, stop)]
    inside = [at for at in places if span.start < at < span.end and abs(at - middle) <= width]
    return min(inside, key=lambda at: abs(at - middle), default=None)


def join_parts(source: str, spans: Sequence[Span], translations: Sequence[str]) -> str:
    """The translations of the parts as one sentence.

    Parts that the source wrote together (a split inside a word) are written
    together. A part that goes on in the middle of a sentence loses the capital
    that the model gave it, and the full stop that its source part does not have.
    """
    joined = ""
    end = spans[0].start if spans else 0
    for number, (span, translation) in enumerate(zip(spans, translations, strict=True)):
        part = translation.strip()
        if number and not _starts_sentence(source, span):
            part = _without_capital(part, span.of(source))
        if number < len(spans) - 1:
            part = _without_stop(part, span.of(source))
        spaced = bool(source[end : span.start]) and joined and part
        joined = f"{joined} {part}" if spaced else joined + part
        end = span.end
    return joined


def _starts_sentence(source: str, span: Span) -> bool:
    before = source[: span.start].rstrip().rstrip("\"'”’)]")
    return before.endswith((".", "!", "?"))


def _without_capital(part: str, source: str) -> str:
    first = part.split(" ", 1)[0].strip(",.;:!?").lower()
    is_name = first in _CAPITAL_IN_ENGLISH or not (len(part) > 1 and part[0].isupper() and part[1].islower())
    return part if is_name or not source[:1].islower() else part[0].lower() + part[1:]


def _without_stop(part: str, source: str) -> str:
    mark = source[-1:]
    if part.endswith(".") and not part.endswith("..") and mark != ".":
        part = part[:-1].rstrip()
        return part + mark if mark in ",;:" and not part.endswith((",", ";", ":")) else part
    return part
