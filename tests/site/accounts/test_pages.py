"""The pages of accounts, and what all pages show of one who is signed in."""

import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from papertide.site.accounts.models import AuditEntry
from papertide.site.pages import READER
from tests.site.accounts.people import PASSWORD, browser, person

HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture(autouse=True)
def _gone(site):
    yield
    get_user_model().objects.all().delete()
    AuditEntry.objects.all().delete()


def queries(client, path: str) -> list[str]:
    client.get(path)
    with CaptureQueriesContext(connection) as held:
        assert client.get(path).status_code == 200
    return [one["sql"] for one in held if "SAVEPOINT" not in one["sql"]]


@pytest.mark.parametrize(
    ("path", "more"),
    [("/day/2025-03-18", 0), ("/search?q=study", 0), ("/papers/2503.00001", 1)],
)  # fmt: skip
def test_pages_ask_for_nobody_who_is_not_signed_in(site, files, path, more):
    """And for one who is, for the session, the user with the account, and their votes; their reader
    costs what any reader's does. On a paper's page `more` are for their collections."""
    anonymous = queries(browser(), path)
    assert not any('FROM "auth_user"' in sql or "django_session" in sql for sql in anonymous)
    reader = browser()
    reader.cookies[READER] = site.save("", "2503.00001")
    signed_in = queries(browser(person("ada")), path)
    assert len(signed_in) == len(queries(reader, path)) + 3 + more


def test_an_anonymous_page_is_the_same_and_none_of_a_name(site, files):
    page = browser().get("/")
    assert page.content == browser().get("/").content and not page.cookies
    assert b"Sign in" in page.content and b"Sign out" not in page.content
    assert browser(person("ada")).get("/").content.count(b"Sign out") == 1


@pytest.mark.parametrize(
    ("role", "there"),
    [("reader", False), ("curator", False), ("moderator", False), ("admin", True)],
)
def test_the_menu_has_what_a_role_may_do(site, files, role, there):
    page = browser(person("ada", role, name=HOSTILE)).get("/").content
    assert (b"/account/people" in page) == there
    assert b"<script>alert" not in page and b"&lt;script&gt;alert" in page


def test_the_key_of_a_reader_stays_here(site, files):
    user = person("ada")
    client = browser()
    key = site.save("", "2503.00001")
    client.cookies[READER] = key
    client.force_login(user, "papertide.site.accounts.backend.Backend")
    sent = client.post("/saved", {"save": "2503.00002"})
    assert user.account.reader_key not in str(sent.cookies)
    assert client.get("/saved").cookies == {} or not client.cookies[READER].value
    client.post("/account/logout/")
    assert b"2503.00002" not in client.get("/saved").content


def test_what_a_browser_kept_is_there_after_signing_in(site, mails):
    user = person("ada", password=PASSWORD)
    client = browser()
    client.post("/saved", {"save": "2503.00001"})
    key = client.cookies[READER].value
    answer = client.post("/account/login/", {"login": "ada", "password": PASSWORD})
    assert answer.cookies[READER].value == "" and answer.cookies[READER]["max-age"] == 0
    assert b"2503.00001" in client.get("/saved").content
    assert site.reader(key) is None and site.saved(user.account.reader_key)[1] == 1
    client.post("/account/logout/")
    assert b"2503.00001" not in client.get("/saved").content


def test_settings(site, files):
    client = browser(person("ada"))
    assert b"ada@example.org" in client.get("/account").content
    sent = client.post("/account", {"name": "Ada", "about": HOSTILE[:-1]}, follow=True)
    assert b"Kept." in sent.content and b"<script>alert" not in sent.content
    assert b"Kept." not in client.get("/account").content  # told once
    answer = client.post("/account", {"name": HOSTILE, "about": "kept as typed"})
    assert answer.status_code == 400 and b"kept as typed" in answer.content
    assert browser().get("/account").url == "/account/login/?next=/account"


def test_the_export_is_a_file_for_its_account_alone(site, files):
    client = browser(person("ada"))
    client.post("/saved", {"save": "2503.00001"})
    answer = client.get("/account/export")
    assert answer["Content-Disposition"].startswith('attachment; filename="papertide-ada-')
    assert "no-store" in answer["Cache-Control"]
    held = json.loads(answer.content)
    assert held["account"]["handle"] == "ada" and len(held["saved_papers"]) == 1
    assert browser().get("/account/export").url == "/account/login/?next=/account/export"


