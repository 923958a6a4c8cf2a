"""Prepare the text that the shipped model learns from.

    python -m translate.training.recipes.builtin.prepare --shared DIR --out DIR [--dev FILE]

``--shared`` holds ``parallel/``, ``mono/``, ``eval/`` and ``article/``. Written to
``--out``: ``pairs.tsv`` and ``dev.tsv`` (name of the source, Dutch, English),
``mono.en.txt``, ``mono.nl.txt`` (a sentence a line) and ``counts.json`` (read, kept
and dropped by reason, for each source). The same input gives the same output.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus.cleaning import (
    CleanLines,
    CleanPairs,
    Deduplicator,
    Language,
    NearDuplicateGuard,
    Pair,
    Reason,
    SplitCompoundFinder,
    check_line,
    check_pair,
    clean_lines,
    clean_pairs,
    key_words,
    normalise,
)
from corpus.errors import InputError
from corpus.files import atomic_write, sha256_hex
from translate.training.recipes.command import run_step, tell
from translate.training.recipes.tables import read_lines, read_table

# Only text whose licence allows a model that ships. Best first: of equal pairs the first stays.
SOURCES = (
    "tatoeba-manythings",
    "mozilla-www",
    "webwml",
    "minvws-corona",
    "opensource-guide",
    "hedy",
    "tldr",
    "ms-customer-insights",
    "ms-d365-project",
    "ms-nav",
    "ms-d365-smb",
    "ms-d365-operations",
    "ms-m365",
    "ms-quantum",
    "ms-powershell",
)
# Machine-translated, so searched for split compounds, which the others show the joined form of.
MACHINE_TRANSLATED = frozenset({"ms-m365", "ms-quantum", "ms-powershell"})
CAPS = {"ms-powershell": 20_000, "ms-quantum": 3_000}
MONO = {
    Language.ENGLISH: ("gutenberg", "abc", "masc", "stateunion", "onestop"),
    Language.DUTCH: ("verkiezingsprogrammas", "alpino-cdb"),
}
# Pairs to hold out, and the words that the Dutch of such a pair may have.
HELD_OUT = {
    "tatoeba-manythings": 400,
    "webwml": 75,
    "mozilla-www": 75,
    "minvws-corona": 75,
    "opensource-guide": 75,
}
HELD_OUT_WORDS = range(4, 41)
EVALUATION_TEXT = (
    "eval/flores-dev/flores-dev.nl",
    "eval/flores-dev/flores-dev.en",
    "eval/ntrex-a/ntrex-a.nl",
    "eval/ntrex-a/ntrex-a.en",
)
WORD_ALIGNMENT = "eval/word-alignment/xl-wa-en-nl.dev.tsv"
SEED = 20261124


@dataclass
class SourceCount:
    """Lines or pairs of one source: read, kept, held out, and dropped by reason."""

    read: int = 0
    kept: int = 0
    dev: int = 0
    dropped: Counter[Reason] = field(default_factory=Counter)

    def as_json(self) -> dict[str, object]:
        """The counts as a JSON object."""
        dropped = {str(reason): count for reason, count in self.dropped.most_common()}
        return {"read": self.read, "kept": self.kept, "dev": self.dev, "dropped": dropped}


def read_pairs(path: Path) -> list[Pair]:
    """Pairs of a two-column TSV. Raises :class:`InputError` and :class:`FormatError`."""
    return [Pair(*columns) for columns in read_table(path, 2)]


def evaluation_lines(shared: Path) -> list[str]:
    """Every Dutch and English reference line of the test sets, and the sample article."""
    lines = [line for name in EVALUATION_TEXT for line in read_lines(shared / name)]
    for line in read_lines(shared / WORD_ALIGNMENT):
        lines.extend(line.split("\t")[:2])
    articles = sorted((shared / "article").glob("*.txt"))
    if not articles:
        raise InputError("no article to guard", where=str(shared / "article"), remedy="check --shared")
    for article in articles:
        lines.extend(read_lines(article))
    return lines


def guard_check(guard: NearDuplicateGuard, reason: Reason) -> Callable[[Pair], Reason | None]:
    """A check that objects to pairs with a side that the guard knows."""

    def check(pair: Pair) -> Reason | None:
        return reason if guard.matches(pair.source) or guard.matches(pair.target) else None

    return check


def strip_bullet(pair: Pair) -> Pair:
    """The pair without a list mark that both sides open with."""
    for mark in ("- ", "* ", "• ", "– "):
        if pair.source.startswith(mark) and pair.target.startswith(mark):
            return Pair(pair.source[len(mark) :], pair.target[len(mark) :])
    return pair


def clean_source(
    name: str,
    raw: Sequence[Pair],
    checks: Sequence[Callable[[Pair], Reason | None]],
    finder: SplitCompoundFinder,
) -> CleanPairs:
    """Clean the pairs of one source; a machine-translated one also of split compounds."""
    every = list(checks)
    if name in MACHINE_TRANSLATED:
        # Before the deduplicator, which must not remember what is then dropped.
        every.insert(-1, lambda pair: Reason.SPLIT_COMPOUND if finder.find(pair.source) else None)
    clean = clean_pairs((strip_bullet(pair) for pair in raw), every)
    cap = CAPS.get(name)
    if cap is None or len(clean.kept) <= cap:
        return clean
    chosen = sorted(random.Random(SEED).sample(range(len(clean.kept)), cap))
    clean.dropped[Reason.CAP] += len(clean.kept) - cap
    return CleanPairs(tuple(clean.kept[index] for index in chosen), clean.read, clean.dropped)


def draw_dev(pairs: dict[str, list[Pair]]) -> dict[str, list[Pair]]:
    """Draw the development set of ``HELD_OUT``.

    The draw is by a hash of each pair, so that it hardly moves when a cleaning rule
    changes. Raises :class:`InputError` if a source has too few pairs that fit.
    """
    dev = {}
    for name, wanted in HELD_OUT.items():
        fit = [pair for pair in pairs[name] if pair.source.count(" ") + 1 in HELD_OUT_WORDS]
        if len(fit) < wanted:
            raise InputError(
                f"only {len(fit)} pairs of {name} are fit to hold out, not {wanted}",
                remedy="give more text, or lower HELD_OUT",
            )
        dev[name] = sorted(fit, key=lambda pair: sha256_hex(f"{pair.source}\t{pair.target}".encode()))[
            :wanted
        ]
    return dev


def read_dev(path: Path) -> dict[str, list[Pair]]:
    """A development set that an earlier run wrote. Raises :class:`FormatError`."""
    dev: dict[str, list[Pair]] = {}
    for origin, source, target in read_table(path, 3):
        dev.setdefault(origin, []).append(Pair(source, target))
    return dev


def take_out(
    dev: dict[str, list[Pair]], pairs: dict[str, list[Pair]], counts: dict[str, SourceCount]
) -> dict[str, list[Pair]]:
    """``pairs`` without those of ``dev`` and their near-duplicates; ``counts`` is brought up to date."""
    chosen = {pair for group in dev.values() for pair in group}
    guard = NearDuplicateGuard(side for pair in chosen for side in (pair.source, pair.target))
    check = guard_check(guard, Reason.HELD_OUT)
    training: dict[str, list[Pair]] = {}
    for name, candidates in pairs.items():
        training[name] = [pair for pair in candidates if check(pair) is None]
        count = counts[name]
        count.kept = len(training[name])
        count.dev = sum(pair in chosen for pair in candidates)
        if dropped := len(candidates) - count.kept - count.dev:
            count.dropped[Reason.HELD_OUT] += dropped
    return training


def clean_mono(
    lines: Iterable[str],
    language: Language,
    guard: NearDuplicateGuard,
    seen: set[str],
    finder: SplitCompoundFinder | None = None,
) -> CleanLines:
    """Clean running text of one language; ``seen`` holds, and gathers, keys of lines known."""

    def check(line: str) -> Reason | None:
        if reason := check_line(line, language):
            return reason
        if guard.matches(line):
            return Reason.EVALUATION
        if finder is not None and finder.find(line):
            return Reason.SPLIT_COMPOUND
        key = " ".join(key_words(line))
        if key in seen:
            return Reason.DUPLICATE
        seen.add(key)
        return None

    return clean_lines((_mend(line) for line in lines), (check,))


def _mend(line: str) -> str:
    """``line`` without a quotation mark that opens or closes what stands on another line."""
    line = normalise(line)
    if line.count('"') == 1:
        line = line.strip('"').strip()
    return line


def write_pairs(path: Path, pairs: dict[str, list[Pair]]) -> None:
    """Write pairs as three-column TSV, grouped by source."""
    with atomic_write(path) as stream:
        for name, group in pairs.items():
            for pair in group:
                stream.write(f"{name}\t{pair.source}\t{pair.target}\n".encode())


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a line each."""
    with atomic_write(path) as stream:
        for line in lines:
            stream.write(f"{line}\n".encode())


