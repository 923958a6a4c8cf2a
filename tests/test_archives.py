"""Zip files and XML that mean harm, or are broken."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.archives import ArchiveLimits, open_archive
from corpus.errors import FormatError
from corpus.xml import iterate_xml, legal_xml, parse_xml

Members = list[tuple[str, bytes]]


def packed(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return buffer.getvalue()


def test_members_that_are_not_replaced_stay_as_they_are() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        file.mkdir("OPS")
        file.writestr(zipfile.ZipInfo("OPS/a.xml", (2020, 2, 3, 4, 5, 6)), b"<a/>", zipfile.ZIP_DEFLATED)
        file.writestr("OPS/b.png", bytes(range(256)) * 50, zipfile.ZIP_STORED)
    out = io.BytesIO()
    open_archive(buffer.getvalue(), "boek.epub").rewrite(
        out, {"OPS/a.xml": b"<b/>"}, {"OPS/new.txt": b"nieuw"}
    )
    with zipfile.ZipFile(out) as file:
        assert file.testzip() is None
        assert [info.filename for info in file.infolist()] == [
            "mimetype", "OPS/", "OPS/a.xml", "OPS/b.png", "OPS/new.txt",
        ]  # fmt: skip
        assert file.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
        assert file.getinfo("mimetype").extra == b""
        assert file.getinfo("OPS/a.xml").date_time == (2020, 2, 3, 4, 5, 6)
        assert file.read("OPS/a.xml") == b"<b/>"
        assert file.read("OPS/b.png") == bytes(range(256)) * 50


@pytest.mark.parametrize(
    "name", ["../weg.xml", "/etc/passwd", "a/../../b", "..\\weg.xml", "C:/weg", "a\\..\\..\\b"]
)
def test_names_that_climb_out_are_refused(name: str) -> None:
    with pytest.raises(FormatError, match="leads out of the file"):
        open_archive(packed([("goed.xml", b""), (name, b"x")]), "boos.docx")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    data = packed([("word/document.xml", b"\0" * (200 * 1024 * 1024))])
    start = time.perf_counter()
    with pytest.raises(FormatError, match="swells to 200 MiB"):
        open_archive(data, "bom.docx")
    assert time.perf_counter() - start < 1


def test_many_members_that_are_large_together_are_refused() -> None:
    block = bytes(range(256)) * 4096
    with pytest.raises(FormatError, match="unpacks to 3 MiB; at most 2 MiB"):
        open_archive(packed([(f"{n}.xml", block) for n in range(3)]), "bom.odt", ArchiveLimits(total=2 << 20))
    with pytest.raises(FormatError, match="has 3 members"):
        open_archive(packed([(f"{n}.xml", b"") for n in range(3)]), "bom.odt", ArchiveLimits(members=2))


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(packed([("a.xml", b"x" * 5000)]))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")  # uncompressed size, APPNOTE 4.3.12
    with pytest.raises(FormatError, match="is damaged"):
        open_archive(bytes(data), "liegt.docx").read("a.xml")


def test_encrypted_twice_named_and_linked_members_are_refused() -> None:
    data = bytearray(packed([("a.xml", b"x")]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(FormatError, match="is encrypted"):
        open_archive(bytes(data), "geheim.docx")
    with pytest.warns(UserWarning), pytest.raises(FormatError, match="is there twice"):
        open_archive(packed([("a.xml", b"een"), ("a.xml", b"twee")]), "dubbel.docx")
    link = zipfile.ZipInfo("a.xml")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(FormatError, match="link to elsewhere"):
        open_archive(buffer.getvalue(), "link.docx")


@pytest.mark.parametrize(
    "broken",
    [
        lambda data: b"",
        lambda data: b"geen zip",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-4],
        lambda data: data[:40] + b"\xff" * 8 + data[48:],
    ],
)
def test_broken_files_are_refused(broken: Callable[[bytes], bytes]) -> None:
    data = broken(packed([("a.xml", bytes(range(256)) * 4)]))
    with pytest.raises(FormatError, match=r"stuk\.docx"):
        open_archive(data, "stuk.docx").read("a.xml")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300), st.integers(0, 400), st.binary(min_size=1, max_size=6))
def test_no_damage_gives_another_error(content: bytes, at: int, damage: bytes) -> None:
    data = bytearray(packed([("a.xml", content), ("b.xml", b"vast")]))
    at = min(at, len(data) - 1)
    data[at : at + len(damage)] = damage
    try:
        archive = open_archive(bytes(data), "stuk.docx")
        for member in archive.names:
            archive.read(member)
        archive.rewrite(io.BytesIO(), {})
    except FormatError:
        pass


BILLION = (
    '<?xml version="1.0" encoding="{0}"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_declarations_are_refused(encoding: str) -> None:
    data = BILLION.format(encoding).encode(encoding)
    with pytest.raises(FormatError, match="declares entities"):
        parse_xml(data, "bom.xml")
    with pytest.raises(FormatError, match="declares entities"):
        list(iterate_xml(io.BytesIO(data), "bom.xml"))


def test_external_entities_and_dtds_are_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "geheim.txt"
    secret.write_text("geheim")
    with pytest.raises(FormatError, match="declares entities"):
        parse_xml(f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>&x;</a>'.encode(), "x.xml")
    root = parse_xml(f'<!DOCTYPE a SYSTEM "file://{secret}"><a>ja</a>'.encode(), "x.xml")
    assert root.text == "ja"
    with pytest.raises(FormatError, match="uses &geheim;"):
        parse_xml(f'<!DOCTYPE a SYSTEM "file://{secret}"><a>&geheim;</a>'.encode(), "x.xml")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not well-formed XML"),
        (b"<a><b>", "x.xml, line 1: is not well-formed XML"),
        (b"<a>\n<b></a>", "x.xml, line 2: is not well-formed XML"),
        (b"<a>" * 300 + b"</a>" * 300, "nested deeper than 256"),
        (b"<a>" + b"x" * 10_000_001 + b"</a>", "more than ten million characters"),
        (b"<a>\x01</a>", "is not well-formed XML"),
    ],
)
def test_broken_xml_is_refused_with_its_line(data: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        parse_xml(data, "x.xml")
    with pytest.raises(FormatError, match=said):
        list(iterate_xml(io.BytesIO(data), "x.xml"))


def test_elements_come_one_by_one() -> None:
    data = b"<tmx><tu><seg>een</seg></tu><tu><seg>twee</seg></tu></tmx>"
    found = []
    for element in iterate_xml(io.BytesIO(data), "x.xml", "tu"):
        found.append(element.findtext("seg"))
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
    assert found == ["een", "twee"]


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    assert legal_xml("a\x00b\ud800c\ufffe\td") == "a\ufffdb\ufffdc\ufffd\td"
