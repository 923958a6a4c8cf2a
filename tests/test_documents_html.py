"""Web pages: the article read, and the page written back with other words."""

from __future__ import annotations

import html
import re

import pytest
from documents import NEWS, page, rewritten
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.document import BlockKind, Document, MarkKind
from corpus.errors import FormatError, InputError, SettingsError
from corpus.hypertext.article import WHOLE_PAGE, selector_choice
from corpus.hypertext.tokens import tokenise
from corpus.readers import read_document
from corpus.segmentation import segment


def read(data: bytes, choice: str | None = WHOLE_PAGE, name: str = "a.html") -> Document:
    return read_document(data, name, choice=choice)


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def test_the_article_is_read_and_the_menus_are_not() -> None:
    document = read(NEWS.encode(), None)
    assert texts(document) == [
        "De brug over het kanaal blijft dicht",
        "De oude brug over het kanaal blijft zeker tot juni dicht voor auto's & fietsers.",
        "De brug in de mist",
        "Volgens wethouder Anja Smit is het hout verrot.\nHet herstel kost 2,4 miljoen euro.",
        "Wat nu?",
        "Fietsers nemen de pont.",
        "Auto's rijden om.",
        "„We doen wat we kunnen”, zegt Smit.",
        "Eerste alinea hier.",
        "Tweede alinea daar.",
        "Over de wethouder",
    ]
    assert "<article.story.big>" in document.metadata["taken"]
    assert {k: document.metadata[k] for k in ("author", "date", "language")} == {
        "author": "Kim de Wit", "date": "2026-03-02T10:00", "language": "nl-NL",
    }  # fmt: skip
    assert "def x(): pass" in document.text  # code is in the text, though nobody translates it


def test_kinds_and_levels() -> None:
    kinds = [(block.kind, block.level) for block in read(NEWS.encode(), None).blocks]
    assert kinds[0] == (BlockKind.HEADING, 1)
    assert kinds[2] == (BlockKind.CAPTION, 0)
    assert kinds[4] == (BlockKind.HEADING, 2)
    assert kinds[5] == (BlockKind.LIST_ITEM, 1)
    assert kinds[7] == (BlockKind.QUOTATION, 1)
    table = read(page("<table><tr><th>Jaar<th>Kosten<tr><td>2025<td>Een miljoen</table>", ""))
    assert table.text == "Jaar\tKosten\n2025\tEen miljoen\n"
    assert {block.kind for block in table.blocks} == {BlockKind.TABLE_CELL}
    nested = read(page("<ol start=3><li>Drie<ul><li>Diep</ul><li>Vier</ol>", ""))
    assert nested.text == "3. Drie\n  - Diep\n4. Vier\n"


def test_marks() -> None:
    document = read(NEWS.encode(), None)
    found = [(m.kind, m.span.of(document.text), m.attributes.get("href")) for m in document.blocks[1].marks]
    assert found == [
        (MarkKind.BOLD, "oude brug", None), (MarkKind.ITALIC, "juni", None), (MarkKind.NOTE, "", None),
    ]  # fmt: skip
    link = document.blocks[3].marks[0]
    assert (link.kind, link.attributes["href"]) == (MarkKind.LINK, "https://example.org/?a=1&b=2")
    assert link.span.of(document.text) == "wethouder Anja Smit"


def test_a_part_can_be_chosen() -> None:
    assert texts(read(NEWS.encode(), selector_choice("aside p"))) == [
        "Een andere brug die ook heel lang dicht bleef, dat schreven we vorige week al.",
        "De brug over het kanaal blijft dicht | De Stadskrant",
    ]
    whole = texts(read(NEWS.encode()))
    assert whole[0] == "Voorpagina"
    assert any("Copyright" in text for text in whole)
    with pytest.raises(SettingsError, match="selects nothing"):
        read(NEWS.encode(), selector_choice(".nergens"))
    with pytest.raises(SettingsError, match="not a CSS selector"):
        read(NEWS.encode(), selector_choice("p >"))


