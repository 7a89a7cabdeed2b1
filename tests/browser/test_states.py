"""Pages of sites that are not as they should be: no papers, one paper, a broken index, an error.

In one group, so that each of these sites is started once.
"""

import json
import shutil
import sqlite3

import pytest

from tests.browser.checks import check
from tests.fixtures import papertide, rows_of_papers, write_rows
from tests.serving import running, serving


@pytest.fixture(scope="module")
def empty(migrated_sqlite, tmp_path_factory):
    """A site without any paper."""
    data = tmp_path_factory.mktemp("empty") / "data"
    shutil.copytree(migrated_sqlite, data)
    with serving(data) as address:
        yield address


@pytest.fixture(scope="module")
def broken(filled, tmp_path_factory):
    """A site whose indexes are of another version, and that has lost the table of authors."""
    data = tmp_path_factory.mktemp("broken") / "data"
    shutil.copytree(filled, data)
    for name in ("about.json", "manifest.json"):
        [about] = (data / "index").rglob(name)
        about.write_text(json.dumps(json.loads(about.read_text()) | {"format": 0}))
    with sqlite3.connect(data / "papertide.sqlite3") as connection:
        connection.execute("ALTER TABLE catalog_authorship RENAME TO lost")
    connection.close()
    with serving(data) as address:
        yield address


@pytest.mark.parametrize("path", ["/", "/listings", "/day/2020-01-01"])
def test_no_papers_at_all(open_context, empty, path):
    assert check(open_context, empty + path) == []


def test_the_index_cannot_answer(open_context, broken):
    assert check(open_context, broken + "/search?q=robot") == []  # the database does
    assert check(open_context, broken + "/similar?text=robot", status=503) == []


def test_an_error(open_context, broken):
    assert check(open_context, broken + "/author/ada-lovelace", status=500) == []


def test_one_paper(open_context, tmp_path, migrated_sqlite):
    shutil.copytree(migrated_sqlite, tmp_path / "data")
    rows = write_rows(tmp_path / "rows", rows_of_papers(1))
    papertide("import", str(rows), data=tmp_path / "data")
    with running(tmp_path / "data", "--offline", PAPERTIDE_WORKERS="1") as (_, address):
        faults = {
            path: wrong
            for path in ("/", "/papers/2001.00001", "/search?q=2001.00001")
            if (wrong := check(open_context, address + path))
        }
    assert faults == {}
