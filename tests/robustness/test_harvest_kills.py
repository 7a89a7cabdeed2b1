"""kill -9 of a harvest, and two at once: run again, all is as after one undisturbed run."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.fixtures import papertide
from tests.robustness.state import catalogue_state, harvest_state, index_state
from tests.robustness.test_kills import POINTS
from tests.sources.loopback import Server
from tests.sources.repository import Repository

ARXIV = ("harvest", "arxiv-oai")


@pytest.fixture(scope="module")
def environment():
    """A repository of 5,000 papers, of this week, some of them deleted: where to find it."""
    week = datetime.now(UTC).date() - timedelta(days=5)
    repository = Repository(5000, deleted=range(0, 5000, 100), per_day=1000, first=week)
    with Server() as server:
        server.handle("/oai2", repository)
        yield {"PAPERTIDE_SOURCE_URLS": f"arxiv-oai={server.address}/oai2",
               "PAPERTIDE_SOURCES": "arxiv-oai"}  # fmt: skip


@pytest.fixture(scope="module")
def clean(environment, migrated_sqlite, tmp_path_factory):
    data = tmp_path_factory.mktemp("undisturbed") / "data"
    shutil.copytree(migrated_sqlite, data)
    done = papertide(*ARXIV, data=data, env=environment)
    assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def undisturbed(clean):
    return state(clean)


def state(data) -> tuple:
    return catalogue_state(data), harvest_state(data), index_state(data)


def start(data, environment, *command):
    return subprocess.Popen(
        [sys.executable, "-m", "papertide", *command],
        env={**os.environ, **environment, "PAPERTIDE_DATA": str(data)},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again(point, environment, undisturbed, migrated_sqlite, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(migrated_sqlite, data)
    process = start(data, environment, *ARXIV)
    deadline = time.monotonic() + 60
    while not POINTS[point](data):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = papertide(*ARXIV, data=data, env=environment)
    assert done.returncode == 0, done.stderr
    assert state(data) == undisturbed


def test_two_ticks_at_once(environment, undisturbed, migrated_sqlite, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(migrated_sqlite, data)
    ticks = [start(data, environment, "tick") for _ in range(2)]
    for tick in ticks:
        _, errors = tick.communicate(timeout=120)
        assert tick.returncode == 0, errors
    there, wanted = state(data), undisturbed
    for catalogue, *_ in (there, wanted):
        catalogue.pop("catalog_change", None)  # a tick prunes it
    assert there == wanted
