"""What an embedder is: texts in, unit vectors out, and a name by which an index remembers it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

import numpy as np

Key = TypeVar("Key")
TITLE = 0.2  # what a title counts again beside title and abstract; see docs/meaning.md


class ModelError(Exception):
    """A model that cannot be used, or that went wrong; the message says what to run."""


class ModelAway(ModelError):
    """A model that may well answer later, such as one behind a network."""


class Embedder(Protocol):
    """A model that turns texts into vectors.

    `name`, `dimension` and `checksum` say which: vectors of two models, or of two versions of
    one, cannot be compared. Texts are plain (`papertide.reading.clean`), of any length. A model
    may have a `weight`, what it counts against words in hybrid search, where that is not
    `papertide.search.hybrid.WEIGHT`; an `embed_query`, where queries are embedded otherwise than
    papers; `slow`, where it embeds hundreds of texts a second, not thousands, or costs money; an
    `origin`, by which `papertide.embedding.open_model` opens it again; and an `assume`, which
    tells it its dimension.
    """

    name: str
    dimension: int
    checksum: str

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of texts: float32, (n, dimension), rows of length 1.

        The row of a text in which the model knows nothing is zero. Raises ModelError where the
        model yields what is no number.
        """
        ...


def stream(
    embedder: Embedder, items: Iterable[tuple[Key, str]], chunk: int = 4096
) -> Iterator[tuple[list[Key], np.ndarray]]:
    """Embed a stream of keys and texts, a chunk at a time: the keys of a chunk, its vectors."""
    items = iter(items)
    while part := list(islice(items, chunk)):  # itertools.batched needs Python 3.12
        yield [key for key, _ in part], embedder.embed([text for _, text in part])


def query_vector(embedder: Embedder, text: str) -> np.ndarray:
    """The vector of a query, (dimension,)."""
    embed_query = getattr(embedder, "embed_query", None)
    return embed_query(text) if embed_query else embedder.embed([text])[0]


def document_text(title: str, abstract: str) -> str:
    """The text that stands for a paper: its title and its abstract."""
    return f"{title}. {abstract}" if title and abstract else title or abstract


def document_vectors(embedder: Embedder, papers: Sequence[tuple[str, str]]) -> np.ndarray:
    """Vectors that stand for papers, given as titles and abstracts: (n, dimension), float32.

    The sum of the vector of both and `TITLE` times that of the title alone, of length 1: what a
    paper says of itself in a line counts more than any other line. What is no number in a model's
    answer stays so, and an answer of another shape is given back as it is.
    """
    vectors = np.array(embedder.embed([document_text(*paper) for paper in papers]), np.float32)
    titled = [n for n, paper in enumerate(papers) if all(paper)]
    if titled and vectors.shape == (len(papers), embedder.dimension):
        vectors[titled] += TITLE * embedder.embed([papers[n][0] for n in titled])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            vectors /= np.where(lengths > 0, lengths, 1)
    return vectors


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1, in place; rows of zeros stay. Raises ModelError on NaN or inf."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    if not np.isfinite(lengths).all():
        raise ModelError(
            "the model answered with what is no number for at least one text; its files are "
            "damaged or made for another runtime. Get the model anew, or go back to the one in "
            "the package"
        )
    lengths[lengths == 0] = 1
    vectors /= lengths[:, None]
    return vectors
