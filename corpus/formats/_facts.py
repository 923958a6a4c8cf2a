"""What is known of a unit and of a whole bitext, as named texts, and back.

Formats with room for named values (properties, metadata, comments) all use these
names, so that one who knows them in TMX knows them in XLIFF. A fact that goes
without saying (a segment that is called like its bead) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from corpus.bitext import Flag, FlagKind, Link, Provenance
from corpus.document import BlockKind, SourceFile, Span
from corpus.errors import FormatError
from corpus.formats._common import REPLACEMENT, flag_label, pharaoh
from corpus.units import Head, Place, Sentence, Unit, cut, place_of
from corpus.xml import ILLEGAL, legal_xml

_FLAG = re.compile(r"([a-z_]+)(:repaired)?(?: source (\d+)-(\d+))?(?: target (\d+)-(\d+))?")
_LINK = re.compile(r"(\d+)-(\d+)")
_PLACED = re.compile(r"(\d+):([a-z_]+):(\d+)")
_CHARACTER = re.compile(r"U\+([0-9A-F]{4,6})@(\d+)")
_LONGEST_NUMBER = 18  # digits; more is no offset

_Value = TypeVar("_Value")


def legal(text: str) -> str:
    """``text`` with U+FFFD for what XML cannot hold."""
    return legal_xml(text, REPLACEMENT)


# Units


def unit_facts(unit: Unit) -> dict[str, str]:
    """Everything about ``unit`` but its id, texts, inline marks, flags and notes."""
    place = unit.place
    facts = {"block": place.kind.value if unit.source or unit.target else ""}
    if place.level:
        facts["level"] = str(place.level)
    if place.marker:
        facts["marker"] = place.marker
    for side, sentences in (("source", unit.source), ("target", unit.target)):
        facts |= _side_facts(side, unit.id, sentences, place)
    facts["origin"] = unit.origin
    facts["score"] = "" if unit.score is None else repr(unit.score)
    facts["confidence"] = "" if unit.confidence is None else repr(unit.confidence)
    if unit.links:
        links = sorted(unit.links, key=lambda link: (link.source, link.target))
        facts["links"] = pharaoh(unit.links)
        if any(link.weight != 1 for link in links):
            facts["link-weights"] = " ".join(repr(link.weight) for link in links)
    return {name: value for name, value in facts.items() if value}


def _side_facts(side: str, name: str, sentences: tuple[Sentence, ...], place: Place) -> dict[str, str]:
    facts = {}
    if sentences and (len(sentences) != 1 or sentences[0].id != name):
        facts[f"{side}-segments"] = " ".join(sentence.id for sentence in sentences)
    if len(sentences) > 1:
        facts[f"{side}-lengths"] = " ".join(str(len(sentence.text)) for sentence in sentences)
    if any(_layout(s.place) != _layout(_expected(s.id, place)) for s in sentences):
        facts[f"{side}-layout"] = " ".join(
            f"{s.place.block}:{s.place.kind.value}:{s.place.level}" for s in sentences
        )
    spans = [sentence.span for sentence in sentences if sentence.span is not None]
    if side == "source" and spans and len(spans) == len(sentences):
        facts["source-offsets"] = f"{min(s.start for s in spans)} {max(s.end for s in spans)}"
    if any(ILLEGAL.search(sentence.text) for sentence in sentences):
        text = " ".join(sentence.text for sentence in sentences)
        facts[f"illegal-characters-{side}"] = _illegal_list(text)
    return facts


def _layout(place: Place) -> tuple[int, BlockKind, int]:
    return place.block, place.kind, place.level


def _expected(name: str, place: Place) -> Place:
    """Where a segment is if nothing else is said: its id tells the block."""
    return place_of(name, place.kind, place.level, place.marker)


def _illegal_list(text: str) -> str:
    """Which characters became U+FFFD, and where in the text."""
    return " ".join(f"U+{ord(found.group()):04X}@{found.start()}" for found in ILLEGAL.finditer(text))


def flag_code(flag: Flag) -> str:
    """A flag without its message: ``numbers source 55-61 target 57-63``."""
    parts = [f"{flag.kind.value}:repaired" if flag.repaired else flag.kind.value]
    for side, span in (("source", flag.source), ("target", flag.target)):
        if span is not None:
            parts.append(f"{side} {span.start}-{span.end}")
    return " ".join(parts)


def flag_note(flag: Flag) -> str:
    """A flag as a note for people: ``Numbers differ: the source has ...``."""
    return f"{flag_label(flag)}: {flag.message}"


class FactError(ValueError):
    """A fact is not what we write; the caller adds the file and the unit."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader found of a unit, before facts are applied."""

    id: str
    source: Sentence | None
    target: Sentence | None
    facts: Mapping[str, str]
    flags: Sequence[str] = ()  # codes
    notes: Sequence[str] = ()  # the flags' first, if any


