"""Finding papers by words and by meaning together.

The best of both are one pool, and every paper of it has a score of both kinds: its cosine is
computed where the search by meaning did not find it, and a paper that words did not find counts
as the worst that they did. The two are put on one scale as z-scores (less the mean, by the
standard deviation, over the pool) and added, meaning with a weight. This beats adding ranks:
where one side is sure, it is heard (Bruch et al. 2023, https://arxiv.org/abs/2210.11934).

Plain words are asked of both sides. Whatever else a query says (fields, operators, what is left
out) holds for both: meaning only ranks and adds papers that could be in the answer by words.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

from papertide.papers import arxiv_id, doi
from papertide.search import tree
from papertide.search.engine import Candidates, Engine
from papertide.search.lexical_query import readable
from papertide.search.query import as_tree
from papertide.search.tree import Among, Phrase, Tree

POOL = 200  # papers of each kind that are fused
WEIGHT = 0.6  # of meaning; chosen by `python -m evaluation.weights`
FLOOR = 0.3  # cosine below which a paper without any of the words is not near, only nearest
# Rows of the scan that are rescored: so many, or, where that is more, one of so many papers.
_DEPTH, _DEPTH_SHARE = 1000, 1500
_FEW = 10_000  # papers that match, up to which meaning looks at all of them
_WIDER = 1000  # papers near to a query, of which those are kept that match, where more do
_MANY = 500_000  # papers from which on words and meaning are asked at the same time
_NAMELIKE = re.compile(r"\S[A-Z\d]")  # BERT, LoRA, ResNet-50; not Transformers
_beside = ThreadPoolExecutor(4, "words")


class Meaning(Protocol):
    """A search by meaning, such as `vectors.VectorIndex`."""

    def embed(self, text: str) -> np.ndarray: ...

    def nearest(
        self, vector: np.ndarray, where: Tree | None = None, *, limit: int = 20,
        depth: int | None = None,
    ) -> Candidates: ...  # fmt: skip

    def scores(self, vector: np.ndarray, ids: list[int]) -> np.ndarray: ...


def hybrid(
    words_index: Engine, vector_index: Meaning, query: str | Tree | None, *,
    limit: int = 20, offset: int = 0, weight: float = WEIGHT,
) -> Candidates:  # fmt: skip
    """Papers by words and meaning, best first; by either alone where the other finds none.

    Queries that ask for words (`prefers_words`) or name an author are answered by words. After
    the pool (of at most twice `POOL` papers) come the other papers with any of the words, in
    their order, with the score of the pool's last. `total` counts what words find, or the pool
    where that is more.
    """
    asked = as_tree(query)
    text = spoken(asked)
    if not text or prefers_words(asked) or words_index.is_author(text):
        return words_index.words(query, limit=limit, offset=offset)
    papers = words_index.count()
    asked_of_words = _by_words(words_index, asked, aside=papers >= _MANY)
    vector, depth = vector_index.embed(text), max(_DEPTH, papers // _DEPTH_SHARE)
    meaning = by_meaning(words_index, vector_index, vector, asked, limit=POOL, depth=depth)
    words = asked_of_words()
    meaning = _near(meaning, frozenset(words.ids))
    pool = fuse(words, meaning, lambda ids: vector_index.scores(vector, ids), weight)
    limit, offset = max(limit, 0), max(offset, 0)
    page = slice(offset, offset + limit)
    ids, scores, by_words = pool.ids[page], pool.scores[page], pool.by_words[page]
    if len(ids) < limit and words.total > POOL:
        start = max(offset - len(pool.ids), 0)
        stop = offset + limit - len(pool.ids)
        after = _after(words_index, asked, frozenset(pool.ids), stop)[start:]
        ids, scores = ids + after, scores + [pool.scores[-1]] * len(after)
        by_words = by_words + [min(pool.by_words)] * len(after) if pool.by_words else []
    return Candidates(ids=ids, scores=scores, total=pool.total, by_words=by_words)


def _by_words(words_index: Engine, asked: Tree, aside: bool) -> Callable[[], Candidates]:
    """What gives the best by words. Of many papers another thread looks for them meanwhile: both
    sides leave Python for most of it. Of few it would take longer to wake that thread."""
    if aside:
        return _beside.submit(words_index.words, asked, limit=POOL).result
    found = words_index.words(asked, limit=POOL)
    return lambda: found


def by_meaning(
    words_index: Engine, vector_index: Meaning, vector: np.ndarray, asked: Tree | None, *,
    limit: int, depth: int | None = None,
) -> Candidates:  # fmt: skip
    """The papers nearest to a vector that match all of a query but its plain words.

    Conditions that rows know are a mask. Where words or names are asked for too, the word index
    tells which papers match: all of them where they are few, else of the nearest.
    """
    where = tree.without(asked, tree.plain(asked))
    known = tree.structured(where)
    if known == where:
        return vector_index.nearest(vector, where, limit=limit, depth=depth)
    matching = words_index.words(where, limit=_FEW, by_date=True)
    if matching.total <= _FEW:
        few = Among(frozenset(matching.ids))
        return vector_index.nearest(vector, few, limit=limit, depth=depth)
    near = vector_index.nearest(vector, known, limit=_WIDER, depth=depth)
    among = tree.every(Among(frozenset(near.ids)), where)
    held = set(words_index.words(among, limit=_WIDER, by_date=True).ids)
    kept = [pair for pair in zip(near.ids, near.scores, strict=True) if pair[0] in held][:limit]
    ids, scores = [i for i, _ in kept], [score for _, score in kept]
    return Candidates(ids=ids, scores=scores, total=len(ids))


def spoken(query: str | Tree | None) -> str:
    """What a model is to read of a query: its words and phrases, but not beginnings and
    misspellings of words, and nothing that is looked for in one field."""
    return readable(" ".join(
        part.text
        for words in tree.sought(as_tree(query))
        for part in words.parts
        if not words.field and not getattr(part, "form", "")
    ))  # fmt: skip


def prefers_words(query: str | Tree | None) -> bool:
    """Whether a query asks for its very words: a phrase in quotes, an id, a name like BERT."""
    held = [part for words in tree.sought(as_tree(query)) if not words.field
            for part in words.parts]  # fmt: skip
    if len(held) == 1:
        text = held[0].text
        if _NAMELIKE.search(text) or arxiv_id(text) or doi(text):
            return True
    return any(isinstance(part, Phrase) for part in held)


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
    by_words = z_scores(by_words)
    fused = by_words + weight * z_scores(by_meaning)
    best = np.lexsort((ids, -fused))
    return Candidates(
        ids=[ids[place] for place in best], scores=fused[best].tolist(),
        total=max(words.total, len(ids)), by_words=by_words[best].tolist(),
    )  # fmt: skip


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


def _after(words_index: Engine, asked: Tree, pool: frozenset[int], count: int) -> list[int]:
    """The first papers with any of the words that are not in the pool."""
    more = words_index.words(asked, limit=count + len(pool) - POOL, offset=POOL)
    return [paper_id for paper_id in more.ids if paper_id not in pool][:count]
