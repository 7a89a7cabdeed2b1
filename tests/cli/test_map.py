"""papertide map: topics for people and programs, and a picture."""

import json
import shutil
from xml.etree import ElementTree

import pytest

from tests.fixtures import papertide, write_rows

SUBJECTS = ("Graph kernels", "Robot grasping", "Speech recognition")


@pytest.fixture(scope="module")
def data(migrated_sqlite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mapped") / "data"
    shutil.copytree(migrated_sqlite, folder)
    rows = [
        {
            "id": f"2102.{n:05}", "title": f"{SUBJECTS[n % 3]} at station {n}\x1b]0;owned\x07",
            "abstract": f"We study {SUBJECTS[n % 3].lower()} again. " * 5, "authors": "Wei Wang",
            "date": "2021-02-03", "categories": ["cs.LG"], "primary_cat": "cs.LG", "comments": "",
            "doi": "",
        }
        for n in range(1, 46)
    ]  # fmt: skip
    done = papertide("import", str(write_rows(folder / "rows", rows)), data=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_topics_in_a_pipe(data):
    done = papertide("map", data=data)
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert {line[0] for line in lines} == set(SUBJECTS)
    assert sum(int(line[1]) for line in lines) <= 45
    assert "\x1b" not in done.stdout


def test_json_and_the_picture(data, tmp_path):
    picture = tmp_path / "map.svg"
    done = papertide("map", "cat:cs.LG", "--json", "--svg", str(picture), "--most", "30", data=data)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["total"], len(found["papers"])) == (45, 30)
    slugs = {topic["slug"] for topic in found["topics"]}
    assert {paper["topic"] for paper in found["papers"]} - {None} == slugs
    ElementTree.parse(picture)


def test_where_there_is_no_map(data, tmp_path):
    few = papertide("map", "--most", "5", data=data)
    assert (few.returncode, few.stdout) == (0, "")
    assert "5 papers: too few for a map" in few.stderr
    assert "No paper found" in papertide("map", "date:1950", data=data).stderr
    assert "never opened" in papertide("map", "a)", data=data).stderr
    nowhere = papertide("map", "--svg", str(tmp_path / "no" / "map.svg"), data=data)
    assert nowhere.returncode == 1
    assert "cannot be written" in nowhere.stderr
    assert papertide("map", "--has", "wings", data=data).returncode == 2
