"""Plain text, a text a line; the translation is as many lines. An empty line stays empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from corpus.document import one_line
from corpus.errors import SettingsError
from corpus.shards import Columns, Pair, Row, ShardFormat
from corpus.shards._lines import lines


def read(path: Path, columns: Columns) -> Iterator[Row]:
    """A row a line."""
    if columns.source is not None:
        raise SettingsError("has no columns", where=str(path), remedy="leave --column out for plain lines")
    for number, line in lines(path):
        yield Row(line.removesuffix("\r"), line.endswith("\r"), f"line {number}")


def write(_: Path, __: Columns, pairs: Iterable[Pair], stream: IO[bytes]) -> None:
    """The translations; carriage returns are kept."""
    for row, made in pairs:
        end = "\r\n" if row.content else "\n"
        stream.write((one_line(made.text or "") + end).encode("utf-8", "replace"))


FORMAT = ShardFormat("lines", (".txt", ".nl"), read, write)
