"""XLIFF 2.1 (``.xliff``): the present standard for translators' tools.

The rules are those of the OASIS standard of 2018-02-13, whose namespaces are 2.0's. A
bead is a ``unit`` with one ``segment``. Inline marks are ``pc``, or ``sc`` and ``ec``
where they overlap, and ``ph``; what they stand for is in ``originalData``. Flags are
notes, confidence and who translated are a match of the Translation Candidates
module, and what else is known of a unit, and the provenance, is in the Metadata module
(``corpus.formats._facts`` has the names). Characters that XML cannot hold are ``cp``.

Files of other tools are read, of versions 2.0 to 2.2: a unit of several segments
gives as many units. What has no place is counted as lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from lxml import etree

from corpus.bitext import Bitext
from corpus.document import Mark
from corpus.errors import FormatError
from corpus.formats import Format, xliff12
from corpus.formats._facts import (
    Read,
    flag_code,
    flag_note,
    head_facts,
    head_from,
    legal,
    unit_facts,
)
from corpus.formats._inline import Code, Collector, Role, native, numbers_of, pieces
from corpus.formats._xliff import ABSENT, OURS, XLIFF_2, XML_SPACE, Ids, Losses, made, with_absent
from corpus.units import (
    ALL_TRAITS,
    DUTCH_ENGLISH,
    Head,
    Languages,
    Place,
    Sentence,
    Trait,
    Unit,
    Units,
    bitext_of,
    join,
    joined_marks,
    units_of,
)
from corpus.xml import ILLEGAL

NAMESPACE = XLIFF_2
METADATA = "urn:oasis:names:tc:xliff:metadata:2.0"
MATCHES = "urn:oasis:names:tc:xliff:matches:2.0"
_N = f"{{{NAMESPACE}}}"
_MDA = f"{{{METADATA}}}"
_MTC = f"{{{MATCHES}}}"
_NAMES = {None: NAMESPACE, "mda": METADATA, "mtc": MATCHES}
_VERSION = "2.1"
_TOOL = "tool"  # the metadata that names who made the file
_PROVENANCE = "provenance"  # the category of notes about the whole

# type and subType of codes we know; others are "other" with a subType of our own.
_TYPES = {
    "bold": ("fmt", "xlf:b"),
    "italic": ("fmt", "xlf:i"),
    "underline": ("fmt", "xlf:u"),
    "break": ("fmt", "xlf:lb"),
    "link": ("link", ""),
    "image": ("image", ""),
}
_KINDS = {both: kind for kind, both in _TYPES.items()}


# Writing


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the bitext as an XLIFF 2.1 file in UTF-8."""
    write_units(units_of(bitext), stream)


def write_units(units: Units, stream: IO[bytes]) -> None:
    """Write ``units`` one by one as they come."""
    head = units.head
    attributes = {
        "version": _VERSION,
        "srcLang": legal(head.source_language),
        "trgLang": legal(head.target_language),
    }
    ids = Ids()
    with etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        root = xml.element(f"{_N}xliff", attributes, nsmap=_NAMES)
        with root, xml.element(f"{_N}file", {"id": "f1", "original": legal(head.file.name) or "unknown"}):
            facts = head_facts(head)
            if head.provenance.tool:
                facts[_TOOL] = head.provenance.tool
            xml.write(_metadata(list(facts.items())), pretty_print=True)
            if head.provenance.notes:
                notes = etree.Element(f"{_N}notes", nsmap=_NAMES)
                for text in head.provenance.notes:
                    _note(notes, text, _PROVENANCE)
                xml.write(notes, pretty_print=True)
            for unit in units.units:
                xml.write(_unit(head, unit, ids), pretty_print=True)
            if not ids.taken:  # "one or more units or groups"
                xml.write(etree.Element(f"{_N}group", id="empty", nsmap=_NAMES))


def _metadata(facts: Sequence[tuple[str, str]]) -> etree._Element:
    metadata = etree.Element(f"{_MDA}metadata", nsmap=_NAMES)
    group = etree.SubElement(metadata, f"{_MDA}metaGroup")
    group.set("category", OURS)
    for name, value in facts or [("", "")]:
        meta = etree.SubElement(group, f"{_MDA}meta")
        meta.set("type", legal(name))
        meta.text = legal(value)
    return metadata


