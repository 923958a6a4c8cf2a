"""``tweetalig check`` as a user meets it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from samples import sample_bitext

from corpus.bitext import FlagKind
from corpus.formats import format_for
from translate.cli import main

DUTCH = ["De brug is 30 meter lang.", "Het is warm.", "Wij aten een maaltijd.", "Het raadslid sprak."]
ENGLISH = ["The bridge is 30 feet long.", "It is warm.", "We ate a maaltijd.", "The board member spoke."]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source.nl").write_text("\n".join(DUTCH) + "\n", "utf-8")
    (tmp_path / "made.en").write_text("\n".join(ENGLISH) + "\n", "utf-8")
    (tmp_path / "terms.tsv").write_text("raadslid\tcouncillor\n", "utf-8")
    for name in ("article.jsonl", "article.tmx"):
        with (tmp_path / name).open("wb") as stream:
            format_for(name).write(sample_bitext(), stream)
    return tmp_path


def check(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["check", *arguments])
    return int(str(ended.value.code or 0))


def test_lines_are_checked_against_their_source(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("made.en", "--src", "source.nl", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["format"] == "tweetalig-check" and data["segments"] == 4
    assert data["counts"] == {"units": 1, "leftover": 1}
    unit, leftover = data["findings"]
    assert unit["id"] == "1" and unit["source"] == DUTCH[0]
    assert unit["flag"]["source"] == [11, 19] and unit["flag"]["target"] == [14, 21]
    assert leftover["id"] == "3" and leftover["flag"]["target"] == [9, 17]


def test_a_document_is_checked_by_its_ids(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("article.jsonl", "article.tmx"):
        assert check(name, "--only", "amounts", "--format", "json") == 0
        (found,) = json.loads(capsys.readouterr().out)["findings"]
        assert found["id"] == "p2s2"
        assert found["flag"]["message"] == "48.500 euro became 45,800 euros"


def test_the_text_form_names_what_and_where(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("made.en", "--src", "source.nl") == 0
    shown = capsys.readouterr().out
    assert "Unit differs: 30 meter became 30 feet" in shown
    assert ENGLISH[0] in shown and DUTCH[2] in shown
    assert shown.rstrip().endswith("2 of 4 segments flagged: units 1, leftover 1")


def test_a_table_has_a_row_a_flag(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "made.en").write_text("=1+1 &#39;\n" + "\n".join(ENGLISH[1:]) + "\n", "utf-8")
    assert check("made.en", "--src", "source.nl", "--format", "tsv", "--only", "stray") == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines(), dialect="excel-tab")
    assert row["kind"] == "stray" and row["target"] == "'=1+1 &#39;"
    assert (row["target_start"], row["target_end"], row["source_start"]) == ("5", "10", "")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "units"], 3),
        (["--fail-on", "names"], 0),
        (["--fail-on", "any"], 3),
        (["--fail-on", "any", "--only", "names"], 0),
        (["--fail-on", "units", "--ignore", "units"], 0),
        (["--fail-on", "glossary", "--glossary", "terms.tsv"], 3),
        (["--fail-on", "glossary"], 0),
    ],
)
def test_exit_codes(desk: Path, options: list[str], code: int) -> None:
    assert check("made.en", "--src", "source.nl", "-q", *options) == code


def test_the_document_is_written_with_its_flags(desk: Path) -> None:
    assert check("made.en", "--src", "source.nl", "-o", "out.jsonl", "-o", "out.html", "-q") == 0
    with Path("out.jsonl").open("rb") as stream:
        read = format_for("out.jsonl").read
        assert read is not None
        bitext = read(stream, "out.jsonl")
    assert [bitext.target_text(bead) for bead in bitext.beads] == ENGLISH
    assert [[flag.kind for flag in bead.flags] for bead in bitext.beads] == [
        [FlagKind.UNITS],
        [],
        [FlagKind.LEFTOVER],
        [],
    ]
    assert "30 meter became 30 feet" in Path("out.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.jsonl"], ["gone.jsonl", "no such file"]),
        (["made.en"], ["made.en", "--src"]),
        (["made.en", "--src", "short.nl"], ["short.nl", "3", "4"]),
        (["made.en", "--src", "latin.nl"], ["latin.nl", "UTF-8"]),
        (["article.jsonl", "--only", "numbrs"], ["numbrs", "numbers"]),
        (["article.jsonl", "-o", "out.xyz"], [".xyz"]),
        (["broken.jsonl"], ["broken.jsonl", "line 1"]),
        (["article.jsonl", "--glossary", "gone.tsv"], ["gone.tsv"]),
    ],
)
def test_mistakes_are_named(
    desk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: list[str]
) -> None:
    (desk / "short.nl").write_text("\n".join(DUTCH[:3]) + "\n", "utf-8")
    (desk / "latin.nl").write_bytes("één\n".encode("latin-1") * 4)
    (desk / "broken.jsonl").write_text('{"format": \n', "utf-8")
    before = sorted(desk.iterdir())
    assert check(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tweetalig: error: ")
    assert all(part in line for part in said), line
    assert sorted(desk.iterdir()) == before
