"""Papers as commands print them: for people, and for programs a line or an entry each."""

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec
from rich.style import Style
from rich.text import Text

from papertide.cli.app import MOST
from papertide.cli.output import (
    counted,
    err,
    out,
    print_fields,
    print_json,
    print_wrapped,
    printable,
)  # fmt: skip
from papertide.papers import Paper, shown_date
from papertide.reading.clean import readable


class Row(msgspec.Struct):
    """A paper in a list. `title` and `snippet` are texts with whether a query matched them."""

    paper: Paper
    title: list[tuple[str, bool]] = []
    snippet: list[tuple[str, bool]] = []
    note: str = ""  # what its place in the list says of it, such as votes
    why: str = ""  # why it is there, where that was asked for


def write(
    rows: list[Row], whole: dict, *, as_json: bool = False, bibtex: Callable | None = None,
    heading: str = "", total: int = 0,
) -> None:  # fmt: skip
    """Print a list in the form that was asked for: `whole` as JSON, by `bibtex`, or for people.

    Where stdout is no terminal, a paper is one line: id, date, title, authors, note.
    """
    if as_json:
        print_json(whole)
    elif bibtex:
        write_bibtex((row.paper for row in rows), bibtex)
    elif out.is_terminal:
        if heading:
            about = (f"  {counted(total, 'paper')}", "dim")
            print_wrapped(Text.assemble((printable(heading), "bold"), about))
            out.print()
        for number, row in enumerate(rows, start=1):
            _print(number, row)
    else:
        for row in rows:
            paper = row.paper
            fields = [paper.public_id, paper.date, paper.readable_title, _authors(paper)]
            print_fields(*fields, *filter(None, [row.note, paper.flag, row.why]))
    if not (as_json or bibtex) and total > len(rows) and heading:
        more = f"{total - len(rows):,} more"
        if len(rows) < MOST:
            more += f": --limit {min(total, MOST)}"
        err.print(f"\n{more}" if out.is_terminal else more, style="dim")


def write_bibtex(papers: Iterable[Paper], entry: Callable[[Paper], str]) -> None:
    """BibTeX entries with an empty line between them; of one key, the later get a, b, c."""
    seen: Counter[str] = Counter()
    for number, paper in enumerate(papers):
        kind, _, rest = entry(paper).strip().partition("{")
        key, _, fields = rest.partition(",")
        again = _suffix(seen[key])
        seen[key] += 1
        lines = f"{kind}{{{key}{again},{fields}".split("\n")
        print(*([""] if number else []), *map(printable, lines), sep="\n")


def _suffix(count: int) -> str:
    """Nothing, a, b … z, aa: as letters after the year of a citation."""
    letters = ""
    while count:
        count, digit = divmod(count - 1, 26)
        letters = chr(97 + digit) + letters
    return letters


def write_paper(paper: Paper, places: list) -> None:
    """A paper for people, and the listings it is in."""

    def line(text: Text | str, style: str = "") -> None:
        """Not wrapped where stdout is no terminal: so it can be searched for."""
        shown = text if isinstance(text, Text) else Text(printable(text), style)
        if out.is_terminal:
            print_wrapped(shown)
        else:
            out.print(shown, soft_wrap=True)

    line(paper.readable_title, "bold")
    if paper.flag:
        line(": ".join(filter(None, (paper.flag, paper.status_note))), "red")
    if paper.authors:
        more = f" and {len(paper.authors) - 30:,} more" if len(paper.authors) > 30 else ""
        line(", ".join(paper.authors[:30]) + more)
    facts = [shown_date(paper.date), " ".join(paper.categories), paper.venue]
    facts = [Text(printable(fact)) for fact in facts if fact]
    line(Text(" · ", style="dim").join([identifier(paper), *facts]))
    if paper.abstract:
        out.print()
        for paragraph in readable(paper.abstract).split("\n\n"):
            line(paragraph)
    if paper.description:
        out.print()
        line(f"{paper.description} (Papertide's words)")
    links = addresses(paper)
    if links:
        out.print()
    for link in links:
        out.print(Text(link, style="cyan"), soft_wrap=True)
    for place in places:
        title = ", ".join(filter(None, (place.listing.title, shown_date(place.listing.date))))
        rank = f"number {place.position}" if place.votes is None else counted(place.votes, "vote")
        line(f"{title}: {rank}", "dim")


def public(paper: Paper) -> dict:
    """A paper for programs: without the number that only this database knows."""
    return {k: v for k, v in msgspec.to_builtins(paper).items() if k != "id"}


def addresses(paper: Paper) -> list[str]:
    """Where the paper can be read, the page of its publisher first."""
    links = [link.url for link in paper.links]
    if paper.doi:
        links.insert(0, f"https://doi.org/{paper.doi}")
    if paper.arxiv:
        links.insert(0, f"https://arxiv.org/abs/{paper.arxiv}")
    return [link for link in map(printable, links) if link.startswith(("https://", "http://"))]


def identifier(paper: Paper) -> Text:
    """The public id, on terminals that know how a link to the paper's page."""
    pages = addresses(paper)
    return Text(printable(paper.public_id), Style(color="cyan", link=pages[0] if pages else None))


def _authors(paper: Paper) -> str:
    return ", ".join(paper.authors[:3]) + (" et al." if len(paper.authors) > 3 else "")


def _print(number: int, row: Row) -> None:
    """A paper in a list: its number, beside it title, facts and maybe a part of its abstract."""
    paper = row.paper
    title = Text()
    for piece, match in row.title or [(paper.readable_title, False)]:
        title.append(printable(piece), style="bold underline" if match else "bold")
    facts = [_authors(paper), shown_date(paper.date), " ".join(paper.categories[:3]), row.note]
    known = [Text(printable(fact), "dim") for fact in facts if fact]
    known = [*([Text(paper.flag, "red")] if paper.flag else []), *known]
    margin = Text(f"{number:>2}. ", "dim")
    print_wrapped(title, margin)
    print_wrapped(Text(" · ", style="dim").join([*known, identifier(paper)]), " " * len(margin))
    if row.snippet:
        snippet = Text()
        for piece, match in row.snippet:
            snippet.append(printable(piece), style="bold" if match else "dim")
        print_wrapped(snippet, " " * len(margin))
    if row.why:
        print_wrapped(Text(printable(row.why), "italic"), " " * len(margin))
    out.print()
