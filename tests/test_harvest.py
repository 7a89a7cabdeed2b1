"""Harvesting: pages and cursors together, one source failing and the others not, rounds, alarms."""

import datetime
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from papertide.papers import Paper, Record
from papertide.site.catalog import services as catalog
from papertide.site.harvest import services
from papertide.sources import registry
from papertide.sources.base import Page, Rejection, SourceError
from tests.fixtures import make_record, today
from tests.sources.loopback import HTML, Answered, Server
from tests.sources.repository import Repository


class Made:
    """A source of pages that a test gives it; an exception among them is raised."""

    title, about, every = "Made", "for tests", timedelta(hours=1)

    def __init__(self, name: str, *pages):
        self.name, self.given, self.asked = name, pages, []

    def pages(self, fetch, cursor, since):
        self.asked.append((cursor, since))
        for number, page in enumerate(self.given[cursor.get("next", 0) :], cursor.get("next", 0)):
            if isinstance(page, Exception):
                raise page
            yield Page(rows=page, cursor={"next": number + 1}, total=100)


class Asking:
    """An enricher that counts how often it was asked about each paper."""

    name, title, about, every, batch = "asking", "Asking", "for tests", timedelta(hours=1), 2

    def __init__(self):
        self.asked: list[list[str]] = []

    def ask(self, fetch, papers):
        self.asked.append([paper.arxiv for paper in papers])
        return [Record(paper=Paper(title=p.title, identities=p.identities, extra={
            "asking": {"citations": 7}}), source="asking") for p in papers]  # fmt: skip


@pytest.fixture
def use(monkeypatch):
    """Let the settings have these sources."""

    def chosen(*sources):
        for one in sources:
            monkeypatch.setitem(registry._MADE, one.name, lambda settings, one=one: one)
        monkeypatch.setattr(registry, "ALL", tuple(one.name for one in sources))
        monkeypatch.setenv("PAPERTIDE_SOURCES", " ".join(one.name for one in sources))

    return chosen


@pytest.fixture
def server(monkeypatch):
    with Server() as server:
        monkeypatch.setenv("PAPERTIDE_SOURCE_URLS", f"arxiv-oai={server.address}/oai2")
        yield server


def rows(*numbers: int) -> list[Record]:
    return [make_record(f"A study of thing number {n}", arxiv=f"2503.{n:05}") for n in numbers]


def test_a_harvest_is_searchable_and_goes_on_where_it_ended(library, use):
    source = Made("made", rows(1, 2), [*rows(3), Rejection(line=2, reason="bad", text="x")])
    use(source)
    [done] = library.harvest()
    assert (done.pages, done.entries, done.new, done.rejected, done.error) == (2, 4, 3, 1, "")
    assert (done.found_by, done.absorbed, done.to_review) == ({}, 0, 0)
    assert library.search("study").total == 3
    assert '"reason":"bad"' in Path(done.rejected_file).read_text()
    [again] = library.harvest()
    assert (again.pages, source.asked[-1]) == (0, ({"next": 2}, None))
    [since] = library.harvest(["made"], since=datetime.date(2025, 1, 1))
    assert (since.unchanged, source.asked[-1]) == (3, ({}, datetime.date(2025, 1, 1)))


def test_a_page_is_stored_with_its_cursor_or_not_at_all(library, use, monkeypatch):
    use(Made("made", rows(1), rows(2)))
    real = services._tell

    def fails(source, told):
        if services.runs()["made"].cursor == {"next": 2}:
            raise RuntimeError("killed here")
        real(source, told)

    monkeypatch.setattr(services, "_tell", fails)
    with pytest.raises(RuntimeError):
        library.harvest()
    assert library.count() == 1
    assert services.runs()["made"].cursor == {"next": 1}
    monkeypatch.setattr(services, "_tell", real)
    [done] = library.harvest()
    assert (done.new, library.count()) == (1, 2)
    assert services.told(datetime.date(2025, 1, 1)) == {"made": {datetime.date(2025, 3, 18): 2}}


def test_a_dry_run_keeps_nothing(library, use):
    use(Made("made", rows(1, 2)))
    [done] = library.harvest(dry_run=True)
    assert done.new == 2
    assert (library.count(), services.runs(), library._changes.last()) == (0, {}, 0)


def test_an_error_keeps_what_came_before_and_stops_no_other_source(library, use):
    again = datetime.datetime.now(datetime.UTC) + timedelta(hours=5)
    late = SourceError("come back later", reason="later", again=again)
    broken = Made("two", rows(2), ValueError("our own"))
    use(Made("one", rows(1), late), broken, Made("three", rows(3)))
    one, two, three = library.harvest()
    assert one.error == "come back later"
    assert "ValueError: our own" in two.error
    assert three.error == ""
    assert library.count() == 3
    state = {status.name: status for status in library.sources()}
    assert (state["one"].failures, state["one"].cursor) == (1, {"next": 1})
    assert state["one"].due == again
    assert state["two"].due < again
    assert state["three"].due > state["three"].succeeded