def test_a_page_without_an_article_is_read_whole() -> None:
    document = read(page("<p>Kort.</p><p>Ook kort.</p>", ""), None)
    assert texts(document) == ["Kort.", "Ook kort."]
    assert "whole page" in document.metadata["taken"]


def test_writing_the_same_text_changes_the_language_alone() -> None:
    data, report = rewritten(NEWS.encode(), "a.html")
    expected = NEWS.replace('lang="nl-NL"', 'lang="en"').replace(
        "auto&#39;s &amp;\nfietsers", "auto's &amp; fietsers"
    )
    assert data.decode() == expected.replace("het hout\nverrot", "het hout verrot")
    assert report.unplaced == ()
    assert "<article.story.big>" in report.notes[0]


def test_only_words_change() -> None:
    data, _ = rewritten(NEWS.encode(), "a.html", str.upper)
    new = data.decode()
    assert "<b>OUDE BRUG</b>" in new
    assert '<sup id="r1"><a href="#n1">1</a></sup></p>' in new
    assert 'title="OVER DE WETHOUDER">WETHOUDER ANJA SMIT</a>' in new
    assert 'alt="DE BRUG IN DE MIST"' in new
    assert "<title>DE BRUG OVER HET KANAAL BLIJFT DICHT | De Stadskrant</title>" in new
    assert "VERROT.<br>HET HERSTEL" in new
    assert '<script>var x = "<p>geen tekst</p>";</script>' in new
    assert "<pre>def x(): pass</pre>" in new
    assert '<a href="/sport">Sport</a>' in new


def test_markup_follows_its_words() -> None:
    english = {"De oude brug is dicht.": "Closed is the old bridge."}
    links = {"De oude brug is dicht.": [(0, 2), (1, 3), (2, 4), (3, 1), (4, 0), (5, 5)]}
    from documents import bitext_of

    from corpus.bitext import Link
    from corpus.markup import mark_target

    document = segment(read(page("<p>De <b>oude brug</b> is <a href='x'>dicht</a>.</p>", "")))
    bitext = bitext_of(document, lambda text: english[text])
    from dataclasses import replace

    bead = replace(bitext.beads[0], links=tuple(Link(*pair) for pair in links["De oude brug is dicht."]))
    made = mark_target(replace(bitext, beads=(bead,)))
    marks = [(m.kind, m.span.of(made.target.text)) for m in made.target.blocks[0].marks]
    assert marks == [("bold", "old bridge"), ("link", "Closed")]


def test_the_encoding_stays_and_what_it_lacks_becomes_a_reference() -> None:
    data = '<html lang=nl><meta charset="iso-8859-1"><p>Één café.</p></html>'.encode("latin-1")
    assert read(data).source.encoding == "windows-1252"
    new, _ = rewritten(data, "a.html", lambda text: f"{text} ☃", WHOLE_PAGE)
    assert b"\xc9\xe9n caf\xe9. &#9731;" in new


def test_what_says_that_it_is_not_to_be_translated_is_not() -> None:
    data = page('<p translate="no">Blijf zo.</p><p>Ga mee.</p><script>"Zin."</script><style>a{}</style>', "")
    assert texts(read(data)) == ["Ga mee."]
    assert b"Blijf zo." in rewritten(data, "a.html", str.upper, WHOLE_PAGE)[0]


@pytest.mark.parametrize(
    "body",
    [
        "<p>Een <b>vet <i>schuin</b> los</i> woord.",  # misnested
        "<p>Een </b>woord</i> te veel.</p>",
        "<div>Los <p>in <span>een</div> blok</span>",
        "<a href=x><h2>Kop</h2><p>Tekst</p></a>",
        "<p>Een <img src=a> beeld <img src=b>.</p>",
        "<p><a id=x></a>Een <!-- noot -->zin<wbr>deel.</p>",
        "Los &lt;geen&gt; tag &amp;amp; teken &nbsp; en &euro;.",
        "<ul><li>Een<li>Twee <b>drie</ul>",
        "<p>1 < 2 en 3 > 2 & meer</p>",
    ],
)
def test_odd_markup_comes_back_as_it_was(body: str) -> None:
    """But for white space that does not show, character references and where ranges are cut."""
    new, _ = rewritten(page(body, ""), "a.html", choice=WHOLE_PAGE)

    def shown(data: bytes) -> tuple[str, list[str]]:
        tokens = list(tokenise(data.decode()))
        text = "".join(
            "\n" if t.name in ("p", "div", "li", "h2") else t.text if t.kind == "text" else "" for t in tokens
        )
        return " ".join(text.split()), sorted(
            {t.raw for t in tokens if t.kind == "start"} - {'<html lang="en">'}
        )

    old = page(body, "").replace(b'lang="nl"', b'lang="en"')
    assert shown(new) == shown(old)


