"""TMX 1.4b: translation memories, for computer-aided translation tools.

The rules are those of the TMX 1.4b specification (LISA OSCAR, 2005-04-26). Both
directions work unit by unit, in memory that does not grow with the file.

What is written:

- a translation unit (``tu``) a bead, with the bead's id as ``tuid``;
- a variant (``tuv``) for each side that has segments. A bead with an empty side
  (1-0, 0-1) so gives a unit with one variant, which the DTD allows (``tuv+``), and
  no tool offers an empty translation as a match. A segment that is there but whose
  text is empty gives an empty ``seg``. Nothing is left out;
- inline marks as ``bpt``, ``ept`` and ``ph`` (level 2). The view ``level-1`` leaves
  them out, for tools that take text alone;
- ``prop`` elements for what TMX has no field for (``corpus.formats._facts`` has the
  names), and a ``note`` with each flag's message, which tools show to the translator;
- provenance and document as ``prop`` and ``note`` of the header;
- for characters that XML 1.0 cannot hold, U+FFFD, and a ``prop`` that lists them.

All of it is read back, and so are the memories of other tools: their notes are kept,
their properties and dates are counted as lost.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, NoReturn
from xml.parsers import expat

from lxml import etree

from corpus.bitext import Bitext
from corpus.document import Mark
from corpus.errors import FormatError, InputError
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
from corpus.formats._inline import Code, Collector, Role, native, numbers_of, pieces
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
    join,
    joined_marks,
    units_of,
)

VERSION = "1.4"  # the version attribute of TMX 1.4b files
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TOOL = "tweetalig"  # o-tmf of our files: whose props have our meaning

# "Recommended values" of the type attribute for marks we know; others get "x-".
_TYPES = {
    "bold": "bold",
    "italic": "italic",
    "underline": "ulined",
    "link": "link",
    "note": "fnote",
    "image": "image",
    "break": "lb",
}
_KINDS = {name: kind for kind, name in _TYPES.items()}


# Writing


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the bitext as a TMX 1.4b file in UTF-8, unit by unit."""
    write_units(units_of(bitext), stream)


