"""A run that is killed goes on, and what comes out is what would have come out."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_model import Tiny, build

from translate.memory import open_memory

WORDS = ["man", "vrouw", "hond", "fiets", "krant", "tuin", "straat", "huis"]
VERBS = ["ziet", "koopt", "leest"]
CODE = "import sys; from translate.cli import main; main(sys.argv[1:])"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("resume") / "tiny", Tiny(alignment_layer=1))


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some 1500 sentences, a third of them twice, in paragraphs."""
    sentences = [
        f"De {a} {verb} een {b} in de {c}." for verb in VERBS for a in WORDS for b in WORDS for c in WORDS
    ]
    sentences = sentences[::2] + sentences[1:1000:4] + sentences[:500:2]
    path = tmp_path_factory.mktemp("text") / "long.txt"
    paragraphs = [" ".join(sentences[at : at + 6]) for at in range(0, len(sentences), 6)]
    path.write_text("\n\n".join(paragraphs) + "\n", "utf-8")
    return path


def command(model: Path, text: Path, output: Path, *more: str) -> list[str]:
    arguments = [
        "translate",
        str(text),
        "--model",
        str(model),
        "--quiet",
        "--threads",
        "2",
        "-o",
        str(output),
    ]
    return [sys.executable, "-c", CODE, *arguments, *more]


def kept(memory: Path) -> int:
    try:
        with sqlite3.connect(f"file:{memory}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM machine").fetchone()[0])
    except sqlite3.Error:
        return 0


@pytest.mark.parametrize(("suffix", "compute_type"), [("tsv", "float32"), ("txt", "int8"), ("jsonl", "int8")])
def test_killed_and_run_again_is_the_same_to_the_byte(
    tmp_path: Path, model: Path, text: Path, suffix: str, compute_type: str
) -> None:
    options = ["--compute-type", compute_type, "--beam-size", "1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "SOURCE_DATE_EPOCH": "1000000000"}
    whole, broken = tmp_path / f"whole.{suffix}", tmp_path / f"broken.{suffix}"
    subprocess.run(
        [*command(model, text, whole, *options), "--memory", str(tmp_path / "whole.sqlite")],
        env=environment,
        check=True,
    )
    memory = tmp_path / "broken.sqlite"
    killed = 0
    for stop_at in (1, 100, 500, 10_000):
        process = subprocess.Popen(
            [*command(model, text, broken, *options), "--memory", str(memory)], env=environment
        )
        while process.poll() is None and kept(memory) < stop_at:
            time.sleep(0.002)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            assert not broken.exists()
            killed += 1
        process.wait()
    assert killed >= 2
    assert process.returncode == 0
    assert broken.read_bytes() == whole.read_bytes()


def test_lines_from_a_pipe_are_resumed_too(tmp_path: Path, model: Path, text: Path) -> None:
    lines = tmp_path / "lines.nl"
    lines.write_text(text.read_text("utf-8").replace(". ", ".\n"), "utf-8")
    arguments = ["translate", "-", "--segmented", "--model", str(model), "--quiet", "--beam-size", "1"]
    memory = tmp_path / "m.sqlite"
    run = [sys.executable, "-c", CODE, *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with lines.open("rb") as stream:
        whole = subprocess.run(
            [*run, "--no-memory"], stdin=stream, capture_output=True, check=True, env=environment
        )
    with lines.open("rb") as stream:
        process = subprocess.Popen(
            [*run, "--memory", str(memory)], stdin=stream, stdout=subprocess.PIPE, env=environment
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        process.kill()
        rest = process.stdout.read()
        process.wait()
    assert whole.stdout.startswith(first + rest)
    with lines.open("rb") as stream:
        again = subprocess.run(
            [*run, "--memory", str(memory)], stdin=stream, capture_output=True, check=True, env=environment
        )
    assert again.stdout == whole.stdout
    assert whole.stdout.count(b"\n") == lines.read_bytes().count(b"\n")


def test_an_edited_article_costs_what_changed(tmp_path: Path, model: Path, text: Path) -> None:
    memory = tmp_path / "m.sqlite"
    subprocess.run(
        [*command(model, text, tmp_path / "a.txt"), "--memory", str(memory), "--beam-size", "1"], check=True
    )
    before = kept(memory)
    edited = tmp_path / "edited.txt"
    edited.write_text(
        "Geen nieuws.\n\n" + text.read_text("utf-8").replace("De hond", "De oude hond", 1), "utf-8"
    )
    subprocess.run(
        [*command(model, edited, tmp_path / "b.txt"), "--memory", str(memory), "--beam-size", "1"], check=True
    )
    assert kept(memory) == before + 2
    with open_memory(memory) as again:
        newest = {unit.source for unit in again.machine_units()}
    assert {"Geen nieuws.", "De oude hond ziet een man in de man."} & newest
    assert (tmp_path / "b.txt").read_text("utf-8").startswith("No news.\n\nThe man")