def _unit(head: Head, unit: Unit, ids: Ids) -> etree._Element:
    element = etree.Element(f"{_N}unit", nsmap=_NAMES)
    element.set("id", ids.of(unit.id))
    element.set(XML_SPACE, "preserve")
    if element.get("id") != unit.id:
        element.set("name", legal(unit.id))
    # Modules come before everything of the core.
    facts = with_absent(unit_facts(unit), unit)
    for side in ("source", "target"):
        facts.pop(f"illegal-characters-{side}", None)  # cp says it
    flags = [("flag", flag_code(flag)) for flag in unit.flags]
    element.append(_metadata([*facts.items(), *flags]))
    if unit.target and (unit.confidence is not None or unit.origin in _MATCH_TYPES):
        element.append(_match(head, unit))
    if unit.flags or unit.notes:
        notes = etree.SubElement(element, f"{_N}notes")
        for flag in unit.flags:
            note = _note(notes, flag_note(flag), OURS)
            note.set("appliesTo", "target")
            note.set("priority", "5" if flag.repaired else "1")
        for text in unit.notes:
            _note(notes, text)
    source, target = joined_marks(unit.source), joined_marks(unit.target)
    numbers = numbers_of(source, target)
    data = _Data()
    segment = etree.Element(f"{_N}segment", nsmap=_NAMES)
    segment.set("id", "s1")
    segment.set("state", _state(unit))
    _Text(data, numbers[0], "c").fill(etree.SubElement(segment, f"{_N}source"), join(unit.source), source)
    if unit.target:
        held = etree.SubElement(segment, f"{_N}target")
        _Text(data, numbers[1], "c").fill(held, join(unit.target), target)
    if data.ids:
        element.append(data.element())
    element.append(segment)
    return element


_MATCH_TYPES = {"mt": "mt", "memory": "tm"}


def _state(unit: Unit) -> str:
    if not unit.target:
        return "initial"
    return "reviewed" if unit.origin == "human" else "translated"


def _match(head: Head, unit: Unit) -> etree._Element:
    matches = etree.Element(f"{_MTC}matches", nsmap=_NAMES)
    match = etree.SubElement(matches, f"{_MTC}match")
    match.set("ref", "#s1")
    match.set("type", _MATCH_TYPES.get(unit.origin, "other"))
    match.set("origin", legal(head.provenance.model or head.provenance.tool or OURS))
    if unit.confidence is not None:
        match.set("matchQuality", f"{100 * min(max(unit.confidence, 0), 1):.4g}")
    for name, text in (("source", join(unit.source)), ("target", join(unit.target))):
        _put_text(etree.SubElement(match, f"{_N}{name}"), text)
    return matches


def _note(parent: etree._Element, text: str, category: str = "") -> etree._Element:
    note = etree.SubElement(parent, f"{_N}note")
    note.text = legal(text)
    if category:
        note.set("category", category)
    return note


@dataclass(slots=True)
class _Data:
    """The original data of a unit: every native code once, with its id."""

    ids: dict[str, str] = field(default_factory=dict)

    def id_of(self, code: str) -> str:
        """The id of a native code."""
        return self.ids.setdefault(code, f"d{len(self.ids) + 1}")

    def element(self) -> etree._Element:
        """The ``originalData`` of all codes."""
        element = etree.Element(f"{_N}originalData", nsmap=_NAMES)
        for code, name in self.ids.items():
            data = etree.SubElement(element, f"{_N}data")
            data.set("id", name)
            _put_text(data, code)
        return element