_WORDS = st.lists(
    st.sampled_from(["De", "brug", "is", "dicht", "& meer", "1 < 2", "zin."]), min_size=1, max_size=4
)
_INLINE = st.recursive(
    _WORDS.map(lambda words: html.escape(" ".join(words), quote=False)),
    lambda inner: st.tuples(
        st.sampled_from(["b", "i", "a href='x'", "span class=y", "code"]),
        st.lists(inner, min_size=1, max_size=3),
    ).map(lambda drawn: f"<{drawn[0]}>{' '.join(drawn[1])}</{drawn[0].split()[0]}>"),
    max_leaves=6,
)
_BLOCK = st.tuples(
    st.sampled_from(["p", "h2", "li", "td", "blockquote", "div"]), st.lists(_INLINE, min_size=1, max_size=3)
).map(lambda drawn: f"<{drawn[0]}>{' '.join(drawn[1])}</{drawn[0]}>")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_BLOCK, min_size=1, max_size=4))
def test_any_page_written_back_the_same_is_the_same(blocks: list[str]) -> None:
    data = page("\n".join(blocks), "")
    new, report = rewritten(data, "a.html", choice=WHOLE_PAGE)
    assert report.unplaced == ()
    assert re.sub(rb"\s+", b" ", new) == re.sub(rb"\s+", b" ", data.replace(b'"nl"', b'"en"'))


# Hostile pages


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="<>/!-\"'= abp&;[]?\x00\x01\ud800", max_size=60))
def test_no_page_breaks_the_tokeniser(text: str) -> None:
    assert "".join(token.raw for token in tokenise(text)) == text
    assert "".join(token.raw for token in tokenise(text, xml=True)) == text


@pytest.mark.parametrize(
    "unit",
    [
        "<!--",
        "<a ",
        "<",
        '<a x="',
        "<![CDATA[",
        "<!x [",
        "</",
        "<script>",
        "<?",
        "<a b='",
        "<p>",
        "</p>",
        "<b>x</b>",
        "&amp;",
        "<br>x",
    ],
)
def test_much_of_anything_is_read_in_time(unit: str) -> None:
    """Quadratic work would be minutes here."""
    data = page("<p>Begin.</p>" + unit * (100_000 // len(unit)), "")
    assert texts(read(data))[0] == "Begin."


def test_deep_nesting_is_refused_and_not_cut() -> None:
    with pytest.raises(FormatError, match="nested deeper than 1000"):
        read(page("<div>" * 3000 + "Diep." + "</div>" * 3000, ""))


def test_scripts_and_addresses_of_scripts_stay_where_they_are() -> None:
    data = page(
        "<p onclick='x()'>Klik <a href=\"javascript:alert('x')\">hier</a>.<script>alert(1)</script></p>", ""
    )
    document = read(data)
    assert texts(document) == ["Klik hier."]
    new, _ = rewritten(data, "a.html", lambda text: "<script>alert(2)</script>", WHOLE_PAGE)
    assert b"<script>alert(2)" not in new
    assert b"javascript:alert('x')" in new  # the page's own is not ours to change
    assert new.count(b"<script>") == 1


def test_a_page_without_text_is_refused() -> None:
    with pytest.raises(InputError, match="no text to read"):
        read(page("<script>x</script><img src=a>", ""))
