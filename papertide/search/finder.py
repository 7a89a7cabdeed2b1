"""All ways to find papers in one place: by word, by meaning, by both, like another paper."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np

from papertide.embedding.base import Embedder
from papertide.search import catch_up as _catch_up
from papertide.search import tree
from papertide.search.catch_up import Caught, Changes
from papertide.search.engine import Candidates, SearchUnavailable
from papertide.search.hybrid import WEIGHT, by_meaning, hybrid, spoken
from papertide.search.lexical import LexicalIndex
from papertide.search.migrate import migrate
from papertide.search.milvus_collections import Collection
from papertide.search.milvus_server import Server
from papertide.search.milvus_vectors import MilvusVectors
from papertide.search.milvus_words import MilvusWords
from papertide.search.query import Mode, as_tree
from papertide.search.tree import After, Tree
from papertide.search.vectors import VectorIndex

OnProgress = Callable[[str, int, int], None] | None
DUPLICATE = 0.95  # cosine from which two papers say the same; see docs/meaning.md


class Finder:
    """The indexes of one catalogue, in one folder or in Milvus, and the model of one of them.

    `open_model` gives the model when it is first needed, or None where there is to be no search
    by meaning. With a `url` the indexes are in the Milvus there; a server that cannot look for
    words has the vectors alone, and the words stay in the folder.
    """

    def __init__(
        self, folder: Path, catalog: str, open_model: Callable[[], Embedder | None], url: str = ""
    ):
        self.folder = folder
        self.server = Server(url) if url else None
        self._catalog = catalog
        self._open_model = open_model

    @cached_property
    def model(self) -> Embedder | None:
        return self._open_model()

    @cached_property
    def words(self) -> LexicalIndex | MilvusWords:
        if self.server is not None and self.server.knows_words:
            return MilvusWords(self.server, self.folder, self._catalog)
        return LexicalIndex(self.folder, self._catalog)

    @cached_property
    def vectors(self) -> VectorIndex | MilvusVectors | None:
        if self.server is not None and self.model:
            return MilvusVectors(self.server, self.folder, self._catalog, self.model)
        return self._vector_files

    @cached_property
    def _vector_files(self) -> VectorIndex | None:
        return VectorIndex(self.folder, self._catalog, self.model) if self.model else None

    @property
    def indexes(self) -> dict[str, LexicalIndex | VectorIndex | Collection]:
        """The indexes by name: "words" and "vectors"."""
        held = {"words": self.words, "vectors": self.vectors}
        return {name: index for name, index in held.items() if index is not None}

    @property
    def place(self) -> str:
        """Where the indexes are, for people."""
        if self.server is None:
            return str(self.folder)
        words = "" if isinstance(self.words, Collection) else f", words in {self.folder}"
        return f"Milvus at {self.server.shown}{words}"

    @property
    def readers(self) -> dict[str, LexicalIndex | VectorIndex | Collection]:
        """The indexes by the names that the change log knows them by."""
        return {_reader(name, index): index for name, index in self.indexes.items()}

    # --- finding -----------------------------------------------------------------------------

    def find(
        self, query: str | Tree | None, where: Tree | None = None, *, mode: Mode = "hybrid",
        limit: int = 20, offset: int = 0, by_date: bool = False,
    ) -> Candidates:  # fmt: skip
        """Papers that match a query, a text or a tree, and further conditions; by date, and where
        no words are sought, always by words alone."""
        asked = tree.every(as_tree(query), where)
        text = spoken(asked)
        if by_date or not text or mode == "words" or self.vectors is None:
            return self.words.words(query, where, limit=limit, offset=offset, by_date=by_date)
        if mode == "meaning":
            most, vector = offset + limit, self.vectors.embed(text)
            found = by_meaning(self.words, self.vectors, vector, asked, limit=most)
            return Candidates(
                ids=found.ids[offset:], scores=found.scores[offset:], total=found.total
            )
        weight = getattr(self.model, "weight", WEIGHT)
        return hybrid(
            self.words, self.vectors, asked, limit=limit, offset=offset, weight=weight
        )

    def similar(
        self, ids: Sequence[int] = (), text: str = "", where: Tree | None = None, *,
        limit: int = 20,
    ) -> Candidates:  # fmt: skip
        """Papers near to some papers, a text, or their mean; never those papers themselves."""
        if self.vectors is None:
            return Candidates(ids=[], scores=[], total=0)
        parts = list(self.vectors.vectors(ids)) if ids else []
        if text.strip():
            parts.append(self.vectors.embed(text))
        known = [part for part in parts if np.isfinite(part).all() and part.any()]
        if not known:
            return Candidates(ids=[], scores=[], total=0)
        mean = np.mean([part / np.linalg.norm(part) for part in known], axis=0)
        return self.vectors.nearest(mean, where, limit=limit, exclude=ids)

    def newest(self, last: int) -> int:
        """The number of the newest paper that can be found, `last` being that of the newest there
        is; 0 where there is none. An index that is behind is asked for ever more of the last ones,
        then by halves: no engine need know its greatest number."""

        def beyond(number: int) -> bool:
            return self.words.words(After(number), limit=1).total > 0

        none, some = last, last - 1
        while some > 0 and not beyond(some):
            none, some = some, some - 2 * (none - some)
        some = max(some, 0)
        if not last or not beyond(some):
            return 0
        while none - some > 1:
            middle = (none + some) // 2
            none, some = (none, middle) if beyond(middle) else (middle, some)
        return none

    # --- keeping up --------------------------------------------------------------------------

    def catch_up(self, changes: Changes, on_progress: OnProgress = None) -> dict[str, Caught]:
        """Bring each index up to date with the change log."""
        return self._each(_catch_up.catch_up, changes, on_progress)

    def rebuild(self, changes: Changes, on_progress: OnProgress = None) -> dict[str, Caught]:
        """Make each index anew."""
        return self._each(_catch_up.rebuild, changes, on_progress)

    def migrate(
        self, changes: Changes, note: Callable[[str, int], None], on_progress: OnProgress = None
    ) -> dict[str, Caught]:
        """Make the indexes in Milvus anew, of vectors that are there already where the model is
        the same, and serve them when they are whole; `note` keeps the log for them meanwhile."""

        def work(index: Collection, changes: Changes, report) -> Caught:
            reader = _reader(index.kind, index)
            stored = self._stored() if isinstance(index, MilvusVectors) else None
            return migrate(index, changes, stored, lambda at: note(reader, at), report)

        moved = {k: v for k, v in self.indexes.items() if isinstance(v, Collection)}
        return self._each(work, changes, on_progress, moved)

    def _stored(self) -> VectorIndex | MilvusVectors | None:
        """The vectors of this model, in files or in Milvus, that are nearest to the catalogue."""
        found = []
        for place, index in enumerate((self._vector_files, self.vectors)):
            with suppress(SearchUnavailable):  # those of another model, for one
                found.append((index.position(), place, index))
        return max(found)[2] if found else None

    def _each(self, work, changes, on_progress, indexes=None) -> dict[str, Caught]:
        done = {}
        for name, index in (indexes or self.indexes).items():
            report = None
            if on_progress:
                report = lambda at, total, name=name: on_progress(name, at, total)  # noqa: E731
            done[name] = work(index, changes, report)
        return done


def _reader(name: str, index: object) -> str:
    return f"milvus {name}" if isinstance(index, Collection) else name
