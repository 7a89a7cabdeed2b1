"""Reasons are true: what is named is what the score comes from."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide.taste import learn, reasons
from papertide.taste.explain import forget
from tests.taste.made import DAY, of_topic, saves, world

CROWD, HELD = world()
PAPERS, IDS = HELD.views, range(len(HELD.topics))


@settings(max_examples=12, deadline=None)
@given(st.sets(st.integers(0, 399), min_size=1, max_size=25), st.integers(0, 399),
       st.sets(st.integers(0, 399), max_size=5))  # fmt: skip
def test_without_a_reason_the_score_is_lower(saved, row, hidden):
    events = saves(sorted(saved)) + saves(sorted(hidden - saved), "hidden")
    paper = PAPERS.take(np.array([row]))
    taste = learn(CROWD, events, PAPERS, IDS, DAY)
    whole = taste.score(CROWD, paper).mean[0]
    for reason in reasons(CROWD, events, PAPERS, IDS, DAY, paper):
        if reason.kind == "paper":
            rest = [event for event in events if event.paper != reason.key]
            less = learn(CROWD, rest, PAPERS, IDS, DAY)
        else:
            less = forget(taste, {"fact": "facts", "word": "words"}[reason.kind], reason.key)
        lost = whole - less.score(CROWD, paper).mean[0]
        assert lost > 0 and np.isclose(lost, reason.adds, atol=1e-4)


def test_reasons_are_of_the_paper_s_own_topic():
    events = saves(np.r_[of_topic(HELD, 2), of_topic(HELD, 7)])
    row = np.flatnonzero(HELD.topics == 2)[-1:]
    found = reasons(CROWD, events, PAPERS, IDS, DAY, PAPERS.take(row))
    assert {HELD.topics[r.key] for r in found if r.kind == "paper"} == {2}
    assert reasons(CROWD, [], PAPERS, IDS, DAY, PAPERS.take(row)) == []
