"""SubRip subtitles; see :mod:`corpus.writeback._subtitles`."""

from __future__ import annotations

from typing import IO

from corpus.bitext import Bitext
from corpus.subtitles import SubtitleFormat
from corpus.writeback._report import WriteReport
from corpus.writeback._subtitles import write_subtitles


def write(original: bytes, bitext: Bitext, stream: IO[bytes]) -> WriteReport:
    """Write the subtitles translated: every cue and time as it was."""
    return write_subtitles(original, bitext, stream, SubtitleFormat.SRT)
