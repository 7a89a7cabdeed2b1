"""What a page costs its reader: bytes and requests of a cold load, time on the server, layout
shift, whether it can be read with scripts blocked; and how fast search answers as one types.

Cold loads go over an emulated connection of 1.6 Mbit/s and 150 ms, for what comes late (fonts,
scripts) to come late: on loopback nothing would be seen to shift. Times are those of whole
requests for the HTML alone, one after another on one connection over loopback.
"""

import os
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import httpx

from bench.common import filled_library, percentile, table
from bench.search import title_words
from tests.browser.chromium import SIZES, chromium
from tests.serving import running

SEED = 20240317
REQUESTS, WARM = 300, 20  # requests a page that are timed; before them, that are not
LOADS = 4  # addresses a page that are loaded in the browser, at each size
TYPED = 20  # queries that are typed
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000,
        "uploadThroughput": 94_000}  # fmt: skip
FAST = SLOW | {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
BOUND = 100  # kB of a first page with everything

# In the page: layout shift as browsers report it, the worst window of 5 s (web.dev/articles/cls).
_SHIFT = """
window.shifts = []
new PerformanceObserver(list => list.getEntries().forEach(entry =>
    entry.hadRecentInput || window.shifts.push([entry.startTime, entry.value])))
    .observe({type: 'layout-shift', buffered: true})
"""
# In the page: from each key to the frame after htmx has put its answer in.
_TYPING = """
let pressed = 0
window.waits = []
addEventListener('keydown', () => { pressed = performance.now() }, true)
addEventListener('htmx:afterSettle', () => requestAnimationFrame(() =>
    window.waits.push(performance.now() - pressed)))
"""
_AS_YOU_TYPE = "[role=search][hx-get], [role=search] [hx-get]"


def main() -> None:
    library = filled_library()
    papers, pages = library.count(), _addresses(library)
    queries = title_words(library)[:TYPED]
    folder = library.folder
    library.close()
    os.environ["PAPERTIDE_DATA"] = str(folder)
    with running(folder, "--offline") as (_, site), chromium() as browser:
        rows = []
        for name, paths in pages.items():
            if (status := httpx.get(site + paths[0]).status_code) != 200:
                print(f"{name}: {paths[0]} answers {status}, left out")
                continue
            rows.append([name, len(set(paths)), *_wire(browser, site, paths),
                         *_server(site, paths), *_shifts(browser, site, paths),
                         _plain(browser, site, paths[0])])  # fmt: skip
        _typing(browser, site, queries)
    table(
        f"Pages of {papers:,} papers",
        rows,
        ["page", "addresses", "requests", "kB over the wire, median", "most", "of it HTML",
         "server p50 ms", "p99 ms", "layout shift, phone", "desktop", "readable without scripts"],
    )  # fmt: skip
    first = next(row for row in rows if row[0] == "home")
    print(f"\nfirst page with everything: {first[3]} kB (bound {BOUND})")


def _addresses(library) -> dict[str, list[str]]:
    """The pages that are measured, each by addresses drawn from the library."""
    from papertide.papers import author_slug
    from papertide.site.catalog import services
    from papertide.site.catalog.models import Paper

    chance = random.Random(SEED)
    numbers = list(Paper.objects.order_by("id").values_list("id", flat=True))
    papers = services.by_number(chance.sample(numbers, min(len(numbers), REQUESTS)))
    days = Paper.objects.filter(day__isnull=False, day__lte=services.latest_day())
    days = sorted(days.values_list("day", flat=True).distinct())
    authors = [paper.authors[0] for paper in papers if paper.authors]
    categories = {code: None for paper in papers for code in paper.categories}
    ids = [quote(paper.public_id) for paper in papers]
    return {
        "home": ["/"],
        "day": [f"/day/{day}" for day in chance.sample(days, min(len(days), REQUESTS))],
        "search": [f"/search?{urlencode({'q': q})}" for q in title_words(library)[:REQUESTS]],
        "search, nothing asked": ["/search"],
        "paper": [f"/papers/{held}" for held in ids],
        "similar": [f"/similar?papers={held}" for held in ids],
        "author": [f"/author/{quote(author_slug(name))}" for name in authors],
        "category": [f"/category/{quote(code)}" for code in categories],
        "rising": [
            f"/trending?{urlencode({'window': window, 'on': services.last_listed(days[-1]) or ''})}"
            for window in ("day", "week", "month")
        ],
        "listings": ["/listings"],
        "listing": [f"/listing/{quote(held.slug)}" for held in library.listings()] or ["/listing"],
        "saved": ["/saved"],
    }


def _server(site: str, paths: list[str]) -> list[str]:
    """p50 and p99 of whole requests for the HTML."""
    asked = (paths * (-(-REQUESTS // len(paths))))[:REQUESTS]
    taken = []
    with httpx.Client(base_url=site, timeout=30) as client:
        for path in asked[:WARM]:
            client.get(path)
        for path in asked:
            started = time.perf_counter()
            answer = client.get(path)
            taken.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 200, (path, answer.status_code)
    return [f"{percentile(taken, share):.1f}" for share in (0.5, 0.99)]


@contextmanager
def _opened(browser, site: str, path: str, size: str, network: dict = SLOW) -> Iterator[tuple]:
    """A page loaded with an empty cache: the page, and the bytes of each answer by its type."""
    context = browser.new_context(viewport=SIZES[size], reduced_motion="no-preference")
    context.add_init_script(_SHIFT)
    page = context.new_page()
    types, received = {}, []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", network)

    def answered(event: dict) -> None:
        if not event["response"]["url"].startswith("data:"):  # which is part of its style sheet
            types[event["requestId"]] = event["type"]

    def finished(event: dict) -> None:
        if event["requestId"] in types:
            received.append((types[event["requestId"]], event["encodedDataLength"]))

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    page.goto(site + path, wait_until="networkidle")
    try:
        yield page, received
    finally:
        context.close()


def _wire(browser, site: str, paths: list[str]) -> list[str]:
    """Requests, and kB as they come over the wire with their headers: median, most, HTML."""
    requests, whole, html = [], [], []
    for path in paths[:LOADS]:
        with _opened(browser, site, path, "desktop") as (_, received):
            requests.append(len(received))
            whole.append(sum(size for _, size in received) / 1000)
            html.append(sum(size for kind, size in received if kind == "Document") / 1000)
    return [f"{statistics.median(requests):.0f}",
            *(f"{value:.1f}" for value in (statistics.median(whole), max(whole),
                                           statistics.median(html)))]  # fmt: skip


def _shifts(browser, site: str, paths: list[str]) -> list[str]:
    """The worst layout shift of the addresses, at each size, to the end of the page and back."""
    worst = []
    for size in SIZES:
        shifts = []
        for path in paths[:LOADS]:
            with _opened(browser, site, path, size) as (page, _):
                page.mouse.wheel(0, 100_000)
                page.wait_for_timeout(300)
                shifts.append(_worst_window(page.evaluate("window.shifts")))
        worst.append(f"{max(shifts):.3f}")
    return worst


def _worst_window(shifts: list[list[float]]) -> float:
    """The greatest sum of shifts less than 1 s apart, over 5 s at the most."""
    most = total = began = last = 0.0
    for at, value in shifts:
        if at - last >= 1000 or at - began >= 5000:
            total, began = 0.0, at
        total, last = total + value, at
        most = max(most, total)
    return most


def _plain(browser, site: str, path: str) -> str:
    """Whether the headings and links are the same with scripts blocked."""
    shown = []
    for scripts in (True, False):
        context = browser.new_context(viewport=SIZES["desktop"], java_script_enabled=scripts)
        page = context.new_page()
        page.goto(site + path)
        shown.append(page.locator("h1, h2, main a[href]").all_inner_texts())
        context.close()
    return "yes" if shown[0] == shown[1] else "not all"


def _typing(browser, site: str, queries: list[str]) -> None:
    """From a key to results on the screen: the last key of each query, the others typed before."""
    with _opened(browser, site, "/search", "desktop", FAST) as (page, _):
        if not page.locator(_AS_YOU_TYPE).count():
            print("search as one types: the search box has no hx-get")
            return
        page.evaluate(_TYPING)
        box = page.get_by_role("searchbox").first
        waits = []
        for query in queries:
            box.fill(query[:-1])
            page.wait_for_timeout(1_000)
            page.evaluate("window.waits.length = 0")
            box.press(query[-1])
            page.wait_for_function("() => window.waits.length", timeout=10_000)
            waits.append(page.evaluate("window.waits[0]"))
    print(f"search as one types, {len(waits)} queries, from the key to results shown: "
          f"p50 {percentile(waits, 0.5):.0f} ms, most {max(waits):.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
