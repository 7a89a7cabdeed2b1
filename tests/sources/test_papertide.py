"""Our own JSON lines: what we write, others read."""

import json

import msgspec
import pytest

from papertide.merging import merge, new_paper
from papertide.papers import Link, Paper, Version
from papertide.sources import files, papertide
from papertide.sources.base import Unreadable

FULL = Paper(
    id=7,
    public_id="1706.03762",
    title="Attention Is All You Need",
    abstract="We propose $\\ell_2$ things.",
    authors=["Ashish Vaswani", "Kurt Gödel"],
    identities=["arxiv:1706.03762", "doi:10.1000/x", "openreview:abc"],
    categories=["cs.CL", "cs.LG"],
    published="2017-06-12",
    updated="2023-08-02",
    announced="2017-06-13",
    versions=[Version(1, "2017-06-12"), Version(7, "2023-08-02")],
    licence="http://creativecommons.org/licenses/by/4.0/",
    comment="15 pages",
    venue="NeurIPS 2017",
    description="Ours.",
    links=[Link("code", "https://github.com/a/b")],
    extra={"huggingface": {"stars": 3, "keywords": ["x"], "as_of": "2025-01-01"}},
    sources=["arxiv", "huggingface"],
    origins={"title": "arxiv@2017-06-13", "description": "landmarks@"},
)


def row(**changed) -> dict:
    return json.loads(msgspec.json.encode(FULL)) | changed


def test_a_paper_comes_back_as_it_was():
    record = papertide.row(row())
    assert (record.source, record.as_of) == ("arxiv", "2017-06-13")
    again = new_paper(record)
    for field in ("title", "abstract", "authors", "identities", "categories", "published",
                  "updated", "announced", "versions", "licence", "comment", "venue", "description",
                  "links", "extra", "public_id"):  # fmt: skip
        assert getattr(again, field) == getattr(FULL, field), field
    assert again.id == 0


def test_importing_our_own_export_changes_no_text():
    known = new_paper(papertide.row(row()))
    assert merge(known, papertide.row(row())) == set()
    assert known.origins["description"] == "landmarks@"  # not what the title comes from
    assert known.origins["abstract"] == "arxiv@2017-06-13"
    assert known.sources == ["arxiv", "landmarks"]


@pytest.mark.parametrize("origin", ["moderator@9999-12-31", "@", "A B@", "x" * 50])
def test_nobody_claims_more_trust_than_is_due(origin):
    known = new_paper(papertide.row(row(origins={"title": origin})))
    assert known.origins["title"].startswith("papertide@")


def test_it_is_recognised(tmp_path):
    path = tmp_path / "export"
    path.write_bytes(msgspec.json.encode(FULL) + b"\n")
    [record] = files.read(path)
    assert record.line == 1
    record.line = 0
    assert record == papertide.row(row())


def test_a_title_alone_is_enough():
    record = papertide.row({"identities": [], "title": " A \n title ", "unknown": {"key": 1}})
    assert (record.paper.title, record.source, record.as_of) == ("A title", "papertide", "")


@pytest.mark.parametrize(
    "changed",
    [
        {"title": ""}, {"title": None}, {"title": 5}, {"title": "\x00"}, {"authors": "Ann"},
        {"authors": [5]}, {"published": "someday"}, {"versions": ["v1"]},
        {"versions": [{"number": 1.5}]}, {"links": [{"kind": "code"}]}, {"extra": {"a": 5}},
        {"extra": {"a": {"b": {"c": 1}}}}, {"extra": {"a": {"b": [1]}}}, {"origins": {"title": 5}},
        {"id": "x"}, {"identities": [None]},
    ],
)  # fmt: skip
def test_rows_that_are_no_papers(changed):
    with pytest.raises(Unreadable):
        papertide.row(row(**changed))


@pytest.mark.parametrize(
    ("changed", "field", "read"),
    [
        ({"identities": ["arxiv:1706.03762v5", "doi:x", "arxiv:x", "doi:10.1000/X.", "noscheme",
                         ":x", "x:", "long:" + "x" * 500]}, "identities",
         ["arxiv:1706.03762", "doi:10.1000/x"]),
        ({"versions": [{"number": n} for n in (0, -1, 2, 10**30)]}, "versions", [Version(2)]),
        ({"links": [{"kind": "code", "url": "javascript:x"}, {"kind": "", "url": "http://a.b"}]},
         "links", [Link("page", "http://a.b")]),
        ({"extra": {"a": {"x": "nul\x00", "y": 10**30, "z": True}}}, "extra",
         {"a": {"x": "nul", "y": 0, "z": True}}),
        ({"title": "\u202eA <script>\x00"}, "title", "A <script>"),
        ({"authors": ["Ann Lee", ":", "et al."]}, "authors", ["Ann Lee"]),
    ],
)  # fmt: skip
def test_what_is_not_right_is_left_out(changed, field, read):
    assert getattr(papertide.row(row(**changed)).paper, field) == read
