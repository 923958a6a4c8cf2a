"""Markdown: both texts in a table, a sentence a row, or one under the other.

The rules are those of GitHub Flavored Markdown, with its tables and footnotes. A flag is
a footnote of the translation. Whatever Markdown would take for markup in a text is
escaped. The view "interleaved" writes blocks as Markdown has them, each with its
translation under it as a quotation.

The table is read back: texts are what it shows, ids, links and the like are in a comment
at the end, which no renderer shows (``corpus.formats._embedded``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from corpus.bitext import Bitext
from corpus.errors import FormatError
from corpus.files import decode_text
from corpus.formats import Format
from corpus.formats._common import encode_text
from corpus.formats._embedded import Shown, embedded, missing, units_from
from corpus.formats._package import shown
from corpus.formats._page import (
    Group,
    Note,
    Pair,
    Piece,
    Sentence,
    facts_of,
    flag_counts,
    groups,
    language_name,
    name_of,
)
from corpus.units import ALL_TRAITS, DUTCH_ENGLISH, Languages, Trait, Units, bitext_of, units_of

_ALWAYS = re.compile(r"([\\`*_\[\]<>|~^$&])")  # what is markup anywhere in a line
_AT_START = re.compile(r"^(\s*)([#+\-=:]|\d{1,9}(?=[.)]))")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKS = {"strong": "**", "em": "*", "s": "~~"}
_COMMENT = "<!-- tweetalig "


# Writing


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the table, the flags and the data."""
    _put(stream, _opening(bitext))
    names = [_escaped(language_name(document)) for document in (bitext.source, bitext.target)]
    _put(stream, ["", f"| {names[0]} | {names[1]} |", "|---|---|"])
    flags: list[Note] = []
    for group in groups(bitext):
        for item in group.items:
            for pair in item.pairs:
                flags += pair.notes
                _put(stream, [_row(group, pair)])
    _put(stream, ["", *_flags(flags), *_ending(bitext)])
    units = units_of(bitext)
    stream.write(_COMMENT.encode("ascii"))
    for part in embedded(units.head, units.units, shown):
        stream.write(part.replace("--", "-\\u002d").encode("ascii"))
    stream.write(b" -->\n")


