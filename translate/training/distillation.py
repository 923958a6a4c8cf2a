"""Teaching a Marian encoder to reproduce e5's states from Marian's own input.

The student sees ``pieces </s>`` with sinusoids, the teacher ``<s> pieces </s>``
with its learned positions; the loss is the squared error of the last layer's
states, each dimension divided by the teacher's variance there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import MarianConfig, MarianMTModel
from transformers.models.marian.modeling_marian import MarianEncoderLayer

from translate.training.crosslingual import PAD, SPECIAL, PieceSelection, copy_layer, piece_rows
from translate.training.e5 import E5Model


@dataclass(frozen=True)
class DistillationSettings:
    """``batch_tokens`` counts padded source tokens; ``minutes`` bounds the run."""

    minutes: float = 10.0
    batch_tokens: int = 6000
    learning_rate: float = 3e-4
    warmup_steps: int = 50
    seed: int = 1


class E5Teacher(torch.nn.Module):
    """e5's first layers over the cut-down vocabulary (the student's ids)."""

    def __init__(self, e5: E5Model, selection: PieceSelection, layers: int, config: MarianConfig) -> None:
        super().__init__()
        rows = piece_rows(e5, selection)
        rows[SPECIAL.index(PAD)] = e5.pieces.index("<s>")  # padding is masked, so its row is free for <s>
        self.words = _frozen(e5.tensors["emb.word"][np.array(rows)])
        fixed = e5.tensors["emb.pos"] + e5.tensors["emb.type"][0]
        self.positions = _frozen(fixed)
        self.norm = torch.nn.LayerNorm(e5.hidden)
        self.layers = torch.nn.ModuleList(MarianEncoderLayer(config) for _ in range(layers))
        with torch.no_grad():
            self.norm.weight.copy_(torch.from_numpy(e5.tensors["emb.ln.w"]))
            self.norm.bias.copy_(torch.from_numpy(e5.tensors["emb.ln.b"]))
            for number, layer in enumerate(self.layers):
                copy_layer(layer, e5, number)

    @torch.no_grad()
    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """States [batch, length, hidden] for ``ids`` that start with ``<s>``."""
        states: torch.Tensor = self.norm(self.words(ids) + self.positions.weight[: ids.shape[1]])
        bias = torch.zeros(mask.shape, dtype=states.dtype).masked_fill(mask == 0, -1e4)[:, None, None, :]
        for layer in self.layers:
            output = layer(states, bias)
            states = output[0] if isinstance(output, tuple) else output
        return states


def _frozen(rows: Any) -> torch.nn.Embedding:
    """An embedding of these rows [number, size], not to be trained."""
    number, size = rows.shape
    return torch.nn.Embedding(number, size, _weight=torch.from_numpy(rows), _freeze=True)


def distill(
    model: MarianMTModel,
    teacher: E5Teacher,
    batches: Iterator[list[list[int]]],
    settings: DistillationSettings,
    report: Callable[[int, float], None],
) -> int:
    """Train ``model``'s encoder and embeddings in place; gives the number of steps.

    ``batches`` yields lists of piece ids ending in ``</s>``. ``report`` is called
    with step and mean loss (1 = as bad as the teacher's mean state).
    """
    encoder = model.model.encoder
    config = model.config
    pad = config.pad_token_id
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=settings.learning_rate, weight_decay=0.0)
    encoder.train()
    teacher.eval()
    for module in encoder.modules():
        if hasattr(module, "dropout") and isinstance(module.dropout, float):
            module.dropout = 0.0
    began = time.monotonic()
    step, mean = 0, 0.0
    for batch in batches:
        spent = (time.monotonic() - began) / (settings.minutes * 60)
        if spent >= 1:
            break
        rate = min(1.0, (step + 1) / settings.warmup_steps) * (0.5 + 0.5 * math.cos(math.pi * spent))
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * max(rate, 0.02)
        length = max(map(len, batch))
        ids = torch.full((len(batch), length), pad)
        mask = torch.zeros(len(batch), length, dtype=torch.long)
        for row, sequence in enumerate(batch):
            ids[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        first = torch.full((len(batch), 1), pad)  # <s> to the teacher
        with torch.autocast("cpu", torch.bfloat16):
            wanted = teacher(torch.cat([first, ids], 1), torch.cat([torch.ones_like(first), mask], 1))[:, 1:]
            given = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        real = mask.bool()
        goal, made = wanted[real].float(), given[real].float()
        loss = ((goal - made).pow(2).mean(0) / goal.var(0)).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        step += 1
        mean += loss.item()
        if step % 20 == 0:
            report(step, mean / 20)
            mean = 0.0
    return step
