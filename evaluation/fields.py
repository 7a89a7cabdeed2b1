"""The weight of the title beside title and abstract as one field: nDCG@10 of words on SciFact's
training queries, by which `FIELDS` in papertide/search/lexical_query.py was chosen.

    python -m evaluation.fields
"""

import tempfile
from pathlib import Path

import numpy as np

from evaluation import metrics, sets
from evaluation.search import indexed, keys
from papertide import embedding
from papertide.search import lexical_query

WEIGHTS = (0.0, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)


def main() -> None:
    test = sets.beir(sets.shared() / "retrieval" / "scifact", "train")
    with tempfile.TemporaryDirectory(prefix="papertide-eval-") as place:
        finder, _ = indexed(test, Path(place), embedding.open_model())
        for weight in WEIGHTS:
            lexical_query.FIELDS = (("title", weight), *lexical_query.FIELDS[1:])
            lists = [finder.words.words(query, limit=10).ids for query in test.queries.values()]
            judged = zip(keys(test, lists), test.relevance.values(), strict=True)
            print(f"title {weight:4}: {np.mean([metrics.ndcg(r, j) for r, j in judged]):.4f}")


if __name__ == "__main__":
    main()
