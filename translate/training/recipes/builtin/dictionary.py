"""Dutch words for English ones that no parallel text has, from an encoder's states.

    python -m translate.training.recipes.builtin.dictionary --data DIR --model MODEL

Reads what ``prepare`` wrote in ``DIR`` and writes ``dictionary.tsv``: Dutch word,
English word, similarity. The encoder of ``MODEL`` (the recipe's seed, or a later
model) puts a word beside its translation; two words are taken for each other's
translation if each is the other's nearest by CSLS (Conneau et al. 2018, "Word
Translation Without Parallel Data"), which keeps words that are near to everything
from being everybody's nearest.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from transformers import MarianMTModel

from corpus.errors import InputError
from corpus.files import atomic_write
from corpus.words import words
from translate.training.examples import Codec
from translate.training.recipes.builtin.seed import read_texts
from translate.training.recipes.command import run_step, tell

Vectors = npt.NDArray[np.float32]

MOST_WORDS = 40_000  # of each language, the commonest
LEAST_COUNT = 3
LEAST_SIMILARITY = 0.65  # below it half are words that merely look alike
NEIGHBOURS = 10
_BATCH = 512  # words
_CHUNK = 2_000  # rows of the similarity matrix at a time


@dataclass(frozen=True, slots=True)
class Match:
    """Words nearest to each other; ``similarity`` is their cosine after centring."""

    dutch: str
    english: str
    similarity: float


Forms = dict[str, Counter[str]]  # of a word in lower case: how often it is written how


def word_forms(lines: Iterable[str]) -> Forms:
    """Every word of ``lines`` that is all letters."""
    forms: Forms = {}
    for line in lines:
        for span in words(line):
            word = span.of(line)
            if word.isalpha():
                forms.setdefault(word.lower(), Counter())[word] += 1
    return forms


def own_words(forms: Forms, other: Forms) -> list[str]:
    """The commonest words of a language, each in its commonest case.

    A word that text in the ``other`` language has more often is left out: Dutch text
    about software is full of English words, and "burgers" are citizens in Dutch.
    """
    counts = {word: found.total() for word, found in forms.items()}
    share = sum(found.total() for found in other.values()) / max(1, sum(counts.values()))
    own = [
        (-count, word)
        for word, count in counts.items()
        if count >= LEAST_COUNT and count * share > other.get(word, Counter()).total()
    ]
    return [forms[word].most_common(1)[0][0] for _, word in sorted(own)[:MOST_WORDS]]


@torch.no_grad()
def word_vectors(model: MarianMTModel, codec: Codec, chosen: Sequence[str]) -> Vectors:
    """Unit vectors [words, hidden]: the mean state of a word's pieces, the language's mean removed."""
    encoder, pad = model.model.encoder.eval(), model.config.pad_token_id
    encoded = codec.encode(list(chosen), target=False)
    vectors = np.zeros((len(chosen), model.config.d_model), np.float32)
    order = sorted(range(len(chosen)), key=lambda place: len(encoded[place]))
    for begin in range(0, len(order), _BATCH):
        rows = order[begin : begin + _BATCH]
        ids = torch.full((len(rows), len(encoded[rows[-1]])), pad)
        for row, place in enumerate(rows):
            ids[row, : len(encoded[place])] = torch.from_numpy(encoded[place]).long()
        states = encoder(input_ids=ids, attention_mask=(ids != pad).long()).last_hidden_state
        pieces = ((ids != pad) & (ids != codec.eos)).float()[:, :, None]
        vectors[rows] = ((states * pieces).sum(1) / pieces.sum(1).clamp(min=1)).numpy()
    vectors -= vectors.mean(axis=0)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors


def _neighbourhood(ours: Vectors, theirs: Vectors) -> Vectors:
    """Mean cosine [words] of each of ``ours`` to its nearest among ``theirs``."""
    nearest = min(NEIGHBOURS, len(theirs))
    parts = [
        np.partition(ours[begin : begin + _CHUNK] @ theirs.T, -nearest, axis=1)[:, -nearest:].mean(axis=1)
        for begin in range(0, len(ours), _CHUNK)
    ]
    return np.concatenate(parts)


def mutual_nearest(dutch: Vectors, english: Vectors) -> list[tuple[int, int]]:
    """Places (Dutch, English) of vectors that are each other's nearest by CSLS."""
    near_dutch, near_english = _neighbourhood(dutch, english), _neighbourhood(english, dutch)

    def nearest(ours: Vectors, theirs: Vectors, crowding: Vectors) -> npt.NDArray[np.int64]:
        # The crowding of "ours" is the same for all candidates, so it decides nothing.
        chunks = range(0, len(ours), _CHUNK)
        return np.concatenate(
            [(2 * ours[begin : begin + _CHUNK] @ theirs.T - crowding).argmax(1) for begin in chunks]
        )

    to_english, to_dutch = nearest(dutch, english, near_english), nearest(english, dutch, near_dutch)
    return [(place, int(there)) for place, there in enumerate(to_english) if to_dutch[there] == place]


def find_matches(model: MarianMTModel, codec: Codec, dutch: list[str], english: list[str]) -> list[Match]:
    """Translations among the words of two languages, most alike first."""
    if not dutch or not english:
        raise InputError("too little text for a dictionary", remedy="give more lines")
    left, right = word_vectors(model, codec, dutch), word_vectors(model, codec, english)
    pairs = mutual_nearest(left, right)
    found = [Match(dutch[i].lower(), english[j].lower(), float(left[i] @ right[j])) for i, j in pairs]
    kept = [match for match in found if match.similarity >= LEAST_SIMILARITY]
    return sorted(kept, key=lambda match: (-match.similarity, match.dutch))


def make_dictionary(data: Path, folder: Path) -> None:
    """Write ``dictionary.tsv`` in ``data`` by the encoder of the model in ``folder``."""
    texts = read_texts(data)
    model = MarianMTModel.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    dutch, english = word_forms(texts.dutch), word_forms(texts.english)
    matches = find_matches(model, Codec.load(folder), own_words(dutch, english), own_words(english, dutch))
    with atomic_write(data / "dictionary.tsv") as stream:
        for match in matches:
            stream.write(f"{match.dutch}\t{match.english}\t{match.similarity:.4f}\n".encode())
    tell(f"{data / 'dictionary.tsv'}: {len(matches)} pairs of words")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Dutch words for English ones, by an encoder's states.")
    parser.add_argument("--data", type=Path, required=True, help="folder that prepare wrote")
    parser.add_argument("--model", type=Path, required=True, help="MarianMT directory, such as the seed")
    return run_step(parser, lambda given: make_dictionary(given.data, given.model), arguments)


if __name__ == "__main__":
    sys.exit(main())
