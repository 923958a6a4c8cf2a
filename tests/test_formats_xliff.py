"""XLIFF: what is written obeys the schemas, and what others wrote is read."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from bitexts import bitexts
from hypothesis import HealthCheck, given, settings
from lxml import etree
from samples import sample_bitext

from corpus.bitext import Bitext
from corpus.document import Block, BlockKind, Document, Mark, Segment, Span
from corpus.errors import FormatError
from corpus.formats import format_for, xliff12, xliff21
from corpus.units import Unit, Units

# The OASIS schemas, as Debian's php-symfony-translation has them; they are not ours to copy.
SCHEMAS = Path(
    os.environ.get(
        "TWEETALIG_XLIFF_SCHEMAS", "/usr/share/php/Symfony/Component/Translation/Resources/schemas"
    )
)
FILES = {xliff12: "xliff-core-1.2-strict.xsd", xliff21: "xliff-core-2.0.xsd"}
VERSIONS = pytest.mark.parametrize("module", [xliff12, xliff21], ids=["1.2", "2.1"])
N12, N21 = f"{{{xliff12.NAMESPACE}}}", f"{{{xliff21.NAMESPACE}}}"
MDA, MTC = f"{{{xliff21.METADATA}}}", f"{{{xliff21.MATCHES}}}"


def written(module: ModuleType, bitext: Bitext) -> bytes:
    stream = io.BytesIO()
    module.write(bitext, stream)
    return stream.getvalue()


def read(module: ModuleType, text: str) -> tuple[Units, list[Unit]]:
    units = module.read_units(io.BytesIO(text.encode()), "x.xlf")
    return units, list(units.units)


def marked() -> Bitext:
    """One pair with nested, crossing and single marks."""
    texts = ("Een vet en schuin woord, zie noot.", "A bold and slanted word, see note.")
    marks = (
        (Mark("bold", Span(4, 14)), Mark("italic", Span(8, 21)), Mark("note", Span(33, 33), {"id": "1"})),
        (
            Mark("bold", Span(2, 10)),
            Mark("italic", Span(7, 18)),
            Mark("link", Span(19, 23), {"href": "https://a.example/?b=1&c=<2>"}),
            Mark("note", Span(33, 33), {"id": "1"}),
        ),
    )
    documents = [
        Document(
            text,
            language,
            (Block(1, BlockKind.PARAGRAPH, Span(0, len(text)), marks=own),),
            (Segment("p1s1", 1, Span(0, len(text)), text),),
        )
        for text, language, own in zip(texts, ("nl", "en"), marks, strict=True)
    ]
    bead = replace(sample_bitext().beads[0], links=())
    return Bitext(documents[0], documents[1], (bead,))


# What is written


@pytest.fixture(scope="module")
def schemas() -> dict[ModuleType, etree.XMLSchema]:
    if not SCHEMAS.is_dir():
        pytest.skip(f"the XLIFF schemas are not in {SCHEMAS} (Debian: php-symfony-translation)")
    found = {}
    for module, name in FILES.items():
        text = (SCHEMAS / name).read_text("utf-8")
        for there in ("http://www.w3.org/2001/xml.xsd", "informativeCopiesOf3rdPartySchemas/w3c/xml.xsd"):
            text = text.replace(there, "xml.xsd")
        found[module] = etree.XMLSchema(etree.fromstring(text.encode(), base_url=str(SCHEMAS / name)))
    return found


@VERSIONS
@pytest.mark.parametrize("bitext", [sample_bitext(), marked()], ids=["sample", "marked"])
def test_the_schema_accepts_it(
    module: ModuleType, bitext: Bitext, schemas: dict[ModuleType, etree.XMLSchema]
) -> None:
    schemas[module].assertValid(etree.fromstring(written(module, bitext)))


@VERSIONS
@given(bitext=bitexts())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_schema_accepts_any(
    module: ModuleType, schemas: dict[ModuleType, etree.XMLSchema], bitext: Bitext
) -> None:
    schemas[module].assertValid(etree.fromstring(written(module, bitext)))


def test_1_2_has_states_notes_match_quality_and_provenance() -> None:
    root = etree.fromstring(written(xliff12, sample_bitext()))
    file = root.find(f"{N12}file")
    assert file is not None and root.get("version") == "1.2"
    assert (file.get("source-language"), file.get("target-language")) == ("nl", "en")
    assert (file.get("original"), file.get("date")) == ("veerpont.nl.txt", "2026-03-09T08:07:06Z")
    notes = {
        n.get("from"): n.text for n in file.iterfind(f"{N12}header/{N12}phase-group/{N12}phase/{N12}note")
    }
    assert notes["model"] == "builtin" and notes["setting-beams"] == "4"
    tool = file.find(f"{N12}header/{N12}tool")
    assert tool is not None and tool.get("tool-version") == "0.1.0"
    units = root.findall(f".//{N12}trans-unit")
    assert [u.get("id") for u in units] == [bead.id for bead in sample_bitext().beads]
    numbers = units[2]
    target = numbers.find(f"{N12}target")
    assert target is not None
    assert (target.get("state"), target.get("state-qualifier")) == (
        "needs-review-translation",
        "leveraged-mt",
    )
    assert numbers.findtext(f"{N12}note") == "Numbers differ: the source has 48.500, the translation 45,800"
    match = numbers.find(f"{N12}alt-trans")
    assert match is not None and match.get("match-quality") == "80%"
    assert units[13].find(f"{N12}target").get("state") == "translated"  # type: ignore[union-attr]


def test_2_1_has_notes_matches_and_metadata() -> None:
    root = etree.fromstring(written(xliff21, sample_bitext()))
    assert (root.get("version"), root.get("srcLang"), root.get("trgLang")) == ("2.1", "nl", "en")
    file = root.find(f"{N21}file")
    assert file is not None
    metas = {m.get("type"): m.text for m in file.iterfind(f"{MDA}metadata/{MDA}metaGroup/{MDA}meta")}
    assert metas["model"] == "builtin" and metas["tool"] == "tweetalig 0.1.0"
    units = root.findall(f".//{N21}unit")
    assert [u.get("id") for u in units] == [bead.id for bead in sample_bitext().beads]
    numbers = units[2]
    # Modules before the core, notes before segments: the order of the schema.
    assert [etree.QName(e).localname for e in numbers] == ["metadata", "matches", "notes", "segment"]
    match = numbers.find(f"{MTC}matches/{MTC}match")
    assert match is not None
    # What the Translation Candidates module requires: ref, and source and target of the core.
    assert (match.get("ref"), match.get("type"), match.get("matchQuality")) == ("#s1", "mt", "80")
    assert [e.tag for e in match] == [f"{N21}source", f"{N21}target"]
    note = numbers.find(f"{N21}notes/{N21}note")
    assert note is not None and (note.get("appliesTo"), note.get("priority")) == ("target", "1")


def check_modules(root: etree._Element) -> None:
    """The rules of the two modules, whose schemas are not at hand (XLIFF 2.1, 5.1 and 5.4)."""
    for group in root.iter(f"{MDA}metaGroup"):
        assert len(group) and all(e.tag == f"{MDA}meta" and e.get("type") for e in group)
    for metadata in root.iter(f"{MDA}metadata"):
        assert len(metadata) and set(metadata.attrib) <= {"id"}
    for match in root.iter(f"{MTC}match"):
        assert set(match.attrib) <= {"id", "ref", "matchQuality", "origin", "type"} and match.get("ref")
        assert 0 <= float(match.get("matchQuality", "0")) <= 100
        assert match.get("type") in {"am", "mt", "icm", "idm", "tb", "tm", "other"}


@given(bitext=bitexts())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_modules_of_2_1_keep_to_their_rules(bitext: Bitext) -> None:
    check_modules(etree.fromstring(written(xliff21, bitext)))


def test_codes_of_2_1_are_nested_or_crossing_and_name_their_data() -> None:
    root = etree.fromstring(written(xliff21, marked()))
    source, target = root.find(f".//{N21}segment/{N21}source"), root.find(f".//{N21}segment/{N21}target")
    assert source is not None and target is not None
    shape = etree.tostring(source, encoding="unicode").split(">", 1)[1]
    assert shape.count("<sc ") == shape.count("<ec ") == 1 and shape.count("<pc ") == 1
    data = {d.get("id"): d.text for d in root.iter(f"{N21}data")}
    link = target.find(f".//{N21}pc[@type='link']")
    assert link is not None and data[link.get("dataRefStart")] == (
        '<link href="https://a.example/?b=1&amp;c=&lt;2&gt;">'
    )
    assert {e.get("id") for e in source.iter() if e.get("id")} < {e.get("id") for e in target.iter()}
    for side in (source, target):
        names = [e.get("id") for e in side.iter() if e.get("id")]
        assert len(names) == len(set(names))


@VERSIONS
def test_marks_come_back_to_the_character(module: ModuleType) -> None:
    bitext = marked()
    found = module.read(io.BytesIO(written(module, bitext)), "x.xlf")
    for side in ("source", "target"):
        assert getattr(found, side).blocks[0].marks == getattr(bitext, side).blocks[0].marks


# A program not ours

TOOLKIT = "TWEETALIG_TRANSLATE_TOOLKIT"
READ_WITH_TOOLKIT = """
import json, sys
from translate.storage import factory, xliff2
path = sys.argv[1]
opened = xliff2.Xliff2File.parsefile(path) if path.endswith(".xliff") else factory.getobject(path)
units = [u for u in opened.units if not u.isheader()]
json.dump([[str(u.source or ""), str(u.target or ""), u.getnotes()] for u in units], sys.stdout)
"""


@pytest.mark.skipif(TOOLKIT not in os.environ, reason=f"{TOOLKIT} names no Python with translate-toolkit")
@pytest.mark.parametrize("suffix", [".xlf", ".xliff", ".po"])
def test_translate_toolkit_opens_it_and_sees_the_same(suffix: str, tmp_path: Path) -> None:
    bitext = sample_bitext()
    path = tmp_path / f"sample{suffix}"
    with path.open("wb") as stream:
        format_for(path.name).write(bitext, stream)
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
    assert len(rows) == 14
    for bead, (source, target, notes) in zip(bitext.beads, rows, strict=True):
        # The toolkit shows what a code stands for as text.
        assert re.sub("</?link[^>]*>", "", source) == bitext.source_text(bead)
        assert target == bitext.target_text(bead)
        if suffix != ".xliff":  # of which the toolkit does not give the notes
            assert all(flag.message in notes for flag in bead.flags)


# What others wrote

HEAD12 = (
    '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="a.docx" '
    'source-language="nl-NL" target-language="en-GB" datatype="x-docx"><body>'
)
TAIL = "</body></file></xliff>"


def test_segments_of_1_2_become_units() -> None:
    body = (
        '<group id="g"><trans-unit id="7"><source>Dag. Tot morgen.</source>'
        '<seg-source><mrk mtype="seg" mid="1">Dag.</mrk> <mrk mtype="seg" mid="2">Tot morgen.</mrk>'
        "</seg-source>"
        '<target><mrk mtype="seg" mid="1">Bye.</mrk> <mrk mtype="seg" mid="2">See you.</mrk></target>'
        "<note>From the mayor</note></trans-unit></group>"
    )
    units, found = read(xliff12, HEAD12 + body + TAIL)
    assert (units.head.source_language, units.head.target_language) == ("nl-NL", "en-GB")
    assert [(u.id, u.source_text, u.target_text) for u in found] == [
        ("7:1", "Dag.", "Bye."),
        ("7:2", "Tot morgen.", "See you."),
    ]
    assert found[0].notes == ("From the mayor",) and found[0].place.block == found[1].place.block == 1


def test_text_outside_the_segments_of_1_2_is_not_lost() -> None:
    body = (
        '<trans-unit id="7"><source>A: Dag.</source><seg-source>A: <mrk mtype="seg" mid="1">Dag.</mrk>'
        '</seg-source><target>A: <mrk mtype="seg" mid="1">Bye.</mrk></target></trans-unit>'
    )
    _, [unit] = read(xliff12, HEAD12 + body + TAIL)
    assert (unit.source_text, unit.target_text) == ("A: Dag.", "A: Bye.")


def test_inline_elements_of_1_2_become_marks_and_losses_are_counted() -> None:
    body = (
        '<trans-unit id="1"><source>Een <g id="1" ctype="bold">vet</g> <bpt id="2" ctype="link">&lt;a></bpt>'
        'woord<ept id="2">&lt;/a></ept><x id="3" ctype="lb"/> <mrk mtype="term">term</mrk><ph id="4">{0}</ph>'
        "</source><alt-trans><target>An alternative</target></alt-trans></trans-unit>"
        '<bin-unit id="b" mime-type="i"/>'
    )
    units, [unit] = read(xliff12, HEAD12 + body + TAIL)
    assert unit.source_text == "Een vet woord term" and unit.target == ()
    kinds = [(m.kind, m.span.of(unit.source_text)) for m in unit.source[0].marks]
    assert kinds == [("bold", "vet"), ("a", "woord"), ("break", " "), ("native", "")]
    assert units.lost == {"alternative translations": 1, "annotations": 1, "binary units": 1}


def test_a_target_says_who_translated() -> None:
    body = (
        '<trans-unit id="1"><source>a</source><target state-qualifier="mt-suggestion">b</target></trans-unit>'
        '<trans-unit id="2"><source>a</source><target state-qualifier="exact-match">b</target></trans-unit>'
        '<trans-unit id="3"><source>a</source><target>b</target></trans-unit>'
    )
    _, found = read(xliff12, HEAD12 + body + TAIL)
    assert [unit.origin for unit in found] == ["mt", "memory", ""]


HEAD21 = (
    '<xliff version="2.0" srcLang="nl" trgLang="en" xmlns="urn:oasis:names:tc:xliff:document:2.0">'
    '<file id="f">'
)


def test_2_0_of_others_is_read_with_its_codes() -> None:
    body = (
        '<unit id="u1"><notes><note>Short</note></notes><originalData><data id="d1">&lt;b></data>'
        '<data id="d2">&lt;/b></data><data id="d3">{x<cp hex="001B"/>}</data></originalData>'
        '<segment id="a"><source>Een <pc id="1" dataRefStart="d1" dataRefEnd="d2">vet</pc> woord.</source>'
        '<target>A <pc id="1" dataRefStart="d1" dataRefEnd="d2">bold</pc> word.</target></segment>'
        "<ignorable><source> </source></ignorable>"
        '<segment><source><sc id="2" type="fmt" subType="xlf:i"/>Nog<ec startRef="2"/> een'
        '<ph id="3" dataRef="d3"/>'
        '<cp hex="0007"/></source></segment></unit>'
    )
    units, found = read(xliff21, HEAD21 + body + "</file></xliff>")
    assert [(u.id, u.source_text, u.target_text) for u in found] == [
        ("u1:a", "Een vet woord.", "A bold word."),
        ("u1:2", "Nog een\x07", ""),
    ]
    assert found[0].source[0].marks == (Mark("b", Span(4, 7)),) and found[0].notes == ("Short",)
    assert found[1].source[0].marks == (
        Mark("italic", Span(0, 3), {"open": '<sc id="2">', "close": "</sc>"}),
        Mark("native", Span(7, 7), {"open": "{x\x1b}"}),
    )
    assert not +units.lost


@VERSIONS
def test_every_version_is_read_under_either_name(module: ModuleType) -> None:
    """Tools do not agree on suffixes."""
    old = HEAD12 + '<trans-unit id="1"><source>Dag</source><target>Bye</target></trans-unit>' + TAIL
    new = '<unit id="1"><segment><source>Dag</source><target>Bye</target></segment></unit></file></xliff>'
    texts = [
        old,
        old.replace(' xmlns="urn:oasis:names:tc:xliff:document:1.2"', ""),
        old.replace("document:1.2", "document:1.1"),
        HEAD21 + new,
        HEAD21.replace("document:2.0", "document:2.2").replace('version="2.0"', 'version="2.2"') + new,
    ]
    for text in texts:
        _, [unit] = read(module, text)
        assert (unit.source_text, unit.target_text) == ("Dag", "Bye"), text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not well-formed"),
        ("<xliff", "not well-formed"),
        ("<html/>", "root element is html"),
        ('<xliff xmlns="urn:x"/>', "unknown version"),
        (HEAD21.replace("<file", "<file id='x'/><!--") + "-->", "not well-formed"),
        ('<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0"/>', "no file"),
        (HEAD21 + '<unit id="1"><segment/></unit></file></xliff>', "no source"),
        (HEAD12 + '<trans-unit id="1"/>' + TAIL, "no source"),
        ('<!DOCTYPE xliff [<!ENTITY a "b">]><xliff>&a;</xliff>', "declares entities"),
        ('<!DOCTYPE xliff [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><xliff/>', "declares entities"),
        (HEAD21 + "<unit>" * 300, "deeper|well-formed"),
    ],
)
def test_what_is_not_xliff_is_a_clear_error(text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read(xliff21, text)


@VERSIONS
def test_facts_that_somebody_broke_are_a_clear_error(module: ModuleType) -> None:
    text = written(module, sample_bitext()).decode().replace(">0.8<", ">much<", 1)
    with pytest.raises(FormatError, match=r"x\.xlf, line \d+: 'much' is not a number"):
        read(module, text)
