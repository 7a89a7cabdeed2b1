"""papertide index status, rebuild, migrate, renew."""

from typing import Annotated

import typer

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
    if state.renewal:
        out.print(_told(state.renewal, state.papers), soft_wrap=True)
    out.print(f"in {state.folder}", style="dim", soft_wrap=True, markup=False)
    if state.behind:
        err.print("It catches up with the next `papertide tick`, `import` or `up`.")


def _told(renewal, papers: int) -> str:
    """How far vectors are that are being made, and what to do about it."""
    done = min(renewal.indexed, papers)
    numbers = f" ({renewal.dimension} numbers)" if renewal.dimension else ""
    text = f"vectors by {escaped(renewal.model)}{numbers}: {done:,} of {papers:,} papers "
    if not renewal.wanted:
        text += "begun, and not wanted any more; papertide index renew --cancel takes them away"
    elif renewal.running:
        text += "made, to take the place of those in use when all are there"
    else:
        text += "made; `papertide up` goes on, or papertide index renew"
    return text + (f". The last time: {escaped(renewal.problem)}" if renewal.problem else "")


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


@command(
    index, "papertide index migrate",
    "PAPERTIDE_SEARCH_URL=http://localhost:19530 papertide index migrate",
)  # fmt: skip
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


@command(index, "papertide index renew", "PAPERTIDE_MODEL=my-model papertide index renew",
         "papertide index renew --cancel")
def renew(
    cancel: Annotated[
        bool,
        typer.Option("--cancel", help="Take away what was begun; the vectors in use stay."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the vectors of the model of the settings, where those in use are by another.

    The former ones answer until all new ones are there. `papertide up` does this by itself. Killed
    at any point, it goes on where it was; setting PAPERTIDE_MODEL back returns to the former model.
    """
    held = library()
    if cancel:
        there = held.cancel_renewal()
        if as_json:
            print_json({"cancelled": there})
        else:
            err.print("Taken away; the vectors in use stay." if there else "None were being made.")
            if held.renewal():
                err.print("`papertide up` begins them again unless PAPERTIDE_MODEL is set back.")
        return
    with progress() as report:
        done = held.renew_vectors(on_progress=report)
    if as_json:
        print_json({"renewed": done is not None, "indexed": done.indexed if done else 0})
    elif done is None:
        err.print("The vectors in use are by the model of the settings.")
    else:
        err.print(f"{done.indexed:,} papers have vectors by the model of the settings.")
