"""Encodings and languages that a file does not tell of."""

from __future__ import annotations

import codecs
import subprocess
import sys

import pytest

from corpus.document import Block, BlockKind, Document, SourceFile, Span
from corpus.encodings import decode
from corpus.errors import InputError
from corpus.language import guess_language, is_plainly_dutch
from corpus.remarks import remarks

DUTCH = "De coördinator vroeg één keer naar de ideeën van België: “Nee, dat kost € 5.”\n"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"), ("windows-1252", "windows-1252"), ("mac_roman", "macintosh"),
        ("utf-16-le", "utf-16-le"),        ("utf-16-be", "utf-16-be"),
    ],
)  # fmt: skip
def test_an_encoding_shows_from_its_bytes(encoding: str, named: str) -> None:
    found = decode(DUTCH.encode(encoding), "a.txt")
    assert (found.text, found.encoding) == (DUTCH, named)
    assert found.encode(found.text) == DUTCH.encode(encoding)


def test_old_dos_text_is_told_from_windows_text() -> None:
    text = "De coördinator vroeg één keer naar de ideeën van België.\r\n"
    assert decode(text.encode("cp850"), "a.txt").text == text
    assert decode(b"Caf\xe9 in de straat", "a.txt").text == "Café in de straat"


@pytest.mark.parametrize(
    "mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE]
)
def test_a_byte_order_mark_decides_and_comes_back(mark: bytes) -> None:
    names = {3: "utf-8", 4: "utf-32-le"}
    name = names.get(len(mark), "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be")
    data = mark + DUTCH.encode(name)
    found = decode(data, "a.txt")
    assert (found.text, found.encoding) == (DUTCH, name)
    assert found.encode(found.text) == data


def test_what_a_file_says_of_itself_is_believed_if_it_can_be() -> None:
    assert decode("łódź".encode("iso-8859-2"), "a.html", "iso-8859-2").text == "łódź"
    assert decode("é".encode("windows-1252"), "a.html", "ISO-8859-1").encoding == "windows-1252"
    assert decode("é € één".encode(), "a.html", "no-such-encoding").text == "é € één"


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\xfa binary \x80\x81", b"GIF89a\x01\x02\xff", bytes(range(128, 256)), b"a\0b"]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^a\.txt, line 1: "):
        decode(data, "a.txt")


# py3langid's own answers are not golden here; that the language is named is.
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("De gemeente heeft besloten dat de brug over het kanaal dicht blijft.", "nl"),
        ("The council has decided that the bridge over the canal stays closed.", "en"),
        ("Der Gemeinderat hat beschlossen, dass die Brücke geschlossen bleibt.", "de"),
        ("Le conseil a décidé que le pont sur le canal restera fermé.", "fr"),
        ("Die raad het besluit dat die brug oor die kanaal gesluit bly vir motors.", "af"),
    ],
)
def test_languages(text: str, code: str) -> None:
    assert guess_language(text).code == code


def document(text: str, encoding: str = "utf-8", **metadata: str) -> Document:
    block = Block(1, BlockKind.PARAGRAPH, Span(0, len(text)))
    return Document(text, "nl", (block,), source=SourceFile("a.txt", "", encoding), metadata=metadata)


def test_a_text_in_another_language_is_warned_of_by_name() -> None:
    (line,) = remarks(document("The council has decided that the bridge over the canal stays closed."))
    assert line.startswith("warning: the text seems to be English, not Dutch")


@pytest.mark.parametrize("text", ["De brug blijft dicht.", "Ja.", "2025", "Jan Jansen", "A" * 1000, ""])
def test_dutch_and_what_is_too_short_to_tell_is_not_warned_of(text: str) -> None:
    assert remarks(document(text)) == ()


def test_what_was_taken_and_left_out_is_told() -> None:
    found = remarks(
        document(
            "De brug blijft dicht.", "cp850", selection="article", taken="the article", notes="een\ntwee"
        )
    )
    assert found[0].startswith("read as cp850")
    assert "--whole-page" in found[1]
    assert found[2:] == ("een", "twee")


def test_dutch_is_known_by_its_commonest_words() -> None:
    dutch = (
        "Hij zei dat de brug niet werd hersteld. Wij hebben een boot naar het eiland genomen, "
        "bij zonsopgang, "
        "en deze week wordt het water door een pomp geleid."
    )
    assert is_plainly_dutch(dutch)
    assert not is_plainly_dutch("Een.")  # too little to be sure
    afrikaans = (
        "Hy het gesê dat die brug nie herstel is nie. Ons het met 'n boot na die eiland gegaan, en hierdie "
        "week word die water deur 'n pomp gelei, maar hulle is nog nie seker of dit sal werk nie."
    )
    german = (
        "Er sagte, dass die Brücke nicht repariert wurde, und wir sind mit einem Boot zu der Insel gefahren."
    )
    assert not is_plainly_dutch(afrikaans) and not is_plainly_dutch(german)


def test_an_article_starts_without_unpacking_the_model_of_languages() -> None:
    text = (
        "Hij heeft een hond. Zij zijn niet hier. Wij worden door deze man naar huis gebracht, zei hij.\n" * 3
    )
    code = (
        "import sys; from corpus.readers import read_document; from corpus.remarks import remarks\n"
        f"assert remarks(read_document({text!r}.encode(), 'a.txt')) == ()\n"
        "assert 'py3langid' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
