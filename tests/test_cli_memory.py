"""``tweetalig memory``, and the options of ``translate`` that use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_model import Tiny, build

from corpus.formats.tmx import read_pairs
from translate.cli import main
from translate.memory import open_memory

TMX = """<?xml version="1.0" encoding="UTF-8"?>
<tmx version="1.4"><header creationtool="hand" creationtoolversion="1" segtype="sentence" o-tmf="x"
 adminlang="en" srclang="nl" datatype="plaintext"/><body>
<tu><tuv xml:lang="nl"><seg>De man leest een krant.</seg></tuv>
<tuv xml:lang="en"><seg>He reads.</seg></tuv></tu>
<tu><tuv xml:lang="nl"><seg>De hond slaapt.</seg></tuv>
<tuv xml:lang="en"><seg>Fido is asleep.</seg></tuv></tu>
</body></tmx>
"""
ARTICLE = "De man leest een krant. De vrouw leest een krant. Het huis."


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "tiny", Tiny(alignment_layer=1))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("clients.tmx").write_text(TMX, "utf-8")
    Path("article.txt").write_text(ARTICLE, "utf-8")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    shown = capsys.readouterr()
    return int(str(ended.value.code or 0)), shown.out, shown.err


def test_other_formats_are_imported(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["c.xliff", "c.xlf", "c.tsv", "c.csv", "c.jsonl", "c.po", "c.docx"]
    run(capsys, "convert", "clients.tmx", *(part for name in names for part in ("-o", name)), "-q")
    for name in names:
        code, out, err = run(capsys, "memory", "--memory", f"{name}.sqlite", "import", name)
        assert (code, out, err) == (0, f"{name}: 2 translations added or changed\n", "")
        out = run(capsys, "memory", "--memory", f"{name}.sqlite", "list")[1]
        assert f"human\tDe hond slaapt.\tFido is asleep.\t{name}" in out
    Path("one.nl").write_text("De hond slaapt.\n", "utf-8")
    for name in ("one.nl", "a.txt", "a.pdf", "a.foo"):
        code, out, err = run(capsys, "memory", "--memory", "m", "import", name)
        assert (code, out) == (2, "") and name in err


def test_human_translations_win_and_are_offered(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    code, out, _ = run(capsys, "memory", "import", "clients.tmx")
    assert (code, out) == (0, "clients.tmx: 2 translations added or changed\n")
    code, _, err = run(
        capsys, "translate", "article.txt", "--model", str(model), "-o", "a.txt", "-o", "a.jsonl"
    )
    assert code == 0
    assert Path("a.txt").read_text("utf-8") == "He reads. The woman reads a newspaper. The house."
    records = [json.loads(line) for line in Path("a.jsonl").read_text("utf-8").splitlines()]
    said = json.dumps(records)
    assert said.count('"origin": "memory"') + said.count('"origin":"memory"') == 1
    assert "fuzzy_match" in said
    assert "fuzzy match 1" in err


def test_list_export_and_prune(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    run(capsys, "memory", "import", "clients.tmx")
    run(capsys, "translate", "article.txt", "--model", str(model), "-o", "a.txt")
    code, out, _ = run(capsys, "memory", "list")
    head, *rows = out.splitlines()
    assert code == 0
    assert "2 human and 2 machine translations" in head
    assert "human\tDe hond slaapt.\tFido is asleep.\tclients.tmx" in rows
    assert any(row.startswith("machine\tHet huis.\tThe house.\t") for row in rows)
    _, out, _ = run(capsys, "memory", "list", "--machine", "--find", "HUIS", "--limit", "1")
    assert [line.split("\t")[1] for line in out.splitlines()[1:]] == ["Het huis."]
    code, out, _ = run(capsys, "memory", "export", "all.tmx")
    assert (code, out) == (0, "all.tmx: 4 translations\n")
    pairs = {(pair.source, pair.target) for pair in read_pairs(Path("all.tmx"), "nl", "en")}
    assert pairs == {
        ("De man leest een krant.", "He reads."),
        ("De hond slaapt.", "Fido is asleep."),
        ("De vrouw leest een krant.", "The woman reads a newspaper."),
        ("Het huis.", "The house."),
    }
    assert run(capsys, "memory", "prune")[0] == 2
    assert run(capsys, "memory", "prune", "--unused-days", "1")[1] == "0 translations removed\n"
    assert run(capsys, "memory", "prune", "--unused-days", "0")[1] == "2 translations removed\n"
    assert run(capsys, "memory", "prune", "--human-file", "clients.tmx")[1] == "2 translations removed\n"
    code, _, err = run(capsys, "memory", "export", "none.tmx")
    assert (code, Path("none.tmx").exists()) == (2, False)
    assert "nothing to export" in err


def test_a_broken_file_is_taken_in_not_at_all(
    capsys: pytest.CaptureFixture[str], memory_of_its_own: Path
) -> None:
    Path("broken.tmx").write_text(TMX.replace("</body></tmx>", "<tu>"), "utf-8")
    code, _, err = run(capsys, "memory", "import", "broken.tmx")
    assert code == 2
    assert "broken.tmx" in err
    with open_memory(memory_of_its_own) as memory:
        assert memory.contents().human == 0
    assert run(capsys, "memory", "import", "none.tmx")[0] == 2


def test_a_damaged_memory_stops_the_run_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], model: Path, memory_of_its_own: Path
) -> None:
    memory_of_its_own.write_bytes(b"no database " * 1000)
    arguments = ["translate", "article.txt", "--model", str(model), "-o", "a.txt"]
    code, _, err = run(capsys, *arguments)
    assert (code, Path("a.txt").exists()) == (2, False)
    assert str(memory_of_its_own) in err
    assert "--no-memory" in err
    assert run(capsys, *arguments, "--no-memory")[0] == 0
    assert Path("a.txt").exists()
    assert run(capsys, *arguments, "--no-memory", "--memory", "m.sqlite")[0] == 2


def test_without_a_memory_none_is_made(
    capsys: pytest.CaptureFixture[str], model: Path, memory_of_its_own: Path
) -> None:
    run(capsys, "translate", "article.txt", "--model", str(model), "-o", "a.txt", "--no-memory")
    assert not memory_of_its_own.exists()
    run(capsys, "translate", "article.txt", "--model", str(model), "-o", "a.txt", "--memory", "own.sqlite")
    assert not memory_of_its_own.exists()
    with open_memory(Path("own.sqlite")) as memory:
        assert memory.contents().machine == 3


def test_translating_needs_neither_torch_nor_transformers(model: Path) -> None:
    code = (
        "import sys\nfrom translate.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'torch', 'transformers', 'huggingface_hub', 'sacrebleu', 'matplotlib'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    for arguments in (
        ["translate", "article.txt", "--model", str(model), "-o", "a.html", "-o", "a.tmx"],
        ["translate", "article.txt", "--offline", "--help"],
    ):
        ended = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )
        assert "HEAVY []" in ended.stdout


def test_evaluating_needs_no_torch() -> None:
    Path("ref.en").write_text("The man reads.\nThe house.\n")
    code = (
        "import sys\nfrom translate.cli import main\n"
        "try:\n    main(['evaluate', '--ref', 'ref.en', 'ref.en'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "print('HEAVY', sorted({'torch', 'transformers', 'ctranslate2'} & set(sys.modules)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in ended.stdout


def test_an_unsupported_combination_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], model: Path
) -> None:
    code, _, err = run(
        capsys, "translate", "article.txt", "--model", str(model),
        "--engine", "transformers", "--compute-type", "int8", "-o", "a.txt",
    )  # fmt: skip
    assert (code, Path("a.txt").exists()) == (2, False)
    assert "transformers does not compute in int8" in err
    code, _, err = run(capsys, "translate", "article.txt", "--model", str(model), "--device", "cuda")
    assert (code, "no CUDA device" in err) == (2, True)
