"""Everything that changes something, from the table of addresses: who may send it, how often."""

import time

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from papertide.site.accounts.models import Limit
from papertide.site.accounts.roles import ROLES
from tests.site.addresses import addresses

OURS = [one for one in addresses() if one.ours]
OTHERS = {one.route: one for one in addresses() if not one.ours}
WRITES = {one.route: one for one in OURS if hasattr(one.view, "write")}
PAGES = {one.route: one for one in OURS if one.route not in WRITES}
JSON = {"Accept": "application/json"}


@pytest.fixture
def signed_in(site, files):
    """A client of a new account with a role."""
    made = []

    def make(role: str) -> Client:
        user = get_user_model().objects.create_user(f"{role}{len(made)}")
        user.account.role = role
        user.account.save()
        made.append(user)
        client = Client(SERVER_NAME="localhost")
        client.force_login(user, "papertide.site.accounts.backend.Backend")
        return client

    yield make
    for user in made:
        user.delete()
    Limit.objects.all().delete()


@pytest.mark.parametrize("route", sorted(PAGES))
def test_what_does_not_say_that_it_writes_takes_no_post(site, client, route):
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)(PAGES[route].example)
        # 404: what the example names is not there, told before the method is looked at
        closed = answer.status_code == 302 and answer.url.startswith("/admin/login/")
        assert closed or answer.status_code in (404, 405), method


@pytest.mark.parametrize("route", sorted(WRITES))
def test_another_site_sends_nothing(signed_in, route):
    client = signed_in("admin")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(client, method)(WRITES[route].example, headers=headers)
            assert answer.status_code == 403


@pytest.mark.parametrize("route", sorted(r for r in WRITES if WRITES[r].view.write.role))
def test_who_has_no_account_signs_in_first(site, client, route):
    answer = client.post(WRITES[route].example)
    assert answer.status_code == 302 and "/account/login/?next=" in answer.url
    told = client.post(WRITES[route].example, headers=JSON)
    assert told.status_code == 401 and "/account/login/" in told.json()["sign_in"]


@pytest.mark.parametrize("route", sorted(
    r for r in WRITES if WRITES[r].view.write.role not in ("", "reader")
))  # fmt: skip
def test_a_lower_role_is_not_enough(signed_in, route):
    below = ROLES[ROLES.index(WRITES[route].view.write.role) - 1]
    assert signed_in(below).post(WRITES[route].example).status_code == 403


@pytest.mark.parametrize("route", sorted(WRITES))
def test_too_often_is_told_with_when_to_try_again(signed_in, route):
    write = WRITES[route].view.write
    client = signed_in(write.role or "reader")
    client.post(WRITES[route].example)
    counted = Limit.objects.filter(key__startswith=f"{write.action}:user ")
    assert counted.count() == 1
    now = int(time.time())
    counted.update(count=write.most, began=now - now % write.seconds)
    answer = client.post(WRITES[route].example)
    assert answer.status_code == 429 and 1 <= int(answer["Retry-After"]) <= write.seconds
    told = client.post(WRITES[route].example, headers=JSON)
    assert told.status_code == 429 and "Try again" in told.json()["error"]


@pytest.mark.parametrize("route", sorted(OTHERS))
def test_forms_of_signing_in_need_their_token(site, files, route):
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    # or they send nothing at all: to the page for signing in, or there is no such form
    assert client.post(OTHERS[route].example).status_code in (302, 403, 404, 405)
