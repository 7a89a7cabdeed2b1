"""papertide trending: what is rising, and why."""

import datetime
from typing import Annotated, Literal

import typer

from papertide.cli.app import READ, AsBibtex, AsJson, Limit, app, command, library
from papertide.cli.output import counted, err, escaped, fail, out, print_fields


@command(
    app,
    "papertide trending",
    "papertide trending --window month --on 2026-02-27",
    "papertide trending --topics",
    "papertide trending --json | jq '.papers[0].why'",
    heading=READ,
)
def trending(
    window: Annotated[
        Literal["day", "week", "month"], typer.Option(help="How long ago papers may be listed.")
    ] = "week",
    on: Annotated[
        datetime.datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD",
        help="As it was on this day; by default today.")
    ] = None,
    topics: Annotated[
        bool, typer.Option("--topics", help="The topics that grow, in place of papers.")
    ] = False,
    learn: Annotated[
        bool, typer.Option("--learn", help="First learn forecasts and topics anew, as `up` does "
                           "by itself.")
    ] = False,
    limit: Limit = 20,
    bibtex: AsBibtex = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Papers that are rising and why, forecasts, topics that grow."""
    from papertide.cli import lists

    held = library()
    if learn:
        with err.status("Learning from votes and titles"):
            held.learn_trends()
    found = held.trending(window, limit, on=on.date() if on else None)
    if topics and not as_json:
        _print_topics(found.learnt.growth)
        return
    if not found.total and not as_json:
        fail(_nothing(found))
    rows = []
    for one in found.papers:
        note = f"hotness {one.hotness.score:.2f}"
        if one.forecast:
            votes = one.forecast
            note += f", forecast {votes.votes:,} ({votes.low:,} to {votes.high:,})"
        why = ", ".join(
            f"{part.counted} {part.ago} +{part.adds:.2f}" for part in one.hotness.parts
        )
        rows.append(lists.Row(one.paper, note=note, why=why))
    papers = [
        {"hotness": round(one.hotness.score, 4), "why": one.hotness.parts,
         "forecast": one.forecast, "paper": lists.public(one.paper)}
        for one in found.papers
    ]  # fmt: skip
    learnt = found.learnt
    whole = {
        "window": window, "since": found.since, "until": found.until, "total": found.total,
        "latest": found.latest, "papers": papers, "growth": learnt.growth,
        "forecasts": {"papers": learnt.papers, "days": learnt.days, "until": learnt.until,
                      "rank": learnt.rank, "reason": learnt.reason},
    }  # fmt: skip
    lists.write(
        rows, whole, as_json=as_json, bibtex=held.bibtex if bibtex else None, total=found.total,
        heading=f"Rising, {found.since} to {found.until}",
    )  # fmt: skip


def _nothing(found) -> str:
    if found.latest:
        return (
            f"Nothing with votes was listed from {found.since} to {found.until}. The latest day "
            f"before: papertide trending --on {found.latest}"
        )
    return (
        "No paper here has votes, comments, stars or citations. They come with lists that others "
        "vote on: papertide harvest huggingface"
    )


def _print_topics(growth) -> None:
    """A topic a line: phrase, papers, share of the first and the last weeks, what may come."""
    if not growth.topics:
        err.print(growth.reason)
    for topic in growth.topics:
        first, now = (100 * sum(part) / len(part) for part in (topic.shares[:4], topic.shares[-4:]))
        ahead = ""
        if topic.ahead:
            low, _, high = topic.ahead[-1]
            ahead = f"in {counted(len(topic.ahead), 'week')} {100 * low:.1f}-{100 * high:.1f}%"
        if out.is_terminal:
            out.print(f"[bold]{escaped(topic.phrase)}[/bold]  {first:.1f}% -> {now:.1f}%  {ahead}")
        else:
            print_fields(topic.phrase, topic.papers, f"{first:.1f}%", f"{now:.1f}%", ahead)
