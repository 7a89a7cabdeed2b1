"""Single-user mode: nothing comes from elsewhere."""

import pytest
from django.test import Client

from tests.site.addresses import addresses

UNSAFE = ("post", "put", "patch", "delete")
FOREIGN = (
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost:1"},
)  # fmt: skip


def _addresses():
    """An address for every route, those of the admin by its first page."""
    for one in addresses():
        yield "/admin/" if one.route.startswith("admin/") else one.example


@pytest.mark.parametrize("address", sorted({*_addresses(), "/api/anything", "/mcp"}))
def test_no_address_takes_what_another_site_sends(site, alone, address):
    """Also not a text that may be JSON, which a page may send without asking first."""
    client = Client(SERVER_NAME="localhost")
    for method in UNSAFE:
        for headers in FOREIGN:
            sent = getattr(client, method)(
                address, b"{}", content_type="text/plain", headers=headers
            )
            assert sent.status_code == 403, (method, headers)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "192.0.2.1", "0.0.0.0",
     "localhost@evil.example", ""],
)
def test_no_other_name_is_answered(site, alone, host):
    assert Client(HTTP_HOST=host, SERVER_NAME=host or "x").get("/").status_code == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_names_of_this_machine_are(site, alone, host):
    assert Client(headers={"Host": host}).get("/").status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("127.1.2.3", 200), ("::1", 200), ("::ffff:127.0.0.1", 200),
     ("192.0.2.1", 403), ("10.0.0.1", 403), ("::ffff:192.0.2.1", 403), ("", 403), ("x", 403)],
)
def test_only_this_machine_is_answered(site, alone, address, status):
    client = Client(SERVER_NAME="localhost", REMOTE_ADDR=address)
    assert client.get("/").status_code == status


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_no_proxy_is_answered(site, alone, name):
    assert Client(SERVER_NAME="localhost").get("/", headers={name: "192.0.2.1"}).status_code == 403
