"""How right the word links of a model are.

    python benchmarks/word_links.py GOLD_TSV [--model builtin] [--engine auto]

GOLD_TSV has English, Dutch and links in Pharaoh format ("0-0 1-2", English first) on
each line, words parted by spaces. Links count by these words, whatever our own words
are. AER is that of Och and Ney (2003) where all gold links are sure: 1 - F1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from corpus.errors import TweetaligError
from corpus.words import words
from translate.engines import EngineSettings
from translate.engines.selection import load_engine
from translate.links import word_links
from translate.models import find_model

Pairs = set[tuple[int, int]]


def gold_number(text: str) -> list[int]:
    """For each of our words, the number of the gold word (between spaces) that it starts in."""
    return [text.count(" ", 0, span.start) for span in words(text)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--engine", default="auto")
    options = parser.parse_args()
    rows = [line.split("\t") for line in options.gold.read_text("utf-8").splitlines()]
    try:
        engine = load_engine(find_model(options.model, offline=True), EngineSettings(options.engine))
        found = word_links(engine, [row[1] for row in rows], [row[0] for row in rows])
    except TweetaligError as error:
        sys.exit(f"error: {error}")
    gold = [{tuple(map(int, link.split("-"))) for link in row[2].split()} for row in rows]
    ours: list[Pairs] = []
    for (english, dutch, *_), links in zip(rows, found, strict=True):
        left, right = gold_number(english), gold_number(dutch)
        ours.append({(left[link.target], right[link.source]) for link in links})
    report(gold, ours)


def report(gold: Sequence[Pairs], ours: Sequence[Pairs]) -> None:
    right = sum(len(one & two) for one, two in zip(gold, ours, strict=True))
    precision, recall = right / sum(map(len, ours)), right / sum(map(len, gold))
    f1 = 2 * precision * recall / (precision + recall)
    print(f"{len(gold)} pairs: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}, AER {1 - f1:.3f}")


if __name__ == "__main__":
    main()