@dataclass(slots=True)
class _Text:
    """Fills a ``source`` or ``target`` with text and codes."""

    data: _Data
    numbers: Sequence[int]
    prefix: str

    def fill(self, element: etree._Element, text: str, marks: Sequence[Mark]) -> None:
        """Put ``text`` with the codes of ``marks`` into ``element``."""
        stack = [element]
        element.text = ""  # or codes alone would be set on lines of their own
        for piece in pieces(text, marks, self.numbers):
            if isinstance(piece, str):
                _put_text(stack[-1], piece)
                continue
            name = f"{self.prefix}{piece.number}"
            if piece.role is Role.POINT:
                code = self._code(stack[-1], "ph", piece, name)
                code.set("dataRef", self.data.id_of(native(piece)))
            elif piece.crossing and piece.role is Role.OPEN:
                code = self._code(stack[-1], "sc", piece, name)
                code.set("dataRef", self.data.id_of(native(piece)))
            elif piece.crossing:
                code = etree.SubElement(stack[-1], f"{_N}ec")
                code.set("startRef", name)
                code.set("dataRef", self.data.id_of(native(piece)))
            elif piece.role is Role.OPEN:
                code = self._code(stack[-1], "pc", piece, name)
                code.set("dataRefStart", self.data.id_of(native(piece)))
                closing = Code(piece.mark, piece.number, Role.CLOSE)
                code.set("dataRefEnd", self.data.id_of(native(closing)))
                code.text = ""
                stack.append(code)
            else:
                stack.pop()

    def _code(self, parent: etree._Element, tag: str, code: Code, name: str) -> etree._Element:
        element = etree.SubElement(parent, f"{_N}{tag}")
        element.set("id", name)
        kind = "-".join(code.mark.kind.replace(":", "-").split()) or "code"
        element_type, subtype = _TYPES.get(code.mark.kind, ("other", legal(f"{OURS}:{kind}")))
        element.set("type", element_type)
        if subtype:
            element.set("subType", subtype)
        return element


def _put_text(element: etree._Element, text: str) -> None:
    """Append ``text``; what XML cannot hold becomes ``cp`` elements."""
    element.text = element.text or ""  # as in fill
    at = 0
    for found in ILLEGAL.finditer(text):
        _append(element, text[at : found.start()])
        point = etree.SubElement(element, f"{_N}cp")
        point.set("hex", f"{ord(found.group()):04X}")
        at = found.end()
    _append(element, text[at:])


def _append(element: etree._Element, text: str) -> None:
    if not text:
        return
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


