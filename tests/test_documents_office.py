# ruff: noqa: E501  (markup is easier to read in lines of its own length)
"""Word and OpenDocument texts, and e-books: read, written back, and opened by others."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import docx
import pytest
from documents import (
    ODT_BODY,
    bitext_of,
    book,
    odt_document,
    packed,
    rewritten,
    unpacked,
    word_body,
    word_document,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from corpus.bitext import Bead, Bitext, target_document
from corpus.document import BlockKind, Document
from corpus.errors import FormatError, InputError
from corpus.readers import read_document
from corpus.segmentation import segment
from corpus.writeback import write_back

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def marks(document: Document, number: int) -> list[tuple[str, str]]:
    block = document.blocks[number - 1]
    return [(str(m.kind), m.span.of(document.text)) for m in block.marks]


# Word


def test_a_word_document_is_read_wherever_it_has_text() -> None:
    document = read_document(word_document(), "a.docx")
    assert texts(document) == [
        "De brug over het kanaal",
        "De oude brug over het kanaal blijft zeker dicht. Dat zegt de wethouder van verkeer.\n"
        "Tweede regel\tmet tab. Pagina volgt.",
        "Een eerste punt.", "Een tweede punt.", "Wie wacht, wint.", "Jaar", "Kosten", "2025", "Een miljoen euro",
        "Bij deze alinea hangt een kader.", "Tekst in een kader.", "Gemeente Rijndam", "Voor intern gebruik",
        "Een kader met tekst",
    ]  # fmt: skip
    assert marks(document, 2) == [
        ("bold", "oude brug"), ("italic", "zeker"), ("link", "de wethouder"), ("break", "\n"), ("break", "\t"),
        ("object", ""),
    ]  # fmt: skip
    assert document.blocks[0].kind is BlockKind.HEADING
    assert [b.kind for b in document.blocks[2:6]] == [
        BlockKind.LIST_ITEM, BlockKind.LIST_ITEM, BlockKind.QUOTATION, BlockKind.TABLE_CELL,
    ]  # fmt: skip
    assert (document.metadata["title"], document.metadata["author"]) == ("Verslag van de brug", "Kim de Wit")
    assert "- Een eerste punt.\n- Een tweede punt." in document.text
    assert "Jaar\tKosten\n2025\tEen miljoen euro" in document.text


def shown(data: bytes) -> list[list[tuple[str, bool, bool]]]:
    """What python-docx sees: paragraphs of runs, neighbours of one look joined."""
    paragraphs = []
    for paragraph in docx.Document(io.BytesIO(data)).paragraphs:
        runs: list[tuple[str, bool, bool]] = []
        for run in paragraph.runs:
            look = (bool(run.bold), bool(run.italic))
            if runs and runs[-1][1:] == look:
                runs[-1] = (runs[-1][0] + run.text, *look)
            elif run.text:
                runs.append((run.text, *look))
        paragraphs.append(runs)
    return paragraphs


def test_a_word_document_written_back_the_same_is_the_same() -> None:
    old = word_document()
    new, report = rewritten(old, "a.docx")
    assert shown(new) == shown(old)
    assert report.lines() == []
    before, after = unpacked(old), unpacked(new)
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    assert all(re.match(r"word/(document|header|footer|styles|settings)\w*\.xml", name) for name in changed)


def test_markup_of_a_word_document_follows_its_words() -> None:
    new, _ = rewritten(word_document(), "a.docx", str.upper)
    document = docx.Document(io.BytesIO(new))
    runs = [(run.text, bool(run.bold)) for run in document.paragraphs[1].runs]
    assert ("OUDE BRUG", True) in runs
    (link,) = document.paragraphs[1].hyperlinks
    assert (link.text, link.address) == ("DE WETHOUDER", "https://example.org/")
    assert document.sections[0].header.paragraphs[0].text == "GEMEENTE RIJNDAM"
    assert document.tables[0].cell(1, 1).text == "EEN MILJOEN EURO"
    xml = unpacked(new)["word/document.xml"].decode()
    assert xml.count("TEKST IN EEN KADER.") == 2  # for new Word, and for old
    assert 'descr="EEN KADER MET TEKST"' in xml
    assert " PAGE " in xml


def test_notes_fields_and_tracked_changes_keep_their_places() -> None:
    body = (
        '<w:p><w:bookmarkStart w:id="0" w:name="hier"/><w:r><w:t>De brug</w:t></w:r>'
        '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t xml:space="preserve"> is dicht, </w:t></w:r>'
        '<w:del w:id="5" w:author="x"><w:r><w:delText>niet</w:delText></w:r></w:del>'
        '<w:ins w:id="6" w:author="x"><w:r><w:t>zegt men</w:t></w:r></w:ins><w:r><w:t xml:space="preserve">. </w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "https://x.nl" </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>Lees dit</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:bookmarkEnd w:id="0"/></w:p>'
    )
    notes = '<w:footnotes SPACE><w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t>Tot juni.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    data = word_body(body, footnotes=notes)
    document = read_document(data, "a.docx")
    assert texts(document) == ["De brug is dicht, zegt men. Lees dit", "Tot juni."]
    new = unpacked(rewritten(data, "a.docx", str.upper)[0])
    xml = new["word/document.xml"].decode()
    order = re.findall(
        r"bookmarkStart|DE BRUG|footnoteReference|IS DICHT|<w:delText|<w:ins |ZEGT MEN|HYPERLINK|LEES DIT|bookmarkEnd",
        xml,
    )
    assert order == ["bookmarkStart", "DE BRUG", "footnoteReference", "IS DICHT", "<w:delText", "<w:ins ", "ZEGT MEN", "HYPERLINK", "LEES DIT", "bookmarkEnd"]  # fmt: skip
    assert "<w:footnoteRef/>" in new["word/footnotes.xml"].decode()
    assert "TOT JUNI." in new["word/footnotes.xml"].decode()


def test_a_field_in_one_run_with_its_text_is_told_apart() -> None:
    run = (
        '<w:r><w:t xml:space="preserve">Op </w:t><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText>'
        '<w:fldChar w:fldCharType="separate"/><w:t>7</w:t><w:fldChar w:fldCharType="end"/>'
        '<w:t xml:space="preserve"> staat iets.</w:t></w:r>'
    )
    data = word_body(f"<w:p>{run}</w:p>")
    assert texts(read_document(data, "a.docx")) == ["Op staat iets."]
    xml = unpacked(rewritten(data, "a.docx", str.upper)[0])["word/document.xml"].decode()
    assert re.findall(r"OP |PAGE|<w:t>7|STAAT IETS", xml) == ["OP ", "PAGE", "<w:t>7", "STAAT IETS"]


def test_what_finds_no_place_is_kept_and_reported() -> None:
    body = '<w:p><w:r><w:t xml:space="preserve">Ga </w:t></w:r><w:hyperlink w:anchor="x"><w:r><w:t>gerust</w:t></w:r></w:hyperlink><w:r><w:t xml:space="preserve"> zitten.</w:t></w:r></w:p>'
    source = segment(read_document(word_body(body), "a.docx"))
    target = target_document(source, ["Sit down."], "en")
    stream = io.BytesIO()
    report = write_back(
        word_body(body), Bitext(source, target, (Bead("p1s1", ("p1s1",), ("p1s1",)),)), stream
    )
    assert report.unplaced == ("p1s1: no place found for: link (#x); put at the end of the segment",)
    assert b'w:anchor="x"' in unpacked(stream.getvalue())["word/document.xml"]


def test_a_segment_without_a_translation_keeps_its_source() -> None:
    new, report = rewritten(word_document(), "a.docx", lambda text: "" if "punt" in text else text.upper())
    assert "Een eerste punt." in [p.text for p in docx.Document(io.BytesIO(new)).paragraphs]
    assert report.untranslated == ("p3s1", "p4s1")


def test_a_file_that_has_changed_is_not_written_back() -> None:
    source = segment(read_document(word_document(), "a.docx"))
    with pytest.raises(InputError, match="has changed since it was read"):
        write_back(word_body("<w:p/>"), bitext_of(source), io.BytesIO())


_LOOK = st.sampled_from(["", "<w:rPr><w:b/></w:rPr>", "<w:rPr><w:i/></w:rPr>", "<w:rPr><w:b/><w:i/></w:rPr>"])
_SAID = st.sampled_from(["De ", "brug", " is", " dicht", ". ", "Ja.", " ", "a b "])
_RUN = st.tuples(_LOOK, _SAID).map(lambda d: f'<w:r>{d[0]}<w:t xml:space="preserve">{d[1]}</w:t></w:r>')
_OTHER = st.sampled_from(
    [
        "<w:r><w:br/></w:r>",
        "<w:r><w:tab/></w:r>",
        '<w:bookmarkStart w:id="1" w:name="a"/>',
        '<w:proofErr w:type="spellStart"/>',
    ]
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.one_of(_RUN, _RUN, _OTHER), min_size=1, max_size=7), min_size=1, max_size=3))
def test_any_word_document_written_back_the_same_says_the_same(paragraphs: list[list[str]]) -> None:
    data = word_body("".join(f"<w:p>{''.join(runs)}</w:p>" for runs in paragraphs))
    try:
        read_document(data, "a.docx")
    except InputError:
        return
    new = rewritten(data, "a.docx")[0]

    def looks(found: bytes) -> list[list[tuple[str, str]]]:
        """Each character with its look; white space, whose look nobody sees, made one space."""
        root = etree.fromstring(unpacked(found)["word/document.xml"])
        said = []
        for paragraph in root.iter(f"{W}p"):
            letters: list[tuple[str, str]] = []
            for run in paragraph.iter(f"{W}r"):
                look = "".join(sorted(etree.QName(one).localname for one in run.iterfind(f"{W}rPr/*")))
                text = "".join(
                    "\n" if one.tag == f"{W}br" else "\t" if one.tag == f"{W}tab" else one.text or ""
                    for one in run
                )
                letters += [(c, look if not c.isspace() else "") for c in text]
            squeezed = [
                one
                for n, one in enumerate(letters)
                if not (one[0] == " " and (n == 0 or letters[n - 1][0].isspace()))
            ]
            said.append([one for one in squeezed if one[0] not in " \n\t"])
        return said

    assert looks(new) == looks(data)


# OpenDocument


def test_an_opendocument_text_is_read_wherever_it_has_text() -> None:
    document = read_document(odt_document(), "a.odt")
    assert texts(document) == [
        "De brug over het kanaal",
        "De oude brug over het kanaal blijft zeker dicht. Dat zegt de wethouder van verkeer.\nPagina volgt.",
        "Tot na de zomer.", "Een eerste punt.", "Een tweede punt.", "Jaar", "Kosten",
        "Bij deze alinea hangt een kader.", "Tekst in een kader.", "Gemeente Rijndam", "Een kader met tekst",
    ]  # fmt: skip
    assert marks(document, 2) == [
        ("bold", "oude brug"), ("note", ""), ("link", "de wethouder"), ("break", "\n"), ("object", ""),
    ]  # fmt: skip
    assert (document.metadata["title"], document.metadata["author"]) == ("Verslag van de brug", "Kim de Wit")


def test_an_opendocument_text_written_back_the_same_is_the_same() -> None:
    """But for spans that change nothing one can see, and the language."""
    new = unpacked(rewritten(odt_document(), "a.odt")[0])["content.xml"].decode()
    expected = re.sub(
        r'</text:span><text:span text:style-name="T1">| ?<text:span text:style-name="T9">zeker ?</text:span>',
        lambda m: " zeker " if "T9" in m.group() else "",
        ODT_BODY,
    )
    assert new[new.index("<text:h") : new.index("</office:text>")] == expected
    assert 'fo:language="en" fo:country="GB"' in new


def test_markup_of_an_opendocument_text_follows_its_words() -> None:
    files = unpacked(rewritten(odt_document(), "a.odt", str.upper)[0])
    xml = files["content.xml"].decode()
    assert '<text:span text:style-name="T1">OUDE BRUG</text:span>' in xml
    assert re.search(r"DICHT\.<text:note .*TOT NA DE ZOMER\..*</text:note> DAT ZEGT <text:a ", xml)
    assert "GEMEENTE RIJNDAM" in files["styles.xml"].decode()
    assert "<svg:desc>EEN KADER MET TEKST</svg:desc>" in xml


# E-books


def test_a_book_is_read_in_its_order() -> None:
    document = read_document(book(), "a.epub")
    assert texts(document) == [
        "De overkant", "De oude pont vaart\xa0weer. De schipper lacht.", "Sinds 1900.", "Terug",
        "Het water is hoog & koud.\nDe boot ligt stil.", "Inhoud", "De overkant", "Terug", "De pont",
    ]  # fmt: skip
    assert (document.metadata["title"], document.metadata["author"]) == ("De pont", "Kim de Wit")
    assert marks(document, 2) == [("italic", "oude"), ("note", "")]


def test_a_book_is_translated_with_its_contents() -> None:
    old, (data, report) = unpacked(book()), rewritten(book(), "a.epub", str.upper)
    new = unpacked(data)
    assert list(old) == list(new)
    assert data[30:58] == b"mimetypeapplication/epub+zip"  # OCF 4.3: first, and not compressed
    assert "<dc:title>DE PONT</dc:title><dc:language>en</dc:language>" in new["OPS/book.opf"].decode()
    assert "<text>DE OVERKANT</text>" in new["OPS/toc.ncx"].decode()
    assert '<a href="c0.xhtml">DE OVERKANT</a>' in new["OPS/nav.xhtml"].decode()
    first = new["OPS/c0.xhtml"].decode()
    assert "<title>DE OVERKANT</title>" in first
    assert 'lang="en" xml:lang="en"' in first
    assert "<em>OUDE</em>" in first
    assert new["OPS/s.css"] == old["OPS/s.css"]
    assert report.lines() == []


def test_a_book_written_back_the_same_changes_its_language_alone() -> None:
    """And white space: a segment has spaces only."""
    old, new = unpacked(book()), unpacked(rewritten(book(), "a.epub")[0])
    for name in old:
        if name.endswith(".xhtml"):
            text = old[name].decode().replace('lang="nl"', 'lang="en"').replace("&#160;", " ")
            assert new[name].decode() == text


# Opened by others


def office(folder: Path, name: str, kind: str) -> Path:
    """A document converted by LibreOffice, with a profile of its own."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    subprocess.run(
        [program, "--headless", profile, "--convert-to", kind, "--outdir", str(folder), str(folder / name)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return folder / f"{Path(name).stem}.{kind.partition(':')[0]}"


def test_libreoffice_opens_what_we_write(tmp_path: Path) -> None:
    for data, name in ((word_document(), "a.docx"), (odt_document(), "b.odt")):
        (tmp_path / name).write_bytes(rewritten(data, name, str.upper)[0])
        text = office(tmp_path, name, "txt:Text (encoded):UTF8").read_text("utf-8-sig")
        assert "DE OUDE BRUG OVER HET KANAAL BLIJFT ZEKER DICHT." in text
        assert "DAT ZEGT DE WETHOUDER VAN VERKEER." in text
        assert "EEN EERSTE PUNT." in text


def epubcheck() -> list[str]:
    """The command of epubcheck; Debian's is a jar that not every system starts by itself."""
    found = os.environ.get("TWEETALIG_EPUBCHECK") or shutil.which("epubcheck")
    if found is None:
        pytest.skip("epubcheck is not installed")
    is_jar = Path(found).read_bytes()[:2] == b"PK"
    return ["java", "-jar", found] if is_jar else [found]


def test_epubcheck_passes_what_we_write(tmp_path: Path) -> None:
    (tmp_path / "a.epub").write_bytes(rewritten(book(), "a.epub", str.upper)[0])
    done = subprocess.run(
        [*epubcheck(), str(tmp_path / "a.epub")], capture_output=True, text=True, timeout=180
    )
    assert "0 fatals / 0 errors" in done.stdout, done.stdout + done.stderr


# Hostile and broken files


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"geen zip", "a.docx", "is not a zip file"),
        (packed({"a.txt": "x"}), "a.docx", "is not a Word document"),
        (packed({"a.txt": "x"}), "a.odt", "is not an OpenDocument text"),
        (packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}), "a.odt", "spreadsheet"),
        (packed({"a.txt": "x"}), "a.epub", "has no META-INF/container.xml"),
        (packed({"mimetype": "x", "../../weg": "x"}), "a.epub", "leads out of the file"),
        (packed({"META-INF/container.xml": "<container/>"}), "a.epub", "names no package document"),
        (word_document()[:5000], "a.docx", "is not a zip file"),
        (word_body("<w:p>"), "a.docx", "is not well-formed XML"),
        (word_body("<w:p/>"), "a.docx", "no text to read"),
        (odt_document("<text:p>x" + "<text:span>" * 300 + "</text:span>" * 300 + "</text:p>"), "a.odt", "nested deeper"),
        (odt_document("<text:p>" + "".join(map(str, range(1_600_000))) + "</text:p>"), "a.odt", "ten million characters"),
    ],
)  # fmt: skip
def test_what_is_broken_or_means_harm_is_refused_in_one_line(data: bytes, name: str, said: str) -> None:
    with pytest.raises((FormatError, InputError), match=said) as caught:
        read_document(data, name)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "member", ["word/document.xml", "word/styles.xml", "docProps/core.xml", "_rels/.rels"]
)
def test_entity_bombs_are_refused_in_every_part(member: str) -> None:
    files: dict[str, str | bytes] = dict(unpacked(word_document()))
    files[member] = f"{BOMB}<x>&b;</x>"
    with pytest.raises(FormatError, match="declares entities"):
        read_document(packed(files), "a.docx")


