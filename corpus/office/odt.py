"""OpenDocument texts (.odt, ODF 1.3): their paragraphs, wherever they stand.

Read: the body with its tables and lists, footnotes and endnotes, text boxes, headers and
footers, titles and descriptions of pictures. Kept as it is: fields and what they show,
deleted text of tracked changes, comments, formulas, charts. Spans that change nothing
one can see (LibreOffice marks each editing session with one) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from corpus.archives import Archive, open_archive
from corpus.document import Block, BlockKind, MarkKind
from corpus.errors import FormatError
from corpus.layout import PARAGRAPH_BREAK, Content, Inline, Piece, has_words
from corpus.nesting import EventKind, Spacing, events
from corpus.office.paragraphs import Elements, Label, Paragraph, Range, copies
from corpus.office.parts import Part, pieces_of
from corpus.xml import legal_xml, parse_xml, serialise_xml

_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
TEXT = f"{{{_NAMES}:text:1.0}}"
OFFICE = f"{{{_NAMES}:office:1.0}}"
STYLE = f"{{{_NAMES}:style:1.0}}"
TABLE = f"{{{_NAMES}:table:1.0}}"
DRAW = f"{{{_NAMES}:drawing:1.0}}"
SVG = f"{{{_NAMES}:svg-compatible:1.0}}"
FO = f"{{{_NAMES}:xsl-fo-compatible:1.0}}"
META = f"{{{_NAMES}:meta:1.0}}"
MANIFEST = f"{{{_NAMES}:manifest:1.0}}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_HREF = "{http://www.w3.org/1999/xlink}href"

_MIME = ("application/vnd.oasis.opendocument.text",)
_SKIPPED = frozenset(
    {
        f"{TEXT}tracked-changes",
        f"{OFFICE}annotation",
        f"{OFFICE}forms",
        f"{TEXT}sequence-decls",
        f"{DRAW}object",
    }
)
_DROPPED = frozenset({f"{TEXT}soft-page-break"})  # made anew with each layout
_CONTAINERS = frozenset({f"{TEXT}a", f"{TEXT}meta"})
_ANCHORS = frozenset({f"{TEXT}bookmark", f"{TEXT}bookmark-start", f"{TEXT}reference-mark"})
_UNSEEN = ("asian", "complex", "rsid", "language", "country", "script")
_QUOTATIONS = frozenset({"quotations", "quote", "intense_20_quote", "block_20_text"})
_CAPTIONS = frozenset({"caption", "illustration", "figure", "drawing", "beschriftung"})
_COUNTRIES = {"en": "GB"}


@dataclass
class Odt:
    """A document taken apart."""

    archive: Archive
    parts: list[Part]
    metadata: Mapping[str, str]
    notes: tuple[str, ...]

    def pieces(self) -> list[Piece]:
        """The blocks: all paragraphs with words, part by part, then texts about pictures."""
        return pieces_of(self.parts)


def read_odt(data: bytes, name: str) -> Odt:
    """Take a document apart.

    Raises :class:`FormatError` for what is no OpenDocument text, or is encrypted,
    damaged or unsafe.
    """
    archive = open_archive(data, name)
    said = archive.read("mimetype").decode("ascii", "replace").strip() if "mimetype" in archive else ""
    if "content.xml" not in archive or (said and not said.startswith(_MIME)):
        remedy = "save it as .odt with the program that made it"
        raise FormatError(f"is not an OpenDocument text ({said or 'no content'})", where=name, remedy=remedy)
    _refuse_encrypted(archive, name)
    content = parse_xml(archive.read("content.xml"), f"{name}, content.xml")
    styles = parse_xml(archive.read("styles.xml"), f"{name}, styles.xml") if "styles.xml" in archive else None
    looks = _Styles([content] if styles is None else [styles, content])
    parts = [_part("content.xml", content, content, looks)]
    if styles is not None:
        masters = styles.find(f"{OFFICE}master-styles")
        parts.append(_part("styles.xml", styles, masters, looks))
    notes = []
    if next(content.iter(f"{OFFICE}annotation"), None) is not None:
        notes.append("comments stay as they are")
    if next(content.iter(f"{DRAW}object"), None) is not None:
        notes.append("charts and formulas stay as they are")
    return Odt(archive, parts, _metadata(archive, name), tuple(notes))


def _refuse_encrypted(archive: Archive, name: str) -> None:
    member = "META-INF/manifest.xml"
    if member not in archive:
        return
    root = parse_xml(archive.read(member), f"{name}, {member}")
    if next(root.iter(f"{MANIFEST}encryption-data"), None) is not None:
        raise FormatError("is encrypted", where=name, remedy="save the document without a password")


def _metadata(archive: Archive, name: str) -> dict[str, str]:
    if "meta.xml" not in archive:
        return {}
    root = parse_xml(archive.read("meta.xml"), f"{name}, meta.xml")

    def said(*tags: str) -> str:
        texts = (" ".join((root.findtext(f".//{tag}") or "").split()) for tag in tags)
        return next(filter(None, texts), "")

    return {
        "title": said(f"{_DC}title"),
        "author": said(f"{META}initial-creator", f"{_DC}creator"),
        "date": said(f"{META}creation-date", f"{_DC}date"),
        "language": said(f"{_DC}language"),
    }


# Styles


class _Styles:
    """What styles show, by their names; automatic ones and their parents."""

    def __init__(self, roots: Sequence[etree._Element]) -> None:
        self._styles: dict[tuple[str, str], etree._Element] = {}
        for root in roots:
            for style in root.iter(f"{STYLE}style"):
                key = (style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", ""))
                self._styles[key] = style

    def look(self, name: str) -> str:
        """What a text style shows, as a name for it; empty if nothing can be seen."""
        style = self._styles.get(("text", name))
        if style is None:
            return name
        parent = style.get(f"{STYLE}parent-style-name", "")
        shown = sorted(
            f"{key}={value}"
            for properties in style.iterchildren(f"{STYLE}text-properties")
            for key, value in properties.attrib.items()
            if not any(part in str(key).rsplit("}", 1)[-1] for part in _UNSEEN)
        )
        return "; ".join([f"parent={parent}"] * bool(parent) + shown)

    def kind(self, name: str) -> str:
        """What a text style is called: bold, if it is bold whatever else it is."""
        for _ in range(20):
            style = self._styles.get(("text", name))
            if style is None:
                break
            for properties in style.iterchildren(f"{STYLE}text-properties"):
                found = _kind_of(properties)
                if found:
                    return found
            name = style.get(f"{STYLE}parent-style-name", "")
            if name in ("Strong_20_Emphasis", "Emphasis"):
                break
        return {"Strong_20_Emphasis": MarkKind.BOLD, "Emphasis": MarkKind.ITALIC}.get(name, MarkKind.STYLE)

    def of_paragraph(self, name: str) -> BlockKind | None:
        """The kind that a paragraph style gives, by its name or that of what it builds on."""
        for _ in range(20):
            if name.lower() in _QUOTATIONS:
                return BlockKind.QUOTATION
            if name.lower() in _CAPTIONS:
                return BlockKind.CAPTION
            if name == "Title":
                return BlockKind.HEADING
            style = self._styles.get(("paragraph", name))
            if style is None:
                return None
            name = style.get(f"{STYLE}parent-style-name", "")
        return None


def _kind_of(properties: etree._Element) -> str:
    if properties.get(f"{FO}font-weight") == "bold":
        return MarkKind.BOLD
    if properties.get(f"{FO}font-style") == "italic":
        return MarkKind.ITALIC
    if properties.get(f"{STYLE}text-underline-style", "none") != "none":
        return MarkKind.UNDERLINE
    if properties.get(f"{STYLE}text-line-through-style", "none") != "none":
        return MarkKind.STRIKE
    position = properties.get(f"{STYLE}text-position", "")
    if position.startswith("super"):
        return MarkKind.SUPERSCRIPT
    return MarkKind.SUBSCRIPT if position.startswith("sub") else ""


# Paragraphs


def _part(name: str, root: etree._Element, within: etree._Element | None, styles: _Styles) -> Part:
    paragraphs: list[Paragraph] = []
    labels: list[Label] = []
    reader = _ParagraphReader(styles)
    for element in _read_elements(within):
        if element.tag in (f"{SVG}title", f"{SVG}desc"):
            text = " ".join((element.text or "").split())
            if has_words(Inline(text)):
                labels.append(Label(element, "", text))
            continue
        made = reader.read(element)
        if made is not None:
            paragraphs.append(made)
    return Part(name, root, paragraphs, labels)


def _read_elements(within: etree._Element | None) -> Iterator[etree._Element]:
    """Paragraphs, headings and texts about pictures, in order, where text is to be read."""
    if within is None:
        return
    wanted = {f"{TEXT}p", f"{TEXT}h", f"{SVG}title", f"{SVG}desc"}
    walk = etree.iterwalk(within, events=("start",))
    for _, element in walk:
        if element.tag in _SKIPPED:
            walk.skip_subtree()
        elif element.tag in wanted:
            yield element


class _ParagraphReader:
    def __init__(self, styles: _Styles) -> None:
        self._styles = styles
        self._begun: set[etree._Element] = set()  # cells, rows, tables and list items with a paragraph
        self._in_list = False

    def read(self, element: etree._Element) -> Paragraph | None:
        """The paragraph, or None if it has no words."""
        made = _Spans(self._styles, element).paragraph()
        if not has_words(made.content):
            return None
        made.kind, made.level, made.before = self._layout(element)
        self._in_list = made.kind is BlockKind.LIST_ITEM
        return made.without_edges()

    def _layout(self, element: etree._Element) -> tuple[BlockKind, int, str]:
        if element.tag == f"{TEXT}h":
            level = element.get(f"{TEXT}outline-level", "1")
            return BlockKind.HEADING, int(level) if level.isdigit() and len(level) < 3 else 1, PARAGRAPH_BREAK
        kind = self._styles.of_paragraph(element.get(f"{TEXT}style-name", ""))
        inner = [self._tag(one) for one in element.iterancestors()]
        holder = next(
            (tag for tag in inner if tag in ("list-item", "table-cell", "note-body", "text-box")), ""
        )
        if holder == "list-item":
            return self._item(element)
        if holder == "table-cell":
            return BlockKind.TABLE_CELL, 0, self._before_cell(element)
        if kind is BlockKind.HEADING:
            return kind, 1, PARAGRAPH_BREAK
        return kind or BlockKind.PARAGRAPH, int(kind is BlockKind.QUOTATION), PARAGRAPH_BREAK

    @staticmethod
    def _tag(element: etree._Element) -> str:
        return etree.QName(element).localname

    def _item(self, element: etree._Element) -> tuple[BlockKind, int, str]:
        item = next(element.iterancestors(f"{TEXT}list-item"))
        if item in self._begun:
            return BlockKind.PARAGRAPH, 0, PARAGRAPH_BREAK
        self._begun.add(item)
        level = sum(1 for one in element.iterancestors(f"{TEXT}list"))
        gap = "\n" if self._in_list else PARAGRAPH_BREAK
        return BlockKind.LIST_ITEM, level, f"{gap}{'  ' * (level - 1)}- "

    def _before_cell(self, element: etree._Element) -> str:
        cell = next(element.iterancestors(f"{TABLE}table-cell"))
        row = next(element.iterancestors(f"{TABLE}table-row"), cell)
        table = next(element.iterancestors(f"{TABLE}table"), row)
        if cell in self._begun:
            return "\n"
        before = "\t" if row in self._begun else "\n" if table in self._begun else PARAGRAPH_BREAK
        self._begun |= {cell, row, table}
        return before


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of text with its look: what its spans show, and the outermost of them."""

    text: str
    look: str
    spans: tuple[etree._Element, ...]


