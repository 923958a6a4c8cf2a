"""Word documents (.docx, ECMA-376): their paragraphs, wherever they stand.

Read: the body with its tables, footnotes and endnotes, headers and footers, text boxes,
descriptions of pictures. Kept as it is: fields and what they show (a page number, a
date), deleted text of tracked changes, formulas, comments, charts and SmartArt. Word
cuts text into runs as it pleases; here runs that look the same are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lxml import etree

from corpus.archives import Archive, open_archive
from corpus.document import Block, BlockKind, MarkKind
from corpus.errors import FormatError
from corpus.layout import PARAGRAPH_BREAK, Content, Inline, Piece, has_words
from corpus.nesting import EventKind, Spacing, events
from corpus.office.paragraphs import Elements, Label, Lone, Paragraph, Range, copies
from corpus.office.parts import Part, pieces_of
from corpus.xml import legal_xml, parse_xml, serialise_xml

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT_W = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_R_IDS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"

# Parts with paragraphs, by the end of the type of the relationship that leads to them.
_TEXT_PARTS = ("footnotes", "endnotes", "header", "footer")
_LEFT_PARTS = {"comments": "comments", "chart": "charts", "diagramData": "SmartArt"}
_CONTAINERS = frozenset({"hyperlink", "ins", "moveTo", "smartTag", "sdt", "customXml", "dir", "bdo"})
_DROPPED = frozenset({"proofErr", "lastRenderedPageBreak"})  # Word makes them anew
_INVISIBLE_PROPERTIES = frozenset({"lang", "noProof", "rPrChange", "webHidden", "bCs", "iCs", "szCs"})
_LOOKS = (
    ("b", MarkKind.BOLD), ("i", MarkKind.ITALIC), ("u", MarkKind.UNDERLINE), ("strike", MarkKind.STRIKE),
)  # fmt: skip
_OFF = frozenset({"0", "false", "off", "none"})
_HEADING = re.compile(r"(?:heading|kop|titre|überschrift) ?(\d)", re.IGNORECASE)
_LANGUAGE = "en-GB"


@dataclass
class Docx:
    """A document taken apart."""

    archive: Archive
    parts: list[Part]
    metadata: Mapping[str, str]
    notes: tuple[str, ...]
    others: dict[str, etree._Element] = field(default_factory=dict)  # parts that name the language

    def pieces(self) -> list[Piece]:
        """The blocks: all paragraphs with words, part by part, then descriptions of pictures."""
        return pieces_of(self.parts)


def read_docx(data: bytes, name: str) -> Docx:
    """Take a document apart.

    Raises :class:`FormatError` for what is no Word document, or is damaged or unsafe.
    """
    archive = open_archive(data, name)
    main = _main_part(archive, name)
    related = _relationships(archive, main, name)
    styles = _Styles(archive, related, name)
    parts = [_part(archive, main, name, styles, related)]
    for kind in _TEXT_PARTS:
        for member in sorted({r.target for r in related.values() if r.kind == kind and not r.external}):
            if member in archive:
                parts.append(_part(archive, member, name, styles, _relationships(archive, member, name)))
    kinds = {r.kind for r in related.values()}
    left = [shown for kind, shown in _LEFT_PARTS.items() if kind in kinds]
    notes = (f"{', '.join(left)} stay as they are",) if left else ()
    return Docx(archive, parts, _metadata(archive, name), notes, styles.trees)


# The package


@dataclass(frozen=True, slots=True)
class _Relationship:
    kind: str
    target: str
    external: bool


def _relationships(archive: Archive, part: str, name: str) -> dict[str, _Relationship]:
    """What ``part`` ("" for the package) relates to, by id (OPC, 9.3)."""
    path = PurePosixPath(part)
    member = str(path.parent / "_rels" / f"{path.name}.rels") if part else "_rels/.rels"
    if member not in archive:
        return {}
    found = {}
    for one in parse_xml(archive.read(member), f"{name}, {member}").iter(_RELATIONSHIPS):
        external = one.get("TargetMode") == "External"
        target = one.get("Target", "")
        if not external:
            target = _resolved(target, path.parent if part else PurePosixPath("."))
        found[one.get("Id", "")] = _Relationship(one.get("Type", "").rsplit("/", 1)[-1], target, external)
    return found


def _resolved(target: str, folder: PurePosixPath) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    steps: list[str] = []
    for step in (folder / target).parts:
        if step == ".." and steps:
            steps.pop()
        elif step not in (".", ".."):
            steps.append(step)
    return "/".join(steps)


def _main_part(archive: Archive, name: str) -> str:
    for one in _relationships(archive, "", name).values():
        if one.kind == "officeDocument" and one.target in archive:
            return one.target
    remedy = "check that it is a .docx file; save .doc files as .docx first"
    raise FormatError("is not a Word document", where=name, remedy=remedy)


def _metadata(archive: Archive, name: str) -> dict[str, str]:
    member = "docProps/core.xml"
    if member not in archive:
        return {}
    root = parse_xml(archive.read(member), f"{name}, {member}")

    def said(tag: str) -> str:
        return " ".join((root.findtext(tag) or "").split())

    return {
        "title": said(f"{_DC}title"),
        "author": said(f"{_DC}creator"),
        "date": said(f"{_TERMS}created"),
        "language": said(f"{_DC}language"),
    }


# Styles


class _Styles:
    """Which paragraph styles are headings, lists, quotations and captions."""

    def __init__(self, archive: Archive, related: Mapping[str, _Relationship], name: str) -> None:
        self.trees: dict[str, etree._Element] = {}
        self._styles: dict[str, etree._Element] = {}
        for one in related.values():
            if one.kind in ("styles", "settings") and one.target in archive:
                root = parse_xml(archive.read(one.target), f"{name}, {one.target}")
                self.trees[one.target] = root
                space = _space(root)
                for style in root.iter(f"{space}style"):
                    self._styles[style.get(f"{space}styleId", "")] = style

    def kind(self, style: str | None) -> tuple[BlockKind | None, int]:
        """The kind and level that a style gives; None if it gives none."""
        for _ in range(20):  # styles build on each other
            found = self._styles.get(style or "")
            if found is None:
                return None, 0
            space = _space(found)
            shown = found.find(f"{space}name")
            named = (shown.get(f"{space}val", "") if shown is not None else "").lower()
            kind = _kind_by_name(named)
            if kind[0] is not None:
                return kind
            level = found.find(f"{space}pPr/{space}outlineLvl")
            if (
                level is not None
                and level.get(f"{space}val", "9").isdigit()
                and int(level.get(f"{space}val", "9")) < 9
            ):
                return BlockKind.HEADING, int(level.get(f"{space}val", "0")) + 1
            if found.find(f"{space}pPr/{space}numPr") is not None:
                return BlockKind.LIST_ITEM, 1
            based = found.find(f"{space}basedOn")
            style = based.get(f"{space}val") if based is not None else None
        return None, 0


def _kind_by_name(named: str) -> tuple[BlockKind | None, int]:
    heading = _HEADING.fullmatch(named)
    if heading:
        return BlockKind.HEADING, int(heading[1])
    if named == "title":
        return BlockKind.HEADING, 1
    if named in ("quote", "intense quote", "block text"):
        return BlockKind.QUOTATION, 1
    return (BlockKind.CAPTION, 0) if named == "caption" else (None, 0)


def _space(element: etree._Element) -> str:
    """The namespace of WordprocessingML that a tree uses, in braces: transitional or strict."""
    found = etree.QName(element).namespace
    return f"{{{found}}}" if found in (W, STRICT_W) else f"{{{W}}}"


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


# Parts and paragraphs


def _part(
    archive: Archive, member: str, name: str, styles: _Styles, related: Mapping[str, _Relationship]
) -> Part:
    root = parse_xml(archive.read(member), f"{name}, {member}")
    space = _space(root)
    reader = _ParagraphReader(space, styles, related)
    paragraphs = [
        made
        for element in _outside_fallbacks(root, f"{space}p")
        if (made := reader.read(element)) is not None
    ]
    labels = [
        Label(element, "descr", " ".join(element.get("descr", "").split()))
        for element in _outside_fallbacks(root, f"{_WP}docPr")
        if has_words(Inline(element.get("descr", "")))
    ]
    return Part(member, root, paragraphs, labels)


def _outside_fallbacks(root: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Every such element, but for what readers of older Word files get instead of it."""
    fallback = f"{_MC}Fallback"
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if element.tag == fallback:
            walk.skip_subtree()
        elif element.tag == tag:
            yield element


