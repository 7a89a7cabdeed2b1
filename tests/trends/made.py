"""Made listings in which authors, words and submitters have something to do with votes."""

from datetime import date, timedelta

import numpy as np

from papertide.trends.forecast import Told

FIRST = date(2025, 1, 6)
DIMENSION = 8


def listings(days=60, a_day=12, seed=0, effect=1.0, names=40):
    """Papers with votes of some days, and vectors of their texts: how liked an author is, and what
    the first number of the vector says, moves votes by so much."""
    chance = np.random.default_rng(seed)
    liked = chance.normal(size=names)
    told, vectors = [], []
    for n in range(days * a_day):
        authors = chance.choice(names, 3, replace=False)
        vector = chance.normal(size=DIMENSION)
        vector /= np.linalg.norm(vector)
        mean = 2 + effect * (0.8 * liked[authors].max() + 1.5 * vector[0])
        votes = int(np.expm1(max(0.0, mean + chance.normal(scale=0.5))))
        listed = FIRST + timedelta(days=n // a_day)
        told.append(
            Told(
                paper=n, title="A study of things", authors=[f"Name {a}" for a in authors],
                submitter=f"user-{authors[0]}", listed=listed, published=listed, hour=2.0,
                votes=votes,
            )
        )  # fmt: skip
        vectors.append(vector)
    return told, np.array(vectors, np.float32)
