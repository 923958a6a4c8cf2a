"""Several models' weights averaged into one, which is better than each of them.

    python -m translate.training.recipes.builtin.average --out MODEL FOLDER=WEIGHT [FOLDER=WEIGHT ...]

``FOLDER`` is a MarianMT directory, or the output of ``tweetalig train``, whose
moving average at the last checkpoint is taken. All must come from one another: models of
one lineage lie in one valley of the loss, and the middle of it is better than its
slopes (Wortsman et al. 2022, "Model soups"). ``MODEL`` is written as ``tweetalig train
--half`` writes it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from corpus.errors import ModelError, SettingsError
from translate.quiet import quiet_transformers
from translate.training.recipes.command import run_step, tell
from translate.training.session import save_finished
from translate.training.trainer import TOKENIZER_FILES

Weights = dict[str, torch.Tensor]


def read_weights(folder: Path) -> Weights:
    """The weights of a model, or of a run at its last checkpoint. Raises :class:`ModelError`."""
    checkpoint = folder / "training" / "checkpoint"
    if (checkpoint / "optimizer.safetensors").exists():
        weights = load_file(checkpoint / "model.safetensors")
        averaged = load_file(checkpoint / "optimizer.safetensors")
        return {name: averaged.get(f"average.{name}", tensor).float() for name, tensor in weights.items()}
    if not (folder / "model.safetensors").exists():
        raise ModelError(
            "has no model.safetensors",
            where=str(folder),
            remedy="name a model or the output of a training run",
        )
    return {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}


def mean_weights(shares: Mapping[Path, float]) -> Weights:
    """The mean of the weights of models, by their shares, which need not sum to 1.

    Raises :class:`ModelError` if the models are not of one shape, and
    :class:`SettingsError` for shares that are not above 0.
    """
    if any(share <= 0 for share in shares.values()):
        raise SettingsError("a share must be above 0", remedy="leave that model out")
    total = sum(shares.values())
    mean: Weights = {}
    for folder, share in shares.items():
        weights = read_weights(folder)
        if mean and {n: t.shape for n, t in weights.items()} != {n: t.shape for n, t in mean.items()}:
            raise ModelError("is of another shape than the first", where=str(folder), remedy="leave it out")
        for name, tensor in weights.items():
            mean[name] = mean.get(name, torch.zeros_like(tensor)) + tensor * (share / total)
    return mean


def make_average(out: Path, shares: Mapping[Path, float]) -> None:
    """Write the mean model to ``out``."""
    first = next(iter(shares))
    home = first / "training" / "start" if (first / "training" / "start").is_dir() else first
    with tempfile.TemporaryDirectory() as folder, quiet_transformers():
        for name in ("config.json", *TOKENIZER_FILES):
            if (home / name).exists():
                shutil.copyfile(home / name, Path(folder) / name)
        weights = {name: tensor.contiguous() for name, tensor in mean_weights(shares).items()}
        save_file(weights, Path(folder) / "model.safetensors", metadata={"format": "pt"})
        save_finished(Path(folder), out, half=True)
    tell(f"{out}: the mean of {len(shares)} models")


def read_shares(given: Sequence[str]) -> dict[Path, float]:
    """Folders and their shares, of ``FOLDER=WEIGHT``. Raises :class:`SettingsError`."""
    shares: dict[Path, float] = {}
    for one in given:
        folder, _, share = one.rpartition("=")
        try:
            shares[Path(folder)] = float(share)
        except ValueError:
            raise SettingsError(
                f"{one!r} is not FOLDER=WEIGHT", remedy="write for example ROUND1=0.5"
            ) from None
    return shares


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Several models' weights averaged into one.")
    parser.add_argument("models", nargs="+", metavar="FOLDER=WEIGHT", help="a model and its share")
    parser.add_argument("--out", type=Path, required=True, help="folder for the mean")
    return run_step(parser, lambda given: make_average(given.out, read_shares(given.models)), arguments)


if __name__ == "__main__":
    sys.exit(main())
