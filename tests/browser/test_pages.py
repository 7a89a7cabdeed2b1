"""Every page in a real browser, in light and dark, wide and narrow, printed, without scripts."""

import pytest

from tests.browser.checks import check, watch
from tests.browser.papers import DAY, HARD, HARD_DAY

PATHS = {
    "home": "/",
    "day": f"/day/{DAY}",
    "day without papers": "/day/2020-02-29",
    "day of hard papers": f"/day/{HARD_DAY}",
    "search": "/search?q=robot",
    "search narrowed": "/search?q=robot&category=cs.LG&since=2020-01-01&sort=date",
    "search with mistakes": "/search?q=robot+date:then+a)+b",
    "search with a wrong date": "/search?q=robot&since=yesterday",
    "search by votes": "/search?q=robot&sort=votes",
    "search for another spelling": "/search?q=ti:difusion",
    "search, a page too far": "/search?q=robot&page=10000",
    "what narrows a search": "/search/facets?q=robot+graph",
    "why a paper": "/search/why?q=robot+graph&paper=1901.00003",
    "search without hits": "/search?q=zzzz&until=1950-01-01",
    "search, nothing asked": "/search",
    "paper": "/papers/2001.00002",
    "listings": "/listings",
    "what is rising": "/trending?on=2020-01-03",
    "nothing is rising": "/trending",
    "listing": "/listing/huggingface-2020-01-02",
    "author": "/author/ada-lovelace",
    "category": "/category/cs.LG?page=3",
    "map": "/map?q=cat:cs.LG",
    "map of few papers": "/map",
    "map of nothing": "/map?q=date:1950",
    "similar": "/similar?text=robot+graph",
    "similar, nothing asked": "/similar",
    "nothing saved": "/saved",
    "a library of one's own": "/saved/library",
    "not found": "/nothing",
} | {f"hard paper {arxiv}": f"/papers/{arxiv}" for arxiv in HARD}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_page(open_context, site, path):
    assert check(open_context, site + path, 404 if path == "/nothing" else 200) == []


@pytest.mark.parametrize("path", ["/design", "/sources"])
def test_a_page_for_staff(open_context, site, staff, path):
    assert check(open_context, site + path, staff=staff) == []


def test_markup_in_every_field_stays_text(open_context, site):
    page = open_context().new_page()
    faults = watch(page, site.removeprefix("http://"))
    for path in ("/papers/1901.00007", f"/day/{HARD_DAY}", "/search?q=window.owned"):
        page.goto(site + path)
        assert page.evaluate("typeof owned") == "undefined"
        made = "main :is(script, img, iframe, [onerror], a[href^='javascript'])"
        assert page.locator(made).count() == 0
    assert faults == []


def test_a_name_that_turns_text_around_turns_no_other(open_context, site):
    """What follows an override stays where it was: each title and name is isolated."""
    page = open_context().new_page()
    page.goto(f"{site}/day/{HARD_DAY}")
    card = page.locator("article", has=page.locator("a[href='/papers/1901.00005']"))
    # The text's box is where its link begins, and what stands beside it reads on from the left.
    assert card.locator("a[href='/category/cs.LG']").inner_text() == "cs.LG"
    for element in card.locator("bdi").all():
        assert element.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"


def test_reading_by_keyboard_and_form_alone(open_context, site):
    page = open_context(java_script_enabled=False).new_page()
    page.goto(site)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the content
    assert page.url.endswith("#main")
    box = page.get_by_role("searchbox").first
    box.fill("robot graph")
    box.press("Enter")
    assert page.locator("mark").count() > 0
    page.locator("main :is(h2, h3) a").first.click()
    assert page.locator("h1").inner_text()
    assert "@misc" in page.content()
