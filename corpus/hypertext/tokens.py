"""HTML cut into tags, comments and text, as section 13.2.5 of the HTML standard does.

One pass with one regular expression, linear in the length of the page. Together the
tokens are the page, to the character. What the standard calls parse errors is text or
a comment here, as it is there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


def names(listed: str) -> frozenset[str]:
    """The names in a row of them."""
    return frozenset(listed.split())


# Elements whose content is not markup: raw text, escapable raw text (13.1.2).
RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "textarea", "title"})
VOID = names(
    """area base br col embed hr img input link meta param source track wbr basefont bgsound frame keygen"""
)

_TOKEN = re.compile(
    r"<!--(?:>|->|.*?(?:--!?>|\Z))"  # comment
    r"|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|<(?:\?|[!/](?![A-Za-z]))[^>]*(?:>|\Z)"  # bogus comment, processing instruction
    r"|<![A-Za-z](?:[^>\[]|\[[^\]]*(?:\]|\Z))*+(?:>|\Z)"  # declaration, with what is in its brackets
    r"|</?[A-Za-z](?:[^>\"'=]|=\s*(?:\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))?|[\"'])*+(?:>|\Z)",  # tag
    re.DOTALL,
)
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s\"'>/=][^\s\"'>/=]*)(?:(?P<equals>\s*=\s*)(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'"
    r"|(?P<bare>[^\s\"'>][^\s>]*)))?"
)


class TokenKind(StrEnum):
    """What a token is."""

    TEXT = "text"
    START = "start"
    END = "end"
    OTHER = "other"  # comment, declaration, processing instruction


@dataclass(frozen=True)
class Token:
    """A stretch of the page as it stands there.

    ``name`` is the tag's, in small letters. ``raw_text`` says that the token lies in an
    element whose content is no markup.
    """

    kind: TokenKind
    raw: str
    name: str = ""
    raw_text: bool = False
    cdata: bool = False

    @cached_property
    def attributes(self) -> dict[str, str]:
        """A start tag's attributes, names in small letters, character references resolved."""
        found: dict[str, str] = {}
        if self.kind is not TokenKind.START:
            return found
        for match in _ATTRIBUTE.finditer(self._inside):
            value = next((match[g] for g in ("double", "single", "bare") if match[g] is not None), "")
            found.setdefault(match["name"].lower(), html.unescape(value))
        return found

    @property
    def _inside(self) -> str:
        body = self.raw[1 + len(self.name) :]
        return body.removesuffix(">").removesuffix("/")

    @property
    def closes_itself(self) -> bool:
        """Whether the tag ends in a slash, which counts in XML and in SVG only."""
        return self.raw.endswith("/>")

    @property
    def text(self) -> str:
        """The characters that a text token stands for."""
        if self.cdata:
            return self.raw.removeprefix("<![CDATA[").removesuffix("]]>")
        return self.raw if self.raw_text and self.name in ("script", "style") else html.unescape(self.raw)

    def with_attribute(self, name: str, value: str) -> Token:
        """A start tag with the attribute ``name`` set to ``value``, the rest as it was."""
        quoted = escape_attribute(value)
        start = 1 + len(self.name)
        for match in _ATTRIBUTE.finditer(self._inside):
            if match["name"].lower() == name:
                begin, end = start + match.start("name"), start + match.end()
                raw = f'{self.raw[:begin]}{match["name"]}="{quoted}"{self.raw[end:]}'
                return Token(self.kind, raw, self.name, self.raw_text)
        raw = f'{self.raw[:start]} {name}="{quoted}"{self.raw[start:]}'
        return Token(self.kind, raw, self.name, self.raw_text)

    def without_attribute(self, name: str) -> Token:
        """A start tag without the attribute ``name``."""
        start = 1 + len(self.name)
        for match in _ATTRIBUTE.finditer(self._inside):
            if match["name"].lower() == name:
                begin, end = start + match.start("name"), start + match.end()
                return Token(self.kind, self.raw[:begin].rstrip() + self.raw[end:], self.name, self.raw_text)
        return self


def tokenise(page: str, *, xml: bool = False) -> Iterator[Token]:
    """The tokens of ``page``, in order. With ``xml`` no element's content is raw text."""
    at = 0
    while at < len(page):
        found = _TOKEN.search(page, at)
        if found is None:
            yield Token(TokenKind.TEXT, page[at:])
            return
        if found.start() > at:
            yield Token(TokenKind.TEXT, page[at : found.start()])
        token = _token(found.group(), xml)
        yield token
        at = found.end()
        if not xml and token.kind is TokenKind.START and token.name in RAW:
            end = _raw_end(page, at, token.name)
            if end > at:
                yield Token(TokenKind.TEXT, page[at:end], token.name, raw_text=True)
            at = end


def _token(raw: str, xml: bool) -> Token:
    named = _NAME.match(raw)
    if named is None:
        if raw.startswith("<![CDATA[") and xml:
            return Token(TokenKind.TEXT, raw, cdata=True)
        return Token(TokenKind.OTHER, raw)
    kind = TokenKind.END if raw.startswith("</") else TokenKind.START
    name = named[1]
    return Token(kind, raw, name.lower())


def _raw_end(page: str, at: int, name: str) -> int:
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(page, at)
    return found.start() if found else len(page)


def escape_text(text: str) -> str:
    """``text`` as it may stand between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_attribute(text: str) -> str:
    """``text`` as it may stand between double quotes in a tag."""
    return escape_text(text).replace('"', "&quot;")
