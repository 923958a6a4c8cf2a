"""A MarianMT model from nothing: its vocabulary and its random weights."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sentencepiece
import torch
from transformers import MarianConfig, MarianMTModel

from corpus.errors import SettingsError
from translate.training.pairs import Pair


@dataclass(frozen=True)
class Shape:
    """The size of a new model. ``width`` must be a multiple of ``heads``."""

    vocabulary: int = 8000
    width: int = 256
    heads: int = 8
    feed_forward: int = 1024
    encoder_layers: int = 6
    decoder_layers: int = 2


def make_model(folder: Path, pairs: Iterable[Pair], shape: Shape, seed: int = 1) -> None:
    """Write a new MarianMT directory: one SentencePiece vocabulary for both languages.

    Ids follow opus-mt: ``</s>`` 0, ``<unk>`` 1, the pieces, ``<pad>`` last; the
    embeddings of both sides and the output layer are one matrix. Raises
    :class:`SettingsError` if the text is too small for the vocabulary.
    """
    if shape.width % shape.heads:
        raise SettingsError(f"a width of {shape.width} cannot be shared by {shape.heads} heads")
    folder.mkdir(parents=True, exist_ok=True)
    model, pieces = _vocabulary(pairs, shape.vocabulary)
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(model)
    vocabulary = {piece: number for number, piece in enumerate((*pieces, "<pad>"))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False, indent=0), "utf-8")
    settings = {"source_lang": "nl", "target_lang": "en", "model_max_length": 512, "separate_vocabs": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), "utf-8")
    torch.manual_seed(seed)
    _random_model(shape, len(vocabulary)).save_pretrained(folder)


def _vocabulary(pairs: Iterable[Pair], size: int) -> tuple[bytes, list[str]]:
    buffer = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(text for pair in pairs for text in (pair.source, pair.target)),
            model_writer=buffer,
            vocab_size=size,
            hard_vocab_limit=False,
            eos_id=0,
            unk_id=1,
            bos_id=-1,
            pad_id=-1,
            character_coverage=0.9999,
            input_sentence_size=1_000_000,
            shuffle_input_sentence=True,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise SettingsError(
            f"no vocabulary of {size} pieces can be made of this text ({error})",
            remedy="give more text or a smaller --vocabulary",
        ) from None
    processor = sentencepiece.SentencePieceProcessor(model_proto=buffer.getvalue())
    return buffer.getvalue(), [processor.id_to_piece(i) for i in range(processor.get_piece_size())]


def _random_model(shape: Shape, tokens: int) -> MarianMTModel:
    config = MarianConfig(
        vocab_size=tokens,
        decoder_vocab_size=tokens,
        d_model=shape.width,
        encoder_layers=shape.encoder_layers,
        decoder_layers=shape.decoder_layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=shape.feed_forward,
        decoder_ffn_dim=shape.feed_forward,
        activation_function="swish",
        max_position_embeddings=512,
        scale_embedding=True,
        share_encoder_decoder_embeddings=True,
        tie_word_embeddings=True,
        init_std=shape.width**-0.5,  # with scale_embedding, embeddings start at unit size
        eos_token_id=0,
        pad_token_id=tokens - 1,
        decoder_start_token_id=tokens - 1,
        forced_eos_token_id=0,
    )
    return MarianMTModel(config)
