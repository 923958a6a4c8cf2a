"""Options that several commands have, said in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., object])

_MODEL_OPTIONS = (
    click.option("--model", metavar="NAME", help="'builtin', a model id on the hub, or a directory."),
    click.option("--offline", is_flag=True, help="Never touch the network."),
    click.option(
        "--beam-size",
        "--beam",
        "beam",
        type=click.IntRange(1, 64),
        default=4,
        show_default=True,
        help="Beam size; 1 is greedy.",
    ),
    click.option(
        "--batch-tokens",
        type=click.IntRange(1),
        default=1024,
        show_default=True,
        help="Source tokens a batch.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["auto", "ctranslate2", "transformers"]),
        default="auto",
        show_default=True,
        help="What runs the model; auto is ctranslate2 where it can.",
    ),
    click.option(
        "--compute-type",
        type=click.Choice(["auto", "float32", "bfloat16", "int8"]),
        default="auto",
        show_default=True,
        help="Numbers to compute with; auto is int8 on a CPU, float32 with transformers.",
    ),
)


def model_options(command: Command) -> Command:
    """The model and how it is run: ``model offline beam batch_tokens engine compute_type``."""
    for option in reversed(_MODEL_OPTIONS):
        command = option(command)
    return command


def text_options(command: Command) -> Command:
    """What is done to a text besides: ``glossary no_repair``."""
    no_repair = click.option("--no-repair", is_flag=True, help="Flag what looks wrong, but do not try again.")
    terms = "Terms and their translations, tab-separated, one a line."
    return click.option("--glossary", metavar="FILE", help=terms)(no_repair(command))


def page_options(command: Command) -> Command:
    """Which part of a web page is read: ``selector whole_page``; see :func:`page_choice`."""
    selector = click.option(
        "--selector", metavar="CSS", help="Of a web page, read what this selects instead of the article."
    )
    whole = click.option("--whole-page", is_flag=True, help="Of a web page, read all, menus included.")
    return selector(whole(command))


def page_choice(selector: str | None, whole_page: bool) -> str | None:
    """The choice that readers of web pages take; None for what they take by themselves.

    Raises :class:`corpus.errors.SettingsError` for both at once or a selector that is none.
    """
    if selector is None and not whole_page:
        return None
    from corpus.errors import SettingsError
    from corpus.hypertext.article import WHOLE_PAGE, selector_choice

    if selector is not None and whole_page:
        raise SettingsError("--selector and --whole-page contradict each other", remedy="give one")
    return WHOLE_PAGE if selector is None else selector_choice(selector)
