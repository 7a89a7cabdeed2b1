"""papertide submit, submissions, pick, picks, curators."""

import json
import shutil

import pytest
from django.contrib.auth import get_user_model
from typer.testing import CliRunner

from papertide.cli.app import app
from papertide.library import open_library
from tests.site.curation.conftest import recent
from tests.site.helpers import add

NOBODY = "arxiv-api=http://127.0.0.1:9/,crossref=http://127.0.0.1:9/"


@pytest.fixture
def run(migrated_sqlite, tmp_path, monkeypatch):
    """Run a command in single-user mode, on a library with two papers of these days, and one that
    is older."""
    shutil.copytree(migrated_sqlite, tmp_path / "data")
    monkeypatch.delenv("PAPERTIDE_DATABASE_URL", raising=False)
    monkeypatch.setenv("PAPERTIDE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PAPERTIDE_MODE", "single")
    monkeypatch.setenv("PAPERTIDE_SOURCE_URLS", NOBODY)

    def command(*arguments, code=0):
        done = CliRunner().invoke(app, ["--data", str(tmp_path / "data"), *arguments])
        assert done.exit_code == code, (done.output, done.exception)
        return done

    with open_library(tmp_path / "data") as library:
        add(library, [recent(1), recent(2), recent(3, days=50)])
        yield command


def test_submitting(run, monkeypatch):
    told = run("submit", "2511.00001", "arxiv.org/abs/2511.00001v3", "2511.00003", "a title",
               "--json", code=1)  # fmt: skip
    first, second, old, title = json.loads(told.stdout)["submissions"]
    assert first == second and first["state"] == "accepted"
    assert "more than 14 days ago" in old["note"] and "no arXiv id" in title["note"]
    [listed] = run("submissions").stdout.splitlines()
    assert listed.startswith("2511.00001\taccepted\t")
    assert "waiting" in run("submit", "2511.00009").stdout
    assert "no user 'nobody'" in str(run("submit", "x", "--as", "nobody", code=1).exception)
    monkeypatch.setenv("PAPERTIDE_MODE", "site")
    assert "by a handle" in str(run("submit", "2511.00001", code=1).exception)


def test_picking(run):
    assert "Nothing picked yet" in run("picks").stderr
    assert "No curator" in run("curators").stderr
    assert "Picked for" in run("pick", "2511.00001", "--line", "why not").stderr
    run("pick", "2511.00002")
    [first, _] = run("picks").stdout.splitlines()
    assert first.split("\t")[4].endswith("why not")
    assert run("curators").stdout.split("\t")[0] == "owner"
    assert json.loads(run("curators", "--json").stdout)["curators"][0]["picks"] == 2
    assert run("search", "by:owner").stdout.count("\n") == 2
    run("pick", "2511.00001", "--take-back")
    told = json.loads(run("picks", "@owner", "--json").stdout)
    assert [one["line"] for one in told["picks"]] == [""]
    closed = run("pick", "2511.00001", "--day", "2020-01-01", code=1)
    assert "has closed" in str(closed.exception)
    get_user_model().objects.create(username="reader")
    assert "no curator" in str(run("pick", "2511.00001", "--as", "reader", code=1).exception)
