"""The topic map by mouse, keys and fingers: points are drawn, told, opened, filtered."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check, watch

PATIENCE = 5_000  # ms
MAP = "/map?q=cat:cs.LG"
# In the page: how many pixels of the canvas are not empty.
_INK = """() => {
    const canvas = document.querySelector('#map canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let ink = 0
    for (let n = 3; n < data.length; n += 4) ink += data[n] > 200
    return ink
}"""


def drawn(page: Page) -> dict:
    """The points, once they are on the canvas."""
    expect(page.locator("#map canvas[data-painted]")).to_be_visible()
    address = page.locator("#map").get_attribute("data-points")
    return json.loads(page.request.get(page.url.partition("/map")[0] + address).text())


def ink(page: Page) -> int:
    return page.evaluate(_INK)


def spot(page: Page, points: dict, n: int) -> tuple[float, float]:
    """Where a point is on the screen, while the whole map is shown."""
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map canvas").bounding_box()
    across, down = (18 + points[axis][n] / 9999 * (box[size] - 36)
                    for axis, size in (("x", "width"), ("y", "height")))  # fmt: skip
    return box["x"] + across, box["y"] + down


def alone(points: dict) -> int:
    """A point with no other near it."""
    places = list(zip(points["x"], points["y"], strict=True))

    def room(n):
        return min(abs(x - places[n][0]) + abs(y - places[n][1])
                   for m, (x, y) in enumerate(places) if m != n)  # fmt: skip

    return max(range(len(places)), key=room)


def test_hover_tells_and_click_opens(open_page):
    page = open_page(MAP)
    points = drawn(page)
    assert len(points["id"]) > 100
    assert page.locator("#map canvas").get_attribute("data-painted") == str(len(points["id"]))
    assert ink(page) > 1000
    n = alone(points)
    page.mouse.move(*spot(page, points, n))
    tip = page.locator("#map-tip")
    expect(tip).to_contain_text(points["title"][n].strip()[:40])
    page.mouse.move(*(place + 1 for place in spot(page, points, n)))
    page.mouse.click(*spot(page, points, n))
    expect(page).to_have_url(re.compile(re.escape(f"/papers/{points['id'][n]}") + "$"))


def test_by_keys(open_page):
    page = open_page(MAP)
    points = drawn(page)
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    tip = page.locator("#map-tip a")
    expect(tip).to_be_visible()
    first = tip.get_attribute("href")
    expect(page.locator("#heard")).not_to_be_empty()
    page.keyboard.press("ArrowLeft")
    expect(tip).not_to_have_attribute("href", first)
    chosen = tip.get_attribute("href")
    page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(chosen) + "$"))
    assert chosen.removeprefix("/papers/") in points["id"]


def test_words_and_topics_filter(open_page):
    page = open_page(MAP)
    points = drawn(page)
    word = points["title"][0].split()[0].lower()
    matching = sum(word in title.lower() for title in points["title"])
    page.get_by_label("Find on the map").fill(word)
    count = page.locator("#map-count")
    expect(count).to_have_text(f"{matching} of {len(points['id'])} papers")
    page.get_by_label("Find on the map").fill("")
    expect(count).to_be_empty()
    if not points["topics"]:
        pytest.fail("a map of so many papers has topics")
    only = page.locator("[data-only]").first
    only.click()
    expect(only).to_have_attribute("aria-pressed", "true")
    expect(count).to_have_text(f"{points['topics'][0]['size']} of {len(points['id'])} papers")
    only.click()
    expect(only).to_have_attribute("aria-pressed", "false")
    expect(count).to_be_empty()


def test_zoom_and_pan(open_page):
    page = open_page(MAP)
    points = drawn(page)
    n = alone(points)
    x, y = spot(page, points, n)
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    for _ in range(4):
        page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    page.mouse.move(x + 1, y)  # what is under the pointer stays there
    tip = page.locator("#map-tip")
    expect(tip).to_contain_text(points["title"][n].strip()[:40])
    page.mouse.down()
    page.mouse.move(x + 31, y + 20, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("/map"))  # to drag is not to open
    page.mouse.move(x + 30, y + 20)
    expect(tip).to_contain_text(points["title"][n].strip()[:40])
    page.get_by_role("button", name="Whole map").click()
    page.mouse.move(*spot(page, points, n))
    expect(tip).to_contain_text(points["title"][n].strip()[:40])


def test_a_finger_shows_before_it_opens(open_page):
    page = open_page(MAP, has_touch=True, viewport={"width": 390, "height": 844})
    points = drawn(page)
    n = alone(points)
    page.touchscreen.tap(*spot(page, points, n))
    link = page.locator("#map-tip a")
    expect(link).to_contain_text(points["title"][n].strip()[:40])
    expect(page).to_have_url(re.compile("/map"))
    link.click()
    expect(page).to_have_url(re.compile(re.escape(points["id"][n])))


def test_colours_follow_the_reader(open_page):
    page = open_page(MAP, color_scheme="light")
    drawn(page)
    pixel = "() => getComputedStyle(document.querySelector('.map-picture path')).stroke"
    light = page.evaluate(pixel)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(pixel) != light
    assert ink(page) > 1000


def test_hostile_titles_are_text(open_page):
    page = open_page("/map?q=date:2019-01+OR+cat:cs.LG")
    points = drawn(page)
    hostile = next(n for n, title in enumerate(points["title"]) if "<script>" in title)
    page.locator("#map").focus()
    page.get_by_label("Find on the map").fill("window.owned")
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#map-tip a")).to_contain_text("<script>window.owned")
    assert page.evaluate("typeof owned") == "undefined"
    assert points["id"][hostile] in page.locator("#map-tip a").get_attribute("href")


def test_a_topic_by_itself(open_context, site):
    context = open_context()
    page = context.new_page()
    faults = watch(page, site.removeprefix("http://"))
    page.goto(site + MAP)
    address = page.locator(".topics h3 a").first.get_attribute("href")
    assert check(open_context, site + "/map" + address) == []
    assert faults == []


def test_without_points_the_picture_stays(open_context, site):
    page = open_context().new_page()
    page.route("**/map/points*", lambda route: route.abort())
    page.goto(site + MAP)
    expect(page.locator(".map-picture")).to_be_visible()
    expect(page.locator("#map canvas")).to_have_count(0)
