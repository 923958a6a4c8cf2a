"""Word links alone, in the notation of the Pharaoh decoder: a line a bead, ``0-0 1-2``.

Indexes count from 0 over words parted by white space, source first, so that the file goes
with the texts as word aligners and phrase tables have them. Links of our finer words
(``corpus.words`` parts commas and quotation marks) count for the words they stand in.
"""

from __future__ import annotations

from typing import IO

from corpus.bitext import Bitext, Link
from corpus.errors import FormatError
from corpus.formats import Format
from corpus.formats._common import encode_text
from corpus.words import words


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write the links of each bead on a line; a bead without links gives an empty one."""
    for bead in bitext.beads:
        links = token_links(bitext.source_text(bead), bitext.target_text(bead), bead.links)
        stream.write(encode_text(" ".join(f"{i}-{j}" for i, j in links) + "\n"))


def token_links(source: str, target: str, links: tuple[Link, ...]) -> list[tuple[int, int]]:
    """Links as sorted pairs of indexes over words parted by white space."""
    owners = [_token_of_words(text) for text in (source, target)]
    return sorted({(owners[0][link.source], owners[1][link.target]) for link in links})


def _token_of_words(text: str) -> list[int]:
    """For each of our words the number of the white-space word that it starts in."""
    return [len(text[: span.start].split()) - (not _opens(text, span.start)) for span in words(text)]


def _opens(text: str, place: int) -> bool:
    return place == 0 or text[place - 1].isspace()


def read_links(text: str, name: str) -> list[set[tuple[int, int]]]:
    """The links of each line. Raises :class:`FormatError` with file and line.

    ``?`` in place of ``-`` marks a possible link in some gold sets; it is read as one.
    """
    made = []
    for number, line in enumerate(text.splitlines(), start=1):
        links = set()
        for part in line.replace("?", "-").split():
            source, dash, target = part.partition("-")
            if not (dash and source.isdecimal() and target.isdecimal()):
                raise FormatError(
                    f"{part[:20]!r} is not a link",
                    where=f"{name}, line {number}",
                    remedy="write source and target word, from 0, as in: 0-0 1-2",
                )
            links.add((int(source), int(target)))
        made.append(links)
    return made


FORMAT = Format("word links", (".pharaoh", ".align"), "word links alone, as word aligners have them", write)
