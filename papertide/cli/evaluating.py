"""papertide eval: how good it is, on public test sets."""

import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

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


def _need_repository() -> None:
    """The evaluations come with the repository and its tools, not with the installed package."""
    root = Path(papertide.__file__).parents[1]
    if not (root / "evaluation").is_dir() or not all(map(find_spec, ("bm25s", "Stemmer"))):
        fail("evaluations come with the repository; get that and run `make setup` there")
    sys.path.insert(0, str(root))


def _print(test, ways: dict) -> None:
    from rich.table import Table

    table = Table(
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        header_style="bold",
        title=f"{test.name}: {len(test.documents):,} documents, {len(test.queries):,} queries",
        title_justify="left",
    )
    names = list(next(iter(ways.values())))
    for head in ("way", *names):
        table.add_column(head)
    for way, figures in ways.items():
        cells = [f"{f['mean']:.3f} ({f['low']:.3f}-{f['high']:.3f})" for f in figures.values()]
        table.add_row(way, *cells)
    out.print(table)
