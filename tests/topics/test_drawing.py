"""From vectors to points, clusters and names: made clusters are found again, odd input is borne."""

import numpy as np
import pytest

from papertide.topics.clusters import LEAST, MOST, clusters
from papertide.topics.drawing import COLOURS, FEWEST, draw, usable
from papertide.topics.layout import layout, neighbours
from tests.topics.made import SUBJECTS, blobs


@pytest.mark.parametrize(("count", "many"), [(20, 2), (60, 3), (200, 3), (1500, 5)])
def test_clusters_that_there_are_are_found(count, many):
    vectors, of, titles = blobs(count, many)
    drawn = draw(vectors, titles)
    found = np.array(drawn.topic)
    pairs = {(a, b) for a, b in zip(of.tolist(), found.tolist(), strict=True) if b >= 0}
    assert len(pairs) == many == len(drawn.topics)  # each is one of them, and no other
    assert (found < 0).mean() < 0.1
    names = {topic.name.lower() for topic in drawn.topics}
    assert names == set(SUBJECTS[:many])


def test_neighbours_stay_neighbours():
    """As many of the ten nearest as t-SNE keeps; by chance it would be 1 in 40."""
    chance = np.random.default_rng(0)
    curve = np.linspace(0, 6, 400)
    vectors = np.stack([np.cos(curve), np.sin(curve), curve, *chance.normal(size=(9, 400)) * 0.02])
    vectors = vectors.T.astype(np.float32)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    points = layout(vectors)
    there, _ = neighbours(unit, 10)
    away = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    here = np.argsort(away, axis=1)[:, 1:11]
    kept = [len(set(a) & set(b)) for a, b in zip(there.tolist(), here.tolist(), strict=True)]
    assert np.mean(kept) > 5


def test_the_neighbours_are_the_nearest():
    vectors, _, _ = blobs(1203, 7)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    near, far = neighbours(unit, 5)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    best = -np.sort(-cosines, axis=1)[:, :5]
    assert np.allclose(far, np.maximum(2 - 2 * best, 0), atol=1e-5)
    assert not (near == np.arange(len(unit))[:, None]).any()


def test_the_same_papers_are_the_same_map():
    vectors, _, titles = blobs(300, 4)
    assert draw(vectors, titles) == draw(vectors.copy(), list(titles))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, FEWEST - 1, FEWEST])
@pytest.mark.parametrize("equal", [False, True], ids=["different", "equal"])
def test_few_or_equal_vectors(count, equal):
    vectors, _, titles = blobs(count, 2)
    if equal and count:
        vectors[:] = vectors[0]
    drawn = draw(vectors, titles)
    places = np.array([drawn.x, drawn.y])
    assert places.shape == (2, count)
    assert ((places >= 0) & (places <= 1)).all()
    if equal or count < 2:
        assert (places == 0.5).all()
    if count < FEWEST:
        assert drawn.topics == []
        assert set(drawn.topic) <= {-1}


def test_many_equal_vectors_among_others():
    vectors, _, titles = blobs(400, 4)
    vectors[:150] = vectors[0]
    drawn = draw(vectors, titles)
    assert np.isfinite([drawn.x, drawn.y]).all()
    assert len({drawn.topic[n] for n in range(150)}) == 1


def test_vectors_that_say_nothing_are_left_out():
    vectors = np.ones((4, 3), np.float32)
    vectors[0] = 0
    vectors[1, 2] = np.nan
    vectors[2, 0] = np.inf
    assert usable(vectors).tolist() == [False, False, False, True]
    assert usable(np.zeros((3, 0), np.float32)).tolist() == [False] * 3
    assert usable(np.zeros((0, 3), np.float32)).tolist() == []


def test_points_without_order_have_few_clusters_of_some_size():
    for seed in range(5):
        points = np.random.default_rng(seed).random((3000, 2)).astype(np.float32)
        found = clusters(points)
        sizes = np.bincount(found[found >= 0])
        assert len(sizes) <= MOST
        assert (sizes >= LEAST).all()
        assert (np.diff(sizes) <= 0).all()  # the largest first


def test_lonely_points_belong_to_nothing():
    chance = np.random.default_rng(1)
    group = chance.normal(0.25, 0.02, (300, 2))
    found = clusters(np.concatenate([group, [[0.9, 0.9], [0.1, 0.95]]]).astype(np.float32))
    assert found[-2:].tolist() == [-1, -1]
    assert (found[:300] == 0).mean() > 0.95


def test_topics_have_colours_addresses_and_papers():
    vectors, of, titles = blobs(600, 5)
    drawn = draw(vectors, titles)
    assert len({topic.colour for topic in drawn.topics}) == 5 <= COLOURS
    assert {topic.slug for topic in drawn.topics} == {one.replace(" ", "-") for one in SUBJECTS}
    for number, topic in enumerate(drawn.topics):
        assert sorted(topic.papers) == [n for n, one in enumerate(drawn.topic) if one == number]
        held = vectors[of == of[topic.papers[0]]]
        held = held / np.linalg.norm(held, axis=1, keepdims=True)
        middle = held.mean(axis=0)
        first = vectors[topic.papers[0]] / np.linalg.norm(vectors[topic.papers[0]])
        assert first @ middle > np.median(held @ middle)
