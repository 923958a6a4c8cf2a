"""A MarianMT model whose encoder starts from multilingual-e5-small.

The encoder's lower layers put a Dutch word next to its English one although
nothing taught them that pair, so a decoder has order and fluency to learn rather
than vocabulary (Chen et al. 2021, SixT). Three things differ between the two and
are bridged here:

* the vocabulary: XLM-R's 250,002 pieces are cut down to those that Dutch and
  English use, in an ordinary SentencePiece model. The decoder writes only the
  English ones, so source and target have vocabularies (and embeddings) of their
  own, and the encoder can stay as it is while the decoder learns.
* the input: e5 adds learned positions and a layer norm, Marian adds sinusoids.
  Embeddings are stored as e5 would see them, scaled so that the sinusoids weigh
  what the learned positions did; :mod:`translate.training.distillation` teaches
  the rest.
* special tokens: Marian closes a text with ``</s>`` and has no ``<s>``.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
import torch
from sentencepiece import sentencepiece_model_pb2
from transformers import MarianConfig, MarianMTModel

from translate.training.e5 import E5Model

BARRED = -1e4  # added to the logit of a token that must not be written; fits float16
EOS, UNK, PAD = "</s>", "<unk>", "<pad>"
spm_proto: Any = sentencepiece_model_pb2  # its classes are made at run time
SPECIAL = (EOS, UNK, PAD)  # ids 0, 1 and 2 in both vocabularies
_SPACE = "\u2581"


@dataclass(frozen=True)
class PieceSelection:
    """Pieces of a cut-down vocabulary, ``english`` of them first."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    english: int


def unigram_model(pieces: Iterable[str], scores: Iterable[float]) -> bytes:
    """A serialised SentencePiece unigram model with ``pieces`` and XLM-R's normalisation."""
    model = spm_proto.ModelProto()
    model.normalizer_spec.CopyFrom(_normalizer())
    for special, kind in ((UNK, 2), (EOS, 3)):
        model.pieces.add(piece=special, score=0.0, type=kind)
    for piece, score in zip(pieces, scores, strict=True):
        model.pieces.add(piece=piece, score=float(score))
    model.trainer_spec.model_type = spm_proto.TrainerSpec.UNIGRAM
    model.trainer_spec.unk_id, model.trainer_spec.eos_id = 0, 1
    model.trainer_spec.bos_id = model.trainer_spec.pad_id = -1
    model.trainer_spec.vocab_size = len(model.pieces)
    return bytes(model.SerializeToString())


@cache
def _normalizer() -> Any:
    """SentencePiece's own ``nmt_nfkc`` rules, taken from a model made on the spot."""
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
    return model.normalizer_spec


def count_pieces(e5: E5Model, lines: Iterable[str]) -> Counter[str]:
    """How often XLM-R's own segmentation of ``lines`` uses each piece."""
    usable = e5.pieces[4:-1]  # without <s> <pad> </s> <unk> and <mask>
    processor = sentencepiece.SentencePieceProcessor()
    processor.LoadFromSerializedProto(unigram_model(usable, e5.scores[4:-1]))
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(processor.EncodeAsPieces(line))
    return counts


def select_pieces(
    e5: E5Model, english: Counter[str], dutch: Counter[str], english_size: int, dutch_size: int
) -> PieceSelection:
    """The commonest ``english_size`` English pieces and ``dutch_size`` further Dutch ones.

    Single characters of both languages are kept whatever their count, so that any
    word can be read and written. Pieces of several digits are left out: a number
    is read and written digit by digit, which a small model copies more surely.
    """
    index = {piece: number for number, piece in enumerate(e5.pieces) if number >= 4}
    basic = {_SPACE} | {chr(code) for code in range(0x21, 0x7F)} | set("éèëêïíìöóòüúùáàäâçñß€£°²–—’‘“”…§½")

    def eligible(piece: str) -> bool:
        return piece in index and sum(character.isdigit() for character in piece) <= 1

    def best(counts: Counter[str], size: int, taken: set[str]) -> list[str]:
        ranked = [piece for piece, _ in counts.most_common() if eligible(piece) and piece not in taken]
        return ranked[:size]

    needed = [
        piece for piece in index if piece in basic or piece in {_SPACE + digit for digit in "0123456789"}
    ]
    first = needed + best(english, english_size - len(needed), set(needed))
    letters = {character for piece in dutch for character in piece if dutch[piece] >= 20}
    extra = [character for character in sorted(letters) if character in index and character not in set(first)]
    rest = extra + best(dutch, dutch_size - len(extra), {*first, *extra})
    pieces = tuple(first + rest)
    return PieceSelection(pieces, tuple(float(e5.scores[index[p]]) for p in pieces), len(first))


