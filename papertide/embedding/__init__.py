"""Text to vectors: one protocol (`base`), our own static model, any encoder in ONNX.

    from papertide import embedding
    model = embedding.open_model()
    vectors = model.embed(["learning from preferences"])
"""

from pathlib import Path

from papertide.embedding.base import Embedder, ModelError, document_text, stream

__all__ = [
    "Embedder", "ModelError", "document_text", "open_model", "open_ranker", "stream",
]  # fmt: skip


def open_model(where: str = "", dimension: int = 0) -> Embedder:
    """The model of a place: "" is the packaged static one, a folder holds a static model or an
    encoder in ONNX, `owner/name@revision` is an encoder on the hub.

    `dimension` cuts vectors of a model that allows it. Raises ModelError with what to run.
    """
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


def open_ranker(where: str):
    """What ranks a few papers again: a `CrossEncoder` where a place holds one, else an embedder,
    as `open_model` opens it. Raises ModelError with what to run."""
    from papertide.embedding import cross_encoder

    folder = Path(where).expanduser()
    if not folder.exists() and "@" in where and "://" not in where:
        return cross_encoder.from_hub(where)
    if (folder / "tokenizer.json").exists() and cross_encoder.is_one(folder):
        return cross_encoder.load(folder)
    return open_model(where)
