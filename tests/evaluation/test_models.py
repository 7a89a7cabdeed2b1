"""The figures of a model, with one that knows two words."""

import numpy as np
import pytest

from evaluation import models
from evaluation.sets import TestSet


class TwoWords:
    name, dimension, checksum = "two words", 2, ""

    def embed(self, texts):
        rows = np.array([[text.count("graph"), text.count("robot")] for text in texts], np.float32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)


def made(name):
    return TestSet(
        name=name,
        documents={"1": ("graph", "graph"), "2": ("", "robot"), "3": ("graph", "robot"),
                   "4": ("", "")},
        queries={"a": "robot", "b": "graph robot"},
        relevance={"a": {"2": 1}, "b": {"2": 1, "1": 1}},
    )  # fmt: skip


def test_rankings():
    found = models.rankings(TwoWords(), made("x"), depth=2)
    assert found == {"a": ["2", "3"], "b": ["3", "1"]}


def test_figures():
    assert models.figure(TwoWords(), made("titles")) == pytest.approx((1 + 1 / 2) / 2)
    both = (1 / np.log2(3) + 1 / np.log2(4)) / (1 + 1 / np.log2(3))
    assert models.figure(TwoWords(), made("x")) == pytest.approx((1 + both) / 2)
    assert models.per_second(TwoWords(), ["graph"] * 10) > 0
