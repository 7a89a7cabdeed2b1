"""Readers whose taste is known, because it was planted: the test bed of all that learns from logs.

A world has topics, and days of papers about them in all three views. A reader wants some topics,
tires of what they see often, may turn to another topic on some day, errs, and may fall for loud
titles, which they open and do not save. Everything is drawn from seeds.
"""

from collections.abc import Callable

import msgspec
import numpy as np
from scipy import sparse

from papertide.taste.events import Event
from papertide.taste.views import Views

TOPICS, DIMENSIONS, OWN_WORDS, COMMON_WORDS, AUTHORS = 12, 32, 30, 200, 6
WORDS_OF_A_PAPER = 40
SHOWN = 10  # papers of a page
SLOPE = 4.0  # of the chance to save, by how much a paper is worth


class Papers(msgspec.Struct):
    """Papers of a world; `base` is a noisy view of `quality`, as votes are."""

    views: Views
    topics: np.ndarray
    quality: np.ndarray
    loud: np.ndarray  # bool: a title that promises
    base: np.ndarray


class Reader(msgspec.Struct, kw_only=True):
    """What is planted. `wants` is of topics, 0 to 1; after `turns` it is `later`."""

    wants: np.ndarray
    later: np.ndarray
    turns: int = 10**6  # the day
    tires: float = 0.0  # of what a topic is worth, for each paper of it lately seen
    errs: float = 0.0  # share of choices that are by chance
    falls: float = 0.0  # chance to open what is loud
    choosy: float = 0.0  # by how much more a paper must be worth to be saved

    def worth(self, papers: Papers, day: int, seen: np.ndarray) -> np.ndarray:
        """What papers are worth to the reader, about 0 to 1; `seen` counts topics lately shown."""
        wants = self.wants if day < self.turns else self.later
        return (wants * np.exp(-self.tires * seen))[papers.topics] + 0.15 * papers.quality

    def acts(
        self, papers: Papers, ids: np.ndarray, shown: np.ndarray, day: int, seen: np.ndarray,
        chance: np.random.Generator,
    ) -> list[Event]:  # fmt: skip
        """What they do with a page: saves, opens, skips, one for each paper shown."""
        worth = self.worth(papers, day, seen)[shown]
        saves = 1 / (1 + np.exp(-SLOPE * (worth - 0.7 - self.choosy)))
        saves = np.where(chance.random(len(shown)) < self.errs, 0.1, saves)
        drawn, opened = chance.random(len(shown)), chance.random(len(shown))
        events = []
        for place, row in enumerate(shown.tolist()):
            if drawn[place] < saves[place]:
                kind = "saved"
            elif papers.loud[row] and opened[place] < self.falls:
                kind = "opened"
            else:
                kind = "skipped"
            events.append(Event(int(ids[row]), kind, float(day), position=place))
        return events


class World(msgspec.Struct):
    """Topics as directions of meaning; made by `of`."""

    directions: np.ndarray  # (TOPICS, DIMENSIONS)
    chance: np.random.Generator

    @classmethod
    def of(cls, seed: int) -> "World":
        chance = np.random.default_rng(seed)
        held = chance.normal(size=(TOPICS, DIMENSIONS))
        return cls(held / np.linalg.norm(held, axis=1, keepdims=True), chance)

    def papers(self, number: int) -> Papers:
        """Papers of one topic each."""
        topics = self.chance.integers(0, TOPICS, number)
        noise = self.chance.normal(size=(number, DIMENSIONS)) / DIMENSIONS**0.5
        meaning = (self.directions[topics] + noise).astype(np.float32)
        meaning /= np.linalg.norm(meaning, axis=1, keepdims=True)
        own = TOPICS * OWN_WORDS
        size = (number, WORDS_OF_A_PAPER)
        columns = np.where(
            self.chance.random(size) < 0.3,
            topics[:, None] * OWN_WORDS + self.chance.integers(0, OWN_WORDS, size),
            own + self.chance.integers(0, COMMON_WORDS, size),
        )
        author = topics * AUTHORS + self.chance.integers(0, AUTHORS, number)
        quality = self.chance.normal(size=number)
        return Papers(
            Views(_rows(columns, own + COMMON_WORDS, unit=True), meaning,
                  _rows(author[:, None], TOPICS * AUTHORS)),
            topics, quality, self.chance.random(number) < 0.1,
            0.5 * quality + 0.5 * self.chance.normal(size=number),
        )  # fmt: skip

    def reader(self, **planted) -> Reader:
        """A reader of two or three topics, and of others after they turn."""
        first, second = np.zeros(TOPICS), np.zeros(TOPICS)
        for wants in (first, second):
            topics = self.chance.choice(TOPICS, self.chance.integers(2, 4), replace=False)
            wants[topics] = self.chance.uniform(0.7, 1.0, len(topics))
        return Reader(wants=first, later=second, **planted)


class Course(msgspec.Struct):
    """What came of some days: worth of each page as a share of the best page, and the events."""

    shares: np.ndarray  # (days,)
    events: list[Event]
    ids: np.ndarray  # of the papers shown
    papers: Views


Order = Callable[[list[Event], Views, np.ndarray, Papers, int], np.ndarray]


def follow(world: World, reader: Reader, order: Order, days: int, a_day: int = 100) -> Course:
    """A reader who is shown the first of what `order` returns, day by day. It is told the events so
    far, the papers shown so far with their ids, today's papers, and the day."""
    events: list[Event] = []
    past: list[Views] = []
    ids = np.zeros(0, int)
    seen, shares = np.zeros(TOPICS), []
    for day in range(days):
        today = world.papers(a_day)
        known = stack(past) if past else today.views.take(np.zeros(0, int))
        shown = order(events, known, ids, today, day)[:SHOWN]
        worth = reader.worth(today, day, seen)
        best = np.sort(worth)[::-1][: len(shown)]
        shares.append(worth[shown].mean() / best.mean())
        new = np.arange(day * a_day, (day + 1) * a_day)
        events = events + reader.acts(today, new, shown, day, seen, world.chance)
        seen = 0.7 * seen + np.bincount(today.topics[shown], minlength=TOPICS)
        past = [stack([*past, today.views.take(shown)])]
        ids = np.r_[ids, new[shown]]
    return Course(np.array(shares), events, ids, past[0])


def stack(parts: list[Views]) -> Views:
    """Papers of several views as one."""
    return Views(
        sparse.vstack([part.words for part in parts], format="csr"),
        np.concatenate([part.meaning for part in parts]),
        sparse.vstack([part.facts for part in parts], format="csr"),
    )


def _rows(columns: np.ndarray, width: int, unit: bool = False) -> sparse.csr_array:
    number, each = columns.shape
    starts = np.arange(number + 1, dtype=np.int32) * each
    held = sparse.csr_array(
        (np.ones(columns.size, np.float32), columns.ravel().astype(np.int32), starts),
        shape=(number, width),
    )
    held.sum_duplicates()
    if unit:
        lengths = np.sqrt(np.asarray(held.multiply(held).sum(axis=1)).ravel())
        held.data /= np.repeat(lengths, np.diff(held.indptr))
    return held
