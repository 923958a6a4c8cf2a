"""Text to token ids and back, for a MarianMT directory (as MarianTokenizer does it)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sentencepiece

from corpus.document import Span
from corpus.errors import ModelError
from translate.models import Model


@dataclass(frozen=True)
class Side:
    """One side's SentencePiece model and the ids that the model gives its pieces."""

    pieces: sentencepiece.SentencePieceProcessor
    ids: dict[str, int]
    names: dict[int, str]

    @property
    def unknown(self) -> int:
        """The id of ``<unk>``."""
        return self.ids["<unk>"]

    def encode(self, text: str) -> list[int]:
        """Token ids of ``text``, without ``</s>``."""
        return [self.ids.get(piece, self.unknown) for piece in self.pieces_of(text)]

    def pieces_of(self, text: str) -> list[str]:
        """The pieces of ``text`` by name, without ``</s>``; some may not be in the vocabulary."""
        found: list[str] = self.pieces.encode(text, out_type=str)
        return found

    def unreadable(self, text: str) -> list[Span]:
        """The characters of ``text`` that have no token."""
        if self.unknown not in self.encode(text):
            return []
        ids, spans = self.encode_with_spans(text)
        # Part of a character that normalisation took apart may have an empty span before it.
        return [
            span if len(span) else Span(min(span.start, len(text) - 1), min(span.start, len(text) - 1) + 1)
            for token, span in zip(ids, spans, strict=True)
            if token == self.unknown
        ]

    def encode_with_spans(self, text: str) -> tuple[list[int], list[Span]]:
        """Token ids of ``text`` and the characters each stands for (without the space before)."""
        found = self.pieces.encode(text, return_type="proto").pieces
        at = _code_points(text)
        ids, spans = [], []
        for piece in found:
            start, end = at[piece.begin], at[piece.end]
            while start < end and text[start].isspace():
                start += 1
            ids.append(self.ids.get(piece.piece, self.unknown))
            spans.append(Span(start, end))
        return ids, spans

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of ``tokens``; ids without a piece give nothing."""
        held = [self.names[token] for token in tokens if token in self.names]
        text: str = self.pieces.decode_pieces(held)
        return text.replace("\u2581", " ").strip()


@dataclass(frozen=True)
class Vocabulary:
    """Both sides of a model."""

    source: Side
    target: Side

    def source_name(self, token: int) -> str:
        """The piece of a source id, special ones included."""
        return _name(self.source, token)

    def target_name(self, token: int) -> str:
        """The piece of a target id, special ones included."""
        return _name(self.target, token)

    def target_id(self, piece: str) -> int:
        """The id of a target piece."""
        return self.target.ids[piece]


def _name(side: Side, token: int) -> str:
    found = side.names.get(token)
    return next(piece for piece, number in side.ids.items() if number == token) if found is None else found


def load_vocabulary(model: Model) -> Vocabulary:
    """Read a model's vocabularies. Raises :class:`ModelError` for a broken file."""
    return Vocabulary(
        _side(model.folder / "source.spm", model.folder / "vocab.json"),
        _side(model.folder / "target.spm", model.target_vocabulary),
    )


def _side(pieces: Path, numbers: Path) -> Side:
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.LoadFromFile(str(pieces))
    except (RuntimeError, OSError):
        raise ModelError(
            "is not a SentencePiece model", where=str(pieces), remedy="copy the model directory again"
        ) from None
    ids: dict[str, int] = json.loads(numbers.read_text("utf-8"))
    special = {"</s>", "<unk>", "<pad>"}
    return Side(processor, ids, {number: piece for piece, number in ids.items() if piece not in special})


def _code_points(text: str) -> list[int]:
    """For every UTF-8 byte offset of ``text``, the offset in code points."""
    at: list[int] = []
    for index, character in enumerate(text):
        at.extend([index] * len(character.encode()))
    at.append(len(text))
    return at
