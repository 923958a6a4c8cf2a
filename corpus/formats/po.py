"""PO: message catalogues of GNU gettext, for Poedit, Weblate, Lokalize and the like.

The rules are those of "The Format of PO Files" in the gettext manual. A unit is an
entry: its id is the ``msgctxt`` (so that equal sentences stay apart), flags are
extracted comments, and one that is not repaired makes the entry fuzzy. What else is
known stands in extracted comments that begin with "tweetalig"
(``corpus.formats._facts`` has the names), provenance in the header. PO has no inline
markup.

Catalogues of others are read: comments become notes, "fuzzy" a flag, a plural form a
unit of its own. Obsolete entries and references are counted as lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, NoReturn

from corpus.bitext import Bitext, Flag, FlagKind
from corpus.errors import FormatError
from corpus.formats import Format
from corpus.formats._common import utc
from corpus.formats._facts import (
    FactError,
    Read,
    facts_error,
    flag_code,
    flag_note,
    head_facts,
    head_from,
    legal,
    unit_facts,
    unit_from,
)
from corpus.units import (
    ALL_TRAITS,
    DUTCH_ENGLISH,
    Head,
    Languages,
    Sentence,
    Trait,
    Unit,
    Units,
    bitext_of,
    units_of,
)

_OURS = "tweetalig"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ESCAPED = re.compile(r"((?:\\[0-7]{1,3}|\\x[0-9A-Fa-f]{1,2})+)|\\(.)", re.S)
_BYTE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2}))")
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d{1,3}\])?)[ \t]*(".*")\s*')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_CHARSET = re.compile(rb"charset=([A-Za-z0-9_.:-]+)")
_FACT = re.compile(rf"{_OURS} ([a-z0-9-]+): (.*)", re.S)
_UNSEEN = re.compile("[\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_LONGEST = 10_000_000  # characters in one text


# Writing


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the bitext as a catalogue in UTF-8."""
    write_units(units_of(bitext), stream)


def write_units(units: Units, stream: IO[bytes]) -> None:
    """Write ``units`` one by one as they come."""
    stream.write(_header(units.head).encode("utf-8"))
    seen: set[tuple[str, str]] = set()
    for number, unit in enumerate(units.units, start=1):
        stream.write(_entry(units.head, unit, number, seen).encode("utf-8"))


def _header(head: Head) -> str:
    provenance = head.provenance
    fields = {
        "Project-Id-Version": head.file.name or "unknown",
        "PO-Revision-Date": _date(provenance.created),
        "Last-Translator": "Automatically generated",  # as gettext's own msgen has it
        "Language-Team": "none",
        "Language": head.target_language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "X-Generator": provenance.tool or _OURS,
        "X-Source-Language": head.source_language,
    }
    facts = {f"X-Tweetalig-{name}": value for name, value in head_facts(head).items()}
    notes = "".join(f"# {_comment(note)}\n" for note in provenance.notes)
    # A value is a line: what would end it is escaped twice.
    lines = [f"{_field(name)}: {_comment(value)}\n" for name, value in (fields | facts).items()]
    text = "\n".join(_quoted(line) for line in ["", *lines])
    return f'{notes}msgid ""\nmsgstr {text}\n'


def _field(name: str) -> str:
    return re.sub(r"[^!-9;-~]", lambda found: f"%{ord(found.group()):X};", name)


def _entry(head: Head, unit: Unit, number: int, seen: set[tuple[str, str]]) -> str:
    source, target = legal(unit.source_text), legal(unit.target_text)
    facts = unit_facts(unit)
    absent = " ".join(side for side in ("source", "target") if not getattr(unit, side))
    if absent:
        facts["absent"] = absent
    context = legal(unit.id)
    while not context or (context, source) in seen:
        context = f"{context}#{number}"
    seen.add((context, source))
    if context != unit.id:
        facts["id"] = legal(unit.id)
    lines = [f"# {_comment(note)}" for note in unit.notes]
    lines += (f"#. {_comment(flag_note(flag))}" for flag in unit.flags)
    lines += (f"#. {_OURS} {name}: {_comment(value)}" for name, value in facts.items())
    lines += (f"#. {_OURS} flag: {flag_code(flag)}" for flag in unit.flags)
    if unit.source and unit.source[0].span is not None:
        name = "-".join(legal(head.file.name).split()) or "text"
        lines.append(f"#: {name}:{unit.source[0].span.start}")
    if any(not flag.repaired for flag in unit.flags):
        lines.append("#, fuzzy")
    lines += [f"msgctxt {_quoted(context)}", f"msgid {_quoted(source)}", f"msgstr {_quoted(target)}"]
    return "\n" + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'


