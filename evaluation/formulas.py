"""Formulas in titles and abstracts: how many become MathML, why the others do not, and how long
it takes.

    python -m evaluation.formulas [--data ../shared/data/arxiv] [--every 10]
"""

import argparse
import itertools
import re
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np

from evaluation import sets
from papertide.papers import Record
from papertide.reading.clean import Formula, pieces
from papertide.reading.math import Unreadable, convert
from papertide.sources import files

REASONS = 8  # that are printed; unknown macros are one


class Measured(msgspec.Struct):
    """Texts, those with formulas, formulas; why how many have no MathML; CPU ms of the others."""

    texts: int = 0
    with_formulas: int = 0
    formulas: int = 0
    reasons: Counter = msgspec.field(default_factory=Counter)
    milliseconds: list[float] = msgspec.field(default_factory=list)


def texts(folder: Path, every: int) -> Iterable[str]:
    """Titles and abstracts of every so many-th record of all files in a folder.

    Raises SourceError for a file of no known kind.
    """
    for path in sorted(filter(Path.is_file, folder.iterdir())):
        for record in itertools.islice(files.read(path), 0, None, every):
            if isinstance(record, Record):
                yield record.paper.title
                yield record.paper.abstract


def measure(found: Iterable[str]) -> Measured:
    """Convert each formula of the texts once, uncached."""
    measured = Measured()
    for text in found:
        formulas = [piece for piece in pieces(text) if isinstance(piece, Formula)]
        measured.texts += 1
        measured.with_formulas += bool(formulas)
        measured.formulas += len(formulas)
        for formula in formulas:
            started = time.thread_time()
            try:
                convert(formula.latex, formula.display)
            except Unreadable as error:
                measured.reasons[re.split(r":| \\", str(error))[0]] += 1
            else:
                measured.milliseconds.append((time.thread_time() - started) * 1000)
    return measured


def table(measured: Measured) -> str:
    """The figures as a table in Markdown."""
    shown = len(measured.milliseconds)
    rows = [
        ("titles and abstracts", f"{measured.texts:,}"),
        ("with formulas", f"{measured.with_formulas:,}"),
        ("formulas", f"{measured.formulas:,}"),
        ("shown as MathML", f"{shown:,} ({shown / max(1, measured.formulas):.1%})"),
    ]
    rows += [(f"not: {reason}", f"{n:,}") for reason, n in measured.reasons.most_common(REASONS)]
    if shown:
        times = np.percentile(measured.milliseconds, [50, 99, 100])
        rows.append(("CPU ms a formula: p50, p99, max", ", ".join(f"{ms:.2f}" for ms in times)))
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="A folder of files of papers.")
    parser.add_argument("--every", type=int, default=10, help="Take every so many-th record.")
    given = parser.parse_args()
    print(table(measure(texts(given.data or sets.shared() / "arxiv", given.every))))


if __name__ == "__main__":
    main()
