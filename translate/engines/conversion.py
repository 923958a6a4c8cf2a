"""MarianMT weights in safetensors made into a CTranslate2 model, and kept for the next time.

    python -m translate.engines.conversion MODEL_FOLDER OUTPUT_FOLDER float32|int8

The specification is filled from numpy arrays, so neither torch nor transformers is
needed. A converted model is a folder with two CTranslate2 models: ``translator``, and
``encoder`` where the config names an encoder layer whose states link words. CTranslate2's
translator does not show encoder states, so that layer and those below it are a model
of their own (with post-norm layers a truncated encoder is an encoder).

Where we differ from CTranslate2's own converter: two vocabularies of different size are
allowed; the decoder starts with the embedding that the model has for its start token;
and <pad> and <unk> are barred by their bias, wherever they stand.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import ModelError
from translate.caches import cache_folder
from translate.models import Model

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

CONVERTER = 1  # changes with whatever changes the files that come out
NUMBERS = ("float32", "int8")  # how weights are kept; both are computed with as they are kept
_ACTIVATIONS = {"gelu": "GELU", "relu": "RELU", "swish": "SWISH", "silu": "SWISH"}
_BARRED = -1e9
_MANIFEST = "manifest.json"
_STALE = 3600.0  # seconds after which a half-made conversion belongs to nobody


def why_not(model: Model) -> str | None:
    """What of ``model`` CTranslate2 cannot compute; None if it can be converted."""
    settings = json.loads((model.folder / "config.json").read_text("utf-8"))
    activation = settings.get("activation_function", "gelu")
    if activation not in _ACTIVATIONS:
        return f"its activation is {activation}"
    for name in ("normalize_before", "normalize_embedding", "add_final_layer_norm"):
        if settings.get(name):
            return f"its config has {name}"
    if model.config.alignment_layer == 0:
        return "its words are linked by embeddings, and no encoder has no layers"
    return None


def converted(model: Model, numbers: str) -> Path:
    """The folder of ``model`` converted with weights as ``numbers``, made now if need be.

    Safe with several processes at once: each makes its own and the first to finish is
    kept, whole. Raises :class:`ModelError` if it cannot be converted, and OSError if
    the cache cannot be written.
    """
    place = cache_folder() / "ctranslate2" / _name(model, numbers)
    if not is_whole(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        _sweep(place.parent)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".part-") as made:
            whole = Path(made) / "model"
            convert_apart(model, whole, numbers)
            _put(whole, place)
    return place


def is_whole(folder: Path) -> bool:
    """Whether a conversion is there with every file in its full size."""
    try:
        sizes = json.loads((folder / _MANIFEST).read_text("utf-8"))
        return bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def convert_apart(model: Model, output: Path, numbers: str) -> None:
    """Convert in a process of its own, whose memory and imports end with it. Raises :class:`ModelError`."""
    root = str(Path(__file__).parents[2])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", __spec__.name, str(model.folder), str(output), numbers]
    ended = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        told = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        if "No space left" in told:
            raise OSError(28, "No space left on device")
        raise ModelError(
            f"cannot be converted to CTranslate2 ({told[:200]})",
            where=str(model.folder),
            remedy="copy the model directory again, or use --engine transformers",
        )


def _name(model: Model, numbers: str) -> str:
    """The conversion's name: it changes with the weights, with what else goes in, and with this module."""
    import ctranslate2

    digest = hashlib.sha256()
    for path in sorted({model.folder / "vocab.json", model.target_vocabulary, model.folder / "config.json"}):
        digest.update(path.read_bytes())
    parts = (model.weights_sha256, digest.hexdigest(), ctranslate2.__version__, str(CONVERTER))
    return f"{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:32]}-{numbers}"


