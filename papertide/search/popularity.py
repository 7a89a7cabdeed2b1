"""How much papers are liked: votes, stars, and what rises. Beside the indexes, never in them.

Votes change by the minute and texts hardly ever: so they are arrays, read from the database in one
query when they are older than `REFRESH` seconds, and shared by all searches of a process.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from papertide.trends import hotness
from papertide.trends.signals import at_day, days_since

REFRESH = 30.0  # seconds for which what was read holds

By = Literal["votes", "rising"]


class Came(NamedTuple):
    """So many votes and comments came to a paper here on a day, and so many people mentioned it."""

    day: date
    votes: int
    comments: int
    mentions: int = 0


class Liked(msgspec.Struct, frozen=True):
    """A paper with votes or comments: its number, the most votes of any listing, stars of its code
    (None: not known), the first day it was listed (None: not known), the most comments of any
    listing; the votes and comments that came here, which add to them, and those of late by day."""

    paper: int
    votes: int
    stars: int | None = None
    since: date | None = None
    comments: int = 0
    here: tuple[int, int] = (0, 0)
    lately: tuple[Came, ...] = ()


class Counts(NamedTuple):
    """Votes and comments of a paper in all, and those of them that listings told."""

    votes: int = 0
    comments: int = 0
    listed_votes: int = 0
    listed_comments: int = 0


NOTHING = Counts()


class _Table:
    """What was read, as arrays in the order of papers' numbers."""

    def __init__(self, rows: Iterable[Liked]):
        held = sorted(
            (row for row in rows if row.votes > 0 or row.comments > 0 or any(row.here)),
            key=lambda row: row.paper,
        )
        now = datetime.now(UTC)
        days = [days_since(at_day(row.since), now) for row in held]
        self.papers = np.array([row.paper for row in held], np.int64)
        # (papers, 2): votes and comments
        self.listed = np.array([(row.votes, row.comments) for row in held], np.int64).reshape(-1, 2)
        here = np.array([row.here for row in held], np.int64).reshape(-1, 2)
        self.counts = self.listed + here
        self.votes = self.counts[:, 0]
        self.stars = [row.stars for row in held]
        self.rising = hotness.of_counts(
            {
                "votes": self.listed[:, 0],
                "comments": self.listed[:, 1].astype(float),
                "stars": np.array([row.stars or 0 for row in held], float),
            },
            np.array(days, float),
            _faded(held, now),
        )
        # Equal ones: what rises by votes, then the newer paper first. What has no votes is not
        # liked, and what only others discussed does not rise.
        voted = self.votes > 0
        self.best = {
            "votes": _kept(np.lexsort((-self.papers, -self.votes)), voted),
            "rising": _kept(
                np.lexsort((-self.papers, -self.votes, -self.rising)), voted | (here[:, 1] > 0)
            ),
        }


def _kept(order: np.ndarray, which: np.ndarray) -> np.ndarray:
    return order[which[order]]


def _faded(held: Sequence[Liked], now: datetime) -> dict[hotness.Kind, np.ndarray]:
    """What is left of what came here, each by its own day: by kind, (papers,)."""
    rows = [
        (place, days_since(at_day(came.day), now), *came[1:])
        for place, row in enumerate(held) for came in row.lately
    ]  # fmt: skip
    places, days, *counts = np.array(rows, float).reshape(-1, 5).T
    faded: dict[hotness.Kind, np.ndarray] = {}
    for kind, count in zip(("votes", "comments", "mentions"), counts, strict=True):
        left = count * hotness.fading(days, hotness.KINDS[kind].scale)
        faded[kind] = np.bincount(places.astype(np.int64), left, minlength=len(held))
    return faded


class Popularity:
    """The votes and comments of a catalogue; `read` gives all its papers that have some."""

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
        return {
            int(table.papers[place]): (int(table.votes[place]), table.stars[place])
            for place in _places(table, papers) if table.votes[place]
        }  # fmt: skip

    def counts(self, papers: Sequence[int]) -> dict[int, Counts]:
        """Votes and comments of those of some papers that have any."""
        table = self._fresh()
        return {
            int(table.papers[place]): Counts(
                *table.counts[place].tolist(), *table.listed[place].tolist()
            )
            for place in _places(table, papers)
        }

    def _fresh(self) -> _Table:
        with self._lock:
            now = time.monotonic()
            if self._table is None or now >= self._until:
                self._table, self._until = _Table(self._read()), now + REFRESH
            return self._table


def _places(table: _Table, papers: Sequence[int]) -> np.ndarray:
    """Where those of some papers stand that are in a table."""
    if not len(table.papers):
        return np.empty(0, np.int64)
    wanted = np.asarray(papers, np.int64)
    places = np.minimum(np.searchsorted(table.papers, wanted), len(table.papers) - 1)
    return places[table.papers[places] == wanted]
