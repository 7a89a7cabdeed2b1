"""What the Hugging Face-compatible API costs: time of whole requests, bytes, queries.

Requests go one after another on one connection over loopback, gzip as clients ask for it. The day
is the one with the most papers; it has no list of Hugging Face, so all announced on it are put in
order. Where the library has such lists, a day and the latest month are those.
"""

import os
import statistics
import time
from urllib.parse import quote, urlencode

import httpx

from bench.common import filled_library, percentile, table
from bench.search import title_words
from tests.serving import running

REQUESTS, WARM = 300, 20  # requests an address that are timed; before them, that are not
DAILY = "/api/daily_papers"


def main() -> None:
    library = filled_library()
    papers, asked = library.count(), _addresses(library)
    folder = library.folder
    library.close()
    os.environ["PAPERTIDE_DATA"] = str(folder)
    rows = []
    with running(folder, "--offline") as (_, site), httpx.Client(base_url=site) as client:
        for name, paths in asked.items():
            taken, sizes, held = [], [], []
            for n in range(WARM + REQUESTS):
                started = time.perf_counter()
                answer = client.get(paths[n % len(paths)])
                taken.append((time.perf_counter() - started) * 1000)
                assert answer.status_code == 200, (paths[n % len(paths)], answer.text[:200])
                sizes.append(answer.num_bytes_downloaded / 1000)
                found = answer.json() if DAILY in name or "search" in name else [None]
                held.append(len(found))
            rows.append([name, f"{statistics.median(held):.0f}",
                         *(f"{percentile(taken[WARM:], share):.1f}" for share in (0.5, 0.99)),
                         f"{statistics.median(sizes):.1f}"])  # fmt: skip
    table(f"The API over {papers:,} papers, {REQUESTS} requests each", rows,
          ["address", "papers in an answer", "p50 ms", "p99 ms", "kB, compressed"])  # fmt: skip


def _addresses(library) -> dict[str, list[str]]:
    """What is asked, each by addresses of the library."""
    from django.db.models import Count

    from papertide.site.catalog import services
    from papertide.site.catalog.models import Listing, Paper

    days = Paper.objects.filter(day__lte=services.latest_day()).values("day")
    counted = days.annotate(count=Count("id")).order_by("-count", "day")
    lists = Listing.objects.filter(source="huggingface").order_by("-date")
    dates = list(lists.values_list("date", flat=True)[:100])
    listed = set(lists.values_list("date", flat=True))
    day, most = next((row["day"], row["count"]) for row in counted[:1000]
                     if row["day"].isoformat() not in listed)  # fmt: skip
    ids = services.numbers_before(services.last_number(), 300)
    names = [quote(paper.public_id) for paper in services.by_number(ids)]
    asked = {
        f"{DAILY}, a day of {most:,}": [f"{DAILY}?date={day}"],
        f"{DAILY}, the same, limit=100": [f"{DAILY}?date={day}&limit=100"],
        f"{DAILY}, the same, the last page": [f"{DAILY}?date={day}&p={(most - 1) // 50}"],
        f"{DAILY}, the same, trending": [f"{DAILY}?date={day}&sort=trending"],
        f"{DAILY}, its month": [f"{DAILY}?month={day:%Y-%m}"],
        f"{DAILY}, the latest": [DAILY],
        "search": [f"/api/papers/search?{urlencode({'q': q})}" for q in title_words(library)[:300]],
        "a paper": [f"/api/papers/{name}" for name in names],
        "Markdown": [f"/papers/{name}.md" for name in names],
    }
    if dates:
        asked[f"{DAILY}, a day's list"] = [f"{DAILY}?date={date}" for date in dates]
    return asked


if __name__ == "__main__":
    main()
