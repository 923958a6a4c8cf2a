"""``tweetalig evaluate`` as a user meets it, beside sacrebleu's own command line."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest
from samples import sample_bitext

from corpus.formats import format_for
from translate.cli import main

REFERENCE = """The bridge over the river is open again.
She has lived in a small village for ten years.
We walk to school when the weather is good.
The mayor said that nobody was hurt.
Most of the farmers sold their milk in town.
It will rain tomorrow, so take an umbrella.
The library closes at half past five on Fridays.
My brother repairs old bicycles in his shed.
The council has not decided yet.
They found 1,200 coins under the church floor.
A storm blew the roof off the barn last night.
Nobody knows who wrote the letter."""
CLOSE = """The bridge over the river has been opened again.
She has been living in a small village for ten years.
We walk to school if the weather is good.
The mayor said no one was hurt.
Most farmers sold their milk in the town.
It will rain tomorrow, so take an umbrella with you.
The library closes at half past five on Friday.
My brother repairs old bikes in his shed.
The council has not yet decided.
They found 1,200 coins under the floor of the church.
A storm blew the roof off the barn last night.
Nobody knows who has written the letter."""
FAR = """Bridge of the river open.
She lives since ten years in village small.
To school walk we at good weather.
Mayor said nobody.
The farmers sell milk.
Tomorrow rain, umbrella.
The library shuts half six Friday.

