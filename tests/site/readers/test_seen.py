"""What is remembered of what readers look at, and that nothing is unless they ask."""

import datetime
import html
import threading

import pytest
from django.db import connection

from papertide.search.tree import Among, Not
from papertide.site.readers import seen
from papertide.site.readers.models import Reader, Seen
from tests.fixtures import make_record
from tests.site.helpers import add, queries, read

DAY = "/day/2025-03-18"


def papers(start: int, stop: int):
    return [
        make_record(f"Robots, number {n}", arxiv=f"2503.{n:05}", announced="2025-03-18")
        for n in range(start, stop)
    ]


@pytest.fixture
def some(library):
    add(library, papers(1, 5))
    return library


@pytest.fixture
def key(some, client) -> str:
    """A reader who asked for it."""
    client.post("/seen", {"do": "on"})
    return client.cookies["reader"].value


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    read(text)
    return html.unescape(text)


def see(client, *ids: str):
    return client.post("/seen", {"seen": [f"2503.{n:05}" for n in ids]})


def shown(client, address: str) -> list[int]:
    return [n for n in range(1, 30) if f"number {n}</" in page(client, address)]


def test_nothing_is_remembered_unless_asked_for(some, client):
    client.post("/saved", {"save": "2503.00001"})  # a reader, and yet
    before = Reader.objects.get()
    assert client.post("/visit", {"paper": "2503.00002"}).status_code == 204
    see(client, 3)
    after = Reader.objects.get()
    assert (after.visit_at, after.remembers) == (None, False)
    assert before == after
    assert Seen.objects.count() == 0
    for address in ("/", "/search?q=robots", "/papers/2503.00001", "/seen"):
        text = page(client, address)
        assert "data-visit" not in text
        assert 'id="seeing"' not in text
    assert "Nothing of what you look at is remembered" in text
    assert "Switch it on" in page(client, "/search?q=robots&seen=hide")
    assert shown(client, "/search?q=robots&seen=hide&new=visit") == [1, 2, 3, 4]
    client.cookies.clear()
    client.post("/visit", {"paper": "2503.00002"})
    see(client, 3)
    assert Reader.objects.count() == 1


def test_seen_papers_are_marked_and_hidden(key, some, client):
    assert 'data-visit="/visit"' in page(client, DAY)
    client.post("/visit", {"paper": "2503.00002"})
    see(client, 3)
    see(client, 3)
    assert Seen.objects.count() == 2
    text = page(client, DAY)
    assert text.count('class="card seen"') == 2
    assert text.count('name="unseen"') == 2
    assert shown(client, "/search?q=robots") == [1, 2, 3, 4]
    assert shown(client, "/search?q=robots&seen=hide") == [1, 4]
    assert "2 papers for" in page(client, "/search?q=robots&seen=hide")
    assert shown(client, "/search?seen=hide") == [1, 4]
    text = page(client, "/search?q=robots&seen=hide")
    assert "without what you have seen" in text
    assert 'form="search" type="hidden" name="seen" value="hide"' in text
    answer = client.post("/seen", {"unseen": "2503.00003"}, headers={"Accept": "application/json"})
    assert answer.json() == {"seen": False}
    assert shown(client, "/search?q=robots&seen=hide") == [1, 3, 4]
    see(client, 1, 3, 4)
    assert "No papers" in page(client, "/search?q=robots&seen=hide")
    hidden = Not(Among(some.seen(key)))
    assert some.search("robots", where=hidden).total == 0


def test_forgotten(key, client):
    see(client, 1, 2)
    client.post("/visit")
    assert "2</dd>" in page(client, "/seen")
    client.post("/seen", {"do": "forget"})
    assert Seen.objects.count() == 0
    assert Reader.objects.get().remembers
    see(client, 1)
    client.post("/seen", {"do": "off"})
    reader = Reader.objects.get()
    assert Seen.objects.count() == 0
    assert (reader.remembers, reader.visit_at, reader.before_at) == (False, None, None)
    assert (reader.visit_number, reader.before_number) == (0, None)
    assert "data-visit" not in page(client, DAY)


@pytest.mark.parametrize("paper", ["2503.99999", "no\0such", "x" * 5000])
def test_papers_that_are_not_there(key, client, paper):
    assert client.post("/seen", {"seen": paper}).status_code == 404
    assert client.post("/seen", {"unseen": paper}).status_code == 404
    assert client.post("/visit", {"paper": paper}).status_code == 404
    assert Seen.objects.count() == 0


def test_other_sites_cannot(key, client):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for address, form in (("/seen", {"do": "off"}), ("/visit", {}), ("/seen", {"seen": "x"})):
            assert client.post(address, form, headers=headers).status_code == 403
    assert client.get("/visit").status_code == 405


def test_only_the_last_are_kept(key, client, monkeypatch):
    monkeypatch.setattr(seen, "MOST_SEEN", 2)
    for n in (1, 2, 3, 4):
        see(client, n)
    assert shown(client, "/search?q=robots&seen=hide") == [1, 2]
    monkeypatch.setattr(seen, "MOST_AT_ONCE", 1)
    see(client, 1, 2)
    assert shown(client, "/search?q=robots&seen=hide") == [2, 3]


