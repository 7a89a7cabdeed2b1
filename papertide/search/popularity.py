"""How much papers are liked: votes, stars, and what rises. Beside the indexes, never in them.

Votes change by the minute and texts hardly ever: so they are arrays, read from the database in one
query when they are older than `REFRESH` seconds, and shared by all searches of a process.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Literal

import msgspec
import numpy as np

from papertide.trends import hotness
from papertide.trends.signals import at_day, days_since

REFRESH = 30.0  # seconds for which what was read holds

By = Literal["votes", "rising"]


class Liked(msgspec.Struct, frozen=True):
    """A paper with votes: its number, the most votes of any listing, stars of its code (None: not
    known), the first day it was listed (None: not known), the most comments of any listing."""

    paper: int
    votes: int
    stars: int | None = None
    since: date | None = None
    comments: int = 0


class _Table:
    """What was read, as arrays in the order of papers' numbers."""

    def __init__(self, rows: Iterable[Liked]):
        held = sorted((row for row in rows if row.votes > 0), key=lambda row: row.paper)
        now = datetime.now(UTC)
        days = [days_since(at_day(row.since), now) for row in held]
        self.papers = np.array([row.paper for row in held], np.int64)
        self.votes = np.array([row.votes for row in held], np.int64)
        self.stars = [row.stars for row in held]
        self.rising = hotness.of_counts(
            {
                "votes": self.votes,
                "comments": np.array([row.comments for row in held], float),
                "stars": np.array([row.stars or 0 for row in held], float),
            },
            np.array(days, float),
        )
        # Equal ones: what rises by votes, then the newer paper first.
        self.best = {
            "votes": np.lexsort((-self.papers, -self.votes)),
            "rising": np.lexsort((-self.papers, -self.votes, -self.rising)),
        }


class Popularity:
    """The votes of a catalogue; `read` gives all its papers that have some."""

    def __init__(self, read: Callable[[], Iterable[Liked]]):
        self._read = read
        self._lock = threading.Lock()
        self._table: _Table | None = None
        self._until = 0.0

    def forget(self) -> None:
        """Read anew when next asked: votes have changed."""
        with self._lock:
            self._until = 0.0

    def order(self, by: By) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of all papers with votes, the most liked first, and what orders them."""
        table = self._fresh()
        best = table.best[by]
        return table.papers[best], getattr(table, by)[best]

    def first(self, papers: Sequence[int], by: By) -> list[int]:
        """Some papers, the most liked first; behind them those without votes, as they stood."""
        liked, _ = self.order(by)
        liked = liked[np.isin(liked, np.asarray(papers, np.int64))].tolist()
        known = set(liked)
        return liked + [paper for paper in papers if paper not in known]

    def voted(self, least: int, most: int | None = None) -> frozenset[int]:
        """The numbers of the papers with so many votes; `least` from 1."""
        table = self._fresh()
        held = table.votes >= least
        if most is not None:
            held &= table.votes <= most
        return frozenset(table.papers[held].tolist())

    def of(self, papers: Sequence[int]) -> dict[int, tuple[int, int | None]]:
        """Votes and stars of those of some papers that have votes."""
        table = self._fresh()
        if not len(table.papers):
            return {}
        wanted = np.asarray(papers, np.int64)
        places = np.minimum(np.searchsorted(table.papers, wanted), len(table.papers) - 1)
        return {
            int(table.papers[place]): (int(table.votes[place]), table.stars[place])
            for place in places[table.papers[places] == wanted]
        }

    def _fresh(self) -> _Table:
        with self._lock:
            now = time.monotonic()
            if self._table is None or now >= self._until:
                self._table, self._until = _Table(self._read()), now + REFRESH
            return self._table
