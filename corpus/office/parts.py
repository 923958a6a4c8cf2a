"""Parts of an office document: files of its package that have text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from corpus.document import BlockKind
from corpus.layout import Inline, Piece
from corpus.office.paragraphs import Label, Paragraph


@dataclass
class Part:
    """A file of the package with text: its name, its tree, its paragraphs and labels."""

    name: str
    root: etree._Element
    paragraphs: list[Paragraph]
    labels: list[Label]


def pieces_of(parts: Sequence[Part]) -> list[Piece]:
    """The blocks: all paragraphs with words, part by part, then texts about pictures."""
    found = [Piece(p.kind, p.content, p.level, p.before) for part in parts for p in part.paragraphs]
    return found + [Piece(BlockKind.CAPTION, Inline(label.text)) for part in parts for label in part.labels]
