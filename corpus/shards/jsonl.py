"""JSON Lines: an object a line. Its bytes stay; fields with the translation are added behind.

The text is in the field "text" unless a column is named. Lines without anything are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from corpus.errors import FormatError
from corpus.shards import Columns, Pair, Row, ShardFormat
from corpus.shards._lines import lines

USUAL = "text"


def read(path: Path, columns: Columns) -> Iterator[Row]:
    """A row a line. A text of null is a row without one."""
    field = columns.source or USUAL
    for number, line in lines(path):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise FormatError("is not JSON", where=where, remedy="give an object a line") from None
        if not isinstance(record, dict):
            raise FormatError("is not a JSON object", where=where, remedy="give an object a line")
        if field not in record:
            known = ", ".join(list(record)[:8]) or "none"
            raise FormatError(
                f"has no field {field!r} (fields: {known})", where=where, remedy="name it with --column"
            )
        _check_free(record, columns, where)
        text = record[field]
        if text is not None and not isinstance(text, str):
            raise FormatError(f"field {field!r} is no text", where=where, remedy="name another with --column")
        yield Row(text, line, f"line {number}")


def _check_free(record: dict[str, object], columns: Columns, where: str) -> None:
    for name in columns.added:
        if name in record:
            raise FormatError(
                f"already has a field {name!r}", where=where, remedy="name another with --target-column"
            )


def write(_: Path, columns: Columns, pairs: Iterable[Pair], stream: IO[bytes]) -> None:
    """Each line as it was, with the added fields before its last brace."""
    for row, made in pairs:
        values = (made.text, made.confidence, list(made.flags))
        fields = json.dumps(dict(zip(columns.added, values, strict=True)), ensure_ascii=False)
        line = row.content.rstrip()[:-1].rstrip() + ", " + fields[1:]
        # Half a surrogate pair can stand in JSON as an escape, not in UTF-8.
        stream.write(line.encode("utf-8", "backslashreplace") + b"\n")


FORMAT = ShardFormat("jsonl", (".jsonl", ".ndjson"), read, write)
