"""XLIFF 1.2 (``.xlf``): what nearly every translators' tool opens.

The rules are those of the OASIS standard of 2008-02-01 and its strict schema. A bead
is a ``trans-unit``; inline marks are ``bpt``, ``ept`` and ``ph``. Flags are notes that
annotate the target, the rest of what is known of a unit stands in a ``context-group``
(``corpus.formats._facts`` has the names), and the translation with its confidence
in an ``alt-trans`` with ``match-quality``. Provenance is a ``phase`` with notes, and
a ``tool``.

Files of other tools are read: units cut by ``seg-source`` and ``mrk`` give a unit a
segment, inline codes become marks, notes are kept. What has no place (alternative
translations, binary units, annotations) is counted as lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import IO

from lxml import etree

from corpus.bitext import Bitext
from corpus.document import Mark
from corpus.errors import FormatError
from corpus.formats import Format
from corpus.formats._common import utc
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
from corpus.formats._xliff import ABSENT, OURS, XLIFF_1, XML_SPACE, Ids, Losses, made, parse, with_absent
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

NAMESPACE = XLIFF_1
_N = f"{{{NAMESPACE}}}"

# Values of ctype for bpt and for ph; others get "x-".
_PAIRED = {"bold": "bold", "italic": "italic", "underline": "underlined", "link": "link"}
_SINGLE = {"image": "image", "break": "lb"}
_KINDS = {name: kind for kind, name in (_PAIRED | _SINGLE).items()}
_PHASE = "translation"


# Writing


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the bitext as an XLIFF 1.2 file in UTF-8."""
    write_units(units_of(bitext), stream)


def write_units(units: Units, stream: IO[bytes]) -> None:
    """Write ``units`` one by one as they come."""
    head = units.head
    provenance = head.provenance
    attributes = {
        "original": legal(head.file.name) or "unknown",
        "source-language": legal(head.source_language),
        "target-language": legal(head.target_language),
        "datatype": "plaintext",
        "tool-id": OURS,
    }
    date = _date(provenance.created)
    if date:
        attributes["date"] = date
    ids = Ids()
    with etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        root = xml.element(f"{_N}xliff", version="1.2", nsmap={None: NAMESPACE})
        with root, xml.element(f"{_N}file", attributes):
            xml.write(_header(head, date), pretty_print=True)
            with xml.element(f"{_N}body"):
                for unit in units.units:
                    xml.write(_unit(head, unit, ids), pretty_print=True)


def _header(head: Head, date: str) -> etree._Element:
    provenance = head.provenance
    header = etree.Element(f"{_N}header", nsmap={None: NAMESPACE})
    phases = etree.SubElement(header, f"{_N}phase-group")
    phase = etree.SubElement(phases, f"{_N}phase")
    phase.set("phase-name", _PHASE)
    phase.set("process-name", "translation")
    phase.set("tool-id", OURS)
    if date:
        phase.set("date", date)
    for name, value in head_facts(head).items():
        _note(phase, value, name)
    for note in provenance.notes:
        _note(header, note, OURS)
    name, _, version = provenance.tool.partition(" ")
    tool = etree.SubElement(header, f"{_N}tool")
    tool.set("tool-id", OURS)
    tool.set("tool-name", legal(name) or OURS)
    if version:
        tool.set("tool-version", legal(version))
    return header


