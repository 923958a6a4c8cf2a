"""The bilingual page: whole without its script, safe with any text, alive in a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import Part, build_document, long_bitext, sample_bitext

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Link, Provenance
from corpus.document import BlockKind, Document, SourceFile, Span
from corpus.formats import html


def written(bitext: Bitext) -> str:
    stream = io.BytesIO()
    html.write(bitext, stream)
    return stream.getvalue().decode("utf-8")


def page(bitext: Bitext) -> lxml.html.HtmlElement:
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    return lxml.html.document_fromstring(written(bitext).encode("utf-8"), parser=parser)


def bitext_of(pairs: list[tuple[str, str]], **more: Any) -> Bitext:
    """A paragraph a pair, each with a bead whose further fields are ``more``."""
    source = build_document([Part(BlockKind.PARAGRAPH, (text,)) for text, _ in pairs], "nl", "x.txt")
    target = build_document([Part(BlockKind.PARAGRAPH, (text,)) for _, text in pairs], "en")
    beads = tuple(Bead(s.id, (s.id,), (s.id,), **more) for s in source.segments)
    return Bitext(source, target, beads)


def sentence_text(element: lxml.html.HtmlElement) -> str:
    """A sentence without its flag marks and placeholders."""
    return "".join(element.xpath(".//text()[not(ancestor::a) and not(ancestor::i)]"))


def side(root: lxml.html.HtmlElement, name: str) -> list[lxml.html.HtmlElement]:
    return list(root.xpath(f"//main//*[contains(@class, 'side {name}')]//span[contains(@class, 's')]"))


# What is on the page


def test_every_bead_is_there_on_both_sides_in_order() -> None:
    bitext = sample_bitext()
    root = page(bitext)
    assert [sentence_text(s) for s in side(root, "source")] == [bitext.source_text(b) for b in bitext.beads]
    assert [sentence_text(s) for s in side(root, "target")] == [bitext.target_text(b) for b in bitext.beads]
    assert [s.get("id") for s in side(root, "source")] == [b.id for b in bitext.beads]
    assert [s.get("id") for s in side(root, "target")] == [f"{b.id}-t" for b in bitext.beads]


def test_blocks_are_real_elements_in_their_language() -> None:
    root = page(sample_bitext())
    for name, language in (("source", "nl"), ("target", "en")):
        tags = [e.tag for e in root.xpath(f"//main/section/*[contains(@class, 'side {name}')]")]
        assert tags == ["h2", "p", "blockquote", "h3", "ul", "p", "p"]
        languages = {e.get("lang") for e in root.xpath(f"//main/section/*[contains(@class, '{name}')]")}
        assert languages == {language}
        assert len(root.xpath(f"//ul[contains(@class, '{name}')]/li")) == 3
    assert len(root.xpath("//h1")) == 1


def test_headings_follow_on_without_a_gap() -> None:
    parts = [Part(BlockKind.HEADING, ("Kop",), level) for level in (2, 4, 2, 6, 0)]
    source, target = build_document(parts, "nl"), build_document(parts, "en")
    beads = tuple(Bead(s.id, (s.id,), (s.id,)) for s in source.segments)
    root = page(Bitext(source, target, beads))
    assert [e.tag for e in root.xpath("//main//*[contains(@class, 'source')]")] == [
        "h3",
        "h4",
        "h3",
        "h5",
        "h2",
    ]
    assert root.xpath("//main/section/@class")[0] == "block heading level-2"


def test_numbered_lists_keep_their_numbers_and_end_where_the_kind_changes() -> None:
    item = BlockKind.LIST_ITEM
    parts = [
        Part(item, ("drie",), 1, "3. "),
        Part(item, ("vier",), 1, "4) "),
        Part(item, ("streep",), 1, "- "),
        Part(item, ("dieper",), 2, "  - "),
    ]
    source, target = build_document(parts, "nl"), build_document(parts, "en")
    beads = tuple(Bead(s.id, (s.id,), (s.id,)) for s in source.segments)
    root = page(Bitext(source, target, beads))
    lists = root.xpath("//main/section/*[contains(@class, 'source')]")
    assert [(e.tag, [i.get("value") for i in e]) for e in lists] == [("ol", ["3", "4"]), ("ul", [None, None])]
    assert lists[1][1].get("class") == "level-2"


def test_flags_are_counted_explained_and_linked() -> None:
    root = page(sample_bitext())
    summary = " ".join(root.xpath("//p[@class='summary']")[0].text_content().split())
    assert summary.startswith("5 flags (1 put right) on 4 of 14 sentences:")
    assert "Numbers differ\N{NO-BREAK SPACE}1" in root.xpath("//p[@class='summary']")[0].text_content()
    notes = [" ".join(li.text_content().split()) for li in root.xpath("//ul[@class='notes']/li")]
    assert notes == [
        "1 Numbers differ the source has 48.500, the translation 45,800",
        "2 Unsure the model was unsure",
        "3 No translation the model gave nothing",
        "4 Repetition “on holidays not” comes twice",
        "5 Translated in parts (repaired) translated in two parts",
    ]
    assert [m.text for m in root.xpath("//mark")] == ["48.500", "45,800", ", on holidays not"]
    refs = root.xpath("//a[@class='ref']")
    assert [ref.get("href") for ref in refs] == [f"#flag-{n}" for n in range(1, 6)]
    assert refs[0].get("aria-label") == "flag 1: Numbers differ"


def test_a_missing_side_says_so() -> None:
    root = page(sample_bitext())
    assert [(i.getparent().get("id"), i.text) for i in root.xpath("//i[@class='none']")] == [
        ("p8s1-t", "no translation"),
        ("p9s2", "nothing in the original"),
    ]


def test_the_footer_holds_the_provenance() -> None:
    root = page(sample_bitext())
    names = root.xpath("//footer//dt/text()")
    facts = dict(zip(names, root.xpath("//footer//dd/text()"), strict=True))
    assert facts["Model"] == "builtin"
    assert facts["SHA-256 of the weights"] == "9f" * 32
    assert facts["Engine"] == "transformers 5.0"
    assert facts["Settings"] == "beams 4, length_penalty 1.0, dtype float32, sampling False, seed None"
    assert facts["Made at"] == "2026-03-09T08:07:06+00:00"
    assert facts["Segmentation"] == "segmentation-1"
    assert facts["Source file"] == "veerpont.nl.txt"
    assert root.xpath("//p[@class='notice']/text()") == [
        "the default model was not at hand: builtin was used"
    ]


def linked_words(root: lxml.html.HtmlElement, anchor: str) -> list[tuple[str, str, int]]:
    """The links of a sentence as a script reads them: offsets count UTF-16 units."""

    def cut(element: lxml.html.HtmlElement) -> list[str]:
        units = sentence_text(element).encode("utf-16-le")
        spans = [span.split(",") for span in (element.get("data-words") or "").split()]
        return [units[2 * int(start) : 2 * int(end)].decode("utf-16-le") for start, end in spans]

    source = root.get_element_by_id(anchor)
    sources, targets = cut(source), cut(root.get_element_by_id(f"{anchor}-t"))
    links = [link.split("-") for link in source.get("data-links").split()]
    return [(sources[int(i)], targets[int(j)], int(weight)) for i, j, weight in links]


def test_word_links_name_the_right_words() -> None:
    root = page(sample_bitext())
    assert linked_words(root, "p2s1") == [
        ("De", "The", 97),
        ("veerpont", "ferry", 93),
        ("vaart", "is", 88),
        ("vaart", "sailing", 61),
        ("weer", "again", 30),
    ]
    assert linked_words(root, "p5s1") == [("fietsen", "bicycles", 90), ("🚲", "🚲", 100)]
    shifted = bitext_of([("🚲🚲 na 𝟛 dagen", "𝟛 days later")], links=(Link(4, 1), Link(2, 2), Link(3, 0)))
    assert linked_words(page(shifted), "p1s1") == [
        ("dagen", "days", 100),
        ("na", "later", 100),
        ("𝟛", "𝟛", 100),
    ]


def test_links_outside_the_text_do_not_break_the_page() -> None:
    root = page(bitext_of([("een", "one")], links=(Link(0, 0), Link(7, 0), Link(0, 9))))
    assert linked_words(root, "p1s1") == [("een", "one", 100)]


# Safety

HOSTILE = [
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "{{ 7 * 7 }} {% raw %} &lt; &amp; &#0;",
    "<!-- ]]> <![CDATA[",
    "javascript:alert(1)",
]


def hostile(text: str) -> Bitext:
    """``text`` wherever a text can be."""
    bitext = bitext_of([(text, text)])
    source = replace(
        bitext.source,
        language=text,
        source=SourceFile(text, text, text, text),
        segmentation=text,
        metadata={"title": text, text: text},
    )
    target = replace(bitext.target, language=text)
    flag = Flag(FlagKind.COPY, text, source=Span(1, 3), target=Span(2, 9000))
    bead = Bead(text, ("p1s1",), ("p1s1",), text, links=(Link(0, 0),), flags=(flag,))
    provenance = Provenance(text, text, text, text, {text: text}, text, text, (text,), {text: text})
    return Bitext(source, target, (bead,), provenance)


def plain(text: str) -> Bitext:
    """The same page with a harmless text."""
    return hostile(re.sub(r"[^\w]", "x", text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    root = page(hostile(text))
    assert [e.tag for e in root.iter()] == [e.tag for e in page(plain(text)).iter()]
    assert sentence_text(side(root, "target")[0]) == text
    assert root.xpath("//ul[@class='notes']//span[@class='message']")[0].text == text
    assert not root.xpath("//@*[starts-with(name(), 'on')]")


def test_the_policy_allows_our_style_and_script_and_nothing_else() -> None:
    text = written(sample_bitext())
    root = page(sample_bitext())
    [style], [script] = (
        re.findall(r"<style>(.*?)</style>", text, re.S),
        re.findall(r"<script>(.*?)</script>", text, re.S),
    )

    def digest(code: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() + "'"

    [policy] = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert dict(part.strip().split(" ", 1) for part in policy.split(";")) == {
        "default-src": "'none'",
        "style-src": digest(style),
        "script-src": digest(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert not root.xpath("//@style | //@*[starts-with(name(), 'on')] | //@src | //link | //iframe")
    assert all(href.startswith("#") for href in root.xpath("//@href"))
    assert not re.search(r"https?:|//[a-z]|url\(|@import", style)
    for risky in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "fetch(", "http"):
        assert risky not in script


def test_unseen_characters_are_drawn_and_counted() -> None:
    bitext = bitext_of([("a\x00b\x1b\x7fc\x85d\u202ee\u2066", "x\ud800y")])
    root = page(bitext)
    assert sentence_text(side(root, "source")[0]) == "a␀b␛␡c�d�e�"
    assert sentence_text(side(root, "target")[0]) == "x�y"
    assert "7 characters that cannot be seen" in root.xpath("//footer")[0].text_content()


def test_no_unseen_character_gets_through_anywhere() -> None:
    text = written(hostile("a\x00b\x1bc\u202ed\u2067e\ud800f"))
    assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), min_size=1))
@settings(max_examples=40, deadline=None)
def test_any_text_is_shown_whole(text: str) -> None:
    root = page(bitext_of([(text, text)]))
    shown = sentence_text(side(root, "source")[0])
    assert len(shown) == len(text)
    assert all(
        a == b or ord(a) < 0xA0 or a in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        for a, b in zip(text, shown, strict=True)
    )


def test_ids_are_unique_and_every_link_leads_somewhere() -> None:
    names = ["a", "a", "a-t", "flag-1", "about", "", "b c", "b_c", "é%"]
    source = build_document([Part(BlockKind.PARAGRAPH, tuple("zin" for _ in names))], "nl")
    flags = (Flag(FlagKind.COPY, "same"),)
    beads = tuple(
        Bead(name, (s.id,), (s.id,), flags=flags) for name, s in zip(names, source.segments, strict=True)
    )
    root = page(Bitext(source, replace(source, language="en"), beads))
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert not [name for name in ids if re.search(r"\s", name)]
    for href in root.xpath("//@href"):
        assert unquote(href[1:]) in ids


def test_without_the_script_nothing_is_on_offer_that_does_not_work() -> None:
    root = page(sample_bitext())
    assert root.xpath("//div[@class='controls']/@hidden") == [""]
    assert not [b for b in root.xpath("//button") if not b.xpath("ancestor::*[@hidden]")]
    assert not root.xpath("//@tabindex")


def test_an_empty_bitext_is_still_a_page() -> None:
    empty = Document("", "nl", ())
    root = page(Bitext(empty, Document("", "en", ()), ()))
    assert "No flags on 0 sentences" in root.xpath("//p[@class='summary']")[0].text_content()


def test_the_page_is_written_in_small_parts() -> None:
    class Parts(io.RawIOBase):
        """Remembers the largest write."""

        largest = total = 0

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.largest = max(self.largest, len(data))
            self.total += len(data)
            return len(data)

    parts = Parts()
    html.write(long_bitext(1500), parts)  # type: ignore[arg-type]
    assert parts.total > 1_000_000
    assert parts.largest < 50_000


# In a browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# Uses the page as a reader does and leaves what it saw in the page.
USE = """
const log = [];
addEventListener("securitypolicyviolation", (e) => log.push({violation: e.blockedURI}));
addEventListener("error", (e) => log.push({error: e.message}));
const text = (selector) => [...document.querySelectorAll(selector)].map((e) => e.textContent);
const see = (step) => log.push({step, sentences: [...document.querySelectorAll(".lit")].map((e) => e.id),
  words: text(".on"), weak: text(".weak"), focus: document.activeElement.id,
  status: document.querySelector(".status").textContent});
