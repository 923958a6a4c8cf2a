"""``tweetalig convert``: what two formats can hold both comes through both."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bitexts import bitexts, kept, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import sample_bitext

from corpus.bitext import Bead, Bitext, Flag, FlagKind
from corpus.document import Block, BlockKind, Document, Mark, Segment, Span
from corpus.formats import Format, format_for, formats
from corpus.units import ALL_TRAITS, Trait, Units, bitext_of, units_of
from translate.cli import main

ROOT = Path(__file__).parents[1]
BOTH = [item for item in formats() if item.read_units and not item.name.startswith("moses")]
quick = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read(item: Format, data: bytes) -> Units:
    assert item.read_units is not None
    return item.read_units(io.BytesIO(data), f"x{item.suffixes[0]}")


# Round trips


@pytest.mark.parametrize("item", BOTH, ids=lambda item: item.name)
@given(bitext=bitexts())
@quick
def test_what_a_format_keeps_comes_back(item: Format, bitext: Bitext) -> None:
    units = read(item, written(item, bitext))
    expected = units_of(bitext)
    assert kept(units.units, item.keeps) == kept(expected.units, item.keeps)
    assert not +units.lost
    if Trait.PROVENANCE in item.keeps:
        assert replace(units.head, total=None) == replace(expected.head, total=None)
    assert (units.head.source_language, units.head.target_language) == ("nl", "en")


@given(bitexts(), st.sampled_from(BOTH), st.sampled_from(BOTH))
@settings(quick, max_examples=30)
def test_what_two_formats_keep_comes_through_both(bitext: Bitext, first: Format, second: Format) -> None:
    between = bitext_of(read(first, written(first, bitext)))
    keeps = first.keeps & second.keeps
    found = read(second, written(second, between))
    if Trait.ONE_SIDED not in keeps or Trait.SEGMENTS not in keeps:
        # An empty text is then a segment of its own, which may open a block or take an id.
        keeps -= {Trait.SEGMENTS, Trait.ONE_SIDED, Trait.BLOCKS, Trait.LEVELS}
    assert kept(found.units, keeps) == kept(units_of(bitext).units, keeps)


@given(bitexts())
@quick
def test_a_bitext_is_the_same_when_it_was_apart(bitext: Bitext) -> None:
    units = units_of(bitext)
    together = bitext_of(Units(units.head, units.units))
    everything = ALL_TRAITS - {Trait.LAYOUT}
    assert kept(units_of(together).units, everything) == kept(units_of(bitext).units, everything)
    assert [b.kind for b in together.source.blocks] == [b.kind for b in bitext.source.blocks]


def _found(texts: tuple[str, str], marks: tuple[Mark, ...] = (), **more: Any) -> Bitext:
    """Two sentences in a block, of one bead with one sentence; ``marks`` are on the source."""
    source = " ".join(texts)
    spans = (Span(0, len(texts[0])), Span(len(texts[0]) + 1, len(source)))
    segments = tuple(
        Segment(f"p1s{n}", 1, span, text) for n, (span, text) in enumerate(zip(spans, texts, strict=True), 1)
    )
    block = Block(1, BlockKind.PARAGRAPH, Span(0, len(source)), marks=marks)
    target = Document(
        "x", "en", (Block(1, BlockKind.PARAGRAPH, Span(0, 1)),), (Segment("p1s1", 1, Span(0, 1), "x"),)
    )
    bead = Bead("p1s1", ("p1s1", "p1s2"), ("p1s1",), **more)
    return Bitext(Document(source, "nl", (block,), segments), target, (bead,))


# Each broke a round trip once; hypothesis found them.
FOUND = {
    "codes around nothing": _found(("", ""), (Mark("note", Span(0, 0)), Mark("note", Span(1, 1)))),
    "a code at the end": _found(("a", "b"), (Mark("note", Span(3, 3)), Mark("bold", Span(0, 3)))),
    "a line break between sentences": _found(("a", "b"), (Mark("break", Span(1, 2)),)),
    "a line break between empty sentences": _found(("", ""), (Mark("break", Span(0, 1)),)),
    "marks that cross": _found(("abc", "def"), (Mark("bold", Span(0, 5)), Mark("italic", Span(2, 7)))),
    "controls": _found(("\x1b", "\x01b\ufffe")),
    "a separator in a message": _found(
        ("a", "b"), flags=(Flag(FlagKind.COPY, "x / y /"), Flag(FlagKind.COPY, "/ z "))
    ),
    "flags with the same label": _found(
        ("a", "b"), flags=(Flag(FlagKind.COPY, ""), Flag(FlagKind.COPY, "Copied, not translated: "))
    ),
}


@pytest.mark.parametrize("item", BOTH, ids=lambda item: item.name)
@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_mended(item: Format, name: str) -> None:
    bitext = FOUND[name]
    found = kept(read(item, written(item, bitext)).units, item.keeps)
    assert found == kept(units_of(bitext).units, item.keeps)


# The command


@pytest.fixture
def tweetalig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs the command in a folder of its own that has ``article.jsonl``."""
    monkeypatch.chdir(tmp_path)
    Path("article.jsonl").write_bytes(written(format_for("x.jsonl"), sample_bitext()))

    def run(*arguments: str) -> int:
        with pytest.raises(SystemExit) as done:
            main(arguments)
        return int(str(done.value.code))

    return run


