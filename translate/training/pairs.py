"""Parallel text for training: pairs of sentences from TSV or TMX files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.document import one_line
from corpus.errors import FormatError, InputError


@dataclass(frozen=True, slots=True)
class Pair:
    """A source sentence and its translation."""

    source: str
    target: str


def read_pairs(path: Path) -> Iterator[Pair]:
    """Pairs of ``path``: ``.tmx``, or a tab-separated file (Dutch, tab, English).

    Raises :class:`InputError` or :class:`FormatError` naming file and line. Pairs
    with an empty side are not training material and are passed over.
    """
    if not path.is_file():
        raise InputError("no such file", where=str(path), remedy="check the name")
    found = _tmx_pairs(path) if path.suffix.lower() == ".tmx" else _tsv_pairs(path)
    for pair in found:
        if pair.source and pair.target:
            yield pair


def _tmx_pairs(path: Path) -> Iterator[Pair]:
    from corpus.formats.tmx import read_pairs as read_tmx  # only TMX needs lxml

    for pair in read_tmx(path, "nl", "en"):
        yield Pair(one_line(pair.source), one_line(pair.target))


def _tsv_pairs(path: Path) -> Iterator[Pair]:
    with path.open(encoding="utf-8", errors="strict", newline="\n") as stream:
        number = 0
        try:
            for number, line in enumerate(stream, start=1):
                columns = line.rstrip("\r\n").split("\t")
                if len(columns) != 2:
                    raise FormatError(
                        f"has {len(columns)} columns, not 2",
                        where=f"{path}, line {number}",
                        remedy="give Dutch, a tab and English on each line",
                    )
                yield Pair(one_line(columns[0]), one_line(columns[1]))
        except UnicodeDecodeError:
            raise InputError(
                "is not UTF-8 text", where=f"{path}, after line {number}", remedy="convert it to UTF-8 first"
            ) from None
