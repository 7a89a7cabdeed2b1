"""What others rank by, fitted beside ours on the same papers: each a function of what is known.

Negatives, where a way needs any, are papers nobody asked for: the first `NEGATIVES` of the sample.
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from evaluation.taste_sets import Readers, Task
from papertide.taste.nearness import nearness

NEGATIVES = 5_000  # arxiv-sanity-lite takes all papers there are
Way = Callable[[Readers, Task], np.ndarray]


def chance(held: Readers, task: Task) -> np.ndarray:
    """No order at all."""
    return np.random.default_rng(len(task.known) + int(task.now)).random(len(task.candidates))


def popularity(held: Readers, task: Task) -> np.ndarray:
    """The global order, where there is one."""
    return chance(held, task) if task.base is None else task.base


def sanity(held: Readers, task: Task) -> np.ndarray:
    """arxiv-sanity-lite: a linear SVM on TF-IDF of what was saved against what was not
    (https://github.com/karpathy/arxiv-sanity-lite)."""
    words, rest = held.views.words, held.background[:NEGATIVES]
    rows = sparse.vstack([words[task.known], words[rest]])
    wanted = np.r_[np.ones(len(task.known)), np.zeros(len(rest))]
    model = LinearSVC(C=0.01, class_weight="balanced", max_iter=10_000, tol=1e-6, random_state=0)
    return words[task.candidates] @ model.fit(rows, wanted).coef_[0]


def mean(held: Readers, task: Task) -> np.ndarray:
    """zotero-arxiv-daily: cosines to all that was saved, the newest counting most
    (https://github.com/TideDra/zotero-arxiv-daily)."""
    ages = np.argsort(np.argsort(-task.times, kind="stable"))
    weights = 1 / (1 + np.log10(ages + 1))
    meaning = held.views.meaning
    return meaning[task.candidates] @ (weights @ meaning[task.known] / weights.sum())


def logistic(held: Readers, task: Task) -> np.ndarray:
    """Logistic regression on meaning, of what was saved against what was not."""
    meaning, rest = held.views.meaning, held.background[:NEGATIVES]
    wanted = np.r_[np.ones(len(task.known)), np.zeros(len(rest))]
    model = LogisticRegression(class_weight="balanced", max_iter=200)
    model.fit(np.r_[meaning[task.known], meaning[rest]], wanted)
    return meaning[task.candidates] @ model.coef_[0]


def nearest(held: Readers, task: Task) -> np.ndarray:
    """What Papertide did before it learnt: near to the three nearest saved papers."""
    return nearness(held.views.meaning[task.candidates], held.views.meaning[task.known])


PEERS: dict[str, Way] = {
    "random": chance, "popularity": popularity, "nearest three": nearest,
    "mean of the library": mean, "logistic on meaning": logistic, "arxiv-sanity-lite": sanity,
}  # fmt: skip
