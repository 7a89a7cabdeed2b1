"""Finding papers by words and by meaning together.

The best of both are one pool, and every paper of it has a score of both kinds: its cosine is
computed where the search by meaning did not find it, and a paper that words did not find counts
as the worst that they did. The two are put on one scale as z-scores (less the mean, by the
standard deviation, over the pool) and added, meaning with a weight. This beats adding ranks:
where one side is sure, it is heard (Bruch et al. 2023, https://arxiv.org/abs/2210.11934).
"""

import re
from collections.abc import Callable
from typing import Protocol

import numpy as np

from papertide.papers import arxiv_id, doi
from papertide.search.engine import ANY, Candidates, Engine, Filters
from papertide.search.query import MAX_LENGTH, parse

POOL = 200  # papers of each kind that are fused
WEIGHT = 0.6  # of meaning; chosen by `python -m evaluation.weights`
FLOOR = 0.3  # cosine below which a paper without any of the words is not near, only nearest
_DEPTH = 1000  # rows of the scan that are rescored
_NAMELIKE = re.compile(r"\S[A-Z\d]")  # BERT, LoRA, ResNet-50; not Transformers


class Meaning(Protocol):
    """A search by meaning, such as `vectors.VectorIndex`."""

    def embed(self, text: str) -> np.ndarray: ...

    def nearest(
        self, vector: np.ndarray, filters: Filters = ANY, *, limit: int = 20,
        depth: int | None = None,
    ) -> Candidates: ...  # fmt: skip

    def scores(self, vector: np.ndarray, ids: list[int]) -> np.ndarray: ...


def hybrid(
    words_index: Engine, vector_index: Meaning, text: str, filters: Filters = ANY, *,
    limit: int = 20, offset: int = 0, weight: float = WEIGHT,
) -> Candidates:  # fmt: skip
    """Papers by words and meaning, best first; by either alone where the other finds none.

    Queries that ask for words (`prefers_words`) or name an author are answered by words. After
    the pool (of at most twice `POOL` papers) come the other papers with any of the words, in
    their order, with the score of the pool's last. `total` counts what words find, or the pool
    where that is more.
    """
    if not text.strip() or prefers_words(text) or words_index.is_author(text):
        return words_index.words(text, filters, limit=limit, offset=offset)
    words = words_index.words(text, filters, limit=POOL)
    vector = vector_index.embed(text[:MAX_LENGTH])
    meaning = vector_index.nearest(vector, filters, limit=POOL, depth=_DEPTH)
    meaning = _near(meaning, frozenset(words.ids))
    pool = fuse(words, meaning, lambda ids: vector_index.scores(vector, ids), weight)
    limit, offset = max(limit, 0), max(offset, 0)
    ids, scores = pool.ids[offset : offset + limit], pool.scores[offset : offset + limit]
    if len(ids) < limit and words.total > POOL:
        start = max(offset - len(pool.ids), 0)
        stop = offset + limit - len(pool.ids)
        after = _after(words_index, text, filters, frozenset(pool.ids), stop)[start:]
        ids, scores = ids + after, scores + [pool.scores[-1]] * len(after)
    return Candidates(ids=ids, scores=scores, total=pool.total)


def prefers_words(text: str) -> bool:
    """Whether a query asks for its very words: a phrase in quotes, an id, a name like BERT."""
    words = text[:MAX_LENGTH].split()
    if len(words) == 1 and (_NAMELIKE.search(words[0]) or arxiv_id(words[0]) or doi(words[0])):
        return True
    return bool(parse(text).phrases)


def fuse(
    words: Candidates,
    meaning: Candidates,
    exact: Callable[[list[int]], np.ndarray],
    weight: float = WEIGHT,
) -> Candidates:
    """All candidates of both, by the sum of their z-scores, that of meaning times `weight`.

    `exact` gives cosines of papers that the search by meaning did not find, NaN for those
    without a vector: they count as the farthest. Equal scores go by id. Where only one has
    candidates, these are the answer as they are.
    """
    if not words.ids or not meaning.ids:
        return words if words.ids else _counted(meaning, words.total)
    ids = list(dict.fromkeys(words.ids + meaning.ids))
    by_words = np.full(len(ids), min(words.scores))
    by_words[: len(words.ids)] = words.scores
    cosines = dict(zip(meaning.ids, meaning.scores, strict=True))
    others = [paper_id for paper_id in words.ids if paper_id not in cosines]
    cosines |= zip(others, exact(others).tolist(), strict=True)
    by_meaning = np.array([cosines[paper_id] for paper_id in ids])
    by_meaning[np.isnan(by_meaning)] = np.nanmin(by_meaning)
    fused = z_scores(by_words) + weight * z_scores(by_meaning)
    best = np.lexsort((ids, -fused))
    found = Candidates(
        ids=[ids[place] for place in best], scores=fused[best].tolist(), total=len(ids)
    )
    return _counted(found, words.total)


def _near(meaning: Candidates, by_words: frozenset[int]) -> Candidates:
    """The papers that are near indeed, or found by words as well: nonsense is near to nothing."""
    held = [
        (paper_id, score)
        for paper_id, score in zip(meaning.ids, meaning.scores, strict=True)
        if score >= FLOOR or paper_id in by_words
    ]
    ids, scores = [i for i, _ in held], [score for _, score in held]
    return Candidates(ids=ids, scores=scores, total=len(ids))


def _counted(found: Candidates, total: int) -> Candidates:
    return Candidates(ids=found.ids, scores=found.scores, total=max(total, len(found.ids)))


def z_scores(scores: np.ndarray) -> np.ndarray:
    """Scores less their mean, by their standard deviation; zeros where all are equal."""
    spread = scores.std()
    # Equal scores have a spread of rounding alone.
    if spread <= 1e-9 * np.abs(scores).max(initial=0.0):
        return np.zeros(len(scores))
    return (scores - scores.mean()) / spread


def _after(
    words_index: Engine, text: str, filters: Filters, pool: frozenset[int], count: int
) -> list[int]:
    """The first papers with any of the words that are not in the pool."""
    more = words_index.words(text, filters, limit=count + len(pool) - POOL, offset=POOL)
    return [paper_id for paper_id in more.ids if paper_id not in pool][:count]
