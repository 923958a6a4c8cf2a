"""The pairs that the shipped model is trained on.

    python -m translate.training.recipes.builtin.mix --data DIR [--seed N] [--development FILE]

Reads what the earlier steps wrote in ``DIR`` and writes ``mix.tsv`` and
``held-out.tsv`` (Dutch, English), for ``tweetalig train``:

* all pairs that are not software documentation, and the most general of those;
* English sentences whose Dutch side is a word-by-word imitation
  (:mod:`translate.training.noise`), with the words of ``lexicon.tsv``, ``wordbook.tsv``
  and ``dictionary.tsv``: they teach the words and the English of news and stories;
* English sentences with the Dutch that a model made of them, where ``back.*.tsv`` are
  there (:mod:`translate.training.recipes.builtin.backtranslate`); the others are imitated;
* words by themselves: those of ``wordbook.tsv``, and our own list several times;
* sentences of news, encyclopedias and guides that were written and translated for this,
  and lines of ``mono.en.txt`` that were (:mod:`translate.training.recipes.builtin.own`),
  each several times: there is no other text of their kind;
* sentences of our own with names filled in, and among all others some whose names are
  exchanged (:mod:`translate.training.recipes.builtin.names`): a name of the news is to be
  known, any other to be copied piece by piece.

What is held out are the pairs that ``prepare`` held out, mostly short and everyday, each
after two of our own sentences that nothing is trained on, and two of ``--development``
(pairs of any other kind) where that is given.

Another ``--seed`` spoils, invents and shuffles anew, for a further round of training.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.files import atomic_write
from corpus.words import words
from translate.training.noise import Noise, spoil
from translate.training.pairs import Pair
from translate.training.recipes.builtin.names import filled, known_names, rename, templates
from translate.training.recipes.builtin.own import (
    own_development,
    own_sentences,
    own_translations,
    own_words,
)
from translate.training.recipes.builtin.score import SPECIAL, read_rows
from translate.training.recipes.command import run_step, tell
from translate.training.recipes.tables import read_lines, read_table

SPECIAL_PAIRS = 15_000
LEAST_SHARE = 0.15  # of a Dutch word among the translations of an English one
SEED = 20261124
# Sources have some marks and translations others; the model is to leave them as they are.
_STRAIGHT_MARKS = str.maketrans(
    {"„": '"', "“": '"', "”": '"', "«": '"', "»": '"', "″": '"', "‚": "'", "‘": "'", "’": "'", "′": "'"}
)


@dataclass(frozen=True, slots=True)
class Mixture:
    """How much is spoilt (ranges of chances that a sentence draws from) and renamed.

    ``back`` is the share of back-translations that is taken, the likeliest first.
    ``imitations`` is how many English sentences are imitated, at most.
    ``own`` is how often each of our own sentences and words comes.
    ``names`` is the chance of a pair to be renamed, ``renamed`` how many renamed copies
    of general pairs are added, ``templates`` how often each template is filled.
    """

    drop: tuple[float, float] = (0.0, 0.15)
    exchange: tuple[float, float] = (0.5, 1.0)
    shift: tuple[float, float] = (0.5, 3.0)
    back: float = 0.6
    imitations: int = 0
    own: int = 3
    names: float = 0.3
    renamed: int = 8_000
    templates: int = 30


def dutch_words(data: Path) -> dict[str, list[str]]:
    """Dutch words of each English one: our own, else lexicon and wordbook, else the dictionary's.

    The lexicon comes from pairs, so its word on either side counts for more than the
    dictionary's, which an encoder guessed.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    known = {pair.source for pair in own_words()}
    for dutch, english, _, share, _ in read_table(data / "lexicon.tsv", 5):
        known.add(dutch)
        if float(share) >= LEAST_SHARE:
            found[english].append(dutch)
    for dutch, english in read_table(data / "wordbook.tsv", 2):
        known.add(dutch)
        if dutch not in found[english]:
            found[english].append(dutch)
    for dutch, english, _ in read_table(data / "dictionary.tsv", 3):
        if english not in found and dutch not in known:
            found[english] = [dutch]
    ours: defaultdict[str, list[str]] = defaultdict(list)
    for pair in own_words():
        ours[pair.target].append(pair.source)
    return {**found, **ours}


def imitate(line: str, lexicon: Mapping[str, Sequence[str]], mixture: Mixture, chance: random.Random) -> Pair:
    """A pair whose target is ``line`` and whose source is its word-by-word imitation."""
    noise = Noise(
        drop=chance.uniform(*mixture.drop),
        exchange=chance.uniform(*mixture.exchange),
        shift=chance.uniform(*mixture.shift),
    )
    return Pair(spoil(line, noise, lexicon, chance), line)


