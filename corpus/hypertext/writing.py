"""A page with other words in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corpus.document import Block
from corpus.hypertext.blocks import Page, Run
from corpus.hypertext.tokens import Token, TokenKind, escape_text
from corpus.nesting import EventKind, Spacing, events
from corpus.xml import legal_xml

Translated = Callable[[int], tuple[str, Block]]


def write_page(
    page: Page,
    translated: Translated,
    languages: tuple[str, str],
    *,
    encoding: str,
    xml: bool = False,
    echoed: Translated | None = None,
) -> str:
    """The page in its new language.

    ``translated`` gives, for a piece's number, a document's text and the block in it that
    takes the piece's place; ``echoed`` does so for echoes if they are numbered otherwise.
    ``languages`` are the codes of the old and the new language.
    Characters that ``encoding`` lacks become references.
    """
    tokens = [_in_language(token, languages, xml) for token in page.tokens]
    for echo in page.echoes:
        text, block = (echoed or translated)(echo.block)
        said = f"{' '.join(block.span.of(text).split())}{echo.suffix}"
        if echo.attribute:
            tokens[echo.token] = tokens[echo.token].with_attribute(echo.attribute, legal_xml(said))
        else:
            tokens[echo.token] = Token(TokenKind.TEXT, escape_text(legal_xml(said)))
    parts: list[str] = []
    at = 0
    for number, run in sorted(page.runs.items(), key=lambda item: item[1].first):
        parts += [token.raw for token in tokens[at : run.first]]
        parts.append(_run(run, tokens, *translated(number)))
        at = run.stop
    parts += [token.raw for token in tokens[at:]]
    return _encodable("".join(parts), encoding)


def _run(run: Run, tokens: list[Token], text: str, block: Block) -> str:
    """A run's content: the new text, with the old markup where it belongs now."""
    made = [run.lead]
    spacing = Spacing(run.content)
    for event in events(text, block, run.content.parents):
        mark = event.mark
        name = mark.attributes.get("id", "") if mark else ""
        made.append(spacing.before(event))
        if event.kind is EventKind.TEXT:
            made.append(escape_text(legal_xml(event.text)))
        elif event.kind is EventKind.POINT:
            made.append(_point(name, run, tokens))
        elif event.kind is EventKind.OPEN and name in run.ranges:
            token = tokens[run.ranges[name][0]]
            made.append(token.raw if event.part == 0 else token.without_attribute("id").raw)
        elif event.kind is EventKind.CLOSE and name in run.ranges:
            made.append(tokens[run.ranges[name][1]].raw)
    made.append(run.tail)
    return "".join(made)


def _point(name: str, run: Run, tokens: list[Token]) -> str:
    if name in run.points:
        first, stop = run.points[name]
    elif name in run.ranges:  # a range that came out empty
        first, last = run.ranges[name]
        return tokens[first].raw + tokens[last].raw
    else:
        return ""
    return "".join(token.raw for token in tokens[first:stop])


def _in_language(token: Token, languages: tuple[str, str], xml: bool) -> Token:
    """A start tag that names the new language where it named the old."""
    if token.kind is not TokenKind.START:
        return token
    old, new = languages
    attributes = token.attributes
    named = [name for name in ("lang", "xml:lang", "hreflang") if _is(attributes.get(name), old)]
    for name in named:
        if name != "hreflang":
            token = token.with_attribute(name, new)
    if token.name == "html" and "lang" not in attributes and "xml:lang" not in attributes:
        token = token.with_attribute("lang", new)
        token = token.with_attribute("xml:lang", new) if xml else token
    if token.name == "meta" and _is(attributes.get("content"), old) and _names_language(attributes):
        token = token.with_attribute("content", new)
    return token


def _names_language(attributes: Mapping[str, str]) -> bool:
    named = (attributes.get("http-equiv", ""), attributes.get("name", ""), attributes.get("property", ""))
    return any(name.lower() in ("content-language", "language", "dc.language", "og:locale") for name in named)


def _is(value: str | None, language: str) -> bool:
    """Whether a language tag (BCP 47, or with an underscore) is of ``language``."""
    return value is not None and value.lower().replace("_", "-").split("-")[0] == language


def _encodable(page: str, encoding: str) -> str:
    if encoding.startswith("utf"):
        return page
    return page.encode(encoding, "xmlcharrefreplace").decode(encoding)
