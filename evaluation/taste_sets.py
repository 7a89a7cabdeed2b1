"""Readers whose later choices are known: authors of arXiv, reviewers, libraries of CiteULike.

A `Readers` holds papers in their views and `Task`s: what a reader had saved by then, what lay
before them, and what of it they chose. Splits are by reader, by the SHA-1 of their name, so that
what is chosen on some (`tune`) is reported on others (`report`). Reviewers are few, and all are
reported: nothing is chosen on them.
"""

import hashlib
import lzma
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

from papertide.embedding import Embedder
from papertide.embedding.base import document_text, document_vectors
from papertide.reading.clean import clean
from papertide.taste.views import Views

AUTHORS = 120  # readers of each split
PAPERS = (20, 100)  # of an author, to be a reader; more are mostly several people of one name
DAYS = 8  # of an author, spread over all but their first
LEAST_A_DAY = 20  # papers, for a day to be ranked
LIBRARIES = 150  # readers of each split
SAMPLE = 20_000  # earlier papers: what a paper is like that nobody asked for
WORDS = {"max_features": 20_000, "min_df": 5, "max_df": 0.1, "sublinear_tf": True}
# arxiv-sanity-lite's


class Task(msgspec.Struct):
    """One question: of these candidates, which did the reader choose?"""

    reader: str
    known: np.ndarray  # rows of papers, oldest first
    times: np.ndarray  # of those, days
    candidates: np.ndarray  # rows
    gains: np.ndarray  # of each candidate, 0 or more
    now: float  # days
    base: np.ndarray | None = None  # the global score of each candidate, where there is one


class Readers(msgspec.Struct):
    """A set of tasks over papers; `background` are rows of papers nobody asked for."""

    name: str
    views: Views
    tasks: list[Task]
    background: np.ndarray


class _Row(msgspec.Struct):
    id: str
    title: str
    abstract: str
    authors: str | list[str] = ""
    date: str = ""
    announced: str = ""
    categories: list[str] = []

    @property
    def day(self) -> int:
        return date.fromisoformat(self.announced or self.date).toordinal()

    def names(self) -> set[str]:
        held = self.authors
        parts = held if isinstance(held, list) else re.split(r",| and ", held)
        return {name.strip() for name in parts if " " in name.strip()}


def split_of(reader: str) -> str:
    """Which split a reader is of."""
    return "report" if hashlib.sha1(reader.encode()).digest()[0] & 1 else "tune"


def authors(data: Path, split: str, model: Embedder, most: int = AUTHORS) -> Readers:
    """Authors as readers: on later days, their own papers among all of that day.

    No view names authors: a reader's own name, and those they write with, would give it away.
    """
    rows: dict[str, _Row] = {}
    decoder = msgspec.json.Decoder(_Row)
    for name in ("archive_cs_stat_eess", "announcements"):
        with lzma.open(data / "arxiv" / f"{name}.jsonl.xz", "rb") as file:
            for row in map(decoder.decode, file):
                rows.setdefault(row.id, row)
    papers = sorted(rows.values(), key=lambda row: (row.day, row.id))
    days = np.array([row.day for row in papers])
    owned = defaultdict(list)
    for number, row in enumerate(papers):
        for name in row.names():
            owned[name].append(number)
    able = [n for n, held in owned.items() if PAPERS[0] <= len(held) <= PAPERS[1]]
    chosen = [name for name in _shuffled(able) if split_of(name) == split][:most]
    starts = {day: np.searchsorted(days, [day, day + 1]) for day in np.unique(days)}
    tasks = []
    for name in chosen:
        own = np.array(owned[name])
        later = [d for d in np.unique(days[own])[1:] if np.diff(starts[d])[0] >= LEAST_A_DAY]
        places = np.unique(np.linspace(0, len(later) - 1, DAYS).round().astype(int))
        for day in [later[place] for place in places if later]:
            known, pool = own[days[own] < day], np.arange(*starts[day])
            tasks.append(Task(name, known, days[known].astype(float), pool,
                              np.isin(pool, own).astype(float), float(day)))  # fmt: skip
    # what is used, and a sample of the rest
    used = np.unique(np.concatenate([np.r_[t.known, t.candidates] for t in tasks]))
    sample = np.sort(np.random.default_rng(0).permutation(len(papers))[:SAMPLE])
    used = np.union1d(used, sample)
    place = np.full(len(papers), -1)
    place[used] = np.arange(len(used))
    for task in tasks:
        task.known, task.candidates = place[task.known], place[task.candidates]
    views = text_views(
        [(clean(papers[n].title), clean(papers[n].abstract)) for n in used], model,
        [[f"in {one}" for one in papers[n].categories] for n in used], fit=place[sample],
    )  # fmt: skip
    return Readers("authors", views, tasks, place[sample])


