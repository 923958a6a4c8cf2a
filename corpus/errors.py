"""The one family of errors that a user of Tweetalig meets.

    TweetaligError
      InputError      a file or text that is given cannot be used
      FormatError     a file is not what its format promises, or no format is known
      OutputError     a result cannot be written
      ModelError      a model cannot be had, or is not one
      SettingsError   options that do not go together

Each says what is wrong, where (file, line or segment) and how to mend it, in one
line. The command line prints that line and exits with ``exit_code``.
"""

from __future__ import annotations


class TweetaligError(Exception):
    """An error whose text is meant for the person at the keyboard.

    ``where`` names the file, line or segment; ``remedy`` says what to do.
    """

    exit_code = 2

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        line = f"{self.where}: {self.problem}" if self.where else self.problem
        line = f"{line}; {self.remedy}" if self.remedy else line
        return " ".join(line.split())


class InputError(TweetaligError):
    """A file or text that was given cannot be used."""


class FormatError(TweetaligError):
    """A file breaks its format, or its format is unknown."""


class OutputError(TweetaligError):
    """A result cannot be written."""


class ModelError(TweetaligError):
    """A model cannot be had, or what was found is not a model."""


class SettingsError(TweetaligError):
    """Options that contradict each other or are out of range."""
