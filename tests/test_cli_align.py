"""``tweetalig align`` as a user meets it, with a tiny model."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny_model import Tiny, build

from translate.cli import main

DUTCH = "Geen nieuws\n\nDe man leest een krant in de tuin. De hond slaapt.\n\nZij ziet een rode fiets."
ENGLISH = "No news\n\nThe man reads a newspaper in the garden. The dog sleeps.\n\nShe sees a red bicycle."


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


class Runner:
    def __init__(self, model: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._model, self._capture = model, capture

    def __call__(self, *arguments: str, model: bool = True) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main(["align", *arguments, *(["--model", str(self._model)] if model else [])])
        captured = self._capture.readouterr()
        return Ended(int(str(ended.value.code or 0)), captured.out, captured.err)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "tiny", Tiny(alignment_layer=0))


@pytest.fixture
def run(
    tmp_path: Path, tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Runner:
    monkeypatch.chdir(tmp_path)
    Path("a.nl.txt").write_text(DUTCH, "utf-8")
    Path("a.en.txt").write_text(ENGLISH, "utf-8")
    return Runner(tiny, capsys)


def refused(run: Runner, *arguments: str, model: bool = True) -> str:
    before = sorted(Path().iterdir())
    ended = run(*arguments, model=model)
    assert (ended.code, ended.out) == (2, "")
    assert sorted(Path().iterdir()) == before
    line = ended.err.splitlines()[-1]
    assert line.startswith("tweetalig: error: ")
    return line


def rows(name: str) -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, dialect="excel-tab"))


@pytest.mark.parametrize("similarity", ["auto", "embeddings", "translation", "both", "lexical"])
def test_pairs_sentences_in_every_format(run: Runner, similarity: str) -> None:
    names = ["x.tsv", "x.html", "x.tmx", "x.jsonl", "x.pharaoh"]
    outputs = [part for name in names for part in ("-o", name)]
    ended = run("a.nl.txt", "a.en.txt", *outputs, "--similarity", similarity, "--offline")
    assert (ended.code, ended.out) == (0, "")
    found = rows("x.tsv")
    assert [row["source"] for row in found] == [
        "Geen nieuws",
        "De man leest een krant in de tuin.",
        "De hond slaapt.",
        "Zij ziet een rode fiets.",
    ]
    assert found[2]["target"] == "The dog sleeps."
    assert {row["origin"] for row in found} == {"human"}
    assert all(0 <= float(row["confidence"]) <= 1 for row in found)
    assert Path("x.pharaoh").read_text("utf-8").splitlines()[2] == "0-0 1-1 2-2"
    head = json.loads(Path("x.jsonl").read_text("utf-8").splitlines()[0])
    assert "similarity" in json.dumps(head) and "a.en.txt" in json.dumps(head)


def test_part_of_a_web_page_is_aligned(run: Runner) -> None:
    Path("p.html").write_text("<p>Los.</p><main><p>De man leest.</p><p>De hond slaapt.</p></main>", "utf-8")
    Path("t.txt").write_text("The man reads.\n\nThe dog sleeps.", "utf-8")
    ended = run("p.html", "t.txt", "--selector", "main", "-o", "x.tsv", "-q")
    assert ended.code == 0
    assert [(row["source"], row["target"]) for row in rows("x.tsv")] == [
        ("De man leest.", "The man reads."),
        ("De hond slaapt.", "The dog sleeps."),
    ]
    assert "neither text is a web page" in refused(run, "a.nl.txt", "t.txt", "--selector", "p", "-o", "y.tsv")
    assert "contradict" in refused(run, "p.html", "t.txt", "--selector", "p", "--whole-page", "-o", "y.tsv")


def test_segmented_lines_and_gold(run: Runner) -> None:
    Path("s.nl").write_text("De man leest een krant.\nDe hond slaapt.\nZij ziet een rode fiets.\n", "utf-8")
    Path("t.en").write_text("The man reads a newspaper. The dog sleeps.\nShe sees a red bicycle.\n", "utf-8")
    Path("gold").write_text("[0, 1]:[0]\n[2]:[1]\n", "utf-8")
    ended = run("s.nl", "t.en", "--segmented", "--gold", "gold", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[0] == "strict   P 1.0000  R 1.0000  F1 1.0000"
    assert ended.out.splitlines()[1].startswith("lax ")


def test_words_only(run: Runner) -> None:
    Path("s.nl").write_text("De hond slaapt .\n\nHet huis\n", "utf-8")
    Path("t.en").write_text("The dog sleeps .\n\nThe house\n", "utf-8")
    ended = run("s.nl", "t.en", "--words", "--quiet")
    assert (ended.code, ended.out) == (0, "0-0 1-1 2-2 3-3\n\n0-0 1-1\n")
    Path("gold").write_text(ended.out, "utf-8")
    scored = run("s.nl", "t.en", "--words", "--gold", "gold", "-q")
    assert scored.out == "links  P 1.0000  R 1.0000  F1 1.0000  AER 0.0000\n"


def test_other_languages_need_no_model(run: Runner) -> None:
    Path("s.de").write_text("Der Hund schläft.\n\nDas Haus ist rot.", "utf-8")
    Path("t.fr").write_text("Le chien dort.\n\nLa maison est rouge.", "utf-8")
    ended = run("s.de.txt" if Path("s.de.txt").exists() else "s.de", "t.fr", "--segmented", "--languages",
        "de-fr", "-o", "x.tsv", "-q", model=False)  # fmt: skip
    assert ended.code == 0
    first = rows("x.tsv")[0]
    assert (first["source"], first["target"]) == ("Der Hund schläft.", "Le chien dort.")
    assert "1-1" in first["links"].split()


# What is said of odd input


def test_swapped_and_equal_texts_are_said(run: Runner) -> None:
    more = " Het is niet van ons, maar wij hebben het ook nog voor deze week en zijn er bij."
    english = " It is not of them, but they have this for their own and that was with the others."
    Path("n.txt").write_text(DUTCH + more, "utf-8")
    Path("e.txt").write_text(ENGLISH + english, "utf-8")
    swapped = run("e.txt", "n.txt", "-o", "x.tsv", "--no-links", "--similarity", "lexical")
    assert swapped.code == 0 and "look swapped" in swapped.err
    equal = run("n.txt", "n.txt", "-o", "x.tsv", "--no-links", "--similarity", "lexical")
    assert "both texts are the same" in equal.err
    Path("f.txt").write_text("Le chat est dans la maison et les chiens sont sur le toit. " * 3, "utf-8")
    other = run("n.txt", "f.txt", "-o", "x.tsv", "--no-links", "--similarity", "lexical")
    assert "f.txt reads as fr, not en" in other.err
    assert "reads as fr" not in run("n.txt", "f.txt", "-o", "x.tsv", "--similarity", "lexical", "-q").err


def test_one_side_far_longer(run: Runner) -> None:
    Path("one.txt").write_text("De hond slaapt.", "utf-8")
    Path("ten.txt").write_text("The dog sleeps. " + "Nothing here belongs to it. " * 12, "utf-8")
    ended = run("one.txt", "ten.txt", "-o", "x.tsv", "--no-links")
    assert ended.code == 0 and "most will be left alone" in ended.err
    assert sum(row["target"].count("Nothing") for row in rows("x.tsv")) == 12


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b" \n\n", "only white space"), (b"a\0b", "NUL"), (b"PK\3\4\0\0", "other zip")],
)
def test_unreadable_texts(run: Runner, content: bytes, said: str) -> None:
    Path("bad.txt").write_bytes(content)
    line = refused(run, "a.nl.txt", "bad.txt", "-o", "x.tsv")
    assert "bad.txt" in line and said in line


def test_how_a_text_was_read_is_said(run: Runner) -> None:
    Path("old.txt").write_bytes("Het café is dicht.\n".encode("cp1252"))
    Path("page.html").write_text(
        f"<nav>Home</nav><article><h1>No news</h1><p>{'The caf&eacute; is <b>closed</b>. ' * 3}</p></article>"
    )
    ended = run("old.txt", "page.html", "-o", "x.jsonl", "-o", "x.tsv", "--no-links")
    assert ended.code == 0
    assert "note: old.txt: read as windows-1252" in ended.err
    assert "note: page.html: read the article" in ended.err and "--whole-page" not in ended.err
    texts = " ".join(row["target"] for row in rows("x.tsv"))
    assert "The café is closed." in texts and "Home" not in texts and "<b>" not in texts
    assert "old.txt: read as windows-1252" in Path("x.jsonl").read_text("utf-8")


def test_the_time_can_be_fixed(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert run("a.nl.txt", "a.en.txt", "-o", "x.jsonl", "--no-links").code == 0
    assert "1970-01-01T00:00:00+00:00" in Path("x.jsonl").read_text("utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert "SOURCE_DATE_EPOCH" in refused(run, "a.nl.txt", "a.en.txt", "-o", "y.jsonl")


def test_mistakes_in_what_is_asked(run: Runner) -> None:
    assert "nothing to write" in refused(run, "a.nl.txt", "a.en.txt")
    assert "no such file" in refused(run, "a.nl.txt", "none.txt", "-o", "x.tsv")
    assert "one of the texts" in refused(run, "a.nl.txt", "a.en.txt", "-o", "a.en.txt")
    assert "twice" in refused(run, "a.nl.txt", "a.en.txt", "-o", "x.tsv", "-o", "./x.tsv")
    assert "suffix" in refused(run, "a.nl.txt", "a.en.txt", "-o", "x.nope")
    assert "a pair of languages" in refused(run, "a.nl.txt", "a.en.txt", "-o", "x.tsv", "--languages", "nl")
    assert "--model" in refused(run, "a.nl.txt", "a.en.txt", "-o", "x.tsv", "--languages", "de-fr",
        "--similarity", "translation", model=False)  # fmt: skip
    Path("s").write_text("een\ntwee\n", "utf-8")
    Path("t").write_text("one\n", "utf-8")
    assert "has 1 lines" in refused(run, "s", "t", "--words")
    Path("gold").write_text("[0]:[7]\n", "utf-8")
    assert "target segment 7" in refused(run, "s", "t", "--segmented", "--gold", "gold", "--no-links")
    Path("gold").write_text("0_0\n", "utf-8")
    assert "gold, line 1" in refused(run, "s", "s", "--words", "--gold", "gold")
