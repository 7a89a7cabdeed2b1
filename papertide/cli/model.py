"""papertide model train, show."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from papertide.cli.app import MEASURE, AsJson, command, group, library
from papertide.cli.output import err, escaped, out, print_json, progress

model = group("model", "The model that search by meaning is made with.", MEASURE)


@command(
    model,
    "papertide model train --out my-model",
    "papertide model train --out my-model --minutes 20 dump.jsonl.xz",
    "PAPERTIDE_MODEL=my-model papertide index rebuild",
)
def train(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="Files of papers; without any: your catalogue."),
    ] = None,
    folder: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FOLDER", help="The folder for the model; made where there is none."
        ),
    ] = Path("model"),
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.01, metavar="N", help="Train no longer than this; by default, until it is done."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of all chance in the training.")
    ] = 0,
    epochs: Annotated[
        float | None,
        typer.Option(min=0.01, metavar="N", help="How often each paper is seen, at the most."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=1e-6, max=10, metavar="RATE", help="The learning rate.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the model is called.")] = "own",
    as_json: AsJson = False,
) -> None:
    """Train a model on your catalogue, or on files of papers.

    It stops when the curve of the papers it holds out is flat. Killed, the same command goes on
    from where it was. On one core, 100,000 papers take some ten minutes.
    """
    import msgspec

    from papertide.embedding import training
    from papertide.results import Progress

    given = {"seed": seed, "epochs": epochs, "rate": rate}
    given = {key: value for key, value in given.items() if value is not None}
    plan = msgspec.structs.replace(training.Plan(), **given)

    with progress(every=math.inf) as report:  # each look at the curve is a line already

        def papers() -> Iterator[tuple[str, str]]:
            for count, paper in enumerate(_papers(files or []), start=1):
                if count % 1000 == 0:
                    report(Progress(stage="reading", rows=count))
                yield paper

        def look(at: training.Look) -> None:
            err.print(
                f"{at.minutes:6.1f} min  epoch {at.epoch:5.2f}  step {at.step:,} of {at.steps:,}  "
                f"loss {at.loss:.3f}  held-out titles: MRR@10 {at.held_out:.4f}"
            )
            report(Progress(stage="training", done=at.step, total=at.steps))

        about = training.train(
            papers, folder, plan, name=name, minutes=minutes, on_look=look,
            trained_on=", ".join(Path(file).name for file in files or []) or "own catalogue",
        )  # fmt: skip
    if as_json:
        print_json(about)
    else:
        _print(about, folder)


def _papers(paths: list[str]) -> Iterator[tuple[str, str]]:
    """Readable titles and abstracts of files, or of the whole catalogue, each once."""
    from papertide.papers import Record, title_key
    from papertide.sources import files

    if not paths:
        for document in library().documents():
            yield document.title, document.abstract
        return
    seen: set[str] = set()
    for path in paths:
        for row in files.read(path):
            if isinstance(row, Record) and (key := title_key(row.paper.title)) not in seen:
                seen.add(key)
                yield row.paper.readable_title, row.paper.readable_abstract


@command(model, "papertide model show", "papertide model show my-model --json")
def show(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="A model's folder; without it: the packaged one."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a model is, what it was trained on, its figures."""
    from papertide.embedding import static

    about = static.load(folder).about
    if as_json:
        print_json(about)
    else:
        _print(about, folder or static.PACKAGED)


def _print(about, folder: Path) -> None:
    rows = {
        "name": about.name,
        "folder": str(folder),
        "numbers a vector": ", ".join(map(str, about.dimensions)),
        "pieces": f"{about.pieces:,}, and {about.buckets:,} buckets for rare words",
        "checksum": about.checksum,
        "trained on": f"{about.papers:,} papers: {about.trained_on}",
        "trained by": f"Papertide {about.code}",
        "licence": about.licence or "yours",
    } | {key: f"{value:g}" for key, value in about.figures.items()}
    for key, value in rows.items():
        out.print(f"[bold]{escaped(key)}[/bold]  {escaped(value)}", soft_wrap=True)
