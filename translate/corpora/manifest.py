"""Which shards are done: of which bytes, by which model and settings, into which bytes.

``manifest.json`` lies in the output folder. A shard counts as done only while its input, the
way of translating and the output are still those that it names. It holds neither times
nor anything else that would differ from run to run.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from corpus.errors import FormatError, InputError, OutputError
from corpus.files import atomic_write
from corpus.segmentation import VERSION as SEGMENTATION
from translate.corpora.shard import Done, How, Job, file_sha256
from translate.engines.selection import Choice
from translate.pipeline import RESULTS

NAME = "manifest.json"
SCHEMA = 1
_EVERY = 1.0  # seconds between two writings


def way(how: How, choice: Choice) -> dict[str, Any]:
    """All that decides what becomes of a row, as JSON."""
    settings = asdict(replace(how.settings, glossary=None))
    del settings["decoding"]["batch_tokens"], settings["linking"]["batch_tokens"]  # they change only speed
    library = "ctranslate2" if choice.engine == "ctranslate2" else "torch"
    glossary = how.settings.glossary
    return {
        "tool": f"tweetalig {_version('tweetalig')}",
        "results": RESULTS,
        "model": how.model.id,
        "model_sha256": how.model.content_sha256,
        "engine": f"{choice.engine} {choice.compute_type}, {library} {_version(library)}",
        "segmentation": "" if how.segmented else SEGMENTATION,
        "settings": settings,
        "columns": asdict(how.columns),
        "glossary_sha256": "" if glossary is None else glossary.sha256,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


@dataclass
class Manifest:
    """The manifest of an output folder, as far as it is known and as it becomes."""

    folder: Path
    way: Mapping[str, Any]
    shards: dict[str, dict[str, Any]] = field(default_factory=dict)
    _written: float = field(default=0.0, repr=False)

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return self.folder / NAME

    @property
    def sha256(self) -> str:
        """SHA-256 of the way of translating."""
        return hashlib.sha256(json.dumps(self.way, sort_keys=True).encode()).hexdigest()

    def is_done(self, job: Job) -> bool:
        """Whether the shard need not be done again."""
        kept = self.shards.get(job.name)
        return (
            kept is not None
            and kept["way_sha256"] == self.sha256
            and job.output.is_file()
            and kept["input_sha256"] == file_sha256(job.source)
            and kept["output_sha256"] == file_sha256(job.output)
        )

    def add(self, done: Done) -> None:
        """Note that a shard is done; written now, or with the next if that was just done."""
        kept = asdict(done)
        del kept["name"], kept["seconds"]
        self.shards[done.name] = {"way_sha256": self.sha256, **kept}
        if time.monotonic() - self._written > _EVERY:
            self.write()

    def write(self) -> None:
        """Write it, in place of what was there."""
        content = {
            "schema": SCHEMA,
            "way": self.way,
            "way_sha256": self.sha256,
            "shards": dict(sorted(self.shards.items())),
        }
        with atomic_write(self.path) as stream:
            stream.write(json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n")
        self._written = time.monotonic()


def read_manifest(folder: Path, now: Mapping[str, Any]) -> Manifest:
    """The manifest in ``folder``, or an empty one, for a run in the way ``now``.

    Raises :class:`FormatError` for a file that is no manifest, or one of a newer tweetalig.
    """
    manifest = Manifest(folder, now)
    try:
        content = json.loads(manifest.path.read_text("utf-8"))
        if content["schema"] != SCHEMA:
            raise FormatError(
                f"is of schema {content['schema']}, and this tweetalig knows {SCHEMA}",
                where=str(manifest.path),
                remedy="use the tweetalig that wrote it, or another --output",
            )
        manifest.shards = {name: dict(one) for name, one in content["shards"].items()}
        needed = {"way_sha256", "input_sha256", "output_sha256"}
        if not all(needed <= set(one) for one in manifest.shards.values()):
            raise KeyError
    except FileNotFoundError:
        return manifest
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise FormatError(
            "is no manifest of translate-corpus",
            where=str(manifest.path),
            remedy="delete it (all shards are done again then), or use another --output",
        ) from None
    return manifest


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs away from ``folder``, and sweep what is left half-written, before and after.

    Raises :class:`OutputError` if another run has it.
    """
    try:
        import fcntl
    except ImportError:  # Windows has no locks on folders
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OutputError(
                "another translate-corpus is writing there", where=str(folder), remedy="wait for it to end"
            ) from None
        _sweep(folder)
        try:
            yield
        finally:
            _sweep(folder)  # of processes that died
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    for stale in folder.rglob(".*.part"):
        stale.unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Make the output folder. Raises :class:`OutputError` or :class:`InputError`."""
    if folder.exists() and not folder.is_dir():
        raise InputError("is a file", where=str(folder), remedy="name a folder for --output")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            error.strerror or str(error), where=str(folder), remedy="check its folder"
        ) from None
