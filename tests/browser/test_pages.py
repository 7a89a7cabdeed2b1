"""The pages in a real browser: no errors under the strict policy, nothing from other hosts,
no sideways scrolling on a phone, all of it without JavaScript."""

import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests.cli.test_up import running
from tests.fixtures import missing, papertide, rows_of_papers, write_rows

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A running site with made papers, one of them hostile."""
    place = tmp_path_factory.mktemp("site")
    rows = rows_of_papers(120)
    rows[1]["authors"] = "Ada Lovelace"
    rows[0] |= {
        "title": "<script>document.title='owned'</script> \u202eevil " + "x" * 400,
        "abstract": '<img src="http://example.org/x.png" onerror="alert(1)"> robot ' * 20,
    }
    papertide("import", str(write_rows(place / "rows", rows)), data=place / "data")
    with running(place / "data", "--offline") as (_, address):
        yield address


@pytest.fixture(scope="module")
def browser():
    found = shutil.which("chromium")
    if found is None:
        missing("Chromium is not installed (Debian: apt install chromium)")
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update"]  # fmt: skip
    with sync_playwright() as playwright:
        held = playwright.chromium.launch(
            executable_path=found, args=[*quiet, "--no-sandbox"], headless=True
        )
        yield held
        held.close()


PATHS = (
    "/", "/day/2020-01-01", "/search?q=robot", "/search?q=zzzz", "/search", "/papers/2001.00001",
    "/papers/2001.00002", "/listings", "/author/ada-lovelace", "/category/cs.LG",
    "/similar?text=robot+graph", "/nothing",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page(browser, site, path, size, scheme):
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    page = context.new_page()
    errors, hosts = [], set()
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    answer = page.goto(site + path)
    assert answer.status == (404 if path == "/nothing" else 200)
    assert [e for e in errors if "404" not in e] == []
    assert hosts == {urlsplit(site).netloc}
    assert "owned" not in page.title() or "<script>" in page.title()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    context.close()


def test_reading_by_keyboard_and_form_alone(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    page.get_by_role("searchbox").first.fill("robot graph")
    page.get_by_role("searchbox").first.press("Enter")
    assert page.locator("mark").count() > 0
    page.locator("main h2 a, main h3 a").first.click()
    assert page.locator("h1").inner_text()
    assert "@misc" in page.content()
    context.close()
