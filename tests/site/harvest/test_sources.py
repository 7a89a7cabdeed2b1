"""The page of the sources, the commands, `doctor`, and mail about alarms."""

import datetime
import json
import shutil

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import override_settings

from papertide.site.harvest.models import State
from tests.fixtures import papertide
from tests.site.helpers import read

LONG_AGO = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def failing(library, monkeypatch):
    """A library in which a source that is on has been failing for long."""
    monkeypatch.setenv("PAPERTIDE_SOURCES", "arxiv-oai")
    State.objects.create(source="arxiv-oai", cursor={"from": "2025-01-01"}, failing_since=LONG_AGO,
                         failures=9, error="<b>no</b> answer", succeeded=LONG_AGO,
                         due=datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC))  # fmt: skip
    return library


def test_the_page_is_for_staff(failing, client):
    assert client.get("/sources").status_code == 302
    client.force_login(User.objects.create_user("reader"))
    assert client.get("/sources").status_code == 302
    client.force_login(User.objects.create_superuser("moderator"))
    page = client.get("/sources")
    assert page.status_code == 200
    text = page.content.decode()
    read(text)
    assert "arXiv OAI-PMH" in text
    assert "is failing" in text
    assert "&lt;b&gt;no&lt;/b&gt; answer" in text


def test_alarms_are_mailed_once_a_day(failing, monkeypatch):
    monkeypatch.setenv("PAPERTIDE_ALARM_MAIL", "desk@example.org")
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        mail.outbox = []
        failing.tick()
        failing.tick()
    [sent] = mail.outbox
    assert sent.to == ["desk@example.org"]
    assert sent.subject == "Papertide: arxiv-oai is failing"


def test_commands(migrated_sqlite, tmp_path):
    data = shutil.copytree(migrated_sqlite, tmp_path / "data")
    done = papertide("sources", "--json", data=data)
    assert {one["name"] for one in json.loads(done.stdout)["sources"]} >= {"arxiv-oai"}
    table = papertide("sources", data=data)
    assert "never" in table.stdout
    wrong = papertide("harvest", "nowhere", data=data)
    assert wrong.returncode == 1
    assert "no source 'nowhere'" in wrong.stderr
    closed = {"PAPERTIDE_SOURCE_URLS": "arxiv-oai=http://127.0.0.1:9/oai2"}
    failed = papertide("harvest", "arxiv-oai", "--json", data=data, env=closed)
    assert failed.returncode == 1
    assert "cannot be reached" in json.loads(failed.stdout)["harvested"][0]["error"]
    assert "Traceback" not in failed.stderr
