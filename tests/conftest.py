"""No test reads or writes what the user of this machine keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine draws slowly, which says nothing of the code.
settings.register_profile("tweetalig", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tweetalig")


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Conversions and hashes are shared by the tests of a session, and by processes they start."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("TWEETALIG_CACHE")
    os.environ["TWEETALIG_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["TWEETALIG_CACHE"]
    else:
        os.environ["TWEETALIG_CACHE"] = before


@pytest.fixture(autouse=True)
def memory_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a translation memory that is empty at first."""
    path = tmp_path_factory.mktemp("memory") / "memory.sqlite"
    monkeypatch.setenv("TWEETALIG_MEMORY", str(path))
    return path
