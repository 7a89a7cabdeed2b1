"""Finding papers by meaning in Milvus: the nearest of unit vectors, by their inner product."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from papertide.embedding.base import Embedder, document_vectors, query_vector
from papertide.search.engine import Candidates, Document, SearchUnavailable
from papertide.search.milvus_collections import Collection, none_found
from papertide.search.milvus_server import Server
from papertide.search.tree import Tree
from papertide.search.vector_files import Model

MAX_LIMIT = 1000  # papers of one answer
_AT_A_TIME = 1000  # vectors read
_WIDTH = 256  # the least breadth of the search in the graph
_GRAPH = {"M": 16, "efConstruction": 200}


class Stored(Protocol):
    """Vectors that the same model made before."""

    def position(self) -> int: ...

    def vectors(self, ids: Sequence[int]) -> np.ndarray: ...


class MilvusVectors(Collection):
    """The vectors of one catalogue in Milvus, made by one model. See `hybrid.Meaning`.

    They are rounded to float16, as in files, so that both engines compare the same numbers.
    `stored` are vectors that are taken where there are some; other papers are embedded.
    """

    kind = "vectors"

    def __init__(
        self, server: Server, folder: Path, catalog: str, embedder: Embedder, name: str = ""
    ):
        self.embedder = embedder
        self.stored: Stored | None = None
        model = Model(
            name=embedder.name, dimension=int(embedder.dimension), checksum=embedder.checksum
        )
        super().__init__(server, folder, catalog, model, name)

    # --- reading -----------------------------------------------------------------------------

    def embed(self, text: str) -> np.ndarray:
        """The vector of a text, (dimension,); zero where the model knows nothing in it."""
        return query_vector(self.embedder, text)

    def nearest(
        self, vector: np.ndarray, where: Tree | None = None, *, limit: int = 20,
        exclude: Iterable[int] = (), depth: int | None = None,
    ) -> Candidates:  # fmt: skip
        """See `VectorIndex.nearest`; `depth` is how widely the graph is searched."""
        query, limit = self._unit(vector), min(limit, MAX_LIMIT)
        if query is None or limit < 1 or self._served() is None:
            return none_found()
        said = "blank == false"
        if where is not None:
            said = f"{said} and ({self._expression(where)})"
        if excluded := sorted(set(exclude)):
            said = f"{said} and not (id in {excluded})"
        width = max(depth or 0, 2 * limit, _WIDTH)
        [hits] = self._ask(
            "search", data=[query.tolist()], anns_field="vector", filter=said, limit=limit,
            output_fields=["id"], search_params={"metric_type": "IP", "params": {"ef": width}},
        )  # fmt: skip
        found = sorted((-float(hit["distance"]), int(hit["id"])) for hit in hits)
        return Candidates(
            ids=[i for _, i in found],
            scores=[-score for score, _ in found],
            total=self._counted(said),
        )

    def scores(self, vector: np.ndarray, ids: Sequence[int]) -> np.ndarray:
        """The cosine of each paper to a vector (float32), exact; NaN without a vector."""
        query = self._unit(vector)
        if query is None:
            return np.full(len(ids), np.nan, np.float32)
        return np.einsum("ij,j->i", self.vectors(ids), query)

    def vectors(self, ids: Sequence[int]) -> np.ndarray:
        """The vector of each paper, (ids, dimension), float32; a row of NaN without one."""
        found = np.full((len(ids), self._model.dimension), np.nan, np.float32)
        wanted = list(dict.fromkeys(map(int, ids))) if self._served() else []
        held = {}
        for start in range(0, len(wanted), _AT_A_TIME):
            rows = self._ask(
                "query", filter=f"id in {wanted[start : start + _AT_A_TIME]}", limit=_AT_A_TIME,
                output_fields=["id", "blank", "vector"],
            )  # fmt: skip
            held |= {int(row["id"]): row["vector"] for row in rows if not row["blank"]}
        for place, paper_id in enumerate(ids):
            if (vector := held.get(int(paper_id))) is not None:
                found[place] = vector
        return found

    def _unit(self, vector: np.ndarray) -> np.ndarray | None:
        vector = np.asarray(vector, np.float32)
        if vector.shape != (self._model.dimension,):
            raise ValueError(
                f"expected a vector of {self._model.dimension} numbers, not {vector.shape}"
            )
        length = float(np.linalg.norm(vector.astype(np.float64)))
        return (vector / length).astype(np.float32) if 0 < length < np.inf else None

    # --- writing -----------------------------------------------------------------------------

    def generation(self, name: str) -> "MilvusVectors":
        made = MilvusVectors(self.server, self._folder, self._catalog, self.embedder, name)
        made.stored = self.stored
        return made

    def rows(self, documents: list[Document]) -> list[dict[str, Any]]:
        vectors = np.full((len(documents), self._model.dimension), np.nan, np.float32)
        if self.stored is not None:
            vectors = self.stored.vectors([document.id for document in documents])
        lacking = np.flatnonzero(np.isnan(vectors).any(axis=1))
        if len(lacking):
            some = [documents[place] for place in lacking]
            vectors[lacking] = self._embedded(some)
        vectors = vectors.astype("<f2").astype(np.float32)
        blank = ~vectors.any(axis=1)
        return [
            {"blank": bool(none), "vector": vector.tolist()}
            for none, vector in zip(blank, vectors, strict=True)
        ]

    def _embedded(self, documents: list[Document]) -> np.ndarray:
        vectors = document_vectors(self.embedder, [(d.title, d.abstract) for d in documents])
        expected = len(documents), self._model.dimension
        if vectors.shape != expected or not np.isfinite(vectors).all():
            raise SearchUnavailable(
                f"The model {self._model.name} answered with no usable vectors. Get it anew, or "
                "choose another one. Run: papertide index rebuild"
            )
        return vectors

    def add_fields(self, schema: Any, indexes: Any, types: Any) -> None:
        schema.add_field("blank", types.BOOL)
        schema.add_field("vector", types.FLOAT_VECTOR, dim=self._model.dimension)
        # The graph of Milvus Lite finds too few of what a filter lets through.
        exact = {"index_type": "FLAT"}
        graph = {"index_type": "HNSW", "params": _GRAPH}
        indexes.add_index("vector", metric_type="IP", **(exact if self.server.light else graph))
