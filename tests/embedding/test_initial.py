"""Where training begins."""

import numpy as np
import pytest
from scipy import sparse

from papertide.embedding import initial


def test_inverse_frequency():
    bag = sparse.csr_array(np.array([[1, 1, 0], [1, 0, 0]], np.float32))
    assert initial.inverse_frequency(bag) == pytest.approx(np.log1p([1, 2, 2]))


@pytest.mark.parametrize("dimension", [4, 64])
def test_pieces_that_occur_together_are_near(dimension):
    chance = np.random.default_rng(0)
    rows = np.zeros((200, 20), np.float32)
    for n, row in enumerate(rows):
        row[chance.integers(0, 10, 5) + 10 * (n % 2)] = 1
    table = initial.table(sparse.csr_array(rows), dimension, chance)
    assert (table.dtype, table.shape) == (np.float32, (20, dimension))
    assert np.isfinite(table).all()
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    near = table @ table.T
    assert near[:10, :10].mean() > near[:10, 10:].mean() + 0.1


def test_neighbours_come_together_and_each_paper_once():
    chance = np.random.default_rng(0)
    places = np.repeat(np.eye(5, dtype=np.float32), 40, axis=0)
    order = initial.by_neighbours(places, 8, chance)
    assert sorted(order) == list(range(200))
    kinds = (order // 40).reshape(-1, 8)
    # At random hardly a group would be of one kind.
    assert (kinds == kinds[:, :1]).all(axis=1).mean() > 0.5
    assert (order != np.sort(order)).any()
    assert len(initial.by_neighbours(places[:13], 8, chance)) == 8
