"""English sentences with a Dutch side that a model wrote (Sennrich et al. 2016).

    python -m translate.training.recipes.builtin.backtranslate --data DIR --model BACK [--part N]

Translates ``mono.en.txt`` in ``DIR`` with ``BACK``, the model of
:mod:`translate.training.recipes.builtin.reverse`, and writes ``back.N.tsv``: score, Dutch,
English. Each part has other sentences, so that training can begin after the first.

The English side is what a person wrote, so a decoder learns real English from it, and the
Dutch side has Dutch word order, which an imitation has not. The score is the mean
log-probability a token (<= 0); ``mix`` leaves the lowest out. A translation that loops, or
whose length or numbers do not fit, is left out here (:mod:`corpus.symptoms`).
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.document import one_line
from corpus.files import atomic_write
from corpus.symptoms import symptoms
from translate.engines.conversion import convert
from translate.training.crosslingual import EOS
from translate.training.examples import Codec
from translate.training.recipes.builtin.mix import SEED
from translate.training.recipes.command import run_step, tell
from translate.training.recipes.tables import read_lines

LONGEST = 80  # pieces of an English sentence
CHUNK = 4096  # sentences between two lines of progress


def load_translator(folder: Path, place: Path) -> Any:
    """The model in ``folder`` as a CTranslate2 translator in int8; ``place`` holds the conversion."""
    import ctranslate2

    convert(folder, place, "int8")
    return ctranslate2.Translator(str(place / "translator"), inter_threads=2, intra_threads=1)


@dataclass(frozen=True, slots=True)
class Made:
    """A translation, and its mean log-probability a token, ``</s>`` included."""

    text: str
    score: float


def translate_all(lines: Sequence[str], codec: Codec, translator: Any) -> Iterator[Made]:
    """A translation of each line, greedy, in order. Its text is empty where nothing came out."""
    for begin in range(0, len(lines), CHUNK):
        pieces = codec.source.encode(list(lines[begin : begin + CHUNK]), out_type=str)
        pieces = [[*sentence, EOS] for sentence in pieces]
        results = translator.translate_batch(
            pieces,
            beam_size=1,
            max_batch_size=2048,
            batch_type="tokens",
            max_decoding_length=int(LONGEST * 1.5),
            length_penalty=0,  # so that the score is the sum
            return_scores=True,
        )
        for result in results:
            found = result.hypotheses[0]
            yield Made(one_line(codec.target.decode(found)), result.scores[0] / (len(found) + 1))
        tell(f"{begin + len(pieces)} of {len(lines)} sentences")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sentences: part ``part`` (from 1) of ``size`` each, shuffled, without the first ``skip``."""

    part: int
    size: int
    skip: int
    seed: int = SEED

    def of(self, lines: Sequence[str]) -> list[str]:
        """The chosen ones of ``lines``, each once."""
        wanted = list(dict.fromkeys(lines[self.skip :]))
        random.Random(self.seed).shuffle(wanted)
        return wanted[(self.part - 1) * self.size : self.part * self.size]


def make_back(data: Path, model: Path, choice: Choice) -> None:
    """Write ``back.N.tsv`` in ``data``."""
    codec = Codec.load(model)
    chosen = choice.of(read_lines(data / "mono.en.txt"))
    fitting = [line for line in chosen if len(codec.source.encode(line)) < LONGEST]
    out, kept = data / f"back.{choice.part}.tsv", 0
    with tempfile.TemporaryDirectory() as folder, atomic_write(out) as stream:
        translator = load_translator(model, Path(folder) / "model")
        for made, english in zip(translate_all(fitting, codec, translator), fitting, strict=True):
            if not symptoms(made.text, english) and made.text != english:
                stream.write(f"{made.score:.4f}\t{made.text}\t{english}\n".encode())
                kept += 1
    tell(f"{out}: {kept} of {len(fitting)} sentences")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="English sentences with a Dutch side that a model wrote.")
    parser.add_argument("--data", type=Path, required=True, help="folder that the earlier steps wrote")
    parser.add_argument("--model", type=Path, required=True, help="the model that translates back")
    parser.add_argument("--part", type=int, default=1, help="which sentences, from 1")
    parser.add_argument("--size", type=int, default=60_000, help="sentences a part")
    parser.add_argument("--skip", type=int, default=0, help="lines to leave out, from the first")
    return run_step(
        parser,
        lambda given: make_back(given.data, given.model, Choice(given.part, given.size, given.skip)),
        arguments,
    )


if __name__ == "__main__":
    sys.exit(main())