class _ParagraphReader:
    """Reads the paragraphs of one part."""

    def __init__(self, space: str, styles: _Styles, related: Mapping[str, _Relationship]) -> None:
        self._space, self._styles, self._related = space, styles, related
        self._cells: set[etree._Element] = set()
        self._rows: set[etree._Element] = set()
        self._tables: set[etree._Element] = set()
        self._in_list = False

    def read(self, element: etree._Element) -> Paragraph | None:
        """The paragraph, or None if it has no words."""
        made = _Runs(self._space, self._related, element).paragraph()
        if not has_words(made.content):
            return None
        made.kind, made.level, made.before = self._layout(element)
        self._in_list = made.kind is BlockKind.LIST_ITEM
        return made.without_edges()

    def _layout(self, element: etree._Element) -> tuple[BlockKind, int, str]:
        space = self._space
        style = element.find(f"{space}pPr/{space}pStyle")
        kind, level = self._styles.kind(style.get(f"{space}val") if style is not None else None)
        numbered = element.find(f"{space}pPr/{space}numPr")
        if kind is BlockKind.HEADING:
            return kind, level, PARAGRAPH_BREAK
        if numbered is not None or kind is BlockKind.LIST_ITEM:
            depth = numbered.find(f"{space}ilvl") if numbered is not None else None
            said = depth.get(f"{space}val", "0") if depth is not None else "0"
            level = int(said) + 1 if said.isdigit() and len(said) == 1 else 1
            gap = "\n" if self._in_list else PARAGRAPH_BREAK
            return BlockKind.LIST_ITEM, level, f"{gap}{'  ' * (level - 1)}- "
        cell = next(element.iterancestors(f"{space}tc"), None)
        box = next(element.iterancestors(f"{space}txbxContent"), None)
        if cell is not None and (box is None or box in set(cell.iterancestors())):
            return BlockKind.TABLE_CELL, 0, self._before_cell(cell)
        return kind or BlockKind.PARAGRAPH, level, PARAGRAPH_BREAK

    def _before_cell(self, cell: etree._Element) -> str:
        row, table = cell.getparent(), next(cell.iterancestors(f"{self._space}tbl"), None)
        if cell in self._cells or row is None or table is None:
            return "\n"
        self._cells.add(cell)
        if row in self._rows:
            return "\t"
        self._rows.add(row)
        begun = table in self._tables
        self._tables.add(table)
        return "\n" if begun else PARAGRAPH_BREAK


