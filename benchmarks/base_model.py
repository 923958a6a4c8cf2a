"""Make a model with exactly the architecture of Helsinki-NLP/opus-mt-nl-en that copies its source.

    python benchmarks/base_model.py NEW_FOLDER

Six and six layers, width 512, 8 heads, inner width 2048, swish, one vocabulary of 67,028: 79
million weights, random but for one circuit. The last decoder layer looks at the source
token of its own position and writes it, so </s> comes where the source ends and every
engine does the same amount of work. Pieces are the shipped model's, and fillers.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

SHIPPED = Path(__file__).parents[1] / "translate" / "builtin"
TOKENS, WIDTH, INNER, LAYERS, HEADS = 67_028, 512, 2048, 6, 8
END, UNKNOWN, PAD = 0, 1, TOKENS - 1
NOISE = 1e-3
# The first half of a state holds sines of the position, the second cosines.
FAST = np.array([*range(24), *(WIDTH // 2 + place for place in range(24))])  # they tell positions apart
CODE = np.arange(200, 248)  # sines so slow that they are nearly nothing: room for the token's code
NOTHING = np.arange(248, 256)  # what layer norm took away is seen here alone

Tensors = dict[str, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="NEW_FOLDER")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True)
    for side in ("source.spm", "target.spm"):
        shutil.copyfile(SHIPPED / "source.spm", folder / side)
    (folder / "vocab.json").write_text(json.dumps(vocabulary(), ensure_ascii=False), "utf-8")
    (folder / "config.json").write_text(json.dumps(config(), indent=1))
    save_file(weights(), folder / "model.safetensors", metadata={"format": "pt"})


def vocabulary() -> dict[str, int]:
    shipped = json.loads((SHIPPED / "vocab.json").read_text("utf-8"))
    pieces = [piece for piece in shipped if piece not in ("</s>", "<unk>", "<pad>")]
    names = ["</s>", "<unk>", *pieces]
    names += [f"<filler {number}>" for number in range(TOKENS - 1 - len(names))]
    return {name: number for number, name in enumerate([*names, "<pad>"])}


def config() -> dict[str, object]:
    return {
        "model_type": "marian", "architectures": ["MarianMTModel"], "vocab_size": TOKENS,
        "decoder_vocab_size": TOKENS, "d_model": WIDTH, "encoder_layers": LAYERS,
        "decoder_layers": LAYERS, "encoder_attention_heads": 8, "decoder_attention_heads": 8,
        "encoder_ffn_dim": INNER, "decoder_ffn_dim": INNER, "activation_function": "swish",
        "max_position_embeddings": 512, "scale_embedding": True, "static_position_embeddings": True,
        "normalize_before": False, "normalize_embedding": False, "tie_word_embeddings": True,
        "share_encoder_decoder_embeddings": True, "eos_token_id": END, "forced_eos_token_id": END,
        "pad_token_id": PAD, "decoder_start_token_id": PAD, "dropout": 0.0,
    }  # fmt: skip


def weights() -> Tensors:
    random = np.random.default_rng(5)

    def noise(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) * NOISE).astype(np.float32)

    tensors: Tensors = {}
    for side in ("encoder", "decoder"):
        for layer in range(LAYERS):
            name = f"model.{side}.layers.{layer}"
            blocks = ["self_attn"] if side == "encoder" else ["self_attn", "encoder_attn"]
            for block in blocks:
                for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                    tensors[f"{name}.{block}.{part}.weight"] = noise(WIDTH, WIDTH)
                    tensors[f"{name}.{block}.{part}.bias"] = np.zeros(WIDTH, np.float32)
            for part, shape in (("fc1", (INNER, WIDTH)), ("fc2", (WIDTH, INNER))):
                tensors[f"{name}.{part}.weight"] = noise(*shape)
                tensors[f"{name}.{part}.bias"] = np.zeros(shape[0], np.float32)
            for norm in [f"{block}_layer_norm" for block in blocks] + ["final_layer_norm"]:
                tensors[f"{name}.{norm}.weight"] = np.ones(WIDTH, np.float32)
                tensors[f"{name}.{norm}.bias"] = np.zeros(WIDTH, np.float32)
    codes = random.integers(0, 2, (TOKENS, len(CODE))).astype(np.float32) * 2 - 1
    table = np.zeros((TOKENS, WIDTH), np.float32)
    table[:, CODE] = codes / math.sqrt(WIDTH)  # the model multiplies embeddings by that
    table[PAD] = 0
    tensors["model.shared.weight"] = table
    tensors["final_logits_bias"] = np.zeros((1, TOKENS), np.float32)
    copying = f"model.decoder.layers.{LAYERS - 1}.encoder_attn"
    for part, places, factor in (
        ("q_proj", every(FAST), 30), ("k_proj", every(FAST), 30),
        ("v_proj", shared(CODE), 1), ("out_proj", shared(CODE), 30),
    ):  # fmt: skip
        tensors[f"{copying}.{part}.weight"] = picking(places, factor, back=part == "out_proj")
    tensors[f"model.decoder.layers.{LAYERS - 1}.final_layer_norm.weight"] *= 40
    return tensors


def every(places: np.ndarray) -> list[tuple[int, int]]:
    """(row, place) pairs that give each head all of ``places``."""
    size = WIDTH // HEADS
    return [(head * size + at, int(place)) for head in range(HEADS) for at, place in enumerate(places)]


def shared(places: np.ndarray) -> list[tuple[int, int]]:
    """(row, place) pairs that give each head its share of ``places``."""
    size, share = WIDTH // HEADS, len(places) // HEADS
    return [
        (head * size + at, int(places[head * share + at])) for head in range(HEADS) for at in range(share)
    ]


def picking(pairs: list[tuple[int, int]], factor: float, *, back: bool) -> np.ndarray:
    """A matrix that brings each place to its row, less the mean that layer norm left; or back."""
    matrix = np.zeros((WIDTH, WIDTH), np.float32)
    for row, place in pairs:
        if back:
            matrix[place, row] = factor
        else:
            matrix[row, place] = factor
            matrix[row, NOTHING] = -factor / len(NOTHING)
    return matrix


if __name__ == "__main__":
    main()
