"""How commands speak."""

import io

import pytest
import rich.progress
from rich.console import Console

from papertide.cli import output
from papertide.results import Progress


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("refused\n\tIs the server running?\n", "refused Is the server running?"),
        ("two  spaces/of a path", "two  spaces/of a path"),
        ("\x1b[31mred\x07", "\\[31mred"),
        ("", ""),
    ],
)
def test_text_of_others_is_one_line_without_commands(text, shown):
    assert output.escaped(text) == shown


def test_each_file_has_its_own_bar(monkeypatch):
    added = []

    def add_task(self, label, **fields):
        added.append(label)
        return plain(self, label, **fields)

    plain = rich.progress.Progress.add_task
    monkeypatch.setattr(rich.progress.Progress, "add_task", add_task)
    monkeypatch.setattr(output, "err", Console(file=io.StringIO(), force_terminal=True))
    with output.progress() as report:
        for name in ("a/rows", "b/rows", "a/rows"):
            report(Progress(stage="reading", name=name))
        report(Progress(stage="indexing"))
    assert added == ["Reading rows", "Reading rows", "Indexing"]


def test_a_log_gets_a_line_now_and_then(monkeypatch):
    said = io.StringIO()
    monkeypatch.setattr(output, "err", Console(file=said, force_terminal=False))
    with output.progress(every=60) as report:
        report(Progress(stage="reading", name="a/rows", done=1, total=4, rows=7))
    assert said.getvalue() == ""
    with output.progress(every=0) as report:
        report(Progress(stage="reading", name="a/rows", done=1, total=4, rows=7))
        report(Progress(stage="indexing words", done=5000, total=10_000))
    assert said.getvalue().splitlines() == [
        "Reading rows: 25%, 7 rows", "Indexing words: 50%, 5,000 papers",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("ascii", "Jurgen - ? - Erdos..."), ("latin-1", "Jürgen · ? · Erdos..."),
     ("utf-8", "Jürgen · 王 · Erdős…")],
)  # fmt: skip
def test_what_an_encoding_lacks_is_said_plainer(monkeypatch, encoding, shown):
    held = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(held, encoding))
    output.say_it_plainer()
    print("Jürgen · 王 · Erdős…", end="", flush=True)
    assert held.getvalue().decode(encoding) == shown
