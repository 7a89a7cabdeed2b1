"""Small worlds for tests of taste."""

import numpy as np

from papertide.taste import Crowd, Event
from papertide.taste.simulate import Papers, World

DAY = 100.0


def world(seed: int = 0, papers: int = 400) -> tuple[Crowd, Papers]:
    """A crowd and its papers."""
    held = World.of(seed).papers(papers)
    return Crowd.of(held.views), held


def saves(rows, kind: str = "saved", time: float = DAY - 10) -> list[Event]:
    """One event of each row; later rows are later."""
    return [Event(int(row), kind, time + n / 1000) for n, row in enumerate(rows)]


def of_topic(papers: Papers, topic: int, most: int = 6) -> np.ndarray:
    return np.flatnonzero(papers.topics == topic)[:most]
