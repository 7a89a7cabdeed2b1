"""Which papers a list of the API has, on each database."""

from datetime import UTC, datetime

from papertide.papers import ListingPlace
from papertide.site.catalog import services
from tests.fixtures import make_record
from tests.site.api.papers import LISTED, SEARCH, ids, listed, records, rows
from tests.site.helpers import add


def test_lists_and_days_on_each_database(library, client):
    add(library, records())
    assert ids(client, date=LISTED) == ["2503.18002", "2503.18001", "2503.18003"]
    assert ids(client, week="2025-W13", limit=2) == ["2503.30004", "2503.30060"]
    assert ids(client, submitter="ada") == ["2503.18001"]
    assert ids(client, date=LISTED, submitter="a\0b") == []
    assert ids(client, sort="trending")[0] == "2503.17001"
    assert client.get("/api/papers/a\0b").status_code == 404


def test_a_list_of_a_whole_week_stands_for_its_days(library, client):
    place = ListingPlace(
        key="huggingface:2025-W12", source="huggingface-week", title="Weekly", date="2025-03-17",
        position=1, votes=99, comments=None,
    )  # fmt: skip
    weekly = make_record("Of the week", arxiv="2503.00009", source="huggingface", listing=place)
    services.ingest([listed(1, LISTED, 3), listed(2, LISTED, 4), weekly])
    assert ids(client, week="2025-W12") == ["2503.00009"]
    assert ids(client, date=LISTED) == ["2503.18002", "2503.18001"]
    assert ids(client, month="2025-03") == ["2503.18002", "2503.18001"]


def test_of_equal_votes_the_lists_order(library, client):
    day = "2025-04-08"
    services.ingest([listed(n, day, votes) for n, votes in ((3, 4), (1, 4), (4, 0), (2, None))])
    places = [int(one[-1]) for one in ids(client, date=day)]
    assert places == [1, 3, 2, 4]  # none and no votes are alike


def test_days_without_a_list_are_editions(library, client):
    def announced(n, day="2025-03-18"):
        services.ingest([make_record(f"Paper {n}", arxiv=f"2503.{n:05}", announced=day)])

    announced(1)
    library.publish_due(datetime(2025, 3, 19, 9, tzinfo=UTC))
    announced(2)  # too late for the edition of its day, in time for the next
    assert ids(client, date="2025-03-18") == ["2503.00001"]
    announced(3, "2025-03-19")
    library.publish_due(datetime(2025, 3, 20, 9, tzinfo=UTC))
    assert ids(client, date="2025-03-18") == ["2503.00001"]
    found = rows(client, date="2025-03-19")
    assert [row["paper"]["id"] for row in found] == ["2503.00003", "2503.00002"]
    assert {row["publishedAt"] for row in found} == {"2025-03-19T00:00:00.000Z"}
    assert sorted(ids(client, week="2025-W12")) == ["2503.00001", "2503.00002", "2503.00003"]


def test_an_empty_library(library, client):
    assert rows(client) == rows(client, sort="trending", submitter="ada") == []
    assert rows(client, SEARCH, q="anything") == []
