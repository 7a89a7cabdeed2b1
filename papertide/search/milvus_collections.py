"""How papers are kept in Milvus: in generations of a collection, one of them served by an alias.

`papertide_words` and `papertide_vectors` are aliases; what they name is a generation such as
`papertide_words_18c2f0a1`. A new generation is filled beside the served one and then takes the
alias, in one step. `papertide_marks` has a row a generation: the catalogue it is of, its model,
how far it is filled, and the last change it holds. A mark is written after the papers it tells of,
and putting a paper in again does no harm, so that nothing is lost whenever one is killed.
"""

import itertools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from filelock import FileLock

from papertide.search.engine import Candidates, Document, SearchUnavailable
from papertide.search.milvus import expression, literal
from papertide.search.milvus_server import LONG, Gone, Server, pymilvus
from papertide.search.tree import Tree
from papertide.search.vector_files import Model

FORMAT = 1  # raise when fields change: older generations are then refused
MOST = 16_384  # rows of one answer, with those skipped before them: Milvus' own bound
_BATCH = 1000  # papers sent at a time
_MARK_EVERY = 10  # batches of a filling
_FRESH = 5.0  # seconds that what an alias names is taken for known
_MARKS = "papertide_marks"
_LONGEST = {"categories": 64, "sources": 64, "identities": 512, "has": 32}  # bytes of a value
_MOST_VALUES = 128  # of an array
_REBUILD = "Run: papertide index rebuild"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a generation: all its papers are in when it is `whole`, else those up to
    the number `filled`; the categories that occur."""

    format: int
    catalog: str
    model: Model | None
    position: int
    filled: int = 0
    whole: bool = False
    categories: tuple[str, ...] = ()


class Collection(ABC):
    """The papers of one catalogue in Milvus: what words and vectors have in common.

    With a `name` it is that generation, whole or not; else the one that is served. A generation of
    another catalogue or model, or of another format, is refused with SearchUnavailable. One
    process of a data folder writes at a time, under `writing()`.
    """

    kind: ClassVar[str]
    arrays: ClassVar[tuple[str, ...]] = ("categories", "sources", "has")
    consistency = "Bounded"  # a search may miss what came in the last seconds

    def __init__(
        self, server: Server, folder: Path, catalog: str, model: Model | None = None, name: str = ""
    ):
        self.server, self._folder, self._catalog = server, folder, catalog
        self._model, self._name = model, name
        self._lock = threading.Lock()
        self._held: tuple[float, str, Mark] | None = None  # until when, the generation, its mark

    # --- what the two differ in --------------------------------------------------------------

    @abstractmethod
    def rows(self, documents: list[Document]) -> list[dict[str, Any]]:
        """The fields of documents beside those that both kinds have."""

    @abstractmethod
    def add_fields(self, schema: Any, indexes: Any, types: Any) -> None:
        """Add these fields to a schema, and their indexes."""

    @abstractmethod
    def generation(self, name: str) -> "Collection":
        """A generation by its name."""

    # --- reading -----------------------------------------------------------------------------

    def position(self) -> int:
        """See `Engine.position`; 0 where nothing is served yet."""
        served = self._served(fresh=True)
        return served[1].position if served else 0

    def count(self) -> int:
        """How many papers it holds."""
        return self._counted("", "Strong") if self._served() else 0

    def size(self) -> int:
        """Bytes on our disk: none, and Milvus does not tell of its own."""
        return 0

    def _expression(self, where: Tree | None) -> str:
        served = self._served()
        return expression(where, served[1].categories) if where and served else ""

    def _counted(self, said: str, consistency: str = "") -> int:
        rows = self._ask(
            "query", filter=said, output_fields=["count(*)"], consistency_level=consistency
        )
        return int(rows[0]["count(*)"])

    def _ask(self, method: str, consistency_level: str = "", **named: Any) -> Any:
        """What the served generation answers; one that was replaced meanwhile is asked anew."""
        named["consistency_level"] = consistency_level or self.consistency
        for fresh in (False, True):
            served = self._served(fresh)
            if served is None:
                break
            try:
                return self.server.call(method, served[0], **named)
            except Gone:
                continue
        raise SearchUnavailable(f"There is no index in Milvus ({self.server.shown}). {_REBUILD}")

    def _served(self, fresh: bool = False) -> tuple[str, Mark] | None:
        """The generation that is served and its mark; None where there is none yet."""
        with self._lock:
            if not fresh and self._held and time.monotonic() < self._held[0]:
                return self._held[1:]
            self._held = None
            name = self._name or self._aliased()
            if name is None:
                return None
            mark = self._mark(name)
            if mark is None:
                raise SearchUnavailable(f"The index in Milvus ({name}) is unfinished. {_REBUILD}")
            self._check(mark)
            self._held = time.monotonic() + _FRESH, name, mark
            return name, mark

    def _check(self, mark: Mark) -> None:
        if mark.format != FORMAT:
            raise SearchUnavailable(
                f"The index in Milvus has format {mark.format}, this version reads {FORMAT}. "
                f"{_REBUILD}"
            )
        self._check_catalog(mark)
        if mark.model != self._model:
            made, wanted = (m.name if m else "none" for m in (mark.model, self._model))
            raise SearchUnavailable(
                f"The vectors in Milvus were made by the model {made}, or an earlier state of it; "
                f"the model in use is {wanted}. {_REBUILD}"
            )

    def _check_catalog(self, mark: Mark) -> None:
        if mark.catalog != self._catalog:
            raise SearchUnavailable(
                f"The index in Milvus ({self.server.shown}) is that of another catalogue. Name a "
                "database of your own in PAPERTIDE_SEARCH_URL: http://host:19530/database"
            )

    @property
    def _alias(self) -> str:
        return f"papertide_{self.kind}"

    def _aliased(self) -> str | None:
        try:
            return self.server.call("describe_collection", self._alias)["collection_name"]
        except Gone:
            return None

    # --- marks -------------------------------------------------------------------------------

    def _marks(self) -> dict[str, Mark]:
        """The marks of all generations of this kind, by their names."""
        try:
            rows = self.server.call(
                "query", _MARKS, filter=f"name like {literal(self._alias + '_%')}",
                output_fields=["name", "about"], limit=1000, consistency_level="Strong",
            )  # fmt: skip
        except Gone:
            return {}
        return {row["name"]: msgspec.json.decode(row["about"], type=Mark) for row in rows}

    def _mark(self, name: str) -> Mark | None:
        return self._marks().get(name)

    def _write_mark(self, name: str, mark: Mark) -> None:
        about = msgspec.json.encode(mark).decode()
        row = {"name": name, "about": about, "vector": [1.0, 0.0]}
        try:
            self.server.call("upsert", _MARKS, [row])
        except Gone:
            self._make_marks()
            self.server.call("upsert", _MARKS, [row])
        with self._lock:
            self._held = None

    def _make_marks(self) -> None:
        types, schema, indexes = self._schema()
        schema.add_field("name", types.VARCHAR, is_primary=True, max_length=128)
        schema.add_field("about", types.VARCHAR, max_length=65_535)
        schema.add_field("vector", types.FLOAT_VECTOR, dim=2)  # there must be one
        indexes.add_index("vector", index_type="FLAT", metric_type="IP")
        self.server.call(
            "create_collection", _MARKS, schema=schema, index_params=indexes, timeout=LONG
        )

    @staticmethod
    def _schema() -> tuple[Any, Any, Any]:
        made = pymilvus()
        schema = made.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        return made.DataType, schema, made.MilvusClient.prepare_index_params()

    # --- writing -----------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one process of this folder that writes; waits while another is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        # A generation that is being filled is written to under the lock of the one it replaces.
        with nullcontext() if self._name else FileLock(self._folder / f"milvus-{self.kind}.lock"):
            yield

    def apply(self, documents: Iterable[Document], deleted: Iterable[int], position: int) -> None:
        """See `Engine.apply`; to be called under `writing()`. Papers, then the mark."""
        served = self._served(fresh=True)
        if served is None:
            self.rebuild(iter(documents), position)
            return
        name, mark = served
        seen = self._put(name, documents, frozenset(mark.categories))
        for some in _batches(deleted):
            self.server.call("delete", name, filter=f"id in {some}", timeout=LONG)
        made = msgspec.structs.replace(mark, position=position, categories=tuple(sorted(seen)))
        self._write_mark(name, made)

    def rebuild(self, documents: Iterator[Document], position: int) -> None:
        """See `Engine.rebuild`; to be called under `writing()`."""
        if self._name:
            raise SearchUnavailable(
                "The change log was pruned while the index was moved. Run: papertide index migrate"
            )
        made = self._new(position)
        made.fill(documents)
        made.serve()

    def unfinished(self, position: int, oldest: int = 0) -> "Collection":
        """A generation to be filled with all papers there were at a change: one that an earlier
        filling left, where its change is still in the log from `oldest` on, or a new one."""
        left = {name: mark for name, mark in self._marks().items() if not mark.whole}
        for name, mark in sorted(left.items(), reverse=True):
            ours = (mark.format, mark.catalog, mark.model) == (FORMAT, self._catalog, self._model)
            if ours and oldest <= mark.position + 1 and mark.position <= position:
                with suppress(Gone):
                    self.server.call("describe_collection", name)
                    return self.generation(name)
        return self._new(position)

    def _new(self, position: int) -> "Collection":
        """An empty generation."""
        if (name := self._aliased()) and (mark := self._mark(name)):
            self._check_catalog(mark)
        name = f"{self._alias}_{time.time_ns():x}"
        self._create(name)
        mark = Mark(format=FORMAT, catalog=self._catalog, model=self._model, position=position)
        self._write_mark(name, mark)
        return self.generation(name)

    def fill(self, documents: Iterable[Document]) -> None:
        """Put all papers, in the order of their numbers, into an unfinished generation; those
        that an earlier filling put in are passed over."""
        name, mark = self._served(fresh=True)
        seen, filled = frozenset(mark.categories), mark.filled
        rest = (document for document in documents if document.id > filled)
        for number, batch in enumerate(_batches(rest), start=1):
            seen = self._put(name, batch, seen)
            if number % _MARK_EVERY == 0:
                self._write_mark(name, msgspec.structs.replace(
                    mark, filled=batch[-1].id, categories=tuple(sorted(seen)),
                ))  # fmt: skip
        self._write_mark(name, msgspec.structs.replace(
            mark, filled=2**62, categories=tuple(sorted(seen))
        ))  # fmt: skip

    def serve(self) -> None:
        """Let a filled generation be the one that is served, in one step, and drop all others of
        this catalogue."""
        name, mark = self._served(fresh=True)
        self.server.call("flush", name, timeout=LONG)
        self._write_mark(name, msgspec.structs.replace(mark, whole=True))
        if self._aliased() is None:
            self.server.call("create_alias", name, self._alias)
        else:
            self.server.call("alter_alias", name, self._alias)
        for other, held in self._marks().items():
            if other != name and held.catalog == self._catalog:
                with suppress(Gone):
                    self.server.call("drop_collection", other, timeout=LONG)
                self.server.call("delete", _MARKS, filter=f"name in {literal([other])}")

    def _put(
        self, name: str, documents: Iterable[Document], seen: frozenset[str]
    ) -> frozenset[str]:
        """Put papers in or replace them; the categories seen, with theirs."""
        for batch in _batches(documents):
            rows = [
                self._common(document) | more
                for document, more in zip(batch, self.rows(batch), strict=True)
            ]
            self.server.call("upsert", name, rows, timeout=LONG)
            seen |= {code for row in rows for code in row["categories"]}
        return seen

    def _common(self, document: Document) -> dict[str, Any]:
        row: dict[str, Any] = {"id": document.id, "date": document.date}
        for name in self.arrays:
            lower = dict.fromkeys(value.lower() for value in getattr(document, name))
            row[name] = [v for v in lower if len(v.encode()) <= _LONGEST[name]][:_MOST_VALUES]
        return row

    def _create(self, name: str) -> None:
        types, schema, indexes = self._schema()
        schema.add_field("id", types.INT64, is_primary=True)
        schema.add_field("date", types.INT64)
        for field in self.arrays:
            schema.add_field(
                field, types.ARRAY, element_type=types.VARCHAR, max_capacity=_MOST_VALUES,
                max_length=_LONGEST[field],
            )  # fmt: skip
        self.add_fields(schema, indexes, types)
        if self.server.knows_words and not self.server.light:  # before 2.5 there are none of arrays
            for field in ("date", *self.arrays):
                indexes.add_index(field, index_type="INVERTED")
        self.server.call(
            "create_collection", name, schema=schema, index_params=indexes,
            consistency_level="Bounded", timeout=LONG,
        )  # fmt: skip


def none_found() -> Candidates:
    """The answer where nothing is found."""
    return Candidates(ids=[], scores=[], total=0)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    items = iter(items)
    while batch := list(itertools.islice(items, _BATCH)):
        yield batch
