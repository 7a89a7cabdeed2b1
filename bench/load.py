"""Fifty readers who search for a minute, each as soon as the last answer came, on `papertide up`
with all papers, while files of new ones are imported; then whether any of them is stale or missing.

Works on a copy of the bench's library. The readers are threads of one process of their own, on
the same machine: what they take of it the server has not.
"""

import http.client
import json
import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from itertools import chain, islice
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from bench import made_papers
from bench.common import filled_library, percentile, table
from bench.search import title_words
from tests.serving import running

READERS, QUIET, SECONDS = 50, 20, 60  # and seconds before the imports begin
ROWS = 2000  # of a file; files are imported one after another
FIRST = 20_000_000  # the made papers that are imported
SEED = 20240317
# Nothing listens there: the clock beside the server finds nothing to harvest.
NOWHERE = {"PAPERTIDE_SOURCES": "arxiv-daily",
           "PAPERTIDE_SOURCE_URLS": "arxiv-daily=http://127.0.0.1:9/"}  # fmt: skip


def main() -> None:
    held = filled_library()
    queries = title_words(held, 400)
    source = held.folder
    held.close()
    with tempfile.TemporaryDirectory(prefix="papertide-bench-") as name:
        place = Path(name)
        shutil.copytree(source, place / "data", ignore=shutil.ignore_patterns("*.lock", "lock"))
        before = _count(place / "data")
        with running(place / "data", "--offline", **NOWHERE) as (_, site):
            found = _measured(place, site, _addresses(queries))
            lost = [_unseen(site, papers) for papers in found["imported"]]
        _told(place / "data", before, found, lost)


