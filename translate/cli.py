"""The command line: ``tweetalig COMMAND``. It parses, calls the library and renders.

Every module in ``translate/commands`` is a sub-command of its own name (a hyphen for an
underscore) and exposes ``command``. They import heavy libraries only when they run, so
that ``--help`` is quick.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence

import click

from corpus.errors import TweetaligError
from translate import commands

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class CommandGroup(click.Group):
    """A group whose sub-commands are found by looking into ``translate/commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all sub-commands, in alphabetical order."""
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The sub-command ``cmd_name``, imported now; None if there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tweetalig")
def tweetalig() -> None:
    """Turn a Dutch article into English that you can check against the source."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 a mistake in what was given, 130 interrupted."""
    try:
        result = tweetalig.main(
            args=None if arguments is None else list(arguments),
            prog_name="tweetalig",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except TweetaligError as error:
        _fail(str(error), error.exit_code)
    except click.ClickException as error:
        _fail(_usage(error), 2)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted; no file was written", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has closed it (`| head`), which is no mistake; what
        # Python would still flush at exit must go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    # With standalone_mode off, click returns the code that --help or ctx.exit() gave.
    sys.exit(result if isinstance(result, int) else 0)


def _fail(message: str, code: int) -> None:
    print(f"tweetalig: error: {message}", file=sys.stderr)
    sys.exit(code)


def _usage(error: click.ClickException) -> str:
    """One line for a mistake in the command line itself."""
    message = " ".join(error.format_message().split()).rstrip(".")
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message}; see: {error.ctx.command_path} --help"
    return message
