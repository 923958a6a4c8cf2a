"""Tiny MarianMT directories whose behaviour is known, built by hand in a second.

The weights are not trained: the decoder's cross-attention looks at the source token of
its own position and writes the target piece that carries the same code. So the model
translates word by word (separate vocabularies) or copies (one vocabulary), and what
it should say can be written down without running it. Words that are not in
:data:`WORDS` are spelled character by character.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from sentencepiece import sentencepiece_model_pb2 as spm_proto
from transformers import MarianConfig, MarianMTModel

from translate.quiet import quiet_transformers

SPACE = "\u2581"
WORDS = {
    "De": "The", "de": "the", "Het": "The", "het": "the", "een": "a", "Een": "A", "huis": "house",
    "man": "man", "vrouw": "woman", "hond": "dog", "fiets": "bicycle", "leest": "reads", "ziet": "sees",
    "koopt": "buys", "krant": "newspaper", "boek": "book", "rode": "red", "grote": "big", "oude": "old",
    "en": "and", "maar": "but", "slaapt": "sleeps", "tuin": "garden", "in": "in", "loopt": "walks",
    "naar": "to", "straat": "street", "niet": "not", "is": "is", "omdat": "because", "moe": "tired",
    "hij": "he", "zij": "she", "Zij": "She", "Wie": "Who", "Geen": "No", "nieuws": "news", "heeft": "has",
    "twee": "two", "boeken": "books",
}  # fmt: skip
CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?-'\"()/é" + SPACE

_WIDTH = 256  # half sines, half cosines (Marian's sinusoidal positions)
_FAST = range(16)  # frequencies that tell positions apart
_SLOW = slice(84, 120)  # sines so slow that they are nearly nothing: room for the codes
_NOTHING = slice(120, 128)  # and for what layer norm took away, which is seen here alone


@dataclass(frozen=True)
class Tiny:
    """What to build. ``behaviour``: ``normal``, ``empty`` (ends at once), ``loop`` (never ends)."""

    separate: bool = True
    behaviour: str = "normal"
    positions: int = 128
    alignment_layer: int | None = None
    languages: tuple[str, str] = ("nl", "en")


def build(folder: Path, tiny: Tiny = Tiny()) -> Path:
    """Write the model into ``folder`` (made if need be) and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    words = list(WORDS)
    english = sorted(set(WORDS.values()) - set(words))
    source = [*(SPACE + word for word in [*words, *english]), *CHARACTERS]
    target = [*(SPACE + word for word in dict.fromkeys(WORDS.values())), *CHARACTERS]
    if not tiny.separate:
        target = source
    _write_vocabulary(folder, source, target, tiny)
    codes = _codes()
    source_codes, target_codes = (
        torch.stack([codes[0], codes[1], *(codes[_meaning(piece, tiny)] for piece in side), codes[0] * 0])
        for side in (source, target)
    )
    model = MarianMTModel(_config(tiny, len(source_codes), len(target_codes)))
    _set_weights(model, source_codes, target_codes, tiny)
    with quiet_transformers():
        model.save_pretrained(folder)
    if tiny.alignment_layer is not None:
        path = folder / "config.json"
        settings = json.loads(path.read_text()) | {"tweetalig_alignment_layer": tiny.alignment_layer}
        path.write_text(json.dumps(settings))
    return folder


def _meaning(piece: str, tiny: Tiny) -> int:
    """The number of the code of ``piece``: its translation's, or its own in a model that copies."""
    word = WORDS.get(piece[1:]) if tiny.separate and len(piece) > 1 else None
    return 2 + _MEANINGS.index(piece if word is None else SPACE + word)


_MEANINGS = list(dict.fromkeys([*(SPACE + word for word in [*WORDS, *WORDS.values()]), *CHARACTERS]))


def _codes() -> torch.Tensor:
    """Random signs, one row a meaning; rows differ in about half their places."""
    generator = torch.Generator().manual_seed(7)
    return torch.randint(0, 2, (2 + len(_MEANINGS), 36), generator=generator).float() * 2 - 1


