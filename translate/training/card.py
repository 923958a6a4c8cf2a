"""The model card that a training session leaves beside its model."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from translate.training.trainer import TrainingResult, TrainingSettings


@dataclass(frozen=True)
class DataFile:
    """A file of pairs: its name, how many of its pairs were used, SHA-256 of its bytes."""

    name: str
    pairs: int
    sha256: str


@dataclass(frozen=True)
class CardFacts:
    """What a model card tells."""

    name: str
    files: tuple[DataFile, ...]
    training_pairs: int
    dropped: Mapping[str, int]
    started_from: str
    settings: TrainingSettings
    result: TrainingResult


def model_card(facts: CardFacts) -> str:
    """The card as Markdown."""
    best, progress = facts.result.best, facts.result.progress
    measured = (
        f"chrF {best.chrf:.1f} (greedy) and {best.loss:.3f} nats a token on the held-out pairs, "
        f"at step {best.step}"
        if best
        else "never validated"
    )
    lines = [
        f"# {facts.name}",
        "",
        "A MarianMT model for Dutch to English, made by `tweetalig train`.",
        "",
        f"- Started from: {facts.started_from}",
        f"- Trained on {facts.training_pairs:,} pairs; ended because {facts.result.reason}",
        f"- Cost: {progress.step:,} steps, {progress.pairs:,} pairs seen, "
        f"{progress.seconds / 60:.1f} minutes on {os.cpu_count()} cores "
        f"({platform.machine()}, {facts.settings.device})",
        f"- Best: {measured}",
        "",
        "## Data",
        "",
        "| file | pairs | SHA-256 |",
        "|---|---|---|",
        *(f"| {file.name} | {file.pairs:,} | `{file.sha256}` |" for file in facts.files),
        "",
        "Dropped: " + (", ".join(f"{k} {v:,}" for k, v in sorted(facts.dropped.items())) or "nothing") + ".",
        "",
        "## Settings",
        "",
        *(f"- {key}: {_shown(value)}" for key, value in asdict(facts.settings).items()),
        "",
        "The held-out score tells how well the model does on text like its training data,",
        "not on other text. Have its output read by somebody who knows both languages.",
        "",
    ]
    return "\n".join(lines)


def _shown(value: object) -> str:
    return "no limit" if isinstance(value, float) and math.isinf(value) else str(value)
