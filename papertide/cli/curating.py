"""papertide submit, submissions, pick, picks, curators."""

from datetime import datetime
from typing import Annotated

import typer

from papertide.cli.app import FILL, READ, AsBibtex, AsJson, Limit, app, command, library, typed
from papertide.cli.browsing import Identifier
from papertide.cli.output import counted, err, escaped, out, print_fields, print_json

As = Annotated[
    str,
    typer.Option("--as", metavar="HANDLE", help="Whose it is; in single-user mode by default the "
                 "owner's."),
]  # fmt: skip


@command(
    app,
    "papertide submit 2503.11731",
    "papertide submit https://arxiv.org/abs/2503.11731 10.1038/nature14539",
    "papertide submit 2503.11731 --as ada --json",
    heading=FILL,
)
def submit(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="arXiv ids, DOIs, links to "
                   "either, or ids of papers here.")],
    who: As = "",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Submit papers for the next edition; fetches those not here.

    Ends with 1 where one of them was not taken.
    """
    from papertide.results import Refused

    held = library()
    user, told, good = held.user_of(typed(who)), [], True
    for one in ids:
        try:
            told.append(_described(held.submission(held.submit(user, typed(one)).id), held))
        except Refused as error:
            told.append({"asked": typed(one), "state": "refused", "note": str(error)})
        good = good and told[-1]["state"] not in ("refused", "declined")
    _write(told, as_json)
    if not good:
        raise typer.Exit(1)


@command(app, "papertide submissions", "papertide submissions --as ada --json", heading=READ)
def submissions(who: As = "", limit: Limit = 20, as_json: AsJson = False) -> None:
    """What was submitted, and what became of it."""
    held = library()
    rows, _ = held.submissions(held.user_of(typed(who)), limit)
    if not rows and not as_json:
        err.print("Nothing submitted yet. Submit a paper: papertide submit ID")
    _write([_described(one, held) for one in rows], as_json)


def _described(one, held) -> dict:
    [paper] = held.by_number([one.paper_id]) or [None] if one.paper_id else [None]
    return {
        "asked": one.asked, "state": one.state, "note": one.note, "at": one.at,
        "day": one.day, "id": paper and paper.public_id, "title": paper and paper.readable_title,
    }  # fmt: skip


def _write(told: list[dict], as_json: bool) -> None:
    if as_json:
        print_json({"submissions": told})
        return
    for one in told:
        about = one["note"] or (f"edition of {one['day']}" if one.get("day") else "")
        if out.is_terminal:
            title = escaped(one.get("title") or "")
            out.print(f"[cyan]{escaped(one['asked'])}[/cyan]  [bold]{one['state']}[/bold]  {title}")
            if about:
                out.print(f"  [dim]{escaped(about)}[/dim]", soft_wrap=True)
        else:
            print_fields(one["asked"], one["state"], one.get("day") or "", about)


@command(
    app,
    "papertide pick 2503.11731",
    "papertide pick 2503.11731 --line 'It runs on a phone'",
    "papertide pick 2503.11731 --day 2027-01-04",
    "papertide pick 2503.11731 --take-back",
    heading=FILL,
)
def pick(
    identifier: Identifier,
    line: Annotated[str, typer.Option(metavar="TEXT", help="Why, in a line.")] = "",
    on: Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"],
                  metavar="YYYY-MM-DD", help="Into the draft of a later edition.")] = None,
    take_back: Annotated[bool, typer.Option("--take-back", help="Take the pick back.")] = False,
    who: As = "",
) -> None:  # fmt: skip
    """Pick a paper for the next edition, as a curator."""
    held = library()
    user = held.user_of(typed(who), "curator")
    if take_back:
        held.take_back_pick(user, typed(identifier))
        err.print("Taken back.")
        return
    wanted = on.date() if on else None
    chosen = held.pick(user, typed(identifier), typed(line), wanted)
    err.print(f"Picked for the edition of {chosen}.")


@command(app, "papertide picks", "papertide picks ada --json", heading=READ)
def picks(
    handle: Annotated[str, typer.Argument(metavar="[HANDLE]", help="A curator; in single-user "
                      "mode by default the owner.")] = "",
    limit: Limit = 20,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The papers that a curator picked, the latest first."""
    from papertide.cli import lists

    held = library()
    curator = held.curator(typed(handle).removeprefix("@") or held.owner())
    rows = held.picks(curator, limit)
    told = held.curated([paper.id for paper, _ in rows])
    lines = {
        paper.id: next((p.line for p in told[paper.id].picks if p.by == curator.by), "")
        for paper, _ in rows if paper.id in told
    }  # fmt: skip
    lists.write(
        [lists.Row(paper, note=" ".join(filter(None, (str(day), lines.get(paper.id, "")))))
         for paper, day in rows],
        {"curator": curator.by.handle, "total": curator.picks,
         "picks": [{"day": day, "line": lines.get(paper.id, ""), "paper": lists.public(paper)}
                   for paper, day in rows]},
        as_json=as_json, bibtex=held.bibtex if bibtex else None,
        heading=f"Picked by {curator.by.shown}", total=curator.picks,
    )  # fmt: skip
    if not rows and not as_json:
        err.print("Nothing picked yet. Pick a paper: papertide pick ID")


@command(app, "papertide curators", "papertide curators --json", heading=READ)
def curators(limit: Limit = 50, as_json: AsJson = False) -> None:
    """Who picked papers, the latest first."""
    rows, total = library().curators(limit)
    if as_json:
        print_json({"total": total, "curators": [
            {"handle": one.by.handle, "name": one.by.name, "picks": one.picks,
             "latest": one.latest} for one, _ in rows]})  # fmt: skip
    elif not rows:
        err.print("No curator has picked a paper yet.")
    for one, _ in [] if as_json else rows:
        if out.is_terminal:
            name = escaped(one.by.name)
            about = f"{counted(one.picks, 'pick')}, the latest for {one.latest}"
            out.print(f"[cyan]@{escaped(one.by.handle)}[/cyan]  {name}  [dim]{about}[/dim]")
        else:
            print_fields(one.by.handle, one.by.name, one.picks, one.latest)
