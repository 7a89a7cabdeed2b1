"""Alarms: silence where papers were due, and none on a quiet weekend or a holiday."""

from datetime import UTC, date, datetime, timedelta

import pytest

from papertide import alarms
from papertide.alarms import arxiv_day, of_days, of_failing, strangeness, weekday

WEEK = {0: 300, 1: 500, 2: 310, 3: 290, 4: 280}


def usual(until: date, weeks: int = 8) -> dict[date, int]:
    """Counts of the weekdays before a day, a little different from week to week."""
    days = [until - timedelta(days=n) for n in range(1, weeks * 7 + 1)]
    return {day: WEEK[day.weekday()] + day.day for day in days if weekday(day)}


def at(day: date, hour: int = 18) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


FRIDAY = date(2025, 10, 31)


@pytest.mark.parametrize(
    ("now", "kinds"),
    [(at(FRIDAY), []), (at(FRIDAY + timedelta(days=1)), []), (at(FRIDAY + timedelta(days=2)), []),
     (at(FRIDAY + timedelta(days=3), 3), []), (at(FRIDAY + timedelta(days=3)), ["silent"]),
     (at(FRIDAY + timedelta(days=4)), ["stale"]), (at(FRIDAY + timedelta(days=40)), ["stale"])],
)  # fmt: skip
def test_silence(now, kinds):
    told = usual(FRIDAY + timedelta(days=1))
    assert [alarm.kind for alarm in of_days("arxiv", told, arxiv_day, now)] == kinds


def test_what_is_not_known_is_no_alarm():
    assert of_days("arxiv", {}, arxiv_day, at(FRIDAY)) == []
    assert of_days("arxiv", usual(FRIDAY), arxiv_day, None) == []


@pytest.mark.parametrize(
    ("count", "strange"), [(280, False), (350, False), (200, False), (60, True), (900, True)]
)
def test_counts_far_from_usual(count, strange):
    told = usual(FRIDAY) | {FRIDAY: count}
    found = of_days("arxiv", told, arxiv_day, at(FRIDAY))
    assert [alarm.kind for alarm in found] == ["strange"] * strange
    assert all(str(count) in alarm.message for alarm in found)


def test_a_day_that_may_still_grow_is_not_too_small():
    told = usual(FRIDAY) | {FRIDAY: 10}
    assert of_days("arxiv", told, arxiv_day, at(FRIDAY, 3)) == []


def test_tuesdays_are_compared_with_tuesdays():
    tuesday = date(2025, 10, 28)
    told = usual(tuesday) | {tuesday: WEEK[1]}
    assert of_days("arxiv", told, arxiv_day, at(tuesday)) == []


def test_too_little_to_compare_with():
    assert strangeness(0, [500, 500, 500]) == 0
    assert strangeness(500, [500] * 4) == 0
    assert strangeness(0, [500] * 4) < -alarms._STRANGE
    assert strangeness(3, [0, 0, 0, 0]) == 3.0


@pytest.mark.parametrize(
    "day",
    ["2025-01-01", "2025-01-20", "2025-02-17", "2025-05-26", "2025-06-19", "2025-07-04",
     "2025-09-01", "2025-10-13", "2025-11-11", "2025-11-27", "2025-11-28", "2025-12-25",
     "2026-07-03", "2027-07-05", "2025-11-01", "2025-11-02", "2025-06-20", "2025-07-07",
     "2025-09-02", "2025-01-21", "2025-01-03"],
)  # fmt: skip
def test_days_without_a_sure_list(day):
    assert not arxiv_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2025-10-31", "2025-01-22", "2025-05-19", "2025-11-21",
                                 "2025-12-23", "2025-07-03", "2025-01-06"])  # fmt: skip
def test_days_with_one(day):
    assert arxiv_day(date.fromisoformat(day))


def test_failing_for_a_day():
    now = at(FRIDAY)
    assert of_failing("x", None, "", now) == []
    assert of_failing("x", now - timedelta(hours=23), "no", now) == []
    [alarm] = of_failing("x", now - timedelta(hours=25), "no answer", now)
    assert "no answer" in alarm.message
    assert alarm.key == "x failing 2025-10-30"


def test_lists_that_a_machine_slept_through():
    """A feed holds one day: what lies between two that were met never came."""
    told = {date(2025, 7, n): 100 for n in (7, 8, 9, 10, 21)}
    at = datetime(2025, 7, 21, 13, tzinfo=UTC)
    [alarm] = of_days("arxiv-daily", told, weekday, at, "do this since {day}")
    assert (alarm.kind, alarm.day) == ("silent", date(2025, 7, 11))
    assert "6 days" in alarm.message
    assert "do this since 2025-07-11" in alarm.message
