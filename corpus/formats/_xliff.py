"""What both versions of XLIFF have in common."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import IO

from lxml import etree

from corpus.errors import FormatError
from corpus.formats._facts import FactError, Read, facts_error, unit_from
from corpus.units import Unit
from corpus.xml import parse_xml

XML = "http://www.w3.org/XML/1998/namespace"
XML_SPACE = f"{{{XML}}}space"
XML_LANG = f"{{{XML}}}lang"
_FAMILY = "urn:oasis:names:tc:xliff:document:"
XLIFF_1 = f"{_FAMILY}1.2"
XLIFF_2 = f"{_FAMILY}2.0"  # of 2.1 too
OURS = "tweetalig"
ABSENT = "absent"  # the fact that names a side without any segment

_TOKEN = re.compile(r"[A-Za-z0-9._:-]+")  # the part of NMTOKEN that needs no thought


def parse(stream: IO[bytes], name: str) -> etree._Element:
    """The root of an XLIFF file of any version. Raises :class:`FormatError`.

    Elements of versions 2.x get the namespace of 2.0, all others that of 1.2 (versions
    1.0 and 1.1, and files without a namespace, have the same elements).
    """
    root = parse_xml(stream.read(), name)
    tag = etree.QName(root)
    if tag.localname != "xliff":
        raise FormatError(
            f"is not XLIFF (its root element is {tag.localname})",
            where=name,
            remedy="give a file as translation tools write it",
        )
    if tag.namespace in (XLIFF_1, XLIFF_2):
        return root
    known = XLIFF_2 if (tag.namespace or "").startswith(f"{_FAMILY}2.") else XLIFF_1
    if tag.namespace is not None and not tag.namespace.startswith(_FAMILY):
        raise FormatError(
            f"is XLIFF of an unknown version ({tag.namespace})",
            where=name,
            remedy="save it as XLIFF 1.2 or 2.1",
        )
    for element in root.iter(etree.Element):
        if etree.QName(element).namespace == tag.namespace:
            element.tag = f"{{{known}}}{etree.QName(element).localname}"
    return root


@dataclass(slots=True)
class Ids:
    """Ids that are valid in a file and there once."""

    taken: set[str] = field(default_factory=set)

    def of(self, name: str) -> str:
        """``name`` if it can be an id and is free, or a new one."""
        if not _TOKEN.fullmatch(name) or name in self.taken:
            name = f"u{len(self.taken) + 1}"
            while name in self.taken:
                name += "-"
        self.taken.add(name)
        return name


def made(read: Read, where: str) -> Unit:
    """The unit that was read; ``where`` names it in errors."""
    try:
        return unit_from(read)
    except FactError as error:
        raise facts_error(error, where) from None


def with_absent(facts: dict[str, str], unit: Unit) -> dict[str, str]:
    """``facts`` and which sides have no segment: XLIFF always has a source."""
    absent = " ".join(side for side in ("source", "target") if not getattr(unit, side))
    return {**facts, ABSENT: absent} if absent else facts


@dataclass(slots=True)
class Losses:
    """Counts what another tool wrote and a unit has no place for."""

    counts: Counter[str]

    def add(self, what: str, number: int = 1) -> None:
        """``number`` more of ``what``."""
        if number:
            self.counts[what] += number
