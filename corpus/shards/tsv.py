"""Tab-separated values: a row a line, no quoting. Columns with the translation are added behind.

A column that is named is looked up in the first line, which holds names then. A column that
is a number is counted from 1, and the first line is a row like the others; so it is without
any column, which is the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO

from corpus.document import one_line
from corpus.errors import FormatError
from corpus.shards import Columns, Pair, Row, RowTranslation, ShardFormat
from corpus.shards._lines import lines


def read(path: Path, columns: Columns) -> Iterator[Row]:
    """A row a line. Raises :class:`FormatError` for a line without the column."""
    rows = lines(path)
    place = _place(path, columns, rows) if _has_names(columns) else int(columns.source or 1) - 1
    for number, line in rows:
        fields = line.removesuffix("\r").split("\t")
        if len(fields) <= place:
            raise FormatError(
                f"has {len(fields)} columns, and the text should be in number {place + 1}",
                where=f"{path}, line {number}",
                remedy="check --column and the line",
            )
        yield Row(fields[place], line, f"line {number}")


def _has_names(columns: Columns) -> bool:
    return columns.source is not None and not columns.source.isdecimal()


def _place(path: Path, columns: Columns, rows: Iterator[tuple[int, str]]) -> int:
    names = next(rows, (1, ""))[1].removesuffix("\r").split("\t")
    if columns.source not in names:
        raise FormatError(
            f"has no column {columns.source!r} (columns: {', '.join(names[:12])})",
            where=f"{path}, line 1",
            remedy="check --column; a number is for files without names",
        )
    for name in columns.added:
        if name in names:
            raise FormatError(
                f"already has a column {name!r}", where=str(path), remedy="name another with --target-column"
            )
    return names.index(columns.source)


def write(path: Path, columns: Columns, pairs: Iterable[Pair], stream: IO[bytes]) -> None:
    """Each line as it was with three columns more, under their names if the file has names."""
    rows = ((row.content, _fields(made)) for row, made in pairs)
    names = ((line, list(columns.added)) for _, line in islice(lines(path), 1)) if _has_names(columns) else ()
    for line, fields in chain(names, rows):
        end = "\r\n" if line.endswith("\r") else "\n"
        stream.write(("\t".join([line.removesuffix("\r"), *fields]) + end).encode("utf-8", "replace"))


def _fields(made: RowTranslation) -> list[str]:
    confidence = "" if made.confidence is None else f"{made.confidence:.4f}"
    return [one_line(made.text or ""), confidence, ";".join(made.flags)]


FORMAT = ShardFormat("tsv", (".tsv", ".tab"), read, write)
