"""Taste, on readers whose later choices are known, beside what others rank by.

`papertide eval taste` prints it. All that was chosen was chosen on one half of the authors and of
the libraries (`--split tune`); the other half is what is reported, and all reviewers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from evaluation.sets import shared
from evaluation.taste_peers import PEERS, Way
from evaluation.taste_sets import AUTHORS, LIBRARIES, Readers, Task, authors, libraries, reviewers
from papertide.embedding import Embedder
from papertide.taste import Crowd, Event, learn
from papertide.taste.learn import MIX
from papertide.taste.score import PARTS

RESAMPLES = 2000
SETS = ("authors", "libraries", "reviewers")
Metric = Callable[[np.ndarray, np.ndarray], float]


def found(names: Sequence[str], split: str, model: Embedder, most: int = 0) -> Iterator[Readers]:
    """The sets of these names, one at a time, of `most` readers."""
    data = shared()
    for name in names:
        if name == "authors":
            yield authors(data, split, model, most or AUTHORS)
        elif name == "libraries":
            yield libraries(data, split, model, most or LIBRARIES)
        else:
            yield from reviewers(data, model)


def ours(
    held: Readers, mix: Sequence[float] | None = None, fading: bool = True, base: bool = True
) -> Way:
    """Our own way, its crowd made of the set's background."""
    crowd = Crowd.of(held.views.take(held.background))

    def way(held: Readers, task: Task) -> np.ndarray:
        times = task.times if fading else np.full(len(task.times), task.now)
        events = [Event(n, "saved", when) for n, when in enumerate(times.tolist())]
        papers = held.views.take(task.known)
        taste = learn(crowd, events, papers, range(len(events)), task.now, mix)
        pool = held.views.take(task.candidates)
        return taste.score(crowd, pool, task.base if base else None).mean

    return way


def ablations(held: Readers) -> dict[str, Way]:
    """Ours without each part, each part alone, without fading, and all parts alike."""
    alone = np.eye(len(PARTS))
    ways = {f"without {part}": ours(held, np.array(MIX) * (1 - alone[n]))
            for n, part in enumerate(PARTS)}  # fmt: skip
    ways |= {f"only {part}": ours(held, alone[n]) for n, part in enumerate(PARTS)}
    alike = np.full(len(PARTS), sum(MIX) / len(PARTS))
    return ways | {"all parts alike": ours(held, alike),
                   "without fading": ours(held, fading=False)}  # fmt: skip


def evaluate(held: Readers, ways: dict[str, Way] | None = None) -> dict:
    """Each way's figures, mean and 95% interval over readers, and ours against each of the others
    (differences of the same readers, resampled together)."""
    if ways is None:
        ways = PEERS
    if any(task.base is not None for task in held.tasks):
        ways = ways | {"ours without popularity": ours(held, base=False)}
    ways = ways | {"ours": ours(held)}
    judged = _rated if held.name == "reviewers" else _chosen
    values = {name: judged(held, way) for name, way in ways.items()}
    return {
        "set": held.name, "papers": len(held.views), "tasks": len(held.tasks),
        "readers": len({_person(task) for task in held.tasks}),
        "ways": {way: {metric: interval(*told) for metric, told in metrics.items()}
                 for way, metrics in values.items()},
        "ours against": {
            way: {metric: interval(*values["ours"][metric], minus=told)
                  for metric, told in metrics.items()}
            for way, metrics in values.items() if way != "ours"
        },
    }  # fmt: skip


