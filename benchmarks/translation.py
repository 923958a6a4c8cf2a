"""Translate an evaluation set and score it beside the published systems.

    python benchmarks/translation.py SET_FOLDER [--model builtin] [--engine auto] [--beam 4] [--save FILE]

SET_FOLDER holds NAME.nl, NAME.en and, if there is one, published.tsv (system, BLEU).
Scores are sacrebleu's. The set is for measuring only: never train on it or tune to it.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from pathlib import Path

import sacrebleu

from corpus.errors import TweetaligError
from corpus.files import read_bytes
from corpus.readers import read_document
from translate.engines import DecodingSettings, EngineSettings
from translate.engines.selection import load_engine
from translate.models import find_model
from translate.pipeline import TranslationSettings, translate_document


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--save", type=Path, help="write the translation here, one segment a line")
    options = parser.parse_args()
    try:
        run(options)
    except TweetaligError as error:
        sys.exit(f"error: {error}")


def run(options: argparse.Namespace) -> None:
    (source,) = options.folder.glob("*.nl")
    reference = source.with_suffix(".en").read_text("utf-8").splitlines()
    document = read_document(read_bytes(source), str(source), segmented=True)
    engine = load_engine(find_model(options.model, offline=True), EngineSettings(options.engine))
    settings = TranslationSettings(DecodingSettings(beam_size=options.beam))
    begin = time.perf_counter()
    bitext = translate_document(document, engine, settings)
    seconds = time.perf_counter() - begin
    hypotheses = [bitext.target_text(bead) for bead in bitext.beads]
    if options.save:
        options.save.write_text("\n".join(hypotheses) + "\n", "utf-8")
    bleu = sacrebleu.corpus_bleu(hypotheses, [reference])
    chrf = sacrebleu.corpus_chrf(hypotheses, [reference])
    words = sum(len(segment.text.split()) for segment in document.segments)
    flags = Counter(str(flag.kind) for bead in bitext.beads for flag in bead.flags if not flag.repaired)
    print(f"{source.stem}: {len(hypotheses)} segments, {words} Dutch words, {seconds:.0f} s")
    print(f"{options.model:24} BLEU {bleu.score:5.1f}  chrF {chrf.score:5.1f}")
    for name, published in published_scores(options.folder):
        print(f"{name:24} BLEU {published:>5}  (published)")
    print("flagged:", ", ".join(f"{kind} {count}" for kind, count in flags.most_common()) or "nothing")


def published_scores(folder: Path) -> list[tuple[str, str]]:
    path = folder / "published.tsv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["system"], row["BLEU"]) for row in csv.DictReader(stream, delimiter="\t")]


if __name__ == "__main__":
    main()
