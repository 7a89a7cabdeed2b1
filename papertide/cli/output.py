"""How commands speak: results to stdout, all else to stderr, in what the terminal can show."""

import codecs
import sys
import time
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

PATIENCE = 30.0  # seconds between two lines about a long job, where no bar can be shown
WIDEST = 100  # columns of running text; longer lines are hard to read
NARROW = 60  # columns below which what stands beside each other goes one below the other
_JOINERS = "\u200c\u200d"  # Persian words and emoji of several parts need them


def print_json(value: Any) -> None:
    """One JSON object, on stdout, for programs: always UTF-8."""
    import msgspec

    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.flush()


def print_fields(*fields: object) -> None:
    """One record for programs: a line, its fields between tabs."""
    print("\t".join(printable(str(field)) for field in fields))


def print_wrapped(text: Text, beside: Text | str = "") -> None:
    """Text in lines that fit, beside something in the first of them; nothing follows a line.

    Where stdout is no terminal (help is for people wherever it goes) COLUMNS says what fits.
    """
    indent = cell_len(str(beside))
    width = max(12, min(out.width, WIDEST) - indent)
    for number, line in enumerate(text.wrap(out, width, overflow="fold")):
        line.rstrip()
        out.print(Text.assemble(beside if number == 0 else " " * indent, line), soft_wrap=True)


def fail(message: str, code: int = 1) -> None:
    """End the command with an error: what is wrong, and what to do next."""
    error(message)
    raise typer.Exit(code)


def error(message: str) -> None:
    """An error in one line, however long: so it can be searched for."""
    err.print(f"[red]Error:[/red] {escaped(message)}", soft_wrap=True)


def counted(number: int, what: str) -> str:
    """A number of things: 1 paper, 2,031 papers."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """Text in one line, what a terminal could take for commands left out."""
    if text.isprintable():
        return text
    line = " ".join(map(str.strip, text.splitlines()))
    return "".join(c for c in line if c.isprintable() or c in _JOINERS)


def escaped(text: str) -> str:
    """Printable text for rich's markup."""
    return printable(text).replace("[", "\\[")


# --- what an encoding cannot say ---------------------------------------------------------------

_PLAIN = str.maketrans({"·": "-", "…": "...", "–": "-", "—": "-", "’": "'", "“": '"', "”": '"'})


def _plainer(lacking: UnicodeEncodeError) -> tuple[str, int]:
    text = lacking.object[lacking.start : lacking.end].translate(_PLAIN)
    folded = (unicodedata.normalize("NFKD", c).encode("ascii", "ignore").decode() for c in text)
    return "".join(c or "?" for c in folded), lacking.end


def say_it_plainer() -> None:
    """From now on, letters that the terminal's encoding lacks are written without accents, or ?."""
    codecs.register_error("plainer", _plainer)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plainer")


# --- long jobs ---------------------------------------------------------------------------------


@contextmanager
def progress(every: float = PATIENCE):
    """A bar on stderr, or where that is no terminal a line `every` so many seconds; yields what
    jobs report to (`papertide.results.Progress`).

    Of reading, bytes of the file make the bar, and rows are told; of all else the same.
    """
    if err.is_terminal and not err.is_dumb_terminal:
        with _bars() as report:
            yield report
        return
    said = time.monotonic()

    def report(state) -> None:
        nonlocal said
        if time.monotonic() - said >= every:
            said = time.monotonic()
            share = f"{100 * state.done / state.total:.0f}%, " if state.total else ""
            err.print(f"{_label(state)}: {share}{_counted(state):,} {_unit(state)}", soft_wrap=True)

    yield report


@contextmanager
def _bars():
    from rich import progress as bar

    columns = [bar.TextColumn("{task.description}"), bar.BarColumn(bar_width=None),
               bar.TaskProgressColumn()]  # fmt: skip
    if err.width >= NARROW:
        columns += [bar.TextColumn("{task.fields[counted]}"), bar.TimeRemainingColumn(compact=True)]
    with bar.Progress(*columns, console=err, transient=True, expand=True) as bars:
        tasks: dict[tuple[str, str], Any] = {}

        def report(state) -> None:
            key = (state.stage, state.name)
            if key not in tasks:
                tasks[key] = bars.add_task(_label(state), counted="", total=None)
            elapsed = bars.tasks[tasks[key]].elapsed or 0
            count, unit = _counted(state), _unit(state)
            of = f" of {state.total:,}" if state.total and unit != "rows" else ""
            rate = f", {count / elapsed:,.0f}/s" if elapsed > 0.5 else ""
            bars.update(
                tasks[key], completed=state.done, total=state.total or None,
                counted=f"{count:,}{of} {unit}{rate}",
            )  # fmt: skip

        yield report


def _label(state) -> str:
    return f"{state.stage} {escaped(Path(state.name).name)}".strip().capitalize()


def _counted(state) -> int:
    return state.rows if state.stage == "reading" else state.done


def _unit(state) -> str:
    return {"reading": "rows", "training": "steps"}.get(state.stage, "papers")
