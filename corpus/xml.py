"""XML from strangers: parsed without entities, without a network and within bounds.

Every reader of XML in this package goes through here, but that of TMX, which streams
old files with a DTD through expat under rules of the same kind. Entity declarations are
refused before they could be expanded (the "billion laughs" and files read from
disk both need one), nothing is fetched, and libxml2's own bounds on depth and on
the size of a text stay on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from lxml import etree

from corpus.errors import FormatError

# All that XML 1.0 (production 2, Char) does not allow.
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# What libxml2 says of its bounds, and what we say.
_LIMITS = {
    "Excessive depth": "is nested deeper than 256 elements",
    "Text node too long": "has a text of more than ten million characters",
    "Resource limit exceeded": "is larger than is safe to read",
}

_ENTITY = "<!ENTITY"
_ENTITY_BYTES = tuple(_ENTITY.encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))


def parser(*, huge: bool = False) -> etree.XMLParser:
    """A parser for hostile XML. ``huge`` lifts the bound of ten million characters a text."""
    return etree.XMLParser(
        resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True, huge_tree=huge
    )


def parse_xml(data: bytes, name: str) -> etree._Element:
    """The root of the document in ``data``. ``name`` is for errors.

    Raises :class:`FormatError` with the line for XML that is broken, cut short, too
    deep or too large, that declares entities, or that uses one XML does not know.
    """
    refuse_entities(data, name)
    try:
        root = etree.fromstring(data, parser())
    except etree.XMLSyntaxError as error:
        raise broken_xml(error, name) from None
    except ValueError as error:
        raise FormatError(f"is not XML ({error})", where=name, remedy="save it anew") from None
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():  # in an encoding that we did not look through
        raise _entity_error(name)
    _refuse_references(root, name)
    return root


def iterate_xml(
    stream: IO[bytes], name: str, tags: str | tuple[str, ...] | None = None
) -> Iterator[etree._Element]:
    """Every element of ``stream`` with one of ``tags``, whole, as soon as its end is read.

    Memory stays constant if the caller clears each element when done with it, and
    lets its parent forget it: ``element.getparent().remove(element)``. Raises what
    :func:`parse_xml` raises, when it comes to the place.
    """
    guarded = _EntityGuard(stream, name)
    events = etree.iterparse(
        guarded,
        events=("end",),
        tag=tags,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for _, element in events:
            _refuse_references(element, name)
            yield element
    except etree.XMLSyntaxError as error:
        raise broken_xml(error, name) from None


def serialise_xml(root: etree._Element) -> bytes:
    """The whole document of ``root`` in UTF-8, with its declaration and DOCTYPE."""
    tree = root.getroottree()
    standalone = tree.docinfo.standalone or None  # lxml says False too where nothing is said
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=standalone)


def legal_xml(text: str, replacement: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """``text`` with ``replacement`` for every character that XML 1.0 cannot hold."""
    return ILLEGAL.sub(replacement, text)


def refuse_entities(data: bytes, name: str) -> None:
    """Raise :class:`FormatError` if ``data`` declares an entity, in UTF-8 or UTF-16."""
    for wanted in _ENTITY_BYTES:
        at = data.find(wanted)
        if at >= 0:
            line = data.count(b"\n", 0, at) + 1
            raise _entity_error(f"{name}, line {line}")


def broken_xml(error: etree.XMLSyntaxError, name: str) -> FormatError:
    """The error to raise for XML that does not parse."""
    line = error.position[0] if error.position and error.position[0] else 0
    where = f"{name}, line {line}" if line else name
    for limit, problem in _LIMITS.items():
        if limit in (error.msg or ""):
            return FormatError(problem, where=where, remedy="divide it, or do not trust this file")
    said = re.sub(r",? line \d+, column \d+.*$", "", error.msg or "it is empty").strip()
    return FormatError(
        f"is not well-formed XML ({said})", where=where, remedy="save it anew where it was made"
    )


def _refuse_references(root: etree._Element, name: str) -> None:
    used = next(root.iter(etree.Entity), None)
    if used is not None:
        where = f"{name}, line {used.sourceline}"
        raise FormatError(f"uses {used.text}, which is not declared", where=where, remedy="save it anew")


def _entity_error(where: str) -> FormatError:
    return FormatError("declares entities, which is not safe to read", where=where, remedy="remove them")


class _EntityGuard:
    """A stream that is watched for entity declarations as it is read."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name
        self._lines = 1
        self._tail = b""  # what was read last: a declaration may lie across two reads

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        seen = self._tail + data
        if any(wanted in seen for wanted in _ENTITY_BYTES):
            raise _entity_error(f"{self._name}, near line {self._lines}")
        self._lines += data.count(b"\n")
        self._tail = seen[-2 * len(_ENTITY) :]
        return data
