"""Any sentence encoder in ONNX: a folder, or a model on the hub at a pinned revision.

The folder holds `tokenizer.json` and `model.onnx` (also below `onnx/`). How token vectors become
one is read from sentence-transformers' `1_Pooling/config.json`, the longest text from
`sentence_bert_config.json`, where they are there; else it is the mean of up to 512 tokens.
Needs onnxruntime and tokenizers: pip install "papertide[onnx]".
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from papertide.embedding.base import ModelError, unit_rows

_INSTALL = 'Install what it needs with: pip install "papertide[onnx]"'
_MODELS = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
_CONFIGS = ("1_Pooling/config.json", "sentence_bert_config.json")
_TOKENS = 16_384  # of one batch, with what fills it up
_LETTERS = 20  # a token at the most, roughly: longer texts are cut before they are tokenised
_HUB_NAME = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})\Z", re.ASCII)


class OnnxEncoder:
    """A sentence encoder; make it with `load` or `from_hub`.

    `encode` gives the token ids of texts, `run` the token vectors of (ids, mask): the parts of
    tokenizers and onnxruntime that are needed, so that a test can do without.
    """

    slow = True
    weight = 2.0  # in hybrid search; chosen with MiniLM, see docs/meaning.md

    def __init__(
        self, name: str, checksum: str, encode: Callable[[list[str]], list[list[int]]],
        run: Callable[[np.ndarray, np.ndarray], np.ndarray], *, pooling: str = "mean",
        longest: int = 512,
    ):  # fmt: skip
        self.name, self.checksum = name, checksum
        self._encode, self._run, self._pooling, self._longest = encode, run, pooling, longest
        self.dimension = self._pooled([self._tokens(["a"])[0]]).shape[1]

    def __repr__(self) -> str:
        return f"<OnnxEncoder {self.name}: {self.dimension} numbers, {self.checksum[:12]}>"

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of texts, (n, dimension) float32, of length 1; zero for an empty text.

        Shorter texts first, in batches of bounded size. Raises ModelError on NaN.
        """
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        filled = [n for n, text in enumerate(texts) if text and not text.isspace()]
        for begin in range(0, len(filled), 1024):
            part = filled[begin : begin + 1024]
            tokens = self._tokens([texts[n] for n in part])
            order = sorted(range(len(part)), key=lambda n: len(tokens[n]))
            for batch in batches(order, tokens):
                rows = [part[n] for n in batch]
                vectors[rows] = unit_rows(self._pooled([tokens[n] for n in batch]))
        return vectors

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        cut = self._longest * _LETTERS
        # Lone surrogates are no text to tokenizers.
        texts = [text[:cut].encode("utf-8", "replace").decode() for text in texts]
        found = self._encode(texts)
        # The last token closes the text for most encoders: it stays where one is cut.
        longest = self._longest
        return [ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]] for ids in found]

    def _pooled(self, tokens: list[list[int]]) -> np.ndarray:
        width = max(1, *map(len, tokens))
        ids = np.zeros((len(tokens), width), np.int64)
        mask = np.zeros_like(ids)
        for row, held in enumerate(tokens):
            ids[row, : len(held)] = held
            mask[row, : len(held)] = 1
        vectors = np.asarray(self._run(ids, mask), dtype=np.float32)
        if vectors.ndim == 2 and len(vectors) == len(tokens):  # pooled by the model itself
            return vectors.copy()
        if vectors.ndim != 3 or vectors.shape[:2] != ids.shape:
            raise ModelError(
                f"the model {self.name} answers in the shape {vectors.shape}, which is no "
                "sentence encoder's; give the folder of one"
            )
        if self._pooling == "cls":
            return vectors[:, 0].copy()
        # Where the mask is 0 a model may well answer NaN: such places count as nothing.
        vectors = np.where(mask[:, :, None] == 1, vectors, 0)
        return vectors.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)[:, None].astype(np.float32)


def batches(order: list[int], tokens: list[list[int]]):
    batch: list[int] = []
    for n in order:
        if batch and (len(batch) + 1) * len(tokens[n]) > _TOKENS:
            yield batch
            batch = []
        batch.append(n)
    if batch:
        yield batch


# --- opening ---------------------------------------------------------------------------------


