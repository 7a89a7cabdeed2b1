"""Signing up, in and out through allauth, as this site has it set up."""

import dataclasses
import json
import re

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import override_settings

from papertide.site.accounts import adapters, handles
from papertide.site.accounts.models import Account
from papertide.site.readers.models import Reader
from tests.site.accounts.people import PASSWORD, browser, person

User = get_user_model


@pytest.fixture(autouse=True)
def _gone(site):
    yield
    User().objects.all().delete()


def sign_up(client, handle="ada", email="ada@example.org", password=PASSWORD, **more):
    form = {"username": handle, "email": email, "password1": password, **more}
    return client.post("/account/signup/", form)


def sign_in(client, login, password=PASSWORD, path="/account/login/", **more):
    return client.post(path, {"login": login, "password": password}, **more)


def signed_in_as(client) -> str:
    found = re.search(r'aria-label="You, @([^"]+)"', client.get("/").content.decode())
    return found[1] if found else ""


def link(sent) -> str:
    return re.search(r"http://localhost(/\S+)", sent.body)[1]


def test_from_signing_up_to_signing_out(site, mails):
    client = browser()
    assert sign_up(client).url == "/account/confirm-email/"
    assert signed_in_as(client) == ""
    [sent] = mails
    assert sent.to == ["ada@example.org"] and sent.subject == "Confirm your address"
    assert "@ada" in sent.body and max(map(len, sent.body.splitlines())) < 120
    page = client.get(link(sent))
    assert page.status_code == 200 and signed_in_as(client) == ""  # a GET changes nothing
    assert client.post(link(sent)).status_code == 302
    assert signed_in_as(client) == "ada"
    assert client.post("/account/logout/").url == "/"
    assert signed_in_as(client) == ""


def test_an_address_that_is_not_confirmed_signs_nobody_in(site, mails):
    sign_up(browser())
    other = browser()
    assert sign_in(other, "ada").url == "/account/confirm-email/"
    assert signed_in_as(other) == ""
    # Confirmed in another browser, the account is not signed in there: the link is not a key.
    other.post(link(mails[0]))
    assert signed_in_as(browser()) == "" and sign_in(other, "ADA").url == "/"


@pytest.mark.parametrize("login", ["ada", "Ada", "ada@example.org", "ADA@example.org"])
def test_by_handle_or_address(site, mails, login):
    person("Ada", password=PASSWORD)
    client = browser()
    assert sign_in(client, login).url == "/"
    assert signed_in_as(client) == "Ada"


@pytest.mark.parametrize(
    "handle",
    ["a", "x" * 31, "ada lovelace", "ada@home", "ädä", "аda", "-ada", "_", "<script>", "ada\0",
     "admin", "Owner", "MODERATOR", "ada.b", ".."],
)  # fmt: skip
def test_what_no_handle_can_be(site, mails, handle):
    answer = sign_up(browser(), handle)
    assert answer.status_code == 200
    assert 'id="id_username_error"' in answer.content.decode()
    assert not User().objects.exists() and mails == []


@pytest.mark.parametrize("handle", ["ab", "A-b_9", "x" * 30, "0x", "42"])
def test_what_one_can_be(handle):
    assert handles.problem(handle) == ""


def test_no_handle_is_taken_in_other_letters(site, mails):
    person("Ada")
    answer = sign_up(browser(), "aDA", "other@example.org")
    assert "has this handle already" in answer.content.decode()


def test_of_two_at_once_one_gets_the_handle(site, mails, monkeypatch):
    person("Ada")
    # The other one came between the check and the row.
    monkeypatch.setattr(adapters.Accounts, "clean_username", lambda self, name, shallow=0: name)
    answer = sign_up(browser(), "ada", "other@example.org")
    assert answer.status_code == 409 and b"took this handle" in answer.content
    assert User().objects.count() == Account.objects.count() == 1


def test_signing_up_tells_nobody_which_addresses_there_are(site, mails):
    person("Grace")
    new, known = sign_up(browser()), sign_up(browser(), "hop", "grace@example.org")
    assert (new.status_code, new.url) == (known.status_code, known.url)
    assert [one.subject for one in mails] == [
        "Confirm your address", "You have an account already"
    ]  # fmt: skip
    for email in ("grace@example.org", "nobody@example.org"):
        answer = browser().post("/account/password/reset/", {"email": email})
        assert answer.url == "/account/password/reset/done/"
    assert [one.subject for one in mails[2:]] == [
        "Choose a new password", "No account with this address"
    ]  # fmt: skip
    pages = {sign_in(browser(), login).content.count(b"not correct") for login in ("grace", "x")}
    assert pages == {1}


def test_a_new_password_ends_other_sessions(site, mails):
    user = person("Ada", password=PASSWORD)
    here, there = browser(), browser()
    sign_in(here, "ada"), sign_in(there, "ada")
    form = {"oldpassword": PASSWORD, "password1": "another one", "password2": "another one"}
    assert here.post("/account/password/change/", form).status_code == 302
    assert (signed_in_as(here), signed_in_as(there)) == ("Ada", "")
    assert mails[-1].subject == "Your password was changed"
    # By a link in a mail too.
    browser().post("/account/password/reset/", {"email": user.email})
    stranger = browser()
    form = stranger.get(link(mails[-1])).url
    stranger.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    assert signed_in_as(here) == "" and sign_in(browser(), "ada").url == "/"
    assert "works no more" in stranger.get(link(mails[-2])).content.decode()


