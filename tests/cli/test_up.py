"""`papertide up`: it serves, goes on without a network, and ends with all its children."""

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from papertide.cli import serving
from tests.fixtures import papertide
from tests.serving import free_port, get, running


def children(process: int) -> set[int]:
    """All descendants of a process, from /proc."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            parents[int(status.parent.name)] = int(fields[1])
        except OSError:
            continue
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until_gone(processes: set[int]) -> None:
    deadline = time.monotonic() + 30
    while any(map(alive, processes)):
        assert time.monotonic() < deadline, "children are left over"
        time.sleep(0.05)


def test_offline_it_shows_landmarks_and_sigterm_ends_all(tmp_path):
    with running(tmp_path / "data", "--offline") as (process, address):
        assert "Landmarks" in get(address)
        assert "/papers/1706.03762" in get(address + "/search?q=attention+is+all+you+need")
        assert json.loads(get(address + "/healthz"))["status"] == "ok"
        # Static files are hashed and served by the site itself.
        style = re.search(r'href="(/static/[^"]+\.css)"', get(address))[1]
        assert re.search(r"\.[0-9a-f]{8,}\.css$", style)
        assert get(address + style)
        family = children(process.pid)
        assert family
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        until_gone(family)
        assert f"Papertide is at {address}" in errors
        assert "arxiv" not in errors  # it did not even try


def test_killed_outright_it_leaves_no_children(tmp_path):
    with running(tmp_path / "data", "--offline") as (process, _):
        family = children(process.pid)
        process.kill()
        process.wait()
        until_gone(family)


def test_listening_to_others_but_answering_to_none(tmp_path):
    """Is said at the start; and a request for another host is a line of the log, no trace."""
    data = tmp_path / "data"
    with running(data, "--offline", "--host", "0.0.0.0") as (process, address):
        request = urllib.request.Request(address, headers={"Host": "papers.example"})
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(request, timeout=10)
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert "PAPERTIDE_ALLOWED_HOSTS" in errors.splitlines()[0]
    assert "Invalid HTTP_HOST header: 'papers.example'" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_in_single_user_mode_nobody_else_is_listened_to(tmp_path, host):
    done = papertide("up", "--offline", "--host", host, data=tmp_path / "data",
                     env={"PAPERTIDE_MODE": "single"})  # fmt: skip
    assert done.returncode == 1
    assert "PAPERTIDE_MODE=site" in done.stderr


def test_single_user_mode_over_http(tmp_path):
    """No sign-in for this machine; what another page, name or proxy sends is refused."""
    alone = {"PAPERTIDE_MODE": "single"}
    with running(tmp_path / "data", "--offline", **alone) as (process, address):
        assert "Landmarks" in get(address)
        assert "Site administration" in get(f"{address}/admin/")

        def status(path="/", **headers) -> int:
            data = b"save=1706.03762" if path == "/saved" else None
            sent = urllib.request.Request(address + path, data, {
                name.replace("_", "-"): value for name, value in headers.items()})
            try:
                with urllib.request.urlopen(sent, timeout=10) as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                return error.code

        assert status(Host="papers.evil.example") == 400  # rebound to this machine
        assert status(Host="127.0.0.1.evil.example") == 400
        assert status(X_Forwarded_For="192.0.2.1") == 403
        assert status("/saved") == 200
        plain = {"Content_Type": "text/plain"}
        assert status("/saved", Origin="http://evil.example", **plain) == 403
        assert status("/saved", Origin="null", **plain) == 403
        assert status("/saved", Sec_Fetch_Site="cross-site", **plain) == 403
        assert status("/saved", Sec_Fetch_Site="same-site", **plain) == 403
        # another port of this machine is another site
        assert status("/saved", Origin="http://127.0.0.1:1", **plain) == 403
        assert status("/saved", Origin=address) == 200
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert "Permission denied" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("host", "allowed", "nobody"),
    [("127.0.0.1", None, False), ("::1", None, False), ("0.0.0.0", None, True),
     ("0.0.0.0", "localhost", True), ("0.0.0.0", "papers.example", False)],
)  # fmt: skip
def test_who_is_answered(monkeypatch, host, allowed, nobody):
    if allowed:
        monkeypatch.setenv("PAPERTIDE_ALLOWED_HOSTS", allowed)
    assert serving.answers_nobody(host) == nobody


def test_a_closed_network_is_one_line(tmp_path):
    closed = f"arxiv-daily=http://127.0.0.1:{free_port()}/"
    with running(tmp_path / "data", PAPERTIDE_SOURCE_URLS=closed) as (process, address):
        assert "Landmarks" in get(address)
        process.terminate()
        _, errors = process.communicate(timeout=30)
        assert errors.count("Going on without arxiv-daily") == 1
        assert "Traceback" not in errors


@pytest.fixture
def arxiv(shared):
    """A server that answers with a recorded daily feed."""
    feed = (shared / "data/fixtures/arxiv_atom_daily/cs.AI.atom.xml").read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(feed)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def test_todays_listing_is_the_home_page(arxiv, tmp_path):
    with running(tmp_path / "data", PAPERTIDE_SOURCE_URLS=f"arxiv-daily={arxiv}") as (_, address):
        home = get(address)
        assert "20 August 2025" in home
        assert "Word Association Learning" in home


def test_a_taken_port_is_a_sentence(tmp_path):
    with running(tmp_path / "one", "--offline") as (_, address):
        port = address.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "papertide", "up", "--offline", "--port", port],
            env={**os.environ, "PAPERTIDE_DATA": str(tmp_path / "two")},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 1
        assert "papertide up --port" in done.stderr.replace("\n", " ")


def test_pages_answer_while_papers_come_in(tmp_path, migrated_sqlite):
    """Server processes read while an import writes, and then find what it brought."""
    from tests.fixtures import papertide, rows_of_papers, write_rows

    rows = write_rows(tmp_path / "rows", rows_of_papers(3000))
    with running(tmp_path / "data", "--offline") as (_, address):
        importing = threading.Thread(
            target=papertide, args=("import", str(rows)), kwargs={"data": tmp_path / "data"}
        )
        importing.start()
        answers = 0
        while importing.is_alive():
            assert "<html" in get(address + "/search?q=robot")
            answers += 1
        assert answers
        for _ in range(8):  # whichever worker answers
            assert json.loads(get(address + "/healthz"))["behind"] == 0
            assert "2001.00001" in get(address + "/search?q=2001.00001")


def test_an_unknown_page_is_404(tmp_path):
    site = running(tmp_path / "data", "--offline")
    with site as (_, address), pytest.raises(urllib.error.HTTPError, match="404"):
        get(address + "/nothing-here")
