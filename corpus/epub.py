"""E-books (.epub, EPUB 2 and 3): the pages of the book in reading order, and its titles.

The package document says which files are the book (OCF 3.3 and EPUB 3.3, section 5).
Its pages are read as XHTML (:mod:`corpus.hypertext`); titles in the package, in the
table of contents of EPUB 2 (``.ncx``) and in the heads of pages take the translation of
a block that says the same, or become a block of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from lxml import etree

from corpus.archives import Archive, open_archive
from corpus.document import Block, BlockKind
from corpus.encodings import Decoded, decode
from corpus.errors import FormatError
from corpus.hypertext.blocks import Echoes, Page, one_space, read_page
from corpus.hypertext.files import declared_encoding
from corpus.hypertext.writing import write_page
from corpus.layout import Inline, Piece, has_words
from corpus.xml import legal_xml, parse_xml, serialise_xml

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_ROOTFILE = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_CIPHER = "{http://www.w3.org/2001/04/xmlenc#}CipherReference"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_NCX_TYPE = "application/x-dtbncx+xml"


@dataclass(frozen=True)
class BookPage:
    """A page of the book; its first piece is the book's piece number ``first``."""

    member: str
    page: Page
    decoded: Decoded
    first: int


@dataclass(frozen=True)
class TitleText:
    """An element with a title in it, in the package or the ``.ncx``, and its piece."""

    element: etree._Element
    block: int


@dataclass
class Epub:
    """A book taken apart. ``trees`` are the package document and the ``.ncx``."""

    archive: Archive
    pages: list[BookPage]
    pieces: list[Piece]
    titles: list[TitleText]
    trees: dict[str, etree._Element]
    metadata: Mapping[str, str]
    notes: tuple[str, ...]


def read_epub(data: bytes, name: str) -> Epub:
    """Take a book apart.

    Raises :class:`FormatError` for what is no EPUB, or is protected, damaged or unsafe.
    """
    archive = open_archive(data, name)
    opf = _package(archive, name)
    package = parse_xml(archive.read(opf), f"{name}, {opf}")
    items = {item.get("id", ""): item for item in package.iter(f"{_OPF}item")}
    folder = PurePosixPath(opf).parent
    protected = _protected(archive, name)
    pieces: list[Piece] = []
    pages: list[BookPage] = []
    verbatim = 0
    for member in _members(package, items, folder):
        if member in protected:
            remedy = "a book with copy protection cannot be read"
            raise FormatError("is encrypted", where=f"{name}, {member}", remedy=remedy)
        if member not in archive:
            remedy = "repair the book, for example with calibre"
            raise FormatError("is named in the book but missing", where=f"{name}, {member}", remedy=remedy)
        raw = archive.read(member)
        decoded = decode(raw, f"{name}, {member}", declared_encoding(raw))
        page = read_page(decoded.text, f"{name}, {member}", xml=True)
        pages.append(BookPage(member, page, decoded, len(pieces)))
        pieces += page.pieces
        verbatim += page.verbatim
    echoes = Echoes(pieces)
    for book_page in pages:
        book_page.page.echoes = echoes.of_page(book_page.page)
    trees = {opf: package}
    titles = [
        TitleText(title, echoes.block(text, BlockKind.HEADING))
        for title, text in _titles(package, f"{_DC}title")
    ]
    for item in items.values():
        member = _member(item, folder)
        if item.get("media-type") == _NCX_TYPE and member in archive:
            trees[member] = parse_xml(archive.read(member), f"{name}, {member}")
            labels = _titles(trees[member], f"{_NCX}text")
            titles += [TitleText(label, echoes.block(text, BlockKind.HEADING)) for label, text in labels]
    notes = (f"{verbatim} preformatted parts stay as they are",) if verbatim else ()
    return Epub(archive, pages, pieces, titles, trees, _metadata(package), notes)


def _package(archive: Archive, name: str) -> str:
    if _CONTAINER not in archive:
        remedy = "check that it is an .epub file"
        raise FormatError("is not an EPUB: it has no META-INF/container.xml", where=name, remedy=remedy)
    root = parse_xml(archive.read(_CONTAINER), f"{name}, {_CONTAINER}")
    found = next((one.get("full-path", "") for one in root.iter(_ROOTFILE)), "")
    if found not in archive:
        raise FormatError(
            "names no package document", where=f"{name}, {_CONTAINER}", remedy="repair the book"
        )
    return found


def _protected(archive: Archive, name: str) -> frozenset[str]:
    """Members that are encrypted. Fonts often are, which is no matter."""
    if _ENCRYPTION not in archive:
        return frozenset()
    root = parse_xml(archive.read(_ENCRYPTION), f"{name}, {_ENCRYPTION}")
    return frozenset(unquote(one.get("URI", "")).lstrip("/") for one in root.iter(_CIPHER))


def _members(
    package: etree._Element, items: Mapping[str, etree._Element], folder: PurePosixPath
) -> list[str]:
    """The book's pages: the spine in order, then the navigation if it is not in the spine."""
    found = [
        items[one.get("idref", "")] for one in package.iter(f"{_OPF}itemref") if one.get("idref") in items
    ]
    found += [item for item in items.values() if "nav" in item.get("properties", "").split()]
    members = [_member(item, folder) for item in found if item.get("media-type") in _PAGES]
    return list(dict.fromkeys(members))


def _member(item: etree._Element, folder: PurePosixPath) -> str:
    steps: list[str] = []
    for step in (folder / unquote(item.get("href", ""))).parts:
        if step == ".." and steps:
            steps.pop()
        elif step not in ("..", "."):
            steps.append(step)
    return "/".join(steps)


def _titles(root: etree._Element, tag: str) -> list[tuple[etree._Element, str]]:
    found = [(element, one_space(element.text or "")) for element in root.iter(tag)]
    return [(element, text) for element, text in found if has_words(Inline(text))]


def _metadata(package: etree._Element) -> dict[str, str]:
    def said(tag: str) -> str:
        return one_space(next((e.text or "" for e in package.iter(f"{_DC}{tag}")), ""))

    return {key: said(tag) for key, tag in _METADATA.items()}


_METADATA = {"title": "title", "author": "creator", "date": "date", "language": "language"}


# Writing


def write_epub(
    book: Epub, translated: Callable[[int], tuple[str, Block]], languages: tuple[str, str]
) -> dict[str, bytes]:
    """The members that change, by name. ``translated`` gives the block for a piece's number."""
    changed: dict[str, bytes] = {}
    for found in book.pages:
        page = write_page(
            found.page,
            lambda number, first=found.first: translated(first + number),  # type: ignore[misc]
            languages,
            encoding=found.decoded.encoding,
            xml=True,
            echoed=translated,
        )
        changed[found.member] = found.decoded.encode(page)
    for title in book.titles:
        text, block = translated(title.block)
        title.element.text = legal_xml(one_space(block.span.of(text)))
    for member, root in book.trees.items():
        _name_language(root, languages)
        changed[member] = serialise_xml(root)
    return changed


def _name_language(root: etree._Element, languages: tuple[str, str]) -> None:
    """Name the new language: of the book, its table of contents and the titles in them."""
    old, new = languages
    named = False
    for element in root.iter(f"{_DC}language"):
        if (element.text or "").strip().lower().split("-")[0] == old or not named:
            element.text = new
        named = True
    for element in root.iter(etree.Element):
        if element.get(_XML_LANG, "").lower().split("-")[0] == old:
            element.set(_XML_LANG, new)