def _config(tiny: Tiny, source: int, target: int) -> MarianConfig:
    return MarianConfig(
        vocab_size=source,
        decoder_vocab_size=target,
        d_model=_WIDTH,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=1,
        decoder_attention_heads=1,
        encoder_ffn_dim=8,
        decoder_ffn_dim=8,
        max_position_embeddings=tiny.positions,
        scale_embedding=False,
        share_encoder_decoder_embeddings=not tiny.separate,
        tie_word_embeddings=True,
        eos_token_id=0,
        forced_eos_token_id=0,
        pad_token_id=source - 1 if not tiny.separate else target - 1,
        decoder_start_token_id=source - 1 if not tiny.separate else target - 1,
    )


@torch.no_grad()
def _set_weights(model: Any, source_codes: torch.Tensor, target_codes: torch.Tensor, tiny: Tiny) -> None:
    positions = {
        name: module.weight.clone()
        for name, module in model.named_modules()
        if name.endswith("embed_positions")
    }
    for name, parameter in model.named_parameters():
        if "embed_positions" in name:
            continue
        parameter.zero_()
        if "layer_norm" in name and name.endswith("weight"):
            parameter.fill_(1.0)
    for name, module in model.named_modules():
        if name in positions:
            module.weight.copy_(positions[name])
    embed = torch.zeros(len(source_codes), _WIDTH)
    embed[:, _SLOW] = source_codes
    decode = torch.zeros(len(target_codes), _WIDTH)
    decode[:, _SLOW] = target_codes
    model.get_encoder().embed_tokens.weight.copy_(embed)
    model.get_decoder().embed_tokens.weight.copy_(decode)
    model.lm_head.weight.copy_(decode)
    attention = model.get_decoder().layers[0].encoder_attn
    fast = [*_FAST, *(128 + number for number in _FAST)]
    attention.q_proj.weight.copy_(_picking(fast) * 30)
    attention.k_proj.weight.copy_(_picking(fast) * 30)
    slow = list(range(_WIDTH))[_SLOW]
    attention.v_proj.weight.copy_(_picking(slow))
    attention.out_proj.weight.copy_(_picking(slow) * 30)
    if tiny.behaviour == "empty":
        model.final_logits_bias[0, 0] = 1000.0
    if tiny.behaviour == "loop":
        model.final_logits_bias[0, 0] = -1000.0
        model.final_logits_bias[0, 2] = 1000.0


def _picking(places: list[int]) -> torch.Tensor:
    """A matrix that keeps ``places`` and takes off the mean that layer norm left in them."""
    matrix = torch.zeros(_WIDTH, _WIDTH)
    matrix[places, places] = 1.0
    matrix[places, _NOTHING] = -1.0 / 8
    return matrix


def _write_vocabulary(folder: Path, source: list[str], target: list[str], tiny: Tiny) -> None:
    for side, pieces in (("source", source), ("target", target)):
        (folder / f"{side}.spm").write_bytes(_sentencepiece(pieces))
    numbered = [["</s>", "<unk>", *pieces, "<pad>"] for pieces in (source, target)]
    names = ("vocab.json", "target_vocab.json") if tiny.separate else ("vocab.json",)
    for name, pieces in zip(names, numbered, strict=False):
        numbers = {piece: number for number, piece in enumerate(pieces)}
        (folder / name).write_text(json.dumps(numbers, ensure_ascii=False), "utf-8")
    settings = {"source_lang": tiny.languages[0], "target_lang": tiny.languages[1], "model_max_length": 128}
    settings["separate_vocabs"] = tiny.separate
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def _sentencepiece(pieces: list[str]) -> bytes:
    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["een twee drie"]),
        model_writer=buffer,
        vocab_size=12,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    model = spm_proto.ModelProto()
    model.ParseFromString(buffer.getvalue())
    del model.pieces[:]
    model.pieces.add(piece="<unk>", score=0.0, type=2)
    model.pieces.add(piece="</s>", score=0.0, type=3)
    for piece in dict.fromkeys(pieces):
        model.pieces.add(piece=piece, score=-1.0 if len(piece) > 1 else -5.0)
    model.trainer_spec.unk_id, model.trainer_spec.eos_id = 0, 1
    model.trainer_spec.bos_id = model.trainer_spec.pad_id = -1
    model.trainer_spec.vocab_size = len(model.pieces)
    return bytes(model.SerializeToString())
