"""Days, weeks and months of editions, when they close, and on which day arXiv lists a paper.
No I/O."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

DAY = timedelta(days=1)
LATE = 3  # days after which a paper that was not in time is in no edition
LONGEST = 366  # days of a period
YEARS = range(1000, 3000)  # that periods are named of: no calculation leaves the calendar there
Kind = Literal["day", "week", "month", "range"]
_NEW_YORK, _DEADLINE = ZoneInfo("America/New_York"), 14  # o'clock
_NAME = re.compile(r"(\d{4})-(?:W(\d\d)|(\d\d)(?:-(\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?)?)", re.A)


def arxiv_list(submitted: datetime) -> date:
    """The day whose list of arXiv has a paper that was submitted then (with a time zone).

    What comes until 14:00 in New York, Monday to Friday, is announced at 20:00, that of Friday on
    Sunday; lists bear the day after (https://info.arxiv.org/help/availability.html). Holidays,
    which arXiv tells for each year anew, and papers held back by moderators are not known here.
    """
    local = submitted.astimezone(_NEW_YORK)
    closes = local.date() + DAY * (local.hour >= _DEADLINE)
    while closes.weekday() > 4:
        closes += DAY
    return closes + (3 * DAY if closes.weekday() == 4 else DAY)


def is_listed(day: date) -> bool:
    """Whether arXiv has lists on that day of the week."""
    return day.weekday() < 5


class Cutoff(msgspec.Struct, frozen=True):
    """The time of day at which the edition of a day closes, in a time zone."""

    at: time
    zone: ZoneInfo

    def of(self, day: date) -> datetime:
        """When the edition of a day closes, in UTC. A time that the clocks skip is taken as the
        clocks had gone on; of one that comes twice, the first."""
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)

    def latest(self, now: datetime) -> date:
        """The latest day whose edition is closed."""
        day = now.astimezone(self.zone).date() + DAY
        while self.of(day) > now:
            day -= DAY
        return day


class Period(msgspec.Struct, frozen=True):
    """A day, an ISO week, a month, or any days in a row: the first and the last of them."""

    kind: Kind
    first: date
    last: date

    @property
    def name(self) -> str:
        """2025-03-17, 2025-W12, 2025-03, or 2025-03-17..2025-03-20."""
        match self.kind:
            case "day":
                return str(self.first)
            case "week":
                year, week, _ = self.first.isocalendar()
                return f"{year:04}-W{week:02}"
            case "month":
                return str(self.first)[:7]
        return f"{self.first}..{self.last}"

    @property
    def days(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += DAY

    @property
    def before(self) -> "Period | None":
        """The same before it; None where the calendar begins, and of days in a row."""
        return self._near(self.first, -1)

    @property
    def after(self) -> "Period | None":
        return self._near(self.last, 1)

    def _near(self, day: date, days: int) -> "Period | None":
        try:
            return None if self.kind == "range" else of(self.kind, day + days * DAY)
        except OverflowError:
            return None


def earlier(day: date, days: int) -> date:
    """So many days before a day; the first of the calendar where that is before it."""
    return date.fromordinal(max(1, day.toordinal() - days))


def of(kind: Kind, day: date) -> Period:
    """The day, week or month that has a day. Raises OverflowError at the end of the calendar."""
    match kind:
        case "week":
            first = day - day.weekday() * DAY
            return Period("week", first, first + 6 * DAY)
        case "month":
            first = day.replace(day=1)
            return Period("month", first, (first + 31 * DAY).replace(day=1) - DAY)
    return Period("day", day, day)


def between(first: date, last: date) -> Period:
    """Days in a row. Raises ValueError where there are too many, or they end before they begin."""
    if last < first:
        raise ValueError(f"{last} is before {first}")
    if (last - first).days >= LONGEST:
        raise ValueError(f"more than {LONGEST} days")
    return Period("range", first, last) if first < last else of("day", first)


def period(name: str) -> Period:
    """The period of a name, as `Period.name` gives them. Raises ValueError."""
    found = _NAME.fullmatch(name.strip())
    try:
        if not found:
            raise ValueError
        year, week, month, day, last = found.groups()
        if int(year) not in YEARS or (last and int(last[:4]) not in YEARS):
            raise ValueError
        if last:
            first = date.fromisoformat(name.strip().partition("..")[0])
            return between(first, date.fromisoformat(last))
        if week:
            return of("week", date.fromisocalendar(int(year), int(week), 1))
        if day:
            return of("day", date.fromisoformat(name.strip()))
        return of("month", date(int(year), int(month), 1))
    except (ValueError, OverflowError) as error:
        if "before" in str(error) or "more than" in str(error):
            raise
        raise ValueError(
            f"not a day, week or month such as 2025-03-17, 2025-W12, 2025-03: {name[:30]!r}"
        ) from None
