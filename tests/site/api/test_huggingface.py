"""The API of Hugging Face's Daily Papers: what is asked, what is answered, what is refused."""

import gzip
import json
import shutil
from urllib.parse import quote

import pytest
from django.test import Client

from papertide.library import open_library
from papertide.search.engine import SearchUnavailable
from papertide.site.catalog import services
from tests.site.api.papers import DAILY, LISTED, SEARCH, UNLISTED, ids, records, rows
from tests.site.helpers import HOSTILE, add, queries


@pytest.fixture(scope="module")
def papers(migrated_sqlite, tmp_path_factory):
    """A library with `records`, to be read only."""
    folder = tmp_path_factory.mktemp("api") / "data"
    shutil.copytree(migrated_sqlite, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PAPERTIDE_DATABASE_URL", raising=False)
        patch.setenv("PAPERTIDE_DATA", str(folder))
        with open_library(folder) as library:
            add(library, records())
            yield library


# --- lists -----------------------------------------------------------------------------------


def test_a_row_with_all_there_is(papers, client):
    [_, row, _] = rows(client, date=LISTED)
    submitter = {"user": "ada", "name": "ada", "fullname": "Ada L."}
    facts = {
        "summary": "We study listed as number 1 of 2025-03-18 and report what we found.",
        "title": "Listed as number 1 of 2025-03-18", "projectPage": "https://a.example/",
        "githubRepo": "https://github.com/a/b", "githubStars": 0, "ai_summary": "It reads.",
        "ai_keywords": ["reading", "writing"],
        "organization": {"name": "a-lab", "fullname": "A Lab"},
    }  # fmt: skip
    assert row == {
        "paper": {
            "id": "2503.18001", "authors": [{"name": "Ada Lovelace", "hidden": False}],
            "publishedAt": "2025-03-16T17:34:15.000Z",
            "submittedOnDailyAt": "2025-03-18T02:06:34.388Z", "submittedOnDailyBy": submitter,
            "upvotes": 5, "discussionId": "66540321d200a2ecdf784ffe", **facts,
        },
        "publishedAt": "2025-03-18T02:06:34.388Z", "numComments": 1, "submittedBy": submitter,
        **facts,
    }  # fmt: skip


def test_what_is_not_known_is_left_out_or_null(papers, client):
    row = rows(client, date=LISTED)[2]
    title = "Listed as number 3 of 2025-03-18"
    summary = "We study listed as number 3 of 2025-03-18 and report what we found."
    assert row == {
        "paper": {
            "id": "2503.18003", "authors": [{"name": "Ada Lovelace", "hidden": False}],
            "publishedAt": "2025-03-16T00:00:00.000Z", "title": title, "summary": summary,
            "upvotes": None,
        },
        "publishedAt": "2025-03-18T00:00:00.000Z", "title": title, "summary": summary,
        "numComments": 3,
    }  # fmt: skip


def test_a_day_with_a_list_is_that_list(papers, client):
    assert ids(client, date=LISTED) == ["2503.18002", "2503.18001", "2503.18003"]  # by votes
    assert ids(client, date="2025-03-17") == ["2503.17001", "2503.17002"]


def test_a_day_without_a_list_has_what_was_announced(papers, client):
    found = rows(client, date=UNLISTED)
    assert len(found) == 50  # unless more are asked for
    assert [row["paper"]["id"] for row in found[:3]] == ["2503.30004", "2503.30060", "2503.30059"]
    assert [row["paper"]["upvotes"] for row in found[:2]] == [9, None]
    assert found[0]["publishedAt"] == f"{UNLISTED}T00:00:00.000Z"
    assert ids(client, date="2025-03-26") == []


def test_pages_follow_one_another(papers, client):
    whole = ids(client, date=UNLISTED, limit=100)
    assert len(set(whole)) == 60
    parts = [ids(client, date=UNLISTED, limit=25, p=p) for p in range(4)]
    assert [one for part in parts for one in part] == whole
    assert ids(client, date=UNLISTED, p=999_999_999) == []


def test_weeks_and_months_and_the_latest(papers, client):
    both = ["2503.18002", "2503.18001", "2503.18003", "2503.17001", "2503.17002"]
    assert ids(client, week="2025-W12") == both
    assert ids(client, month="2025-03") == both  # lists come first
    assert ids(client) == both  # of the last month
    assert ids(client, week="2025-W13", limit=100) == ids(client, date=UNLISTED, limit=100)
    assert ids(client, date="", week="", month="", sort="", p="", limit="") == both
    assert ids(client, week="2020-W53") == ids(client, month="2025-02") == []


def test_trending_fades_with_age(papers, client):
    # Years later a day is no difference: it is votes that count. Those without come last.
    assert ids(client, week="2025-W12", sort="trending") == [
        "2503.17001", "2503.18002", "2503.18001", "2503.18003", "2503.17002",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("submitter", "found"),
    [("ada", ["2503.18001"]), ("Ada", []), ("", None), ("a\0b", []), ("x" * 10_000, []),
     ("' OR 1=1 --", []), ("%", []), ("null", [])],
)  # fmt: skip
def test_who_brought_it(papers, client, submitter, found):
    if found is None:
        found = ids(client, date=LISTED)
    assert ids(client, date=LISTED, submitter=submitter) == found
    if submitter:
        assert ids(client, date=UNLISTED, submitter=submitter) == []
        assert ids(client, submitter=submitter) == found


# --- one paper -------------------------------------------------------------------------------


def test_a_paper_is_flat(papers, client):
    found = client.get("/api/papers/2503.18001").json()
    row = rows(client, date=LISTED)[1]
    assert found == row["paper"] | {"numComments": 1}


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("2503.18001v3", "2503.18001"), ("cs/9902027", "cs/9902027"), ("10.1000/x.y", "it-has-a"),
        ("arXiv:2503.18001", "2503.18001"), ("2402.00003", "2402.00003"),
    ],
)  # fmt: skip
def test_a_paper_by_any_id(papers, client, asked, known):
    assert client.get(f"/api/papers/{asked}").json()["id"].startswith(known)
    response = client.get(f"/papers/{asked}.md", follow=True)
    assert response.status_code == 200
    assert all(status == 301 for _, status in response.redirect_chain)