def test_visits(key, some):
    """What came since the visit before this one is new, as long as this one lasts."""
    start = datetime.datetime.now(datetime.UTC)

    def after(minutes: float, newest: int) -> tuple[int | None, int]:
        seen.visit(key, newest, start + datetime.timedelta(minutes=minutes))
        reader = Reader.objects.get()
        return reader.before_number, reader.visit_number

    newest = some.newest()
    assert after(1, newest + 1) == (newest, newest)  # too soon to be written
    assert after(6, newest + 1) == (newest, newest + 1)
    assert after(29, newest + 2) == (newest, newest + 2)  # it goes on
    assert after(50, newest + 2) == (newest, newest + 2)
    assert after(81, newest + 5) == (newest + 2, newest + 5)  # another one
    assert after(82, newest + 9) == (newest + 2, newest + 5)
    assert after(200, newest) == (newest + 5, newest + 5)  # an index made anew has not all yet
    assert Reader.objects.get().before_at == start + datetime.timedelta(minutes=81)


def test_new_since_the_last_visit(key, some, client):
    assert "Nothing new since your last visit" in page(client, DAY)
    add(some, papers(5, 7))
    text = page(client, DAY)
    assert "2 new papers" in text
    assert text.count('<li class="fresh">') == 2
    assert shown(client, "/search?new=visit") == [5, 6]
    assert shown(client, "/search?q=robots&new=visit") == [5, 6]
    text = page(client, "/search?q=robots")
    assert text.count('<li class="fresh">') == 2
    assert "New since" in text
    referer = {"Referer": f"http://localhost{DAY}"}
    answer = client.post("/visit", {"do": "caught-up"}, headers=referer)
    assert answer["Location"] == f"http://localhost{DAY}"
    assert shown(client, "/search?new=visit") == []
    assert '<li class="fresh">' not in page(client, DAY)


def test_two_tabs_begin_one_visit(key, some):
    """Both read the same visit; the one that comes second finds it changed and writes nothing."""
    begun = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    both, done = threading.Barrier(2, timeout=20), []
    first = Reader.objects.get()

    def tab(newest: int) -> None:
        try:
            both.wait()
            seen.visit(key, newest, begun)
            done.append(newest)
        finally:
            connection.close()

    tabs = [threading.Thread(target=tab, args=[100 + n]) for n in range(2)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join()
    assert len(done) == 2
    reader = Reader.objects.get()
    assert reader.before_number == first.visit_number
    assert reader.visit_number in (100, 101)


def test_a_tab_that_read_before_another_wrote_changes_nothing(key, some, monkeypatch):
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    stale = Reader.objects.get()
    seen.visit(key, 50, later)
    before = Reader.objects.values().get()

    class Stale:
        @staticmethod
        def first():
            return stale

    real = Reader.objects.filter
    monkeypatch.setattr(
        Reader.objects, "filter", lambda **named: real(**named) if "pk" in named else Stale
    )
    seen.visit(key, 60, later + datetime.timedelta(seconds=1))
    monkeypatch.undo()
    assert Reader.objects.values().get() == before


def test_who_saw_a_paper_that_is_now_part_of_another(key, some, client):
    from papertide.papers import ListingPlace, Paper, Record

    place = ListingPlace(key="l", source="saved-page", title="L")
    add(some, [Record(paper=Paper(title="A title long enough to tell"), source="saved-page",
                      listing=place)])  # fmt: skip
    [entry] = some.entries(some.listings()[0].id)
    client.post("/seen", {"seen": entry.paper.public_id})
    add(some, [
        make_record("Another title at first", arxiv="2503.00099", authors=[]),
        make_record("A title long enough to tell", arxiv="2503.00099", authors=[],
                    as_of="2025-04-01"),
    ])  # fmt: skip
    assert some.seen(key) == {some.paper("2503.00099").id}


def test_queries_do_not_grow(key, some, client):
    see(client, 1)
    few = [queries(client, address) for address in (DAY, "/search?q=robots&seen=hide", "/seen")]
    add(some, papers(5, 20))
    see(client, *range(5, 15))
    assert few == [
        queries(client, address) for address in (DAY, "/search?q=robots&seen=hide", "/seen")
    ]
    client.cookies.clear()
    assert "seeing" not in page(client, DAY)


def test_the_number_of_the_newest_paper_that_is_found(some):
    from papertide.site.catalog import services

    newest = some.newest()
    assert newest == services.last_number()
    for record in papers(10, 40):
        services.ingest([record])
    assert some.newest() == newest
    assert services.last_number() == newest + 30
    some.catch_up()
    assert some.newest() == newest + 30
    services.remove([newest + 30, newest + 29])
    some.catch_up()
    assert some.newest() == newest + 28


def test_an_empty_library_has_no_newest_paper(library):
    assert library.newest() == 0
    make = make_record("One", arxiv="2503.00001")
    from papertide.site.catalog import services

    services.ingest([make])
    assert library.newest() == 0
    library.catch_up()
    assert library.newest() == services.last_number()
