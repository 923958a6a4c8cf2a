"""Documents, books and tables for people: other programs open them, and we read them back."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from bitexts import bitexts, kept
from hypothesis import HealthCheck, given, settings
from lxml import etree
from markdown_it import MarkdownIt
from samples import Part, build_document, sample_bitext

from corpus.bitext import Bead, Bitext
from corpus.document import BlockKind
from corpus.errors import FormatError, OutputError
from corpus.formats import format_for
from corpus.units import ALL_TRAITS, Trait, units_of

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
RICH = (".html", ".docx", ".odt", ".epub", ".md")


def written(name: str, view: str | None = None, bitext: Bitext | None = None) -> bytes:
    stream = io.BytesIO()
    format_for(name).writer(view)(sample_bitext() if bitext is None else bitext, stream)
    return stream.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def repacked(data: bytes, changes: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, content in (members(data) | changes).items():
            file.writestr(name, content)
    return stream.getvalue()


def edited(name: str, data: bytes, old: str, new: str) -> bytes:
    """What somebody makes of the file who replaces a text in it, in the visible part only."""
    inner = {".docx": "word/document.xml", ".odt": "content.xml", ".epub": "book/text-001.xhtml"}.get(name)
    if inner is None:
        text = data.decode()
        head, mark, tail = text.partition(
            {".html": '<script type="application', ".md": "<!-- tweetalig"}[name]
        )
        assert old in head
        return (head.replace(old, new) + mark + tail).encode()
    content = members(data)[inner].decode()
    assert old in content
    return repacked(data, {inner: content.replace(old, new).encode()})


@pytest.mark.parametrize("suffix", RICH)
def test_a_text_that_somebody_mended_is_read(suffix: str) -> None:
    data = edited(suffix, written(f"x{suffix}"), "bicycles and cargo bikes", "bikes and carrier cycles")
    read_units = format_for(f"x{suffix}").read_units
    assert read_units is not None
    units = read_units(io.BytesIO(data), f"x{suffix}")
    found = list(units.units)
    mended = found[7]
    assert mended.target_text == "bikes and carrier cycles 🚲"
    assert (mended.id, mended.origin, mended.links) == ("p5s1", "human", ())
    assert +units.lost == {"word links of changed sentences": 2}
    everything = ALL_TRAITS - {Trait.LAYOUT}
    others = [unit for place, unit in enumerate(units_of(sample_bitext()).units) if place != 7]
    assert kept(found[:7] + found[8:], everything) == kept(others, everything)


@pytest.mark.parametrize("suffix", RICH)
def test_a_sentence_that_somebody_took_away_is_told(suffix: str) -> None:
    patterns = {
        ".docx": r"(<w:tr>(?:(?!<w:tr>).)*?fietsen en bak.*?</w:tr>)",
        ".odt": r"(<table:table-row [^>]*>(?:(?!<table:table-row ).)*?fietsen en bak.*?</table:table-row>)",
        ".md": r"(\| • fietsen en bak.*?\n)",
        ".html": r'(<span class="s" id="p5s1"(?:(?!<span).)*?</span>)',
        ".epub": r'(<span class="s" id="s8"(?:(?!<span).)*?</span>)',
    }
    inner = {".docx": "word/document.xml", ".odt": "content.xml", ".epub": "book/text-001.xhtml"}.get(suffix)
    data = written(f"x{suffix}")
    text = (members(data)[inner] if inner else data).decode()
    found = re.search(patterns[suffix], text, re.S)
    assert found
    changed = text.replace(found[1], "").encode()
    read = format_for(f"x{suffix}").read
    assert read is not None
    with pytest.raises(FormatError, match="shows 13 sentence pairs but tells of 14"):
        read(io.BytesIO(repacked(data, {inner: changed}) if inner else changed), f"x{suffix}")


@pytest.mark.parametrize("suffix", RICH)
def test_a_file_of_other_make_is_a_clear_error(suffix: str) -> None:
    data = {".html": b"<p>Dag</p>", ".md": b"| a | b |\n|---|---|\n"}.get(suffix)
    if data is None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as file:
            file.writestr("content.xml", "<x/>")
        data = stream.getvalue()
    read = format_for(f"x{suffix}").read
    assert read is not None
    with pytest.raises(FormatError, match="tweetalig"):
        read(io.BytesIO(data), f"x{suffix}")


@pytest.mark.parametrize("suffix", RICH)
@pytest.mark.parametrize(
    "data", ["", "x", "[]", "null", '{"schema":2}', '{"schema":1,"units":{}}', "[" * 100_000]
)
def test_data_that_somebody_broke_is_a_clear_error(suffix: str, data: str) -> None:
    inner = {".docx": "customXml/item9.xml", ".odt": "meta.xml", ".epub": "book/tweetalig.json"}.get(suffix)
    whole = written(f"x{suffix}")
    if inner:
        wraps = {
            ".docx": '<data xmlns="urn:tweetalig:bitext:1">{}</data>',
            ".odt": '<m xmlns:m="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"><m:user-defined '
            'm:name="tweetalig">{}</m:user-defined></m>',
        }
        content = wraps.get(suffix, "{}").replace("{}", data)
        broken = repacked(whole, {inner: content.encode()})
    else:
        pattern = {
            ".html": r'(<script type="application/json"[^>]*>).*?(</script>)',
            ".md": r"(<!-- tweetalig ).*?( -->)",
        }[suffix]
        broken = re.sub(pattern, lambda m: m[1] + data + m[2], whole.decode(), flags=re.S).encode()
    read = format_for(f"x{suffix}").read
    assert read is not None
    with pytest.raises(FormatError, match=r"tweetalig|version"):
        read(io.BytesIO(broken), f"x{suffix}")


# Word


def test_word_has_styles_bookmarks_comments_and_a_header_that_repeats() -> None:
    parts = members(written("x.docx"))
    root = etree.fromstring(parts["word/document.xml"])
    rows = root.findall(f".//{W}tbl")[0].findall(f"{W}tr")
    assert len(rows) == 15 and rows[0].find(f"{W}trPr/{W}tblHeader") is not None
    styles = [s.get(f"{W}val") for s in rows[1].iter(f"{W}pStyle")] + [
        s.get(f"{W}val") for s in rows[8].iter(f"{W}pStyle")
    ]
    assert styles == ["Heading1", "Heading1", "ListBullet", "ListBullet"]
    names = [b.get(f"{W}name") for b in root.iter(f"{W}bookmarkStart")]
    assert names[:3] == ["p1s1", "p2s1", "p2s2"] and len(set(names)) == 14
    comments = etree.fromstring(parts["word/comments.xml"])
    said = ["".join(c.itertext()) for c in comments.iter(f"{W}comment")]
    assert said[0] == "Numbers differ: the source has 48.500, the translation 45,800" and len(said) == 5
    languages = {e.get(f"{W}val") for e in root.iter(f"{W}lang")}
    assert languages == {"nl-NL", "en-GB"}
    relations = parts["word/_rels/document.xml.rels"].decode()
    assert 'Target="https://pont.example/"' in relations


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what LibreOffice makes of ``word.docx`` and ``open.odt``, by kind."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    folder = tmp_path_factory.mktemp("office")
    files = [folder / "word.docx", folder / "open.odt"]
    for path in files:
        path.write_bytes(written(path.name))
    for kind in ("txt:Text (encoded):UTF8", "docx:MS Word 2007 XML", "odt"):
        subprocess.run(
            [
                program,
                f"-env:UserInstallation=file://{folder / 'profile'}",
                "--headless",
                "--convert-to",
                kind,
                "--outdir",
                str(folder / "made"),
                *map(str, files),
            ],
            check=True,
            capture_output=True,
            timeout=180,
        )
    return folder / "made"


@pytest.mark.parametrize(("name", "suffix", "other"), [("word", ".docx", ".odt"), ("open", ".odt", ".docx")])
def test_libreoffice_opens_it_and_keeps_everything(office: Path, name: str, suffix: str, other: str) -> None:
    text = (office / f"{name}.txt").read_text("utf-8-sig")
    for bead in sample_bitext().beads:
        assert sample_bitext().source_text(bead) in text
        assert sample_bitext().target_text(bead) in text
    # Saved again by LibreOffice, it is read without loss.
    saved = format_for(f"x{suffix}")
    assert saved.read_units is not None
    with (office / f"{name}{suffix}").open("rb") as stream:
        units = saved.read_units(stream, f"{name}{suffix}")
        assert kept(units.units, saved.keeps) == kept(units_of(sample_bitext()).units, saved.keeps)
    assert not +units.lost
    # Comments and bookmarks survive what LibreOffice makes of it in the other format.
    parts = members((office / f"{name}{other}").read_bytes())
    content = b"".join(parts.values()).decode("utf-8", "replace")
    assert "Numbers differ: the source has 48.500" in content and 'name="p2s2"' in content


# EPUB


def epubcheck() -> list[str] | None:
    found = shutil.which("epubcheck")
    if found is None:
        return None
    is_jar = Path(found).read_bytes()[:2] == b"PK"  # Debian's wants binfmt to be run by itself
    return ["java", "-jar", found] if is_jar else [found]


@pytest.mark.skipif(epubcheck() is None, reason="epubcheck is not installed")
@pytest.mark.parametrize("view", [None, "reveal"])
def test_epubcheck_finds_nothing(view: str | None, tmp_path: Path) -> None:
    hostile = replace(
        sample_bitext(),
        beads=tuple(replace(b, id=f'"<{n}> & x') for n, b in enumerate(sample_bitext().beads)),
    )
    path = tmp_path / "x.epub"
    path.write_bytes(written("x.epub", view, hostile))
    command = epubcheck()
    assert command is not None
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False, timeout=180)
    assert "No errors or warnings detected" in done.stdout + done.stderr, done.stdout + done.stderr


def test_a_tap_reveals_the_translation() -> None:
    root = etree.fromstring(members(written("x.epub", "reveal"))["book/text-001.xhtml"])
    names = {"h": "http://www.w3.org/1999/xhtml", "e": "http://www.idpf.org/2007/ops"}
    taps = root.xpath("//h:a[@e:type='noteref']", namespaces=names)
    notes = {n.get("id"): n for n in root.xpath("//h:aside[@e:type='footnote']", namespaces=names)}
    assert len(taps) == len(notes) == 14
    assert "".join(taps[1].itertext()).startswith("De veerpont van Wijk")
    assert "The ferry from Wijk" in "".join(notes[taps[1].get("href")[1:]].itertext())


def test_a_long_book_has_chapters() -> None:
    parts = [
        part
        for n in range(3)
        for part in (Part(BlockKind.HEADING, (f"Deel {n}",), 1), *[Part(BlockKind.PARAGRAPH, ("Zin.",))] * 60)
    ]
    source, target = build_document(parts, "nl", "boek.txt"), build_document(parts, "en")
    bitext = Bitext(source, target, tuple(Bead(s.id, (s.id,), (s.id,)) for s in source.segments))
    data = written("x.epub", None, bitext)
    assert sorted(n for n in members(data) if "text-" in n) == [f"book/text-00{n}.xhtml" for n in (1, 2, 3)]
    assert b"Deel 1 \xc2\xb7 Deel 1" in members(data)["book/nav.xhtml"]
    read = format_for("x.epub").read
    assert read is not None and read(io.BytesIO(data), "x.epub").beads == bitext.beads


# Markdown


@given(bitext=bitexts())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_renderer_sees_one_row_a_bead_and_no_markup_in_texts(bitext: Bitext) -> None:
    from corpus.formats._package import shown

    plain = replace(
        bitext,
        source=replace(bitext.source, blocks=tuple(replace(b, marks=()) for b in bitext.source.blocks)),
        target=replace(bitext.target, blocks=tuple(replace(b, marks=()) for b in bitext.target.blocks)),
    )
    text = written("x.md", None, plain).decode()
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    cells = [
        "".join(child.content for child in token.children or () if child.type in ("text", "text_special"))
        for before, token in pairwise(tokens)
        if before.type == "td_open"
    ]
    assert len(cells) == 2 * len(bitext.beads)
    for bead, source in zip(bitext.beads, cells[::2], strict=True):
        assert source.removeprefix("• ").split() == shown(bitext.source_text(bead)).split()


# Tables


@pytest.mark.parametrize("name", ["x.tsv", "x.csv"])
@pytest.mark.parametrize("text", ["=1+1", "+31", "-5", "@home", '=HYPERLINK("http://x")', "\t=1", "'=1"])
def test_no_cell_begins_a_formula(name: str, text: str) -> None:
    from corpus.units import Head, Sentence, Unit, Units

    stream = io.BytesIO()
    write_units = format_for(name).write_units
    assert write_units is not None
    unit = Unit(text, (Sentence(text),), (Sentence(text),), text, notes=(text,))
    write_units(Units(Head("nl", "en"), [unit]), stream)
    data = stream.getvalue().decode("utf-8-sig")
    for row in csv.reader(io.StringIO(data), dialect="excel-tab" if name == "x.tsv" else "excel"):
        assert not any(re.match(r"\s*[=+\-@]", field) for field in row)
    read_units = format_for(name).read_units
    assert read_units is not None
    [back] = read_units(io.BytesIO(stream.getvalue()), name).units
    assert (back.id, back.source_text, back.target_text, back.notes) == (text, text, text, (text,))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.tsv", 'Dag "jij\tHi "you\nTot\tBye\n'),
        ("x.tsv", 'nr\tEnglish\tDutch\r\n1\tHi "you\tDag "jij\r\n2\tBye\tTot\r\n'),
        ("x.csv", '"Dag ""jij","Hi ""you"\r\nTot,Bye\r\n'),
        ("x.csv", '\ufeffsource;id;target\n"Dag ""jij";1;"Hi ""you"\nTot;2;Bye'),
    ],
)
def test_tables_of_others(name: str, data: str) -> None:
    read_units = format_for(name).read_units
    assert read_units is not None
    found = [(u.source_text, u.target_text) for u in read_units(io.BytesIO(data.encode()), name).units]
    assert found == [('Dag "jij', 'Hi "you'), ("Tot", "Bye")]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.tsv", b"", "is empty"),
        ("x.tsv", b"a\tb\tc\n", "3 columns, and its first row does not name"),
        ("x.tsv", b"a\tb\nc\n", "row 2: has 1 columns, not 2"),
        ("x.csv", b'a,"b\n', "row 1: is not a row"),
        ("x.tsv", b"\xff\xfea\0\t\0b\0", "is UTF-16"),
        ("x.tsv", b"a\tb\ncaf\xe9\td\n", "line 2: is not UTF-8"),
        ("x.tsv", b"a" * 33_000_000, "longer than"),
    ],
)
def test_a_table_that_is_none_is_a_clear_error(name: str, data: bytes, words: str) -> None:
    from corpus.errors import TweetaligError

    read_units = format_for(name).read_units
    assert read_units is not None
    with pytest.raises(TweetaligError, match=words):
        list(read_units(io.BytesIO(data), name).units)


# PDF


def test_pdf_without_weasyprint_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(OutputError, match=r"pip install 'tweetalig\[pdf\]'"):
        written("x.pdf")


@pytest.mark.parametrize("view", [None, "interleaved"])
def test_pdf_has_both_texts_and_carries_the_whole(view: str | None, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="WeasyPrint (the extra 'pdf') is not installed")
    path = tmp_path / "x.pdf"
    path.write_bytes(written("x.pdf", view))
    if shutil.which("pdftotext") is None or shutil.which("pdfdetach") is None:
        pytest.skip("poppler-utils are not installed")
    run = {"check": True, "capture_output": True, "timeout": 60, "env": {"PATH": os.environ["PATH"]}}
    text = subprocess.run(["pdftotext", str(path), "-"], text=True, **run).stdout  # type: ignore[call-overload]
    assert "Seven hours on the dike" in text and "Zeven uur op de dijk" in text and "Numbers differ" in text
    out = tmp_path / "out.jsonl"
    subprocess.run(["pdfdetach", "-save", "1", "-o", str(out), str(path)], **run)  # type: ignore[call-overload]
    assert out.read_bytes() == written("x.jsonl")