def write_interleaved(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write each block with its translation under it."""
    _put(stream, _opening(bitext))
    flags: list[Note] = []
    for group in groups(bitext):
        _put(stream, _blocks(group))
        flags += [note for _, note in group.notes]
    _put(stream, ["", *_flags(flags), *_ending(bitext)])


def _put(stream: IO[bytes], lines: Iterable[str]) -> None:
    stream.write(encode_text("".join(f"{line}\n" for line in lines)))


def _opening(bitext: Bitext) -> list[str]:
    flagged = sum(bool(bead.flags) for bead in bitext.beads)
    counts = ", ".join(f"{label} {count}" for label, count in flag_counts(bitext))
    names = " and ".join(language_name(document) for document in (bitext.source, bitext.target))
    told = f"Flags on {flagged}: {counts}." if flagged else "No flags."
    lines = [
        f"# {_escaped(name_of(bitext))}",
        "",
        _escaped(f"{len(bitext.beads)} sentences in {names}. {told}"),
    ]
    for note in bitext.provenance.notes:
        lines += ["", f"*{_escaped(note)}*"]
    return lines


def _row(group: Group, pair: Pair) -> str:
    kind = group.kind.split(" ")[0]
    around = {"heading": "**", "quotation": "*"}.get(kind, "")
    lead = "• " if kind == "list" else ""
    cells = []
    for side in (pair.source, pair.target):
        text = _styled(side, around)
        cells.append(f"{lead}{text}" if text else "")
    return f"| {cells[0]} | {cells[1]}{_references(pair)} |"


def _blocks(group: Group) -> Iterator[str]:
    """A block in the language of Markdown and its translation."""
    for item in group.items:
        source = " ".join(_styled(pair.source) for pair in item.pairs)
        target = " ".join(_styled(pair.target) + _references(pair) for pair in item.pairs)
        lead = indent = ""
        if group.tag in ("ul", "ol"):
            marker = "-" if item.value is None else f"{item.value}."
            indent = "   " * (max(item.level, 1) - 1)
            lead = f"{marker} "
        elif group.tag.startswith("h"):
            lead = "#" * min(int(group.tag[1:]), 6) + " "
        elif group.tag == "blockquote":
            lead = "> "
        below = f"{indent}{' ' * len(lead)}" if group.tag in ("ul", "ol") else ""
        quoted = "> > " if group.tag == "blockquote" else "> "
        yield from ("", f"{indent}{lead}{source}", *([">"] if quoted == "> > " else [""]))
        yield f"{below}{quoted}{target}"


def _references(pair: Pair) -> str:
    return "".join(f"[^{note.number}]" for note in pair.notes)


def _flags(notes: Sequence[Note]) -> Iterator[str]:
    for note in notes:
        yield f"[^{note.number}]: **{_escaped(note.label)}**: {_escaped(note.message)}"
    if notes:
        yield ""


def _ending(bitext: Bitext) -> Iterator[str]:
    facts = facts_of(bitext)
    if facts:
        yield from ("## How this text came to be", "")
        yield from (f"- {_escaped(name)}: {_escaped(value)}" for name, value in facts)
        yield ""


def _styled(side: Sentence, around: str = "") -> str:
    """A sentence with its looks. ``around`` is put around it where that does no harm."""
    text = "".join(_piece(piece) for piece in side.pieces)
    if text and not around:
        text = _AT_START.sub(r"\1\\\2", text) if not text[0].isdigit() else _number(text)
    if not around or not text or "*" in text.replace("\\*", "") or text != text.strip():
        return text
    return f"{around}{text}{around}"


def _number(text: str) -> str:
    """``1. x`` would begin a list: the full stop is what to escape."""
    return re.sub(r"^(\d{1,9})([.)])", r"\1\\\2", text)


def _piece(piece: Piece) -> str:
    text = _escaped(piece.text)
    inner = text.strip(" ")
    if not inner:
        return text
    before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    marks = [_MARKS[tag] for tag in piece.tags if tag in _MARKS]
    styled = "".join(marks) + inner + "".join(reversed(marks))
    if piece.link:
        styled = f"[{styled}]({piece.link.replace('(', '%28').replace(')', '%29')})"
    return before + styled + after


def _escaped(text: str) -> str:
    return _ALWAYS.sub(r"\\\1", " ".join(shown(text).splitlines()))


# Reading


def read(stream: IO[bytes], name: str) -> Bitext:
    """The bitext of a table that was written here. Raises :class:`FormatError`."""
    return bitext_of(read_units(stream, name))


def read_units(stream: IO[bytes], name: str, languages: Languages = DUTCH_ENGLISH) -> Units:
    """The units of a table that was written here, with the texts that it shows now.

    The file says what its languages are. Raises :class:`FormatError`.
    """
    text = decode_text(stream.read(), name)
    lines = [line.rstrip("\r") for line in text.split("\n")]
    data = next((line for line in lines if line.startswith(_COMMENT)), None)
    if data is None:
        raise missing(name)
    start = lines.index("|---|---|") + 1 if "|---|---|" in lines else None
    if start is None:
        raise FormatError("has no table any more", where=name, remedy="undo the change")
    rows: list[Shown] = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append(_shown_in(line, f"{name}, row {len(rows) + 1} of the table"))
    return units_from(data.removeprefix(_COMMENT).removesuffix(" -->"), rows, name)


def _shown_in(line: str, where: str) -> Shown:
    cells = re.findall(r"\|((?:\\.|[^\\|])*)(?=\|)", line)
    if len(cells) != 2:
        raise FormatError(f"has {len(cells)} cells, not 2", where=where, remedy="mend the row")
    return Shown(_plain(cells[0]), _plain(cells[1]))


def _plain(cell: str) -> str:
    """The text of a cell, without markup and references to flags."""
    cell = re.sub(r"(?:(?<!\\)\[\^\d+\])+\s*$", "", cell).strip()
    cell = cell.removeprefix("• ")
    # A character that is escaped is put away until the markup is gone.
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[1])
        return "\0"

    cell = _ESCAPED.sub(keep, cell)
    cell = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cell)
    cell = re.sub(r"\*\*|\*|~~", "", cell)
    back = iter(kept)
    return re.sub("\0", lambda _: next(back), cell)


FORMAT = Format(
    "markdown",
    (".md",),
    "Markdown with both texts in a table, flags as footnotes",
    write,
    read,
    views={"interleaved": write_interleaved},
    read_units=read_units,
    keeps=ALL_TRAITS - {Trait.LAYOUT},
)
