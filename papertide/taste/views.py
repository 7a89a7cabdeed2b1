"""A paper as taste sees it: its words, its meaning, and facts such as authors and categories."""

import msgspec
import numpy as np
from scipy import sparse


class Views(msgspec.Struct):
    """Papers, a row each, in three views; `facts` may be left out."""

    words: sparse.csr_array  # (n, words) float32, TF-IDF, rows of length 1
    meaning: np.ndarray  # (n, d) float32, rows of length 1, or of zeros or NaN for none
    facts: sparse.csr_array | None = None  # (n, facts) float32, 1 where a fact holds of a paper

    def __post_init__(self) -> None:
        if self.facts is None:
            self.facts = sparse.csr_array((len(self.meaning), 0), dtype=np.float32)
        if not self.words.shape[0] == len(self.meaning) == self.facts.shape[0]:
            raise ValueError("views of different numbers of papers")

    def __len__(self) -> int:
        return len(self.meaning)

    def take(self, rows: np.ndarray) -> "Views":
        """The papers of these rows."""
        return Views(self.words[rows], self.meaning[rows], self.facts[rows])

    def clean(self) -> "Views":
        """The same, with no meaning where it is no number."""
        bad = ~np.isfinite(self.meaning).all(axis=1)
        if not bad.any():
            return self
        return Views(self.words, np.where(bad[:, None], np.float32(0), self.meaning), self.facts)
