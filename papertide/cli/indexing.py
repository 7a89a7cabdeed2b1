"""papertide index status, rebuild, migrate."""

from papertide.cli.app import RUN, AsJson, command, group, library
from papertide.cli.output import err, escaped, out, print_json, progress

index = group("index", "The search indexes: made from the database, never in danger.", RUN)


@command(index, "papertide index status", "papertide index status --json")
def status(as_json: AsJson = False) -> None:
    """What the indexes hold, and what they have yet to take in."""
    state = library().index_status()
    if as_json:
        print_json(state)
        return
    for name, held in state.indexes.items():
        out.print(
            f"{name}: {held.indexed:,} of {state.papers:,} papers indexed, {held.behind:,} "
            "changes behind" + (f", {held.bytes / 1e6:,.1f} MB" if held.bytes else ""),
            soft_wrap=True,
        )
    if state.model:
        out.print(f"vectors by the model {escaped(state.model)}", style="dim")
    out.print(f"in {state.folder}", style="dim", soft_wrap=True, markup=False)
    if state.behind:
        err.print("It catches up with the next `papertide tick`, `import` or `up`.")


@command(index, "papertide index rebuild")
def rebuild(as_json: AsJson = False) -> None:
    """Make the indexes anew from the database.

    Searches go on in the old ones meanwhile.
    """
    with progress() as report:
        done = library().rebuild_index(on_progress=report)
    if as_json:
        print_json({"indexed": done["words"].indexed, "indexes": done})
    else:
        err.print(f"{done['words'].indexed:,} papers indexed anew.")


@command(index, "PAPERTIDE_SEARCH_URL=http://localhost:19530 papertide index migrate")
def migrate(as_json: AsJson = False) -> None:
    """Move the indexes into the Milvus of PAPERTIDE_SEARCH_URL, or make them anew there.

    Vectors that are stored are taken as they are. Searches go on meanwhile; stopped at any point,
    the same command goes on.
    """
    with progress() as report:
        done = library().migrate_index(on_progress=report)
    if as_json:
        print_json({"indexes": done})
        return
    for name, caught in done.items():
        err.print(f"{name}: {caught.indexed:,} papers are in Milvus.")
    if "words" not in done:
        err.print("This Milvus cannot look for words (2.5 can): their index stays in files.")
