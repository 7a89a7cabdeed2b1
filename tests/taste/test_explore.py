"""What is shown, and the chances of it."""

import numpy as np
import pytest

from papertide.taste import cautious, slot
from papertide.taste.explore import POOL, gap_chances
from papertide.taste.score import Scores


def made(mean, doubt):
    return Scores(np.array(mean, float), np.array(doubt, float), np.zeros((len(mean), 4)))


def test_a_cautious_order_asks_what_is_good_even_if_we_err():
    assert cautious(made([1, 1.2, 0, 0], [0, 1, 0, 0])).tolist() == [0, 1, 2, 3]


def test_chances_are_logged_and_true():
    chance = np.random.default_rng(0)
    scores = made(chance.normal(size=60), np.full(60, 0.3))
    shown = cautious(scores)[:10]
    drawn = [slot(scores, shown, chance) for _ in range(2000)]
    first = drawn[0]
    assert first.chances.sum() == pytest.approx(1) and (first.chances > 0).all()
    assert len(first.rows) == POOL and not set(first.rows) & set(shown)
    often = np.array([sum(d.row == row for d in drawn) for row in first.rows]) / len(drawn)
    assert np.abs(often - first.chances).max() < 0.04
    assert first.chances[0] == first.chances.max()


def test_equal_hopes_are_equally_likely_and_nothing_is_left():
    assert gap_chances(np.zeros(4), 10).tolist() == [0.25] * 4
    assert gap_chances(np.array([1.0]), 10).tolist() == [1]
    assert slot(made([1, 2], [0, 0]), np.array([0, 1]), np.random.default_rng(0)) is None