def interval(
    above: np.ndarray, below: np.ndarray, minus: tuple[np.ndarray, np.ndarray] | None = None
) -> dict[str, float]:
    """The ratio of sums over readers with its 95% bootstrap interval; or how much it is above
    another's of the same readers. A mean is a ratio to the number of readers."""
    draws = np.random.default_rng(0).multinomial(
        len(above), np.full(len(above), 1 / len(above)), RESAMPLES
    )

    draws = draws[draws @ below > 0]  # of a part of the tasks a draw may hold none

    def ratios(weights: np.ndarray) -> np.ndarray:
        held = (weights @ above) / (weights @ below)
        return held if minus is None else held - (weights @ minus[0]) / (weights @ minus[1])

    low, high = np.percentile(ratios(draws), [2.5, 97.5])
    middle = ratios(np.ones((1, len(above))))[0]
    return {name: round(float(value), 4)
            for name, value in (("mean", middle), ("low", low), ("high", high))}  # fmt: skip


def ndcg(scores: np.ndarray, gains: np.ndarray, depth: int = 10) -> float:
    """nDCG of scores, the gain itself discounted by log2(rank + 1); 0 where nothing is gained."""
    order = np.argsort(-scores, kind="stable")[:depth]
    discounts = 1 / np.log2(np.arange(2, depth + 2))
    ideal = np.sort(gains)[::-1][:depth]
    best = float(ideal @ discounts[: len(ideal)])
    return float(gains[order] @ discounts[: len(order)]) / best if best else 0.0


def recall(scores: np.ndarray, gains: np.ndarray, depth: int) -> float:
    """The share of what was chosen that is among the first `depth`."""
    order = np.argsort(-scores, kind="stable")[:depth]
    return float((gains[order] > 0).sum() / max((gains > 0).sum(), 1))


def pairwise_loss(scores: np.ndarray, ratings: np.ndarray) -> tuple[float, float]:
    """What a similarity gets wrong and could get wrong: of each pair of a reader's rated papers the
    difference of ratings, where the order is wrong, half of it where it is tied (Stelmakh et al.
    2023, "A gold standard dataset for the reviewer assignment problem")."""
    more = ratings[:, None] - ratings[None, :]
    apart = scores[:, None] - scores[None, :]
    there = more > 0
    wrong = np.where(apart < 0, 1.0, np.where(apart == 0, 0.5, 0.0))
    return float((more * wrong)[there].sum()), float(more[there].sum())


def _rated(held: Readers, way: Way) -> dict:
    lost = np.array([pairwise_loss(way(held, task), task.gains) for task in held.tasks])
    return {"loss": (lost[:, 0], lost[:, 1])}


METRICS: dict[str, dict[str, Metric]] = {
    "authors": {"ndcg@10": ndcg, "recall@10": lambda s, g: recall(s, g, 10)},
    "libraries": {
        "ndcg@20": lambda s, g: ndcg(s, g, 20), "recall@50": lambda s, g: recall(s, g, 50),
        "recall@300": lambda s, g: recall(s, g, 300),
    },
    "found": {"ndcg@10": ndcg, "recall@50": lambda s, g: recall(s, g, 50)},
}  # fmt: skip


def _chosen(held: Readers, way: Way) -> dict:
    by_reader: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for task in held.tasks:
        scores = way(held, task)
        for name, metric in METRICS[held.name].items():
            value = metric(scores, task.gains)
            by_reader[_person(task)][name].append(value)
            for part in _parts(held, task):
                by_reader[_person(task)][f"{name}, {part}"].append(value)
    names = sorted({name for told in by_reader.values() for name in told})
    return {
        name: (
            np.array([np.mean(told[name]) if name in told else 0.0 for told in by_reader.values()]),
            np.array([float(name in told) for told in by_reader.values()]),
        )
        for name in names
    }


def _person(task: Task) -> str:
    return task.reader.rsplit(" ", 1)[0] if task.reader.split(" ")[-1].isdigit() else task.reader


def _parts(held: Readers, task: Task) -> list[str]:
    """Which part of the tasks one is of: by how much is known."""
    known = len(task.known)
    if held.name == "authors":
        return ["1-5 known" if known <= 5 else "6-20 known" if known <= 20 else "over 20 known"]
    return [f"{known} known"]
