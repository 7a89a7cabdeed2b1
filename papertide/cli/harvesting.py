"""papertide harvest, sources."""

import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from papertide.cli.app import FILL, AsJson, app, command, day, library
from papertide.cli.output import (
    err,
    error,
    escaped,
    out,
    print_fields,
    print_json,
    print_wrapped,
    printable,
    progress,
)

if TYPE_CHECKING:
    from papertide.results import SourceStatus


@command(
    app,
    "papertide harvest",
    "papertide harvest arxiv-oai --since 2025-01-01",
    "papertide harvest arxiv-oai --dry-run",
    heading=FILL,
)
def harvest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE...]", help="By default those of PAPERTIDE_SOURCES."),
    ] = None,
    since: Annotated[
        datetime.datetime | None,
        day("Read again from this day on; the next harvest goes on where it stood before."),
    ] = None,
    until: Annotated[
        datetime.datetime | None, day("End with this day; for the sources by OAI-PMH.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask, and count what it would bring; keep nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Gather papers from sources, each from where it was left.

    Stop it at any time: what was stored is kept, and the next harvest goes on
    from there. The first one of arxiv-oai without --since brings in all of arXiv.
    """
    from papertide.results import identities_told

    with progress() as report:
        done = library().harvest(
            sources or (), since=since and since.date(), until=until and until.date(),
            dry_run=dry_run, on_progress=report,
        )
    if as_json:
        print_json({"harvested": done})
    elif not done:
        err.print("No source is on. Name one, or set PAPERTIDE_SOURCES; `papertide sources` "
                  "lists all.")  # fmt: skip
    for one in done:
        if one.error:
            error(f"{one.source}: {one.error}")
        if as_json:
            continue
        if one.busy:
            err.print(f"{one.source}: another process is harvesting it now.")
            continue
        would = "would be " if dry_run else ""
        err.print(
            f"{one.source}: {one.entries:,} entries: [bold]{one.new:,} {would}new[/bold], "
            f"{one.changed:,} changed, {one.unchanged:,} unchanged, {one.rejected:,} rejected.",
            soft_wrap=True,
        )
        if told := identities_told(one):
            err.print(told, soft_wrap=True)
        if one.rejected_file:
            err.print(f"Rejected rows, each with its reason: {escaped(one.rejected_file)}",
                      soft_wrap=True)  # fmt: skip
    if any(one.error for one in done):
        raise typer.Exit(1)


@command(app, "papertide sources", "papertide sources --json", heading=FILL)
def sources(as_json: AsJson = False) -> None:
    """How every source fares: successes, counts, errors, alarms."""
    found = library().sources()
    if as_json:
        print_json({"sources": found})
        return
    for one in found:
        if out.is_terminal:
            _print(one)
        else:
            print_fields(
                one.name, "on" if one.on else "off", _when(one), one.latest or "", one.new,
                one.changed, one.error or one.about,
            )  # fmt: skip
    for one in found:
        for alarm in one.alarms if one.on else ():
            err.print(f"[red]{one.name} is {alarm.kind}[/red]: {escaped(alarm.message)}",
                      soft_wrap=True)  # fmt: skip


def _when(one: "SourceStatus") -> str:
    return f"{one.succeeded:%Y-%m-%d %H:%M}" if one.succeeded else "never"


def _print(one: "SourceStatus") -> None:
    """A source for people: its name and what it gives, below that how it fares."""
    name = Text(one.name, "bold" if one.on else "")
    off = "" if one.on else " (off)"
    print_wrapped(Text.assemble(name, (f"{off}  {one.title}: {one.about}", "dim")))
    if one.succeeded or one.error:
        known = [f"last success {_when(one)}"]
        if one.latest:
            known.append(f"latest day {one.latest}, {one.lag} days ago")
        if one.new or one.changed:
            known.append(f"{one.new:,} new, {one.changed:,} changed")
        print_wrapped(Text(", ".join(known)), "  ")
    if one.error:
        print_wrapped(Text(printable(one.error), "red"), "  ")
