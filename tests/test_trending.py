"""What is rising in a library: signals of the catalogue, what is learnt, when, what is kept."""

import datetime
import os
import time

import numpy as np
import pytest

from papertide.papers import ListingPlace
from papertide.trending import EVERY, FILE, Learnt, Trends
from papertide.trends import forecast
from tests.fixtures import WORDS, make_record, today
from tests.site.helpers import add


def days_ago(days):
    return (today() - datetime.timedelta(days=days)).isoformat()


def listed(n, day, votes, *, comments=0, title="", key="daily", **fields):
    place = ListingPlace(key=f"{key}:{day}", source="huggingface", title="Daily", date=day,
                         position=1, votes=votes, comments=comments)  # fmt: skip
    return make_record(
        title or f"Listed number {n}", arxiv=f"2503.{n:05}", source="huggingface", as_of=day,
        listing=place, **fields,
    )  # fmt: skip


def ids(found):
    return [one.paper.arxiv for one in found.papers]


def test_the_hottest_of_a_window(library):
    add(library, [
        listed(1, days_ago(0), 10), listed(2, days_ago(0), 10, comments=9),
        listed(3, days_ago(5), 90), listed(4, days_ago(20), 500), listed(5, days_ago(0), 0),
        listed(6, days_ago(-3), 999), make_record("Never listed", arxiv="2503.00007"),
    ])  # fmt: skip
    found = library.trending("day")
    assert ids(found) == ["2503.00002", "2503.00001"]
    assert (found.since, found.until, found.total) == (today(), today(), 2)
    assert [part.kind for part in found.papers[0].hotness.parts] == ["votes", "comments"]
    assert set(ids(library.trending("week"))) == {f"2503.0000{n}" for n in (1, 2, 3)}
    assert set(ids(library.trending("month"))) == {f"2503.0000{n}" for n in (1, 2, 3, 4)}
    assert ids(library.trending("week", 1, 1)) == ids(library.trending("week"))[1:2]
    before = today() - datetime.timedelta(days=4)
    assert ids(library.trending("week", on=before)) == ["2503.00003"]
    ahead = library.trending("week", on=today() + datetime.timedelta(days=400))
    assert (ahead.until, ids(ahead)) == (today(), ids(library.trending("week")))


def test_signals_of_several_listings_and_sources(library):
    add(library, [
        listed(1, days_ago(2), 10, comments=4, extra={"huggingface": {"stars": 70}}),
        listed(1, days_ago(1), 30, comments=1, key="again"),
        make_record("Listed number 1", arxiv="2503.00001", source="openalex",
                    extra={"openalex": {"citations": 12, "as_of": days_ago(1)}}),
        make_record("Listed number 1", arxiv="2503.00001", source="crossref",
                    extra={"crossref": {"citations": 3, "as_of": days_ago(0)}}),
    ])  # fmt: skip
    [one] = library.trending("week").papers
    parts = {part.kind: (part.count, int(part.days)) for part in one.hotness.parts}
    assert parts == {"votes": (30, 2), "comments": (4, 2), "stars": (70, 2), "citations": (12, 1)}
    library.search("listed", sort="rising")


def test_one_reading_is_shared_until_it_is_old(library, monkeypatch):
    from papertide import trending

    add(library, [listed(1, days_ago(1), 10)])
    now, read = [time.monotonic()], []
    monkeypatch.setattr(trending.time, "monotonic", lambda: now[0])
    signals = library._services.signals
    monkeypatch.setattr(
        library._services, "signals", lambda *span: read.append(span) or signals(*span)
    )
    for _ in range(3):
        library.trending("week")
    assert len(read) == 1
    library.trending("day")
    assert len(read) == 2
    now[0] += trending.REFRESH
    library.trending("week")
    assert len(read) == 3
    for days in range(60):
        library.trending("week", on=today() - datetime.timedelta(days=days))
    assert len(library._trends._hot) <= trending.KEPT
    add(library, [listed(2, days_ago(0), 90)])
    assert library.trending("week").total == 2