def _put(made: Path, place: Path) -> None:
    """Move a whole conversion to its place, unless another process was faster."""
    try:
        made.rename(place)
    except OSError:
        if is_whole(place):
            return
        # Something broken lies there: it steps aside, which only one process can do.
        aside = Path(tempfile.mkdtemp(dir=place.parent, prefix=".part-"))
        with contextlib.suppress(FileNotFoundError):
            place.rename(aside / "broken")
        try:
            made.rename(place)
        except OSError:
            if not is_whole(place):
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed processes left half made."""
    for left in folder.glob(".part-*"):
        try:
            if time.time() - left.stat().st_mtime > _STALE:
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue


# Converting


class _Weights:
    """The tensors of a MarianMT directory, as float32, by what they are for."""

    def __init__(self, tensors: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        self._tensors = tensors
        self._settings = settings

    def __getitem__(self, name: str) -> Array:
        import numpy as np

        if name not in self._tensors:
            raise ModelError(f"lacks the weights {name}")
        # A copy, because CTranslate2 quantizes in place and two models share tensors.
        return np.array(self._tensors[name], dtype=np.float32, order="C")

    def embeddings(self, side: str) -> Array:
        """Of ``encoder`` or ``decoder``; one table may serve both."""
        own = f"model.{side}.embed_tokens.weight"
        return self[own if own in self._tensors else "model.shared.weight"]

    def projection(self) -> Array:
        """Of the decoder's states to its vocabulary: usually its embeddings again."""
        tied = bool(self._settings.get("tie_word_embeddings", True))
        kept = "lm_head.weight" in self._tensors and not tied
        return self["lm_head.weight"] if kept else self.embeddings("decoder")

    def output_bias(self, size: int) -> Array:
        """What is added to each target token's logit, [vocabulary]."""
        import numpy as np

        if "final_logits_bias" not in self._tensors:
            return np.zeros(size, np.float32)
        return self["final_logits_bias"].reshape(-1).copy()

    def positions(self, side: str, number: int, width: int) -> Array:
        """The table of positions, [number, width]: the file's, or Marian's sines and cosines."""
        name = f"model.{side}.embed_positions.weight"
        return self[name] if name in self._tensors else sinusoids(number, width)


