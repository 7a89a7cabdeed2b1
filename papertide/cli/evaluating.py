"""papertide eval: how good it is, on public test sets."""

import lzma
import sys
from datetime import date, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

import papertide
from papertide.cli.app import MEASURE, AsJson, command, group
from papertide.cli.output import err, fail, out, print_json

evaluation = group("eval", "How good it is, measured on public test sets.", MEASURE)


@command(
    evaluation,
    "papertide eval search --data ../shared/data/retrieval/scifact",
    "papertide eval search --model my-model --json",
)
def search(
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="A collection in BEIR form; without it: all of the shared data."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="As for PAPERTIDE_MODEL; by default ours.")
    ] = "",
    rescorer: Annotated[str, typer.Option(metavar="MODEL", help="As for PAPERTIDE_RESCORER.")] = "",
    as_json: AsJson = False,
) -> None:
    """Search by words, by meaning and by both, on each set's test split, beside bm25s."""
    _need_repository()
    from evaluation import search as measured
    from papertide import config, embedding
    from papertide.search.rescore import open_rescorer

    embedder = embedding.open_model(model)
    key = config.load().rescorer_key
    again = partial(open_rescorer, rescorer, key=key) if rescorer else None
    done = {}
    for test in measured.found(data):
        with err.status(f"{test.name}: {len(test.documents):,} documents"):
            done[test.name] = measured.evaluate(test, embedder, again)
        if not as_json:
            _print(test, done[test.name])
    if as_json:
        print_json(done)


@command(
    evaluation,
    "papertide eval trends",
    "papertide eval trends --split tune --ablations --json",
    "papertide eval trends --data lists.jsonl --since 2026-03-01",
)
def trends(
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Daily lists as the shared data has them, of all times "
                     "(may be repeated); without it: those, and arXiv’s announcements for topics."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Judge the lists from this "
                     "day on, in place of a split."),
    ] = None,
    split: Annotated[
        Literal["report", "tune"],
        typer.Option(help="The months that are judged: those reported, or those settings were "
                     "chosen on."),
    ] = "report",
    ablations: Annotated[
        bool, typer.Option("--ablations", help="Also without each group of features.")
    ] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Forecasts of votes within days of later months, beside simple ones; and growing topics."""
    _need_repository()
    from evaluation import trends as measured
    from papertide import embedding

    named = ", ".join(map(str, data or ())) or "The shared data"
    with err.status("Hugging Face’s daily lists"):
        try:
            held = measured.read(data or [], embedding.open_model())
        except (OSError, lzma.LZMAError, ValueError, LookupError, TypeError) as error:
            fail(f"{named} holds no daily lists: {type(error).__name__}: {error}")
        try:
            span = (since.date(), date.max) if since else None
            done = {"votes": measured.evaluate(held, split, ablations, span=span)}
        except measured.NotJudged as error:
            fail(f"{named} cannot be judged: {error}")
    if not data and not since:
        with err.status("arXiv’s announcements"):
            done["topics"] = measured.topics(measured.announced(), split)
    if as_json:
        print_json(done)
        return
    votes = done["votes"]
    head = f"{votes['from']} to {votes['to']}: {votes['days']} days, {votes['papers']:,} papers"
    _print_ways(head, votes["ways"])
    for name, against in votes["ours against the best simple"].items():
        out.print(
            f"{name}: ours {against['mean']:+.3f} ({against['low']:+.3f} to {against['high']:+.3f})"
            f" against {against['best simple']}, p = {against['p']:.4f}"
        )
    for name in ("coverage", "coverage, refitted"):
        held = votes[name]
        out.print(
            f"{name} of {held['nominal']:.0%} intervals: {held['mean']:.3f} "
            f"({held['low']:.3f}-{held['high']:.3f}), median width {held['median width']:g} votes"
        )
    if "topics" in done:
        out.print("topics told to grow: " + ", ".join(
            f"{name} {value}" for name, value in done["topics"].items() if name != "split"))


@command(
    evaluation,
    "papertide eval taste",
    "papertide eval taste --on authors --split tune --ablations",
    "papertide eval taste --on simulated --readers 5 --json",
)
def taste(
    on: Annotated[
        Literal["authors", "libraries", "reviewers", "simulated", "logged"] | None,
        typer.Option(help="One set alone, simulated readers, or values of logged places."),
    ] = None,
    split: Annotated[
        Literal["report", "tune"],
        typer.Option(help="The readers that are judged: those reported, or those settings were "
                     "chosen on."),
    ] = "report",
    readers: Annotated[
        int, typer.Option(min=0, max=10_000, help="How many of each set; 0: as the docs say.")
    ] = 0,
    ablations: Annotated[
        bool, typer.Option("--ablations", help="Also ours without each part, and each alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Feeds of readers whose later choices are known, beside what others rank by."""
    _need_repository()
    from evaluation import taste as measured
    from evaluation import taste_simulated as planted
    from papertide import embedding

    names = [on] if on else [*measured.SETS, "simulated", "logged"]
    done = {}
    with err.status("Readers and their papers"):
        sets = [name for name in measured.SETS if name in names]
        for held in measured.found(sets, split, embedding.open_model(), readers):
            ways = measured.ablations(held) if ablations else None
            done[held.name] = measured.evaluate(held, ways)
            if not as_json:
                _print_taste(done[held.name])
        if "simulated" in names:
            done["simulated"] = planted.pages(split, readers or planted.READERS)
        if "logged" in names:
            done["logged"] = planted.coverage(split)
    if as_json:
        print_json(done)
        return
    for kind, ways in done.get("simulated", {}).items():
        _print_ways(f"simulated readers: {kind}", ways)
    for order, ways in done.get("logged", {}).items():
        for way, told in ways.items():
            out.print(f"an order that is {order}, by {way}: {told['coverage']:.1%} of intervals "
                      f"hold the truth, taken {told['taken']:.1%}")  # fmt: skip


def _print_taste(done: dict) -> None:
    _print_ways(
        f"{done['set']}: {done['readers']:,} readers, {done['tasks']:,} tasks, "
        f"{done['papers']:,} papers", done["ways"],
    )  # fmt: skip
    for way, told in done["ours against"].items():
        out.print(f"ours against {way}: " + ", ".join(
            f"{name} {f['mean']:+.3f} ({f['low']:+.3f} to {f['high']:+.3f})"
            for name, f in told.items()))  # fmt: skip


def _need_repository() -> None:
    """The evaluations come with the repository and its tools, not with the installed package."""
    root = Path(papertide.__file__).parents[1]
    if not (root / "evaluation").is_dir() or not all(map(find_spec, ("bm25s", "Stemmer"))):
        fail("evaluations come with the repository; get that and run `make setup` there")
    sys.path.insert(0, str(root))


def _print(test, ways: dict) -> None:
    _print_ways(
        f"{test.name}: {len(test.documents):,} documents, {len(test.queries):,} queries", ways
    )


def _print_ways(title: str, ways: dict) -> None:
    from rich.table import Table

    table = Table(
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        header_style="bold",
        title=title,
        title_justify="left",
    )
    names = list(next(iter(ways.values())))
    for head in ("way", *names):
        table.add_column(head)
    for way, figures in ways.items():
        cells = [f"{f['mean']:.3f} ({f['low']:.3f}-{f['high']:.3f})" for f in figures.values()]
        table.add_row(way, *cells)
    out.print(table)
