"""Clusters of points of a plane: hills of their density, parted where the valley is deep enough.

The density is drawn on a grid; each cell belongs to the summit that one comes to by always going
up. A summit that stands little above its pass to a higher one is a part of that (ToMATo: Chazal et
al., J. ACM 60, 2013, with the height of a pass told as a share of the lower summit).
"""

import numpy as np

MOST = 24  # clusters of a map: no reader takes in more
LEAST = 5  # points of a cluster
_SIDE = 256  # cells of the grid an axis
_MARGIN = 0.1  # around the points, as a share of their square
_WIDTH, _WIDTH_AT = 0.026, 1000  # of a point in the density, where there are so many points
_PASS = 0.92  # summits with a pass as high as that, as a share of the lower one, are one
_LONELY = 0.12  # a density as low as that, as a share of the summit's, belongs to no cluster


def clusters(points: np.ndarray) -> np.ndarray:
    """The cluster of each of some points (n, 2) of the unit square: 0, 1, … from the largest on,
    -1 for points in none. At most `MOST`, each of at least `LEAST` points."""
    count = len(points)
    if count < LEAST:
        return np.full(count, -1)
    width = _WIDTH * (_WIDTH_AT / count) ** (1 / 6)
    while True:
        cells, density = _density(points, width)
        summits = _up(density)
        hills = _parted(density, summits, np.unique(summits[cells]))
        if len(set(hills.values())) <= MOST:
            break
        width *= 1.1  # too many: they are looked at from farther off
    found = np.vectorize(hills.get, otypes=[np.int64])(summits[cells])
    heights = density.ravel()
    found[heights[cells] < _LONELY * heights[found]] = -1
    return _by_size(found, max(LEAST, count // 150))


def _density(points: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The cell of each point, and the density of each cell, (side, side)."""
    from scipy.ndimage import gaussian_filter

    at = np.rint((points * (1 - 2 * _MARGIN) + _MARGIN) * (_SIDE - 1)).astype(np.int64)
    cells = at[:, 0] * _SIDE + at[:, 1]
    held = np.bincount(cells, minlength=_SIDE * _SIDE).reshape(_SIDE, _SIDE).astype(float)
    return cells, gaussian_filter(held, width * _SIDE, mode="constant", truncate=5)


def _up(density: np.ndarray) -> np.ndarray:
    """The summit above each cell, both as numbers of cells, (cells,)."""
    best, height = np.arange(density.size).reshape(density.shape), density.copy()
    numbers = best.copy()
    for shift in ((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
        # What comes round the edge of the grid is as low as the margin is empty.
        other, number = np.roll(density, shift, (0, 1)), np.roll(numbers, shift, (0, 1))
        higher = other > height
        height[higher], best[higher] = other[higher], number[higher]
    above = best.ravel()
    while not np.array_equal(above, further := above[above]):
        above = further
    return above


def _parted(density: np.ndarray, summits: np.ndarray, wanted: np.ndarray) -> dict[int, int]:
    """The summit that each summit belongs to, itself where it is one of a cluster."""
    heights, grid = density.ravel(), summits.reshape(density.shape)
    passes: dict[tuple[int, int], float] = {}
    for here, there, low in (
        (grid[1:], grid[:-1], np.minimum(density[1:], density[:-1])),
        (grid[:, 1:], grid[:, :-1], np.minimum(density[:, 1:], density[:, :-1])),
    ):
        border = (here != there) & (low > 0)
        for one, other, height in zip(
            here[border].tolist(), there[border].tolist(), low[border].tolist(), strict=True
        ):
            pair = min(one, other), max(one, other)
            passes[pair] = max(height, passes.get(pair, 0.0))
    held = {int(summit): int(summit) for summit in np.unique(summits)}

    def top(summit: int) -> int:
        while held[summit] != summit:
            summit = held[summit]
        return summit

    # From the highest pass down, so that a hill is whole before it is joined to a higher one.
    for (one, other), height in sorted(passes.items(), key=lambda item: (-item[1], item[0])):
        lower, higher = sorted((top(one), top(other)), key=lambda cell: (heights[cell], cell))
        if lower != higher and height >= _PASS * heights[lower]:
            held[lower] = higher
    return {int(summit): top(int(summit)) for summit in wanted}


def _by_size(found: np.ndarray, least: int) -> np.ndarray:
    """The clusters numbered from the largest on; those of fewer points than `least` are none."""
    names, first, sizes = np.unique(found, return_index=True, return_counts=True)
    order = sorted(
        (-size, at, name) for name, at, size in zip(names, first, sizes, strict=True)
        if name >= 0 and size >= least
    )  # fmt: skip
    number = {name: place for place, (*_, name) in enumerate(order)}
    return np.array([number.get(name, -1) for name in found])
