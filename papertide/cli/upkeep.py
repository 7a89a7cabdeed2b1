"""papertide doctor, settings, tick, manage."""

import os
import shutil
import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from papertide import config
from papertide.cli import app as program
from papertide.cli.app import RUN, AsJson, app, command, library
from papertide.cli.output import counted, error, escaped, out, print_fields, print_json

MAKE_ADMIN = "papertide accounts add HANDLE ADDRESS --role admin"


class Check(msgspec.Struct):
    """One thing looked at: is it well, what was found, what to do where it is not."""

    name: str
    ok: bool
    found: str
    advice: str = ""


@command(app, "papertide doctor", "papertide doctor && echo all is well", heading=RUN)
def doctor(as_json: AsJson = False) -> None:
    """Look at everything Papertide needs.

    Ends with 1 where something is wrong, and says what to do about it.
    """
    checks = list(_checks())
    if as_json:
        print_json({"ok": all(check.ok for check in checks), "checks": checks})
    else:
        for check in checks:
            mark = "[green]ok  [/green]" if check.ok else "[red]FAIL[/red]"
            out.print(f"{mark} {check.name}: {escaped(check.found)}", soft_wrap=True)
            if check.advice and not check.ok:
                out.print(f"     {escaped(check.advice)}", soft_wrap=True)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _checks() -> Iterator[Check]:
    from django.db.utils import DatabaseError

    from papertide.search.engine import SearchUnavailable

    version = sys.version.split()[0]
    yield Check("Python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer.")
    settings = config.load()
    folder = program.folder.expanduser().resolve() if program.folder else settings.data
    folder.mkdir(parents=True, exist_ok=True)
    writable = os.access(folder, os.W_OK)
    yield Check("data folder", writable, str(folder), "Make it writable, or set PAPERTIDE_DATA.")
    free = shutil.disk_usage(folder).free
    yield Check("disk", free > 500e6, f"{free / 1e9:.1f} GB free", "Free some space.")
    try:
        held = library()
        yield Check("database", True, f"{held.database()}, {held.count():,} papers")
    except DatabaseError as error:
        server = "Is the server running, and PAPERTIDE_DATABASE_URL its address?"
        file = "Restore it from a backup, or move it away."
        yield Check("database", False, str(error), server if settings.database_url else file)
        return
    if settings.mode == "site":
        admins = held.admins()
        found = counted(admins, "admin") if admins else f"no admin can sign in yet: {MAKE_ADMIN}"
        yield Check("accounts", True, found)
    try:
        state = held.index_status()
    except SearchUnavailable as error:
        found, _, command = str(error).partition("Run: ")
        yield Check("index", False, found.strip(), command.replace("papertide doctor", ""))
        return
    found = f"{state.indexed:,} of {state.papers:,} papers, {state.behind:,} changes behind"
    whole = state.behind > 0 or state.indexed == state.papers
    yield Check("index", whole, found, "papertide index rebuild")
    if renewal := state.renewal:
        doing = "being made" if renewal.running else "to be made"
        found = renewal.problem or f"{doing} by {renewal.model}: {renewal.indexed:,} papers"
        yield Check("vectors", not renewal.problem, found, "papertide index renew")
    on = [one for one in held.sources() if one.on]
    alarms = [f"{one.name} is {alarm.kind}: {alarm.message}" for one in on for alarm in one.alarms]
    found = "; ".join(alarms) or f"{len(on)} on, nothing to look at"
    yield Check("sources", not alarms, found, "papertide sources")
    if pairs := held.possible_duplicates():
        found = f"{counted(pairs, 'pair')} to look at: /admin/catalog/possibleduplicate/"
        yield Check("possible duplicates", True, found)


@command(app, "papertide settings", "papertide settings --json", heading=RUN)
def settings(as_json: AsJson = False) -> None:
    """Every setting, its value now, and where it is from."""
    found = config.current()
    if (given := program.folder) and os.environ.get(f"{config.PREFIX}DATA") != str(given):
        found["DATA"] = config.Current(str(given.expanduser().resolve()), "--data")
    if as_json:
        print_json({f"{config.PREFIX}{name}": held for name, held in found.items()})
    elif not out.is_terminal:
        for name, held in found.items():
            print_fields(f"{config.PREFIX}{name}", held.value, held.origin)
    else:
        from rich.padding import Padding
        from rich.text import Text

        for setting in config.SETTINGS:
            held = found[setting.name]
            origin = "" if held.origin == "default" else f"  [dim]from {held.origin}[/dim]"
            value = escaped(held.value) or "[dim]not set[/dim]"
            out.print(f"[cyan]{config.PREFIX}{setting.name}[/cyan] = {value}{origin}")
            out.print(Padding(Text(setting.help, "dim"), (0, 0, 1, 4)))
    wrong = [f"{config.PREFIX}{name}: {held.error}" for name, held in found.items() if held.error]
    for message in [*config.unknown(), *wrong]:
        error(message)
    if config.unknown() or wrong:
        raise typer.Exit(1)


@command(app, "papertide tick", "# From cron, each minute", "* * * * * papertide tick",
         heading=RUN)  # fmt: skip
def tick(
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Leave for later what takes long: what a slow model has to "
                     "embed, vectors by another model."),
    ] = False,
) -> None:  # fmt: skip
    """Do all that is due, once.

    `papertide up` does so each minute, and cron can. Safe to run twice at once.
    """
    from papertide.site.parent import end_with_server

    end_with_server()
    library().tick(slow=not quick)


@command(
    app,
    "papertide manage createsuperuser",
    heading=RUN,
    context_settings={
        "allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": [],
    },
)  # fmt: skip
def manage(arguments: Annotated[list[str], typer.Argument(metavar="COMMAND...")]) -> None:
    """Django's own commands: createsuperuser, dbshell, shell, check…"""
    from django.core.management import execute_from_command_line

    library()
    execute_from_command_line(["papertide manage", *arguments])
