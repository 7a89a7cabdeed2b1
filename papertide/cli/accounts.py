"""papertide accounts list, add, role, suspend, restore, delete, export."""

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urljoin

import typer

from papertide import config
from papertide.cli.app import RUN, AsJson, Limit, command, group, library, typed
from papertide.cli.output import counted, err, escaped, out, print_fields, print_json

if TYPE_CHECKING:
    from papertide.site.accounts.services import AccountInfo

accounts = group("accounts", "Who has an account here, and what they may do.", RUN)
Handle = Annotated[str, typer.Argument(metavar="HANDLE", help="The account's public name.")]
Role = Annotated[
    str, typer.Argument(metavar="ROLE", help="reader, curator, moderator or admin.")
]


@command(
    accounts,
    "papertide accounts list",
    "papertide accounts list example.org --role admin --json",
    name="list",
)
def list_accounts(
    text: Annotated[
        str, typer.Argument(metavar="[TEXT]", help="A part of a handle, a name or an address.")
    ] = "",
    role: Annotated[str, typer.Option(metavar="ROLE", help="Only those of this role.")] = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """The accounts, those made last first."""
    found, total = library().accounts(typed(text), role=role, limit=limit)
    if as_json:
        print_json({"accounts": found, "total": total})
        return
    for one in found:
        if out.is_terminal:
            _print(one)
        else:
            held = "suspended" if one.suspended else one.role
            print_fields(one.handle, held, one.email, one.joined.date(), one.name)
    if not total:
        err.print("No such account. Make one: papertide accounts add HANDLE ADDRESS")
    elif total > len(found):
        err.print(f"{total - len(found):,} more: --limit {min(total, 1000)}")


def _print(one: "AccountInfo") -> None:
    held = "[red]suspended[/red]" if one.suspended else one.role
    facts = " · ".join(filter(None, (one.name, one.email, f"since {one.joined:%-d %B %Y}")))
    out.print(f"[cyan]{escaped(one.handle)}[/cyan]  {held} [dim]{escaped(facts)}[/dim]")


@command(
    accounts,
    "papertide accounts add ada ada@example.org",
    "papertide accounts add grace grace@example.org --role admin",
)
def add(
    handle: Handle,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Their mail address, which "
                       "then counts as confirmed.")],
    role: Annotated[str, typer.Option(metavar="ROLE", help="reader, curator, moderator or "
                    "admin.")] = "reader",
) -> None:  # fmt: skip
    """Make an account, and print the link that sets its password.

    Whoever has the link can do so, once, within three days.
    """
    held = library()
    one = held.add_account(typed(handle), typed(address), role)
    err.print(f"{escaped(one.handle)} is {_a(one.role)} now. The link to choose a password:")
    print(urljoin(_site(), held.invitation(one.handle)))


@command(accounts, "papertide accounts role ada curator")
def role(handle: Handle, role: Role) -> None:
    """Give an account a role; each may do what those before it may."""
    held = library()
    held.set_role(typed(handle), role)
    err.print(f"{escaped(held.account(typed(handle)).handle)} is {_a(role)} now.")


@command(accounts, "papertide accounts suspend ada 'Advertising in comments'")
def suspend(
    handle: Handle,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why; it is told to them.")],
) -> None:
    """Sign an account out everywhere, and let it sign in no more."""
    library().suspend(typed(handle), typed(reason))


@command(accounts, "papertide accounts restore ada")
def restore(handle: Handle) -> None:
    """Let a suspended account sign in again."""
    library().restore(typed(handle))


@command(accounts, "papertide accounts export ada > ada.json")
def export(handle: Handle) -> None:
    """Print all that is kept of an account, as one JSON object."""
    held = library()
    print_json(held.export_account(held.account(typed(handle)).id))


@command(accounts, "papertide accounts delete ada", "papertide accounts delete ada --yes")
def delete(
    handle: Handle,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an account with all that is kept of it."""
    held = library()
    one = held.account(typed(handle))
    if not yes:
        typer.confirm(f"Delete {one.handle} ({one.email}) and all that is kept of it?", abort=True)
    held.delete_account(one.id)
    err.print(f"Deleted. {counted(held.accounts()[1], 'account')} left.")


def _a(role: str) -> str:
    return f"{'an' if role == 'admin' else 'a'} {role}"


def _site() -> str:
    return config.load().site_url or "http://localhost:8000"