@dataclass(frozen=True, slots=True)
class _Thing:
    """Something in the line that is no text; ``kind`` is a mark's or a container's."""

    element: etree._Element
    spans: tuple[etree._Element, ...]
    kind: str


class _Spans:
    """Reads what stands in one paragraph."""

    def __init__(self, styles: _Styles, element: etree._Element) -> None:
        self._styles, self._element = styles, element
        self._content = Content(collapse=True)
        self._ranges: dict[str, Range] = {}
        self._points: dict[str, Elements] = {}
        self._usual = [""]
        self._look = ""
        self._open: str | None = None

    def paragraph(self) -> Paragraph:
        """The paragraph, with its layout still to be found."""
        usual = self._most(self._element)
        self._usual = [usual.look]
        self._look = usual.look
        self._walk(self._element)
        self._end_look()
        return Paragraph(
            self._element, self._content.done(), look=_template(usual.spans), ranges=self._ranges,
            points=self._points,
        )  # fmt: skip

    def _flat(
        self, parent: etree._Element, spans: tuple[etree._Element, ...] = ()
    ) -> Iterator[_Run | _Thing]:
        """Runs and things of a paragraph or container, spans dissolved into looks."""
        yield self._run(parent.text, spans)
        for child in parent:
            if child.tag == f"{TEXT}span":
                shown = self._styles.look(child.get(f"{TEXT}style-name", ""))
                yield from self._flat(child, (*spans, child) if shown else spans)
            elif child.tag == f"{TEXT}s":
                yield self._run(" ", spans)
            elif isinstance(child.tag, str) and child.tag not in _DROPPED:
                yield _Thing(child, spans, self._kind(child))
            yield self._run(child.tail, spans)

    def _run(self, text: str | None, spans: tuple[etree._Element, ...]) -> _Run:
        look = "|".join(self._styles.look(span.get(f"{TEXT}style-name", "")) for span in spans)
        return _Run(text or "", look, spans)

    @staticmethod
    def _kind(element: etree._Element) -> str:
        if element.tag in _CONTAINERS:
            return "container"
        if element.tag in (f"{TEXT}line-break", f"{TEXT}tab"):
            return MarkKind.BREAK
        if element.tag == f"{TEXT}note":
            return MarkKind.NOTE
        if element.tag in _ANCHORS:
            return MarkKind.ANCHOR
        image = element.tag == f"{DRAW}frame" and next(element.iter(f"{TEXT}p"), None) is None
        return MarkKind.IMAGE if image else MarkKind.OBJECT

    def _most(self, parent: etree._Element) -> _Run:
        """A run with the look that most text directly in ``parent`` has."""
        sizes: dict[str, int] = {}
        runs: dict[str, _Run] = {}
        for one in self._flat(parent):
            if isinstance(one, _Run) and one.text.strip():
                sizes[one.look] = sizes.get(one.look, 0) + len(one.text.strip())
                runs.setdefault(one.look, one)
        most = max(sizes, key=lambda look: sizes[look], default=None)
        return _Run("", "", ()) if most is None else runs[most]

    def _walk(self, parent: etree._Element) -> None:
        for one in self._flat(parent):
            if isinstance(one, _Run):
                self._text(one)
            elif one.kind == "container" and "".join(one.element.itertext()).strip():
                self._container(one.element)
            else:
                self._thing(one)

    def _text(self, run: _Run) -> None:
        if not run.text:
            return
        if run.look != self._look and run.text.strip():
            self._end_look()
            if run.look != self._usual[-1]:
                inner = run.spans[-1].get(f"{TEXT}style-name", "") if run.spans else ""
                kind = self._styles.kind(inner) if inner else MarkKind.STYLE
                name = {"name": inner or "default"} if kind == MarkKind.STYLE else None
                self._open = self._content.open(kind, name)
                self._ranges[self._open] = Range(look=_template(run.spans))
                self._look = run.look
        self._content.text(run.text)

    def _end_look(self) -> None:
        if self._open is not None:
            self._content.close(self._open)
        self._open, self._look = None, self._usual[-1]

    def _container(self, element: etree._Element) -> None:
        self._end_look()
        link = element.tag == f"{TEXT}a"
        attributes = {"href": element.get(_HREF, "")} if link else {"name": "meta"}
        mark = self._content.open(MarkKind.LINK if link else MarkKind.STYLE, attributes)
        usual = self._most(element)
        self._ranges[mark] = Range(shell=element, look=_template(usual.spans))
        self._usual.append(usual.look)
        self._look = usual.look
        self._walk(element)
        self._end_look()
        self._usual.pop()
        self._look = self._usual[-1]
        self._content.close(mark)

    def _thing(self, thing: _Thing) -> None:
        kind = MarkKind.OBJECT if thing.kind == "container" else thing.kind
        tab = thing.element.tag == f"{TEXT}tab"
        attributes = {"name": "tab"} if tab else None
        if kind == MarkKind.NOTE:
            attributes = {"name": thing.element.findtext(f"{TEXT}note-citation") or ""}
        elif kind != MarkKind.BREAK:
            self._end_look()
        mark = self._content.point(kind, attributes, "\t" if tab else "\n")
        self._points[mark] = [thing.element]


