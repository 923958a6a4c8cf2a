"""Markdown: the file as it was, with the text of its blocks translated.

Kept to the character: marks of lists, headings and quotations, code, addresses,
definitions, front matter, blank lines. A paragraph's wrapped lines become one line.
Signs in the translation that would be markup are escaped, and every block is parsed
again to see that it says what it should.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO

from corpus.bitext import Bitext
from corpus.document import Block
from corpus.encodings import decode
from corpus.hypertext.writing import write_page
from corpus.markdown import Caption, HtmlBlock, Markdown, Passage, parser, read_markdown
from corpus.nesting import EventKind, Spacing, events
from corpus.readers.markdown import with_line_feeds
from corpus.writeback._report import Target, WriteReport

_ALWAYS = re.compile(
    r"[\\`<]|(?<!\s)[*](?=\S)|(?<=\s)[*](?=\S)|(?<!\s)[*]|&(?=#?\w+;)|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)|~~"
)
_EVERYTHING = re.compile(r"[\\`*_{}\[\]<>#+!|~^&]")
_LEADING_MARK = re.compile(r"(\d{1,9})?([-+*#>=~|:]|[.)](?=\s|$))")
_LINE_END = re.compile(r"\r\n|\r|\n")


def write(original: bytes, bitext: Bitext, stream: IO[bytes]) -> WriteReport:
    """Write the file translated, in its encoding and with its line ends."""
    name = bitext.source.source.name
    decoded = decode(original, name)
    found = read_markdown(with_line_feeds(decoded.text), name)
    placed = found.pieces()
    target = Target(bitext)
    blocks = target.by_piece([piece for _, _, piece in placed])
    text = target.document.text
    changed: list[tuple[int, int, str]] = []
    pages: dict[int, tuple[HtmlBlock, dict[int, Block]]] = {}
    notes = list(found.notes)
    captions = {
        part.start: _escaped(blocks[number].span.of(text), _EVERYTHING)
        for number, (part, _, _) in enumerate(placed)
        if isinstance(part, Caption)
    }
    for number, (part, place, _) in enumerate(placed):
        if number not in blocks:
            continue
        if isinstance(part, Passage):
            new, right = _passage(part, text, blocks[number], found, captions)
            if not right:
                notes.append(f"line {found.text.count(chr(10), 0, part.start) + 1}: look at its markup")
            changed.append((part.start, part.end, new))
        elif isinstance(part, Caption):
            changed.append((part.start, part.end, captions[part.start]))
        elif isinstance(part, HtmlBlock):
            pages.setdefault(part.start, (part, {}))[1][place] = blocks[number]
    for part, held in pages.values():
        page = write_page(part.page, lambda n, held=held: (text, held[n]), target.languages, encoding="utf-8")  # type: ignore[misc]
        changed.append((part.start, part.end, page))
    written = _patched(found.text, changed)
    line_end = _LINE_END.search(decoded.text)
    if line_end and line_end.group() != "\n":
        written = written.replace("\n", line_end.group())
    try:
        stream.write(decoded.encode(written))
    except UnicodeEncodeError:
        stream.write(written.encode("utf-8"))
        notes.append(f"written in UTF-8: {decoded.encoding} has not all the characters")
    return target.report(notes)


def _patched(text: str, changed: list[tuple[int, int, str]]) -> str:
    pieces, read = [], 0
    for start, end, new in sorted(changed):
        if start < read:  # a caption in a passage: it is in the passage's markup already
            continue
        pieces += [text[read:start], new]
        read = end
    return "".join([*pieces, text[read:]])


def _passage(
    passage: Passage, text: str, block: Block, found: Markdown, captions: Mapping[int, str]
) -> tuple[str, bool]:
    """A passage's new source, with few escapes if that does, and whether it says what it should."""
    wanted = " ".join(block.span.of(text).split())
    few = _source(passage, text, block, _ALWAYS, captions)
    if _says(few, found, cell=passage.cell) == wanted:
        return few, True
    escaped = _source(passage, text, block, _EVERYTHING, captions)
    return escaped, _says(escaped, found, cell=passage.cell) == wanted


def _captioned(raw: str, caption: Caption, captions: Mapping[int, str]) -> str:
    """An image's markup with its alternative text translated."""
    return f"![{captions.get(caption.start, caption.text)}{raw[2 + caption.end - caption.start :]}"


def _source(
    passage: Passage, text: str, block: Block, escapes: re.Pattern[str], captions: Mapping[int, str]
) -> str:
    made: list[str] = []
    begun = False  # whether there is something on the line
    code = 0
    spacing = Spacing(passage.content)
    for event in events(text, block, passage.content.parents):
        mark = event.mark
        name = mark.attributes.get("id", "") if mark else ""
        made.append(spacing.before(event))
        if event.kind is EventKind.TEXT:
            plain = event.text if code else _escaped(event.text, escapes)
            if not begun:
                plain = _safe_start(plain)
            begun = begun or bool(plain.strip())
            made.append(plain.replace("|", "\\|") if passage.cell and escapes is _ALWAYS else plain)
        elif event.kind is EventKind.POINT:
            raw = passage.points.get(name, "")
            made.append(
                _captioned(raw, passage.captions[name], captions) if name in passage.captions else raw
            )
            begun = True
        else:
            begun = True
            opens = event.kind is EventKind.OPEN
            literal = passage.ranges.get(name, ("", ""))
            code += (1 if opens else -1) * (literal[0].startswith("`") or literal[0] == "<")
            made.append(literal[0] if opens else literal[1])
    return "".join(made)


def _escaped(text: str, escapes: re.Pattern[str]) -> str:
    return escapes.sub(lambda found: "".join(f"\\{c}" for c in found.group()), text)


def _safe_start(text: str) -> str:
    """Escape what would make a list, heading or the like of a line."""
    found = _LEADING_MARK.match(text)
    if found is None or (found[1] and found[2] not in ".)") or (not found[1] and found[2] in ".):"):
        return text
    at = found.start(2)
    return f"{text[:at]}\\{text[at:]}"


def _says(source: str, found: Markdown, *, cell: bool) -> str:
    """What a passage's source says, without its markup."""
    environment = {"references": found.environment.get("references", {})}
    footnotes = found.environment.get("footnotes", {}).get("refs", {})
    environment["footnotes"] = {"refs": dict.fromkeys(footnotes, -1)}  # none has been met yet
    plain = source.replace("\\|", "|") if cell else source
    said: list[str] = []
    for token in parser().parseInline(plain, environment):
        for child in token.children or []:
            if child.type in ("text", "text_special", "code_inline"):
                said.append(child.content)
            elif child.type in ("softbreak", "hardbreak") or child.content.lower().startswith("<br"):
                said.append(" ")
    return " ".join("".join(said).split())
