"""Taste on readers whose taste was planted: how good pages are, what is found of what was planted,
and whether intervals of logged values hold what they shall."""

from collections.abc import Callable

import numpy as np

from evaluation.taste import interval
from papertide.taste import Crowd, Event, Views, cautious, learn, slot
from papertide.taste.explore import gap_chances
from papertide.taste.judge import doubly_robust, snips, verdict
from papertide.taste.nearness import nearness
from papertide.taste.score import Scores
from papertide.taste.simulate import SHOWN, TOPICS, Course, Order, Papers, World, follow

DAYS = 40
READERS = 12  # of each kind
TURN = 20  # the day on which those who turn do
KINDS: dict[str, dict] = {
    "plain": {}, "turns": {"turns": TURN}, "tires": {"tires": 0.15}, "errs": {"errs": 0.3},
    "falls for loud titles": {"falls": 0.8}, "saves rarely": {"choosy": 0.6},
}  # fmt: skip
SEEDS = {"tune": 1000, "report": 2000}


class Policy:
    """An order of a day's papers for `follow`, by our taste. `explores` gives the last place away;
    `clicks` takes openings for saves, as who learns from clicks does."""

    def __init__(self, crowd: Crowd, seed: int, explores: bool = False, clicks: bool = False,
                 caution: float | None = None):  # fmt: skip
        self.crowd, self.explores, self.clicks = crowd, explores, clicks
        self.chance = np.random.default_rng(seed)
        self.caution = caution

    def __call__(
        self, events: list[Event], past: Views, ids: np.ndarray, today: Papers, day: int
    ) -> np.ndarray:
        if self.clicks:
            events = [Event(e.paper, "saved" if e.kind == "opened" else e.kind, e.time,
                            position=e.position) for e in events]  # fmt: skip
        scores = self.scores(events, past, ids, today, day)
        order = cautious(scores) if self.caution is None else cautious(scores, self.caution)
        if self.explores:
            given = slot(scores, order[: SHOWN - 1], self.chance)
            order = np.r_[order[: SHOWN - 1], given.row]
        return order

    def scores(self, events, past, ids, today: Papers, day: int) -> Scores:
        taste = learn(self.crowd, events, past, ids.tolist(), float(day))
        return taste.score(self.crowd, today.views, today.base)


def _base(events, past, ids, today, day) -> np.ndarray:
    return np.argsort(-today.base, kind="stable")


def _nearest(events, past, ids, today, day) -> np.ndarray:
    saved = np.isin(ids, [event.paper for event in events if event.kind == "saved"])
    if not saved.any():
        return _base(events, past, ids, today, day)
    return np.argsort(-nearness(today.views.meaning, past.meaning[saved]), kind="stable")


def ways(crowd: Crowd, seed: int) -> dict[str, Order]:
    return {
        "global order": _base, "nearest three": _nearest,
        "ours": Policy(crowd, seed), "ours, no caution": Policy(crowd, seed, caution=0.0),
        "ours, explores": Policy(crowd, seed, explores=True),
        "ours, from clicks": Policy(crowd, seed, clicks=True),
    }  # fmt: skip


def pages(split: str, readers: int = READERS,
          made: Callable[[Crowd, int], dict[str, Order]] = ways) -> dict:  # fmt: skip
    """Of each kind of reader and way: what pages are worth, as a share of the best page; the same
    in the last ten days; and which share of the planted topics is in what was learnt."""
    result: dict = {}
    for kind, planted in KINDS.items():
        told: dict[str, dict[str, list[float]]] = {}
        for number in range(readers):
            seed = SEEDS[split] + number
            crowd = Crowd.of(World.of(seed).papers(1000).views)
            for name, order in made(crowd, seed).items():
                world = World.of(seed)
                world.papers(1000)
                reader = world.reader(**planted)
                course = follow(world, reader, order, DAYS)
                held = told.setdefault(name, {"all days": [], "last ten": [], "topics found": []})
                held["all days"].append(float(course.shares.mean()))
                held["last ten"].append(float(course.shares[-10:].mean()))
                wants = reader.later if reader.turns < DAYS else reader.wants
                held["topics found"].append(recovered(crowd, course, wants, world.papers(500)))
        one = np.ones(readers)
        result[kind] = {
            way: {name: interval(np.array(values), one) for name, values in held.items()}
            for way, held in told.items()
        }
    return result


def recovered(crowd: Crowd, course: Course, wants: np.ndarray, papers: Papers) -> float:
    """The share of wanted topics among as many that score highest, by our taste of the events."""
    taste = learn(crowd, course.events, course.papers, course.ids.tolist(), float(DAYS))
    mean = taste.score(crowd, papers.views).mean
    means = np.array([mean[papers.topics == topic].mean() for topic in range(TOPICS)])
    wanted = np.flatnonzero(wants)
    return float(np.isin(np.argsort(-means)[: len(wanted)], wanted).mean())


def logged(seed: int, readers: int, places: int, better: float) -> dict[str, np.ndarray]:
    """Places of a page with logged chances, and another order's: of 10 papers each, whose worth the
    one in use sees with noise, and the other more (`better` > 0) or less clearly."""
    chance = np.random.default_rng(seed)
    number = readers * places
    liking = np.repeat(chance.normal(0, 0.5, readers), places)  # of readers: some save more
    worth = chance.normal(size=(number, 10))
    saves = 1 / (1 + np.exp(1.5 - worth - liking[:, None]))
    now = 0.5 * worth + chance.normal(size=worth.shape)
    new = (0.5 + better) * worth + chance.normal(size=worth.shape)
    chances = gap_chances(now, 5.0)
    target = gap_chances(new, 5.0)
    drawn = (chance.random(number)[:, None] > np.cumsum(chances, axis=1)).sum(axis=1).clip(max=9)
    at = (np.arange(number), drawn)
    guess = 1 / (1 + np.exp(1.5 - 0.5 * now))
    return {
        "rewards": (chance.random(number) < saves[at]).astype(float), "logged": chances[at],
        "target": target[at], "readers": np.repeat(np.arange(readers), places),
        "guessed": guess[at], "expected": (target * guess).sum(axis=1),
        "true": (target * saves).sum(axis=1), "true now": (chances * saves).sum(axis=1),
    }  # fmt: skip


def coverage(split: str, repeats: int = 200, readers: int = 60, places: int = 20) -> dict:
    """How often 95% intervals hold the true value of the other order, over worlds; and how often
    the gate takes an order that is worse, and one that is better."""
    result: dict = {}
    for name, better in (("worse", -0.4), ("equal", 0.0), ("better", 0.5)):
        truth = np.mean([logged(SEEDS[split] + n, 500, places, better)["true"].mean()
                         for n in range(20)])  # fmt: skip
        held = {"snips": [], "doubly robust": []}
        taken = {"snips": [], "doubly robust": []}
        for n in range(repeats):
            log = logged(10**6 + SEEDS[split] * 1000 + n, readers, places, better)
            ones = np.ones(len(log["rewards"]))
            same = snips(log["rewards"], ones, ones, log["readers"])
            told = {
                "snips": snips(log["rewards"], log["logged"], log["target"], log["readers"]),
                "doubly robust": doubly_robust(
                    log["rewards"], log["logged"], log["target"], log["readers"], log["guessed"],
                    log["expected"]),
            }  # fmt: skip
            for way, value in told.items():
                held[way].append(value.low <= truth <= value.high)
                taken[way].append(verdict(value, same).promoted)
        result[name] = {
            way: {"coverage": round(float(np.mean(held[way])), 3),
                  "taken": round(float(np.mean(taken[way])), 3)} for way in held
        }  # fmt: skip
    return result
