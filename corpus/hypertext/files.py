"""A file of HTML opened: decoded, taken apart, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from corpus.encodings import Decoded, decode
from corpus.hypertext.article import choose
from corpus.hypertext.blocks import Echoes, Page, one_space, read_page
from corpus.hypertext.tokens import Token, TokenKind, tokenise
from corpus.hypertext.tree import build_tree

_PRESCAN = 4096  # bytes; the standard looks through 1024
_META_CHARSET = re.compile(rb"<meta\s[^>]*?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]+)")
_TITLES = ("og:title", "twitter:title", "dc.title")
_AUTHORS = ("author", "article:author", "dc.creator", "parsely-author", "byl")
_DATES = ("article:published_time", "date", "dc.date", "dcterms.created", "pubdate", "datepublished")


@dataclass(frozen=True)
class HtmlFile:
    """A page taken apart, its bytes' encoding, and what was read of it.

    ``taken`` says what was read, ``partial`` that it was not all. ``metadata`` has title,
    author, date and language where the page gives them.
    """

    page: Page
    decoded: Decoded
    taken: str
    partial: bool
    metadata: Mapping[str, str]


def open_html(data: bytes, name: str, choice: str, *, xml: bool = False) -> HtmlFile:
    """Open the page in ``data`` and read the part that ``choice`` names.

    Raises :class:`corpus.errors.InputError` for what is not text,
    :class:`corpus.errors.FormatError` for a page nested beyond reason, and
    :class:`corpus.errors.SettingsError` for a selector that does not do.
    """
    decoded = decode(data, name, declared_encoding(data))
    tokens = list(tokenise(decoded.text, xml=xml))
    tree = build_tree(tokens, name, xml=xml)
    chosen = choose(tokens, tree, choice)
    page = read_page(decoded.text, name, xml=xml, tokens=tokens, tree=tree, taken=chosen.taken)
    page.echoes = Echoes(page.pieces).of_page(page, chosen.taken)
    return HtmlFile(page, decoded, chosen.said, chosen.taken is not None, page_metadata(page))


def declared_encoding(data: bytes) -> str:
    """The encoding that a page names in its first bytes, or nothing."""
    head = data[:_PRESCAN]
    found = _XML_ENCODING.search(head) or _META_CHARSET.search(head)
    return found[1].decode("ascii") if found else ""


def page_metadata(page: Page) -> dict[str, str]:
    """Title, author, date and language, from the page's ``meta`` elements and title."""
    named: dict[str, str] = {}
    language = title = time = ""
    for at, token in enumerate(page.tokens):
        if token.kind is not TokenKind.START:
            continue
        if token.name == "meta":
            _remember(named, token)
        elif token.name == "html":
            language = token.attributes.get("lang") or token.attributes.get("xml:lang") or ""
        elif token.name == "title" and not title and at + 1 < len(page.tokens):
            following = page.tokens[at + 1]
            title = one_space(following.text) if following.kind is TokenKind.TEXT else ""
        elif token.name == "time" and not time:
            time = token.attributes.get("datetime", "")
    return {
        "title": _first(named, _TITLES) or title,
        "author": _first(named, _AUTHORS),
        "date": _first(named, _DATES) or time,
        "language": language,
    }


def _remember(named: dict[str, str], token: Token) -> None:
    attributes = token.attributes
    for key in ("name", "property", "itemprop"):
        if key in attributes and attributes.get("content"):
            named.setdefault(attributes[key].lower(), one_space(attributes["content"]))


def _first(named: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((named[key] for key in keys if named.get(key)), "")
