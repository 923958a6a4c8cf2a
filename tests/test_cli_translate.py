"""``tweetalig translate`` as a user meets it, with a tiny model."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny_model import Tiny, build

from translate import models
from translate.cli import main

ARTICLE = "Geen nieuws\n\nDe man leest een krant in de tuin. De hond slaapt.\n\nZij ziet een rode fiets"
ENGLISH = "No news\n\nThe man reads a newspaper in the garden. The dog sleeps.\n\nShe sees a red bicycle"


@dataclass(frozen=True)
class Ended:
    code: int
    out: bytes
    err: str


class Runner:
    """Runs the command in this process, in an empty folder."""

    def __init__(self, folder: Path, model: Path, capture: pytest.CaptureFixture[bytes]) -> None:
        self.folder = folder
        self.model = model
        self._capture = capture

    def __call__(self, *arguments: str, model: bool = True) -> Ended:
        chosen = ["--model", str(self.model)] if model else []
        with pytest.raises(SystemExit) as ended:
            main(["translate", *arguments, *chosen])
        captured = self._capture.readouterr()
        return Ended(int(str(ended.value.code or 0)), captured.out, captured.err.decode())

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "tiny", Tiny())


@pytest.fixture
def run(
    tmp_path: Path, tiny: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Runner:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "article.txt").write_text(ARTICLE, "utf-8")
    return Runner(tmp_path, tiny, capsysbinary)


def refused(run: Runner, *arguments: str, model: bool = True) -> str:
    """The one line of an error; checks that nothing was written."""
    before = run.files()
    ended = run(*arguments, model=model)
    assert ended.code == 2
    assert ended.out == b""
    assert run.files() == before
    (line,) = ended.err.splitlines()
    assert line.startswith("tweetalig: error: ")
    return line


# What it does


def test_prints_english_without_an_output(run: Runner) -> None:
    ended = run("article.txt")
    assert (ended.code, ended.out.decode(), ended.err) == (0, ENGLISH, "")


def test_writes_every_format_asked_for(run: Runner) -> None:
    ended = run("article.txt", "-o", "a.txt", "-o", "b.tsv", "-o", "c.jsonl", "-o", "d.tmx", "-o", "e.html")
    assert (ended.code, ended.out, ended.err) == (0, b"", "")
    assert Path("a.txt").read_text("utf-8") == ENGLISH
    assert all(Path(name).stat().st_size > 100 for name in ("b.tsv", "c.jsonl", "d.tmx", "e.html"))
    assert not [name for name in run.files() if name.startswith(".")]


def test_the_provenance_is_written(run: Runner) -> None:
    run("article.txt", "-o", "c.jsonl", "--beam", "2")
    first = json.loads(Path("c.jsonl").read_text("utf-8").splitlines()[0])
    said = json.dumps(first)
    assert str(run.model) in said
    assert '"beam_size": 2' in said
    assert "segmentation-" in said


def test_segmented_input_keeps_its_lines(run: Runner) -> None:
    lines = "De man leest. De hond slaapt.\n\nHet huis\n\n\nDe vrouw"
    Path("set.nl").write_text(lines, "utf-8")
    ended = run("set.nl", "--segmented", "-o", "set.en.txt")
    assert ended.code == 0
    assert (
        Path("set.en.txt").read_text("utf-8") == "The man reads. The dog sleeps.\n\nThe house\n\n\nThe woman"
    )


def test_standard_input_and_output(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(ARTICLE.encode())

    monkeypatch.setattr(sys, "stdin", Input())
    ended = run("-", "-o", "-", "--to", "tmx", "-o", "a.txt")
    assert ended.code == 0
    assert b"<tmx" in ended.out
    assert Path("a.txt").read_text("utf-8") == ENGLISH


def test_a_summary_says_what_to_look_at(run: Runner) -> None:
    looping = build(run.folder.parent / f"{run.folder.name}-loop", Tiny(behaviour="loop"))
    ended = run("article.txt", "-o", "a.txt", "--model", str(looping), "--no-repair", model=False)
    assert ended.code == 0
    (line,) = ended.err.splitlines()
    assert line.startswith("tweetalig: check 4 of 4 segments: ")
    assert "repetition 4" in line
    assert run("article.txt", "-o", "a.txt", "--model", str(looping), "--quiet", model=False).err == ""


def test_a_model_that_stands_in_is_said_and_recorded(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_cached", lambda _: None)
    monkeypatch.setattr(models, "_BUILTIN_FOLDER", run.model)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # --offline sets it; this puts it back afterwards
    ended = run("article.txt", "-o", "c.jsonl", "--offline", model=False)
    assert ended.code == 0
    (line,) = ended.err.splitlines()
    assert line.startswith("tweetalig: note: Helsinki-NLP/opus-mt-nl-en cannot be had")
    assert "cannot be had" in Path("c.jsonl").read_text("utf-8").splitlines()[0]


def test_a_megabyte_on_one_line_is_translated_whole(run: Runner) -> None:
    sentence = "De man leest een krant in de tuin; de vrouw slaapt niet, maar de hond loopt naar de straat, "
    Path("long.txt").write_text(sentence * 11_000, "utf-8")
    ended = run("long.txt", "-o", "out.txt", "--beam", "1", "--no-links")
    assert ended.code == 0
    english = Path("out.txt").read_text("utf-8")
    assert english.count("newspaper") == english.count("street") == 11_000


def test_a_megabyte_without_a_space_is_kept(run: Runner) -> None:
    Path("long.txt").write_text("a" * 1_000_000, "utf-8")
    ended = run("long.txt", "-o", "out.txt", "--beam", "1", "--no-links")
    assert ended.code == 0
    assert Path("out.txt").read_text("utf-8") == "a" * 1_000_000


def test_an_output_is_replaced_whole_or_not_at_all(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.txt").write_text("old")

    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("translate.pipeline.translate_document", broken)
    ended = run("article.txt", "-o", "a.txt", "-o", "b.tsv")
    assert ended.code == 130
    assert Path("a.txt").read_text() == "old"
    assert run.files() == ["a.txt", "article.txt"]


# What it refuses


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "only white space"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "NUL"),
        (b"\xff\xfe\xfa binary \x80\x81", "not UTF-8"),
        (b"Een zin.\nNog een\x00 zin.\n", "line 2"),
    ],
)
def test_files_that_are_no_text(run: Runner, content: bytes, said: str) -> None:
    Path("bad.txt").write_bytes(content)
    line = refused(run, "bad.txt", "-o", "out.html")
    assert said in line
    assert "bad.txt" in line


def test_files_that_are_not_there(run: Runner) -> None:
    assert "no such file" in refused(run, "nothing.txt", "-o", "out.txt")
    Path("folder").mkdir()
    assert "is a directory" in refused(run, "folder", "-o", "out.txt")


def test_outputs_that_cannot_be(run: Runner) -> None:
    Path("folder").mkdir()
    Path("folder.txt").mkdir()
    assert "is a directory" in refused(run, "article.txt", "-o", "folder")
    assert "is a directory" in refused(run, "article.txt", "-o", "folder.txt")
    assert ".html" in refused(run, "article.txt", "-o", "out.nonsense")
    assert ".html" in refused(run, "article.txt", "-o", "out")
    assert "does not exist" in refused(run, "article.txt", "-o", "gone/out.txt")
    assert "twice" in refused(run, "article.txt", "-o", "a.txt", "-o", "./a.txt")
    assert "article itself" in refused(run, "article.txt", "-o", "article.txt")
    assert "--to" in refused(run, "article.txt", "-o", "a.txt", "--to", "tmx")
    assert ".html" in refused(run, "article.txt", "--to", "nonsense")


def test_one_bad_output_stops_all(run: Runner) -> None:
    refused(run, "article.txt", "-o", "good.txt", "-o", "bad.nonsense")


def test_an_output_without_permission(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.files.os.access", lambda *_: False)  # the tests may run as root
    assert "cannot be written" in refused(run, "article.txt", "-o", "out.txt")


def test_outputs_are_checked_before_the_model(run: Runner) -> None:
    line = refused(run, "article.txt", "-o", "out.nonsense", "--model", "./no-model", model=False)
    assert "out.nonsense" in line


@pytest.mark.parametrize("name", ["./no-model", "no model", "article.txt"])
def test_models_that_are_none(run: Runner, name: str) -> None:
    line = refused(run, "article.txt", "-o", "out.txt", "--model", name, model=False)
    assert name in line


def test_a_model_directory_without_weights(run: Runner) -> None:
    Path("model").mkdir()
    assert "config.json" in refused(run, "article.txt", "--model", "model", model=False)


def test_abbreviations_that_are_not_there(run: Runner) -> None:
    assert "none.txt" in refused(run, "article.txt", "--abbreviations", "none.txt")


# Glossary


def test_terms_of_a_glossary_are_used_and_told(run: Runner) -> None:
    Path("terms.tsv").write_text("krant\tbook\nGroen\n", "utf-8")
    Path("lines.txt").write_text("De man leest een krant.\nZij ziet een kranten.\n", "utf-8")
    ended = run("lines.txt", "--segmented", "--glossary", "terms.tsv", "-o", "out.txt")
    assert ended.code == 0
    # "a books" is no English: the second is left as it is, and flagged.
    assert Path("out.txt").read_text("utf-8").splitlines()[0] == "The man reads a book."
    assert "check 1 of 2 segments: glossary 1" in ended.err


def test_a_glossary_that_is_none(run: Runner) -> None:
    Path("terms.tsv").write_text("krant\tbook\n\tbook\n", "utf-8")
    assert "terms.tsv, line 2: has no Dutch term" in refused(
        run, "article.txt", "--glossary", "terms.tsv", "-o", "out.txt"
    )
    assert "none.tsv: no such file" in refused(run, "article.txt", "--glossary", "none.tsv", "-o", "out.txt")
