"""The translation memory: what was translated before, by the model and by people.

One SQLite file, which several processes may use at once. It has two kinds of entry:

* machine translations, each under the content hash of the model, the settings and the
  source, so that a run that was killed goes on where it stopped, and an edited article
  costs only what changed;
* human translations (imported), found by their source: an exact match is used
  as it is, a similar one is offered.

Every entry carries a checksum: what the disk has garbled is an error, never a translation.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from corpus.document import one_line
from corpus.errors import InputError, OutputError, TweetaligError
from translate.memory.migrations import migrate
from translate.segments import TranslatedSegment, from_json, to_json

BUSY_SECONDS = 60.0  # how long to wait for another process to end its writing
_CHUNK = 500  # SQLite allows at least 999 placeholders
FUZZY_LEAST = 75.0


@dataclass(frozen=True, slots=True)
class HumanUnit:
    """A human translation. ``file`` is where it was imported from; ``added`` is ISO 8601, UTC."""

    source: str
    target: str
    file: str = ""
    added: str = ""


@dataclass(frozen=True, slots=True)
class FuzzyMatch:
    """A human translation of a similar source. ``similarity`` is in percent (Indel, as rapidfuzz has it)."""

    unit: HumanUnit
    similarity: float


@dataclass(frozen=True, slots=True)
class MachineUnit:
    """A machine translation as the memory lists it. ``used`` and ``added`` are ISO 8601, UTC."""

    source: str
    target: str
    model: str
    added: str
    used: str


@dataclass(frozen=True, slots=True)
class Contents:
    """How much a memory holds, and how many bytes its file has."""

    machine: int
    human: int
    size: int


def default_path() -> Path:
    """The user's memory, or the file that ``TWEETALIG_MEMORY`` names."""
    chosen = os.environ.get("TWEETALIG_MEMORY")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_data_path

    return user_data_path("tweetalig") / "memory.sqlite"


def segment_key(fingerprint: str, source: str) -> bytes:
    """Where the translation of ``source`` is kept. ``fingerprint`` is of the model and the settings."""
    return hashlib.sha256(f"{fingerprint}\0{source}".encode("utf-8", "surrogatepass")).digest()


