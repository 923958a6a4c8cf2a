"""What the steps of a recipe share: each is a module with a small command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from corpus.errors import TweetaligError


def run_step(
    parser: argparse.ArgumentParser,
    step: Callable[[argparse.Namespace], object],
    arguments: Sequence[str] | None,
) -> int:
    """Parse ``arguments`` (``None``: the process's own), do ``step``, return the exit code.

    An error of ours is one line on stderr.
    """
    chosen = parser.parse_args(arguments)
    try:
        step(chosen)
    except TweetaligError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def tell(message: str) -> None:
    """A line of progress on stderr."""
    print(message, file=sys.stderr, flush=True)
