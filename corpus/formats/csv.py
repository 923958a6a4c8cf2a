"""The table of ``.tsv`` with commas (RFC 4180), for spreadsheets that want those.

It begins with a byte order mark, by which spreadsheets know UTF-8. Tables of others
may have semicolons or tabs between their fields instead.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from typing import IO

from corpus.bitext import Bitext
from corpus.formats import Format
from corpus.formats._table import KEEPS, Table, read_table
from corpus.units import DUTCH_ENGLISH, Languages, Units, bitext_of, units_of

_TABLE = Table("excel", "\r\n", b"\xef\xbb\xbf")


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the header and a row a bead, in the order of the beads."""
    write_units(units_of(bitext), stream)


def write_units(units: Units, stream: IO[bytes]) -> None:
    """Write the header and a row a unit, as they come."""
    _TABLE.write(units, stream)


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of a table. Raises :class:`FormatError` naming the row."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a table, row by row. Raises :class:`FormatError` naming the row."""
    return read_table(stream, name, languages, _split)


def _split(first: str, rest: Iterator[str]) -> Iterator[list[str]]:
    # The first line has as many separators as any; whichever is the most it is.
    delimiter = max(",;\t", key=first.count)
    return csv.reader(chain([first], rest), delimiter=delimiter, strict=True)


FORMAT = Format(
    "csv",
    (".csv",),
    "the same table with commas, for spreadsheets",
    write,
    read,
    read_units=read_units,
    write_units=write_units,
    streams=True,
    keeps=KEEPS,
)
