"""Where training begins: latent semantic analysis of the papers by a randomised SVD.

Halko, Martinsson and Tropp 2011, https://arxiv.org/abs/0909.4061, algorithm 4.4.
"""

import numpy as np
from scipy import sparse

from papertide.embedding.base import unit_rows
from papertide.embedding.examples import Examples


def inverse_frequency(bag: sparse.csr_array) -> np.ndarray:
    """log(1 + n / n_t) of each column t, float32."""
    with_it = np.bincount(bag.indices, minlength=bag.shape[1])
    return np.log1p(bag.shape[0] / np.maximum(with_it, 1)).astype(np.float32)


def table(bag: sparse.csr_array, dimension: int, chance: np.random.Generator) -> np.ndarray:
    """A first table (columns, dimension) for papers as bags (n, columns), float32.

    Each row is the piece's place in the leading singular vectors of tf-idf and a random
    part that is nearly orthogonal to all others', so that equal words meet as well as related
    ones; both scaled by idf.
    """
    idf = inverse_frequency(bag)
    weighted = bag @ sparse.diags_array(idf)
    norms = np.sqrt((weighted * weighted).sum(axis=1))
    weighted = (sparse.diags_array(1 / np.maximum(norms, 1e-6)) @ weighted).tocsr()
    weighted = weighted.astype(np.float32)
    turned = weighted.T.tocsr()
    wanted = min(dimension + 32, *bag.shape)
    basis = chance.standard_normal((bag.shape[1], wanted), np.float32)
    for _ in range(2):
        basis, _ = np.linalg.qr(weighted @ basis)
        basis, _ = np.linalg.qr(turned @ basis)
    small = weighted @ basis
    _, values, right = np.linalg.svd(small.T @ small)
    found = basis @ right.T[:, :dimension]
    found *= values[:dimension] ** 0.125  # of squared singular values: flattens the leading ones
    first = np.zeros((bag.shape[1], dimension), np.float32)
    first[:, : found.shape[1]] = found
    lengths = np.linalg.norm(first, axis=1, keepdims=True)
    first /= np.where(lengths > 0, lengths, 1)
    noise = chance.standard_normal(first.shape, np.float32) / np.sqrt(np.float32(dimension))
    return (first + 0.5 * noise) * idf[:, None]


def places(examples: Examples, first: np.ndarray, count: int, dimension: int = 32) -> np.ndarray:
    """Where a table puts the first `count` papers, (count, dimension) float32, unit rows."""
    chunks = np.split(np.arange(count), range(8192, count, 8192))
    begin = np.ascontiguousarray(first[:, :dimension])
    rows = [examples.abstracts(chunk, title=True) @ begin for chunk in chunks]
    return unit_rows(np.concatenate(rows).astype(np.float32))


def by_neighbours(
    placed: np.ndarray, group: int, chance: np.random.Generator, pivots: int = 200
) -> np.ndarray:
    """Papers in random order, but `group` neighbours together; up to `group` - 1 are left out.

    Neighbours are nearest to the same of some papers drawn as pivots. A batch of several such
    groups holds pairs that are hard to tell apart and pairs that are not.
    """
    count = len(placed)
    centres = placed[chance.choice(count, min(pivots, 1 + count // group), replace=False)]
    chunks = np.split(placed, range(16_384, count, 16_384))
    nearest = np.concatenate([(chunk @ centres.T).argmax(axis=1) for chunk in chunks])
    ordered = np.lexsort((chance.random(count), nearest))
    groups = ordered[: count // group * group].reshape(-1, group)
    return groups[chance.permutation(len(groups))].ravel()
