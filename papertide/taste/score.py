"""A reader's taste, as it is kept, and what it says of papers: wanted how much, how surely, why.

    score = base + strength * sum over parts of  mix * (part - usual) / spread

`base` is the global order, the same for all. What is usual and how it spreads is told by the crowd.
A taste without history has strength 0, so that its order is the global one exactly.
"""

import msgspec
import numpy as np
from scipy import sparse

from papertide.taste import kept
from papertide.taste.crowd import Crowd
from papertide.taste.views import Views

PARTS = ("words", "meaning", "nearest", "facts")
VIEWS = ((0,), (1, 2), (3,))  # parts that look at the same thing: they err together
NEAREST = 3  # prototypes a paper is near to
AGAINST = 0.5  # what nearness to an unwanted paper counts beside that to a wanted one


class Scores(msgspec.Struct):
    """Of n papers: the score, its standard error, and what each part adds (n, parts)."""

    mean: np.ndarray
    uncertainty: np.ndarray
    parts: np.ndarray


class Day(msgspec.Struct):
    """Papers made ready to be scored for many readers."""

    by_word: sparse.csr_array  # (words, n)
    meaning: np.ndarray  # (n, axes), turned
    by_fact: sparse.csr_array  # (facts, n)

    def __len__(self) -> int:
        return len(self.meaning)

    @classmethod
    def of(cls, crowd: Crowd, papers: Views) -> "Day":
        papers = papers.clean()
        return cls(
            papers.words.T.tocsr(), crowd.turned(papers.meaning), shared(papers.facts).T.tocsr()
        )


class Taste(msgspec.Struct):
    """What was learnt of a reader: 10 to 25 kB. Made by `learn.learn`."""

    crowd: str  # checksum of the crowd it was learnt beside
    events: int  # papers it was learnt from
    words: sparse.csr_array  # (1, words)
    meaning: np.ndarray  # (axes,)
    wanted: np.ndarray  # (prototypes, axes): what is wanted, an interest or a paper each
    unwanted: np.ndarray  # (prototypes, axes)
    facts: sparse.csr_array  # (1, facts)
    centre: np.ndarray  # (parts,)
    spread: np.ndarray  # (parts,)
    mix: np.ndarray  # (parts,)
    strength: float

    def score(self, crowd: Crowd, papers: Views | Day, base: np.ndarray | None = None) -> Scores:
        """Scores of papers beside a base. Raises ValueError for another crowd than it was learnt
        beside."""
        if self.crowd != crowd.checksum:
            raise ValueError("this taste was learnt beside another crowd; learn it anew")
        day = papers if isinstance(papers, Day) else Day.of(crowd, papers)
        base = np.zeros(len(day)) if base is None else np.asarray(base, float)
        if not self.strength:
            nothing = np.zeros((len(day), len(PARTS)))
            return Scores(base, np.full(len(day), 1.0), nothing)
        held = (self.raw(day) - self.centre) / self.spread
        parts = self.strength * self.mix * held
        looked = [list(view) for view in VIEWS if self.mix[list(view)].any()]
        votes = np.stack([held[:, view] @ self.mix[view] / self.mix[view].sum()
                          for view in looked])  # fmt: skip
        doubt = self.strength * np.sqrt(votes.var(axis=0) + 1 / (1 + self.events))
        return Scores(base + parts.sum(axis=1), doubt, parts)

    def raw(self, day: Day) -> np.ndarray:
        """The parts of papers as they are, (n, parts)."""
        found = np.empty((len(day), len(PARTS)), np.float32)
        found[:, 0] = (self.words @ day.by_word).toarray()[0]
        found[:, 1] = day.meaning @ self.meaning
        found[:, 2] = near(day.meaning, self.wanted)
        if len(self.unwanted):
            found[:, 2] -= AGAINST * np.maximum(near(day.meaning, self.unwanted), 0)
        found[:, 3] = (self.facts @ day.by_fact).toarray()[0]
        return found

    def dump(self) -> bytes:
        """The taste as bytes, for `load`."""
        return kept.dump("taste", msgspec.structs.asdict(self))

    @classmethod
    def load(cls, data: bytes) -> "Taste":
        """Raises OtherVersion, and ValueError for what is no taste."""
        held = kept.load("taste", data, cls)
        axes, parts = held.meaning.shape[0], {held.centre.shape, held.spread.shape, held.mix.shape}
        rows = {held.wanted.shape[1:], held.unwanted.shape[1:]}
        if parts != {(len(PARTS),)} or rows != {(axes,)}:
            raise ValueError("this taste is damaged: its parts are of different sizes")
        return held


def shared(facts: sparse.csr_array) -> sparse.csr_array:
    """Facts of papers as what each counts: of many on one paper each less, so that none gains by
    naming all authors there are."""
    each = np.maximum(np.diff(facts.indptr), 1) ** -0.5
    return sparse.csr_array(
        (facts.data * np.repeat(each, np.diff(facts.indptr)), facts.indices, facts.indptr),
        shape=facts.shape,
    )


def near(papers: np.ndarray, prototypes: np.ndarray) -> np.ndarray:
    """The mean cosine of each paper to the NEAREST prototypes nearest to it; 0 without any."""
    if not len(prototypes):
        return np.zeros(len(papers), np.float32)
    cosines = prototypes @ papers.T
    most = min(NEAREST, len(cosines))
    if len(cosines) > most:
        cosines.partition(len(cosines) - most, axis=0)
    return cosines[-most:].mean(axis=0)
