"""The evaluation of search, on a tiny collection."""

import numpy as np
import pytest

from evaluation import cascade, search, sets, weights
from papertide.search.rescore import Rescorer
from papertide.search.similarity import Similarity
from papertide.sources.base import SourceError
from tests.evaluation.made import QUERIES, make_collection
from tests.search.embedder import WordsEmbedder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return sets.beir(make_collection(tmp_path_factory.mktemp("sets") / "tiny"))


def test_the_collection(tiny, tmp_path):
    assert tiny.name == "tiny"
    assert list(tiny.queries) == [f"q{n}" for n in range(1, QUERIES + 1)]
    assert tiny.relevance["q1"] == {"d1": 1, "d2": 0}
    plain = sets.beir(make_collection(tmp_path / "tiny", packed=False))
    assert plain.documents == tiny.documents
    assert len(sets.beir(tmp_path / "tiny", "train").queries) == 2
    (found,) = search.found(tmp_path / "tiny")
    assert found.queries == tiny.queries


@pytest.mark.parametrize(
    ("file", "body"),
    [("corpus.jsonl", None), ("queries.jsonl", None), ("qrels/test.tsv", None),
     ("corpus.jsonl", b"not JSON\n"), ("corpus.jsonl", b"[]\n"), ("corpus.jsonl", b"{}\n"),
     ("corpus.jsonl.xz", b"not packed"), ("corpus.jsonl.xz", b""), ("queries.jsonl", b""),
     ("qrels/test.tsv", b""), ("qrels/test.tsv", b"\xff\n"), ("qrels/test.tsv", b"a\tb\n1\t2\n"),
     ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\nq1\td1\n")],
)  # fmt: skip
def test_what_is_no_collection(tmp_path, file, body):
    folder = make_collection(tmp_path / "tiny", packed=False)
    (folder / file).unlink() if body is None else (folder / file).write_bytes(body)
    with pytest.raises(SourceError, match="tiny"):
        sets.beir(folder)


def test_figures_of_each_way(tiny):
    other = WordsEmbedder(checksum="f" * 64)
    found = search.evaluate(
        tiny, WordsEmbedder(), lambda folder: Rescorer(Similarity(other, folder))
    )
    assert list(found) == ["bm25s", "words", "meaning", "hybrid", "rescored", "cascade"]
    for figures in found.values():
        assert list(figures) == ["ndcg@10", "recall@100", "mrr@10"]
        for figure in figures.values():
            assert 0 <= figure["low"] <= figure["mean"] <= figure["high"] <= 1
        # A title with its number is easy to find.
        assert figures["mrr@10"]["mean"] == figures["recall@100"]["mean"] == 1
    assert list(search.evaluate(tiny, WordsEmbedder())) == list(found)[:-2]


def test_a_set_without_a_training_split_has_a_half_held_back(tmp_path):
    folder = make_collection(tmp_path / "tiny")
    (folder / "qrels" / "train.tsv").unlink()
    tiny = sets.beir(folder)
    assert tiny.halved
    assert list(tiny.half(held_back=False).queries) == ["q1", "q3", "q5"]
    assert list(tiny.half(held_back=True).relevance) == ["q2", "q4", "q6"]
    lists = [[f"d{n}"] if n % 2 else [] for n in range(1, QUERIES + 1)]
    found = search.figures(tiny, lists)
    assert (found["ndcg@10"]["mean"], found["held back"]["mean"]) == (0.5, 0)


def test_a_perfect_ranking_and_a_hopeless_one(tiny):
    perfect = search.figures(tiny, [[f"d{n}"] for n in range(1, QUERIES + 1)])
    assert all(figure == {"mean": 1, "low": 1, "high": 1} for figure in perfect.values())
    hopeless = search.figures(tiny, [[]] * QUERIES)
    assert all(figure == {"mean": 0, "low": 0, "high": 0} for figure in hopeless.values())


def test_the_interval():
    values = np.random.default_rng(1).random(300)
    found = search.interval(values)
    assert found == search.interval(values)
    assert found["mean"] == round(float(values.mean()), 4)
    # Nearly that of the normal distribution.
    width = 1.96 * values.std() / len(values) ** 0.5
    assert found["low"] == pytest.approx(values.mean() - width, abs=width / 5)
    assert found["high"] == pytest.approx(values.mean() + width, abs=width / 5)
    assert search.interval(np.array([0.5])) == {"mean": 0.5, "low": 0.5, "high": 0.5}


def test_weights(tiny, tmp_path):
    found = weights.by_weight(tiny, tmp_path / "a", WordsEmbedder(), weights=(0, 1))
    assert found == {0: 1, 1: 1}
    other = WordsEmbedder(checksum="f" * 64)
    found = weights.by_weight(tiny, tmp_path / "b", WordsEmbedder(), other, weights=(0, 9))
    assert found == {0: 1, 9: 1}
    found = weights.by_title(tiny, tmp_path / "c", WordsEmbedder(), weights=(0, 1))
    assert found == {0: (1, 1), 1: (1, 1)}


def test_the_cascade_is_learnt():
    """Of made searches that gain only where the first is near to the second."""
    chance = np.random.default_rng(0)
    inputs = chance.random((400, 3))
    gains = np.where(inputs[:, 0] < 0.3, 0.5, np.where(chance.random(400) < 0.1, -0.1, 0))
    before = np.full(200, 0.5)
    learnt = cascade.learn(cascade.Tried(inputs[::2], before, before + gains[::2]))
    again = inputs[1::2] @ learnt[0] + learnt[1] > 0
    assert again[inputs[1::2, 0] < 0.25].mean() > 0.95
    assert not again[inputs[1::2, 0] > 0.5].any()


def test_what_the_cascade_is_learnt_from(tiny, tmp_path):
    rescorer = Rescorer(Similarity(WordsEmbedder(checksum="f" * 64), tmp_path))
    found = cascade.tried(tiny, tmp_path, WordsEmbedder(), rescorer)
    assert found.features.shape == (QUERIES, 3)
    assert found.before.tolist() == found.after.tolist() == [1] * QUERIES
