"""kill -9 of an import: what is there after running it again equals an undisturbed run."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures import papertide, rows_of_papers, write_rows
from tests.robustness.state import catalogue_state, index_state


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> Path:
    return write_rows(tmp_path_factory.mktemp("rows") / "rows.jsonl", rows_of_papers(5000))


@pytest.fixture(scope="module")
def undisturbed(rows, tmp_path_factory):
    data = tmp_path_factory.mktemp("undisturbed")
    assert papertide("import", str(rows), data=data).returncode == 0
    return catalogue_state(data), index_state(data)


def stored(data: Path) -> int:
    """How many papers are committed."""
    try:
        with sqlite3.connect(f"file:{data}/papertide.sqlite3?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM catalog_paper").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


POINTS = {
    "storing begins": lambda data: stored(data) >= 1000,
    "storing goes on": lambda data: stored(data) >= 3000,
    "indexing": lambda data: any((data / "index" / "words").glob("*/meta.json")),
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again(point, rows, undisturbed, migrated_sqlite, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(migrated_sqlite, data)
    process = subprocess.Popen(
        [sys.executable, "-m", "papertide", "import", str(rows)],
        env={**os.environ, "PAPERTIDE_DATA": str(data)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not POINTS[point](data):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = papertide("import", str(rows), data=data)
    assert done.returncode == 0, done.stderr
    assert catalogue_state(data) == undisturbed[0]
    assert index_state(data) == undisturbed[1]
