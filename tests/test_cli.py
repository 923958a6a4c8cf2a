"""The command line's frame: lazy, and one line for every mistake."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from corpus.errors import InputError
from translate import cli


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from translate.cli import main; main(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


def test_help_lists_commands_without_heavy_libraries() -> None:
    code = (
        "import sys\nfrom translate.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n"
        "    heavy = {'torch', 'transformers', 'numpy', 'lxml', 'rich', 'sacrebleu'} & set(sys.modules)\n"
        "    print('HEAVY', sorted(heavy), 'CODE', end.code)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "HEAVY [] CODE 0" in shown
    assert "translate" in shown


@pytest.mark.parametrize("command", ["translate", "translate-corpus"])
def test_every_command_explains_itself_without_torch(command: str) -> None:
    shown = run(command, "--help")
    assert shown.returncode == 0
    assert "--offline" in shown.stdout


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["translate"], ["translate", "--beam", "x", "a.txt"], ["--what"]]
)
def test_usage_mistakes_are_one_line(arguments: list[str]) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith("tweetalig: error: ")
    assert ended.stdout == ""


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (InputError("is odd", where="a.txt", remedy="mend\nit"), 2, "a.txt: is odd; mend it"),
        (KeyboardInterrupt(), 130, "interrupted; no file was written"),
        (click.Abort(), 130, "interrupted; no file was written"),
    ],
)
def test_ends(
    raised: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def failing() -> None:
        raise raised

    monkeypatch.setattr(cli.CommandGroup, "get_command", lambda *_: failing)
    with pytest.raises(SystemExit) as ended:
        cli.main(["anything"])
    assert ended.value.code == code
    # After ^C the terminal is in the middle of a line, so click begins a new one.
    assert capsys.readouterr().err.lstrip("\n") == f"tweetalig: error: {said}\n"
