"""Finding a MarianMT model: the shipped one, one on the Hugging Face hub, or a directory.

A model is a directory in the layout of Helsinki-NLP's opus-mt models:

    config.json  source.spm  target.spm  vocab.json  model.safetensors
    target_vocab.json       (only where the target side has its own vocabulary)
    tokenizer_config.json   (optional; names the two languages)
    generation_config.json  (optional; not used: decoding settings are ours)

Weights are read from safetensors only, which cannot run code.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import threading
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from corpus.errors import ModelError
from translate.caches import cache_folder, keep_hash, known_hash

BUILTIN = "builtin"
DEFAULT_HUB_MODEL = "Helsinki-NLP/opus-mt-nl-en"
PROBE_SECONDS = 3.0

_BUILTIN_FOLDER = Path(__file__).parent / "builtin"
_WEIGHTS = "model.safetensors"
_PICKLED = "pytorch_model.bin"
_NEEDED = ("config.json", "source.spm", "target.spm", "vocab.json")
_HUB_FILES = [*_NEEDED, "target_vocab.json", "tokenizer_config.json", _WEIGHTS]
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_MAX_HEADER = 100_000_000  # bytes, as in the safetensors format description
_DUTCH = {"nl", "nld", "dut"}
_ENGLISH = {"en", "eng"}
_GROUPS = {"mul", "gem", "gmw", "ine", "roa", "zle"}  # language groups, which may include ours


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What the engines need to know of ``config.json``.

    ``positions`` is the most tokens a side, ``</s>`` included. ``alignment_layer``
    is the encoder layer (0 = embeddings) whose states join words that translate
    each other, for models whose encoder reads both languages; None for others.
    """

    source_tokens: int
    target_tokens: int
    positions: int
    eos: int
    pad: int
    decoder_start: int
    separate_vocabularies: bool
    encoder_layers: int
    alignment_layer: int | None = None


@dataclass(frozen=True)
class Model:
    """A model on disk, checked, not loaded.

    ``id`` is how it was named. ``weights_sha256`` is of the safetensors file.
    ``notes`` are what the user must be told (that another model stands in, say).
    """

    id: str
    folder: Path
    config: ModelConfig
    weights_sha256: str
    source_language: str = "nl"
    target_language: str = "en"
    notes: tuple[str, ...] = ()

    @property
    def weights(self) -> Path:
        """The safetensors file."""
        return self.folder / _WEIGHTS

    @cached_property
    def content_sha256(self) -> str:
        """SHA-256 of everything that decides what the model says: weights, config, vocabularies."""
        digest = hashlib.sha256(self.weights_sha256.encode())
        names = {*_NEEDED, self.target_vocabulary.name}
        for name in sorted(names):
            digest.update(hashlib.sha256((self.folder / name).read_bytes()).digest())
        return digest.hexdigest()

    @property
    def target_vocabulary(self) -> Path:
        """The JSON file that numbers the target side's pieces."""
        name = "target_vocab.json" if self.config.separate_vocabularies else "vocab.json"
        return self.folder / name


def find_model(name: str | None = None, *, offline: bool = False) -> Model:
    """The model called ``name``: ``builtin``, a directory, or an id on the hub.

    Without a name it is :data:`DEFAULT_HUB_MODEL`, from the hub's cache or, unless
    ``offline``, from the hub; where neither has it, the shipped model stands in and
    ``notes`` says so. Raises :class:`ModelError` if a named model cannot be had, or
    if what is found is not a Dutch-English MarianMT model.
    """
    if name is None:
        return _default_model(offline=offline)
    if name == BUILTIN:
        return read_model(_builtin_folder(), model_id=BUILTIN)
    path = Path(name).expanduser()
    if path.is_dir():
        return read_model(path, model_id=name)
    if path.exists():
        raise ModelError("is a file", where=name, remedy="name the directory that holds the model")
    if name.startswith((".", "~", "/")) or not _HUB_ID.fullmatch(name):
        raise ModelError(
            "there is no such model directory",
            where=name,
            remedy=f"give a directory, a hub id such as {DEFAULT_HUB_MODEL}, or {BUILTIN}",
        )
    return _hub_model(name, offline=offline)


def _default_model(*, offline: bool) -> Model:
    try:
        return _hub_model(DEFAULT_HUB_MODEL, offline=offline)
    except ModelError as error:
        note = f"{DEFAULT_HUB_MODEL} cannot be had ({error.problem}): using the shipped model ({BUILTIN})"
    try:
        model = read_model(_builtin_folder(), model_id=BUILTIN)
    except ModelError as error:
        raise ModelError(
            f"neither {DEFAULT_HUB_MODEL} nor the shipped model can be had: {error.problem}",
            remedy="give --model DIRECTORY",
        ) from None
    return replace(model, notes=(note,))


