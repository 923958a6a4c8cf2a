"""Which engine runs a model: what was asked for, or the fastest that gives the same words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corpus.errors import SettingsError
from translate.engines import Engine, EngineSettings
from translate.models import Model


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, number type and device, none of them ``auto``. ``note`` says why, if it must be said."""

    engine: str
    compute_type: str
    device: str
    note: str = ""


def choose(model: Model, settings: EngineSettings) -> Choice:
    """The engine for ``model``. Raises :class:`SettingsError` for what no engine can do."""
    device = _device(settings)
    if settings.engine == "transformers":
        return _transformers(settings, device)
    reason = _ctranslate2_cannot(model)
    if reason is None:
        kinds = _ctranslate2_types(device)
        wanted = _fastest(kinds, device) if settings.compute_type == "auto" else settings.compute_type
        if wanted in kinds:
            return Choice("ctranslate2", wanted, device)
        reason = f"CTranslate2 cannot compute in {wanted} on this {device}"
    if settings.engine == "ctranslate2":
        raise SettingsError(reason, where=model.id, remedy="use --engine transformers, or other options")
    return replace(_transformers(settings, device), note=f"{reason}: using transformers, which is slower")


def load_engine(model: Model, settings: EngineSettings | None = None) -> Engine:
    """Load ``model`` into the engine that ``settings`` ask for.

    Raises :class:`SettingsError` for options that do not go together and
    :class:`ModelError` for a model that cannot be loaded.
    """
    settings = settings or EngineSettings()
    choice = choose(model, settings)
    if choice.note:
        model = replace(model, notes=(*model.notes, choice.note))
    if choice.engine == "transformers":
        from translate.engines.pytorch import load_pytorch

        return load_pytorch(
            model, threads=settings.threads, compute_type=choice.compute_type, device=choice.device
        )
    from translate.engines.ctranslate2 import load_ctranslate2

    return load_ctranslate2(
        model, threads=settings.threads, compute_type=choice.compute_type, device=choice.device
    )


def _transformers(settings: EngineSettings, device: str) -> Choice:
    wanted = "float32" if settings.compute_type == "auto" else settings.compute_type
    if wanted == "int8":
        raise SettingsError(
            "transformers does not compute in int8",
            remedy="use --engine ctranslate2, or float32 or bfloat16",
        )
    return Choice("transformers", wanted, device)


def _ctranslate2_cannot(model: Model) -> str | None:
    try:
        import ctranslate2  # noqa: F401
    except ImportError:
        return "CTranslate2 is not installed"
    from translate.engines.conversion import why_not

    reason = why_not(model)
    return None if reason is None else f"CTranslate2 cannot run this model ({reason})"


def _ctranslate2_types(device: str) -> set[str]:
    from translate.engines.ctranslate2 import supported_types

    return supported_types(device)


def _fastest(kinds: set[str], device: str) -> str:
    """On a CPU int8, which loses nearly nothing; on a GPU the widest type that is quick."""
    order = ("int8", "float32") if device == "cpu" else ("bfloat16", "float32")
    return next(kind for kind in order if kind in kinds)


def _device(settings: EngineSettings) -> str:
    if settings.device == "cpu":
        return "cpu"
    found = _cuda_devices(settings.engine)
    if settings.device == "cuda" and not found:
        raise SettingsError("no CUDA device was found", remedy="use --device cpu")
    return "cuda" if found else "cpu"


def _cuda_devices(engine: str) -> int:
    if engine == "transformers":
        import torch

        return int(torch.cuda.device_count())
    try:
        import ctranslate2
    except ImportError:
        return 0
    return int(ctranslate2.get_cuda_device_count())
