"""A full disk, two imports at once, a reader during an import: nothing lost, nothing doubled."""

import os
import resource
import shutil
import subprocess
import sys

import pytest

from tests.fixtures import papertide, rows_of_papers, write_rows
from tests.robustness.state import catalogue_state, index_state


@pytest.fixture
def data(migrated_sqlite, tmp_path):
    return shutil.copytree(migrated_sqlite, tmp_path / "data")


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return str(write_rows(tmp_path_factory.mktemp("rows") / "rows.jsonl", rows_of_papers(5000)))


@pytest.fixture(scope="module")
def undisturbed(rows, tmp_path_factory):
    """What an import leaves that nothing happens to."""
    data = tmp_path_factory.mktemp("undisturbed")
    assert papertide("import", rows, data=data).returncode == 0
    return catalogue_state(data), index_state(data)


@pytest.mark.parametrize("megabytes", [1, 3, 6])
def test_a_full_disk(megabytes, data, rows, undisturbed):
    """No file may grow beyond some size: what a full disk does, at different stages."""
    done = papertide(
        "import", rows, data=data,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (megabytes << 20,) * 2),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Error:" in done.stderr
    assert "Traceback" not in done.stderr
    again = papertide("import", rows, data=data)  # there is room again
    assert again.returncode == 0, again.stderr
    assert (catalogue_state(data), index_state(data)) == undisturbed


def test_two_imports_at_once(data, rows, tmp_path):
    other = str(write_rows(tmp_path / "other.jsonl", rows_of_papers(5000)[2500:]))
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "papertide", "import", file],
            env={**os.environ, "PAPERTIDE_DATA": str(data)}, stderr=subprocess.PIPE, text=True,
        )
        for file in (rows, other)
    ]  # fmt: skip
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    # Two processes take their turns in an order of their own: compare papers, not numbers.
    papers = catalogue_state(data)["catalog_paper"]
    assert len({paper[1] for paper in papers}) == len(papers) == 5000
    ids, [_], _, (with_vectors, count, *_) = index_state(data)
    assert sorted(i for i, _ in ids) == sorted(paper[0] for paper in papers) == with_vectors
    assert count == 5000


def test_two_first_starts_at_once(tmp_path, rows):
    """Two processes make the tables of one new folder: one does, the other waits."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "papertide", "index", "status"],
            env={**os.environ, "PAPERTIDE_DATA": str(tmp_path / "new")},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
