"""When a source is silent, stale, strange or failing: alarms instead of a quiet day.

arXiv announces on Sunday to Thursday evenings at 20:00 in New York, so that its lists bear the
dates Monday to Friday (https://info.arxiv.org/help/availability.html). It skips some US holidays,
as it tells for each year anew: that list is not known here. On federal holidays, the day after
Thanksgiving, from 24 December to 2 January, and on the weekday after each of these (in 2025 the
lists of 20 June, 7 July and 2 September were missing) nothing is expected, so that a real failure
on such a day is noticed a day later.
"""

import datetime
import math
from collections.abc import Callable, Mapping
from statistics import median
from typing import Literal

import msgspec

_WEEKS, _LEAST = 12, 4  # weekdays that a count is compared with, and how many there must be
_STRANGE = 5.0  # robust z-score; at 3.5 about one day of arXiv's lists in forty would ring
_DAY = datetime.timedelta(days=1)
_MEMORY = datetime.timedelta(days=14)  # for which missed lists are told of
# By 20:00 in New York it is 00:00 or 01:00 UTC on the list's own day; a feed may be late.
_GRACE = datetime.timedelta(hours=12)


class Alarm(msgspec.Struct, kw_only=True, frozen=True):
    """Something about a source that a person should look at."""

    source: str
    kind: Literal["silent", "stale", "strange", "failing"]
    day: datetime.date  # that it is about
    message: str

    @property
    def key(self) -> str:
        """The same for the same alarm on another day."""
        return f"{self.source} {self.kind} {self.day}"


def weekday(day: datetime.date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


def arxiv_day(day: datetime.date) -> bool:
    """Whether a list of arXiv surely bears that date."""
    before = day - (3 if day.weekday() == 0 else 1) * _DAY
    return weekday(day) and not _holiday(day) and not _holiday(before)


def _holiday(day: datetime.date) -> bool:
    """US federal holidays (5 U.S.C. 6103) and the days on which arXiv may follow them."""
    nth, last = (day.day + 6) // 7, (day + 7 * _DAY).month != day.month
    weekdays = {(1, 0, 3), (2, 0, 3), (9, 0, 1), (10, 0, 2), (11, 3, 4)}  # month, weekday, nth
    after_thanksgiving = (day.month, day.weekday()) == (11, 4) and 23 <= day.day <= 29
    fixed = {(6, 19), (7, 4), (11, 11)}
    if (day.month, day.weekday(), nth) in weekdays or after_thanksgiving:
        return True
    if day.month == 5 and day.weekday() == 0 and last:
        return True
    if (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 2):
        return True
    # A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after.
    near = {day} | ({day + _DAY} if day.weekday() == 4 else set()) | (
        {day - _DAY} if day.weekday() == 0 else set())  # fmt: skip
    return any((held.month, held.day) in fixed for held in near)


def strangeness(count: int, usual: list[int]) -> float:
    """The robust z-score of a count: its distance to the median in units of the deviation.

    The deviation is 1.4826 times the median absolute one (for normal data the standard deviation;
    Iglewicz and Hoaglin, 1993), and never less than what chance does to counts (their root) or a
    tenth of the median. 0 where there is too little to compare with.
    """
    if len(usual) < _LEAST:
        return 0.0
    middle = median(usual)
    deviation = 1.4826 * median(abs(one - middle) for one in usual)
    return (count - middle) / max(deviation, math.sqrt(middle), middle / 10, 1.0)


def of_days(
    source: str,
    told: Mapping[datetime.date, int],
    expected: Callable[[datetime.date], bool],
    succeeded: datetime.datetime | None,
    remedy: str = "",
) -> list[Alarm]:
    """Alarms about the days of a source that has a list on each expected day.

    `told` is day -> records with something new; `succeeded` the time (UTC) at which the source
    last answered: of later days nothing is known yet, and a source that never told is no alarm.
    `remedy` is what brings in the papers of lists that were missed, with ``{day}`` in it.
    """
    if not told or succeeded is None:
        return []
    latest = max(told)
    at = (succeeded - _GRACE).date()  # the last day whose list must be there
    missing = [day for day in _days(latest, at) if expected(day)]
    if len(missing) > 1:
        return [Alarm(source=source, kind="stale", day=missing[0], message=(
            f"its date has not moved since {latest}, though lists of {len(missing)} days are "
            "due since then"))]  # fmt: skip
    if missing:
        return [Alarm(source=source, kind="silent", day=missing[0], message=(
            f"no paper on {missing[0]:%A}, {missing[0]}"))]  # fmt: skip
    # A machine that slept through some days met their lists no more: a feed holds one day.
    first = max(min(told), latest - _MEMORY)
    if slept := [day for day in _days(first, latest) if expected(day) and day not in told]:
        how = f"; {remedy.format(day=slept[0])} brings their papers" if remedy else ""
        return [Alarm(source=source, kind="silent", day=slept[0], message=(
            f"no list of {len(slept)} days from {slept[0]} to {slept[-1]}{how}"))]  # fmt: skip
    # The day before the latest is whole; the latest may still grow, but it cannot be too large.
    alarms = []
    for day in sorted(told)[-2:]:
        usual = [told[day - n * 7 * _DAY] for n in range(1, _WEEKS + 1)
                 if told.get(day - n * 7 * _DAY)]  # fmt: skip
        score = strangeness(told[day], usual)
        if expected(day) and abs(score) >= _STRANGE and (score > 0 or day <= at):
            alarms.append(Alarm(source=source, kind="strange", day=day, message=(
                f"{told[day]:,} on {day:%A}, {day}; usual are {median(usual):,.0f}")))  # fmt: skip
    return alarms


def _days(after: datetime.date, until: datetime.date) -> list[datetime.date]:
    return [after + n * _DAY for n in range(1, (until - after).days + 1)]


def of_failing(
    source: str, failing_since: datetime.datetime | None, error: str, now: datetime.datetime
) -> list[Alarm]:
    """An alarm where every harvest of a day or more failed."""
    if failing_since is None or now - failing_since < _DAY:
        return []
    message = f"failing since {failing_since:%Y-%m-%d %H:%M} UTC: {error}"
    return [Alarm(source=source, kind="failing", day=failing_since.date(), message=message)]
