"""The weights of ranking, chosen on SciFact's training queries: python -m evaluation.fusion

nDCG@10 of words by the title's weight, then of the hybrid by the weight of meaning.
"""

import tempfile
from pathlib import Path

import numpy as np

from evaluation import metrics, sets
from evaluation.search import documents_of
from papertide import embedding
from papertide.search import lexical
from papertide.search.finder import Finder
from papertide.search.hybrid import hybrid

TITLE_WEIGHTS = (0.0, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)
MEANING_WEIGHTS = (0.2, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5)


def main() -> None:
    test = sets.beir(sets.shared() / "retrieval" / "scifact", "train")
    keys, model = list(test.documents), embedding.open_model()

    def ndcg(search) -> float:
        return np.mean([
            metrics.ndcg([keys[i - 1] for i in search(text).ids], test.relevance[key])
            for key, text in test.queries.items()
        ])  # fmt: skip

    with tempfile.TemporaryDirectory(prefix="papertide-eval-") as place:
        finder = Finder(Path(place), test.name, lambda: model)
        for index in finder.indexes.values():
            with index.writing():
                index.rebuild(iter(documents_of(test)), 1)
        fields = lexical.FIELDS
        for weight in TITLE_WEIGHTS:
            lexical.FIELDS = (("title", weight), *fields[1:])
            print(f"title {weight:4}: words  {ndcg(lambda q: finder.words.words(q, limit=10)):.4f}")
        lexical.FIELDS = fields
        for weight in MEANING_WEIGHTS:
            score = ndcg(
                lambda q, weight=weight: hybrid(
                    finder.words, finder.vectors, q, limit=10, weight=weight
                )
            )
            print(f"meaning {weight:4}: hybrid {score:.4f}")


if __name__ == "__main__":
    main()
