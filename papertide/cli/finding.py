"""papertide search, similar, show, today."""

import datetime
import sys
from typing import Annotated

import msgspec
import typer
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from papertide.cli.output import AsJson, app, err, escaped, fail, library, out, print_json
from papertide.papers import Paper, shown_date
from papertide.reading.clean import readable
from papertide.results import Results
from papertide.search.finder import Mode

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many at most.")]


def _day(help: str):
    return typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help=help)


@app.command(
    epilog="Examples:  papertide search diffusion policy  ·  "
    "papertide search '\"chain of thought\"' --category cs.CL --since 2024-01-01  ·  "
    "papertide search 1706.03762"
)
def search(
    text: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words, \"a phrase\", "
                    "an arXiv id or a DOI.")],
    limit: Limit = 10,
    category: Annotated[list[str] | None, typer.Option(help="arXiv category; repeatable.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Source; repeatable.")] = None,
    since: Annotated[datetime.datetime | None, _day("Papers of this day or later.")] = None,
    until: Annotated[datetime.datetime | None, _day("Papers of this day or earlier.")] = None,
    by: Annotated[Mode, typer.Option(help="What is compared: hybrid is words and meaning "
                  "together.")] = "hybrid",
    newest: Annotated[bool, typer.Option("--newest", help="Newest first, not best first.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Find papers by words and meaning."""
    results = library().search(
        " ".join(text),
        limit,
        categories=category or (),
        sources=source or (),
        since=since and since.date(),
        until=until and until.date(),
        by_date=newest,
        mode=by,
    )
    _print_results(results, as_json)
    if not results.hits:
        err.print("No paper found. Fewer or other words? `papertide doctor` tells what is here.")


@app.command(
    epilog="Examples:  papertide similar 1706.03762  ·  "
    "papertide similar 1706.03762 2005.14165  ·  "
    "papertide similar --text 'robots that learn from videos of people'"
)
def similar(
    papers: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Papers, as for "
                      "show; of several, what is near to all of them.")] = None,
    text: Annotated[str, typer.Option(help="A text, such as an abstract; - is standard "
                    "input.")] = "",
    duplicates: Annotated[bool, typer.Option("--duplicates", help="Only papers that say almost "
                          "the same.")] = False,
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Papers like one paper, like several, or like a text, by meaning."""
    if text == "-":
        text = sys.stdin.read(1_000_000)
    if not papers and not text.strip():
        fail("give the id of a paper, or --text")
    results = library().similar(papers or [], limit, text=text, duplicates=duplicates)
    _print_results(results, as_json)
    if not results.hits:
        err.print("No paper like that." if duplicates else "No paper with a meaning near to that.")


def _print_results(results: Results, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "query": results.query,
                "total": results.total,
                "milliseconds": round(results.milliseconds, 2),
                "hits": [
                    {"score": round(hit.score, 4), "paper": _public(hit.paper)}
                    for hit in results.hits
                ],
            }
        )
        return
    for number, hit in enumerate(results.hits, start=1):
        snippet = Text(style="dim")
        for piece in hit.snippet:
            snippet.append(piece.text, style="bold not dim" if piece.match else "")
        _line(number, hit.paper, [(piece.text, piece.match) for piece in hit.title], snippet)
    if results.hits:
        err.print(f"{results.total:,} papers in {results.milliseconds:.0f} ms", style="dim")


@app.command(epilog="Examples:  papertide show 1706.03762  ·  papertide show 10.1038/nature14539")
def show(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="An id as printed by search, an "
                          "arXiv id, a DOI, or a link to either.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print its BibTeX entry only.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show one paper."""
    held = library()
    paper = held.paper(identifier)
    if as_json:
        print_json(_public(paper))
        return
    if bibtex:
        out.print(held.bibtex(paper), markup=False, soft_wrap=True)
        return
    out.print(Text(paper.readable_title, style="bold"))
    if paper.authors:
        more = f" and {len(paper.authors) - 30:,} more" if len(paper.authors) > 30 else ""
        out.print(Text(", ".join(paper.authors[:30]) + more))
    facts = [paper.public_id, shown_date(paper.date), " ".join(paper.categories), paper.venue]
    out.print(Text(" · ".join(filter(None, facts)), style="dim"))
    if paper.abstract:
        out.print(Padding(Text(readable(paper.abstract)), (1, 0)))
    if paper.description:
        out.print(Padding(Text(f"{paper.description} (Papertide's words)"), (1, 0)))
    for link in _addresses(paper):
        out.print(Text(link, style="cyan"), soft_wrap=True)
    for place in held.listings_of(paper):
        title = ", ".join(filter(None, (place.listing.title, shown_date(place.listing.date))))
        rank = f"number {place.position}" if place.votes is None else f"{place.votes} votes"
        out.print(Text(f"{title}: {rank}", style="dim"))


@app.command(epilog="Examples:  papertide today  ·  papertide today --json | jq '.papers[].title'")
def today(limit: Limit = 20, as_json: AsJson = False) -> None:
    """The papers of the latest day; where no paper has a day, the latest listing."""
    held = library()
    day = held.latest_day()
    if day:
        info = held.day(day)
        title, total, papers = f"{day:%A, %-d %B %Y}", info.count, held.day_papers(day, limit)
    elif listings := held.listings(1):
        date = shown_date(listings[0].date)
        title, total = f"{listings[0].title}{f', {date}' if date else ''}", listings[0].count
        papers = [entry.paper for entry in held.entries(listings[0].id, limit)]
    else:
        fail("No day or listing to show. Bring papers in: papertide import FILE…, or papertide up")
    if as_json:
        print_json(
            {
                "title": title,
                "day": day,
                "total": total,
                "papers": [_public(paper) for paper in papers],
            }
        )
        return
    out.print(f"[bold]{escaped(title)}[/bold]  [dim]{total:,} papers[/dim]\n")
    for number, paper in enumerate(papers, start=1):
        _line(number, paper, [(paper.readable_title, False)])
    if total > len(papers):
        err.print(f"\n{total - len(papers):,} more: --limit {min(total, 1000)}", style="dim")


def _line(
    number: int, paper: Paper, title: list[tuple[str, bool]], snippet: Text | None = None
) -> None:
    """A paper in a list: its number, beside it title, facts and maybe a part of its abstract."""
    shown = Text()
    for piece, match in title:
        shown.append(piece, style="bold underline" if match else "bold")
    authors = ", ".join(paper.authors[:3]) + (" et al." if len(paper.authors) > 3 else "")
    facts = [authors, shown_date(paper.date), " ".join(paper.categories[:3]), paper.public_id]
    lines = [shown, Text(" · ".join(filter(None, facts)), style="dim")]
    if snippet:
        lines += [snippet, Text()]
    row = Table.grid(padding=(0, 1))
    row.add_column(justify="right", min_width=3)
    row.add_column()
    row.add_row(Text(f"{number}.", style="dim"), Group(*lines))
    out.print(row)


def _addresses(paper: Paper) -> list[str]:
    links = [link.url for link in paper.links]
    if paper.doi:
        links.insert(0, f"https://doi.org/{paper.doi}")
    if paper.arxiv:
        links.insert(0, f"https://arxiv.org/abs/{paper.arxiv}")
    return links


def _public(paper: Paper) -> dict:
    """A paper for programs: without the number that only this database knows."""
    return {k: v for k, v in msgspec.to_builtins(paper).items() if k != "id"}
