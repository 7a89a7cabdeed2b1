"""What meaning should weigh against words: nDCG@10 of a collection's training split by weight.

    python -m evaluation.weights DATA                     the packaged model, in hybrid search
    python -m evaluation.weights DATA --model DIR         another one
    python -m evaluation.weights DATA --rescorer DIR      one that ranks the first again
    python -m evaluation.weights DATA --titles            that of the title in a paper's vector

DATA is a collection in BEIR form that has a training split, such as SciFact. The test split is
not looked at. The weights in papertide/search and papertide/embedding were chosen so.
"""

import argparse
import itertools
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from unittest import mock

import numpy as np

from evaluation import metrics, sets
from evaluation.search import indexed, keys
from evaluation.sets import TestSet
from papertide import embedding
from papertide.embedding import Embedder, base
from papertide.search.hybrid import hybrid
from papertide.search.rescore import FIRST, Rescorer
from papertide.search.similarity import Similarity

WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
TITLES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


class Remembering:
    """An embedder that embeds a text by itself, as queries are, but once."""

    def __init__(self, model: Embedder):
        self._model, self._known = model, {}

    def __getattr__(self, name: str):
        return getattr(self._model, name)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        if len(texts) != 1:
            return self._model.embed(texts)
        if texts[0] not in self._known:
            self._known[texts[0]] = self._model.embed(texts)
        return self._known[texts[0]]


def by_weight(
    test: TestSet, place: Path, model: Embedder, rescorer: Embedder | None = None,
    weights: Iterable[float] = WEIGHTS,
) -> dict[float, float]:  # fmt: skip
    """nDCG@10 of each weight: of meaning in hybrid search, or of a rescorer after it."""
    finder, documents = indexed(test, place, Remembering(model))
    queries = list(test.queries.values())
    if rescorer is None:
        return {
            weight: _ndcg(test, [hybrid(finder.words, finder.vectors, query, weight=weight).ids
                                 for query in queries])
            for weight in weights
        }  # fmt: skip
    again = Rescorer(Similarity(Remembering(rescorer), place))
    found = [finder.find(query, limit=FIRST) for query in queries]
    held = [[documents[number - 1] for number in first.ids] for first in found]
    each = list(zip(queries, found, held, strict=True))
    return {
        weight: _ndcg(test, [again.rank(*given, weight=weight).ids for given in each])
        for weight in weights
    }


def by_title(
    test: TestSet, place: Path, model: Embedder, weights: Iterable[float] = TITLES
) -> dict[float, tuple[float, float]]:
    """nDCG@10 by meaning and by both, of each weight of the title in a paper's vector."""
    found = {}
    for weight in weights:
        with mock.patch.object(base, "TITLE", weight):
            finder, _ = indexed(test, place, model)
        found[weight] = tuple(
            _ndcg(test, [finder.find(query, mode=mode, limit=10).ids
                         for query in test.queries.values()])
            for mode in ("meaning", "hybrid")
        )  # fmt: skip
    return found


def _ndcg(test: TestSet, lists: Sequence[Sequence[int]]) -> float:
    judged = test.relevance.values()
    pairs = zip(keys(test, lists), judged, strict=True)
    return float(np.mean([metrics.ndcg(ranked, relevance) for ranked, relevance in pairs]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="")
    parser.add_argument("--rescorer")
    parser.add_argument("--titles", action="store_true")
    parser.add_argument("--queries", type=int, help="only the first so many")
    given = parser.parse_args()
    test = sets.beir(given.data, "train")
    test.queries = dict(itertools.islice(test.queries.items(), given.queries))
    test.relevance = {key: test.relevance[key] for key in test.queries}
    model = embedding.open_model(given.model)
    rescorer = embedding.open_model(given.rescorer) if given.rescorer else None
    print(f"{test.name}, {len(test.queries)} training queries\n")
    with tempfile.TemporaryDirectory(prefix="papertide-eval-") as place:
        if given.titles:
            print("| title | meaning | both |\n|---|---|---|")
            for weight, (meaning, both) in by_title(test, Path(place), model).items():
                print(f"| {weight} | {meaning:.4f} | {both:.4f} |")
            return
        found = by_weight(test, Path(place), model, rescorer)
    print("| weight | nDCG@10 |\n|---|---|")
    for weight, value in found.items():
        print(f"| {weight} | {value:.4f} |")


if __name__ == "__main__":
    main()