def test_another_address_counts_when_it_is_confirmed(site, mails):
    user = person("Ada", password=PASSWORD)
    client = browser()
    sign_in(client, "ada")
    form = {"action_add": "", "email": "new@example.org"}
    asked = client.post("/account/email/", form)
    assert asked.url.startswith("/account/reauthenticate/")
    client.post(asked.url, {"password": PASSWORD})  # goes on with what was sent
    assert [one.to for one in mails] == [["new@example.org"]]
    assert b"waits to be confirmed" in client.get("/account/email/").content
    assert sign_in(browser(), "new@example.org").url == "/account/confirm-email/"
    client.post(link(mails[0]))
    user.refresh_from_db()
    assert user.email == "new@example.org" and user.emailaddress_set.count() == 1
    assert mails[-1].to == ["ada@example.org"]  # the old one is told
    assert sign_in(browser(), "ada@example.org").status_code == 200


def test_signing_out_everywhere_else(site, mails):
    person("Ada", password=PASSWORD)
    here, there = browser(), browser()
    sign_in(here, "ada"), sign_in(there, "ada", HTTP_USER_AGENT="A phone")
    assert b"A phone" in here.get("/account/sessions/").content
    here.post("/account/sessions/")
    assert (signed_in_as(here), signed_in_as(there)) == ("Ada", "")


def test_a_suspended_account_is_told_why(site, mails):
    person("Ada", password=PASSWORD)
    client = browser()
    sign_in(client, "ada")
    site.suspend("ada", "Advertising <b>everywhere</b>")
    assert signed_in_as(client) == ""
    answer = sign_in(client, "ada")
    assert answer.status_code == 403
    assert "Advertising &lt;b&gt;everywhere" in answer.content.decode()
    assert "suspended" not in sign_in(client, "ada", "wrong password").content.decode()
    site.restore("ada")
    assert sign_in(client, "ada").url == "/"


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)",
     "http:evil.example", "https://localhost@evil.example/"],
)
def test_nobody_is_led_elsewhere(site, mails, address):
    person("Ada", password=PASSWORD)
    client = browser()
    form = {"login": "ada", "password": PASSWORD, "next": address}
    assert client.post("/account/login/", form).url == "/"
    assert client.post("/account/logout/", {"next": address}).url == "/"
    assert sign_in(client, "ada", path="/account/login/?next=/saved").url == "/saved"


@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 200), (3, 429)])
def test_limits_count_readers_and_not_proxies(site, mails, proxies, status):
    with override_settings(
        ALLAUTH_TRUSTED_PROXY_COUNT=proxies, ACCOUNT_RATE_LIMITS={"login": "3/m/ip"}
    ):
        client = browser()
        answers = [
            sign_in(client, "nobody", headers={"X-Forwarded-For": f"203.0.113.9, 192.0.2.{n}"})
            for n in range(4)
        ]
    assert [one.status_code for one in answers] == [200, 200, 200, status]
    assert status == 200 or b"That was often" in answers[-1].content


def test_no_other_site_signs_anybody_in_or_out(site, mails):
    person("Ada", password=PASSWORD)
    client = browser()
    client.handler.enforce_csrf_checks = True
    assert sign_in(client, "ada").status_code == 403  # without the token of the form
    client.handler.enforce_csrf_checks = False
    sign_in(client, "ada")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert client.post("/account/logout/", headers=headers).status_code == 403
    client.get("/account/logout/")  # only asks
    assert signed_in_as(client) == "Ada"


def test_cookies_are_for_the_server_alone(site, mails):
    person("Ada", password=PASSWORD)
    client = browser()
    sign_in(client, "ada")
    kept = client.cookies["sessionid"]
    assert kept["httponly"] and kept["samesite"] == "Lax"


def test_where_nobody_may_sign_up(site, mails):
    with override_settings(CONFIG=dataclasses.replace(settings.CONFIG, sign_up="closed")):
        assert b"made by the admins" in browser().get("/account/signup/").content
        sign_up(browser())
    assert not User().objects.exists()
    site.add_account("Grace", "grace@example.org", "admin")
    invited = browser()
    form = invited.get(site.invitation("grace")).url
    invited.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    assert sign_in(invited, "grace").url == "/" and signed_in_as(invited) == "Grace"
    assert b"works no more" in invited.get(site.invitation("grace") + "x/").content


class _Broken:
    def __init__(self, *_, **named): ...

    def send_messages(self, messages):
        raise ConnectionRefusedError("secret.host refused")


