"""How commands speak."""

import pytest
from rich.console import Console

from papertide.cli import output
from papertide.library import Progress


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

    plain = output.Progress.add_task
    monkeypatch.setattr(output.Progress, "add_task", add_task)
    monkeypatch.setattr(output, "err", Console(quiet=True))
    with output.progress() as report:
        for name in ("a/rows", "b/rows", "a/rows"):
            report(Progress(stage="reading", name=name))
        report(Progress(stage="indexing"))
    assert added == ["reading rows", "reading rows", "indexing"]
