"""Moses: a pair of plain text files, line by line each other's translation.

What Moses, Marian, OPUS and most corpora use: ``base.nl`` holds the source, one unit a
line, and ``base.en`` the target. Name both outputs to get both. A line break inside a
text becomes a space, because a line is a unit. A side that is missing is an empty line.

Reading takes either name of the pair and finds the other beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from corpus.bitext import Bitext
from corpus.errors import FormatError, InputError
from corpus.formats import Format
from corpus.formats._common import encode_text
from corpus.formats._lines import lines
from corpus.units import (
    DUTCH_ENGLISH,
    Head,
    Languages,
    Sentence,
    Unit,
    Units,
    bitext_of,
    join,
    units_of,
)

SOURCE, TARGET = ".nl", ".en"

_BREAKS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def write_source(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the source of every bead on a line."""
    write_source_units(units_of(bitext), stream)


def write_target(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the target of every bead on a line."""
    write_target_units(units_of(bitext), stream)


def write_source_units(units: Units, stream: IO[bytes]) -> None:
    """Write the source of every unit on a line, as they come."""
    for unit in units.units:
        stream.write(_line(join(unit.source)))


def write_target_units(units: Units, stream: IO[bytes]) -> None:
    """Write the target of every unit on a line, as they come."""
    for unit in units.units:
        stream.write(_line(join(unit.target)))


def _line(text: str) -> bytes:
    return encode_text(_BREAKS.sub(" ", text) + "\n")


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of a pair of files; ``name`` is the path of one of them."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a pair of files, line by line; ``name`` is the path of one of them.

    Raises :class:`InputError` if the other is not there, and :class:`FormatError` if
    one has more lines.
    """
    path = Path(name)
    is_source = path.suffix.lower() == SOURCE
    other = path.with_suffix(TARGET if is_source else SOURCE)
    if not other.is_file():
        raise InputError("is not there", where=str(other), remedy=f"put it beside {path.name}")
    units = _pairs(stream, name, other, is_source)
    return Units(Head(languages.source, languages.target), units)


def _pairs(stream: IO[bytes], name: str, other: Path, is_source: bool) -> Iterator[Unit]:
    try:
        second = other.open("rb")
    except OSError as error:
        raise InputError(
            error.strerror or str(error), where=str(other), remedy="check its permissions"
        ) from None
    with second:
        one, two = lines(stream, name), lines(second, str(other))
        number = 0
        while True:
            first, last = next(one, None), next(two, None)
            if first is None or last is None:
                break
            number += 1
            source, target = (first, last) if is_source else (last, first)
            yield Unit("", (Sentence(_text(source)),), (Sentence(_text(target)),))
        if first is not None or last is not None:
            short, long = (name, other) if first is None else (other, name)
            raise FormatError(
                f"has {number} lines, {long} has more",
                where=str(short),
                remedy="give two files with as many lines",
            )


def _text(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")


FORMATS = (
    Format(
        "moses source",
        (SOURCE,),
        "the source alone, one sentence a line; its pair is .en",
        write_source,
        read,
        read_units=read_units,
        write_units=write_source_units,
        streams=True,
        keeps=frozenset(),
        half=True,
    ),
    Format(
        "moses target",
        (TARGET,),
        "the translation alone, one sentence a line; its pair is .nl",
        write_target,
        read,
        read_units=read_units,
        write_units=write_target_units,
        streams=True,
        keeps=frozenset(),
        half=True,
    ),
)
