"""How many queries the pages of editions and of papers take, whoever reads them."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from papertide.site.pages import READER
from tests.site.helpers import queries

DAY = "/day/2025-03-18"
RISING = "/trending?window=month&on=2025-03-20"


@pytest.fixture(scope="module")
def readers(site):
    """Cookies of somebody who keeps nothing, of a reader, and of a curator who has signed in;
    what the last two look at is remembered, and they saved, voted, picked."""
    site.publish_due(datetime(2025, 3, 19, 9, tzinfo=UTC))
    ada = get_user_model().objects.create_user("ada")
    ada.account.role = "curator"
    ada.account.save()
    key = site.remember("")
    site.remember(ada.account.reader_key)
    for one in (key, ada.account.reader_key):
        site.save(one, "2503.00003")
    site.vote(ada.id, "2503.00004")
    site.pick(ada.id, "2503.00005", line="Read this.")
    client = Client()
    client.force_login(ada, "papertide.site.accounts.backend.Backend")
    return {"nobody": {}, "reader": {READER: key},
            "signed in": {"sessionid": client.cookies["sessionid"].value}}  # fmt: skip


@pytest.mark.parametrize(
    ("who", "address", "most"),
    [
        ("nobody", "/", 7), ("reader", "/", 9), ("signed in", "/", 12),
        ("nobody", DAY, 6), ("reader", DAY, 8), ("signed in", DAY, 11),
        ("reader", f"{DAY}?order=mine", 9), ("signed in", "/week/2025-W12", 11),
        ("nobody", RISING, 4), ("reader", RISING, 5), ("signed in", RISING, 8),
        ("nobody", "/papers/2503.00001", 8), ("signed in", "/papers/2503.00001", 14),
        ("nobody", "/search?q=listed", 3), ("signed in", "/search?q=listed", 8),
    ],
)  # fmt: skip
def test_queries(readers, site, files, who, address, most):
    client = Client(SERVER_NAME="localhost")
    client.cookies.load(readers[who])
    assert client.get(address).status_code == 200
    assert queries(client, address) <= most