def _template(spans: Sequence[etree._Element]) -> etree._Element | None:
    """Empty spans within each other, as ``spans`` are; None for none."""
    outer: etree._Element | None = None
    inner: etree._Element | None = None
    for span in spans:
        made = etree.Element(span.tag, dict(span.attrib), nsmap=span.nsmap)
        if inner is None:
            outer = made
        else:
            inner.append(made)
        inner = made
    return outer


# Writing


def write_odt(
    document: Odt, blocks: Sequence[Block], text: str, languages: tuple[str, str]
) -> dict[str, bytes]:
    """The files that change, by name. ``blocks`` (of ``text``) are in the order of the pieces."""
    paragraphs = [paragraph for part in document.parts for paragraph in part.paragraphs]
    labels = [label for part in document.parts for label in part.labels]
    for label, block in zip(labels, blocks[len(paragraphs) :], strict=True):
        label.element.text = legal_xml(" ".join(block.span.of(text).split()))
    # From the last on: a footnote comes after the paragraph that it hangs on, which copies it.
    for paragraph, block in reversed(list(zip(paragraphs, blocks, strict=False))):
        _fill(paragraph, text, block)
    for part in document.parts:
        _name_language(part.root, languages)
    return {part.name: serialise_xml(part.root) for part in document.parts}


