"""Finding models: what is taken, what is refused, and in what words."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_model import Tiny, build

from corpus.errors import ModelError
from translate import models
from translate.caches import known_hash
from translate.models import BUILTIN, DEFAULT_HUB_MODEL, convert_pickled, find_model, read_model


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("model") / "good", Tiny(alignment_layer=1))


@pytest.fixture
def copied(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "copy"))


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No model in the hub's cache or ours, and no network but what a test sets up."""
    monkeypatch.setattr(models, "_cached", lambda _: None)
    monkeypatch.setattr(models, "_converted_folder", lambda name: tmp_path / "converted" / name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def refusal(name: str | None, **options: bool) -> str:
    with pytest.raises(ModelError) as caught:
        find_model(name, **options)
    return str(caught.value)


def change(path: Path, **settings: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def test_a_directory_is_read(good: Path) -> None:
    model = find_model(str(good))
    assert model.weights_sha256 == hashlib.sha256((good / "model.safetensors").read_bytes()).hexdigest()
    assert (model.config.eos, model.config.positions, model.config.alignment_layer) == (0, 128, 1)
    assert model.config.separate_vocabularies
    assert model.notes == ()


def test_the_layout_of_opus_mt_is_read(tmp_path: Path) -> None:
    folder = build(tmp_path / "opus", Tiny(separate=False))
    (folder / "generation_config.json").write_text(json.dumps({"num_beams": 6, "bad_words_ids": [[3]]}))
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "source.spm",
        "target.spm",
        "tokenizer_config.json",
        "vocab.json",
    ]
    assert not find_model(str(folder)).config.separate_vocabularies


@pytest.mark.parametrize(
    "missing",
    ["config.json", "source.spm", "target.spm", "vocab.json", "target_vocab.json", "model.safetensors"],
)
def test_a_missing_file_is_named(copied: Path, missing: str) -> None:
    (copied / missing).unlink()
    assert missing in refusal(str(copied))


def test_pickled_weights_are_refused_with_a_remedy(copied: Path) -> None:
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    said = refusal(str(copied))
    assert "pytorch_model.bin" in said
    assert "python -m translate.models" in said


def test_pickled_weights_are_converted(copied: Path, tmp_path: Path) -> None:
    tensors = load_file(copied / "model.safetensors")
    torch.save(tensors, copied / "pytorch_model.bin")
    (copied / "model.safetensors").unlink()
    made = convert_pickled(copied, tmp_path / "made")
    assert read_model(made, model_id="made").config.positions == 128
    again = load_file(made / "model.safetensors")
    assert all(torch.equal(tensors[name], again[name]) for name in tensors)


def test_a_pickle_that_would_run_code_is_not_read(copied: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "owned"),)

    torch.save({"weight": Evil()}, copied / "pytorch_model.bin")
    with pytest.raises(ModelError):
        convert_pickled(copied, tmp_path / "made")
    assert not (tmp_path / "owned").exists()
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("keep", [0, 4, 500, -10])
def test_broken_weights_are_noticed(copied: Path, keep: int) -> None:
    path = copied / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    assert "not a whole safetensors file" in refusal(str(copied))


def test_another_kind_of_model(copied: Path) -> None:
    change(copied / "config.json", model_type="bert")
    assert "'bert', not 'marian'" in refusal(str(copied))


@pytest.mark.parametrize(("source", "target"), [("de", "en"), ("nl", "fr"), ("en", "nl")])
def test_another_pair_of_languages(copied: Path, source: str, target: str) -> None:
    change(copied / "tokenizer_config.json", source_lang=source, target_lang=target)
    assert f"translates {source} to {target}" in refusal(str(copied))


def test_a_vocabulary_of_another_model(copied: Path) -> None:
    change(copied / "vocab.json", extra=70000)
    assert "vocab.json" in refusal(str(copied))


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_a_config_that_is_no_json(copied: Path, content: str) -> None:
    (copied / "config.json").write_text(content)
    assert "config.json" in refusal(str(copied))


def test_a_config_without_a_size(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text())
    del config["vocab_size"]
    (copied / "config.json").write_text(json.dumps(config))
    assert "vocab_size" in refusal(str(copied))


def test_names_that_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "is a file" in refusal(str(tmp_path / "file"))
    assert "no such model directory" in refusal(str(tmp_path / "nothing"))
    assert "no such model directory" in refusal("not a model")


def test_offline_names_the_way_out(no_cache: None) -> None:
    said = refusal("Someone/some-model", offline=True)
    assert "--offline" in said
    assert BUILTIN in said


def test_offline_never_opens_a_socket(no_cache: None, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "create_connection", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(models, "_BUILTIN_FOLDER", good)
    model = find_model(None, offline=True)
    assert model.id == BUILTIN
    assert find_model(str(good), offline=True).id == str(good)


def test_the_shipped_model_stands_in_and_says_so(
    no_cache: None, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setattr(models, "_BUILTIN_FOLDER", good)
    model = find_model(None)
    assert model.id == BUILTIN
    (note,) = model.notes
    assert DEFAULT_HUB_MODEL in note
    assert "cannot be reached" in note


def test_a_named_model_is_never_replaced(no_cache: None, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(models, "_BUILTIN_FOLDER", good)
    assert "cannot be reached" in refusal(DEFAULT_HUB_MODEL)


def test_a_silent_hub_is_given_up_after_three_seconds(
    no_cache: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
    begin = time.monotonic()
    refusal("Someone/some-model")
    assert time.monotonic() - begin < 4.5
    silent.close()


def test_a_hub_without_the_model(no_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    assert "the hub has no such model" in refusal("Someone/some-model")
    server.shutdown()


def test_no_shipped_model_in_the_installation(
    no_cache: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_BUILTIN_FOLDER", tmp_path / "gone")
    assert "missing from this installation" in refusal(BUILTIN)
    assert "neither" in refusal(None, offline=True)


def test_the_hubs_cache_is_found_where_the_hub_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--Helsinki-NLP--opus-mt-nl-en" / "snapshots" / "abc123"
    build(snapshot, Tiny())
    refs = snapshot.parents[1] / "refs"
    refs.mkdir()
    (refs / "main").write_text("abc123")
    assert models.find_model(None, offline=True).folder == snapshot
    # huggingface_hub itself, which is asked when a model must be fetched, sees it there too.
    from huggingface_hub import try_to_load_from_cache

    seen = try_to_load_from_cache("Helsinki-NLP/opus-mt-nl-en", "config.json", cache_dir=tmp_path)
    assert seen == str(snapshot / "config.json")


def test_a_hash_is_kept_and_a_changed_file_is_hashed_again(tmp_path: Path) -> None:
    folder = build(tmp_path / "m", Tiny())
    weights = folder / "model.safetensors"
    long_ago = time.time() - 100
    os.utime(weights, (long_ago, long_ago))
    first = models.read_model(folder, model_id="m").weights_sha256
    assert known_hash(weights) == first == hashlib.sha256(weights.read_bytes()).hexdigest()
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert known_hash(weights) is None
    assert models.read_model(folder, model_id="m").weights_sha256 == hashlib.sha256(data).hexdigest()
