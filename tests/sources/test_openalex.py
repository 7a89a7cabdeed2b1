"""OpenAlex: works, their abstracts, and the walks over them."""

import json
import tracemalloc
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.papers import Link, Paper, Record
from papertide.sources import openalex
from papertide.sources.answers import readable_rows
from papertide.sources.base import Rejection, SourceError, Unreadable
from tests.sources.served import JSON, Served, answer, damaged, messages, titles

ARXIV = {"landing_page_url": "http://arxiv.org/abs/1706.03762"}
WORK = {
    "id": "https://openalex.org/W123", "doi": "https://doi.org/10.1000/XYZ",
    "display_name": "A <i>study</i> of things", "publication_date": "2024-06-12",
    "publication_year": 2024, "type": "article", "is_retracted": False, "is_paratext": False,
    "ids": {"openalex": "https://openalex.org/W123", "mag": "2741809807",
            "pmid": "https://pubmed.ncbi.nlm.nih.gov/29456894"},
    "authorships": [
        {"raw_author_name": "Ann Lee", "author": {
            "display_name": "A. Lee", "orcid": "https://orcid.org/0000-0001-2345-678X"}},
        {"raw_author_name": "EK, B.", "author": {"display_name": "Bo Ek", "orcid": None}},
        {"raw_author_name": "ATLAS Collaboration", "author": {}}, {},
    ],
    "primary_location": {"license": "cc-by", "source": {
        "display_name": "Journal of Things", "type": "journal"}},
    "best_oa_location": {"pdf_url": "https://a.example/x.pdf"},
    "locations": [ARXIV, ARXIV | {"pdf_url": "https://arxiv.org/pdf/1706.03762"},
                  {"landing_page_url": "https://doi.org/10.1000/xyz"}, {}],
    "open_access": {"oa_status": "green"}, "cited_by_count": 7,
    "primary_topic": {"display_name": "Things"},
    "topics": [{"display_name": "Things"}, {"display_name": "Stuff"}],
    "abstract_inverted_index": {"We": [0], "study": [1, 3], "and": [2]},
    "updated_date": "2025-03-01T10:00:00.000000",
}  # fmt: skip


def test_a_work():
    record = openalex.work(WORK, "2025-08-11")
    paper = record.paper
    assert (paper.title, paper.abstract) == ("A study of things", "We study and study")
    assert paper.authors == ["Ann Lee", "Bo Ek", "ATLAS Collaboration"]
    assert paper.identities == [
        "doi:10.1000/xyz", "arxiv:1706.03762", "pmid:29456894", "mag:2741809807", "openalex:W123",
    ]  # fmt: skip
    assert (paper.published, paper.venue, paper.licence) == (
        "2024-06-12", "Journal of Things", "cc-by",
    )  # fmt: skip
    assert paper.links == [Link("pdf", "https://a.example/x.pdf")]
    assert paper.extra == {"openalex": {
        "type": "article", "citations": 7, "topics": ["Things", "Stuff"], "open_access": "green",
        "orcids": ["0000-0001-2345-678X Ann Lee"], "as_of": "2025-08-11",
    }}  # fmt: skip
    assert (record.source, record.as_of, paper.status) == ("openalex", "2025-03-01", "")


def test_retracted_works():
    paper = openalex.work(WORK | {"is_retracted": True}).paper
    assert (paper.status, paper.status_note) == ("retracted", "Marked as retracted by OpenAlex")


def test_a_work_on_arxiv_alone():
    row = WORK | {
        "doi": "https://doi.org/10.48550/arXiv.1706.03762", "publication_date": "2017-01-01",
        "primary_location": {"source": {"display_name": "arXiv", "type": "repository"}},
    }  # fmt: skip
    paper = openalex.work(row).paper
    assert paper.identities[0] == "arxiv:1706.03762"
    assert not any(name.startswith("doi:") for name in paper.identities)
    # The first of January mostly says that no more than the year is known.
    assert (paper.venue, paper.published) == ("", "2017")


def test_copies_on_arxiv_that_disagree_name_none():
    other = {"landing_page_url": "https://arxiv.org/abs/1801.00001v2"}
    assert openalex.work(WORK | {"locations": [ARXIV, other]}).paper.arxiv == ""
    row = WORK | {"doi": "10.48550/arXiv.1801.00001", "locations": [ARXIV]}
    assert openalex.work(row).paper.arxiv == "1801.00001"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": "https://openalex.org/A5"}, "not an OpenAlex id"),
        ({"id": None}, "not an OpenAlex id"),
        ({"display_name": None}, "no title"), ({"is_paratext": True}, "no paper"),
        ({"authorships": "Ann Lee"}, "expected a list"), ({"locations": [5]}, "expected a list"),
        ({"publication_date": "soon"}, "not a date"),
        ({"abstract_inverted_index": ["We"]}, "inverted index"),
        ({"abstract_inverted_index": {"We": 0}}, "positions"),
        ({"abstract_inverted_index": {"We": ["0"]}}, "positions"),
        ({"abstract_inverted_index": {"We": [True]}}, "positions"),
    ],
)  # fmt: skip
def test_rows_that_are_no_papers(changed, reason):
    with pytest.raises(Unreadable, match=reason):
        openalex.work(WORK | changed)


# --- abstracts -------------------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=6)


@given(st.lists(st.sampled_from(["the", "a", "of"]) | WORDS, max_size=60))
def test_an_abstract_is_rebuilt_exactly(words):
    index: dict[str, list[int]] = {}
    for position, word in enumerate(words):
        index.setdefault(word, []).append(position)
    # Whatever the order of the index, and as all texts come in.
    shuffled = dict(sorted(index.items(), key=lambda item: item[0][::-1]))
    built = openalex.abstract(shuffled)
    assert built == openalex._HEADING.sub("", openalex.text(" ".join(words)))


