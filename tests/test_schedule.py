"""Days, weeks and months; when editions close; on which of arXiv's lists a paper is."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide import schedule
from papertide.schedule import Cutoff, Period, arxiv_list

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("submitted", "listed"),
    [
        # Attention Is All You Need: a Monday, 13:57 in New York
        (datetime(2017, 6, 12, 17, 57, 34, tzinfo=UTC), date(2017, 6, 13)),
        (datetime(2017, 6, 12, 14, 0, tzinfo=NEW_YORK), date(2017, 6, 14)),  # just too late
        (datetime(2025, 3, 13, 18, 0, tzinfo=NEW_YORK), date(2025, 3, 17)),  # Thursday evening
        (datetime(2025, 3, 14, 13, 59, tzinfo=NEW_YORK), date(2025, 3, 17)),  # Friday
        (datetime(2025, 3, 14, 14, 1, tzinfo=NEW_YORK), date(2025, 3, 18)),
        (datetime(2025, 3, 16, 23, 0, tzinfo=NEW_YORK), date(2025, 3, 18)),  # Sunday
        (datetime(2025, 1, 15, 18, 59, tzinfo=UTC), date(2025, 1, 16)),  # in winter, 13:59 there
        (datetime(2025, 1, 15, 19, 1, tzinfo=UTC), date(2025, 1, 17)),
    ],
)
def test_the_list_of_arxiv(submitted, listed):
    assert arxiv_list(submitted) == listed


@given(st.datetimes(datetime(1991, 8, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_list_is_of_a_weekday_soon_after(submitted):
    listed = arxiv_list(submitted)
    assert schedule.is_listed(listed)
    assert timedelta(0) < datetime.combine(listed, time(), NEW_YORK) - submitted < timedelta(days=5)


@pytest.mark.parametrize(
    ("zone", "at", "day", "closes"),
    [
        ("UTC", time(8), date(2025, 3, 18), datetime(2025, 3, 18, 8, tzinfo=UTC)),
        # The clocks go on at 02:00: half past two is no time, and is taken as 03:30.
        ("Europe/Berlin", time(2, 30), date(2025, 3, 30), datetime(2025, 3, 30, 1, 30, tzinfo=UTC)),
        # They go back at 03:00: half past two comes twice, and the first counts.
        ("Europe/Berlin", time(2, 30), date(2025, 10, 26),
         datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        ("Pacific/Kiritimati", time(0), date(2025, 3, 18), datetime(2025, 3, 17, 10, tzinfo=UTC)),
    ],
)
def test_when_an_edition_closes(zone, at, day, closes):
    cutoff = Cutoff(at, ZoneInfo(zone))
    assert cutoff.of(day) == closes
    assert cutoff.latest(closes) == day
    assert cutoff.latest(closes - timedelta(seconds=1)) == day - timedelta(days=1)


@given(
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                     "Pacific/Apia", "Asia/Kathmandu"]),
    st.times(), st.dates(date(1995, 1, 1), date(2060, 1, 1)),
)  # fmt: skip
def test_days_close_one_after_the_other(zone, at, day):
    cutoff = Cutoff(at.replace(second=0, microsecond=0), ZoneInfo(zone))
    closes = [cutoff.of(day + timedelta(days=n)) for n in range(4)]
    assert closes == sorted(set(closes))
    assert cutoff.latest(closes[2]) == day + timedelta(days=2)


def test_names_of_periods():
    for name in ("2025-03-17", "2025-W12", "2025-03", "2025-03-17..2025-03-20", "2020-W53",
                 "1000-01"):
        assert schedule.period(name).name == name
    assert schedule.period("2025-03-17..2025-03-17").kind == "day"
    assert schedule.period("2024-02").last == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "not a day"), ("soon", "not a day"), ("2025", "not a day"), ("2025-13", "not a day"),
        ("2025-02-30", "not a day"), ("2025-W54", "not a day"), ("2025-W00", "not a day"),
        ("2025-03-20..2025-03-17", "is before"), ("2020-01-01..2025-01-01", "more than 366"),
        ("2025-W12..2025-03-20", "not a day"), ("٢٠٢٥-03", "not a day"), ("0000-01", "not a day"),
        ("0999-01", "not a day"), ("3000-01-01", "not a day"), ("2999-12-31..9999-12-31", "not a"),
        ("2025-03-17\n", ""),
    ],
)  # fmt: skip
def test_what_is_no_period(name, why):
    if why:
        with pytest.raises(ValueError, match=why):
            schedule.period(name)
    else:
        assert schedule.period(name).kind == "day"


def test_earlier_days():
    assert schedule.earlier(date(2025, 3, 1), 2) == date(2025, 2, 27)
    assert schedule.earlier(date.min, 2) == date.min


def test_neighbours():
    assert schedule.period("2025-W01").before.name == "2024-W52"
    assert schedule.period("2025-12").after.name == "2026-01"
    assert schedule.of("day", date.max).after is None
    assert schedule.of("day", date.min).before is None
    assert Period("range", date(2025, 1, 1), date(2025, 1, 3)).after is None
