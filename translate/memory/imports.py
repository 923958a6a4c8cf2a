"""Bilingual files of any format as human translations."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from corpus.errors import FormatError
from corpus.files import read_bytes
from corpus.formats import format_for
from corpus.formats.tmx import read_pairs
from corpus.units import Languages, join, units_of
from translate.memory import HumanUnit

_STREAMED = ("", ".tmx")


def human_units(path: Path, languages: Languages) -> Iterator[HumanUnit]:
    """The pairs of the file that have text on both sides, in its order.

    Raises :class:`InputError` if it cannot be opened, :class:`FormatError` for a format
    that cannot be read, that has one side, or whose rules the file breaks.
    """
    for source, target in _pairs(path, languages):
        if source.strip() and target.strip():
            yield HumanUnit(source, target, file=path.name)


def _pairs(path: Path, languages: Languages) -> Iterator[tuple[str, str]]:
    name = str(path)
    if path.suffix.lower() in _STREAMED:
        for pair in read_pairs(path, languages.source, languages.target):
            yield pair.source, pair.target
        return
    form = format_for(name)
    if form.half or (form.read is None and form.read_units is None):
        remedy = "give .tmx, .xliff, .tsv or another bilingual format, see: tweetalig convert --help"
        raise FormatError(f"a {form.suffixes[0]} file has not both sides", where=name, remedy=remedy)
    stream = BytesIO(read_bytes(path))
    if form.read_units is not None:
        units = form.read_units(stream, name, languages)
    else:
        assert form.read is not None
        units = units_of(form.read(stream, name))
    for unit in units.units:
        yield join(unit.source), join(unit.target)
