"""Finding papers by word: tantivy (BM25) over title, abstract and authors.

On disk, below the index folder: ``words/current`` names the generation in use, each generation
is a folder of tantivy's own with our ``about.json``. A rebuild makes a new generation and then
replaces ``current``; readers notice by the file's time and open the new one. The position in
the change log is a document of its own, replaced in the commit it stands for, so that index
and position can never disagree.
"""

import json
import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import tantivy
from filelock import FileLock

from papertide.search import lexical_query, tree
from papertide.search.engine import Candidates, Document, SearchUnavailable
from papertide.search.lexical_query import ANALYZERS, SCHEMA, tokens
from papertide.search.query import as_tree
from papertide.search.tree import Tree

FORMAT = 2  # raise when schema or analyzers change: older indexes are then refused
MAX_OFFSET = MAX_LIMIT = 10_000  # tantivy sets room aside for as many results as it is asked for
_HEAP = 192_000_000  # bytes the writer may hold before it writes a segment
_REBUILD = "Run: papertide index rebuild"


class LexicalIndex:
    """The word index of one catalogue in one folder.

    `catalog` is the catalogue's own id: an index made from another one is refused.
    """

    def __init__(self, folder: Path, catalog: str):
        self._folder = folder / "words"
        self._catalog = catalog
        self._lock = threading.Lock()
        self._index: tantivy.Index | None = None
        self._seen: tuple = ()

    # --- reading -----------------------------------------------------------------------------

    def words(
        self, query: str | Tree | None, where: Tree | None = None, *, limit: int = 20,
        offset: int = 0, by_date: bool = False,
    ) -> Candidates:  # fmt: skip
        """See `Engine.words`."""
        searcher = self._searcher()
        asked = tree.every(as_tree(query), where)
        compiled = lexical_query.compiled(asked)
        if asked is None and not (isinstance(query, str) and query.strip()):
            compiled = lexical_query.papers()
        if searcher is None or compiled is None or offset > MAX_OFFSET or limit < 1:
            return Candidates(ids=[], scores=[], total=0)
        by_date = by_date or not tree.sought(asked)
        with _reading():
            found = searcher.search(
                compiled,
                limit=min(limit, MAX_LIMIT),
                offset=max(offset, 0),
                order_by_field="date" if by_date else None,
            )
            return Candidates(
                ids=searcher.fast_field_values("id", [address for _, address in found.hits]),
                scores=[float(score) for score, _ in found.hits],
                total=found.count,
            )

    def terms(self, query: str | Tree | None) -> frozenset[str]:
        """See `Engine.terms`."""
        return lexical_query.terms(as_tree(query))

    def is_author(self, text: str) -> bool:
        """See `Engine.is_author`."""
        names = tokens(text[:200], "names")
        searcher = self._searcher()
        if searcher is None or not 2 <= len(names) <= 5:
            return False
        with _reading():
            query = tantivy.Query.phrase_query(SCHEMA, "authors", names)
            return searcher.search(query, limit=1, count=False).hits != []

    def position(self) -> int:
        """See `Engine.position`; 0 where there is no index yet."""
        searcher = self._searcher()
        if searcher is None:
            return 0
        with _reading():
            found = searcher.search(_position_query(), limit=1).hits
            return searcher.doc(found[0][1]).get_first("position") if found else 0

    def count(self) -> int:
        """How many papers are in the index."""
        searcher = self._searcher()
        if searcher is None:
            return 0
        with _reading():
            return searcher.num_docs - searcher.search(_position_query(), limit=1).count

    def size(self) -> int:
        """Bytes on disk."""
        total = 0
        for file in self._folder.rglob("*"):
            with suppress(FileNotFoundError):  # merged away meanwhile
                total += file.stat().st_size
        return total

    def _searcher(self) -> tantivy.Searcher | None:
        """A searcher over the last commit; None where there is no index yet."""
        with self._lock, _reading():
            generation = self._current()
            if generation is None:
                return None
            try:
                self._renew(generation)
            except (ValueError, OSError):
                newer = self._current()
                if newer in (None, generation):
                    raise
                self._renew(newer)  # a rebuild took the other one away meanwhile
            return self._index.searcher()

    def _renew(self, generation: Path) -> None:
        """Open a generation, or its last commit, if that is not what is open."""
        meta = (generation / "meta.json").stat()
        seen = (generation, meta.st_mtime_ns, meta.st_ino)
        if self._index is None or seen[0] != self._seen[0]:
            self._index = self._open(generation)
        elif seen != self._seen:
            self._index.reload()
        self._seen = seen

    def _current(self) -> Path | None:
        try:
            return self._folder / (self._folder / "current").read_text()
        except FileNotFoundError:
            return None

    def _open(self, generation: Path) -> tantivy.Index:
        about = json.loads((generation / "about.json").read_text())
        if about["format"] != FORMAT:
            raise SearchUnavailable(
                f"The index has format {about['format']}, this version reads {FORMAT}. {_REBUILD}"
            )
        if about["catalog"] != self._catalog:
            raise SearchUnavailable(f"The index is that of another catalogue. {_REBUILD}")
        index = tantivy.Index(SCHEMA, path=str(generation))
        return _with_analyzers(index)

    # --- writing -----------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one process that writes; waits while another is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock"):
            yield

    def apply(
        self, documents: Iterable[Document], deleted: Iterable[int], position: int
    ) -> None:
        """See `Engine.apply`; to be called under `writing()`."""
        generation = self._current()
        if generation is None:
            self.rebuild(iter(documents), position)
            return
        with _writer(self._open(generation)) as writer:
            for paper_id in deleted:
                writer.delete_documents_by_term("id", paper_id)
            for document in documents:
                writer.delete_documents_by_term("id", document.id)
                writer.add_document(_tantivy_document(document))
            _commit(writer, position)

    def rebuild(self, documents: Iterator[Document], position: int) -> None:
        """See `Engine.rebuild`; to be called under `writing()`."""
        held = sorted(path for path in self._folder.iterdir() if path.name.isdigit())
        generation = self._folder / f"{int(held[-1].name) + 1 if held else 1:04}"
        generation.mkdir()
        about = {"format": FORMAT, "catalog": self._catalog, "tantivy": tantivy.__version__}
        (generation / "about.json").write_text(json.dumps(about))
        with _writer(_with_analyzers(tantivy.Index(SCHEMA, path=str(generation)))) as writer:
            for document in documents:
                writer.add_document(_tantivy_document(document))
            _commit(writer, position)
        _replace(self._folder / "current", generation.name)
        for old in held:  # a reader that still has it open keeps its files until it lets go
            shutil.rmtree(old, ignore_errors=True)


