"""``tweetalig memory``: what was translated before, by the model and by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from translate.memory import TranslationMemory


@click.group()
@click.option("--memory", metavar="FILE", help="Another translation memory than your own.")
@click.pass_context
def command(context: click.Context, memory: str | None) -> None:
    """See, fill, export and prune the translation memory.

    'tweetalig translate' keeps every finished segment here, under a hash of model,
    settings and source, and so goes on where it was stopped and translates of an edited
    article only what changed. Human translations that you import are used where the
    source is exactly the same, and offered where it is similar.

    \b
    Examples:
      tweetalig memory list
      tweetalig memory import clients.tmx
      tweetalig memory export everything.tmx
      tweetalig memory prune --unused-days 90
    """
    context.obj = memory


@command.command("list")
@click.option("--human", "only", flag_value="human", help="Human translations only.")
@click.option("--machine", "only", flag_value="machine", help="Machine translations only.")
@click.option("--find", metavar="TEXT", help="Only those with TEXT in source or translation.")
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="At most so many; 0: all."
)
@click.pass_obj
def list_(memory: str | None, only: str | None, find: str | None, limit: int) -> None:
    """Show how much there is, and the newest entries: kind, source, translation, by tabs."""
    with _open(memory, must_exist=memory is not None) as kept:
        contents = kept.contents()
        click.echo(f"{kept.path}: {contents.human} human and {contents.machine} machine translations, "
                   f"{contents.size / 1e6:.1f} MB")  # fmt: skip
        shown = 0
        for kind, source, target, origin in _entries(kept, only):
            if find is not None and find.casefold() not in f"{source}\n{target}".casefold():
                continue
            click.echo("\t".join((kind, source, target, origin)))
            shown += 1
            if shown == limit:
                break


def _entries(kept: TranslationMemory, only: str | None) -> Iterator[tuple[str, str, str, str]]:
    if only != "machine":
        for unit in kept.human_units():
            yield "human", unit.source, unit.target, unit.file
    if only != "human":
        for made in kept.machine_units():
            yield "machine", made.source, made.target, made.model


@command.command("import")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--languages", default="nl-en", show_default=True, metavar="SRC-TGT", help="The languages to take."
)
@click.pass_obj
def import_(memory: str | None, files: tuple[str, ...], languages: str) -> None:
    """Take the pairs of FILES in as human translations, each file whole or not at all.

    FILES are TMX, XLIFF, TSV or another bilingual format. Of several translations of one
    source the one that comes last is kept.
    """
    from corpus.units import Languages
    from translate.memory.imports import human_units

    pair = Languages.parse(languages)
    with _open(memory, must_exist=False) as kept:
        for name in files:
            units = human_units(Path(name), pair)
            changed = kept.add_human(units)
            click.echo(f"{name}: {changed} translations added or changed")


@command.command()
@click.argument("file")
@click.option("--human", "only", flag_value="human", help="Human translations only.")
@click.option("--machine", "only", flag_value="machine", help="Machine translations only.")
@click.pass_obj
def export(memory: str | None, file: str, only: str | None) -> None:
    """Write the memory to FILE, which ends in .tmx, .tsv or another export format."""
    from corpus.files import atomic_write, check_writable
    from corpus.formats import format_for
    from translate.memory.export import bitext_of

    chosen = format_for(file)
    check_writable(Path(file))
    with _open(memory) as kept:
        bitext = bitext_of(kept, only)
    with atomic_write(Path(file)) as stream:
        chosen.write(bitext, stream)
    click.echo(f"{file}: {len(bitext.beads)} translations")


@command.command()
@click.option("--unused-days", type=click.IntRange(0), help="Machine translations not used for so many days.")
@click.option("--human-file", metavar="NAME", help="Human translations that came from this file.")
@click.pass_obj
def prune(memory: str | None, unused_days: int | None, human_file: str | None) -> None:
    """Remove what you no longer want, and make the file smaller."""
    from datetime import UTC, datetime, timedelta

    from corpus.errors import SettingsError

    if unused_days is None and human_file is None:
        raise SettingsError("nothing is chosen to remove", remedy="give --unused-days or --human-file")
    since = None
    if unused_days is not None:
        since = (datetime.now(UTC) + timedelta(days=1 - unused_days)).date().isoformat()
    with _open(memory) as kept:
        removed = kept.prune(unused_since=since, human_file=human_file)
    click.echo(f"{removed} translations removed")


def _open(memory: str | None, *, must_exist: bool = True) -> TranslationMemory:
    from translate.memory import open_memory

    return open_memory(None if memory is None else Path(memory), must_exist=must_exist)
