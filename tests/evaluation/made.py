"""A tiny collection in BEIR form."""

import lzma
from pathlib import Path

import msgspec

from tests.search.embedder import make_documents

QUERIES = 6


def make_collection(folder: Path, documents: int = 40, packed: bool = True) -> Path:
    """Documents of made words; the queries are the titles of the first ones, but for their case.

    Every query has a second document without relevance, and "none" has nothing to find.
    """
    made = make_documents(1, documents + 1)
    corpus = [{"_id": f"d{d.id}", "title": d.title, "text": d.abstract} for d in made]
    queries = [{"_id": f"q{d.id}", "text": d.title.upper()} for d in made[:QUERIES]]
    (folder / "qrels").mkdir(parents=True)
    for name, rows in (("corpus", corpus), ("queries", [*queries, {"_id": "none", "text": "a"}])):
        body = b"\n".join(map(msgspec.json.encode, rows)) + b"\n"
        if packed:
            (folder / f"{name}.jsonl.xz").write_bytes(lzma.compress(body))
        else:
            (folder / f"{name}.jsonl").write_bytes(body)
    judged = [f"q{n}\td{n}\t1\nq{n}\td{n + 1}\t0\n" for n in range(1, QUERIES + 1)]
    for split, lines in (("test", judged), ("train", judged[:2])):
        text = "query-id\tcorpus-id\tscore\n" + "".join(lines) + "none\td1\t0\n"
        (folder / "qrels" / f"{split}.tsv").write_text(text)
    return folder


def make_libraries(data: Path) -> list[dict]:
    """Twelve libraries of 30 of 60 papers each, as the shared data has them, in a folder."""
    folder = data / "taste" / "citeulike-t"
    folder.mkdir(parents=True)
    items = [{"bow": {f"first{n % 12}": 2, f"second{n % 11}": 1, "paper": 1}} for n in range(60)]
    users = [{"user": n, "items": list(range(n, n + 30))} for n in range(12)]
    for name, rows in (("items", items), ("users", users)):
        body = b"\n".join(map(msgspec.json.encode, rows))
        (folder / f"{name}.jsonl.xz").write_bytes(lzma.compress(body))
    return users
