"""Word search at all 254,673 papers: what reading a query costs, in process as a ratio to bare
tantivy calls, over HTTP, queries and bytes a page."""

import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx

from bench.common import filled_library, percentile, table

QUERIES = 500
SEED = 20240317


def main() -> None:
    _language()
    library = filled_library()
    queries = title_words(library)
    _in_process(library, queries)
    _costly(library)
    _pages(library, queries)
    folder = library.folder
    library.close()
    _over_http(folder, queries)


def title_words(library, count: int = QUERIES) -> list[str]:
    """Three to seven consecutive words of the titles of papers chosen at random."""
    from papertide.site.catalog import services

    chance = random.Random(SEED)
    queries = []
    for paper in services.by_number(chance.sample(range(1, 254_000), count)):
        words = paper.readable_title.split()
        length = chance.randint(3, 7)
        start = chance.randint(0, max(0, len(words) - length))
        queries.append(" ".join(words[start : start + length]))
    return queries


def _in_process(library, queries: list[str]) -> None:
    """Three ways through the same queries, in turns, so that a busy machine disturbs all alike."""
    from papertide.search.lexical_query import compiled as compile_tree
    from papertide.search.query import as_tree

    index = library.finder.words
    searcher = index._searcher()
    compiled = {text: compile_tree(as_tree(text)) for text in queries}
    ways = {
        "bare tantivy (query made before, ids not read)": lambda t: searcher.search(
            compiled[t], limit=20
        ),
        "word index (query made, ids and scores read)": lambda t: index.words(t, limit=20),
        "library.search (with 20 papers and snippets)": lambda t: library.search(
            t, limit=20, mode="words"
        ),
    }
    times = {name: [] for name in ways}
    for way in ways.values():
        for text in queries[:50]:
            way(text)
    for text in queries:
        for name, way in ways.items():
            started = time.perf_counter()
            way(text)
            times[name].append((time.perf_counter() - started) * 1000)
    bare = next(iter(times.values()))
    rows = [
        [
            name,
            *(f"{percentile(taken, share):.2f}" for share in (0.5, 0.99)),
            *(f"{percentile(taken, share) / percentile(bare, share):.2f}" for share in (0.5, 0.99)),
        ]
        for name, taken in times.items()
    ]
    table(
        f"{len(queries)} queries of 3-7 words, top 20 of {library.count():,} papers",
        rows,
        ["way", "p50 ms", "p99 ms", "ratio p50", "ratio p99"],
    )


_STOPS = ["the", "of", "and", "to", "in", "for", "we", "is", "this", "that", "on", "with", "are"]
COSTLY = {
    "one of all words that begin so": "in*",
    "ten such": " ".join(f"{letter}n*" for letter in "abcdefghij"),
    "ten misspelt": "graphs~2 neural~2 network~2 transform~2 learning~2 diffuse~2 rewards~2 "
                    "policy~2 quantum~2 robotic~2",
    "a name by its initial": "au:a_wang",
    "ten of them": " OR ".join(f"au:{letter}_wang" for letter in "abcdefghij"),
    "a phrase of stop words": '"of the"',
    "30 of them": " OR ".join(f'"{a} {b}"' for a in _STOPS[:6] for b in _STOPS[8:]),
    "the same, 90 times": '"of the" ' * 90,
    "500 parentheses": "(" * 500 + "learning" + ")" * 500,
    "10 kB of words": "graph learning of the " * 465,
    "a pasted abstract": " ".join(f"{a} {b}" for a in _STOPS for b in ("data", "model", "graph")),
    "page 500 of a common word": "learning",
}  # fmt: skip


def _costly(library) -> None:
    """What the costliest queries cost, and those that are meant to."""
    rows = []
    for name, text in COSTLY.items():
        offset = 9_980 if name.startswith("page") else 0
        taken = []
        for _ in range(5):
            started = time.perf_counter()
            found = library.search(text, 20, offset=offset)
            taken.append((time.perf_counter() - started) * 1000)
        rows.append([name, f"`{text[:40]}{'…' * (len(text) > 40)}`", f"{found.total:,}",
                     f"{min(taken):.0f}", f"{max(taken):.0f}"])  # fmt: skip
    table(f"Costly queries of {library.count():,} papers", rows,
          ["", "query", "papers", "least ms of 5", "most ms"])  # fmt: skip


