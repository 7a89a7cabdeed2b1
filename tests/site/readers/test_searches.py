"""Saved searches: kept by a form alone, opened, looked at, changed, removed and had again."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from papertide.results import NotFound, Refused
from papertide.site.readers import searches as services
from papertide.site.readers.models import Reader, SavedSearch
from tests.fixtures import make_record
from tests.site.helpers import HOSTILE, add, queries, read

ROBOTS = "q=robots+that+talk&category=cs.RO"


def papers(start: int, stop: int, title: str = "Robots that talk, number {}"):
    return [
        make_record(title.format(n), arxiv=f"2503.{n:05}", categories=["cs.RO"], abstract="We do.")
        for n in range(start, stop)
    ]


@pytest.fixture
def some(library):
    add(library, papers(1, 4))
    return library


def do(client, what: str, **fields):
    return client.post("/searches", {"do": what} | fields)


def page(client, address: str = "/searches") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    read(text)
    return html.unescape(text)


def hidden(text: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', text)[1]


def test_a_search_is_saved_from_its_page_and_what_is_new_is_shown(some, client):
    text = page(client, f"/search?{ROBOTS}")
    assert "Save this search" in text
    assert hidden(text, "asked") == ROBOTS
    assert "robots that talk" in re.search(r'id="search-name"[^>]*', text)[0]
    answer = do(client, "save", asked=ROBOTS, name="Talking robots")
    assert answer.status_code == 302
    number = SavedSearch.objects.get().id
    assert answer["Location"] == f"/search?{ROBOTS}&saved={number}"
    text = page(client, answer["Location"])
    assert "Save this search" not in text
    assert "nothing new since" in text
    assert 'class="fresh"' not in text

    # One has all words and one has some: only the first is news.
    add(some, [*papers(4, 5), *papers(5, 6, "Robots in silence, number {}")])
    assert "1 new" in page(client)
    text = page(client, answer["Location"])
    assert "1 new" in text
    assert text.count('<li class="fresh">') == 2  # both came since, and the search finds both
    only = page(client, f"{answer['Location']}&new=search")
    assert "1 paper for" in only
    assert "number 4" in only
    assert "Mark as looked at" in only

    for _ in range(2):  # looking changes nothing; a press of the button does
        assert "1 new" in page(client)
    do(client, "looked", id=number, newest=hidden(only, "newest"))
    assert "Nothing new since" in page(client)
    assert 'class="fresh"' not in page(client, answer["Location"])


def test_what_came_while_one_looked_stays_new(some, client):
    do(client, "save", asked=ROBOTS)
    add(some, papers(4, 5))
    before = hidden(page(client), "newest")
    add(some, papers(6, 7))
    do(client, "looked", newest=before)
    assert "1 new" in page(client)
    do(client, "looked", newest="9" * 18)  # beyond what there is: up to the newest that there is
    add(some, papers(8, 9))
    assert "1 new" in page(client)
    do(client, "looked", newest="0")  # never back
    assert "1 new" in page(client)


def test_what_is_not_indexed_yet_is_new_later(some, client):
    from papertide.site.catalog import services as catalog

    for record in papers(10, 30):
        catalog.ingest([record])
    do(client, "save", asked=ROBOTS)
    assert "Nothing new" in page(client)
    some.catch_up()
    assert "20 new" in page(client)


def test_changed_renamed_removed_and_had_again(some, client):
    do(client, "save", asked=ROBOTS, name="One")
    do(client, "save", asked="q=speech", name="Two")
    one = SavedSearch.objects.get(name="One")
    text = page(client, f"/search?q=robots&category=cs.RO&saved={one.id}")
    assert "Keep this change" in text
    answer = do(client, "edit", id=one.id, asked=hidden(text, "asked"))
    assert answer["Location"] == f"/search?q=robots&category=cs.RO&saved={one.id}"
    assert "Keep this change" not in page(client, answer["Location"])

    assert do(client, "rename", id=one.id, name="  Uno\n ")["Location"] == f"/searches#s-{one.id}"
    assert "Uno" in page(client)
    for name, why in (("Two", "already"), ("", "needs a name"), ("x" * 81, "at most 80")):
        answer = do(client, "rename", id=one.id, name=name)
        assert answer.status_code == 400
        assert why in answer.content.decode()

    add(some, papers(4, 5))
    answer = do(client, "remove", id=one.id)
    text = html.unescape(answer.content.decode())
    read(answer.content.decode())
    assert "“<bdi>Uno</bdi>” was removed" in text
    assert "Uno" not in page(client)
    undo = {name: hidden(text, name) for name in ("asked", "name", "newest")}
    assert do(client, "save", **undo)["Location"] == "/searches"
    text = page(client)
    assert "Uno" in text
    assert "1 new" in text  # as before


def test_the_same_again_changes_nothing(some, client):
    for _ in range(2):
        do(client, "save", asked=ROBOTS)
    do(client, "save", asked=f"{ROBOTS}&sort=date")
    names = SavedSearch.objects.order_by("id").values_list("name", flat=True)
    assert list(names) == ["robots that talk", "robots that talk 2"]
    assert do(client, "save", asked="q=x", name="robots that talk").status_code == 400


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("", "asks for nothing"),
        ("q=+&sort=date", "asks for nothing"),
        ("new=visit", "asks for nothing"),
        ("q=" + "x" * 2001, "too long"),
        ("q=" + "%C3%A9" * 9000, "too long"),
        ("q=ti%3A(", "Nothing of this query is understood"),
        ("q=robots&since=yesterday", "is not a day"),
        ("q=robots&since=2025-02-01&until=2025-01-01", "before the first"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept(some, client, asked, why):
    answer = do(client, "save", asked=asked)
    assert answer.status_code == 400
    assert why in html.unescape(answer.content.decode())
    assert Reader.objects.count() == SavedSearch.objects.count() == 0


def test_what_is_too_long_to_keep_is_not_offered(some, client):
    assert "keep-search" in page(client, "/search?q=" + "x+" * 1000)
    assert "keep-search" not in page(client, "/search?q=" + "x+" * 1001)


def test_mistakes_are_kept_and_told(some, client):
    do(client, "save", asked="q=robots+)")
    assert "This parenthesis was never opened." in page(client)


def test_hostile_names_and_queries(some, client):
    from urllib.parse import urlencode

    do(client, "save", asked=urlencode({"q": HOSTILE, "category": HOSTILE}))
    do(client, "save", asked="q=robots", name=HOSTILE[:80] + "")
    answer = client.get("/searches")
    assert "<script>alert" not in answer.content.decode()
    page(client)
    for fields in ({"id": "1' OR"}, {"id": "9" * 30}, {"id": ""}, {"id": "99999"}, {}):
        for what in ("rename", "remove", "edit"):
            given = {"name": "x", "asked": "q=x"} | fields
            assert do(client, what, **given).status_code == 404
    assert do(client, "nothing").status_code == 400
    assert do(client, "looked", newest="x").status_code == 404
    for saved in ("0", "-1", "x", "9" * 18, "9" * 99):
        assert client.get("/search", {"q": "robots", "saved": saved}).status_code == 200


def test_searches_are_their_readers_and_the_librarys_are_for_all(some, client):
    do(client, "save", asked="q=secret+robots", name="Mine")
    mine = SavedSearch.objects.get()
    key = client.cookies["reader"].value
    _, shared = some.save_search("q=robots&seen=hide", "For all")
    assert "hide" not in some.saved_search(shared).asked  # nobody has seen anything there
    client.cookies.clear()
    for other in ("", "forged"):
        if other:
            client.cookies["reader"] = other
        text = page(client)
        assert "Mine" not in text
        assert "For all" in text
        assert "Mine" not in page(client, f"/search?q=robots&saved={mine.id}")
        assert "For all" in page(client, f"/search?q=robots&saved={shared}")
        for number in (mine.id, shared):
            assert do(client, "remove", id=number).status_code == 404
            assert do(client, "rename", id=number, name="x").status_code == 404
            assert do(client, "edit", id=number, asked="q=x").status_code == 404
            do(client, "looked", id=number, newest="3")
        do(client, "looked", newest="99")
    assert [one.name for one in some.searches(key)] == ["Mine", "For all"]
    assert [one.name for one in some.searches()] == ["For all"]
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/searches", {"do": "looked"}, headers=foreign).status_code == 403


def test_bounded_and_queries_do_not_grow(some, client, monkeypatch):
    do(client, "save", asked="q=robots+0")
    few = queries(client, "/searches")
    for n in range(1, 9):
        do(client, "save", asked=f"q=robots+{n}")
    assert queries(client, "/searches") == few
    monkeypatch.setattr(services, "MOST_SEARCHES", 9)
    answer = do(client, "save", asked="q=another")
    assert answer.status_code == 400
    assert "Remove one first" in answer.content.decode()
    one = SavedSearch.objects.first()
    client.get("/search?q=robots")  # what is kept of votes is read
    with CaptureQueriesContext(connection) as with_saved:
        client.get(f"/search?q=robots&saved={one.id}")
    with CaptureQueriesContext(connection) as without:
        client.get("/search?q=robots")
    assert len(with_saved) == len(without) + 1  # and none for each that is kept


def test_for_scripts_feeds_and_mail(some):
    key, number = some.save_search("q=robots", "Bots", reader="")
    found = some.saved_search(number, key)
    assert (found.name, found.query, found.new, found.own) == ("Bots", "robots", 0, True)
    assert some.saved_search("Bots", key).id == number
    add(some, papers(4, 7))
    found = some.saved_search(number, key)
    assert found.new == 3
    assert some.run_search(found).total == 6
    new = some.run_search(found, 2, new=True)
    assert (new.total, len(new.hits)) == (3, 2)
    newest = some.newest()
    assert some.run_search(found, after=newest - 1).total == 1
    assert some.run_search(found, after=newest - 2).sort == "date"
    some.looked_at([number], newest=newest, reader=key)
    assert some.saved_search(number, key).new == 0
    some.change_search(number, name="Robots", reader=key)
    for wrong in (lambda: some.saved_search("Bots", key), lambda: some.saved_search(number),
                  lambda: some.remove_search(number),
                  lambda: some.change_search(number, name="x", reader="")):  # fmt: skip
        with pytest.raises(NotFound):
            wrong()
    with pytest.raises(Refused):
        some.save_search("")
    assert some.remove_search(number, reader=key).name == "Robots"
    assert some.searches(key) == []


def test_without_an_index_searches_are_there(some, client):
    do(client, "save", asked=ROBOTS, name="Robots")
    for about in (some.folder / "index").rglob("about.json"):
        about.write_text(re.sub(r'"format": \d+', '"format": 0', about.read_text()))
    some.finder.__dict__.pop("words", None)
    assert "are from the database" in client.get("/search?q=robots").content.decode()
    answer = do(client, "save", asked="q=another")
    assert answer.status_code == 503
    assert "cannot answer now" in answer.content.decode()
    assert SavedSearch.objects.count() == 1
    assert client.post("/seen", {"do": "on"}).status_code == 503
    assert client.post("/visit").status_code == 204
    assert "Robots" in page(client)