def general_pairs(data: Path) -> list[Pair]:
    """All pairs that are not software documentation, and the most general of those."""
    rows = read_table(data / "pairs.scored.tsv", 4)
    special = sorted(float(row[0]) for row in rows if row[1].startswith(SPECIAL))[:SPECIAL_PAIRS]
    bound = special[-1] if special else 0.0
    return [Pair(row[2], row[3]) for row in rows if not row[1].startswith(SPECIAL) or float(row[0]) <= bound]


def back_translations(data: Path, share: float) -> list[Pair]:
    """The best ``share`` of the pairs of ``back.*.tsv`` by their score; none without such files."""
    rows = [row for path in sorted(data.glob("back.*.tsv")) for row in read_table(path, 3)]
    ranked = sorted(rows, key=lambda row: -float(row[0]))
    return [Pair(row[1], row[2]) for row in ranked[: round(share * len(ranked))]]


def word_pairs(data: Path) -> list[Pair]:
    """The words of ``wordbook.tsv``, but for those that our own list knows better."""
    known = {pair.source for pair in own_words()}
    return [Pair(dutch, word) for dutch, word in read_table(data / "wordbook.tsv", 2) if dutch not in known]


def held_out(data: Path, development: Path | None) -> list[Pair]:
    """The pairs to validate on: two of our own and two of ``development`` before each of ``prepare``'s."""
    rows = [Pair(row.source, row.target) for row in read_rows(data / "dev.tsv")]
    given = [Pair(*columns) for columns in read_table(development, 2)] if development else []
    chance = random.Random(SEED)
    two_each = [chance.sample(pairs, min(len(pairs), 2 * len(rows))) for pairs in (own_development(), given)]
    return [
        pair
        for place, row in enumerate(rows)
        for pair in (*(one for pairs in two_each for one in pairs[2 * place : 2 * place + 2]), row)
    ]


def make_mix(
    data: Path, seed: int = SEED, mixture: Mixture | None = None, development: Path | None = None
) -> None:
    """Write ``mix.tsv`` and ``held-out.tsv`` in ``data``."""
    mixture, chance = mixture or Mixture(), random.Random(seed)
    rows = read_table(data / "pairs.scored.tsv", 4)
    pairs = general_pairs(data)
    given = len(pairs)
    english = read_lines(data / "mono.en.txt")
    lexicon = dutch_words(data)
    translated = own_translations(english)
    known = {pair.target for pair in translated}
    made = [pair for pair in back_translations(data, mixture.back) if pair.target not in known]
    pairs += made
    told = {pair.target for pair in (*made, *translated)}
    rest = [line for line in english if line not in told]
    chosen = chance.sample(rest, min(mixture.imitations, len(rest)))
    pairs += [imitate(line, lexicon, mixture, chance) for line in chosen]
    pairs += word_pairs(data) + list(own_words()) * mixture.own
    pairs += [*own_sentences(), *translated] * mixture.own
    ordinary = _ordinary([*english, *(row[2] for row in rows)])
    pairs = [rename(pair, ordinary, chance) if chance.random() < mixture.names else pair for pair in pairs]
    general = [Pair(row[2], row[3]) for row in rows if not row[1].startswith(SPECIAL)]
    named = [pair for pair in general if rename(pair, ordinary, chance) != pair]
    pairs += [rename(chance.choice(named), ordinary, chance) for _ in range(mixture.renamed if named else 0)]
    pairs += [filled(one, known_names(), chance) for one in templates() for _ in range(mixture.templates)]
    chance.shuffle(pairs)
    write_pairs(data / "mix.tsv", pairs)
    write_pairs(data / "held-out.tsv", held_out(data, development))
    counts = f"{given} pairs, {len(made)} back-translations, {len(chosen)} imitations, {len(pairs)} in all"
    tell(f"{data / 'mix.tsv'}: {counts}")


def _ordinary(lines: Iterable[str]) -> set[str]:
    """Words that occur in lower case."""
    return {span.of(line) for line in lines for span in words(line) if span.of(line).islower()}


def write_pairs(path: Path, pairs: Sequence[Pair]) -> None:
    """Write ``pairs`` to ``path``, a line each, with straight quotation marks and apostrophes."""
    with atomic_write(path) as stream:
        for pair in pairs:
            stream.write(f"{pair.source}\t{pair.target}\n".translate(_STRAIGHT_MARKS).encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="The pairs that the shipped model is trained on.")
    parser.add_argument("--data", type=Path, required=True, help="folder that the earlier steps wrote")
    parser.add_argument("--seed", type=int, default=SEED, help="of every draw")
    parser.add_argument("--development", type=Path, help="TSV of pairs to validate on too (Dutch, English)")
    return run_step(
        parser, lambda given: make_mix(given.data, given.seed, development=given.development), arguments
    )


if __name__ == "__main__":
    sys.exit(main())
