"""papertide today, edition, editions, show, open, listings, listing, author, category."""

from typing import Annotated, Literal
from urllib.parse import unquote

import typer

from papertide.cli import complete
from papertide.cli.app import READ, AsBibtex, AsJson, Limit, app, command, library, typed
from papertide.cli.near import did_you_mean, near
from papertide.cli.output import (
    NARROW,
    counted,
    err,
    escaped,
    fail,
    out,
    print_fields,
    print_json,
    print_wrapped,
    printable,
)  # fmt: skip

Identifier = Annotated[
    str,
    typer.Argument(metavar="ID", help="An id as printed by search, an arXiv id, a DOI, or a link "
                   "to either."),
]  # fmt: skip

InOrder = Annotated[
    Literal["votes", "rising", "newest", "discussed", "mine"],
    typer.Option("--order", help="What comes first; of equal ones the newest."),
]


@command(
    app, "papertide today", "papertide today --json | jq '.papers[].paper.title'", heading=READ
)
def today(
    order: InOrder = "votes",
    limit: Limit = 20,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The papers of the latest day.

    Where no paper has a day, those of the latest listing.
    """
    from papertide.cli import lists
    from papertide.papers import shown_date

    held = library()
    if latest := held.latest_day():
        return _edition(held, str(latest), "", order, limit, bibtex, as_json)
    if not (listings := held.listings(1)):
        fail("No day or listing here. Bring papers in: papertide import FILE..., or papertide up")
    title = ", ".join(filter(None, (listings[0].title, shown_date(listings[0].date))))
    entries = held.entries(listings[0].id, limit)
    lists.write(
        [lists.Row(entry.paper) for entry in entries],
        {"title": title, "total": listings[0].count,
         "papers": [{"paper": lists.public(entry.paper)} for entry in entries]},
        as_json=as_json, bibtex=held.bibtex if bibtex else None, heading=title,
        total=listings[0].count,
    )  # fmt: skip
    return None


@command(
    app,
    "papertide edition 2026-02-27",
    "papertide edition 2026-W09 --order rising",
    "papertide edition 2026-02 --category cs.CL --json",
    "papertide edition 2026-02-24..2026-02-27",
    heading=READ,
)
def edition(
    period: Annotated[
        str,
        typer.Argument(metavar="PERIOD", help="A day, an ISO week, a month, or from day to day."),
    ],
    category: Annotated[
        str, typer.Option(metavar="CODE", help="Only papers of this category.",
                          autocompletion=complete.categories)
    ] = "",
    order: InOrder = "votes",
    limit: Limit = 20,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The papers of a day, a week or a month."""
    _edition(library(), typed(period), typed(category), order, limit, bibtex, as_json)


def _edition(
    held, name: str, category: str, order: str, limit: int, bibtex: bool, as_json: bool
) -> None:
    from papertide.cli import lists

    try:
        found = held.edition(
            name, limit, category=category, order=order, reader=held.own_reader()
        )
    except ValueError as error:
        fail(f"{str(error)[:1].upper()}{str(error)[1:]}")
    if found.order != order:
        err.print("Nothing is saved yet that tells what is for you: ordered by votes.")
    info = found.info
    if not info.count:
        fail(_why_none(held, info))
    rows = [
        lists.Row(one.paper, note=counted(one.votes, "vote") if one.votes else "")
        for one in found.papers
    ]
    papers = [
        {"votes": one.votes, "comments": one.comments, "paper": lists.public(one.paper)}
        for one in found.papers
    ]
    whole = {
        "edition": info.period.name, "first": info.period.first, "last": info.period.last,
        "published": info.published, "late": info.late, "total": found.total, "papers": papers,
    }  # fmt: skip
    first = info.period.first
    title = f"{first:%A, %-d %B %Y}" if info.period.kind == "day" else info.period.name
    if category:
        title = f"{category}, {title}"
    lists.write(
        rows, whole, as_json=as_json, bibtex=held.bibtex if bibtex else None, heading=title,
        total=found.total,
    )  # fmt: skip


def _why_none(held, info) -> str:
    near = [f"papertide edition {at.name}" for at in (info.previous, info.following) if at]
    why = held.why_empty(info.period.first) if info.period.kind == "day" else ""
    nearest = f" The nearest: {', '.join(near)}" if near else ""
    return (f"No papers of {info.period.name} here. {why}"
            f"{nearest or ' Bring some in: papertide import FILE...'}")  # fmt: skip


@command(app, "papertide editions", "papertide editions --json", heading=READ)
def editions(limit: Limit = 50, as_json: AsJson = False) -> None:
    """The editions that were published, the latest first."""
    found = library().editions(limit)
    if as_json:
        print_json({"editions": [
            {"day": day, "published": at, "papers": count} for day, at, count in found
        ]})  # fmt: skip
    elif not found:
        err.print(
            "No edition was published here yet. A day's is when it closes, by the next tick: "
            "papertide up, or papertide tick", soft_wrap=True,
        )  # fmt: skip
    for day, at, count in found if not as_json else ():
        print_fields(str(day), f"{at:%Y-%m-%d %H:%M}Z", count)


@command(
    app,
    "papertide show 1706.03762",
    "papertide show 10.1038/nature14539",
    "papertide show https://arxiv.org/abs/1706.03762 --bibtex",
    heading=READ,
)
def show(identifier: Identifier, bibtex: AsBibtex = False, as_json: AsJson = False) -> None:
    """All that is known of one paper."""
    from papertide.cli import lists

    held = library()
    paper = paper_of(held, identifier)
    if as_json:
        print_json(lists.public(paper))
    elif bibtex:
        lists.write_bibtex([paper], held.bibtex)
    else:
        lists.write_paper(paper, held.listings_of(paper))


def paper_of(held, identifier: str):
    """The paper of an identifier, or the end of the command."""
    from papertide.results import NotFound

    identifier = typed(identifier)
    try:
        return held.paper(identifier)
    except NotFound:
        fail(
            f"No paper {identifier[:200]!r} here. Look for its title: papertide search WORDS..., "
            "or bring it in: papertide import FILE..."
        )


@command(app, "papertide open 1706.03762", name="open", heading=READ)
def open_paper(identifier: Identifier) -> None:
    """Open a paper's page in the browser."""
    import webbrowser

    from papertide.cli import lists

    paper = paper_of(library(), identifier)
    pages = lists.addresses(paper)
    if not pages:
        fail(f"No page is known of {paper.public_id}. What is: papertide show {paper.public_id}")
    err.print(f"Opening {escaped(pages[0])}", soft_wrap=True)
    if not webbrowser.open(pages[0]):
        fail(f"No browser can be opened from here. The page is {pages[0]}")


# --- listings, authors, categories -------------------------------------------------------------


@command(app, "papertide listings", "papertide listings --json", heading=READ)
def listings(limit: Limit = 50, as_json: AsJson = False) -> None:
    """Lists that papers came in with: their dates, sources, sizes."""
    found = library().listings(limit)
    if as_json:
        print_json({"listings": list(map(_described, found))})
    elif not found:
        err.print("No listings here. They come with saved pages: papertide import FILE...")
    elif not out.is_terminal:
        for info in found:
            print_fields(info.slug, info.date, info.title, info.source, info.count)
    else:
        _print_listings(found)


def _print_listings(found) -> None:
    """A table, or where the terminal is narrow a listing below the other."""
    from rich.table import Table
    from rich.text import Text

    from papertide.papers import shown_date
    from papertide.sources.names import SOURCES

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("listing", style="cyan", overflow="fold")
    for head in ("date", "title", "source"):
        table.add_column(head, overflow="fold")
    table.add_column("papers", justify="right")
    for info in found:
        source, date = SOURCES.get(info.source, info.source), shown_date(info.date)
        if out.width < NARROW:
            out.print(Text(printable(info.slug), "cyan"))
            about = (info.title, date, source, counted(info.count, "paper"))
            print_wrapped(Text(printable(" · ".join(filter(None, about)))), "  ")
        else:
            cells = (info.slug, date, info.title, source, f"{info.count:,}")
            table.add_row(*map(escaped, cells))
    if table.rows:
        out.print(table)


@command(
    app,
    "papertide listing saved-page-04-16-5433e2",
    "papertide listing saved-page-04-16-5433e2 --bibtex > refs.bib",
    heading=READ,
)
def listing(
    slug: Annotated[
        str,
        typer.Argument(metavar="LISTING", help="A listing as `papertide listings` names it.",
                       autocompletion=complete.listings),
    ],
    limit: Limit = 50,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The papers of a listing, with their votes."""
    from papertide.cli import lists
    from papertide.papers import shown_date
    from papertide.results import NotFound

    held, slug = library(), _of_address(slug, "/listing/")
    try:
        info = held.listing(slug)
    except NotFound:
        close = did_you_mean(near(slug, [other.slug for other in held.listings()]))
        fail(f"No listing {slug!r} here.{close} All of them: papertide listings")
    entries = held.entries(info.id, limit)
    rows = [
        lists.Row(entry.paper, note="" if entry.votes is None else counted(entry.votes, "vote"))
        for entry in entries
    ]
    places = [
        {"position": entry.position, "votes": entry.votes, "comments": entry.comments,
         "paper": lists.public(entry.paper)}
        for entry in entries
    ]  # fmt: skip
    lists.write(
        rows,
        {"listing": _described(info), "total": info.count, "entries": places},
        as_json=as_json, bibtex=held.bibtex if bibtex else None, total=info.count,
        heading=", ".join(filter(None, (info.title, shown_date(info.date)))),
    )  # fmt: skip


@command(
    app,
    "papertide author Ashish Vaswani",
    "papertide author yann-lecun --json",
    heading=READ,
)
def author(
    name: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="A name as papers have it, or its address on the "
                       "site."),
    ],
    limit: Limit = 20,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The papers of an author, newest first."""
    from papertide.cli import lists
    from papertide.papers import author_slug
    from papertide.results import NotFound

    held, asked = library(), _of_address(" ".join(name), "/author/")
    slug = author_slug(asked)
    try:
        known, papers, total = held.author(slug, limit)
    except NotFound:
        close = did_you_mean(held.authors_near(asked))
        fail(f"No author {asked!r} here.{close} To look everywhere: papertide search {asked!r}")
    lists.write(
        list(map(lists.Row, papers)),
        {"name": known, "slug": slug, "total": total, "papers": list(map(lists.public, papers))},
        as_json=as_json, bibtex=held.bibtex if bibtex else None, heading=known, total=total,
    )  # fmt: skip


@command(app, "papertide category cs.CL", "papertide category stat.ML -n 100", heading=READ)
def category(
    code: Annotated[
        str,
        typer.Argument(metavar="CODE", help="An arXiv category.",
                       autocompletion=complete.categories),
    ],
    limit: Limit = 20,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The papers of a category, newest first."""
    from papertide.cli import lists
    from papertide.sources.arxiv_taxonomy import CATEGORIES

    held, code = library(), _of_address(code, "/category/")
    found = held.search("", limit, categories=[code])
    if not found.total:
        close = did_you_mean(other for other in near(code, CATEGORIES) if other != code)
        fail(f"No papers of category {code!r} here.{close} Bring some in: papertide import FILE...")
    papers = [hit.paper for hit in found.hits]
    lists.write(
        list(map(lists.Row, papers)),
        {"category": code, "total": found.total, "papers": list(map(lists.public, papers))},
        as_json=as_json, bibtex=held.bibtex if bibtex else None,
        heading=", ".join(filter(None, (code, CATEGORIES.get(code)))), total=found.total,
    )  # fmt: skip


def _of_address(text: str, path: str) -> str:
    """The name in an address of the site, or the name itself."""
    text = typed(text).strip()
    return unquote(text.rpartition(path)[2]) if path in text else text


def _described(info) -> dict:
    return {
        "slug": info.slug, "title": info.title, "date": info.date, "source": info.source,
        "papers": info.count,
    }  # fmt: skip
