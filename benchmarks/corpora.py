"""Throughput of translate-corpus by processes and threads, in one run on the same shards.

    python benchmarks/corpora.py TEXT [--shards 4] [--lines 400] [--model builtin] [--repeat 2]

TEXT has one Dutch sentence a line. Each layout translates the same shards anew, in turn, REPEAT
times; the best time of each counts. Starting processes and loading the model are in it, as
they are for the user.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from corpus.shards import Columns
from translate.corpora.run import available_cores, find_jobs, run
from translate.corpora.shard import How
from translate.engines import DecodingSettings, EngineSettings
from translate.models import find_model
from translate.pipeline import TranslationSettings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--lines", type=int, default=400, help="lines of TEXT to use")
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--repeat", type=int, default=2)
    options = parser.parse_args()
    settings = TranslationSettings(DecodingSettings(), links=False)
    how = How(find_model(options.model, offline=True), EngineSettings(), settings, Columns(), segmented=True)
    cores = available_cores()
    layouts = [(1, 1), *((n, cores // n) for n in range(1, cores + 1) if cores % n == 0)]
    best: dict[tuple[int, int], float] = {}
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        words = write_shards(options.text, folder / "in", options.shards, options.lines)
        jobs = find_jobs([folder / "in"], folder / "warm")
        run(jobs[:1], folder / "warm", how, processes=1, threads=cores)  # converts the model
        for turn in range(options.repeat):
            for shape in dict.fromkeys(layouts):
                output = folder / f"out-{turn}-{shape[0]}x{shape[1]}"
                report = run(
                    find_jobs([folder / "in"], output), output, how, processes=shape[0], threads=shape[1]
                )
                assert not report.failed, report.failed
                best[shape] = min(report.seconds, best.get(shape, report.seconds))
    print(f"{options.shards} shards, {options.lines} segments, {words} source words, {cores} cores")
    slowest = best[(1, 1)]
    for (processes, threads), seconds in best.items():
        rate = f"{options.lines / seconds:.1f} segments/s, {words / seconds:.0f} words/s"
        shape = f"{processes} processes x {threads} threads"
        print(f"{shape}: {seconds:.1f} s, {rate}, {slowest / seconds:.2f} times")


def write_shards(text: Path, folder: Path, shards: int, lines: int) -> int:
    """The first ``lines`` of ``text`` dealt out to shards; how many words they have."""
    folder.mkdir()
    chosen = text.read_text("utf-8").splitlines()[:lines]
    for number in range(shards):
        rows = (json.dumps({"text": line}) + "\n" for line in chosen[number::shards])
        (folder / f"{number:03}.jsonl").write_text("".join(rows), "utf-8")
    return sum(len(line.split()) for line in chosen)


if __name__ == "__main__":
    main()
