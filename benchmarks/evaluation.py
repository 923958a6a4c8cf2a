"""Check published BLEU scores against ours, and time an evaluation beside sacrebleu.

    python benchmarks/evaluation.py SET_FOLDER

SET_FOLDER holds NAME.en (the reference), NAME.SYSTEM.en for each system whose output
is given, and published.tsv (system, BLEU). The exit code is 1 if any score differs
from the published one at the precision it was published with. Times are of one run:
all four metrics, 1,000 resamples and paired bootstrap tests here; the bare corpus
scores of the same four metrics there.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import sacrebleu

from eval.evaluation import Settings, evaluate
from eval.inputs import Material, match, read_segments
from eval.statistics import SignificanceTest


def read_published(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["system"]: row["BLEU"] for row in csv.DictReader(stream, delimiter="\t")}


def differences(material: Material, published: dict[str, str]) -> int:
    (bleu, chrf) = evaluate(material, Settings(metrics=("bleu", "chrf"), resamples=0)).metrics
    wrong = 0
    for place, system in enumerate(material.systems):
        wanted = published[system.name]
        decimals = len(wanted.partition(".")[2])
        ours = f"{bleu.scores[place].value:.{decimals}f}"
        wrong += ours != wanted
        verdict = "as published" if ours == wanted else f"published {wanted}"
        print(f"{system.name:24} BLEU {ours} ({verdict})  chrF {chrf.scores[place].value:.1f}")
    print(bleu.signature)
    return wrong


def compare_speed(material: Material) -> None:
    begin = time.perf_counter()
    evaluate(material, Settings(tests=(SignificanceTest.BOOTSTRAP,)))
    ours = time.perf_counter() - begin
    references = [[texts[0] for texts in material.references]]
    metrics = [sacrebleu.BLEU(), sacrebleu.CHRF(), sacrebleu.CHRF(word_order=2), sacrebleu.TER()]
    begin = time.perf_counter()
    for system in material.systems:
        for metric in metrics:
            metric.corpus_score(list(system.hypotheses), references)
    theirs = time.perf_counter() - begin
    size = f"{len(material.systems)} systems x {len(material.ids)} segments"
    print(f"{size}: ours with intervals and tests {ours:.1f} s, sacrebleu's bare scores {theirs:.1f} s")
    print(f"ratio {theirs / ours:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    published = read_published(folder / "published.tsv")
    (source,) = folder.glob("*.nl")
    outputs = {name: folder / f"{source.stem}.{name}.en" for name in published}
    given = {name: path for name, path in outputs.items() if path.exists()}
    if not given:
        sys.exit(
            f"error: {folder}: no output of a published system; give files named {source.stem}.SYSTEM.en"
        )
    reference = read_segments(source.with_suffix(".en"))
    material = match([reference], [read_segments(path) for path in given.values()], names=tuple(given))
    wrong = differences(material, published)
    compare_speed(material)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
