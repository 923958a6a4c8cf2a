"""How fast the engines are, beside each other in one run, on one text and one model.

    python benchmarks/base_model.py BASE
    python benchmarks/throughput.py BASE TEXT [--sentences 60] [--rounds 1] [--growth-model DIR]

TEXT has one Dutch sentence a line. BASE copies its source, so every engine writes the same
tokens and does the same work; the report says if one did not. Each figure is of a process
of its own, started one after the other and never two at once:

* naive: transformers, ``generate`` for one sentence after the other, float32;
* sorted: transformers, sorted batches of 1024 tokens, float32;
* ours: the whole path of ``tweetalig translate`` (windows, checks) without repairs and links.

"a core" rates are source words for a second of processor time, with one thread: other
programs on the machine then change them little. "wall" figures, and so everything about
several cores and about waiting, want an idle machine; the load is printed beside them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NAIVE = "naive transformers"
ROWS = (
    (NAIVE, {"kind": "naive"}),
    ("sorted transformers", {"kind": "sorted"}),
    ("ours, transformers", {"kind": "ours", "engine": "transformers", "numbers": "float32"}),
    ("ours, float32", {"kind": "ours", "engine": "ctranslate2", "numbers": "float32"}),
    ("ours, int8", {"kind": "ours", "engine": "ctranslate2", "numbers": "int8"}),
)


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] == "--child":
        print(json.dumps(child(json.loads(sys.argv[2]))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("text", type=Path)
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1, help="repeat, and take the best of each")
    parser.add_argument("--rows", default="", help="only these rows of the comparison, by commas, and naive")
    parser.add_argument("--beams", default="1,4")
    parser.add_argument("--parts", default="engines,peak,cores,start,growth", help="what to measure")
    parser.add_argument("--growth-model", type=Path, help="a quicker model for growth (default: the shipped)")
    parser.add_argument("--growth", default="100,1000,10000,100000")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if "engines" in parts:
        engines(options)
    if "peak" in parts:
        peak()
    if "cores" in parts:
        cores(options)
    if "start" in parts:
        start(options)
    if "growth" in parts:
        growth(options)


# The parent: starts measurements and prints them


def measured(**task: Any) -> dict[str, Any]:
    """What a fresh process says of ``task``."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(task.get("threads", 1)),
        "TWEETALIG_MEMORY": "/dev/null/none",
    }
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    ended = subprocess.run(
        [sys.executable, __file__, "--child", json.dumps(task)],
        env=environment | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        sys.exit(ended.stderr)
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def engines(options: argparse.Namespace) -> None:
    chosen = [(name, row) for name, row in ROWS if name == NAIVE or not options.rows or name in options.rows]
    for beam in map(int, options.beams.split(",")):
        print(f"\nbeam {beam}, {options.sentences} sentences, one thread ({load()})")
        heads = ("words/s a core", "x naive", "peak MiB", "first, CPU s", "products")
        print(f"{'':22}" + "".join(f"{head:>16}" for head in heads))
        best: dict[str, dict[str, Any]] = {}
        for _ in range(options.rounds):
            for name, row in chosen:
                got = measured(
                    **row, model=str(options.model), text=str(options.text), beam=beam,
                    sentences=options.sentences, threads=1,
                )  # fmt: skip
                if name not in best or got["cpu"] < best[name]["cpu"]:
                    best[name] = got
        for name, got in best.items():
            rate, naive = got["words"] / got["cpu"], best[NAIVE]["words"] / best[NAIVE]["cpu"]
            flops = got["operations"] / got["cpu"] / 1e9
            print(
                f"{name:22}{rate:16.1f}{rate / naive:16.2f}{got['peak']:16.0f}{got['first']:16.2f}"
                f"{flops:12.1f} G/s"
            )
        outputs = {name: got["output"] for name, got in best.items()}
        odd = [name for name, output in outputs.items() if output != outputs[NAIVE]]
        print(f"outputs that differ from the naive loop's: {', '.join(odd) or 'none'}")


def peak() -> None:
    got = measured(kind="peak")
    told = ", ".join(f"{name} {value:.0f} G/s" for name, value in got.items())
    print(f"\nmeasured peak of one core in matrix products: {told}")


def cores(options: argparse.Namespace) -> None:
    print(f"\nthreads, int8, wall clock ({load()})")
    for name, count, beam in (("article of 20", 20, 4), ("article of 20", 20, 1), ("long text", 300, 4)):
        walls: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(max(3, options.rounds)):
            for threads, found in walls.items():
                got = measured(
                    kind="ours", engine="ctranslate2", numbers="int8", model=str(options.model),
                    text=str(options.text), beam=beam, sentences=count, threads=threads,
                )  # fmt: skip
                found.append(got["wall"])
        one, two = min(walls[1]), min(walls[2])
        print(f"  {name:14} beam {beam}: one {one:.2f} s, two {two:.2f} s, ratio {one / two:.2f}")


def start(options: argparse.Namespace) -> None:
    """From the start of the process to the first line of the translation."""
    lines = options.text.read_text("utf-8").splitlines()[:20]
    print(f"\nfrom the start of a process to its first sentence, and to its end, of {len(lines)} ({load()})")
    with tempfile.TemporaryDirectory() as cache:
        for name, more, runs in (
            ("int8, cold cache", [], 1),
            ("int8, warm cache", [], 5),
            ("transformers", ["--engine", "transformers"], 1),
        ):
            found = [started(options.model, lines, cache, more) for _ in range(runs)]
            first, whole, cpu = (min(column) for column in zip(*found, strict=True))
            print(
                f"  {name:18} first {first:.2f} s, all {whole:.2f} s, processor {cpu:.2f} s (best of {runs})"
            )


def started(model: Path, lines: list[str], cache: str, more: list[str]) -> tuple[float, float, float, float]:
    program = [sys.executable, "-c", "from translate.cli import main; main()"]
    command = [*program, "translate", "-", "--segmented", "--no-memory", "--no-repair", "--no-links"]
    command += ["--quiet", "--model", str(model), *more]
    environment = {**os.environ, "TWEETALIG_CACHE": cache, "PYTHONPATH": str(ROOT)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n".join(lines).encode() + b"\n")
    process.stdin.close()
    process.stdout.readline()
    first, used = time.perf_counter() - begin, processor_seconds(process.pid)
    process.stdout.read()
    process.wait()
    whole = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return first, used, whole, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def processor_seconds(process: int) -> float:
    """What a running process has used so far (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def growth(options: argparse.Namespace) -> None:
    model = options.growth_model or ROOT / "translate" / "builtin"
    print(f"\ngrowth, int8, greedy, all threads, {model} ({load()})")
    for count in map(int, options.growth.split(",")):
        got = measured(
            kind="ours", engine="ctranslate2", numbers="int8", model=str(model), text=str(options.text),
            beam=1, sentences=count, threads=os.cpu_count(), numbered=True,
        )  # fmt: skip
        rate = got["words"] / got["cpu"]
        print(f"  {count:7} sentences: {rate:8.0f} words for a second of processor time, "
              f"{got['words'] / got['wall']:8.0f} of wall, peak {got['peak']:5.0f} MiB")  # fmt: skip


# The child: one measurement


@dataclass
class Done:
    """What was translated: a digest of the text, tokens read and written."""

    output: str
    read: int
    written: int
    first: float  # processor seconds from the process's start to the first sentence


def child(task: dict[str, Any]) -> dict[str, Any]:
    if task["kind"] == "peak":
        return peaks()
    texts = list(sentences(task)) if not task.get("numbered") else None
    run = {"naive": naive, "sorted": in_batches, "ours": ours}[task["kind"]]
    loaded = LOAD[task["kind"]](task)
    cpu, wall = time.process_time(), time.perf_counter()
    done = run(loaded, sentences(task) if texts is None else texts, task)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    words = sum(len(text.split()) for text in sentences(task))
    return {
        "words": words,
        "cpu": cpu,
        "wall": wall,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "output": done.output,
        "first": done.first,
        "operations": operations(task, done),
    }


def sentences(task: dict[str, Any]) -> Iterator[str]:
    """As many as asked for; beyond the file's end again, with a number that makes them new."""
    lines = Path(task["text"]).read_text("utf-8").splitlines()
    for at in range(task["sentences"]):
        line = lines[at % len(lines)]
        yield f"{' '.join(line.split()[:10])} {at}" if task.get("numbered") else line


def load_theirs(task: dict[str, Any]) -> Any:
    from translate.engines.pytorch import load_pytorch
    from translate.models import read_model

    return load_pytorch(read_model(Path(task["model"]), model_id="benchmark"), threads=task["threads"])


def load_ours(task: dict[str, Any]) -> Any:
    from translate.engines import EngineSettings
    from translate.engines.selection import load_engine
    from translate.models import read_model

    settings = EngineSettings(task["engine"], task["numbers"], task["threads"])
    return load_engine(read_model(Path(task["model"]), model_id="benchmark"), settings)


LOAD = {"naive": load_theirs, "sorted": load_theirs, "ours": load_ours}


def generated(engine: Any, batch: list[list[int]], task: dict[str, Any]) -> list[list[int]]:
    """What ``generate`` makes of a batch with the library's own settings; tokens without </s>."""
    import torch

    ids, mask = engine._padded(batch)
    with torch.inference_mode():
        made = engine._network.generate(
            input_ids=ids,
            attention_mask=mask,
            num_beams=task["beam"],
            max_new_tokens=2 * max(map(len, batch)) + 16,
            do_sample=False,
        )
    return [engine._content(row) for row in made[:, 1:].tolist()]


def naive(engine: Any, texts: list[str], task: dict[str, Any]) -> Done:
    source = engine._vocabulary.source
    encoded = [[*source.encode(text), engine.model.config.eos] for text in texts]
    made, first = [], 0.0
    for one in encoded:
        made += generated(engine, [one], task)
        first = first or time.process_time()
    return finished(engine, encoded, made, first)


def in_batches(engine: Any, texts: list[str], task: dict[str, Any]) -> Done:
    from translate.engines import batches_by_length

    source = engine._vocabulary.source
    encoded = [[*source.encode(text), engine.model.config.eos] for text in texts]
    made: dict[int, list[int]] = {}
    for batch in batches_by_length(list(map(len, encoded)), 1024):
        made.update(zip(batch, generated(engine, [encoded[at] for at in batch], task), strict=True))
    return finished(engine, encoded, [made[at] for at in range(len(texts))], time.process_time())


def finished(engine: Any, encoded: list[list[int]], made: list[list[int]], first: float) -> Done:
    texts = [engine._vocabulary.target.decode(tokens) for tokens in made]
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return Done(digest, sum(map(len, encoded)), sum(len(tokens) + 1 for tokens in made), first)


def ours(engine: Any, texts: Any, task: dict[str, Any]) -> Done:
    from translate.engines import DecodingSettings
    from translate.pipeline import TranslationSettings, translate_segments

    # What copies its source would be repaired.
    settings = TranslationSettings(DecodingSettings(beam_size=task["beam"]), repair=False, links=False)
    digest, first, read, written = hashlib.sha256(), 0.0, 0, 0
    for one in translate_segments(texts, engine, settings):
        digest.update((b"\n" if first else b"") + one.text.encode())
        first = first or time.process_time()
        if not task.get("numbered"):
            tokens = engine.count_tokens(one.text)
            read, written = read + tokens, written + tokens
    return Done(digest.hexdigest(), read, written, first)


def operations(task: dict[str, Any], done: Done) -> float:
    """Multiplications and additions of the matrix products, without attention's own (under 1 %)."""
    config = json.loads((Path(task["model"]) / "config.json").read_text("utf-8"))
    width = config["d_model"]
    encoder = config["encoder_layers"] * (4 * width**2 + 2 * width * config["encoder_ffn_dim"])
    decoder = config["decoder_layers"] * (6 * width**2 + 2 * width * config["decoder_ffn_dim"])
    crossed = config["decoder_layers"] * 2 * width**2
    projection = width * config.get("decoder_vocab_size", config["vocab_size"])
    return float(2 * (done.read * (encoder + crossed) + done.written * task["beam"] * (decoder + projection)))


def peaks() -> dict[str, float]:
    """Billions of operations a second of one core in large matrix products, best of several."""
    import torch

    torch.set_num_threads(1)
    size = 1024
    found = {}
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        a, b = (torch.randn(size, size).to(dtype) for _ in range(2))
        found[name] = best_rate(lambda a=a, b=b: torch.mm(a, b), size)
    a, b = (torch.randint(-127, 127, (size, size), dtype=torch.int8) for _ in range(2))
    found["int8"] = best_rate(lambda: torch._int_mm(a, b), size)
    return found


def best_rate(product: Any, size: int) -> float:
    product()
    best = 0.0
    for _ in range(12):
        begin = time.process_time()
        for _ in range(4):
            product()
        best = max(best, 4 * 2 * size**3 / (time.process_time() - begin))
    return best / 1e9


if __name__ == "__main__":
    main()