def _tantivy_document(document: Document) -> tantivy.Document:
    made = tantivy.Document()
    made.add_integer("id", document.id)
    for field in ("title", "title_words"):
        made.add_text(field, document.title)
    for field in ("abstract", "abstract_words"):
        made.add_text(field, document.abstract)
    made.add_text("text", f"{document.title}\n{document.abstract}")
    made.add_text("venue", document.venue)
    several = {
        "authors": document.authors,
        "category": map(str.lower, document.categories),
        "source": map(str.lower, document.sources),
        "identity": document.identities,
        "has": document.has,
    }
    for field, values in several.items():
        for value in values:
            made.add_text(field, value)
    made.add_integer("date", document.date)
    return made


def _position_query() -> tantivy.Query:
    return tantivy.Query.term_query(SCHEMA, "kind", "position", "basic")


def _commit(writer: tantivy.IndexWriter, position: int) -> None:
    writer.delete_documents_by_term("kind", "position")
    mark = tantivy.Document()
    mark.add_text("kind", "position")
    mark.add_integer("position", position)
    writer.add_document(mark)
    writer.commit()


@contextmanager
def _reading() -> Iterator[None]:
    """Say of whatever comes of a damaged file that the index is broken, and what to run."""
    try:
        yield
    except SearchUnavailable:
        raise
    except BaseException as error:
        # A panic of Rust's is no Exception, and its class cannot be imported.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise SearchUnavailable(f"The index is broken ({error}). {_REBUILD}") from None
        raise


@contextmanager
def _writer(index: tantivy.Index) -> Iterator[tantivy.IndexWriter]:
    """A writer whose uncommitted documents are dropped on an error."""
    writer = index.writer(heap_size=_HEAP, num_threads=2)
    try:
        yield writer
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()


def _with_analyzers(index: tantivy.Index) -> tantivy.Index:
    for name, analyzer in ANALYZERS.items():
        index.register_tokenizer(name, analyzer)
    index.config_reader("manual")
    return index


def _replace(path: Path, text: str) -> None:
    made = path.with_name(path.name + ".new")
    with made.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)
