"""Hotness: the published formula, what explains it, and signals that are strange."""

from datetime import UTC, datetime, timedelta
from math import log2, nan
from pathlib import Path

import numpy as np
import pytest

from papertide.trends.hotness import KINDS, fading, hottest, of_counts
from papertide.trends.signals import Signal, at_day, days_since

NOW = datetime(2025, 3, 18, 12, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs"


def ago(days):
    return NOW - timedelta(days=days)


def test_the_formula():
    [hot] = hottest([Signal(1, "votes", 15, NOW), Signal(1, "comments", 3, NOW)], NOW)
    assert hot.score == pytest.approx(log2(16) + 0.5 * log2(4))
    assert [str(part) for part in hot.parts] == [
        "15 votes, today, add 4.00", "3 comments, today, add 1.00",
    ]  # fmt: skip
    [old] = hottest([Signal(1, "votes", 16, ago(6)), Signal(1, "votes", 1, ago(1))], NOW)
    assert old.score == pytest.approx(log2(1 + 16 / 8 + 1.5**-1.5))
    assert str(old.parts[0]).startswith("17 votes, 1 day ago")


def test_each_kind_fades_at_its_own_pace():
    for kind, counts in KINDS.items():
        [hot] = hottest([Signal(1, kind, 1000, ago(counts.scale))], NOW)
        assert hot.score == pytest.approx(counts.weight * log2(1 + 1000 * 2**-1.5))


def test_arrays_say_the_same():
    chance = np.random.default_rng(0)
    counts = {kind: chance.integers(0, 500, 30) for kind in KINDS}
    days = chance.integers(0, 400, 30).astype(float)
    signals = [
        Signal(n, kind, int(held[n]), ago(days[n])) for kind, held in counts.items()
        for n in range(30)
    ]  # fmt: skip
    found = {hot.paper: hot.score for hot in hottest(signals, NOW)}
    assert of_counts(counts, days) == pytest.approx([found.get(n, 0) for n in range(30)])


def test_parts_are_the_whole_and_more_of_anything_is_hotter():
    before = [Signal(1, "votes", 5, ago(3)), Signal(1, "stars", 100, ago(30))]
    [cold] = hottest(before, NOW)
    assert sum(part.adds for part in cold.parts) == pytest.approx(cold.score)
    for kind in KINDS:
        [hot] = hottest([*before, Signal(1, kind, 1, ago(2))], NOW)
        assert hot.score > cold.score


def test_strange_signals():
    assert hottest([], NOW) == []
    nothing = [Signal(1, "votes", 0, NOW), Signal(2, "votes", -5, NOW), Signal(3, "votes", 9, None)]
    assert hottest(nothing, NOW) == []
    [future] = hottest([Signal(1, "votes", 3, ago(-5000))], NOW)
    assert future.score == 2  # as of today, no more
    assert hottest([Signal(1, "votes", 1, ago(400_000))], NOW)[0].score > 0
    equal = [Signal(n, "votes", 7, NOW) for n in (4, 9, 2)]
    assert [hot.paper for hot in hottest(equal, NOW)] == [9, 4, 2]


def test_times():
    assert at_day(None) is None
    assert days_since(at_day(NOW.date()), NOW) == 0.5
    assert np.isnan(days_since(None, NOW))
    assert fading(np.array([nan, -3, 0]), 2.0).tolist() == [0, 1, 1]


def test_it_is_published():
    text = (DOCS / "rising.md").read_text()
    for kind, counts in KINDS.items():
        assert f"| {kind} | {counts.weight:g} | {counts.scale:g} |" in text
