"""The steps that made the memory's tables, each named, and recorded in the file when it was done."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from corpus.errors import InputError

Step = Callable[[sqlite3.Connection], None]
_STEPS: list[Step] = []


def _step(function: Step) -> Step:
    """Register a step. Steps run in the order of this file and never change once released."""
    _STEPS.append(function)
    return function


@_step
def m001_machine(connection: sqlite3.Connection) -> None:
    """Machine translations under their content hash."""
    connection.execute(
        "CREATE TABLE machine (key BLOB PRIMARY KEY, source TEXT NOT NULL, content TEXT NOT NULL,"
        " checksum BLOB NOT NULL, model TEXT NOT NULL, added TEXT NOT NULL, used TEXT NOT NULL)"
    )


@_step
def m002_human(connection: sqlite3.Connection) -> None:
    """Human translations under the hash of their source."""
    connection.execute(
        "CREATE TABLE human (key BLOB PRIMARY KEY, source TEXT NOT NULL, target TEXT NOT NULL,"
        " checksum BLOB NOT NULL, file TEXT NOT NULL, added TEXT NOT NULL)"
    )


def migrate(connection: sqlite3.Connection, where: str) -> None:
    """Take every step that this file lacks. Raises :class:`InputError` if a newer program wrote it.

    The steps and their record are one transaction, and only one process takes them.
    """
    if _done(connection) == [step.__name__ for step in _STEPS]:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL)"
        )
        done = _done(connection)
        unknown = set(done) - {step.__name__ for step in _STEPS}
        if unknown:
            raise InputError(
                f"a newer tweetalig wrote this translation memory ({', '.join(sorted(unknown))})",
                where=where,
                remedy="update tweetalig, or use --memory with another file",
            )
        for step in _STEPS:
            if step.__name__ not in done:
                step(connection)
                connection.execute(
                    "INSERT INTO schema_migrations VALUES (?, ?)",
                    (step.__name__, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
                )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _done(connection: sqlite3.Connection) -> list[str]:
    """Names of the steps taken, in order."""
    known = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
    ).fetchone()
    if known is None:
        return []
    return [name for (name,) in connection.execute("SELECT name FROM schema_migrations ORDER BY rowid")]
