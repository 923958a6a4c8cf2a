"""What a file for people to read carries along for programs.

Pages, documents and books show the two texts; ids, links, scores and the like have no
place there, or one that is only for the eye. They go along as JSON in a place of the
format's own, without the texts: these are read from where people see them, so
that somebody who mends a translation in a word processor finds it in the next format.
A text that was changed loses its word links and inline marks, which no longer fit.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from corpus.document import Mark, Span, one_line
from corpus.errors import FormatError
from corpus.formats._facts import (
    FactError,
    Read,
    facts_error,
    flag_code,
    flag_note,
    head_facts,
    head_from,
    unit_facts,
    unit_from,
)
from corpus.formats._xliff import ABSENT, with_absent
from corpus.units import Head, Sentence, Unit, Units, join, joined_marks

SCHEMA = 1
_REMEDY = "give a file as tweetalig writes it"


def embedded(
    head: Head, units: Iterable[Unit], shown: Callable[[str], str] = lambda text: text
) -> Iterator[str]:
    """The JSON to carry along, in ASCII and in small parts, without ``<``, ``>`` and ``&``.

    ``shown`` gives a text as the format shows it.
    """
    record = {
        "schema": SCHEMA,
        "languages": [head.source_language, head.target_language],
        "tool": head.provenance.tool,
        "notes": list(head.provenance.notes),
        "facts": head_facts(head),
    }
    yield _json(record)[:-1] + ',"units":['
    for place, unit in enumerate(units):
        yield ("," if place else "") + _json(_record(unit, shown))
    yield "]}"


def _json(record: Mapping[str, object]) -> str:
    text = json.dumps(record, ensure_ascii=True, separators=(",", ":"))
    # These stand in texts alone, where JSON may write them so; then it is safe in markup.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _record(unit: Unit, shown: Callable[[str], str]) -> dict[str, object]:
    facts = with_absent(unit_facts(unit), unit)
    for side in ("source", "target"):
        facts.pop(f"illegal-characters-{side}", None)
    texts = (join(unit.source), join(unit.target))
    record: dict[str, object] = {
        "id": unit.id,
        "facts": facts,
        "check": [_check(shown(text)) for text in texts],
    }
    if any(_seen(shown(text)) != text for text in texts):
        record["texts"] = texts
    marks = [[_mark(mark) for mark in joined_marks(side)] for side in (unit.source, unit.target)]
    if any(marks):
        record["marks"] = marks
    if unit.flags:
        record["flags"] = [flag_code(flag) for flag in unit.flags]
    if unit.flags or unit.notes:
        record["notes"] = [*(flag_note(flag) for flag in unit.flags), *unit.notes]
    return record


def _mark(mark: Mark) -> list[object]:
    return [mark.kind, mark.span.start, mark.span.end, dict(mark.attributes)]


def _seen(text: str) -> str:
    """A text as it can be told from what is shown: white space may differ."""
    return one_line(text)


def _unbroken(text: str, check: object) -> str:
    """``text`` without line breaks: they stood at a space or, rarely, between two letters."""
    joined = text.replace("\n", "")
    return joined if _check(joined) == check else text.replace("\n", " ")


def _check(text: str) -> int:
    return zlib.crc32(_seen(text).encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Shown:
    """The two texts of a unit as somebody sees them; a line feed is a line break in one."""

    source: str
    target: str


def units_from(text: str, shown: Sequence[Shown], name: str) -> Units:
    """The units of a file that shows these texts and carries ``text`` along.

    Raises :class:`FormatError` if it is not what :func:`embedded` makes, or if there
    are not as many sentences as it tells of.
    """
    try:
        record = json.loads(text)
        if record["schema"] != SCHEMA:
            raise FormatError(
                f"was written by another version (schema {record['schema']})", where=name, remedy=_REMEDY
            )
        source, target = (_text(language) for language in record["languages"])
        head = head_from(
            [(_text(key), _text(value)) for key, value in record["facts"].items()],
            source,
            target,
            tool=_text(record["tool"]),
            notes=[_text(note) for note in record["notes"]],
        )
        records: list[dict[str, Any]] = record["units"]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise _unknown(name) from None
    if not isinstance(records, list):
        raise _unknown(name)
    if len(records) != len(shown):
        raise FormatError(
            f"shows {len(shown)} sentence pairs but tells of {len(records)}",
            where=name,
            remedy="change texts, but do not add or take away sentences",
        )
    lost: Counter[str] = Counter()
    return Units(head, _units(records, shown, name, lost), lost)


def _unknown(name: str) -> FormatError:
    return FormatError("carries no data of tweetalig that can be read", where=name, remedy=_REMEDY)


def missing(name: str) -> FormatError:
    """The error for a file that shows two texts but was not written by us."""
    return FormatError(
        "was not written by tweetalig, so nothing tells which sentences belong together",
        where=name,
        remedy="give .tmx, .xlf, .xliff, .po, .tsv, .csv or .jsonl",
    )


def _units(
    records: list[dict[str, Any]], shown: Sequence[Shown], name: str, lost: Counter[str]
) -> Iterator[Unit]:
    for number, (record, texts) in enumerate(zip_longest(records, shown), start=1):
        where = f"{name}, sentence pair {number}"
        try:
            yield _unit(record, texts, lost)
        except FactError as error:
            raise facts_error(error, where) from None
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise _unknown(where) from None


def _unit(record: dict[str, Any], shown: Shown, lost: Counter[str]) -> Unit:
    facts: Mapping[str, str] = {_text(key): _text(value) for key, value in record["facts"].items()}
    absent = facts.get(ABSENT, "").split()
    checks = record["check"]
    texts = [_unbroken(text, checks[n]) for n, text in enumerate((shown.source, shown.target))]
    changed = [_check(text) != check for text, check in zip(texts, checks, strict=True)]
    exact = record.get("texts") or [None, None]
    marks = record.get("marks") or [[], []]
    sides: list[Sentence | None] = []
    for place, (side, text) in enumerate(zip(("source", "target"), texts, strict=True)):
        if changed[place]:
            lost["inline markup of changed sentences"] += len(marks[place])
            sides.append(Sentence(_seen(text)))
        elif side in absent:
            sides.append(None)
        else:
            whole = _seen(text) if exact[place] is None else _text(exact[place])
            sides.append(Sentence(whole, marks=tuple(_as_mark(item, len(whole)) for item in marks[place])))
    unit = unit_from(
        Read(
            _text(record["id"]),
            sides[0],
            sides[1],
            facts,
            [_text(code) for code in record.get("flags", [])],
            [_text(note) for note in record.get("notes", [])],
        )
    )
    return _after_change(unit, changed, lost) if any(changed) else unit


def _after_change(unit: Unit, changed: Sequence[bool], lost: Counter[str]) -> Unit:
    """``unit`` without what no longer fits its texts."""
    lost["word links of changed sentences"] += len(unit.links)
    flags = tuple(
        replace(flag, source=None if changed[0] else flag.source, target=None if changed[1] else flag.target)
        for flag in unit.flags
    )
    return replace(unit, links=(), flags=flags, origin="human" if changed[1] else unit.origin)


def _as_mark(item: Sequence[Any], length: int) -> Mark:
    kind, start, end, attributes = item
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start <= end <= length):
        raise FactError("a mark is not in its text")
    return Mark(
        _text(kind), Span(start, end), {_text(key): _text(value) for key, value in attributes.items()}
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
