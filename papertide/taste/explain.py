"""Why a paper is where it is, in reasons that are true: without one of them its score is lower.

A reason is a paper that was wanted, a fact (an author, a category) or a word. Each is tried: the
taste is learnt again without it, and what the score loses is what the reason adds. What loses
nothing is not named. So a reason is never a story told afterwards; it costs a few milliseconds.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from papertide.taste.crowd import Crowd
from papertide.taste.events import Event, Memory, remember
from papertide.taste.learn import of_memory
from papertide.taste.score import Taste
from papertide.taste.views import Views

TRIED = 4  # of each kind
LEAST = 0.01  # of the score, for a reason to be named


class Reason(msgspec.Struct, frozen=True):
    """`kind` is "paper" (`key` an id), "fact" or "word" (`key` a column of that view); without it
    the paper's score is lower by `adds`."""

    kind: str
    key: int
    adds: float


def reasons(
    crowd: Crowd, events: Sequence[Event], papers: Views, ids: Sequence[int], now: float,
    paper: Views,
) -> list[Reason]:  # fmt: skip
    """The reasons of one paper's score, the strongest first; papers and ids as for `learn`."""
    place = {number: row for row, number in enumerate(ids)}
    memory = remember([event for event in events if event.paper in place], now)
    held = papers.take([place[n] for n in memory.papers.tolist()])
    taste = of_memory(crowd, memory, held)
    whole = float(taste.score(crowd, paper).mean[0])
    found = []
    for row in _closest(crowd, memory, held, paper):
        less = of_memory(crowd, *without(memory, held, row))
        adds = whole - float(less.score(crowd, paper).mean[0])
        found.append(Reason("paper", int(memory.papers[row]), adds))
    for kind, view in (("fact", "facts"), ("word", "words")):
        weights, there = getattr(taste, view), getattr(paper, view)
        told = (weights.multiply(there)).tocoo()
        for column in told.col[np.argsort(-told.data)[:TRIED]].tolist():
            less = forget(taste, view, column)
            adds = whole - float(less.score(crowd, paper).mean[0])
            found.append(Reason(kind, column, adds))
    return sorted((r for r in found if r.adds >= LEAST), key=lambda r: (-r.adds, r.kind, r.key))


def without(memory: Memory, papers: Views, row: int) -> tuple[Memory, Views]:
    """What is remembered, but for one paper."""
    rest = np.delete(np.arange(len(memory)), row)
    return (
        Memory(*(getattr(memory, name)[rest] for name in memory.__struct_fields__)),
        papers.take(rest),
    )


def forget(taste: Taste, view: str, column: int) -> Taste:
    """The taste without what it says of one word or fact: what muting it does."""
    weights = getattr(taste, view).copy()
    weights.data[weights.indices == column] = 0
    return msgspec.structs.replace(taste, **{view: weights})


def _closest(crowd: Crowd, memory: Memory, papers: Views, paper: Views) -> list[int]:
    near = crowd.turned(papers.clean().meaning) @ crowd.turned(paper.clean().meaning)[0]
    near = near + (papers.words @ paper.words.T).toarray().ravel()
    near[memory.wanted <= 0] = -np.inf
    order = np.argsort(-near, kind="stable")[:TRIED]
    return [int(row) for row in order if np.isfinite(near[row])]
