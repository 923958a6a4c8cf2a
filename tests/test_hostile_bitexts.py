"""Bilingual files from strangers: a clear error or a safe result, in bounded time and memory.

Damage by chance is hypothesis's, over our own files; what it found in round trips is kept in
``test_convert.py``.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from bitexts import written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import sample_bitext

from corpus.errors import TweetaligError
from corpus.formats import Format, format_for, formats
from corpus.units import bitext_of

READERS = [item for item in formats() if item.read_units and not item.name.startswith("moses")]
SAMPLES = {item.name: written(item, sample_bitext()) for item in READERS}
PARAMETERS = pytest.mark.parametrize("item", READERS, ids=lambda item: item.name)
fuzzing = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def read_or_refuse(item: Format, data: bytes) -> bool:
    """Whether ``data`` is read; an error must be one for people, of one line."""
    assert item.read_units is not None
    try:
        bitext_of(item.read_units(io.BytesIO(data), f"x{item.suffixes[0]}"))
    except TweetaligError as error:
        assert "\n" not in str(error) and f"x{item.suffixes[0]}" in str(error)
        return False
    return True


mutations = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "put", "twice"]),
        st.floats(0, 1),
        st.integers(1, 60),
        st.sampled_from(
            [
                b"\0",
                b"<",
                b">",
                b'"',
                b"&",
                b"]]>",
                b"\xff",
                b"\xed\xa0\x80",
                b"-1",
                b"9" * 30,
                b"{",
                b"\n",
                b"\t",
            ]
        ),
    ),
    min_size=1,
    max_size=3,
)


def mutated(data: bytes, changes: list[tuple[str, float, int, bytes]]) -> bytes:
    for kind, where, length, new in changes:
        at = int(where * len(data))
        if kind == "cut":
            data = data[:at]
        elif kind == "drop":
            data = data[:at] + data[at + length :]
        elif kind == "put":
            data = data[:at] + new + data[at:]
        else:
            data = data[: at + length] + data[at:]
    return data


@PARAMETERS
@given(changes=mutations)
@fuzzing
def test_a_damaged_file_is_read_or_refused(
    item: Format, changes: list[tuple[str, float, int, bytes]]
) -> None:
    read_or_refuse(item, mutated(SAMPLES[item.name], changes))


INSIDE = {
    "word": ("word/document.xml", "customXml/item9.xml"),
    "opendocument": ("content.xml", "meta.xml"),
    "epub": ("book/text-001.xhtml", "book/tweetalig.json"),
}


@pytest.mark.parametrize("name", INSIDE)
@given(changes=mutations, which=st.integers(0, 1))
@fuzzing
def test_a_damaged_member_is_read_or_refused(
    name: str, changes: list[tuple[str, float, int, bytes]], which: int
) -> None:
    item = next(item for item in READERS if item.name == name)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SAMPLES[name])) as old, zipfile.ZipFile(stream, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, mutated(content, changes) if member == INSIDE[name][which] else content)
    read_or_refuse(item, stream.getvalue())


@PARAMETERS
@given(data=st.binary(max_size=60))
@fuzzing
def test_noise_is_read_or_refused(item: Format, data: bytes) -> None:
    read_or_refuse(item, data)


# Known attacks

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><%s>&j;</%s>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><%s>&a;</%s>'
PARAMETER = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY %% a SYSTEM "http://127.0.0.1:9/x"> %%a;]><%s/><!--%s-->'
)


@pytest.mark.parametrize("attack", [BOMB, OUTSIDE, PARAMETER], ids=["bomb", "outside", "parameter"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("name", "root"), [("x.tmx", b"tmx"), ("x.xlf", b"xliff"), ("x.xliff", b"xliff")])
def test_entities_are_refused(attack: bytes, encoding: str, name: str, root: bytes) -> None:
    data = (attack % (root, root)).decode().encode(encoding)
    assert not read_or_refuse(format_for(name), data)


@pytest.mark.parametrize("attack", [BOMB, OUTSIDE, PARAMETER], ids=["bomb", "outside", "parameter"])
@pytest.mark.parametrize("name", INSIDE)
def test_entities_inside_a_zip_are_refused(attack: bytes, name: str) -> None:
    item = next(item for item in READERS if item.name == name)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SAMPLES[name])) as old, zipfile.ZipFile(stream, "w") as new:
        for member in old.namelist():
            content = attack % (b"x", b"x") if member == INSIDE[name][0] else old.read(member)
            new.writestr(member, content)
    assert not read_or_refuse(item, stream.getvalue())


@pytest.mark.parametrize("name", INSIDE)
def test_a_zip_bomb_is_refused_unopened(name: str) -> None:
    item = next(item for item in READERS if item.name == name)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for member in INSIDE[name]:
            file.writestr(member, b" " * 80_000_000)
    assert not read_or_refuse(item, stream.getvalue())


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("member", ["../out.txt", "/etc/x", "a/../../b", "C:\\x"])
def test_a_name_that_climbs_out_is_refused(name: str, member: str) -> None:
    item = next(item for item in READERS if item.name == name)
    stream = io.BytesIO(SAMPLES[name])
    with zipfile.ZipFile(stream, "a") as file:
        file.writestr(member, "x")
    assert not read_or_refuse(item, stream.getvalue())


DEEP = 200_000


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.tmx", b"<tmx>" + b"<a>" * DEEP),
        ("x.tmx", b'<tmx><body><tu><tuv xml:lang="nl"><seg>' + b"<hi>" * DEEP),
        ("x.xliff", b'<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0">' + b"<file>" * DEEP),
        ("x.jsonl", b"[" * DEEP),
        ("x.jsonl", b'{"a":' * DEEP),
        ("x.html", b"<div>" * DEEP),
        ("x.html", b'<script id="tweetalig">' + b"[" * DEEP + b"</script>"),
        ("x.md", b"<!-- tweetalig " + b"[" * DEEP + b" -->\n\n|---|---|\n"),
        ("x.md", b"|---|---|\n" + b"|\\" * DEEP),
    ],
)
def test_deep_nesting_is_refused(name: str, data: bytes) -> None:
    assert not read_or_refuse(format_for(name), data)


LONG = "woord " * 1_700_000  # ten million characters and a little


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("x.tmx", lambda t: f'<tmx><body><tu><tuv xml:lang="nl"><seg>{t}</seg></tuv></tu></body></tmx>'),
        (
            "x.xlf",
            lambda t: (
                '<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="a" '
                'source-language="nl" target-language="en" datatype="x"><body><trans-unit id="1">'
                f"<source>{t}</source></trans-unit></body></file></xliff>"
            ),
        ),
        ("x.po", lambda t: f'msgid "{t}"\nmsgstr "x"\n'),
    ],
    ids=["tmx", "xlf", "po"],
)
def test_a_text_of_more_than_ten_million_characters_is_refused(name: str, make: Callable[[str], str]) -> None:
    assert not read_or_refuse(format_for(name), make(LONG).encode())


@pytest.mark.parametrize("name", ["x.tsv", "x.csv", "x.jsonl"])
def test_a_text_of_ten_million_characters_is_read(name: str) -> None:
    data = {"x.tsv": f"{LONG}\tx\n", "x.csv": f"{LONG},x\n", "x.jsonl": f'{{"nl":"{LONG}","en":"x"}}\n'}[name]
    read_units = format_for(name).read_units
    assert read_units is not None
    [unit] = read_units(io.BytesIO(data.encode()), name).units
    assert len(unit.source_text) == len(LONG)


def test_a_page_with_scripts_is_only_text() -> None:
    """What stands in scripts and comments of a page that somebody changed never becomes text."""
    page = (
        SAMPLES["html"]
        .decode()
        .replace("bicycles and cargo bikes", "bicycles<script>alert(1)</script><!-- x --> and cargo bikes")
    )
    item = format_for("x.html")
    assert item.read is not None
    found = item.read(io.BytesIO(page.encode()), "x.html")
    assert "alert" not in found.target_text(found.beads[7])
