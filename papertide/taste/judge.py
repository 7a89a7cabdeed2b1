"""What another order would have been worth, from what was shown and logged; and whether to take it.

Values are of one place with logged chances. SNIPS (Swaminathan and Joachims 2015) weighs what
happened by how much more often the other order would have shown it; DR (Dudik et al. 2011)
corrects a guess by what happened. Intervals are bootstraps over readers.
"""

import msgspec
import numpy as np

MOST = 50.0  # an event is never weighed more: some bias for much less variance
RESAMPLES = 1000
LEAST = 50  # logged places, below which nothing is said
LEVEL = 0.95


class Value(msgspec.Struct, frozen=True):
    """The mean reward of a place and its interval; `places` of the log tell of it in effect."""

    mean: float
    low: float
    high: float
    places: float


class Verdict(msgspec.Struct, frozen=True):
    """Whether a new order is taken, and what is to be logged of why."""

    promoted: bool
    new: Value
    now: Value
    why: str


def snips(
    rewards: np.ndarray, logged: np.ndarray, target: np.ndarray, readers: np.ndarray, seed: int = 0
) -> Value:
    """The value of an order that would have shown what was shown with chances `target`, where it
    was shown with chances `logged` > 0. All are (n,). Raises ValueError for chances that are
    none."""
    weights = _weights(logged, target)
    top, below = _by_reader(readers, weights * rewards, weights)
    return _interval(
        lambda w: (w @ top) / np.maximum(w @ below, 1e-12), len(top), weights, seed
    )


def doubly_robust(
    rewards: np.ndarray, logged: np.ndarray, target: np.ndarray, readers: np.ndarray,
    guessed: np.ndarray, expected: np.ndarray, seed: int = 0,
) -> Value:  # fmt: skip
    """The same by DR: `guessed` is the reward a model guessed for what was shown, `expected` what
    it guesses of the target order at that place."""
    weights = _weights(logged, target)
    top, below = _by_reader(
        readers, expected + weights * (rewards - guessed), np.ones(len(rewards))
    )
    return _interval(lambda w: (w @ top) / (w @ below), len(top), weights, seed)


def verdict(new: Value, now: Value) -> Verdict:
    """A new order is taken where the lower bound of its value beats what the one in use is
    worth."""
    if new.places < LEAST:
        why = f"only {new.places:.0f} logged places tell of the new order; {LEAST} are needed"
        return Verdict(False, new, now, why)
    better = new.low > now.mean
    sign = ">" if better else "<="
    return Verdict(better, new, now, f"lower bound {new.low:.4f} {sign} {now.mean:.4f} in use")


def _weights(logged: np.ndarray, target: np.ndarray) -> np.ndarray:
    if not (np.isfinite(logged).all() and (logged > 0).all() and (logged <= 1).all()):
        raise ValueError("what was shown has a chance above 0, and at most 1")
    if not ((target >= 0).all() and (target <= 1).all()):
        raise ValueError("chances are 0 to 1")
    return np.minimum(target / logged, MOST)


def _by_reader(readers: np.ndarray, *values: np.ndarray) -> list[np.ndarray]:
    _, number = np.unique(readers, return_inverse=True)
    return [np.bincount(number, held) for held in values]


def _interval(ratio, readers: int, weights: np.ndarray, seed: int) -> Value:
    if not readers:
        return Value(0.0, -np.inf, np.inf, 0.0)
    draws = np.random.default_rng(seed).multinomial(
        readers, np.full(readers, 1 / readers), RESAMPLES
    )
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(ratio(draws), [tail, 100 - tail])
    places = weights.sum() ** 2 / max((weights**2).sum(), 1e-12)  # Kish's effective sample size
    return Value(float(ratio(np.ones((1, readers)))[0]), float(low), float(high), float(places))