def _fill(paragraph: Paragraph, text: str, block: Block) -> None:
    """Put the new text in place of a paragraph's old content."""
    element = paragraph.element
    made = etree.Element(element.tag, nsmap=element.nsmap)
    made.extend(copies(paragraph.lead))
    stack: list[tuple[etree._Element, etree._Element | None]] = [(made, paragraph.look)]
    spacing = Spacing(paragraph.content)
    for event in events(text, block, paragraph.content.parents):
        name = event.mark.attributes.get("id", "") if event.mark else ""
        gap = spacing.before(event)
        into, look = stack[-1]
        if event.kind is EventKind.TEXT:
            _add_text(into, look, gap + event.text)
        elif event.kind is EventKind.POINT:
            if gap:
                _add_text(into, look, gap)
            into.extend(copies(paragraph.points.get(name, [])))
            if name in paragraph.ranges and paragraph.ranges[name].shell is not None:
                _open_range(paragraph.ranges[name], into)  # came out empty, but is kept
        elif event.kind is EventKind.OPEN:
            if gap:
                _add_text(into, look, gap)
            stack.append(_open_range(paragraph.ranges[name], into))
        else:
            stack.pop()
    made.extend(copies(paragraph.tail))
    for child in list(element):
        element.remove(child)
    element.text = made.text
    element.extend(list(made))


