"""The SentencePiece models that spBLEU's tokenizers need, which sacrebleu would fetch by itself.

Nothing is fetched here: a score must not depend on whether a network was there.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from sacrebleu.tokenizers import tokenizer_spm
from sacrebleu.utils import SACREBLEU_DIR

from corpus.errors import ModelError


def pieces_path(tokens: str) -> Path:
    """Where sacrebleu keeps the model of its tokenizer ``tokens`` (flores101, flores200)."""
    return Path(SACREBLEU_DIR) / "models" / PurePosixPath(_url(tokens)).name


def have_pieces(tokens: str) -> bool:
    """Whether the model is there."""
    path = pieces_path(tokens)
    return path.is_file() and path.stat().st_size > 0


def require_pieces(tokens: str) -> None:
    """Raise :class:`ModelError`, which says how to get the model, if it is not there."""
    if not have_pieces(tokens):
        path = pieces_path(tokens)
        raise ModelError(
            f"spBLEU needs the SentencePiece model of {tokens}, which is not there",
            where=str(path),
            remedy=f"fetch it once: mkdir -p {path.parent} && curl -L {_url(tokens)} -o {path}",
        )


def _url(tokens: str) -> str:
    url: str = tokenizer_spm.SPM_MODELS[tokens]["url"]
    return url
