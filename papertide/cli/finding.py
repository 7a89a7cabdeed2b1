"""papertide search, similar."""

import sys
from typing import Annotated

import typer
from rich.text import Text

from papertide.cli.app import READ, AsBibtex, AsJson, Limit, app, command, library, typed
from papertide.cli.conditions import Categories, Has, Since, Sources, Until
from papertide.cli.output import (
    counted,
    err,
    escaped,
    fail,
    out,
    print_wrapped,
    printable,
)
from papertide.search.query import Mode, Sort, pointed
from papertide.search.tree import HAS


@command(
    app,
    "papertide search diffusion policy",
    "papertide search '\"chain of thought\"' --category cs.CL --sort date",
    "papertide search 1706.03762",
    "papertide search retrieval --since 2025-01-01 --bibtex > refs.bib",
    "papertide search robots -n 100 | grep -i transformer",
    "papertide search 'au:lecun_y date:2015..2018 -survey'",
    "papertide search 'ti:\"deep learning\" ANDNOT cat:cs.CL'",
    "papertide search 'abs:(robot* OR drone) has:code votes:>10'",
    "papertide search diffusion --sort votes --facets",
    heading=READ,
)
def search(
    text: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words, \"a phrase\", "
                    "conditions, an arXiv id or a DOI.")],
    limit: Limit = 10,
    category: Categories = None,
    source: Sources = None,
    since: Since = None,
    until: Until = None,
    by: Annotated[Mode, typer.Option(help="What is compared: hybrid is words and meaning "
                  "together.")] = "hybrid",
    sort: Annotated[Sort, typer.Option(help="What comes first: the best, the newest, the most "
                    "votes, or what is rising.")] = "relevance",
    has: Has = None,
    facets: Annotated[bool, typer.Option("--facets", help="Also how many of all that match are of "
                      "each year, category and source.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say of each paper why it was "
                       "found.")] = False,
    as_typed: Annotated[bool, typer.Option("--as-typed", help="Never search for another "
                        "spelling.")] = False,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Find papers by words and meaning.

    Of plain words any may occur; "a phrase" must. transform* is the beginning of a word,
    transfromer~ one that is spelt nearly so. -x, NOT x and ANDNOT x leave out; AND, OR and
    parentheses join.

    Fields: ti: abs: au: venue: cat: source: id: doi: has:code has:abstract date:2024
    date:2024-05..2024-07 date:>2024 votes:>10. What arXiv understands works as it is.

    Put all of it between '...', so that the shell leaves it alone.
    """
    held = library()
    if wrong := [what for what in has or () if what not in HAS]:
        fail(f"--has {wrong[0]}: there are {', '.join(HAS)}.", code=2)
    conditions = {
        "categories": category or (),
        "sources": source or (),
        "since": since and since.date(),
        "until": until and until.date(),
        "has": has or (),
    }
    words = typed(" ".join(text))
    results = held.search(
        words, limit, **conditions, sort=sort, mode=by, as_typed=as_typed, explain=explain
    )
    warn(results)
    counted = None
    if facets:
        meant = results.suggestion if results.corrected else words
        counted = held.facets(meant, **conditions)
    write(results, as_json, held.bibtex if bibtex else None, facets=counted)
    if not results.hits:
        err.print(f"No paper found. {_advice(category, source, since, until, has)}", soft_wrap=True)


def warn(results) -> None:
    """What could not be asked; what of the query was not understood, and where it stands."""
    if results.notice:
        err.print(escaped(results.notice), soft_wrap=True)
    for mistake in results.mistakes:
        err.print(escaped(mistake.text), soft_wrap=True)
        shown, caret = pointed(results.query, mistake.position)
        err.print(f"  {escaped(shown)}\n  {caret}", soft_wrap=True)
    if results.corrected:
        said = f"Nothing is found for {results.query!r}; these are for {results.suggestion!r}."
        err.print(escaped(said), soft_wrap=True)
    elif results.suggestion:
        err.print(escaped(f"Did you mean {results.suggestion!r}?"), soft_wrap=True)


def _advice(category, source, since, until, has) -> str:
    """What may have kept papers from being found."""
    from papertide.cli.near import did_you_mean, near
    from papertide.sources.arxiv_taxonomy import CATEGORIES
    from papertide.sources.names import SOURCES

    for option, values, known in (("category", category, CATEGORIES), ("source", source, SOURCES)):
        for value in values or ():
            if value not in known and (close := near(value, known)):
                return f"No {option} {value!r} is known.{did_you_mean(close)}"
    if since and until and until < since:
        return "--until is before --since."
    if category or source or since or until or has:
        return "Try without some of --category, --source, --since, --until, --has."
    return "Fewer or other words? `papertide doctor` tells what is here."


@command(
    app,
    "papertide similar 1706.03762",
    "papertide similar 1706.03762 2005.14165",
    "papertide similar --text 'robots that learn from videos of people'",
    "papertide similar --text - < abstract.txt",
    heading=READ,
)
def similar(
    papers: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Papers, as for "
                      "show; of several, what is near to all of them.")] = None,
    text: Annotated[str, typer.Option(help="A text, such as an abstract; - is standard "
                    "input.")] = "",
    duplicates: Annotated[bool, typer.Option("--duplicates", help="Only papers that say almost "
                          "the same.")] = False,
    limit: Limit = 10,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Papers like one paper, like several, or like a text."""
    from papertide.cli.browsing import paper_of

    if text == "-":
        text = sys.stdin.read(1_000_000)
    if not papers and not text.strip():
        fail("Give the id of a paper, or --text. See: papertide similar --help", code=2)
    held = library()
    given = [paper_of(held, one) for one in papers or []]
    results = held.similar(given, limit, text=typed(text), duplicates=duplicates)
    warn(results)
    write(results, as_json, held.bibtex if bibtex else None, cosines=True)
    if not results.hits:
        err.print("No paper like that." if duplicates else "No paper with a meaning near to that.")


