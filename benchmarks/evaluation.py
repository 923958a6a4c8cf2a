"""Check published BLEU scores against ours; time and measure reports beside sacrebleu's command.

    python benchmarks/evaluation.py SET_FOLDER [--segments N] [--systems N] [--large N] [--browser PATH]

SET_FOLDER holds NAME.en (the reference), NAME.nl, NAME.SYSTEM.en for each system whose
output is given, and published.tsv (system, BLEU). The exit code is 1 if any score differs
from the published one at the precision it was published with.

Speed: a test set of so many segments is cut from the lines (repeated in another order
where they do not suffice, each system shifted so that no two are the same). Ours is
`tweetalig evaluate` with all four metrics, 1,000-resample paired bootstrap and an HTML and
a JSON report; theirs is `sacrebleu ... -m bleu chrf ter --paired-bs` and the same with
chrF++, which its command takes one at a time. Both are processes of their own, in turn.

Memory: the peak resident size of `tweetalig evaluate` on --large segments and on a tenth.
Page: how long a headless browser takes to load the page and to order its list.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.evaluation import Settings, evaluate
from eval.inputs import Material, match, read_segments

OURS = (sys.executable, "-c", "from translate.cli import main; main()", "evaluate")
THEIRS = (sys.executable, "-m", "sacrebleu")


def read_published(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["system"]: row["BLEU"] for row in csv.DictReader(stream, delimiter="\t")}


def differences(material: Material, published: dict[str, str]) -> int:
    settings = Settings(metrics=("bleu", "chrf"), resamples=0, words=False, checks=False)
    (bleu, chrf) = evaluate(material, settings).metrics
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


def make_set(material: Material, folder: Path, segments: int, systems: int) -> list[str]:
    """Files ref.en, src.nl and sysN.en of the wanted size; the names of the systems' files."""
    size = len(material.ids)
    order = [(7 * number + number // size) % size for number in range(segments)]
    write_lines(folder / "ref.en", [material.references[place][0] for place in order])
    write_lines(folder / "src.nl", [material.source[place] for place in order])
    names = []
    for number in range(systems):
        # Every made system takes turns between two real ones, so that no two are equal.
        one = material.systems[number % len(material.systems)].hypotheses
        other = material.systems[(number + 1 + number // len(material.systems)) % len(material.systems)]
        lines = [
            other.hypotheses[place] if turn % (3 + number) == 0 else one[place]
            for turn, place in enumerate(order)
        ]
        names.append(f"sys{number}.en")
        write_lines(folder / names[-1], lines)
    return names


def write_lines(path: Path, lines: Sequence[str]) -> None:
    path.write_text("\n".join(lines) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds on the clock, and of processor time, which other work on the machine hardly changes."""

    wall: float
    processor: float

    def __add__(self, other: Time) -> Time:
        return Time(self.wall + other.wall, self.processor + other.processor)

    def __str__(self) -> str:
        return f"{self.wall:.1f} s ({self.processor:.1f} s of processor)"


def timed(command: Sequence[str], folder: Path) -> Time:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "SACREBLEU_SEED": "12345"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Time(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def compare_speed(folder: Path, names: Sequence[str]) -> None:
    reports = ["-o", "report.html", "-o", "report.json", "-q"]
    ours = timed([*OURS, "--ref", "ref.en", *names, *reports], folder)
    checked = timed([*OURS, "--ref", "ref.en", "--src", "src.nl", *names, *reports], folder)
    paired = ["--paired-bs", "-f", "text"]
    theirs = timed([*THEIRS, "ref.en", "-i", *names, "-m", "bleu", "chrf", "ter", *paired], folder)
    plus = ["-m", "chrf", "--chrf-word-order", "2", *paired]
    theirs += timed([*THEIRS, "ref.en", "-i", *names, *plus], folder)
    print("four metrics, 1,000-resample paired bootstrap")
    print(f"ours, with two reports: {ours}; with the checks too: {checked}")
    print(f"sacrebleu's command: {theirs}")
    print(f"ratio {theirs.wall / ours.wall:.1f}, of processor time {theirs.processor / ours.processor:.1f}")
    print(f"with the checks {theirs.wall / checked.wall:.1f}, {theirs.processor / checked.processor:.1f}")


def peak_memory(folder: Path, material: Material, segments: int) -> float:
    """MiB at most, of an evaluation in a process of its own."""
    names = make_set(material, folder, segments, 1)
    code = (
        "import resource, sys\n"
        "from translate.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    outputs = [part for kind in ("html", "json", "csv") for part in ("-o", f"large.{kind}")]
    command = [sys.executable, "-c", code, "evaluate", "--ref", "ref.en", *names, *outputs, "-q"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=environment)
    return int(done.stdout.split()[-1]) / 1024


PROBE = """
<script>
addEventListener("load", () => {
  const loaded = performance.now();
  const times = [];
  for (const value of ["1", "2", "3"]) {
    const order = document.getElementById("order");
    const begin = performance.now();
    order.value = value;
    order.dispatchEvent(new Event("change"));
    document.body.getBoundingClientRect();
    times.push(performance.now() - begin);
  }
  document.title = `loaded ${loaded.toFixed(0)} ordered ${times.map((one) => one.toFixed(0)).join(" ")}`;
});
</script>
"""


def browse(browser: str, page: Path) -> None:
    """Load the page with a probe in it and print what the probe measured."""
    text = page.read_text("utf-8")
    # The page's own policy would forbid the probe.
    head, _, rest = text.partition('<meta http-equiv="Content-Security-Policy"')
    probed = page.with_name("probed.html")
    probed.write_text(head + rest.partition(">")[2].replace("</body>", PROBE + "</body>"), "utf-8")
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --virtual-time-budget=20000 --dump-dom"
    done = subprocess.run(
        [browser, *flags.split(), f"--user-data-dir={page.parent / 'profile'}", probed.as_uri()],
        check=True,
        capture_output=True,
        text=True,
    )
    title = done.stdout.partition("<title>")[2].partition("</title>")[0]
    print(f"page of {page.stat().st_size / 2**20:.1f} MiB in {browser}: {title} (ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--segments", type=int, default=2000)
    parser.add_argument("--systems", type=int, default=5)
    parser.add_argument("--large", type=int, default=0, help="segments to measure memory with; 0: do not")
    parser.add_argument("--browser", help="a chromium to open the page with")
    options = parser.parse_args()
    folder = options.folder
    published = read_published(folder / "published.tsv")
    (source,) = folder.glob("*.nl")
    outputs = {name: folder / f"{source.stem}.{name}.en" for name in published}
    given = {name: path for name, path in outputs.items() if path.exists()}
    if not given:
        sys.exit(
            f"error: {folder}: no output of a published system; give files named {source.stem}.SYSTEM.en"
        )
    reference = read_segments(source.with_suffix(".en"))
    files = [read_segments(path) for path in given.values()]
    material = match([reference], files, source=read_segments(source), names=tuple(given))
    wrong = differences(material, published)
    with tempfile.TemporaryDirectory() as made:
        names = make_set(material, Path(made), options.segments, options.systems)
        print(f"{options.segments} segments x {options.systems} systems")
        compare_speed(Path(made), names)
        if options.browser:
            browse(options.browser, Path(made, "report.html"))
        if options.large:
            for size in (options.large // 10, options.large):
                print(f"{size} segments: {peak_memory(Path(made), material, size):.0f} MiB at most")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
