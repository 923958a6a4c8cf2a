# ruff: noqa: E501  (markup is easier to read in lines of its own length)
"""Markdown: its blocks read, and the file written back."""

from __future__ import annotations

import re

import pytest
from documents import rewritten
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from corpus.document import BlockKind, Document
from corpus.errors import InputError
from corpus.readers import read_document

TEXT = """---
title: Een titel
author: Kim de Wit
---

# Kop *mooi* ##

Alinea met **vet** en [link](http://x.nl "titel") en `code x`,
tweede regel\\
hard. Noot[^1] en \\* ster &amp; <b>html</b> ![alt *x*](p.png) <http://a.b> 2 * 3 en a_b_c.

> - lijst *item*
>
> 1. twee

| a | b\\|c |
|---|---|
| **1** | `x\\|y` |

[^1]: De noot *tekst*.

```py
code
```

Setext
======

<div>
html <p>blok <em>hier</em></p>
</div>

[ref][r] en ~~weg~~ [gewone haken]

- [ ] taak een
- [x] taak *twee*
  - dieper

![Alleen beeld](x.png)

1\\. geen lijst

[r]: http://r.nl "Titel"
"""


def read(text: str) -> Document:
    return read_document(text.encode(), "a.md")


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def test_blocks() -> None:
    document = read(TEXT)
    assert texts(document) == [
        "Kop mooi",
        "Alinea met vet en link en code x, tweede regel\nhard. Noot en * ster & html http://a.b 2 * 3 en a_b_c.",
        "alt x", "lijst item", "twee", "a", "b|c", "1", "x|y", "De noot tekst.", "Setext", "html", "blok hier",
        "ref en weg [gewone haken]", "taak een", "taak twee", "dieper", "Alleen beeld", "1. geen lijst",
    ]  # fmt: skip
    assert (document.metadata["title"], document.metadata["author"]) == ("Een titel", "Kim de Wit")
    kinds = [(block.kind, block.level) for block in document.blocks]
    assert kinds[0] == (BlockKind.HEADING, 1)
    assert kinds[3] == (BlockKind.LIST_ITEM, 1)
    assert kinds[5] == (BlockKind.TABLE_CELL, 0)
    assert kinds[16] == (BlockKind.LIST_ITEM, 2)
    assert "code" in document.text.splitlines()
    assert [m.kind for m in document.blocks[1].marks] == [
        "bold", "link", "code", "break", "note", "bold", "image", "link",
    ]  # fmt: skip


def test_the_same_text_gives_the_same_file_but_for_wrapped_lines_and_needless_escapes() -> None:
    data, report = rewritten(TEXT.encode(), "a.md")
    wanted = TEXT.replace("`code x`,\ntweede", "`code x`, tweede").replace("\\* ster &amp;", "* ster &")
    assert data.decode() == wanted.replace("![alt *x*]", "![alt x]")
    assert report.notes == ("the front matter stays as it is",)


def test_only_words_change() -> None:
    new = rewritten(TEXT.encode(), "a.md", str.upper)[0].decode()
    assert "# KOP *MOOI* ##\n" in new
    assert '**VET** EN [LINK](http://x.nl "titel") EN `code x`, TWEEDE REGEL\\\nHARD. NOOT[^1] EN' in new
    assert "![ALT X](p.png) <http://a.b>" in new
    assert "| A | B\\|C |\n|---|---|\n| **1** | `x\\|y` |" in new
    assert "[^1]: DE NOOT *TEKST*.\n\n```py\ncode\n```\n" in new
    assert "- [ ] TAAK EEN\n- [x] TAAK *TWEE*\n  - DIEPER\n" in new
    assert "[REF][r] EN ~~WEG~~ [GEWONE HAKEN]" in new
    assert "<p>BLOK <em>HIER</em></p>" in new


@pytest.mark.parametrize(
    "said",
    ["# kop", "- punt", "1. een", "> zegt", "*ster* en _streep_", "[a](b)", "<b>", "`code`", "a | b", "&amp;", "![x](y)", "~~x~~", "C:\\pad", "+ plus", "=== x", "2) twee"],
)  # fmt: skip
def test_signs_in_a_translation_do_not_become_markup(said: str) -> None:
    for text in ("Alinea.\n", "- Punt.\n", "## Kop.\n", "> Citaat.\n", "| Cel. |\n|---|\n"):
        new = rewritten(text.encode(), "a.md", lambda _: said)[0].decode()
        document = read(new)
        assert texts(document) == [said]
        assert [b.kind for b in document.blocks] == [b.kind for b in read(text).blocks]


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends_stay(ends: str) -> None:
    data, _ = rewritten(f"# Kop{ends}{ends}Tekst.{ends}".encode(), "a.md", str.upper)
    assert data.decode() == f"# KOP{ends}{ends}TEKST.{ends}"


def test_a_file_without_text_is_refused() -> None:
    with pytest.raises(InputError, match="no text to read"):
        read("```\ncode\n```\n")


def rendered(text: str) -> str:
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(footnote_plugin).render(text)
    return re.sub(r"\s+", " ", made)


_WORD = st.sampled_from(
    ["De", "brug", "is", "2 * 3", "a_b", "dicht.", "&", "(zo)", "[x]", "1.", "-", "*", "\\*"]
)
_PHRASE = st.lists(_WORD, min_size=1, max_size=4).map(" ".join)
_INLINE = st.one_of(
    _PHRASE,
    st.tuples(st.sampled_from(["**", "*", "~~"]), st.lists(st.sampled_from(["De", "brug", "is"]), min_size=1, max_size=3)).map(lambda d: d[0] + " ".join(d[1]) + d[0]),
    st.sampled_from(["[de pont](http://x.nl)", "`git x`", "<http://a.nl>", "![beeld](b.png)", "<b>vet</b>"]),
)  # fmt: skip
_LINE = st.lists(_INLINE, min_size=1, max_size=3).map(" en ".join)
_BLOCK = st.tuples(st.sampled_from(["", "# ", "- ", "> ", "1. ", "> - "]), _LINE).map("".join)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_BLOCK, min_size=1, max_size=4).map("\n\n".join))
def test_any_markdown_written_back_the_same_says_the_same(text: str) -> None:
    try:
        read(text)
    except InputError:
        return
    new = rewritten(text.encode(), "a.md")[0].decode()
    assert rendered(new) == rendered(text)


@pytest.mark.parametrize(
    "unit", ["*", "**a", "[", "](", "`", "![", "> ", "<a", "- ", "a\\\n", "_a_ ", "|", "\\"]
)
def test_much_of_anything_is_read_in_time(unit: str) -> None:
    """Quadratic work would be minutes here."""
    assert "Begin" in read("Begin.\n\n" + unit * (5_000 // len(unit)) + "\n").text
