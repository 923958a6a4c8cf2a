"""Dutch words and their English ones, from a dictionary in dictd's format.

    python -m translate.training.recipes.builtin.wordbook --data DIR --index FILE.index --dict FILE.dict.dz

Reads ``mono.en.txt`` in ``DIR`` and writes ``wordbook.tsv``: Dutch word, English
word. Made for FreeDict's Dutch-English dictionary (GPL-2+, Debian's package
``dict-freedict-nld-eng``). The format is that of ``dictfmt(1)``: the index has a line
for each headword (word, offset, length; numbers in base 64, most significant digit
first), the dictionary is gzipped text. An entry is a line with the headword and its
sound, then its senses, a line each ("1. dog, hound").
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from corpus.errors import FormatError
from corpus.files import atomic_write
from corpus.words import words
from translate.training.pairs import Pair
from translate.training.recipes.command import run_step, tell
from translate.training.recipes.tables import read_lines, read_table

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_LONGEST = 64 * 2**20  # bytes of a dictionary; more is no dictionary
_SENSE = re.compile(r"^\d+\.\s*")


def number(digits: str) -> int:
    """The value of a number of the index, as dictfmt(1) writes it. Raises ``ValueError``."""
    value = 0
    for digit in digits:
        value = value * 64 + _DIGITS.index(digit)
    return value


def entries(index: Path, dictionary: Path) -> Iterator[tuple[str, list[str]]]:
    """Each headword and the lines of its senses. Raises :class:`FormatError` for other files."""
    try:
        with gzip.open(dictionary) as stream:
            body = stream.read(_LONGEST)
        for word, offset, length in read_table(index, 3):
            entry = body[number(offset) : number(offset) + number(length)].decode()
            yield word, [_SENSE.sub("", line.strip()) for line in entry.splitlines()[1:]]
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise FormatError(
            f"is not a dictionary of dictd ({error})",
            where=str(dictionary),
            remedy="give the .index and the .dict.dz of the same dictionary",
        ) from None


def plain(text: str) -> str:
    """``text`` in lower case, without ligatures, soft hyphens and what stands in brackets."""
    text = re.sub(r"\([^)]*\)|\[[^]]*\]", "", text)
    return text.replace("ĳ", "ij").replace("Ĳ", "IJ").replace("\u2010", "-").strip().lower()


def find_pairs(found: Iterator[tuple[str, list[str]]], english: Collection[str]) -> list[Pair]:
    """Single words and their translations, the first of each sense.

    English words are taken only if they are in ``english``: in this dictionary the
    words of many phrases stand together without a space.
    """
    pairs = []
    for headword, senses in found:
        dutch = plain(headword)
        if not dutch.isalpha() or len(dutch) < 2:
            continue
        for sense in senses:
            candidates = (plain(part) for part in sense.split(","))
            pairs += [Pair(dutch, word) for word in candidates if word in english][:1]
    return list(dict.fromkeys(pairs))


def make_wordbook(data: Path, index: Path, dictionary: Path) -> None:
    """Write ``wordbook.tsv`` in ``data``."""
    lines = read_lines(data / "mono.en.txt")
    english = {span.of(line).lower() for line in lines for span in words(line)}
    pairs = find_pairs(entries(index, dictionary), english)
    with atomic_write(data / "wordbook.tsv") as stream:
        for pair in pairs:
            stream.write(f"{pair.source}\t{pair.target}\n".encode())
    tell(f"{data / 'wordbook.tsv'}: {len(pairs)} pairs of words")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Words and their translations, from a dictionary of dictd.")
    parser.add_argument("--data", type=Path, required=True, help="folder that prepare wrote")
    parser.add_argument("--index", type=Path, required=True, help="the dictionary's .index")
    parser.add_argument("--dict", type=Path, required=True, help="the dictionary's .dict.dz")
    return run_step(parser, lambda given: make_wordbook(given.data, given.index, given.dict), arguments)


if __name__ == "__main__":
    sys.exit(main())
