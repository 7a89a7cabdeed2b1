"""A map of papers: points, the topics among them, what these are called and their colours."""

import itertools
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from papertide.papers import slug
from papertide.topics.clusters import clusters
from papertide.topics.labels import labels
from papertide.topics.layout import layout

MOST = 5000  # papers of a map
FEWEST = 12  # papers that make a map: fewer are better read as a list
COLOURS = 10  # that topics are told apart by; those of neighbours differ


class Topic(msgspec.Struct, kw_only=True):
    """A cluster of papers: its name, unique in its map, and as an address; what else it is about;
    its colour (0 to `COLOURS` - 1), its middle, its papers (places in the map's lists), those that
    are most like all of them first."""

    name: str
    slug: str
    also: list[str]
    colour: int
    x: float
    y: float
    papers: list[int]


class Drawing(msgspec.Struct, kw_only=True):
    """Where each paper is, from 0 to 1 from left to right and from top to bottom; the place of its
    topic in `topics` (-1: it belongs to none); the topics, the largest first."""

    x: list[float]
    y: list[float]
    topic: list[int]
    topics: list[Topic]


def usable(vectors: np.ndarray) -> np.ndarray:
    """Which vectors say where a paper is: not those of zeros, NaN or infinite numbers."""
    if not vectors.size:
        return np.zeros(len(vectors), bool)
    return np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)


def draw(
    vectors: np.ndarray, titles: Sequence[str], share: Callable[[str], float] = lambda word: 0.0
) -> Drawing:
    """The map of papers by their vectors (n, dimension), all `usable`, and titles as plain text;
    `share` tells the share of all papers that have a folded word. The same input gives the same
    map. Fewer papers than `FEWEST` have no topics."""
    points = layout(vectors)
    found = clusters(points) if len(points) >= FEWEST else np.full(len(points), -1)
    if len(points):  # to the whole of the picture
        low, width = points.min(axis=0), np.ptp(points, axis=0)
        points = np.where(width > 0, (points - low) / np.where(width > 0, width, 1), 0.5)
    topics: list[Topic] = []
    taken: set[str] = set()
    for number, (name, *also) in enumerate(labels(titles, found, share)):
        held = np.flatnonzero(found == number)
        middle = np.median(points[held], axis=0)
        topics.append(
            Topic(
                name=name, slug=_unique(slug(name) or "topic", taken), also=also,
                colour=_colour(middle, topics), x=float(middle[0]), y=float(middle[1]),
                papers=held[_central(vectors[held])].tolist(),
            )
        )  # fmt: skip
    x, y = points.T.round(4).tolist()
    return Drawing(x=x, y=y, topic=found.tolist(), topics=topics)


def _central(vectors: np.ndarray) -> np.ndarray:
    """The order of vectors by their cosine to the mean of all, the greatest first."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.argsort(-(unit @ unit.mean(axis=0)), kind="stable")


def _unique(name: str, taken: set[str]) -> str:
    ways = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    found = next(way for way in ways if way not in taken)
    taken.add(found)
    return found


def _colour(middle: np.ndarray, before: Sequence[Topic]) -> int:
    """The colour whose nearest other topic is farthest away."""
    near = [float("inf")] * COLOURS
    for topic in before:
        away = float(np.hypot(topic.x - middle[0], topic.y - middle[1]))
        near[topic.colour] = min(near[topic.colour], away)
    return max(range(COLOURS), key=lambda colour: (near[colour], -colour))
