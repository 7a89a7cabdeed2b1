"""Tastes as bytes: the same again, and nothing else."""

import msgspec
import numpy as np
import pytest

from papertide.taste import Crowd, OtherVersion, Taste, learn
from tests.taste.made import DAY, of_topic, saves, world

CROWD, HELD = world()
TASTE = learn(CROWD, saves(of_topic(HELD, 3)), HELD.views, range(len(HELD.topics)), DAY)


def test_what_is_kept_scores_the_same():
    crowd, taste = Crowd.load(CROWD.dump()), Taste.load(TASTE.dump())
    same = taste.score(crowd, HELD.views), TASTE.score(CROWD, HELD.views)
    assert np.array_equal(same[0].mean, same[1].mean)
    assert len(TASTE.dump()) < 20_000


def test_another_version_or_crowd_is_refused_with_what_to_do():
    held = msgspec.msgpack.decode(TASTE.dump())
    with pytest.raises(OtherVersion, match=r"version 99.*learn it anew"):
        Taste.load(msgspec.msgpack.encode(held | {"version": 99}))
    with pytest.raises(ValueError, match="not a taste"):
        Taste.load(CROWD.dump())
    other, papers = world(seed=5)
    with pytest.raises(ValueError, match="another crowd"):
        TASTE.score(other, papers.views)


def test_damaged_bytes_are_refused():
    whole = TASTE.dump()
    for at in range(0, len(whole), 97):
        with pytest.raises(ValueError):
            Taste.load(whole[:at])
    held = msgspec.msgpack.decode(whole)
    for broken in (
        {"words": 1}, {"meaning": {"type": "object", "shape": [1], "bytes": b"x" * 8}},
        {"meaning": {"type": "float32", "shape": [7], "bytes": b"x"}}, {"more": 1},
        {"facts": held["fields"]["facts"] | {"shape": [1, 1]}},
    ):  # fmt: skip
        with pytest.raises(ValueError):
            Taste.load(msgspec.msgpack.encode(held | {"fields": held["fields"] | broken}))
    for odd in (b"", b"\x80", b"{}", b"\xff" * 50):
        with pytest.raises(ValueError):
            Taste.load(odd)
