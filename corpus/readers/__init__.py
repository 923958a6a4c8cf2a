"""Readers: bytes of a file in, a document without segments out.

Every module here but ``segmented`` reads one format. It exposes ``SUFFIXES`` (with
their dots, in small letters) and ``read(data, name, language) -> Document``.
Adding a format is adding a module.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import PurePath

from corpus.document import Document
from corpus.errors import FormatError

Reader = Callable[[bytes, str, str], Document]

_NOT_A_FORMAT = "segmented"


@cache
def _readers() -> dict[str, Reader]:
    """The reader of each suffix."""
    readers: dict[str, Reader] = {}
    for found in pkgutil.iter_modules(__path__):
        if found.name != _NOT_A_FORMAT and not found.name.startswith("_"):
            module = import_module(f"{__name__}.{found.name}")
            readers |= dict.fromkeys(module.SUFFIXES, module.read)
    return readers


def __getattr__(name: str) -> tuple[str, ...]:
    """``READABLE_SUFFIXES``, found when it is first asked for."""
    if name == "READABLE_SUFFIXES":
        return tuple(sorted(_readers()))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def read_document(data: bytes, name: str, *, language: str = "nl", segmented: bool = False) -> Document:
    """The document in ``data``, read as the suffix of ``name`` says.

    ``-`` and a name without a suffix are plain text. With ``segmented`` the data is
    one segment a line, whatever the name. Raises :class:`FormatError` for a suffix
    that no reader knows, and :class:`InputError` for data that is not text.
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
    return reader(data, name, language)