class _Runs:
    """Reads what stands in one paragraph."""

    def __init__(self, space: str, related: Mapping[str, _Relationship], element: etree._Element) -> None:
        self._space, self._related, self._element = space, related, element
        self._content = Content()
        self._ranges: dict[str, Range] = {}
        self._points: dict[str, Elements] = {}
        self._usual = [""]  # the look of most text, of the paragraph and of each container open
        self._look = ""  # the look of the range that is open
        self._open: str | None = None  # its id
        self._signatures: dict[etree._Element, str] = {}

    def paragraph(self) -> Paragraph:
        """The paragraph, with its layout still to be found."""
        self._part_fields()
        looks = self._looks(self._element)
        self._usual = [_most(looks)]
        self._look = self._usual[0]
        self._walk([child for child in self._element if _local(child) != "pPr"])
        self._end_look()
        return Paragraph(
            self._element, self._content.done(), look=self._properties(self._usual[0], self._element),
            ranges=self._ranges, points=self._points,
        )  # fmt: skip

    def _part_fields(self) -> None:
        """Give each mark of a field a run of its own, as most writers of such files do."""
        space = self._space
        runs = {mark.getparent() for mark in self._element.iter(f"{space}fldChar")}
        for run in runs:
            children = [child for child in run if _local(child) != "rPr"] if run is not None else []
            if run is None or len(children) < 2:
                continue
            properties = run.find(f"{space}rPr")
            for child in reversed(children[1:]):
                made = etree.Element(run.tag, nsmap=run.nsmap)
                if properties is not None:
                    made.append(deepcopy(properties))
                made.append(child)  # moves it
                run.addnext(made)

    # Looks: what a run's properties show

    def _signature(self, run: etree._Element) -> str:
        if run not in self._signatures:
            self._signatures[run] = self._made_signature(run)
        return self._signatures[run]

    def _made_signature(self, run: etree._Element) -> str:
        properties = run.find(f"{self._space}rPr")
        if properties is None:
            return ""
        shown = [
            etree.tostring(one, method="c14n").decode()
            for one in properties
            if isinstance(one.tag, str) and _local(one) not in _INVISIBLE_PROPERTIES
        ]
        return "".join(sorted(shown))

    def _own_runs(self, parent: etree._Element) -> Iterator[etree._Element]:
        """The runs directly in a paragraph or container."""
        for child in parent:
            if child.tag == f"{self._space}r":
                yield child
            elif _local(child) == "sdtContent":
                yield from self._own_runs(child)

    def _looks(self, parent: etree._Element) -> dict[str, int]:
        counts: dict[str, int] = {}
        for run in self._own_runs(parent):
            size = sum(len((text.text or "").strip()) for text in run.iterchildren(f"{self._space}t"))
            if size:
                look = self._signature(run)
                counts[look] = counts.get(look, 0) + size
        return counts

    def _properties(self, look: str, parent: etree._Element) -> etree._Element | None:
        """The properties of a run with this look."""
        for run in self._own_runs(parent):
            if self._signature(run) == look:
                found = run.find(f"{self._space}rPr")
                if found is not None:
                    return found
        return None

    # Content

    def _walk(self, children: Sequence[etree._Element]) -> None:
        at = 0
        while at < len(children):
            child = children[at]
            kind = _local(child)
            if kind == "r":
                field_end = self._field_end(children, at)
                if field_end is not None:
                    self._field(children[at : field_end + 1])
                    at = field_end
                else:
                    self._run(child)
            elif kind in _CONTAINERS and self._has_own_text(child):
                self._container(child, kind)
            elif kind not in _DROPPED and isinstance(child.tag, str):
                self._point(MarkKind.ANCHOR if kind == "bookmarkStart" else MarkKind.OBJECT, [child])
            at += 1

    def _has_own_text(self, element: etree._Element) -> bool:
        inner = (
            next(element.iterchildren(f"{self._space}sdtContent"), None)
            if _local(element) == "sdt"
            else element
        )
        return inner is not None and next(inner.iter(f"{self._space}t"), None) is not None

    def _container(self, element: etree._Element, kind: str) -> None:
        self._end_look()
        inner = next(element.iterchildren(f"{self._space}sdtContent"), element) if kind == "sdt" else element
        attributes = {"name": kind}
        if kind == "hyperlink":
            attributes = {"href": self._address(element)}
        usual = _most(self._looks(inner)) if self._looks(inner) else self._usual[-1]
        mark = self._content.open(MarkKind.LINK if kind == "hyperlink" else MarkKind.STYLE, attributes)
        self._ranges[mark] = Range(shell=element, look=self._properties(usual, inner))
        self._inside(mark, usual, list(inner))

    def _inside(self, mark: str, usual: str, children: Sequence[etree._Element]) -> None:
        """Walk the content of the range ``mark``, most of which looks like ``usual``."""
        self._usual.append(usual)
        self._look = usual
        self._walk(children)
        self._end_look()
        self._usual.pop()
        self._look = self._usual[-1]
        self._content.close(mark)

    def _address(self, element: etree._Element) -> str:
        related = next((element.get(name) for name in _R_IDS if element.get(name)), None)
        anchor = element.get(f"{self._space}anchor", "")
        target = self._related[related].target if related and related in self._related else ""
        return f"{target}#{anchor}" if anchor else target

    def _field_end(self, children: Sequence[etree._Element], at: int) -> int | None:
        """The last run of the field that begins in the run at ``at`` (17.16.18)."""
        depth = 0
        for place in range(at, len(children)):
            for mark in children[place].iter(f"{self._space}fldChar"):
                kind = mark.get(f"{self._space}fldCharType")
                depth += {"begin": 1, "end": -1}.get(kind or "", 0)
            if depth <= 0:
                return place if place > at or children[at].find(f"{self._space}fldChar") is not None else None
        return None

    def _field(self, runs: Sequence[etree._Element]) -> None:
        """A field: a link's text is text, whatever another field shows is not."""
        code = "".join(one.text or "" for run in runs for one in run.iter(f"{self._space}instrText"))
        first = [mark.get(f"{self._space}fldCharType") for mark in runs[0].iter(f"{self._space}fldChar")]
        if first != ["begin"] and "begin" not in first:
            self._run(runs[0])
            return
        parting = next(
            (n for n, run in enumerate(runs) if _field_marks(run, self._space) == ["separate"]), None
        )
        address = re.match(r'\s*HYPERLINK\s+(?:\\l\s+)?"?([^"\s]*)', code)
        last = _field_marks(runs[-1], self._space)
        if address is None or parting is None or first != ["begin"] or last != ["end"]:
            self._point(MarkKind.OBJECT, list(runs), {"name": code.strip().split(" ")[0]})
            return
        self._end_look()
        mark = self._content.open(MarkKind.LINK, {"href": address[1]})
        inner = list(runs[parting + 1 : -1])
        counts: dict[str, int] = {}
        for run in inner:
            counts[self._signature(run)] = counts.get(self._signature(run), 0) + 1
        usual = _most(counts) if counts else self._usual[-1]
        look = next((r.find(f"{self._space}rPr") for r in inner if self._signature(r) == usual), None)
        self._ranges[mark] = Range(look=look, opening=tuple(runs[: parting + 1]), closing=(runs[-1],))
        self._inside(mark, usual, inner)

    def _run(self, run: etree._Element) -> None:
        look = self._signature(run)
        for child in run:
            kind = _local(child)
            if kind == "t":
                self._text(run, look, child.text or "")
            elif kind in ("noBreakHyphen", "softHyphen"):
                self._text(run, look, "\u2011" if kind == "noBreakHyphen" else "\u00ad")
            elif kind in ("br", "cr", "tab", "ptab"):
                tab = kind.endswith("tab")
                self._break([self._alone(run, child)], tab)
            elif kind in ("footnoteReference", "endnoteReference"):
                self._point(
                    MarkKind.NOTE, [self._alone(run, child)], {"name": child.get(f"{self._space}id", "")}
                )
            elif kind not in ("rPr", *_DROPPED) and isinstance(child.tag, str):
                image = kind in ("drawing", "pict") and next(child.iter(f"{self._space}p"), None) is None
                self._point(MarkKind.IMAGE if image else MarkKind.OBJECT, [self._alone(run, child)])

    def _alone(self, run: etree._Element, child: etree._Element) -> etree._Element | Lone:
        """A run with only this child: the run itself if it has no other."""
        if sum(1 for one in run if _local(one) != "rPr") == 1:
            return run
        return Lone(run, child, run.find(f"{self._space}rPr"))

    def _text(self, run: etree._Element, look: str, text: str) -> None:
        if not text:
            return
        if look != self._look and (text.strip() or self._open is None):
            self._end_look()
            if look != self._usual[-1] and text.strip():
                properties = run.find(f"{self._space}rPr")
                kind = _look_kind(properties, self._space)
                self._open = self._content.open(kind, {"name": "run"} if kind == MarkKind.STYLE else None)
                self._ranges[self._open] = Range(look=properties)
                self._look = look
        self._content.text(text)

    def _end_look(self) -> None:
        if self._open is not None:
            self._content.close(self._open)
        self._open, self._look = None, self._usual[-1]

    def _break(self, elements: Elements, tab: bool) -> None:
        mark = self._content.point(MarkKind.BREAK, {"name": "tab"} if tab else None, "\t" if tab else "\n")
        self._points[mark] = elements

    def _point(self, kind: str, elements: Elements, attributes: Mapping[str, str] | None = None) -> None:
        if kind != MarkKind.NOTE:
            self._end_look()
        self._points[self._content.point(kind, attributes)] = elements


