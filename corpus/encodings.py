"""Bytes to text when nobody promises that they are UTF-8.

In this order: a byte order mark, what the file says of itself, UTF-8, UTF-16 without
a mark, and last the one-byte encodings that Dutch text is found in. Which of those it
is shows from its letters: read in the wrong one, ``é`` is no letter that Dutch has.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from corpus.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins in the same way
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# In the order of how often they are met, which decides between equals.
_ONE_BYTE = ("windows-1252", "macintosh", "cp850")
_USUAL = frozenset("éëïöüèêáóúíäàçÉË€§°²³½«»“”„‘’–—…•\u00a0")
_POSSIBLE = frozenset("îôâûñìòùßøåæÈÊÏÍÓÒÖÔÚÙÜÁÀÄÂÇÑØÅÆ£±·¼¾µ‚™©®×")
# WHATWG Encoding, 4.2: what these labels mean on the web.
_WEB_LABELS = {"iso-8859-1": "windows-1252", "latin-1": "windows-1252", "latin1": "windows-1252"}
_WEB_LABELS |= {"us-ascii": "windows-1252", "ascii": "windows-1252", "utf8": "utf-8"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\x80-\x84\x86-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ZIP = b"PK\x03\x04"  # APPNOTE.TXT 4.3.7: how the first file in a zip begins
_SAMPLE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the encoding its bytes had, and the byte order mark they began with."""

    text: str
    encoding: str
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """``text`` in the same encoding and with the same mark.

        Raises :class:`UnicodeEncodeError` for what the encoding cannot hold.
        """
        return self.mark + text.encode(self.encoding)


def decode(data: bytes, name: str, declared: str = "") -> Decoded:
    """The text of ``data``. ``declared`` is the encoding that the file itself names.

    Raises :class:`InputError` for what is not text in any encoding we know, and for
    text with nothing in it.
    """
    decoded = _decoded(data, name, declared)
    if not decoded.text:
        raise InputError("is empty", where=name, remedy="give a file with text in it")
    if not decoded.text.strip():
        raise InputError("holds only white space", where=name, remedy="give a file with text in it")
    return decoded


def _decoded(data: bytes, name: str, declared: str) -> Decoded:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = _try(data[len(mark) :], encoding)
            if text is None or (encoding != "utf-8" and not _plausible(text)):
                raise _no_text(data, name)
            return Decoded(_without_nul(text, name), encoding, mark)
    if data.startswith(_ZIP):
        remedy = "give the file its own suffix, or say which format it has"
        raise InputError("is no plain text but a .docx, .odt, .epub or other zip", where=name, remedy=remedy)
    if b"\0" in data:
        return _wide(data, name)
    label = declared.strip().lower()
    label = _WEB_LABELS.get(label, label)
    if label and label not in ("utf-8", "utf-16", "utf-32") and _known(label):
        text = _try(data, label)
        if text is not None and not _CONTROL.search(text):
            return Decoded(text, label)
    text = _try(data, "utf-8")
    if text is not None:
        return Decoded(text, "utf-8")
    return _one_byte(data, name)


def _wide(data: bytes, name: str) -> Decoded:
    """UTF-16 without a mark: most of every second byte is NUL in Latin text."""
    sample = data[:_SAMPLE]
    for encoding, start in (("utf-16-le", 1), ("utf-16-be", 0)):
        high = sample[start::2]
        if len(data) % 2 == 0 and high.count(0) > 0.7 * len(high):
            text = _try(data, encoding)
            if text is not None and _plausible(text) and "\0" not in text:
                return Decoded(text, encoding)
    line = data[: data.index(b"\0")].count(b"\n") + 1
    raise _nul(name, line)


def _without_nul(text: str, name: str) -> str:
    if "\0" in text:
        raise _nul(name, text[: text.index("\0")].count("\n") + 1)
    return text


def _nul(name: str, line: int) -> InputError:
    return InputError(
        "has a NUL byte, so it is not plain text",
        where=f"{name}, line {line}",
        remedy="give a UTF-8 text file",
    )


def _one_byte(data: bytes, name: str) -> Decoded:
    """The one-byte encoding in which the letters beyond ASCII are the likeliest."""
    best: tuple[int, str, str] | None = None
    for encoding in _ONE_BYTE:
        text = _try(data, encoding)
        if text is None or _CONTROL.search(text):
            continue
        # A strange letter speaks three times as much against an encoding as a rare one.
        beyond = [c for c in text[:_SAMPLE] if c > "\x7f"]
        against = sum(0 if c in _USUAL else 1 if c in _POSSIBLE else 3 for c in beyond)
        if best is None or against < best[0]:
            best = (against, encoding, text)
    if best is None or best[0] > 1.5 * sum(c > "\x7f" for c in best[2][:_SAMPLE]):
        raise _no_text(data, name)
    return Decoded(best[2], best[1])


def _no_text(data: bytes, name: str) -> InputError:
    line = data[: _first_bad(data)].count(b"\n") + 1
    remedy = f"convert it first, for example: iconv -f WINDOWS-1252 -t UTF-8 {name}"
    return InputError("is not UTF-8 text", where=f"{name}, line {line}", remedy=remedy)


def _first_bad(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _known(label: str) -> bool:
    try:
        return codecs.lookup(label)._is_text_encoding
    except (LookupError, ValueError):
        return False


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, ValueError):
        return None


def _plausible(text: str) -> bool:
    """Whether this can be text: hardly any controls, and letters that Latin text has."""
    sample = text[:_SAMPLE]
    if _SURROGATE.search(sample) or _CONTROL.search(sample):
        return False
    latin = sum(c < "\u0250" or "\u2000" <= c <= "\u22ff" for c in sample)
    return latin >= 0.5 * len(sample)
