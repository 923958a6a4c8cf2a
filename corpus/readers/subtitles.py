"""Subtitles: SubRip and WebVTT. See :mod:`corpus.subtitles` for how cues become blocks."""

from __future__ import annotations

from pathlib import PurePath

from corpus.document import Document, SourceFile
from corpus.encodings import decode
from corpus.errors import InputError
from corpus.files import sha256_hex
from corpus.layout import make_document, notes_of

SUFFIXES = (".srt", ".vtt")


def read(data: bytes, name: str, language: str) -> Document:
    """The document in the subtitles ``data``; its blocks are of the kind ``cue``.

    Raises :class:`corpus.errors.FormatError` for a line that is not in order, and
    :class:`InputError` for data without text.
    """
    from corpus.subtitles import SubtitleFormat, read_subtitles

    kind = SubtitleFormat(PurePath(name).suffix.lower().removeprefix("."))
    decoded = decode(data, name)
    subtitles = read_subtitles(decoded.text, name, kind)
    if not subtitles.speeches:
        raise InputError("has no text in its cues", where=name, remedy="give a file with text in it")
    source = SourceFile(name, sha256_hex(data), decoded.encoding, str(kind))
    return make_document(subtitles.pieces(), language, source, {"notes": notes_of(*subtitles.notes)})
