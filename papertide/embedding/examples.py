"""What the static model learns from: papers as word pieces, and pairs of texts that belong
together, drawn from them anew for each step."""

import re
from collections.abc import Iterable, Iterator

import numpy as np
from scipy import sparse

from papertide.embedding.wordpieces import WordPieces, counted

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9(\"'“])")
# The parts of each kind of pair: title and abstract; one half and the other half of the
# abstract's sentences; one sentence and all the rest.
TITLE, HALVES, CLAIM = range(3)


def sentences(text: str) -> list[str]:
    """The sentences of an abstract, roughly; at least one, possibly empty."""
    return _SENTENCE.split(text)


def weights(counts: np.ndarray) -> np.ndarray:
    """What a piece counts that occurs so often in a text: the square root."""
    return np.sqrt(counts)


def bags(ids: np.ndarray, starts: np.ndarray, size: int) -> sparse.csr_array:
    """Texts as rows of weighted pieces, (n, size) float32: a product with a table pools them."""
    ids, counts, starts = counted(ids, starts, size)
    return sparse.csr_array((weights(counts), ids, starts), shape=(len(starts) - 1, size))


class Examples:
    """Papers as arrays: segments (the title, then each sentence), and the pieces of each.

    `segments[p]` to `segments[p + 1]` are the segments of paper p, `starts` those of the ids.
    """

    def __init__(self, ids: np.ndarray, starts: np.ndarray, segments: np.ndarray, size: int):
        self.ids, self.starts, self.segments, self.size = ids, starts, segments, size

    @classmethod
    def of(cls, papers: Iterable[tuple[str, str]], vocabulary: WordPieces) -> "Examples":
        """Of readable titles and abstracts."""
        segments, ids, starts, total = [0], [], [np.zeros(1, np.int64)], 0
        for texts in _parts(papers, segments):
            found, ends = vocabulary.encode(texts)
            ids.append(found)
            starts.append(ends[1:] + total)
            total += len(found)
        return cls(
            np.concatenate([np.zeros(0, np.int32), *ids]),
            np.concatenate(starts),
            np.array(segments, np.int64),
            len(vocabulary),
        )

    def __len__(self) -> int:
        return len(self.segments) - 1

    def titles(self, papers: np.ndarray) -> sparse.csr_array:
        """The titles of papers as bags."""
        return self._bags(self.segments[papers], np.arange(len(papers)), len(papers))

    def abstracts(self, papers: np.ndarray, title: bool = False) -> sparse.csr_array:
        """The abstracts of papers as bags, with their titles if so wanted."""
        segments, rows = self._segments_of(papers)
        if not title:
            keep = segments != self.segments[papers][rows]
            segments, rows = segments[keep], rows[keep]
        return self._bags(segments, rows, len(papers))

    def pairs(
        self, papers: np.ndarray, shares: tuple[float, float, float], dropout: float,
        chance: np.random.Generator,
    ) -> tuple[sparse.csr_array, sparse.csr_array]:  # fmt: skip
        """Two texts of each paper as bags: left of which `shares` titles, halves, sentences.

        Each piece is left out with the chance `dropout`.
        """
        segments, rows = self._segments_of(papers)
        count = len(papers)
        first = segments == self.segments[papers][rows]
        lengths = np.diff(self.segments)[papers] - 1  # sentences of each
        kinds = chance.choice(3, size=count, p=shares)
        kinds[lengths < 2] = TITLE
        order = np.where(first, 2.0, chance.random(len(segments), np.float32))
        # The sentences of a paper in random order: those before `cut` are the left side's.
        ranked = np.lexsort((order, rows))
        place = np.empty(len(segments), np.int64)
        begin = np.concatenate(([0], np.cumsum(lengths + 1)[:-1]))
        place[ranked] = np.arange(len(segments)) - np.repeat(begin, lengths + 1)
        cut = np.select([kinds == HALVES, kinds == CLAIM], [lengths // 2, 1], 0)
        left = np.where(kinds[rows] == TITLE, first, place < cut[rows])
        # The title goes with the longer rest of the sentence, and with one half or none.
        halves = kinds[rows] == HALVES
        side = chance.random(count)[rows]
        left = np.where(halves & first, side < 0.25, left)
        right = ~left & ~(halves & first & (side < 0.75))
        return tuple(
            self._bags(segments[chosen], rows[chosen], count, dropout, chance)
            for chosen in (left, right)
        )

    def _segments_of(self, papers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lengths = self.segments[papers + 1] - self.segments[papers]
        rows = np.repeat(np.arange(len(papers)), lengths)
        return _ranges(self.segments[papers], lengths), rows

    def _bags(self, segments, rows, count, dropout=0.0, chance=None) -> sparse.csr_array:
        lengths = self.starts[segments + 1] - self.starts[segments]
        ids = self.ids[_ranges(self.starts[segments], lengths)]
        rows = np.repeat(rows, lengths)
        if dropout:
            keep = chance.random(len(ids), np.float32) >= dropout
            ids, rows = ids[keep], rows[keep]
        return bags(ids, np.searchsorted(rows, np.arange(count + 1)), self.size)


def _ranges(begin: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The numbers of all ranges on end."""
    ends = np.cumsum(lengths)
    return np.repeat(begin - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)


def _parts(papers: Iterable[tuple[str, str]], segments: list[int]) -> Iterator[list[str]]:
    """Segments of papers in chunks; where each paper's begin is written to `segments`."""
    texts: list[str] = []
    for title, abstract in papers:
        parts = [title, *sentences(abstract)]
        segments.append(segments[-1] + len(parts))
        texts += parts
        if len(texts) > 50_000:
            yield texts
            texts = []
    yield texts