def _builtin_folder() -> Path:
    if not _BUILTIN_FOLDER.is_dir():
        raise ModelError(
            "the shipped model is missing from this installation",
            where=BUILTIN,
            remedy="install tweetalig again, or give --model DIRECTORY",
        )
    return _BUILTIN_FOLDER


# The hub


def _hub_model(model_id: str, *, offline: bool) -> Model:
    """``model_id`` from the hub's cache, or downloaded into it."""
    cached = _cached(model_id)
    if cached is not None:
        return read_model(cached, model_id=model_id)
    if offline:
        raise ModelError(
            "is not in the hub's cache and --offline forbids fetching it",
            where=model_id,
            remedy=f"run once without --offline, or use --model {BUILTIN}",
        )
    _probe(model_id)
    return read_model(_download(model_id), model_id=model_id)


def _cached(model_id: str) -> Path | None:
    """The folder of a model that is wholly in the hub's cache, or was converted before."""
    found = _hub_snapshot(model_id)
    if found is not None and all((found / name).is_file() for name in (*_NEEDED, _WEIGHTS)):
        return found
    converted = _converted_folder(model_id)
    return converted if (converted / _WEIGHTS).is_file() else None


def _hub_snapshot(model_id: str) -> Path | None:
    """Where the hub's cache has the newest revision it knows of.

    Its layout is documented (huggingface.co/docs/huggingface_hub/guides/manage-cache) and
    importing huggingface_hub only to look takes longer than translating a sentence.
    """
    home = os.environ.get("HF_HOME") or os.path.join(  # noqa: PTH118
        os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"
    )
    cache = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or f"{home}/hub"
    place = Path(os.path.expandvars(cache)).expanduser() / f"models--{model_id.replace('/', '--')}"
    try:
        revision = (place / "refs" / "main").read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    return place / "snapshots" / revision


def _probe(model_id: str) -> None:
    """Raise :class:`ModelError` unless the hub answers for ``model_id`` within 3 seconds.

    It runs in a thread of its own because looking up a host name has no time limit.
    """
    import urllib.error
    import urllib.request

    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    request = urllib.request.Request(f"{endpoint}/api/models/{model_id}", method="HEAD")
    answer: list[str] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(request, timeout=PROBE_SECONDS):
                answer.append("")
        except urllib.error.HTTPError as error:
            gone = error.code in (401, 404)
            answer.append("the hub has no such model" if gone else f"the hub answered {error.code}")
        except (OSError, ValueError):
            answer.append("the hub cannot be reached")

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PROBE_SECONDS)
    problem = answer[0] if answer else f"the hub did not answer within {PROBE_SECONDS:.0f} seconds"
    if problem:
        raise ModelError(
            problem, where=model_id, remedy=f"check the name and the network, or use --model {BUILTIN}"
        )


def _download(model_id: str) -> Path:
    """Fetch ``model_id`` into the hub's cache (or ours, if its weights must be converted)."""
    from huggingface_hub import list_repo_files, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        names = set(list_repo_files(model_id))
        convert = _WEIGHTS not in names and _PICKLED in names
        wanted = [*_HUB_FILES, _PICKLED] if convert else _HUB_FILES
        folder = Path(snapshot_download(model_id, allow_patterns=wanted))
    except (HfHubHTTPError, OSError) as error:
        raise ModelError(
            f"cannot be fetched from the hub ({type(error).__name__})",
            where=model_id,
            remedy=f"try again later, or use --model {BUILTIN}",
        ) from None
    return convert_pickled(folder, _converted_folder(model_id)) if convert else folder


def _converted_folder(model_id: str) -> Path:
    return cache_folder() / "converted" / model_id.replace("/", "--")


def convert_pickled(folder: Path, to: Path) -> Path:
    """Copy a model whose weights are pickled into ``to``, as safetensors. Returns ``to``.

    Many opus-mt models on the hub have no safetensors. The pickle is read with
    ``weights_only``, which builds tensors and nothing else. Raises :class:`ModelError`.
    """
    import shutil
    import tempfile

    import torch
    from safetensors.torch import save_file

    try:
        tensors = torch.load(folder / _PICKLED, map_location="cpu", weights_only=True)
        whole = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
    except Exception as error:  # pickle raises whatever the file makes it raise
        raise ModelError(
            f"is not a file of weights and nothing else ({type(error).__name__})",
            where=str(folder / _PICKLED),
            remedy="do not use it; take a model with safetensors",
        ) from None
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as made:
        for name in _HUB_FILES:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, Path(made) / name)
        save_file(whole, Path(made) / _WEIGHTS, metadata={"format": "pt"})
        if not (to / _WEIGHTS).is_file():
            shutil.copytree(made, to, dirs_exist_ok=True)
    return to


# A directory


