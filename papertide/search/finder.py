"""All ways to find papers in one place: by word, by meaning, by both, like another paper."""

import logging
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import filelock
import msgspec
import numpy as np

from papertide.embedding.base import Embedder, ModelError
from papertide.search import catch_up as _catch_up
from papertide.search import renewal, tree, vector_files
from papertide.search.catch_up import Caught, Changes
from papertide.search.engine import Candidates
from papertide.search.hybrid import WEIGHT, by_meaning, hybrid, spoken
from papertide.search.lexical import LexicalIndex
from papertide.search.query import Mode, as_tree
from papertide.search.tree import Tree
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
    """The indexes of one catalogue in one folder, and the models of one of them.

    `open_model` gives the model that is wanted, when it is first needed, or None where there is to
    be no search by meaning. While vectors of another one are in use that is the one that is asked:
    `reopen` gives it by what the vectors tell of their origin and dimension, or raises ModelError.
    """

    def __init__(
        self, folder: Path, catalog: str, open_model: Callable[[], Embedder | None],
        reopen: Callable[[str, int], Embedder] | None = None,
    ):  # fmt: skip
        self.folder = folder
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
    def words(self) -> LexicalIndex:
        return LexicalIndex(self.folder, self._catalog)

    @property
    def vectors(self) -> VectorIndex | None:
        """The vectors in use and the model that made them. Whoever asks twice may be answered by
        two models: a query is to keep to what it got."""
        if self.model is None:
            return None
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
    def indexes(self) -> dict[str, LexicalIndex | VectorIndex]:
        """The indexes by name, as the change log knows them as readers."""
        held = {"words": self.words, "vectors": self.vectors}
        return {name: index for name, index in held.items() if index is not None}

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
        if self.model is not None:
            done["vectors"] = self.renew(changes, on_progress, anew=True)
        return done

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
        """Whether vectors of the wanted model are to be made, or were begun."""
        if self.model is None:
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
