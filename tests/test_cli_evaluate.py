"""``tweetalig evaluate`` as a user meets it, beside sacrebleu's own command line."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from samples import sample_bitext

from corpus.bitext import Bitext
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


MIXED = "\n".join(
    far if number % 3 == 0 and far else close
    for number, (close, far) in enumerate(zip(CLOSE.splitlines(), FAR.splitlines(), strict=True))
)


@pytest.mark.parametrize("test, theirs", [("bootstrap", "bs"), ("randomization", "ar")])
def test_p_values_are_those_of_sacrebleu(desk: Path, test: str, theirs: str) -> None:
    """``sacrebleu ref.en -i close.en mixed.en near.en -m bleu chrf ter --paired-bs
    --paired-bs-n 999 -f text`` (or ar for bs).

    Its table shows four decimals; as JSON it cannot print a bootstrap (2.6.0).
    """
    (desk / "mixed.en").write_text(MIXED + "\n", "utf-8")
    better, worse = (0, 3, 7), (5, 6, 10)
    near = CLOSE.splitlines()
    for number in better:
        near[number] = REFERENCE.splitlines()[number]
    for number in worse:
        near[number] = near[number].replace("the", "a").replace("last", "in the")
    (desk / "near.en").write_text("\n".join(near) + "\n", "utf-8")
    systems = ["close.en", "mixed.en", "near.en"]
    draws = ("--resamples", "999", "--trials", "999")
    ours = report("--ref=ref.en", *systems, "--test", test, *draws)
    expected = {
        **paired(systems, theirs, ["bleu", "chrf", "ter"]),
        **paired(systems, theirs, ["chrf++"], "-m", "chrf", "--chrf-word-order", "2"),
    }
    found = {(item["metric"], item["system"]): item["p_value"] for item in ours["comparisons"]}
    assert found.keys() == expected.keys()
    for key, p_value in expected.items():
        assert found[key] == pytest.approx(p_value, abs=5.1e-5), key
    assert len({round(p_value, 4) for p_value in expected.values()}) > 2  # not all the smallest there is


def paired(systems: list[str], test: str, keys: list[str], *options: str) -> dict[tuple[str, str], float]:
    """P-values from sacrebleu's table by metric and system (the first is the baseline)."""
    chosen = options or ("-m", *keys)
    command = [sys.executable, "-m", "sacrebleu", "ref.en", "-i", *systems, *chosen]
    environment = {**os.environ, "SACREBLEU_SEED": "12345"}
    done = subprocess.run(
        [*command, f"--paired-{test}", f"--paired-{test}-n", "999", "-f", "text"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    shown = [float(value) for value in re.findall(r"\(p = ([\d.]+)\)", done.stdout)]
    names = [Path(name).stem for name in systems[1:]]
    assert len(shown) == len(names) * len(keys)
    return {(key, name): shown.pop(0) for name in names for key in keys}


def test_equal_systems_do_not_differ(desk: Path) -> None:
    (desk / "same.en").write_text(CLOSE + "\n", "utf-8")
    ours = report("--ref=ref.en", "close.en", "same.en", "--test", "bootstrap", "--test", "randomization")
    assert ours["comparisons"]
    assert all(item["p_value"] > 0.9 and item["difference"] == 0 for item in ours["comparisons"])


def test_systems_are_ranked_in_clusters(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "near.en").write_text(CLOSE.replace("bikes", "bicycles") + "\n", "utf-8")
    data = report("--ref=ref.en", "far.en", "close.en", "near.en")
    (ranking,) = [item for item in data["rankings"] if item["metric"] == "chrf"]
    assert ranking["test"] == "paired-bs"
    assert ranking["clusters"] == [["near", "close"], ["far"]]
    assert evaluate("--ref=ref.en", "far.en", "close.en", "near.en") == 0
    assert "Ranking by chrF (paired bootstrap): 1–2 near, close; 3 far" in capsys.readouterr().out


def test_tests_can_be_left_out(desk: Path) -> None:
    data = report("--ref=ref.en", "close.en", "far.en", "--test", "none")
    assert data["comparisons"] == [] and data["rankings"] == []
    assert evaluate("--ref=ref.en", "close.en", "far.en", "--test", "none", "--test", "bootstrap") == 2


# Metrics


def test_spbleu_is_that_of_sacrebleu_and_nothing_is_fetched(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tokenizer model made here stands in for the published one, for both programs."""
    import sentencepiece

    models = desk / "home" / "models"
    models.mkdir(parents=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([REFERENCE, CLOSE, FAR, DUTCH]),
        model_prefix=str(models / "made"),
        vocab_size=120,
        minloglevel=2,
    )
    (models / "made.model").rename(models / "flores200sacrebleuspm")
    environment = {
        **os.environ,
        "SACREBLEU": str(desk / "home"),
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    run = ["-c", "from translate.cli import main; main()", "evaluate", "--ref=ref.en", "far.en"]
    options = ["-o", "report.json", "-q", "--resamples", "0"]
    subprocess.run([sys.executable, *run, *options], check=True, env=environment)
    data = json.loads(Path("report.json").read_text("utf-8"))
    assert [item["key"] for item in data["metrics"]] == ["bleu", "chrf", "chrf++", "ter", "spbleu"]
    theirs = subprocess.run(
        [sys.executable, "-m", "sacrebleu", "ref.en", "-i", "far.en", "-tok", "flores200", "-w", "6"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    expected = json.loads(theirs.stdout)
    assert data["systems"][0]["scores"]["spbleu"]["value"] == pytest.approx(expected["score"], abs=1e-6)
    assert data["metrics"][4]["signature"] == expected["signature"]

    assert evaluate("--ref=ref.en", "far.en", "-m", "spbleu-101") == 2
    line = capsys.readouterr().err
    assert "curl -L https://" in line and "flores101" in line


FAKE_COMET = """#!{python}
import json, sys
request = json.load(open(sys.argv[2], encoding="utf-8"))
mode = {mode!r}
if mode == "crash":
    sys.exit("ImportError: no comet here")
answer = {{"scores": [len(one["mt"]) / (len(one["src"]) + len(one["ref"])) for one in request["segments"]],
          "version": "2.2.9"}}
if mode == "error":
    answer = {{"error": "there is no model " + request["model"]}}
if mode == "few":
    answer["scores"].pop()
json.dump(answer, open(sys.argv[3], "w", encoding="utf-8"))
"""


def fake_python(folder: Path, mode: str = "") -> str:
    """An interpreter that answers as ``eval/comet_worker.py`` would where COMET is installed."""
    path = folder / f"python-{mode or 'good'}"
    path.write_text(FAKE_COMET.format(python=sys.executable, mode=mode), "utf-8")
    path.chmod(0o755)
    return str(path)


def test_comet_is_run_by_another_python(desk: Path) -> None:
    options = ("--src=src.nl", "--comet-python", fake_python(desk), "-m", "chrf")
    data = report("--ref=ref.en", "close.en", "far.en", *options)
    metric = data["metrics"][1]
    assert metric["key"] == "comet" and metric["name"] == "COMET"
    assert metric["signature"].startswith("model:Unbabel/wmt22-comet-da|ref:first|comet:2.2.9")
    rows = list(zip(CLOSE.splitlines(), DUTCH.splitlines(), REFERENCE.splitlines(), strict=True))
    scores = [100 * len(mt) / (len(src) + len(ref)) for mt, src, ref in rows]
    found = [item["hypotheses"][0]["scores"]["comet"] for item in data["segments"]]
    assert found == pytest.approx(scores)
    assert data["systems"][0]["scores"]["comet"]["value"] == pytest.approx(sum(scores) / len(scores))
    assert {item["metric"] for item in data["comparisons"]} == {"chrf", "comet"}


@pytest.mark.parametrize(
    "mode, said",
    [
        ("crash", "no comet here"),
        ("error", "no model Unbabel"),
        ("few", "12 segments"),
        ("gone", "cannot be run"),
    ],
)
def test_a_comet_that_fails_says_how_to_get_one(
    desk: Path, capsys: pytest.CaptureFixture[str], mode: str, said: str
) -> None:
    python = str(desk / "python-gone") if mode == "gone" else fake_python(desk, mode)
    assert evaluate("--ref=ref.en", "far.en", "--src=src.nl", "--comet-python", python) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line and "pip install unbabel-comet" in line


def test_a_model_is_translated_with_and_scored(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    from tiny_model import build

    model = str(build(tmp_path_factory.mktemp("model")))
    (desk / "tiny.nl").write_text("De man leest de krant.\n\nZij koopt een rode fiets.\n", "utf-8")
    (desk / "tiny.en").write_text("The man reads the newspaper.\n\nShe buys a big bicycle.\n", "utf-8")
    (desk / "other.en").write_text("The man reads.\n\nShe buys.\n", "utf-8")
    data = report("--system", model, "--src=tiny.nl", "--ref=tiny.en", "other.en", "--resamples", "0")
    assert [item["name"] for item in data["systems"]] == ["other.en", model]
    made = [item["hypotheses"][1]["text"] for item in data["segments"]]
    assert made == ["The man reads the newspaper.", "", "She buys a red bicycle."]
    assert any(note.startswith(f"{model}: ") for note in data["provenance"]["notes"])
    assert data["segments"][1]["hypotheses"][1]["scores"] == dict.fromkeys(["bleu", "chrf", "chrf++", "ter"])


# Breakdowns


def test_scores_by_document_are_those_of_the_document_alone(desk: Path) -> None:
    (desk / "set.doc").write_text("first\n" * 5 + "second\n" * 7, "utf-8")
    data = report("--ref=ref.en", "close.en", "far.en", "--documents", "set.doc", "--resamples", "0")
    assert [item["document"] for item in data["by_document"]] == ["first", "second"]
    assert data["segments"][5]["document"] == "second"
    for name, text in (("ref", REFERENCE), ("close", CLOSE), ("far", FAR)):
        (desk / f"part.{name}").write_text("\n".join(text.splitlines()[5:]) + "\n", "utf-8")
    part = report("--ref=part.ref", "part.close", "part.far", "--resamples", "0")
    alone = [system["scores"]["chrf"]["value"] for system in part["systems"]]
    assert data["by_document"][1]["scores"] == pytest.approx(alone)


def test_words_are_scored_by_how_common_they_are(desk: Path) -> None:
    (desk / "two.ref").write_text("the cat saw the fox\n", "utf-8")
    (desk / "two.hyp").write_text("the dog saw a fox\n", "utf-8")
    (desk / "large.en").write_text("the the the the the cat fox\nthe saw\n", "utf-8")
    data = report("--ref=two.ref", "two.hyp", "--frequency-corpus", "large.en", "--resamples", "0")
    assert data["by_frequency"]["text"] == "large.en"
    buckets = {item["first"]: (item["words"], item["f1"][0]) for item in data["by_frequency"]["buckets"]}
    # once: cat, saw, fox against saw, fox; 5 to 9 times: the the against the.
    assert buckets == {1: (3, pytest.approx(80)), 5: (2, pytest.approx(200 / 3))}


def test_ngrams_that_tell_two_systems_apart(desk: Path) -> None:
    reference = ["the red boat sails home"] * 4 + ["it rains"]
    first = ["the red boat sails home"] * 4 + ["it snows"]
    second = ["a blue boat sails home"] * 4 + ["it rains"]
    for name, lines in (("n.ref", reference), ("n.first", first), ("n.second", second)):
        (desk / name).write_text("\n".join(lines) + "\n", "utf-8")
    data = report("--ref=n.ref", "n.first", "n.second", "--resamples", "0")
    (found,) = data["ngrams"]
    assert (found["system"], found["baseline"]) == ("second", "first")
    assert found["better"] == []  # "rains" once only may be chance
    assert [item["ngram"] for item in found["worse"]][:2] == ["red boat sails home", "the red boat sails"]
    assert all((item["here"], item["there"]) == (4, 0) for item in found["worse"])


def test_flags_are_counted_where_the_source_is_known(desk: Path) -> None:
    (desk / "f.nl").write_text("Het kost 3 euro.\nHet is warm.\n", "utf-8")
    (desk / "f.en").write_text("It costs 3 euros.\nIt is warm.\n", "utf-8")
    (desk / "f.hyp").write_text("It costs 8 euros.\nIt is warm.\n", "utf-8")
    data = report("--ref=f.en", "f.en", "f.hyp", "--src=f.nl", "--resamples", "0")
    assert [item["flags"] for item in data["systems"]] == [{}, {"amounts": 1}]
    (flag,) = data["segments"][0]["hypotheses"][1]["flags"]
    assert (flag["source"], flag["target"]) == ([9, 15], [9, 16])
    assert report("--ref=f.en", "f.hyp", "--resamples", "0")["systems"][0]["flags"] is None
    assert report("--ref=f.en", "f.hyp", "--src=f.nl", "--no-checks")["systems"][0]["flags"] is None


# The gate


@pytest.mark.parametrize(
    "limits, code",
    [
        (["chrF=50"], 0),
        (["chrF=99"], 3),
        (["BLEU=20", "chrF=99"], 3),
        (["TER=90"], 0),
        (["TER=10"], 3),  # lower is better
        (["chrF"], 2),
        (["chrF=high"], 2),
        (["chrF=nan"], 2),
        (["comet=80"], 2),
    ],
)
def test_fail_under(desk: Path, capsys: pytest.CaptureFixture[str], limits: list[str], code: int) -> None:
    options = [part for limit in limits for part in ("--fail-under", limit)]
    assert evaluate("--ref=ref.en", "close.en", *options, "-q", "-o", "gate.json") == code
    said = capsys.readouterr().err
    if code == 3:
        assert "FAILED: close.en: " in said
        verdicts = json.loads(Path("gate.json").read_text("utf-8"))["verdicts"]
        assert [item["passed"] for item in verdicts].count(False) == 1
    assert Path("gate.json").exists() == (code != 2)


def test_baseline_fails_what_is_significantly_worse(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report("--ref=ref.en", "close.en", "--name", "mt")
    before = ["--baseline", "report.json", "-q"]
    assert evaluate("--ref=ref.en", "close.en", "--name", "mt", *before) == 0
    assert evaluate("--ref=ref.en", "far.en", "--name", "mt", *before, "-o", "after.md") == 3
    assert "significantly worse" in capsys.readouterr().err
    assert "**failed**: mt: chrF" in Path("after.md").read_text("utf-8")
    (desk / "near.en").write_text(CLOSE.replace("the roof", "a roof") + "\n", "utf-8")
    assert evaluate("--ref=ref.en", "near.en", *before) == 0  # lower, but not significantly
    assert evaluate("--ref=ref.en", "ref.en", *before) == 0  # better
    assert "significantly better" not in capsys.readouterr().err  # quiet: only failures


def test_baseline_must_be_of_the_same_test_set(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report("--ref=ref.en", "close.en")
    (desk / "other.ref").write_text(REFERENCE.replace("umbrella", "raincoat") + "\n", "utf-8")
    (desk / "other.json").write_text("{}", "utf-8")
    (desk / "newer.json").write_text('{"format": "tweetalig-evaluation", "version": 99}', "utf-8")
    for arguments, said in (
        (["--ref=other.ref", "close.en", "--baseline", "report.json"], "segment 6"),
        (["--ref=ref.en", "close.en", "--baseline", "other.json"], "no report"),
        (["--ref=ref.en", "close.en", "--baseline", "newer.json"], "schema 99"),
        (["--ref=ref.en", "close.en", "far.en", "--baseline", "report.json"], "no system called close"),
    ):
        assert evaluate(*arguments, "-q") == 2
        assert said in capsys.readouterr().err


# Scores that are well defined where there is little to score


def test_a_hypothesis_that_is_the_reference(desk: Path) -> None:
    scores = report("--ref=ref.en", "ref.en", "--name", "same")["systems"][0]["scores"]
    assert [round(scores[key]["value"], 6) for key in ("bleu", "chrf", "chrf++", "ter")] == [100, 100, 100, 0]


def test_empty_segments_have_no_score_of_their_own(desk: Path) -> None:
    (desk / "holes.ref").write_text("A line of text.\n\nAnother line of text.\n", "utf-8")
    (desk / "holes.hyp").write_text("\n\nAnother line of text.\n", "utf-8")
    data = report("--ref=holes.ref", "holes.hyp")
    first, second, third = (item["hypotheses"][0]["scores"] for item in data["segments"])
    assert first == {"bleu": 0, "chrf": 0, "chrf++": 0, "ter": 100}
    assert second == dict.fromkeys(("bleu", "chrf", "chrf++", "ter"))
    assert third["chrf"] == pytest.approx(100)
    assert data["systems"][0]["empty_segments"] == 2


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


def test_a_table_is_no_formula(desk: Path) -> None:
    (desk / "bad.ref").write_text("=1+1\n@sum\n+2\n-3\nfine\n", "utf-8")
    assert evaluate("--ref=bad.ref", "bad.ref", "--name", "=cmd", "-o", "report.csv", "-q") == 0
    with Path("report.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["hypothesis"] for row in rows] == ["'=1+1", "'@sum", "'+2", "'-3", "fine"]
    assert rows[0]["system"] == "'=cmd"
    assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row.values())


def test_texts_cannot_break_the_page(desk: Path) -> None:
    lines = ["</script><script>alert(1)</script>", "@@segments@@ <img src=x onerror=alert(2)>", "<!-- & -->"]
    (desk / "bad.ref").write_text("\n".join(lines) + "\n", "utf-8")
    name = "</title><b>"
    arguments = [
        "--ref=bad.ref",
        "bad.ref",
        "--src=bad.ref",
        "--name",
        name,
        "-o",
        "page.html",
        "-o",
        "page.md",
    ]
    assert evaluate(*arguments, "-q") == 0
    page = Path("page.html").read_text("utf-8")
    assert page.count("<script") == 2 and page.count("</script>") == 2
    assert "<img" not in page and "<b>" not in page.split("<body>")[0]
    (embedded,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    data = json.loads(embedded)
    assert [segment[1] for segment in data["segments"]] == lines
    assert "<b>" not in Path("page.md").read_text("utf-8").split("Command")[0]


def test_the_page_has_every_part(desk: Path) -> None:
    (desk / "set.doc").write_text("first\n" * 5 + "second\n" * 7, "utf-8")
    options = ("--src=src.nl", "--documents=set.doc", "--fail-under", "chrF=99", "-o", "page.html", "-q")
    assert evaluate("--ref=ref.en", "close.en", "far.en", *options) == 3
    page = Path("page.html").read_text("utf-8")
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert titles == [
        "Gate",
        "Summary",
        "Ranking",
        "Plots",
        "chrF by length of the reference",
        "chrF by document",
        "Words by how common they are",
        "Words that tell the systems apart",
        "Checks without a reference",
        "How the metrics go together",
        "Where the systems differ most",
        "The most flags",
        "The lowest scores",
        "All segments",
        "How this was made",
    ]
    assert (
        page.count("<svg") == 4 + 1 + 1 + 1 + 1 + 1
    )  # intervals, distribution, scatter, length, ratio, document
    assert "http://" not in page and "https://" not in page  # nothing is fetched


def test_a_page_too_long_to_open_says_what_it_leaves_out(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.report_page._LISTED", 5)
    assert evaluate("--ref=ref.en", "close.en", "-o", "page.html", "-o", "all.json", "-q") == 0
    page = Path("page.html").read_text("utf-8")
    assert "The list holds the first 5 of 12 segments" in page
    (embedded,) = re.findall(r'id="data">(.*?)</script>', page, re.S)
    assert len(json.loads(embedded)["segments"]) == 5
    assert len(json.loads(Path("all.json").read_text("utf-8"))["segments"]) == 12


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


def renamed(bitext: Bitext) -> Bitext:
    """The second bead has another id."""
    first, second, *rest = bitext.beads
    return replace(bitext, beads=(first, replace(second, id="other"), *rest))


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
        (["--ref=ref.en", "made.pharaoh"], ["made.pharaoh", "cannot be read back"]),
        (["--ref=ref.en"], ["--system"]),
        (["--ref=ref.en", "--system", "builtin"], ["--src"]),
        (["--ref=ref.en", "--system", "builtin", "--src", "short.en"], ["short.en", "11", "12"]),
        (["--ref=ref.en", "far.en", "-m", "meteor"], ["meteor", "chrf++"]),
        (["--ref=ref.en", "far.en", "-m", "comet"], ["pip install unbabel-comet", "--comet-python"]),
        (["--ref=ref.en", "far.en", "--comet-model", "x"], ["--comet-python"]),
        (["--ref=ref.en", "far.en", "-m", "sim-src"], ["--src"]),
        (["--ref=ref.en", "far.en", "--documents", "short.en"], ["short.en", "11", "12"]),
        (["--ref=ref.en", "far.en", "--documents", "hole.en"], ["hole.en", "line 3"]),
        (["--ref=ref.en", "far.en", "--frequency-corpus", "latin.en"], ["latin.en", "line 1"]),
        (["--ref=ref.en", "far.en", "--frequency-corpus", "gone.en"], ["gone.en"]),
        (["--ref=ref.en", "far.en", "--baseline", "gone.json"], ["gone.json"]),
        (["--ref=made.jsonl", "lacking.jsonl"], ["lacking.jsonl", "p2s1", "made.jsonl"]),
        (["--ref=twice.tmx", "twice.tmx"], ["twice.tmx", "p1s1", "twice"]),
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
    (desk / "made.pharaoh").write_text("0-0 1-1\n" * 12, "utf-8")
    (desk / "empty.en").write_text("", "utf-8")
    (desk / "latin.en").write_bytes("café\n".encode("latin-1") * 12)
    (desk / "broken.jsonl").write_text('{"format": \n', "utf-8")
    (desk / "broken.tmx").write_text("<tmx><body><tu>", "utf-8")
    bitext = sample_bitext()
    with (desk / "made.jsonl").open("wb") as stream:
        format_for("made.jsonl").write(bitext, stream)
    with (desk / "lacking.jsonl").open("wb") as stream:
        format_for("made.jsonl").write(renamed(bitext), stream)
    unit = '<tu tuid="p1s1"><tuv xml:lang="nl"><seg>a</seg></tuv><tuv xml:lang="en"><seg>b</seg></tuv></tu>'
    (desk / "twice.tmx").write_text(
        '<tmx version="1.4"><header srclang="nl"/><body>' + 2 * unit + "</body></tmx>", "utf-8"
    )
    before = sorted(desk.iterdir())
    assert evaluate(*arguments, "-o", "report.html") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tweetalig: error: ")
    assert all(part in line for part in said), line
    assert sorted(desk.iterdir()) == before
