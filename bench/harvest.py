"""Harvesting 200,000 records by OAI-PMH, paged by 1,000, from a loopback server with its gate open:
records a second over all, peak memory, and the share of each stage."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from bench.common import table

RECORDS = 200_000


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="papertide-bench-") as name, served(RECORDS) as address:
        place = Path(name)
        _whole(place / "whole", address)
        _stages(place / "stages", address)


@contextmanager
def served(count: int):
    """A repository of so many records in a process of its own; its settings."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.sources.repository", str(count)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield {"PAPERTIDE_SOURCE_URLS": f"arxiv-oai={server.stdout.readline().strip()}/oai2"}
    finally:
        server.stdin.close()
        server.wait()


def _whole(data: Path, address: dict[str, str]) -> None:
    """The harvest as a user runs it, all searchable at its end."""
    command = [sys.executable, "-m", "papertide", "--data", str(data), "harvest", "arxiv-oai"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--json"], check=True, stdout=subprocess.PIPE, env={**os.environ, **address}
    )
    took = time.perf_counter() - started
    [counts] = json.loads(done.stdout)["harvested"]
    assert counts["new"] == RECORDS, counts
    # the greater of two children: the server's process is far smaller
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(f"{RECORDS:,} records in {took:.0f} s, all searchable: {RECORDS / took:,.0f} records/s")
    print(f"peak memory: {peak:,.0f} MB")


def _stages(data: Path, address: dict[str, str]) -> None:
    """Each stage by itself, one after the other, as a harvest does them."""
    import papertide

    os.environ |= address
    library = papertide.open_library(data)
    from papertide import config
    from papertide.site.harvest import services
    from papertide.sources import oai, registry
    from papertide.sources.http import Fetcher

    seconds = dict.fromkeys(("fetching", "parsing", "merging and storing", "indexing"), 0.0)
    fetch = Fetcher(data)

    def fetched(*arguments, **named):
        started = time.perf_counter()
        answer = fetch(*arguments, **named)
        seconds["fetching"] += time.perf_counter() - started
        return answer

    source = registry.source("arxiv-oai", config.load())
    pages = source.pages(fetched, {}, None)
    assert isinstance(source, oai.OaiPmh)
    while True:
        started, waited = time.perf_counter(), seconds["fetching"]
        page = next(pages, None)
        seconds["parsing"] += time.perf_counter() - started - (seconds["fetching"] - waited)
        if page is None:
            break
        started = time.perf_counter()
        services.store(source.name, page.rows, page.cursor)
        seconds["merging and storing"] += time.perf_counter() - started
    started = time.perf_counter()
    library.catch_up()
    seconds["indexing"] += time.perf_counter() - started
    whole = sum(seconds.values())
    table(
        f"Stages of harvesting {RECORDS:,} records",
        [[name, f"{took:.1f}", f"{took / whole:.0%}", f"{RECORDS / took:,.0f}"]
         for name, took in seconds.items()],
        ["stage", "seconds", "share", "records/s"],
    )  # fmt: skip
    library.close()


if __name__ == "__main__":
    main()
