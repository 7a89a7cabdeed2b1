"""Whether ranking again pays, by the scores before."""

import numpy as np
import pytest

from papertide.search.cascade import features, pays


def test_what_is_looked_at():
    scores = np.array([9.0, 5.0, 4.0, 4.0, 4.0, 3.0, 2.0, 2.0, 1.0, 1.0, 0.0])
    held = (scores - scores.mean()) / scores.std()
    wanted = [held[0] - held[1], held[0] - held[1:10].mean(), held[0]]
    assert features(scores) == pytest.approx(wanted)
    # Neither the scale nor where it begins matters: scores by words alone are on another one.
    assert features(7 * scores + 3) == pytest.approx(wanted)
    assert features([1.0, 1.0]).tolist() == [0, 0, 0]


def test_a_first_far_above_the_others_is_left_alone():
    even = [1 - n / 50 for n in range(50)]
    assert pays(even)
    assert not pays([20.0, *even[1:]])


@pytest.mark.parametrize("scores", [[], [3.0]])
def test_fewer_than_two_are_in_order_already(scores):
    assert not pays(scores)


@pytest.mark.parametrize("scores", [[1.0, 1.0], [2.0, 1.0], [1.0] * 50])
def test_of_a_few_and_of_equal_ones_it_can_be_said_too(scores):
    assert pays(scores) in (True, False)
