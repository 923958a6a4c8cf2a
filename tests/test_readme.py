"""The README's examples are run as they stand there."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documents import word_document

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
TRAINING = "tweetalig train"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.S | re.M)


def commands() -> list[str]:
    lines = [line for block in blocks("console") for line in block.splitlines()]
    return [line[2:] for line in lines if line.startswith("$ ")]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the files that the examples name."""
    shutil.copy(ROOT / "corpus/data/example.nl.txt", tmp_path / "artikel.txt")
    (tmp_path / "article.txt").write_text("An article.\n\nThe bridge is ready. It is red.\n", "utf-8")
    dutch = ["De brug is klaar.", "Zij woont in een klein dorp.", "Wij lopen naar school."]
    english = ["The bridge is ready.", "She lives in a small village.", "We walk to school."]
    for name in ("testset.nl", "source.nl"):
        (tmp_path / name).write_text("\n".join(dutch) + "\n", "utf-8")
    (tmp_path / "reference.en").write_text("\n".join(english) + "\n", "utf-8")
    (tmp_path / "terms.tsv").write_text("brug\tcrossing\n", "utf-8")
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards/one.jsonl").write_text(json.dumps({"text": dutch[0]}) + "\n", "utf-8")
    with gzip.open(tmp_path / "news.tsv.gz", "wt", encoding="utf-8") as stream:
        stream.write(f"id\tbody\n1\t{dutch[1]}\n")
    (tmp_path / "hypothesis.en").write_text("\n".join(english[:2]) + "\nWe go to school.\n", "utf-8")
    (tmp_path / "baseline.en").write_text("\n".join(english[:1] * 3) + "\n", "utf-8")
    (tmp_path / "verslag.docx").write_bytes(word_document())
    units = "".join(
        f'<tu><tuv xml:lang="nl"><seg>{nl}</seg></tuv><tuv xml:lang="en"><seg>{en}</seg></tuv></tu>'
        for nl, en in zip(dutch, english, strict=True)
    )
    memory = f'<tmx version="1.4"><header srclang="nl"/><body>{units}</body></tmx>'
    (tmp_path / "memory.tmx").write_text(memory, "utf-8")
    return tmp_path


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command line of the README in ``folder``, with this Python's tweetalig."""
    program = f"{shlex.quote(sys.executable)} -c 'from translate.cli import main; main()'"
    line = re.sub(r"\btweetalig(?= )", lambda _: program, command)
    environment = {
        "PATH": "/usr/bin:/bin",
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
    }
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


def test_opens_with_exactly_two_commands() -> None:
    opening = README.split("\n## ")[0]
    found = re.findall(r"^```\w+\n(.*?)^```", opening, re.S | re.M)
    assert len(found) == 2
    assert all(len(block.splitlines()) == 1 for block in found)
    assert "tweetalig translate corpus/data/example.nl.txt" in found[0]
    assert "pytest" in found[1]


@pytest.mark.parametrize("command", [line for line in commands() if "my-model" not in line])
def test_example_runs(command: str, desk: Path) -> None:
    before = set(desk.iterdir())
    done = run(command, desk)
    assert done.returncode == 0, done.stderr
    promised = {desk / name for name in re.findall(r"(?:-o|--output) (\S+)", command)}
    assert {path for path in set(desk.iterdir()) - before if not path.name.startswith(".")} == promised
    assert promised or done.stdout.strip()


def test_segmented_example_keeps_the_lines(desk: Path) -> None:
    (command,) = [line for line in commands() if "--segmented -o testset.en.txt" in line]
    assert run(command, desk).returncode == 0
    assert len((desk / "testset.en.txt").read_text("utf-8").splitlines()) == 3


def test_python_example_runs(desk: Path) -> None:
    (code,) = blocks("python")
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=desk, env=environment, capture_output=True, text=True, check=True
    )
    rows = [line.split(" ", 3) for line in done.stdout.splitlines()]
    text = (desk / "artikel.txt").read_text("utf-8")
    assert rows[0][0] == "p1s1"
    assert all(text[int(start) : int(end)].split() == words.split() for _, start, end, words in rows)