def reviewers(data: Path, model: Embedder) -> tuple[Readers, Readers]:
    """Reviewers: the papers they wrote, against those they rated; and, of those with more than 10
    papers, 10 of them (of those with more than 50, 50), the rest of which lie among all of arXiv's
    announcements."""
    folder = data / "taste" / "reviewers"
    papers = list(_lines(folder / "papers.jsonl.xz"))
    place = {row["id"]: number for number, row in enumerate(papers)}
    texts = [(clean(row["title"]), clean(row["abstract"] or "")) for row in papers]
    seen = set()
    for row in _lines(data / "arxiv" / "announcements.jsonl.xz"):
        if row["id"] not in seen:
            seen.add(row["id"])
            texts.append((clean(row["title"]), clean(row["abstract"])))
    crowd = np.arange(len(papers), len(texts))
    sample = np.sort(np.random.default_rng(0).permutation(crowd)[:SAMPLE])
    views = text_views(texts, model, None, fit=np.r_[: len(papers), sample])
    ratings = defaultdict(dict)
    for line in (folder / "ratings.tsv").read_text("utf-8").splitlines()[1:]:
        user, paper, value = line.split("\t")
        if paper in place:
            ratings[user][place[paper]] = float(value)
    rated, among = [], []
    for row in _lines(folder / "users.jsonl.xz"):
        name = row["user"]
        own = np.array([place[key] for key in row["papers"] if key in place])
        pool = np.array(sorted(ratings[name]))
        gains = np.array([ratings[name][n] for n in pool])
        rated.append(Task(name, own, np.zeros(len(own)), pool, gains, 0.0))
        mixed = own[np.random.default_rng(len(own)).permutation(len(own))]
        for known in (10, 50):
            if len(mixed) > known:
                pool = np.r_[mixed[known:], crowd]
                gains = np.r_[np.ones(len(mixed) - known), np.zeros(len(crowd))]
                among.append(Task(f"{name} {known}", mixed[:known], np.zeros(known), pool,
                                  gains, 0.0))  # fmt: skip
    return Readers("reviewers", views, rated, sample), Readers("found", views, among, sample)


def libraries(data: Path, split: str, model: Embedder, most: int = LIBRARIES) -> Readers:
    """CiteULike's readers: of a library 5 and 20 are known, the rest lie among all papers. What is
    popular is told by the libraries of the tuning half, without the reader's own."""
    folder = data / "taste" / "citeulike-t"
    items = [row["bow"] for row in _lines(folder / "items.jsonl.xz")]
    held = {str(row["user"]): np.array(row["items"]) for row in _lines(folder / "users.jsonl.xz")}
    counts = np.zeros(len(items))
    for name, own in held.items():
        if split_of(name) == "tune":
            counts[own] += 1
    names = [n for n in _shuffled(held) if split_of(n) == split and len(held[n]) >= 25][:most]
    tasks = []
    for name in names:
        mixed = np.random.default_rng(int(name)).permutation(held[name])
        popular = counts.copy()
        if split == "tune":
            popular[held[name]] -= 1
        for known in (5, 20):
            pool = np.setdiff1d(np.arange(len(items)), mixed[:known])
            gains = np.isin(pool, mixed).astype(float)
            tasks.append(Task(f"{name} {known}", mixed[:known], np.zeros(known), pool, gains, 0.0,
                              np.log1p(popular[pool])))  # fmt: skip
    bags = DictVectorizer(dtype=np.float32).fit_transform(items).tocsr()
    often = np.asarray((bags > 0).sum(axis=0)).ravel()
    kept = np.flatnonzero((often >= WORDS["min_df"]) & (often <= WORDS["max_df"] * len(items)))
    kept = np.sort(kept[np.argsort(-often[kept], kind="stable")[: WORDS["max_features"]]])
    words = TfidfTransformer(sublinear_tf=True).fit_transform(bags[:, kept])
    texts = [" ".join(w for w, n in bag.items() for _ in range(int(n))) for bag in items]
    views = Views(words=csr_array(words.astype(np.float32)), meaning=model.embed(texts))
    sample = np.random.default_rng(0).permutation(len(items))[:SAMPLE]
    return Readers("libraries", views, tasks, np.sort(sample))


def text_views(
    texts: Sequence[tuple[str, str]], model: Embedder, facts: Sequence[Iterable[str]] | None,
    fit: np.ndarray,
) -> Views:  # fmt: skip
    """Titles and abstracts in their views; the vocabulary is that of the rows of `fit`."""
    whole = [document_text(*text) for text in texts]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32, **WORDS)
    vectorizer.fit([whole[n] for n in fit])
    known = None
    if facts is not None:
        known = csr_array(DictVectorizer(dtype=np.float32).fit_transform(
            [dict.fromkeys(held, 1.0) for held in facts]
        ))  # fmt: skip
    return Views(words=csr_array(vectorizer.transform(whole)),
                 meaning=document_vectors(model, texts), facts=known)  # fmt: skip


def _shuffled(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: hashlib.sha1(f"order {name}".encode()).hexdigest())


def _lines(path: Path) -> Iterator[dict]:
    with lzma.open(path, "rb") as file:
        yield from map(msgspec.json.decode, file)
