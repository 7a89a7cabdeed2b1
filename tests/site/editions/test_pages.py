"""The pages of days, weeks and months."""

from datetime import UTC, datetime

import msgspec
import pytest

from papertide.papers import Announcement, ListingPlace
from tests.fixtures import make_record
from tests.site.helpers import HOSTILE, add, queries, read

PUBLISHED = datetime(2025, 3, 19, 9, tzinfo=UTC)


def listed(title, arxiv, kind, categories, **fields):
    record = make_record(title, arxiv=arxiv, categories=categories, **fields)
    day = Announcement(day="2025-03-20", kind=kind, category=categories[0])
    return msgspec.structs.replace(record, announcements=[day])


@pytest.fixture(scope="module")
def edition(site):
    """The site with the edition of 18 March 2025 published, and a paper that came after it."""
    site.publish_due(PUBLISHED)
    add(site, [
        make_record("Too late", arxiv="2503.09999", announced="2025-03-18", categories=["cs.LG"]),
        listed("Listed", "2503.08888", "new", ["cs.LG", "cs.CL"], announced="2025-03-20"),
        listed("Replaced", "2402.00007", "replace", ["cs.LG"], published="2024-02-01"),
        listed(HOSTILE, "2503.08889", "new", ["cs.CL", "cs.LG"], announced="2025-03-20"),
    ])  # fmt: skip
    return site


@pytest.mark.parametrize(
    ("address", "shows"),
    [
        ("/day/2025-03-18", ("60 papers", "Edition published 19 March 2025", "came later",
                             "data-votes>60<", "1 comment")),
        ("/day/2025-03-18?late=1", ("1 paper that came after", "Too late")),
        ("/day/2025-03-18?order=newest", ("Listed number 60 of many",)),
        ("/day/2025-03-18?order=nonsense&late=%00", ("60 papers",)),
        ("/day/2025-03-18?category=cs.CL", ("60 of 60 papers", "as arXiv lists it")),
        ("/week/2025-W12", ("Week 12 of 2025", "62 papers", "Papers of the week")),
        ("/month/2025-03", ("March 2025", "62 papers", 'href="/day/2025-03-18"',
                            'href="/week/2025-W12"')),
        ("/month/2024-01?category=cs.AI", ("January 2024",)),
        ("/days/2025-03-17..2025-03-21", ("17 March 2025 to 21 March 2025", "62 papers")),
        ("/arxiv/cs.LG/2025-03-20", ("New papers: ", "Cross-lists: <", "Replaced")),
        ("/arxiv/cs.CL/2025-03-20", ("Cross-lists: <", "Replacements: none")),
        ("/day/2025-03-22", ("Saturdays and Sundays",)),
        ("/week/1990-W01", ("No paper is of this time",)),
        ("/week/1000-W01", ("No paper is of this time",)),
        ("/month/2999-12", ("No paper is of this time",)),
        ("/day/2999-12-31", ("not come yet",)),
    ],
)  # fmt: skip
def test_pages(edition, client, address, shows):
    response = client.get(address)
    text = response.content.decode()
    assert response.status_code == 200
    read(text)
    for one in shows:
        assert one in text, one
    assert "<script>alert" not in text


@pytest.mark.parametrize(
    "address",
    [
        "/week/2025-W60", "/month/2025-13", "/days/2025-03-18..2025-03-01",
        "/days/2020-01-01..2025-01-01", "/day/2025-02-30", "/arxiv/cs.LG/1999-01-01",
        "/day/0001-01-01", "/day/9999-12-31", "/week/0999-W01", "/month/3000-01",
        "/arxiv/%00/2025-03-20", "/day?date=2025-03-18&until=2025-03-01", "/day?date=x",
    ],
)  # fmt: skip
def test_what_is_no_page(edition, client, address):
    assert client.get(address).status_code == 404


def test_the_form_leads_to_a_day_or_to_several(edition, client):
    assert client.get("/day?date=2025-03-18").url == "/day/2025-03-18"
    several = client.get("/day?date=2025-03-17&until=2025-03-18").url
    assert several == "/days/2025-03-17..2025-03-18"
    assert client.get("/day?date=2025-03-18&until=2025-03-18").url == "/day/2025-03-18"
    assert client.get("/day").url == "/"


@pytest.mark.parametrize(
    ("address", "most"),
    [("/day/2025-03-18", 8), ("/week/2025-W12", 8), ("/month/2025-03", 10),
     ("/days/2025-03-17..2025-03-21", 7), ("/arxiv/cs.LG/2025-03-20", 10)],
)  # fmt: skip
def test_queries(edition, client, address, most):
    assert queries(client, address) <= most


def test_for_me_says_what_it_goes_by(edition, client):
    assert "Nothing tells yet what is for you" in client.get("/day/2025-03-18?order=mine").text
    client.post("/saved", {"save": "2503.00007"})
    page = client.get("/day/2025-03-18?order=mine").text
    assert "Those nearest to the papers you" in page
    assert page.index("Listed number 7 of many") < page.index("Listed number 1 of many")
    assert queries(client, "/day/2025-03-18?order=mine") <= 11


def test_listings_of_the_day_stand_first(site):
    from papertide import schedule

    for n, day in enumerate(("2025-03-18", "2025-03-19", "2025-03-20")):
        place = ListingPlace(key=f"others {n}", source="saved-page", title=f"Others {n}", date=day,
                             position=1)  # fmt: skip
        add(site, [make_record(f"Listed elsewhere {n}", arxiv=f"2503.0777{n}", listing=place)])
    assert [one.date for one in site.listings(3)] == ["2025-03-20", "2025-03-19", "2025-03-18"]
    first = site.listings(3, schedule.period("2025-03-19"))
    assert [one.date for one in first] == ["2025-03-19", "2025-03-20", "2025-03-18"]
