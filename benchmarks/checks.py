"""What the checks say of real output, and how much of damage that is done to it they notice.

    python benchmarks/checks.py SET_FOLDER [--list] [--output FILE ...]

SET_FOLDER holds NAME.nl and NAME.SYSTEM.en of good systems. For precision: flags by kind
and system, and with --list every flag, for reading by hand (on good systems most of what is
wrongly flagged shows). For recall: in segments without a flag one thing is damaged, at random
under a seed, and the share that is then flagged with the right kind is printed.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from corpus.bitext import FlagKind as Kind
from eval.checks import check_segment

Damage = Callable[[str, str, random.Random], str | None]


def exchange(pattern: str, change: Callable[[str, random.Random], str]) -> Damage:
    """Change one match of ``pattern`` in the target."""

    def damage(_: str, target: str, chance: random.Random) -> str | None:
        found = list(re.finditer(pattern, target))
        if not found:
            return None
        one = chance.choice(found)
        return target[: one.start()] + change(one.group(), chance) + target[one.end() :]

    return damage


def other_digit(text: str, chance: random.Random) -> str:
    place = chance.choice([index for index, mark in enumerate(text) if mark.isdigit()])
    return text[:place] + str((int(text[place]) + chance.randint(1, 9)) % 10) + text[place + 1 :]


def other_of(*words: str) -> Callable[[str, random.Random], str]:
    return lambda text, chance: chance.choice([word for word in words if word != text])


def shared_name(source: str, target: str, chance: random.Random) -> str | None:
    """A capitalised word inside the sentence that both sides have."""
    here = set(re.findall(r"\b[A-Z][a-z]{5,}\b", source))
    names = [one for one in re.findall(r"(?<=[a-z] )[A-Z][a-z]{5,}\b", target) if one in here]
    return chance.choice(names) if names else None


def bent_name(source: str, target: str, chance: random.Random) -> str | None:
    name = shared_name(source, target, chance)
    if name is None:
        return None
    place = chance.randrange(2, len(name) - 1)
    bent = name[:place] + chance.choice("aeioklmnrst") + name[place + 1 :]
    return None if bent == name else target.replace(name, bent)


def left_word(source: str, target: str, chance: random.Random) -> str | None:
    ours = re.findall(r"(?<= )[a-z]{5,}(?= )", source)
    theirs = list(re.finditer(r"(?<= )[a-z]{4,}(?= )", target))
    if not ours or not theirs:
        return None
    word, one = chance.choice(ours), chance.choice(theirs)
    return None if word in target else target[: one.start()] + word + target[one.end() :]


def cut(_: str, target: str, chance: random.Random) -> str | None:
    words = target.split()
    return " ".join(words[: int(len(words) * chance.uniform(0.4, 0.8))]) if len(words) > 8 else None


def loop(_: str, target: str, chance: random.Random) -> str | None:
    words = target.split()
    start = chance.randrange(max(1, len(words) - 3))
    return " ".join([*words[: start + 3], *words[start : start + 3] * 2, *words[start + 3 :]])


MONTHS = [
    "January",
    "February",
    "April",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
DAMAGES: dict[str, tuple[Damage, frozenset[Kind]]] = {
    "another digit": (
        exchange(r"\d[\d.,]*\d|\d", other_digit),
        frozenset({Kind.NUMBERS, Kind.AMOUNTS, Kind.DATES, Kind.UNITS}),
    ),
    "another scale": (
        exchange(r"\b[mb]illion\b", other_of("million", "billion")),
        frozenset({Kind.NUMBERS, Kind.AMOUNTS}),
    ),
    "another month": (exchange(rf"\b(?:{'|'.join(MONTHS)})\b", other_of(*MONTHS)), frozenset({Kind.DATES})),
    "another day": (exchange(rf"\b(?:{'|'.join(DAYS)})\b", other_of(*DAYS)), frozenset({Kind.DATES})),
    "another unit": (
        exchange(r"(?<=\d )(?:kilomet(?:er|re)s|km|met(?:er|re)s)\b(?! ?[/²2])", other_of("miles", "feet")),
        frozenset({Kind.UNITS}),
    ),
    "a letter of a name": (bent_name, frozenset({Kind.NAMES})),
    "a Dutch word": (left_word, frozenset({Kind.LEFTOVER})),
    "cut off": (cut, frozenset({Kind.TRUNCATION, Kind.LENGTH_RATIO})),
    "a loop": (loop, frozenset({Kind.REPETITION})),
    "a quotation mark": (exchange(r"[\"“”]", lambda *_: ""), frozenset({Kind.QUOTATION})),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--output", type=Path, nargs="*", default=[], help="further translations")
    options = parser.parse_args()
    (source,) = options.folder.glob("*.nl")
    dutch = source.read_text("utf-8").split("\n")
    paths = [*sorted(options.folder.glob(f"{source.stem}.*.en")), *options.output]
    chance = random.Random(12345)
    done: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    for path in paths:
        english = path.read_text("utf-8").split("\n")
        kinds: Counter[str] = Counter()
        for number, (ours, theirs) in enumerate(zip(dutch, english, strict=True), start=1):
            flags = check_segment(ours, theirs)
            kinds.update(str(flag.kind) for flag in flags)
            if options.list:
                for flag in flags:
                    print(f"{path.stem}\t{number}\t{flag.kind}\t{flag.message}")
            if flags or path in options.output:
                continue
            for name, (damage, wanted) in DAMAGES.items():
                damaged = damage(ours, theirs, chance)
                if damaged is not None and damaged != theirs:
                    done[name] += 1
                    noticed[name] += any(flag.kind in wanted for flag in check_segment(ours, damaged))
        told = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        print(f"{path.stem}: {len(english)} segments: {told or 'no flag'}")
    for name, count in done.items():
        print(f"damage: {name:20} noticed {noticed[name]} of {count} ({noticed[name] / count:.0%})")


if __name__ == "__main__":
    main()
