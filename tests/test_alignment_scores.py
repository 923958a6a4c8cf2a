"""Alignments scored against a gold, on cases small enough to count by hand."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from samples import sample_bitext

from corpus.formats import format_for
from eval.alignment import bead_scores, link_scores, read_gold_beads
from translate.cli import main


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def evaluate(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *arguments])
    return int(str(ended.value.code or 0))


def report(*arguments: str) -> dict[str, Any]:
    assert evaluate(*arguments, "-o", "report.json", "-q", "--resamples", "100") == 0
    loaded: dict[str, Any] = json.loads(Path("report.json").read_text("utf-8"))
    return loaded


def values(data: dict[str, Any], system: int = 0) -> dict[str, float]:
    return {key: item["value"] for key, item in data["systems"][system]["scores"].items()}


def test_links_with_sure_and_possible_ones(desk: Path) -> None:
    """Och and Ney (2003): A = 5, S = 4, |A & S| = 2, |A & P| = 4."""
    (desk / "gold").write_text("0-0 1-1 2?2 2?3\n0-0 1-1\n\n", "utf-8")
    (desk / "made").write_text("0-0 2-2 2-3 4-4\n1-1\n\n", "utf-8")
    found = values(report("--kind", "links", "--ref", "gold", "made"))
    precision, recall = 4 / 5, 2 / 4
    assert found["precision"] == pytest.approx(100 * precision)
    assert found["recall"] == pytest.approx(100 * recall)
    assert found["f1"] == pytest.approx(100 * 2 * precision * recall / (precision + recall))
    assert found["aer"] == pytest.approx(100 * (1 - (2 + 4) / (5 + 4)))


def test_links_of_tables_and_documents(desk: Path) -> None:
    (desk / "gold.tsv").write_text("a b\tc d\t0-0 1-1\ne\tf\t0-0\n", "utf-8")
    (desk / "made").write_text("0-0 1-1\n0-0\n", "utf-8")
    assert values(report("--kind", "links", "--ref", "gold.tsv", "made"))["f1"] == 100
    with (desk / "sample.jsonl").open("wb") as stream:
        format_for("sample.jsonl").write(sample_bitext(), stream)
    data = report("--kind", "links", "--ref", "sample.jsonl", "sample.jsonl")
    assert values(data)["aer"] == 0
    assert [item["id"] for item in data["segments"]] == [bead.id for bead in sample_bitext().beads]


def test_beads_strict_and_lax(desk: Path) -> None:
    """Gold: four beads, one of them 1-0. Of five made ones one is the same and one more touches."""
    gold = "[0]:[0]\n[1, 2]:[1]\n[3]:[]\n[4]:[2, 3]\n"
    made = "[0]:[0]\n[1]:[1]\n[2]:[2]\n[3]:[3]\n[]:[4]\n"
    (desk / "gold").write_text(gold, "utf-8")
    (desk / "made").write_text(made, "utf-8")
    data = report("--kind", "beads", "--ref", "gold", "made")
    found = values(data)
    assert found["strict-precision"] == pytest.approx(100 * 1 / 5)
    assert found["strict-recall"] == pytest.approx(100 * 1 / 3)
    assert found["lax-precision"] == pytest.approx(100 * 2 / 5)
    assert found["lax-recall"] == pytest.approx(100 * 2 / 3)
    scores = bead_scores(read_gold_beads(gold, "gold"), read_gold_beads(made, "made"))
    assert found["strict-f1"] == pytest.approx(100 * scores.strict.f1)
    assert found["lax-f1"] == pytest.approx(100 * scores.lax.f1)
    assert [item["hypotheses"][0]["text"] for item in data["segments"]] == [
        "[0]:[0]",
        "[1]:[1] [2]:[2]",
        "[3]:[3]",
        "[]:[4]",
    ]


@pytest.mark.parametrize("seed", range(4))
def test_totals_are_those_of_the_scoring_functions(desk: Path, seed: int) -> None:
    chance = random.Random(seed)
    pairs = [
        "\n".join(
            f"[{','.join(map(str, range(n, n + chance.randint(0, 2))))}]:[{n + chance.randint(0, 1)}]"
            for n in range(0, 30, 2)
        )
        for _ in range(2)
    ]
    (desk / "gold").write_text(pairs[0], "utf-8")
    (desk / "made").write_text(pairs[1], "utf-8")
    found = values(report("--kind", "beads", "--ref", "gold", "made"))
    scores = bead_scores(*(read_gold_beads(text, "file") for text in pairs))
    for kind, rates in (("strict", scores.strict), ("lax", scores.lax)):
        assert found[f"{kind}-precision"] == pytest.approx(100 * rates.precision)
        assert found[f"{kind}-recall"] == pytest.approx(100 * rates.recall)

    links = [
        [{(chance.randrange(5), chance.randrange(5)) for _ in range(4)} for _ in range(6)] for _ in range(2)
    ]
    for name, lines in zip(("gold.links", "made.links"), links, strict=True):
        text = "".join(" ".join(f"{i}-{j}" for i, j in sorted(line)) + "\n" for line in lines)
        (desk / name).write_text(text, "utf-8")
    found = values(report("--kind", "links", "--ref", "gold.links", "made.links"))
    expected = link_scores(links[0], links[1])
    assert found["aer"] == pytest.approx(100 * expected.aer)
    assert found["f1"] == pytest.approx(100 * expected.rates.f1)


def test_aligners_are_ranked_and_gated(desk: Path) -> None:
    (desk / "gold").write_text("0-0 1-1 2-2\n" * 30, "utf-8")
    (desk / "good").write_text("0-0 1-1 2-2\n" * 30, "utf-8")
    (desk / "poor").write_text("0-0 1-2 2-1\n" * 30, "utf-8")
    data = report("--kind", "links", "--ref", "gold", "poor", "good", "-o", "page.html")
    assert {tuple(map(tuple, item["clusters"])) for item in data["rankings"]} == {(("good",), ("poor",))}
    assert "links in the reference" in Path("page.html").read_text("utf-8")
    assert evaluate("--kind", "links", "--ref", "gold", "poor", "-q", "--fail-under", "aer=10") == 3
    assert evaluate("--kind", "links", "--ref", "gold", "good", "-q", "--fail-under", "AER=10") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kind", "links", "--ref", "gold", "bad"], ["bad, line 2", "0-0 1-2"]),
        (["--kind", "links", "--ref", "gold", "short"], ["short", "1", "2"]),
        (["--kind", "beads", "--ref", "gold", "short"], ["gold, line 1", "[0, 1]:[0]"]),
        (["--kind", "links", "--ref", "gold", "short", "-m", "bleu"], ["--metric"]),
        (["--kind", "links", "--ref", "gold", "--ref", "gold", "short"], ["--ref once"]),
        (["--kind", "beads", "--ref", "none", "none"], ["none, line 3", "not a bead"]),
    ],
)
def test_mistakes_are_named(
    desk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: list[str]
) -> None:
    (desk / "gold").write_text("0-0\n1-1\n", "utf-8")
    (desk / "bad").write_text("0-0\n0:0\n", "utf-8")
    (desk / "short").write_text("0-0\n", "utf-8")
    (desk / "none").write_text("\n \n.\n", "utf-8")
    assert evaluate(*arguments, "-q") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert all(part in line for part in said), line
