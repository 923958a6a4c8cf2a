"""Lines of text files from strangers, one by one and within bounds."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO

from corpus.errors import FormatError, InputError

LONGEST = 32_000_000  # bytes in a line; two segments of ten million characters fit


def lines(stream: IO[bytes], name: str, longest: int = LONGEST) -> Iterator[str]:
    """The lines of a UTF-8 stream, with their ends (only ``\\n`` ends a line).

    A byte order mark is dropped. Raises :class:`InputError` naming the line for what
    is not UTF-8, and :class:`FormatError` for a line longer than ``longest`` bytes.
    """
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise FormatError(
                f"is longer than {longest:,} bytes",
                where=f"{name}, line {number}",
                remedy="is it the right file?",
            )
        if number == 1:
            if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise InputError(
                    "is UTF-16", where=name, remedy=f"convert it first: iconv -f UTF-16 -t UTF-8 {name}"
                )
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            raise InputError(
                "is not UTF-8 text",
                where=f"{name}, line {number}",
                remedy=f"convert it first, for example: iconv -f WINDOWS-1252 -t UTF-8 {name}",
            ) from None
