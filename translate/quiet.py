"""Keeping transformers' own reports off the terminal: what matters is raised or logged by us."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import transformers


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Within the block, transformers neither logs below errors nor draws progress bars."""
    level = logging.getLogger("transformers").level
    bars = transformers.logging.is_progress_bar_enabled()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.getLogger("transformers").setLevel(level)
        if bars:
            transformers.logging.enable_progress_bar()
