"""The objective and its gradient: pairs that belong together against all others of the batch.

InfoNCE in both directions (van den Oord et al. 2018, https://arxiv.org/abs/1807.03748), summed
over prefixes of the vectors so that a prefix is a vector too (Matryoshka: Kusupati et al. 2022,
https://arxiv.org/abs/2205.13147); steps by Adam (https://arxiv.org/abs/1412.6980) on the rows
that a batch touched.
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse


def info_nce(left: np.ndarray, right: np.ndarray, temperature: float):
    """The loss of pairs of unit vectors (n, d), and its gradients by both: float, two (n, d).

    Row i of one belongs to row i of the other, all else of the batch does not.
    """
    count = len(left)
    scores = left @ right.T
    scores -= 1
    scores /= temperature
    own = scores.diagonal().astype(np.float64)
    np.exp(scores, out=scores)  # at most 1: no overflow, and no row is all zeros at 0.02
    scores += 1e-30
    over, down = scores.sum(axis=1), scores.sum(axis=0)
    loss = (np.log(over) + np.log(down)).mean() / 2 - own.mean()
    scores *= (1 / over)[:, None] + 1 / down
    scores[np.arange(count), np.arange(count)] -= 2
    scores *= 1 / (2 * count * temperature)
    return float(loss), scores @ right, scores.T @ left


def loss_and_gradient(
    left: np.ndarray, right: np.ndarray, dimensions: Sequence[int], shares: Sequence[float],
    temperature: float,
):  # fmt: skip
    """Loss over prefixes of pooled, not yet normalised vectors; gradients by both: (n, d)."""
    total, gradients = 0.0, (np.zeros_like(left), np.zeros_like(right))
    for dimension, share in zip(dimensions, shares, strict=True):
        sides = [_normalised(side[:, :dimension]) for side in (left, right)]
        loss, *by_unit = info_nce(sides[0][0], sides[1][0], temperature)
        total += share * loss
        for gradient, (unit, length), slope in zip(gradients, sides, by_unit, strict=True):
            along = np.einsum("ij,ij->i", slope, unit)
            slope -= along[:, None] * unit
            slope *= share / length[:, None]
            gradient[:, :dimension] += slope
    return total, *gradients


def _normalised(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.maximum(np.sqrt(np.einsum("ij,ij->i", rows, rows)), 1e-6)
    return rows / lengths[:, None], lengths


class Rows:
    """A table that learns by rows: values and Adam's moments, float32, (size, dimension)."""

    def __init__(self, values: np.ndarray):
        self.values = np.ascontiguousarray(values, dtype=np.float32)
        self.mean = np.zeros_like(self.values)
        self.square = np.zeros_like(self.values)
        self.steps = 0

    def step(self, rows: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        """One step on some rows: distinct numbers (r,), their gradients (r, dimension)."""
        self.steps += 1
        b1, b2 = 0.9, 0.999
        mean = self.mean[rows]
        mean *= b1
        mean += (1 - b1) * gradient
        self.mean[rows] = mean
        square = self.square[rows]
        square *= b2
        gradient *= gradient
        gradient *= 1 - b2
        square += gradient
        self.square[rows] = square
        np.sqrt(square, out=square)
        square += 1e-8
        mean /= square
        mean *= rate * np.sqrt(1 - b2**self.steps) / (1 - b1**self.steps)
        self.values[rows] -= mean


def compact(bag: sparse.csr_array) -> tuple[np.ndarray, sparse.csr_array]:
    """The columns that bags use, sorted, and the bags over those alone."""
    used = np.zeros(bag.shape[1], bool)
    used[bag.indices] = True
    columns = np.flatnonzero(used)
    places = np.cumsum(used, dtype=np.int32) - 1
    within = (bag.data, places[bag.indices], bag.indptr)
    return columns, sparse.csr_array(within, shape=(bag.shape[0], len(columns)))


def learn_step(
    table: Rows, left: sparse.csr_array, right: sparse.csr_array, *, rate: float,
    dimensions: Sequence[int], shares: Sequence[float], temperature: float,
) -> float:  # fmt: skip
    """One step on a batch of pairs of bags; the loss before it."""
    count = left.shape[0]
    columns, both = compact(sparse.vstack((left, right), format="csr"))
    pooled = both @ table.values[columns]
    loss, by_left, by_right = loss_and_gradient(
        pooled[:count], pooled[count:], dimensions, shares, temperature
    )
    gradient = both.T.tocsr() @ np.concatenate((by_left, by_right))
    table.step(columns, gradient, rate)
    return loss
