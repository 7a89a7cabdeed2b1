"""All ways to find papers in one place: by word, by meaning, by both, like another paper."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import filelock
import msgspec
import numpy as np

from papertide.embedding.base import Embedder, ModelError
from papertide.search import catch_up as _catch_up
from papertide.search import renewal, tree, vector_files
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
from papertide.search.vector_files import Manifest
from papertide.search.vectors import VectorIndex

log = logging.getLogger(__name__)

OnProgress = Callable[[str, int, int], None] | None
DUPLICATE = 0.95  # cosine from which two papers say the same; see docs/meaning.md
WORDS_ALONE = "Search by meaning cannot be asked just now: these papers have the words."
NOT_NEAR = "Search by meaning cannot be asked just now: a text has no similar papers without it."


class Former:
    """In the place of a model that made the vectors in use and cannot be opened any more: papers
    are near to each other without it, but no text is near to them."""

    def __init__(self, held: Manifest, why: str):
        self.name, self.checksum = held.model.name, held.model.checksum
        self.dimension, self.origin = held.model.dimension, held.origin
        self._why = why

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        raise ModelError(f"The vectors were made by {self.name}: {self._why}")


class Finder:
    """The indexes of one catalogue, in one folder or in Milvus, and the models of one of them.

    `open_model` gives the model that is wanted, when it is first needed, or None where there is to
    be no search by meaning. While vectors of another one are in use that is the one that is asked:
    `reopen` gives it by what the vectors tell of their origin and dimension, or raises ModelError.
    With a `url` the indexes are in the Milvus there; a server that cannot look for words has the
    vectors alone, and the words stay in the folder.
    """

    def __init__(
        self, folder: Path, catalog: str, open_model: Callable[[], Embedder | None],
        reopen: Callable[[str, int], Embedder] | None = None, url: str = "",
    ):  # fmt: skip
        self.folder = folder
        self.server = Server(url) if url else None
        self._catalog = catalog
        self._open_model, self._reopen = open_model, reopen
        self._lock = threading.Lock()
        self._vectors: VectorIndex | None = None
        self._seen: tuple[int, int] = 0, 0

    @cached_property
    def model(self) -> Embedder | None:
        """The model that is wanted."""
        return self._open_model()

    @cached_property
    def words(self) -> LexicalIndex | MilvusWords:
        if self.server is not None and self.server.knows_words:
            return MilvusWords(self.server, self.folder, self._catalog)
        return LexicalIndex(self.folder, self._catalog)

    @property
    def vectors(self) -> VectorIndex | MilvusVectors | None:
        """The vectors in use and the model that made them. Whoever asks twice may be answered by
        two models: a query is to keep to what it got."""
        if self.model is None:
            return None
        return self._vector_files if self.server is None else self._milvus_vectors

    @cached_property
    def _milvus_vectors(self) -> MilvusVectors:
        return MilvusVectors(self.server, self.folder, self._catalog, self.model)

    @property
    def _vector_files(self) -> VectorIndex:
        with self._lock:
            seen = vector_files.stamp(self.folder / "vectors")
            if self._vectors is None or seen != self._seen:
                self._vectors, self._seen = self._opened(), seen
            return self._vectors

    def _opened(self) -> VectorIndex:
        held = vector_files.peek(self.folder / "vectors")
        if self._vectors and held and _made_by(self._vectors.embedder, held):
            return self._vectors
        embedder = self.model
        # What cannot be read, and another catalogue's: the index itself says so.
        if held and held.catalog == self._catalog and not _made_by(embedder, held):
            embedder = self._former(held)
        return VectorIndex(self.folder, self._catalog, embedder)

    def _former(self, held: Manifest) -> Embedder:
        why = "it is not the model that is wanted"
        try:
            if self._reopen is not None:
                embedder = self._reopen(held.origin, held.model.dimension)
                if _made_by(embedder, held):
                    return embedder
                why = f"{held.origin or 'the package'} holds another model by now"
        except ModelError as error:
            why = str(error)
        log.warning("Vectors by %s are in use; no text can be compared with them (%s). "
                    "Run: papertide index renew", held.model.name, why)  # fmt: skip
        return Former(held, why)

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
        vectors = self.vectors if text and not by_date and mode != "words" else None
        if vectors is None:
            return self.words.words(query, where, limit=limit, offset=offset, by_date=by_date)
        try:
            if mode == "meaning":
                most, vector = offset + limit, vectors.embed(text)
                found = by_meaning(self.words, vectors, vector, asked, limit=most)
                return Candidates(
                    ids=found.ids[offset:], scores=found.scores[offset:], total=found.total
                )
            weight = getattr(vectors.embedder, "weight", WEIGHT)
            return hybrid(self.words, vectors, asked, limit=limit, offset=offset, weight=weight)
        except ModelError as error:
            _tell(error)
            found = self.words.words(query, where, limit=limit, offset=offset)
            return msgspec.structs.replace(found, notice=WORDS_ALONE)

    def similar(
        self, ids: Sequence[int] = (), text: str = "", where: Tree | None = None, *,
        limit: int = 20,
    ) -> Candidates:  # fmt: skip
        """Papers near to some papers, a text, or their mean; never those papers themselves."""
        vectors, notice = self.vectors, ""
        if vectors is None:
            return Candidates(ids=[], scores=[], total=0)
        parts = list(vectors.vectors(ids)) if ids else []
        if text.strip():
            try:
                parts.append(vectors.embed(text))
            except ModelError as error:
                _tell(error)
                notice = NOT_NEAR
        known = [part for part in parts if np.isfinite(part).all() and part.any()]
        if not known:
            return Candidates(ids=[], scores=[], total=0, notice=notice)
        mean = np.mean([part / np.linalg.norm(part) for part in known], axis=0)
        found = vectors.nearest(mean, where, limit=limit, exclude=ids)
        return msgspec.structs.replace(found, notice=notice)

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

    def catch_up(
        self, changes: Changes, on_progress: OnProgress = None, *, slow: bool = True,
        patience: float = -1,
    ) -> dict[str, Caught]:  # fmt: skip
        """Bring each index up to date with the change log.

        Without `slow`, what a slow model has to embed is left for later. Where the model cannot
        answer, what it has to embed waits, and a warning says so. `patience` is how many seconds
        are waited for another process that embeds (-1: for ever).
        """
        done = {"words": _catch_up.catch_up(self.words, changes, _named("words", on_progress))}
        vectors = self.vectors
        if vectors is None or isinstance(vectors.embedder, Former):
            return done
        if getattr(vectors.embedder, "slow", False) and not slow:
            return done
        report = _named("vectors", on_progress)
        try:
            if isinstance(vectors, MilvusVectors):
                done["vectors"] = _catch_up.catch_up(vectors, changes, report)
                return done
            with vectors.writing(patience):
                # A log that does not tell all: vectors that hold are kept, whatever they cost.
                whole = not _catch_up.cut_off(vectors.position(), changes)
                if whole or vectors.embedder is not self.model:
                    done["vectors"] = _catch_up.catch_up(vectors, changes, report)
            if "vectors" not in done:
                done["vectors"] = self.renew(changes, on_progress)
        except (filelock.Timeout, renewal.Busy):
            log.info("Another process embeds papers")
        except ModelError as error:
            log.warning("Papers wait for their vectors: %s", error)
        return done

    def rebuild(self, changes: Changes, on_progress: OnProgress = None) -> dict[str, Caught]:
        """Make each index anew, the vectors by the model that is wanted."""
        done = {"words": _catch_up.rebuild(self.words, changes, _named("words", on_progress))}
        if self.model is not None and self.server is None:
            done["vectors"] = self.renew(changes, on_progress, anew=True)
        elif self.model is not None:
            report = _named("vectors", on_progress)
            done["vectors"] = _catch_up.rebuild(self.vectors, changes, report)
        return done

    def migrate(
        self, changes: Changes, note: Callable[[str, int], None], on_progress: OnProgress = None
    ) -> dict[str, Caught]:
        """Make the indexes in Milvus anew, of vectors that are there already where the model is
        the same, and serve them when they are whole; `note` keeps the log for them meanwhile."""

        def work(index: Collection, changes: Changes, report) -> Caught:
            reader = _reader(index.kind, index)
            stored = self._stored() if isinstance(index, MilvusVectors) else None
            return migrate(index, changes, stored, lambda at: note(reader, at), report)

        return {
            name: work(index, changes, _named(name, on_progress))
            for name, index in self.indexes.items()
            if isinstance(index, Collection)
        }

    def _stored(self) -> VectorIndex | MilvusVectors | None:
        """The vectors of this model, in files or in Milvus, that are nearest to the catalogue."""
        found = []
        for place, index in enumerate((self._vector_files, self.vectors)):
            with suppress(SearchUnavailable):  # those of another model, for one
                if index.embedder is self.model:
                    found.append((index.position(), place, index))
        return max(found)[2] if found else None

    # --- another model -----------------------------------------------------------------------

    def renewal(self) -> renewal.Renewal | None:
        """How far the vectors of the wanted model are, where others are in use; also those of any
        other model that were begun. None where there are none to make."""
        found, wanted = renewal.state(self.folder), self.renewable()
        if found is None and not wanted:
            return None
        found = found or renewal.Renewal()
        name = self.model.name if self.model else ""
        found.model = found.model or name
        found.wanted = wanted and found.model == name
        return found

    def renewable(self) -> bool:
        """Whether vectors of the wanted model are to be made, or were begun. Milvus has a way of
        its own to another model: `migrate`."""
        if self.model is None or self.server is not None:
            return False
        held, begun = (
            vector_files.peek(self.folder / "vectors", name)
            for name in (vector_files.CURRENT, vector_files.NEXT)
        )
        return any((
            held and held.catalog == self._catalog and (
                held.format != vector_files.FORMAT or not _made_by(self.model, held)
            ),
            begun and _made_by(self.model, begun),
        ))  # fmt: skip

    def renew(
        self, changes: Changes, on_progress: OnProgress = None, *, anew: bool = False
    ) -> Caught:
        """Make the vectors of the wanted model and switch to them: see `renewal.renew`."""
        report = _named("vectors", on_progress)
        return renewal.renew(self.folder, self._catalog, self.model, changes, report, anew=anew)


def _made_by(embedder: Embedder, held: Manifest) -> bool:
    """Whether a model made some vectors. An endpoint learns its dimension from them."""
    if (embedder.name, embedder.checksum) != (held.model.name, held.model.checksum):
        return False
    if assume := getattr(embedder, "assume", None):
        assume(held.model.dimension)
    return embedder.dimension == held.model.dimension


def _named(name: str, on_progress: OnProgress) -> Callable[[int, int], None] | None:
    return on_progress and (lambda done, total: on_progress(name, done, total))


def _tell(error: ModelError) -> None:
    log.warning("Searching by words alone: %s", error)


def _reader(name: str, index: object) -> str:
    return f"milvus {name}" if isinstance(index, Collection) else name
