"""A running site: for tests, and for what measures and shows pages. It imports no Django."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY = 60  # seconds at the most


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(
    data: Path, *arguments: str, **environment: str
) -> Iterator[tuple[subprocess.Popen, str]]:
    """The site on a free port, answering; yields its process and address."""
    port = free_port()
    command = [sys.executable, "-m", "papertide", "up", "--port", str(port), *arguments]
    with _process(command, data, f"http://127.0.0.1:{port}/healthz", environment) as process:
        yield process, f"http://127.0.0.1:{port}"


@contextmanager
def serving(data: Path, **environment: str) -> Iterator[str]:
    """Only the web server of `up`, for what `up` would mend: no papers, a broken index.

    Yields its address. The data folder has its tables.
    """
    port = free_port()
    manage = [sys.executable, "-m", "papertide", "manage", "collectstatic", "--noinput"]
    subprocess.run(
        manage, check=True, capture_output=True, env=_environment(data, environment)
    )
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port),
               "--no-access-log", "papertide.site.wsgi:application"]  # fmt: skip
    # It needs neither database nor index, as `/healthz` does.
    ready = f"http://127.0.0.1:{port}/robots.txt"
    with _process(command, data, ready, environment):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _process(command: list[str], data: Path, ready: str, environment: dict[str, str]):
    process = subprocess.Popen(
        command, env=_environment(data, environment),
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + READY
        while True:
            try:
                get(ready)
                break
            except OSError:
                assert process.poll() is None, process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.terminate() if "granian" in command else process.kill()
        process.communicate()


def _environment(data: Path, more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "PAPERTIDE_DATA": str(data), "NO_COLOR": "1", **more}


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()
