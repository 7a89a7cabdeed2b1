"""The options that are conditions, of every command that searches."""

import datetime
from typing import Annotated

import typer

from papertide.cli import complete
from papertide.cli.app import day

Categories = Annotated[
    list[str] | None,
    typer.Option("--category", metavar="CODE", help="Of this arXiv category; repeatable.",
                 autocompletion=complete.categories),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="SOURCE", help="Told of by this source; repeatable.",
                 autocompletion=complete.sources),
]
Has = Annotated[
    list[str] | None,
    typer.Option("--has", metavar="WHAT", help="With code, data or the like; repeatable.",
                 autocompletion=complete.has),
]
Since = Annotated[datetime.datetime | None, day("Of this day or later.")]
Until = Annotated[datetime.datetime | None, day("Of this day or earlier.")]
