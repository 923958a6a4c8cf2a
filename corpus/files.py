"""Reading bytes with clear errors and writing outputs whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from corpus.errors import InputError, OutputError


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises :class:`InputError` if it cannot be read."""
    if path.is_dir():
        raise InputError("is a directory", where=str(path), remedy="name a file in it")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError("no such file", where=str(path), remedy="check the name") from None
    except OSError as error:
        raise InputError(
            error.strerror or str(error), where=str(path), remedy="check its permissions"
        ) from None


def decode_text(data: bytes, name: str) -> str:
    """UTF-8 text of ``data`` (a byte order mark is dropped). ``name`` is for errors.

    Raises :class:`InputError` for NUL bytes, for other encodings, and for text
    with nothing in it but white space.
    """
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise InputError(
            "has a NUL byte, so it is not plain text",
            where=f"{name}, line {line}",
            remedy="give a UTF-8 text file",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        remedy = f"convert it first, for example: iconv -f WINDOWS-1252 -t UTF-8 {name}"
        raise InputError("is not UTF-8 text", where=f"{name}, line {line}", remedy=remedy) from None
    if not text:
        raise InputError("is empty", where=name, remedy="give a file with text in it")
    if not text.strip():
        raise InputError("holds only white space", where=name, remedy="give a file with text in it")
    return text


def sha256_hex(data: bytes) -> str:
    """SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def check_writable(path: Path) -> None:
    """Raise :class:`OutputError` now if ``path`` cannot be written later."""
    if path.is_dir():
        raise OutputError("is a directory", where=str(path), remedy="name a file in it")
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"the folder {folder} does not exist", where=str(path), remedy="make it first")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise OutputError("cannot be written", where=str(path), remedy="check its permissions")


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """A binary file that becomes ``path`` only when the block ends without an error.

    It is written beside ``path`` and renamed, so a reader sees the old content or
    the new, and an interrupted run leaves nothing. Raises :class:`OutputError`.
    """
    check_writable(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise OutputError(error.strerror or str(error), where=str(path), remedy="check its folder") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(_mode_for(path))
        Path(temporary).replace(path)
    except OSError as error:
        raise OutputError(error.strerror or str(error), where=str(path), remedy="check the disk") from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def _mode_for(path: Path) -> int:
    """The permissions ``path`` has, or that a new file would get."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
