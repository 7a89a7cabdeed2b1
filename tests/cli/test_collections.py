"""papertide collections: listed, shown, exported; in single-user mode and for many readers."""

import json
import subprocess
import sys

import pytest

from tests.fixtures import papertide, rows_of_papers, write_rows

ALONE = {"PAPERTIDE_MODE": "single"}
MADE = """
import papertide
library = papertide.open_library()
from papertide.site.single_user import owner
from django.contrib.auth import get_user_model
ada = get_user_model().objects.create_user("ada").pk
for who, title, public in ((owner().pk, "Mine", False), (ada, "Open\\tto all", True)):
    number = library.make_collection(who, title, public=public)
    for n in (2, 1):
        library.collect(who, number, f"2001.0000{n}", note=f"note {n}")
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collections")
    rows = write_rows(folder / "rows", rows_of_papers(3))
    assert papertide("import", str(rows), data=folder / "data").returncode == 0
    return folder / "data"


@pytest.fixture(scope="module")
def made(data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAPERTIDE_DATA", str(data))
        subprocess.run([sys.executable, "-c", MADE], check=True)
    return data


def run(data, *arguments: str, **named):
    return papertide("collections", *arguments, data=data, **named)


def test_nothing_yet(data):
    done = run(data, "list", env=ALONE)
    assert (done.returncode, done.stdout) == (0, "")
    assert "papertide up" in done.stderr


def test_the_owner_s_or_those_of_all(made):
    assert run(made, "list", env=ALONE).stdout == "1\tMine\towner\tprivate\t2\t0\n"
    assert run(made, "list").stdout == "2\tOpen to all\tada\tpublic\t2\t0\n"
    [held] = json.loads(run(made, "list", "--as", "@ada", "--json").stdout)["collections"]
    assert (held["id"], held["count"], held["owner"]) == (2, 2, "ada")
    assert "Nobody is called" in run(made, "list", "--as", "eve").stderr


def test_shown_and_exported(made):
    lines = run(made, "show", "1", env=ALONE).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["2001.00002", "2001.00001"]
    assert lines[0].endswith("note 2")
    shown = json.loads(run(made, "show", "1", "--json", env=ALONE).stdout)
    assert [one["place"] for one in shown["papers"]] == [1, 2]
    assert run(made, "show", "1").returncode == 1  # it is private
    assert run(made, "export", "1", env=ALONE).stdout.count("@misc{") == 2
    assert run(made, "export", "2", "--format", "ris").stdout.count("TY  - ") == 2
    for form in ("json", "csl.json"):
        json.loads(run(made, "export", "2", "--format", form).stdout)
