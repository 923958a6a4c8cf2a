"""Shards: every format keeps what a row has, and names what is wrong with it."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from corpus.errors import FormatError, InputError, TweetaligError
from corpus.formats.tmx import read_pairs
from corpus.shards import Columns, RowTranslation, compressed, shard_format

USUAL = Columns()
TMX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header creationtool="mine" creationtoolversion="7" segtype="sentence" o-tmf="x" adminlang="nl"
 srclang="nl" datatype="html"><note>keep me</note></header><body>
<tu tuid="a"><note>first</note><tuv xml:lang="nl-NL"><seg>De <bpt i="1">&lt;b></bpt>rode<ept i="1"/> fiets &amp; het <hi>huis</hi>.</seg></tuv></tu>
<tu tuid="b"><tuv xml:lang="nl"><seg>Ja</seg></tuv><tuv xml:lang="EN-us"><seg>Yes</seg></tuv></tu>
<tu tuid="c"><tuv xml:lang="de"><seg>Nein</seg></tuv></tu>
</body></tmx>
"""  # noqa: E501


def translated(path: Path, columns: Columns = USUAL) -> tuple[list[str | None], bytes]:
    """The texts of a shard, and the shard with each text in capitals for a translation."""
    chosen = shard_format(path)
    texts: list[str | None] = []

    def pairs():  # type: ignore[no-untyped-def]
        for row in chosen.read(path, columns):
            texts.append(row.text)
            made = None if row.text is None else row.text.upper()
            yield row, RowTranslation(made, None if made is None else 0.5, ("numbers",) if made else ())

    stream = io.BytesIO()
    with compressed(path, stream) as written:
        chosen.write(path, columns, pairs(), written)
    return texts, stream.getvalue()