def _field_marks(run: etree._Element, space: str) -> list[str]:
    return [mark.get(f"{space}fldCharType", "") for mark in run.iter(f"{space}fldChar")]


def _most(looks: Mapping[str, int]) -> str:
    """The look of most text; the first of equals."""
    return max(looks, key=lambda look: looks[look], default="")


def _look_kind(properties: etree._Element | None, space: str) -> str:
    """What a look is called: bold, if it is bold whatever else it is."""
    if properties is None:
        return MarkKind.STYLE
    for tag, kind in _LOOKS:
        found = properties.find(f"{space}{tag}")
        if found is not None and found.get(f"{space}val", "1") not in _OFF:
            return kind
    raised = properties.find(f"{space}vertAlign")
    if raised is not None:
        return {"superscript": MarkKind.SUPERSCRIPT, "subscript": MarkKind.SUBSCRIPT}.get(
            raised.get(f"{space}val", ""), MarkKind.STYLE
        )
    return MarkKind.STYLE


# Writing


def write_docx(
    document: Docx, blocks: Sequence[Block], text: str, languages: tuple[str, str]
) -> dict[str, bytes]:
    """The parts that change, by name. ``blocks`` (of ``text``) are in the order of the pieces."""
    paragraphs = [(p, _space(part.root)) for part in document.parts for p in part.paragraphs]
    labels = [label for part in document.parts for label in part.labels]
    for label, block in zip(labels, blocks[len(paragraphs) :], strict=True):
        label.element.set(label.attribute, legal_xml(" ".join(block.span.of(text).split())))
    # From the last on: a text box comes after the paragraph that it hangs on, which copies it.
    for (paragraph, space), block in reversed(list(zip(paragraphs, blocks, strict=False))):
        _fill(paragraph, text, block, space)
    for part in document.parts:
        _fill_fallbacks(part.root, _space(part.root))
    changed = {part.name: part.root for part in document.parts} | document.others
    for root in changed.values():
        _name_language(root, languages)
    return {name: serialise_xml(root) for name, root in changed.items()}


