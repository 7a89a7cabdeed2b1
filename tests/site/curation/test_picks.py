"""Picks and drafts: who sees them when, and that an edition is published once with all parts."""

import contextlib
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from papertide.papers import Paper, Record
from papertide.results import NotFound, Refused
from papertide.schedule import DAY, Period
from papertide.search.engine import SearchUnavailable
from papertide.site.accounts.models import AuditEntry
from papertide.site.catalog import services as catalog
from papertide.site.curation import services as curation
from papertide.site.curation.models import Draft, Pick
from papertide.site.editions import services as editions
from tests.site.curation.conftest import recent
from tests.site.helpers import add

ON_SQLITE = pytest.mark.parametrize("library", ["sqlite"], indirect=True)


@pytest.fixture
def ada(library, person):
    return person("ada", "curator", name="Ada L.")[0].pk


@pytest.fixture
def ben(library, person):
    return person("ben", "curator")[0].pk


@pytest.fixture
def shelf(library):
    """A library with six papers of yesterday, which are in an edition, and three of today."""
    add(library, [recent(n, days=1) for n in range(1, 7)])
    library.publish_due(library.closes(library.open_day() - DAY))
    add(library, [recent(n, days=0) for n in range(7, 10)])
    return library


def titles(library, day, **options):
    return [row.paper.title for row in library.edition(day, **options).papers]


def close(library, day):
    """Publish all that is due when a day's edition closes."""
    return library.publish_due(library.closes(day))


def test_a_pick_is_shown_at_once_first_and_stays(shelf, ada, ben):
    day = shelf.open_day()
    assert shelf.pick(ada, "2511.00008", " because\nof   it\0 ") == day
    assert shelf.pick(ben, "2511.00002", "from before") == day
    assert shelf.pick(ben, "2511.00008") == day
    page = shelf.edition(day)
    assert [(row.paper.title, row.picked) for row in page.papers][:3] == [
        ("Recent paper 8", True), ("Recent paper 2", True)] + [
        (row.paper.title, False) for row in page.papers[2:3]]  # fmt: skip
    assert titles(shelf, day, order="newest")[0] != "Recent paper 8"
    told = page.curated[shelf.paper("2511.00008").id].picks
    assert [(one.by.shown, one.line) for one in told] == [("Ada L.", "because of it"), ("@ben", "")]
    assert close(shelf, day)[-1] == day
    assert shelf.edition_of(shelf.paper("2511.00008")) is not None
    before = titles(shelf, day)
    assert before[:2] == ["Recent paper 8", "Recent paper 2"]
    later = day + DAY
    with pytest.raises(Refused, match="has closed"):
        shelf.pick(ada, "2511.00009", day=day - 2 * DAY)
    shelf._picks.pick(ada, shelf.paper("2511.00001").id, "2511.00001", "", later, False)
    assert titles(shelf, day) == before, "later picks are for the next one"
    shelf.take_back_pick(ada, "2511.00008")
    assert shelf.pick(ben, "2511.00002", "said better") == day, "a line may be mended"
    assert set(titles(shelf, day)) == set(before)
    assert shelf.edition(day).curated[shelf.paper("2511.00002").id].picks[0].line == "said better"
    assert list(AuditEntry.objects.order_by("id").values_list("action", "target")) == [
        ("pick", "paper:2511.00008"), ("pick", "paper:2511.00002"), ("pick", "paper:2511.00008"),
        ("pick", "paper:2511.00001"), ("take back a pick", "paper:2511.00008"),
    ]  # fmt: skip


@ON_SQLITE
def test_limits_of_a_pick(shelf, ada):
    with pytest.raises(Refused, match="300 characters"):
        shelf.pick(ada, "2511.00001", "x" * 301)
    with pytest.raises(NotFound):
        shelf.pick(ada, "2511.99999")
    with pytest.raises(Refused, match="60 days"):
        shelf.pick(ada, "2511.00001", day=shelf.open_day() + 90 * DAY)
    with pytest.raises(Refused, match="2,000 characters"):
        shelf.introduce(ada, shelf.open_day(), "x" * 2001)
    with pytest.raises(NotFound):
        shelf.arrange(ada, shelf.open_day(), "2511.00001", 0)
    shelf.take_back_pick(ada, "2511.00001")
    shelf.pick(ada, "2511.00001", "<script>")
    shelf.pick(ada, "2511.00001")
    assert shelf.own_pick(ada, shelf.paper("2511.00001"))[0] == "<script>"
    catalog.remove([shelf.paper("2511.00001").id])
    with pytest.raises(NotFound, match="taken down"):
        shelf.pick(ada, "2511.00001")
    assert "Recent paper 1" not in titles(shelf, shelf.open_day())


