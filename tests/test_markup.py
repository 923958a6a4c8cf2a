"""Marks of a source on its translation, and ranges that nest when written."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.bitext import Bead, Bitext, FlagKind, Link, target_document
from corpus.document import Block, BlockKind, Document, Mark, MarkKind, Span
from corpus.markup import mark_target
from corpus.nesting import Event, EventKind, events
from corpus.projection import project
from corpus.segmentation import segment
from corpus.words import words


def links(pairs: str) -> list[Link]:
    return [Link(*map(int, pair.split("-"))) for pair in pairs.split()]


def mark(kind: str, text: str, part: str, number: int = 1) -> Mark:
    at = text.index(part)
    return Mark(kind, Span(at, at + len(part)), {"id": str(number)})


def placed(source: str, target: str, pairs: str, part: str, kind: str = MarkKind.BOLD) -> list[str]:
    """What of ``target`` the mark on ``part`` comes to cover."""
    found = project(source, target, links(pairs), [mark(kind, source, part)])
    assert not found.unplaced
    return [one.span.of(target) for one in found.marks]


DUTCH = "De oude brug blijft volgens de wethouder nog tien jaar staan."
ENGLISH = "According to the alderman, the old bridge will stay for ten more years."
# De-the oude-old brug-bridge blijft-stay volgens-According+to de-the wethouder-alderman nog-more ...
PAIRS = "0-5 1-6 2-7 3-9 4-0 4-1 5-2 6-3 7-12 8-11 9-13 11-14"


def test_the_links_are_as_meant() -> None:
    left, right = ([w.of(t) for w in words(t)] for t in (DUTCH, ENGLISH))
    assert [(left[one.source], right[one.target]) for one in links(PAIRS)][:3] == [
        ("De", "the"), ("oude", "old"), ("brug", "bridge"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("oude brug", ["old bridge"]),
        ("De oude brug", ["the old bridge"]),
        ("wethouder", ["alderman"]),
        ("volgens de wethouder", ["According to the alderman"]),
        ("tien jaar", ["ten more years"]),  # one word of another phrase does not part it
        ("tien jaar staan.", ["ten more years."]),
        (DUTCH, [ENGLISH]),
    ],
)
def test_a_range_follows_its_words(part: str, expected: list[str]) -> None:
    assert placed(DUTCH, ENGLISH, PAIRS, part) == expected


def test_a_phrase_that_is_parted_is_marked_in_both_places_but_a_link_only_once() -> None:
    source, target = "Zij heeft gisteren gebeld.", "Called him yesterday, and so, she has."
    pairs = "0-7 1-8 2-2 3-0"
    assert placed(source, target, pairs, "heeft gisteren gebeld") == ["Called him yesterday", "has"]
    assert placed(source, target, pairs, "heeft gisteren gebeld", MarkKind.LINK) == ["Called him yesterday"]


def test_equal_text_is_found_without_links() -> None:
    assert placed("Volgens NOS Nieuws is het druk.", "It is busy, NOS Nieuws says.", "", "NOS Nieuws") == [
        "NOS Nieuws"
    ]
    assert placed("Drink H2O uit de kraan.", "Drink H2O from the tap.", "", "2") == ["2"]


def test_a_short_word_that_is_the_same_by_chance_does_not_mislead() -> None:
    source, target = "Hij is in Delft.", "In Delft he is in luck."
    assert placed(source, target, "0-2 1-3 2-0 3-1", "in") == ["In"]


def test_quotation_marks_come_along_only_where_the_source_has_them() -> None:
    source, target = "Hij las „De Brug” uit.", "He finished “The Bridge” quickly."
    pairs = "0-0 1-1 3-3 4-4 6-1"
    assert placed(source, target, pairs, "De Brug") == ["The Bridge"]
    assert placed(source, target, pairs, "„De Brug”") == ["“The Bridge”"]


def test_a_word_without_a_link_takes_what_is_left_between_its_neighbours() -> None:
    source, target = "Een prachtige dag begint.", "A beautiful day begins."
    assert placed(source, target, "0-0 2-2 3-3 4-4", "prachtige") == ["beautiful"]


def test_what_finds_no_place_is_reported_and_kept_at_the_end() -> None:
    source, target = "Ga gerust zitten.", "Sit down."
    found = project(source, target, links("0-1 2-0 3-2"), [mark(MarkKind.BOLD, source, "gerust")])
    assert [one.kind for one in found.unplaced] == [MarkKind.BOLD]
    assert [one.span for one in found.marks] == [Span(9, 9)]
    link = project(source, target, links("0-1 2-0 3-2"), [mark(MarkKind.LINK, source, "gerust")])
    assert link.marks[0].span.of(target) == "down"
    assert link.unplaced


@pytest.mark.parametrize(
    ("behind", "expected"),
    [("brug", "bridge"), ("wethouder", "alderman"), ("staan.", "years."), ("", ""), ("tien ", "for ")],
)
def test_a_point_stays_with_its_word(behind: str, expected: str) -> None:
    at = DUTCH.index(behind) + len(behind) if behind else 0
    (found,) = project(DUTCH, ENGLISH, links(PAIRS), [Mark(MarkKind.NOTE, Span(at, at))]).marks
    end = ENGLISH.index(expected) + len(expected) if expected else 0
    if behind.endswith(" "):  # it stands before "jaar", so before "years"
        end = ENGLISH.index("years")
    assert found.span == Span(end, end)


def test_a_point_behind_punctuation_stays_behind_it() -> None:
    source, target = "Nee, zei hij.", "No, he said."
    (found,) = project(source, target, links("0-0 2-3 3-2 4-4"), [Mark(MarkKind.NOTE, Span(4, 4))]).marks
    assert found.span.start == 3


def test_breaks_part_as_few_links_as_can_be_and_keep_their_order() -> None:
    source = "De brug over het kanaal\nblijft nog zeker tien jaar\nopen voor fietsers."
    target = "The bridge over the canal will certainly stay open for cyclists for ten more years."
    pairs = "0-0 1-1 2-2 3-3 4-4 5-7 6-13 7-6 8-12 9-14 10-8 11-9 12-10 13-15"
    breaks = [Mark(MarkKind.BREAK, Span(at, at + 1)) for at, c in enumerate(source) if c == "\n"]
    found = project(source, target, links(pairs), breaks).marks
    assert found[0].span.of(target) == found[1].span.of(target) == " "
    assert target[: found[0].span.start] == "The bridge over the canal"
    assert found[0].span < found[1].span


def test_every_cue_keeps_a_word_if_there_are_enough() -> None:
    source, target = "Ik zou\nheel erg\ngraag willen", "I would love to"
    cues = [Mark(MarkKind.CUE, Span(at, at + 1)) for at, c in enumerate(source) if c == "\n"]
    spans = [one.span for one in project(source, target, links("0-0 1-1 4-2 5-2"), cues).marks]
    assert 0 < spans[0].start < spans[1].start < len(target)


def test_breaks_beyond_counting_are_still_in_order() -> None:
    source = "woord\n" * 5000
    target = "word " * 5000
    breaks = [Mark(MarkKind.BREAK, Span(at, at + 1)) for at, c in enumerate(source) if c == "\n"]
    spans = [one.span for one in project(source.strip(), target.strip(), [], breaks[:-1]).marks]
    assert spans == sorted(spans)
    assert spans[0].start == 4


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_projection_never_fails_nor_loses_a_mark(data: st.DataObject) -> None:
    texts = st.text("ab .,\n", max_size=30)
    source, target = data.draw(texts), data.draw(texts)
    pairs = data.draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0, 1)), max_size=9))
    spans = data.draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5))
    kinds = data.draw(st.lists(st.sampled_from(sorted(MarkKind)), min_size=len(spans), max_size=len(spans)))
    marks = [
        Mark(kind, Span(min(*span, len(source)), min(max(span), len(source))), {"id": str(number)})
        for number, (kind, span) in enumerate(zip(kinds, spans, strict=True))
    ]
    found = project(source, target, [Link(*pair) for pair in pairs], marks)
    assert {one.attributes["id"] for one in found.marks} == {one.attributes["id"] for one in marks}
    assert all(one.span.end <= len(target) for one in found.marks)


# A whole document


def document(text: str, marks: tuple[Mark, ...]) -> Document:
    block = Block(1, BlockKind.PARAGRAPH, Span(0, len(text)), 0, marks)
    return segment(Document(text, "nl", (block,)))


def same(source: Document) -> Bitext:
    """A bitext whose translation is its source, with every word linked to itself."""
    target = target_document(source, [one.text for one in source.segments], "en")
    beads = tuple(
        Bead(one.id, (one.id,), (one.id,), links=tuple(Link(n, n) for n in range(len(words(one.text)))))
        for one in source.segments
    )
    return Bitext(source, target, beads)


def test_marks_over_several_sentences_are_joined_again() -> None:
    text = "Eerste zin. Tweede zin.\nDerde zin."
    marks = (
        Mark(MarkKind.BOLD, Span(7, 30), {"id": "1"}),
        Mark(MarkKind.BREAK, Span(23, 24), {"id": "2"}),
        Mark(MarkKind.NOTE, Span(11, 11), {"id": "3"}),
    )
    bitext = mark_target(same(document(text, marks)))
    assert bitext.target.text == text
    assert bitext.target.blocks[0].marks == (
        Mark(MarkKind.BOLD, Span(7, 29), {"id": "1"}),  # "Derde" whole: a word is not parted
        Mark(MarkKind.BREAK, Span(23, 24), {"id": "2"}),
        Mark(MarkKind.NOTE, Span(11, 11), {"id": "3"}),
    )


def test_an_unplaced_mark_flags_its_bead() -> None:
    source = document("Ga gerust zitten.", (Mark(MarkKind.LINK, Span(3, 9), {"id": "1", "href": "x.nl"}),))
    target = target_document(source, ["Sit down."], "en")
    bitext = mark_target(Bitext(source, target, (Bead("p1s1", ("p1s1",), ("p1s1",)),)))
    (flag,) = bitext.beads[0].flags
    assert flag.kind is FlagKind.MARKUP
    assert "link (x.nl)" in flag.message


def test_code_keeps_its_characters() -> None:
    source = document("Typ git ophalen in.", (Mark(MarkKind.CODE, Span(4, 15), {"id": "1"}),))
    target = target_document(source, ["Now type in git fetch there."], "en")
    pairs = links("0-1 1-3 2-4 3-2 4-6")
    bitext = mark_target(Bitext(source, target, (Bead("p1s1", ("p1s1",), ("p1s1",), links=tuple(pairs)),)))
    assert bitext.target.text == "Now type in git ophalen there."
    assert [m.span.of(bitext.target.text) for m in bitext.target.blocks[0].marks] == ["git ophalen"]
    assert {(one.source, one.target) for one in bitext.beads[0].links} == {
        (0, 1),
        (1, 3),
        (2, 4),
        (3, 2),
        (4, 6),
    }


# Events


def drawn(found: list[Event]) -> str:
    parts = []
    for event in found:
        name = event.mark.attributes["id"] if event.mark else ""
        parts.append(
            {"text": event.text, "open": f"<{name}>", "close": f"</{name}>", "point": f"<{name}/>"}[
                event.kind
            ]
        )
    return "".join(parts)


def block(text: str, *marks: tuple[str, int, int]) -> Block:
    made = tuple(Mark(k, Span(a, b), {"id": str(n)}) for n, (k, a, b) in enumerate(marks, 1))
    return Block(1, BlockKind.PARAGRAPH, Span(0, len(text)), 0, made)


def test_ranges_nest_in_the_order_of_the_source() -> None:
    assert drawn(events("abcdef", block("abcdef", ("bold", 0, 6), ("link", 0, 3)))) == "<1><2>abc</2>def</1>"
    assert drawn(events("abcdef", block("abcdef", ("bold", 1, 3), ("link", 3, 6)))) == "a<1>bc</1><2>def</2>"


def test_ranges_that_overlap_are_cut_but_links_are_not() -> None:
    found = events("abcdef", block("abcdef", ("bold", 0, 4), ("link", 2, 6)))
    assert drawn(found) == "<1>ab</1><2><1>cd</1>ef</2>"
    assert [event.part for event in found if event.kind is EventKind.OPEN] == [0, 0, 1]


@pytest.mark.parametrize(
    ("parents", "expected"),
    [({}, "<1>abc</1><2/>def"), ({"2": "1"}, "<1>abc<2/></1>def")],
)
def test_a_point_at_an_edge_stays_on_its_side(parents: dict[str, str], expected: str) -> None:
    assert drawn(events("abcdef", block("abcdef", ("bold", 0, 3), ("note", 3, 3)), parents)) == expected


def test_a_point_in_front_of_a_range_stays_in_front() -> None:
    assert drawn(events("abc", block("abc", ("anchor", 0, 0), ("bold", 0, 3)))) == "<1/><2>abc</2>"
    assert (
        drawn(events("abc", block("abc", ("bold", 0, 3), ("anchor", 0, 0)), {"2": "1"})) == "<1><2/>abc</1>"
    )


def test_the_white_space_under_a_break_is_the_break() -> None:
    assert drawn(events("ab cd", block("ab cd", ("break", 2, 3)))) == "ab<1/>cd"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["bold", "link", "note"]), st.integers(0, 8), st.integers(0, 8)), max_size=6
    )
)
def test_events_always_nest_and_keep_the_text(drafts: list[tuple[str, int, int]]) -> None:
    text = "abcdefgh"
    marks = [(k, min(a, b), min(a, b) if k == "note" else max(a, b)) for k, a, b in drafts]
    found = events(text, block(text, *marks))
    assert "".join(event.text for event in found) == text
    stack = []
    for event in found:
        if event.kind is EventKind.OPEN:
            stack.append(event.mark)
        elif event.kind is EventKind.CLOSE:
            assert stack.pop() is event.mark
    assert not stack
    named = {event.mark.attributes["id"] for event in found if event.mark}
    assert named == {str(number) for number in range(1, len(marks) + 1)}
