"""Training a MarianMT model: the loop, its checkpoints and its early stopping."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import MarianMTModel

from corpus.errors import ModelError, SettingsError
from translate.training.examples import Codec, Examples, Ids, Places, epoch_batches
from translate.training.loss import smoothed_cross_entropy

TOKENIZER_FILES = ("source.spm", "target.spm", "vocab.json", "target_vocab.json", "tokenizer_config.json")


@dataclass(frozen=True)
class TrainingSettings:
    """How to train.

    ``batch_tokens`` counts padded source and target tokens. ``encoder_rate``
    multiplies the learning rate for the encoder; 0 leaves it as it is (and makes a
    step a third cheaper). Training ends at ``max_steps``, after ``minutes``, or
    when ``patience`` validations in a row bring no better chrF; the learning rate
    falls linearly to ``final_rate`` of itself over whichever of the first two is nearer.
    ``average`` is the decay of the moving average of the weights, which is what is
    validated and saved; 0 switches it off. ``validate_every`` counts updates; 0 is once
    an epoch, but not more often than every 20 or less often than every 500 updates.
    ``validate_start`` validates what training starts from too, so that the best is
    never worse than that.
    """

    batch_tokens: int = 6000
    learning_rate: float = 7e-4
    final_rate: float = 0.05
    encoder_rate: float = 1.0
    warmup_steps: int = 200
    label_smoothing: float = 0.1
    dropout: float = 0.1
    clip_norm: float = 1.0
    weight_decay: float = 0.01
    average: float = 0.998
    max_steps: int = 100_000
    minutes: float = math.inf
    max_tokens: int = 128
    validate_every: int = 0
    validate_start: bool = False
    validation_pairs: int = 200
    patience: int = 10
    keep_order: bool = False
    seed: int = 1
    device: str = "cpu"
    precision: str = "auto"


@dataclass(frozen=True)
class Validation:
    """What a validation found: nats a target token, and chrF of greedy output."""

    step: int
    loss: float
    chrf: float


@dataclass
class Progress:
    """Where a run is; saved with every checkpoint."""

    step: int = 0
    epoch: int = 0
    batch: int = 0  # batches of this epoch already used
    seconds: float = 0.0
    pairs: int = 0
    best_chrf: float = -1.0
    bad_validations: int = 0


@dataclass(frozen=True)
class TrainingResult:
    """How a run ended. ``best`` is the validation whose weights were kept."""

    folder: Path
    reason: str
    progress: Progress
    best: Validation | None


Log = Callable[[dict[str, Any]], None]


class Trainer:
    """Trains the model in ``start`` on ``examples`` and keeps the best in ``output``.

    ``output`` gets ``best/`` (an ordinary MarianMT directory), ``checkpoint/`` (to
    resume from) and ``log.jsonl``.
    """

    def __init__(
        self,
        start: Path,
        output: Path,
        examples: Examples,
        held_out: list[tuple[str, str]],
        settings: TrainingSettings,
        log: Log,
    ) -> None:
        self.start, self.output = start, output
        self.examples, self.held_out = examples, held_out
        self.settings, self.log = settings, log
        self.progress = Progress()

    def run(self) -> TrainingResult:
        """Train to the end. Raises ``ModelError`` if the loss stops being a number."""
        if not len(self.examples):
            raise SettingsError("no pair is left to train on", remedy="give more data or raise --max-tokens")
        torch.manual_seed(self.settings.seed)
        self.output.mkdir(parents=True, exist_ok=True)
        self._load()
        try:
            reason = self._loop()
        except KeyboardInterrupt:
            self._save_checkpoint(self.output / "checkpoint")
            raise
        best = self._best()
        return TrainingResult(self.output / "best", reason, self.progress, best)

    # -- set-up ------------------------------------------------------------------

    def _load(self) -> None:
        checkpoint = self.output / "checkpoint"
        _Replaced.recover(checkpoint)
        _Replaced.recover(self.output / "best")
        resuming = (checkpoint / "progress.json").exists()
        folder = checkpoint if resuming else self.start
        self.codec = Codec.load(self.start)
        self.model = MarianMTModel.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, dropout=self.settings.dropout
        )
        # On a CPU plain attention trains faster than the fused kind (1.2 against 1.7 s a step).
        self.model.set_attn_implementation("eager")
        self.model.to(self.settings.device)
        self.named = self._trainable()
        self.optimizer = torch.optim.AdamW(
            [self._group(name, parameter) for name, parameter in self.named.items()],
            betas=(0.9, 0.98),
            eps=1e-8,
            fused=True,  # a twentieth of the time of a step
        )
        self.averaged = {name: parameter.detach().clone() for name, parameter in self.named.items()}
        self.banned = torch.nonzero(self.model.final_logits_bias[0].detach()).flatten()
        if resuming:
            self._resume(checkpoint)

    def _trainable(self) -> dict[str, torch.nn.Parameter]:
        frozen = self.settings.encoder_rate == 0
        named: dict[str, torch.nn.Parameter] = {}
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(not ("embed_positions" in name or (frozen and _in_encoder(name))))
            if parameter.requires_grad:
                named[name] = parameter
        return named

    def _group(self, name: str, parameter: torch.nn.Parameter) -> dict[str, Any]:
        decay = self.settings.weight_decay if parameter.dim() > 1 and "embed" not in name else 0.0
        scale = self.settings.encoder_rate if _in_encoder(name) else 1.0
        return {"params": [parameter], "weight_decay": decay, "scale": scale, "lr": 0.0}

    # -- the loop ----------------------------------------------------------------

    def _loop(self) -> str:
        began = time.monotonic() - self.progress.seconds
        losses: list[float] = []
        every = self._validation_step()
        if self.settings.validate_start and not self.progress.step and self._best() is None:
            self._validate_and_save()
        while True:
            for batch in self._remaining_batches():
                reason = self._finished()
                if reason:
                    self._validate_and_save()
                    return reason
                losses.append(self._step(batch))
                self.progress.seconds = time.monotonic() - began
                if self.progress.step % 50 == 0:
                    self._log_losses(losses)
                    losses = []
                if self.progress.step % every == 0:
                    self._validate_and_save()
                    self.progress.seconds = time.monotonic() - began
                    if self.progress.bad_validations >= self.settings.patience:
                        return f"no better chrF in {self.settings.patience} validations"
            self.progress.epoch += 1
            self.progress.batch = 0

    def _validation_step(self) -> int:
        if self.settings.validate_every:
            return self.settings.validate_every
        epoch = epoch_batches(self.examples, self.settings.batch_tokens, self.settings.seed, 0)
        return max(20, min(500, len(epoch)))

    def _remaining_batches(self) -> Iterator[Places]:
        settings = self.settings
        batches = epoch_batches(
            self.examples,
            settings.batch_tokens,
            settings.seed,
            self.progress.epoch,
            keep_order=settings.keep_order,
        )
        yield from batches[self.progress.batch :]

    def _finished(self) -> str:
        if self.progress.step >= self.settings.max_steps:
            return f"{self.settings.max_steps} steps done"
        if self.progress.seconds >= self.settings.minutes * 60:
            return f"{self.settings.minutes:g} minutes are over"
        return ""

    def _rate(self) -> float:
        settings = self.settings
        spent = max(self.progress.step / settings.max_steps, self.progress.seconds / (settings.minutes * 60))
        warm = min(1.0, (self.progress.step + 1) / settings.warmup_steps)
        return settings.learning_rate * warm * (1 - spent * (1 - settings.final_rate))

    def _step(self, batch: Places) -> float:
        rate = self._rate()
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        self.model.train()
        if self.settings.encoder_rate == 0:
            self.model.model.encoder.eval()  # what does not learn needs no dropout
        loss, _ = self.loss(batch, self.settings.label_smoothing)
        if not math.isfinite(loss.item()):
            raise ModelError(
                f"the loss is {loss.item()} at step {self.progress.step}",
                remedy="resume from the checkpoint with a lower --learning-rate",
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(self.named.values()), self.settings.clip_norm)
        self.optimizer.step()
        self._average()
        self.progress.step += 1
        self.progress.batch += 1
        self.progress.pairs += len(batch)
        return loss.item()

    def _average(self) -> None:
        # Early on a long memory would hold the starting weights, so it grows with the steps.
        decay = min(self.settings.average, (1 + self.progress.step) / (10 + self.progress.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.averaged.values()), list(self.named.values()), 1 - decay)

    def loss(self, batch: Places, smoothing: float) -> tuple[torch.Tensor, int]:
        """Mean cross-entropy (nats a target token) of the pairs ``batch``, and the tokens."""
        pad = self.model.config.pad_token_id
        sources = _padded([self.examples.source(i) for i in batch], pad)
        labels = _padded([self.examples.target(i) for i in batch], pad)
        return self.loss_of(sources.to(self.model.device), labels.to(self.model.device), smoothing)

    def loss_of(
        self, sources: torch.Tensor, labels: torch.Tensor, smoothing: float
    ) -> tuple[torch.Tensor, int]:
        """The same for padded ids [batch, length] of both sides."""
        model, pad = self.model, self.model.config.pad_token_id
        start = torch.full_like(labels[:, :1], model.config.decoder_start_token_id)
        inputs = torch.cat([start, labels[:, :-1]], dim=1)
        mask = (sources != pad).long()
        with torch.autocast(model.device.type, torch.bfloat16, enabled=self._half()):
            with torch.set_grad_enabled(self.settings.encoder_rate != 0 and torch.is_grad_enabled()):
                states = model.model.encoder(input_ids=sources, attention_mask=mask).last_hidden_state
            decoded = model.model.decoder(
                input_ids=inputs, encoder_hidden_states=states, encoder_attention_mask=mask, use_cache=False
            ).last_hidden_state
            # Held-out text may have characters that the vocabulary lacks: they are not scored.
            real = (labels != pad) & (labels != self.codec.unknown)
            logits = model.lm_head(decoded[real])
        return smoothed_cross_entropy(logits, labels[real], self.banned, smoothing), int(real.sum())

    def _half(self) -> bool:
        if self.settings.precision != "auto":
            return self.settings.precision == "bfloat16"
        if self.settings.device == "cpu":
            return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) if _has_mkldnn_probe() else False
        return bool(torch.cuda.is_bf16_supported())

    def _log_losses(self, losses: list[float]) -> None:
        self.log(
            {
                "step": self.progress.step,
                "loss": round(float(np.mean(losses)), 4),
                "learning_rate": self._rate(),
                "pairs": self.progress.pairs,
                "pairs_per_second": round(self.progress.pairs / self.progress.seconds, 1),
                "seconds": round(self.progress.seconds),
            }
        )

    # -- validation --------------------------------------------------------------

    def _validate_and_save(self) -> None:
        held = self._swap(self.averaged) if self.settings.average else None
        try:
            found = self._validate()
            better = found.chrf > self.progress.best_chrf
            self.progress.bad_validations = 0 if better else self.progress.bad_validations + 1
            self.progress.best_chrf = max(found.chrf, self.progress.best_chrf)
            if better:
                self._save_model(self.output / "best", found)
        finally:
            if held is not None:
                self._swap(held)
        self.log(
            {"step": found.step, "held_out_loss": round(found.loss, 4), "held_out_chrf": round(found.chrf, 2)}
        )
        self._save_checkpoint(self.output / "checkpoint")

    @torch.no_grad()
    def _swap(self, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        held = {name: parameter.detach().clone() for name, parameter in self.named.items()}
        for name, parameter in self.named.items():
            parameter.copy_(weights[name])
        return held

    @torch.no_grad()
    def _validate(self) -> Validation:
        import sacrebleu

        self.model.eval()
        pad = self.model.config.pad_token_id
        chosen = self.held_out[: self.settings.validation_pairs]
        sources = self.codec.encode([source for source, _ in chosen], target=False)
        labels = self.codec.encode([target for _, target in chosen], target=True)
        total, tokens = 0.0, 0
        hypotheses: list[str] = [""] * len(chosen)
        order = sorted(range(len(chosen)), key=lambda i: len(sources[i]))
        for begin in range(0, len(order), 32):
            rows = order[begin : begin + 32]
            ids = _padded([sources[i] for i in rows], pad).to(self.model.device)
            wanted = _padded([labels[i] for i in rows], pad).to(self.model.device)
            loss, count = self.loss_of(ids, wanted, 0.0)
            total, tokens = total + loss.item() * count, tokens + count
            with torch.autocast(self.model.device.type, torch.bfloat16, enabled=self._half()):
                written = self.model.generate(
                    input_ids=ids,
                    attention_mask=(ids != pad).long(),
                    num_beams=1,
                    do_sample=False,
                    max_new_tokens=2 * ids.shape[1] + 10,
                )
            for row, output in zip(rows, written.tolist(), strict=True):
                hypotheses[row] = self._text(output)
        chrf = sacrebleu.corpus_chrf(hypotheses, [[target for _, target in chosen]]).score
        return Validation(self.progress.step, total / max(tokens, 1), chrf)

    def _text(self, ids: list[int]) -> str:
        if not hasattr(self, "_pieces"):
            numbers = {int(own): number for number, own in enumerate(self.codec.target_ids)}
            self._pieces = numbers
        special = {self.model.config.pad_token_id, self.codec.eos}
        return str(
            self.codec.target.decode([self._pieces[i] for i in ids if i not in special and i in self._pieces])
        )

    # -- saving ------------------------------------------------------------------

    def _save_model(self, folder: Path, found: Validation) -> None:
        with _Replaced(folder) as new:
            self.model.save_pretrained(new)
            self._copy_tokenizer(new)
            (new / "validation.json").write_text(json.dumps(asdict(found)), "utf-8")

    def _copy_tokenizer(self, folder: Path) -> None:
        for name in TOKENIZER_FILES:
            if (self.start / name).exists():
                shutil.copyfile(self.start / name, folder / name)

    def _save_checkpoint(self, folder: Path) -> None:
        with _Replaced(folder) as new:
            self.model.save_pretrained(new)
            tensors: dict[str, torch.Tensor] = {}
            for name, parameter in self.named.items():
                tensors[f"average.{name}"] = self.averaged[name]
                for key, value in self.optimizer.state.get(parameter, {}).items():
                    tensors[f"{key}.{name}"] = value
            save_file({k: v.contiguous().cpu() for k, v in tensors.items()}, new / "optimizer.safetensors")
            (new / "progress.json").write_text(json.dumps(asdict(self.progress)), "utf-8")

    def _resume(self, folder: Path) -> None:
        self.progress = Progress(**json.loads((folder / "progress.json").read_text("utf-8")))
        tensors = load_file(folder / "optimizer.safetensors", device=self.settings.device)
        for name, parameter in self.named.items():
            if f"average.{name}" in tensors:
                self.averaged[name] = tensors[f"average.{name}"]
            state = {
                key: tensors[f"{key}.{name}"]
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"{key}.{name}" in tensors
            }
            if len(state) == 3:
                self.optimizer.state[parameter] = {**state, "step": state["step"].cpu()}
        self.log({"resumed_at_step": self.progress.step})

    def _best(self) -> Validation | None:
        path = self.output / "best" / "validation.json"
        return Validation(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def _in_encoder(name: str) -> bool:
    return name.startswith("model.encoder.")


def _has_mkldnn_probe() -> bool:
    return hasattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported")


def _padded(sequences: list[Ids], pad: int) -> torch.Tensor:
    """Ids [batch, longest] filled up with ``pad``."""
    table = np.full((len(sequences), max(map(len, sequences))), pad, np.int64)
    for row, sequence in enumerate(sequences):
        table[row, : len(sequence)] = sequence
    return torch.from_numpy(table)


class _Replaced:
    """A folder written aside and put in place of ``folder`` at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.new = folder.with_name(folder.name + ".new")

    @staticmethod
    def recover(folder: Path) -> None:
        """Undo a replacement that was killed between its two renames."""
        old = folder.with_name(folder.name + ".old")
        if old.exists() and not folder.exists():
            old.replace(folder)

    def __enter__(self) -> Path:
        shutil.rmtree(self.new, ignore_errors=True)
        self.new.mkdir(parents=True)
        return self.new

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is not None:
            shutil.rmtree(self.new, ignore_errors=True)
            return
        old = self.folder.with_name(self.folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.replace(old)
        self.new.replace(self.folder)
        shutil.rmtree(old, ignore_errors=True)
