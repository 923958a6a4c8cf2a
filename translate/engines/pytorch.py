"""The reference engine: MarianMT in transformers on PyTorch.

Beam search is transformers' own. Two things are ours, so that what a sentence is
translated with never changes its result: every sentence has its own length limit
(``generate`` has one a batch), and the score is taken from a second pass over the
finished text, which also makes greedy and beam scores the same quantity.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, MarianMTModel

from corpus.document import Span
from corpus.errors import ModelError, SettingsError
from translate.engines import (
    CrossAttention,
    DecodingSettings,
    Hypothesis,
    Progress,
    StopReason,
    batches_by_length,
)
from translate.engines.base import VocabularyEngine
from translate.engines.vocabulary import Vocabulary, load_vocabulary
from translate.models import Model
from translate.quiet import quiet_transformers

_TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class PytorchEngine(VocabularyEngine):
    """A MarianMT model held by PyTorch. Use :func:`load_pytorch` to make one."""

    def __init__(self, model: Model, network: Any, vocabulary: Vocabulary, compute_type: str) -> None:
        super().__init__(model, vocabulary)
        self._network = network
        self._compute_type = compute_type

    @property
    def name(self) -> str:
        """Engine, its version and its number type, for the provenance."""
        return f"transformers {transformers.__version__}, torch {torch.__version__}, {self._compute_type}"

    @property
    def concurrency(self) -> int:
        """One: PyTorch itself spreads a batch over the cores."""
        return 1

    def translate(
        self, sentences: Sequence[str], settings: DecodingSettings, progress: Progress | None = None
    ) -> list[Hypothesis]:
        """The best translation of each sentence, in order. Raises :class:`InputError`."""
        sources = [[*self._vocabulary.source.encode(text), self._model.config.eos] for text in sentences]
        self._check_lengths(sentences, sources)
        results: dict[int, Hypothesis] = {}
        for batch in batches_by_length([len(source) for source in sources], settings.batch_tokens):
            outputs = self._translate_batch([sources[index] for index in batch], settings)
            results.update(zip(batch, outputs, strict=True))
            if progress is not None:
                progress(len(results), len(sentences))
        return [results[index] for index in range(len(sentences))]

    def encoder_states(
        self, texts: Sequence[str], layer: int, batch_tokens: int
    ) -> list[tuple[list[Span], npt.NDArray[np.float32]]]:
        """For each text its tokens' spans and their states, [tokens, width], without ``</s>``."""
        config = self._model.config
        encoded = [self._vocabulary.source.encode_with_spans(text) for text in texts]
        # Links of a text beyond the model's positions are those of its beginning.
        sources = [[*ids[: config.positions - 1], config.eos] for ids, _ in encoded]
        results: dict[int, tuple[list[Span], npt.NDArray[np.float32]]] = {}
        for batch in batches_by_length([len(source) for source in sources], batch_tokens):
            ids, mask = self._padded([sources[index] for index in batch])
            with torch.inference_mode():
                hidden = self._network.model.encoder(
                    input_ids=ids, attention_mask=mask, output_hidden_states=True
                ).hidden_states[layer]
            for row, index in enumerate(batch):
                tokens = len(sources[index]) - 1
                results[index] = (encoded[index][1][:tokens], hidden[row, :tokens].float().cpu().numpy())
        return [results[index] for index in range(len(texts))]

    def cross_attention(
        self, sources: Sequence[str], targets: Sequence[str], batch_tokens: int
    ) -> list[CrossAttention]:
        """The attention of each target text, forced, over its source: mean of all layers and heads."""
        config = self._model.config
        room = config.positions - 1
        encoded = [self._vocabulary.source.encode_with_spans(text) for text in sources]
        forced = [self._vocabulary.target.encode_with_spans(text) for text in targets]
        lengths = [max(len(s[0]), len(t[0])) + 1 for s, t in zip(encoded, forced, strict=True)]
        results: dict[int, CrossAttention] = {}
        for batch in batches_by_length(lengths, batch_tokens):
            ids, mask = self._padded([[*encoded[i][0][:room], config.eos] for i in batch])
            inputs, _ = self._padded([[config.decoder_start, *forced[i][0][:room]] for i in batch])
            with torch.inference_mode():
                output = self._network(
                    input_ids=ids, attention_mask=mask, decoder_input_ids=inputs, output_attentions=True
                )
            weights = torch.stack(output.cross_attentions).mean(dim=(0, 2)).float().cpu().numpy()
            for row, index in enumerate(batch):
                source, target = encoded[index][1][:room], forced[index][1][:room]
                # The state that reads token t - 1 writes token t.
                results[index] = CrossAttention(source, target, weights[row, : len(target), : len(source)])
        return [results[index] for index in range(len(sources))]

    def _translate_batch(self, sources: list[list[int]], settings: DecodingSettings) -> list[Hypothesis]:
        config = self._model.config
        limits = [settings.limit(len(source), config.positions) for source in sources]
        ids, mask = self._padded(sources)
        generation = GenerationConfig(
            num_beams=settings.beam_size,
            length_penalty=settings.length_penalty,
            no_repeat_ngram_size=settings.no_repeat_ngram,
            min_new_tokens=settings.minimum_tokens or None,
            max_new_tokens=max(limits),
            do_sample=False,
            # Stop when beam_size hypotheses are finished, as CTranslate2 does.
            early_stopping=settings.beam_size > 1,
            suppress_tokens=self._barred(),
            eos_token_id=config.eos,
            pad_token_id=config.pad,
            decoder_start_token_id=config.decoder_start,
        )
        own_limit = _OwnLimit(limits, settings.beam_size, config.eos, self._network.device)
        with torch.inference_mode():
            sequences = self._network.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=generation,
                logits_processor=LogitsProcessorList([own_limit]),
            )
        tokens = [self._content(sequence) for sequence in sequences[:, 1:].tolist()]
        scores = self._scores(ids, mask, tokens)
        return [
            Hypothesis(
                text=self._vocabulary.target.decode(content),
                tokens=tuple(content),
                score=score,
                stop=StopReason.LIMIT if len(content) >= limit - 1 else StopReason.END,
            )
            for content, score, limit in zip(tokens, scores, limits, strict=True)
        ]

    def _barred(self) -> list[int]:
        """Tokens that are never written; scores are among the others."""
        return sorted({self._model.config.pad, self._vocabulary.target.unknown} - {self._model.config.eos})

    def _content(self, sequence: list[int]) -> list[int]:
        eos = self._model.config.eos
        return sequence[: sequence.index(eos)] if eos in sequence else sequence

    def _scores(self, ids: torch.Tensor, mask: torch.Tensor, targets: list[list[int]]) -> list[float]:
        """Mean log-probability a token of each target, ``</s>`` included."""
        config = self._model.config
        inputs, _ = self._padded([[config.decoder_start, *target] for target in targets])
        labels, present = self._padded([[*target, config.eos] for target in targets])
        with torch.inference_mode():
            logits = self._network(input_ids=ids, attention_mask=mask, decoder_input_ids=inputs).logits
            logits[..., self._barred()] = -math.inf
            chosen = logits.float().log_softmax(-1).gather(-1, labels[..., None])[..., 0]
            means = chosen.masked_fill(present == 0, 0.0).sum(1) / present.sum(1)
        return [min(0.0, float(mean)) for mean in means]

    def _padded(self, rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and mask, [rows, longest]."""
        longest = max(len(row) for row in rows)
        pad = self._model.config.pad
        device = self._network.device
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows], device=device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=device)
        return ids, mask


class _OwnLimit(LogitsProcessor):  # type: ignore[misc]
    """Makes ``</s>`` the only choice for a sentence that has reached its own limit."""

    def __init__(self, limits: list[int], beams: int, eos: int, device: torch.device) -> None:
        self._last = torch.tensor(limits, device=device).repeat_interleave(beams) - 1
        self._eos = eos

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        written = input_ids.shape[1] - 1  # without the start token
        full = written >= self._last
        if full.any():
            end = scores[full, self._eos]
            scores[full] = -math.inf
            # Another rule may have barred </s>; the limit comes first.
            scores[full, self._eos] = torch.where(torch.isfinite(end), end, torch.zeros_like(end))
        return scores


def load_pytorch(
    model: Model, *, threads: int | None = None, compute_type: str = "float32", device: str = "cpu"
) -> PytorchEngine:
    """Load ``model`` onto ``device``. ``threads`` None leaves the choice to PyTorch.

    Raises :class:`ModelError` if the weights do not fit the model's config, and
    :class:`SettingsError` for an unknown ``compute_type``.
    """
    if compute_type not in _TYPES:
        raise SettingsError(f"no compute type {compute_type!r}", remedy=f"give one of {', '.join(_TYPES)}")
    if threads is not None:
        torch.set_num_threads(threads)
    vocabulary = load_vocabulary(model)
    network = _load_network(model, _TYPES[compute_type]).to(device)
    return PytorchEngine(model, network, vocabulary, compute_type)


def _load_network(model: Model, dtype: torch.dtype) -> Any:
    """The network, in evaluation mode. Every weight it needs must have been in the file."""
    needs_attention = model.config.alignment_layer is None
    try:
        with quiet_transformers():
            network, report = MarianMTModel.from_pretrained(
                model.folder,
                dtype=dtype,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
                attn_implementation="eager" if needs_attention else "sdpa",
            )
    except Exception as error:  # transformers raises many kinds for one cause: the files do not fit
        raise ModelError(
            f"cannot be loaded ({' '.join(str(error).split())[:200]})",
            where=str(model.folder),
            remedy="copy the model directory again",
        ) from None
    absent = sorted(report["missing_keys"]) + sorted(str(key) for key in report["mismatched_keys"])
    if absent:
        raise ModelError(
            f"lacks weights that its config asks for, or has them in another size: {', '.join(absent[:3])}",
            where=str(model.weights),
            remedy="copy the model directory again",
        )
    # Its own limit on the length would be warned of at every batch: ours is given with each.
    network.generation_config.max_length = None
    return network.eval()
