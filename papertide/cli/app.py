"""The program itself: its own options, and what all its commands are made with."""

from pathlib import Path
from typing import Annotated

import typer

import papertide
from papertide.cli.help import Command, Group

READ, FILL, RUN, MEASURE = "Read", "Bring in", "Run", "Train and measure"  # headings of --help

app = typer.Typer(
    name="papertide",
    cls=Group,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="# Start here: the day's papers in your browser\npapertide up\n"
    "# Papers of your own, and what they say\n"
    "papertide import FILE...\npapertide search diffusion policy",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
AsBibtex = Annotated[bool, typer.Option("--bibtex", help="Print BibTeX entries and nothing else.")]
MOST = 1000  # papers in one answer
Limit = Annotated[
    int, typer.Option("--limit", "-n", min=1, max=MOST, metavar="N", help="How many at most.")
]


def command(group: typer.Typer, *examples: str, name: str | None = None, heading: str = "",
            **settings):  # fmt: skip
    """Make a function a command of a group, with examples for the end of its help."""
    return group.command(
        name, cls=Command, epilog="\n".join(examples), rich_help_panel=heading or None, **settings
    )


def group(name: str, help: str, heading: str) -> typer.Typer:
    """A group of commands of the program."""
    made = typer.Typer(cls=Group, help=help, rich_markup_mode=None)
    app.add_typer(made, name=name, rich_help_panel=heading)
    return made


def day(help: str):
    """An option that is a calendar day."""
    return typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help=help)


def typed(text: str) -> str:
    """What was typed, read as UTF-8 also where the locale knows no more than ASCII."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"papertide {papertide.__version__}")
        raise typer.Exit


@app.callback()
def papertide_command(
    data: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The data folder.", envvar="PAPERTIDE_DATA",
                     show_envvar=True),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:  # fmt: skip
    """The open, self-hosted home for a research community's daily papers.

    Everything is kept in one data folder: a database, an index in files.
    """
    global folder
    folder = data


folder: Path | None = None  # what --data says


def library():
    """The library of the data folder that was asked for."""
    return papertide.open_library(folder)
