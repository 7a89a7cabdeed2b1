"""papertide library match: what is here of a reader's library."""

import json

import pytest

from tests.fixtures import papertide, write_rows
from tests.sources.loopback import Server

ROWS = [
    {"id": "1706.03762", "title": "Attention Is All You Need", "abstract": "We propose it.",
     "authors": "Ashish Vaswani, Noam Shazeer", "date": "2017-06-12", "categories": ["cs.CL"],
     "primary_cat": "cs.CL", "comments": "", "doi": ""},
    {"id": "1801.00001", "title": "Another paper of some length", "abstract": "We do.",
     "authors": "Ann Lee", "date": "2018-01-01", "categories": ["cs.LG"], "primary_cat": "cs.LG",
     "comments": "", "doi": "10.1000/a"},
]  # fmt: skip
LIBRARY = r"""
@article{vaswani, title={Attention is all you need}, author={Vaswani, Ashish}, keywords={nlp},
  note={Good}}
@misc{lee, doi={10.1000/A}}
@misc{none, title={Not here at all, whatever}}
@misc{broken, title={x
@misc{last, title={x}, journal={arXiv preprint arXiv:1801.00001v3}}
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("matching")
    (folder / "refs.bib").write_text(LIBRARY)
    rows = write_rows(folder / "rows", ROWS)
    assert papertide("import", str(rows), data=folder / "data").returncode == 0
    return folder


def test_matched_unmatched_and_broken(data):
    done = papertide("library", "match", str(data / "refs.bib"), "--json", data=data / "data")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(one["key"], one["by"], one["paper"]["public_id"]) for one in found["matched"]] == [
        ("vaswani", "title", "1706.03762"), ("lee", "doi", "1801.00001"),
        ("last", "arxiv", "1801.00001"),
    ]  # fmt: skip
    assert (found["matched"][0]["tags"], found["matched"][0]["notes"]) == (["nlp"], ["Good"])
    [unmatched] = found["unmatched"]
    assert (unmatched["key"], unmatched["reason"]) == (
        "none", "no paper here has its title, and it has no id",
    )  # fmt: skip
    assert [one["line"] for one in found["rejected"]] == [6]
    assert found["problem"] == ""


def test_for_people(data):
    done = papertide("library", "match", str(data / "refs.bib"), data=data / "data")
    assert "vaswani 1706.03762 Attention Is All You Need (by title)" in done.stdout
    assert "none Not here at all, whatever: no paper here has its title" in done.stdout
    assert "line 6: a broken entry" in done.stderr
    assert "3 matched, 1 not here, 1 not readable" in done.stderr


def test_standard_input_and_files_that_are_none(data):
    with (data / "refs.bib").open("rb") as file:
        done = papertide("library", "match", "-", "--json", data=data / "data", stdin=file)
    assert len(json.loads(done.stdout)["matched"]) == 3
    (data / "text").write_text("hello")
    for name, reason in (("text", "not a kind of file"), ("missing", "No such file")):
        done = papertide("library", "match", str(data / name), "--json", data=data / "data")
        assert done.returncode == 1
        assert reason in json.loads(done.stdout)["problem"]
        assert reason in done.stderr


def test_import_of_a_library(data, tmp_path):
    done = papertide("import", str(data / "refs.bib"), "--json", data=tmp_path)
    # The one without a title and the broken one are no papers.
    assert json.loads(done.stdout) == {
        "entries": 5, "new": 3, "changed": 0, "unchanged": 0, "rejected": 2, "found_by": {},
        "absorbed": 0, "to_review": 0,
    }  # fmt: skip
    shown = papertide("show", "1801.00001", "--json", data=tmp_path)
    assert json.loads(shown.stdout)["sources"] == ["bibtex"]


def test_a_library_of_zotero(data):
    with Server() as server:
        item = {"key": "K", "data": {"itemType": "preprint", "title": "Whatever it is called",
                                     "archiveID": "arXiv:1706.03762"}}  # fmt: skip
        server.answer("/users/1/items", [item], Last_Modified_Version="5", Total_Results="1")
        named = {"PAPERTIDE_SOURCE_URLS": f"zotero={server.address}", "ZOTERO_API_KEY": "secret"}
        arguments = ("library", "match", "--zotero", "users/1", "--json")
        done = papertide(*arguments, data=data / "data", env=named)
        assert json.loads(done.stdout)["matched"][0]["paper"]["public_id"] == "1706.03762"
        assert server.requests[0].headers["zotero-api-key"] == "secret"
        server.answer("/users/1/items", "no", 403)
        refused = papertide(*arguments[:-1], data=data / "data", env=named)
        assert refused.returncode == 1
        assert "403" in refused.stderr
        assert "secret" not in refused.stderr
    assert papertide("library", "match", data=data / "data").returncode == 2
