"""What is learnt of a reader: good readers, odd ones and hostile papers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide.taste import Crowd, Event, Views, learn
from papertide.taste.events import MEMORY, remember
from papertide.taste.learn import PROTOTYPES
from tests.taste.made import DAY, of_topic, saves, world

CROWD, HELD = world()
PAPERS, IDS = HELD.views, range(len(HELD.topics))


def scores(events, base=None):
    return learn(CROWD, events, PAPERS, IDS, DAY).score(CROWD, PAPERS, base)


def topic_means(mean):
    return np.array([mean[HELD.topics == topic].mean() for topic in np.unique(HELD.topics)])


def test_without_history_the_global_order_is_exact():
    found = scores([], HELD.base)
    assert (found.mean == HELD.base).all() and not found.parts.any()
    unknown = [Event(10**6, "saved", DAY)]  # of a paper that was withdrawn
    assert (scores(unknown, HELD.base).mean == HELD.base).all()


def test_what_was_saved_is_wanted_and_interests_are_not_averaged():
    means = topic_means(scores(saves(np.r_[of_topic(HELD, 2), of_topic(HELD, 7)])).mean)
    assert set(np.argsort(-means)[:2]) == {2, 7}


def test_what_is_hidden_is_wanted_less():
    liked = saves(of_topic(HELD, 2))
    hidden = saves(of_topic(HELD, 7), "off topic")
    before, after = (topic_means(scores(events).mean) for events in (liked, liked + hidden))
    assert after[7] < before[7]
    only = topic_means(scores(hidden).mean)
    assert np.argmin(only) == 7


def test_doubt_shrinks_with_events():
    few, many = (scores(saves(of_topic(HELD, 2, n))) for n in (1, 15))
    assert many.uncertainty.mean() < few.uncertainty.mean()


def test_order_and_repeats_of_events_change_nothing():
    events = saves(np.r_[of_topic(HELD, 2), of_topic(HELD, 7)])
    whole = scores(events).mean
    assert np.allclose(scores(events[::-1] + events).mean, whole, atol=1e-5)


@pytest.mark.parametrize("kind", ["saved", "hidden", "skipped"])
def test_a_reader_who_does_one_thing_to_everything(kind):
    """Nothing is learnt of topics, and nothing breaks."""
    found = scores(saves(IDS, kind), HELD.base)
    assert np.isfinite(found.mean).all() and np.isfinite(found.uncertainty).all()
    assert np.ptp(topic_means(found.mean - HELD.base)) < np.ptp(
        topic_means(scores(saves(of_topic(HELD, 2))).mean))  # fmt: skip


def test_a_reader_at_random_is_not_sure_of_a_topic():
    chance = np.random.default_rng(0)
    rows = chance.choice(len(PAPERS), 40, replace=False)
    odd = topic_means(scores(saves(rows)).mean)
    sure = topic_means(scores(saves(of_topic(HELD, 2, 40))).mean)
    assert np.ptp(odd) < np.ptp(sure)


def test_ten_thousand_saves_at_once():
    many = [Event(n, "imported", DAY) for n in range(10_000)]
    assert len(remember(many, DAY)) == MEMORY
    rows = np.arange(10_000) % len(PAPERS)
    taste = learn(CROWD, many, PAPERS.take(rows), range(10_000), DAY)
    assert len(taste.wanted) == PROTOTYPES and len(taste.dump()) < 50_000


def test_old_events_are_rehearsed_on_more_rarely():
    many = [Event(n, "saved", DAY - n) for n in range(4000)]
    ages = DAY - remember(many, DAY).times
    assert 0 < (ages > 2000).sum() < 0.4 * len(ages)  # half of all events


def test_contradictions_cancel():
    rows = of_topic(HELD, 2)
    both = saves(rows) + saves(rows, "hidden")
    assert (scores(both, HELD.base).mean == HELD.base).all()


def test_clock_jumps():
    """An event of the year 3000 is of now; one of before the epoch is merely old."""
    rows = of_topic(HELD, 2)
    ahead = [Event(int(row), "saved", 376_000.0) for row in rows]
    assert np.allclose(scores(ahead).mean, scores(saves(rows, time=DAY)).mean, atol=1e-3)
    behind = scores([Event(int(row), "saved", -(10.0**7)) for row in rows])
    assert np.argmax(topic_means(behind.mean)) == 2
    for broken in (np.nan, np.inf):
        with pytest.raises(ValueError, match="no time"):
            scores([Event(0, "saved", broken)])
    with pytest.raises(ValueError, match="no event is called"):
        scores([Event(0, "adored", DAY)])


def test_a_poisoned_paper_that_imitates_every_topic_comes_after_what_is_of_one():
    meaning = np.r_[PAPERS.meaning, [np.mean(PAPERS.meaning, axis=0)]]
    meaning[-1] /= np.linalg.norm(meaning[-1])
    words = PAPERS.words.toarray()
    every = (words > 0).any(axis=0).astype(np.float32)
    words = np.r_[words, [every / np.linalg.norm(every)]]
    facts = np.r_[PAPERS.facts.toarray(), [np.ones(PAPERS.facts.shape[1])]].astype(np.float32)
    held = Views(_sparse(words), meaning.astype(np.float32), _sparse(facts))
    for topic in (2, 7):
        taste = learn(CROWD, saves(of_topic(HELD, topic)), PAPERS, IDS, DAY)
        mean = taste.score(CROWD, held).mean
        assert mean[-1] < np.median(mean[:-1][HELD.topics == topic])


def test_papers_without_meaning_or_words():
    """Of NaN, of zeros: neither hurts others, as a paper or as an event."""
    meaning = PAPERS.meaning.copy()
    meaning[0], meaning[1] = np.nan, 0
    held = Views(PAPERS.words, meaning, PAPERS.facts)
    crowd = Crowd.of(held)
    taste = learn(crowd, saves([0, 1, *of_topic(HELD, 2)]), held, IDS, DAY)
    found = taste.score(crowd, held)
    assert np.isfinite(found.mean).all()
    assert np.argmax(topic_means(found.mean)) == 2
    none = Views(PAPERS.words, np.zeros_like(meaning))
    crowd = Crowd.of(none)
    assert np.isfinite(learn(crowd, saves([3]), none, IDS, DAY).score(crowd, none).mean).all()


def _sparse(rows):
    from scipy import sparse

    return sparse.csr_array(rows)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(
    st.integers(0, 450), st.sampled_from(["saved", "hidden", "skipped", "rated", "opened"]),
    st.floats(-1e9, 1e9), st.floats(-1e6, 1e6), st.integers(-5, 10**6),
), max_size=30))  # fmt: skip
def test_any_events_give_numbers(rows):
    events = [Event(*row) for row in rows]
    found = scores(events, HELD.base)
    assert np.isfinite(found.mean).all() and (found.uncertainty >= 0).all()


def test_what_is_remembered_of_many_does_not_depend_on_their_order():
    many = [Event(n, "saved", DAY - n % 50) for n in range(1000)]
    first, second = remember(many, DAY), remember(many[::-1], DAY)
    assert set(first.papers.tolist()) == set(second.papers.tolist())
