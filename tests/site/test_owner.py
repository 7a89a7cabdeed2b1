"""Single-user mode: all is the owner's."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from papertide.site.readers.keys import digest, own_key
from papertide.site.readers.models import Reader, Save
from tests.fixtures import make_record
from tests.site.helpers import add, queries


@pytest.fixture
def owner(library, alone) -> Client:
    """With a library of their own, on each database."""
    add(library, [make_record("A paper", arxiv="2503.00001", announced="2025-03-18")])
    return Client(SERVER_NAME="localhost")


def test_everything_is_the_owners_without_signing_in(owner):
    assert "Site administration" in owner.get("/admin/").content.decode()
    assert owner.get("/sources").status_code == 200
    assert get_user_model().objects.get().has_usable_password() is False


def test_one_reader_whatever_the_browser(owner):
    assert owner.post("/saved", {"save": "2503.00001"}).status_code == 302
    other = Client(SERVER_NAME="127.0.0.1")
    assert "A paper" in other.get("/saved").content.decode()
    other.post("/saved", {"remove": "2503.00001"})
    assert "Nothing saved yet" in owner.get("/saved").content.decode()
    assert Reader.objects.filter(digest=digest(own_key())).count() == 1
    assert Save.objects.count() == 0


def test_pages_of_the_owner_take_few_queries(owner):
    """One for the owner and one for their votes, as of who has signed in."""
    assert queries(owner, "/day/2025-03-18") == 9


def test_the_other_mode_has_no_owner(library, client):
    assert client.get("/admin/").status_code == 302
    assert client.get("/sources").status_code in (302, 403, 404)
