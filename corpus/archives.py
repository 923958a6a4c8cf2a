"""Zip files from strangers: docx, odt and epub are zip files.

An archive is opened from bytes, looked at whole before anything is unpacked, and
unpacked in memory member by member, never to disk. What a zip file can do to its
reader (swell to terabytes, name files outside its folder, hide one member behind
another of the same name) is refused with an error that says which member.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from corpus.errors import FormatError

_CHUNK = 1 << 20
_ENCRYPTED = 0x1  # general purpose bit 0 (APPNOTE 4.4.4)
_SYMBOLIC_LINK = 0o120000
_KNOWN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what OPC, ODF and OCF allow


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds on an archive: members, unpacked bytes in all, and unpacked over packed.

    The ratio counts for members larger than ``ratio_from`` bytes: small ones may well
    be a thousand spaces.
    """

    members: int = 20_000
    total: int = 512 * 1024 * 1024
    text: int = 64 * 1024 * 1024  # of one member that is read as text
    ratio: int = 200
    ratio_from: int = 32 * 1024 * 1024


DEFAULT_LIMITS = ArchiveLimits()


class Archive:
    """A zip file that passed the checks. Made by :func:`open_archive`."""

    def __init__(self, file: zipfile.ZipFile, name: str, limits: ArchiveLimits) -> None:
        self._file = file
        self._name = name
        self._limits = limits

    @property
    def names(self) -> tuple[str, ...]:
        """The members that are files, in their order."""
        return tuple(info.filename for info in self._file.infolist() if not info.is_dir())

    def __contains__(self, member: str) -> bool:
        return member in self._file.NameToInfo

    def read(self, member: str) -> bytes:
        """A member's bytes.

        Raises :class:`FormatError` if it is not there, damaged, encrypted or too large
        to be text.
        """
        where = f"{self._name}, {member}"
        if member not in self:
            raise FormatError("is missing from the file", where=where, remedy="save it anew")
        if self._file.getinfo(member).file_size > self._limits.text:
            size = self._limits.text >> 20
            raise FormatError(f"is larger than {size} MiB", where=where, remedy="split the document")
        return b"".join(self._chunks(member))

    def rewrite(
        self, stream: IO[bytes], replaced: Mapping[str, bytes], added: Mapping[str, bytes] | None = None
    ) -> None:
        """Write the archive again with some members ``replaced`` and some ``added`` at the end.

        The order, times and attributes of the members stay; those that are not
        replaced come out byte for byte.
        """
        with zipfile.ZipFile(stream, "w") as written:
            for info in self._file.infolist():
                content = replaced.get(info.filename)
                with written.open(_copy(info), "w") as member:
                    if content is not None:
                        member.write(content)
                    elif not info.is_dir():
                        for chunk in self._chunks(info.filename):
                            member.write(chunk)
            for name, content in (added or {}).items():
                written.writestr(name, content, zipfile.ZIP_DEFLATED)

    def _chunks(self, member: str) -> list[bytes]:
        info = self._file.getinfo(member)
        where = f"{self._name}, {member}"
        chunks, size = [], 0
        try:
            with self._file.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    chunks.append(chunk)
                    size += len(chunk)
                    if size > info.file_size:
                        raise zipfile.BadZipFile("it is larger than it says")
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise FormatError(f"is damaged ({error})", where=where, remedy="fetch or save it anew") from None
        return chunks


def open_archive(data: bytes, name: str, limits: ArchiveLimits = DEFAULT_LIMITS) -> Archive:
    """The zip file in ``data``, checked. ``name`` is for errors.

    Raises :class:`FormatError` for what is no zip file, and for one that breaks a
    bound, is encrypted, or has members with unsafe or equal names.
    """
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        remedy = "check that it is whole and has the right suffix"
        raise FormatError(f"is not a zip file, or is damaged ({error})", where=name, remedy=remedy) from None
    members = file.infolist()
    if len(members) > limits.members:
        raise FormatError(
            f"has {len(members)} members", where=name, remedy=f"at most {limits.members} are read"
        )
    seen: set[str] = set()
    for info in members:
        _check_member(info, f"{name}, {info.filename!r}", limits)
        if info.filename in seen:
            raise FormatError("is there twice", where=f"{name}, {info.filename!r}", remedy="save it anew")
        seen.add(info.filename)
    total = sum(info.file_size for info in members)
    if total > limits.total:
        problem = f"unpacks to {total >> 20} MiB"
        raise FormatError(problem, where=name, remedy=f"at most {limits.total >> 20} MiB are read")
    return Archive(file, name, limits)


def _check_member(info: zipfile.ZipInfo, where: str, limits: ArchiveLimits) -> None:
    path = PurePosixPath(info.orig_filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in info.filename[:2] or "\0" in info.orig_filename:
        raise FormatError(
            "is a name that leads out of the file", where=where, remedy="do not trust this file"
        )
    if (info.external_attr >> 16) & 0o170000 == _SYMBOLIC_LINK:
        raise FormatError("is a link to elsewhere", where=where, remedy="do not trust this file")
    if info.flag_bits & _ENCRYPTED:
        raise FormatError("is encrypted", where=where, remedy="save the document without a password")
    if info.compress_type not in _KNOWN_METHODS:
        problem = f"is compressed by method {info.compress_type}"
        raise FormatError(problem, where=where, remedy="pack it with deflate")
    swollen = info.file_size > limits.ratio * max(info.compress_size, 1)
    if info.file_size > limits.ratio_from and swollen:
        problem = (
            f"swells to {info.file_size >> 20} MiB, {info.file_size // max(info.compress_size, 1)} times"
        )
        raise FormatError(problem, where=where, remedy="do not trust this file")


def _copy(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """What a new archive says of the member. Sizes and offsets are for the writer to find."""
    copy = zipfile.ZipInfo(info.filename, info.date_time)
    copy.compress_type = info.compress_type
    copy.external_attr = info.external_attr
    copy.create_system = info.create_system
    copy.comment = info.comment
    copy.file_size = info.file_size  # tells whether 64-bit fields are needed
    return copy
