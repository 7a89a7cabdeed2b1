"""What holds for every page. A page is loaded once with scripts and once without; what is wrong
with it is returned, all at once, as lines to read."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.browser.chromium import SIZES

_AXE = Axe()  # runs through the debugger, so the page's own policy stays on
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_EVERYTHING = {"type": "tag", "values": _TAGS}
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_NAVIGATION = "nav, [role=search], [role=navigation], button, input, select, textarea"
# Answers that were not 200 are looked at by themselves; a search that is given up for a newer one
# is what is wanted, and htmx writes that down as an error.
_NO_FAULTS = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")

# In the page: the first of the elements that a reader can see, as its tag with its classes.
_VISIBLE = """selector => {
    for (const e of document.querySelectorAll(selector))
        if (e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length)
            return e.tagName.toLowerCase() + '.' + e.getAttribute('class')
}"""
# In the page: the widest elements that reach beyond the screen, and how far.
_TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return ''
    return Array.from(document.body.querySelectorAll('*'))
        .filter(e => e.getBoundingClientRect().right > width + 1)
        .slice(-3).map(e => e.tagName.toLowerCase() + '.' + e.getAttribute('class') + ' to '
            + Math.round(e.getBoundingClientRect().right)).join(', ')
        || 'the page itself, ' + document.documentElement.scrollWidth
}"""


def watch(page: Page, host: str) -> list[str]:
    """Collect what goes wrong while a page is used: errors, dialogs, requests to others."""
    faults = []

    def console(message):
        if message.type == "error" and not message.text.startswith(_NO_FAULTS):
            faults.append(f"console: {message.text}")

    def request(sent):
        if urlsplit(sent.url).netloc != host and not sent.url.startswith("data:"):
            faults.append(f"asked another host: {sent.url[:200]}")

    def response(answer):
        if answer.status >= 400 and not answer.request.is_navigation_request():
            faults.append(f"{answer.status} for {answer.url[:200]}")

    def dialog(opened):
        faults.append(f"dialog: {opened.message}")
        opened.dismiss()

    page.on("console", console)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on("request", request)
    page.on("response", response)
    page.on("dialog", dialog)
    return faults


def violations(page: Page, what: str, rules: dict = _EVERYTHING) -> list[str]:
    """Each violation that axe-core finds, of any impact, with the first element."""
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = _AXE.run(page, options=options).response["violations"]
    return [
        f"axe, {what}: {one['id']} ({one['impact']}), {len(one['nodes'])} times, "
        f"{one['nodes'][0]['target'][0]}: {one['nodes'][0]['failureSummary'][:300]}"
        for one in found
    ]


def check(
    open_context, address: str, status: int = 200, staff: tuple[str, str] | None = None,
    cookies: Sequence[dict] = (),
) -> list[str]:  # fmt: skip
    """What is wrong with the page at an address, for a member of the `staff` (name, password)
    or for a reader with some `cookies` where it is theirs; nothing, if all is well."""
    context = open_context(
        viewport=SIZES["desktop"], color_scheme="light", reduced_motion="reduce"
    )
    if staff:
        parts = urlsplit(address)
        sign_in(context, f"{parts.scheme}://{parts.netloc}", *staff)
    context.add_cookies(cookies)
    page = context.new_page()
    faults = watch(page, urlsplit(address).netloc)
    answer = page.goto(address)
    if answer.status != status:
        faults.append(f"status {answer.status}")
    if (headings := page.locator("h1").count()) != 1:
        faults.append(f"{headings} h1")
    if "script-src" in (policy := answer.headers.get("content-security-policy", "none")):
        if "unsafe" in policy:
            faults.append(f"policy: {policy}")
    elif "default-src 'self'" not in policy:
        faults.append(f"policy: {policy}")
    if page.evaluate("document.getAnimations().length"):
        faults.append("something moves for readers who asked for less")
    faults += violations(page, "light")
    page.emulate_media(color_scheme="dark")
    faults += violations(page, "dark", _COLOURS)  # the rest is as it was
    faults += _narrow(page) + _printed(page) + _without_scripts(open_context, page, answer.url)
    return faults


def _narrow(page: Page) -> list[str]:
    """On a phone, and on a smaller one (WCAG 1.4.10 asks for 320 pixels)."""
    faults = []
    if wide := page.evaluate(_TOO_WIDE):
        faults.append(f"desktop scrolls sideways: {wide}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(SIZES["phone"])
    faults += violations(page, "phone")
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        if wide := page.evaluate(_TOO_WIDE):
            faults.append(f"{width} pixels scroll sideways: {wide}")
    return faults


def _printed(page: Page) -> list[str]:
    page.emulate_media(media="print")
    if seen := page.evaluate(_VISIBLE, _NAVIGATION):
        return [f"printed: {seen}"]
    return [] if page.locator("h1").is_visible() else ["printed without its heading"]


def _without_scripts(open_context, page: Page, address: str) -> list[str]:
    """With scripts blocked the same headings and links are there to read."""
    page.emulate_media(media="screen")
    page.set_viewport_size(SIZES["desktop"])
    plain = open_context(viewport=SIZES["desktop"], java_script_enabled=False)
    plain.add_cookies(page.context.cookies())
    bare = plain.new_page()
    bare.goto(address)
    return [
        f"without scripts: not the same {what}"
        for what, selector in (("headings", "h1, h2, h3"), ("links", "main a[href]"))
        if _texts(bare, selector) != _texts(page, selector)
    ]


def _texts(page: Page, selector: str) -> list[str]:
    return page.evaluate(
        "s => Array.from(document.querySelectorAll(s), e => e.checkVisibility() && e.innerText)",
        selector,
    )


def sign_in(context: BrowserContext, site: str, name: str, password: str) -> None:
    """Sign in for the moderators' desk."""
    page = context.new_page()
    page.goto(site + "/admin/login/")
    page.locator("[name=login]").fill(name)
    page.locator("[name=password]").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(site + "/admin/")
    page.close()