def test_a_paper_that_is_on_no_server(papers, client):
    known = papers.search("Known by its title").hits[0].paper.public_id
    found = client.get(f"/api/papers/{quote(known)}").json()
    assert found == {
        "id": known, "authors": [{"name": "Ada Lovelace", "hidden": False}],
        "title": "Known by its title", "upvotes": None, "numComments": None,
    }  # fmt: skip
    former = "first-seen-without-an-id-"
    redirected = services.Redirect.objects.get(public_id__startswith=former).public_id
    assert client.get(f"/api/papers/{redirected}").json()["id"] == "2402.00003"


def test_what_others_say_in_hugging_faces_name_is_not_passed_on(papers, client):
    found = client.get("/api/papers/2402.00001").json()
    assert found["title"] == " ".join(HOSTILE.split())
    assert not found.keys() & {"githubStars", "submittedOnDailyAt", "submittedOnDailyBy"}


@pytest.mark.parametrize("address", ["/api/papers/{}", "/papers/{}.md"])
def test_papers_that_are_not_there(papers, client, address):
    for unknown in ("9999.99999", "no-such", "a%00b", "%20", "x" * 3000, "..%2f..%2fetc"):
        response = client.get(address.format(unknown))
        assert response.status_code == 404
        assert response.json() == {"error": "There is no paper of this id here."}
    response = client.get(address.format("2402.00009"))
    assert response.status_code == 410
    assert response.json() == {"error": "This paper was removed."}


# --- Markdown --------------------------------------------------------------------------------


def test_markdown(papers, client):
    response = client.get("/papers/2503.18001.md")
    assert response["Content-Type"] == "text/markdown; charset=utf-8; variant=CommonMark"
    text = response.content.decode()
    assert text.startswith("# Listed as number 1 of 2025-03-18\n\n- Authors: Ada Lovelace\n")
    assert "\n- arXiv: <https://arxiv.org/abs/2503.18001>\n" in text
    page = client.get("/papers/2503.18001").content.decode()
    assert 'type="text/markdown" title="Markdown" href="/papers/2503.18001.md"' in page
    hostile = client.get("/papers/2402.00001.md").content.decode()
    assert "<script" not in hostile and "$a< b$" in hostile


# --- search ----------------------------------------------------------------------------------


def test_search(papers, client):
    found = rows(client, SEARCH, q="announced only", limit=5)
    assert len(found) == 5
    assert all(row["title"].startswith("Announced only") for row in found)
    assert ids(client, SEARCH, q="2503.18001")[0] == "2503.18001"
    [first, *_] = rows(client, SEARCH, q="2503.18001")
    assert first["publishedAt"] == "2025-03-18T02:06:34.388Z"
    assert first["paper"]["upvotes"] == 5 and first["numComments"] == 1
    assert len(rows(client, SEARCH, q="announced")) == 20
    assert len(rows(client, SEARCH)) == 20  # the newest
    assert ids(client, SEARCH, q="anounced onyl", limit=1)  # as it may be meant


@pytest.mark.parametrize(
    "text", ["a\0b", "(((((", "a" * 10_000, "x " * 5_000, "'\"", "date:x cat:", HOSTILE, "\ud800"]
)
def test_search_for_what_is_hard_to_read(papers, client, text):
    response = client.get(f"{SEARCH}?q={quote(text, errors='surrogatepass')}")
    assert response.status_code == 200
    assert isinstance(response.json(), list)


def test_search_is_that_of_the_library(papers, client):
    for text in ("announced only number 30011", "id:2503.18001 OR ti:gone", "its DOI"):
        hits = papers.search(text, 20).hits
        assert ids(client, SEARCH, q=text) == [hit.paper.public_id for hit in hits] != []


