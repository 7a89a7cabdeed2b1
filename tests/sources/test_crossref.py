"""Crossref: works, notices, and the walks over them."""

import re
from datetime import date
from urllib.parse import unquote

import pytest
from hypothesis import given

from papertide.papers import Paper, Record
from papertide.sources import crossref
from papertide.sources.base import Rejection, SourceError, Unreadable
from tests.sources.served import JSON, Served, answer, damaged, messages, recorded, titles

DAY = {"date-parts": [[2025, 3, 1]], "date-time": "2025-03-01T10:00:00Z"}
WORK = {
    "DOI": "10.1000/XYZ", "type": "journal-article", "title": ["A <i>study</i> of H<sub>2</sub>O"],
    "subtitle": ["The sequel"], "publisher": "A Press", "is-referenced-by-count": 7,
    "abstract": "<jats:title>Abstract</jats:title><jats:p>We  study &amp; report.</jats:p>",
    "author": [
        {"given": "Ann", "family": "Lee", "ORCID": "https://orcid.org/0000-0001-2345-678X"},
        {"given": "Bo", "family": "Ek", "suffix": "Jr."},
        {"name": "The ATLAS Collaboration"}, {"family": "Zhou"}, {"given": "", "family": ""},
    ],
    "container-title": ["Journal of Things"], "issued": {"date-parts": [[2024, 6]]},
    "license": [
        {"URL": "https://elsevier.example/tdm", "content-version": "tdm"},
        {"URL": "https://publisher.example/terms", "content-version": "vor"},
        {"URL": "http://creativecommons.org/licenses/by/4.0/", "content-version": "unspecified"},
    ],
    "relation": {"has-preprint": [{"id-type": "doi", "id": "10.1101/2024.01.01.123456"}]},
    "indexed": DAY, "deposited": DAY,
}  # fmt: skip


def update(kind: str, day=(2025, 5, 8), name="10.1000/notice", **more) -> dict:
    return {"DOI": name, "type": kind, "label": kind.replace("_", " ").capitalize(),
            "source": "publisher", "updated": {"date-parts": [list(day)]}} | more  # fmt: skip


def test_a_work():
    record = crossref.work(WORK)
    paper = record.paper
    assert paper.title == "A study of H₂O: The sequel"
    assert paper.abstract == "We study & report."
    assert paper.authors == ["Ann Lee", "Bo Ek, Jr.", "The ATLAS Collaboration", "Zhou"]
    assert paper.identities == ["doi:10.1000/xyz", "doi:10.1101/2024.01.01.123456"]
    assert (paper.published, paper.venue) == ("2024-06", "Journal of Things")
    assert paper.licence == "http://creativecommons.org/licenses/by/4.0/"
    assert paper.extra == {"crossref": {
        "type": "journal-article", "publisher": "A Press", "citations": 7,
        "orcids": ["0000-0001-2345-678X Ann Lee"], "as_of": "2025-03-01",
    }}  # fmt: skip
    assert (record.source, record.as_of, paper.status) == ("crossref", "2025-03-01", "")


@pytest.mark.parametrize(
    ("parts", "published"),
    [
        ([[2017, 6, 12]], "2017-06-12"), ([[2017, 6]], "2017-06"), ([[2017]], "2017"),
        ([[None]], ""), ([[]], ""), ([], ""), (None, ""), ([["2017", "6"]], "2017-06"),
        ([[2017, 21]], "2017"), ([[2017, 2, 30]], "2017-02"), ([[2017, 6, 0]], "2017-06"),
    ],
)  # fmt: skip
def test_dates_may_lack_parts_or_be_seasons(parts, published):
    assert crossref.work(WORK | {"issued": {"date-parts": parts}}).paper.published == published


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"DOI": None}, "not a DOI"), ({"DOI": "x"}, "not a DOI"), ({"DOI": 5}, "expected text"),
        ({"title": []}, "no title"), ({"title": ["<p></p>"]}, "no title"),
        ({"type": "component"}, "a component, no paper"), ({"author": [5]}, "expected a list of"),
        ({"issued": {"date-parts": [["soon"]]}}, "not a date"),
        ({"deposited": {"date-time": "soon"}}, "not a date"), ({"abstract": {}}, "expected text"),
    ],
)  # fmt: skip
def test_rows_that_are_no_papers(changed, reason):
    with pytest.raises(Unreadable, match=reason):
        crossref.work(WORK | changed)


