"""A browser, and sites for it: each started once a worker and only read."""

import shutil

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import watch
from tests.browser.chromium import chromium, installed
from tests.browser.papers import imported, write_papers
from tests.fixtures import missing, papertide
from tests.serving import running


def pytest_itemcollected(item):
    """What Chromium's debugging protocol gets wrong once in some thousand tests is tried again; a
    page that is not as it should be is not."""
    if "tests/browser/" in item.nodeid:
        faults = ["Protocol error", "Target crashed"]
        item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=faults))


@pytest.fixture(scope="module")
def browser():
    """Chromium, closed before other tests: while it is open the thread counts as one with a
    running event loop, in which Django refuses to work."""
    if installed() is None:
        missing("Chromium is not installed (Debian: apt install chromium)")
    with chromium() as held:
        yield held


@pytest.fixture(scope="session")
def filled(migrated_sqlite, tmp_path_factory):
    """A data folder with the papers of `tests.browser.papers`, not to be changed."""
    place = tmp_path_factory.mktemp("filled")
    shutil.copytree(migrated_sqlite, place / "data")
    done = papertide("import", "--json", *map(str, write_papers(place)), data=place / "data")
    assert imported(done.stdout)["rejected"] == 0, done.stderr
    return place / "data"


@pytest.fixture(scope="session")
def staff(filled) -> tuple[str, str]:
    """The name and password of a moderator of that site."""
    password = "only for tests"
    done = papertide(
        "manage", "createsuperuser", "--noinput", "--username", "moderator", "--email", "m@m.org",
        data=filled, env={"DJANGO_SUPERUSER_PASSWORD": password},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return "moderator", password


@pytest.fixture(scope="session")
def site(filled):
    """The address of a running site with all of them."""
    with running(filled, "--offline", PAPERTIDE_WORKERS="1") as (_, address):
        yield address


@pytest.fixture
def open_context(browser):
    """Make contexts of the browser, closed at the end of the test."""
    held = []

    def make(**options):
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        held.append(context)
        return context

    yield make
    for context in held:
        context.close()


@pytest.fixture
def open_page(open_context, site, request):
    """Open a page of the site; at the end of the test nothing must have gone wrong on it."""
    watched, patience = [], request.module.PATIENCE  # ms

    def opened(path: str, **options) -> Page:
        context = open_context(**options)
        context.set_default_timeout(patience)
        page = context.new_page()
        watched.append(watch(page, site.removeprefix("http://")))
        page.goto(site + path)
        return page

    expect.set_options(timeout=patience)
    yield opened
    assert [fault for faults in watched for fault in faults] == []
