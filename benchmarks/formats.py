"""Processor time, size and peak memory of writing a long bitext in each format.

    python benchmarks/formats.py [BEADS] [FOLDER]

Each format is written in a process of its own, so that the peak is its own: the
bitext alone is the row called "none". TMX is read back as well.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from corpus.formats import format_for, formats
from corpus.formats.tmx import read_pairs

ROW = "{:<10} {:>10} {:>10} {:>12} {:>12}"


def measure(beads: int, suffix: str, folder: str) -> None:
    from samples import long_bitext

    bitext = long_bitext(beads)
    path = Path(folder) / f"long{suffix}"
    start = time.process_time()
    if suffix:
        with path.open("wb") as stream:
            format_for(path.name).write(bitext, stream)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = path.stat().st_size / 1e6 if suffix else 0
    print(ROW.format(suffix or "none", beads, f"{seconds:.2f} s", f"{size:.1f} MB", f"{peak:.0f} MiB"))


def measure_reading(folder: str) -> None:
    start = time.process_time()
    pairs = sum(1 for _ in read_pairs(Path(folder) / "long.tmx", "nl", "en"))
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(ROW.format("read .tmx", pairs, f"{seconds:.2f} s", "", f"{peak:.0f} MiB"))


def main() -> None:
    beads = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as temporary:
        folder = sys.argv[2] if len(sys.argv) > 2 else temporary
        print(ROW.format("format", "beads", "CPU time", "size", "peak memory"))
        jobs = [(measure, (beads, suffix, folder)) for suffix in ["", *(f.suffixes[0] for f in formats())]]
        for function, arguments in [*jobs, (measure_reading, (folder,))]:
            process = context.Process(target=function, args=arguments)
            process.start()
            process.join()


if __name__ == "__main__":
    main()
