"""What scripts add: keys, search as one types, copying, colours, saving; and the same without
them, where it can be had without.

Pages are told by roles, labels and addresses, not by their markup.
"""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.checks import sign_in, violations
from tests.browser.papers import DAY

LIST = f"/day/{DAY}"
PAPER = "/papers/2001.00002"
PATIENCE = 3_000  # ms
BUSY = "[aria-busy=true], .htmx-request"  # what says that an answer is awaited


def searchbox(page: Page) -> Locator:
    return page.get_by_role("search").get_by_role("searchbox")


def cards(page: Page) -> Locator:
    return page.locator("main").get_by_role("article")


def card_with_focus(page: Page) -> int:
    """Which paper of a list the focus is in, from 0; -1 where it is in none."""
    return page.evaluate(
        """() => Array.from(document.querySelectorAll('main article'))
            .indexOf(document.activeElement.closest('article'))"""
    )


def title(card: Locator) -> Locator:
    return card.get_by_role("heading").get_by_role("link")


# --- keys ------------------------------------------------------------------------------------


def test_slash_goes_to_the_search_box_and_is_not_typed(open_page):
    page = open_page(LIST)
    page.keyboard.press("/")
    expect(searchbox(page)).to_be_focused()
    expect(searchbox(page)).to_have_value("")
    page.keyboard.type("j/k?")
    expect(searchbox(page)).to_have_value("j/k?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(searchbox(page)).not_to_be_focused()


def test_j_and_k_go_through_a_list_and_stop_at_its_ends(open_page):
    page = open_page(LIST)
    assert card_with_focus(page) == -1
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        assert card_with_focus(page) == at
    for _ in range(cards(page).count() + 2):
        page.keyboard.press("j")
    assert card_with_focus(page) == cards(page).count() - 1
    expect(cards(page).last).to_be_in_viewport()


def test_o_opens_the_paper(open_page):
    page = open_page(LIST)
    page.keyboard.press("j")
    page.keyboard.press("j")
    wanted = title(cards(page).nth(1)).get_attribute("href")
    page.keyboard.press("o")
    page.wait_for_url("**" + wanted)


def test_n_and_p_turn_pages(open_page):
    page = open_page("/category/cs.LG")
    page.keyboard.press("n")
    page.wait_for_url("**/category/cs.LG?page=2")
    page.keyboard.press("p")
    page.wait_for_url("**/category/cs.LG?page=1")


def test_keys_with_a_modifier_are_the_browsers(open_page):
    page = open_page(LIST)
    for key in ("Control+j", "Alt+j", "Meta+j"):
        page.keyboard.press(key)
    assert card_with_focus(page) == -1


def test_a_question_mark_shows_the_keys(open_page):
    page = open_page(LIST)
    page.keyboard.press("j")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_be_visible()
    assert violations(page, "the dialog of keys") == []
    page.keyboard.press("j")  # not behind an open dialog
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    assert card_with_focus(page) == 0, "the focus is where it was"


def test_keys_of_one_letter_can_be_turned_off(open_page):
    """WCAG 2.1.4; and it stays so."""
    page = open_page(LIST)
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Keys of one letter").uncheck()
    page.keyboard.press("Escape")
    for _ in range(2):
        page.keyboard.press("j")
        assert card_with_focus(page) == -1
        page.reload()


# --- search as one types ---------------------------------------------------------------------


def test_results_come_as_one_types_and_the_address_is_theirs(open_page, site):
    page = open_page("/")
    page.evaluate("window.same = true")
    box = searchbox(page)
    box.press_sequentially("robot", delay=30)
    expect(page).to_have_url(re.compile(r"/search\?q=robot$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("robot")
    expect(page).to_have_title(re.compile("robot"))
    box.press_sequentially(" graph", delay=30)
    expect(page).to_have_url(re.compile(r"/search\?q=robot(\+|%20)graph$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("robot graph")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(box).to_be_focused()
    expect(box).to_have_value("robot graph")
    assert page.evaluate("window.same"), "the page was loaded anew"
    assert violations(page, "results that came in") == []
    shown = title(cards(page).first).inner_text()
    fresh = open_page(page.url.removeprefix(site))
    assert title(cards(fresh).first).inner_text() == shown
    expect(searchbox(fresh)).to_have_value("robot graph")


def test_keys_go_through_results_that_came_in(open_page):
    page = open_page("/")
    searchbox(page).press_sequentially("robot")
    expect(page).to_have_url(re.compile(r"q=robot$"))
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert card_with_focus(page) == 1


def test_back_leads_to_where_one_began_and_forward_to_the_results(open_page, site):
    page = open_page(LIST)
    began = page.get_by_role("heading", level=1).inner_text()
    searchbox(page).press_sequentially("robot", delay=200)  # an answer a letter
    expect(page.get_by_role("heading", level=1)).to_contain_text("robot")
    page.go_back()
    expect(page).to_have_url(site + LIST)
    expect(page.get_by_role("heading", level=1)).to_have_text(began)
    expect(searchbox(page)).to_have_value("")
    page.go_forward()
    expect(page).to_have_url(re.compile(r"/search\?q=robot$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("robot")
    expect(searchbox(page)).to_have_value("robot")


def test_back_from_a_paper_shows_the_results_again(open_page):
    page = open_page("/")
    searchbox(page).press_sequentially("robot")
    expect(page).to_have_url(re.compile(r"q=robot$"))
    title(cards(page).first).click()
    page.wait_for_url("**/papers/**")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("robot")
    expect(searchbox(page)).to_have_value("robot")


def test_what_narrows_comes_after_a_pause_and_leads_on(open_page):
    page = open_page("/search")
    searchbox(page).press_sequentially("graph")
    years = page.get_by_role("region", name="Year")
    expect(years.get_by_role("link", name="2020")).to_be_visible()
    heading = page.locator("h1").inner_text()
    assert page.title().startswith("graph")
    assert not page.locator(BUSY).count()
    count = years.locator("li", has_text="2020").locator(".count").inner_text()
    years.get_by_role("link", name="2020").click()
    expect(page.locator("h1")).to_have_text(f"{count} papers for graph")
    expect(page.get_by_role("link", name="Without 2020")).to_be_visible()
    page.get_by_role("link", name="Without 2020").click()
    expect(page.locator("h1")).to_have_text(heading)


@pytest.mark.parametrize("scripts", [True, False])
def test_why_a_paper_was_found(open_page, scripts):
    page = open_page("/search?q=graph+attention", java_script_enabled=scripts)
    card = cards(page).first
    card.get_by_text("Why this?").click()
    if not scripts:
        card.get_by_role("button", name="What was found of it").click()
    reasons = page.locator(".reasons").first
    expect(reasons).to_be_visible()
    expect(reasons.get_by_role("meter", name="Score of the words")).to_be_visible()
    assert "in the" in reasons.inner_text()
    assert violations(page, "why") == [] if scripts else page.locator("h1").count() == 1


def test_enter_searches_at_once(open_page):
    page = open_page("/")
    searchbox(page).fill("robot")
    searchbox(page).press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=robot$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("robot")


def test_a_slow_answer_shows_that_it_is_awaited_and_never_replaces_a_newer_one(open_page):
    page = open_page("/search")
    held = []
    page.route("**/search?**", lambda route: held.append(route))
    searchbox(page).fill("robot")
    until(page, lambda: len(held) == 1)
    expect(page.locator(BUSY).first).to_be_attached()
    searchbox(page).fill("graph")
    until(page, lambda: len(held) == 2)
    for route in reversed(held):
        with suppress(Error):  # the older one may be given up
            route.continue_()
        expect(page.get_by_role("heading", level=1)).to_contain_text("graph")
    page.wait_for_timeout(300)
    expect(page.get_by_role("heading", level=1)).to_contain_text("graph")
    expect(page).to_have_url(re.compile(r"q=graph$"))
    expect(page.locator(BUSY)).to_have_count(0)


def test_a_server_that_does_not_answer_is_told(open_context, site):
    """What was there stays, and a message says that the search failed."""
    context = open_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(site + LIST)
    page.route("**/search?**", lambda route: route.abort())
    searchbox(page).fill("robot")
    expect(page.get_by_role("status").filter(has_text=re.compile(r"\w"))).to_be_visible()
    assert cards(page).count()


def until(page: Page, happened) -> None:
    """Let the page go on until something has happened, for a while at the most."""
    for _ in range(PATIENCE // 20):
        if happened():
            return
        page.wait_for_timeout(20)
    raise AssertionError("it never happened")


# --- copying ---------------------------------------------------------------------------------


def test_copying_puts_the_text_on_the_clipboard_and_says_so(open_page, site):
    page = open_page(PAPER, permissions=["clipboard-read", "clipboard-write"])
    cite = page.get_by_role("region", name="Cite")
    cite.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == cite.locator("pre").inner_text().strip()
    assert copied.startswith("@misc")


def test_every_copy_button_copies_what_it_holds(open_page):
    page = open_page(PAPER, permissions=["clipboard-read", "clipboard-write"])
    buttons = page.locator("[data-copy]")
    assert buttons.count()
    for button in buttons.all():
        button.dispatch_event("click")  # some are in closed menus
        wanted = button.get_attribute("data-copy")
        page.wait_for_function(
            "async wanted => await navigator.clipboard.readText() === wanted", arg=wanted
        )


def test_without_scripts_nothing_offers_to_copy(open_page):
    page = open_page(PAPER, java_script_enabled=False)
    for button in page.locator("[data-copy]").all():
        expect(button).to_be_hidden()


# --- colours ---------------------------------------------------------------------------------


def background(page: Page) -> int:
    """How light the page is, 0-255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    found = re.findall(r"[\d.]+", colour)[:3]
    return round(sum(map(float, found)) / 3)


def choose_colours(page: Page, name: str) -> None:
    """And wait for what comes of it, without scripts another page: to ask for one meanwhile is an
    error."""
    page.get_by_role("banner").get_by_role("button", name="Colours").click()
    page.get_by_role("button", name=name, exact=True).click()
    root = page.locator("html")
    if name == "As the system":
        expect(root).not_to_have_attribute("data-theme", re.compile("."))
    else:
        expect(root).to_have_attribute("data-theme", name.lower())
    page.wait_for_load_state()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_chosen_colours_are_in_the_answer_itself(open_page, scripts):
    """So that no page is shown in others first; and the choice can be taken back."""
    page = open_page(PAPER, java_script_enabled=scripts, color_scheme="light")
    choose_colours(page, "Dark")
    assert page.url.endswith(PAPER)
    assert background(page) < 60
    for again in (page.reload, lambda: page.goto(page.url.replace(PAPER, LIST))):
        answer = again()
        assert re.search(r'<html[^>]* data-theme="dark"', answer.text())
        assert background(page) < 60
    choose_colours(page, "Light")
    page.emulate_media(color_scheme="dark")
    assert 'data-theme="light"' in page.reload().text()
    assert background(page) > 200
    choose_colours(page, "As the system")
    assert "data-theme" not in page.reload().text()
    assert background(page) < 60


def test_chosen_colours_have_contrast_too(open_page):
    page = open_page(LIST, color_scheme="light", reduced_motion="reduce")
    choose_colours(page, "Dark")
    page.reload()
    assert violations(page, "dark by choice") == []


def test_a_cookie_with_anything_else_in_it_is_no_choice(open_page, site):
    page = open_page("/")
    page.context.add_cookies([{"name": "theme", "value": "x'onload=y", "url": site}])
    text = page.reload().text()
    assert "onload" not in text
    assert "data-theme" not in text


# --- saving ----------------------------------------------------------------------------------


def save_button(card: Locator) -> Locator:
    return card.get_by_role("button", name=re.compile("^Save"))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_saving_a_paper_and_letting_it_go(open_page, site, scripts):
    page = open_page(LIST, java_script_enabled=scripts)
    name = title(cards(page).nth(2)).inner_text()
    expect(save_button(cards(page).nth(2))).to_have_attribute("aria-pressed", "false")
    with page.expect_response("**/saved"):
        save_button(cards(page).nth(2)).click()
    expect(save_button(cards(page).nth(2))).to_have_attribute("aria-pressed", "true")
    assert page.url.startswith(site + LIST)
    page.reload()
    expect(save_button(cards(page).nth(2))).to_have_attribute("aria-pressed", "true")
    expect(save_button(cards(page).nth(1))).to_have_attribute("aria-pressed", "false")
    page.goto(site + "/saved")
    expect(title(cards(page))).to_have_text([name])
    with page.expect_response("**/saved"):
        save_button(cards(page).first).click()
    if scripts:  # it stays on the page for second thoughts
        expect(page.get_by_role("status").filter(has_text=re.compile(r"\w"))).to_be_visible()
    page.goto(site + "/saved")
    expect(cards(page)).to_have_count(0)


def test_voting_and_answering(open_page, site, staff):
    """At once, and as the server says it; the next page has it too."""
    page = open_page("/")
    sign_in(page.context, site, *staff)
    page.goto(site + LIST)
    paper = cards(page).nth(1).locator("button.vote").get_attribute("value")
    button = page.locator(f"button.vote[value='{paper}']")  # it moves up the list
    before = int(button.locator("[data-votes]").inner_text())
    for pressed, number in (("true", before + 1), ("false", before)):
        with page.expect_response("**/vote"):
            button.click()
        expect(button).to_have_attribute("aria-pressed", pressed)
        expect(button.locator("[data-votes]")).to_have_text(str(number))
        page.reload()
        expect(button).to_have_attribute("aria-pressed", pressed)
        expect(button.locator("[data-votes]")).to_have_text(str(number))
    page.goto(f"{site}/papers/{paper}")
    page.get_by_label("Your comment").fill("Some **bold** words")
    page.get_by_role("button", name="Comment", exact=True).click()
    page.get_by_role("link", name="Answer").click()
    answer = page.get_by_label("Your answer to")
    answer.fill("An answer")  # the form came into the page
    assert page.get_by_label("Your comment").is_visible()
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".thread > .depth-1")).to_contain_text("An answer")
    for _ in range(2):
        page.get_by_role("link", name="Change or delete").last.click()
        page.get_by_role("button", name="Delete this comment").click()
    expect(page.locator(".thread")).to_have_count(0)


def test_s_saves_the_paper_with_the_focus(open_page, site):
    page = open_page(LIST)
    page.keyboard.press("s")  # no paper: nothing happens
    page.keyboard.press("j")
    name = title(cards(page).first).inner_text()
    with page.expect_response("**/saved"):
        page.keyboard.press("s")
    expect(save_button(cards(page).first)).to_have_attribute("aria-pressed", "true")
    assert card_with_focus(page) == 0
    page.goto(site + "/saved")
    expect(title(cards(page))).to_have_text([name])
    assert violations(page, "saved") == []


def test_what_one_reader_saves_is_not_anothers(open_page, site):
    page = open_page(PAPER)
    with page.expect_response("**/saved"):
        save_button(page.locator("main")).first.click()
    other = open_page("/saved")
    expect(cards(other)).to_have_count(0)


def test_a_paper_that_could_not_be_saved_is_not_shown_as_saved(open_context, site):
    context = open_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(site + LIST)
    page.route("**/saved", lambda route: route.abort())
    save_button(cards(page).first).click()
    expect(page.get_by_role("status").filter(has_text=re.compile(r"\w"))).to_be_visible()
    expect(save_button(cards(page).first)).to_have_attribute("aria-pressed", "false")


def test_a_new_reader_saves_two_papers_at_once(open_page):
    """The second save is sent when the first has made its reader."""
    page = open_page(LIST)
    two = page.locator("main button.save")
    second = two.nth(1).get_attribute("value")
    with page.expect_response(lambda answer: answer.request.post_data == f"save={second}"):
        page.evaluate(
            "() => [...document.querySelectorAll('main button.save')].slice(0, 2)"
            ".forEach(button => button.click())"
        )
    page.goto(page.url.split("/day")[0] + "/saved")
    expect(cards(page)).to_have_count(2)
