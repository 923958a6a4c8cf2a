"""The model that translates back, made from the one that translates forth.

    python -m translate.training.recipes.builtin.reverse --data DIR --model FORTH --out BACK [--minutes 24]

Trains ``BACK``, a MarianMT directory for English to Dutch, on the pairs that ``mix``
takes, turned round, and on some Dutch sentences whose English side is a word-by-word
imitation; they are written to ``DIR`` as ``reverse.tsv`` and ``reverse.held-out.tsv``
(English, Dutch). The same command goes on with an interrupted training.

The encoder knows both languages already, so it stays. The decoder keeps its layers and
gets the Dutch vocabulary: the embeddings that its English words have are, by least
squares, a linear map of those that the same words have in the encoder, and that map
gives Dutch words theirs (the encoder's lie beside their English ones).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import MarianConfig, MarianMTModel

from translate.quiet import quiet_transformers
from translate.training.crosslingual import BARRED, SPECIAL
from translate.training.pairs import Pair
from translate.training.recipes.builtin.mix import (
    SEED,
    Mixture,
    dutch_words,
    general_pairs,
    held_out,
    imitate,
    word_pairs,
    write_pairs,
)
from translate.training.recipes.builtin.own import own_sentences, own_translations
from translate.training.recipes.command import run_step, tell
from translate.training.recipes.tables import read_lines
from translate.training.session import SessionPlan, train
from translate.training.trainer import TrainingSettings

IMITATIONS = 10_000  # Dutch sentences at most


def reversed_model(forth: MarianMTModel) -> MarianMTModel:
    """A model like ``forth`` that writes the vocabulary that ``forth`` reads.

    The first pieces of the source vocabulary must be the target vocabulary, as
    :mod:`translate.training.crosslingual` makes them.
    """
    settings = forth.config.to_dict() | {"decoder_vocab_size": forth.config.vocab_size}
    back = MarianMTModel(MarianConfig(**settings))
    state = {name: value.float() for name, value in forth.state_dict().items()}
    read, written = state["model.encoder.embed_tokens.weight"], state["model.decoder.embed_tokens.weight"]
    shared, special = len(written), len(SPECIAL)
    inputs = torch.cat([read, torch.ones(len(read), 1)], dim=1)  # the ones give the map an offset
    # In single precision the solver fails where the words do not span all directions.
    linear = torch.linalg.lstsq(inputs[special:shared].double(), written[special:].double()).solution.float()
    embeddings = inputs @ linear
    embeddings[:shared] = written
    bias = torch.zeros(1, len(read))
    bias[:, :shared] = state["final_logits_bias"]
    bias[:, shared:] = state["final_logits_bias"][:, special:].mean()
    bias[:, 1 : len(SPECIAL)] = BARRED  # neither <unk> nor <pad> is ever written
    for name in ("model.decoder.embed_tokens.weight", "lm_head.weight"):
        if name in state:
            state[name] = embeddings
    state["final_logits_bias"] = bias
    back.load_state_dict(state)
    back.tie_weights()
    return back


def make_model(forth: Path, out: Path) -> None:
    """Write the model to start from, and its vocabulary, to ``out``."""
    with quiet_transformers():
        model = MarianMTModel.from_pretrained(forth, dtype=torch.float32, use_safetensors=True)
        reversed_model(model).save_pretrained(out)
    for name in ("source.spm", "target.spm"):
        shutil.copyfile(forth / "source.spm", out / name)
    for name in ("vocab.json", "target_vocab.json"):
        shutil.copyfile(forth / "vocab.json", out / name)
    settings = json.loads((forth / "tokenizer_config.json").read_text("utf-8"))
    turned = settings | {"source_lang": settings["target_lang"], "target_lang": settings["source_lang"]}
    (out / "tokenizer_config.json").write_text(json.dumps(turned, indent=2), "utf-8")


def english_words(data: Path) -> dict[str, list[str]]:
    """English words of each Dutch one: :func:`dutch_words` turned round."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for english, choices in dutch_words(data).items():
        for dutch in choices:
            found[dutch].append(english)
    return dict(found)


def make_reverse(data: Path, forth: Path, out: Path, minutes: float, seed: int) -> None:
    """Write the pairs and train the model; see the module."""
    write_reverse_pairs(data, seed)
    start = out / "training" / "untrained"
    make_model(forth, start)
    plan = SessionPlan(
        data=(data / "reverse.tsv",),
        output=out,
        start=start,
        held_out_files=(data / "reverse.held-out.tsv",),
        clean=False,
    )
    settings = TrainingSettings(
        batch_tokens=3000,
        learning_rate=8e-4,
        encoder_rate=0.0,
        minutes=minutes,
        validate_every=400,
        validate_start=True,
        patience=100,
        dropout=0.0,
        seed=seed,
    )
    train(plan, settings, lambda entry: tell(json.dumps(entry)))


def write_reverse_pairs(data: Path, seed: int) -> None:
    """Write ``reverse.tsv`` and ``reverse.held-out.tsv`` in ``data``."""
    chance, mixture = random.Random(seed), Mixture()
    own = [*own_sentences(), *own_translations(read_lines(data / "mono.en.txt"))] * mixture.own
    pairs = [Pair(pair.target, pair.source) for pair in (*general_pairs(data), *own, *word_pairs(data))]
    given = len(pairs)
    lexicon, dutch = english_words(data), read_lines(data / "mono.nl.txt")
    chosen = chance.sample(dutch, min(IMITATIONS, len(dutch)))
    pairs += [imitate(line, lexicon, mixture, chance) for line in chosen]
    chance.shuffle(pairs)
    write_pairs(data / "reverse.tsv", pairs)
    validated = [Pair(pair.target, pair.source) for pair in held_out(data, None)]
    write_pairs(data / "reverse.held-out.tsv", validated)
    tell(f"{data / 'reverse.tsv'}: {given} pairs, {len(pairs)} in all")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="The model that translates back.")
    parser.add_argument("--data", type=Path, required=True, help="folder that the earlier steps wrote")
    parser.add_argument("--model", type=Path, required=True, help="the model that translates forth")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model that translates back")
    parser.add_argument("--minutes", type=float, default=24.0, help="of training")
    parser.add_argument("--seed", type=int, default=SEED, help="of every draw")
    return run_step(
        parser,
        lambda given: make_reverse(given.data, given.model, given.out, given.minutes, given.seed),
        arguments,
    )


if __name__ == "__main__":
    sys.exit(main())
