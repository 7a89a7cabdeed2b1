"""What a page shows: a cautious order, and one place for what may turn out well.

The order asks what is good even if we err: the mean less doubt (Coste et al. 2024). Exploring is
kept out of it, in a place of its own with chances that are logged: without them nothing honest can
be said later of another order (Foster and Rakhlin 2020, inverse-gap weighting).
"""

import msgspec
import numpy as np

from papertide.taste.score import Scores

CAUTION = 0.5  # standard errors
GREED = 10.0  # the greater, the less is explored
POOL = 30  # papers that the place may go to


class Slot(msgspec.Struct):
    """The paper that got the place, and each paper's chance of it; chances sum to 1."""

    row: int
    rows: np.ndarray
    chances: np.ndarray


def cautious(scores: Scores, caution: float = CAUTION) -> np.ndarray:
    """Rows, best first; of equal ones the first comes first."""
    return np.argsort(-(scores.mean - caution * scores.uncertainty), kind="stable")


def slot(
    scores: Scores, shown: np.ndarray, chance: np.random.Generator, greed: float = GREED
) -> Slot | None:
    """Who gets the place, drawn among papers that are not shown already, by the mean plus doubt;
    None where there is no other paper."""
    rows = np.setdiff1d(np.arange(len(scores.mean)), shown)
    hopes = (scores.mean + scores.uncertainty)[rows]
    best = np.argsort(-hopes, kind="stable")[:POOL]
    if not len(best):
        return None
    rows, chances = rows[best], gap_chances(hopes[best], greed)
    return Slot(int(chance.choice(rows, p=chances)), rows, chances)


def gap_chances(values: np.ndarray, greed: float) -> np.ndarray:
    """Chances by inverse-gap weighting, along the last axis: of each but the best
    1 / (K + greed * gap), and what is left of the best."""
    best = np.argmax(values, axis=-1)[..., None]
    gaps = np.take_along_axis(values, best, -1) - values
    chances = 1 / (values.shape[-1] + greed * gaps)
    np.put_along_axis(chances, best, 0.0, -1)
    np.put_along_axis(chances, best, 1 - chances.sum(axis=-1, keepdims=True), -1)
    return chances
