"""Whether it pays to rank the first papers of a search again, told by their scores.

Where the first stands far above the rest, a stronger model hardly ever moves it, and need not be
asked. How far is learnt: a logistic model of whether ranking again made nDCG@10 better, by
`python -m evaluation.cascade`, which prints these numbers and what they cost and save.
"""

from collections.abc import Sequence

import numpy as np

from papertide.search.hybrid import z_scores

# For each of `features`, and what is added to their sum.
WEIGHTS, BIAS = (-0.202, -0.49, 0.076), 2.389


def features(scores: Sequence[float]) -> np.ndarray:
    """What is looked at, of scores best first, as z-scores: how far the first is above the second,
    above the mean of the next nine, and above the mean of all."""
    held = z_scores(np.array(scores, np.float64))
    return np.array([held[0] - held[1], held[0] - held[1:10].mean(), held[0]])


def pays(scores: Sequence[float]) -> bool:
    """Whether ranking again is likely to change anything for the better; never of fewer than two
    papers."""
    return len(scores) > 1 and float(features(scores) @ WEIGHTS) + BIAS > 0
