"""Semantic Scholar: papers, and the batches they are asked for in."""

import json

import pytest
from hypothesis import given

from papertide.papers import Link, Paper, Record
from papertide.sources import semanticscholar
from papertide.sources.answers import readable_rows
from papertide.sources.base import Rejection, SourceError, Unreadable
from tests.sources.served import JSON, Served, answer, damaged, recorded, titles

ROW = {
    "paperId": "c31c87c5", "title": "A study of things", "abstract": "We study.",
    "externalIds": {"ArXiv": "1706.03762", "DOI": "10.1000/XYZ", "PubMed": "29456894",
                    "PubMedCentral": "123", "MAG": "5", "ACL": "P18-1001", "CorpusId": 13756489},
    "venue": "Neural Information Processing Systems", "year": 2017,
    "publicationDate": "2017-06-12", "authors": [{"name": "Ann Lee"}, {"name": "B. Ek"}],
    "citationCount": 9, "influentialCitationCount": 0, "referenceCount": 40,
    "tldr": {"model": "tldr@v2.0.0", "text": "It studies  things."},
    "openAccessPdf": {"url": "https://a.example/x.pdf", "status": "GREEN"},
}  # fmt: skip
TODAY = {"date": "Mon, 11 Aug 2025 23:07:25 GMT"}


def test_a_paper():
    paper = semanticscholar.paper(ROW, "2025-08-11").paper
    assert (paper.title, paper.abstract, paper.authors) == (
        "A study of things", "We study.", ["Ann Lee", "B. Ek"],
    )  # fmt: skip
    assert paper.identities == [
        "arxiv:1706.03762", "doi:10.1000/xyz", "pmid:29456894", "pmcid:PMC123", "acl:P18-1001",
        "corpusid:13756489",
    ]  # fmt: skip
    assert paper.links == [Link("pdf", "https://a.example/x.pdf")]
    assert paper.extra == {"semanticscholar": {
        "citations": 9, "influential_citations": 0, "references": 40,
        "tldr": "It studies things.", "id": "c31c87c5", "as_of": "2025-08-11",
    }}  # fmt: skip


def test_what_it_does_not_know():
    bare = semanticscholar.paper({"title": "A study", "paperId": None, "tldr": None,
                                  "externalIds": None, "openAccessPdf": None}).paper  # fmt: skip
    assert bare.identities == bare.links == bare.authors == []
    assert bare.extra == {"semanticscholar": {"as_of": ""}}
    paper = semanticscholar.paper(
        ROW | {"publicationDate": None, "venue": "arXiv.org", "openAccessPdf": {
            "url": "https://doi.org/10.1000/xyz"}, "externalIds": {
                "ArXiv": "1706.03762", "DOI": "10.48550/arXiv.1706.03762"}}
    ).paper  # fmt: skip
    assert (paper.published, paper.venue, paper.links) == ("2017", "", [])
    assert paper.identities == ["arxiv:1706.03762"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"title": None}, "no title"), ({"title": 5}, "expected text"),
        ({"externalIds": [5]}, "object of ids"), ({"externalIds": {"DOI": 5}}, "expected text"),
        ({"authors": ["Ann"]}, "expected a list"), ({"publicationDate": "soon"}, "not a date"),
    ],
)  # fmt: skip
def test_rows_that_are_no_papers(changed, reason):
    with pytest.raises(Unreadable, match=reason):
        semanticscholar.paper(ROW | changed)


HELD = [
    Paper(title="One", identities=["doi:10.1000/1", "arxiv:1706.03762"]),
    Paper(title="Two", identities=["doi:10.1000/2"]),
    Paper(title="Three", identities=["landmarks:x"]),
    Paper(title="Four", identities=["corpusid:7"]),
    Paper(title="Five", identities=["arxiv:1801.00001"]),
]


def test_papers_are_asked_for_in_one_request():
    other = ROW | {"externalIds": {"CorpusId": 9}}
    fetch = Served(answer([ROW, None, other, ROW], **TODAY))
    found = semanticscholar.Lookup("a key").ask(fetch, HELD)
    # The last one is about another paper than was asked for.
    assert titles(found) == ["A study of things"] * 2 + [
        "asked for ARXIV:1801.00001, answered with arXiv:1706.03762"
    ]
    assert found[0].paper.extra["semanticscholar"]["as_of"] == "2025-08-11"
    assert found[1].paper.identities == ["corpusid:7", "corpusid:9"]
    [asked] = fetch.asked
    assert asked["json"] == {
        "ids": ["ARXIV:1706.03762", "DOI:10.1000/2", "CorpusId:7", "ARXIV:1801.00001"]
    }
    assert asked["params"] == {"fields": semanticscholar.FIELDS}
    assert asked["headers"] == {"x-api-key": "a key"}


def test_no_more_ids_than_it_takes():
    many = [Paper(title="x", identities=[f"doi:10.1000/{n}"]) for n in range(1100)]
    fetch = Served(*(answer([None] * count) for count in (500, 500, 100)))
    assert semanticscholar.Lookup().ask(fetch, many) == []
    assert [len(held["json"]["ids"]) for held in fetch.asked] == [500, 500, 100]
    assert fetch.asked[0]["headers"] == {}
    assert semanticscholar.Lookup().ask(Served(), HELD[2:3]) == []


def test_no_id_known_at_all():
    said = answer({"error": "No valid paper ids given"}, 400)
    assert semanticscholar.Lookup().ask(Served(said), HELD[:1]) == []
    with pytest.raises(SourceError, match="Unrecognized"):
        semanticscholar.Lookup().ask(Served(answer({"error": "Unrecognized"}, 400)), HELD[:1])


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 200), (b"<html>", 200), (b"{}", 200), (b"[]", 200), (b"[null, null]", 200),
     (b"[" * 10**5, 200), (b'{"message": "Forbidden"}', 403), (b"", 429)],
)  # fmt: skip
def test_answers_that_are_none(body, status):
    with pytest.raises(SourceError) as error:
        semanticscholar.Lookup().ask(Served(answer(body, status)), HELD[:1])
    assert error.value.status == status


@given(damaged(ROW))
def test_damaged_rows_are_rejected_and_nothing_else(row):
    [found] = semanticscholar.Lookup().ask(Served(answer([row])), HELD[:1])
    assert isinstance(found, Record | Rejection)


@given(JSON)
def test_anything_for_a_row(row):
    assert isinstance(readable_rows([row], semanticscholar.paper)[0], Rejection)


def test_recorded_answers(shared):
    folder = shared / "data/fixtures"
    row = json.loads((folder / "semanticscholar/Paper.json").read_text())
    paper = semanticscholar.paper(row).paper
    assert paper.identities == ["doi:10.1093/mind/lix.236.433", "corpusid:14636783"]
    assert paper.extra["semanticscholar"]["citations"] == 10059
    read = 0
    for request, told in recorded(folder / "paperqa_cassettes"):
        if "semanticscholar.org/graph/v1/paper/DOI:" in request["uri"] and told.status == 200:
            semanticscholar.paper(json.loads(told.body))
            read += 1
    assert read >= 10
    [(_, batch)] = recorded(folder / "semanticscholar", "test_get_papers.yaml")
    held = [Paper(title="x", identities=[f"doi:10.1000/{n}"]) for n in range(3)]
    # It was asked for authors alone: three rows, none with a title.
    found = semanticscholar.Lookup().ask(Served(batch), held)
    assert titles(found) == ["no title"] * 3
