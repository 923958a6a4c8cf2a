"""What is done to a segment before the model sees it, and undone afterwards.

* Quotation marks and brackets that hang on the edge of a segment because what they
  enclose is the whole segment, or goes on in another one, are taken off and put
  back; pairs inside the sentence stay, for the model to place.
* Letters that the model has no token for lose their accents (Erdoğan, Erdogan) and
  get them back in the translation; typographic marks become plain ones.
* What it cannot read at all (emoji, other scripts) is taken out and put back at
  the same place among the words.
* The translation's last mark follows the source: a heading without a full stop gains
  none, a question keeps its question mark.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus.bitext import Flag, FlagKind, Link
from corpus.document import Span, one_line
from corpus.words import words

Unreadable = Callable[[str], list[Span]]
Linker = Callable[[str, str], Sequence[Link]]

# Soft hyphen, zero-width space, word joiner, byte order mark, direction marks.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_JOINERS = "\u200d\ufe0e\ufe0f"  # hold emoji sequences together
_PLAIN = {
    "„": '"', "“": '"', "”": '"', "«": '"', "»": '"', "″": '"', "‚": "'", "‘": "'", "’": "'", "′": "'",
    "`": "'", "´": "'", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "…": "...", "•": "-", "·": "-",
    "×": "x", "½": "1/2", "¼": "1/4", "¾": "3/4", "⁄": "/", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l",
    "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ð": "d", "þ": "th",
    "Þ": "Th", "‰": "%", "€": "euro", "№": "nr.",
}  # fmt: skip
_CLOSERS = {
    '"': '"', "“": "”", "„": "”“\"", "‘": "’", "‚": "’‘", "'": "'", "«": "»", "»": "«", "(": ")",
    "[": "]", "{": "}",
}  # fmt: skip
_OPENERS = {'"': '"', "”": "“„”", "“": "„", "’": "‘‚", "»": "«", ")": "(", "]": "[", "}": "{"}
_ENGLISH_QUOTES = str.maketrans({"„": "“", "‚": "‘"})
_STRAIGHT = str.maketrans({"„": '"', "“": '"', "”": '"', "‘": "'", "’": "'"})
_TYPOGRAPHIC = frozenset("„“”‘’«»")
_ELISION = re.compile(r"['’‘](?:s|t|n|m|k|r|ie)\b", re.IGNORECASE)
_SPACE_AFTER_OPENER = re.compile("([“„«]) +(?=\\S)")
_SPACE_BEFORE_CLOSER = re.compile("(?<=\\S) +([”»])")
_FIRST_WORD = re.compile(r"[\"'“‘(\[]*(?P<word>[^\s,;:!?)\]\"”]+)")
_END_MARK = re.compile(r"[.!?…:;]+$")


@dataclass(frozen=True, slots=True)
class Carried:
    """A piece of source text that goes round the model. ``at`` is its place in the core."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A segment made ready. ``core`` is what the model translates; it may be empty.

    ``lead``, ``close`` and ``end`` go before and after it: ``close`` before the
    sentence's own last mark where ``inside`` says that the source has it so.
    ``restored`` pairs words without accents with the source's spelling.
    """

    core: str
    lead: str = ""
    close: str = ""
    inside: bool = False
    carried: tuple[Carried, ...] = ()
    restored: tuple[tuple[str, str], ...] = ()
    unread: tuple[Span, ...] = ()


def prepare(text: str, unreadable: Unreadable) -> Prepared:
    """``text`` (a segment's) made ready for a model that cannot read ``unreadable`` spans."""
    visible = one_line(_INVISIBLE.sub("", text))
    lead, core, close, inside = _without_edges(visible)
    core, restored = _readable_letters(core, unreadable)
    spans = _whole_spans(core, unreadable(core))
    core, carried = _taken_out(core, spans)
    unread = (_found_in(text, carried[0].text),) if carried else ()
    return Prepared(core, lead, close, inside, carried, restored, unread)


def finish(source: str, translation: str) -> str:
    """``translation`` with the last mark and the kind of quotation marks that ``source`` has, at their words.

    A full stop that the source lacks goes; a missing last mark comes back; a full
    stop where the source asks, exclaims or announces becomes that mark.
    """
    if not translation or not source:
        return translation
    translation = _with_capital(source, close_quotation_marks(_marks_as_in(source, translation)))
    wanted, has = _END_MARK.search(source), _END_MARK.search(translation)
    if wanted is None:
        return translation[:-1].rstrip() if _adds_stop(translation) and source[-1].isalnum() else translation
    mark = wanted.group()
    if has is None:
        last = translation[-1]
        return translation + mark if last.isalnum() or last == "%" else translation
    if has.group() == "." and mark in ("?", "!", ":", ";"):
        return translation[:-1] + mark
    return translation


def _with_capital(source: str, text: str) -> str:
    """``text`` with a capital if ``source`` is a sentence with one; a word of the source stays as it is."""
    opens = next((character for character in source if character.isalpha()), "")
    first = _FIRST_WORD.match(text)
    if first is None or not opens.isupper() or not _END_MARK.search(source.rstrip("\"'”’»)")):
        return text
    word = first.group("word")
    if not word.isalpha() or not word.islower() or word in source:
        return text
    at = first.start("word")
    return text[:at] + text[at].upper() + text[at + 1 :]


def _marks_as_in(source: str, text: str) -> str:
    """``text`` with straight marks and apostrophes if ``source`` has no others, else with curved pairs."""
    if not _TYPOGRAPHIC.intersection(source):
        return text.translate(_STRAIGHT)
    parts = text.split('"')
    if '"' in source or len(parts) % 2 == 0:
        return text
    return "".join(part + ("”" if place % 2 else "“") for place, part in enumerate(parts[:-1])) + parts[-1]


def close_quotation_marks(text: str) -> str:
    """``text`` without spaces inside its quotation marks: `" Yes, " he said` becomes `"Yes," he said`.

    Of straight marks every other one opens; where they do not come in pairs they are left.
    """
    text = _SPACE_AFTER_OPENER.sub(r"\1", text)
    text = _SPACE_BEFORE_CLOSER.sub(r"\1", text)
    parts = text.split('"')
    if len(parts) % 2 == 0:
        return text
    return '"'.join(part.strip(" ") if place % 2 else part for place, part in enumerate(parts))


def _adds_stop(translation: str) -> bool:
    """Whether the last character is a full stop and no part of "U.S." or "..."."""
    last = translation.rsplit(" ", 1)[-1]
    return last.endswith(".") and "." not in last[:-1] and len(translation) > 1


def assemble(prepared: Prepared, translation: str, link: Linker) -> str:
    """The segment's translation: what was taken from it is put back.

    ``link`` gives the word links of (core, translation); it is only asked for when
    something must find its place among the words.
    """
    text = _respelled(translation, dict(prepared.restored))
    if prepared.carried:
        text = _put_back(prepared, text, link)
    lead = prepared.lead.translate(_ENGLISH_QUOTES)
    close = prepared.close
    end = _END_MARK.search(text) if prepared.inside else None
    if end is not None:
        return f"{lead}{text[: end.start()]}{close}{end.group()}"
    return f"{lead}{text}{close}"


def _respelled(text: str, spelling: dict[str, str]) -> str:
    """``text`` with each word that is a key of ``spelling`` written as its value."""
    if not spelling:
        return text
    made, read = [], 0
    for word in words(text):
        made += [text[read : word.start], spelling.get(word.of(text), word.of(text))]
        read = word.end
    return "".join([*made, text[read:]])


def unread_flag(prepared: Prepared, text: str) -> Flag | None:
    """A remark if the model could not read something, unless its spelling was restored."""
    names = [spelling for _, spelling in prepared.restored if spelling not in text]
    pieces = [item.text for item in prepared.carried]
    if not any(map(str.isalnum, prepared.core + "".join(pieces))):
        return None  # a row of stars, an emoji alone: there was nothing to translate
    if not names and not pieces:
        return None
    told = [f"carried over unchanged: {', '.join(pieces)}"] if pieces else []
    told += [f"spelled without its marks: {', '.join(names)}"] if names else []
    return Flag(
        FlagKind.UNKNOWN_CHARACTERS,
        f"the model cannot read every character; {'; '.join(told)}",
        repaired=not names,
        source=prepared.unread[0] if prepared.unread else None,
    )


# Edges


def _without_edges(text: str) -> tuple[str, str, str, bool]:
    """Leading marks, core, closing marks, and whether the closing ones stand before the last mark."""
    lead, close, inside = "", "", False
    for _ in range(3):
        step = _one_edge(text)
        if step is None:
            break
        opened, text, closed, within = step
        lead, close, inside = lead + opened, closed + close, inside or within
    return lead, text, close, inside


def _one_edge(text: str) -> tuple[str, str, str, bool] | None:
    """The same for the outermost mark; None if it belongs to the sentence."""
    end = _END_MARK.search(text)
    body, mark = (text[: end.start()], end.group()) if end else (text, "")
    first = text[:1]
    last = body[-1:]
    if first in _CLOSERS and not _ELISION.match(text):
        rest = text[1:]
        closers = [at for at, character in enumerate(rest) if _closes(rest, at, _CLOSERS[first])]
        if not closers and any(map(str.isalnum, rest)) and not (first == "'" and "’" in rest):
            return first, rest.lstrip(), "", False
        if closers == [len(body) - 2] and len(body) > 2:
            return first, (body[1:-1].rstrip() + mark).strip(), body[-1], bool(mark)
        return None
    if last in _OPENERS and not any(opener in body[:-1] for opener in _OPENERS[last]):
        if last == "’" and not re.search(r"[.!?,]’$", body):
            return None  # an apostrophe: "de foto’s van de jongens’"
        core = body[:-1].rstrip() + mark
        return ("", core, last, bool(mark)) if any(map(str.isalnum, core)) else None
    return None


def _closes(text: str, at: int, closers: str) -> bool:
    """Whether the mark at ``at`` closes: an apostrophe between letters does not."""
    if text[at] not in closers:
        return False
    between = 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()
    return not (text[at] in "'’" and between) and not _ELISION.match(text, at)


# Characters that the model cannot read


def _readable_letters(text: str, unreadable: Unreadable) -> tuple[str, tuple[tuple[str, str], ...]]:
    """``text`` with accents and typographic marks made plain where the model needs it.

    Also the pairs (plain word, its spelling) of the words whose letters changed.
    """
    places = {at for span in unreadable(text) for at in range(span.start, span.end)}
    if not places:
        return text, ()
    plain = [_plain(character) if at in places else character for at, character in enumerate(text)]
    still = {character for character in plain if len(character) == 1 and unreadable(character)}
    plain = [text[at] if new in still else new for at, new in enumerate(plain)]
    restored = []
    for word in words(text):
        old, new = word.of(text), "".join(plain[word.start : word.end])
        if old != new and any(map(str.isalpha, old)):
            restored.append((new, old))
    return "".join(plain), tuple(dict.fromkeys(restored))


def _plain(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    base = "".join(
        part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)
    )
    return base if base.isascii() and base else character


def _whole_spans(text: str, spans: Sequence[Span]) -> list[Span]:
    """Unreadable spans, letters widened to their whole word, joined where they touch."""
    held = words(text)
    starts, ends = [word.start for word in held], [word.end for word in held]
    wide = []
    for span in spans:
        if any(map(str.isalpha, span.of(text))):
            over = held[bisect_right(ends, span.start) : bisect_left(starts, span.end)]
            span = Span(min([span.start, *(w.start for w in over)]), max([span.end, *(w.end for w in over)]))
        wide.append(span)
    joined: list[Span] = []
    for span in sorted(wide):
        gap = text[joined[-1].end : span.start] if joined else "-"
        if joined and (span.start < joined[-1].end or not gap.strip(" " + _JOINERS)):
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return [_with_joiners(text, span) for span in joined if span.of(text).strip()]


def _with_joiners(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while end < len(text) and text[end] in _JOINERS:
        end += 1
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _taken_out(text: str, spans: Sequence[Span]) -> tuple[str, tuple[Carried, ...]]:
    """``text`` without ``spans``, and what stood there."""
    core, carried, read = "", [], 0
    for span in spans:
        core += text[read : span.start]
        carried.append(Carried(span.of(text), len(core)))
        read = span.end
        if core.endswith(" ") and text[read : read + 1] == " ":
            read += 1  # not two spaces where one was
    core += text[read:]
    if text and not any(map(str.isalnum, core)):
        return "", (Carried(text, 0),)  # nothing is left to translate: it goes round whole
    return core, tuple(carried)


def _found_in(text: str, piece: str) -> Span:
    start = max(0, text.find(piece))
    return Span(start, min(len(text), start + len(piece)))


def _put_back(prepared: Prepared, text: str, link: Linker) -> str:
    """``text`` with each carried piece after the word that answers to the one before it."""
    if not prepared.core:
        return prepared.carried[0].text
    links = link(prepared.core, text)
    place = _Places(prepared.core, text, links)
    made, read = "", 0
    for at, piece in sorted(
        ((place.of(item.at), item.text) for item in prepared.carried), key=lambda it: it[0]
    ):
        before = f"{made}{text[read:at]}".rstrip()
        made, read = f"{before} {piece}", at
    rest = text[read:].lstrip()
    glue = "" if not rest or rest[0] in ".,;:!?)]”’" else " "
    return f"{made}{glue}{rest}".strip()


class _Places:
    """Where in a translation belongs what stood at an offset of its source."""

    def __init__(self, core: str, text: str, links: Sequence[Link]) -> None:
        self._core, self._text = core, text
        self._ends = [word.end for word in words(core)]
        self._target = words(text)
        self._partner = {link.source: link.target for link in sorted(links, key=lambda link: link.weight)}

    def of(self, at: int) -> int:
        """After the word that answers to the one before ``at``; without links, by proportion."""
        before = bisect_right(self._ends, at) - 1
        if before < 0:
            return 0
        if before == len(self._ends) - 1:
            return len(self._text)
        if before in self._partner:
            return self._target[self._partner[before]].end
        if before + 1 in self._partner:
            return self._target[self._partner[before + 1]].start
        ends = [0, *(word.end for word in self._target)]
        wanted = at / len(self._core) * len(self._text)
        return ends[min(bisect_left(ends, wanted), len(ends) - 1)]
