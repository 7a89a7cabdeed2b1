"""Votes beside the index: what order they give, and when they are read again."""

from datetime import UTC, datetime, timedelta

import pytest

from papertide.search import popularity
from papertide.search.popularity import Liked, Popularity
from papertide.trends.hotness import hottest
from papertide.trends.signals import Signal, at_day
from tests.fixtures import today


def days(number):
    return today() - timedelta(days=number)


ROWS = [
    Liked(1, 10, 500, days(0)),
    Liked(2, 90, None, days(300)),
    Liked(3, 10, None, days(1)),
    Liked(4, 40, None, None),
    Liked(5, 0, None, days(0)),  # nobody liked it
    Liked(6, 10, None, days(0)),
]


def test_orders():
    held = Popularity(lambda: ROWS)
    papers, votes = held.order("votes")
    assert papers.tolist() == [2, 4, 6, 3, 1]  # of equal votes the newer paper first
    assert votes.tolist() == [90, 40, 10, 10, 10]
    papers, scores = held.order("rising")
    assert papers.tolist() == [1, 6, 3, 2, 4]  # stars lift; whose day is not known comes last
    assert sorted(scores, reverse=True) == scores.tolist()


def test_what_rises_is_the_hotness_of_the_same_signals():
    now = datetime.now(UTC)
    signals = [
        Signal(row.paper, kind, count or 0, at_day(row.since))
        for row in ROWS if row.votes
        for kind, count in (("votes", row.votes), ("stars", row.stars))
    ]  # fmt: skip
    papers, scores = Popularity(lambda: ROWS).order("rising")
    hot = hottest(signals, now)
    assert papers.tolist() == [one.paper for one in hot] + [4]
    assert scores[:4] == pytest.approx([one.score for one in hot], rel=1e-3)


def test_some_of_them_in_order():
    held = Popularity(lambda: ROWS)
    assert held.first([9, 1, 5, 4, 2, 8], "votes") == [2, 4, 1, 9, 5, 8]  # the others as they stood
    assert held.first([3, 6], "rising") == [6, 3]
    assert held.first([], "votes") == []
    assert Popularity(list).first([2, 1], "rising") == [2, 1]


def test_so_many_votes():
    held = Popularity(lambda: ROWS)
    assert held.voted(10) == {1, 2, 3, 4, 6}
    assert held.voted(11) == {2, 4}
    assert held.voted(10, 40) == {1, 3, 4, 6}
    assert held.of([1, 2, 5, 99]) == {1: (10, 500), 2: (90, None)}
    assert held.of([]) == {}


def test_nobody_voted():
    held = Popularity(list)
    assert held.voted(1) == frozenset()
    assert held.of([1]) == {}
    assert held.order("rising")[0].tolist() == []


def test_one_reading_is_shared_until_it_is_old(monkeypatch):
    now, read = [1000.0], []
    monkeypatch.setattr(popularity.time, "monotonic", lambda: now[0])
    held = Popularity(lambda: read.append(now[0]) or ROWS)
    for _ in range(3):
        held.order("votes")
        held.voted(1)
    assert read == [1000.0]
    now[0] += popularity.REFRESH - 1
    held.order("votes")
    assert len(read) == 1
    now[0] += 1
    held.order("votes")
    assert len(read) == 2
    held.forget()
    held.voted(1)
    assert len(read) == 3
