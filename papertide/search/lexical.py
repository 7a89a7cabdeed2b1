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
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import tantivy
from filelock import FileLock

from papertide.search import lexical_query, tree
from papertide.search.engine import FACETS, Candidates, Document, Facets, SearchUnavailable
from papertide.search.lexical_query import ANALYZERS, COUNTED, SCHEMA
from papertide.search.query import as_tree
from papertide.search.tree import Tree
from papertide.search.vocabulary import MOST_WORDS, Vocabulary

FORMAT = 3  # raise when schema or analyzers change: older indexes are then refused
MAX_OFFSET = MAX_LIMIT = 10_000  # tantivy sets room aside for as many results as it is asked for
_HEAP = 192_000_000  # bytes the writer may hold before it writes a segment
_VOCABULARY = "vocabulary.msgpack"
_VALUES = 5_000  # different categories or sources of one segment that are counted
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
        self._known: tuple[tuple, Vocabulary] | None = None  # and which file it is of

    # --- reading -----------------------------------------------------------------------------

    def words(
        self, query: str | Tree | None, where: Tree | None = None, *, limit: int = 20,
        offset: int = 0, by_date: bool = False,
    ) -> Candidates:  # fmt: skip
        """See `Engine.words`."""
        searcher, compiled = self._searcher(), _compiled(query, where)
        if searcher is None or compiled is None or offset > MAX_OFFSET or limit < 1:
            return Candidates(ids=[], scores=[], total=0)
        by_date = by_date or not tree.sought(tree.every(as_tree(query), where))
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

    def facets(
        self, query: str | Tree | None, where: Tree | None = None, *, most: int = 10,
        only: Collection[str] = FACETS,
    ) -> Facets:  # fmt: skip
        """See `Engine.facets`."""
        searcher, compiled = self._searcher(), _compiled(query, where)
        if searcher is None or compiled is None:
            return Facets()
        asked = {name: _counting(name, most) for name in only}
        with _reading():
            counted = searcher.aggregate(compiled, asked)
        found = {name: _counts(counted[name]["buckets"]) for name in only}
        if "years" in found:
            years = sorted(((int(day) // 10_000, n) for day, n in found["years"]), reverse=True)
            found["years"] = [(year, number) for year, number in years if year]
        return Facets(**{name: dict(pairs) for name, pairs in found.items()})

    def vocabulary(self) -> Vocabulary | None:
        """See `Engine.vocabulary`: as it was when the index was last a tenth smaller or larger. It
        is a help and no more: where its file is away or damaged, nothing is suggested."""
        generation = self._current()
        if generation is None:
            return None
        path = generation / _VOCABULARY
        with suppress(OSError, ValueError):
            about = path.stat()
            seen = path, about.st_mtime_ns, about.st_ino
            if self._known is None or self._known[0] != seen:
                self._known = seen, Vocabulary.from_bytes(path.read_bytes())
            return self._known[1]
        return None

    def terms(self, query: str | Tree | None) -> frozenset[str]:
        """See `Engine.terms`."""
        return lexical_query.terms(as_tree(query))

    def is_author(self, text: str) -> bool:
        """See `Engine.is_author`."""
        searcher, query = self._searcher(), lexical_query.is_name(text)
        if searcher is None or query is None:
            return False
        with _reading():
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
        known, papers = self.vocabulary(), self.count()
        if known is None or abs(papers - known.papers) > known.papers // 10:
            _write_vocabulary(generation)

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
        _write_vocabulary(generation)
        _replace(self._folder / "current", generation.name.encode())
        for old in held:  # a reader that still has it open keeps its files until it lets go
            shutil.rmtree(old, ignore_errors=True)


def _compiled(query: str | Tree | None, where: Tree | None) -> tantivy.Query | None:
    """The query of a text or a tree and further conditions; None where nothing is understood."""
    asked = tree.every(as_tree(query), where)
    if asked is None and not (isinstance(query, str) and query.strip()):
        return lexical_query.papers()
    return lexical_query.compiled(asked)


_COUNTED = {"categories": "category", "sources": "source", "has": "has"}


def _counting(facet: str, most: int) -> dict:
    """What tantivy is to count for a facet; see https://docs.rs/tantivy/latest/tantivy/aggregation.
    Enough of each segment's commonest that the numbers are exact."""
    if facet == "years":
        return {"histogram": {"field": "date", "interval": 10_000, "min_doc_count": 1}}
    wanted = {"field": _COUNTED[facet], "size": most if facet == "categories" else _VALUES}
    return {"terms": wanted | {"segment_size": _VALUES, "order": {"_count": "desc"}}}


def _counts(buckets: list[dict] | dict) -> list[tuple]:
    return sorted(((one["key"], one["doc_count"]) for one in buckets),
                  key=lambda pair: (-pair[1], str(pair[0])))  # fmt: skip


def _write_vocabulary(generation: Path) -> None:
    """Keep the words of titles, abstracts and authors, with the number of papers that have them, in
    a file beside the index; a word of several by the most papers of any."""
    searcher = _with_analyzers(tantivy.Index(SCHEMA, path=str(generation))).searcher()
    counts: dict[str, int] = {}
    for field in ("title_words", "abstract_words", "authors"):
        for word, many in searcher.terms_with_prefix(field, "", limit=MOST_WORDS):
            counts[word] = max(many, counts.get(word, 0))
    _replace(generation / _VOCABULARY, Vocabulary.commonest(counts, searcher.num_docs).as_bytes())


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
        "authors": [
            way
            for author in document.authors
            for way in dict.fromkeys((author, lexical_query.folded(author)))
        ],
        "initials": {key for author in document.authors for key in lexical_query.initials(author)},
        "category": document.categories,
        "source": document.sources,
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
    for name, analyzer in COUNTED.items():
        index.register_fast_field_tokenizer(name, analyzer)
    index.config_reader("manual")
    return index


def _replace(path: Path, held: bytes) -> None:
    made = path.with_name(path.name + ".new")
    with made.open("wb") as file:
        file.write(held)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)
