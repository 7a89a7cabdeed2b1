"""Hotness, the one formula for what is rising:

    hotness = sum over kinds of  weight * log2(1 + sum over signals of  count * fading(age))
    fading(age) = (1 + age / scale) ** -1.5,   age in days

Every kind of signal fades in the shape of Hacker News' ranking, as quickly as it comes, and the
logarithm lets ten times as much of one kind count as one step more. docs/rising.md explains it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, get_args

import msgspec
import numpy as np

from papertide.trends.signals import Kind, Signal, days_since

GRAVITY = 1.5


class Counts(NamedTuple):
    """How much a kind of signal counts, and the days of its `scale`: after so many, 35% is left."""

    weight: float
    scale: float
    one: str  # of it, in words
    many: str


KINDS: dict[Kind, Counts] = {
    "votes": Counts(1.0, 2.0, "vote", "votes"),
    "comments": Counts(0.5, 2.0, "comment", "comments"),
    "mentions": Counts(0.5, 3.0, "mention", "mentions"),
    "stars": Counts(0.25, 7.0, "star of its code", "stars of its code"),
    "citations": Counts(0.5, 30.0, "citation", "citations"),
}
assert set(KINDS) == set(get_args(Kind))


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of signal adds to hotness: how many came, the days since the last of them."""

    kind: Kind
    count: int
    days: float
    adds: float

    def __str__(self) -> str:
        """66 votes, 1 day ago, add 5.21."""
        return f"{self.counted}, {self.ago}, add {self.adds:.2f}"

    @property
    def counted(self) -> str:
        kind = KINDS[self.kind]
        return f"{self.count:,} {kind.one if self.count == 1 else kind.many}"

    @property
    def ago(self) -> str:
        days = int(self.days)
        return "today" if days < 1 else "1 day ago" if days == 1 else f"{days:,} days ago"


class Hotness(msgspec.Struct, frozen=True):
    """How hot a paper is, and the parts that are its sum, the largest first."""

    paper: int
    score: float
    parts: tuple[Part, ...]


def fading(days: np.ndarray | float, scale: float) -> np.ndarray | float:
    """What is left of a signal after days; nothing of one whose time is not known (NaN)."""
    left = (1 + np.maximum(days, 0) / scale) ** -GRAVITY
    return np.where(np.isnan(days), 0.0, left)


def heat(kind: Kind, faded: np.ndarray | float) -> np.ndarray | float:
    """What the faded sum of a kind of signal adds."""
    return KINDS[kind].weight * np.log2(1 + np.maximum(faded, 0))


def of_counts(
    counts: Mapping[Kind, np.ndarray], days: np.ndarray, more: Mapping[Kind, np.ndarray] = {}
) -> np.ndarray:
    """The hotness of many papers at once, of each of which all signals came on one day, but for
    `more` of some kinds, faded already: (n,)."""
    total = np.zeros(len(days))
    for kind in dict.fromkeys((*counts, *more)):
        left = counts.get(kind, 0) * fading(days, KINDS[kind].scale)
        total += heat(kind, left + more.get(kind, 0))
    return total


def hottest(signals: Iterable[Signal], now: datetime) -> list[Hotness]:
    """The papers of signals, the hottest first; of equal ones the newer paper."""
    held: dict[int, dict[Kind, list[tuple[int, float]]]] = defaultdict(lambda: defaultdict(list))
    for signal in signals:
        age = days_since(signal.at, now)
        if signal.count > 0 and age == age:
            held[signal.paper][signal.kind].append((signal.count, age))
    found = [_of_paper(paper, kinds) for paper, kinds in held.items()]
    return sorted(found, key=lambda hot: (-hot.score, -hot.paper))


def _of_paper(paper: int, kinds: Mapping[Kind, list[tuple[int, float]]]) -> Hotness:
    parts = []
    for kind, came in kinds.items():
        scale = KINDS[kind].scale
        faded = sum(count * (1 + age / scale) ** -GRAVITY for count, age in came)
        adds = KINDS[kind].weight * float(np.log2(1 + faded))
        parts.append(
            Part(
                kind=kind, count=sum(count for count, _ in came),
                days=min(age for _, age in came), adds=adds,
            )
        )  # fmt: skip
    parts.sort(key=lambda part: -part.adds)
    return Hotness(paper, sum(part.adds for part in parts), tuple(parts))
