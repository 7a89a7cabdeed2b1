"""Pictures of every page, and the page docs/look.md that shows them: make screenshots

A library is made in a temporary folder of real papers of fixed days, so that the same pages give
the same pictures. The papers are those of the shared data ($PAPERTIDE_SHARED, else ../shared);
without it there is the landmarks sample alone, and fewer pages have something to show.
"""

import base64
import contextlib
import json
import lzma
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import BrowserContext, Page

from tests.browser.checks import sign_in
from tests.browser.chromium import SIZES, chromium
from tests.serving import running, serving

HERE = Path(__file__).parent
PICTURES, GALLERY = HERE / "screenshots", HERE / "look.md"
SCHEMES = ("light", "dark")
QUALITY = 70
SHOWN = {"phone": 844, "desktop": 900}  # pixels from the top; whole pages would be too long
FIRST, LAST = "2025-03-18", "2025-04-16"  # the days whose papers are shown; LAST is the home page
PAPER = "1503.08393"  # has many formulas
AUTHOR = "tat-seng-chua"  # has many papers, and is one person
MODE = {"PAPERTIDE_MODE": "site"}  # pictures show what readers see, and staff apart
STAFF = {"name": "moderator", "password": "only-for-screenshots"}


class Shot(NamedTuple):
    """A page that is shown. In its path, {names} are what `_examples` finds in the library."""

    name: str
    title: str
    path: str
    site: str = "filled"  # or: empty, broken
    height: int = 0  # pixels, where a page needs more than the first screen
    staff: bool = False  # whether it needs an account
    status: int = 200
    keys: str = ""  # the key that is pressed before it is shown
    opens: str = ""  # the button in the header that is pressed before it is shown
    saved: int = 0  # how many papers its reader has saved


SHOTS = (
    Shot("day", "The latest day", "/", height=1200),
    Shot("search", "Search", "/search?q=reasoning+with+reinforcement+learning", height=1200),
    Shot("search-empty", "Search, before anything is typed", "/search"),
    Shot("search-nothing", "Search without hits", "/search?q=zzyzx&category=cs.LG"),
    Shot("paper", "A paper", "/papers/{mathematical}", height=1400),
    Shot("paper-authors", "A paper by many", "/papers/{by_many}", height=1200),
    Shot("rising", "What is rising", "/trending?on=" + LAST, height=1200),
    Shot("listings", "Listings", "/listings"),
    Shot("listing", "A listing", "/listing/{listing}", height=1200),
    Shot("author", "An author", "/author/{author}"),
    Shot("category", "A category", "/category/cs.CL"),
    Shot("similar", "Similar papers", "/similar?papers={mathematical}"),
    Shot("saved", "Saved papers", "/saved", saved=4),
    Shot("keys", "The keys", "/", keys="?"),
    Shot("colours", "The choice of colours", "/", opens="Colours"),
    Shot("day-empty", "A day without papers", "/day/2025-01-01"),
    Shot("design", "Every component", "/design", staff=True, height=1800),
    Shot("sources", "The sources", "/sources", staff=True, height=1200),
    Shot("admin-login", "The moderators’ desk: signing in", "/admin/login/"),
    Shot("admin", "The moderators’ desk", "/admin/", staff=True),
    Shot("not-found", "Not found", "/nothing", status=404),
    Shot("unavailable", "No index", "/similar?text=robot", site="broken", status=503),
    Shot("error", "An error", "/author/{author}", site="broken", status=500),
    Shot("empty", "No papers yet", "/", site="empty"),
)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="papertide-screenshots-") as name:
        place = Path(name)
        found = _make_library(place)
        with contextlib.ExitStack() as stack:
            sites = {
                "filled": stack.enter_context(running(place / "filled", "--offline", **MODE))[1],
                "broken": stack.enter_context(serving(place / "broken")),
                "empty": stack.enter_context(serving(place / "empty")),
            }
            browser = stack.enter_context(chromium())
            shutil.rmtree(PICTURES, ignore_errors=True)
            PICTURES.mkdir()
            for size in SIZES:
                for scheme in SCHEMES:
                    options = {"viewport": SIZES[size], "color_scheme": scheme}
                    for shot in SHOTS:
                        context = browser.new_context(reduced_motion="reduce", **options)
                        _take(context, sites, shot, found, f"{shot.name}-{size}-{scheme}", size)
                        context.close()
    GALLERY.write_text(gallery())
    pictures = list(PICTURES.glob("*.webp"))
    size = sum(picture.stat().st_size for picture in pictures)
    print(f"{len(pictures)} pictures, {size / 1e6:.1f} MB, in {PICTURES}; shown by {GALLERY}")


# --- the library -----------------------------------------------------------------------------


def _make_library(place: Path) -> dict[str, str]:
    """Make the three data folders; what is worth showing in the filled one."""
    filled = place / "filled"
    files = _files(place)
    if files:
        _papertide(filled, "import", "--year", "2025", *map(str, files))
    else:
        print("without the shared data: the landmarks sample alone", file=sys.stderr)
    _papertide(filled, "index", "status")
    _papertide(filled, "trending", "--learn", "--json")
    # After the import and in a process of its own: Django is set up for one folder a process.
    _papertide(filled, "manage", "shell", "--command",
               "from papertide.library import open_library as o; l = o(); "
               "l.add_landmarks(); l.catch_up()")  # fmt: skip
    _papertide(filled, "manage", "createsuperuser", "--noinput", "--username", STAFF["name"],
               "--email", "moderator@example.org", DJANGO_SUPERUSER_PASSWORD=STAFF["password"],
    )  # fmt: skip
    shutil.copytree(filled, place / "broken")
    for name in ("about.json", "manifest.json"):
        [about] = (place / "broken" / "index").rglob(name)
        about.write_text(json.dumps(json.loads(about.read_text()) | {"format": 0}))
    with contextlib.closing(sqlite3.connect(place / "broken" / "papertide.sqlite3")) as broken:
        broken.execute("ALTER TABLE catalog_authorship RENAME TO lost")
    _papertide(place / "empty", "index", "status")
    return _examples(filled)


