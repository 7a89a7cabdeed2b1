"""papertide library match."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from papertide.cli.app import FILL, AsJson, command, group, library
from papertide.cli.output import err, error, escaped, fail, out, print_json

if TYPE_CHECKING:
    from papertide.sources.libraries import LibraryEntry, Match

readers = group("library", "Readers' own libraries: BibTeX, RIS, CSL-JSON, Zotero.", FILL)


@command(
    readers,
    "papertide library match refs.bib",
    "papertide library match 'My Library.json' --json",
    "papertide library match --zotero users/123456",
)
def match(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="A library; - is standard input.")
    ] = "",
    zotero: Annotated[
        str,
        typer.Option(metavar="OWNER", help="A library of Zotero's web API, users/123 or "
                     "groups/123, in place of a file."),
    ] = "",
    zotero_key: Annotated[
        str,
        typer.Option(envvar="ZOTERO_API_KEY", metavar="KEY", help="Its key, from "
                     "zotero.org/settings/keys, where it is not public."),
    ] = "",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show which papers here the entries of a library are.

    By arXiv id, DOI and other ids, then by title and authors. Nothing is stored;
    to keep them, give the file to the page of saved papers.
    """
    if bool(file) == bool(zotero):
        fail("Give a file or --zotero, one of them. See: papertide library match --help", 2)
    if zotero:
        done = library().match_zotero(zotero, zotero_key)
    else:
        done = library().match_entries(sys.stdin.buffer.read() if file == "-" else file)
    if as_json:
        print_json(
            {
                "matched": [_matched(one) for one in done.matched],
                "unmatched": [_entry(one.entry) | {"reason": one.reason} for one in done.unmatched],
                "rejected": done.rejected,
                "problem": done.problem,
            }
        )
    else:
        for one in done.matched:
            line = Text(f"{_name(one.entry)} ", style="dim")
            line.append(f"{one.paper.public_id} ", style="cyan")
            line.append(one.paper.readable_title, style="not dim")
            line.append(f" (by {one.by})")
            out.print(line, soft_wrap=True)
        for one in done.unmatched:
            line = Text(f"{_name(one.entry)} ", style="dim")
            line.append(one.entry.record.paper.readable_title or "(no title)", style="not dim")
            line.append(f": {one.reason}", style="yellow not dim")
            out.print(line, soft_wrap=True)
        for row in done.rejected:
            err.print(f"[red]line {row.line}:[/red] {escaped(row.reason)}", soft_wrap=True)
        err.print(
            f"{len(done.matched):,} matched, {len(done.unmatched):,} not here, "
            f"{len(done.rejected):,} not readable"
        )
    if done.problem:
        error(f"{file or zotero}: {done.problem}")
        raise typer.Exit(1)


def _name(entry: "LibraryEntry") -> str:
    return entry.key or f"line {entry.record.line}"


def _entry(entry: "LibraryEntry") -> dict[str, Any]:
    paper = entry.record.paper
    return {
        "line": entry.record.line,
        "key": entry.key,
        "title": paper.readable_title,
        "authors": paper.authors,
        "identities": paper.identities,
        "tags": entry.tags,
        "notes": entry.notes,
        "added": entry.added,
    }


def _matched(one: "Match") -> dict[str, Any]:
    paper = {"public_id": one.paper.public_id, "title": one.paper.readable_title}
    return _entry(one.entry) | {"by": one.by, "paper": paper}
