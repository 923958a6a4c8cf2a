"""The files beside the formats: templates, style sheets, scripts."""

from __future__ import annotations

from functools import cache
from importlib import resources

import jinja2


@cache
def templates() -> jinja2.Environment:
    """Our templates of HTML and XML, which escape what goes into them."""
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def asset(name: str) -> str:
    """The text of a file that lies beside the formats."""
    return resources.files("corpus.formats").joinpath(name).read_text("utf-8")
