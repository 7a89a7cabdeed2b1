"""10,000 votes cast at once through HTTP on `papertide up`: whether one is lost or doubled.

Accounts and their sessions are made straight in the database. Among the votes are ones sent twice
at the same time, ones taken back and cast again, and ones taken back for good; a request without an
answer is sent again. What must be there in the end is known before. The threads that send share
the machine with the server.
"""

import http.client
import os
import random
import shutil
import tempfile
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from bench.common import percentile, table
from bench.load import NOWHERE
from tests.serving import running

ACCOUNTS, PAPERS, THREADS = 200, 50, 16
SEED = 20250318
_AGAIN = 5  # times that a request without an answer is sent again


class Cast(NamedTuple):
    """What was measured: seconds in all, of each request, how many were sent again, and answers
    that were not as they should be."""

    seconds: float
    times: list[float]
    again: int
    wrong: list[str]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="papertide-bench-") as name:
        _measure("SQLite", Path(name) / "data")
    if shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        from tests.fixtures import _postgres, _sql

        with _postgres() as server, tempfile.TemporaryDirectory(prefix="papertide-b-") as name:
            _sql(server, "CREATE DATABASE votes")
            os.environ["PAPERTIDE_DATABASE_URL"] = f"{server}/votes"
            _measure("Postgres", Path(name) / "data")


def _measure(database: str, folder: Path) -> None:
    os.environ |= {"PAPERTIDE_MODE": "site", "PAPERTIDE_DATA": str(folder), **NOWHERE}
    import papertide

    with papertide.open_library(folder) as library:
        sessions, papers = prepare(library, ACCOUNTS, PAPERS + PAPERS // 10)
        jobs, wanted = plan(sessions, papers, PAPERS)
        with running(folder, "--offline", **environment()) as (_, site):
            cast = send(site, jobs, THREADS)
        lost, doubled, tallied = compare(wanted)
    times = [1000 * one for one in cast.times]
    table(
        f"{len(wanted):,} votes of {ACCOUNTS} accounts for {PAPERS} papers, {THREADS} threads, "
        f"{database}",
        [[f"{len(times):,}", f"{len(times) / cast.seconds:.0f}", f"{percentile(times, 0.5):.1f}",
          f"{percentile(times, 0.99):.1f}", str(cast.again), str(len(cast.wrong)), str(lost),
          str(doubled), "yes" if tallied else "NO"]],
        ["requests", "a second", "p50 ms", "p99 ms", "sent again", "wrong answers", "lost",
         "too many", "tallies right"],
    )  # fmt: skip


def prepare(library, accounts: int, papers: int) -> tuple[dict[str, str], list[str]]:
    """Make accounts and papers: handles with the keys of their sessions, and ids."""
    from django.contrib.auth import (
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
        get_user_model,
    )
    from django.contrib.sessions.backends.db import SessionStore

    from papertide.papers import Paper, Record
    from papertide.site.catalog import services

    ids = [f"2503.{n:05}" for n in range(1, papers + 1)]
    services.ingest([
        Record(paper=Paper(title=f"Voted for, number {one}", identities=[f"arxiv:{one}"]),
               source="arxiv", as_of="2025-03-18")
        for one in ids
    ])  # fmt: skip
    sessions = {}
    for n in range(accounts):
        user = get_user_model().objects.create(username=f"voter{n}")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "papertide.site.accounts.backend.Backend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        sessions[user.username] = session.session_key
    return sessions, ids


def environment() -> dict[str, str]:
    """What a server needs to know the sessions."""
    from django.conf import settings

    return {"PAPERTIDE_SECRET_KEY": settings.SECRET_KEY, "PAPERTIDE_MODE": "site", **NOWHERE}


def plan(
    sessions: dict[str, str], papers: list[str], kept: int
) -> tuple[list[tuple[str, list[tuple[str, str]]]], set[tuple[str, str]]]:
    """Jobs, each the requests (what, paper) that one session sends in a row; and which votes are
    to be there in the end, by handle and paper. Of the papers beyond `kept` all are taken back."""
    chance, jobs, wanted = random.Random(SEED), [], set()
    for handle, session in sessions.items():
        for n, paper in enumerate(papers):
            kind = chance.random()
            if n >= kept:
                jobs.append((session, [("vote", paper), ("unvote", paper)]))
                continue
            wanted.add((handle, paper))
            if kind < 0.1:
                jobs.append((session, [("vote", paper), ("unvote", paper), ("vote", paper)]))
            else:
                jobs += [(session, [("vote", paper)])] * (2 if kind < 0.3 else 1)
    # Neighbours stay near, so that what is sent twice is sent at the same time.
    jobs = [jobs[i : i + 8] for i in range(0, len(jobs), 8)]
    chance.shuffle(jobs)
    return [job for some in jobs for job in some], wanted


def send(site: str, jobs: list, threads: int) -> Cast:
    """Send all jobs with so many threads, each on a connection of its own."""
    queue: SimpleQueue = SimpleQueue()
    for job in jobs:
        queue.put(job)
    times, wrong, again = [], [], []

    def work() -> None:
        connection = http.client.HTTPConnection(site.removeprefix("http://"), timeout=60)
        while True:
            try:
                session, requests = queue.get_nowait()
            except Empty:
                break
            for what, paper in requests:
                begun = time.perf_counter()
                answer = _sent(connection, session, what, paper, again)
                times.append(time.perf_counter() - begun)
                if answer != f'{{"voted": {str(what == "vote").lower()}':
                    wrong.append(answer)
        connection.close()

    began = time.perf_counter()
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return Cast(time.perf_counter() - began, times, len(again), wrong)


def _sent(connection, session: str, what: str, paper: str, again: list) -> str:
    """How an answer begins: whether the vote is there now, else the status."""
    headers = {
        "Cookie": f"sessionid={session}", "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    for _ in range(_AGAIN):
        try:
            connection.request("POST", "/vote", f"{what}={paper}", headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            return text.partition(",")[0] if answer.status == 200 else f"{answer.status} {text}"
        except (OSError, http.client.HTTPException):
            again.append(what)
            connection.close()
    return "no answer"


def compare(wanted: set[tuple[str, str]]) -> tuple[int, int, bool]:
    """How many votes are lost, how many are there that should not be, and whether the tallies are
    what the votes say."""
    from collections import Counter

    from papertide.site.community.models import Tally, Vote

    rows = list(Vote.objects.values_list("user__username", "paper__public_id"))
    of_papers = Counter(paper for _, paper in rows)
    counted: Counter = Counter()
    for paper, votes in Tally.objects.values_list("paper__public_id", "votes"):
        counted[paper] += votes
    return len(wanted - set(rows)), len(rows) - len(wanted & set(rows)), of_papers == +counted


if __name__ == "__main__":
    main()
