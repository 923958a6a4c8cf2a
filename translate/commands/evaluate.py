"""``tweetalig evaluate``: hypotheses scored against references."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eval.evaluation import Evaluation, Scorer, Settings
    from eval.gate import Baseline, Threshold, Verdict
    from eval.inputs import Material, SegmentFile
    from eval.report_json import Origin
    from eval.statistics import SignificanceTest

_EPILOG = """
HYP, REF and SRC are plain lines, one segment each, or bilingual documents (.jsonl, .tmx and
whatever else 'tweetalig convert' reads) whose target side is scored; documents are matched
by segment id, lines by their order. With two or more systems every one is tested against
the first and all are ranked; p-values are Holm-corrected.

Metrics: bleu, chrf, chrf++, ter (the default, sacrebleu's numbers); spbleu, spbleu-101
(the default too where sacrebleu has their tokenizer's model at hand); sim-ref and sim-src,
the cosine with the reference or source by a multilingual sentence encoder (about 20 ms a
sentence); comet, run by another Python that has it (--comet-python).

Alignments: with --kind links, files are lines of 0-0 1-2 (a gold link that is only
possible: 1?2) or documents with links, scored by F1, AER, precision and recall; with
--kind beads they are lines of [0, 1]:[0], scored by strict and lax F1, precision, recall.

Exit codes: 0 done, 2 a mistake in what was given (nothing is written), 3 the gate failed
(--fail-under, --baseline; reports are written), 130 interrupted.
"""
_EMBEDDED = ("sim-ref", "sim-src")
_COMET = "comet"


@click.command(epilog=_EPILOG)
@click.argument("hypotheses", nargs=-1, metavar="[HYP]...")
@click.option(
    "--ref", "references", multiple=True, required=True, metavar="REF", help="A reference; repeatable."
)
@click.option(
    "--src",
    "source",
    metavar="SRC",
    help="The source text: shown, checked against, and what --system translates.",
)
@click.option(
    "--system",
    "models",
    multiple=True,
    metavar="MODEL",
    help="Translate SRC with this model first ('builtin', hub id or directory); repeatable.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Report: .html, .json, .md or .csv; repeatable.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    help="A system's name, once for each HYP and then each MODEL in order (default: its file or model).",
)
@click.option(
    "-m",
    "--metric",
    "metrics",
    multiple=True,
    metavar="METRIC",
    help="A metric (see below); repeatable. Default: bleu, chrf, chrf++, ter, and spbleu where it can be.",
)
@click.option(
    "--comet-python", metavar="PYTHON", help="A Python that has unbabel-comet; adds the metric comet."
)
@click.option(
    "--comet-model",
    metavar="NAME",
    help="COMET model or checkpoint (default: Unbabel/wmt22-comet-da), such as Unbabel/XCOMET-XL.",
)
@click.option(
    "--documents",
    metavar="FILE",
    help="The document of every segment, one name a line: adds scores by document.",
)
@click.option(
    "--frequency-corpus",
    metavar="FILE",
    help="English text that tells how common a word is (default: the references).",
)
@click.option(
    "--test",
    "tests",
    multiple=True,
    type=click.Choice(["bootstrap", "randomization", "none"]),
    help="Paired significance test; repeatable (default: bootstrap).",
)
@click.option(
    "--resamples",
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    help="Bootstrap resamples, for confidence intervals and tests; 0 for none.",
)
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=10000,
    show_default=True,
    help="Trials of approximate randomization.",
)
@click.option(
    "--kind",
    type=click.Choice(["translation", "links", "beads"]),
    default="translation",
    show_default=True,
    help="What HYP and REF are: English, word links or sentence beads (see below).",
)
@click.option("--seed", type=click.IntRange(0), default=12345, show_default=True, help="Seed of all draws.")
@click.option("--no-checks", is_flag=True, help="Do not check the hypotheses against SRC.")
@click.option(
    "--fail-under",
    "thresholds",
    multiple=True,
    metavar="METRIC=SCORE",
    help="Exit with 3 if a system scores less (on TER: more); repeatable.",
)
@click.option(
    "--baseline",
    metavar="REPORT",
    help="An earlier .json report: exit with 3 if a system is significantly worse than there.",
)
@click.option("--offline", is_flag=True, help="Never touch the network (only --system ever does).")
@click.option("-q", "--quiet", is_flag=True, help="Print no table.")
def command(
    hypotheses: tuple[str, ...],
    references: tuple[str, ...],
    source: str | None,
    models: tuple[str, ...],
    outputs: tuple[str, ...],
    names: tuple[str, ...],
    metrics: tuple[str, ...],
    comet_python: str | None,
    comet_model: str | None,
    documents: str | None,
    frequency_corpus: str | None,
    tests: tuple[str, ...],
    resamples: int,
    trials: int,
    kind: str,
    seed: int,
    no_checks: bool,
    thresholds: tuple[str, ...],
    baseline: str | None,
    offline: bool,
    quiet: bool,
) -> int:
    """Score each HYP against REF: BLEU, chrF, chrF++ and TER, as sacrebleu has them.

    \b
    Examples:
      tweetalig evaluate --ref reference.en baseline.en hypothesis.en -o report.html
      tweetalig evaluate --system builtin --src source.nl --ref reference.en
      tweetalig evaluate --ref reference.en hypothesis.en --fail-under chrF=50
    """
    from dataclasses import replace
    from datetime import UTC, datetime

    from corpus.errors import SettingsError
    from corpus.files import check_writable
    from eval.breakdown import read_frequencies
    from eval.evaluation import Settings, evaluate
    from eval.gate import FAILED, parse_threshold, read_baseline
    from eval.inputs import read_segments
    from eval.report import writer
    from eval.report_json import Origin

    writers = [(Path(name), writer(Path(name))) for name in outputs]
    for path, _ in writers:
        check_writable(path)
    if not hypotheses and not models:
        raise SettingsError("nothing to evaluate", remedy="give a HYP, or --system and --src")
    if names and len(names) != len(hypotheses) + len(models):
        raise SettingsError(
            f"{len(names)} names for {len(hypotheses) + len(models)} systems",
            remedy="give --name once for each HYP and --system",
        )
    if kind != "translation":
        _check_alignment_options(
            references, metrics, models, comet_python, documents, frequency_corpus, baseline
        )
    before = None
    chosen = _chosen_tests(tests, len(hypotheses) + len(models), resamples)
    limits = [parse_threshold(text) for text in thresholds]
    settings = Settings((), chosen, resamples, trials, seed, checks=not no_checks)
    notes: tuple[str, ...] = ()
    if kind != "translation":
        evaluation = _alignment(kind, references[0], hypotheses, source, names, settings)
    else:
        counted, scorers = _chosen_metrics(metrics, comet_python, comet_model)
        _check_limits(limits, [*counted, *(scorer.metric.key for scorer in scorers)])
        sources = read_segments(Path(source)) if source else None
        known = [read_segments(Path(name)) for name in references]
        files = [read_segments(Path(name)) for name in hypotheses]
        groups = read_segments(Path(documents)) if documents else None
        before = read_baseline(Path(baseline)) if baseline else None
        material, notes = _matched(known, files, sources, names, groups, models, offline=offline, quiet=quiet)
        frequencies = read_frequencies(Path(frequency_corpus), material) if frequency_corpus else None
        settings = replace(settings, metrics=counted)
        evaluation = evaluate(material, settings, scorers, frequencies=frequencies)
    verdicts = _verdicts(evaluation, limits, before)
    origin = Origin(
        command=shlex.join(["tweetalig", *sys.argv[1:]]),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=notes,
        verdicts=verdicts,
    )
    _write(evaluation, origin, outputs)
    if not quiet:
        _table(evaluation)
    for verdict in verdicts:
        if not verdict.passed or not quiet:
            outcome = "passed" if verdict.passed else "FAILED"
            click.echo(f"tweetalig: {outcome}: {verdict.system}: {verdict.message}", err=True)
    return 0 if all(verdict.passed for verdict in verdicts) else FAILED


# What is asked for


def _chosen_tests(names: Sequence[str], systems: int, resamples: int) -> tuple[SignificanceTest, ...]:
    from corpus.errors import SettingsError
    from eval.statistics import SignificanceTest

    if "none" in names:
        if len(set(names)) > 1:
            raise SettingsError("--test none goes with no other test", remedy="leave one of them out")
        return ()
    if not names:
        return (SignificanceTest.BOOTSTRAP,) if systems > 1 and resamples else ()
    if systems < 2:
        raise SettingsError("a significance test compares systems", remedy="give two or more HYP")
    return tuple(SignificanceTest[name.upper()] for name in dict.fromkeys(names))


def _chosen_metrics(
    names: Sequence[str], comet_python: str | None, comet_model: str | None
) -> tuple[tuple[str, ...], list[Scorer]]:
    """The keys of counted metrics, and what scores the others."""
    from corpus.errors import SettingsError
    from eval.comet import DEFAULT_MODEL, HOW_TO_GET, Comet
    from eval.metrics import METRICS, STANDARD, metric_key
    from eval.pieces import have_pieces, require_pieces
    from eval.similarity import ReferenceSimilarity, SourceSimilarity, UniversalSentenceEncoder

    wanted = list(dict.fromkeys(metric_key(name) for name in names))
    for key in wanted:
        if key not in METRICS and key not in (*_EMBEDDED, _COMET):
            known = ", ".join([*METRICS, *_EMBEDDED, _COMET])
            raise SettingsError(f"there is no metric {key!r}", remedy=f"use one of {known}")
    if not wanted:
        wanted = [*STANDARD, *(["spbleu"] if have_pieces("flores200") else [])]
    for key, tokens in (("spbleu", "flores200"), ("spbleu-101", "flores101")):
        if key in wanted:
            require_pieces(tokens)
    if comet_python is not None and _COMET not in wanted:
        wanted.append(_COMET)
    if _COMET in wanted and comet_python is None:
        raise SettingsError("COMET runs in an environment of its own", remedy=HOW_TO_GET)
    if comet_model is not None and comet_python is None:
        raise SettingsError("--comet-model is for --comet-python", remedy=HOW_TO_GET)
    encoder = UniversalSentenceEncoder()
    scorers: list[Scorer] = []
    for key in wanted:
        if key == "sim-ref":
            scorers.append(ReferenceSimilarity(encoder))
        elif key == "sim-src":
            scorers.append(SourceSimilarity(encoder))
        elif key == _COMET and comet_python is not None:
            scorers.append(Comet(Path(comet_python), comet_model or DEFAULT_MODEL))
    return tuple(key for key in METRICS if key in wanted), scorers


def _check_limits(limits: Sequence[Threshold], computed: Sequence[str]) -> None:
    """A gate on what is not computed is a mistake to tell before anything is translated."""
    from corpus.errors import SettingsError

    for limit in limits:
        if limit.metric not in computed:
            raise SettingsError(
                f"there is no score on {limit.metric} to hold to {limit.value:g}",
                remedy=f"name one of {', '.join(computed)}, or add it with --metric",
            )


# Inputs


def _check_alignment_options(references: Sequence[str], *others: object) -> None:
    from corpus.errors import SettingsError

    if any(others):
        raise SettingsError(
            "--kind links and beads go without models, --metric, --comet-python, --documents, "
            "--frequency-corpus and --baseline",
            remedy="leave them out",
        )
    if len(references) > 1:
        raise SettingsError("an alignment has one gold", remedy="give --ref once")


def _alignment(
    kind: str,
    gold: str,
    systems: Sequence[str],
    source: str | None,
    names: Sequence[str],
    settings: Settings,
) -> Evaluation:
    from dataclasses import replace

    from corpus.errors import SettingsError
    from eval.alignment_scores import score_beads, score_links
    from eval.evaluation import evaluate_counts
    from eval.inputs import read_segments

    paths = [Path(name) for name in systems]
    if kind == "links":
        sentences = read_segments(Path(source)) if source else None
        scored = score_links(Path(gold), paths, source=sentences, names=names)
    elif source:
        raise SettingsError("--src is for translations and links", remedy="leave it out")
    else:
        scored = score_beads(Path(gold), paths, names=names)
    settings = replace(settings, words=False, checks=False, unit=kind)
    return evaluate_counts(scored.material, settings, scored.counts)


def _matched(
    references: Sequence[SegmentFile],
    hypotheses: Sequence[SegmentFile],
    source: SegmentFile | None,
    names: Sequence[str],
    documents: SegmentFile | None,
    models: Sequence[str],
    *,
    offline: bool,
    quiet: bool,
) -> tuple[Material, tuple[str, ...]]:
    """The material, with a translation by each model, and notes on the models."""
    from corpus.errors import SettingsError
    from eval.inputs import match, system_names

    if not models:
        material = match(references, hypotheses, source=source, names=names, documents=documents)
        return material, ()
    if source is None:
        raise SettingsError("--system translates the source", remedy="give --src")
    # Whatever does not fit is said before the time is spent.
    match(references, [*hypotheses, source], documents=documents)
    made = []
    notes: list[str] = []
    for model in models:
        file, told = _translated(source, model, offline=offline, quiet=quiet)
        made.append(file)
        notes += told
    if not names:
        names = [*(system_names(hypotheses) if hypotheses else []), *models]
    material = match(references, [*hypotheses, *made], source=source, names=names, documents=documents)
    return material, tuple(notes)


def _translated(
    source: SegmentFile, model: str, *, offline: bool, quiet: bool
) -> tuple[SegmentFile, list[str]]:
    """The source in English by a model, segment for segment, and what to know of it."""
    import os
    from dataclasses import replace

    from corpus.readers import read_document

    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    from translate.engines import EngineSettings
    from translate.engines.selection import load_engine
    from translate.models import find_model
    from translate.pipeline import TranslationSettings, translate_document
    from translate.progress import progress_bar

    texts = [" ".join(text.split("\r")) for text in source.sources or source.segments]
    lines = "\n".join(texts) + "\n"
    document = read_document(lines.encode(), source.path, segmented=True)
    engine = load_engine(find_model(model, offline=offline), EngineSettings())
    with progress_bar("translating", shown=not quiet and sys.stderr.isatty()) as progress:
        bitext = translate_document(document, engine, TranslationSettings(), progress=progress)
    english = tuple(bitext.target_text(bead) for bead in bitext.beads)
    known = bitext.provenance
    note = f"{model}: {known.model}, {known.engine}, weights {known.weights_sha256[:16]}"
    file = replace(source, path=f"(translated by {model})", segments=english, sha256="")
    return file, [note, *known.notes]


# Results


def _verdicts(
    evaluation: Evaluation, limits: Sequence[Threshold], before: Baseline | None
) -> tuple[Verdict, ...]:
    from eval.gate import check_thresholds, compare_with_baseline

    verdicts = check_thresholds(evaluation, limits)
    return verdicts if before is None else (*verdicts, *compare_with_baseline(evaluation, before))


def _write(evaluation: Evaluation, origin: Origin, outputs: Sequence[str]) -> None:
    """Write all reports, or none if one cannot be written."""
    from contextlib import ExitStack

    from corpus.files import atomic_write
    from eval.report import writer

    with ExitStack() as files:
        for name in outputs:
            stream = files.enter_context(atomic_write(Path(name)))
            for piece in writer(Path(name))(evaluation, origin):
                stream.write(piece.encode())


def _table(evaluation: Evaluation) -> None:
    """Systems as rows, metrics as columns, then rankings, flags and the signatures."""
    from rich.console import Console
    from rich.table import Table

    from eval.report import RANKING_NOTE, cell_text, ranking_text, summary_note
    from eval.report_json import flag_counts

    table = Table("System")
    for result in evaluation.metrics:
        table.add_column(result.metric.name, justify="right")
    if evaluation.flags:
        table.add_column("Flags", justify="right")
    for place, system in enumerate(evaluation.material.systems):
        cells = [cell_text(evaluation, result, place) for result in evaluation.metrics]
        if evaluation.flags:
            cells.append(str(sum((flag_counts(evaluation, place) or {}).values())))
        table.add_row(system.name, *cells)
    # Piped output is not broken at 80 columns: nothing of a name or a score may be lost.
    console = Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)
    console.print(table)
    lines = [summary_note(evaluation)] if summary_note(evaluation) else []
    if evaluation.rankings:
        lines += [f"Ranking by {ranking_text(evaluation, item)}" for item in evaluation.rankings]
        lines.append(RANKING_NOTE)
    lines += [f"{result.metric.name}: {result.signature}" for result in evaluation.metrics]
    for line in lines:
        console.print(line, soft_wrap=True)