def test_a_draft_is_published_on_time_and_not_before(shelf, ada, ben):
    day = shelf.open_day() + 2 * DAY
    for paper, line in (("2511.00003", "third"), ("2511.00004", "fourth"), ("2511.00005", "")):
        assert shelf.pick(ada, paper, line, day) == day
    shelf.introduce(ada, day, " Today's\n\n  robots ")
    shelf.arrange(ada, day, "2511.00005", 0)
    shelf.arrange(ada, day, "2511.00005", 0)
    shelf.pick(ben, "2511.00006", "ben's", day)
    shelf.introduce(ben, day, "And the rest")
    assert [paper.title for paper, _, _ in shelf.draft(ada, day)[1]] == [
        "Recent paper 5", "Recent paper 3", "Recent paper 4"]  # fmt: skip
    assert shelf.drafts(ada) == [(day, 3)]
    ids = [shelf.paper(f"2511.0000{n}").id for n in (3, 4, 5, 6)]
    assert shelf.curated(ids) == {} and titles(shelf, day) == []
    assert curation.picked_by("ada") == frozenset() and shelf.curators()[0] == []
    assert shelf.picks("ada") == []
    shelf.publish_due(shelf.closes(day) - timedelta(minutes=1))
    assert shelf.curated(ids) == {}
    assert close(shelf, day)[-1] == day
    page = shelf.edition(day)
    assert [row.paper.title for row in page.papers] == [
        "Recent paper 5", "Recent paper 6", "Recent paper 3", "Recent paper 4"]  # fmt: skip
    assert [(one.by.handle, one.text) for one in page.introductions] == [
        ("ada", "Today's\nrobots"), ("ben", "And the rest")]  # fmt: skip
    assert shelf.drafts(ada) == []
    with pytest.raises(Refused):
        shelf._picks.introduce(ada, day, "Rewritten")
    shelf.drop_draft(ada, day)
    assert Pick.objects.count() == 4
    assert curation.picked_by("ADA") == frozenset(ids[:3])
    assert [hit.paper.title for hit in shelf.search("by:ben").hits] == ["Recent paper 6"]


@ON_SQLITE
def test_a_draft_of_the_next_edition_can_be_shown_now(shelf, ada):
    day = shelf.open_day()
    shelf.pick_ahead(ada, "2511.00003", "", day)
    shelf.pick(ada, "2511.00004", "", day + DAY)
    assert "Recent paper 3" not in titles(shelf, day)
    with pytest.raises(Refused, match="next edition"):
        shelf.publish_draft(ada, day + DAY)
    shelf.publish_draft(ada, day)
    shelf.publish_draft(ada, day)
    assert titles(shelf, day)[0] == "Recent paper 3"
    shelf.pick_ahead(ada, "2511.00005", "", day)
    assert titles(shelf, day)[1] == "Recent paper 5", "the draft is shown by now"
    shelf.drop_draft(ada, day)
    shelf.drop_draft(ada, day + DAY)
    assert Pick.objects.count() == 2
    assert AuditEntry.objects.filter(action="publish draft").count() == 1


@ON_SQLITE
def test_what_had_no_edition_is_in_the_next(shelf, ada):
    """A day of which only an introduction was written has none; what came too late as well."""
    first, second = shelf.open_day() + 4 * DAY, shelf.open_day() + 5 * DAY
    shelf.introduce(ada, first, "Early")
    shelf.introduce(ada, second, "")
    shelf.pick(ada, "2511.00003", "", second)
    assert close(shelf, second)[-1] == second
    assert Draft.objects.count() == 1
    assert [one.text for one in shelf.edition(second).introductions] == ["Early"]
    late = Pick.objects.create(curator_id=ada, paper_id=shelf.paper("2511.00004").id, day=second)
    assert titles(shelf, second) == ["Recent paper 3"]
    assert close(shelf, second + DAY) == [second + DAY]
    assert titles(shelf, second + DAY) == ["Recent paper 4"]
    late.refresh_from_db()
    assert late.closed and late.day == second + DAY


def test_published_twice_at_once_it_is_one_with_both_parts(shelf, ada, ben, monkeypatch):
    day = shelf.open_day() + 3 * DAY
    close(shelf, day - DAY)
    shelf.pick(ada, "2511.00003", "", day) and shelf.introduce(ada, day, "Ada's")
    shelf.pick(ben, "2511.00004", "", day) and shelf.introduce(ben, day, "Ben's")
    barrier, done, plain = threading.Barrier(2), [], catalog.dated

    def both(*args, **named):
        found = plain(*args, **named)
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=1)
        return found

    monkeypatch.setattr(catalog, "dated", both)

    def publish():
        from django.db import connection

        done.append(editions.publish(day, shelf.closes(day)))
        connection.close()

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    assert sorted(done) == [False, True]
    page = shelf.edition(day)
    assert [row.paper.title for row in page.papers] == ["Recent paper 3", "Recent paper 4"]
    assert len(page.introductions) == 2


