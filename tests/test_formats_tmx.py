"""TMX: what is written obeys the specification, and what others wrote is read."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from bitexts import bitexts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from samples import Part, build_document, long_bitext, sample_bitext

from corpus.bitext import Bead, Bitext, Flag, FlagKind, Provenance
from corpus.document import Block, BlockKind, Document, Segment, Span
from corpus.errors import FormatError, InputError
from corpus.formats import tmx
from corpus.formats.tmx import TmxPair, read_pairs

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XML = etree.XMLParser(resolve_entities=False, no_network=True)


def written(bitext: Bitext) -> bytes:
    stream = io.BytesIO()
    tmx.write(bitext, stream)
    return stream.getvalue()


def tree(bitext: Bitext) -> etree._Element:
    return etree.fromstring(written(bitext), XML)


def pairs(body: str, source: str = "nl", target: str = "en", head: str = "") -> list[TmxPair]:
    text = f'<?xml version="1.0"?>{head}<tmx version="1.4"><header/><body>{body}</body></tmx>'
    return list(read_pairs(io.BytesIO(text.encode("utf-8")), source, target))


def unit(source: str, target: str, attributes: str = "") -> str:
    return (
        f'<tu {attributes}><tuv xml:lang="nl"><seg>{source}</seg></tuv>'
        f'<tuv xml:lang="en"><seg>{target}</seg></tuv></tu>'
    )


def one_pair(source: str, target: str) -> Bitext:
    """A bitext of one bead with these texts, whatever is in them."""
    documents = [
        Document(
            text,
            language,
            (Block(1, BlockKind.PARAGRAPH, Span(0, len(text))),),
            (Segment("p1s1", 1, Span(0, len(text)), text),),
        )
        for language, text in (("nl", source), ("en", target))
    ]
    return Bitext(documents[0], documents[1], (Bead("p1s1", ("p1s1",), ("p1s1",)),))


# What is written

# The TMX 1.4b DTD's content models and attributes, for the elements we write:
# (children in order as a pattern, required attributes, optional attributes).
DTD = {
    "tmx": (r"header body ", {"version"}, set()),
    "header": (
        r"(note |prop |ude )*",
        {
            "creationtool",
            "creationtoolversion",
            "segtype",
            "o-tmf",
            "adminlang",
            "srclang",
            "datatype",
        },
        {"o-encoding", "creationdate", "creationid", "changedate", "changeid"},
    ),
    "body": (r"(tu )*", set(), set()),
    "tu": (r"(note |prop )*(tuv )+", set(), {"tuid", "srclang", "segtype", "datatype"}),
    "tuv": (r"(note |prop )*seg ", {XML_LANG}, set()),
    "note": ("", set(), {XML_LANG, "o-encoding"}),
    "prop": ("", {"type"}, {XML_LANG, "o-encoding"}),
    "seg": (r"(bpt |ept |it |ph |hi )*", set(), set()),
    "bpt": (r"(sub )*", {"i"}, {"x", "type"}),
    "ept": (r"(sub )*", {"i"}, set()),
    "ph": (r"(sub )*", set(), {"x", "assoc", "type"}),
}


def check_against_dtd(root: etree._Element) -> None:
    for element in root.iter():
        tag = str(element.tag)
        children, required, optional = DTD[tag]
        names = "".join(f"{child.tag} " for child in element)
        assert re.fullmatch(children, names), tag
        given_ = set(element.attrib)
        assert required <= given_ <= required | optional, tag


def test_the_sample_keeps_to_the_dtd() -> None:
    root = tree(sample_bitext())
    assert root.get("version") == "1.4"
    check_against_dtd(root)


@given(bitext=bitexts())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bitext_keeps_to_the_dtd(bitext: Bitext) -> None:
    root = tree(bitext)
    check_against_dtd(root)
    for seg in root.iter("seg"):
        # "Used to pair the <bpt> elements with <ept> elements": each once, in this order.
        opened = [code.get("i") for code in seg.iter("bpt")]
        assert sorted(opened) == sorted(code.get("i") for code in seg.iter("ept"))
        assert len(opened) == len(set(opened))


OMEGAT = Path("/usr/share/omegat/OmegaT.jar")  # where Debian has it, with the DTD inside


@pytest.mark.skipif(not OMEGAT.is_file(), reason="OmegaT, which has the DTD of TMX 1.4b, is not installed")
@given(bitext=bitexts())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_dtd_itself_accepts_it(bitext: Bitext) -> None:
    with zipfile.ZipFile(OMEGAT) as jar:
        dtd = etree.DTD(io.BytesIO(jar.read("schemas/tmx14.dtd")))
    for some in (sample_bitext(), bitext):
        assert dtd.validate(tree(some)), dtd.error_log


def test_the_header_says_who_made_it_and_when() -> None:
    header = tree(sample_bitext()).find("header")
    assert header is not None
    assert dict(header.attrib) == {
        "creationtool": "tweetalig",
        "creationtoolversion": "0.1.0",
        "segtype": "sentence",
        "o-tmf": "tweetalig",
        "adminlang": "en",
        "srclang": "nl",
        "datatype": "plaintext",
        "o-encoding": "UTF-8",
        "creationdate": "20260309T080706Z",
    }
    props = {prop.get("type"): prop.text for prop in header.iter("prop")}
    assert props["x-model"] == "builtin"
    assert props["x-weights-sha256"] == "9f" * 32
    assert props["x-setting-beams"] == "4"
    assert props["x-source-file"] == "veerpont.nl.txt"
    assert [note.text for note in header.iter("note")] == [
        "the default model was not at hand: builtin was used"
    ]


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2026-03-09T08:07:06+00:00", "20260309T080706Z"),
        ("2026-03-09T08:07:06.5Z", "20260309T080706Z"),
        ("2026-03-09T01:00:00+02:00", "20260308T230000Z"),
        ("2026-03-09T08:07:06", "20260309T080706Z"),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_time_is_in_the_notation_of_tmx(created: str, expected: str | None) -> None:
    bitext = replace(one_pair("Dag.", "Bye."), provenance=Provenance(created=created))
    header = tree(bitext).find("header")
    assert header is not None and header.get("creationdate") == expected


def test_each_bead_is_a_unit_with_its_id_texts_and_remarks() -> None:
    bitext = sample_bitext()
    units = tree(bitext).findall("body/tu")
    assert [u.get("tuid") for u in units] == [bead.id for bead in bitext.beads]
    numbers = units[2]
    assert {tuv.get(XML_LANG): tuv.findtext("seg") for tuv in numbers.iter("tuv")} == {
        "nl": "Volgens schipper Marjan Terlouw kostte de nieuwe motor 48.500 euro.",
        "en": "According to skipper Marjan Terlouw, the new engine cost 45,800 euros.",
    }
    assert numbers.findtext("note") == "Numbers differ: the source has 48.500, the translation 45,800"
    props = {prop.get("type"): prop.text for prop in numbers.iter("prop")}
    assert props == {
        "x-block": "paragraph",
        "x-source-offsets": "96 163",
        "x-origin": "mt",
        "x-score": "-0.25",
        "x-confidence": "0.8",
        "x-links": "0-0 0-1 2-3 3-4 7-8 8-10",
        "x-link-weights": "0.5 0.5 1.0 1.0 0.8 0.7",
        "x-flag": "numbers source 55-61 target 57-63",
    }
    two_to_one = {prop.get("type"): prop.text for prop in units[3].iter("prop")}
    assert two_to_one["x-source-segments"] == "p2s3 p2s4"


def test_a_bead_with_an_empty_side_is_never_lost() -> None:
    bitext = sample_bitext()
    source = build_document([Part(BlockKind.PARAGRAPH, ("Alleen hier.",))], "nl")
    target = build_document([Part(BlockKind.PARAGRAPH, ("Only there.",))], "en")
    beads = (Bead("a", ("p1s1",), ()), Bead("b", (), ("p1s1",)), Bead("c", (), ()))
    root = tree(Bitext(source, target, beads))
    check_against_dtd(root)
    found = [[(t.get(XML_LANG), t.findtext("seg")) for t in u.iter("tuv")] for u in root.iter("tu")]
    assert found == [[("nl", "Alleen hier.")], [("en", "Only there.")], [("nl", "")]]
    # A segment whose translation is empty keeps its empty variant.
    empty = tree(bitext).findall("body/tu")[10]
    assert [t.findtext("seg") for t in empty.iter("tuv")] == ["Pfff.", ""]


def test_characters_that_xml_lacks_are_replaced_and_listed() -> None:
    root = tree(one_pair("a\x00b\x1bc", "d\ufffe\ud800e \U0001f6b2"))
    segs = [seg.text for seg in root.iter("seg")]
    assert segs == ["a\ufffdb\ufffdc", "d\ufffd\ufffde \U0001f6b2"]
    props = {prop.get("type"): prop.text for prop in root.iter("prop")}
    assert props["x-illegal-characters-source"] == "U+0000@1 U+001B@3"
    assert props["x-illegal-characters-target"] == "U+FFFE@1 U+D800@2"


def test_hostile_text_stays_text() -> None:
    nasty = "</seg></tuv><!-- ]]> <![CDATA[ &amp; &#0; <?xml ?> \" '"
    [pair] = read_pairs(io.BytesIO(written(one_pair(nasty, nasty))), "nl", "en")
    assert (pair.source, pair.target) == (nasty, nasty)
    bitext = one_pair("x", "y")
    flagged = Bead(nasty, ("p1s1",), ("p1s1",), nasty, flags=(Flag(FlagKind.COPY, nasty),))
    provenance = Provenance(tool=nasty, notes=(nasty,), settings={nasty: nasty, "a b\0": "\0"})
    root = tree(Bitext(bitext.source, bitext.target, (flagged,), provenance))
    check_against_dtd(root)
    assert root.findtext("body/tu/note") == f"Copied, not translated: {nasty}"


xml_text = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
        st.sampled_from("\t\n\r <&>]"),
    )
)


@given(xml_text, xml_text)
def test_any_text_comes_back_from_tmx(source: str, target: str) -> None:
    """Also white space at the ends and carriage returns, which parsers like to change."""
    [pair] = read_pairs(io.BytesIO(written(one_pair(source, target))), "nl", "en")
    assert (pair.source, pair.target, pair.id) == (source, target, "p1s1")


def test_memory_does_not_grow_with_the_file() -> None:
    class Counting(io.RawIOBase):
        """Remembers the largest single write."""

        size = largest = 0

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.size += len(data)
            self.largest = max(self.largest, len(data))
            return len(data)

    stream = Counting()
    tmx.write(long_bitext(2000), stream)  # type: ignore[arg-type]
    assert stream.size > 1_000_000
    assert stream.largest < 100_000


def test_inline_marks_are_codes_that_pair_and_match() -> None:
    root = tree(sample_bitext())
    check_against_dtd(root)
    source, _ = root.findall("body/tu")[1].iter("seg")
    [opening], [closing] = source.findall("bpt"), source.findall("ept")
    assert opening.text == '<link href="https://pont.example/">' and closing.text == "</link>"
    assert (opening.get("i"), opening.get("x"), opening.get("type")) == ("1", "1", "link")
    assert closing.get("i") == "1" and opening.tail == "veerpont"
    plain = io.BytesIO()
    tmx.FORMAT.writer("level-1")(sample_bitext(), plain)
    assert not etree.fromstring(plain.getvalue(), XML).findall(".//bpt")
    flat = [
        list(read_pairs(io.BytesIO(data), "nl", "en"))
        for data in (written(sample_bitext()), plain.getvalue())
    ]
    assert flat[0] == flat[1]


def test_a_memory_of_another_tool_keeps_its_codes_and_notes() -> None:
    body = (
        "<tu tuid='9'><note>By Jan</note><prop type='x'>y</prop>"
        "<tuv xml:lang='nl'><note>nl</note><seg>Een <bpt i='1' type='bold'>{\\b </bpt>vet<ept i='1'>}</ept>"
        "<ph type='lb'>&lt;br/></ph> <hi type='term'>woord</hi><it pos='begin'>&lt;i></it></seg></tuv></tu>"
    )
    text = f'<tmx version="1.4"><header srclang="nl-BE"/><body>{body}</body></tmx>'
    units = tmx.read_units(io.BytesIO(text.encode()), "x.tmx")
    [unit] = units.units
    assert (unit.id, unit.target, unit.notes) == ("9", (), ("By Jan", "nl"))
    assert unit.source_text == "Een vet woord"
    marks = [(m.kind, m.span.of(unit.source_text)) for m in unit.source[0].marks]
    assert marks == [("bold", "vet"), ("br", ""), ("hi", "woord"), ("native", "")]
    assert unit.source[0].marks[0].attributes == {"open": "{\\b ", "close": "}"}
    assert units.lost == {"properties of another tool": 1}


# A program not ours

TOOLKIT = "TWEETALIG_TRANSLATE_TOOLKIT"
READ_WITH_TOOLKIT = """
import json, sys
from translate.storage.tmx import tmxfile
units = tmxfile.parsefile(sys.argv[1]).units
rows = [[u.xmlelement.get("tuid"), str(u.source or ""), str(u.target or ""), u.getnotes()] for u in units]
json.dump(rows, sys.stdout)
"""


@pytest.mark.skipif(TOOLKIT not in os.environ, reason=f"{TOOLKIT} names no Python with translate-toolkit")
def test_translate_toolkit_opens_it_and_sees_the_same(tmp_path: Path) -> None:
    bitext = sample_bitext()
    path = tmp_path / "sample.tmx"
    path.write_bytes(written(bitext))
    # -I keeps our own package "translate" away from the toolkit's.
    done = subprocess.run(
        [os.environ[TOOLKIT], "-I", "-c", READ_WITH_TOOLKIT, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row[0] for row in rows] == [bead.id for bead in bitext.beads]
    both = [place for place, bead in enumerate(bitext.beads) if bead.source and bead.target]
    assert len(both) == 13
    for place in both:
        bead = bitext.beads[place]
        # The toolkit shows what a code stands for as text.
        texts = [re.sub("</?link[^>]*>", "", text) for text in rows[place][1:3]]
        assert texts == [bitext.source_text(bead), bitext.target_text(bead)]
    assert "Numbers differ: the source has 48.500" in rows[2][3]


# What others wrote


def test_pairs_of_the_sample_have_ids_and_lines() -> None:
    bitext = sample_bitext()
    found = list(read_pairs(io.BytesIO(written(bitext)), "nl", "en"))
    both = [bead for bead in bitext.beads if bead.source and bead.target]
    assert [(p.id, p.source, p.target) for p in found] == [
        (bead.id, bitext.source_text(bead), bitext.target_text(bead)) for bead in both
    ]
    lines = written(bitext).decode().splitlines()
    assert all(f'tuid="{pair.id}"' in lines[pair.line - 1] for pair in found)


@pytest.mark.parametrize("source", ["nl", "NL", "nl-NL", "nl_BE"])
@pytest.mark.parametrize("target", ["en", "EN-us", "en-GB-oxendict"])
def test_languages_match_in_any_spelling(source: str, target: str) -> None:
    body = f'<tu><tuv xml:lang="{source}"><seg>Dag</seg></tuv><tuv lang="{target}"><seg>Bye</seg></tuv></tu>'
    [pair] = pairs(body)
    assert (pair.source, pair.target) == ("Dag", "Bye")
    assert (pair.source_language, pair.target_language) == (source, target)


def test_a_longer_tag_is_not_the_same_language() -> None:
    body = '<tu><tuv xml:lang="nld"><seg>a</seg></tuv><tuv xml:lang="en"><seg>b</seg></tuv></tu>'
    with pytest.raises(FormatError, match=r"no unit in both nl and en \(languages: en, nld\)"):
        pairs(body)


def test_other_languages_order_and_several_variants() -> None:
    body = (
        '<tu tuid="1"><tuv xml:lang="en-GB"><seg>lorry</seg></tuv><tuv xml:lang="de"><seg>Laster</seg></tuv>'
        '<tuv xml:lang="nl"><seg>vrachtwagen</seg></tuv><tuv xml:lang="en-US"><seg>truck</seg></tuv></tu>'
        '<tu><tuv xml:lang="de"><seg>nur</seg></tuv><tuv xml:lang="en"><seg>only</seg></tuv></tu>'
    )
    assert [(p.source, p.target) for p in pairs(body)] == [("vrachtwagen", "lorry"), ("vrachtwagen", "truck")]
    assert [p.target for p in pairs(body, "nl", "en-GB")] == ["lorry"]
    assert [(p.source, p.target) for p in pairs(body, "en-US", "nl")] == [("truck", "vrachtwagen")]


@pytest.mark.parametrize(
    ("inline", "flat"),
    [
        ('Een <bpt i="1" type="bold">&lt;b></bpt>vet<ept i="1">&lt;/b></ept> woord', "Een vet woord"),
        ('Een <hi type="x">licht <hi>in</hi> licht</hi> woord', "Een licht in licht woord"),
        ('Zie<ph type="fnote">\\footnote{<sub>Een noot.</sub>}</ph> hier', "Zie hier"),
        ('Een <it pos="begin">&lt;i></it>deel', "Een deel"),
        ('regel een<ph type="lb">&lt;br/></ph>regel twee', "regel een regel twee"),
        ("oud <ut>{\\cs6</ut>spul", "oud spul"),
        ("<bpt i='1'>a<sub>b<hi>c</hi>d</sub>e</bpt>f<hi>g</hi>h", "fgh"),
        ("<![CDATA[<b>]]> &amp; &lt;&#233;", "<b> & <é"),
        ("  twee  spaties ", "  twee  spaties "),
    ],
)
def test_inline_markup_is_flattened(inline: str, flat: str) -> None:
    [pair] = pairs(unit(inline, "x"))
    assert pair.source == flat


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "windows-1252", "iso-8859-15"])
def test_encodings_are_followed(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    head = f'<?xml version="1.0" encoding="{declared}"?>'
    text = f'{head}<tmx version="1.4"><body>{unit("één €", "one")}</body></tmx>'
    [pair] = read_pairs(io.BytesIO(text.encode(encoding)), "nl", "en")
    assert pair.source == "één €"


def test_a_doctype_is_read_past(tmp_path: Path) -> None:
    head = '<!DOCTYPE tmx SYSTEM "tmx14.dtd">'
    assert len(pairs(unit("a", "b"), head=head)) == 1


BOMB = '<!DOCTYPE tmx [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE tmx [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
PARAMETER = '<!DOCTYPE tmx [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>'


@pytest.mark.parametrize("head", [BOMB, OUTSIDE, PARAMETER])
def test_entities_are_refused(head: str) -> None:
    with pytest.raises(FormatError, match="declares an entity"):
        pairs(unit("&b;", "x"), head=head)


def test_an_entity_from_a_dtd_that_is_not_read_is_not_dropped_in_silence() -> None:
    with pytest.raises(FormatError, match="&nbsp;"):
        pairs(unit("a&nbsp;b", "x"), head='<!DOCTYPE tmx SYSTEM "tmx14.dtd">')


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "not well-formed"),
        ("<tmx>\n<body>\n<tu><tuv lang='nl'><seg>", 3, "not well-formed"),
        ("<html>\n</html>", 1, "root element is html"),
        ("<tmx><body>\n<tu>\n<tuv><seg/></tuv></tu></body></tmx>", 3, "no xml:lang"),
        ("<tmx><body>\n<tu><seg/></tu></body></tmx>", 2, "not in a tuv"),
        ("<tmx>\n<body>\n&#0;</body></tmx>", 3, "not well-formed"),
        ("a\tb\n", 1, "not well-formed"),
    ],
)
def test_broken_files_are_named_with_the_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "memory.tmx"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError) as error:
        list(read_pairs(path, "nl", "en"))
    assert f"{path}, line {line}:" in str(error.value)
    assert words in str(error.value)


def test_a_missing_file_and_a_folder_are_input_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "no.tmx", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            list(read_pairs(path, "nl", "en"))


def test_a_memory_without_units_has_no_pairs() -> None:
    assert pairs("") == []


def test_reading_is_lazy() -> None:
    class Endless(io.RawIOBase):
        """A TMX file without end."""

        reads = 0

        def read(self, size: int = -1) -> bytes:
            self.reads += 1
            return b"<tmx><body>" if self.reads == 1 else unit("a", "b").encode() * 100

    found = read_pairs(Endless(), "nl", "en")  # type: ignore[arg-type]
    assert [next(found).source for _ in range(1000)] == ["a"] * 1000


def test_a_segment_without_end_is_refused() -> None:
    class Endless(io.RawIOBase):
        """One segment without end."""

        reads = 0

        def read(self, size: int = -1) -> bytes:
            self.reads += 1
            start = b'<tmx><body><tu><tuv xml:lang="nl"><seg>'
            return start if self.reads == 1 else b"a" * 1_000_000

    with pytest.raises(FormatError, match="more than"):
        list(read_pairs(Endless(), "nl", "en"))  # type: ignore[arg-type]
