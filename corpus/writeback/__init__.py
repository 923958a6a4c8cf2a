"""Writing a translation back into its original, in the same format.

Every module here that does not start with an underscore writes one format, named by
``SourceFile.format``: it exposes ``write(original, bitext, stream) -> WriteReport``.
The original's bytes are read again, in the same order as the reader did, so the
number of a block says where its translation goes. Nothing that is not text changes.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import IO, Protocol

from corpus.bitext import Bitext
from corpus.errors import FormatError, InputError
from corpus.files import sha256_hex
from corpus.writeback._report import WriteReport

__all__ = ["WriteReport", "Writer", "same_format", "write_back"]


class Writer(Protocol):
    """Writes one format back."""

    def __call__(self, original: bytes, bitext: Bitext, stream: IO[bytes]) -> WriteReport:
        """Write ``original`` with the translation in ``bitext`` to ``stream``."""


# What a file's suffix says of its format, where it can be written back.
_FORMATS = {
    ".docx": "docx", ".odt": "odt", ".epub": "epub", ".md": "markdown", ".markdown": "markdown",
    ".srt": "srt", ".vtt": "vtt", ".html": "html", ".htm": "html", ".xhtml": "html",
}  # fmt: skip


def same_format(article: str, output: str) -> bool:
    """Whether files of these two suffixes have one format, which can be written back."""
    known = _FORMATS.get(article.lower())
    return known is not None and known == _FORMATS.get(output.lower())


@cache
def _writers() -> dict[str, Writer]:
    names = [found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")]
    return {name: import_module(f"{__name__}.{name}").write for name in names}


def write_back(original: bytes, bitext: Bitext, stream: IO[bytes]) -> WriteReport:
    """Write ``original``, the bytes that the bitext's source was read from, translated.

    Raises :class:`FormatError` for a format that cannot be written back, and
    :class:`InputError` if the bytes are not those that were read.
    """
    source = bitext.source.source
    writer = _writers().get(source.format)
    if writer is None:
        known = ", ".join(sorted(_writers()))
        problem = f"a document of the format {source.format!r} cannot be written back"
        raise FormatError(problem, where=source.name, remedy=f"only {known} can")
    if sha256_hex(original) != source.sha256:
        problem = "has changed since it was read"
        raise InputError(problem, where=source.name, remedy="translate it again")
    return writer(original, bitext, stream)
