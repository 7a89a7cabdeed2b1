"""papertide trending, and papertide eval trends."""

import json

import pytest

from tests.evaluation.test_trends import write_lists
from tests.fixtures import papertide


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trending")
    lists = write_lists(folder / "lists.jsonl", days=30)
    done = papertide("import", str(lists), data=folder / "data")
    assert done.returncode == 0, done.stderr
    return folder / "data"


def test_what_is_rising(data):
    on = ("--on", "2025-06-30")
    done = papertide("trending", *on, "-n", "3", data=data)
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(lines) == 3
    assert lines[0][4].startswith("hotness ")
    assert "votes" in lines[0][5]
    found = json.loads(papertide("trending", *on, "-n", "3", "--json", data=data).stdout)
    assert [one["paper"]["public_id"] for one in found["papers"]] == [line[0] for line in lines]
    assert found["papers"][0]["why"][0]["kind"] == "votes"
    assert found["papers"][0]["forecast"] is None
    assert found["forecasts"]["reason"]
    assert found["since"] == "2025-06-24"
    bibtex = papertide("trending", *on, "-n", "1", "--bibtex", data=data).stdout
    assert bibtex.startswith("@")


def test_it_learns_when_told(data):
    done = papertide("trending", "--on", "2025-06-30", "--learn", "--json", data=data)
    found = json.loads(done.stdout)
    assert found["forecasts"]["papers"] == 27 * 12
    assert found["forecasts"]["rank"] > 0.3
    forecasts = [one["forecast"] for one in found["papers"] if one["forecast"]]
    assert forecasts
    assert all(one["low"] <= one["votes"] <= one["high"] for one in forecasts)
    topics = papertide("trending", "--topics", data=data)
    assert topics.returncode == 0
    assert "Growth is told from" in topics.stderr


def test_nothing_rises(data, tmp_path):
    done = papertide("trending", data=data)
    assert done.returncode == 1
    assert "papertide trending --on 2025-06-30" in done.stderr
    empty = papertide("trending", data=tmp_path / "empty")
    assert empty.returncode == 1
    assert "papertide harvest huggingface" in empty.stderr
    none = json.loads(papertide("trending", "--json", data=tmp_path / "empty").stdout)
    assert (none["papers"], none["total"], none["latest"]) == ([], 0, None)
    assert papertide("trending", "--on", "soon", data=data).returncode == 2


@pytest.mark.parametrize("held", ["", "{}\n", "not json\n", '{"list_date": 5}\n'])
def test_lists_that_cannot_be_judged(tmp_path, held):
    (tmp_path / "lists.jsonl").write_text(held)
    done = papertide("eval", "trends", "--data", str(tmp_path / "lists.jsonl"),
                     data=tmp_path / "data")  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "lists.jsonl" in done.stderr
