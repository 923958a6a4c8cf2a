"""What the formats with a row a line have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from corpus.errors import InputError
from corpus.shards import opened


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of every line, without its line feed. A byte order mark goes.

    Only a line feed ends a line; a carriage return before it stays. Raises
    :class:`InputError`, which names the line, for what is not UTF-8.
    """
    with opened(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                text = line.removesuffix(b"\n").decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise InputError(
                    "is not UTF-8 text", where=f"{path}, line {number}", remedy="convert it to UTF-8 first"
                ) from None
            yield number, text
