"""``tweetalig translate`` on documents, as a user meets it, with a tiny model."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from documents import book, odt_document, page, unpacked
from test_cli_translate import Runner, refused, tiny

from corpus.formats import format_for

__all__ = ["tiny"]  # a fixture


@pytest.fixture
def run(
    tmp_path: Path,
    tiny: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> Runner:
    monkeypatch.chdir(tmp_path)
    return Runner(tmp_path, tiny, capsysbinary)


SRT = "1\n00:00:01,000 --> 00:00:02,000\nDe man leest\n\n2\n00:00:02,100 --> 00:00:03,000\neen krant.\n"
MENU = "<nav><a href='/'>Voorpagina</a></nav>"
TEXT = "<p>De man leest <b>een krant</b> in de tuin, de vrouw leest een boek.</p>"
ARTICLE = f"<article><h1>Geen nieuws</h1>{TEXT}</article>"


def test_a_document_comes_back_in_its_own_format(run: Runner) -> None:
    document = docx.Document()
    document.add_paragraph("De man leest ").add_run("een krant").bold = True
    document.save("a.docx")
    assert run("a.docx", "-o", "b.docx").code == 0
    runs = docx.Document("b.docx").paragraphs[0].runs
    assert [(one.text, bool(one.bold)) for one in runs] == [("The man reads ", False), ("a newspaper", True)]

    Path("a.srt").write_text(SRT)
    assert run("a.srt", "-o", "b.srt").code == 0
    assert Path("b.srt").read_text() == SRT.replace("De man leest", "The man reads").replace(
        "een krant", "a newspaper"
    )

    Path("a.md").write_text("# Geen nieuws\n\nDe **man** slaapt.\n")
    assert run("a.md", "-o", "b.md").code == 0
    assert Path("b.md").read_text() == "# No news\n\nThe **man** sleeps.\n"

    Path("a.odt").write_bytes(odt_document("<text:p>De hond slaapt.</text:p>"))
    assert run("a.odt", "-o", "b.odt").code == 0
    assert b"The dog sleeps." in unpacked(Path("b.odt").read_bytes())["content.xml"]

    Path("a.epub").write_bytes(book({"Geen nieuws": "<p>De hond slaapt.</p>"}))
    assert run("a.epub", "-o", "b.epub").code == 0
    assert b"The dog sleeps." in unpacked(Path("b.epub").read_bytes())["OPS/c0.xhtml"]


def test_a_web_page_is_bilingual_unless_it_is_to_be_translated(run: Runner) -> None:
    Path("a.html").write_bytes(page(MENU + ARTICLE))
    ended = run("a.html", "-o", "both.html", "-o", "text.txt")
    assert ended.code == 0
    assert "note: read the article in <article>" in ended.err
    both = Path("both.html").read_text("utf-8")
    assert "Geen nieuws" in both
    assert "No news" in both
    assert Path("text.txt").read_text().startswith("No news\n\nThe man reads a newspaper in the garden")

    ended = run("a.html", "-o", "c.html", "--view", "translated")
    new = Path("c.html").read_text("utf-8")
    assert "<p>The man reads <b>a newspaper</b> in the garden" in new
    assert MENU in new
    assert "c.html: only the article in <article>" in ended.err
    assert 'lang="en"' in new


def test_a_part_of_a_page(run: Runner) -> None:
    Path("a.html").write_bytes(page("<p id=a>De man slaapt.</p><p id=b>De hond slaapt.</p>", ""))
    assert run("a.html", "--selector", "#b").out == b"The dog sleeps.\n"
    assert b"The man sleeps." in run("a.html", "--whole-page").out
    assert "contradict" in refused(run, "a.html", "--selector", "p", "--whole-page")
    assert "selects nothing" in refused(run, "a.html", "--selector", "#c")
    Path("a.txt").write_text("De man slaapt.\n")
    assert "only of a web page" in refused(run, "a.txt", "--whole-page")


def test_views(run: Runner) -> None:
    Path("a.txt").write_text("De man slaapt.\n")
    assert "only the article's own format" in refused(run, "a.txt", "-o", "b.html", "--view", "translated")
    assert "none of the outputs" in refused(run, "a.txt", "-o", "b.tsv", "--view", "interleaved")
    assert run("a.txt", "-o", "b.html", "--view", "side-by-side").code == 0
    assert run("a.txt", "-o", "b.txt", "--view", "translated").code == 0
    Path("a.md").write_text("De man slaapt.\n")
    for view, name in (("side-by-side", "d.md"), ("side-by-side", "d.docx"), ("interleaved", "e.md")):
        assert run("a.md", "-o", name, "--view", view).code == 0
    for name in ("d.md", "e.md"):
        text = Path(name).read_text("utf-8")
        assert "De man slaapt." in text and "The man sleeps." in text
    assert "these outputs have: interleaved, reveal" in refused(
        run, "a.md", "-o", "b.epub", "--view", "side-by-side")  # fmt: skip
    if "interleaved" in getattr(format_for("b.html"), "views", {}):
        assert run("a.txt", "-o", "c.html", "-o", "c.tsv", "--view", "interleaved").code == 0
        assert Path("c.html").read_bytes() != Path("b.html").read_bytes()


def test_standard_input_with_a_format(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(SRT.encode())

    monkeypatch.setattr("sys.stdin", Input())
    ended = run("-", "--from", "srt", "--to", "srt")
    assert ended.code == 0
    assert b"00:00:02,100 --> 00:00:03,000\na newspaper." in ended.out


def test_another_language_and_encoding_are_told(run: Runner) -> None:
    Path("a.txt").write_text("The council has decided that the bridge over the canal stays closed.\n")
    ended = run("a.txt", "-o", "b.jsonl")
    assert "tweetalig: warning: the text seems to be English, not Dutch" in ended.err
    assert "seems to be English" in Path("b.jsonl").read_text()
    Path("c.txt").write_bytes("De man leest één krant.\n".encode("latin-1"))
    assert "note: read as windows-1252" in run("c.txt").err


def test_hostile_and_broken_documents_are_refused_in_one_line(run: Runner) -> None:
    Path("a.docx").write_bytes(b"PK\x03\x04 kapot")
    assert "a.docx: is not a zip file" in refused(run, "a.docx", "-o", "b.docx")
    Path("a.srt").write_text("geen ondertitels")
    assert "a.srt: has no cue" in refused(run, "a.srt", "-o", "b.srt")
    Path("a.html").write_text("<div>" * 2000 + "Diep")
    assert "nested deeper" in refused(run, "a.html", "-o", "b.html")
