"""papertide searches list, save, run, rename, remove: those of the library itself."""

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

import typer

from papertide.cli import complete
from papertide.cli.app import READ, AsBibtex, AsJson, Limit, command, group, library, typed
from papertide.cli.conditions import Categories, Since, Until
from papertide.cli.finding import warn, write
from papertide.cli.near import did_you_mean, near
from papertide.cli.output import counted, err, escaped, fail, out, print_fields, print_json

if TYPE_CHECKING:
    from papertide.site.readers.searches import SearchInfo

searches = group("searches", "Searches kept under a name, shown to all readers.", READ)
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A search as `papertide searches list` names it.")
]


@command(searches, "papertide searches list", "papertide searches list --json", name="list")
def list_searches(as_json: AsJson = False) -> None:
    """The library's saved searches, and how many papers are new in each."""
    found = library().searches()
    if as_json:
        print_json({"searches": list(map(_described, found))})
    elif not found:
        err.print("No saved searches here. Keep one: papertide searches save NAME WORDS...")
    for one in [] if as_json else found:
        if not out.is_terminal:
            print_fields(one.name, one.new, one.asked)
        else:
            new = f"[bold]{one.new:,} new[/bold] " if one.new else ""
            filters = ", ".join(words for words, _ in one.form.filters)
            asked = " · ".join(filter(None, (one.query, filters)))
            out.print(f"[cyan]{escaped(one.name)}[/cyan]  {new}[dim]{escaped(asked)}[/dim]")


@command(
    searches,
    "papertide searches save 'Talking robots' robot speech",
    "papertide searches save Newest --category cs.CL --category cs.LG",
    "papertide searches save LeCun 'au:lecun_y has:code' --newest",
)
def save(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is to be called.")],
    text: Annotated[list[str] | None, typer.Argument(metavar="[WORDS...]", help="All that "
                    "papertide search takes.")] = None,
    category: Categories = None,
    source: Annotated[str, typer.Option(metavar="SOURCE", help="Told of by this source.",
                      autocompletion=complete.sources)] = "",
    since: Since = None,
    until: Until = None,
    newest: Annotated[bool, typer.Option("--newest", help="Newest first, not best first.")] = False,
) -> None:  # fmt: skip
    """Keep a search under a name, for all readers of this library.

    The same search under the same name again changes nothing.
    """
    fields = {
        "q": typed(" ".join(text or [])),
        "category": " ".join(category or []),
        "source": source,
        "since": since.date().isoformat() if since else "",
        "until": until.date().isoformat() if until else "",
        "sort": "date" if newest else "",
    }
    held = library()
    if not name.strip():
        fail("A saved search needs a name.", code=2)
    _, number = held.save_search(urlencode(fields), typed(name))
    kept = held.saved_search(number)
    for mistake in kept.mistakes:
        err.print(escaped(mistake.text), soft_wrap=True)
    err.print(f"Saved. Its papers: papertide searches run {_quoted(kept.name)}", soft_wrap=True)


@command(
    searches,
    "papertide searches run 'Talking robots'",
    "papertide searches run 'Talking robots' --new --looked",
    "papertide searches run LeCun --bibtex > refs.bib",
)
def run(
    name: Name,
    limit: Limit = 10,
    new: Annotated[bool, typer.Option("--new", help="Only what came since it was last looked "
                   "at, and has all of its words.")] = False,
    looked: Annotated[bool, typer.Option("--looked", help="Note that it was looked at: what comes "
                      "later is new.")] = False,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Find the papers of a saved search."""
    held = library()
    found, newest = _search(held, name), held.newest()
    results = held.run_search(found, limit, new=new)
    warn(results)
    write(results, as_json, held.bibtex if bibtex else None)
    if not results.hits:
        since = f" since {found.looked:%-d %B %Y}" if new else ""
        err.print(f"Nothing{' new' if new else ''} found{since}.")
    elif found.new and not new:
        err.print(f"{counted(found.new, 'paper')} new: --new shows only those")
    if looked:
        held.looked_at([found.id], newest=newest)


@command(searches, "papertide searches rename LeCun 'Yann LeCun'")
def rename(
    name: Name, to: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")]
) -> None:
    """Call a saved search something else."""
    held = library()
    held.change_search(_search(held, name).id, name=typed(to))


@command(searches, "papertide searches remove LeCun")
def remove(name: Name) -> None:
    """Let a saved search go; says how to have it again."""
    held = library()
    gone = held.remove_search(_search(held, name).id)
    err.print(f"Removed {escaped(gone.name)}: {escaped(gone.asked)}", soft_wrap=True)


def _search(held, name: str) -> "SearchInfo":
    """The search of a name, or the end of the command."""
    from papertide.results import NotFound

    try:
        return held.saved_search(typed(name))
    except NotFound:
        close = did_you_mean(near(name, [one.name for one in held.searches(counted=False)]))
        fail(f"No saved search {name[:80]!r} here.{close} All of them: papertide searches list")
        raise


def _described(one: "SearchInfo") -> dict:
    return {
        "name": one.name,
        "query": one.query,
        "asked": one.asked,
        "created": one.created,
        "looked": one.looked,
        "new": one.new,
        "mistakes": one.mistakes,
    }


def _quoted(name: str) -> str:
    import shlex

    return shlex.quote(name)
