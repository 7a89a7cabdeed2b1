"""What the finder adds to its indexes: a model's own weight in hybrid search."""

import pytest

from papertide.search.finder import Finder
from papertide.search.hybrid import WEIGHT, hybrid
from tests.search.embedder import WordsEmbedder, make_documents

TEXT = "graph kernel of a robot"


@pytest.mark.parametrize(
    ("model", "weight"),
    [(WordsEmbedder(), WEIGHT), (WordsEmbedder(weight=0.0), 0.0), (WordsEmbedder(weight=9.0), 9.0)],
)
def test_a_model_may_have_its_own_weight(model, weight, tmp_path):
    finder = Finder(tmp_path, "a catalogue", lambda: model)
    for index in finder.indexes.values():
        with index.writing():
            index.rebuild(iter(make_documents(1, 300)), 1)
    found = finder.find(TEXT, limit=50)
    assert found == hybrid(finder.words, finder.vectors, TEXT, limit=50, weight=weight)
    others = (hybrid(finder.words, finder.vectors, TEXT, limit=50, weight=other)
              for other in {0.0, WEIGHT, 9.0} - {weight})  # fmt: skip
    assert all(found != other for other in others)