def test_picked_twice_at_once_it_is_one(shelf, ada):
    barrier = threading.Barrier(3)

    def pick():
        from django.db import connection

        barrier.wait(timeout=5)
        shelf.pick(ada, "2511.00003", "why")
        connection.close()

    threads = [threading.Thread(target=pick) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Pick.objects.count() == 1
    assert AuditEntry.objects.count() == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("zone", "at", "day", "closes"),
    [
        ("Europe/Berlin", "02:30", date(2025, 3, 30), datetime(2025, 3, 30, 1, 30, tzinfo=UTC)),
        ("Europe/Berlin", "02:30", date(2025, 10, 26), datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        ("America/New_York", "23:59", date(2025, 3, 9), datetime(2025, 3, 10, 3, 59, tzinfo=UTC)),
        ("Pacific/Kiritimati", "00:00", date(2025, 3, 9), datetime(2025, 3, 8, 10, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_zones_and_clocks_that_change(shelf, ada, monkeypatch, zone, at, day, closes):
    monkeypatch.setenv("PAPERTIDE_EDITION_ZONE", zone)
    monkeypatch.setenv("PAPERTIDE_EDITION_TIME", at)
    assert shelf.open_day(closes - timedelta(seconds=1)) == day
    assert shelf.open_day(closes) == day + DAY
    paper = shelf.paper("2511.00003").id
    editions.Edition.objects.all().delete()
    Pick.objects.create(curator_id=ada, paper_id=paper, day=day)
    shelf.publish_due(closes - timedelta(seconds=1))
    assert shelf.curated([paper]) == {}
    assert day in shelf.publish_due(closes)
    assert shelf.curated([paper])[paper].picks[0].day == day


@ON_SQLITE
def test_merged_papers_deleted_curators_and_exports(shelf, ada, ben):
    from django.db import transaction

    from papertide.site.accounts.signals import exporting
    from papertide.site.catalog.ingest import log, merge

    catalog.ingest([Record(paper=Paper(title="Other words", identities=["doi:10.1000/o"]),
                           source="crossref")])  # fmt: skip
    first, other = shelf.paper("2511.00001").id, shelf.paper("10.1000/o").id
    shelf.pick(ada, "2511.00001", "the paper"), shelf.pick(ada, "10.1000/o", "the other")
    shelf.pick(ben, "10.1000/o", "ben's")
    with transaction.atomic():
        log.lock()
        merge(first, other)
    lines = [(one.by.handle, one.line) for one in shelf.curated([first])[first].picks]
    assert lines == [("ada", "the paper"), ("ben", "ben's")]
    shelf.introduce(ben, shelf.open_day() + DAY, "Soon")
    told = {}
    for _, held in exporting.send(None, user_id=ben, reader_key=""):
        told |= held or {}
    assert told["picks"][0]["line"] == "ben's" and told["drafts"][0]["introduction"] == "Soon"
    get_user_model().objects.get(pk=ben).delete()
    assert len(shelf.curated([first])[first].picks) == 1
    assert not Draft.objects.exists()


@ON_SQLITE
def test_by_in_search(shelf, ada, ben, monkeypatch):
    shelf.pick(ada, "2511.00003"), shelf.pick(ben, "2511.00004"), shelf.pick(ada, "2511.00007")
    count = {"by:ada": 2, "by:Ada recent": 2, "-by:ada": 7, "by:ada by:ben": 0, "by:@ben": 1,
             "by:ada OR by:ben": 3, "paper -by:ben by:ada": 2}  # fmt: skip
    for mode in ("hybrid", "words"):
        assert {text: shelf.search(text, mode=mode).total for text in count} == count
    assert shelf.matching("by:ada") == 2
    assert sum(shelf.facets("by:ada").years.values()) == 2
    gone = shelf.search("recent by:nobody")
    assert gone.total == 0
    assert [(one.text[:26], one.position) for one in gone.mistakes] == [
        ("There is no curator nobody", 7)]  # fmt: skip
    assert shelf.search("by:ada").mistakes == []
    period = Period("day", shelf.open_day(), shelf.open_day())
    assert len(shelf.curated_on(period).picked) == 3

    def away(*_, **named):
        raise SearchUnavailable("The index is away. Run: papertide doctor")

    monkeypatch.setattr(shelf._searcher, "_search", away)
    assert {text: shelf.search(text).total for text in count} == count
    assert len(shelf.search("by:nobody").mistakes) == 1
