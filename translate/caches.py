"""Where tweetalig keeps what it can make again: converted models, hashes of weights.

``TWEETALIG_CACHE`` names another folder than the user's cache folder.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

_SETTLED = 2.0  # seconds; a file changed more lately may change again within its time stamp


def cache_folder() -> Path:
    """The folder for what can be made again. It may not exist yet."""
    chosen = os.environ.get("TWEETALIG_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("tweetalig")


def known_hash(path: Path) -> str | None:
    """The SHA-256 of ``path`` if it was kept and the file is as it was then (size, time, place)."""
    try:
        kept = json.loads(_place(path).read_text("utf-8"))
        return str(kept["sha256"]) if kept["file"] == _identity(path) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_hash(path: Path, sha256: str) -> None:
    """Keep the SHA-256 of ``path`` for :func:`known_hash`. What cannot be kept is not."""
    try:
        if time.time() - path.stat().st_mtime < _SETTLED:
            return
        place = _place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump({"file": _identity(path), "sha256": sha256}, stream)
        Path(temporary).replace(place)
    except OSError:
        return


def _identity(path: Path) -> list[int | str]:
    status = path.stat()
    return [str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ino]


def _place(path: Path) -> Path:
    import hashlib

    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return cache_folder() / "hashes" / f"{name}.json"