_FORMS = {
    "plain words": "graph neural networks for molecules",
    "a phrase": '"chain of thought" reasoning',
    "as arXiv has it": 'ti:"deep learning" ANDNOT cat:cs.CL',
    "words and conditions": "graph neural networks cat:cs.LG date:2024-05..2024-07 -survey",
    "nested": "(ti:graph* OR abs:molecule~) (cat:cs.LG OR cat:q-bio.* has:code) votes:>10",
}


def _language() -> None:
    """What it costs to read a query and to make tantivy's of it, and to read the first at all."""
    from papertide.search import query, tree
    from papertide.search.lexical_query import compiled

    started = time.perf_counter()
    query.parse("a AND b")
    first = (time.perf_counter() - started) * 1000
    rows = []
    for name, text in _FORMS.items():
        asked = tree.replaced(
            query.parse(text).tree, lambda leaf: None if isinstance(leaf, tree.Voted) else leaf
        )
        taken = [_microseconds(way, given) for way, given in
                 ((query.parse, text), (compiled, asked), (tree.show, asked))]  # fmt: skip
        rows.append([name, text, *(f"{one:.0f}" for one in taken)])
    table(
        f"The query language, median µs (the first query with operators: {first:.0f} ms more)",
        rows,
        ["form", "query", "parse", "compile", "print"],
    )


def _microseconds(way, given, times: int = 500) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        way(given)
        taken.append((time.perf_counter() - started) * 1e6)
    return statistics.median(taken)


def _paths(queries: list[str]) -> dict[str, list[str]]:
    """The pages that are measured, each by several addresses."""
    return {
        "home": ["/"],
        "search": [f"/search?q={httpx.QueryParams({'q': q})['q']}" for q in queries[:200]],
        "paper": ["/papers/1706.03741", "/papers/cs/9902027", "/papers/1812.00001"],
        "day": ["/day/2026-02-27", "/day/2018-06-01"],
        "category": ["/category/cs.LG"],
        "author": ["/author/yoshua-bengio"],
        "listings": ["/listings"],
    }


def _pages(library, queries: list[str]) -> None:
    """SQL queries and bytes of each page, through Django's test client."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from papertide.cli.serving import collect_static

    collect_static(library.folder)
    client = Client(headers={"host": "127.0.0.1"})
    rows = []
    for name, paths in _paths(queries).items():
        counts, sizes = [], []
        for path in paths[:20]:
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            counts.append(len(captured))
            sizes.append(len(answer.content))
        span = f"{min(counts)}-{max(counts)}" if min(counts) < max(counts) else counts[0]
        rows.append([name, span, f"{statistics.median(sizes) / 1000:.1f}",
                     f"{max(sizes) / 1000:.1f}"])  # fmt: skip
    table("SQL queries and bytes of a page", rows, ["page", "queries", "kB median", "kB most"])


def _over_http(folder: Path, queries: list[str]) -> None:
    """Whole requests over one kept connection to `papertide up`, one after another."""
    port = 18080
    command = [sys.executable, "-m", "papertide", "--data", str(folder)]
    server = subprocess.Popen(
        [*command, "up", "--offline", "--port", str(port)], stderr=subprocess.DEVNULL
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            deadline = time.monotonic() + 60
            while True:
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline, "the site did not start"
                    time.sleep(0.1)
            rows = []
            for name, paths in _paths(queries).items():
                addresses = paths * max(1, 200 // len(paths))
                for path in addresses[:20]:
                    client.get(path)
                taken = []
                for path in addresses:
                    started = time.perf_counter()
                    assert client.get(path).status_code == 200, path
                    taken.append((time.perf_counter() - started) * 1000)
                rows.append([name, *(f"{percentile(taken, s):.1f}" for s in (0.5, 0.99))])
        table("Whole HTTP requests", rows, ["page", "p50 ms", "p99 ms"])
    finally:
        server.terminate()
        server.wait(timeout=30)


if __name__ == "__main__":
    main()