def test_entities_in_a_book_are_never_resolved() -> None:
    data = book({"Een": "<p>Een &geheim; &amp; &nbsp;zin.</p>"})
    assert "Een &geheim; & \xa0zin." in texts(read_document(data, "a.epub"))
    files: dict[str, str | bytes] = dict(unpacked(data))
    files["OPS/book.opf"] = f"{BOMB}<package/>"
    with pytest.raises(FormatError, match="declares entities"):
        read_document(packed(files), "a.epub")


def test_a_protected_book_is_refused() -> None:
    files: dict[str, str | bytes] = dict(unpacked(book()))
    files["META-INF/encryption.xml"] = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
        'xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData><CipherReference URI="OPS/c0.xhtml"/>'
        "</CipherData></EncryptedData></encryption>"
    )
    with pytest.raises(FormatError, match="is encrypted"):
        read_document(packed(files), "a.epub")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8))
def test_damage_gives_a_clear_error_or_a_document(at: int, damage: bytes) -> None:
    for made, name in (
        (word_body("<w:p><w:r><w:t>De brug.</w:t></w:r></w:p>"), "a.docx"),
        (odt_document(), "a.odt"),
        (book(), "a.epub"),
    ):
        data = bytearray(made)
        at = at % len(data)
        data[at : at + len(damage)] = damage
        try:
            read_document(bytes(data), name)
        except (FormatError, InputError) as error:
            assert "\n" not in str(error)