@pytest.mark.parametrize("item", BOTH, ids=lambda item: item.name)
def test_there_and_back_gives_the_same_file(item: Format, tweetalig: Callable[..., int]) -> None:
    """By way of every format, to JSON Lines and to it again."""
    suffix = item.suffixes[0]
    assert tweetalig("convert", "article.jsonl", "-o", f"one{suffix}") == 0
    assert tweetalig("convert", f"one{suffix}", "-o", "two.jsonl") == 0
    assert tweetalig("convert", "two.jsonl", "-o", f"three{suffix}") == 0
    if suffix != ".jsonl":
        assert json.loads(Path("two.jsonl").read_text("utf-8").splitlines()[-1])["units"] == 14
    units = [kept(read(item, Path(f"{n}{suffix}").read_bytes()).units, item.keeps) for n in ("one", "three")]
    assert len(units[0]) == 14 and units[0] == units[1]


def test_a_moses_pair_is_two_files_and_is_found_by_either(
    tweetalig: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert tweetalig("convert", "article.jsonl", "-o", "c.nl", "-o", "c.en") == 0
    dutch, english = (Path(f"c.{side}").read_text("utf-8").split("\n") for side in ("nl", "en"))
    assert len(dutch) == len(english) == 15
    assert (dutch[9], english[9]) == ("=SOM(A1:A2) op een briefje", "=SUM(A1:A2) on a note")
    assert "word links (5)" in capsys.readouterr().err
    for name in ("c.nl", "c.en"):
        assert tweetalig("convert", name, "-o", "c.tsv") == 0
        rows = Path("c.tsv").read_text("utf-8").splitlines()
        assert rows[1].startswith("\tZeven uur op de dijk\tSeven hours on the dike\t")
    assert tweetalig("convert", "c.nl", "-o", "c.en") == 2
    assert "is the file that is read" in capsys.readouterr().err
    Path("c.en").write_text("one\n", "utf-8")
    assert tweetalig("convert", "c.nl", "-o", "d.tsv") == 2
    assert "has 1 lines" in capsys.readouterr().err and not Path("d.tsv").exists()
    Path("c.en").unlink()
    assert tweetalig("convert", "c.nl", "-o", "d.tsv") == 2
    assert "c.en: is not there" in capsys.readouterr().err


def test_what_the_target_has_no_room_for_is_told(
    tweetalig: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert tweetalig("convert", "article.jsonl", "-o", "a.tsv") == 0
    told = capsys.readouterr().err
    assert told.startswith("tweetalig: note: a.tsv has no room for: the text between sentences")
    for lost in ("inline markup (1)", "units without a source or without a target (1)", "provenance"):
        assert lost in told
    assert tweetalig("convert", "article.jsonl", "-o", "a.jsonl", "--quiet") == 0
    assert tweetalig("convert", "a.jsonl", "-o", "b.jsonl") == 0
    assert capsys.readouterr().err == ""
    assert Path("b.jsonl").read_bytes() == Path("article.jsonl").read_bytes()


def test_what_another_tool_wrote_and_is_left_behind_is_told(
    tweetalig: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("m.tmx").write_text(
        '<tmx version="1.4"><header o-tmf="x" srclang="nl"/><body><tu><prop type="a">b</prop>'
        '<tuv xml:lang="nl"><seg>Dag</seg></tuv><tuv xml:lang="en-GB"><seg>Bye</seg></tuv>'
        '<tuv xml:lang="de"><seg>Tag</seg></tuv></tu></body></tmx>',
        "utf-8",
    )
    assert tweetalig("convert", "m.tmx", "-o", "m.xliff") == 0
    told = capsys.readouterr().err
    assert "left behind in m.tmx: properties of another tool (1), variants in other languages (1)" in told
    assert 'trgLang="en-GB"' in Path("m.xliff").read_text("utf-8")
    assert tweetalig("convert", "m.tmx", "-o", "m.po", "--languages", "de-nl") == 0
    assert 'msgid "Tag"\nmsgstr "Dag"' in Path("m.po").read_text("utf-8")
    assert tweetalig("convert", "m.tmx", "-o", "n.po", "--languages", "fr-it") == 2
    assert "languages: de, en-GB, nl" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("article.jsonl", "-o", "a.xyz"), "no format has the suffix .xyz"),
        (("article.jsonl", "-o", "article.jsonl"), "is the file that is read"),
        (("article.jsonl", "-o", "a.tmx", "-o", "./a.tmx"), "twice"),
        (("article.jsonl", "-o", "no/a.tmx"), "does not exist"),
        (("article.jsonl", "-o", "a.html", "--view", "sideways"), "choose of: interleaved"),
        (("article.jsonl", "-o", "-"), "--to"),
        (("article.jsonl", "-o", "a.tmx", "--languages", "nl"), "nl-en"),
        (("nothing.tmx", "-o", "a.tsv"), "no such file"),
        (("a.txt", "-o", "a.tsv"), "can be read back"),
        (("broken.tmx", "-o", "a.tsv"), "not well-formed"),
        (("strange.html", "-o", "a.tsv"), "not written by tweetalig"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    arguments: tuple[str, ...],
    words: str,
    tweetalig: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.txt").write_text("tekst\n", "utf-8")
    Path("broken.tmx").write_text("<tmx><body><tu>", "utf-8")
    Path("strange.html").write_text("<p>Dag</p>", "utf-8")
    before = {path.name: path.read_bytes() for path in Path.cwd().iterdir()}
    assert tweetalig("convert", *arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("tweetalig: error: ") and told.count("\n") == 1 and words in told
    assert {path.name: path.read_bytes() for path in Path.cwd().iterdir()} == before


def test_standard_streams_and_views(
    tweetalig: Callable[..., int], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert tweetalig("convert", "article.jsonl", "-o", "-", "--to", "tmx", "-q") == 0
    assert capfdbinary.readouterr().out.startswith(b"<?xml")
    assert tweetalig("convert", "article.jsonl", "-o", "a.html", "--view", "interleaved", "-q") == 0
    assert b'<body class="interleaved">' in Path("a.html").read_bytes()


def test_it_loads_no_model_library(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(written(format_for("x.jsonl"), sample_bitext()))
    code = (
        "import sys\nfrom translate.cli import main\n"
        f"try: main(['convert', {str(path)!r}, '-o', {str(tmp_path / 'a.tmx')!r}, '-q'])\n"
        "except SystemExit as done: code = done.code\n"
        "print(code, [name for name in ('torch', 'transformers', 'numpy') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "0 []"


@pytest.mark.parametrize("pair", ["tmx-tsv", "tsv-jsonl", "jsonl-nl", "csv-tmx"])
def test_a_long_file_passes_in_little_memory(pair: str, tmp_path: Path) -> None:
    """Twenty times as many pairs take no more memory: they are never all there."""
    first, second = pair.split("-")
    code = (
        "import resource, sys\nfrom pathlib import Path\n"
        "sys.path[:0] = [sys.argv[1], sys.argv[1] + '/benchmarks']\n"
        "from formats import made_up\n"
        "from corpus.formats import format_for\nfrom corpus.units import Head, Units\n"
        "from translate.cli import main\n"
        "source, target, count = sys.argv[2], sys.argv[3], int(sys.argv[4])\n"
        "with open(source, 'wb') as stream:\n"
        "    format_for(source).write_units(Units(Head('nl', 'en'), made_up(count)), stream)\n"
        "try: main(['convert', source, '-o', target, '-q'])\n"
        "except SystemExit as done: assert not done.code, done.code\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for count in (200, 4000):
        files = [str(tmp_path / f"{count}.{suffix}") for suffix in (first, second)]
        done = subprocess.run(
            [sys.executable, "-c", code, str(ROOT), *files, str(count)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout))
    assert peaks[1] < peaks[0] + 2048  # KiB; the longer file alone has 1 to 2 MB more
