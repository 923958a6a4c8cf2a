"""TMX 1.4b: translation memories, for computer-aided translation tools.

The rules are those of the TMX 1.4b specification (LISA OSCAR, 2005-04-26). Both
directions work pair by pair, in memory that does not grow with the file.

What is written:

- a translation unit (``tu``) a bead, with the bead's id as ``tuid``;
- a variant (``tuv``) for each side that has segments. A bead with an empty side
  (1-0, 0-1) so gives a unit with one variant, which the DTD allows (``tuv+``), and
  no tool offers an empty translation as a match. A segment that is there but whose
  text is empty gives an empty ``seg``. Nothing is left out;
- ``prop`` elements for what TMX has no field for: block, offsets, origin, score,
  confidence, word links, flag kinds; and a ``note`` with each flag's message, which
  tools show to the translator;
- provenance and document as ``prop`` and ``note`` of the header;
- for characters that XML 1.0 cannot hold, U+FFFD, and a ``prop`` that lists them.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NoReturn
from xml.parsers import expat

from lxml import etree

from corpus.bitext import Bead, Bitext
from corpus.document import Document, Segment
from corpus.errors import FormatError, InputError
from corpus.formats import Format
from corpus.formats._common import REPLACEMENT, block_of, flag_label, pharaoh, source_span

VERSION = "1.4"  # the version attribute of TMX 1.4b files
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# All that XML 1.0 (production 2, Char) does not allow.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# Writing


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the bitext as a TMX 1.4b file in UTF-8, unit by unit."""
    with etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        # No DOCTYPE: the DTD would have to be found somewhere, and careful readers
        # refuse files with one.
        with xml.element("tmx", version=VERSION):
            xml.write("\n")
            xml.write(_header(bitext), pretty_print=True)
            with xml.element("body"):
                xml.write("\n")
                for bead in bitext.beads:
                    xml.write(_unit(bitext, bead), pretty_print=True)


def _header(bitext: Bitext) -> etree._Element:
    provenance = bitext.provenance
    tool, _, version = provenance.tool.partition(" ")
    header = etree.Element("header")
    required = {
        "creationtool": tool or "tweetalig",
        "creationtoolversion": version or "unknown",
        "segtype": "sentence",
        "o-tmf": "tweetalig",  # the form the units had before they became TMX
        "adminlang": "en",  # the language of notes and props
        "srclang": bitext.source.language,
        "datatype": "plaintext",
        "o-encoding": "UTF-8",
    }
    created = _tmx_time(provenance.created)
    if created:
        required["creationdate"] = created
    for name, value in required.items():
        header.set(name, _legal(value))
    for note in provenance.notes:
        _add(header, "note", note)
    for name, value in _document_facts(bitext).items():
        _prop(header, name, value)
    return header


def _document_facts(bitext: Bitext) -> dict[str, str]:
    """Provenance and source document as named texts, without the empty ones."""
    provenance = bitext.provenance
    source = bitext.source.source
    facts = {
        "model": provenance.model,
        "weights-sha256": provenance.weights_sha256,
        "engine": provenance.engine,
        "segmentation": provenance.segmentation,
        "created": provenance.created,
        "source-file": source.name,
        "source-sha256": source.sha256,
        "source-encoding": source.encoding,
        "source-format": source.format,
    }
    facts |= {f"setting-{name}": str(value) for name, value in provenance.settings.items()}
    facts |= {f"extra-{name}": value for name, value in provenance.extra.items()}
    facts |= {f"metadata-{name}": value for name, value in bitext.source.metadata.items()}
    return {name: value for name, value in facts.items() if value}


def _unit(bitext: Bitext, bead: Bead) -> etree._Element:
    unit = etree.Element("tu")
    unit.set("tuid", _legal(bead.id))
    source = bitext.source_segments(bead)
    target = bitext.target_segments(bead)
    # The DTD's order: notes and props, then variants.
    for flag in bead.flags:
        _add(unit, "note", f"{flag_label(flag)}: {flag.message}")
    for name, value in _bead_facts(bitext, bead).items():
        _prop(unit, name, value)
    for flag in bead.flags:
        _prop(unit, "flag", f"{flag.kind.value}:repaired" if flag.repaired else flag.kind.value)
    for side, text in (("source", bitext.source_text(bead)), ("target", bitext.target_text(bead))):
        if _ILLEGAL.search(text):
            _prop(unit, f"illegal-characters-{side}", _illegal_list(text))
    # A unit needs one variant; a bead without any segment gets an empty source.
    if source or not target:
        _variant(unit, bitext.source, source)
    if target:
        _variant(unit, bitext.target, target)
    return unit


def _bead_facts(bitext: Bitext, bead: Bead) -> dict[str, str]:
    block = block_of(bitext, bead)
    span = source_span(bitext, bead)
    facts = {
        "block": "" if block is None else block.kind.value,
        "source-segments": "" if bead.source == (bead.id,) else " ".join(bead.source),
        "target-segments": "" if bead.target == (bead.id,) else " ".join(bead.target),
        "source-offsets": "" if span is None else f"{span.start} {span.end}",
        "origin": bead.origin,
        "score": "" if bead.score is None else repr(bead.score),
        "confidence": "" if bead.confidence is None else repr(bead.confidence),
        "links": pharaoh(bead.links),
    }
    return {name: value for name, value in facts.items() if value}


