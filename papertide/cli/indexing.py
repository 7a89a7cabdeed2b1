"""papertide index status, rebuild."""

import typer

from papertide.cli.output import AsJson, app, err, escaped, library, out, print_json, progress

index = typer.Typer(help="The search indexes: made from the database, and so never in danger.",
                    no_args_is_help=True)  # fmt: skip
app.add_typer(index, name="index")


@index.command(epilog="Example:  papertide index status --json")
def status(as_json: AsJson = False) -> None:
    """What the indexes hold, and what they have yet to take in."""
    state = library().index_status()
    if as_json:
        print_json(state)
        return
    for name, held in state.indexes.items():
        out.print(
            f"{name}: {held.indexed:,} of {state.papers:,} papers indexed, {held.behind:,} "
            f"changes behind, {held.bytes / 1e6:,.1f} MB"
        )
    if state.model:
        out.print(f"vectors by the model {escaped(state.model)}", style="dim")
    out.print(f"in {state.folder}", style="dim", soft_wrap=True, markup=False)
    if state.behind:
        err.print("It catches up with the next `papertide tick`, `import` or `up`.")


@index.command(epilog="Example:  papertide index rebuild")
def rebuild(as_json: AsJson = False) -> None:
    """Make the indexes anew from the database. Searches go on in the old ones meanwhile."""
    with progress() as report:
        done = library().rebuild_index(on_progress=report)
    if as_json:
        print_json({"indexed": done["words"].indexed, "indexes": done})
    else:
        err.print(f"{done['words'].indexed:,} papers indexed anew.")
