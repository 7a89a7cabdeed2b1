"""How commands speak: results to stdout, all else to stderr, errors with a next step."""

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)  # fmt: skip

import papertide
from papertide import config

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

app = typer.Typer(
    name="papertide",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with [bold]papertide up[/bold], or see [bold]papertide COMMAND --help[/bold].",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"papertide {papertide.__version__}")
        raise typer.Exit


@app.callback()
def papertide_command(
    data: Annotated[
        Path | None,
        typer.Option(help="The data folder.", envvar="PAPERTIDE_DATA", show_default=False),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The open, self-hosted home for a research community's daily papers.

    Everything is kept in one data folder: a database, an index in files.
    """
    global _folder
    _folder = data


_folder: Path | None = None


def library():
    """The library of the data folder that was asked for."""
    return papertide.open_library(_folder)


def print_json(value: Any) -> None:
    """One JSON object, on stdout, for programs."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.flush()


def fail(message: str, code: int = 1) -> None:
    """End the command with an error."""
    err.print(f"[red]Error:[/red] {escaped(message)}", soft_wrap=True)
    raise typer.Exit(code)


def escaped(text: str) -> str:
    """Text for rich's markup in one line, what a terminal could take for commands left out."""
    line = " ".join(map(str.strip, text.splitlines()))
    return "".join(c for c in line if c.isprintable()).replace("[", "\\[")


@contextmanager
def progress():
    """A progress bar on stderr, where that is a terminal; yields what jobs report to.

    Reading is counted in bytes of the file, with rows and rows a second; indexing in papers.
    """
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
        TextColumn("{task.fields[rows]}"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        tasks: dict[tuple[str, str], Any] = {}

        def report(state) -> None:
            key = (state.stage, state.name)
            if key not in tasks:
                label = f"{state.stage} {escaped(Path(state.name).name)}".strip()
                tasks[key] = bars.add_task(label, rows="", total=None)
            task = tasks[key]
            elapsed = bars.tasks[task].elapsed or 0
            rows = state.done if state.stage.startswith("indexing") else state.rows
            rate = f" {rows / elapsed:,.0f}/s" if elapsed > 0.5 else ""
            bars.update(
                task, completed=state.done, total=state.total or None, rows=f"{rows:,} rows{rate}"
            )

        yield report


def run() -> None:
    """Run the command line; what goes wrong in a known way ends in one sentence."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import DatabaseError

    from papertide.embedding import ModelError
    from papertide.library import NotFound
    from papertide.search.engine import SearchUnavailable
    from papertide.sources.base import SourceError

    try:
        app()
    except KeyboardInterrupt:
        err.print("\nStopped. What was stored is kept; run the same command again to go on.")
        sys.exit(130)
    except BrokenPipeError:  # `papertide search … | head`
        sys.stderr.close()
        sys.exit(0)
    except (NotFound, ModelError, SearchUnavailable, SourceError, config.ConfigError) as error:
        _sorry(str(error))
    except ImproperlyConfigured as error:
        _sorry(f"{error}. See docs/settings.md.")
    except DatabaseError as error:
        _sorry(_database_advice(str(error)))
    except OSError as error:
        _sorry(f"{error.strerror or error}: {error.filename or 'the data folder'}")


def _database_advice(message: str) -> str:
    if "full" in message or "disk I/O" in message or "No space" in message:
        return (
            f"The disk is full ({message}). Free some space and run the same command again: "
            "what was stored is kept, and nothing is stored twice."
        )
    if "locked" in message:
        return f"Another process keeps the database busy ({message}). Try again when it is done."
    return f"The database answers (`papertide doctor` may say more): {message}"


def _sorry(message: str) -> None:
    err.print(f"[red]Error:[/red] {escaped(message)}", soft_wrap=True)
    sys.exit(1)
