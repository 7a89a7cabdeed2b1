"""What papers are like when nobody asked for them: the yardstick of every reader's taste.

Frozen, and the same for all readers: made of a sample of the catalogue, once a night or less. What
all papers share says nothing of a reader, so meaning is taken relative to it (whitened: less of
the directions in which papers differ anyway), facts by how much more often they hold than usual,
and every part of a score in standard deviations among these papers.
"""

import hashlib

import msgspec
import numpy as np
from scipy import sparse

from papertide.taste import kept
from papertide.taste.views import Views

SAMPLE = 500  # papers that scores are measured against
RIDGE = 0.1  # of the mean variance, added to that of each direction before it is divided by
WHITEN = 0.25  # the power of that: 0 leaves meaning as it is, 0.5 makes all directions equal
AXES = 128  # directions of meaning that are kept


class Crowd(msgspec.Struct):
    """Made by `of`; `sample` is in the axes of `turned`."""

    mean: np.ndarray  # (d,)
    axes: np.ndarray  # (d, axes)
    usual: np.ndarray  # (facts,) how often each holds, 0 to 1
    sample_words: sparse.csr_array
    sample_meaning: np.ndarray
    sample_facts: sparse.csr_array
    checksum: str = ""

    @classmethod
    def of(cls, papers: Views, seed: int = 0) -> "Crowd":
        """The crowd of some papers, thousands of them. Raises ValueError for fewer than two."""
        if len(papers) < 2:
            raise ValueError("a crowd takes two papers at least")
        papers = papers.clean()
        mean = papers.meaning.mean(axis=0)
        spread, axes = np.linalg.eigh(np.cov((papers.meaning - mean).T) + 0.0)
        best = np.argsort(-spread)[:AXES]
        floor = RIDGE * max(spread.mean(), 1e-9)
        axes = axes[:, best] * (np.maximum(spread[best], 0) + floor) ** -WHITEN
        often = np.asarray(papers.facts.sum(axis=0)).ravel()
        rows = np.random.default_rng(seed).permutation(len(papers))[:SAMPLE]
        held = papers.take(np.sort(rows))
        made = cls(
            mean.astype(np.float32), axes.astype(np.float32),
            ((often + 1) / (len(papers) + 2)).astype(np.float32),
            held.words, np.empty(0), held.facts,
        )  # fmt: skip
        made.sample_meaning = made.turned(held.meaning)
        made.checksum = hashlib.sha256(made.mean.tobytes() + made.axes.tobytes()
                                       + made.usual.tobytes()).hexdigest()[:16]  # fmt: skip
        return made

    def turned(self, meaning: np.ndarray) -> np.ndarray:
        """Meaning relative to the crowd: (n, d) -> (n, axes), rows of length 1, or 0 for none."""
        there = meaning.any(axis=1)
        held = ((meaning - self.mean) * there[:, None]) @ self.axes
        lengths = np.linalg.norm(held, axis=1, keepdims=True)
        return (held / np.where(lengths > 0, lengths, 1)).astype(np.float32)

    def dump(self) -> bytes:
        """The crowd as bytes, for `load`."""
        return kept.dump("crowd", {
            "mean": self.mean, "axes": self.axes, "usual": self.usual,
            "sample_words": self.sample_words, "sample_meaning": self.sample_meaning,
            "sample_facts": self.sample_facts, "checksum": self.checksum,
        })  # fmt: skip

    @classmethod
    def load(cls, data: bytes) -> "Crowd":
        """Raises OtherVersion, and ValueError for what is no crowd."""
        return kept.load("crowd", data, cls)
