"""How the similarity metrics go with chrF, and whether they rank systems as published scores do.

    python benchmarks/similarity.py SET_FOLDER [--segments N]

SET_FOLDER is as for benchmarks/evaluation.py; of its columns, COMET-22 is compared with
too. Printed are each system's scores, Kendall's tau of the systems' order, and over
segments: Pearson's r with chrF (all systems together, and of the differences between
each two systems on one segment, which is what choosing a system is about).
"""

from __future__ import annotations

import argparse
import csv
import time
from itertools import combinations
from pathlib import Path

import numpy as np

from eval.evaluation import Settings, evaluate
from eval.inputs import SegmentFile, match, read_segments
from eval.similarity import ReferenceSimilarity, SourceSimilarity, UniversalSentenceEncoder


def tau(first: list[float], second: list[float]) -> float:
    pairs = list(combinations(range(len(first)), 2))
    agree = sum(np.sign(first[a] - first[b]) * np.sign(second[a] - second[b]) for a, b in pairs)
    return float(agree) / len(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--segments", type=int, default=None)
    options = parser.parse_args()
    (source,) = options.folder.glob("*.nl")
    with (options.folder / "published.tsv").open(encoding="utf-8", newline="") as stream:
        published = {row["system"]: float(row["COMET-22"]) for row in csv.DictReader(stream, delimiter="\t")}
    paths = {name: options.folder / f"{source.stem}.{name}.en" for name in published}
    names = tuple(name for name, path in paths.items() if path.exists())

    def read(path: Path) -> SegmentFile:
        file = read_segments(path)
        return SegmentFile(file.path, file.segments[: options.segments])

    material = match(
        [read(source.with_suffix(".en"))],
        [read(paths[name]) for name in names],
        source=read(source),
        names=names,
    )
    encoder = UniversalSentenceEncoder()
    begin = time.perf_counter()
    settings = Settings(metrics=("chrf",), resamples=0, words=False, checks=False)
    result = evaluate(material, settings, [ReferenceSimilarity(encoder), SourceSimilarity(encoder)])
    print(f"{len(material.ids)} segments x {len(names)} systems, {time.perf_counter() - begin:.0f} s")
    for place, name in enumerate(names):
        scores = "  ".join(f"{item.metric.name} {item.scores[place].value:.2f}" for item in result.metrics)
        print(f"{name:24} {scores}  COMET-22 {published[name]:.4f} (published)")
    comet = [published[name] for name in names]
    chrf = np.stack([score.segments for score in result.metrics[0].scores])
    for item in result.metrics:
        values = np.stack([score.segments for score in item.scores])
        totals = [score.value for score in item.scores]
        gaps = [
            np.stack([table[a] - table[b] for a, b in combinations(range(len(names)), 2)]).ravel()
            for table in (values, chrf)
        ]
        print(
            f"{item.metric.name:8} order of systems: tau {tau(totals, comet):.2f} with COMET-22; segments: "
            f"r {np.corrcoef(values.ravel(), chrf.ravel())[0, 1]:.2f} with chrF, "
            f"r {np.corrcoef(*gaps)[0, 1]:.2f} of differences"
        )


if __name__ == "__main__":
    main()
