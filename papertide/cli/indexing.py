"""papertide index status, rebuild."""

import typer

from papertide.cli.output import AsJson, app, err, library, out, print_json, progress

index = typer.Typer(help="The search index: made from the database, and so never in danger.",
                    no_args_is_help=True)  # fmt: skip
app.add_typer(index, name="index")


@index.command(epilog="Example:  papertide index status --json")
def status(as_json: AsJson = False) -> None:
    """What the index holds, and what it has yet to take in."""
    state = library().index_status()
    if as_json:
        print_json(state)
        return
    out.print(f"{state.indexed:,} of {state.papers:,} papers indexed, {state.behind:,} changes "
              f"behind, {state.bytes / 1e6:,.1f} MB")  # fmt: skip
    out.print(f"in {state.folder}", style="dim", soft_wrap=True, markup=False)
    if state.behind:
        err.print("It catches up with the next `papertide tick`, `import` or `up`.")


@index.command(epilog="Example:  papertide index rebuild")
def rebuild(as_json: AsJson = False) -> None:
    """Make the index anew from the database. Searches go on in the old one meanwhile."""
    with progress() as report:
        done = library().rebuild_index(on_progress=report)
    if as_json:
        print_json(done)
    else:
        err.print(f"{done.indexed:,} papers indexed anew.")
