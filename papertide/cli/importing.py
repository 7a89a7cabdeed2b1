"""papertide import."""

from typing import Annotated

import typer

from papertide.cli.output import AsJson, app, err, escaped, library, print_json, progress


@app.command(
    "import",
    epilog="Examples:  papertide import saved-page.txt --year 2025  ·  "
    "papertide import arxiv-metadata.jsonl.xz  ·  zcat dump.gz | papertide import -",
)
def import_files(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Files of papers; - is standard input."),
    ],
    year: Annotated[
        int | None,
        typer.Option(min=1991, max=9999, help="The year of saved pages that lack one."),
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
    # Typer shows the lines of a docstring as they are: these fit a terminal of 80 columns.
    with progress() as report:
        done = library().import_files(files, year=year, on_progress=report)
    for problem in done.problems:
        err.print(f"[red]Error:[/red] {escaped(problem.path)}: {escaped(problem.reason)}",
                  soft_wrap=True)  # fmt: skip
    if done.rejected:
        err.print(
            f"{done.rejected:,} rows could not be read; each with its reason: "
            f"{escaped(done.rejected_file)}",
            soft_wrap=True,
        )
    if as_json:
        counts = ("entries", "new", "changed", "unchanged", "rejected")
        print_json({name: getattr(done, name) for name in counts})
    else:
        err.print(
            f"{done.entries:,} entries: [bold]{done.new:,} new[/bold], {done.changed:,} changed, "
            f"{done.unchanged:,} unchanged, {done.rejected:,} rejected. All is searchable."
        )
    if done.problems:
        raise typer.Exit(1)