def _fill(paragraph: Paragraph, text: str, block: Block, space: str) -> None:
    """Put new runs in place of a paragraph's old ones."""
    element = paragraph.element
    made = etree.Element(element.tag, nsmap=element.nsmap)
    made.extend(copies(paragraph.lead))
    stack: list[tuple[etree._Element, etree._Element | None, Callable[[], None] | None]] = [
        (made, paragraph.look, None)
    ]
    spacing = Spacing(paragraph.content)
    for event in events(text, block, paragraph.content.parents):
        name = event.mark.attributes.get("id", "") if event.mark else ""
        gap = spacing.before(event)
        into, look, _ = stack[-1]
        if event.kind is EventKind.TEXT:
            into.append(_new_run(space, look, gap + event.text, element))
        elif event.kind is EventKind.POINT:
            if gap:
                into.append(_new_run(space, look, gap, element))
            into.extend(copies(paragraph.points.get(name, [])))
            if name in paragraph.ranges and paragraph.ranges[name].shell is not None:
                _open_range(paragraph.ranges[name], into, look, space)  # came out empty, but is kept
        elif event.kind is EventKind.OPEN:
            if gap:
                into.append(_new_run(space, look, gap, element))
            stack.append(_open_range(paragraph.ranges[name], into, look, space))
        else:
            closing = stack.pop()[2]
            if closing is not None:
                closing()
    made.extend(copies(paragraph.tail))
    properties = element.find(f"{space}pPr")
    for child in list(element):
        if child is not properties:
            element.remove(child)
    element.extend(list(made))


