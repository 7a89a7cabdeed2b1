"""From a reader's events to their taste: no descent and no draws, a few sums and a clustering.

Each part is what the papers a reader wanted have in common, less what those they did not want
have: of words and of meaning the weighted mean, of meaning also the papers themselves (or, of many,
a few prototypes), of facts how much more often each holds than usual. What the parts count for
beside each other, `MIX`, was learnt on the tuning readers (docs/taste.md).
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from papertide.taste.crowd import Crowd
from papertide.taste.events import Event, Memory, remember
from papertide.taste.score import PARTS, Day, Taste, shared
from papertide.taste.views import Views

MIX = (0.25, 0.25, 0.5, 0.35)  # of PARTS
STRENGTH = 0.8  # of the whole, beside a base in units of log(1 + votes)
FEW = 1.0  # papers' weight at which half of that is reached
PROTOTYPES = 16
TERMS = 1000  # words that are kept
UNWANTED = 0.3  # what the mean of unwanted papers counts beside that of wanted ones
LATELY = 10.0  # days: the half-life of what was passed over, for `still_wanted`
ALIKE = 0.2  # cosines up to this are chance
KEEPS = 1.0  # papers' weight that an interest keeps anyway
WANE = 1.0  # power of what is still wanted of all, for the strength
PASSED = 3.0  # what passing over counts there, beside what this reader passes over anyway
MOST = 20.0  # times, of that
DOUBT = 3.0  # papers as usual that facts are counted beside


def learn(
    crowd: Crowd, events: Sequence[Event], papers: Views, ids: Sequence[int], now: float,
    mix: Sequence[float] | None = None,
) -> Taste:  # fmt: skip
    """The taste that the events of a reader tell. `papers` are those they are of, `ids` their
    numbers; events of papers that are not there (merged, withdrawn) are left out. The same events
    always give the same taste, in whatever order they come. Raises ValueError as `remember` does.
    """
    place = {number: row for row, number in enumerate(ids)}
    memory = remember([event for event in events if event.paper in place], now)
    return of_memory(crowd, memory, papers.take([place[n] for n in memory.papers.tolist()]), mix)


def of_memory(
    crowd: Crowd, memory: Memory, papers: Views, mix: Sequence[float] | None = None
) -> Taste:
    """The same, of what is remembered and its papers, a row each."""
    papers = papers.clean()
    turned = crowd.turned(papers.meaning)
    lasting = still_wanted(memory, turned)
    weights = (memory.wanted * memory.fading * lasting).astype(np.float32)
    good, bad = weights > 0, weights < 0
    words = _centroid(papers.words, weights * good)
    if bad.any():
        words = words - UNWANTED * _centroid(papers.words, -weights * bad)
    meaning = _mean(turned, weights * good) - UNWANTED * _mean(turned, -weights * bad)
    taste = Taste(
        crowd=crowd.checksum, events=len(memory), words=_strongest(words), meaning=meaning,
        wanted=_prototypes(turned[good], weights[good], lasting[good]),
        unwanted=_prototypes(turned[bad], -weights[bad], -memory.wanted[bad].clip(-1)),
        facts=_facts(crowd, papers.facts, weights),
        centre=np.zeros(len(PARTS)), spread=np.ones(len(PARTS)),
        mix=np.array(MIX if mix is None else mix, float), strength=0.0,
    )  # fmt: skip
    if not weights.any():
        return taste
    usual = taste.raw(Day(crowd.sample_words.T.tocsr(), crowd.sample_meaning,
                          shared(crowd.sample_facts).T.tocsr()))  # fmt: skip
    taste.centre, taste.spread = usual.mean(axis=0), usual.std(axis=0)
    silent = taste.spread < 1e-6  # a part that tells no papers apart
    taste.mix = np.where(silent, 0, taste.mix)
    taste.spread = np.where(silent, 1, taste.spread)
    known = float(np.abs(weights).sum())
    taste.strength = STRENGTH * known / (known + FEW) if taste.mix.any() else 0.0
    if good.any():  # where all interests wane, the global order shows what else there is
        whole = memory.wanted[good] * memory.fading[good]
        taste.strength *= float(whole @ lasting[good] / whole.sum()) ** WANE
    return taste


def _centroid(rows: sparse.csr_array, weights: np.ndarray) -> np.ndarray:
    """The weighted sum of rows, of length 1."""
    held = rows.T @ weights
    return held / max(np.linalg.norm(held), 1e-9)


def _mean(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (weights @ rows / max(weights.sum(), 1e-9)).astype(np.float32)


def _strongest(words: np.ndarray) -> sparse.csr_array:
    kept = np.flatnonzero(words)
    if len(kept) > TERMS:
        kept = np.sort(kept[np.argpartition(-np.abs(words[kept]), TERMS)[:TERMS]])
    return sparse.csr_array((words[kept].astype(np.float32), (np.zeros(len(kept), int), kept)),
                            shape=(1, len(words)))  # fmt: skip


def _facts(crowd: Crowd, facts: sparse.csr_array, weights: np.ndarray) -> sparse.csr_array:
    """Log odds of each fact among wanted papers, against the usual; only of facts that were seen,
    the rest being about 0."""
    seen = np.unique(facts.indices)
    usual = np.clip(crowd.usual[seen], 1e-6, 1 - 1e-6)
    told = np.asarray(facts[:, seen].T @ weights).ravel() if len(seen) else np.zeros(0)
    total = np.abs(weights).sum()
    share = np.clip((told + DOUBT * usual) / (total + DOUBT), 1e-4, 1 - 1e-4)
    lift = np.log(share / (1 - share)) - np.log(usual / (1 - usual))
    return sparse.csr_array((lift.astype(np.float32), (np.zeros(len(seen), int), seen)),
                            shape=(1, facts.shape[1]))  # fmt: skip


def still_wanted(memory: Memory, turned: np.ndarray) -> np.ndarray:
    """Of each paper, 0 to 1, how far what is like it is wanted still: 1 for those not wanted, and
    where nothing like it was passed over. An interest that is shown and passed over wanes by
    itself, be the reader tired of it or gone elsewhere; the others stay as they were."""
    lasting = np.ones(len(memory))
    good, bad = memory.wanted > 0, memory.wanted < 0
    if good.any() and bad.any():
        lately = 0.5 ** ((memory.times.max() - memory.times) / LATELY)
        alike = np.maximum(turned[good] @ turned.T - ALIKE, 0) / (1 - ALIKE)
        held = alike * (np.abs(memory.wanted) * lately)
        kept = KEEPS + held[:, good].sum(axis=1)
        usual = memory.wanted[good].sum() / -memory.wanted[bad].sum()
        passed = PASSED * min(usual, MOST) * held[:, bad].sum(axis=1)
        lasting[good] = np.minimum(2 * kept / (kept + passed), 1)
    return lasting


def _prototypes(
    rows: np.ndarray, weights: np.ndarray, lengths: np.ndarray, rounds: int = 4
) -> np.ndarray:
    """The rows, or, of more than PROTOTYPES, the centres of spherical k-means (Dhillon and Modha
    2001), begun farthest first: an interest of few papers keeps a prototype of its own. Each is as
    long as it counts."""
    there = rows.any(axis=1)
    rows, weights, lengths = rows[there], weights[there], lengths[there, None].astype(np.float32)
    if len(rows) <= PROTOTYPES:
        return rows * lengths
    chosen = [int(np.argmax(weights))]
    nearest = rows @ rows[chosen[0]]
    while len(chosen) < PROTOTYPES:
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, rows @ rows[chosen[-1]])
    centres = rows[chosen]
    for _ in range(rounds):
        member = np.argmax(rows @ centres.T, axis=1) == np.arange(PROTOTYPES)[:, None]
        sums = (member * weights) @ rows
        sizes = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(sizes > 1e-9, sums / np.maximum(sizes, 1e-9), centres)
    held, total = (member * weights) @ lengths, (member @ weights)[:, None]
    return centres * np.where(total > 1e-9, held / np.maximum(total, 1e-9), 1)