def unit_from(read: Read) -> Unit:
    """The unit that was written with these facts. Raises :class:`FactError`."""
    facts = read.facts
    place = Place(
        kind=_one_of(BlockKind, facts.get("block", "") or BlockKind.PARAGRAPH.value),
        level=_integer(facts.get("level", "0")),
        marker=facts.get("marker", ""),
    )
    flags, notes = _flags(read.flags, list(read.notes))
    return Unit(
        read.id,
        _sentences("source", read, read.source, place),
        _sentences("target", read, read.target, place),
        facts.get("origin", ""),
        _number(facts.get("score", "")),
        _number(facts.get("confidence", "")),
        _links(facts.get("links", ""), facts.get("link-weights", "")),
        flags,
        notes,
    )


def _sentences(side: str, read: Read, joined: Sentence | None, place: Place) -> tuple[Sentence, ...]:
    if joined is None:
        return ()
    facts = read.facts
    joined = _with_illegal(joined, facts.get(f"illegal-characters-{side}", ""))
    names = facts.get(f"{side}-segments", read.id).split(" ")
    lengths = [_integer(length) for length in facts.get(f"{side}-lengths", "").split()]
    if len(lengths) == len(names) > 1 and (parts := cut(joined, lengths)) is not None:
        sentences = [Sentence(text, marks=marks) for text, marks in parts]
    else:
        sentences, names = [joined], names[:1]
    layout = facts.get(f"{side}-layout", "").split()
    places = [_placed(item, place) for item in layout] if len(layout) == len(names) else None
    offsets = [_integer(number) for number in facts.get("source-offsets", "").split()]
    if side == "source" and len(offsets) == 2 and len(sentences) == 1 and offsets[0] <= offsets[1]:
        sentences[0] = replace(sentences[0], span=Span(*offsets))
    return tuple(
        replace(sentence, id=name, place=places[n] if places else _expected(name, place))
        for n, (sentence, name) in enumerate(zip(sentences, names, strict=True))
    )


def _with_illegal(sentence: Sentence, listed: str) -> Sentence:
    """Put the characters back that XML could not hold, where U+FFFD still stands."""
    if not listed:
        return sentence
    characters = list(sentence.text)
    for item in listed.split():
        found = _CHARACTER.fullmatch(item)
        if not found or int(found[1], 16) > 0x10FFFF:
            raise FactError(f"{item[:20]} is not a character and its place")
        at = _integer(found[2])
        if at < len(characters) and characters[at] == REPLACEMENT:
            characters[at] = chr(int(found[1], 16))
    return replace(sentence, text="".join(characters))


def _placed(item: str, place: Place) -> Place:
    found = _PLACED.fullmatch(item)
    if not found:
        raise FactError(f"{item[:40]} is not a block, its kind and its level")
    kind = _one_of(BlockKind, found[2])
    return Place(_integer(found[1]), kind, _integer(found[3]), place.marker if kind is place.kind else "")


def _flags(codes: Sequence[str], notes: list[str]) -> tuple[tuple[Flag, ...], tuple[str, ...]]:
    """Flags with their messages, which are the first notes, and the notes that are left."""
    flags = []
    for code in codes:
        flag = flag_from(code)
        message = ""
        label = flag_label(flag) + ":"
        for place, note in enumerate(notes):
            if note.startswith(label):
                message = notes.pop(place)[len(label) :].removeprefix(" ")
                break
        flags.append(replace(flag, message=message))
    return tuple(flags), tuple(notes)


def flag_from(code: str) -> Flag:
    """The flag of a code, without its message. Raises :class:`FactError`."""
    found = _FLAG.fullmatch(code)
    if not found:
        raise FactError(f"{code[:40]!r} is not a flag")
    numbers = [None if part is None else _integer(part) for part in found.groups()[2:]]
    return Flag(
        _one_of(FlagKind, found[1]),
        "",
        bool(found[2]),
        _span(numbers[0], numbers[1]),
        _span(numbers[2], numbers[3]),
    )