def test_search_that_cannot_answer(papers, client, monkeypatch):
    def fail(*_, **__):
        raise SearchUnavailable("/a/folder is broken")

    monkeypatch.setattr(type(papers), "search", fail)
    response = client.get(f"{SEARCH}?q=x")
    assert response.status_code == 503
    assert response.json() == {"error": "Search cannot answer now."}


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("p=-1", "p is"), ("p=x", "p is"), ("p=1.5", "p is"), ("p=%D9%A3", "p is"),
        ("p=1" + "0" * 5000, "p is"), ("limit=0", "limit is"), ("limit=101", "limit is"),
        ("limit=1000000000", "limit is to be a number from 1 to 100."), ("limit=-5", "limit is"),
        ("limit=%00", "limit is"), ("limit=ten", "limit is"),
        ("date=someday", "date is"), ("date=2025-02-30", "date is"), ("date=2025-3-1", "date is"),
        ("date=%002025-03-01", "date is"), ("date=--03-17", "date is"), ("date=2025", "date is"),
        ("week=2026-W60", "week is to be an ISO week such as 2025-W12."), ("week=2026-W00", "week"),
        ("week=2025-W53", "week is"), ("week=2026-12", "week is"), ("week=0000-W01", "week is"),
        ("week=9999-W52", "week is"), ("date=0001-01-01", "date is"), ("date=9999-12-31", "date"),
        ("month=9999-12", "month is"),
        ("week=%00", "week is"), ("week=2025-w12", "week is"),
        ("month=2026-13", "month is to be a month such as 2025-03."), ("month=2026-00", "month"),
        ("month=0000-01", "month is"), ("month=2026", "month is"), ("month=2026-1", "month is"),
        ("date=2025-03-18&week=2025-W12", "Only one of date and week"),
        ("sort=votes", "sort is to be publishedAt or trending."), ("sort=%00", "sort is"),
    ],
)  # fmt: skip
def test_bad_parameters(papers, client, asked, said):
    response = client.get(f"{DAILY}?{asked}")
    assert response.status_code == 400, asked
    assert response.json()["error"].startswith(said)
    assert len(response.content) < 200


@pytest.mark.parametrize("asked", [{"date": "1000-01-01"}, {"week": "1000-W01"},
                                   {"month": "1000-01"}, {"date": "2999-12-31"},
                                   {"month": "2999-12"}])  # fmt: skip
def test_the_first_and_the_last_years(papers, client, asked):
    assert ids(client, **asked) == []


@pytest.mark.parametrize("limit", ["0", "101", "1000000000", "-1", "x"])
def test_bad_parameters_of_a_search(papers, client, limit):
    response = client.get(f"{SEARCH}?q=x&limit={limit}")
    assert response.status_code == 400


EVERY = [f"{DAILY}?date={LISTED}", f"{SEARCH}?q=listed", "/api/papers/2503.18001",
         "/papers/2503.18001.md"]  # fmt: skip


@pytest.mark.parametrize("address", EVERY)
def test_only_read(papers, files, address):
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    for method in ("post", "put", "patch", "delete", "options"):
        assert getattr(strict, method)(address).status_code == 405
        foreign = getattr(strict, method)(address, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 405
    assert strict.head(address).status_code == 200


@pytest.mark.parametrize("address", EVERY)
def test_only_for_hosts_of_ours(papers, files, address):
    assert Client(SERVER_NAME="evil.example").get(address).status_code == 400


@pytest.mark.parametrize("address", EVERY)
def test_what_every_answer_has(papers, client, address):
    response = client.get(address, headers={"Origin": "https://elsewhere.example"})
    assert not response.cookies
    assert "Access-Control-Allow-Origin" not in response
    assert "Cookie" not in response.get("Vary", "")
    assert response["X-Content-Type-Options"] == "nosniff"
    known = client.get(address, headers={"If-None-Match": response["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    if len(response.content) > 200:
        assert packed["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.content) == response.content
        assert "Accept-Encoding" in packed["Vary"]


def test_queries_are_as_many_for_many_papers(papers, client):
    def spent(address):
        return queries(client, address)

    few, many = (spent(f"{DAILY}?date={UNLISTED}&limit={limit}") for limit in (1, 60))
    assert few == many <= 7
    assert spent(f"{DAILY}?date={LISTED}") == spent(f"{DAILY}?date=2025-03-17") <= 7
    assert spent(DAILY) <= 9
    assert spent(f"{SEARCH}?q=listed&limit=1") == spent(f"{SEARCH}?q=listed&limit=60") <= 7
    assert spent("/api/papers/2503.18001") <= 6
    assert spent("/papers/2503.18001.md") <= 4


def test_robots_leave_it_alone(papers, client):
    assert "Disallow: /api/" in client.get("/robots.txt").content.decode()


def test_answers_are_plain_json(papers, client):
    """No NaN, no lone surrogates: what any reader of JSON takes."""
    for address in EVERY[:3]:
        json.loads(client.get(address).content.decode(), parse_constant=pytest.fail)