def write_level_1(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write text alone, without inline codes (TMX level 1)."""
    units = units_of(bitext)
    write_units(replace(units, units=(_plain(unit) for unit in units.units)), stream)


def _plain(unit: Unit) -> Unit:
    return replace(
        unit,
        source=tuple(replace(sentence, marks=()) for sentence in unit.source),
        target=tuple(replace(sentence, marks=()) for sentence in unit.target),
    )


def write_units(units: Units, stream: IO[bytes]) -> None:
    """Write ``units`` as they come; memory does not grow with their number."""
    with etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        # No DOCTYPE: the DTD would have to be found somewhere, and careful readers
        # refuse files with one.
        with xml.element("tmx", version=VERSION):
            xml.write("\n")
            xml.write(_header(units.head), pretty_print=True)
            with xml.element("body"):
                xml.write("\n")
                for unit in units.units:
                    xml.write(_unit(units.head, unit), pretty_print=True)


def _header(head: Head) -> etree._Element:
    provenance = head.provenance
    tool, _, version = provenance.tool.partition(" ")
    header = etree.Element("header")
    required = {
        "creationtool": tool or TOOL,
        "creationtoolversion": version or "unknown",
        "segtype": "sentence",
        "o-tmf": TOOL,  # the form the units had before they became TMX
        "adminlang": "en",  # the language of notes and props
        "srclang": head.source_language,
        "datatype": "plaintext",
        "o-encoding": "UTF-8",
    }
    created = _tmx_time(provenance.created)
    if created:
        required["creationdate"] = created
    for name, value in required.items():
        header.set(name, legal(value))
    for note in provenance.notes:
        _add(header, "note", note)
    # TMX names the source language alone.
    _prop(header, "target-language", head.target_language)
    for name, value in head_facts(head).items():
        _prop(header, name, value)
    return header


def _unit(head: Head, unit: Unit) -> etree._Element:
    element = etree.Element("tu")
    if unit.id:
        element.set("tuid", legal(unit.id))
    # The DTD's order: notes and props, then variants.
    for flag in unit.flags:
        _add(element, "note", flag_note(flag))
    for note in unit.notes:
        _add(element, "note", note)
    for name, value in unit_facts(unit).items():
        _prop(element, name, value)
    for flag in unit.flags:
        _prop(element, "flag", flag_code(flag))
    source, target = joined_marks(unit.source), joined_marks(unit.target)
    numbers = numbers_of(source, target) if source or target else ([], [])
    # A unit needs one variant; a bead without any segment gets an empty source.
    if unit.source or not unit.target:
        _variant(element, head.source_language, join(unit.source), source, numbers[0])
    if unit.target:
        _variant(element, head.target_language, join(unit.target), target, numbers[1])
    return element


def _variant(
    unit: etree._Element, language: str, text: str, marks: Sequence[Mark], numbers: Sequence[int]
) -> None:
    variant = etree.SubElement(unit, "tuv")
    variant.set(XML_LANG, legal(language))
    # "All spacing and line-breaking characters are significant within a <seg>", so
    # xml:space (which the DTD lacks here) is not needed.
    segment = _add(variant, "seg", "" if marks else text)
    last: etree._Element | None = None
    for piece in pieces(text, marks, numbers) if marks else ():
        if isinstance(piece, Code):
            last = _code(segment, piece)
        elif last is None:
            segment.text = legal(piece)
        else:
            last.tail = legal(piece)


def _code(segment: etree._Element, code: Code) -> etree._Element:
    tag = {Role.OPEN: "bpt", Role.CLOSE: "ept", Role.POINT: "ph"}[code.role]
    element = _add(segment, tag, native(code))
    number = str(code.number)
    # i pairs bpt with ept inside a seg, x pairs codes between the variants.
    if code.role is not Role.POINT:
        element.set("i", number)
    if code.role is not Role.CLOSE:
        element.set("x", number)
        element.set("type", legal(_TYPES.get(code.mark.kind, "x-" + "-".join(code.mark.kind.split()))))
    return element


def _prop(parent: etree._Element, name: str, value: str) -> None:
    # "Tool-specific types start with x-". White space would split the name.
    _add(parent, "prop", value).set("type", legal("x-" + "-".join(name.split())))


def _add(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, name)
    element.text = legal(text)
    return element


def _tmx_time(created: str) -> str:
    """ISO 8601 as TMX wants it, ``YYYYMMDDThhmmssZ``; empty if it is no such time."""
    time = utc(created)
    return time.strftime("%Y%m%dT%H%M%SZ") if time else ""


# Reading


@dataclass(frozen=True, slots=True)
class TmxPair:
    """A source and a target variant of one translation unit.

    Texts are as the file has them, with inline codes taken out; either may be
    empty. Languages are as the file spells them. ``id`` is the unit's ``tuid`` or
    empty; ``line`` is where the unit starts, from 1.
    """

    source: str
    target: str
    source_language: str
    target_language: str
    id: str
    line: int


_CHUNK = 1 << 16
_LONGEST = 10_000_000  # characters in one segment; more is not a translation memory
_CODES = frozenset({"bpt", "ept", "it", "ph", "ut"})  # their content is native code
_BREAKS = frozenset({"lb", "pb", "cb"})  # types of ph that stand for a line, page or column break
_MOST_VARIANTS = 1000  # in one unit: combinations of them would fill the memory
_DEEPEST = 100  # elements inside one another


def read(stream: IO[bytes], name: str) -> Bitext:
    """The Dutch and English of a TMX file as a bitext. Raises :class:`FormatError`."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a TMX file of any version, in file order, one by one.

    A unit with one of the languages gives a unit with one side. Several variants of
    a language give a unit for each combination. Languages match as in
    :func:`read_pairs`. Raises what that raises.
    """
    parser = expat.ParserCreate()
    handlers = _Units(name, languages.source, languages.target, parser)
    chunks = _chunks(stream, handlers)
    # The head is whole when there is a unit, whose languages it takes.
    for _ in chunks:
        if handlers.ready:
            break
    head = handlers.head()
    return Units(head, _ready_units(chunks, handlers), handlers.lost)


def _ready_units(chunks: Iterator[None], handlers: _Units) -> Iterator[Unit]:
    while True:
        while handlers.ready:
            yield from handlers.ready.popleft().units()
        if next(chunks, False) is False:
            break
    handlers.check_found(one_side_is_enough=True)


def read_pairs(origin: Path | IO[bytes], source_language: str, target_language: str) -> Iterator[TmxPair]:
    """Pairs of a TMX file of any version, in file order.

    A language matches its variants in any spelling: ``en`` matches ``en``, ``EN``,
    ``en-US`` and ``en_GB``; ``en-GB`` only itself. A unit with several variants of
    a language gives a pair for each combination; one without either language gives
    none. Inline markup is flattened: the text of ``hi`` stays, native code in
    ``bpt``, ``ept``, ``it``, ``ph`` and ``ut`` goes, with the sub-flows (``sub``)
    inside it, which are sentences of their own; a code for a break leaves a space.

    The file may be UTF-8, UTF-16 or declare another encoding. External entities are
    never fetched; entity declarations are refused. Raises :class:`InputError` if
    the file cannot be opened, and :class:`FormatError` naming file and line if it
    is not TMX or has no pair in these languages.
    """
    if isinstance(origin, Path):
        try:
            stream = origin.open("rb")
        except OSError as error:
            raise InputError(
                error.strerror or str(error), where=str(origin), remedy="check the name"
            ) from None
        with stream:
            yield from _pairs(stream, str(origin), source_language, target_language)
    else:
        name = str(getattr(origin, "name", "the TMX stream"))
        yield from _pairs(origin, name, source_language, target_language)


def _pairs(stream: IO[bytes], name: str, source: str, target: str) -> Iterator[TmxPair]:
    handlers = _Units(name, source, target, expat.ParserCreate(), breaks_as_space=True)
    for _ in _chunks(stream, handlers):
        while handlers.ready:
            yield from handlers.ready.popleft().pairs()
    handlers.check_found()


def _chunks(stream: IO[bytes], handlers: _Units) -> Iterator[None]:
    """Parse ``stream`` piece by piece, stopping after each."""
    parser = handlers.parser
    parser.buffer_text = True
    while True:
        chunk = stream.read(_CHUNK)
        try:
            parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise FormatError(
                f"is not well-formed XML ({reason})",
                where=f"{handlers.name}, line {error.lineno}",
                remedy="is the file whole? Write it again from the tool it comes from",
            ) from None
        yield
        if not chunk:
            return


@dataclass(slots=True)
class _Variant:
    language: str
    text: str
    marks: tuple[Mark, ...]


@dataclass(slots=True)
class _Raw:
    """A translation unit as the file has it, with the variants that are asked for."""

    name: str
    id: str
    line: int
    ours: bool
    sources: list[_Variant]
    targets: list[_Variant]
    props: list[tuple[str, str]]
    notes: list[str]

    def pairs(self) -> Iterator[TmxPair]:
        """Every combination of a source and a target variant."""
        for source in self.sources:
            for target in self.targets:
                yield TmxPair(source.text, target.text, source.language, target.language, self.id, self.line)

    def units(self) -> Iterator[Unit]:
        """The same, and a unit with one side where the other has no variant."""
        facts = dict(self.props) if self.ours else {}
        flags = [value for name, value in self.props if name == "flag"] if self.ours else []
        sources: Sequence[_Variant | None] = self.sources or [None]
        targets: Sequence[_Variant | None] = self.targets or [None]
        for source in sources:
            for target in targets:
                try:
                    yield self._unit(source, target, facts, flags)
                except FactError as error:
                    raise facts_error(error, f"{self.name}, line {self.line}") from None

    def _unit(
        self, source: _Variant | None, target: _Variant | None, facts: Mapping[str, str], flags: Sequence[str]
    ) -> Unit:
        if source is not None and target is None and not source.text and "block" not in facts and self.ours:
            source = None  # a bead without any segment
        return unit_from(Read(self.id, _sentence(source), _sentence(target), facts, flags, self.notes))


def _sentence(variant: _Variant | None) -> Sentence | None:
    return None if variant is None else Sentence(variant.text, marks=variant.marks)


@dataclass
class _Units:
    """Handlers for the parser: collects one unit at a time."""

    name: str
    source: str
    target: str
    parser: expat.XMLParserType
    breaks_as_space: bool = False
    ready: deque[_Raw] = field(default_factory=deque)
    units: int = 0
    found: int = 0
    either: int = 0
    languages: set[str] = field(default_factory=set)
    lost: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._path: list[str] = []  # open elements
        self._line = 0
        self._id = ""
        self._language: str | None = None
        self._variants: list[_Variant] = []
        self._header: dict[str, str] = {}
        self._header_props: list[tuple[str, str]] = []
        self._header_notes: list[str] = []
        self._props: list[tuple[str, str]] = []
        self._notes: list[str] = []
        self._prop_name = ""
        self._text: list[str] | None = None  # parts of an open note or prop
        self._segment: Collector | None = None
        self._length = 0
        self._code: list[str] | None = None  # parts of open native code
        self._code_depth = 0
        self._code_start: tuple[str, str, str] = ("", "", "")  # tag, number, type
        self._highlights: list[str] = []  # numbers of open hi elements
        parser = self.parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        # Entities have no use in TMX, and every use in attacks.
        parser.EntityDeclHandler = self._entity_declared
        parser.SkippedEntityHandler = self._entity_skipped

    @property
    def _ours(self) -> bool:
        return self._header.get("o-tmf") == TOOL

    def head(self) -> Head:
        """What the header says."""
        tool = " ".join(
            part
            for part in (self._header.get("creationtool"), self._header.get("creationtoolversion"))
            if part and part != "unknown"
        )
        facts = {name: value for name, value in self._header_props if self._ours}
        if not self._ours and self._header_props:
            self.lost["properties of another tool"] += len(self._header_props)
        first = self.ready[0] if self.ready else None
        source = first.sources[0].language if first and first.sources else self._header.get("srclang", "")
        target = first.targets[0].language if first and first.targets else facts.get("target-language", "")
        return head_from(
            facts.items(),
            source if _matches(source, self.source) else self.source,
            target if _matches(target, self.target) else self.target,
            tool="" if tool == TOOL else tool,
            notes=self._header_notes,
        )

    def check_found(self, *, one_side_is_enough: bool = False) -> None:
        """At the end: units without a single pair mean the wrong languages."""
        if self.units and not (self.either if one_side_is_enough else self.found):
            there = ", ".join(sorted(self.languages)) or "none"
            raise FormatError(
                f"has no unit in both {self.source} and {self.target} (languages: {there})",
                where=self.name,
                remedy="give a translation memory in these languages",
            )

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self._path and tag != "tmx":
            self._fail(f"is not TMX (its root element is {tag})")
        if len(self._path) >= _DEEPEST:
            self._fail(f"has elements more than {_DEEPEST} deep")
        self._path.append(tag)
        if self._segment is not None:
            self._start_inline(tag, attributes)
        elif tag == "header":
            self._header = dict(attributes)
        elif tag == "tu":
            self.units += 1
            self._line = self.parser.CurrentLineNumber
            self._id = attributes.get("tuid", "")
            self._variants, self._props, self._notes = [], [], []
        elif tag == "tuv":
            # Versions before 1.4 have lang without the prefix.
            language = attributes.get("xml:lang") or attributes.get("lang")
            if not language:
                self._fail("a tuv has no xml:lang")
            if len(self._variants) >= _MOST_VARIANTS:
                self._fail(f"a unit has more than {_MOST_VARIANTS} variants")
            self._language = language
        elif tag == "seg":
            if self._language is None:
                self._fail("a seg is not in a tuv")
            self._segment = Collector()
            self._length = 0
            self._code = None
            self._highlights = []
        elif tag in ("note", "prop"):
            self._text = []
            self._length = 0
            self._prop_name = attributes.get("type", "")

    def _start_inline(self, tag: str, attributes: Mapping[str, str]) -> None:
        assert self._segment is not None
        if self._code is not None:
            self._code_depth += 1
            if tag == "sub":
                self.lost["sub-flows inside codes"] += 1
        elif tag in _CODES:
            self._code = []
            self._code_depth = 0
            number = attributes.get("i") or attributes.get("x") or ""
            self._code_start = (tag, number, attributes.get("type", ""))
        elif tag == "hi":
            number = f"hi {len(self._highlights)} {self._segment.length}"
            self._highlights.append(number)
            self._segment.open(number, "<hi>", attributes.get("type", ""))

    def _end(self, tag: str) -> None:
        self._path.pop()
        if self._segment is not None and tag != "seg":
            self._end_inline(tag)
        elif self._segment is not None:
            text, marks = self._segment.done()
            self._variants.append(_Variant(self._language or "", text, marks))
            self._segment = None
        elif self._text is not None and tag in ("note", "prop"):
            self._end_remark(tag, "".join(self._text))
            self._text = None
        elif tag == "tuv":
            self._language = None
        elif tag == "tu":
            self._finish_unit()

    def _end_inline(self, tag: str) -> None:
        assert self._segment is not None
        if self._code is None:
            if tag == "hi" and self._highlights:
                self._segment.close(self._highlights.pop(), "</hi>")
        elif self._code_depth:
            self._code_depth -= 1
        else:
            content = "".join(self._code)
            self._code = None
            opened, number, kind = self._code_start
            kind = _KINDS.get(kind, kind.removeprefix("x-"))
            if opened == "bpt":
                self._segment.open(number, content, kind)
            elif opened == "ept":
                self._segment.close(number, content)
            else:
                if self.breaks_as_space and self._code_start[2] in _BREAKS:
                    self._segment.text(" ")
                self._segment.point(content, kind)

    def _end_remark(self, tag: str, text: str) -> None:
        if "tuv" in self._path:
            # Whose variant a remark is on is something a unit of ours cannot say.
            if tag == "note":
                self._notes.append(text)
            else:
                self.lost["properties of another tool"] += 1
        elif "tu" in self._path:
            self._remark(tag, text, self._notes, self._props)
            if tag == "prop" and not self._ours:
                self.lost["properties of another tool"] += 1
        elif self._path[-1:] == ["header"]:
            self._remark(tag, text, self._header_notes, self._header_props)

    def _remark(self, tag: str, text: str, notes: list[str], props: list[tuple[str, str]]) -> None:
        if tag == "note":
            notes.append(text)
        else:
            props.append((self._prop_name.removeprefix("x-"), text))

    def _characters(self, text: str) -> None:
        if self._code is not None:
            parts = self._code
        elif self._segment is not None:
            parts = None
        elif self._text is not None:
            parts = self._text
        else:
            return
        self._length += len(text)
        if self._length > _LONGEST:
            self._fail(f"a segment has more than {_LONGEST:,} characters")
        if parts is not None:
            if parts is not self._code or not self._code_depth:
                parts.append(text)
        elif self._segment is not None:
            self._segment.text(text)

    def _finish_unit(self) -> None:
        self.languages |= {variant.language for variant in self._variants}
        sources = [v for v in self._variants if _matches(v.language, self.source)]
        targets = [v for v in self._variants if _matches(v.language, self.target)]
        self.found += len(sources) * len(targets)
        others = len(self._variants) - len(sources) - len(targets)
        if others > 0:
            self.lost["variants in other languages"] += others
        if sources or targets:
            self.either += 1
            self.ready.append(
                _Raw(self.name, self._id, self._line, self._ours, sources, targets, self._props, self._notes)
            )

    def _entity_declared(self, name: str, *_: object) -> None:
        self._fail(f"declares an entity ({name}), which is refused")

    def _entity_skipped(self, name: str, _: bool) -> None:
        self._fail(f"uses an entity that XML does not have (&{name};)")

    def _fail(self, problem: str) -> NoReturn:
        raise FormatError(
            problem,
            where=f"{self.name}, line {self.parser.CurrentLineNumber}",
            remedy="give a TMX file as translation tools write it",
        )


def _matches(language: str, wanted: str) -> bool:
    """Basic filtering of RFC 4647: equal, or equal up to a hyphen."""
    language = language.lower().replace("_", "-")
    wanted = wanted.lower()
    return language == wanted or language.startswith(wanted + "-")


FORMAT = Format(
    "tmx",
    (".tmx",),
    "translation memory (TMX 1.4b), for translators' tools",
    write,
    read,
    views={"level-1": write_level_1},
    read_units=read_units,
    write_units=write_units,
    streams=True,
    keeps=ALL_TRAITS - {Trait.LAYOUT},
)