def test_a_mail_that_cannot_be_sent_leaves_nothing(site, mails):
    client = browser()
    with override_settings(EMAIL_BACKEND=f"{__name__}._Broken"):
        answer = sign_up(client)
        assert answer.status_code == 503 and b"could not be sent" in answer.content
        assert b"secret.host" not in answer.content
        reset = client.post("/account/password/reset/", {"email": "x@example.org"})
        assert reset.status_code == 503
    for kind in (User(), Account, Reader):
        assert not kind.objects.exists()
    sign_up(client)  # at once, and the mail is sent
    assert len(mail.outbox) == 1


def test_second_factors(site, mails):
    from allauth.mfa.totp.internal import auth

    person("Ada", "admin", password=PASSWORD)
    client = browser()
    sign_in(client, "ada")
    path = "/account/2fa/totp/activate/"
    asked = client.get(path)
    assert asked.url.startswith("/account/reauthenticate/?next=")  # only who is still there
    assert client.post(asked.url, {"password": PASSWORD}).url == path
    page = client.get(path)
    policy = page["Content-Security-Policy"]
    assert "data:" not in policy and b"<svg" in page.content and b'src="data:' not in page.content
    secret = re.search(r"Secret: <code>(\w+)", page.content.decode())[1]
    code = auth.format_hotp_value(
        auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time()))
    )
    assert client.post(path, {"code": code}).status_code == 302
    assert mails[-1].subject in ("An app shows codes for you", "New recovery codes")
    codes = client.get("/account/2fa/recovery-codes/download/").content.decode().split()
    assert len(codes) == 10
    client.post("/account/logout/")
    # The admin's desk asks for it as well.
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/").url == "/account/login/?next=%2Fadmin%2F"
    assert sign_in(client, "ada", path="/account/login/?next=/admin/").url.startswith(
        "/account/2fa/authenticate/"
    )
    assert signed_in_as(client) == "" and client.get("/admin/").status_code == 302
    wrong = client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert b'id="id_code_error"' in wrong.content
    assert client.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert client.get("/admin/").status_code == 200
    again = browser()
    sign_in(again, "ada")
    used = again.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert b'id="id_code_error"' in used.content


@pytest.mark.parametrize("role", ["reader", "curator", "moderator"])
def test_the_admins_desk_is_for_admins(site, files, role):
    client = browser(person("Ada", role))
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_no_provider_without_its_client(site, files):
    for provider in ("orcid", "github", "google"):
        for path in ("login", "login/callback"):
            assert browser().get(f"/account/{provider}/{path}/").status_code == 404
            assert browser().post(f"/account/{provider}/{path}/").status_code == 404
    page = browser().get("/account/login/").content
    assert not any(name in page for name in (b"ORCID", b"GitHub", b"Google"))


def test_by_orcid(site, mails, monkeypatch):
    """A new reader chooses a handle; an account kept so is what claims go by."""
    from allauth.socialaccount.providers.oauth2.client import OAuth2Client
    from allauth.socialaccount.providers.orcid.views import OrcidOAuth2Adapter

    from papertide.site.settings import provider

    told = {"orcid-identifier": {"path": "0000-0002-1825-0097"}}
    monkeypatch.setattr(
        OAuth2Client, "get_access_token", lambda *_, **__: {"access_token": "t", "orcid": "0"}
    )
    monkeypatch.setattr(
        OrcidOAuth2Adapter, "complete_login",
        lambda self, request, app, token, **_:
            self.get_provider().sociallogin_from_response(request, told),
    )  # fmt: skip
    held = settings.SOCIALACCOUNT_PROVIDERS | {"orcid": provider("ORCID", "me:secret")}
    with override_settings(SOCIALACCOUNT_PROVIDERS=held):
        client = browser()
        assert b"Sign in with ORCID" in client.get("/account/login/").content
        assert client.get("/account/orcid/login/").status_code == 200  # asks for a POST
        away = client.post("/account/orcid/login/").url
        assert away.startswith("https://orcid.org/oauth/authorize?") and "client_id=me&" in away
        state = re.search(r"state=(\w+)", away)[1]
        answer = client.get(f"/account/orcid/login/callback/?code=1&state={state}")
        assert answer.url == "/account/3rdparty/signup/"
        assert not User().objects.exists()
        form = {"username": "jcarberry", "email": "jc@example.org"}
        assert client.post(answer.url, form).url == "/account/confirm-email/"
        client.post(link(mails[0]))
        assert signed_in_as(client) == "jcarberry"
        user = User().objects.get()
        kept = user.socialaccount_set.get()
        assert (kept.provider, kept.uid) == ("orcid", "0000-0002-1825-0097")
        export = json.loads(client.get("/account/export").content)
        assert export["accounts_elsewhere"][0]["uid"] == kept.uid
        stranger = browser()
        forged = stranger.get(f"/account/orcid/login/callback/?code=1&state={state}")
        assert forged.status_code in (200, 401) and signed_in_as(stranger) == ""


def test_what_is_shown_of_passkeys_is_no_script_in_the_page(site, files):
    page = browser().get("/account/login/").content.decode()
    for attributes in re.findall(r"<script([^>]*)>", page):
        assert "src=" in attributes or 'type="application/json"' in attributes
    assert not re.search(r"\son[a-z]+=|style=", page)
    asked = browser().get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"})
    assert json.loads(asked.content)["request_options"]["publicKey"]["challenge"]
