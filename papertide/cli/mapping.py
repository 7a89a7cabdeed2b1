"""papertide map."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from papertide.cli.app import READ, AsJson, app, command, library, typed
from papertide.cli.conditions import Categories, Has, Since, Sources, Until
from papertide.cli.output import (
    counted,
    err,
    escaped,
    fail,
    out,
    print_fields,
    print_json,
    print_wrapped,
    printable,
)
from papertide.search.query import pointed
from papertide.search.tree import HAS

_MOST = 5000  # as `papertide.topics.drawing`, which needs numpy
_TITLES = 3  # of each topic, on a terminal


@command(
    app,
    "papertide map",
    "papertide map graph neural networks --most 1000",
    "papertide map --category cs.RO --since 2026-01-01 --svg robots.svg",
    "papertide map diffusion --json | jq -r '.topics[].name'",
    heading=READ,
)
def map(
    text: Annotated[list[str] | None, typer.Argument(metavar="[WORDS...]", help="As for search; "
                    "by default the last week that has papers.")] = None,
    most: Annotated[int, typer.Option("--most", "-n", min=1, max=_MOST, metavar="N", help="How "
                    "many papers at most: the best, or the newest.")] = _MOST,
    category: Categories = None,
    source: Sources = None,
    since: Since = None,
    until: Until = None,
    has: Has = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the picture to this "
                   "file.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The topics of the last week, or of a search, as a picture.

    In a pipe a topic is a line: its name, its number of papers, what else it is about.
    """
    if wrong := [what for what in has or () if what not in HAS]:
        fail(f"--has {wrong[0]}: there are {', '.join(HAS)}.", code=2)
    from papertide.topics.store import Busy

    try:
        found = library().topic_map(
            typed(" ".join(text or [])), most=most, categories=category or (),
            sources=source or (), since=since and since.date(), until=until and until.date(),
            has=has or (),
        )  # fmt: skip
    except Busy as busy:
        fail(str(busy))
    for mistake in found.mistakes:
        shown, caret = pointed(found.query, mistake.position)
        err.print(f"{escaped(mistake.text)}\n  {escaped(shown)}\n  {caret}", soft_wrap=True)
    if svg is not None:
        try:
            svg.write_text(found.svg(), encoding="utf-8")
        except OSError as error:
            fail(f"{svg} cannot be written: {error.strerror}.")
    if as_json:
        print_json(_whole(found))
        return
    for topic in found.drawing.topics:
        if not out.is_terminal:
            print_fields(topic.name, len(topic.papers), ", ".join(topic.also))
            continue
        about = f"  {counted(len(topic.papers), 'paper')}"
        print_wrapped(Text.assemble((printable(topic.name), "bold"), (about, "dim")))
        for place in topic.papers[:_TITLES]:
            print_wrapped(Text(printable(found.papers[place].title)), "    ")
        out.print()
    _tell(found)


def _tell(found) -> None:
    """What there is beside topics, on stderr."""
    shown = counted(len(found.papers), "paper")
    if not found.total:
        err.print("No paper found.")
    elif found.few:
        err.print(f"{shown}: too few for a map. Try: papertide search", soft_wrap=True)
    elif found.total > len(found.papers) + found.left_out:
        err.print(f"{shown} of {found.total:,} on the map.", style="dim")
    if found.left_out:
        err.print(f"{counted(found.left_out, 'paper')} without vectors left out.", style="dim")


def _whole(found) -> dict:
    drawn = found.drawing
    return {
        "query": found.query,
        "total": found.total,
        "left_out": found.left_out,
        "milliseconds": round(found.milliseconds, 2),
        "mistakes": found.mistakes,
        "notice": found.notice,
        "topics": [
            {"name": topic.name, "slug": topic.slug, "also": topic.also,
             "papers": len(topic.papers), "x": round(topic.x, 4), "y": round(topic.y, 4)}
            for topic in drawn.topics
        ],
        "papers": [
            {"id": paper.public_id, "title": paper.title, "x": x, "y": y,
             "topic": drawn.topics[topic].slug if topic >= 0 else None}
            for paper, x, y, topic in zip(
                found.papers, drawn.x, drawn.y, drawn.topic, strict=True
            )
        ],
    }  # fmt: skip
