"""What a person should know of how a document was read, before trusting its translation."""

from __future__ import annotations

from corpus.document import Document
from corpus.language import SURE, guess_language, is_plainly_dutch

_UNREMARKABLE = frozenset({"utf-8", ""})
_NAMES = {"nl": "Dutch", "en": "English"}


def remarks(document: Document) -> tuple[str, ...]:
    """A line for each: an unusual encoding, a part taken, what was left out, another language."""
    taken = _taken(document) + _choices(document)
    return tuple(
        line for line in (_encoding(document), taken, *_notes(document), _language(document)) if line
    )


def remarks_on_reading(document: Document) -> tuple[str, ...]:
    """Those of a document that is only read: its encoding and the part that was taken."""
    return tuple(line for line in (_encoding(document), _taken(document)) if line)


def _encoding(document: Document) -> str:
    encoding = document.source.encoding
    return (
        "" if encoding in _UNREMARKABLE else f"read as {encoding}; convert the file to UTF-8 if that is wrong"
    )


def _taken(document: Document) -> str:
    taken = document.metadata.get("taken", "")
    return f"read {taken}" if taken else ""


def _choices(document: Document) -> str:
    """What to ask for if the part that was found is not the article."""
    taken = document.metadata.get("taken", "")
    if not taken:
        return ""
    from corpus.hypertext.article import ARTICLE  # only web pages have something taken

    found = document.metadata.get("selection") == ARTICLE and taken.startswith("the article")
    return "; --whole-page takes all, --selector another part" if found else ""


def _notes(document: Document) -> list[str]:
    return document.metadata.get("notes", "").splitlines()


def _language(document: Document) -> str:
    """A warning if the text is surely in another language than it is to be read in."""
    text = "\n".join(block.span.of(document.text) for block in document.blocks)
    if document.language == "nl" and is_plainly_dutch(text):
        return ""
    guess = guess_language(text)
    if guess.code == document.language or guess.probability < SURE:
        return ""
    wanted = _NAMES.get(document.language, document.language)
    return f"warning: the text seems to be {guess.name}, not {wanted}; its translation will make no sense"
