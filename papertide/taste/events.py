"""What a reader did, and what it says: events weighed, summed by paper, the oldest forgotten."""

from collections.abc import Sequence

import msgspec
import numpy as np

# What an event says of wanting papers like it; a correction outweighs a click.
WEIGHTS = {
    "pinned": 1.5, "collected": 1.2, "exported": 1.2, "saved": 1.0, "imported": 1.0,
    "preferred": 0.8, "moved up": 0.6, "rated": 1.0, "dwelt": 0.4, "opened": 0.2,
    "known": 0.3, "skipped": -0.1, "no code": -0.2, "incremental": -0.3, "moved down": -0.5,
    "passed over": -0.5, "off topic": -1.0, "hidden": -1.0,
}  # fmt: skip
LEAST, MOST = -1.5, 2.0  # what all events of one paper say together
MEMORY = 300  # papers a reader's taste is learnt from
AGE, POWER = 365.0, 1.0  # days; an event counts (1 + age / AGE) ** -POWER


class Event(msgspec.Struct, frozen=True):
    """One thing a reader did. `rating` is -1 to 1, for "rated"; `position` is the place on the page
    from 0, -1 where the paper was on none."""

    paper: int
    kind: str
    time: float  # days since any day
    rating: float = 1.0
    position: int = -1


class Memory(msgspec.Struct):
    """Papers and what a reader's events say of them together."""

    papers: np.ndarray  # ids
    wanted: np.ndarray  # LEAST to MOST, not 0
    fading: np.ndarray  # 0 to 1, by age
    times: np.ndarray

    def __len__(self) -> int:
        return len(self.papers)


def examined(position: int) -> float:
    """The chance that a place on a page was looked at: a skip further down says less."""
    return (1 + max(position, 0)) ** -0.5


def remember(events: Sequence[Event], now: float, seed: int = 0) -> Memory:
    """The papers of events. An event that is told twice counts once; one of the future, as of a
    wrong clock, is of now. Of more than MEMORY papers some are kept by chance, the recent more
    often, by a power law of their age: old ones are rehearsed on, rarely.

    Raises ValueError for an unknown kind, and for times and ratings that are no numbers.
    """
    said: dict[int, dict[str, float]] = {}
    times: dict[int, float] = {}
    for event in events:
        if event.kind not in WEIGHTS:
            raise ValueError(f"no event is called {event.kind!r}; there are: {', '.join(WEIGHTS)}")
        if not (np.isfinite(event.time) and np.isfinite(event.rating)):
            raise ValueError(f"the {event.kind} event of paper {event.paper} has no time or rating")
        weight = WEIGHTS[event.kind]
        if event.kind == "rated":
            weight *= min(max(event.rating, -1.0), 1.0)
        if event.kind == "skipped":
            weight *= examined(event.position)
        said.setdefault(event.paper, {})[event.kind] = weight
        times[event.paper] = max(times.get(event.paper, -np.inf), min(event.time, now))
    papers = np.array(sorted(paper for paper in said if sum(said[paper].values())), np.int64)
    wanted = np.array([sum(said[p].values()) for p in papers.tolist()]).clip(LEAST, MOST)
    when = np.array([times[p] for p in papers.tolist()])
    fading = (1 + (now - when) / AGE) ** -POWER
    if len(papers) > MEMORY:
        keys = np.random.default_rng(seed).random(len(papers)) ** (
            1 / (fading * np.abs(wanted))  # Efraimidis and Spirakis 2006: weighted, without return
        )
        kept = np.sort(np.argpartition(-keys, MEMORY)[:MEMORY])
        papers, wanted, fading, when = papers[kept], wanted[kept], fading[kept], when[kept]
    order = np.argsort(when, kind="stable")
    return Memory(papers[order], wanted[order], fading[order], when[order])
