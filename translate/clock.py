"""The time that a provenance gives."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from corpus.errors import SettingsError


def created_now() -> str:
    """The time in UTC, ISO 8601; SOURCE_DATE_EPOCH sets it (reproducible-builds.org/specs).

    Raises :class:`SettingsError` if SOURCE_DATE_EPOCH is no time.
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if fixed is None:
        return datetime.now(UTC).isoformat(timespec="seconds")
    try:
        return datetime.fromtimestamp(int(fixed), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        raise SettingsError(
            f"SOURCE_DATE_EPOCH is {fixed!r}", remedy="give seconds since 1970, or unset it"
        ) from None
