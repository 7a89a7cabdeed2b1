"""The objective: its gradient against finite differences, and the steps."""

import numpy as np
import pytest
from scipy import sparse

from papertide.embedding.contrastive import Rows, compact, info_nce, learn_step, loss_and_gradient


def pair(seed=0, count=6, dimension=8):
    chance = np.random.default_rng(seed)
    return chance.standard_normal((2, count, dimension))


def test_the_gradient_is_that_of_the_loss():
    left, right = pair()
    settings = ((8, 4), (1.0, 0.5), 0.2)
    _, *gradients = loss_and_gradient(left, right, *settings)
    step = 1e-5
    for side, gradient in zip((left, right), gradients, strict=True):
        for place in np.ndindex(side.shape):
            kept = side[place]
            losses = []
            for moved in (kept + step, kept - step):
                side[place] = moved
                losses.append(loss_and_gradient(left, right, *settings)[0])
            side[place] = kept
            slope = (losses[0] - losses[1]) / (2 * step)
            assert gradient[place] == pytest.approx(slope, abs=1e-5)


def test_the_loss_is_that_of_the_formula():
    left, right = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in pair(1))
    scores = left @ right.T / 0.1
    rows = np.log(np.exp(scores).sum(axis=1)) - scores.diagonal()
    down = np.log(np.exp(scores).sum(axis=0)) - scores.diagonal()
    assert info_nce(left, right, 0.1)[0] == pytest.approx((rows.mean() + down.mean()) / 2)


def test_a_hopeless_pair_and_an_empty_text_are_no_overflow():
    left = np.array([[1, 0], [-1, 0], [0, 0]], np.float32)
    loss, *gradients = loss_and_gradient(left, -left, (2,), (1.0,), 0.01)
    assert np.isfinite(loss)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_compact_keeps_the_product():
    bag = sparse.csr_array(np.array([[0, 2, 0, 1], [0, 0, 0, 3]], np.float32))
    table = np.arange(8, dtype=np.float32).reshape(4, 2)
    columns, small = compact(bag)
    assert columns.tolist() == [1, 3]
    assert (small @ table[columns] == bag @ table).all()


def test_a_step_moves_only_rows_that_were_met_and_lowers_the_loss():
    chance = np.random.default_rng(0)
    rows = Rows(chance.standard_normal((20, 8)))
    before = rows.values.copy()
    left = sparse.csr_array(np.eye(20, dtype=np.float32)[:5])
    right = sparse.csr_array(np.eye(20, dtype=np.float32)[5:10])
    losses = [
        learn_step(rows, left, right, rate=0.05, dimensions=(8, 4), shares=(1, 0.5),
                   temperature=0.1)
        for _ in range(50)
    ]  # fmt: skip
    assert losses[-1] < losses[0] / 4
    assert (rows.values[10:] == before[10:]).all()
    assert (rows.values[:10] != before[:10]).any(axis=1).all()
