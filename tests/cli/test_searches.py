"""papertide searches: kept, run, renamed, removed."""

import json

import pytest

from tests.fixtures import papertide, rows_of_papers, write_rows


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("searches")
    rows = write_rows(folder / "rows", rows_of_papers(30))
    assert papertide("import", str(rows), data=folder / "data").returncode == 0
    return folder


def run(data, *arguments: str):
    return papertide("searches", *arguments, data=data / "data")


def test_from_its_saving_to_its_end(data):
    done = run(data, "save", "Graphs", "graph", "diffusion", "--category", "cs.LG", "--newest")
    assert (done.returncode, done.stdout) == (0, "")
    assert "papertide searches run Graphs" in done.stderr
    assert run(data, "list").stdout == "Graphs\t0\tq=graph+diffusion&category=cs.LG&sort=date\n"
    [held] = json.loads(run(data, "list", "--json").stdout)["searches"]
    assert (held["name"], held["query"], held["new"]) == ("Graphs", "graph diffusion", 0)
    found = json.loads(run(data, "run", "Graphs", "--json").stdout)
    assert found["total"] > 0
    assert run(data, "run", "Graphs", "--new", "--looked").stderr.startswith("Nothing new found")

    more = rows_of_papers(40, seed=1)[30:]
    more[0] |= {"title": "Graph diffusion of today", "abstract": "Graph diffusion."}
    rows = write_rows(data / "more", more)
    assert papertide("import", str(rows), data=data / "data").returncode == 0
    new = json.loads(run(data, "run", "Graphs", "--new", "--json").stdout)
    assert "Graph diffusion of today" in [hit["paper"]["title"] for hit in new["hits"]]
    assert run(data, "list").stdout.split("\t")[1] == str(new["total"])
    assert "--new shows only those" in run(data, "run", "Graphs", "--looked").stderr
    assert run(data, "list").stdout.split("\t")[1] == "0"
    assert "@misc" in run(data, "run", "Graphs", "--bibtex").stdout

    assert run(data, "rename", "Graphs", "Diffusion").returncode == 0
    done = run(data, "remove", "Diffusion")
    assert (done.returncode, done.stdout) == (0, "")
    assert run(data, "list").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("save", "Empty"), "asks for nothing"),
        (("save", "", "graph"), "needs a name"),
        (("save", "n" * 81, "graph"), "at most 80"),
        (("save", "Broken", "ti:("), "Nothing of this query is understood"),
        (("run", "Roboz"), "Did you mean Robots?"),
        (("rename", "none", "x"), "No saved search"),
        (("remove", "none"), "No saved search"),
        (("rename", "Robots", "Others"), "already"),
    ],
)
def test_what_cannot_be(data, arguments, why):
    for name in ("Robots", "Others"):
        assert run(data, "save", name, "robot").returncode == 0
    done = run(data, *arguments)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1
