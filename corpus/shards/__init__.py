"""Shards: files of rows, each with a text to translate, and the same rows with translations.

A module in this package that does not start with an underscore is a format: it exposes
``FORMAT``, a :class:`ShardFormat`. Rows are read and written one by one (Parquet: a group
at a time), so that the space a shard takes does not depend on its length. Everything that a
row has besides its text comes out again as it was.

``.gz`` behind a suffix stands for gzip, both ways; its header names no time or file, so that
equal rows give equal bytes.
"""

from __future__ import annotations

import gzip
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

from corpus.errors import FormatError, InputError

GZIP = ".gz"


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds the text, and where translations go.

    ``source`` None is the format's usual one. Besides ``target`` there are
    ``<target>_confidence`` and ``<target>_flags``.
    """

    source: str | None = None
    target: str = "translation"

    @property
    def added(self) -> tuple[str, str, str]:
        """The names of the columns that are added."""
        return self.target, f"{self.target}_confidence", f"{self.target}_flags"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its text (None where it has none) and all of it, in the format's own way.

    ``place`` says which row it is, for errors ("line 12").
    """

    text: str | None
    content: Any
    place: str


@dataclass(frozen=True, slots=True)
class RowTranslation:
    """A row's translation (None where there is no text), the least confidence of its segments
    and the kinds of their flags."""

    text: str | None
    confidence: float | None = None
    flags: tuple[str, ...] = ()


Pair = tuple[Row, RowTranslation]


@dataclass(frozen=True, slots=True)
class ShardFormat:
    """A way to keep rows in a file.

    ``read(path, columns)`` gives the rows. ``write(path, columns, pairs, stream)`` writes
    them with their translations; ``path`` is the shard that they come from. Both raise
    :class:`FormatError` or :class:`InputError` naming the file and the row.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, Columns], Iterator[Row]]
    write: Callable[[Path, Columns, Iterable[Pair], IO[bytes]], None]


@cache
def shard_formats() -> tuple[ShardFormat, ...]:
    """Every format there is, sorted by name."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    found = [importlib.import_module(f"{__name__}.{name}").FORMAT for name in names]
    return tuple(sorted(found, key=lambda item: item.name))


def shard_format(path: Path) -> ShardFormat:
    """The format of ``path`` by its suffix. Raises :class:`FormatError` if there is none."""
    suffix = _suffix(path)
    for candidate in shard_formats():
        if suffix in candidate.suffixes:
            return candidate
    known = ", ".join(sorted(known for item in shard_formats() for known in item.suffixes))
    raise FormatError(
        f"no shard format has the suffix {suffix or '(none)'}", where=str(path), remedy=f"use one of {known}"
    )


def is_shard(path: Path) -> bool:
    """Whether the name of ``path`` is one of a shard."""
    return any(_suffix(path) in candidate.suffixes for candidate in shard_formats())


def _suffix(path: Path) -> str:
    name = path.name.lower().removesuffix(GZIP)
    return Path(name).suffix


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a shard, decompressed. Raises :class:`InputError`."""
    try:
        with path.open("rb") as stream:
            if path.name.lower().endswith(GZIP):
                with gzip.open(stream, "rb") as inner:
                    yield cast("IO[bytes]", inner)
            else:
                yield stream
    except FileNotFoundError:
        raise InputError("no such file", where=str(path), remedy="check the name") from None
    except (gzip.BadGzipFile, EOFError) as error:
        raise InputError(
            f"is not a whole gzip file ({error})", where=str(path), remedy="copy it again"
        ) from None


@contextmanager
def compressed(path: Path, stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """``stream``, or what compresses into it if the name of ``path`` says so."""
    if not path.name.lower().endswith(GZIP):
        yield stream
        return
    with gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as inner:
        yield cast("IO[bytes]", inner)