def test_authors_as_one_text_or_none():
    assert crossref.work(WORK | {"author": "Ann Lee and Bo Ek"}).paper.authors
    assert crossref.work(WORK | {"author": None}).paper.authors == []
    many = [{"given": "Ann", "family": f"Lee{n}"} for n in range(3000)]
    assert len(crossref.work(WORK | {"author": many}).paper.authors) == 3000


def test_a_preprint_of_several_articles_is_none_of_them():
    def related(*articles):
        held = [{"id-type": "doi", "id": name} for name in articles]
        return crossref.work(WORK | {"relation": {"is-preprint-of": held}}).paper.identities

    assert related("10.1000/a") == ["doi:10.1000/xyz", "doi:10.1000/a"]
    assert related("10.1000/a", "10.1000/A") == ["doi:10.1000/xyz", "doi:10.1000/a"]
    assert related("10.1000/a", "10.1000/b") == ["doi:10.1000/xyz"]
    on_arxiv = {"has-preprint": [{"id-type": "arxiv", "id": "1706.03762v2"},
                                 {"id-type": "doi", "id": "10.48550/arXiv.1706.03762"},
                                 {"id-type": "issn", "id": "1234-5678"}]}  # fmt: skip
    found = crossref.work(WORK | {"relation": on_arxiv}).paper.identities
    assert found == ["doi:10.1000/xyz", "arxiv:1706.03762"]


# --- updates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("updates", "status", "note"),
    [
        ([update("retraction")], "retracted",
         "Retraction, 8 May 2025: https://doi.org/10.1000/notice"),
        ([update("withdrawal")], "withdrawn", "Withdrawal, 8 May 2025"),
        ([update("removal")], "removed", "Removal, 8 May 2025"),
        ([update("expression_of_concern")], "concern", "Expression of concern"),
        ([update("Expression-of-Concern", label=None)], "concern", "Expression of concern"),
        ([update("partial_retraction")], "concern", "Partial retraction"),
        ([update("correction")], "", "Correction, 8 May 2025"),
        ([update("new_version")], "", ""),
        ([update("correction", (2026, 1, 1)), update("retraction"), update("erratum")],
         "retracted", "Retraction"),
        ([update("expression_of_concern"), update("retraction", source="retraction-watch")],
         "retracted", r"Retraction, 8 May 2025 \(Retraction Watch\)"),
        ([update("retraction", (2020, 1, 1)), update("retraction")], "retracted",
         "Retraction, 8 May 2025"),
    ],
)  # fmt: skip
def test_what_became_of_a_paper(updates, status, note):
    paper = crossref.work(WORK | {"updated-by": updates}).paper
    assert paper.status == status
    assert re.match(note, paper.status_note)
    assert len(paper.extra["crossref"]["updates"]) == len(updates)


@pytest.mark.parametrize(
    ("title", "status", "shown"),
    [
        ("RETRACTED ARTICLE: A study", "retracted", "A study"),
        ("RETRACTED: A study", "retracted", "A study"),
        ("[Retracted] A study", "retracted", "A study"),
        ("WITHDRAWN: A study", "withdrawn", "A study"),
        ("Retracted: a word in titles", "", "Retracted: a word in titles"),
        ("RETRACTED:", "retracted", "RETRACTED:"),
    ],
)
def test_titles_that_publishers_mark(title, status, shown):
    paper = crossref.work(WORK | {"title": [title], "subtitle": []}).paper
    assert (paper.status, paper.title) == (status, shown)


