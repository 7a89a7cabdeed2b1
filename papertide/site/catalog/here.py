"""How papers are received here, beside what listings tell: other apps keep it and say it.

The catalogue knows no votes of its own; an app that does appends to `TELLERS` in its
`AppConfig.ready`, as with the desk.
"""

import datetime
from collections.abc import Collection
from typing import NamedTuple, Protocol


class Came(NamedTuple):
    """So many votes and comments came to a paper on a day; they add to those of listings. And so
    many people mentioned it."""

    paper: int
    day: datetime.date
    votes: int
    comments: int
    mentions: int = 0


class Teller(Protocol):
    """What an app tells. Each is one query, `days` two."""

    def totals(self, papers: Collection[int] | None = None) -> list[tuple[int, int, int]]:
        """Papers (all, or those of some that have any), their votes and comments in all."""

    def days(self, since: datetime.date, until: datetime.date, limit: int) -> list[Came]:
        """What came within some days, the latest first, of papers that were not removed."""

    def counted(self) -> tuple[int, int]:
        """All votes and comments there are: numbers that change with every one of them."""


TELLERS: list[Teller] = []


def totals(papers: Collection[int] | None = None) -> dict[int, tuple[int, int]]:
    """Votes and comments that came to papers here; those without any are left out."""
    found: dict[int, tuple[int, int]] = {}
    for teller in TELLERS:
        for paper, votes, comments in teller.totals(papers):
            more = found.get(paper, (0, 0))
            found[paper] = (votes + more[0], comments + more[1])
    return found


def days(since: datetime.date, until: datetime.date, limit: int) -> list[Came]:
    """What came here within some days."""
    return [came for teller in TELLERS for came in teller.days(since, until, limit)]


def counted() -> int:
    """A number that changes with every vote and comment that comes here."""
    return sum(sum(teller.counted()) for teller in TELLERS)


def last_day(until: datetime.date) -> datetime.date | None:
    """The latest day up to one on which something came here."""
    first = datetime.date(1, 1, 1)
    latest = [teller.days(first, until, 1) for teller in TELLERS]
    return max((came[0].day for came in latest if came), default=None)