def test_nothing_to_show(library):
    empty = library.trending("week")
    assert (empty.papers, empty.total, empty.latest) == ([], 0, None)
    add(library, [listed(1, days_ago(300), 5), listed(2, "2024-05", 5), listed(3, "--03-17", 9)])
    assert library.trending("month").latest == today() - datetime.timedelta(days=300)
    add(library, [listed(4, days_ago(1), 8, status="removed")])
    assert library.trending("week").total == 0


def test_too_little_to_learn_says_why(library):
    assert "no paper here has votes" in library.learn_trends().reason
    add(library, [listed(1, days_ago(1), 5)])
    found = library.learn_trends()
    assert "at least 300 papers" in found.reason
    assert not found.forecasts
    assert found.growth.reason
    assert library.trending("week").learnt == found
    assert library.trending("week").papers[0].forecast is None


def _many(days=22, a_day=15):
    """Listings in which one author's papers are liked, and votes are many the same."""
    chance = np.random.default_rng(0)
    for day in range(days):
        for n in range(a_day):
            author = int(chance.integers(6))
            yield listed(
                day * a_day + n, days_ago(days - day), int(2 + 9 * author + chance.integers(3)),
                title=f"{' '.join(chance.choice(WORDS, 4))} {day} {n}", authors=[f"Name {author}"],
                extra={"huggingface": {"submitter": f"user{author}",
                                       "submitted": f"{days_ago(days - day)}T03:00:00.000Z"}},
            )  # fmt: skip


def test_forecasts_are_of_papers_whose_votes_still_come(library, monkeypatch):
    from papertide.site.catalog import services

    for start in range(0, 330, 110):
        services.ingest(list(_many())[start : start + 110])
    monkeypatch.setattr(forecast, "LEAST_PAPERS", 250)
    monkeypatch.setattr(forecast, "LEAST_DAYS", 15)
    found = library.learn_trends()
    assert (found.reason, found.papers, found.days) == ("", 19 * 15, 19)
    assert found.rank > 0.5
    assert len(found.forecasts) == 45
    assert found.until == today() - datetime.timedelta(days=4)
    shown = library.trending("week", 200).papers
    told = [one for one in shown if one.forecast]
    assert len(told) == 45
    liked = [one.forecast.votes for one in told if one.paper.authors == ["Name 5"]]
    others = [one.forecast.votes for one in told if one.paper.authors == ["Name 0"]]
    assert min(liked) > max(others)
    hours = [one.hour for one, _ in services.told()]
    assert set(hours) == {3.0}


def test_learning_is_due_when_there_is_more_to_learn_from(library, monkeypatch):
    trends = library._trends
    assert trends.due()
    library.learn_trends()
    assert not trends.due()
    add(library, [listed(1, days_ago(1), 5)])
    assert not trends.due()  # not that soon
    later = time.time() + EVERY + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert trends.due()
    library.learn_trends()
    later += EVERY + 1
    assert not trends.due()
    add(library, [listed(1, days_ago(1), 6)])
    assert trends.due()


@pytest.mark.parametrize("held", [b"", b"{", b"[]", b'{"made": "x"}', b"\xff" * 9])
def test_a_file_that_is_none(library, held):
    (library.folder / FILE).write_bytes(held)
    assert library.trending("week").learnt == Learnt()
    assert library._trends.due()
    library.learn_trends()
    assert library.trending("week").learnt.made > 0


def test_what_another_process_learnt_is_read(library):
    library.learn_trends()
    first = library._trends.learnt()
    other = Trends(library._services, library.folder)
    time_before = (library.folder / FILE).stat().st_mtime_ns
    add(library, [listed(1, days_ago(1), 5)])
    from papertide.embedding import open_model

    made = other.learn(open_model())
    os.utime(library.folder / FILE, ns=(time_before + 10**9,) * 2)
    assert library._trends.learnt() == made != first
