"""The test sets: collections in BEIR form, known items among arXiv's announcements, and which
papers nothing may be trained on."""

import csv
import hashlib
import lzma
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from papertide.papers import Record, title_key
from papertide.reading.clean import clean
from papertide.sources import files
from papertide.sources.base import SourceError

BEIR = ("scifact", "cranfield", "cisi", "medline")
KNOWN_ITEMS = 20_000  # announced papers, by the SHA-1 of their id
KNOWN_QUERIES = 2_000  # of them whose titles are queries


class TestSet(msgspec.Struct, kw_only=True):
    """Documents (title and text), queries, and which documents answer them how well."""

    __test__ = False  # for pytest

    name: str
    documents: dict[str, tuple[str, str]]
    queries: dict[str, str]
    relevance: dict[str, dict[str, int]]  # query -> document -> relevance
    halved: bool = False  # without a training split: every first of two queries is to choose by

    def half(self, held_back: bool) -> "TestSet":
        """The set with every second query, from the first on or, of those held back, the second."""
        chosen = list(self.queries)[held_back::2]
        return msgspec.structs.replace(
            self, queries={key: self.queries[key] for key in chosen},
            relevance={key: self.relevance[key] for key in chosen}, halved=False,
        )  # fmt: skip


def shared() -> Path:
    """The folder of real data; ends the program with a clear message where there is none."""
    folder = Path(os.environ.get("PAPERTIDE_SHARED") or Path(__file__).parents[2] / "shared")
    if not (folder / "data").is_dir():
        sys.exit(f"This needs the shared data: set PAPERTIDE_SHARED (looked in {folder})")
    return folder / "data"


def beir(folder: Path, split: str = "test") -> TestSet:
    """A collection in BEIR form (https://github.com/beir-cellar/beir), its files plain or as .xz;
    only queries of the split, which have something to find.

    Raises SourceError where the folder holds none.
    """
    try:
        held = _beir(folder, split)
    except (OSError, EOFError, lzma.LZMAError, LookupError, TypeError, ValueError) as error:
        raise SourceError(
            f"{folder} holds no collection in BEIR form with a {split} split: "
            f"{type(error).__name__}: {error}"
        ) from None
    if not held.queries:
        raise SourceError(f"the {split} split of {folder} has no query with something to find")
    return held


def _beir(folder: Path, split: str) -> TestSet:
    documents = {
        row["_id"]: (row.get("title", ""), row["text"]) for row in _rows(folder / "corpus.jsonl")
    }
    relevance: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            relevance.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    texts = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    queries = {key: texts[key] for key in relevance if any(relevance[key].values())}
    return TestSet(
        name=folder.resolve().name, documents=documents, queries=queries,
        relevance={key: relevance[key] for key in queries},
        halved=not (folder / "qrels" / "train.tsv").exists(),
    )  # fmt: skip


def known_items(data: Path) -> TestSet:
    """Titles as queries for their abstracts, among the abstracts of 20,000 announced papers.

    The documents have no title: it would be found in itself.
    """
    papers = _known_papers(data)
    queries = {key: papers[key][0] for key in list(papers)[:KNOWN_QUERIES]}
    return TestSet(
        name="titles", queries=queries, relevance={key: {key: 1} for key in queries},
        documents={key: ("", abstract) for key, (_, abstract) in papers.items()},
    )  # fmt: skip


def _known_papers(data: Path) -> dict[str, tuple[str, str]]:
    papers: dict[str, tuple[str, str]] = {}
    for record in _records(data / "arxiv" / "announcements.jsonl.xz"):
        paper = record.paper
        papers.setdefault(paper.arxiv, (clean(paper.title), clean(paper.abstract)))
    chosen = sorted(papers, key=lambda key: hashlib.sha1(key.encode()).hexdigest())
    return {key: papers[key] for key in chosen[:KNOWN_ITEMS]}


def excluded(data: Path) -> tuple[set[str], set[str]]:
    """What no model may be trained on: arXiv ids, and title keys of all test sets' documents."""
    items = _known_papers(data)
    ids = set(items)
    titles = {title_key(title) for title, _ in items.values()}
    for name in BEIR:
        titles.update(
            title_key(title)
            for title, _ in beir(data / "retrieval" / name).documents.values()
        )
    for page in sorted((data / "pages").glob("*.txt")):
        titles.update(title_key(record.paper.title) for record in _records(page))
    return ids, titles - {""}


def training_papers(data: Path) -> Iterator[tuple[str, str]]:
    """Readable titles and abstracts of all arXiv papers that no test set holds, each once."""
    ids, titles = excluded(data)
    seen: set[str] = set()
    for name in ("archive_cs_stat_eess", "announcements"):
        for record in _records(data / "arxiv" / f"{name}.jsonl.xz"):
            paper = record.paper
            if paper.arxiv in seen or paper.arxiv in ids or title_key(paper.title) in titles:
                continue
            seen.add(paper.arxiv)
            yield clean(paper.title), clean(paper.abstract)


def _records(path: Path) -> Iterator[Record]:
    return (row for row in files.read(path) if isinstance(row, Record))


def _rows(path: Path) -> Iterator[dict]:
    packed = path.with_name(f"{path.name}.xz")
    with lzma.open(packed, "rb") if packed.exists() else path.open("rb") as file:
        yield from map(msgspec.json.decode, file)
