"""Zip files that hold a document: what is in them depends on the bitext alone."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from typing import IO

from corpus.formats._facts import legal
from corpus.formats._page import visible

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that zip knows


class Package:
    """A zip file that is being written; members come out in the order they go in."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._file = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)

    def put(self, name: str, content: str | Iterable[str], *, stored: bool = False) -> None:
        """Add a member; its parts are written as they come."""
        info = zipfile.ZipInfo(name, _EPOCH)
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with self._file.open(info, "w", force_zip64=False) as member:
            for part in (content,) if isinstance(content, str) else content:
                member.write(part.encode("utf-8"))

    def close(self) -> None:
        """Write the directory of the zip file."""
        self._file.close()


def shown(text: str) -> str:
    """``text`` as XML can hold it and eyes can see it, character for character."""
    return legal(visible(text))
