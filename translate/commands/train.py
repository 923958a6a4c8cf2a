"""``tweetalig train``: train or fine-tune a MarianMT model from parallel text."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from translate.training.trainer import TrainingResult


_EPILOG = """
Exit codes: 0 done, 2 a mistake in what was given, 130 interrupted (run it again to go on).
"""


@click.command(epilog=_EPILOG)
@click.argument("data", nargs=-1, required=True, metavar="DATA...")
@click.option(
    "-o", "--output", required=True, metavar="DIR", help="Where the model goes; an interrupted run resumes."
)
@click.option("--start-from", metavar="MODEL", help="'builtin' or a MarianMT directory to go on from.")
@click.option("--held-out", multiple=True, metavar="FILE", help="Pairs to validate on; else 300 of DATA.")
@click.option("--no-clean", is_flag=True, help="Keep pairs that look wrong.")
@click.option("--minutes", type=click.FloatRange(0.0, min_open=True), help="Stop after so many minutes.")
@click.option(
    "--max-steps",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    help="Stop after so many updates.",
)
@click.option(
    "--batch-tokens",
    type=click.IntRange(1),
    default=6000,
    show_default=True,
    help="Padded tokens of both sides a batch.",
)
@click.option(
    "--learning-rate", type=float, help="Peak; default 0.0007 for a new model, 0.0001 to go on from one."
)
@click.option(
    "--final-rate",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="Share of the learning rate that is left at the end.",
)
@click.option(
    "--encoder-rate",
    type=float,
    default=1.0,
    show_default=True,
    help="Times the learning rate, for the encoder; 0 freezes it.",
)
@click.option(
    "--validate-every",
    type=click.IntRange(1),
    help="Updates between validations (default: once an epoch, within 20 and 500).",
)
@click.option(
    "--patience",
    type=click.IntRange(1),
    help="Stop after so many validations without a better chrF (default 10; 4 with --start-from).",
)
@click.option(
    "--vocabulary", type=click.IntRange(100), default=8000, show_default=True, help="Pieces of a new model."
)
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option("--half", is_flag=True, help="Save the weights as float16.")
@click.option(
    "--dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.1,
    show_default=True,
    help="0 for less than an epoch.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of every draw.")
@click.option("--offline", is_flag=True, help="Never touch the network.")
@click.option("-q", "--quiet", is_flag=True, help="Only errors and the last line.")
def command(
    data: tuple[str, ...],
    output: str,
    start_from: str | None,
    held_out: tuple[str, ...],
    no_clean: bool,
    minutes: float | None,
    max_steps: int,
    batch_tokens: int,
    learning_rate: float | None,
    final_rate: float,
    encoder_rate: float,
    validate_every: int | None,
    patience: int | None,
    vocabulary: int,
    device: str,
    half: bool,
    dropout: float,
    seed: int,
    offline: bool,
    quiet: bool,
) -> None:
    """Train a MarianMT model on DATA: TMX, or TSV with Dutch and English.

    \b
    Example:
      tweetalig train memory.tmx --start-from builtin --output my-model
    """
    from translate.models import find_model
    from translate.training.new_model import Shape
    from translate.training.session import SessionPlan, train
    from translate.training.trainer import TrainingSettings

    start = find_model(start_from, offline=offline).folder if start_from else None
    plan = SessionPlan(
        data=tuple(map(Path, data)),
        output=Path(output),
        start=start,
        held_out_files=tuple(map(Path, held_out)),
        clean=not no_clean,
        half=half,
        shape=Shape(vocabulary=vocabulary),
    )
    settings = TrainingSettings(
        batch_tokens=batch_tokens,
        learning_rate=learning_rate or (1e-4 if start else 7e-4),
        final_rate=final_rate,
        encoder_rate=encoder_rate,
        max_steps=max_steps,
        minutes=math.inf if minutes is None else minutes,
        validate_every=validate_every or 0,
        validate_start=start is not None,
        patience=patience or (4 if start else 10),
        dropout=dropout,
        device=device,
        seed=seed,
    )
    try:
        result = train(plan, settings, _silent if quiet else _tell)
    except KeyboardInterrupt:
        click.echo(f"tweetalig: {output}: interrupted; the same command goes on from here", err=True)
        raise
    click.echo(f"{output}: {result.reason}; {_verdict(result, going_on=start is not None)}", err=True)


def _verdict(result: TrainingResult, *, going_on: bool) -> str:
    """What was gained, by the held-out pairs."""
    if result.best is None:
        return "never validated"
    found = f"held-out chrF {result.best.chrf:.1f} at update {result.best.step}"
    if going_on and result.best.step == 0:
        return f"{found}: nothing was gained, so the model is the one it started from"
    return found


def _silent(entry: dict[str, Any]) -> None:
    """Say nothing."""


def _tell(entry: dict[str, Any]) -> None:
    click.echo("  ".join(f"{key} {value}" for key, value in entry.items()), err=True)
