"""PO: what is written is what gettext takes, and what others wrote is read."""

from __future__ import annotations

import io
import shutil
import subprocess

import pytest
from bitexts import bitexts
from hypothesis import HealthCheck, given, settings
from samples import sample_bitext

from corpus.bitext import Bitext, FlagKind
from corpus.errors import FormatError
from corpus.formats import po
from corpus.units import Unit, Units


def written(bitext: Bitext) -> bytes:
    stream = io.BytesIO()
    po.write(bitext, stream)
    return stream.getvalue()


def read(text: str | bytes) -> tuple[Units, list[Unit]]:
    data = text.encode() if isinstance(text, str) else text
    units = po.read_units(io.BytesIO(data), "x.po")
    return units, list(units.units)


def test_an_entry_has_its_id_its_texts_and_its_flags() -> None:
    text = written(sample_bitext()).decode()
    entry = text.split("\n\n")[3]
    assert 'msgctxt "p2s2"\nmsgid "Volgens schipper Marjan Terlouw kostte' in entry
    assert "#. Numbers differ: the source has 48.500, the translation 45,800\n" in entry
    assert "\n#: veerpont.nl.txt:96\n#, fuzzy\n" in entry
    assert text.count("#, fuzzy") == 4  # one flag of two is repaired on the last
    assert '"Language: en\\n"' in text and '"X-Tweetalig-model: builtin\\n"' in text
    assert r'msgid "De rekening van 𝟛 euro betaal je met \"de telefoon\"."' in text


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext's msgfmt is not installed")
@given(bitext=bitexts())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_gettext_takes_it(tmp_path_factory: pytest.TempPathFactory, bitext: Bitext) -> None:
    path = tmp_path_factory.mktemp("po") / "x.po"
    path.write_bytes(written(bitext))
    done = subprocess.run(
        ["msgfmt", "--check-header", "--check-domain", "-o", "/dev/null", str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_catalogues_of_others() -> None:
    units, found = read(
        '# Team\nmsgid ""\nmsgstr ""\n"Language: en_GB\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        '# to a friend\n#. in the menu\n#: a.c:1\n#, fuzzy, c-format\n#| msgid "Oud"\nmsgctxt "menu"\n'
        'msgid "Dag %s,\\n"\n"tot \\"morgen\\"\\t\\303\\251"\nmsgstr "Bye %s"\n\n'
        'msgid "boek"\nmsgid_plural "boeken"\nmsgstr[0] "book"\nmsgstr[1] "books"\nmsgid "zonder regel"\n'
        'msgstr ""\n\n#~ msgid "weg"\n#~ msgstr "gone"\n'
    )
    assert (units.head.source_language, units.head.target_language) == ("nl", "en_GB")
    assert [(u.id, u.source_text, u.target_text) for u in found] == [
        ("menu", 'Dag %s,\ntot "morgen"\té', "Bye %s"),
        ("", "boek", "book"),
        ("[1]", "boeken", "books"),
        ("", "zonder regel", ""),
    ]
    assert found[0].notes == ("to a friend", "in the menu")
    assert found[0].flags[0].kind is FlagKind.LOW_CONFIDENCE
    assert +units.lost == {"obsolete entries": 1, "references": 1, "previous texts": 1}


def test_the_header_names_the_encoding() -> None:
    text = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=ISO-8859-1\\n"\n\nmsgid "één"\nmsgstr "one"\n'
    _, [unit] = read(text.encode("latin-1"))
    assert unit.source_text == "één"
    with pytest.raises(FormatError, match="not utf-8 text"):
        read(text.replace("ISO-8859-1", "utf-8").encode("latin-1"))
    with pytest.raises(FormatError, match="unknown charset"):
        read(text.replace("ISO-8859-1", "klingon"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "no entry"),
        ('msgid "a"\n', 1, "without msgid or msgstr"),
        ('msgid "a\nmsgstr "b"\n', 1, "neither a comment"),
        ('msgid "a" b"\nmsgstr "b"\n', 1, "not in quotation marks"),
        ('\n"a"\n', 2, "without a keyword"),
        ("hello\n", 1, "neither a comment"),
        ('msgstr "b"\n\n', 2, "without msgid"),
    ],
)
def test_what_is_not_po_is_a_clear_error(text: str, line: int | None, words: str) -> None:
    with pytest.raises(FormatError, match=words) as error:
        read(text)
    if line:
        assert "x.po, line" in str(error.value)
