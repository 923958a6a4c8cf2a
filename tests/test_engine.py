"""The PyTorch engine on tiny models whose output is known."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_model import Tiny, build

from corpus.document import Span
from corpus.errors import InputError, ModelError, SettingsError
from translate.engines import DecodingSettings, StopReason, batches_by_length
from translate.engines.pytorch import PytorchEngine, load_pytorch
from translate.models import read_model

SENTENCES = [
    "De man leest een krant in de tuin.",
    "Het huis",
    "Zij ziet een rode fiets en hij koopt een boek.",
    "De hond slaapt.",
    "De oude vrouw loopt niet naar de straat omdat hij moe is.",
]
TRANSLATED = [
    "The man reads a newspaper in the garden.",
    "The house",
    "She sees a red bicycle and he buys a book.",
    "The dog sleeps.",
    "The old woman walks not to the street because he tired is.",
]


def load(folder: Path, tiny: Tiny) -> PytorchEngine:
    return load_pytorch(read_model(build(folder, tiny), model_id="tiny"))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> PytorchEngine:
    return load(tmp_path_factory.mktemp("engine"), Tiny(alignment_layer=0))


@pytest.mark.parametrize("beam", [1, 4])
def test_translates_in_order(engine: PytorchEngine, beam: int) -> None:
    outputs = engine.translate(SENTENCES, DecodingSettings(beam_size=beam))
    assert [output.text for output in outputs] == TRANSLATED
    assert all(output.stop is StopReason.END for output in outputs)


def test_a_model_with_one_vocabulary_copies(tmp_path: Path) -> None:
    copying = load(tmp_path, Tiny(separate=False))
    assert [output.text for output in copying.translate(SENTENCES, DecodingSettings())] == SENTENCES


@pytest.mark.parametrize("budget", [1, 20, 10_000])
def test_a_batch_changes_nothing(engine: PytorchEngine, budget: int) -> None:
    alone = [engine.translate([text], DecodingSettings())[0] for text in SENTENCES]
    together = engine.translate(SENTENCES, DecodingSettings(batch_tokens=budget))
    assert [output.tokens for output in together] == [output.tokens for output in alone]
    assert [output.score for output in together] == pytest.approx(
        [output.score for output in alone], abs=1e-5
    )


def test_each_sentence_has_its_own_limit(tmp_path: Path) -> None:
    looping = load(tmp_path, Tiny(behaviour="loop"))
    settings = DecodingSettings(limit_ratio=1.0, limit_extra=2)
    outputs = looping.translate(["De man", "De man leest een krant"], settings)
    # Words and </s> of the source, and 2 more, less the </s> that ends the translation.
    assert [len(output.tokens) for output in outputs] == [4, 7]
    assert all(output.stop is StopReason.LIMIT for output in outputs)


def test_settings_reach_the_search(tmp_path: Path) -> None:
    ending = load(tmp_path, Tiny(behaviour="empty"))
    assert ending.translate(["De man"], DecodingSettings())[0].text == ""
    assert ending.translate(["De man"], DecodingSettings(minimum_tokens=2))[0].text == "The man"


def test_scores_are_mean_log_probabilities(tmp_path: Path, engine: PytorchEngine) -> None:
    (sure,) = engine.translate(["De man"], DecodingSettings())
    assert sure.score == pytest.approx(0.0, abs=1e-3)
    looping = load(tmp_path, Tiny(behaviour="loop"))
    settings = DecodingSettings(limit_ratio=0.1, limit_extra=2, beam_size=1)
    (forced,) = looping.translate(["De man"], settings)
    assert len(forced.tokens) == 1
    assert -math.inf < forced.score < -100  # </s> was forced against a bias of 1000


def test_progress_ends_at_all(engine: PytorchEngine) -> None:
    told: list[tuple[int, int]] = []
    engine.translate(SENTENCES, DecodingSettings(batch_tokens=1), lambda *now: told.append(now))
    assert told == [(number, 5) for number in range(1, 6)]


def test_too_long_is_an_error_and_never_cut(engine: PytorchEngine) -> None:
    with pytest.raises(InputError, match="over the model's 128"):
        engine.translate(["man " * 200], DecodingSettings())


def test_unreadable_characters(engine: PytorchEngine) -> None:
    text = "De man ğ 北京 🎉."
    assert [span.of(text) for span in engine.unreadable(text)] == ["ğ", "北京", "🎉"]
    assert engine.unreadable("De man leest.") == []
    assert engine.unreadable("½ man") != []  # its "⁄" has no token


def test_encoder_states_belong_to_tokens(engine: PytorchEngine) -> None:
    both = engine.encoder_states(["De man", "Het huis slaapt."], 0, 1000)
    spans, states = both[0]
    assert spans == [Span(0, 2), Span(3, 6)]
    assert states.shape == (2, 256)
    alone = engine.encoder_states(["De man"], 0, 1000)[0][1]
    assert np.allclose(states, alone, atol=1e-5)


def test_cross_attention_is_where_the_decoder_looks(tmp_path: Path) -> None:
    looking = load(tmp_path, Tiny())
    (found,) = looking.cross_attention(["De man leest"], ["The man reads"], 1000)
    assert found.weights.shape == (3, 3)
    assert found.weights.argmax(axis=1).tolist() == [0, 1, 2]
    assert found.target == [Span(0, 3), Span(4, 7), Span(8, 13)]


def test_name_tells_versions(engine: PytorchEngine) -> None:
    assert engine.name.startswith("transformers ")
    assert "float32" in engine.name


def test_bfloat16_runs(tmp_path: Path) -> None:
    model = read_model(build(tmp_path, Tiny()), model_id="tiny")
    rough = load_pytorch(model, compute_type="bfloat16")
    assert rough.translate(SENTENCES[1:2], DecodingSettings())[0].text == TRANSLATED[1]
    with pytest.raises(SettingsError, match="compute type"):
        load_pytorch(model, compute_type="int3")


def test_weights_that_do_not_fit_the_config(tmp_path: Path) -> None:
    folder = build(tmp_path / "a", Tiny())
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"decoder_layers": 2}))
    with pytest.raises(ModelError, match="lacks weights"):
        load_pytorch(read_model(folder, model_id="x"))
    (folder / "config.json").write_text(json.dumps(config | {"encoder_ffn_dim": 16}))
    with pytest.raises(ModelError):
        load_pytorch(read_model(folder, model_id="x"))


def test_a_tensor_that_is_gone(tmp_path: Path) -> None:
    folder = build(tmp_path, Tiny())
    tensors: dict[str, torch.Tensor] = load_file(folder / "model.safetensors")
    del tensors["model.decoder.layers.0.fc1.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="fc1"):
        load_pytorch(read_model(folder, model_id="x"))


def test_a_sentencepiece_model_that_is_none(tmp_path: Path) -> None:
    folder = build(tmp_path, Tiny())
    (folder / "source.spm").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="SentencePiece"):
        load_pytorch(read_model(folder, model_id="x"))


def test_batches_hold_the_budget() -> None:
    lengths = [3, 50, 7, 7, 4, 90, 1]
    batches = batches_by_length(lengths, 30)
    assert sorted(index for batch in batches for index in batch) == list(range(7))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= 30
    assert batches[0] == [5]


@pytest.mark.parametrize("wrong", [{"beam_size": 0}, {"batch_tokens": 0}, {"limit_ratio": 0.0}])
def test_settings_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="too small"):
        DecodingSettings(**wrong)  # type: ignore[arg-type]
