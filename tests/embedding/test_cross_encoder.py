"""Cross-encoders: batches and shapes with a stub, files with a tiny graph that the test makes."""

import msgspec
import numpy as np
import pytest

from papertide import embedding
from papertide.embedding import cross_encoder, onnx
from papertide.embedding.base import ModelError
from papertide.embedding.cross_encoder import CrossEncoder
from papertide.search.engine import Candidates
from papertide.search.rescore import open_rescorer
from tests.search.embedder import make_document

# A stub: a token a letter, and the answer is the number of tokens of the second text.


def encode(pairs):
    return [([1] * (len(a) + len(b)), [0] * len(a) + [1] * len(b)) for a, b in pairs]


class Stub:
    def __init__(self, answer=lambda counts: counts[:, None]):
        self.shapes, self._answer = [], answer

    def __call__(self, ids, mask, types):
        assert ((types <= mask) & (mask == (ids > 0))).all()
        self.shapes.append(ids.shape)
        return self._answer(types.sum(axis=1).astype(np.float32))


def test_one_number_a_pair_in_bounded_batches():
    run = Stub()
    texts = ["x" * (n * 37 % 400) for n in range(300)]
    scores = CrossEncoder("stub", encode, run).scores("query", texts)
    assert scores.tolist() == [len(text) for text in texts]
    assert len(run.shapes) > 1
    assert all(rows * width <= 16_384 for rows, width in run.shapes)
    assert CrossEncoder("stub", encode, run).scores("query", []).shape == (0,)


def test_no_and_yes():
    run = Stub(lambda counts: np.stack([np.ones_like(counts), counts], axis=1))
    assert CrossEncoder("stub", encode, run).scores("q", ["abc", "a"]).tolist() == [2, 0]


def test_answers_of_other_shapes_and_no_numbers():
    for answer in (lambda n: np.ones((len(n), 3)), lambda n: np.ones((len(n), 4, 1))):
        with pytest.raises(ModelError, match="shape"):
            CrossEncoder("stub", encode, Stub(answer)).scores("q", ["a", "b"])
    with pytest.raises(ModelError, match="no number"):
        CrossEncoder("stub", encode, Stub(lambda n: n * np.nan)).scores("q", ["a"])


# --- folders ---------------------------------------------------------------------------------

PAPERS = [
    make_document(1, "Speech", abstract="robot video"),
    make_document(2, "Neural", abstract="network network network"),
    make_document(3, "Graph", abstract="graph kernel graph"),
]
FOUND = Candidates(ids=[1, 2, 3], scores=[3.0, 2.9, 2.8], total=70)


@pytest.fixture
def folder(tmp_path):
    """A cross-encoder whose answer is how often the second text says "graph"."""
    builder = pytest.importorskip("onnx")
    tokenizers = pytest.importorskip("tokenizers")
    words = {"[UNK]": 0, "graph": 1, "neural": 2, "network": 3, "[SEP]": 4}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="$A [SEP]", pair="$A [SEP] $B:1 [SEP]:1", special_tokens=[("[SEP]", 4)]
    )
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    helper, kinds = builder.helper, builder.TensorProto
    table = np.array([[0], [1], [0], [0], [0]], np.float32)
    axes = builder.numpy_helper.from_array(np.array([1]), "axes")
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["found"]),
         helper.make_node("Cast", ["token_type_ids"], ["second"], to=kinds.FLOAT),
         helper.make_node("Unsqueeze", ["second", "last"], ["column"]),
         helper.make_node("Mul", ["found", "column"], ["counted"]),
         helper.make_node("ReduceSum", ["counted", "axes"], ["logits"], keepdims=0)],
        "tiny",
        [helper.make_tensor_value_info(name, kinds.INT64, ["n", "m"])
         for name in ("input_ids", "attention_mask", "token_type_ids")],
        [helper.make_tensor_value_info("logits", kinds.FLOAT, ["n", 1])],
        [builder.numpy_helper.from_array(table, "table"), axes,
         builder.numpy_helper.from_array(np.array([2]), "last")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    builder.save(model, tmp_path / "model.onnx")
    return tmp_path


def configured(folder, **about):
    (folder / "config.json").write_bytes(msgspec.json.encode(about))


@pytest.mark.parametrize("architectures", [None, ["BertForSequenceClassification"]])
def test_a_folder_is_recognised_and_ranks_again(folder, architectures, tmp_path):
    if architectures:
        configured(folder, architectures=architectures)
    model = embedding.open_ranker(str(folder))
    assert isinstance(model, CrossEncoder)
    texts = ["graph neural graph", "", "\ud800 neural", "graph " * 10**5]
    scores = model.scores("graph " * 5, texts)
    assert scores[:3].tolist() == [2, 0, 0]
    assert 400 < scores[3] < 512  # cut, but not the query away
    again = open_rescorer(str(folder), tmp_path).rank("graph", FOUND, PAPERS)
    assert again.ids[0] == 3


def test_a_long_pair_is_cut_to_what_the_model_can_place(folder):
    named = ["RobertaForSequenceClassification"]
    configured(folder, architectures=named, max_position_embeddings=34)
    [score] = cross_encoder.load(folder).scores("neural", ["graph " * 100])
    assert score == 32 - 3  # the query's word and two [SEP]


def test_an_encoder_is_none(folder):
    configured(folder, architectures=["BertModel"])
    assert not cross_encoder.is_one(folder)
    configured(folder, architectures="nonsense")
    assert cross_encoder.is_one(folder)  # by the shape of its answer
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be read"):
        embedding.open_ranker(str(folder))


def test_the_hub(folder, monkeypatch):
    monkeypatch.setattr(onnx, "downloaded", lambda where: folder)
    where = f"owner/name@{'0' * 40}"
    assert embedding.open_ranker(where).name == where
    monkeypatch.undo()
    with pytest.raises(ModelError, match="pinned revision"):
        embedding.open_ranker("owner/name@main")