def write_vocabulary(selection: PieceSelection, folder: Path) -> None:
    """``source.spm``, ``target.spm``, the two vocabularies and the tokenizer's settings.

    Ids: ``</s>`` 0, ``<unk>`` 1, ``<pad>`` 2, then the pieces in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sides = (
        ("source.spm", "vocab.json", len(selection.pieces)),
        ("target.spm", "target_vocab.json", selection.english),
    )
    for model_name, vocabulary_name, size in sides:
        pieces = selection.pieces[:size]
        (folder / model_name).write_bytes(unigram_model(pieces, selection.scores[:size]))
        vocabulary = {piece: number for number, piece in enumerate((*SPECIAL, *pieces))}
        (folder / vocabulary_name).write_text(json.dumps(vocabulary, ensure_ascii=False, indent=0), "utf-8")
    settings = {"source_lang": "nl", "target_lang": "en", "model_max_length": 512, "separate_vocabs": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), "utf-8")


def marian_from_e5(
    e5: E5Model, selection: PieceSelection, encoder_layers: int, decoder_layers: int, seed: int = 1
) -> MarianMTModel:
    """A MarianMT model with e5's first ``encoder_layers`` layers as its encoder.

    The decoder's layers start from e5's first ones too, with random cross-attention.
    """
    torch.manual_seed(seed)
    config = MarianConfig(
        vocab_size=len(selection.pieces) + len(SPECIAL),
        decoder_vocab_size=selection.english + len(SPECIAL),
        d_model=e5.hidden,
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        encoder_attention_heads=e5.heads,
        decoder_attention_heads=e5.heads,
        encoder_ffn_dim=e5.feed_forward,
        decoder_ffn_dim=e5.feed_forward,
        activation_function="gelu",
        dropout=0.1,
        attention_dropout=0.0,
        activation_dropout=0.0,
        max_position_embeddings=512,
        scale_embedding=True,
        share_encoder_decoder_embeddings=False,
        tie_word_embeddings=True,
        eos_token_id=0,
        pad_token_id=2,
        decoder_start_token_id=2,
        forced_eos_token_id=0,
    )
    model = MarianMTModel(config)
    with torch.no_grad():
        embeddings = e5_embeddings(e5, selection)
        model.model.encoder.embed_tokens.weight.copy_(embeddings)
        model.model.decoder.embed_tokens.weight.copy_(embeddings[: config.decoder_vocab_size])
        for number, layer in enumerate(model.model.encoder.layers):
            copy_layer(layer, e5, number, _INPUT_SCALE if number == 0 else 1.0)
        for number, layer in enumerate(model.model.decoder.layers):
            copy_layer(layer, e5, number, _INPUT_SCALE if number == 0 else 1.0)
            layer.encoder_attn_layer_norm.load_state_dict(layer.self_attn_layer_norm.state_dict())
        model.final_logits_bias[0, [SPECIAL.index(UNK), SPECIAL.index(PAD)]] = BARRED
    return model


# How much larger than e5's own its embeddings are stored, so that Marian's sinusoids
# (standard deviation 0.71) weigh against them as e5's learned positions (0.026 against
# words of 0.081, brought to 0.44 by the layer norm) did.
_INPUT_SCALE = 0.71 / 0.44 * 0.081 / 0.026


def piece_rows(e5: E5Model, selection: PieceSelection) -> list[int]:
    """The row of ``emb.word`` of each token of the source vocabulary, in its order."""
    index = {piece: number for number, piece in enumerate(e5.pieces)}
    return [index[EOS], index[UNK], index[PAD], *(index[piece] for piece in selection.pieces)]


def e5_embeddings(e5: E5Model, selection: PieceSelection) -> torch.Tensor:
    """Marian embeddings [source vocabulary, hidden]: e5's words after its layer norm.

    The row of ``<pad>`` is zero, because Marian starts decoding from it and other
    engines (CTranslate2) start from a zero embedding.
    """
    words = torch.from_numpy(e5.tensors["emb.word"][np.array(piece_rows(e5, selection))])
    summed = words + torch.from_numpy(e5.tensors["emb.type"][0] + e5.tensors["emb.pos"][:64].mean(axis=0))
    norm = torch.nn.LayerNorm(e5.hidden)
    norm.weight.copy_(torch.from_numpy(e5.tensors["emb.ln.w"]))
    norm.bias.copy_(torch.from_numpy(e5.tensors["emb.ln.b"]))
    embeddings: torch.Tensor = norm(summed) * (_INPUT_SCALE / e5.hidden**0.5)
    embeddings[SPECIAL.index(PAD)] = 0
    return embeddings


def copy_layer(layer: Any, e5: E5Model, number: int, input_scale: float = 1.0) -> None:
    """Fill a Marian encoder or decoder layer with e5's layer ``number``.

    With an ``input_scale`` other than 1 the layer expects its input that much
    larger and gives the same output.
    """
    attention = layer.self_attn
    for ours, theirs in (("q_proj", "q"), ("k_proj", "k"), ("v_proj", "v")):
        _copy_linear(getattr(attention, ours), e5, f"l{number}.{theirs}", weight_scale=1 / input_scale)
    _copy_linear(attention.out_proj, e5, f"l{number}.ao", weight_scale=input_scale, bias_scale=input_scale)
    _copy_linear(layer.fc1, e5, f"l{number}.fi")
    _copy_linear(layer.fc2, e5, f"l{number}.fo")
    for norm, name in ((layer.self_attn_layer_norm, "aln"), (layer.final_layer_norm, "oln")):
        norm.weight.copy_(torch.from_numpy(e5.tensors[f"l{number}.{name}.w"]))
        norm.bias.copy_(torch.from_numpy(e5.tensors[f"l{number}.{name}.b"]))


def _copy_linear(
    linear: torch.nn.Linear, e5: E5Model, name: str, weight_scale: float = 1.0, bias_scale: float = 1.0
) -> None:
    linear.weight.copy_(torch.from_numpy(e5.tensors[f"{name}.w"]) * weight_scale)
    if linear.bias is not None:
        linear.bias.copy_(torch.from_numpy(e5.tensors[f"{name}.b"]) * bias_scale)
