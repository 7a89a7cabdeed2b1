"""Mail that is really sent: a running site, and a mail server beside it."""

import http.cookiejar
import re
import shutil
import sqlite3
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.mailbox import mailbox
from tests.serving import serving
from tests.site.accounts.people import PASSWORD


@pytest.fixture(scope="module")
def box():
    with mailbox() as held:
        yield held


@pytest.fixture(scope="module")
def running(migrated_sqlite, box, tmp_path_factory):
    data = tmp_path_factory.mktemp("mail") / "data"
    shutil.copytree(migrated_sqlite, data)
    settings = {
        "PAPERTIDE_MAIL_SERVER": box.address, "PAPERTIDE_CONTACT": "site@b.org",
        "PAPERTIDE_GITHUB": "id:secret",
    }  # fmt: skip
    with serving(data, **settings) as at:
        yield data, at


class _Browser:
    """As a person has it: pages, their forms with their tokens, cookies."""

    def __init__(self, site: str):
        self._site = site
        jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open

    def get(self, path: str) -> str:
        answer = self._open(self._site + path, timeout=30)
        self.headers, self.page = answer.headers, answer.read().decode()
        return self.page

    def send(self, path: str, **form) -> tuple[int, str]:
        """The form of a page, with its token; the status and page it leads to."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))[1]
        sent = urllib.parse.urlencode(form | {"csrfmiddlewaretoken": token}).encode()
        try:
            answer = self._open(self._site + path, sent, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        self.page = answer.read().decode()
        return answer.status, self.page

    def sign_up(self, handle: str) -> tuple[int, str]:
        email = f"{handle}@example.org"
        return self.send("/account/signup/", username=handle, email=email, password1=PASSWORD)


def _handles(data) -> list[str]:
    with sqlite3.connect(data / "papertide.sqlite3") as held:
        users = held.execute("SELECT username FROM auth_user")
        found = [name for (name,) in [*users, *held.execute("SELECT handle FROM accounts_account")]]
    held.close()
    return found


def test_from_a_form_by_mail_to_an_account(running, box):
    _, site = running
    browser = _Browser(site)
    status, page = browser.sign_up("ada")
    assert status == 200 and "Look into your mail" in page and "Sign out" not in page
    [(to, text)] = box.mails
    assert to == ["ada@example.org"]
    assert "Subject: Confirm your address" in text and "From: site@b.org" in text
    path = re.search(rf"{site}(/account/confirm-email/\S+)", text.replace("=\r\n", ""))[1]
    status, page = browser.send(path)
    assert status == 200 and "@ada" in page and "Sign out" in page
    assert "ada@example.org is confirmed." in page


def test_the_policy_of_pages_lets_forms_lead_to_a_provider_that_is_set_up(running):
    browser = _Browser(running[1])
    assert "Sign in with GitHub" in browser.get("/account/login/")
    policy = browser.headers["Content-Security-Policy"]
    assert "form-action 'self' https://github.com;" in f"{policy};" and "secret" not in browser.page


def test_a_server_that_takes_no_mail_leaves_no_account(running, box):
    data, site = running
    box.refuses = True
    assert _Browser(site).sign_up("grace")[0] == 503
    box.stop()  # and then it is not there at all
    browser = _Browser(site)
    for _ in range(2):  # nor does the first attempt stand in the way of the next
        status, page = browser.sign_up("grace")
        assert status == 503 and "The mail to you could not be sent" in page
    assert "grace" not in _handles(data)
