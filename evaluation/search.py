"""Search on public test collections: words, meaning and both, beside bm25s in the same run.

`papertide eval search` prints it. The packaged model and the weights of the fusion were chosen
on SciFact's training split and on held-out titles; what is reported is each set's test split.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from evaluation import metrics, sets
from evaluation.sets import TestSet
from papertide.embedding import Embedder
from papertide.reading.clean import clean
from papertide.search.engine import Document
from papertide.search.finder import Finder
from papertide.search.rescore import Rescorer

DEPTH = 100  # results of a query that are judged
RESAMPLES = 2000  # of the queries, for the intervals
WAYS = ("bm25s", "words", "meaning", "hybrid")
Figures = dict[str, dict[str, float]]
OpenRescorer = Callable[[Path], Rescorer]  # of a folder to keep vectors in


def found(data: Path | None) -> Iterator[TestSet]:
    """The collection of a folder, or all that the shared data has."""
    if data is not None:
        yield sets.beir(data)
        return
    for name in sets.BEIR:
        yield sets.beir(sets.shared() / "retrieval" / name)
    yield sets.known_items(sets.shared())


def evaluate(
    test: TestSet, model: Embedder, open_rescorer: OpenRescorer | None = None
) -> dict[str, Figures]:
    """Each way's nDCG@10, recall@100 and MRR@10: mean and 95% interval over the queries."""
    ranked = {"bm25s": bm25s(test)}
    with tempfile.TemporaryDirectory(prefix="papertide-eval-") as place:
        rescorer = open_rescorer(Path(place)) if open_rescorer else None
        ranked |= ours(test, Path(place), model, rescorer)
    return {way: figures(test, lists) for way, lists in ranked.items()}


def ours(
    test: TestSet, place: Path, model: Embedder, rescorer: Rescorer | None = None
) -> dict[str, list[list[str]]]:
    """Ranked documents of each query by our own indexes, made in a folder, in each mode; with a
    rescorer also with the first of each query ranked again, and only where that pays."""
    finder, documents = indexed(test, place, model)
    queries = test.queries.values()
    ranked = {
        mode: [finder.find(query, mode=mode, limit=DEPTH).ids for query in queries]
        for mode in ("words", "meaning", "hybrid")
    }
    if rescorer is not None:
        ranked |= {"rescored": [], "cascade": []}
        for query in queries:
            found = finder.find(query, limit=DEPTH)
            held = [documents[number - 1] for number in found.ids[: rescorer.first]]
            again = rescorer.rank(query, found, held)
            ranked["rescored"].append(again.ids)
            ranked["cascade"].append((again if rescorer.worthwhile(found) else found).ids)
    return {way: keys(test, lists) for way, lists in ranked.items()}


def indexed(test: TestSet, place: Path, model: Embedder) -> tuple[Finder, list[Document]]:
    """Indexes of a test set in a folder, and its documents, numbered from 1 in its order."""
    documents = [
        Document(
            id=number, title=clean(title), abstract=clean(text), authors=[], categories=[],
            sources=[], date=0,
        )
        for number, (title, text) in enumerate(test.documents.values(), start=1)
    ]  # fmt: skip
    finder = Finder(place, test.name, lambda: model)
    for index in finder.indexes.values():
        with index.writing():
            index.rebuild(iter(documents), 1)
    return finder, documents


def keys(test: TestSet, lists: Sequence[Sequence[int]]) -> list[list[str]]:
    """Lists of numbers as `indexed` gives them, as lists of the documents' keys."""
    known = list(test.documents)
    return [[known[number - 1] for number in ids] for ids in lists]


def bm25s(test: TestSet) -> list[list[str]]:
    """Ranked documents of each query by bm25s with stemming and stop words, as it recommends."""
    import bm25s as peer
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    known = list(test.documents)
    texts = [f"{title} {text}".strip() for title, text in test.documents.values()]

    def tokens(held: list[str]):
        return peer.tokenize(held, stopwords="en", stemmer=stemmer, show_progress=False)

    index = peer.BM25()
    index.index(tokens(texts), show_progress=False)
    depth = min(DEPTH, len(known))
    rows, _ = index.retrieve(tokens(list(test.queries.values())), k=depth, show_progress=False)
    return [[known[number] for number in row] for row in rows]


def figures(test: TestSet, lists: Sequence[Sequence[str]]) -> Figures:
    """Means over the queries of a test set with their intervals; of one without a training split
    also the nDCG@10 over the half of the queries that nothing was chosen by."""
    judged = list(test.relevance.values())

    def each(metric: Callable, depth: int) -> np.ndarray:
        return np.array([metric(r, j, depth) for r, j in zip(lists, judged, strict=True)])

    gains = each(metrics.ndcg, 10)
    held_back = {"held back": interval(gains[1::2])} if test.halved and len(gains) > 1 else {}
    return {
        "ndcg@10": interval(gains),
        "recall@100": interval(each(metrics.recall, 100)),
        "mrr@10": interval(each(metrics.reciprocal_rank, 10)),
    } | held_back


def interval(values: np.ndarray, seed: int = 0) -> dict[str, float]:
    """The mean of values with its 95% bootstrap interval (percentiles of resampled means)."""
    chance = np.random.default_rng(seed)
    means = values[chance.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {
        name: round(float(value), 4)
        for name, value in (("mean", values.mean()), ("low", low), ("high", high))
    }