def _open_range(found: Range, into: etree._Element) -> tuple[etree._Element, etree._Element | None]:
    if found.shell is None:
        return into, found.look
    shell = etree.SubElement(into, found.shell.tag, dict(found.shell.attrib), nsmap=found.shell.nsmap)
    return shell, found.look


def _add_text(into: etree._Element, look: etree._Element | None, text: str) -> None:
    """Add text at the end of an element, in the spans of its look."""
    said = legal_xml(text)
    if look is not None:
        [span] = copies([look])
        into.append(span)
        while len(span):
            span = span[0]
        span.text = said
    elif len(into):
        into[-1].tail = (into[-1].tail or "") + said
    else:
        into.text = (into.text or "") + said


def _name_language(root: etree._Element, languages: tuple[str, str]) -> None:
    """Name the new language for the spelling check where the old one was named."""
    old, new = languages
    for properties in root.iter(f"{STYLE}text-properties"):
        if properties.get(f"{FO}language") == old:
            properties.set(f"{FO}language", new)
            if properties.get(f"{FO}country") not in (None, "none"):
                properties.set(f"{FO}country", _COUNTRIES.get(new, "none"))
            # In ODF 1.3 a full tag stands beside the two.
            properties.attrib.pop(f"{STYLE}rfc-language-tag", None)