def test_gaps_and_doubled_places():
    assert openalex.abstract({"b": [7], "a": [2], "c": [10**18]}) == "a b c"
    assert openalex.abstract({"a": [0], "b": [0], "c": [-5]}) == "c a b"
    assert openalex.abstract({"Abstract": [0], "We": [1], "study": [2]}) == "We study"
    assert openalex.abstract(None) == openalex.abstract({}) == ""


def test_far_places_take_no_memory():
    index = {f"w{n}": [10**9 + n, 2**62 - n] for n in range(1000)}
    tracemalloc.start()
    built = openalex.abstract(index)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(built.split()) == 2000
    assert peak < 10**7


# --- asking ----------------------------------------------------------------------------------


def listed(*works, cursor=None, **headers):
    return answer({"meta": {"count": 9, "next_cursor": cursor}, "results": list(works)}, **headers)


def made(number: int) -> dict:
    return WORK | {"id": f"https://openalex.org/W{number}", "doi": f"10.1000/{number}",
                   "locations": [], "ids": {}}  # fmt: skip


def test_papers_are_asked_for_by_doi_and_arxiv_id():
    held = [
        Paper(title="One", identities=["arxiv:1706.03762", "doi:10.1000/1"]),
        Paper(title="Two", identities=["doi:10.1000/2", "doi:10.1000/a,b|c"]),
        Paper(title="Three", identities=["pmid:5"]),
    ]
    today = {"date": "Mon, 11 Aug 2025 23:07:25 GMT"}
    fetch = Served(listed(made(1), made(2), made(3), {}, **today))
    found = openalex.Lookup("a key", "me@a.example").ask(fetch, held)
    # The third is no paper of ours, the fourth is none at all.
    assert titles(found) == ["A study of things"] * 2 + ["not an OpenAlex id: ''"]
    assert found[0].paper.extra["openalex"]["as_of"] == "2025-08-11"
    assert fetch.asked[0]["params"] == {
        "filter": "doi:10.48550/arxiv.1706.03762|10.1000/1|10.1000/2", "per_page": "100",
        "select": openalex.FIELDS, "api_key": "a key", "mailto": "me@a.example",
    }  # fmt: skip
    many = [Paper(title="x", identities=[f"doi:10.1000/{n}"]) for n in range(250)]
    fetch = Served(listed(), listed(), listed())
    assert openalex.Lookup().ask(fetch, many) == []
    assert all(held["params"]["filter"].count("|") < 100 for held in fetch.asked)


def works() -> openalex.Works:
    return openalex.Works("type:article", name="x", title="X")


def test_a_walk_goes_on_from_its_cursor_and_looks_back():
    today = {"date": "Mon, 11 Aug 2025 23:07:25 GMT"}
    fetch = Served(listed(made(1), cursor="two", **today), listed(made(2), cursor="three"),
                   listed(made(3)))  # fmt: skip
    first = next(works().pages(fetch, {}, date(2025, 1, 1)))
    assert first.cursor == {"since": "2025-01-01", "next": "two", "began": "2025-08-11"}
    rest = list(works().pages(fetch, first.cursor, None))
    assert [held["params"]["cursor"] for held in fetch.asked] == ["*", "two", "three"]
    assert rest[-1].cursor == {"since": "2025-07-12"}
    assert fetch.asked[2]["params"]["filter"] == "type:article,from_publication_date:2025-01-01"


def test_a_lost_cursor_a_lost_key_and_a_page_that_repeats():
    cursor = {"since": "2025-01-01", "next": "old", "began": "2025-01-09"}
    fetch = Served(answer({}, 400), listed(made(1)))
    assert len(list(works().pages(fetch, cursor, None))) == 1
    with pytest.raises(SourceError, match="a free one is at"):
        list(works().pages(Served(answer({}, 401)), {}, None))
    page = listed(made(1), cursor="more")
    with pytest.raises(SourceError, match="same page twice"):
        list(works().pages(Served(page, page), {}, None))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"results": 5}'])
def test_answers_that_are_none(body):
    with pytest.raises(SourceError):
        list(works().pages(Served(answer(body)), {}, None))


@given(damaged(WORK))
def test_damaged_rows_are_rejected_and_nothing_else(row):
    assert isinstance(readable_rows([row], openalex.work)[0], Record | Rejection)


@given(JSON)
def test_anything_for_a_row(row):
    assert isinstance(readable_rows([row], openalex.work)[0], Rejection)


# --- as it answered --------------------------------------------------------------------------


def test_recorded_works(shared):
    folder = shared / "data/fixtures"
    first, second = (
        json.loads((folder / f"openalex/openalex_sample_{name}.json").read_text())
        for name in ("response", "get_by_doi_response")
    )
    rows = [*first["results"], second]
    for held in messages(folder / "paperqa_cassettes", host="api.openalex.org"):
        rows += held.get("results", [held])
    read = [openalex.work(row).paper for row in rows]
    papers = {paper.identity("openalex"): paper for paper in read}
    assert len(papers) >= 10
    assert papers["W4389761608"].arxiv == "2312.07559"
    assert papers["W4365597205"].title.startswith("ChemCrow")
    assert papers["W3008827533"].abstract.startswith("BackgroundSince December 2019, when corona")
    # Exact: each word as often as the index has it.
    for row in rows:
        words = sum(map(len, (row["abstract_inverted_index"] or {}).values()))
        built = openalex.abstract(row["abstract_inverted_index"])
        assert len(built.split()) in (words, words - 1)  # but for a heading "Abstract"