def sinusoids(number: int, width: int) -> Array:
    """Positions as Marian has them: sines in the first half of a row, cosines in the second."""
    import numpy as np

    angles = np.arange(number)[:, None] / np.power(10000, 2 * (np.arange(width) // 2) / width)[None, :]
    table: Array = np.concatenate([np.sin(angles[:, 0::2]), np.cos(angles[:, 1::2])], axis=1).astype(
        np.float32
    )
    return table


def convert(folder: Path, output: Path, numbers: str) -> None:
    """Convert the model in ``folder`` into the new folder ``output``. Raises :class:`ModelError`."""
    from safetensors import SafetensorError, safe_open

    settings = json.loads((folder / "config.json").read_text("utf-8"))
    try:
        with safe_open(folder / "model.safetensors", "np") as stream:
            weights = _Weights({name: stream.get_tensor(name) for name in stream.keys()}, settings)  # noqa: SIM118
    except (SafetensorError, TypeError) as error:
        raise ModelError(f"its weights cannot be read ({error})", where=str(folder)) from None
    output.mkdir()
    layer = settings.get("tweetalig_alignment_layer")
    if layer is not None:
        _save(_encoder_model(weights, settings, int(layer), _vocabulary(folder, "vocab.json", settings)),
              output / "encoder", numbers)  # fmt: skip
    _save(_translator(weights, settings, folder), output / "translator", numbers)
    sizes = {
        str(path.relative_to(output)): path.stat().st_size for path in output.rglob("*") if path.is_file()
    }
    (output / _MANIFEST).write_text(json.dumps(sizes, indent=1), "utf-8")


def _vocabulary(folder: Path, name: str, settings: Mapping[str, Any]) -> list[str]:
    """Pieces in order of their ids; a number without a piece gets a name that no text has."""
    pieces = {number: piece for piece, number in json.loads((folder / name).read_text("utf-8")).items()}
    size = settings["decoder_vocab_size" if name == "target_vocab.json" else "vocab_size"]
    return [pieces.get(number, f"<nothing {number}>") for number in range(size)]


def _translator(weights: _Weights, settings: Mapping[str, Any], folder: Path) -> Any:
    from ctranslate2.specs import TransformerDecoderSpec, TransformerSpec

    shared = settings.get("share_encoder_decoder_embeddings", True)
    source = _vocabulary(folder, "vocab.json", settings)
    target = source if shared else _vocabulary(folder, "target_vocab.json", settings)
    heads = settings["decoder_attention_heads"]
    decoder = TransformerDecoderSpec(
        settings["decoder_layers"],
        heads,
        pre_norm=False,
        activation=_activation(settings),
        alignment_layer=-1,
        alignment_heads=heads,
    )
    spec = TransformerSpec(_encoder(weights, settings, settings["encoder_layers"]), decoder)
    _set_common(decoder, decoder.embeddings, weights, settings, "decoder")
    for number, layer in enumerate(decoder.layer):
        name = f"model.decoder.layers.{number}"
        _set_self_attention(layer.self_attention, weights, f"{name}.self_attn")
        _set_cross_attention(layer.attention, weights, f"{name}.encoder_attn")
        _set_feed_forward(layer.ffn, weights, name)
    decoder.projection.weight = weights.projection()
    bias = weights.output_bias(len(target))
    bias[[settings["pad_token_id"], target.index("<unk>")]] = _BARRED
    decoder.projection.bias = bias
    spec.register_source_vocabulary(source)
    spec.register_target_vocabulary(target)
    spec.config.unk_token = "<unk>"
    spec.config.eos_token = target[settings["eos_token_id"]]
    spec.config.decoder_start_token = target[settings["decoder_start_token_id"]]
    spec.config.add_source_eos = False  # sources come with theirs
    spec.config.add_attribute("layer_norm_epsilon", 1e-5)
    return spec


def _encoder_model(weights: _Weights, settings: Mapping[str, Any], layers: int, vocabulary: list[str]) -> Any:
    from ctranslate2.specs import TransformerEncoderModelSpec

    spec = TransformerEncoderModelSpec(_encoder(weights, settings, layers))
    spec.register_vocabulary(vocabulary)
    spec.config.unk_token, spec.config.eos_token = "<unk>", "</s>"
    spec.config.layer_norm_epsilon = 1e-5
    return spec


def _encoder(weights: _Weights, settings: Mapping[str, Any], layers: int) -> Any:
    from ctranslate2.specs import TransformerEncoderSpec

    encoder = TransformerEncoderSpec(
        layers, settings["encoder_attention_heads"], pre_norm=False, activation=_activation(settings)
    )
    _set_common(encoder, encoder.embeddings[0], weights, settings, "encoder")
    for number, layer in enumerate(encoder.layer):
        name = f"model.encoder.layers.{number}"
        _set_self_attention(layer.self_attention, weights, f"{name}.self_attn")
        _set_feed_forward(layer.ffn, weights, name)
    return encoder


def _activation(settings: Mapping[str, Any]) -> Any:
    from ctranslate2.specs import Activation

    return Activation[_ACTIVATIONS[settings.get("activation_function", "gelu")]]


def _set_common(
    spec: Any, embeddings: Any, weights: _Weights, settings: Mapping[str, Any], side: str
) -> None:
    table = weights.embeddings(side)
    embeddings.weight = table
    spec.scale_embeddings = bool(settings.get("scale_embedding", False))
    number = settings.get("max_position_embeddings", 512)
    spec.position_encodings.encodings = weights.positions(side, number, table.shape[1])


def _set_linear(spec: Any, weights: _Weights, *names: str) -> None:
    """One linear layer of those called ``names``, side by side."""
    import numpy as np

    spec.weight = np.concatenate([weights[f"{name}.weight"] for name in names])
    spec.bias = np.concatenate([weights[f"{name}.bias"] for name in names])


def _set_norm(spec: Any, weights: _Weights, name: str) -> None:
    spec.gamma, spec.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _set_self_attention(spec: Any, weights: _Weights, name: str) -> None:
    _set_linear(spec.linear[0], weights, f"{name}.q_proj", f"{name}.k_proj", f"{name}.v_proj")
    _set_linear(spec.linear[1], weights, f"{name}.out_proj")
    _set_norm(spec.layer_norm, weights, f"{name}_layer_norm")


def _set_cross_attention(spec: Any, weights: _Weights, name: str) -> None:
    _set_linear(spec.linear[0], weights, f"{name}.q_proj")
    _set_linear(spec.linear[1], weights, f"{name}.k_proj", f"{name}.v_proj")
    _set_linear(spec.linear[2], weights, f"{name}.out_proj")
    _set_norm(spec.layer_norm, weights, f"{name}_layer_norm")


def _set_feed_forward(spec: Any, weights: _Weights, name: str) -> None:
    _set_linear(spec.linear_0, weights, f"{name}.fc1")
    _set_linear(spec.linear_1, weights, f"{name}.fc2")
    _set_norm(spec.layer_norm, weights, f"{name}.final_layer_norm")


def _save(spec: Any, output: Path, numbers: str) -> None:
    try:
        spec.validate()
        spec.optimize(quantization=numbers)
    except ValueError as error:
        raise ModelError(f"does not make a whole model ({error})") from None
    output.mkdir()
    spec.save(str(output))


def main() -> None:
    """The command line of the process that converts."""
    # ctranslate2.specs would import torch if it could, which takes seconds and is of no use here.
    sys.modules["torch"] = None  # type: ignore[assignment]
    folder, output, numbers = sys.argv[1:]
    try:
        convert(Path(folder), Path(output), numbers)
    except ModelError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
