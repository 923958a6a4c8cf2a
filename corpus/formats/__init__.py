"""Export formats of a bitext, one module each.

A module in this package that does not start with an underscore is a format: it
exposes ``FORMAT``, a :class:`Format`, or ``FORMATS`` where its files come in pairs.
Nothing else needs to know of it.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath
from typing import IO, Protocol

from corpus.bitext import Bead, Bitext
from corpus.document import BlockKind, Segment
from corpus.errors import FormatError, SettingsError
from corpus.units import ALL_TRAITS, Languages, Trait, Units

Writer = Callable[[Bitext, IO[bytes]], None]
"""Writes a whole bitext to a binary stream."""

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
    ``views`` are other ways to write the same kind of file, by name ("interleaved").

    ``read_units`` and ``write_units`` do the same unit by unit; where ``streams`` is
    true, in memory that does not grow. ``keeps`` says what comes back of a bitext
    that was written: all of it where nothing is said. ``stream``, where a translation can
    be written while it goes on, opens a writer of passages. A ``half`` format has one side in its
    file, as plain lines, and the other in another file.
    """

    name: str
    suffixes: tuple[str, ...]
    description: str
    write: Writer
    read: Callable[[IO[bytes], str], Bitext] | None = None
    views: Mapping[str, Writer] = field(default_factory=dict)
    read_units: Callable[[IO[bytes], str, Languages], Units] | None = None
    write_units: Callable[[Units, IO[bytes]], None] | None = None
    streams: bool = False
    keeps: frozenset[Trait] = ALL_TRAITS
    stream: Callable[[IO[bytes]], PassageWriter] | None = None
    half: bool = False

    def writer(self, view: str | None = None) -> Writer:
        """``write``, or the view that is named.

        Raises :class:`SettingsError`, which lists the views there are, for another.
        """
        if view is None:
            return self.write
        if view not in self.views:
            remedy = (
                f"leave it out, or choose of: {', '.join(sorted(self.views))}"
                if self.views
                else "leave it out"
            )
            raise SettingsError(
                f"{self.suffixes[0]} files have no view {view}", where="--view", remedy=remedy
            )
        return self.views[view]


@cache
def formats() -> tuple[Format, ...]:
    """Every format there is, sorted by name.

    The modules are imported at the first call, not with this package: some need
    libraries that ``--help`` has no use for.
    """
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    found = [item for name in names for item in _formats_of(f"{__name__}.{name}")]
    return tuple(sorted(found, key=lambda item: item.name))


def _formats_of(module: str) -> Iterable[Format]:
    imported = importlib.import_module(module)
    several: Iterable[Format] | None = getattr(imported, "FORMATS", None)
    return (imported.FORMAT,) if several is None else several


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
