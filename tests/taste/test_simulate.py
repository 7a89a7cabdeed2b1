"""Simulated readers do what was planted."""

import numpy as np

from papertide.taste import Crowd
from papertide.taste.simulate import SHOWN, TOPICS, World, follow


def best_first(reader):
    def order(events, past, ids, today, day):
        return np.argsort(-reader.worth(today, day, np.zeros(TOPICS)))
    return order


def test_a_world_is_drawn_from_its_seed():
    first, second, other = (World.of(seed).papers(50) for seed in (1, 1, 2))
    assert (first.topics == second.topics).all() and (first.topics != other.topics).any()
    lengths = np.sqrt(first.views.words.multiply(first.views.words).sum(axis=1))
    assert np.allclose(lengths, 1)


def test_what_is_planted_is_what_happens():
    world = World.of(3)
    reader = world.reader(turns=5)
    course = follow(world, reader, best_first(reader), days=10)
    assert np.allclose(course.shares, 1) and len(course.events) == 10 * SHOWN
    assert sum(event.kind == "saved" for event in course.events) > 30


def test_who_tires_is_worth_less_of_the_same():
    world = World.of(4)
    papers = world.papers(100)
    reader = world.reader(tires=0.3)
    seen = np.full(TOPICS, 5.0)
    assert reader.worth(papers, 0, seen).mean() < reader.worth(papers, 0, 0 * seen).mean()


def test_our_pages_beat_the_global_order():
    """And an interest that is passed over wanes, while others stay."""
    from evaluation.taste_simulated import Policy, _base

    shares = []
    for order in ("ours", "base"):
        world = World.of(7)
        crowd = Crowd.of(world.papers(400).views)
        way = Policy(crowd, 0) if order == "ours" else _base
        shares.append(follow(world, world.reader(), way, days=15).shares[5:].mean())
    assert shares[0] > shares[1] + 0.1
