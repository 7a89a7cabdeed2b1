"""papertide collections list, show, export."""

from typing import Annotated, Literal

import typer

from papertide.cli.app import READ, AsJson, Limit, command, group, library
from papertide.cli.output import counted, err, escaped, fail, out, print_fields, print_json

collections = group("collections", "Papers that readers put together, in their order.", READ)
Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help="A collection as `papertide collections list` "
                        "counts it.")
]  # fmt: skip
As = Annotated[
    str, typer.Option("--as", metavar="HANDLE", help="Whose they are, private ones too. In "
                      "single-user mode they are the owner's.")
]  # fmt: skip


@command(
    collections, "papertide collections list", "papertide collections list --as ada --json",
    name="list",
)  # fmt: skip
def list_collections(as_: As = "", limit: Limit = 100, as_json: AsJson = False) -> None:
    """The collections of one's own, or (of many readers) the public ones."""
    held = library()
    user, one = _viewer(held, as_)
    found = held.collections_of(user, user)[:limit] if one else held.collections(limit)[0]
    if as_json:
        from papertide.site.people.exports import described

        print_json({"collections": list(map(described, found))})
    elif not found:
        err.print("No collections here. A paper's page on the site makes one: papertide up")
    for each in [] if as_json else found:
        kind = "public" if each.public else "private"
        if not out.is_terminal:
            print_fields(each.id, each.title, each.owner, kind, each.count, each.followers)
        else:
            papers = f"{counted(each.count, 'paper')} · {kind} · by {escaped(each.owner)}"
            out.print(f"[dim]{each.id:>4}[/dim]  [bold]{escaped(each.title)}[/bold]  "
                      f"[dim]{papers}[/dim]")  # fmt: skip


@command(collections, "papertide collections show 12", "papertide collections show 12 --json")
def show(number: Number, as_: As = "", limit: Limit = 50, as_json: AsJson = False) -> None:
    """The papers of a collection in its order, with their notes."""
    from papertide.cli import lists

    held = library()
    user, _ = _viewer(held, as_)
    found = held.collection(number, user)
    items = held.collected(number, limit)
    whole = {}
    if as_json:
        from papertide.site.people.exports import described

        papers = [{"place": one.place, "note": one.note, "paper": lists.public(one.paper)}
                  for one in items]  # fmt: skip
        whole = described(found) | {"papers": papers}
    rows = [lists.Row(one.paper, note=one.note) for one in items]
    lists.write(rows, whole, as_json=as_json, heading=found.title, total=found.count)


@command(
    collections,
    "papertide collections export 12 > papers.bib",
    "papertide collections export 12 --format csl.json > papers.json",
)
def export(
    number: Number,
    form: Annotated[Literal["bib", "ris", "csl.json", "json"], typer.Option("--format",
                    help="What it is written as.")] = "bib",
    as_: As = "",
) -> None:  # fmt: skip
    """A whole collection for LaTeX, reference managers, programs."""
    held = library()
    user, _ = _viewer(held, as_)
    print(held.export_collection(number, form, user), end="")


def _viewer(held, handle: str) -> tuple[int | None, bool]:
    """The number of who looks, and whether it is somebody: --as, or the owner in single-user
    mode."""
    from papertide import config
    from papertide.results import NotFound

    alone = config.load().mode == "single"
    if not handle and not alone:
        return None, False
    try:
        return held.person(handle or "owner").id, True
    except NotFound:
        if handle:
            fail(f"Nobody is called {handle[:80]!r} here.")
        return 0, True  # the owner, before they did anything
