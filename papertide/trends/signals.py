"""What is known of how a paper is received, and since when: votes, comments, stars and the like."""

from datetime import UTC, date, datetime, time
from typing import Literal

import msgspec

Kind = Literal["votes", "comments", "mentions", "stars", "citations"]


class Signal(msgspec.Struct, frozen=True):
    """So many of a kind came to a paper at a time (None: it is not known when)."""

    paper: int
    kind: Kind
    count: int
    at: datetime | None = None


def at_day(day: date | None) -> datetime | None:
    """The time of a signal of which only the day is known: its beginning, in UTC."""
    return datetime.combine(day, time(), UTC) if day else None


def days_since(at: datetime | None, now: datetime) -> float:
    """The age of a signal in days; 0 for one of the future, NaN where its time is not known."""
    return max(0.0, (now - at).total_seconds() / 86400) if at else float("nan")
