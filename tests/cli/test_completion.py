"""Shell completion, by the protocol that the shells' scripts speak."""

import os
import subprocess
import sys

import pytest

from tests.fixtures import papertide


def complete(line: str, data, shell: str = "bash") -> list[str]:
    """What a shell offers for the last word of a line."""
    words = line.split(" ")
    environment = {
        "_PAPERTIDE_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }  # fmt: skip
    done = papertide(data=data, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands(shell, tmp_path):
    offered = "\n".join(complete("papertide s", tmp_path, shell))
    for name in ("search", "similar", "show", "settings"):
        assert name in offered
    assert "today" not in offered
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("papertide index re", ["rebuild", "renew"]),
        ("papertide search --b", ["--by", "--bibtex"]),
        ("papertide search --by m", ["meaning"]),
        ("papertide search --source s", ["saved-page", "semanticscholar"]),
        ("papertide search x --category cs.C", ["cs.CC", "cs.CE", "cs.CG", "cs.CL", "cs.CR",
                                                "cs.CV", "cs.CY"]),
        ("papertide category stat.M", ["stat.ME", "stat.ML"]),
        ("papertide listing ", []),
    ],
)  # fmt: skip
def test_values(line, offered, tmp_path):
    assert complete(line, tmp_path / "not-there") == offered
    assert not (tmp_path / "not-there").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(shell, tmp_path):
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # not all of them are installed
    done = papertide("--show-completion", shell, data=tmp_path, env=named)
    assert f"_PAPERTIDE_COMPLETE=complete_{shell}" in done.stdout


def test_the_shell_it_is_run_in_learns_to_complete(tmp_path):
    command = f"{sys.executable} -m papertide --install-completion; exit $?"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [script] = (tmp_path / ".bash_completions").iterdir()
    assert "_papertide_completion papertide" in script.read_text()
    assert str(script) in (tmp_path / ".bashrc").read_text()
