"""Milvus servers for tests: Milvus Lite in a process of its own, and a real one where it is named.

`MILVUS_SERVER` is the program `milvus-server` of the wheel `milvus==2.3.5`, in an environment of
its own (it wants setuptools<70): with it the contract of engines is tested on that server too.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from papertide.search.engine import SearchUnavailable
from papertide.search.milvus_collections import Collection
from papertide.search.milvus_server import Server
from tests.fixtures import missing
from tests.serving import free_port

_PATIENCE = 90  # seconds for a server to answer


class Running:
    """A server that can be stopped and started again, on its port and with its papers."""

    def __init__(self, command: Callable[[int], list], folder: Path):
        self.port, self._folder = free_port(), folder
        self._command = command(self.port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        """Start it, in the place of one that does not answer (two could share the port)."""
        if self._process is not None:
            self.stop()
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                pytest.fail(f"Milvus did not start: {(self._folder / 'log').read_text()[-2000:]}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            return Server(self.url).call("list_collections") is not None
        except SearchUnavailable:
            return False

    def stop(self) -> None:
        with suppress(ProcessLookupError):  # the real one is a child of its program
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)

    def empty(self) -> None:
        """Drop all there is."""
        server = Server(self.url)
        for alias in ("papertide_words", "papertide_vectors"):
            server.call("drop_alias", alias)
        for name in server.call("list_collections"):
            server.call("drop_collection", name, timeout=60)


@contextmanager
def _lite(folder: Path) -> Iterator[Running]:
    for module in ("pymilvus", "milvus_lite"):
        if importlib.util.find_spec(module) is None:
            missing(f"{module} is not installed (pip install 'papertide[dev]')")
    server = Running(
        lambda port: [
            sys.executable, "-m", "milvus_lite", "server", "--data-dir", folder / "data",
            "--host", "127.0.0.1", "--port", str(port),
        ],
        folder,
    )  # fmt: skip
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def lite(tmp_path_factory) -> Iterator[Running]:
    """A server of Milvus Lite."""
    with _lite(tmp_path_factory.mktemp("milvus-lite")) as server:
        yield server


@pytest.fixture(scope="session")
def milvus_235(tmp_path_factory) -> Iterator[Running]:
    """A real server, which knows no words."""
    program = os.environ.get("MILVUS_SERVER")
    if not program:
        pytest.skip("MILVUS_SERVER names no milvus-server")
    folder = tmp_path_factory.mktemp("milvus")
    server = Running(
        lambda port: [program, "--data", folder / "data", "--proxy-port", str(port)], folder
    )
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def real_milvus(milvus_235, monkeypatch) -> Iterator[Running]:
    """An empty real server."""
    yield from _emptied(milvus_235, monkeypatch)


@pytest.fixture
def milvus(lite, monkeypatch) -> Iterator[Running]:
    """An empty server of Milvus Lite, started anew where a test stopped it."""
    yield from _emptied(lite, monkeypatch)


def _emptied(server: Running, monkeypatch) -> Iterator[Running]:
    monkeypatch.setattr(Collection, "consistency", "Strong")
    if not server._answers():
        server.start()
    server.empty()
    yield server
