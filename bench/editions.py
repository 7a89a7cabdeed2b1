"""What the pages of editions and of what is rising cost: SQL queries, time, bytes.

The library is that of a community: all announcements of the shared data with their days, and the
daily lists of Hugging Face with their votes (a folder of its own beside that of the other benches).
Read are the pages of the day whose number of papers is nearest to 700, of its week, and of what was
rising then: by somebody without a cookie, by a reader who saved some papers and whom the site
remembers, and by one who is signed in.

Times are those of whole requests for the HTML, one after another on one connection over loopback.
"""

import os
import time
from pathlib import Path

import httpx

from bench.common import folder, percentile, shared, table
from tests.serving import running

PAPERS = 700  # of the day that is read
REQUESTS, WARM = 150, 20  # requests a page that are timed; before them, that are not
SAVED = 50
QUERIES, MILLISECONDS, KB = 10, 40, 100  # aims


def main() -> None:
    os.environ["PAPERTIDE_MODE"] = "site"
    held = folder()
    held = held.with_name(f"{held.name}-editions")
    library = _filled(held)
    addresses, day = _addresses(library)
    cookies = _readers(library, day)
    queries = {
        (page, reader): _queries(address, cookies[reader])
        for page, address in addresses.items() for reader in cookies
    }  # fmt: skip
    library.close()
    rows = []
    with running(held, "--offline") as (_, site):
        for (page, reader), count in queries.items():
            taken, size = _timed(site, addresses[page], cookies[reader])
            times = [f"{percentile(taken, share):.1f}" for share in (0.5, 0.99)]
            rows.append([page, reader, count, *times, f"{size:.1f}"])
    table(
        f"Editions and what is rising ({REQUESTS} requests each)", rows,
        ["page", "reader", "queries", "p50 ms", "p99 ms", "kB of HTML, compressed"],
    )  # fmt: skip
    print(f"\naims: at most {QUERIES} queries, p50 under {MILLISECONDS} ms, under {KB} kB")


def _filled(held: Path):
    import papertide

    library, data = papertide.open_library(held), shared()
    if library.latest_day() is None:
        library.import_files(
            [data / "arxiv" / "announcements.jsonl.xz", data / "hf_daily" / "papers.jsonl.xz"]
        )
        library.learn_trends()
    return library


def _addresses(library) -> tuple[dict[str, str], object]:
    from papertide import schedule

    latest = library.latest_day()
    counts = library.calendar(schedule.between(schedule.earlier(latest, 300), latest))
    day = min(counts, key=lambda held: abs(counts[held] - PAPERS))
    week = schedule.of("week", day)
    return {
        f"a day of {counts[day]}": f"/day/{day}",
        "the same, the newest first": f"/day/{day}?order=newest",
        "the same, for me": f"/day/{day}?order=mine",
        "its week": f"/week/{week.name}",
        "its month": f"/month/{schedule.of('month', day).name}",
        "rising, the week before": f"/trending?window=week&on={day}",
        "rising, the month before": f"/trending?window=month&on={day}",
    }, day


def _readers(library, day) -> dict[str, dict[str, str]]:
    """Cookies of three kinds of readers."""
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    from papertide.site.pages import READER

    user, _ = get_user_model().objects.get_or_create(username="ada")
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "papertide.site.accounts.backend.Backend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    papers = [one.paper.public_id for one in library.edition(day, SAVED).papers]
    keys = [library.remember(""), library.remember(user.account.reader_key)]
    for key in keys:
        for paper in papers:
            library.save(key, paper)
    return {
        "no cookie": {},
        "a reader": {READER: keys[0]},
        "signed in": {"sessionid": session.session_key},
    }


def _queries(address: str, cookies: dict[str, str]) -> int:
    from django.db import connection
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    from tests.site.conftest import PLAIN_FILES

    client = Client(SERVER_NAME="localhost")
    client.cookies.load(cookies)
    with override_settings(STORAGES=PLAIN_FILES):
        assert client.get(address).status_code == 200, address
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
    return len(captured)


def _timed(site: str, address: str, cookies: dict[str, str]) -> tuple[list[float], float]:
    """Milliseconds of each request, and kB of an answer."""
    taken = []
    with httpx.Client(base_url=site, timeout=30, cookies=cookies) as client:
        for _ in range(WARM + REQUESTS):
            started = time.perf_counter()
            answer = client.get(address)
            taken.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 200, address
    return taken[WARM:], answer.num_bytes_downloaded / 1000
