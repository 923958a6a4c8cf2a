"""A table, one bead a row, tab-separated, that is safe to open in a spreadsheet.

``corpus.formats._table`` has the columns and the rules. Tables of others are read too:
two columns, source and target, or more of which the first row names these two; they
have no quotation rules (a quotation mark is itself), as parallel corpora have none.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from typing import IO

from corpus.bitext import Bitext
from corpus.formats import Format, Passage
from corpus.formats._table import COLUMNS, KEEPS, Table, read_table, unit_of_passage
from corpus.units import DUTCH_ENGLISH, Languages, Units, bitext_of, units_of

_TABLE = Table("excel-tab", "\n")

__all__ = ["COLUMNS", "FORMAT", "read", "read_units", "write", "write_units"]


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the header and a row a bead, in the order of the beads."""
    write_units(units_of(bitext), stream)


def write_units(units: Units, stream: IO[bytes]) -> None:
    """Write the header and a row a unit, as they come."""
    _TABLE.write(units, stream)


class TableStream:
    """Writes the header at once and a row as soon as its bead is known."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._stream.write(_TABLE.header())

    def put(self, passage: Passage) -> None:
        """Write the row of a passage."""
        self._stream.write(_TABLE.row(unit_of_passage(passage)))
        self._stream.flush()

    def end(self, after: str) -> None:
        """Nothing: a table ends with its last row."""


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of a table. Raises :class:`FormatError` naming the row."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a table, row by row. Raises :class:`FormatError` naming the row."""
    return read_table(stream, name, languages, _split)


def _split(first: str, rest: Iterator[str]) -> Iterator[list[str]]:
    if first.rstrip("\r\n").split("\t") == list(COLUMNS):
        return csv.reader(chain([first], rest), dialect="excel-tab", strict=True)
    return (line.removesuffix("\n").removesuffix("\r").split("\t") for line in chain([first], rest))


FORMAT = Format(
    "table",
    (".tsv",),
    "one sentence pair a row, for spreadsheets and scripts",
    write,
    read,
    read_units=read_units,
    write_units=write_units,
    streams=True,
    keeps=KEEPS,
    stream=TableStream,
)
