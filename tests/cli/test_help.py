"""--help: of the whole program and of each command."""

import pytest
import typer

from papertide.cli.app import app
from tests.fixtures import papertide

PROGRAM = typer.main.get_command(app)


def _commands(command, path=()):
    """The program, its groups and their commands."""
    yield path, command
    for name, held in getattr(command, "commands", {}).items():
        yield from _commands(held, (*path, name))


COMMANDS = {" ".join(path): held for path, held in _commands(PROGRAM) if path != ("manage",)}


def help_of(command: str, tmp_path, columns: int) -> str:
    done = papertide(*command.split(), "--help", data=tmp_path, env={"COLUMNS": str(columns)})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_and_teaches_by_example(command, tmp_path):
    shown = help_of(command, tmp_path, 80)
    assert max(map(len, shown.splitlines())) <= 80
    assert f"Usage: papertide {command}".strip() in shown
    held = COMMANDS[command]
    for option in held.params:
        names = option.opts if option.param_type_name == "option" else [option.metavar]
        assert all(name in shown for name in names)
    if not hasattr(held, "commands"):
        # Each stands on a line of its own, to be copied.
        assert f"Examples\n  papertide {command}" in shown
        for line in held.epilog.splitlines():
            assert f"  {line}\n" in shown
            assert line.startswith("#") or f"papertide {command}" in line or "=" in line


def test_help_on_a_narrow_terminal_loses_nothing(tmp_path):
    shown = " ".join(help_of("search", tmp_path, 40).split())
    for option in COMMANDS["search"].params:
        assert option.help in shown


def test_commands_stand_in_groups_each_with_a_line(tmp_path):
    shown = help_of("", tmp_path, 80)
    heads = [shown.index(f"\n{head}\n") for head in ("Read", "Bring in", "Run", "Options")]
    assert heads == sorted(heads)
    for name, held in PROGRAM.commands.items():
        assert held.rich_help_panel
        summary = " ".join(held.help.split("\n\n")[0].split())
        assert f"{name} " in shown
        assert summary in shown


def test_without_a_command_it_says_what_to_do_first(tmp_path):
    done = papertide(data=tmp_path)
    assert done.returncode == 0
    assert "Start here" in done.stdout
    assert "papertide up" in done.stdout
    assert "rebuild" in papertide("index", data=tmp_path).stdout


def test_what_is_quick_opens_neither_django_nor_indexes(tmp_path):
    import subprocess
    import sys

    loads = "import sys, papertide.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True).stdout
    assert not {"django", "numpy", "tantivy", "httpx", "papertide.library"} & set(loaded.split())
