"""Accounts in a real browser: a link that sets a password, a passkey, the menu, the pages."""

import re

from playwright.sync_api import expect

from tests.browser.checks import check, watch
from tests.fixtures import papertide
from tests.site.accounts.people import PASSWORD

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "isUserVerified": True,
    "hasUserVerification": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def test_from_an_invitation_to_a_passkey(open_context, site, filled):
    """Passkeys are for names, not for numbers: the site is asked for as localhost."""
    site = site.replace("127.0.0.1", "localhost")
    done = papertide("accounts", "add", "hopper", "hopper@example.org", data=filled)
    path = re.search("/account/.*", done.stdout)[0]
    context = open_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    faults = watch(page, site.removeprefix("http://"))
    page.goto(site + path)
    for name in ("password1", "password2"):
        page.locator(f"[name={name}]").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Handle or e-mail address").fill("hopper")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    me = page.get_by_role("button", name="You, @hopper")
    expect(me).to_be_visible()

    page.goto(site + "/account/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="It is me").click()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.get_by_label("without a password").check()
    page.get_by_role("button", name="Add it").click()
    page.goto(site + "/account/2fa/webauthn/")
    expect(page.get_by_text("Signs in without a password")).to_be_visible()

    me.click()
    page.get_by_role("button", name="Sign out").click()
    expect(me).to_have_count(0)
    page.get_by_role("button", name="You", exact=True).click()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(me).to_be_visible()
    assert faults == []


def test_the_pages_of_accounts(open_context, site, staff):
    assert check(open_context, site + "/account/signup/") == []
    assert check(open_context, site + "/account/people", staff=staff) == []