const point = (e) => e.dispatchEvent(new PointerEvent("pointerover", {bubbles: true, pointerType: "mouse"}));
const press = (key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const id = (name) => document.getElementById(name);
const before = id("p2s2").textContent + id("p2s2-t").textContent;
point(id("p2s1")); see("sentence");
point(id("p2s1").querySelectorAll(".w")[2]); see("word");
point(id("p2s1-t").querySelectorAll(".w")[4]); see("word of the other side");
point(document.querySelector("main")); see("away");
point(id("p9s1")); see("no links");
point(id("p2s2").querySelector("mark")); see("marked");
point(document.querySelector("main"));
id("p2s1").click(); see("click");
press("ArrowRight"); press("ArrowRight"); see("second word");
press("Escape"); see("escape");
press("ArrowDown"); see("down");
press("Enter"); see("other side");
press("n"); see("next flag");
press("p"); see("previous flag");
press("End"); see("end");
press("Escape"); see("let go");
id("next-flag").click(); see("button");
document.querySelector("#flag-1 a.number").click(); see("from a note");
id("only-flagged").click();
log.push({shown: [...document.querySelectorAll("main > section")].filter((e) => e.offsetParent).length,
  stops: document.querySelectorAll(".s[tabindex='0']").length,
  same: before === id("p2s2").textContent + id("p2s2-t").textContent,
  controls: !document.querySelector(".controls").hidden, place: id("flag-place").textContent});
const result = document.createElement("pre");
result.id = "result";
result.textContent = JSON.stringify(log);
document.body.append(result);
"""


def in_chromium(path: Path, folder: Path) -> str:
    assert CHROMIUM
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_words_and_sentences_light_their_counterparts(tmp_path: Path) -> None:
    code = base64.b64encode(hashlib.sha256(USE.encode()).digest()).decode()
    text = written(sample_bitext())
    # The reader's script needs leave from the policy; ours keeps its own.
    text = text.replace("script-src ", f"script-src &#39;sha256-{code}&#39; ", 1)
    path = tmp_path / "page.html"
    path.write_text(text.replace("</body>", f"<script>{USE}</script></body>"), encoding="utf-8")
    root = lxml.html.document_fromstring(in_chromium(path, tmp_path))
    log = json.loads(root.get_element_by_id("result").text)
    steps = {entry["step"]: entry for entry in log if "step" in entry}
    assert [entry for entry in log if "violation" in entry or "error" in entry] == []

    pair = ["p2s1", "p2s1-t"]
    assert (steps["sentence"]["sentences"], steps["sentence"]["words"]) == (pair, [])
    assert (steps["word"]["sentences"], steps["word"]["words"]) == (pair, ["vaart", "is", "sailing"])
    assert steps["word of the other side"]["words"] == ["weer", "again"]
    assert steps["word of the other side"]["weak"] == ["weer"]
    assert steps["away"]["sentences"] == []
    assert (steps["no links"]["sentences"], steps["no links"]["words"]) == (["p9s1", "p9s1-t"], [])
    assert steps["marked"]["sentences"] == ["p2s2", "p2s2-t"]
    assert steps["click"]["focus"] == "p2s1"
    assert steps["click"]["status"].startswith("p2s1 · characters 24–95 of the source")
    assert steps["second word"]["words"] == ["veerpont", "ferry"]
    assert steps["second word"]["status"] == "veerpont ↔ ferry (93%)"
    assert (steps["escape"]["words"], steps["escape"]["focus"]) == ([], "p2s1")
    assert steps["down"]["focus"] == "p2s2"
    assert steps["other side"]["focus"] == "p2s2-t"
    assert steps["next flag"]["focus"] == "p3s1-t"
    assert steps["previous flag"]["focus"] == "p2s2-t"
    assert steps["end"]["focus"] == "p9s2-t"
    assert (steps["let go"]["focus"], steps["let go"]["sentences"]) == ("", [])
    # The button goes on from the flag seen last.
    assert steps["button"]["focus"] == "p3s1-t"
    assert steps["from a note"]["focus"] == "p2s2-t"
    assert log[-1] == {"shown": 3, "stops": 2, "same": True, "controls": True, "place": "2 of 4"}
