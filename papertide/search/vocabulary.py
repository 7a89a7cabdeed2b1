"""The words that papers have, as they are spelt, and which of them are spelt nearly alike."""

from collections.abc import Mapping
from functools import cached_property
from typing import Self

import msgspec
import numpy as np

MOST_WORDS = 60_000  # the commonest
LONGEST = 30  # letters of a word
_BEGUN = 20  # papers that have a word, of which what is being typed may be the beginning


class Vocabulary:
    """Words, and how many of some papers have each; finds those that are spelt nearly alike."""

    def __init__(self, counts: dict[str, int], papers: int):
        """Words in their order; `commonest` puts them into it."""
        self.papers = papers
        self._counts = counts

    @classmethod
    def commonest(cls, counts: Mapping[str, int], papers: int) -> Self:
        """The words of a vocabulary that are the commonest, and no longer than words are."""
        held = ((word, many) for word, many in counts.items() if len(word) <= LONGEST)
        best = sorted(held, key=lambda pair: (-pair[1], pair[0]))[:MOST_WORDS]
        return cls(dict(sorted(best)), papers)

    # Made when first needed: most queries are spelt as papers are.

    @cached_property
    def _words(self) -> np.ndarray:
        return np.array([*self._counts], "U")

    @cached_property
    def _many(self) -> np.ndarray:
        return np.array([*self._counts.values()], np.int64)

    @cached_property
    def _lengths(self) -> np.ndarray:
        return np.char.str_len(self._words).astype(np.int64)

    @cached_property
    def _letters(self) -> np.ndarray:
        return _letters(self._words)

    def as_bytes(self) -> bytes:
        """All of it, as `from_bytes` reads it."""
        return msgspec.msgpack.encode((self.papers, self._counts))

    @classmethod
    def from_bytes(cls, held: bytes) -> Self:
        """Raises ValueError where these are no vocabulary."""
        papers, counts = msgspec.msgpack.decode(held, type=tuple[int, dict[str, int]])
        return cls(counts, papers)

    def count(self, word: str) -> int:
        """How many papers have a word; 0 where hardly any has."""
        return self._counts.get(word, 0)

    def begins(self, word: str) -> bool:
        """Whether a word that is not rare begins so."""
        start, stop = np.searchsorted(self._words, [word, word + "\U0010ffff"])
        return bool((self._many[start:stop] >= _BEGUN).any())

    def near(self, word: str, least: int, most: int = 5) -> list[str]:
        """The words spelt most like another that at least so many papers have, the commonest of
        these first: one letter apart, or, where there are none and it has six or more, two."""
        for reach in (1, 2) if len(word) >= 6 else (1,):
            # Each letter put in, left out or changed changes what letters occur by two at most.
            unlike = np.bitwise_count(self._letters ^ _letters(np.array([word]))[0])
            near = (np.abs(self._lengths - len(word)) <= reach) & (unlike <= 2 * reach)
            places = np.flatnonzero(near & (self._many >= least))
            found = [
                (other[0] != word[0], -many, other)
                for other, many in zip(
                    self._words[places].tolist(), self._many[places].tolist(), strict=True
                )
                # Who slips twice in a word hardly does so at its first letter.
                if other != word and (reach == 1 or other[0] == word[0])
                and distance(word, other, reach) <= reach
            ]  # fmt: skip
            if found:
                return [other for *_, other in sorted(found)[:most]]
        return []


def _letters(words: np.ndarray) -> np.ndarray:
    """The set of letters of each word, as bits."""
    if not words.size or not words.dtype.itemsize:
        return np.zeros(words.shape, np.uint64)
    codes = words.view(np.uint32).reshape(*words.shape, -1).astype(np.uint64)
    bits = np.where(codes > 0, np.uint64(1) << codes % np.uint64(64), np.uint64(0))
    return np.bitwise_or.reduce(bits, axis=-1)


def distance(one: str, other: str, most: int) -> int:
    """Letters put in, left out, changed, or swapped with their neighbour (optimal string
    alignment); more than `most` is `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, row = row, [i]
        for j, against in enumerate(other, start=1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = above
    return row[-1]
