"""A training session from files to a finished model directory.

``output`` becomes a MarianMT directory with a model card (``README.md``);
``output/training`` holds what is needed to resume and to look back: the starting
model, the checkpoint, the loss log and the best weights so far.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, MarianMTModel

from corpus.cleaning import Pair as CleaningPair
from corpus.cleaning import Reason, check_pair, normalise
from corpus.errors import ModelError, SettingsError
from corpus.files import sha256_hex
from translate.quiet import quiet_transformers
from translate.training.card import CardFacts, DataFile, model_card
from translate.training.examples import Codec, encode_pairs
from translate.training.new_model import Shape, make_model
from translate.training.pairs import Pair, read_pairs
from translate.training.trainer import TOKENIZER_FILES, Trainer, TrainingResult, TrainingSettings

Log = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class SessionPlan:
    """What to train on, from what, and into where.

    ``start`` is a MarianMT directory to go on from; without it a new model of
    ``shape`` is made. Without ``held_out_files``, ``held_out`` pairs are taken from
    the data at random. ``clean`` drops pairs that fail the checks of
    ``corpus.cleaning``. ``half`` saves the finished weights as float16.
    """

    data: tuple[Path, ...]
    output: Path
    start: Path | None = None
    held_out_files: tuple[Path, ...] = ()
    held_out: int = 300
    clean: bool = True
    half: bool = False
    shape: Shape = field(default_factory=Shape)


@dataclass(frozen=True)
class LoadedData:
    """Pairs to learn from, pairs held out, and what was dropped on the way."""

    training: list[Pair]
    held_out: list[Pair]
    files: tuple[DataFile, ...]
    dropped: Counter[Reason]


def train(plan: SessionPlan, settings: TrainingSettings, log: Log) -> TrainingResult:
    """Run or resume the session that ``plan`` describes.

    ``log`` gets each record of the loss log as it is written. Raises the errors of
    ``corpus.errors`` for unreadable data, too little of it, or a wrong model.
    """
    data = load_data(plan, settings.seed)
    workplace = plan.output / "training"
    _check_same_data(workplace, data)
    with quiet_transformers():
        start = _starting_model(plan, workplace, data, settings.seed)
    examples = encode_pairs(data.training, Codec.load(start), settings.max_tokens)
    held_out = [(pair.source, pair.target) for pair in data.held_out]
    with (workplace / "log.jsonl").open("a", encoding="utf-8") as stream:

        def record(entry: dict[str, Any]) -> None:
            stream.write(json.dumps(entry) + "\n")
            stream.flush()
            log(entry)

        left_out = {"too_long": examples.too_long, "unwritable": examples.unwritable}
        record({"pairs": len(examples), **left_out, "held_out": len(held_out)})
        record({"dropped": {reason.value: count for reason, count in sorted(data.dropped.items())}})
        with quiet_transformers():
            result = Trainer(start, workplace, examples, held_out, settings, record).run()
            _finish(plan, settings, data, result)
    return result


def load_data(plan: SessionPlan, seed: int) -> LoadedData:
    """Read, clean and divide the data of ``plan``."""
    dropped: Counter[Reason] = Counter()
    training, files = _read_files(plan.data, plan.clean, dropped)
    held_out, more = _read_files(plan.held_out_files, False, Counter())
    if not plan.held_out_files:
        random.Random(seed).shuffle(training)
        size = min(plan.held_out, len(training) // 10)
        held_out, training = training[:size], training[size:]
    known = {(pair.source, pair.target) for pair in held_out}
    training = [pair for pair in training if (pair.source, pair.target) not in known]
    if len(training) < 10 or not held_out:
        raise SettingsError(
            f"{len(training)} pairs to train on and {len(held_out)} held out are too few",
            remedy="give more pairs" + (" or leave out cleaning with --no-clean" if plan.clean else ""),
        )
    return LoadedData(training, held_out, files + more, dropped)


def _read_files(
    paths: Sequence[Path], clean: bool, dropped: Counter[Reason]
) -> tuple[list[Pair], tuple[DataFile, ...]]:
    pairs: list[Pair] = []
    files: list[DataFile] = []
    for path in paths:
        before = len(pairs)
        for pair in read_pairs(path):
            made = Pair(normalise(pair.source), normalise(pair.target))
            reason = check_pair(CleaningPair(made.source, made.target)) if clean else None
            if reason:
                dropped[reason] += 1
            else:
                pairs.append(made)
        files.append(DataFile(path.name, len(pairs) - before, sha256_hex(path.read_bytes())))
    return pairs, tuple(files)


def _check_same_data(workplace: Path, data: LoadedData) -> None:
    """A run resumes only on the pairs it began with."""
    digest = hashlib.sha256()
    for pair in data.training:
        digest.update(f"{pair.source}\t{pair.target}\n".encode())
    note = workplace / "data.sha256"
    workplace.mkdir(parents=True, exist_ok=True)
    if note.exists() and note.read_text("utf-8") != digest.hexdigest():
        raise SettingsError(
            "holds a training run on other data",
            where=str(workplace),
            remedy="resume with the same files and options, or choose another --output",
        )
    note.write_text(digest.hexdigest(), "utf-8")


def _starting_model(plan: SessionPlan, workplace: Path, data: LoadedData, seed: int) -> Path:
    start = workplace / "start"
    if (start / "model.safetensors").exists():
        return start
    if plan.start is None:
        make_model(start, data.training, plan.shape, seed)
        return start
    if not (plan.start / "model.safetensors").exists():
        raise ModelError(
            "has no model.safetensors",
            where=str(plan.start),
            remedy="give a MarianMT directory to start from",
        )
    start.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "generation_config.json", "model.safetensors", *TOKENIZER_FILES):
        if (plan.start / name).exists():
            shutil.copyfile(plan.start / name, start / name)
    return start


def _finish(plan: SessionPlan, settings: TrainingSettings, data: LoadedData, result: TrainingResult) -> None:
    """Put the best weights and the model card into the output directory."""
    save_finished(result.folder, plan.output, half=plan.half)
    facts = CardFacts(
        name=plan.output.name,
        files=data.files,
        training_pairs=len(data.training),
        dropped={reason.value: count for reason, count in data.dropped.items()},
        started_from=plan.start.name if plan.start else "random weights",
        settings=settings,
        result=result,
    )
    (plan.output / "README.md").write_text(model_card(facts), "utf-8")


def save_finished(best: Path, output: Path, *, half: bool) -> None:
    """Write the model in ``best`` to ``output``, ready for use."""
    model = MarianMTModel.from_pretrained(best, dtype=torch.float32, use_safetensors=True)
    pad = model.config.pad_token_id
    model.generation_config = GenerationConfig(
        decoder_start_token_id=model.config.decoder_start_token_id,
        eos_token_id=model.config.eos_token_id,
        forced_eos_token_id=model.config.eos_token_id,
        pad_token_id=pad,
        bad_words_ids=[[pad]],
        max_length=model.config.max_position_embeddings,
        num_beams=4,
    )
    if half:
        model = model.half()
    output.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(output)
    for name in TOKENIZER_FILES:
        if (best / name).exists():
            shutil.copyfile(best / name, output / name)