def _comment(text: str) -> str:
    """``text`` on one line: what would end a line, or cannot be seen, is escaped."""
    return _UNSEEN.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def _uncommented(text: str) -> str:
    return re.sub(
        r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))",
        lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _NAMED.get(m[3], m[3]),
        text,
    )


def _date(created: str) -> str:
    time = utc(created)
    # What gettext itself writes for a date that is not known.
    return time.strftime("%Y-%m-%d %H:%M+0000") if time else "YEAR-MO-DA HO:MI+ZONE"


# Reading


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of a catalogue. Raises :class:`FormatError` naming the line."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a catalogue, ours or another's, in its order.

    The header tells the target language and, in ours, the source language;
    ``languages`` fills in what it does not say. Raises :class:`FormatError`.
    """
    lost: Counter[str] = Counter()
    entries = _entries(_decoded(stream.read(), name), name, lost)
    first = next(entries, None)
    if first is None:
        raise FormatError("has no entry", where=name, remedy="give a catalogue as gettext writes it")
    header = first if first.context is None and not first.source else None
    fields = _fields(header.target) if header else {}
    ours = "X-Source-Language" in fields
    facts = [
        (key.removeprefix("X-Tweetalig-"), _uncommented(value))
        for key, value in fields.items()
        if key.startswith("X-Tweetalig-")
    ]
    tool = fields.get("X-Generator", "")
    head = head_from(
        facts,
        _uncommented(fields.get("X-Source-Language", "")) or languages.source,
        _uncommented(fields.get("Language", "")) or languages.target,
        tool="" if tool == _OURS else _uncommented(tool) if ours else tool,
        notes=[_uncommented(note) if ours else note for note in header.notes] if header else (),
    )
    return Units(head, _units(header, first, entries, name, ours, lost), lost)


@dataclass(slots=True)
class _Entry:
    """An entry as the file has it."""

    line: int
    context: str | None = None
    source: str | None = None
    plural: str | None = None
    targets: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    extracted: list[str] = field(default_factory=list)
    fuzzy: bool = False

    @property
    def target(self) -> str:
        """The first translation."""
        return self.targets[0] if self.targets else ""


def _units(
    header: _Entry | None,
    first: _Entry,
    rest: Iterator[_Entry],
    name: str,
    ours: bool,
    lost: Counter[str],
) -> Iterator[Unit]:
    if header is None:
        yield from _made(first, name, ours, lost)
    for entry in rest:
        yield from _made(entry, name, ours, lost)
    if ours:
        lost.pop("references", None)  # they say no more than the offsets


def _made(entry: _Entry, name: str, ours: bool, lost: Counter[str]) -> Iterator[Unit]:
    if ours:
        try:
            yield _our_unit(entry)
        except FactError as error:
            raise facts_error(error, f"{name}, line {entry.line}") from None
        return
    flags = (Flag(FlagKind.LOW_CONFIDENCE, "marked fuzzy in the catalogue"),) if entry.fuzzy else ()
    notes = (*entry.notes, *entry.extracted)
    pairs = [(entry.source or "", entry.target)]
    if entry.plural is not None:
        pairs.append((entry.plural, entry.targets[1] if len(entry.targets) > 1 else ""))
        lost["plural forms"] += max(len(entry.targets) - 2, 0)
    for place, (source, target) in enumerate(pairs):
        name = entry.context or ""
        yield Unit(
            f"{name}[{place}]" if place else name,
            (Sentence(source),),
            (Sentence(target),),
            flags=flags if target else (),
            notes=notes,
        )


def _our_unit(entry: _Entry) -> Unit:
    facts: dict[str, str] = {}
    flags: list[str] = []
    notes: list[str] = []
    for line in entry.extracted:
        found = _FACT.fullmatch(line)
        if not found:
            notes.append(_uncommented(line))
        elif found[1] == "flag":
            flags.append(found[2])
        else:
            facts[found[1]] = _uncommented(found[2])
    absent = facts.pop("absent", "").split()
    name = facts.pop("id", None)
    notes += (_uncommented(note) for note in entry.notes)
    return unit_from(
        Read(
            (entry.context or "") if name is None else name,
            None if "source" in absent else Sentence(entry.source or ""),
            None if "target" in absent else Sentence(entry.target),
            facts,
            flags,
            notes,
        )
    )


def _decoded(data: bytes, name: str) -> str:
    found = _CHARSET.search(data[:10_000])
    charset = found[1].decode("ascii") if found else "utf-8"
    if charset == "CHARSET":  # a template's, filled in by nobody
        charset = "utf-8"
    try:
        return data.decode("utf-8-sig" if charset.lower() in ("utf-8", "utf8") else charset)
    except LookupError:
        raise FormatError(
            f"names an unknown charset, {charset[:40]}", where=name, remedy="save it as UTF-8"
        ) from None
    except (UnicodeError, ValueError):
        raise FormatError(
            f"is not {charset[:40]} text, as its header says", where=name, remedy="save it as UTF-8"
        ) from None


def _fields(header: str) -> dict[str, str]:
    fields = {}
    for line in header.split("\n"):
        key, colon, value = line.partition(":")
        if colon:
            key = re.sub(r"%([0-9A-F]{1,6});", lambda m: chr(min(int(m[1], 16), 0x10FFFF)), key.strip())
            fields[key] = value.removeprefix(" ")
    return fields


def _entries(text: str, name: str, lost: Counter[str]) -> Iterator[_Entry]:
    parser = _Parser(name, lost)
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r").lstrip("\t ")
        done = parser.take(number, line if line.startswith("#") else line.rstrip("\t "))
        if done is not None:
            yield done
    last = parser.finish()
    if last is not None:
        yield last


@dataclass(slots=True)
class _Parser:
    """Takes line after line and gives an entry when the next begins."""

    name: str
    lost: Counter[str]
    entry: _Entry | None = None
    keyword: str = ""
    parts: list[str] = field(default_factory=list)
    length: int = 0
    line: int = 0

    def take(self, number: int, line: str) -> _Entry | None:
        """The entry that ``line`` shows to be complete, if any."""
        self.line = number
        if line.startswith("#~"):
            self.lost["obsolete entries"] += line[2:].lstrip().startswith("msgid ")
            return self.finish()
        if not line:
            return self.finish() if self.entry is not None and self.entry.targets else None
        if line.startswith("#"):
            done = self.finish() if self.keyword else None
            self._comment(line)
            return done
        if line.startswith('"'):
            if not self.keyword:
                self._fail("a text without a keyword before it")
            self._string(line)
            return None
        found = _KEYWORD.fullmatch(line)
        if not found:
            self._fail("is neither a comment, a keyword nor a text in quotation marks")
        starts = self.keyword.startswith("msgstr") and not found[1].startswith("msgstr")
        done = self.finish() if starts else None
        self._close()
        self.keyword = found[1]
        self._open()
        self._string(found[2])
        return done

    def finish(self) -> _Entry | None:
        """The entry at hand, if it is one."""
        self._close()
        entry, self.entry, self.keyword = self.entry, None, ""
        if entry is None or (entry.source is None and not entry.targets):
            return None
        if entry.source is None or not entry.targets:
            self._fail("an entry without msgid or msgstr", entry.line)
        return entry

    def _open(self) -> _Entry:
        if self.entry is None:
            self.entry = _Entry(self.line)
        return self.entry

    def _close(self) -> None:
        if not self.keyword:
            return
        text = "".join(self.parts)
        self.parts, self.length = [], 0
        entry = self._open()
        if self.keyword == "msgctxt":
            entry.context = text
        elif self.keyword == "msgid":
            entry.source = text
        elif self.keyword == "msgid_plural":
            entry.plural = text
        else:
            entry.targets.append(text)

    def _string(self, line: str) -> None:
        if not _STRING.fullmatch(line):
            self._fail("a text that is not in quotation marks")
        text = _ESCAPED.sub(_unescaped, line[1:-1])
        self.length += len(text)
        if self.length > _LONGEST:
            self._fail(f"a text of more than {_LONGEST:,} characters")
        self.parts.append(text)

    def _comment(self, line: str) -> None:
        entry = self._open()
        kind, text = line[1:2], line[2:].removeprefix(" ")
        if kind == ".":
            entry.extracted.append(text)
        elif kind == ",":
            flags = [flag.strip() for flag in text.split(",")]
            entry.fuzzy = entry.fuzzy or "fuzzy" in flags
        elif kind == ":":
            self.lost["references"] += 1
        elif kind == "|":
            self.lost["previous texts"] += 1
        elif line[1:].strip():
            entry.notes.append(line[1:].removeprefix(" "))

    def _fail(self, problem: str, line: int | None = None) -> NoReturn:
        raise FormatError(
            problem,
            where=f"{self.name}, line {self.line if line is None else line}",
            remedy="give a catalogue as gettext writes it",
        )


def _unescaped(found: re.Match[str]) -> str:
    if not found[1]:
        return _NAMED.get(found[2], found[2])
    # Numbers are bytes, of which several may make a character.
    data = bytes(int(o, 8) % 256 if o else int(x, 16) for o, x in _BYTE.findall(found[1]))
    return data.decode("utf-8", "replace")


FORMAT = Format(
    "po",
    (".po",),
    "message catalogue, for Poedit, Weblate and the like",
    write,
    read,
    read_units=read_units,
    write_units=write_units,
    keeps=ALL_TRAITS - {Trait.LAYOUT, Trait.MARKS},
)
