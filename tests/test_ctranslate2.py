"""The CTranslate2 engine: it says what the reference engine says, on models whose output is known."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_model import Tiny, build

from corpus.errors import InputError, ModelError, SettingsError
from translate.engines import DecodingSettings, EngineSettings, StopReason, conversion
from translate.engines.conversion import convert_apart, converted, is_whole, sinusoids, why_not
from translate.engines.ctranslate2 import CTranslate2Engine, load_ctranslate2
from translate.engines.pytorch import PytorchEngine, load_pytorch
from translate.engines.selection import choose, load_engine
from translate.links import word_links
from translate.models import Model, read_model

SENTENCES = [
    "De man leest een krant in de tuin.",
    "Het huis",
    "Zij ziet een rode fiets en hij koopt een boek.",
    "De hond slaapt.",
    "De oude vrouw loopt niet naar de straat omdat hij moe is.",
    "De man leest een krant in de tuin, en de vrouw ziet een rode fiets en hij koopt een boek.",
]
TRANSLATED = [
    "The man reads a newspaper in the garden.",
    "The house",
    "She sees a red bicycle and he buys a book.",
    "The dog sleeps.",
    "The old woman walks not to the street because he tired is.",
    "The man reads a newspaper in the garden, and the woman sees a red bicycle and he buys a book.",
]


def made(folder: Path, tiny: Tiny | None = None) -> Model:
    return read_model(build(folder, tiny or Tiny()), model_id="tiny")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return made(tmp_path_factory.mktemp("ct2"), Tiny(alignment_layer=1))


@pytest.fixture(scope="module")
def engine(model: Model) -> CTranslate2Engine:
    return load_ctranslate2(model, compute_type="float32", threads=2)


@pytest.fixture(scope="module")
def reference(model: Model) -> PytorchEngine:
    return load_pytorch(model)


@pytest.fixture(
    scope="module", params=[Tiny(), Tiny(separate=False), Tiny(behaviour="loop"), Tiny(behaviour="empty")]
)
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[PytorchEngine, CTranslate2Engine]:
    """A model in the reference engine and in this one."""
    model = made(tmp_path_factory.mktemp("both"), request.param)
    return load_pytorch(model), load_ctranslate2(model, compute_type="float32")


# The same words


@pytest.mark.parametrize("compute_type", ["float32", "int8"])
@pytest.mark.parametrize("beam", [1, 4])
def test_translates_in_order(model: Model, compute_type: str, beam: int) -> None:
    outputs = load_ctranslate2(model, compute_type=compute_type).translate(
        SENTENCES, DecodingSettings(beam_size=beam)
    )
    assert [output.text for output in outputs] == TRANSLATED
    assert all(output.stop is StopReason.END for output in outputs)


@pytest.mark.parametrize(
    "settings",
    [
        DecodingSettings(),
        DecodingSettings(beam_size=1),
        DecodingSettings(length_penalty=0.6),
        DecodingSettings(limit_ratio=0.5, limit_extra=1),
        DecodingSettings(minimum_tokens=12),
        DecodingSettings(batch_tokens=10),
    ],
)
def test_both_engines_give_the_same(
    both: tuple[PytorchEngine, CTranslate2Engine], settings: DecodingSettings
) -> None:
    theirs, ours = (one.translate(SENTENCES, settings) for one in both)
    assert [one.tokens for one in ours] == [one.tokens for one in theirs]
    assert [one.stop for one in ours] == [one.stop for one in theirs]
    assert [one.score for one in ours] == pytest.approx([one.score for one in theirs], rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("budget", [1, 40, 10_000])
def test_a_batch_changes_nothing(engine: CTranslate2Engine, budget: int) -> None:
    alone = [engine.translate([text], DecodingSettings())[0] for text in SENTENCES]
    together = engine.translate(SENTENCES, DecodingSettings(batch_tokens=budget))
    assert [one.tokens for one in together] == [one.tokens for one in alone]
    assert [one.score for one in together] == pytest.approx([one.score for one in alone], abs=1e-5)


def test_each_sentence_has_its_own_limit(tmp_path: Path) -> None:
    looping = load_ctranslate2(made(tmp_path, Tiny(behaviour="loop")))
    settings = DecodingSettings(limit_ratio=1.0, limit_extra=2)
    outputs = looping.translate(["De man", "De man leest een krant"], settings)
    assert [len(output.tokens) for output in outputs] == [4, 7]
    assert all(output.stop is StopReason.LIMIT for output in outputs)
    assert all(output.score < -100 for output in outputs)  # </s> is forced against a bias of 1000


def test_batches_hold_the_budget_and_one_length_class(engine: CTranslate2Engine) -> None:
    lengths = [3, 50, 7, 17, 4, 90, 16, 33, 32, 1] * 20
    batches = engine._batches(lengths, DecodingSettings(batch_tokens=300))
    assert sorted(index for _, batch in batches for index in batch) == list(range(len(lengths)))
    for limit, batch in batches:
        longest = max(lengths[index] for index in batch)
        assert len(batch) * longest <= 300
        assert limit >= 2 * longest or limit == engine.model.config.positions - 1
        assert {lengths[index] > 64 for index in batch} == {longest > 64}


def test_too_long_is_an_error_and_never_cut(engine: CTranslate2Engine) -> None:
    with pytest.raises(InputError, match="over the model's 128"):
        engine.translate(["man " * 200], DecodingSettings())


def test_progress_ends_at_all(engine: CTranslate2Engine) -> None:
    told: list[tuple[int, int]] = []
    engine.translate(SENTENCES, DecodingSettings(batch_tokens=1), lambda *now: told.append(now))
    assert told == [(number, 6) for number in range(1, 7)]


# The same evidence


def test_encoder_states_are_the_reference_engines(
    engine: CTranslate2Engine, reference: PytorchEngine
) -> None:
    ours, theirs = (one.encoder_states(SENTENCES, 1, 100) for one in (engine, reference))
    for (our_spans, our_states), (their_spans, their_states) in zip(ours, theirs, strict=True):
        assert our_spans == their_spans
        assert np.abs(our_states - their_states).max() < 1e-4
    with pytest.raises(SettingsError, match="layer 0"):
        engine.encoder_states(SENTENCES, 0, 100)


def test_links_are_the_reference_engines(engine: CTranslate2Engine, reference: PytorchEngine) -> None:
    ours, theirs = (word_links(one, SENTENCES, TRANSLATED) for one in (engine, reference))
    assert [[(link.source, link.target) for link in links] for links in ours] == [
        [(link.source, link.target) for link in links] for links in theirs
    ]


def test_cross_attention_is_where_the_decoder_looks(tmp_path: Path) -> None:
    looking = load_ctranslate2(made(tmp_path))
    both = looking.cross_attention(["De man leest", SENTENCES[0]], ["The man reads", TRANSLATED[0]], 1000)
    assert both[0].weights.shape == (3, 3)
    assert both[0].weights.argmax(axis=1).tolist() == [0, 1, 2]
    assert both[1].weights.argmax(axis=1).tolist() == list(range(9))
    (links,) = word_links(looking, SENTENCES[:1], TRANSLATED[:1])
    assert [(link.source, link.target) for link in links] == [(n, n) for n in range(9)]


def test_unreadable_and_name(engine: CTranslate2Engine) -> None:
    assert [span.of("De man ğ 北京.") for span in engine.unreadable("De man ğ 北京.")] == ["ğ", "北京"]
    assert engine.name.startswith("ctranslate2 ")
    assert engine.name.endswith(", float32")


# Conversion


def test_positions_are_marians() -> None:
    from transformers import MarianConfig, MarianMTModel

    config = MarianConfig(vocab_size=9, d_model=32, encoder_layers=1, decoder_layers=1,
                          encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=8,
                          decoder_ffn_dim=8, pad_token_id=8, max_position_embeddings=50)  # fmt: skip
    theirs = MarianMTModel(config).get_encoder().embed_positions.weight.detach().numpy()
    assert np.abs(sinusoids(50, 32) - theirs).max() < 1e-6


def test_a_conversion_is_kept_and_named_by_content(tmp_path: Path) -> None:
    model = made(tmp_path / "a", Tiny(alignment_layer=1))
    place = converted(model, "int8")
    assert is_whole(place)
    assert (place / "encoder" / "model.bin").is_file()
    before = (place / "translator" / "model.bin").stat().st_mtime_ns
    assert converted(model, "int8") == place
    assert (place / "translator" / "model.bin").stat().st_mtime_ns == before
    moved = read_model(Path(shutil.copytree(tmp_path / "a", tmp_path / "b")), model_id="other")
    assert converted(moved, "int8") == place
    assert converted(made(tmp_path / "c", Tiny(behaviour="loop")), "int8") != place
    assert converted(model, "float32") != place


def test_a_broken_conversion_is_made_again(tmp_path: Path) -> None:
    model = made(tmp_path)
    place = converted(model, "int8")
    whole = (place / "translator" / "model.bin").read_bytes()
    (place / "translator" / "model.bin").write_bytes(whole[:1000])
    assert not is_whole(place)
    assert converted(model, "int8") == place
    assert (place / "translator" / "model.bin").read_bytes() == whole


def test_several_processes_may_convert_at_once(tmp_path: Path) -> None:
    folder = build(tmp_path / "model", Tiny(alignment_layer=1, positions=100))
    code = (
        "import sys\nfrom pathlib import Path\nfrom translate.models import read_model\n"
        "from translate.engines.ctranslate2 import load_ctranslate2\n"
        "from translate.engines import DecodingSettings\n"
        "engine = load_ctranslate2(read_model(Path(sys.argv[1]), model_id='tiny'))\n"
        "print(engine.translate(['De hond slaapt.'], DecodingSettings())[0].text)\n"
    )
    command = [sys.executable, "-c", code, str(folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in processes] == ["The dog sleeps."] * 3
    place = converted(read_model(folder, model_id="tiny"), "int8")
    assert is_whole(place)
    assert not list(place.parent.glob(".part-*"))


def test_what_a_killed_conversion_left_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWEETALIG_CACHE", str(tmp_path / "cache"))
    left = tmp_path / "cache" / "ctranslate2" / ".part-killed"
    left.mkdir(parents=True)
    model = made(tmp_path / "model")
    monkeypatch.setattr(conversion, "_STALE", -1.0)
    converted(model, "int8")
    assert not left.exists()


def test_weights_that_do_not_make_a_model(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = build(tmp_path / "a", Tiny())
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.decoder.layers.0.fc1.weight"]
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"fc1\.weight"):
        convert_apart(read_model(folder, model_id="x"), tmp_path / "out", "int8")


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TWEETALIG_CACHE", str(tmp_path / "file"))
    engine = load_ctranslate2(made(tmp_path / "model"))
    assert engine.translate(["De hond slaapt."], DecodingSettings())[0].text == "The dog sleeps."
    assert "converted anew" in engine.model.notes[-1]


# Which engine


def test_auto_is_ctranslate2_in_int8(model: Model) -> None:
    choice = choose(model, EngineSettings())
    assert (choice.engine, choice.compute_type, choice.device, choice.note) == (
        "ctranslate2",
        "int8",
        "cpu",
        "",
    )
    assert choose(model, EngineSettings("transformers")).compute_type == "float32"


def test_what_ctranslate2_cannot_do_goes_to_transformers_and_is_said(tmp_path: Path) -> None:
    folder = build(tmp_path, Tiny())
    config = json.loads((folder / "config.json").read_text()) | {"normalize_before": True}
    (folder / "config.json").write_text(json.dumps(config))
    model = read_model(folder, model_id="odd")
    assert "normalize_before" in str(why_not(model))
    choice = choose(model, EngineSettings())
    assert choice.engine == "transformers"
    assert "normalize_before" in choice.note
    with pytest.raises(SettingsError, match="normalize_before"):
        choose(model, EngineSettings("ctranslate2"))
    with pytest.raises(SettingsError, match="int8"):
        choose(model, EngineSettings(compute_type="int8"))
    assert choice.note in load_engine(model).model.notes


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (EngineSettings("transformers", "int8"), "transformers does not compute in int8"),
        (EngineSettings(device="cuda"), "no CUDA device"),
    ],
)
def test_combinations_that_cannot_be(model: Model, settings: EngineSettings, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        choose(model, settings)


def test_a_type_that_the_processor_lacks(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctranslate2.get_supported_compute_types", lambda _: {"float32", "int8"})
    with pytest.raises(SettingsError, match="bfloat16"):
        choose(model, EngineSettings("ctranslate2", "bfloat16"))
    choice = choose(model, EngineSettings(compute_type="bfloat16"))
    assert (choice.engine, choice.compute_type) == ("transformers", "bfloat16")
    assert "bfloat16" in choice.note


@pytest.mark.parametrize(
    "wrong", [{"engine": "fast"}, {"compute_type": "int3"}, {"device": "moon"}, {"threads": 0}]
)
def test_engine_settings_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        EngineSettings(**wrong)  # type: ignore[arg-type]
