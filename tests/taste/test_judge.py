"""What another order would have been worth: intervals hold it, the gate keeps worse ones out."""

import numpy as np
import pytest

from papertide.taste.judge import Value, doubly_robust, snips, verdict


def log(seed, better=0.5, readers=60, places=20):
    from evaluation.taste_simulated import logged

    return logged(seed, readers, places, better)


def judged(held):
    return snips(held["rewards"], held["logged"], held["target"], held["readers"])


def test_intervals_hold_the_truth():
    """Of 30 worlds; 95% shall."""
    truth = np.mean([log(n)["true"].mean() for n in range(30)])
    values = [judged(log(100 + n)) for n in range(30)]
    assert sum(value.low <= truth <= value.high for value in values) >= 25


def test_a_guess_that_is_wrong_does_not_bias():
    held = log(1, readers=400)
    value = doubly_robust(held["rewards"], held["logged"], held["target"], held["readers"],
                          0.9 - held["guessed"], 0.9 - held["expected"])  # fmt: skip
    assert value.low <= held["true"].mean() <= value.high


def test_the_same_order_is_worth_what_it_earned_and_is_not_promoted():
    held = log(2)
    same = snips(held["rewards"], held["logged"], held["logged"], held["readers"])
    assert same.mean == pytest.approx(held["rewards"].mean())
    assert not verdict(same, same).promoted


def test_only_what_is_surely_better_is_promoted():
    now = Value(0.30, 0.28, 0.32, 1000)
    assert verdict(Value(0.36, 0.31, 0.41, 300), now).promoted
    assert not verdict(Value(0.36, 0.29, 0.43, 300), now).promoted
    few = verdict(Value(0.9, 0.8, 1.0, 12), now)
    assert not few.promoted and "12 logged places" in few.why


def test_chances_that_are_none_are_refused():
    one = np.ones(3)
    for bad in (np.array([0, 1, 1]), np.array([np.nan, 1, 1]), np.array([2, 1, 1])):
        with pytest.raises(ValueError, match="chance"):
            snips(one, bad, one, one)
    with pytest.raises(ValueError, match="0 to 1"):
        snips(one, one, -one, one)
    none = np.zeros(0)
    assert not verdict(snips(none, none, none, none), Value(0, 0, 0, 0)).promoted