def test_a_row_that_the_database_refuses_is_rejected_by_itself(library, use):
    bad = make_record("Some title", arxiv="2503.00009", extra={"made": {"of": object()}})
    use(Made("made", [*rows(1), bad, *rows(2)]))
    [done] = library.harvest()
    assert (done.new, done.rejected, library.count()) == (2, 1, 2)


def test_a_source_that_another_process_harvests_is_passed_over(library, use):
    use(Made("one", rows(1)), Made("two", rows(2)))
    (library.folder / "harvests").mkdir()
    with FileLock(library.folder / "harvests" / "one.lock"):
        one, two = library.harvest()
    assert (one.busy, two.busy, two.new) == (True, False, 1)


def test_no_such_source(library):
    with pytest.raises(SourceError, match="arxiv-oai"):
        library.harvest(["arxive"])


# --- what is due -----------------------------------------------------------------------------


def test_tick_harvests_what_is_due_and_begins_a_week_ago(library, use):
    source = Made("made", rows(1))
    use(source)
    library.tick()
    library.tick()
    assert source.asked == [({}, today() - timedelta(days=7))]
    assert library.search("study").total == 1
    services.State.objects.update(due=datetime.datetime.now(datetime.UTC))
    library.tick()
    assert source.asked[-1] == ({"next": 1}, None)


def test_a_long_harvest_is_spread_over_ticks(library, use, monkeypatch):
    monkeypatch.setattr("papertide.harvest.PAGES_A_TICK", 2)
    use(Made("made", *[rows(n) for n in range(1, 6)]))
    for count in (2, 4, 5):
        library.tick()
        assert library.count() == count


def test_failures_are_tried_again_ever_later(library, use):
    use(Made("made", SourceError("no")))
    waits = []
    for _ in range(3):
        library.harvest()
        [state] = library.sources()
        waits.append(state.due - state.attempted)
    assert waits == sorted(waits)
    assert state.failures == 3
    services.State.objects.update(
        failing_since=datetime.datetime.now(datetime.UTC) - timedelta(days=2)
    )
    [alarm] = library.sources()[0].alarms
    assert alarm.kind == "failing"


# --- enrichers -------------------------------------------------------------------------------


def test_papers_are_asked_about_once_a_round_the_new_ones_first(library, use):
    catalog.ingest(rows(1, 2, 3))
    enricher = Asking()
    use(enricher)
    library.harvest()
    assert enricher.asked == [["2503.00003", "2503.00002"], ["2503.00001"]]
    assert library.paper("2503.00001").extra["asking"] == {"citations": 7}
    library.harvest()
    assert len(enricher.asked) == 2
    catalog.ingest(rows(4))
    library.harvest()
    assert enricher.asked[2:] == [["2503.00004"]]
    held = services.State.objects.get()
    held.cursor["began"] = str(today() - timedelta(days=40))
    held.save()
    library.harvest()
    assert enricher.asked[3:] == [["2503.00004", "2503.00003"], ["2503.00002", "2503.00001"]]


def test_a_round_goes_on_where_it_was_left(library, use):
    catalog.ingest(rows(*range(1, 7)))
    enricher = Asking()
    use(enricher)
    right = enricher.ask

    def fails(fetch, papers):
        if len(enricher.asked) == 2:
            raise SourceError("no")
        return right(fetch, papers)

    enricher.ask = fails
    assert library.harvest()[0].error == "no"
    enricher.ask = right
    catalog.ingest(rows(7))
    library.harvest()
    assert [n for batch in enricher.asked for n in batch] == [
        f"2503.{n:05}" for n in (6, 5, 4, 3, 7, 2, 1)
    ]  # fmt: skip


# --- a repository ----------------------------------------------------------------------------


def test_a_repository_with_faults_to_the_last_paper(library, server):
    repository = Repository(3000, deleted=[5], expire={2000}, twice=True)
    server.handle("/oai2", repository)
    server.fault("503", None, "reset", None, "html", Answered(HTML, 500))
    [done] = library.harvest(["arxiv-oai"])
    assert done.error == ""
    assert library.count() == library.index_status().indexed == 2999
    assert library.paper(repository.identifier(5)).removed
    assert sum(services.told(datetime.date(2020, 1, 1))["arxiv-oai"].values()) == 3000
    [again] = library.harvest(["arxiv-oai"], since=datetime.date(2020, 1, 1))
    assert (again.new, again.changed) == (0, 0)
