"""Our own vocabulary, learnt from the texts of papers, and a fast tokenizer for it.

A vocabulary is a list of pieces: the most frequent words whole, then pieces from which all other
words are put together by the longest match from the left (as WordPiece does: Wu et al. 2016,
https://arxiv.org/abs/1609.08144). A piece may stand anywhere in a word, so that "biomaterials"
can share "materials". A word put together from pieces also falls into two of a number of
buckets by its hash (Svenstrup et al. 2017, https://arxiv.org/abs/1709.03933): rare names keep
an identity of their own although no row of the table is theirs.

Ids: 0 to len(pieces) - 1 are pieces, the buckets come after them.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np

from papertide.papers import fold

LONGEST = 48  # letters of a word that count
_CACHE = 400_000  # words remembered
_WORD = re.compile(r"[^\W_]+")
_MARK = re.compile("[\u0300-\u036f]")
# NFKD takes quadratic time in a run of combining marks: no run stays longer than 30.
_MARKS = re.compile(r"([^\w\s!-~]{30})[^\w\s!-~]++")


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order; any string, in time linear in its length."""
    if not text.isascii() and _MARK.search(text):
        text = fold(_MARKS.sub(r"\1", text))
    return _WORD.findall(text.lower())


class WordPieces:
    """A vocabulary and its tokenizer. Safe to share between threads.

    `pieces` are distinct, folded and not empty; `buckets` is the number of hash buckets.
    """

    def __init__(self, pieces: Sequence[str], buckets: int = 0):
        self.pieces = list(pieces)
        self.buckets = buckets
        self._ids = {piece: number for number, piece in enumerate(self.pieces)}
        if len(self._ids) != len(self.pieces) or "" in self._ids:
            raise ValueError("the vocabulary holds a piece twice, or an empty one")
        self._longest = max(map(len, self.pieces), default=0)
        self._lock = threading.Lock()
        self._forget()

    def __len__(self) -> int:
        return len(self.pieces) + self.buckets

    def _forget(self) -> None:
        self._numbers = _Numbers(self)
        self._flat: list[int] = []
        self._ends: list[int] = [0]
        self._arrays = (np.zeros(0, np.int32), np.zeros(1, np.int64))

    def split(self, word: str) -> list[int]:
        """The ids of one word: itself if it is a piece, else its pieces and its two buckets."""
        ids: list[int] = []
        for part in _WORD.findall(fold(word[:LONGEST])):
            ids += self._split(part[:LONGEST])
        return ids

    def _split(self, word: str) -> list[int]:
        whole = self._ids.get(word)
        if whole is not None:
            return [whole]
        ids, at, known = [], 0, True
        while at < len(word):
            for end in range(min(len(word), at + self._longest), at, -1):
                piece = self._ids.get(word[at:end])
                if piece is not None:
                    ids.append(piece)
                    at = end
                    break
            else:
                known, at = False, at + 1
        if ids and known and self.buckets:
            # A word with a letter never met in training has no bucket: it is not known at all.
            name = word.encode()
            first = len(self.pieces)
            ids.append(first + crc32(name) % self.buckets)
            ids.append(first + crc32(name, 0x5BD1E995) % self.buckets)
        return ids

    def encode(self, texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids of all texts on end (int32), and where each text's begin (int64, n + 1)."""
        with self._lock:
            if len(self._ends) > _CACHE:
                self._forget()
            number = self._numbers.__getitem__
            found: list[int] = []
            ends = [0]
            for text in texts:
                found.extend(map(number, words(text)))
                ends.append(len(found))
            flat, starts = self._tables()
        which = np.array(found, dtype=np.int64)
        begin = starts[which]
        lengths = starts[which + 1] - begin
        total = np.zeros(len(which) + 1, np.int64)
        np.cumsum(lengths, out=total[1:])
        at = np.repeat(begin - total[:-1], lengths) + np.arange(total[-1])
        return flat[at], total[np.array(ends)]

    def _tables(self) -> tuple[np.ndarray, np.ndarray]:
        if len(self._arrays[1]) != len(self._ends):
            self._arrays = (np.array(self._flat, np.int32), np.array(self._ends, np.int64))
        return self._arrays

    def _add(self, word: str) -> int:
        self._flat += self.split(word)
        self._ends.append(len(self._flat))
        return len(self._ends) - 2


class _Numbers(dict):
    """Word -> its number in the cache; what is not there is put there."""

    def __init__(self, vocabulary: WordPieces):
        self._vocabulary = vocabulary

    def __missing__(self, word: str) -> int:
        number = self[word] = self._vocabulary._add(word)
        return number


def counted(ids: np.ndarray, starts: np.ndarray, size: int) -> tuple[np.ndarray, ...]:
    """Each text's ids once, sorted, with how often they occur: ids, counts (float32), starts.

    `size` is the number of possible ids. Takes and gives the form of `encode`.
    """
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    keys = np.sort(rows * size + ids)
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)])
    counts = np.diff(first, append=len(keys)).astype(np.float32)
    rows, ids = np.divmod(keys[first], size)
    starts = np.searchsorted(rows, np.arange(len(starts)))
    return ids.astype(np.int32), counts, starts


def learn(
    texts: Iterable[str], size: int = 30_000, *, share_whole: float = 0.8, least: int = 5
) -> list[str]:
    """Learn the pieces of a vocabulary from texts: whole words, then parts, then single letters.

    `share_whole` of the `size` pieces go to the words in most texts; words in fewer than
    `least` texts are never whole. Parts are substrings of the other words, of which those that
    the longest match uses most are kept, in rounds. The same texts give the same vocabulary.
    """
    texts_with: Counter[str] = Counter()
    for text in texts:
        texts_with.update({fold(word) for word in words(text) if len(word) <= LONGEST})
    counts = {word: count for word, count in texts_with.items() if _WORD.fullmatch(word)}
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    letters: Counter[str] = Counter()
    for word, count in counts.items():
        for letter in set(word):
            letters[letter] += count
    alphabet = sorted(letter for letter, count in letters.items() if count >= 2 * least)[:400]
    wanted = max(0, int(size * share_whole) - len(alphabet))
    whole = [word for word in ordered[:wanted] if counts[word] >= least and len(word) > 1]
    taken = set(whole)
    # A word met once counts like a word met often: it is words never met that pieces are for.
    known = set(alphabet)
    rest = [word for word in ordered if word not in taken and known.issuperset(word)][:200_000]
    parts = _parts(rest, set(whole), max(0, size - len(whole) - len(alphabet)), known)
    return whole + parts + [letter for letter in alphabet if letter not in taken]


def _parts(rest: list[str], whole: set[str], wanted: int, alphabet: set[str]) -> list[str]:
    """The `wanted` substrings of 2 to 8 letters that put the words `rest` together best."""
    uses: Counter[str] = Counter()
    for word in rest:
        length = len(word)
        uses.update(
            word[at:end] for at in range(length) for end in range(at + 2, min(at + 8, length) + 1)
        )
    gain = {part: n * (len(part) - 1) for part, n in uses.items() if n > 2 and part not in whole}
    kept = sorted(gain, key=lambda part: (-gain[part], part))[: wanted * 6]
    for left in (wanted * 3, wanted * 3 // 2, wanted):
        splitter = WordPieces([*whole, *kept, *alphabet.difference(whole)])
        used = np.zeros(len(splitter), np.int64)
        ids, _ = splitter.encode(rest)
        np.add.at(used, ids, 1)
        score = {part: int(used[len(whole) + n]) * len(part) for n, part in enumerate(kept)}
        kept = sorted(kept, key=lambda part: (-score[part], part))[:left]
    return kept
