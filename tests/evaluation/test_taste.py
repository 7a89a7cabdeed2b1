"""Metrics of taste, and readers who are split honestly."""

import numpy as np
import pytest

from evaluation import taste, taste_sets
from evaluation.taste_peers import PEERS
from evaluation.taste_sets import Readers, Task, split_of
from papertide.embedding import open_model
from papertide.taste.simulate import World
from tests.evaluation.made import make_libraries


def test_pairwise_loss_weighs_pairs_by_how_far_apart_they_were_rated():
    ratings = np.array([5.0, 3.0, 1.0])
    assert taste.pairwise_loss(np.array([3, 2, 1]), ratings) == (0, 8)
    assert taste.pairwise_loss(np.array([1, 2, 3]), ratings) == (8, 8)
    assert taste.pairwise_loss(np.zeros(3), ratings) == (4, 8)
    assert taste.pairwise_loss(np.array([2, 3, 1]), ratings) == (2, 8)


def test_ndcg_and_recall():
    gains = np.array([0, 1, 0, 1.0])
    assert taste.ndcg(np.array([0, 3, 1, 2]), gains) == 1
    assert 0 < taste.ndcg(np.array([3, 1, 2, 0]), gains) < 1
    assert taste.recall(np.array([0, 3, 1, 2]), gains, 1) == 0.5


def test_intervals_are_of_readers_and_differences_are_paired():
    chance = np.random.default_rng(0)
    one, values = np.ones(50), chance.random(50)
    told = taste.interval(values, one)
    assert told["low"] < told["mean"] < told["high"]
    same = taste.interval(values + 0.1, one, minus=(values, one))
    assert same["low"] == same["mean"] == same["high"] == 0.1


def test_no_reader_is_of_both_splits():
    names = [f"Reader {n}" for n in range(400)]
    halves = [{name for name in names if split_of(name) == split} for split in ("tune", "report")]
    assert not halves[0] & halves[1] and min(map(len, halves)) > 150


def test_every_way_ranks_and_ours_finds_the_topic():
    papers = World.of(0).papers(600)
    rows = np.flatnonzero(papers.topics == 3)
    task = Task("A Reader", rows[:5], np.arange(5.0), np.arange(100, 600),
                (papers.topics[100:] == 3).astype(float), 10.0)  # fmt: skip
    held = Readers("authors", papers.views, [task], np.arange(100, 600))
    figures = taste.evaluate(held, PEERS | taste.ablations(held))
    values = {way: told["ndcg@10"]["mean"] for way, told in figures["ways"].items()}
    assert all(0 <= value <= 1 for value in values.values())
    assert values["ours"] > 0.9 > 0.5 > values["random"]


@pytest.mark.parametrize("split", ["tune", "report"])
def test_libraries_are_read_and_what_is_known_is_no_candidate(split, tmp_path):
    users = make_libraries(tmp_path)
    held = taste_sets.libraries(tmp_path, split, open_model(), most=2)
    assert [len(task.known) for task in held.tasks] == [5, 20, 5, 20]
    for task in held.tasks:
        own = int(task.reader.split()[0])
        assert split_of(str(own)) == split
        assert not set(task.known) & set(task.candidates)
        assert task.gains.sum() == 30 - len(task.known)
        others = [n for n in range(12) if split_of(str(n)) == "tune" and n != own]
        popular = np.bincount(np.concatenate([users[n]["items"] for n in others]), minlength=60)
        assert np.allclose(task.base, np.log1p(popular[task.candidates]))
