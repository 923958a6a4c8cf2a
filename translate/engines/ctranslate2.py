"""The fast engine: a converted MarianMT model in CTranslate2.

It searches as the reference engine does, so that float32 gives the same words (see
``benchmarks/engines.py``). What a sentence is translated with never changes its result:
a batch holds sentences of one length class, which share a limit; one that reaches its
own limit is searched again by itself.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import numpy.typing as npt

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
from translate.engines.conversion import convert_apart, converted
from translate.engines.vocabulary import Vocabulary, load_vocabulary
from translate.models import Model

_CLASSES = (64, 128, 256, 512)  # source tokens; sentences of one class may share a batch
# A set of sentences makes at least this many batches if they are not tiny, whatever the
# threads, so that several have work and the number of threads never changes a result.
_LEAST_BATCHES = 2
_AHEAD = 2  # jobs that one call has waiting besides the one it waits for
_SMALL_BATCH = 256  # padded source tokens that are worth a batch


class CTranslate2Engine(VocabularyEngine):
    """A converted model held by CTranslate2. Use :func:`load_ctranslate2` to make one.

    Several threads may call it at once; ``concurrency`` of them keep its workers busy.
    """

    def __init__(
        self, model: Model, vocabulary: Vocabulary, translator: Any, encoder: _Encoder, threads: int
    ) -> None:
        super().__init__(model, vocabulary)
        self._translator = translator
        self._encoder = encoder
        self._threads = threads
        self._end = vocabulary.source_name(model.config.eos)

    @property
    def name(self) -> str:
        """Engine, its version and its number type, for the provenance."""
        return engine_name(self._translator.compute_type)

    @property
    def concurrency(self) -> int:
        """How many calls at once keep it busy: one a worker, and one that is being prepared."""
        return self._threads + 1

    def translate(
        self, sentences: Sequence[str], settings: DecodingSettings, progress: Progress | None = None
    ) -> list[Hypothesis]:
        """The best translation of each sentence, in order. Raises :class:`InputError`."""
        sources = [[*self._vocabulary.source.pieces_of(text), self._end] for text in sentences]
        self._check_lengths(sentences, sources)
        results: dict[int, Hypothesis] = {}
        lengths = [len(source) for source in sources]
        # Few jobs wait in CTranslate2's queue at a time: what is in it is finished even after ^C.
        batches = self._batches(lengths, settings)

        def start(limit: int, batch: list[int]) -> Any:
            return self._submit([sources[index] for index in batch], limit, settings)

        for batch, job in _few_ahead(batches, start):
            for index, one in zip(batch, job, strict=True):
                results[index] = self._hypothesis(sources[index], one.result(), settings)
            if progress is not None:
                progress(len(results), len(sentences))
        return [results[index] for index in range(len(sentences))]

    def encoder_states(
        self, texts: Sequence[str], layer: int, batch_tokens: int
    ) -> list[tuple[list[Span], npt.NDArray[np.float32]]]:
        """For each text its tokens' spans and their states, [tokens, width], without ``</s>``.

        Only of the layer that the model's config names; :class:`SettingsError` otherwise.
        """
        config = self._model.config
        if layer != config.alignment_layer:
            raise SettingsError(
                f"layer {layer} was not converted", remedy=f"ask for layer {config.alignment_layer}"
            )
        encoder = self._encoder.loaded()
        encoded = [self._vocabulary.source.encode_with_spans(text) for text in texts]
        # Links of a text beyond the model's positions are those of its beginning.
        sources = [[*ids[: config.positions - 1], config.eos] for ids, _ in encoded]
        results: dict[int, tuple[list[Span], npt.NDArray[np.float32]]] = {}
        for batch in batches_by_length([len(source) for source in sources], batch_tokens):
            output = encoder.forward_batch([sources[index] for index in batch])
            hidden = np.array(output.last_hidden_state, dtype=np.float32)
            for row, index in enumerate(batch):
                tokens = len(sources[index]) - 1
                results[index] = (encoded[index][1][:tokens], hidden[row, :tokens].copy())
        return [results[index] for index in range(len(texts))]

    def cross_attention(
        self, sources: Sequence[str], targets: Sequence[str], batch_tokens: int
    ) -> list[CrossAttention]:
        """The attention of each target text, forced, over its source: mean of the last layer's heads."""
        room = self._model.config.positions - 1
        encoded = [self._vocabulary.source.encode_with_spans(text) for text in sources]
        forced = [self._vocabulary.target.encode_with_spans(text) for text in targets]
        lengths = [max(len(s[0]), len(t[0])) + 1 for s, t in zip(encoded, forced, strict=True)]
        results: dict[int, CrossAttention] = {}
        for batch in batches_by_length(lengths, batch_tokens):
            inputs = [
                [*map(self._vocabulary.source_name, encoded[index][0][:room]), self._end] for index in batch
            ]
            prefixes = [list(map(self._vocabulary.target_name, forced[index][0][:room])) for index in batch]
            made = self._translator.translate_batch(
                inputs,
                prefixes,
                beam_size=1,
                max_decoding_length=max(map(len, prefixes)) + 1,
                max_input_length=0,
                return_attention=True,
            )
            for index, one in zip(batch, made, strict=True):
                source, target = encoded[index][1][:room], forced[index][1][:room]
                weights = np.zeros((len(target), len(source)), np.float32)
                for row, shares in enumerate(one.attention[0][: len(target)]):
                    weights[row] = shares[: len(source)]
                results[index] = CrossAttention(source, target, weights)
        return [results[index] for index in range(len(sources))]

    def _batches(self, lengths: Sequence[int], settings: DecodingSettings) -> list[tuple[int, list[int]]]:
        """Batches of indexes, longest first, each with the limit of its length class."""
        budget = min(settings.batch_tokens, max(_SMALL_BATCH, sum(lengths) // _LEAST_BATCHES))
        positions = self._model.config.positions
        found = []
        for least, most in zip((0, *_CLASSES), (*_CLASSES, max(positions, _CLASSES[-1])), strict=True):
            held = [index for index, length in enumerate(lengths) if least < length <= most]
            limit = settings.limit(most, positions)
            for batch in batches_by_length([lengths[index] for index in held], budget):
                found.append((limit, [held[place] for place in batch]))
        return found[::-1]

    def _submit(self, sources: list[list[str]], limit: int, settings: DecodingSettings) -> Any:
        return self._translator.translate_batch(
            sources,
            asynchronous=True,
            beam_size=settings.beam_size,
            length_penalty=settings.length_penalty,
            no_repeat_ngram_size=settings.no_repeat_ngram,
            min_decoding_length=settings.minimum_tokens,
            max_decoding_length=limit - 1,  # without </s>
            max_input_length=0,
            return_scores=True,
        )

    def _hypothesis(self, source: list[str], result: Any, settings: DecodingSettings) -> Hypothesis:
        own = settings.limit(len(source), self._model.config.positions)
        pieces = result.hypotheses[0]
        if len(pieces) >= own - 1:
            (again,) = self._submit([source], own, settings)
            result = again.result()
            pieces = result.hypotheses[0]
        limited = len(pieces) >= own - 1
        tokens = tuple(map(self._vocabulary.target_id, pieces))
        if limited or settings.no_repeat_ngram or settings.minimum_tokens:
            score = self._forced_score(source, pieces)
        else:
            count = len(pieces) + 1
            score = result.scores[0] * count ** (settings.length_penalty - 1)
        return Hypothesis(
            text=self._vocabulary.target.decode(tokens),
            tokens=tokens,
            score=min(0.0, score),
            stop=StopReason.LIMIT if limited else StopReason.END,
        )

    def _forced_score(self, source: list[str], pieces: list[str]) -> float:
        """The score where the search was not free, so that its own sum is another quantity."""
        (found,) = self._translator.score_batch([source], [pieces], max_input_length=0)
        return float(np.mean(found.log_probs))


def _few_ahead(
    batches: Iterable[tuple[int, list[int]]], start: Callable[[int, list[int]], Any]
) -> Iterator[tuple[list[int], Any]]:
    """Batches with their started jobs, in order; ``_AHEAD`` are started before they are asked for."""
    started: deque[tuple[list[int], Any]] = deque()
    for limit, batch in batches:
        started.append((batch, start(limit, batch)))
        if len(started) > _AHEAD:
            yield started.popleft()
    yield from started


class _Encoder:
    """The model that shows encoder states, loaded when it is first needed."""

    def __init__(self, folder: Path, options: dict[str, Any], temporary: object) -> None:
        self._folder = folder
        self._options = options
        self._temporary = temporary  # the folder, if it is to go with the engine
        self._lock = threading.Lock()
        self._held: Any = None

    def loaded(self) -> Any:
        with self._lock:
            if self._held is None:
                self._held = ctranslate2.Encoder(str(self._folder), **self._options)
            return self._held


def engine_name(compute_type: str) -> str:
    """How the engine is called in the provenance."""
    return f"ctranslate2 {ctranslate2.__version__}, {compute_type}"


def supported_types(device: str) -> set[str]:
    """The compute types that CTranslate2 has for ``device``, by our names."""
    return {"float32", "bfloat16", "int8"} & set(ctranslate2.get_supported_compute_types(device))


def available_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_ctranslate2(
    model: Model, *, threads: int | None = None, compute_type: str = "int8", device: str = "cpu"
) -> CTranslate2Engine:
    """Load ``model``, converted now or before. ``threads`` None is one a core.

    Raises :class:`ModelError` if it cannot be converted and :class:`SettingsError` for a
    compute type that the device has not.
    """
    known = supported_types(device)
    if compute_type not in known:
        raise SettingsError(
            f"CTranslate2 cannot compute in {compute_type} on this {device}",
            remedy=f"give one of {', '.join(sorted(known))}, or --engine transformers",
        )
    threads = threads or available_threads()
    options = {
        "device": device,
        "compute_type": compute_type,
        "inter_threads": threads if device == "cpu" else 1,
        "intra_threads": 1,
    }
    numbers = "int8" if compute_type == "int8" else "float32"
    vocabulary = load_vocabulary(model)
    try:
        folder, held = converted(model, numbers), None
    except OSError as error:
        held = tempfile.TemporaryDirectory(prefix="tweetalig-")
        folder = Path(held.name) / "model"
        convert_apart(model, folder, numbers)
        told = f"the converted model cannot be kept ({error.strerror or error}): converted anew each time"
        model = replace(model, notes=(*model.notes, told))
    try:
        translator = ctranslate2.Translator(str(folder / "translator"), **options)
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"its conversion for CTranslate2 does not load ({' '.join(str(error).split())[:160]})",
            where=str(folder),
            remedy="delete that folder, or use --engine transformers",
        ) from None
    return CTranslate2Engine(
        model, vocabulary, translator, _Encoder(folder / "encoder", options, held), threads
    )
