"""Encoded pairs and the batches made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import sentencepiece

from translate.training.pairs import Pair

Ids = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]  # of examples, from 0
_WINDOW = 16384  # pairs that are sorted by length together


@dataclass(frozen=True)
class Codec:
    """Text to token ids for both sides of a MarianMT directory, as MarianTokenizer does it.

    ``source_ids`` and ``target_ids`` map SentencePiece's numbers to the model's.
    """

    source: sentencepiece.SentencePieceProcessor
    target: sentencepiece.SentencePieceProcessor
    source_ids: Ids
    target_ids: Ids
    eos: int
    unknown: int  # on the target side, where it is never written

    @classmethod
    def load(cls, folder: Path) -> Codec:
        """The codec of the model in ``folder``."""
        vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
        own = folder / "target_vocab.json"
        target_vocabulary = json.loads(own.read_text("utf-8")) if own.exists() else vocabulary
        source = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
        target = sentencepiece.SentencePieceProcessor(model_file=str(folder / "target.spm"))
        return cls(
            source,
            target,
            _id_map(source, vocabulary),
            _id_map(target, target_vocabulary),
            vocabulary["</s>"],
            target_vocabulary["<unk>"],
        )

    def encode(self, texts: list[str], *, target: bool) -> list[Ids]:
        """One array of ids a text, each closed by ``</s>``."""
        model, ids = (self.target, self.target_ids) if target else (self.source, self.source_ids)
        end = np.array([self.eos], np.int32)
        return [np.concatenate([ids[numbers], end]) for numbers in model.encode(texts, num_threads=2)]


def _id_map(model: sentencepiece.SentencePieceProcessor, vocabulary: dict[str, int]) -> Ids:
    unknown = vocabulary["<unk>"]
    pieces = (model.id_to_piece(number) for number in range(model.get_piece_size()))
    return np.array([vocabulary.get(piece, unknown) for piece in pieces], np.int32)


@dataclass(frozen=True)
class Examples:
    """Encoded pairs, flat in memory: pair i is ``tokens[starts[i]:starts[i + 1]]`` a side.

    ``too_long`` and ``unwritable`` count the pairs that were left out.
    """

    source_tokens: Ids
    source_starts: npt.NDArray[np.int64]
    target_tokens: Ids
    target_starts: npt.NDArray[np.int64]
    too_long: int
    unwritable: int

    def __len__(self) -> int:
        return len(self.source_starts) - 1

    def source(self, index: int) -> Ids:
        """Token ids of a source."""
        return self.source_tokens[self.source_starts[index] : self.source_starts[index + 1]]

    def target(self, index: int) -> Ids:
        """Token ids of a target."""
        return self.target_tokens[self.target_starts[index] : self.target_starts[index + 1]]


def encode_pairs(pairs: Iterable[Pair], codec: Codec, max_tokens: int) -> Examples:
    """``pairs`` as token ids.

    Left out and counted: pairs over ``max_tokens`` on a side, and those whose target
    has a character outside the vocabulary. The model gives the unknown token no
    probability, so that one such token would outweigh the rest of its batch.
    """
    sources: list[Ids] = []
    targets: list[Ids] = []
    too_long = unwritable = 0
    for chunk in _chunks(pairs, 20000):
        encoded_sources = codec.encode([pair.source for pair in chunk], target=False)
        encoded_targets = codec.encode([pair.target for pair in chunk], target=True)
        for source, target in zip(encoded_sources, encoded_targets, strict=True):
            if max(len(source), len(target)) > max_tokens:
                too_long += 1
                continue
            if (target == codec.unknown).any():
                unwritable += 1
                continue
            sources.append(source)
            targets.append(target)
    return Examples(*_flat(sources), *_flat(targets), too_long, unwritable)


def _flat(sequences: list[Ids]) -> tuple[Ids, npt.NDArray[np.int64]]:
    starts = np.zeros(len(sequences) + 1, np.int64)
    np.cumsum([len(sequence) for sequence in sequences], out=starts[1:])
    return (np.concatenate(sequences) if sequences else np.zeros(0, np.int32)), starts


def _chunks(pairs: Iterable[Pair], size: int) -> Iterator[list[Pair]]:
    chunk: list[Pair] = []
    for pair in pairs:
        chunk.append(pair)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def epoch_batches(
    examples: Examples, batch_tokens: int, seed: int, epoch: int, *, keep_order: bool = False
) -> list[Places]:
    """Indexes of each batch of one epoch, the same for the same arguments.

    A batch holds at most ``batch_tokens`` padded tokens (source and target
    together), or one pair. Pairs are shuffled over the whole set (with
    ``keep_order`` only among their neighbours, for data that is already in
    teaching order) and sorted by length within windows so that little is padding.
    """
    random = np.random.default_rng([seed, epoch])
    order = np.arange(len(examples)) if keep_order else random.permutation(len(examples))
    source_lengths = np.diff(examples.source_starts)
    target_lengths = np.diff(examples.target_starts)
    batches: list[npt.NDArray[np.int64]] = []
    for begin in range(0, len(order), _WINDOW):
        window = order[begin : begin + _WINDOW]
        window = window[np.lexsort((source_lengths[window], target_lengths[window]))]
        made = _cut(window, source_lengths, target_lengths, batch_tokens)
        batches += [made[i] for i in random.permutation(len(made))]
    return batches


def _cut(
    window: npt.NDArray[np.int64],
    source_lengths: npt.NDArray[np.int64],
    target_lengths: npt.NDArray[np.int64],
    batch_tokens: int,
) -> list[npt.NDArray[np.int64]]:
    batches = []
    begin, widest_source, widest_target = 0, 0, 0
    for end, index in enumerate(window):
        source = max(widest_source, int(source_lengths[index]))
        target = max(widest_target, int(target_lengths[index]))
        if end > begin and (end - begin + 1) * (source + target) > batch_tokens:
            batches.append(window[begin:end])
            begin, source, target = end, int(source_lengths[index]), int(target_lengths[index])
        widest_source, widest_target = source, target
    batches.append(window[begin:])
    return batches
