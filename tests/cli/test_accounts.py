"""papertide accounts: made, listed, given roles, suspended, taken along, deleted."""

import json
import shutil

import pytest
import typer

from papertide.cli import accounts
from papertide.library import open_library
from papertide.results import NotFound, Refused
from tests.fixtures import papertide


def test_the_first_admin(migrated_sqlite, tmp_path):
    shutil.copytree(migrated_sqlite, tmp_path / "data")

    def run(*arguments: str):
        site = {"PAPERTIDE_SITE_URL": "https://papers.example.org"}
        return papertide(*arguments, data=tmp_path / "data", env=site)

    assert "accounts add HANDLE ADDRESS --role admin" in run("doctor").stdout
    done = run("accounts", "add", "Ada", "ada@example.org", "--role", "admin")
    assert done.stdout.startswith("https://papers.example.org/account/password/reset/key/")
    assert "Ada is an admin now" in done.stderr
    [line] = run("accounts", "list").stdout.splitlines()
    assert line.split("\t")[:3] == ["Ada", "admin", "ada@example.org"]


@pytest.fixture
def here(migrated_sqlite, tmp_path, monkeypatch):
    """The commands' library, in this process."""
    shutil.copytree(migrated_sqlite, tmp_path / "data")
    monkeypatch.delenv("PAPERTIDE_DATABASE_URL", raising=False)
    with open_library(tmp_path / "data") as held:
        monkeypatch.setattr(accounts, "library", lambda: held)
        yield held


def test_from_its_making_to_its_end(here, capfdbinary, monkeypatch):
    def told() -> dict:
        return json.loads(capfdbinary.readouterr().out)

    accounts.add("ada", "ada@example.org", "reader")
    accounts.role("ADA", "moderator")
    accounts.suspend("@ada", "Advertising")
    capfdbinary.readouterr()
    accounts.list_accounts("exam", "", 50, True)
    [held] = told()["accounts"]
    assert (held["role"], held["reason"]) == ("moderator", "Advertising")
    accounts.restore("ada")
    accounts.export("ada")
    assert told()["account"]["suspended"] is None
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: (_ for _ in ()).throw(typer.Abort))
    with pytest.raises(typer.Abort):
        accounts.delete("ada", False)
    assert here.account("ada")
    accounts.delete("ada", True)
    assert b"0 accounts left" in capfdbinary.readouterr().err


def test_what_cannot_be_done_is_told(here):
    with pytest.raises(Refused, match="A handle has 2 to 30 letters"):
        accounts.add("a", "a@b.org", "reader")
    for change in (
        lambda: accounts.role("nobody", "curator"), lambda: accounts.delete("nobody", True)
    ):  # fmt: skip
        with pytest.raises(NotFound, match="no account @nobody here"):
            change()