def _papertide(data: Path, *arguments: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "papertide", "--data", str(data), *arguments],
        check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment},
    )  # fmt: skip


def _files(place: Path) -> list[Path]:
    """The saved pages, and rows of the days that are shown; nothing without the shared data."""
    shared = Path(os.environ.get("PAPERTIDE_SHARED") or HERE.parents[1] / "shared") / "data"
    if not shared.is_dir():
        return []
    rows = {
        "announcements": (shared / "arxiv/announcements.jsonl.xz", "announced"),
        "daily": (shared / "hf_daily/papers.jsonl.xz", "list_date"),
    }
    files = sorted((shared / "pages").glob("*.txt"))
    for name, (source, field) in rows.items():
        with lzma.open(source, "rt", encoding="utf-8") as lines:
            chosen = [line for line in lines if FIRST <= json.loads(line)[field] <= LAST]
        files.append(place / f"{name}.jsonl")
        files[-1].write_text("".join(chosen))
    with lzma.open(shared / "arxiv/archive_cs_stat_eess.jsonl.xz", "rt", encoding="utf-8") as lines:
        files.append(place / "mathematics.jsonl")
        # PAPER is the one that is shown; the others are near to it.
        files[-1].write_text("".join(line for line in lines if line.count("$") >= 24))
    return files


def _examples(data: Path) -> dict[str, str]:
    """Names of pages worth showing: of formulas, of many authors, of an author with papers."""
    with contextlib.closing(sqlite3.connect(data / "papertide.sqlite3")) as database:
        papers = database.execute(
            "SELECT public_id, abstract, authors, day FROM catalog_paper ORDER BY public_id"
        ).fetchall()
        authors = database.execute(
            "SELECT slug, count(*) FROM catalog_author JOIN catalog_authorship"
            " ON author_id = catalog_author.id"
            " GROUP BY slug ORDER BY slug = ? DESC, 2 DESC, 1 LIMIT 1",
            [AUTHOR],
        ).fetchall()
        listings = database.execute(
            "SELECT slug FROM catalog_listing JOIN catalog_listingentry e ON"
            " e.listing_id = catalog_listing.id GROUP BY slug"
            " ORDER BY max(votes) IS NULL, date DESC, slug LIMIT 1"
        ).fetchall()
    formulas = Counter({name: text.count("$") for name, text, *_ in papers if len(text) < 1800})
    formulas[PAPER] *= 100
    of_the_time = [held for held in papers if held[3] and FIRST <= held[3] <= LAST] or papers
    return {
        "mathematical": formulas.most_common(1)[0][0],
        "by_many": max(of_the_time, key=lambda held: len(json.loads(held[2])))[0],
        "author": authors[0][0],
        "listing": listings[0][0],
    }


# --- the pictures ----------------------------------------------------------------------------


def _take(
    context: BrowserContext, sites: dict[str, str], shot: Shot, found: dict, name: str, size: str
) -> None:
    site = sites[shot.site]
    if shot.staff:
        sign_in(context, site, STAFF["name"], STAFF["password"])
    page = context.new_page()
    if shot.saved:
        _save(page, site, shot.saved)
    answer = page.goto(site + shot.path.format(**found), wait_until="networkidle")
    if answer.status != shot.status:
        print(f"left out: {shot.path} answers {answer.status}, not {shot.status}", file=sys.stderr)
        return
    if shot.keys:
        page.keyboard.press(shot.keys)
    if shot.opens:
        page.get_by_role("banner").get_by_role("button", name=shot.opens).click(timeout=5_000)
    page.evaluate("document.fonts.ready")
    width = SIZES[size]["width"]
    height = max(shot.height, SHOWN[size])
    if height > SHOWN[size]:
        page.set_viewport_size({"width": width, "height": height})
    picture = context.new_cdp_session(page).send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
    )
    (PICTURES / f"{name}.webp").write_bytes(base64.b64decode(picture["data"]))


def _save(page: Page, site: str, count: int) -> None:
    """Save the first papers of the latest day, as a reader does."""
    page.goto(site)
    for number in range(count):
        button = page.locator("main article").nth(number).get_by_role("button", name="Save")
        if button.count():
            with page.expect_response("**/saved"):
                button.click()


def gallery() -> str:
    """The page that shows the pictures there are, those of the table above, in its order."""
    parts = [
        "# How it looks\n",
        "Made by `make screenshots`, of real papers; each page as it is on a screen of 1280 and of"
        " 390\npixels, in light and in dark.\n",
    ]
    for shot in SHOTS:
        names = [f"{shot.name}-{size}-{scheme}" for size in SIZES for scheme in SCHEMES]
        if not all((PICTURES / f"{name}.webp").exists() for name in names):
            continue
        phone_light, phone_dark, light, dark = (f"screenshots/{name}.webp" for name in names)
        parts += [
            f"## {shot.title}\n",
            f'<img src="{light}" width="49%" alt="{shot.title}, light">'
            f'\n<img src="{dark}" width="49%" alt="{shot.title}, dark">\n',
            f'<img src="{phone_light}" width="24%" alt="{shot.title} on a phone, light">'
            f'\n<img src="{phone_dark}" width="24%" alt="{shot.title} on a phone, dark">\n',
        ]
    return "\n".join(parts)


if __name__ == "__main__":
    main()
