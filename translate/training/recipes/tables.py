"""Tab-separated files that the steps of a recipe hand on."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import FormatError
from corpus.files import decode_text, read_bytes


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file. Raises :class:`InputError`."""
    return decode_text(read_bytes(path), str(path)).splitlines()


def read_table(path: Path, columns: int) -> list[list[str]]:
    """The rows of a file with so many columns; empty lines are passed over.

    Raises :class:`InputError`, and :class:`FormatError` naming file and line.
    """
    rows = []
    # A line ends with a line feed only: text may hold other marks that splitlines() knows.
    for number, line in enumerate(decode_text(read_bytes(path), str(path)).split("\n"), 1):
        row = line.split("\t")
        if not line:
            continue
        if len(row) != columns:
            raise FormatError(
                f"has {len(row)} columns, not {columns}",
                where=f"{path}, line {number}",
                remedy=f"give {columns} columns with a tab between them, as the recipe writes them",
            )
        rows.append(row)
    return rows
