"""What is a reader's own: saved searches, what is new, what was seen; with scripts and without."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check
from tests.browser.papers import DAY

PATIENCE = 5_000  # ms
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


def button(page, name: str):
    return page.get_by_role("button", name=re.compile(name))


def cards(page: Page):
    return page.locator("main").get_by_role("article")


def switch_on(page: Page, site: str) -> None:
    page.goto(site + "/seen")
    button(page, "Remember what I have seen").click()
    expect(button(page, "Switch it off")).to_be_visible()


@SCRIPTS
def test_a_search_is_saved_renamed_and_removed(open_page, site, scripts):
    page = open_page("/search?q=robot+graph&category=cs.LG", java_script_enabled=scripts)
    button(page, "Save this search").click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_value("robot graph")
    name.fill("Robots and graphs")
    page.locator("#keep-search").get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Robots and graphs")).to_be_visible()
    expect(page).to_have_url(re.compile("saved="))
    page.get_by_role("link", name="Searches", exact=True).click()
    page.get_by_text("Rename").first.click()
    page.get_by_label("New name").fill("Robots")
    page.get_by_label("New name").press("Enter")
    page.get_by_role("link", name="Robots").click()
    expect(page.get_by_role("searchbox")).to_have_value("robot graph")
    expect(page.locator(".chips").get_by_text("cs.LG")).to_be_visible()
    page.get_by_role("link", name="Searches", exact=True).click()
    button(page, "Remove").click()
    expect(cards(page)).to_have_count(0)
    button(page, "Undo").click()
    expect(cards(page)).to_have_count(1)


def test_a_change_of_a_saved_search_is_kept_when_asked(open_page):
    page = open_page("/search?q=robot")
    button(page, "Save this search").click()
    page.locator("#keep-search").get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile("saved="))
    page.get_by_role("searchbox").fill("robot graph")
    button(page, "Keep this change").click()
    expect(button(page, "Keep this change")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"q=robot\+graph&saved="))
    page.get_by_role("searchbox").fill("robot kernel")
    page.get_by_role("link", name="Undo it").click()
    expect(page.get_by_role("searchbox")).to_have_value("robot graph")


def test_a_paper_that_was_opened_is_seen(open_page, site):
    page = open_page(f"/day/{DAY}")
    switch_on(page, site)
    page.goto(f"{site}/day/{DAY}")
    expect(page.locator(".card.seen")).to_have_count(0)
    with page.expect_response("**/visit"):
        cards(page).first.get_by_role("heading").get_by_role("link").click()
    expect(button(page.locator("article.paper > header"), "^Seen")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.goto(f"{site}/day/{DAY}")
    expect(page.locator(".card.seen")).to_have_count(1)


def test_x_marks_a_paper_as_seen_and_takes_it_back(open_page, site):
    page = open_page(f"/day/{DAY}")
    page.keyboard.press("j")
    page.keyboard.press("x")  # not remembered: nothing happens
    switch_on(page, site)
    page.goto(f"{site}/day/{DAY}")
    page.keyboard.press("j")
    with page.expect_response("**/seen"):
        page.keyboard.press("x")
    expect(page.locator(".card.seen")).to_have_count(1)
    with page.expect_response("**/seen"):
        button(page.locator("#toasts"), "Undo").click()
    expect(page.locator(".card.seen")).to_have_count(0)


@SCRIPTS
def test_what_was_seen_is_hidden_and_forgotten(open_page, site, scripts):
    page = open_page("/search?q=robot+graph", java_script_enabled=scripts)
    page.get_by_role("link", name="Hide seen…").click()
    button(page, "Remember what I have seen").click()
    page.goto(f"{site}/search?q=robot+graph")
    first = cards(page).first.get_by_role("heading").inner_text()
    button(page, "Mark these 20 as seen").click()
    expect(page.locator(".card.seen")).to_have_count(20)
    page.get_by_role("link", name="Hide seen").click()
    expect(page.get_by_text("without what you have seen")).to_be_visible()
    expect(page.locator(".card.seen")).to_have_count(0)
    assert cards(page).first.get_by_role("heading").inner_text() != first
    page.goto(f"{site}/seen")
    button(page, "Switch it off").click()
    expect(page.get_by_text("Nothing of what you look at is remembered")).to_be_visible()
    page.goto(f"{site}/search?q=robot+graph&seen=hide")
    expect(page.get_by_role("link", name="Switch it on")).to_be_visible()


def test_a_visit_is_told_of_now_and_then(open_page, site):
    page = open_page("/")
    switch_on(page, site)
    told = []
    page.on("request", lambda sent: told.append(sent.url) if sent.url.endswith("/visit") else None)
    for path in ("/listings", "/saved", f"/day/{DAY}", "/category/cs.LG"):
        page.goto(site + path)
        page.wait_for_load_state("networkidle")
    assert len(told) <= 1


@pytest.fixture(scope="module")
def reader(browser, site):
    """The cookies of a reader with two searches and some seen papers, and one of the searches."""
    context = browser.new_context()
    page = context.new_page()
    switch_on(page, site)
    for query in ("robot+graph&category=cs.LG&since=2019-01-01", "kernel+)"):
        page.goto(f"{site}/search?q={query}")
        button(page, "Save this search").click()
        page.locator("#keep-search").get_by_role("button", name="Save").click()
        page.wait_for_url("**saved=*")
    address = page.url
    page.goto(f"{site}/search?q=robot")
    button(page, "Mark these").click()
    page.wait_for_load_state()
    yield context.cookies(), address.removeprefix(site)
    context.close()


@pytest.mark.parametrize(
    "path", ["/searches", "/seen", "/search?q=robot", f"/day/{DAY}", "/papers/2001.00002", "saved"]
)
def test_a_page_of_ones_own(open_context, site, reader, path):
    cookies, saved = reader
    address = site + (saved if path == "saved" else path)
    assert check(open_context, address, cookies=cookies) == []


@pytest.mark.parametrize("path", ["/searches", "/seen", "/search?q=robot&seen=hide&new=visit"])
def test_a_page_for_those_who_keep_nothing(open_context, site, path):
    assert check(open_context, site + path) == []
