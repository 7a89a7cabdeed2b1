"""The test sets are what they are said to be, and nothing of them is trained on."""

import pytest

from evaluation import sets
from papertide.papers import title_key


@pytest.mark.parametrize(
    ("name", "split", "documents", "queries"),
    [("scifact", "test", 5183, 300), ("scifact", "train", 5183, 809),
     ("cranfield", "test", 1400, 225), ("cisi", "test", 1460, 76), ("medline", "test", 1033, 30)],
)  # fmt: skip
def test_beir(shared, name, split, documents, queries):
    held = sets.beir(shared / "data" / "retrieval" / name, split)
    assert (len(held.documents), len(held.queries)) == (documents, queries)
    assert held.relevance.keys() == held.queries.keys()
    assert all(held.documents.keys() >= found.keys() for found in held.relevance.values())


def test_known_items_and_what_is_excluded(shared):
    held = sets.known_items(shared / "data")
    assert (len(held.documents), len(held.queries)) == (20_000, 2_000)
    assert list(held.queries) == list(held.documents)[:2000]
    assert not any(title for title, _ in held.documents.values())
    ids, titles = sets.excluded(shared / "data")
    assert ids == held.documents.keys()
    assert {title_key(title) for title in held.queries.values()} <= titles
    assert title_key("SPHINX: The Joint Mixing of Weights, Tasks, and Visual Embeddings for "
                     "Multi-modal Large Language Models") in titles  # fmt: skip
    assert "" not in titles
