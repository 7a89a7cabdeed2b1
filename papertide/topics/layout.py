"""Vectors to points of a plane that keep neighbours: t-SNE, its repulsion by FFT, no chance in it.

Each point is drawn to its nearest neighbours and pushed off by all others (van der Maaten and
Hinton, JMLR 9, 2008). What pushes is the density of the points on a grid, convolved with three
kernels (after Linderman et al., Nature Methods 16, 2019): a step costs the same for every number of
points, but for those drawn. It begins with the two main axes, so that the same vectors always give
the same map. What else was tried, with figures, is in docs/topic-map.md.
"""

from functools import lru_cache

import numpy as np

NEIGHBOURS = 45  # each point is drawn to so many, a third of them counting
_PERPLEXITY = 15.0
_EARLY, _LATE = 100, 250  # steps: first the neighbours count twelvefold, so that groups form
_EXAGGERATED = 12.0
_MOST_GAIN = 4.0  # of a step in one direction: with more of it, small maps burst
_LONGEST = 5.0  # step of a point: what is thrown out does not come back
_CELL = 0.5  # the width of a cell, where the forces have a reach of about 1
_MOST_CELLS = 240  # a side: a wider map has wider cells
_BLOCK = 1000  # rows of cosines that are held at once


def layout(vectors: np.ndarray) -> np.ndarray:
    """Points (n, 2) in the unit square, float32, of vectors (n, dimension), finite and not zero.

    Near vectors (by cosine) become near points. Deterministic on one machine; O(n²) for the
    neighbours, about 2 s for 5,000. Of equal vectors all points are the middle.
    """
    count = len(vectors)
    unit = _units(vectors)
    points = _main_axes(unit)
    if count > 3 and points.any():
        points = _descended(points, _drawn(*neighbours(unit, min(NEIGHBOURS, count - 1))))
    return _square(points)


