"""Saving papers: by a form alone, by a script, by many readers; whom it is shown to."""

import pytest

from papertide.papers import ListingPlace, Paper, Record, Version
from papertide.site.readers import services
from papertide.site.readers.models import Reader, Save
from tests.fixtures import make_record
from tests.site.helpers import add, queries, read

DAY = "/day/2025-03-18"


@pytest.fixture
def three(library):
    add(library, [
        make_record(f"Paper number {n}", arxiv=f"2503.0000{n}", announced="2025-03-18")
        for n in (1, 2, 3)
    ])  # fmt: skip
    return library


def save(client, paper="2503.00001", **named):
    return client.post("/saved", {"save": paper}, **named)


def marked(client) -> int:
    """How many papers of the day a reader sees as saved."""
    return client.get(DAY).content.decode().count('name="remove"')


def test_save_and_let_go_without_scripts(three, client):
    assert "Nothing saved yet" in client.get("/saved").content.decode()
    assert not client.get(DAY).cookies
    answer = save(client, headers={"Referer": f"http://localhost{DAY}?page=1"})
    assert answer.status_code == 302
    assert answer["Location"] == f"http://localhost{DAY}?page=1#p-2503.00001"
    cookie = answer.cookies["reader"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    save(client, "2503.00003")
    save(client, "2503.00003")
    text = client.get("/saved").content.decode()
    read(text)
    assert "2 papers" in text
    assert text.index("Paper number 3") < text.index("Paper number 1")
    assert client.get("/saved.bib").content.count(b"@misc") == 2
    assert 'name="remove" value="2503.00001"' in client.get(DAY).content.decode()
    assert 'name="save" value="2503.00002"' in client.get(DAY).content.decode()
    client.post("/saved", {"remove": "2503.00001"})
    assert "1 paper," in client.get("/saved").content.decode()


def test_a_new_version_of_a_saved_paper_is_told(three, client):
    save(client)
    save(client, "2503.00002")
    assert "New version" not in client.get("/saved").content.decode()
    versions = [Version(1, "2025-03-17"), Version(2, "2999-01-01")]
    add(three, [
        make_record("Paper number 1", arxiv="2503.00001", versions=versions),
        make_record("Paper number 2", arxiv="2503.00002", versions=versions[:1]),
    ])  # fmt: skip
    text = client.get("/saved").content.decode()
    assert text.count("New version v2") == text.count("New version") == 1
    assert text.index("New version") > text.index("Paper number 1")
    assert "New version" not in client.get(DAY).content.decode()


def test_for_scripts(three, client):
    headers = {"Accept": "application/json"}
    assert save(client, headers=headers).json() == {"saved": True}
    assert client.post("/saved", {"remove": "2503.00001"}, headers=headers).json() == {
        "saved": False
    }


@pytest.mark.parametrize("paper", ["", "2503.99999", "no\0such", "x" * 5000])
def test_papers_that_are_not_there(three, client, paper):
    assert save(client, paper).status_code == 404
    assert client.post("/saved", {"remove": paper}).status_code == 404
    assert Reader.objects.count() == 0


def test_readers_are_apart(three, client):
    save(client)
    key = client.cookies["reader"].value
    assert marked(client) == 1
    client.cookies.clear()
    assert marked(client) == 0
    client.cookies["reader"] = "forged"
    assert marked(client) == 0
    save(client, "2503.00002")
    assert client.cookies["reader"].value not in ("forged", key)
    client.cookies["reader"] = key
    assert [paper.public_id for paper in three.saved(key)[0]] == ["2503.00001"]
    assert not Reader.objects.filter(digest=key).exists()  # the key itself is not kept


def test_other_sites_cannot_save(three, client):
    for headers in (
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"}, {"Origin": "null"},
        {"Origin": "http://localhost:81"}, {"Origin": "https://localhost"}, {"Origin": "http://["},
    ):  # fmt: skip
        assert save(client, headers=headers).status_code == 403
    plain = client.post("/saved", "save=2503.00001", content_type="text/plain",
                        headers={"Sec-Fetch-Site": "cross-site"})  # fmt: skip
    assert plain.status_code == 403
    assert Save.objects.count() == 0
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}):
        assert save(client, headers=headers).status_code == 302


def test_back_to_pages_of_ours_only(three, client):
    answer = save(client, headers={"Referer": "https://evil.example/"})
    assert answer["Location"] == "/#p-2503.00001"


def test_one_query_more_whatever_is_shown(three, client):
    before = queries(client, DAY)
    save(client)
    assert queries(client, DAY) == before + 1
    assert queries(client, "/saved") == 6
    save(client, "2503.00002")
    assert queries(client, "/saved") == 6


def test_a_bound(three, client, monkeypatch):
    monkeypatch.setattr(services, "MOST_SAVED", 1)
    save(client)
    answer = save(client, "2503.00002")
    assert answer.status_code == 409
    assert "1" in answer.json()["error"]


def test_a_saved_paper_that_turns_out_to_be_another(library, client):
    """It is found under the id it has since, and once only."""
    place = ListingPlace(key="l", source="saved-page", title="L")
    add(library, [Record(paper=Paper(title="A title long enough to tell"), source="saved-page",
                         listing=place)])  # fmt: skip
    [entry] = library.entries(library.listings()[0].id)
    save(client, entry.paper.public_id)
    add(library, [
        make_record("Another title at first", arxiv="2503.00009", authors=[]),
        make_record("A title long enough to tell", arxiv="2503.00009", authors=[],
                    as_of="2025-04-01"),
    ])  # fmt: skip
    key = client.cookies["reader"].value
    assert [paper.public_id for paper in library.saved(key)[0]] == ["2503.00009"]
    from papertide.site.catalog.services import remove

    remove([library.paper("2503.00009").id])
    assert library.saved(key) == ([], 0)


def test_colours(three, client):
    assert "data-theme" not in client.get("/").content.decode()
    answer = client.post("/appearance", {"theme": "dark"})
    assert answer.status_code == 302
    text = client.get("/").content.decode()
    assert '<html lang="en" data-theme="dark">' in text
    assert '<meta name="color-scheme" content="dark">' in text
    assert "Cookie" in client.get("/")["Vary"]
    client.post("/appearance", {"theme": "system"})
    assert "data-theme" not in client.get("/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/").content.decode()
    assert client.get("/appearance").status_code == 405
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/appearance", {"theme": "dark"}, headers=foreign).status_code == 403
