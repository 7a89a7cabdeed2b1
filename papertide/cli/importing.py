"""papertide import."""

from pathlib import Path
from typing import Annotated

import typer

from papertide.cli.app import FILL, AsJson, app, command, library
from papertide.cli.near import did_you_mean, near
from papertide.cli.output import counted, err, error, escaped, print_json, progress


@command(
    app,
    "papertide import saved-page.txt --year 2025",
    "papertide import arxiv-metadata.jsonl.xz",
    "curl https://example.org/dump.jsonl | papertide import -",
    name="import",
    heading=FILL,
)
def import_files(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Files of papers; - is standard input."),
    ],
    year: Annotated[
        int | None,
        typer.Option(
            min=1991, max=9999, metavar="YEAR", help="The year of saved pages that lack one."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring in papers from files, whatever their kind.

    Known by content, not by name, plain or as .gz, .xz, .zst, .zip: saved pages
    of Hugging Face's Daily Papers, the public arXiv metadata snapshot and other
    JSON lines, answers of the Hugging Face API, arXiv's daily Atom feed. Rows
    that cannot be read are set aside in a file with the reason. The same import
    again changes nothing.
    """
    from papertide.results import identities_told

    with progress() as report:
        done = library().import_files(files, year=year, on_progress=report)
    for problem in done.problems:
        error(f"{problem.path}: {problem.reason}{_next_step(problem.path)}")
    if done.rejected:
        err.print(
            f"{counted(done.rejected, 'row')} could not be read; each with its reason: "
            f"{escaped(done.rejected_file)}",
            soft_wrap=True,
        )
    if as_json:
        counts = ("entries", "new", "changed", "unchanged", "rejected", "found_by", "absorbed",
                  "to_review")  # fmt: skip
        print_json({name: getattr(done, name) for name in counts})
    elif done.entries or not done.problems:
        err.print(
            f"{done.entries:,} entries: [bold]{done.new:,} new[/bold], {done.changed:,} changed, "
            f"{done.unchanged:,} unchanged, {done.rejected:,} rejected. All is searchable."
        )
        if told := identities_told(done):
            err.print(told, soft_wrap=True)
    if done.problems:
        raise typer.Exit(1)


def _next_step(path: str) -> str:
    """What to do about a file that could not be read, where that can be told from its name."""
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            return f". Name the files in it: papertide import {place / '*'}"
        if not place.exists() and place.parent.is_dir():
            close = near(place.name, (held.name for held in place.parent.iterdir()))
            return "." + did_you_mean(str(place.parent / name) for name in close)
    except OSError:
        pass
    return ""
