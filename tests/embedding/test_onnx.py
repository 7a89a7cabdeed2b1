"""The adapter for encoders in ONNX: its batching and pooling with a stub, its files with a
tiny encoder that the test makes."""

import sys

import msgspec
import numpy as np
import pytest

from papertide import embedding
from papertide.embedding import onnx
from papertide.embedding.base import ModelError
from papertide.embedding.onnx import OnnxEncoder

# A stub: a token a letter; the vector of a token is (its number, 1), and NaN where there is none.


def encode(texts):
    return [[1, *(ord(letter) % 100 for letter in text), 2] for text in texts]


class Stub:
    def __init__(self):
        self.shapes = []

    def __call__(self, ids, mask):
        self.shapes.append(ids.shape)
        vectors = np.stack([ids, np.ones_like(ids)], axis=2).astype(np.float32)
        vectors[mask == 0] = np.nan
        return vectors


def stubbed(run=None, **named):
    return OnnxEncoder("stub", "0" * 64, encode, run or Stub(), **named)


def expected(tokens):
    mean = np.array([np.mean(tokens), 1])
    return mean / np.linalg.norm(mean)


def test_the_mean_is_over_the_tokens_alone():
    model = stubbed()
    assert model.dimension == 2
    vectors = model.embed(["abc", "", "a", "  \n"])
    assert vectors[0] == pytest.approx(expected([1, 97, 98, 99, 2]))
    assert vectors[2] == pytest.approx(expected([1, 97, 2]))
    assert (vectors[[1, 3]] == 0).all()
    assert model.embed([]).shape == (0, 2)


def test_cls_takes_the_first_token():
    assert stubbed(pooling="cls").embed(["abc"])[0] == pytest.approx(expected([1]))


def test_a_model_that_pools_by_itself():
    model = stubbed(lambda ids, mask: np.ones((len(ids), 3), np.float32))
    assert model.embed(["a", "b"]) == pytest.approx(np.full((2, 3), 3**-0.5))


def test_texts_are_cut_but_keep_their_last_token():
    vectors = stubbed(longest=4).embed(["abcdef", "x" * 10**6])
    assert vectors[0] == pytest.approx(expected([1, 97, 98, 2]))
    assert vectors[1] == pytest.approx(expected([1, 20, 20, 2]))


def test_batches_are_bounded_and_sorted_by_length():
    run = Stub()
    texts = ["a" * (n * 37 % 400) + "b" for n in range(1500)]
    vectors = stubbed(run, longest=512).embed(texts)
    for text, vector in zip(texts, vectors, strict=True):
        assert vector == pytest.approx(expected(encode([text])[0]), abs=1e-5)
    assert all(rows * width <= 16_384 for rows, width in run.shapes)
    filled = sum(map(len, encode(texts)))
    assert sum(rows * width for rows, width in run.shapes) < 1.2 * filled


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_is_an_error(bad):
    def run(ids, mask):
        vectors = np.ones((*ids.shape, 2), np.float32)
        if ids.shape[1] > 3:
            vectors[0, 0, 0] = bad
        return vectors

    model = stubbed(run)
    assert model.embed(["a"]).shape == (1, 2)
    with pytest.raises(ModelError, match="no number"):
        model.embed(["a", "abc"])


def test_an_answer_of_another_shape():
    with pytest.raises(ModelError, match="shape"):
        stubbed(lambda ids, mask: np.ones((1, 1, 1, 1)))


# --- folders ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """An encoder of one embedding layer, with a tokenizer that bakes in 4 tokens."""
    builder = pytest.importorskip("onnx")
    tokenizers = pytest.importorskip("tokenizers")
    words = {"[PAD]": 0, "[UNK]": 1, "graph": 2, "neural": 3, "network": 4}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=4)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    helper, kinds = builder.helper, builder.TensorProto
    table = np.random.default_rng(0).standard_normal((5, 6)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "tiny",
        [helper.make_tensor_value_info(name, kinds.INT64, ["n", "m"])
         for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("last_hidden_state", kinds.FLOAT, ["n", "m", 6])],
        [builder.numpy_helper.from_array(table, "table")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    builder.save(model, tmp_path / "model.onnx")
    return tmp_path, table


def test_a_folder(folder):
    place, table = folder
    model = embedding.open_model(str(place))
    assert (model.name, model.dimension, len(model.checksum)) == (place.name, 6, 64)
    long = "graph neural network graph graph graph"  # six tokens: the baked-in four are overridden
    vectors = model.embed([long, "neural", ""])
    mean = table[[2, 3, 4, 2, 2, 2]].mean(axis=0)
    assert vectors[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)
    assert vectors[1] == pytest.approx(table[3] / np.linalg.norm(table[3]), abs=1e-5)
    assert (vectors[2] == 0).all()
    assert model.embed(["\ud800 neural", "x" * 10**6]).shape == (2, 6)


def settings(place, pooling, limit):
    (place / "1_Pooling").mkdir(exist_ok=True)
    (place / "1_Pooling" / "config.json").write_bytes(msgspec.json.encode(pooling))
    (place / "sentence_bert_config.json").write_bytes(msgspec.json.encode(limit))


def test_settings_of_sentence_transformers(folder):
    place, table = folder
    settings(place, {"pooling_mode_cls_token": True}, {"max_seq_length": 3})
    vector = onnx.load(place).embed(["neural graph graph graph"])[0]
    assert vector == pytest.approx(table[3] / np.linalg.norm(table[3]), abs=1e-5)
    settings(place, {"pooling_mode_max_tokens": True}, {})
    with pytest.raises(ModelError, match="pooling_mode_max_tokens"):
        onnx.load(place)
    (place / "1_Pooling" / "config.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be read"):
        onnx.load(place)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("body", [b"", b"nonsense", None])
def test_damaged_folders(folder, name, body):
    place, _ = folder
    (place / name).unlink() if body is None else (place / name).write_bytes(body)
    with pytest.raises(ModelError, match=r"no encoder in|cannot be read"):
        onnx.load(place)


@pytest.mark.parametrize("where", ["owner/name", "owner/name@main", "owner/name@abc", "@", "a@b"])
def test_a_hub_name_needs_a_pinned_revision(where):
    with pytest.raises(ModelError, match="pinned revision"):
        onnx.from_hub(where)


def test_no_hub_is_a_sentence(monkeypatch):
    hub = pytest.importorskip("huggingface_hub")

    def unreachable(*_, **__):
        raise OSError("Network is unreachable\nand a long story")

    monkeypatch.setattr(hub, "snapshot_download", unreachable)
    where = f"owner/name@{'0' * 40}"
    with pytest.raises(ModelError, match=r"Network is unreachable\. Where there is no network"):
        embedding.open_model(where)


def test_without_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    (tmp_path / "tokenizer.json").write_text("{}")
    for where in (str(tmp_path), f"owner/name@{'0' * 40}"):
        with pytest.raises(ModelError, match=r"pip install \"papertide\[onnx\]\""):
            embedding.open_model(where)