def write(results, as_json: bool, bibtex, cosines: bool = False, facets=None) -> None:
    """What was found, as it was asked for."""
    from papertide.cli import lists
    from papertide.search.why import told

    rows = [
        lists.Row(
            hit.paper,
            [(piece.text, piece.match) for piece in hit.title],
            [(piece.text, piece.match) for piece in hit.snippet],
            _note(hit, cosines),
            "; ".join(told(hit.why)) if hit.why else "",
        )
        for hit in results.hits
    ]
    hits = [
        {"score": round(hit.score, 4), "paper": lists.public(hit.paper)}
        | ({"why": hit.why} if hit.why else {})
        for hit in results.hits
    ]
    whole = {
        "query": results.query,
        "total": results.total,
        "milliseconds": round(results.milliseconds, 2),
        "mistakes": results.mistakes,
        "notice": results.notice,
        "sort": results.sort,
        "suggestion": results.suggestion,
        "corrected": results.corrected,
        **({"facets": facets} if facets else {}),
        "hits": hits,
    }
    lists.write(rows, whole, as_json=as_json, bibtex=bibtex)
    if as_json or bibtex:
        return
    if facets:
        _write_facets(facets)
    if rows and out.is_terminal:
        of = f"{len(rows)} of " if results.total > len(rows) else ""
        found = counted(results.total, "paper")
        err.print(f"{of}{found} in {results.milliseconds:.0f} ms", style="dim")


def _note(hit, cosines: bool) -> str:
    if cosines:
        return f"{hit.score:.2f} alike"
    return counted(hit.votes, "vote") if hit.votes else ""


def _write_facets(facets) -> None:
    """How many papers there are of each value: to people a line a facet, to programs one a value,
    on stderr, where papers are not."""
    from papertide.search.engine import FACETS

    for name in FACETS:
        held = getattr(facets, name)
        if held and out.is_terminal:
            values = ", ".join(f"{value} {number:,}" for value, number in held.items())
            print_wrapped(Text(printable(values)), Text(f"{name:<11}", style="bold"))
        for value, number in held.items() if not out.is_terminal else ():
            print(name, printable(str(value)), number, sep="\t", file=sys.stderr)
    if facets.among and out.is_terminal:
        err.print(f"Counted among the newest {facets.among:,}.", style="dim")
