"""Growing topics: phrases, what stands out and what does not, and where extrapolation stops."""

from datetime import date, timedelta

import numpy as np
import pytest

from papertide.trends import topics
from papertide.trends.topics import AHEAD, WEEKS, growing, phrases

MONDAY = date(2025, 6, 2)


def papers(shares, a_week=400, seed=0, weeks=WEEKS):
    """Titles of full weeks before MONDAY; `shares` gives phrases and their shares by week."""
    chance = np.random.default_rng(seed)
    made = []
    for week in range(weeks):
        start = MONDAY - timedelta(weeks=weeks - week)
        for n in range(a_week):
            said = [phrase for phrase, of in shares.items() if chance.random() < of(week)]
            made.append((start + timedelta(days=n % 7), " and ".join([f"Thing{n}", *said])))
    return made


def test_phrases():
    found = phrases("Agents for World Models: a New Method of Retrieval-Augmented Generation")
    assert {"agent", "world model", "retrieval-augmented generation", "generation"} <= found
    assert not found & {"model", "method", "agent for world", "world model new", "for"}
    assert phrases("") == phrases("2025: 3 a of") == set()
    assert phrases("Learning Systems") == set()


def test_what_grows_is_told():
    found = growing(
        papers({
            "world models": lambda week: 0.02 + 0.004 * week,
            "graph kernels": lambda week: 0.05,
            "speech": lambda week: 0.12 - 0.004 * week,
        }), MONDAY,
    )  # fmt: skip
    assert [topic.phrase for topic in found.topics] == ["world model"]
    [topic] = found.topics
    assert (found.weeks, found.papers, found.since) == (
        WEEKS, 400 * WEEKS, MONDAY - timedelta(weeks=WEEKS)
    )  # fmt: skip
    assert topic.weekly > 1.03
    assert len(topic.shares) == WEEKS
    assert len(topic.ahead) == AHEAD
    assert all(low < middle < high for low, middle, high in topic.ahead)
    assert topic.ahead[-1][1] > np.mean(topic.shares[-4:])
    assert topic.ahead[0][0] < 0.118 < topic.ahead[0][2]


def test_what_is_as_it_was_is_not():
    flat = {f"subject{letter} stuff": lambda week: 0.04 for letter in "abcdefghijkl"}
    told = sum(bool(growing(papers(flat, seed=seed), MONDAY).topics) for seed in range(5))
    assert told <= 1
    assert "chance" in growing(papers(flat), MONDAY).reason


@pytest.mark.parametrize(
    "held", [[], [(MONDAY - timedelta(days=1), "One paper")], [(date(2999, 1, 1), "Late")] * 90,
             papers({}, a_week=5), papers({"robots": lambda week: 1}, weeks=4)],
)  # fmt: skip
def test_too_few_papers(held):
    found = growing(held, MONDAY)
    assert not found.topics
    assert "Growth is told from at least" in found.reason


def test_a_topic_of_all_papers_and_one_that_came_from_nothing():
    found = growing(
        papers({"robots": lambda week: 1.0, "comets": lambda week: 0.3 * (week >= 20)}), MONDAY
    )
    assert "robot" not in {topic.phrase for topic in found.topics}
    for topic in found.topics:
        for low, middle, high in topic.ahead:
            assert 0 <= low <= middle <= high <= 1
            assert middle <= topics.MOST_TIMES * max(topic.shares)


def test_it_stops_where_nothing_is_said_any_more():
    fitted = topics.Fitted(np.array([0.5]), np.array([0.1]), np.array([0.5]))
    shares = np.full(WEEKS, 0.01)
    assert topics.extrapolate(fitted, 0, shares, 30, (-1.3, 1.3)) == ()
    many = topics.extrapolate(fitted, 0, shares, 1e6, (-1.3, 1.3))
    assert 0 < len(many) <= AHEAD
    steep = topics.Fitted(np.array([3.0]), np.array([0.1]), np.array([3.0]))
    assert len(topics.extrapolate(steep, 0, shares, 1e6, (-1.3, 1.3))) < len(many)


def test_days_of_the_running_week_do_not_count():
    held = papers({"world models": lambda week: 0.02 + 0.004 * week})
    today = MONDAY + timedelta(days=3)
    more = [(today, "World models")] * 500
    assert growing([*held, *more], today) == growing(held, today) == growing(held, MONDAY)