def _unit(head: Head, unit: Unit, ids: Ids) -> etree._Element:
    element = etree.Element(f"{_N}trans-unit", nsmap={None: NAMESPACE})
    element.set("id", ids.of(unit.id))
    element.set(XML_SPACE, "preserve")
    if element.get("id") != unit.id:
        element.set("resname", legal(unit.id))
    source, target = joined_marks(unit.source), joined_marks(unit.target)
    numbers = numbers_of(source, target)
    _text(etree.SubElement(element, f"{_N}source"), join(unit.source), source, numbers[0])
    if unit.target:
        held = etree.SubElement(element, f"{_N}target")
        held.set("state", "translated" if unit.origin == "human" else "needs-review-translation")
        qualifier = {"mt": "leveraged-mt", "memory": "leveraged-tm"}.get(unit.origin)
        if qualifier:
            held.set("state-qualifier", qualifier)
        held.set("phase-name", _PHASE)
        _text(held, join(unit.target), target, numbers[1])
    facts = with_absent(unit_facts(unit), unit)
    group = etree.SubElement(element, f"{_N}context-group")
    group.set("name", f"{OURS}:{element.get('id')}")  # names must differ
    group.set("purpose", "information")
    flags = [("flag", flag_code(flag)) for flag in unit.flags]
    for name, value in [*facts.items(), *flags]:
        context = etree.SubElement(group, f"{_N}context")
        context.set("context-type", f"x-{name}")
        context.text = legal(value)
    if not len(group):  # the schema wants a context in a group
        element.remove(group)
    for flag in unit.flags:
        note = _note(element, flag_note(flag), OURS)
        note.set("annotates", "target")
        note.set("priority", "5" if flag.repaired else "1")
    for text in unit.notes:
        _note(element, text)
    if unit.target and unit.confidence is not None:
        match = etree.SubElement(element, f"{_N}alt-trans")
        match.set("match-quality", f"{unit.confidence:.0%}")
        match.set("tool-id", OURS)
        match.set("origin", legal(head.provenance.model or OURS))
        etree.SubElement(match, f"{_N}target").text = legal(join(unit.target))
    return element


def _text(parent: etree._Element, text: str, marks: Sequence[Mark], numbers: Sequence[int]) -> None:
    last: etree._Element | None = None
    parent.text = ""  # or codes alone would be set on lines of their own
    for piece in pieces(text, marks, numbers):
        if isinstance(piece, Code):
            last = _code(parent, piece)
        elif last is None:
            parent.text = legal(piece)
        else:
            last.tail = legal(piece)


def _code(parent: etree._Element, code: Code) -> etree._Element:
    tag = {Role.OPEN: "bpt", Role.CLOSE: "ept", Role.POINT: "ph"}[code.role]
    element = etree.SubElement(parent, f"{_N}{tag}")
    element.set("id", str(code.number))
    if code.role is not Role.CLOSE:
        known = _PAIRED if code.role is Role.OPEN else _SINGLE
        kind = "-".join(code.mark.kind.split()) or "code"
        element.set("ctype", known.get(code.mark.kind) or legal(f"x-{kind}"))
    element.text = legal(native(code))
    return element


def _note(parent: etree._Element, text: str, sender: str = "") -> etree._Element:
    note = etree.SubElement(parent, f"{_N}note")
    note.text = legal(text)
    if sender:
        note.set("from", legal(sender))
    return note


def _date(created: str) -> str:
    """ISO 8601 as XML Schema wants it; empty if it is no such time."""
    time = utc(created)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""


