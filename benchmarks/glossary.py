"""How often the terms of a glossary are honoured, with and without it, and by which way.

    python benchmarks/glossary.py [--model builtin] [--show] [--each-way]

The cases are glossary_cases.tsv, beside this file: written for this project, with forms and
compounds of the terms, names that must stay, and a reference. "honoured": every term
that is found in the Dutch is in the English in some form. "right": the very words that
the case wants are there (number and article too). chrF says what it does to the rest.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sacrebleu

from corpus.glossary import Glossary, read_glossary
from translate.engines import DecodingSettings, Engine, EngineSettings
from translate.engines.selection import load_engine
from translate.glossary import WAYS, honour_terms
from translate.links import word_links
from translate.models import find_model
from translate.preparation import finish
from translate.safeguards import translate_guarded

CASES = Path(__file__).with_name("glossary_cases.tsv")


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    glossary: Glossary
    source: str
    wanted: tuple[tuple[str, ...], ...]
    reference: str

    def right(self, text: str) -> bool:
        return all(
            any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text) for one in ways) for ways in self.wanted
        )

    def honoured(self, text: str) -> bool:
        return not self.glossary.missing_terms(self.source, text)


def read_cases(path: Path = CASES) -> list[Case]:
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [
        Case(
            kind=row["kind"],
            glossary=read_glossary(glossary_rows(row["terms"]).encode(), path.name),
            source=row["source"],
            wanted=tuple(tuple(one.split("|")) for one in row["wanted"].split(";")),
            reference=row["reference"],
        )
        for row in rows
    ]


def glossary_rows(terms: str) -> str:
    """The terms of a case as a glossary. A plus asks for compounds of a short term."""
    rows = ["source\ttarget\tmatch"]
    for term in terms.split(";"):
        source, _, target = term.lstrip("+").partition("=")
        rows.append(f"{source}\t{target}\t{'compounds' if term.startswith('+') else ''}")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--each-way", action="store_true", help="also each way alone, and the other order")
    parser.add_argument("--show", action="store_true", help="print every case")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    cases = read_cases()
    engine = load_engine(find_model(options.model, offline=True), EngineSettings(threads=options.threads))
    settings = DecodingSettings()
    sources = [case.source for case in cases]
    begin = time.perf_counter()
    without = translate_guarded(engine, sources, settings, finish=finish)
    seconds = time.perf_counter() - begin
    before = [one.text for one in without]
    print(f"{len(cases)} cases, model {options.model}, {engine.name}, beam {settings.beam_size}")
    report("without", cases, before, seconds)

    def run(ways: Sequence[str]) -> tuple[list[str], float]:
        begin = time.perf_counter()
        made = [
            honour_terms(
                engine,
                [case.source],
                [one],
                case.glossary,
                settings,
                link=linker(engine),
                finish=finish,
                ways=ways,
            )[0].text
            for case, one in zip(cases, without, strict=True)
        ]
        return made, time.perf_counter() - begin

    after, seconds = run(WAYS)
    report("with", cases, after, seconds)
    if options.each_way:
        for way in dict.fromkeys(WAYS):
            report(f"only {way}", cases, *run([way]))
        report("switched first", cases, *run(["switched", "spliced"]))
    kinds = Counter(case.kind for case in cases)
    for kind, number in kinds.items():
        held = [(case, text) for case, text in zip(cases, after, strict=True) if case.kind == kind]
        print(f"  {kind:12} {sum(case.right(text) for case, text in held):3} of {number}")
    if options.show:
        for case, old, new in zip(cases, before, after, strict=True):
            mark = "  " if case.right(new) else "* " if case.honoured(new) else "**"
            print(f"{mark} {case.source}\n     {old}\n     {new}")


def linker(engine: Engine):  # type: ignore[no-untyped-def]
    return lambda sources, targets: word_links(engine, sources, targets)


def report(name: str, cases: Sequence[Case], texts: Sequence[str], seconds: float) -> None:
    honoured = sum(case.honoured(text) for case, text in zip(cases, texts, strict=True))
    right = sum(case.right(text) for case, text in zip(cases, texts, strict=True))
    chrf = sacrebleu.corpus_chrf(list(texts), [[case.reference for case in cases]]).score
    total = len(cases)
    shares = f"honoured {honoured / total:6.1%}  right {right / total:6.1%}"
    print(f"{name:20} {shares}  chrF {chrf:.1f}  {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