def _span(start: int | None, end: int | None) -> Span | None:
    if start is None or end is None:
        return None
    if start > end:
        raise FactError(f"{start}-{end} is not a range")
    return Span(start, end)


def _links(text: str, weights: str) -> tuple[Link, ...]:
    if not text:
        return ()
    found = [_LINK.fullmatch(item) for item in text.split()]
    values = [_number(item) for item in weights.split()] or [1.0] * len(found)
    if len(values) != len(found):
        raise FactError("there are not as many link weights as links")
    links = []
    for match, weight in zip(found, values, strict=True):
        if not match or weight is None:
            raise FactError("links are not pairs of word numbers (0-0 1-2)")
        links.append(Link(_integer(match[1]), _integer(match[2]), weight))
    return tuple(links)


def links_from(text: str) -> tuple[Link, ...]:
    """Word links in Pharaoh notation. Raises :class:`FactError`."""
    return _links(text, "")


def _one_of(kinds: type[_Value], value: str) -> _Value:
    try:
        return kinds(value)  # type: ignore[call-arg]
    except ValueError:
        raise FactError(f"{value[:40]!r} is not one of {', '.join(kinds)}") from None  # type: ignore[arg-type]


def _integer(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise FactError(f"{text[:40]!r} is not a number")
    return int(text)


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise FactError(f"{text[:40]!r} is not a number")
    return value


def number_from(text: str) -> float | None:
    """A finite number, None for an empty text. Raises :class:`FactError`."""
    return _number(text)


def facts_error(error: FactError, where: str) -> FormatError:
    """A fact that cannot be read, as an error for people."""
    return FormatError(str(error), where=where, remedy="undo the change, or write the file anew")


# The whole


def head_facts(head: Head) -> dict[str, str]:
    """Provenance and source document as named texts, without the empty ones.

    ``creationtool`` and notes are not among them: formats have their own places.
    """
    provenance = head.provenance
    file = head.file
    facts = {
        "model": provenance.model,
        "weights-sha256": provenance.weights_sha256,
        "engine": provenance.engine,
        "segmentation": provenance.segmentation or head.segmentation,
        "created": provenance.created,
        "source-file": file.name,
        "source-sha256": file.sha256,
        "source-encoding": file.encoding if file.name else "",
        "source-format": file.format if file.name else "",
    }
    facts |= {f"setting-{name}": _setting(value) for name, value in provenance.settings.items()}
    facts |= {f"extra-{name}": value for name, value in provenance.extra.items()}
    facts |= {f"metadata-{name}": value for name, value in head.metadata.items()}
    return {name: value for name, value in facts.items() if value}


def _setting(value: str | int | float | bool | None) -> str:
    """A setting as text; a text that looks like something else gets quotation marks."""
    if isinstance(value, str) and (not value or _value(value) != value or value.startswith('"')):
        return f'"{value}"'
    return str(value)


def _value(text: str) -> str | int | float | bool | None:
    """What a setting was before it became text."""
    if text in ("True", "False", "None"):
        return {"True": True, "False": False, "None": None}[text]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    if re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+(?:e[+-]?\d+)?|-?\d+e[+-]?\d+", text[:40]):
        return float(text)
    return text


def head_from(
    facts: Iterable[tuple[str, str]],
    source: str,
    target: str,
    *,
    tool: str = "",
    notes: Sequence[str] = (),
) -> Head:
    """The head that was written with these facts; facts we do not know are left out."""
    known = dict(facts)

    def group(prefix: str) -> dict[str, str]:
        return {name[len(prefix) :]: value for name, value in known.items() if name.startswith(prefix)}

    segmentation = known.get("segmentation", "")
    return Head(
        source,
        target,
        SourceFile(
            known.get("source-file", ""),
            known.get("source-sha256", ""),
            known.get("source-encoding", "utf-8"),
            known.get("source-format", "text"),
        ),
        segmentation,
        group("metadata-"),
        Provenance(
            tool,
            known.get("model", ""),
            known.get("weights-sha256", ""),
            known.get("engine", ""),
            {name: _value(value) for name, value in group("setting-").items()},
            segmentation,
            known.get("created", ""),
            tuple(notes),
            group("extra-"),
        ),
    )
