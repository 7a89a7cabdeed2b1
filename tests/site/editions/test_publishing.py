"""Which papers are in which edition: published once, and then what it is."""

import contextlib
import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from papertide.site.catalog import services as catalog
from papertide.site.editions import services
from tests.fixtures import make_record
from tests.site.helpers import add

DAY = date(2025, 3, 18)  # a Tuesday
CLOSED = datetime(2025, 3, 18, 8, 1, tzinfo=UTC)


def paper(number: int, day: date | str, **fields):
    month = str(day)[2:4] + str(day)[5:7]
    return make_record(f"Paper number {number}", arxiv=f"{month}.{number:05}", announced=str(day),
                       **fields)  # fmt: skip


def titles(library, period, **options) -> list[str]:
    return [one.paper.title for one in library.edition(period, **options).papers]


def test_an_edition_is_published_when_its_day_closes_and_stays(library):
    add(library, [paper(1, DAY), paper(2, DAY)])
    assert library.publish_due(CLOSED - timedelta(minutes=2)) == []
    assert library.edition(DAY).info.published is None
    assert library.publish_due(CLOSED) == [DAY]
    assert library.publish_due(CLOSED) == []
    add(library, [paper(3, DAY)])
    found = library.edition(DAY)
    assert found.info.published == CLOSED
    assert (found.info.count, found.info.late, found.total) == (2, 1, 2)
    assert titles(library, DAY) == ["Paper number 2", "Paper number 1"]
    assert titles(library, DAY, late=True) == ["Paper number 3"]
    assert library.editions() == [(DAY, CLOSED, 2)]


def test_who_is_late_is_in_the_next_one_and_who_is_old_in_none(library):
    add(library, [paper(1, DAY)])
    library.publish_due(CLOSED)
    tomorrow = DAY + timedelta(days=1)
    add(library, [paper(2, DAY), paper(3, DAY - timedelta(days=1)), paper(4, tomorrow),
                  paper(5, DAY - timedelta(days=2)), paper(6, "2019-01-02")])  # fmt: skip
    assert library.publish_due(CLOSED + timedelta(days=1)) == [tomorrow]
    assert sorted(titles(library, tomorrow)) == [
        "Paper number 2", "Paper number 3", "Paper number 4"
    ]
    assert titles(library, DAY) == ["Paper number 1"]
    assert titles(library, "2019-01-02") == ["Paper number 6"], "the archive has its day"
    assert library.edition_of(library.paper("2503.00002")) == tomorrow
    assert library.edition_of(library.paper("1901.00006")) is None
    week = titles(library, "2025-W12", order="newest")
    assert week[0] == "Paper number 4"
    assert len(week) == 4, "Sunday is of the week before"


def test_a_bulk_import_floods_no_edition(library):
    add(library, [paper(1, DAY)])
    library.publish_due(CLOSED)
    old = [paper(n, f"2024-0{n % 9 + 1}-03") for n in range(10, 60)]
    add(library, [*old, paper(2, DAY + timedelta(days=1))])
    library.publish_due(CLOSED + timedelta(days=1))
    assert library.edition(DAY + timedelta(days=1)).total == 1


def test_after_an_outage_each_missed_day_has_its_own(library):
    add(library, [paper(1, DAY)])
    library.publish_due(CLOSED)
    later = [DAY + timedelta(days=n) for n in (1, 2, 3)]
    add(library, [paper(n, day) for n, day in enumerate(later, start=2)])
    assert library.publish_due(CLOSED + timedelta(days=40)) == [], "a month is all that is made up"
    assert library.publish_due(CLOSED + timedelta(days=4)) == later
    assert [library.edition(day).total for day in later] == [1, 1, 1]


def test_an_empty_day_has_none_until_papers_come(library):
    assert library.publish_due(CLOSED) == []
    add(library, [paper(1, DAY)])
    assert library.publish_due(CLOSED + timedelta(hours=5)) == [DAY]


def test_publishing_twice_at_once_makes_one(library, monkeypatch):
    """As two ticks may: both have seen that there is none."""
    add(library, [paper(1, DAY), paper(2, DAY)])
    barrier, results = threading.Barrier(2), []
    plain = catalog.dated

    def both(*args, **named):
        found = plain(*args, **named)
        # SQLite lets the second in only when the first has done.
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=2)
        return found

    monkeypatch.setattr(catalog, "dated", both)

    def publish():
        from django.db import connection

        results.append(services.publish(DAY, CLOSED))
        connection.close()

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True]
    monkeypatch.undo()
    assert library.edition(DAY).total == 2