def neighbours(unit: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The nearest others of each row, (n, most), and their squared distances, nearest first; of
    equal ones those of lower numbers."""
    count = len(unit)
    near = np.empty((count, most), np.int64)
    far = np.empty((count, most), np.float32)
    for start in range(0, count, _BLOCK):
        cosines = unit[start : start + _BLOCK] @ unit.T
        rows = np.arange(len(cosines))
        cosines[rows, start + rows] = -np.inf
        best = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
        held = np.take_along_axis(cosines, best, axis=1)
        order = np.lexsort((best, -held), axis=1)
        near[start : start + _BLOCK] = np.take_along_axis(best, order, axis=1)
        far[start : start + _BLOCK] = 2 - 2 * np.take_along_axis(held, order, axis=1)
    return near, np.maximum(far, 0)


def _units(vectors: np.ndarray) -> np.ndarray:
    unit = np.asarray(vectors, np.float32)
    return unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)


def _main_axes(unit: np.ndarray) -> np.ndarray:
    """The two main axes, each turned so that its greatest loading is positive."""
    points = np.zeros((len(unit), 2), np.float64)
    if len(unit) > 1:
        about = unit - unit.mean(axis=0)
        _, axes = np.linalg.eigh((about.T @ about).astype(np.float64))
        axes = axes[:, : -min(3, axes.shape[1] + 1) : -1]
        axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
        found = about @ axes
        found[:, np.ptp(found, axis=0) < 1e-5] = 0  # equal vectors differ by rounding
        points[:, : found.shape[1]] = found
    return points


def _drawn(near: np.ndarray, far: np.ndarray):
    """How strongly points are drawn to each other, a symmetric sparse matrix of sum 1: each to its
    neighbours by a Gaussian whose width gives it the same perplexity everywhere."""
    from scipy.sparse import csr_array

    count, most = near.shape
    wanted = np.log(min(_PERPLEXITY, most / 3 + 1))
    least, greatest = np.zeros(count), np.full(count, np.inf)
    sharp = np.ones(count)
    shifted = (far - far[:, :1]).astype(np.float64)
    for _ in range(40):  # by halves
        share = np.exp(-shifted * sharp[:, None])
        total = share.sum(axis=1)
        entropy = np.log(total) + sharp * (shifted * share).sum(axis=1) / total
        flat = entropy > wanted
        least[flat], greatest[~flat] = sharp[flat], sharp[~flat]
        sharp = np.where(np.isinf(greatest), sharp * 2, (least + greatest) / 2)
    share /= share.sum(axis=1, keepdims=True)
    starts = np.arange(0, count * most + 1, most)
    drawn = csr_array((share.ravel(), near.ravel(), starts), shape=(count, count))
    drawn = (drawn + drawn.T).tocsr()
    return (drawn / drawn.sum()).astype(np.float32)


def _descended(points: np.ndarray, drawn) -> np.ndarray:
    """The points where the pulls and pushes are even, or nearly so."""
    points = (points.T / points.std(axis=0).max() * 1e-2).astype(np.float32)  # (2, n)
    starts, others = drawn.indptr[:-1], drawn.indices
    rows = np.repeat(np.arange(points.shape[1]), np.diff(drawn.indptr))
    moved, gains = np.zeros_like(points), np.ones_like(points)
    rate = points.shape[1] / _EXAGGERATED  # Belkina et al., Nature Communications 10, 2019
    for step in range(_EARLY + _LATE):
        early = step < _EARLY
        apart = [axis[rows] - axis[others] for axis in points]
        pull = drawn.data / (1 + apart[0] * apart[0] + apart[1] * apart[1])
        pulled = np.stack([np.add.reduceat(pull * axis, starts) for axis in apart])
        slope = 4 * ((_EXAGGERATED if early else 1.0) * pulled - _pushed(points))
        gains = np.where(slope * moved > 0, gains * 0.8, gains + 0.2).clip(0.01, _MOST_GAIN)
        moved = ((0.5 if early else 0.8) * moved - rate * gains * slope).astype(np.float32)
        length = np.hypot(*moved)
        moved *= _LONGEST / np.maximum(length, _LONGEST)
        points = points + moved
        points -= points.mean(axis=1, keepdims=True)
    return points.T


def _pushed(points: np.ndarray) -> np.ndarray:
    """How each point is pushed by all: the sum of (y - y') / (1 + d²)², over that of 1 / (1 + d²).

    The density is put on a grid and read from it by quadratic weights (three cells an axis).
    """
    from scipy.fft import irfft2, rfft2

    low = points.min(axis=1, keepdims=True)
    width = float((points - low).max())
    side = -(-int(min(width / _CELL + 1, _MOST_CELLS)) // 16) * 16  # few sizes: kernels are kept
    cell = _CELL if width < _CELL * side else width / side
    place = (points - low) / cell + 1
    middle = np.rint(place).astype(np.int64)
    off = place - middle
    x, y = np.stack([(0.5 - off) ** 2 / 2, 0.75 - off * off, (0.5 + off) ** 2 / 2], axis=1)
    shares = (x[:, None] * y[None]).reshape(9, -1)
    size = side + 4
    around = (np.arange(-1, 2)[:, None] * size + np.arange(-1, 2)).reshape(9, 1)
    cells = around + middle[0] * size + middle[1]
    density = np.bincount(cells.ravel(), shares.ravel(), size * size).astype(np.float32)
    spread = rfft2(density.reshape(size, size), (2 * size, 2 * size))
    fields = irfft2(spread * _kernels(size, cell), (2 * size, 2 * size))[:, :size, :size]
    read = np.stack([(field.ravel()[cells] * shares).sum(axis=0) for field in fields])
    # Each point is at distance 0 of itself, which is no pair.
    return read[1:] / max(float(read[0].sum()) - points.shape[1], 1e-12)


@lru_cache(maxsize=8)
def _kernels(size: int, cell: float) -> np.ndarray:
    """The transforms of 1 / (1 + d²) and of dx, dy / (1 + d²)², on a grid twice as wide."""
    from scipy.fft import rfft2

    step = np.arange(2 * size)
    step = np.where(step < size, step, step - 2 * size) * cell
    near = 1 / (1 + step[:, None] ** 2 + step**2)
    push = near * near
    return rfft2(np.stack([near, step[:, None] * push, step * push]).astype(np.float32))


def _square(points: np.ndarray) -> np.ndarray:
    """Points moved and shrunk alike on both axes, so that they fill the unit square."""
    if not len(points):
        return np.zeros((0, 2), np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    width = float((high - low).max()) or 1.0
    return (0.5 + (points - (low + high) / 2) / width).astype(np.float32)