def test_a_notice_speaks_of_others_and_is_no_paper():
    notice = WORK | {
        "DOI": "10.1000/notice",
        "update-to": [
            update("retraction", name="10.1000/A"),
            update("correction", name="10.1000/b"),
            update("retraction", name="nonsense"),
        ],
    }
    [first, second] = crossref.papers([notice])
    assert (first.paper.identities, first.paper.status) == (["doi:10.1000/a"], "retracted")
    assert first.paper.status_note.endswith("https://doi.org/10.1000/notice")
    assert first.as_of == "2025-05-08"
    assert (second.paper.identities, second.paper.status) == (["doi:10.1000/b"], "")
    assert first.paper.title == second.paper.title == ""
    assert crossref.notices([WORK]) == []


def test_a_paper_retracted_under_its_own_doi():
    own = WORK | {"update-to": [update("retraction", name="10.1000/xyz")]}
    [paper] = crossref.papers([own])
    assert (paper.paper.title[:7], paper.paper.status) == ("A study", "retracted")
    [notice] = crossref.notices([own])
    assert (notice.paper.title, notice.paper.status) == ("", "retracted")


# --- asking ----------------------------------------------------------------------------------


def listed(*works, cursor="more", **headers) -> object:
    message = {"items": list(works), "next-cursor": cursor, "total-results": 9}
    return answer({"status": "ok", "message": message}, **headers)


def made(number: int) -> dict:
    return WORK | {"DOI": f"10.1000/{number}", "relation": {}}


def test_papers_are_asked_for_by_doi():
    held = [
        Paper(title="One", identities=["arxiv:1706.03762"]),
        Paper(title="Two", identities=["doi:10.1000/1", "doi:10.1000/2"]),
        Paper(title="Three", identities=["doi:10.1002/a,b<c>", "pmid:5"]),
        Paper(title="Four", identities=["doi:10.1000/1", "doi:nonsense"]),
    ]
    fetch = Served(listed(made(1), made(2)), answer({}, 404))
    found = crossref.Lookup("me@a.example").ask(fetch, held)
    assert titles(found) == ["A study of H₂O: The sequel"] * 2
    assert fetch.asked[0]["params"] == {
        "filter": "doi:10.1000/1,doi:10.1000/2", "rows": "2", "mailto": "me@a.example",
    }  # fmt: skip
    assert fetch.asked[1]["url"].endswith("/works/10.1002%2Fa%2Cb%3Cc%3E")
    assert crossref.Lookup().ask(Served(), held[:1]) == []


def works(rows=2) -> crossref.Works:
    source = crossref.Works("issn:1234-5678", name="journal", title="A journal")
    source.rows = rows
    return source


def test_a_walk_goes_on_from_its_cursor():
    today = {"date": "Mon, 11 Aug 2025 23:07:25 GMT"}
    fetch = Served(listed(made(1), made(2), **today), listed(made(3), made(4)), listed(made(5)))
    pages = works().pages(fetch, {}, date(2025, 1, 1))
    first = next(pages)
    assert first.cursor == {"since": "2025-01-01", "next": "more", "began": "2025-08-11"}
    assert first.total == 9
    # Stopped here, and started again from what was stored.
    rest = list(works().pages(fetch, first.cursor, None))
    assert [page.cursor for page in rest] == [first.cursor, {"since": "2025-08-11"}]
    assert [len(page.rows) for page in rest] == [2, 1]
    filters = {held["params"]["filter"] for held in fetch.asked}
    assert filters == {"issn:1234-5678,from-index-date:2025-01-01"}
    assert [held["params"]["cursor"] for held in fetch.asked] == ["*", "more", "more"]
    fetch = Served(listed())
    assert [page.rows for page in works().pages(fetch, {"since": "2025-08-11"}, None)] == [[]]
    assert fetch.asked[0]["params"]["filter"].endswith("from-index-date:2025-08-11")


def test_a_cursor_that_was_forgotten_starts_the_walk_again():
    gone = answer({"status": "failed", "message": [{"type": "cursor-invalid"}]}, 404)
    cursor = {"since": "2025-01-01", "next": "old", "began": "2025-01-09"}
    fetch = Served(gone, listed(made(1), date="Mon, 11 Aug 2025 23:07:25 GMT"))
    [page] = works().pages(fetch, cursor, None)
    assert page.cursor == {"since": "2025-08-11"}
    assert [held["params"]["cursor"] for held in fetch.asked] == ["old", "*"]
    with pytest.raises(SourceError, match="404"):
        list(works().pages(Served(gone, gone), cursor, None))
    with pytest.raises(SourceError, match="429"):
        list(works().pages(Served(answer({}, 429)), cursor, None))


