"""TMX: a translation unit a row. Units come out as they were, with an English variant more.

The text is the unit's Dutch variant, inline codes taken out, unless another language is named
as the column. A unit that already has a variant in English, or none in Dutch, is a row
without a text: it comes out unchanged. What is added is a ``tuv`` with two ``prop`` elements
(TMX 1.4b: "Tool-specific types start with x-"), ``x-confidence`` and ``x-flags``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NoReturn

from lxml import etree

from corpus.document import one_line
from corpus.errors import FormatError
from corpus.shards import Columns, Pair, Row, RowTranslation, ShardFormat, opened

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SOURCE, TARGET = "nl", "en"
_CODES = frozenset({"bpt", "ept", "it", "ph", "ut"})  # their content is native code
_ILLEGAL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "\N{REPLACEMENT CHARACTER}")


def read(path: Path, columns: Columns) -> Iterator[Row]:
    """A row a unit, whose content is its XML."""
    language = columns.source or SOURCE
    for unit in _units(path, "tu"):
        variants = {_language(variant): variant for variant in unit.iterchildren("tuv")}
        source = next((tuv for name, tuv in variants.items() if _is(name, language)), None)
        seg = source.find("seg") if source is not None else None
        done = any(_is(name, TARGET) for name in variants)
        text = None if seg is None or done else one_line("".join(_text(seg)))
        unit.tail = None
        yield Row(text, etree.tostring(unit, encoding="unicode"), f"unit at line {unit.sourceline}")


def write(path: Path, _: Columns, pairs: Iterable[Pair], stream: IO[bytes]) -> None:
    """The header of ``path`` and the units, in UTF-8."""
    with etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        version, header = _head(path)
        with xml.element("tmx", version=version):
            xml.write("\n")
            if header is not None:
                xml.write(header)
                xml.write("\n")
            with xml.element("body"):
                xml.write("\n")
                for row, made in pairs:
                    unit = etree.fromstring(row.content, _parser())
                    if made.text is not None:
                        _add(unit, made)
                    xml.write(unit)
                    xml.write("\n")


def _add(unit: etree._Element, made: RowTranslation) -> None:
    variant = etree.SubElement(unit, "tuv")
    variant.set(XML_LANG, TARGET)
    # The DTD's order in a tuv: note and prop before seg.
    if made.confidence is not None:
        etree.SubElement(variant, "prop", type="x-confidence").text = f"{made.confidence:.4f}"
    for flag in made.flags:
        etree.SubElement(variant, "prop", type="x-flag").text = flag
    etree.SubElement(variant, "seg").text = (made.text or "").translate(_ILLEGAL)


def _text(element: etree._Element) -> Iterator[str]:
    """The text of a segment without the native code in it."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _CODES:
            yield from _text(child)
        yield child.tail or ""


def _head(path: Path) -> tuple[str, etree._Element | None]:
    for element in _units(path, "tu", "header"):
        root = element.getroottree().getroot()
        if element.tag == "header":
            element.tail = None
            return root.get("version", "1.4"), element
        return root.get("version", "1.4"), None
    return "1.4", None


def _units(path: Path, *tags: str) -> Iterator[etree._Element]:
    """The elements named ``tags``, each forgotten when the next is asked for."""
    with opened(path) as stream:
        try:
            found = etree.iterparse(
                stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
                huge_tree=False,
            )  # fmt: skip
            depth = 0
            for event, element in found:
                depth += 1 if event == "start" else -1
                if event == "start":
                    if depth == 1:
                        _check_root(path, element)
                    continue
                if element.tag in tags:
                    yield element
                parent = element.getparent()
                if parent is not None and parent.tag == "body":
                    element.clear()
                    while element.getprevious() is not None:
                        del parent[0]
        except etree.XMLSyntaxError as error:
            _fail(path, f"is not well-formed XML ({error.msg})", error.lineno)


def _check_root(path: Path, root: etree._Element) -> None:
    if root.tag != "tmx":
        _fail(path, f"is not TMX (its root element is {root.tag!r})", 1)
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and list(declared.iterentities()):
        # Entities have no use in TMX, and every use in attacks.
        _fail(path, "declares an entity, which is refused", 1)


def _fail(path: Path, problem: str, line: int | None) -> NoReturn:
    raise FormatError(
        problem, where=f"{path}, line {line}", remedy="give a TMX file as translation tools write it"
    )


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _language(variant: etree._Element) -> str:
    # Versions before 1.4 have lang without the prefix.
    return (variant.get(XML_LANG) or variant.get("lang") or "").lower().replace("_", "-")


def _is(language: str, wanted: str) -> bool:
    wanted = wanted.lower()
    return language == wanted or language.startswith(wanted + "-")


FORMAT = ShardFormat("tmx", (".tmx",), read, write)
