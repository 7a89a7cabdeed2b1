"""A cross-encoder in ONNX: it reads a query and a text together and says how well they fit.

Any sequence classifier with one output a pair (or two, no and yes), as sentence-transformers'
CrossEncoder and rerankers on the hub are: a folder with `tokenizer.json` and `model.onnx` as an
encoder has, known by the architecture in its `config.json`, else by the shape of its answer.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from papertide.embedding import onnx
from papertide.embedding.base import ModelError
from papertide.embedding.onnx import batches, first_line, opened, read_config

_LONGEST = 512  # tokens of a pair, where config.json does not say fewer
_QUERY_LETTERS, _TEXT_LETTERS = 1_000, 10_000
_GIVEN = ("input_ids", "attention_mask", "token_type_ids")

Pair = tuple[list[int], list[int]]  # tokens, and which of them are of the second text


class CrossEncoder:
    """Make it with `load`. `encode` gives the tokens of pairs, `run` what the model answers to
    arrays of (tokens, mask, types)."""

    def __init__(
        self, name: str, encode: Callable[[list[tuple[str, str]]], list[Pair]],
        run: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    ):  # fmt: skip
        self.name, self._encode, self._run = name, encode, run

    def __repr__(self) -> str:
        return f"<CrossEncoder {self.name}>"

    def scores(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """How well each text answers a query, (n,) float32: the model's own numbers, before any
        squashing. Raises ModelError on what is no number."""
        asked = _text(query, _QUERY_LETTERS)
        pairs = self._encode([(asked, _text(text, _TEXT_LETTERS)) for text in texts])
        tokens = [ids for ids, _ in pairs]
        scores = np.empty(len(texts), np.float32)
        for batch in batches(sorted(range(len(texts)), key=lambda n: len(tokens[n])), tokens):
            width = max(1, *(len(tokens[n]) for n in batch))
            given = np.zeros((3, len(batch), width), np.int64)
            for row, n in enumerate(batch):
                ids, types = pairs[n]
                given[:, row, : len(ids)] = ids, np.ones_like(ids), types
            scores[batch] = self._one_each(np.asarray(self._run(*given), np.float32), len(batch))
        if not np.isfinite(scores).all():
            raise ModelError(f"the model {self.name} answered with what is no number")
        return scores

    def _one_each(self, answer: np.ndarray, count: int) -> np.ndarray:
        if answer.shape in ((count,), (count, 1)):
            return answer.reshape(count)
        if answer.shape == (count, 2):
            return answer[:, 1] - answer[:, 0]
        raise ModelError(
            f"the model {self.name} answers {count} pairs in the shape {answer.shape}; expected "
            "one number a pair, or two"
        )


def _text(text: str, longest: int) -> str:
    # Lone surrogates are no text to tokenizers.
    return text[:longest].encode("utf-8", "replace").decode()


def is_one(place: Path) -> bool:
    """Whether a folder holds a cross-encoder, and not an encoder of single texts."""
    named = read_config(place / "config.json").get("architectures")
    if isinstance(named, list) and named:
        return any(str(name).endswith("ForSequenceClassification") for name in named)
    _, session, _ = opened(place)
    shapes = [held.shape for held in session.get_outputs()]
    return len(shapes) == 1 and len(shapes[0]) == 2 and shapes[0][1] in (1, 2)


def load(folder: str | Path, *, name: str = "", threads: int = 0) -> CrossEncoder:
    """The cross-encoder of a folder. Raises ModelError with what to do."""
    place = Path(folder)
    tokenizer, session, _ = opened(place, threads)
    inputs = {held.name for held in session.get_inputs()}
    if "input_ids" not in inputs or inputs - set(_GIVEN):
        raise ModelError(
            f"the model in {place} asks for {', '.join(sorted(inputs))}, and a cross-encoder for "
            f"{', '.join(_GIVEN[:2])} and maybe {_GIVEN[2]}"
        )
    places = read_config(place / "config.json").get("max_position_embeddings")
    # Models like RoBERTa begin to count at 2.
    longest = min(_LONGEST, places - 2) if isinstance(places, int) and places > 8 else _LONGEST
    tokenizer.enable_truncation(longest, strategy="longest_first")

    def encode(pairs: list[tuple[str, str]]) -> list[Pair]:
        return [(found.ids, found.type_ids) for found in tokenizer.encode_batch(pairs)]

    return CrossEncoder(name or place.resolve().name, encode, _runner(session, place, inputs))


def from_hub(where: str) -> "CrossEncoder | onnx.OnnxEncoder":
    """The model `owner/name@revision` of the hub, of whichever kind it is."""
    place = onnx.downloaded(where)
    return load(place, name=where) if is_one(place) else onnx.load(place, name=where)


def _runner(session: Any, place: Path, inputs: set[str]) -> Callable[..., np.ndarray]:
    outputs = [held.name for held in session.get_outputs()]
    output = "logits" if "logits" in outputs else outputs[0]

    def run(*given: np.ndarray) -> np.ndarray:
        held = dict(zip(_GIVEN, given, strict=True))
        try:
            return session.run([output], {name: held[name] for name in inputs})[0]
        except Exception as error:  # onnxruntime's own classes
            raise ModelError(f"the model in {place} failed: {first_line(error)}") from None

    return run
