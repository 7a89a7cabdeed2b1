"""Forecasts: what they learn, what they must not see, when there is none."""

from datetime import date, timedelta

import msgspec
import numpy as np
import pytest

from papertide.trends import forecast
from papertide.trends.forecast import FEATURES, Told, TooLittle, fit, history, spearman
from tests.trends.made import DIMENSION, FIRST, listings


def replaced(told, **fields):
    return [msgspec.structs.replace(one, **fields) for one in told]


def test_it_orders_days_that_it_has_not_seen():
    told, vectors = listings(days=90)
    until = FIRST + timedelta(days=59)
    seen = history(told)
    model = fit(told, vectors, seen, until)
    scores = model.scores(vectors, seen)
    ranks = []
    for day in range(60, 90):
        of = slice(day * 12, day * 12 + 12)
        ranks.append(spearman(scores[of], np.array([one.votes for one in told[of]])))
    assert np.mean(ranks) > 0.5
    assert model.papers == 720
    found = model.forecast(vectors, seen)[720:]
    inside = [f.low <= one.votes <= f.high for f, one in zip(found, told[720:], strict=True)]
    assert 0.7 < np.mean(inside) < 0.9
    assert all(0 <= f.low <= f.votes <= f.high for f in found)
    assert {words for f in found for words, _ in f.why} <= {words for _, words in FEATURES}


def test_the_same_votes_give_the_same_forecasts():
    told, vectors = listings()
    first, second = (fit(told, vectors, history(told)).forecast(vectors, history(told))
                     for _ in range(2))  # fmt: skip
    assert first == second


def test_nothing_of_a_day_or_later_is_known_on_it():
    told, vectors = listings(days=50)
    day = FIRST + timedelta(days=30)
    changed = [
        msgspec.structs.replace(one, votes=1000 - one.votes) if one.listed >= day else one
        for one in told
    ]
    before, after = history(told), history(changed)
    upto = np.array([one.listed <= day for one in told])
    np.testing.assert_array_equal(before.features[upto], after.features[upto])
    np.testing.assert_array_equal(before.level[upto], after.level[upto])
    assert not np.array_equal(before.features, after.features, equal_nan=True)
    cut = day - timedelta(days=1)
    one, other = fit(told, vectors, before, cut), fit(changed, vectors, after, cut)
    assert one.forecast(vectors, before)[360] == other.forecast(vectors, after)[360]


def test_the_order_of_rows_does_not_matter():
    told, _vectors = listings(days=40)
    order = np.random.default_rng(1).permutation(len(told))
    mixed = [told[n] for n in order]
    np.testing.assert_allclose(history(mixed).features, history(told).features[order])


def test_chance_is_not_forecast():
    told, vectors = listings(effect=0.0)
    with pytest.raises(TooLittle, match="better than chance"):
        fit(told, vectors, history(told))


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ([], "at least 300 papers"),
        (listings(days=1, a_day=1)[0], "here are 1 of 1"),
        (listings(days=5, a_day=80)[0], "here are 400 of 5"),
        (replaced(listings()[0], votes=None), "here are 0 of 0"),
        (replaced(listings()[0], votes=7), "same number of votes"),
        (replaced(listings()[0], votes=0), "same number of votes"),
    ],
)
def test_too_little_to_learn_from(told, why):
    with pytest.raises(TooLittle, match=why):
        fit(told, np.zeros((len(told), DIMENSION), np.float32), history(told))


def test_papers_of_which_little_is_known():
    told, vectors = listings()
    seen = history(told)
    model = fit(told, vectors, seen)
    bare = [
        Told(paper=1, title="", listed=date(2025, 3, 20)),
        Told(paper=2, title="x" * 10_000, listed=date(2325, 1, 1), authors=["Name 1"] * 4000,
             submitter="nobody", published=date(1999, 1, 1), hour=1e9),
    ]  # fmt: skip
    texts = np.vstack([vectors, np.zeros((2, DIMENSION), np.float32)])
    for found in model.forecast(texts, history([*told, *bare]))[-2:]:
        assert 0 <= found.low <= found.votes <= found.high < 10_000


def test_features_that_nobody_has():
    told, vectors = listings()
    told = replaced(told, submitter="", hour=float("nan"), published=None)
    found = fit(told, vectors, history(told)).forecast(vectors, history(told))
    assert all(np.isfinite(one.votes) for one in found)


def test_spearman():
    scipy = pytest.importorskip("scipy.stats")
    chance = np.random.default_rng(3)
    for _ in range(20):
        one, other = chance.integers(0, 6, 12), chance.normal(size=12)
        assert spearman(one, other) == pytest.approx(scipy.spearmanr(one, other).statistic)
    assert spearman(np.ones(5), np.arange(5)) == 0


def test_the_level_follows_the_days():
    told, _ = listings(days=30)
    seen = history(told)
    assert seen.level[0] == 0
    firsts = [np.log1p([one.votes for one in told[n * 12 : n * 12 + 12]]).mean()
              for n in range(25)]  # fmt: skip
    assert seen.level[25 * 12] == pytest.approx(np.mean(firsts[-forecast.LEVEL_DAYS :]))
