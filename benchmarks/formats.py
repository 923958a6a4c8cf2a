"""Time, size and peak memory of each format: of a long bitext, or of a stream of pairs.

    python benchmarks/formats.py [BEADS] [FOLDER]
    python benchmarks/formats.py stream [PAIRS] [FOLDER]

Each step runs in a process of its own, so that the peak is its own. For a bitext, which is
held whole, the bitext alone is the row called "none". A stream of pairs is made as it
is written, and read back unit by unit; the row "none" makes the pairs and writes nothing.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from corpus.formats import Format, format_for, formats
from corpus.formats.tmx import read_pairs
from corpus.units import Head, Sentence, Unit, Units

ROW = "{:<14} {:>10} {:>10} {:>12} {:>12}"


def report(what: str, number: int, start: float, size: float = 0) -> None:
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(ROW.format(what, number, f"{seconds:.2f} s", f"{size:.1f} MB" if size else "", f"{peak:.0f} MiB"))
    sys.stdout.flush()


# A bitext


def measure(beads: int, suffix: str, folder: str) -> None:
    from samples import long_bitext

    bitext = long_bitext(beads)
    path = Path(folder) / f"long{suffix}"
    start = time.process_time()
    if suffix:
        with path.open("wb") as stream:
            format_for(path.name).write(bitext, stream)
    report(suffix or "none", beads, start, path.stat().st_size / 1e6 if suffix else 0)


def measure_reading(folder: str) -> None:
    start = time.process_time()
    pairs = sum(1 for _ in read_pairs(Path(folder) / "long.tmx", "nl", "en"))
    report("read .tmx", pairs, start)


# A stream


def made_up(pairs: int) -> Iterator[Unit]:
    dutch = "De veerman telde elke ochtend de fietsen, de auto's en de 12 schapen op pont"
    english = "Every morning the ferryman counted the bicycles, the cars and the 12 sheep on ferry"
    for number in range(1, pairs + 1):
        name = f"p{number}s1"
        yield Unit(
            name,
            (Sentence(f"{dutch} {number}.", name),),
            (Sentence(f"{english} {number}.", name),),
            "memory",
            confidence=0.9,
        )


def write_stream(pairs: int, suffix: str, folder: str) -> None:
    path = Path(folder) / f"stream{suffix}"
    start = time.process_time()
    if not suffix:
        report("none", sum(1 for _ in made_up(pairs)), start)
        return
    write_units = format_for(path.name).write_units
    assert write_units is not None
    with path.open("wb") as stream:
        write_units(Units(Head("nl", "en"), made_up(pairs)), stream)
    report(f"write {suffix}", pairs, start, path.stat().st_size / 1e6)


def read_stream(pairs: int, suffix: str, folder: str) -> None:
    path = Path(folder) / f"stream{suffix}"
    read_units = format_for(path.name).read_units
    assert read_units is not None
    start = time.process_time()
    with path.open("rb") as stream:
        found = sum(1 for _ in read_units(stream, str(path)).units)
    assert found == pairs, f"{found} pairs of {pairs} came back"
    report(f"read {suffix}", found, start, path.stat().st_size / 1e6)


def streaming() -> list[Format]:
    return [item for item in formats() if item.streams]


def run(jobs: list[tuple[Callable[..., None], tuple[object, ...]]]) -> None:
    context = multiprocessing.get_context("spawn")
    for function, arguments in jobs:
        process = context.Process(target=function, args=arguments)
        process.start()
        process.join()


def main() -> None:
    arguments = sys.argv[1:]
    is_stream = arguments[:1] == ["stream"]
    numbers = arguments[1:] if is_stream else arguments
    count = int(numbers[0]) if numbers else (1_000_000 if is_stream else 20_000)
    with tempfile.TemporaryDirectory() as temporary:
        folder = numbers[1] if len(numbers) > 1 else temporary
        print(ROW.format("format", "pairs" if is_stream else "beads", "CPU time", "size", "peak memory"))
        if is_stream:
            suffixes = [item.suffixes[0] for item in streaming()]
            jobs = [(write_stream, (count, suffix, folder)) for suffix in ["", *suffixes]]
            run([*jobs, *((read_stream, (count, suffix, folder)) for suffix in suffixes)])
        else:
            jobs = [
                (measure, (count, suffix, folder)) for suffix in ["", *(f.suffixes[0] for f in formats())]
            ]
            run([*jobs, (measure_reading, (folder,))])


if __name__ == "__main__":
    main()