def load(folder: str | Path, *, name: str = "", threads: int = 0) -> OnnxEncoder:
    """The encoder of a folder; `threads` 0 takes all cores. Raises ModelError with what to do."""
    place = Path(folder)
    tokenizer, session, checksum = opened(place, threads)
    pooling, longest = _settings(place)
    return OnnxEncoder(
        name or place.resolve().name, checksum,
        lambda texts: [found.ids for found in tokenizer.encode_batch(texts)],
        _runner(session, place), pooling=pooling, longest=longest,
    )  # fmt: skip


def opened(place: Path, threads: int = 0) -> tuple[Any, Any, str]:
    """The tokenizer of a folder, the session of its graph, and the SHA-256 of both files."""
    try:
        import onnxruntime
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ModelError(f"the model in {place} needs {error.name}. {_INSTALL}") from None
    model = next((place / file for file in _MODELS if (place / file).is_file()), None)
    if model is None or not (place / "tokenizer.json").is_file():
        raise ModelError(
            f"there is no encoder in {place}: it takes a tokenizer.json and a model.onnx"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that wait by spinning take the cores from everybody else.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
        # Some files bake in the length and the filling up of their training: MiniLM's 128.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # both raise bare Exceptions of their own
        raise ModelError(f"the encoder in {place} cannot be read: {first_line(error)}") from None
    return tokenizer, session, _checksum(model, place / "tokenizer.json")


def from_hub(where: str, **options) -> OnnxEncoder:
    """The encoder `owner/name@revision` of the hub."""
    return load(downloaded(where), name=where, **options)


def downloaded(where: str) -> Path:
    """The folder of a model `owner/name@revision` of the hub, a commit's 40 hex digits.

    It is downloaded once and then kept by huggingface_hub. Raises ModelError where the name has
    no pinned revision, or the hub cannot be reached.
    """
    match = _HUB_NAME.match(where)
    if match is None:
        raise ModelError(
            f"{where!r} is neither a folder nor a model of the hub at a pinned revision, "
            "owner/name@ and the 40 digits of a commit"
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise ModelError(
            f"{where} is on the hub, which needs huggingface_hub. {_INSTALL}"
        ) from None
    wanted = ["tokenizer.json", *_MODELS[:2], "model.onnx_data", "onnx/model.onnx_data", *_CONFIGS,
              "config.json"]  # fmt: skip
    try:
        return Path(snapshot_download(match[1], revision=match[2], allow_patterns=wanted))
    except Exception as error:  # no network, no such model, a full disk: each its own class
        raise ModelError(
            f"{where} cannot be downloaded: {first_line(error)}. Where there is no network, "
            "copy the model's folder here and give its path"
        ) from None


def _runner(session: Any, place: Path) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    inputs = {held.name for held in session.get_inputs()}
    unknown = inputs - {"input_ids", "attention_mask", "token_type_ids"}
    if "input_ids" not in inputs or unknown:
        raise ModelError(
            f"the model in {place} asks for {', '.join(sorted(inputs))}, and a sentence encoder "
            "for input_ids, attention_mask and maybe token_type_ids"
        )
    outputs = [held.name for held in session.get_outputs()]
    preferred = ("sentence_embedding", "last_hidden_state", "token_embeddings")
    output = next((name for name in preferred if name in outputs), outputs[0])

    def run(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        try:
            return session.run([output], {name: given[name] for name in inputs})[0]
        except Exception as error:  # onnxruntime's own classes
            raise ModelError(f"the model in {place} failed: {first_line(error)}") from None

    return run


def _settings(place: Path) -> tuple[str, int]:
    """The pooling ("mean" or "cls") and the most tokens, as sentence-transformers writes them."""
    pooling, limits = (read_config(place / file) for file in _CONFIGS)
    longest = limits.get("max_seq_length")
    if not isinstance(longest, int) or not 2 <= longest <= 65_536:
        longest = 512
    if pooling.get("pooling_mode_cls_token"):
        return "cls", longest
    wanted = [key for key, value in pooling.items() if key.startswith("pooling_mode") and value]
    if wanted and wanted != ["pooling_mode_mean_tokens"]:
        raise ModelError(
            f"the encoder in {place} pools by {', '.join(wanted)}; only mean and cls are known"
        )
    return "mean", longest


def read_config(file: Path) -> dict:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict) if file.exists() else {}
    except (OSError, msgspec.MsgspecError) as error:
        raise ModelError(f"{file} cannot be read: {error}") from None


def _checksum(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
