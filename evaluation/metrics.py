"""Metrics of ranked lists: nDCG, recall and mean reciprocal rank, each of one query."""

from collections.abc import Mapping, Sequence
from math import log2

import numpy as np


def ndcg(ranked: Sequence[str], relevance: Mapping[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth`, as trec_eval's ndcg_cut.

    Gain is the relevance itself, the discount log2(rank + 1).
    """
    gains = (relevance.get(key, 0) / log2(n + 2) for n, key in enumerate(ranked[:depth]))
    best = sorted((r for r in relevance.values() if r > 0), reverse=True)[:depth]
    ideal = sum(r / log2(n + 2) for n, r in enumerate(best))
    return sum(gains) / ideal if ideal else 0.0


def recall(ranked: Sequence[str], relevance: Mapping[str, int], depth: int = 100) -> float:
    """The share of the relevant that is among the first `depth`; 0 where none is relevant."""
    relevant = {key for key, r in relevance.items() if r > 0}
    return len(relevant.intersection(ranked[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(
    ranked: Sequence[str], relevance: Mapping[str, int], depth: int = 10
) -> float:
    """One over the rank of the first relevant among the first `depth`, or 0."""
    places = (n for n, key in enumerate(ranked[:depth], start=1) if relevance.get(key, 0) > 0)
    return 1 / next(places, np.inf)


def top(scores: np.ndarray, depth: int) -> np.ndarray:
    """The columns of the highest scores of each row, best first: (n, depth) of (n, m).

    Of equal scores the lower column comes first.
    """
    depth = min(depth, scores.shape[1])
    if depth < scores.shape[1]:
        chosen = np.sort(np.argpartition(-scores, depth - 1, axis=1)[:, :depth], axis=1)
    else:
        chosen = np.broadcast_to(np.arange(depth), scores.shape)
    held = np.take_along_axis(scores, chosen, axis=1)
    order = np.argsort(-held, axis=1, kind="stable")
    return np.take_along_axis(chosen, order, axis=1)