class TranslationMemory:
    """An open memory; a context manager. Use :func:`open_memory` to make one.

    Every method raises :class:`InputError` where the file is damaged and
    :class:`OutputError` where it cannot be written.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._human_sources: list[str] | None = None

    def __enter__(self) -> TranslationMemory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # Machine translations

    def find(self, keys: Sequence[bytes]) -> dict[bytes, TranslatedSegment]:
        """What is kept under ``keys``."""
        found: dict[bytes, TranslatedSegment] = {}
        with _told(self.path):
            for begin in range(0, len(keys), _CHUNK):
                chunk = keys[begin : begin + _CHUNK]
                marks = ",".join("?" * len(chunk))
                rows = self._connection.execute(
                    f"SELECT key, content, checksum FROM machine WHERE key IN ({marks})", chunk
                )
                for key, content, checksum in rows:
                    found[key] = self._checked(key, content, checksum)
        return found

    def keep(self, segments: Mapping[bytes, tuple[str, TranslatedSegment]], model: str) -> None:
        """Keep source and translation under each key: all of them or, if that fails, none."""
        now = _today()
        rows = []
        for key, (source, segment) in segments.items():
            content = to_json(segment)
            shown = source.encode("utf-8", "replace").decode()
            rows.append((key, shown, content, _checksum(key, content), model, now, now))
        with self._writing():
            self._connection.executemany(
                "INSERT OR IGNORE INTO machine (key, source, content, checksum, model, added, used)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def touch(self, keys: Sequence[bytes]) -> None:
        """Note that these were used today, for :meth:`prune`."""
        today = _today()
        with self._writing():
            self._connection.executemany(
                "UPDATE machine SET used = ? WHERE key = ? AND used < ?",
                [(today, key, today) for key in keys],
            )

    def machine_units(self) -> Iterator[MachineUnit]:
        """Every machine translation, the newest first."""
        with _told(self.path):
            rows = self._connection.execute(
                "SELECT key, source, content, checksum, model, added, used FROM machine"
                " ORDER BY added DESC, rowid DESC"
            )
            for key, source, content, checksum, model, added, used in rows:
                text = self._checked(key, content, checksum).text
                yield MachineUnit(source, text, model, added, used)

    # Human translations

    def add_human(self, units: Iterable[HumanUnit]) -> int:
        """Add human translations; a later one of the same source takes the place of an earlier one.

        Returns how many were added or changed. All of them are kept or, if one fails, none.
        """
        now = _today()
        before = self._connection.total_changes
        with self._writing():
            for unit in units:
                source, target = one_line(unit.source), one_line(unit.target)
                key = hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()
                self._connection.execute(
                    "INSERT INTO human (key, source, target, checksum, file, added)"
                    " VALUES (?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET target = excluded.target,"
                    " checksum = excluded.checksum, file = excluded.file,"
                    " added = excluded.added WHERE target <> excluded.target",
                    (
                        key,
                        source,
                        target,
                        _checksum(key, source + "\0" + target),
                        unit.file,
                        now,
                    ),
                )
        self._human_sources = None
        return self._connection.total_changes - before

    def exact(self, sources: Sequence[str]) -> dict[str, HumanUnit]:
        """The human translation of each of ``sources`` that has one."""
        keys = {hashlib.sha256(one_line(s).encode("utf-8", "surrogatepass")).digest(): s for s in sources}
        found: dict[str, HumanUnit] = {}
        with _told(self.path):
            for begin in range(0, len(keys), _CHUNK):
                chunk = list(keys)[begin : begin + _CHUNK]
                marks = ",".join("?" * len(chunk))
                rows = self._connection.execute(f"SELECT {_HUMAN} FROM human WHERE key IN ({marks})", chunk)
                for row in rows:
                    found[keys[row[0]]] = self._human(row)
        return found

    def fuzzy(self, source: str, least: float = FUZZY_LEAST) -> FuzzyMatch | None:
        """The human translation of the most similar source, if it is at least ``least`` percent similar."""
        known = self._sources()
        if not known:
            return None
        from rapidfuzz import fuzz, process

        best = process.extractOne(one_line(source), known, scorer=fuzz.ratio, score_cutoff=least)
        if best is None:
            return None
        unit = self.exact([best[0]]).get(best[0])
        return None if unit is None else FuzzyMatch(unit, float(best[1]))

    def human_units(self) -> Iterator[HumanUnit]:
        """Every human translation, in the order in which they came."""
        with _told(self.path):
            for row in self._connection.execute(f"SELECT {_HUMAN} FROM human ORDER BY rowid"):
                yield self._human(row)

    # All of it

    def contents(self) -> Contents:
        """How much there is."""
        with _told(self.path):
            (machine,) = self._connection.execute("SELECT count(*) FROM machine").fetchone()
            (human,) = self._connection.execute("SELECT count(*) FROM human").fetchone()
            return Contents(machine, human, self.path.stat().st_size)

    def prune(self, *, unused_since: str | None = None, human_file: str | None = None) -> int:
        """Remove machine translations not used since a date, or all that came from a file. Returns how many.

        ``unused_since`` is an ISO 8601 date; later entries stay. The file shrinks.
        """
        with self._writing():
            removed = 0
            if unused_since is not None:
                removed += self._connection.execute(
                    "DELETE FROM machine WHERE used < ?", (unused_since,)
                ).rowcount
            if human_file is not None:
                removed += self._connection.execute(
                    "DELETE FROM human WHERE file = ?", (human_file,)
                ).rowcount
        with _told(self.path):
            self._connection.execute("VACUUM")
        self._human_sources = None
        return removed

    def _sources(self) -> list[str]:
        if self._human_sources is None:
            with _told(self.path):
                rows = self._connection.execute("SELECT source FROM human ORDER BY rowid")
                self._human_sources = [source for (source,) in rows]
        return self._human_sources

    def _human(self, row: tuple[bytes, str, str, bytes, str, str]) -> HumanUnit:
        key, source, target, checksum, file, added = row
        if _checksum(key, source + "\0" + target) != checksum:
            raise _damaged(self.path)
        return HumanUnit(source, target, file, added)

    def _checked(self, key: bytes, content: str, checksum: bytes) -> TranslatedSegment:
        if _checksum(key, content) != checksum:
            raise _damaged(self.path)
        try:
            return from_json(content)
        except (ValueError, KeyError, TypeError):
            raise _damaged(self.path) from None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction: kept whole at the end of the block, or undone."""
        with _told(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


_HUMAN = "key, source, target, checksum, file, added"


def open_memory(path: Path | None = None, *, must_exist: bool = False) -> TranslationMemory:
    """Open the memory at ``path`` (the user's without one), made if it is not there.

    Raises :class:`InputError` for a file that is no memory, is damaged, or is of a newer
    tweetalig, and :class:`OutputError` if it cannot be made.
    """
    path = default_path() if path is None else path
    if must_exist and not path.is_file():
        raise InputError("there is no translation memory", where=str(path), remedy="check --memory")
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
            _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL"))
            connection.execute("PRAGMA synchronous = NORMAL")
            migrate(connection, str(path))
        except BaseException:
            connection.close()
            raise
    return TranslationMemory(path, connection)


def _patiently(attempt: Callable[[], object]) -> None:
    """Try again while another process holds the file: changing its mode does not wait by itself."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            attempt()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite and the disk raise, as errors for the person at the keyboard."""
    try:
        yield
    except TweetaligError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise _explained(error, path) from None


def _explained(error: Exception, path: Path) -> TweetaligError:
    told = str(error)
    where = str(path)
    aside = "or use --no-memory, or --memory with another file"
    if "full" in told or "No space" in told:
        return OutputError(
            "the disk is full, so the translation memory cannot be written",
            where=where,
            remedy=f"make room and run again (what is kept stays), {aside}",
        )
    if "locked" in told or "busy" in told:
        return OutputError(
            f"another process has held the translation memory for {BUSY_SECONDS:.0f} seconds",
            where=where,
            remedy=f"wait for it, {aside}",
        )
    if isinstance(error, sqlite3.OperationalError | OSError) and "malformed" not in told:
        return OutputError(
            f"the translation memory cannot be used ({told})",
            where=where,
            remedy=f"check its folder, {aside}",
        )
    return _damaged(path)


def _damaged(path: Path) -> InputError:
    return InputError(
        "the translation memory is damaged or is another kind of file",
        where=str(path),
        remedy="put a copy in its place or delete it, or use --no-memory, or --memory with another file",
    )


def _checksum(key: bytes, content: str) -> bytes:
    return hashlib.blake2b(key + content.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())