def shard(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_jsonl_keeps_the_bytes_of_every_field(tmp_path: Path) -> None:
    first = '{"id": 1.50, "text": "de \\u00e9\\n kat", "x": {"y": [1e3]} }'
    path = shard(tmp_path, "a.jsonl", f'{first}\n\n{{"text":null,"z":"é"}}\n')
    texts, made = translated(path)
    assert texts == ["de é\n kat", None]
    lines = made.decode().splitlines()
    assert lines[0].startswith(first[:-2] + ', "translation"')
    assert json.loads(lines[0])["translation"] == "DE É\n KAT"
    assert json.loads(lines[0])["translation_confidence"] == 0.5
    assert json.loads(lines[0])["translation_flags"] == ["numbers"]
    assert json.loads(lines[1]) == {
        "text": None, "z": "é", "translation": None, "translation_confidence": None, "translation_flags": [],
    }  # fmt: skip


def test_jsonl_columns(tmp_path: Path) -> None:
    path = shard(tmp_path, "a.jsonl", '{"body": "kat", "text": 3}\n')
    texts, made = translated(path, Columns("body", "en"))
    assert texts == ["kat"]
    assert json.loads(made)["en"] == "KAT"


def test_tsv_with_and_without_names(tmp_path: Path) -> None:
    path = shard(tmp_path, "a.tsv", 'id\ttext\t"x\r\n1\tde kat\t\r\n2\t\ty\r\n')
    texts, made = translated(path, Columns("text"))
    assert texts == ["de kat", ""]
    assert made.decode() == (
        'id\ttext\t"x\ttranslation\ttranslation_confidence\ttranslation_flags\r\n'
        "1\tde kat\t\tDE KAT\t0.5000\tnumbers\r\n2\t\ty\t\t0.5000\t\r\n"
    )
    texts, made = translated(shard(tmp_path, "b.tsv", "1\tde kat\n"), Columns("2"))
    assert (texts, made) == (["de kat"], b"1\tde kat\tDE KAT\t0.5000\tnumbers\n")
    assert translated(shard(tmp_path, "c.tsv", "de kat\t1\n"))[0] == ["de kat"]
    assert translated(shard(tmp_path, "d.tsv", "id\ttext\n"), Columns("text"))[1].startswith(b"id\ttext\ttr")


def test_lines_stay_lines(tmp_path: Path) -> None:
    texts, made = translated(shard(tmp_path, "a.txt", "\ufeffde kat\r\n\nde hond"))
    assert texts == ["de kat", "", "de hond"]
    assert made == b"DE KAT\r\n\nDE HOND\n"


def test_gzip_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    path = shard(tmp_path, "a.txt.gz", gzip.compress(b"de kat\n"))
    texts, made = translated(path)
    assert texts == ["de kat"]
    assert gzip.decompress(made) == b"DE KAT\n"
    assert translated(path)[1] == made


def test_tmx_gains_a_variant(tmp_path: Path) -> None:
    path = shard(tmp_path, "a.tmx", TMX)
    texts, made = translated(path)
    assert texts == ["De rode fiets & het huis.", None, None]
    out = made.decode()
    for kept in (
        'creationtool="mine"',
        "<note>keep me</note>",
        "<note>first</note>",
        '<bpt i="1">',
        "<seg>Nein</seg>",
    ):
        assert kept in out
    pairs = [(one.id, one.target) for one in read_pairs(io.BytesIO(made), "nl", "en")]
    assert pairs == [("a", "DE RODE FIETS & HET HUIS."), ("b", "Yes")]


def test_parquet_keeps_columns_and_groups(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {"id": pa.array([1, 2, 3], pa.int8()), "text": ["de kat", None, "nee"], "x": [{"a": 1}] * 3}
    )
    parquet.write_table(
        table.replace_schema_metadata({"who": "me"}), tmp_path / "a.parquet", row_group_size=2
    )
    texts, made = translated(tmp_path / "a.parquet")
    assert texts == ["de kat", None, "nee"]
    file = parquet.ParquetFile(io.BytesIO(made))
    assert file.num_row_groups == 2
    assert file.schema_arrow.metadata[b"who"] == b"me"
    read = file.read()
    assert read.select(["id", "text", "x"]).equals(table)
    assert read.column("translation").to_pylist() == ["DE KAT", None, "NEE"]
    assert read.column("translation_flags").to_pylist() == [["numbers"], [], ["numbers"]]
    with pytest.raises(FormatError, match=r"has no column 'body' \(columns: id, text, x\)"):
        translated(tmp_path / "a.parquet", Columns("body"))
    with pytest.raises(FormatError, match="column 'id' holds no text"):
        translated(tmp_path / "a.parquet", Columns("id"))
    with pytest.raises(FormatError, match="is not Parquet"):
        translated(shard(tmp_path, "b.parquet", "no"))


@pytest.mark.parametrize(
    ("name", "content", "columns", "said"),
    [
        ("a.jsonl", '{"text": "x"}\n{"text"\n', Columns(), "a.jsonl, line 2: is not JSON"),
        ("a.jsonl", "[1]\n", Columns(), "line 1: is not a JSON object"),
        ("a.jsonl", '{"body": "x"}\n', Columns(), "line 1: has no field 'text' (fields: body)"),
        ("a.jsonl", '{"text": 3}\n', Columns(), "line 1: field 'text' is no text"),
        ("a.jsonl", '{"text": "x", "translation": "y"}\n', Columns(), "already has a field 'translation'"),
        ("a.jsonl", b'{"text": "x"}\n{"text": "\xe9"}\n', Columns(), "line 2: is not UTF-8 text"),
        ("a.tsv", "a\tb\n1\n", Columns("b"), "line 2: has 1 columns, and the text should be in number 2"),
        ("a.tsv", "a\tb\n", Columns("c"), "has no column 'c' (columns: a, b)"),
        ("a.tsv", "a\ttranslation\n", Columns("a"), "already has a column 'translation'"),
        ("a.txt", "x\n", Columns("text"), "has no columns"),
        ("a.txt.gz", b"x\n", Columns(), "is not a whole gzip file"),
        ("a.txt.gz", gzip.compress(b"x" * 100)[:-4], Columns(), "is not a whole gzip file"),
        ("a.tmx", "<tmx><body><tu>", Columns(), "is not well-formed XML"),
        ("a.tmx", "<xliff/>", Columns(), "is not TMX"),
        ("a.tmx", '<!DOCTYPE tmx [<!ENTITY x "y">]><tmx><body/></tmx>', Columns(), "declares an entity"),
    ],
)
def test_mistakes_name_file_and_row(
    tmp_path: Path, name: str, content: str | bytes, columns: Columns, said: str
) -> None:
    with pytest.raises(TweetaligError) as error:
        translated(shard(tmp_path, name, content), columns)
    assert said in str(error.value)
    assert name in str(error.value)


def test_unknown_suffixes_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no shard format has the suffix \.docx"):
        shard_format(tmp_path / "a.docx")
    with pytest.raises(InputError, match="no such file"):
        translated(tmp_path / "none.jsonl")