def test_a_page_that_repeats_ends_the_walk_with_an_error():
    page = listed(made(1), made(2))
    with pytest.raises(SourceError, match="same page twice"):
        list(works().pages(Served(page, page, page), {}, None))


def test_retractions_make_no_papers():
    notice = made(9) | {"update-to": [update("retraction", name="10.1000/a")]}
    fetch = Served(listed(notice, made(1), 5))
    [page] = crossref.Retractions().pages(fetch, {}, date(2025, 1, 1))
    assert titles(page.rows) == ["", "expected an object, found int"]
    asked = fetch.asked[0]["params"]["filter"]
    assert asked.startswith("update-type:retraction,update-type:withdrawal,")
    assert asked.endswith(",from-update-date:2025-01-01")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"message": 5}', b'{"message": {"items": 5}}', b"[" * 10**5]
)
def test_answers_that_are_none(body):
    with pytest.raises(SourceError):
        list(works().pages(Served(answer(body)), {}, None))


@given(damaged(WORK | {"updated-by": [update("retraction")], "update-to": [update("removal")]}))
def test_damaged_rows_are_rejected_and_nothing_else(row):
    for found in (*crossref.papers([row]), *crossref.notices([row])):
        assert isinstance(found, Record | Rejection)


@given(JSON)
def test_anything_for_a_row(row):
    assert all(isinstance(found, Rejection) for found in crossref.papers([row]))


# --- as it answered --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def items(shared) -> dict[str, dict]:
    """The works of all recorded answers, by DOI."""
    found = {}
    for folder in ("crossref_habanero", "paperqa_cassettes"):
        for held in messages(shared / "data/fixtures" / folder, host="api.crossref.org"):
            message = held.get("message")
            if isinstance(message, dict):
                for work in message.get("items", [message]):
                    if isinstance(work, dict) and "indexed" in work and "DOI" in work:
                        found[work["DOI"]] = work
    return found


def test_recorded_works(items):
    read = crossref.papers(list(items.values()))
    assert len(read) == 512
    reasons = [row.reason for row in read if isinstance(row, Rejection)]
    assert len(reasons) == 28
    assert all(reason.endswith(", no paper") for reason in reasons)
    papers = {row.paper.doi: row.paper for row in read if isinstance(row, Record)}
    assert all(paper.title for paper in papers.values())
    assert not any("jats:" in paper.title + paper.abstract for paper in papers.values())
    corrected = papers["10.1371/journal.pone.0033693"]
    assert corrected.status == ""
    assert corrected.status_note.startswith("Correction, 8 May 2012: https://doi.org/10.1371/")
    preprint = papers["10.1101/2024.04.01.587366"]
    assert preprint.identities[1] == "doi:10.1016/j.xgen.2025.100814"
    assert preprint.published == "2024-04-01"


def test_recorded_pages(shared):
    folder = shared / "data/fixtures/crossref_habanero"
    given = [held for _, held in recorded(folder, "test_cursor_max.yaml")][:3]
    source = works(rows=20)
    *pages, last = source.pages(Served(*given, listed()), {}, None)
    assert [len(page.rows) for page in pages] == [20, 20, 20]
    assert set(last.cursor) == {"since"}
    assert date.fromisoformat(last.cursor["since"]).year == 2026  # by the server's clock


def test_recorded_errors(shared):
    folder = shared / "data/fixtures/crossref_habanero"
    [(_, gone)] = recorded(folder, "test_cursor_fails_cursor_value.yaml")
    assert gone.status == 404
    [page] = works().pages(Served(gone, listed(made(1))), {"next": "thing"}, None)
    assert len(page.rows) == 1
    requests = [held for held, _ in recorded(folder, "test_works_with_one_id.yaml")]
    assert unquote(requests[0]["uri"]).startswith(crossref.BASE + "/10.1371/")
