"""The whole path, in a real browser, with a real mail server: sign up, confirm, submit, vote,
comment, curate, publish, moderate."""

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import watch
from tests.fixtures import papertide
from tests.mailbox import mailbox
from tests.serving import running
from tests.site.accounts.people import PASSWORD
from tests.site.curation.conftest import entry, feed
from tests.sources.loopback import Answered, Server

ARXIV, TITLE = "2511.00042", "A paper that arXiv alone has"


@pytest.fixture
def community(migrated_sqlite, tmp_path):
    """A running site of many readers, its mail, its data folder; arXiv is on loopback."""
    data = tmp_path / "data"
    shutil.copytree(migrated_sqlite, data)
    with mailbox() as box, Server() as arxiv:
        arxiv.handle("/api/query", lambda _: Answered(feed(entry(ARXIV, TITLE)).encode()))
        settings = {
            "PAPERTIDE_MODE": "site", "PAPERTIDE_MAIL_SERVER": box.address,
            "PAPERTIDE_WORKERS": "1", "PAPERTIDE_EDITION_TIME": "23:59",
            "PAPERTIDE_SOURCE_URLS": f"arxiv-api={arxiv.address}/api/query",
        }  # fmt: skip
        with running(data, "--offline", **settings) as (_, site):
            yield site, box, data


def _invited(page: Page, site: str, data, handle: str, role: str) -> None:
    """Somebody whom an admin added, signed in."""
    done = papertide("accounts", "add", handle, f"{handle}@example.org", data=data)
    assert papertide("accounts", "role", handle, role, data=data).returncode == 0
    page.goto(site + re.search("/account/.*", done.stdout)[0])
    for name in ("password1", "password2"):
        page.locator(f"[name={name}]").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.goto(site + "/account/login/")
    page.get_by_label("Handle or e-mail address").fill(handle)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name=f"You, @{handle}")).to_be_visible()


def _publish(data) -> None:
    """The clock of the site a day later."""
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    code = (
        "import datetime, papertide; papertide.open_library().publish_due("
        f"datetime.datetime.fromisoformat({later!r}))"
    )
    environment = {"PAPERTIDE_DATA": str(data), "PAPERTIDE_MODE": "site",
                   "PAPERTIDE_EDITION_TIME": "23:59"}  # fmt: skip
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_the_whole_path(community, open_context):
    site, box, data = community
    ada, mo = (open_context(viewport=size).new_page() for size in (
        {"width": 390, "height": 844}, {"width": 1280, "height": 900},
    ))  # fmt: skip
    faults = [watch(page, site.removeprefix("http://")) for page in (ada, mo)]

    # Sign up, and confirm by the mail.
    ada.goto(site + "/account/signup/")
    ada.get_by_label("E-mail address").fill("ada@example.org")
    ada.get_by_label("Handle").fill("ada")
    ada.get_by_label("Password").fill(PASSWORD)
    ada.get_by_role("button", name="Create the account").click()
    expect(ada.get_by_role("heading", level=1)).to_contain_text("mail")
    [(_, text)] = box.mails
    ada.goto(re.search(rf"{site}\S+confirm-email/\S+", text.replace("=\r\n", ""))[0])
    ada.get_by_role("main").get_by_role("button").first.click()
    expect(ada.get_by_role("button", name="You, @ada")).to_be_visible()

    # Submit; a moderator looks at the first one.
    ada.get_by_role("link", name="Submit a paper").click()
    ada.get_by_label("arXiv id, DOI").fill(f"https://arxiv.org/abs/{ARXIV}")
    ada.get_by_role("button", name="Submit", exact=True).click()
    expect(ada.get_by_text("Waiting for a moderator")).to_be_visible()
    _invited(mo, site, data, "mo", "moderator")
    mo.goto(site + "/moderation")
    mo.get_by_role("link", name="Submissions").click()
    mo.get_by_role("button", name="Accept").click()
    expect(mo.get_by_text("Nothing waits.")).to_be_visible()

    # Vote and comment.
    ada.goto(f"{site}/papers/{ARXIV}")
    vote = ada.locator(".toolbar .vote")
    vote.click()
    expect(vote).to_have_attribute("aria-pressed", "true")
    ada.get_by_label("Your comment").fill("Buy now at https://spam.example/ **cheap**")
    ada.get_by_role("button", name="Comment", exact=True).click()
    expect(ada.locator(".said strong")).to_have_text("cheap")

    # Curate, and publish on time.
    mo.goto(f"{site}/papers/{ARXIV}")
    expect(mo.locator(".toolbar .vote [data-votes]")).to_have_text("1")
    mo.get_by_text("Pick it").click()
    mo.get_by_label("Why, in a line").fill("The one of the day")
    mo.get_by_role("button", name="Pick for the next edition").click()
    mo.goto(site + "/picks")
    day = mo.get_by_label("For the edition of").input_value()
    _publish(data)
    ada.goto(f"{site}/day/{day}")
    expect(ada.get_by_text("Edition published")).to_be_visible()
    expect(ada.get_by_role("heading", name="Curators’ picks")).to_be_visible()
    expect(ada.get_by_text("The one of the day")).to_be_visible()
    expect(ada.get_by_role("link", name=TITLE)).to_be_visible()

    # Moderate: a new account's link waits for a look; hidden, with a reason, its author is told.
    mo.goto(site + "/moderation")
    mo.get_by_role("link", name="Comments to look at").click()
    mo.get_by_placeholder("Reason, told to its author").fill("Advertising")
    mo.get_by_role("button", name="Hide").click()
    ada.goto(site + "/notices")
    expect(ada.get_by_text("A moderator hid your comment: Advertising")).to_be_visible()
    mo.goto(site + "/moderation/log")
    for action in ("hide comment", "accept submission"):
        expect(mo.get_by_role("main")).to_contain_text(action)
    assert faults == [[], []]