# Reading


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of an XLIFF 2.x file. Raises :class:`FormatError`."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of an XLIFF file of any version, of this or another tool.

    Many tools call version 1 ``.xliff`` and version 2 ``.xlf``: what is read does not
    depend on the name. Raises :class:`FormatError`.
    """
    return xliff12.read_units(stream, name, languages)


def units_from(root: etree._Element, name: str, languages: Languages) -> Units:
    """The units of a file of version 2 that is parsed already."""
    source = root.get("srcLang") or languages.source
    target = root.get("trgLang") or languages.target
    files = root.findall(f"{_N}file")
    if not files:
        raise FormatError("has no file element", where=name, remedy="write it anew from the tool it is from")
    facts = _metas(files[0])
    known = dict(facts or [])
    notes = [_flat(note) for note in files[0].findall(f"{_N}notes/{_N}note")]
    if facts is None:
        facts = [("source-file", files[0].get("original", ""))]
    head = head_from(facts, source, target, tool=known.get(_TOOL, ""), notes=notes)
    lost: Counter[str] = Counter()
    return Units(head, _Reader(name, Losses(lost)).units(files), lost)


def _metas(element: etree._Element) -> list[tuple[str, str]] | None:
    """Our metadata of a file or unit; None if it has none."""
    group = element.find(f"{_MDA}metadata/{_MDA}metaGroup[@category='{OURS}']")
    if group is None:
        return None
    return [
        (meta.get("type", ""), meta.text or "") for meta in group.findall(f"{_MDA}meta") if meta.get("type")
    ]


class _Reader:
    """Goes through the units of a file."""

    def __init__(self, name: str, losses: Losses) -> None:
        self.name = name
        self.losses = losses
        self.number = 0

    def units(self, files: Sequence[etree._Element]) -> Iterator[Unit]:
        """The units of all ``files``."""
        for file in files:
            for element in file.iter(f"{_N}unit"):
                self.number += 1
                yield from self._unit(element)

    def _unit(self, element: etree._Element) -> Iterator[Unit]:
        where = f"{self.name}, line {element.sourceline}"
        name = element.get("id", "")
        notes = [_flat(note) for note in element.findall(f"{_N}notes/{_N}note")]
        data = {d.get("id", ""): _chars(d) for d in element.findall(f"{_N}originalData/{_N}data")}
        parts = [e for e in element if e.tag in (f"{_N}segment", f"{_N}ignorable")]
        metas = _metas(element)
        if metas is not None and len(parts) == 1:
            facts = dict(metas)
            absent = facts.get(ABSENT, "").split()
            source, target = self._sides(parts[0], data, where)
            yield made(
                Read(
                    element.get("name") or name,
                    None if "source" in absent else source,
                    None if "target" in absent else target,
                    facts,
                    [value for kind, value in metas if kind == "flag"],
                    notes,
                ),
                where,
            )
            return
        self.losses.add("matches of another tool", len(element.findall(f".//{_MTC}match")))
        self.losses.add("metadata of another tool", len(element.findall(f".//{_MDA}meta")))
        place = Place(self.number)
        segments = [e for e in parts if e.tag == f"{_N}segment" or _flat(e).strip()]
        for number, part in enumerate(segments, start=1):
            source, target = self._sides(part, data, where)
            yield Unit(
                name if len(segments) == 1 else f"{name}:{part.get('id') or number}",
                (Sentence(source.text, place=place, marks=source.marks),),
                () if target is None else (Sentence(target.text, place=place, marks=target.marks),),
                notes=tuple(notes),
            )
            notes = []

    def _sides(
        self, part: etree._Element, data: Mapping[str, str], where: str
    ) -> tuple[Sentence, Sentence | None]:
        source, target = part.find(f"{_N}source"), part.find(f"{_N}target")
        if source is None:
            raise FormatError("a segment has no source", where=where, remedy="write the file anew")
        return self._sentence(source, data), None if target is None else self._sentence(target, data)

    def _sentence(self, element: etree._Element, data: Mapping[str, str]) -> Sentence:
        collector = Collector()
        self._collect(element, collector, data)
        text, marks = collector.done()
        return Sentence(text, marks=marks)

    def _collect(self, parent: etree._Element, into: Collector, data: Mapping[str, str]) -> None:
        into.text(parent.text or "")
        for child in parent:
            if isinstance(child.tag, str):
                self._inline(child, into, data)
            into.text(child.tail or "")

    def _inline(self, element: etree._Element, into: Collector, data: Mapping[str, str]) -> None:
        tag = etree.QName(element).localname
        name = element.get("id", "")
        kind = _kind(element)

        def code(reference: str) -> str:
            held = data.get(element.get(reference, ""))
            return f'<{tag} id="{name}">' if held is None else held

        if tag == "cp":
            into.text(_character(element.get("hex", "")))
        elif tag == "pc":
            into.open(f"pc {name}", code("dataRefStart"), kind)
            self._collect(element, into, data)
            closing = data.get(element.get("dataRefEnd", ""))
            into.close(f"pc {name}", "</pc>" if closing is None else closing)
        elif tag == "sc":
            into.open(name, code("dataRef"), kind)
        elif tag == "ec":
            held = data.get(element.get("dataRef", ""))
            into.close(element.get("startRef") or name, "</sc>" if held is None else held)
        elif tag == "ph":
            held = data.get(element.get("dataRef", ""))
            into.point(f'<ph id="{name}"/>' if held is None else held, kind)
        else:  # mrk, sm, em: annotations
            if tag != "em":
                self.losses.add("annotations")
            self._collect(element, into, data)


def _kind(element: etree._Element) -> str:
    """What a code is, in our words."""
    element_type, subtype = element.get("type", ""), element.get("subType", "")
    known = _KINDS.get((element_type, subtype)) or _KINDS.get((element_type, ""))
    return known or subtype.removeprefix(f"{OURS}:").replace(":", "-")


def _character(hexadecimal: str) -> str:
    try:
        return chr(int(hexadecimal, 16))
    except (ValueError, OverflowError):
        return "\N{REPLACEMENT CHARACTER}"


def _chars(element: etree._Element) -> str:
    """The text of ``data``, in which characters may be ``cp``."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.tag == f"{_N}cp":
            parts.append(_character(child.get("hex", "")))
        parts.append(child.tail or "")
    return "".join(parts)


def _flat(element: etree._Element) -> str:
    return "".join(element.itertext())


FORMAT = Format(
    "xliff 2.1",
    (".xliff",),
    "XLIFF 2.1, for newer translators' tools",
    write,
    read,
    read_units=read_units,
    write_units=write_units,
    keeps=ALL_TRAITS - {Trait.LAYOUT},
)
