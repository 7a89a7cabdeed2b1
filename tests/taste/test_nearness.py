"""Nearness to what a reader saved."""

import numpy as np

from papertide.taste.nearness import NEIGHBOURS, nearness


def test_several_interests_are_not_averaged():
    saved = np.array([[1, 0, 0]] * NEIGHBOURS + [[0, 1, 0]] * NEIGHBOURS, np.float32)
    papers = np.array([[5, 0, 0], [0, 0.1, 0], [1, 1, 0], [0, 0, 1]], np.float32)
    first, second, between, other = nearness(papers, saved)
    assert first == second == 1 > between > other == 0


def test_what_has_no_vector_comes_last():
    papers = np.array([[1, 0], [np.nan, np.nan], [0, 0]], np.float32)
    scores = nearness(papers, papers)
    assert scores[0] == 1 and (scores[1:] == -np.inf).all()
    assert (nearness(papers, papers[1:]) == -np.inf).all()
    assert nearness(papers, np.empty((0, 2), np.float32)).tolist() == [-np.inf] * 3
    assert nearness(np.empty((0, 2), np.float32), papers).shape == (0,)