def test_a_removed_paper_and_a_merged_one(library):
    add(library, [paper(1, DAY), paper(2, DAY), paper(3, DAY)])
    library.publish_due(CLOSED)
    one, two, three = (library.paper(f"2503.0000{n}").id for n in (1, 2, 3))
    catalog.remove([one])
    assert library.edition(DAY).info.count == 2
    assert library.calendar(services.schedule.period("2025-03")) == {DAY: 2}
    from papertide.site.catalog import ingest

    ingest.merge(two, three)
    assert [one.paper.id for one in library.edition(DAY).papers] == [two]


def test_a_merged_paper_leaves_its_place_to_one_without(library):
    add(library, [paper(1, DAY)])
    library.publish_due(CLOSED)
    add(library, [make_record("Another work", arxiv="1901.00009", announced="2019-01-02")])
    from papertide.site.catalog import ingest

    kept, gone = library.paper("1901.00009").id, library.paper("2503.00001").id
    ingest.merge(kept, gone)
    assert [one.paper.id for one in library.edition(DAY).papers] == [kept]


def listed(number: int, votes: int, comments: int, day: str):
    from papertide.papers import ListingPlace

    place = ListingPlace(key=f"daily {day}", source="huggingface", title="Daily", date=day,
                         position=number, votes=votes, comments=comments)  # fmt: skip
    return paper(number, day, listing=place)


def test_a_late_paper_keeps_its_comments(library):
    early, before = DAY - timedelta(days=2), DAY - timedelta(days=1)
    add(library, [paper(3, early), paper(4, before)])
    assert library.publish_due(CLOSED - timedelta(days=1)) == [early, before]
    add(library, [paper(1, DAY), listed(2, 3, 4, str(early))])
    assert library.publish_due(CLOSED) == [DAY]
    found = library.edition(DAY, order="discussed").papers
    assert [(one.paper.public_id, one.comments) for one in found] == [
        ("2503.00002", 4), ("2503.00001", 0)
    ]  # fmt: skip


def test_orders(library):
    day = "2025-03-18"
    add(library, [listed(1, 5, 9, day), listed(2, 80, 0, day), listed(3, 7, 3, day), paper(4, day)])
    for order, expected in (("votes", "2314"), ("rising", "2134"), ("newest", "4321"),
                            ("discussed", "1342")):  # fmt: skip
        assert [title[-1] for title in titles(library, day, order=order)] == list(expected), order
    top = library.edition(day).papers[0]
    assert (top.votes, top.comments) == (80, 0)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2025-03-22", "Saturdays"), ("2025-12-25", "holiday"), ("2025-03-19", "not come yet"),
        ("2025-03-17", "was brought in"), ("2025-03-18", "closes at 08:00 UTC"),
    ],
)  # fmt: skip
def test_empty_days_say_why(library, day, why):
    now = datetime(2025, 3, 18, 7, 0, tzinfo=UTC)
    if day in ("2025-12-25", "2025-03-22"):
        now = datetime(2026, 1, 1, tzinfo=UTC)
    assert why in library.why_empty(date.fromisoformat(day), now)


def test_a_tick_publishes_what_is_closed(library, monkeypatch):
    monkeypatch.setenv("PAPERTIDE_EDITION_TIME", "00:00")
    today = datetime.now(UTC).date()
    add(library, [paper(1, today)])
    library.tick(slow=False)
    assert library.edition(today).info.published
    library.tick(slow=False)
    assert len(library.editions()) == 1


def test_the_order_of_what_is_near_to_ones_saved_papers(library):
    day = "2025-03-18"
    add(library, [
        make_record("Bayesian inference of phylogenetic trees", arxiv="2503.00001", announced=day),
        make_record("Robot grasping with touch", arxiv="2503.00002", announced=day),
        make_record("Grasping objects by robot hands", arxiv="2401.00003"),
    ])  # fmt: skip
    assert library.edition(day, order="mine", reader="nobody").order == "votes"
    key = library.save("", "2401.00003")
    found = library.edition(day, order="mine", reader=key)
    assert found.order == "mine"
    assert [one.paper.arxiv for one in found.papers] == ["2503.00002", "2503.00001"]
    assert library.edition(day, order="mine").order == "votes"
