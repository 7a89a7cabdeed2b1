"""Metrics of ranked lists, against figures worked out by hand."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics import ndcg, recall, reciprocal_rank, top

RELEVANCE = {"a": 2, "b": 1, "c": 0}


def test_ndcg():
    assert ndcg(["a", "b", "x"], RELEVANCE) == 1
    best = 2 + 1 / log2(3)
    ranked = ["x", "b", "c", "a"]
    assert ndcg(ranked, RELEVANCE) == pytest.approx((1 / log2(3) + 2 / log2(5)) / best)
    assert ndcg(ranked, RELEVANCE, 3) == pytest.approx(1 / log2(3) / best)
    assert ndcg([], RELEVANCE) == ndcg(["c"], {"c": 0}) == 0


def test_recall():
    assert recall(["x", "a"], RELEVANCE) == 0.5
    assert recall(["x", "a", "b"], RELEVANCE, 2) == 0.5
    assert recall(["x"], {}) == 0


def test_reciprocal_rank():
    assert reciprocal_rank(["x", "c", "b", "a"], RELEVANCE) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"] * 10 + ["a"], RELEVANCE) == 0
    assert reciprocal_rank([], RELEVANCE) == 0


@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=4),
       st.integers(1, 6))  # fmt: skip
def test_top_is_the_beginning_of_a_stable_sort_by_score(rows, depth):
    scores = np.array(rows, np.float32)
    found = top(scores, depth)
    assert found.shape == (len(rows), min(4, depth))
    held = np.take_along_axis(scores, found, axis=1)
    assert (held == -np.sort(-scores, axis=1)[:, :depth]).all()
    if depth >= 4:
        assert (found == np.argsort(-scores, axis=1, kind="stable")).all()
