"""From the pieces that a reader finds to a document: one text with its offsets.

A reader walks its file and makes a :class:`Piece` of each block, with a
:class:`Content` to collect what stands in it. The piece's place in the row is its
block's number, so that whoever walks the same bytes again finds the same block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from corpus.document import BREAKS, Block, BlockKind, Document, Mark, SourceFile, Span

PARAGRAPH_BREAK = "\n\n"
_HTML_SPACE = re.compile(r"[ \t\n\r\f]+")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Inline:
    """What stands in a block: its text, the marks over it, and how they hang together.

    ``parents`` gives for a mark's id that of the range it stands in. ``blank_before`` and
    ``blank_after`` hold the ids of points with white space on that side: the text has one
    space for both, or none at its ends.
    """

    text: str
    marks: tuple[Mark, ...] = ()
    parents: Mapping[str, str] = field(default_factory=dict)
    blank_before: frozenset[str] = frozenset()
    blank_after: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Piece:
    """A block to be. ``before`` is the text that parts it from the one before it.

    ``kind`` is None for text that stays as it is (code): it is in the document's text,
    but in no block, so nobody translates it.
    """

    kind: BlockKind | None
    content: Inline
    level: int = 0
    before: str = PARAGRAPH_BREAK


class Content:
    """Collects what stands in a block, in order.

    With ``collapse`` white space counts as in HTML: a run of it is one space, and none
    stands beside a line break.
    """

    def __init__(self, *, collapse: bool = False) -> None:
        self._collapse = collapse
        self._parts: list[str] = []
        self._length = 0
        self._last = ""  # the last character so far
        self._marks: list[Mark] = []
        self._open: list[int] = []
        self._parents: dict[str, str] = {}
        self._blank_before: set[str] = set()
        self._blank_after: set[str] = set()
        self._blank = False  # whether white space came last
        self._pending = False  # white space that is not written yet
        self._after: str | None = None  # the id of a point with nothing behind it yet

    def __len__(self) -> int:
        return self._length

    @property
    def has_text(self) -> bool:
        """Whether there is a letter or digit so far."""
        return any(_LETTER_OR_DIGIT.search(part) for part in self._parts)

    def text(self, text: str) -> None:
        """Add characters."""
        if not text:
            return
        if self._after is not None and text[0].isspace():
            self._blank_after.add(self._after)
        self._blank = text[-1].isspace()
        if not self._collapse:
            beside = self._after is not None and self._last == " "
            self._after = None
            self._put(text.lstrip(" ") if beside else text)
            return
        self._after = None
        lead = _HTML_SPACE.match(text)
        if lead:
            self._pending = True
            text = text[lead.end() :]
            if not text:
                return
        tail = text[-1] in " \t\n\r\f"
        body = _HTML_SPACE.sub(" ", text).rstrip(" ")
        self._flush()
        self._put(body)
        self._pending = tail

    def _flush(self) -> None:
        if self._pending and self._last not in ("", " ", "\n", "\t"):
            self._put(" ")
        self._pending = False

    def _put(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)
            self._last = text[-1]

    def open(self, kind: str, attributes: Mapping[str, str] | None = None) -> str:
        """A range begins; its id."""
        # White space in front of a tag belongs outside it.
        self._flush()
        name = self._mark(kind, attributes)
        self._open.append(len(self._marks) - 1)
        return name

    def close(self, name: str) -> None:
        """The range ``name`` ends here. Ranges that begin in it and go on stay open."""
        number = int(name) - 1
        mark = self._marks[number]
        self._marks[number] = replace(mark, span=Span(mark.span.start, self._length))
        self._open.remove(number)

    def point(self, kind: str, attributes: Mapping[str, str] | None = None, blank: str = "\n") -> str:
        """Something stands here that is no text; its id. A break is ``blank`` in the text."""
        if kind in BREAKS:
            self._pending = False
            name = self._mark(kind, attributes)
            self._put(blank if self._length else "")  # nothing to break before the first word
            mark = self._marks[-1]
            self._marks[-1] = replace(mark, span=Span(mark.span.start, self._length))
            self._blank, self._after = False, None
            return name
        self._flush()
        name = self._mark(kind, attributes)
        if self._blank:
            self._blank_before.add(name)
        self._blank, self._after = False, name
        return name

    def _mark(self, kind: str, attributes: Mapping[str, str] | None) -> str:
        name = str(len(self._marks) + 1)
        if self._open:
            self._parents[name] = str(self._open[-1] + 1)
        span = Span(self._length, self._length)
        self._marks.append(Mark(kind, span, {"id": name, **(attributes or {})}))
        return name

    def done(self) -> Inline:
        """All of it, without white space at the ends; ranges still open end here."""
        while self._open:
            self.close(str(self._open[-1] + 1))
        whole = "".join(self._parts)
        text = whole.strip()
        start = len(whole) - len(whole.lstrip()) if text else len(whole)

        def moved(offset: int) -> int:
            return min(max(offset - start, 0), len(text))

        marks = tuple(replace(m, span=Span(moved(m.span.start), moved(m.span.end))) for m in self._marks)
        return Inline(text, marks, self._parents, frozenset(self._blank_before), frozenset(self._blank_after))


def has_words(content: Inline) -> bool:
    """Whether there is something to translate: a letter or a digit."""
    return _LETTER_OR_DIGIT.search(content.text) is not None


def make_document(
    pieces: Iterable[Piece],
    language: str,
    source: SourceFile,
    metadata: Mapping[str, str] | None = None,
) -> Document:
    """The document of ``pieces``; those of a kind are its blocks, numbered from 1."""
    parts: list[str] = []
    blocks: list[Block] = []
    length = 0
    for piece in pieces:
        before = piece.before if parts else piece.before.lstrip("\n\t")
        start = length + len(before)
        length = start + len(piece.content.text)
        parts += [before, piece.content.text]
        if piece.kind is None:
            continue
        marks = tuple(replace(mark, span=mark.span.shifted(start)) for mark in piece.content.marks)
        blocks.append(Block(len(blocks) + 1, piece.kind, Span(start, length), piece.level, marks))
    text = "".join(parts)
    if parts:
        text += "\n"
    kept = {name: value for name, value in (metadata or {}).items() if value}
    return Document(text, language, tuple(blocks), source=source, metadata=kept)


def notes_of(*notes: str) -> str:
    """What a reader has to tell, for the metadata entry ``notes``: one a line."""
    return "\n".join(note for note in notes if note)


def blocks_in(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces that are blocks, in order: the one at ``n`` is block ``n + 1``."""
    return [piece for piece in pieces if piece.kind is not None]
