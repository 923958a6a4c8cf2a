"""Where a translation goes: which file, in which format, in which view.

A file in the format of the article is the article translated, unless a bilingual view is
asked for; any other is the bilingual document in the format of its suffix. A page
(``.html``) is bilingual too, unless the view ``translated`` is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

from corpus.bitext import Bitext
from corpus.errors import SettingsError
from corpus.formats import Format, PassageWriter, format_for
from corpus.writeback import same_format, write_back

TRANSLATED = "translated"
SIDE_BY_SIDE = "side-by-side"
VIEWS = (TRANSLATED, SIDE_BY_SIDE, "interleaved", "reveal")

_TEXT = ".txt"  # has the translation alone, whatever the article is
_PAGES = (".html", ".htm", ".xhtml")
_COLUMNS = (".html", ".docx", ".odt", ".md", ".pdf")  # whose bilingual documents are side by side
_MOST_LINES = 10  # of one report


@dataclass(frozen=True, slots=True)
class Destination:
    """An output. ``format`` is None where the article itself is written translated."""

    name: str
    format: Format | None
    view: str | None = None

    @property
    def streams(self) -> bool:
        """Whether it can be written passage by passage."""
        return self.format is not None and self.format.stream is not None and self.view is None

    def stream(self, stream: IO[bytes]) -> PassageWriter:
        """A writer of passages. Raises ``ValueError`` where it cannot be written so."""
        if self.format is None or self.format.stream is None:
            raise ValueError(f"{self.name} is written whole")
        return self.format.stream(stream)

    def write(self, bitext: Bitext, original: bytes, stream: IO[bytes]) -> list[str]:
        """Write to ``stream``; what the user should know of it. ``original`` is the article's bytes."""
        if self.format is None:
            return _shortened(write_back(original, bitext, stream).lines())
        self.format.writer(self.view)(bitext, stream)
        return []


def destination(name: str, article: str, view: str | None) -> Destination:
    """The destination ``name`` for the article of that name.

    Raises :class:`corpus.errors.FormatError` for a suffix that no format has, and
    :class:`SettingsError` for a view that cannot be had.
    """
    suffix = PurePath(name).suffix
    back = same_format(PurePath(article).suffix, suffix)
    if back and (view == TRANSLATED or (view is None and suffix.lower() not in _PAGES)):
        return Destination(name, None)
    if view == TRANSLATED and suffix.lower() != _TEXT:
        remedy = f"give it the article's suffix, {PurePath(article).suffix or _TEXT}, or {_TEXT}"
        raise SettingsError(
            "only the article's own format can be written translated", where=name, remedy=remedy
        )
    return Destination(name, format_for(name), view if view in format_for(name).views else None)


def check_view(view: str | None, destinations: Sequence[Destination]) -> None:
    """Raise :class:`SettingsError` if no destination has the view that was asked for."""
    if view is None or view == TRANSLATED or any(view == one.view for one in destinations):
        return
    if view == SIDE_BY_SIDE and any(
        one.format and one.format.suffixes[0] in _COLUMNS for one in destinations
    ):
        return  # what these are anyway
    known = sorted(
        {shown for one in destinations if one.format for shown in one.format.views if shown in VIEWS}
    )
    remedy = f"these outputs have: {', '.join(known)}" if known else "leave it out"
    raise SettingsError(f"none of the outputs has the view {view}", where="--view", remedy=remedy)


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[: _MOST_LINES - 1], f"and {len(lines) - _MOST_LINES + 1} remarks more"]