def test_deleting_asks_who_it_is_and_for_the_handle(site, mails):
    person("ada", password=PASSWORD)
    client = browser()
    client.post("/account/login/", {"login": "ada", "password": PASSWORD})
    asked = client.get("/account/delete")
    assert asked.url.startswith("/account/reauthenticate/?next=")
    assert client.post("/account/delete", {"handle": "adam"}).status_code == 302  # nor by a form
    assert client.post(asked.url, {"password": "wrong"}).status_code == 200
    assert client.get("/account/delete").status_code == 302
    wrong = client.post(asked.url, {"password": PASSWORD})  # goes on with what was sent
    assert wrong.status_code == 400 and b"Nothing was deleted" in wrong.content
    done = client.post("/account/delete", {"handle": "@Ada"}, follow=True)
    assert done.redirect_chain[0][0] == "/" and b"was deleted" in done.content
    assert site.accounts()[1] == 0 and b"Sign out" not in client.get("/").content


def test_the_last_admin_stays(site, files):
    client = browser(person("ada", "admin"))
    answer = client.post("/account/delete", {"handle": "ada"})
    assert answer.status_code == 400 and b"last admin" in answer.content


def test_admins_give_roles_and_suspend(site, files):
    admin = person("grace", "admin")
    client, ada = browser(admin), browser(person("Ada", name=HOSTILE))
    page = client.get("/account/people?q=ADA").content
    assert b"@Ada" in page and b"@grace</h2>" not in page and b"<script>alert" not in page

    def post(**form):
        return client.post("/account/people", {"handle": "Ada"} | form)

    assert post(do="role", role="curator").url == "/account/people?q=Ada"
    assert b"@Ada is a curator now" in client.get("/account/people?q=Ada").content
    for wrong in (
        {"do": "role", "role": "queen"}, {"do": "suspend", "reason": " "}, {"do": "x"},
        {"do": "suspend", "reason": "x" * 501}, {"do": "suspend", "handle": "grace", "reason": "x"},
    ):  # fmt: skip
        assert post(**wrong).status_code == 400, wrong
    assert post(do="role", role="curator", handle="nobody\0").status_code == 404
    post(do="suspend", reason="Advertising")
    assert ada.get("/account").status_code == 302
    assert b"Advertising" in client.get("/account/people").content
    post(do="restore")
    told = list(AuditEntry.objects.order_by("id").values_list("action", "actor_id"))
    assert told == [(what, admin.pk) for what in ("set role", "suspend", "restore")]


@pytest.mark.parametrize("role", ["reader", "curator", "moderator"])
def test_accounts_are_shown_to_admins_alone(site, files, role):
    assert browser(person("ada", role)).get("/account/people").status_code == 403


def test_who_is_shown_has_a_page_of_their_own_number(site, files):
    """A list of accounts is paged, and costs the same however long it is."""
    client = browser(person("grace", "admin"))
    few = len(queries(client, "/account/people"))
    for n in range(60):
        person(f"ada{n}")
    assert len(queries(client, "/account/people")) == few
    page = client.get("/account/people?q=ada&page=2").content.decode()
    assert "Page 2 of 2" in page and "q=ada&amp;page=1" in page
    assert len(re.findall("<article", page)) == 10


def test_alone_nobody_signs_in(site, alone):
    client = browser()
    for path in ("/account/login/", "/account/signup/", "/account/2fa/", "/account/email/"):
        assert client.get(path).url == "/account" and client.post(path).url == "/account"
    page = client.get("/account").content.decode()
    assert "Nobody signs in" in page and "Delete" not in page and "/account/email/" not in page
    assert client.get("/account/delete").status_code == 404
    assert client.get("/account/people").url == "/account"
    home = client.get("/").content
    assert b"Sign" not in home and b"Your data" in home
    assert sum('FROM "auth_user"' in sql for sql in queries(client, "/")) == 1  # whose votes
    client.post("/saved", {"save": "2503.00001"})
    held = json.loads(client.get("/account/export").content)
    assert held["account"]["handle"] == "owner"
    assert [one["paper__public_id"] for one in held["saved_papers"]] == ["2503.00001"]
    assert client.post("/account", {"name": "Ada", "about": ""}).url == "/account"
    assert b'value="Ada"' in client.get("/account").content
