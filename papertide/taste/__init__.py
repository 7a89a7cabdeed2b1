"""What a reader will want to read: plain arrays in, scores out.

    from papertide import taste
    crowd = taste.Crowd.of(views)                   # what papers are like, once a night
    mine = taste.learn(crowd, events, papers, ids, now)  # of one reader: events, and their papers
    found = mine.score(crowd, day, base)            # .mean, .uncertainty, .parts of a day's papers
    first = taste.cautious(found)                   # rows, best first
    taste.reasons(crowd, events, papers, ids, now, day.take(first[:1]))
"""

from papertide.taste.crowd import Crowd
from papertide.taste.events import Event
from papertide.taste.explain import Reason, reasons
from papertide.taste.explore import cautious, slot
from papertide.taste.kept import OtherVersion
from papertide.taste.learn import learn
from papertide.taste.score import Day, Scores, Taste
from papertide.taste.views import Views

__all__ = [
    "Crowd", "Day", "Event", "OtherVersion", "Reason", "Scores", "Taste", "Views", "cautious",
    "learn", "reasons", "slot",
]  # fmt: skip