def _open_range(
    found: Range, into: etree._Element, look: etree._Element | None, space: str
) -> tuple[etree._Element, etree._Element | None, Callable[[], None] | None]:
    """Begin a range: where its content goes, how it looks, and what to do at its end."""
    if found.shell is None:
        into.extend(copies(found.opening))
        closing = found.closing
        own = found.look if found.look is not None or not found.opening else look
        return into, own, (lambda: into.extend(copies(closing))) if closing else None
    shell = etree.SubElement(into, found.shell.tag, dict(found.shell.attrib), nsmap=found.shell.nsmap)
    inside = shell
    if _local(found.shell) == "sdt":
        for child in found.shell:
            if _local(child) == "sdtContent":
                inside = etree.SubElement(shell, child.tag)
            else:
                shell.extend(copies([child]))
    elif _local(found.shell) in ("smartTag", "customXml"):
        shell.extend(copies([child for child in found.shell if _local(child).endswith("Pr")]))
    return inside, found.look, None


def _new_run(space: str, look: etree._Element | None, text: str, near: etree._Element) -> etree._Element:
    run = etree.Element(f"{space}r", nsmap=near.nsmap)
    if look is not None:
        run.append(deepcopy(look))
        run[-1].tail = None
    said = etree.SubElement(run, f"{space}t")
    said.text = legal_xml(text)
    said.set(_SPACE, "preserve")
    return run


def _fill_fallbacks(root: etree._Element, space: str) -> None:
    """Give what older Word shows the same text: its paragraphs are those of the choice."""
    for both in root.iter(f"{_MC}AlternateContent"):
        choice, fallback = both.find(f"{_MC}Choice"), both.find(f"{_MC}Fallback")
        if choice is None or fallback is None:
            continue
        new = list(_outside_fallbacks(choice, f"{space}p"))
        old = list(fallback.iter(f"{space}p"))
        if len(new) != len(old):
            continue
        for there, here in zip(new, old, strict=True):
            for child in list(here):
                here.remove(child)
            here.extend(copies(list(there)))


def _name_language(root: etree._Element, languages: tuple[str, str]) -> None:
    """Name the new language for the spelling check where the old one was named."""
    old, new = languages
    space = _space(root)
    code = _LANGUAGE if new == "en" else new
    for name in ("lang", "themeFontLang"):
        for element in root.iter(f"{space}{name}"):
            if element.get(f"{space}val", "").lower().split("-")[0] == old:
                element.set(f"{space}val", code)
