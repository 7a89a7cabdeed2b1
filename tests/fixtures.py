"""Fixtures with a database: a library in a new folder, on SQLite and on Postgres alike."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import django
import hypothesis
import msgspec
import pytest

from papertide.papers import ListingPlace, Paper, Record
from tests import zygote
from tests.serving import free_port

# Django reads its settings once: the folder is that of no library, each test opens its own.
_settings_folder = tempfile.TemporaryDirectory(prefix="papertide-tests-")
os.environ |= {
    "PAPERTIDE_DATA": _settings_folder.name,
    "DJANGO_SETTINGS_MODULE": "papertide.site.settings",
    "PAPERTIDE_MODE": "site",  # many readers; tests of the other mode set it themselves
    # A test never reaches out: nothing listens there.
    "PAPERTIDE_SOURCES": "arxiv-daily",
    "PAPERTIDE_SOURCE_URLS": "arxiv-daily=http://127.0.0.1:9/",
}
django.setup()

hypothesis.settings.register_profile("seeded", derandomize=True, deadline=None)
hypothesis.settings.load_profile("seeded")

CI = os.environ.get("CI") == "true"


def missing(what: str) -> None:
    """Skip for want of something on this machine; in CI that is a failure."""
    if CI:
        pytest.fail(f"{what} (in CI that is an error)")
    pytest.skip(what)


def today() -> date:
    """The day by UTC. A function: a run may begin on one day and end on the next."""
    return datetime.now(UTC).date()


def make_record(
    title="A study of things", *, source="arxiv", as_of="2025-03-18", listing=None, **fields
) -> Record:
    """A record of a paper with an abstract and an author unless told otherwise."""
    arxiv = fields.pop("arxiv", None)
    fields.setdefault("abstract", f"We study {title.lower()} and report what we found.")
    fields.setdefault("authors", ["Ada Lovelace"])
    fields.setdefault("identities", [f"arxiv:{arxiv}"] if arxiv else [])
    if isinstance(listing, int):
        listing = ListingPlace(key="list:1", source=source, title="A list", position=listing)
    return Record(paper=Paper(title=title, **fields), source=source, as_of=as_of, listing=listing)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data: $PAPERTIDE_SHARED, else beside the repository."""
    folder = Path(os.environ.get("PAPERTIDE_SHARED") or Path(__file__).parents[2] / "shared")
    if not (folder / "data").is_dir():
        missing(f"the shared data is not at {folder}; set PAPERTIDE_SHARED")
    return folder


WORDS = [
    "attention", "reward", "policy", "graph", "diffusion", "kernel", "speech", "robot", "proof",
    "privacy", "retrieval", "causal", "sparse", "bandit", "protein", "compiler", "video", "memory",
    "alignment", "quantum",
]  # fmt: skip


def rows_of_papers(count: int, seed: int = 0) -> list[dict]:
    """Rows of the archive form: made papers with titles and abstracts of few words."""
    chance = random.Random(seed)
    return [
        {
            "id": f"{2001 + n // 9999:04}.{n % 9999 + 1:05}",
            "title": f"{' '.join(chance.choices(WORDS, k=5)).capitalize()} {n}",
            "abstract": f"{' '.join(chance.choices(WORDS, k=80)).capitalize()}.",
            "authors": f"Author {chance.randrange(500)}, Author {chance.randrange(500)}",
            "date": f"2020-{n % 12 + 1:02}-{n % 28 + 1:02}",
            "categories": ["cs.LG", "stat.ML"],
            "primary_cat": chance.choice(["cs.LG", "stat.ML"]),
            "comments": "",
            "doi": "",
        }
        for n in range(count)
    ]


def write_rows(path: Path, rows: list[dict]) -> Path:
    path.write_bytes(b"\n".join(map(msgspec.json.encode, rows)) + b"\n")
    return path


def papertide(
    *arguments: str, data: Path, env: dict | None = None, **named
) -> subprocess.CompletedProcess:
    """Run the command line in a process of its own: a fork, where nothing asks for a new one."""
    environment = {**os.environ, "PAPERTIDE_DATA": str(data), "NO_COLOR": "1", "COLUMNS": "100"}
    environment |= env or {}
    asked = {name for name in env or {} if name.startswith(("PYTHON", "LC_", "LANG"))}
    if not asked and not named.keys() - {"cwd", "input"}:
        return zygote.run(
            list(map(str, arguments)), environment, cwd=named.get("cwd"),
            given=named.get("input", ""),
        )  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "papertide", *arguments],
        capture_output=True, text=True, env=environment, timeout=120, **named,
    )  # fmt: skip


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory) -> Path:
    """A data folder with the tables made, to be copied: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    done = papertide("index", "status", data=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A Postgres server of our own on a free port; the address without a database name."""
    with _postgres() as address:
        yield address


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server, tmp_path_factory) -> str:
    """The name of a database with the tables made, to be copied."""
    _sql(postgres_server, "CREATE DATABASE migrated")
    folder = tmp_path_factory.mktemp("postgres")
    environment = {"PAPERTIDE_DATABASE_URL": f"{postgres_server}/migrated"}
    done = papertide("index", "status", data=folder, env=environment)
    assert done.returncode == 0, done.stderr
    return "migrated"


@pytest.fixture(params=["sqlite", "postgres"])
def library(request, tmp_path, monkeypatch):
    """An empty library in a new folder, once on each database."""
    from papertide.library import open_library

    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("migrated_sqlite"), tmp_path / "data")
        monkeypatch.delenv("PAPERTIDE_DATABASE_URL", raising=False)
        name = None
    else:
        server = request.getfixturevalue("postgres_server")
        template = request.getfixturevalue("migrated_postgres")
        name = f"test_{os.urandom(6).hex()}"
        _sql(server, f"CREATE DATABASE {name} TEMPLATE {template}")
        monkeypatch.setenv("PAPERTIDE_DATABASE_URL", f"{server}/{name}")
    monkeypatch.setenv("PAPERTIDE_DATA", str(tmp_path / "data"))
    with open_library(tmp_path / "data") as held:
        yield held
    if name:
        _sql(server, f"DROP DATABASE {name} WITH (FORCE)")


def _sql(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement)


@contextmanager
def _postgres() -> Iterator[str]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (str(binaries[-1]) if binaries else None)
    if found is None:
        missing("Postgres is not installed (Debian: apt install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="papertide-postgres-"))
    # Postgres refuses to run as root; Debian's package made a user for it.
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if prefix:
        shutil.chown(folder, "postgres", "postgres")
    command = Path(found).with_name
    port = free_port()
    subprocess.run(
        [*prefix, found, "-D", folder / "data", "-U", "papertide", "-A", "trust", "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync"],
        check=True, capture_output=True, cwd="/",
    )  # fmt: skip
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    start = [*prefix, command("pg_ctl"), "-D", folder / "data", "-w", "-l", folder / "log"]
    subprocess.run([*start, "-o", options, "start"], check=True, capture_output=True, cwd="/")
    try:
        yield f"postgres://papertide@127.0.0.1:{port}"
    finally:
        subprocess.run([*start, "-m", "immediate", "stop"], capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)