def prepare(shared: Path, out: Path, dev_file: Path | None = None) -> dict[str, SourceCount]:
    """Read ``shared``, write the files named in the module's text to ``out``, return the counts.

    ``dev_file`` is the development set to hold out; without it one is drawn. Give
    the earlier one when text is cleaned anew for a model that has begun to learn.
    """
    out.mkdir(parents=True, exist_ok=True)
    evaluation = evaluation_lines(shared)
    guard = NearDuplicateGuard(evaluation)
    raw = {name: read_pairs(shared / "parallel" / f"{name}.tsv") for name in SOURCES}
    finder = SplitCompoundFinder(
        normalise(pair.source) for name in SOURCES if name not in MACHINE_TRANSLATED for pair in raw[name]
    )
    checks = (check_pair, guard_check(guard, Reason.EVALUATION), Deduplicator().check)
    counts: dict[str, SourceCount] = {}
    pairs: dict[str, list[Pair]] = {}
    for name in SOURCES:
        clean = clean_source(name, raw[name], checks, finder)
        pairs[name] = list(clean.kept)
        counts[name] = SourceCount(clean.read, len(clean.kept), 0, clean.dropped)
        tell(f"{name}: {clean.read} read, {len(clean.kept)} kept")
    dev = draw_dev(pairs) if dev_file is None else read_dev(dev_file)
    write_pairs(out / "pairs.tsv", take_out(dev, pairs, counts))
    write_pairs(out / "dev.tsv", dev)

    dev_sides = [side for group in dev.values() for pair in group for side in (pair.source, pair.target)]
    mono_guard = NearDuplicateGuard([*evaluation, *dev_sides])
    for language, names in MONO.items():
        texts = {name: read_lines(shared / "mono" / f"{name}.{language}.txt") for name in names}
        mono_finder = None
        if language is Language.DUTCH:
            mono_finder = SplitCompoundFinder(line for lines in texts.values() for line in lines)
        seen: set[str] = set()
        kept: list[str] = []
        for name, lines in texts.items():
            clean_text = clean_mono(lines, language, mono_guard, seen, mono_finder)
            kept.extend(clean_text.kept)
            counts[f"{name}.{language}"] = SourceCount(
                clean_text.read, len(clean_text.kept), 0, clean_text.dropped
            )
        write_lines(out / f"mono.{language}.txt", kept)
    with atomic_write(out / "counts.json") as stream:
        table = {name: count.as_json() for name, count in counts.items()}
        stream.write(json.dumps(table, indent=1, ensure_ascii=False).encode() + b"\n")
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shared", type=Path, required=True, help="folder with parallel/, mono/, eval/")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--dev", type=Path, help="keep this development set (a dev.tsv of an earlier run)")
    return run_step(parser, lambda given: prepare(given.shared, given.out, given.dev), arguments)


if __name__ == "__main__":
    sys.exit(main())