def read_model(folder: Path, *, model_id: str) -> Model:
    """Check the model in ``folder`` without loading it. Raises :class:`ModelError`."""
    where = str(folder)
    config_path = folder / "config.json"
    if not config_path.is_file():
        raise ModelError(
            "has no config.json, so it is not a model", where=where, remedy="name a MarianMT directory"
        )
    config = _read_config(_json(config_path), str(config_path))
    needed = [*_NEEDED, "target_vocab.json"] if config.separate_vocabularies else list(_NEEDED)
    _check_weights_present(folder)
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"lacks {', '.join(missing)}", where=where, remedy="copy the whole model directory again"
        )
    source, target = _languages(folder)
    _check_header(folder / _WEIGHTS)
    model = Model(model_id, folder, config, _sha256(folder / _WEIGHTS), source, target)
    _check_vocabularies(model)
    return model


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"cannot be read as JSON ({type(error).__name__})",
            where=str(path),
            remedy="copy the model directory again",
        ) from None
    if not isinstance(content, dict):
        raise ModelError("is not a JSON object", where=str(path), remedy="copy the model directory again")
    return content


def _read_config(content: dict[str, Any], where: str) -> ModelConfig:
    kind = content.get("model_type")
    if kind != "marian":
        raise ModelError(
            f"is a model of type {kind!r}, not 'marian'", where=where, remedy="name a MarianMT model"
        )
    try:
        shared = bool(content.get("share_encoder_decoder_embeddings", True))
        source_tokens = int(content["vocab_size"])
        layer = content.get("tweetalig_alignment_layer")
        return ModelConfig(
            source_tokens=source_tokens,
            target_tokens=source_tokens if shared else int(content["decoder_vocab_size"]),
            positions=int(content.get("max_position_embeddings", 512)),
            eos=int(content["eos_token_id"]),
            pad=int(content["pad_token_id"]),
            decoder_start=int(content["decoder_start_token_id"]),
            separate_vocabularies=not shared,
            encoder_layers=int(content["encoder_layers"]),
            alignment_layer=None if layer is None else int(layer),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"lacks or garbles a setting ({error})", where=where, remedy="copy the model directory again"
        ) from None


def _check_weights_present(folder: Path) -> None:
    if (folder / _WEIGHTS).is_file():
        return
    if (folder / _PICKLED).is_file():
        raise ModelError(
            f"has its weights only as {_PICKLED}, which can carry code, so it is not loaded",
            where=str(folder),
            remedy=f"convert it once: python -m translate.models {folder} NEW_DIRECTORY",
        )
    raise ModelError(f"lacks {_WEIGHTS}", where=str(folder), remedy="copy the whole model directory again")


def _languages(folder: Path) -> tuple[str, str]:
    """Source and target language. Raises :class:`ModelError` for another pair."""
    path = folder / "tokenizer_config.json"
    if not path.is_file():
        return "nl", "en"
    settings = _json(path)
    source, target = str(settings.get("source_lang") or "nl"), str(settings.get("target_lang") or "en")
    right = source.lower() in _DUTCH | _GROUPS and target.lower() in _ENGLISH
    if not right:
        raise ModelError(
            f"translates {source} to {target}, not Dutch to English",
            where=str(folder),
            remedy=f"use one such as {DEFAULT_HUB_MODEL}",
        )
    return source, target


def _check_header(path: Path) -> None:
    """Raise :class:`ModelError` unless ``path`` is a whole safetensors file.

    Format: 8 bytes little-endian header length, a JSON header, then the tensors'
    bytes, which must end where the file ends (a broken download does not).
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > min(size, _MAX_HEADER):
                raise ValueError("header")
            header = json.loads(stream.read(length))
            entries = [entry for name, entry in header.items() if name != "__metadata__"]
            end = max((int(entry["data_offsets"][1]) for entry in entries), default=0)
        if not entries or 8 + length + end != size:
            raise ValueError("size")
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, OSError):
        raise ModelError(
            "is not a whole safetensors file", where=str(path), remedy="copy or download the model again"
        ) from None


def _check_vocabularies(model: Model) -> None:
    for path, size in (
        (model.folder / "vocab.json", model.config.source_tokens),
        (model.target_vocabulary, model.config.target_tokens),
    ):
        numbers = _json(path)
        if not {"</s>", "<unk>"} <= numbers.keys():
            raise ModelError(
                "lacks </s> or <unk>", where=str(path), remedy="it must be a Marian vocabulary in JSON"
            )
        if any(not isinstance(number, int) or not 0 <= number < size for number in numbers.values()):
            raise ModelError(
                f"numbers pieces beyond the model's {size}",
                where=str(path),
                remedy="vocabulary and weights are of different models: copy the directory again",
            )


def _sha256(path: Path) -> str:
    """Of a whole file, or as it was kept: hashing a base-size model takes a good part of its start."""
    known = known_hash(path)
    if known is None:
        with path.open("rb") as stream:
            known = hashlib.file_digest(stream, "sha256").hexdigest()
        keep_hash(path, known)
    return known


if __name__ == "__main__":
    import sys

    convert_pickled(Path(sys.argv[1]), Path(sys.argv[2]))
