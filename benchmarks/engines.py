"""Whether the engines say the same, and what int8 costs.

    python benchmarks/engines.py SET_FOLDER [--model builtin] [--first N]

SET_FOLDER holds NAME.nl and NAME.en. Both engines translate every sentence in float32 with
the same settings, greedy and with beam 4, without repairs. For each sentence on which
they differ, both translations are scored by both engines: where the two texts' scores lie
within rounding of each other, the difference is a tie. int8 is scored against the
reference beside float32 (sacrebleu's chrF and BLEU).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import sacrebleu

from corpus.errors import TweetaligError
from translate.engines import DecodingSettings, Hypothesis
from translate.engines.ctranslate2 import load_ctranslate2
from translate.engines.pytorch import load_pytorch
from translate.models import Model, find_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--first", type=int, default=None)
    options = parser.parse_args()
    (source,) = options.folder.glob("*.nl")
    sentences = source.read_text("utf-8").splitlines()[: options.first]
    references = source.with_suffix(".en").read_text("utf-8").splitlines()[: options.first]
    try:
        model = find_model(options.model, offline=True)
        for beam in (1, 4):
            report(model, sentences, references, DecodingSettings(beam_size=beam))
    except TweetaligError as error:
        sys.exit(f"error: {error}")


def report(model: Model, sentences: list[str], references: list[str], settings: DecodingSettings) -> None:
    engines = {
        "transformers float32": load_pytorch(model),
        "ctranslate2 float32": load_ctranslate2(model, compute_type="float32"),
        "ctranslate2 int8": load_ctranslate2(model, compute_type="int8"),
    }
    found: dict[str, list[Hypothesis]] = {}
    print(f"beam {settings.beam_size}, {len(sentences)} sentences")
    for name, engine in engines.items():
        begin = time.perf_counter()
        found[name] = engine.translate(sentences, settings)
        seconds = time.perf_counter() - begin
        texts = [one.text for one in found[name]]
        chrf = sacrebleu.corpus_chrf(texts, [references]).score
        bleu = sacrebleu.corpus_bleu(texts, [references]).score
        print(f"  {name:22} chrF {chrf:.2f}  BLEU {bleu:.2f}  {seconds:.0f} s")
    slow, quick, small = found.values()
    differing = [
        number for number, (a, b) in enumerate(zip(slow, quick, strict=True)) if a.tokens != b.tokens
    ]
    agreed = len(sentences) - len(differing)
    print(f"  float32: {agreed} of {len(sentences)} agree ({agreed / len(sentences):.2%})")
    apart = max(
        (abs(a.score - b.score) for a, b in zip(slow, quick, strict=True) if a.tokens == b.tokens),
        default=0.0,
    )
    print(f"  largest difference of the scores of equal texts: {apart:.1e}")
    same = sum(a.tokens == b.tokens for a, b in zip(quick, small, strict=True))
    print(f"  int8: {same} of {len(sentences)} as float32 ({same / len(sentences):.1%})")
    for number in differing:
        a, b = slow[number], quick[number]
        print(f"  sentence {number}: {a.score:.6f} {a.text!r}\n    against {b.score:.6f} {b.text!r}")


if __name__ == "__main__":
    main()
