"""Readers: bytes of a file in, a document without segments out.

Every module here but ``segmented`` reads one format. It exposes ``SUFFIXES`` (with
their dots, in small letters) and ``read(data, name, language) -> Document``; one with
``CHOOSES`` reads part of a file and takes ``choice`` besides.
They import what reads a format when they read: all are asked for their suffixes,
and few are used. Adding a format is adding a module.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import PurePath
from types import ModuleType

from corpus.document import Document
from corpus.errors import FormatError, SettingsError

_NOT_A_FORMAT = "segmented"


@cache
def _readers() -> dict[str, ModuleType]:
    """The module that reads each suffix."""
    readers: dict[str, ModuleType] = {}
    for found in pkgutil.iter_modules(__path__):
        if found.name != _NOT_A_FORMAT and not found.name.startswith("_"):
            module = import_module(f"{__name__}.{found.name}")
            readers |= dict.fromkeys(module.SUFFIXES, module)
    return readers


def __getattr__(name: str) -> tuple[str, ...]:
    """``READABLE_SUFFIXES``, found when it is first asked for."""
    if name == "READABLE_SUFFIXES":
        return tuple(sorted(_readers()))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def is_page(name: str) -> bool:
    """Whether ``name`` is that of a web page, of which a part can be chosen."""
    reader = _readers().get(PurePath(name).suffix.lower())
    return bool(getattr(reader, "CHOOSES", False))


def read_document(
    data: bytes, name: str, *, language: str = "nl", segmented: bool = False, choice: str | None = None
) -> Document:
    """The document in ``data``, read as the suffix of ``name`` says.

    ``-`` and a name without a suffix are plain text. With ``segmented`` the data is
    one segment a line, whatever the name. ``choice`` says which part of a web page to
    read (see :mod:`corpus.hypertext.article`). Raises :class:`FormatError` for a suffix
    that no reader knows or a file that breaks its format, :class:`InputError` for data
    that is not text, and :class:`SettingsError` for a choice where there is none.
    """
    if segmented:
        from corpus.readers import segmented as lines

        return lines.read(data, name, language)
    suffix = PurePath(name).suffix.lower() or ".txt"
    reader = _readers().get(suffix)
    if reader is None:
        known = ", ".join(sorted(_readers()))
        remedy = f"give one of {known}, or save it as plain text first"
        raise FormatError(f"no reader for {suffix} files", where=name, remedy=remedy)
    document: Document
    if choice is None:
        document = reader.read(data, name, language)
    elif getattr(reader, "CHOOSES", False):
        document = reader.read(data, name, language, choice)
    else:
        raise SettingsError("only of a web page can a part be chosen", where=name, remedy="leave it out")
    return document
