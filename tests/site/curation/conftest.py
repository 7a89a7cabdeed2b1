"""People with roles, papers of these days, and a server that stands for arXiv and Crossref."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.fixtures import make_record
from tests.sources.loopback import Answered, Server

BACKEND = "papertide.site.accounts.backend.Backend"
_FEED = """<feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><id>https://arxiv.org/api/x</id>
<title>arXiv Query</title><updated>2026-04-12T22:09:26Z</updated>
<opensearch:totalResults>{}</opensearch:totalResults>{}</feed>"""
_ENTRY = """<entry><id>http://arxiv.org/abs/{0}v1</id><title>{1}</title>
<summary>We study it.</summary><published>{2}T00:00:00Z</published>
<updated>{2}T00:00:00Z</updated><author><name>Ann Lee</name></author>{3}</entry>"""


def ago(days: int) -> str:
    return str((datetime.now(UTC) - timedelta(days=days)).date())


def entry(arxiv: str, title: str = "", day: str = "", more: str = "") -> str:
    return _ENTRY.format(arxiv, title or f"A paper numbered {arxiv}", day or ago(3), more)


def feed(*entries: str) -> str:
    return _FEED.format(len(entries), "".join(entries))


def recent(number: int, days: int = 1, **fields):
    """A paper that was announced some days ago."""
    return make_record(f"Recent paper {number}", arxiv=f"2511.{number:05}", announced=ago(days),
                       **fields)  # fmt: skip


@pytest.fixture
def person(files):
    """Make a user with a role; the user, and a client who is signed in."""

    def make(handle: str, role: str = "reader", name: str = ""):
        user = get_user_model().objects.create(username=handle)
        user.account.role, user.account.name = role, name
        user.account.save()
        client = Client(SERVER_NAME="localhost")
        client.force_login(user, BACKEND)
        return user, client

    return make


@pytest.fixture
def arxiv(monkeypatch):
    """arXiv's API and Crossref's; `papers` are entries by arXiv id, `works` by DOI."""
    with Server() as server:
        server.papers, server.works = {}, {}

        def query(asked):
            held = [server.papers[i] for i in asked.params.get("id_list", "").split(",")
                    if i in server.papers]  # fmt: skip
            if "search_query" in asked.params:
                held = list(server.papers.values())
            return Answered(feed(*held).encode())

        def works(asked):
            import json

            name = asked.params["filter"].removeprefix("doi:")
            held = [server.works[name]] if name in server.works else []
            return Answered(json.dumps({"message": {"items": held}}).encode())

        server.handle("/api/query", query)
        server.handle("/works", works)
        monkeypatch.setenv(
            "PAPERTIDE_SOURCE_URLS",
            f"arxiv-daily=http://127.0.0.1:9/,arxiv-api={server.address}/api/query,"
            f"crossref={server.address}/works",
        )
        yield server
