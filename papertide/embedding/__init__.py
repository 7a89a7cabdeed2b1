"""Text to vectors: one protocol (`base`), our own static model, any encoder in ONNX, any
endpoint.

    from papertide import embedding
    model = embedding.open_model()
    vectors = model.embed(["learning from preferences"])
"""

from pathlib import Path

from papertide.embedding.base import Embedder, ModelAway, ModelError, document_text, stream

__all__ = [
    "Embedder", "ModelAway", "ModelError", "document_text", "open_model", "open_ranker", "stream",
]  # fmt: skip


def open_model(where: str = "", dimension: int = 0, *, key: str = "") -> Embedder:
    """The model of a place: "" is the packaged static one, a folder holds a static model or an
    encoder in ONNX, `owner/name@revision` is an encoder on the hub, `https://host/v1#model` one
    behind an endpoint, which is shown the `key`.

    `dimension` cuts vectors of a model that allows it. Raises ModelError with what to run.
    """
    if is_endpoint(where):
        from papertide.embedding.endpoint import Endpoint

        return Endpoint(where, key, dimension=dimension)
    model = _opened(where, dimension)
    if dimension not in (0, model.dimension):
        raise ModelError(
            f"the model {model.name} has vectors of {model.dimension} numbers, not {dimension}, "
            "and cannot cut them"
        )
    folder = Path(where).expanduser()
    model.origin = str(folder.resolve()) if where and folder.exists() else where
    return model


def is_endpoint(where: str) -> bool:
    """Whether a place of a model is an address of the web."""
    return where.lower().startswith(("http://", "https://"))


def _opened(where: str, dimension: int) -> Embedder:
    if not where:
        from papertide.embedding import static

        return static.load(dimension=dimension)
    folder = Path(where).expanduser()
    if not folder.exists() and "@" in where:
        from papertide.embedding import onnx

        return onnx.from_hub(where)
    if (folder / "tokenizer.json").exists():
        from papertide.embedding import onnx

        return onnx.load(folder)
    from papertide.embedding import static

    return static.load(folder, dimension)


def open_ranker(where: str, *, key: str = ""):
    """What ranks a few papers again: a `CrossEncoder` where a place holds one, else an embedder,
    as `open_model` opens it. Raises ModelError with what to run."""
    from papertide.embedding import cross_encoder

    folder = Path(where).expanduser()
    if not folder.exists() and "@" in where and "://" not in where:
        return cross_encoder.from_hub(where)
    if (folder / "tokenizer.json").exists() and cross_encoder.is_one(folder):
        return cross_encoder.load(folder)
    return open_model(where, key=key)