def _addresses(queries: list[str]) -> list[tuple[str, bool]]:
    """What readers ask, and whether as they type: mostly words, some with filters or operators,
    some half typed."""
    chance, asked = random.Random(SEED), []
    for query in queries:
        kind = chance.random()
        if kind < 0.6:
            asked.append(({"q": query}, False))
        elif kind < 0.7:
            asked.append(({"q": query, "category": chance.choice(["cs.LG", "cs.CV"])}, False))
        elif kind < 0.8:
            first, *others = query.split()
            said = f'cat:cs.* date:2015.. "{first}" {" OR ".join(others)}'
            asked.append(({"q": said}, False))
        else:
            asked.append(({"q": query[: max(3, len(query) * 2 // 3)]}, True))
    return [(f"/search?{urlencode(parts)}", typing) for parts, typing in asked]


def _measured(place: Path, site: str, addresses: list[tuple[str, bool]]) -> dict:
    """Let readers search for QUIET + SECONDS, and import meanwhile; all that was seen."""
    spawned = multiprocessing.get_context("spawn")
    ours, theirs = spawned.Pipe()
    readers = spawned.Process(target=_read, args=(site, addresses, theirs))
    readers.start()
    ours.recv()
    time.sleep(QUIET)
    imported, times, started = [], [], time.perf_counter()
    while time.perf_counter() - started < SECONDS - 5:
        begun = time.perf_counter()
        imported.append(_import(place, len(imported)))
        times.append(time.perf_counter() - begun)
        # At once: what an import said is searchable is to be found, whichever worker answers.
        if missing := _unseen(site, imported[-1][:10]):
            print(f"not found right after their import: {missing}")
    time.sleep(max(0.0, SECONDS - (time.perf_counter() - started)))
    found = ours.recv()
    readers.join()
    return {**found, "imported": imported, "times": times}


def _import(place: Path, number: int) -> list[tuple[str, str]]:
    """Import a file of new papers; their ids and titles."""
    start = FIRST + number * ROWS
    rows = [
        {
            "id": f"10{number + 1:02}.{n:05}", "title": document.title,
            "abstract": document.abstract, "authors": ", ".join(document.authors),
            "date": f"2019-{n % 12 + 1:02}-01", "categories": document.categories,
            "primary_cat": document.categories[0], "comments": "", "doi": "",
        }
        for n, document in enumerate(made_papers.documents(ROWS, start), 1)
    ]  # fmt: skip
    path = place / f"{number}.jsonl"
    path.write_bytes(b"\n".join(map(msgspec.json.encode, rows)) + b"\n")
    done = subprocess.run(
        [sys.executable, "-m", "papertide", "import", str(path), "--json"],
        env={**os.environ, **NOWHERE, "PAPERTIDE_DATA": str(place / "data")},
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode or json.loads(done.stdout)["new"] != ROWS:
        sys.exit(f"the import failed: {done.stdout} {done.stderr}")
    return [(row["id"], row["title"]) for row in rows]


def _unseen(site: str, papers: list[tuple[str, str]]) -> list[str]:
    """The papers that a search for their id, or for their title, does not show."""
    connection = http.client.HTTPConnection(site.removeprefix("http://"), timeout=60)
    missing = []
    for identifier, title in islice(papers, None, None, max(1, len(papers) // 100)):
        for query in (f"id:{identifier}", title):
            connection.request("GET", f"/search?{urlencode({'q': query})}")
            page = connection.getresponse().read().decode()
            if f"/papers/{identifier}" not in page:
                missing.append(query)
    return missing


# --- the readers' process ----------------------------------------------------------------------


def _read(site: str, addresses: list[tuple[str, bool]], pipe) -> None:
    """READERS threads that ask until the time is over; sends (start, seconds) and the errors."""
    answers: list[tuple[float, float]] = []
    errors: list[str] = []
    began = time.perf_counter()
    end = began + QUIET + SECONDS

    def reader(number: int) -> None:
        chance = random.Random(SEED + number)
        connection = http.client.HTTPConnection(site.removeprefix("http://"), timeout=30)
        while (started := time.perf_counter()) < end:
            path, typing = chance.choice(addresses)
            try:
                connection.request("GET", path, headers={"HX-Request": "true"} if typing else {})
                answer = connection.getresponse()
                page = answer.read()
                if answer.status != 200 or not (b"found in" in page or b"No papers" in page):
                    errors.append(f"{answer.status} {path}")
            except (OSError, http.client.HTTPException) as error:
                errors.append(f"{error!r} {path}")
                connection.close()
            answers.append((started - began, time.perf_counter() - started))

    threads = [threading.Thread(target=reader, args=(n,)) for n in range(READERS)]
    pipe.send("ready")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used = resource.getrusage(resource.RUSAGE_SELF)
    pipe.send({"answers": answers, "errors": errors, "cpu": used.ru_utime + used.ru_stime})


# --- after it ----------------------------------------------------------------------------------


def _count(folder: Path) -> int:
    import papertide

    with papertide.open_library(folder) as library:
        return library.count()


def _told(folder: Path, before: int, found: dict, lost: list[list[str]]) -> None:
    import papertide

    shown = []
    for name, start, stop in (("before the imports", 2, QUIET),
                              ("while they run", QUIET, QUIET + SECONDS)):  # fmt: skip
        taken = [seconds * 1000 for at, seconds in found["answers"] if start <= at < stop]
        shown.append([name, len(taken), f"{len(taken) / (stop - start):.0f}",
                      *(f"{percentile(taken, share):.0f}" for share in (0.5, 0.95, 0.99)),
                      f"{max(taken):.0f}"])  # fmt: skip
    table(
        f"{READERS} readers who search {before:,} papers (load {os.getloadavg()[0]:.1f}; the "
        f"readers themselves took {found['cpu'] / (QUIET + SECONDS):.0%} of a core)",
        shown,
        ["", "searches", "a second", "p50 ms", "p95 ms", "p99 ms", "most ms"],
    )
    imported = [paper for papers in found["imported"] for paper in papers]
    with papertide.open_library(folder) as library:
        missing = [i for i, _ in imported if not library.search(f"id:{i}", 1, mode="words").hits]
        counts = [library.count(), library.finder.words.count(), library.finder.vectors.count()]
        titles = sum(
            any(hit.paper.public_id == i for hit in library.search(title, 10).hits)
            for i, title in imported[::10]
        )
    print(f"\nerrors: {len(found['errors'])} {sorted(set(found['errors']))[:5]}")
    print(f"imports of {ROWS:,}: {', '.join(f'{one:.1f} s' for one in found['times'])}")
    print(f"papers: {before:,} + {len(imported):,}; counted in the database, by words, by vectors: "
          f"{counts}")  # fmt: skip
    print(f"not found by id: {len(missing)}; over HTTP by id or title: {[*chain(*lost)]}; of every "
          f"tenth title among the first ten: {titles} of {len(imported[::10])}")  # fmt: skip
    assert counts == [before + len(imported)] * 3, "counts differ"
    assert not missing and not found["errors"], "searches failed, or papers are missing"


if __name__ == "__main__":
    main()
