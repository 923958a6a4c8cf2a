"""Parquet, by pyarrow (the extra ``corpus``): columns with the translation are added.

The text is in the column "text" unless one is named. Row groups stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from corpus.errors import FormatError, InputError, SettingsError
from corpus.shards import Columns, Pair, Row, RowTranslation, ShardFormat

USUAL = "text"


def read(path: Path, columns: Columns) -> Iterator[Row]:
    """A row a row; a null is a row without a text."""
    pa, _ = _pyarrow(path)
    name = columns.source or USUAL
    file = _opened(path)
    _check(path, file.schema_arrow, columns, name)
    for group in range(file.num_row_groups):
        try:
            table = file.read_row_group(group)
        except (pa.ArrowException, OSError) as error:
            raise InputError(
                f"row group {group} cannot be read ({error})", where=str(path), remedy="copy it again"
            ) from None
        for number, text in enumerate(table.column(name).to_pylist(), start=1):
            yield Row(text, (group, table), f"row {number} of group {group}")


def write(path: Path, columns: Columns, pairs: Iterable[Pair], stream: IO[bytes]) -> None:
    """Row group by row group, with the schema and the metadata of ``path``."""
    pa, parquet = _pyarrow(path)
    added = [
        pa.field(name, kind)
        for name, kind in zip(columns.added, (pa.string(), pa.float64(), pa.list_(pa.string())), strict=True)
    ]
    schema = _opened(path).schema_arrow
    for one in added:
        schema = schema.append(one)
    with parquet.ParquetWriter(stream, schema) as writer:
        for _, held in groupby(pairs, key=lambda pair: pair[0].content[0]):
            rows = list(held)
            writer.write_table(_with(pa, rows[0][0].content[1], added, [made for _, made in rows]))


def _with(pa: Any, table: Any, added: Sequence[Any], made: Sequence[RowTranslation]) -> Any:
    values = ([one.text for one in made], [one.confidence for one in made], [list(one.flags) for one in made])
    for one, column in zip(added, values, strict=True):
        table = table.append_column(one, pa.array(column, one.type))
    return table


def _check(path: Path, schema: Any, columns: Columns, name: str) -> None:
    pa, _ = _pyarrow(path)
    if name not in schema.names:
        raise FormatError(
            f"has no column {name!r} (columns: {', '.join(schema.names[:12])})",
            where=str(path),
            remedy="name it with --column",
        )
    kind = schema.field(name).type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise FormatError(
            f"column {name!r} holds no text", where=str(path), remedy="name another with --column"
        )
    for new in columns.added:
        if new in schema.names:
            raise FormatError(
                f"already has a column {new!r}", where=str(path), remedy="name another with --target-column"
            )


def _opened(path: Path) -> Any:
    pa, parquet = _pyarrow(path)
    try:
        return parquet.ParquetFile(path)
    except FileNotFoundError:
        raise InputError("no such file", where=str(path), remedy="check the name") from None
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"is not Parquet ({error})", where=str(path), remedy="copy it again") from None


def _pyarrow(path: Path) -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise SettingsError(
            "Parquet needs pyarrow", where=str(path), remedy="install it: pip install 'tweetalig[corpus]'"
        ) from None
    return pyarrow, pyarrow.parquet


FORMAT = ShardFormat("parquet", (".parquet",), read, write)