The council decided not.
They found 1.200 coins.
The storm has the roof of the shed blown.
Nobody knows the letter."""
DUTCH = "\n".join(f"Zin nummer {number} staat hier." for number in range(1, 13))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("ref.en", REFERENCE), ("close.en", CLOSE), ("far.en", FAR), ("src.nl", DUTCH)):
        (tmp_path / name).write_text(text + "\n", "utf-8")
    return tmp_path


def evaluate(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *arguments])
    return int(str(ended.value.code or 0))


def report(*arguments: str) -> dict[str, Any]:
    assert evaluate(*arguments, "-o", "report.json", "-q") == 0
    loaded: dict[str, Any] = json.loads(Path("report.json").read_text("utf-8"))
    return loaded


def sacrebleu(*arguments: str) -> Any:
    """What sacrebleu's own command line prints as JSON."""
    command = [sys.executable, "-m", "sacrebleu", *arguments, "--format", "json"]
    environment = {**os.environ, "SACREBLEU_SEED": "12345"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


# The same numbers as sacrebleu


@pytest.mark.parametrize("references", [("ref.en",), ("ref.en", "close.en")])
def test_scores_are_those_of_sacrebleu(desk: Path, references: tuple[str, ...]) -> None:
    ours = report(*(f"--ref={name}" for name in references), "far.en", "--resamples", "0")
    theirs = sacrebleu(*references, "-i", "far.en", "-m", "bleu", "chrf", "ter", "-w", "6")
    plus = sacrebleu(*references, "-i", "far.en", "-m", "chrf", "--chrf-word-order", "2", "-w", "6")
    expected = {"bleu": theirs[0], "chrf": theirs[1], "ter": theirs[2], "chrf++": plus}
    scores = ours["systems"][0]["scores"]
    assert len(scores) == len(expected)
    for metric in ours["metrics"]:
        key = {"chrF++": "chrf++"}.get(metric["name"], metric["name"].lower())
        assert scores[metric["key"]]["value"] == pytest.approx(expected[key]["score"], abs=1e-6)
        assert metric["signature"] == expected[key]["signature"]


@pytest.mark.parametrize("test, theirs", [("bootstrap", "bs"), ("randomization", "ar")])
def test_p_values_are_those_of_sacrebleu(desk: Path, test: str, theirs: str) -> None:
    """Its class and not its command, which fails to print a bootstrap as JSON (2.6.0)."""
    ours = report("--ref=ref.en", "close.en", "far.en", "--test", test)
    references = [REFERENCE.splitlines()]
    metrics = {"bleu": BLEU(references=references), "chrf": CHRF(references=references)}
    systems = [("close", CLOSE.splitlines()), ("far", FAR.splitlines())]
    _, scores = PairedTest(systems, metrics, references=None, test_type=theirs, n_samples=0)()
    for key, metric in (("bleu", "BLEU"), ("chrf", "chrF2")):
        (found,) = [item for item in ours["comparisons"] if item["metric"] == key]
        assert found["p_value"] == pytest.approx(float(scores[metric][1].p_value), abs=1e-6)


def test_equal_systems_do_not_differ(desk: Path) -> None:
    (desk / "same.en").write_text(CLOSE + "\n", "utf-8")
    ours = report("--ref=ref.en", "close.en", "same.en", "--test", "bootstrap", "--test", "randomization")
    assert ours["comparisons"]
    assert all(item["p_value"] > 0.9 and item["difference"] == 0 for item in ours["comparisons"])


# Reports


def test_the_table_shows_systems_and_signatures(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("--ref=ref.en", "close.en", "far.en", "--name", "nearby", "--name", "distant") == 0
    shown = capsys.readouterr().out
    assert "nearby" in shown and "distant" in shown
    assert "chrF++" in shown and "tok:13a" in shown and "tercom" in shown


def test_every_report_has_every_segment(desk: Path) -> None:
    names = ["report.html", "report.json", "report.csv"]
    outputs = [argument for name in names for argument in ("-o", name)]
    assert evaluate("--ref=ref.en", "close.en", "far.en", "--src=src.nl", *outputs, "-q") == 0
    with Path("report.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 24
    data = json.loads(Path("report.json").read_text("utf-8"))
    assert [item["source"] for item in data["segments"]] == DUTCH.splitlines()
    assert [item["hypotheses"][1]["text"] for item in data["segments"]] == FAR.splitlines()
    page = Path("report.html").read_text("utf-8")
    assert all(line in page for line in DUTCH.splitlines())


def test_the_json_report_keeps_to_its_schema(desk: Path) -> None:
    schema = json.loads((Path(__file__).parents[1] / "eval/templates/report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    data = report("--ref=ref.en", "close.en", "far.en", "--src=src.nl", "--test", "bootstrap")
    jsonschema.validate(data, schema)


def test_documents_are_matched_by_segment_id(desk: Path) -> None:
    bitext = sample_bitext()
    for name in ("made.jsonl", "made.tmx"):
        with (desk / name).open("wb") as stream:
            format_for(name).write(bitext, stream)
        ours = report(f"--ref={name}", name, "--resamples", "0")
        assert ours["systems"][0]["scores"]["chrf"]["value"] == pytest.approx(100)
        # In TMX a bead without source segments has no Dutch variant, so it is no pair.
        beads = [bead for bead in bitext.beads if bead.source or name == "made.jsonl"]
        assert [item["id"] for item in ours["segments"]] == [bead.id for bead in beads]
        assert ours["segments"][0]["source"] == bitext.source_text(bitext.beads[0])


def test_needs_no_torch(desk: Path) -> None:
    code = (
        "import sys; from translate.cli import main\n"
        "try: main(['evaluate', '--ref=ref.en', 'far.en', '-o', 'r.html', '-q'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.stdout.strip() == "[]"


# Mistakes: one line that names the file and says how to mend it, and nothing written


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--ref=ref.en", "short.en"], ["short.en", "11", "12"]),
        (["--ref=ref.en", "gone.en"], ["gone.en"]),
        (["--ref=ref.en", "folder"], ["folder", "directory"]),
        (["--ref=ref.en", "empty.en"], ["empty.en", "empty"]),
        (["--ref=ref.en", "latin.en"], ["latin.en", "UTF-8"]),
        (["--ref=hole.en", "far.en"], ["hole.en", "line 3", "far.en"]),
        (["--ref=ref.en", "far.en", "far.en"], ["far.en", "--name"]),
        (["--ref=ref.en", "far.en", "--src", "short.en"], ["short.en"]),
        (["--ref=ref.en", "far.en", "-o", "report.xyz"], [".xyz", ".html"]),
        (["--ref=ref.en", "far.en", "-o", "folder"], ["folder"]),
        (["--ref=ref.en", "far.en", "--test", "bootstrap"], ["two or more"]),
        (["--ref=ref.en", "far.en", "close.en", "--test", "bootstrap", "--resamples", "0"], ["--resamples"]),
        (["--ref=ref.en", "far.en", "--name", "a", "--name", "b"], ["--name"]),
        (["--ref=ref.en", "broken.jsonl"], ["broken.jsonl"]),
        (["--ref=ref.en", "broken.tmx"], ["broken.tmx"]),
    ],
)
def test_mistakes_are_named(
    desk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: list[str]
) -> None:
    (desk / "short.en").write_text("\n".join(FAR.splitlines()[:11]) + "\n", "utf-8")
    (desk / "hole.en").write_text(
        REFERENCE.replace("We walk to school when the weather is good.", ""), "utf-8"
    )
    (desk / "folder").mkdir()
    (desk / "empty.en").write_text("", "utf-8")
    (desk / "latin.en").write_bytes("café\n".encode("latin-1") * 12)
    (desk / "broken.jsonl").write_text('{"format": \n', "utf-8")
    (desk / "broken.tmx").write_text("<tmx><body><tu>", "utf-8")
    before = sorted(desk.iterdir())
    assert evaluate(*arguments, "-o", "report.html") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tweetalig: error: ")
    assert all(part in line for part in said), line
    assert sorted(desk.iterdir()) == before