# Reading


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of an XLIFF 1.2 file. Raises :class:`FormatError`."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of an XLIFF file of any version, of this or another tool.

    Languages are what the first ``file`` says; ``languages`` fills in what it does
    not say. Raises :class:`FormatError`.
    """
    from corpus.formats import xliff21

    root = parse(stream, name)
    is_old = etree.QName(root).namespace == NAMESPACE
    return (units_from if is_old else xliff21.units_from)(root, name, languages)


def units_from(root: etree._Element, name: str, languages: Languages) -> Units:
    """The units of a file of version 1 that is parsed already."""
    files = root.findall(f"{_N}file")
    if not files:
        raise FormatError("has no file element", where=name, remedy="write it anew from the tool it is from")
    first = files[0]
    source = first.get("source-language") or languages.source
    target = first.get("target-language") or languages.target
    lost: Counter[str] = Counter()
    ours = first.find(f"{_N}header/{_N}phase-group/{_N}phase[@tool-id='{OURS}']")
    facts, tool, notes = [], "", [_flat(n) for n in first.findall(f"{_N}header/{_N}note")]
    if ours is not None:
        facts = [(note.get("from", ""), _flat(note)) for note in ours.findall(f"{_N}note")]
    found = first.find(f"{_N}header/{_N}tool")
    if found is not None and (facts or ours is None):
        tool = " ".join(part for part in (found.get("tool-name"), found.get("tool-version")) if part)
        tool = "" if tool == OURS else tool
    if ours is None:
        facts = [("source-file", first.get("original", "")), ("source-format", first.get("datatype", ""))]
    head = head_from(facts, source, target, tool=tool, notes=notes)
    reader = _Reader(name, Losses(lost))
    return Units(head, reader.units(files, source, target), lost)


class _Reader:
    """Goes through the units of a file."""

    def __init__(self, name: str, losses: Losses) -> None:
        self.name = name
        self.losses = losses
        self.number = 0

    def units(self, files: Sequence[etree._Element], source: str, target: str) -> Iterator[Unit]:
        """The units of all ``files`` that are in these languages."""
        for file in files:
            languages = (file.get("source-language") or source, file.get("target-language") or target)
            if languages != (source, target):
                self.losses.add("files in other languages")
                continue
            self.losses.add("binary units", len(file.findall(f".//{_N}bin-unit")))
            for element in file.iter(f"{_N}trans-unit"):
                yield from self._unit(element)

    def _unit(self, element: etree._Element) -> Iterator[Unit]:
        self.number += 1
        where = f"{self.name}, line {element.sourceline}"
        source = element.find(f"{_N}source")
        if source is None:
            raise FormatError("a trans-unit has no source", where=where, remedy="write the file anew")
        groups = element.findall(f"{_N}context-group")
        group = next((g for g in groups if g.get("name", "").startswith(f"{OURS}:")), None)
        contexts = [] if group is None else group.findall(f"{_N}context")
        facts = {c.get("context-type", "").removeprefix("x-"): _flat(c) for c in contexts}
        flags = [_flat(c) for c in contexts if c.get("context-type") == "x-flag"]
        notes = [_flat(note) for note in element.findall(f"{_N}note")]
        target = element.find(f"{_N}target")
        name = element.get("resname") if group is not None and element.get("resname") else element.get("id")
        if group is None:
            self.losses.add("alternative translations", len(element.findall(f"{_N}alt-trans")))
            self.losses.add("contexts of another tool", len(element.findall(f".//{_N}context")))
            yield from self._foreign(element, name or "", source, target, notes)
            return
        absent = facts.get(ABSENT, "").split()
        yield made(
            Read(
                name or "",
                None if "source" in absent else self._sentence(source),
                None if target is None or "target" in absent else self._sentence(target),
                facts,
                flags,
                notes,
            ),
            where,
        )

    def _foreign(
        self,
        element: etree._Element,
        name: str,
        source: etree._Element,
        target: etree._Element | None,
        notes: list[str],
    ) -> Iterator[Unit]:
        place = Place(self.number)
        origin = _origin(target)
        segmented = element.find(f"{_N}seg-source")
        sources = self._segments(segmented) if segmented is not None else {}
        targets = self._segments(target) if target is not None and sources else {}
        if not sources or (targets.keys() != sources.keys() and target is not None):
            sides = [None if side is None else self._sentence(side, place) for side in (source, target)]
            yield Unit(name, _side(sides[0]), _side(sides[1]), origin, notes=tuple(notes))
            return
        for mid, sentence in sources.items():
            unit_id = f"{name}:{mid}" if len(sources) > 1 else name
            yield Unit(
                unit_id,
                (self._placed(sentence, place),),
                (self._placed(targets[mid], place),) if mid in targets else (),
                origin,
                notes=tuple(notes),
            )
            notes = []  # once is enough

    def _segments(self, element: etree._Element) -> dict[str, Sentence]:
        """The segments by their mid. What stands between them, if not space, is counted."""
        found: dict[str, Sentence] = {}
        for marker in element.iter(f"{_N}mrk"):
            if marker.get("mtype") == "seg":
                mid = marker.get("mid", "")
                if mid in found:
                    return {}
                found[mid] = self._sentence(marker)
        inside = "".join(sentence.text for sentence in found.values())
        whole = self._sentence(element).text
        # Text outside the segments would be lost: such a unit is taken whole.
        return found if _unspaced(inside) == _unspaced(whole) else {}

    def _placed(self, sentence: Sentence, place: Place) -> Sentence:
        return Sentence(sentence.text, place=place, marks=sentence.marks)

    def _sentence(self, element: etree._Element, place: Place | None = None) -> Sentence:
        collector = Collector()
        self._collect(element, collector)
        text, marks = collector.done()
        return Sentence(text, marks=marks) if place is None else Sentence(text, place=place, marks=marks)

    def _collect(self, parent: etree._Element, into: Collector) -> None:
        into.text(parent.text or "")
        for child in parent:
            if isinstance(child.tag, str):
                self._inline(child, into)
            into.text(child.tail or "")

    def _inline(self, element: etree._Element, into: Collector) -> None:
        tag = etree.QName(element).localname
        kind = element.get("ctype") or ""
        kind = _KINDS.get(kind, kind.removeprefix("x-"))
        key = element.get("rid") or element.get("id") or ""
        if tag == "mrk":
            if element.get("mtype") != "seg":
                self.losses.add("annotations")
            self._collect(element, into)
        elif tag == "g":
            number = f"g {element.get('id', '')} {into.length}"
            into.open(number, _as_code(element, "<g", ">"), kind)
            self._collect(element, into)
            into.close(number, "</g>")
        elif tag == "bpt":
            into.open(key, self._code_text(element), kind)
        elif tag == "ept":
            into.close(key, self._code_text(element))
        elif tag == "bx":
            into.open(f"x {key}", _as_code(element, "<bx", ">"), kind)
        elif tag == "ex":
            into.close(f"x {key}", "</bx>")
        elif tag == "x":
            into.point(_as_code(element, "<x", "/>"), kind)
        elif tag in ("ph", "it"):
            into.point(self._code_text(element), kind)
        else:
            self.losses.add(f"{tag} elements")
            self._collect(element, into)

    def _code_text(self, element: etree._Element) -> str:
        self.losses.add("sub-flows inside codes", len(element.findall(f".//{_N}sub")))
        return "".join([element.text or "", *(child.tail or "" for child in element)])


def _as_code(element: etree._Element, start: str, end: str) -> str:
    """An element without native code as a tag of its own."""
    names = ("id", "rid", "ctype", "equiv-text", "xid", "clone")
    given = [f' {name}="{_quoted(element.get(name, ""))}"' for name in names if element.get(name)]
    return f"{start}{''.join(given)}{end}"


def _unspaced(text: str) -> str:
    return "".join(text.split())


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _origin(target: etree._Element | None) -> str:
    """Who translated, as far as the file says."""
    qualifier = "" if target is None else target.get("state-qualifier", "")
    if qualifier in ("mt-suggestion", "leveraged-mt"):
        return "mt"
    memory = ("tm-suggestion", "leveraged-tm", "exact-match", "fuzzy-match", "id-match")
    return "memory" if qualifier in memory else ""


def _side(sentence: Sentence | None) -> tuple[Sentence, ...]:
    return () if sentence is None else (sentence,)


def _flat(element: etree._Element) -> str:
    return "".join(element.itertext())


FORMAT = Format(
    "xliff 1.2",
    (".xlf",),
    "XLIFF 1.2, for translators' tools",
    write,
    read,
    read_units=read_units,
    write_units=write_units,
    keeps=ALL_TRAITS - {Trait.LAYOUT},
)