def _variant(unit: etree._Element, document: Document, segments: tuple[Segment, ...]) -> None:
    variant = etree.SubElement(unit, "tuv")
    variant.set(XML_LANG, _legal(document.language))
    # "All spacing and line-breaking characters are significant within a <seg>", so
    # xml:space (which the DTD lacks here) is not needed.
    _add(variant, "seg", " ".join(segment.text for segment in segments))


def _prop(parent: etree._Element, name: str, value: str) -> None:
    # "Tool-specific types start with x-". White space would split the name.
    _add(parent, "prop", value).set("type", _legal("x-" + "-".join(name.split())))


def _add(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, name)
    element.text = _legal(text)
    return element


def _legal(text: str) -> str:
    return _ILLEGAL.sub(REPLACEMENT, text)


def _illegal_list(text: str) -> str:
    """Which characters became U+FFFD, and where in the text."""
    return " ".join(f"U+{ord(found.group()):04X}@{found.start()}" for found in _ILLEGAL.finditer(text))


def _tmx_time(created: str) -> str:
    """ISO 8601 as TMX wants it, ``YYYYMMDDThhmmssZ``; empty if it is no such time."""
    try:
        time = datetime.fromisoformat(created)
    except ValueError:
        return ""
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return time.strftime("%Y%m%dT%H%M%SZ")


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
            yield from _parse(stream, str(origin), source_language, target_language)
    else:
        name = str(getattr(origin, "name", "the TMX stream"))
        yield from _parse(origin, name, source_language, target_language)


def _parse(stream: IO[bytes], name: str, source: str, target: str) -> Iterator[TmxPair]:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    units = _Units(name, source, target, parser)
    while True:
        chunk = stream.read(_CHUNK)
        try:
            parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise FormatError(
                f"is not well-formed XML ({reason})",
                where=f"{name}, line {error.lineno}",
                remedy="is the file whole? Write it again from the tool it comes from",
            ) from None
        while units.ready:
            yield units.ready.popleft()
        if not chunk:
            break
    units.check_found()


@dataclass(slots=True)
class _Variant:
    language: str
    text: str


@dataclass
class _Units:
    """Handlers for the parser: collects one unit at a time into pairs."""

    name: str
    source: str
    target: str
    parser: expat.XMLParserType
    ready: deque[TmxPair] = field(default_factory=deque)
    units: int = 0
    found: int = 0
    languages: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._depth = 0
        self._line = 0
        self._id = ""
        self._language: str | None = None
        self._variants: list[_Variant] = []
        self._text: list[str] | None = None  # parts of the open seg
        self._length = 0
        self._code = 0  # depth inside native code
        parser = self.parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        # Entities have no use in TMX, and every use in attacks.
        parser.EntityDeclHandler = self._entity_declared
        parser.SkippedEntityHandler = self._entity_skipped

    def check_found(self) -> None:
        """At the end: units without a single pair mean the wrong languages."""
        if self.units and not self.found:
            there = ", ".join(sorted(self.languages)) or "none"
            raise FormatError(
                f"has no unit in both {self.source} and {self.target} (languages: {there})",
                where=self.name,
                remedy="give a translation memory in these languages",
            )

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and tag != "tmx":
            self._fail(f"is not TMX (its root element is {tag})")
        if self._text is not None:
            self._start_inline(tag, attributes)
        elif tag == "tu":
            self.units += 1
            self._line = self.parser.CurrentLineNumber
            self._id = attributes.get("tuid", "")
            self._variants = []
        elif tag == "tuv":
            # Versions before 1.4 have lang without the prefix.
            language = attributes.get("xml:lang") or attributes.get("lang")
            if not language:
                self._fail("a tuv has no xml:lang")
            self._language = language
        elif tag == "seg":
            if self._language is None:
                self._fail("a seg is not in a tuv")
            self._text = []
            self._length = 0
            self._code = 0

    def _start_inline(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._code or tag in _CODES:
            if not self._code and attributes.get("type") in _BREAKS:
                self._characters(" ")
            self._code += 1

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._text is not None and tag != "seg":
            self._code = max(0, self._code - 1)
        elif self._text is not None:
            self._variants.append(_Variant(self._language or "", "".join(self._text)))
            self._text = None
        elif tag == "tuv":
            self._language = None
        elif tag == "tu":
            self._finish_unit()

    def _characters(self, text: str) -> None:
        if self._text is None or self._code:
            return
        self._length += len(text)
        if self._length > _LONGEST:
            self._fail(f"a segment has more than {_LONGEST:,} characters")
        self._text.append(text)

    def _finish_unit(self) -> None:
        self.languages |= {variant.language for variant in self._variants}
        sources = [v for v in self._variants if _matches(v.language, self.source)]
        targets = [v for v in self._variants if _matches(v.language, self.target)]
        for source in sources:
            for target in targets:
                self.found += 1
                self.ready.append(
                    TmxPair(source.text, target.text, source.language, target.language, self._id, self._line)
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


FORMAT = Format("tmx", (".tmx",), "translation memory (TMX 1.4b), for translators' tools", write)
