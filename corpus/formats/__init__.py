"""Export formats of a bitext, one module each.

A module in this package that does not start with an underscore is a format: it
exposes ``FORMAT``, a :class:`Format`. Nothing else needs to know of it.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import IO, Protocol

from corpus.bitext import Bead, Bitext
from corpus.document import BlockKind, Segment
from corpus.errors import FormatError

STANDARD_STREAM = "-"  # standard output has no suffix and gets plain text


@dataclass(frozen=True, slots=True)
class Passage:
    """One finished segment, for formats that are written while the translation goes on.

    ``segment`` is the source's; ``kind`` is of its block; ``target`` is its translation.
    ``before`` is source text before it that no passage had, ``after`` what lies between it
    and the next segment (so that a line is whole as soon as it is translated).
    """

    bead: Bead
    segment: Segment
    kind: BlockKind
    before: str
    target: str
    after: str = ""


class PassageWriter(Protocol):
    """Writes one passage after the other; the result is what ``Format.write`` writes."""

    def put(self, passage: Passage) -> None:
        """Write the next passage."""

    def end(self, after: str) -> None:
        """Write what belongs behind the last one; ``after`` is source text that no passage had."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to keep a bitext in a file.

    ``suffixes`` have their dot and are lower case. ``write`` writes a whole bitext
    to a binary stream. ``read``, where the format carries both sides, gives the
    bitext back from a binary stream; its second argument names the file in errors.
    ``stream``, where the format can be written passage by passage, opens a writer.
    """

    name: str
    suffixes: tuple[str, ...]
    description: str
    write: Callable[[Bitext, IO[bytes]], None]
    read: Callable[[IO[bytes], str], Bitext] | None = None
    stream: Callable[[IO[bytes]], PassageWriter] | None = None


@cache
def formats() -> tuple[Format, ...]:
    """Every format there is, sorted by name.

    The modules are imported at the first call, not with this package: some need
    libraries that ``--help`` has no use for.
    """
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    found = [importlib.import_module(f"{__name__}.{name}").FORMAT for name in names]
    return tuple(sorted(found, key=lambda item: item.name))


def format_for(name: str) -> Format:
    """The format of a file called ``name``, by its suffix; ``-`` is plain text.

    Raises :class:`FormatError`, which lists the suffixes there are, if none fits.
    """
    suffix = ".txt" if name == STANDARD_STREAM else PurePath(name).suffix.lower()
    # Most are called like their suffix; the others' libraries then need not be imported.
    known_module = suffix[1:].isidentifier() and importlib.util.find_spec(f"{__name__}.{suffix[1:]}")
    if known_module:
        named: Format = importlib.import_module(f"{__name__}.{suffix[1:]}").FORMAT
        if suffix in named.suffixes:
            return named
    for candidate in formats():
        if suffix in candidate.suffixes:
            return candidate
    known = ", ".join(sorted(known for item in formats() for known in item.suffixes))
    problem = f"no format has the suffix {suffix}" if suffix else "has no suffix to tell its format"
    raise FormatError(problem, where=name, remedy=f"use one of {known}")
