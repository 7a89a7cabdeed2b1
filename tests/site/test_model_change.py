"""Another model through the library, the pages and the command line; one behind an endpoint."""

import json
import math
import os
import subprocess
import sys
import time

import pytest
from django.contrib.auth.models import User

from papertide import config
from papertide.site.catalog import services
from tests.fixtures import make_record, papertide, rows_of_papers, write_rows
from tests.serving import free_port, get, running
from tests.sources.loopback import Answered, Server

KEY = "sk-a-secret-of-ours"


class Model:
    """An endpoint whose vectors tell robots from speech, and how many papers it embedded."""

    def __init__(self, server: Server, dimension: int = 4):
        self.place, self.papers, self.dimension = f"{server.address}/v1#made", 0, dimension
        self.server = server
        self.back()

    def back(self):
        self.server.handle("/v1/embeddings", self._answer)

    def away(self):
        self.server.answer("/v1/embeddings", "busy", 403)

    def _answer(self, asked):
        texts = json.loads(asked.body)["input"]
        self.papers += sum(". " in text for text in texts)  # a title and an abstract
        rows = [{"index": n, "embedding": self._vector(text)} for n, text in enumerate(texts)]
        return Answered(json.dumps({"data": rows}).encode())

    def _vector(self, text):
        robots = text.lower().count("robot") + text.lower().count("machine")
        row = [1.0 + robots, 1.0 + text.lower().count("speech"), math.sin(len(text))]
        return (row + [0.0] * self.dimension)[: self.dimension]


@pytest.fixture
def model():
    with Server() as server:
        yield Model(server)


@pytest.fixture
def papers(library):
    services.ingest([
        make_record(f"{what} number {n}", arxiv=f"2503.{n + start:05}")
        for start, what in ((1, "Robots"), (100, "Speech")) for n in range(40)
    ])  # fmt: skip
    library.catch_up()
    return library


def changed_to(library, monkeypatch, place, key=KEY):
    monkeypatch.setenv("PAPERTIDE_MODEL", place)
    monkeypatch.setenv("PAPERTIDE_MODEL_KEY", key)
    library.__dict__.pop("finder", None)
    library.__dict__.pop("_searcher", None)
    return library


def test_from_the_packaged_model_to_an_endpoint_and_back(papers, model, monkeypatch):
    library = changed_to(papers, monkeypatch, model.place)
    state = library.index_status()
    assert state.model == "papertide-static-1"
    assert "made at 127.0.0.1" in state.renewal.model
    assert state.renewal.wanted
    found = library.search("machine", mode="meaning")
    assert found.notice == ""
    assert model.papers == 0, "the former model answers"
    services.ingest([make_record("Robots, one more", arxiv="2503.00999")])
    library.tick()
    state = library.index_status()
    assert state.renewal is None
    assert "made at 127.0.0.1" in state.model
    assert state.behind == 0
    assert model.papers == 81
    hits = library.search("machine", mode="meaning").hits
    assert all("Robots" in hit.paper.title for hit in hits)
    changed_to(papers, monkeypatch, "")
    assert "made at" in library.index_status().model, "the endpoint is asked till the switch"
    assert library.search("machine", mode="meaning").hits[0].paper.title.startswith("Robots")
    library.tick()
    assert library.index_status().model == "papertide-static-1"
    assert model.papers == 81


def test_the_endpoint_dies_midway(papers, model, monkeypatch, client):
    library = changed_to(papers, monkeypatch, model.place)
    model.server.fault(None, Answered(b"", 403))
    library.tick()
    state = library.index_status()
    assert "refuses us (403)" in state.renewal.problem
    assert state.model == "papertide-static-1"
    assert library.search("robots").notice == ""
    page = client.get("/search?q=robots")
    assert page.status_code == 200
    library.tick()
    assert library.index_status().renewal is None


def test_an_endpoint_that_is_away_leaves_words_and_a_notice(papers, model, monkeypatch, client):
    library = changed_to(papers, monkeypatch, model.place)
    library.tick()
    model.away()
    changed_to(papers, monkeypatch, model.place)
    for mode in ("hybrid", "meaning"):
        found = library.search("robots number", mode=mode)
        assert "Robots" in found.hits[0].paper.title
        assert "meaning cannot be asked" in found.notice
    assert library.search("robots", mode="words").notice == ""
    near = library.similar("2503.00001")
    assert near.hits, "its vector is here"
    assert near.notice == ""
    assert library.similar(text="robots").notice
    for address in ("/search?q=robots+number", "/similar?text=robots"):
        page = client.get(address).content.decode()
        assert "meaning cannot be asked" in page
        assert "127.0.0.1" not in page
        assert KEY not in page
    asked = len(model.server.requests)
    library.search("another query")
    assert len(model.server.requests) == asked, "readers wait for it once, not for each query"
    services.ingest([make_record("Robots, one more", arxiv="2503.00999")])
    library.catch_up()
    assert library.search("one more").hits[0].paper.public_id == "2503.00999"
    state = library.index_status()
    assert (state.indexes["vectors"].behind, state.indexes["words"].behind) == (1, 0)
    assert library.search("id:2503.00001").notice == ""
    model.back()
    changed_to(papers, monkeypatch, model.place)
    library.tick()
    assert library.index_status().behind == 0
    assert library.search("machine").notice == ""


def test_the_key_goes_to_its_own_endpoint_alone(papers, model, monkeypatch):
    library = changed_to(papers, monkeypatch, model.place)
    library.tick()
    with Server() as server:
        other = Model(server, dimension=3)
        changed_to(papers, monkeypatch, other.place, "sk-of-another")
        library.search("robots in speech", mode="meaning")  # the former one is asked, without key
        assert "authorization" not in model.server.requests[-1].headers
        library.tick()
        assert server.requests[-1].headers["authorization"] == "Bearer sk-of-another"
        sent = [asked.headers.get("authorization", "") for asked in model.server.requests]
        assert set(sent) == {f"Bearer {KEY}", ""}


def test_the_log_is_kept_for_vectors_that_are_made(papers, model, monkeypatch):
    from papertide.search import renewal
    from papertide.site.catalog.models import LogReader

    library = changed_to(papers, monkeypatch, model.place)
    seen = []
    real = model._vector

    def vector(text):
        seen.append(True)
        return real(text)

    model._vector = vector

    def look(progress):
        seen.append(LogReader.objects.filter(name=renewal.READER).exists())

    library.renew_vectors(look)
    assert seen
    assert all(seen)
    assert not LogReader.objects.filter(name=renewal.READER).exists()


def test_without_a_change_there_is_nothing_to_do(papers):
    assert papers.renew_vectors() is None
    assert papers.renewal() is None
    assert not papers.cancel_renewal()


@pytest.fixture
def data(tmp_path):
    rows = write_rows(tmp_path / "rows.jsonl", rows_of_papers(300))
    done = papertide("import", str(rows), data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    return tmp_path / "data"


def test_on_the_command_line(data, model):
    def run(*arguments, **environment):
        named = {"PAPERTIDE_MODEL": model.place, "PAPERTIDE_MODEL_KEY": KEY} | environment
        return papertide(*arguments, data=data, env=named)

    shown = run("settings").stdout + run("settings", "--json").stdout
    assert KEY not in shown
    assert "(hidden)" in shown
    status = json.loads(run("index", "status", "--json").stdout)
    assert (status["renewal"]["indexed"], status["renewal"]["running"]) == (0, False)
    model.away()
    failed = run("index", "renew")
    assert failed.returncode == 1
    assert "PAPERTIDE_MODEL_KEY" in failed.stderr
    assert KEY not in failed.stderr
    assert "FAIL" in run("doctor").stdout
    assert "The last time" in run("index", "status").stdout
    model.back()
    done = run("index", "renew")
    assert "300 papers have vectors by the model of the settings" in done.stderr
    assert "by the model of the settings" in run("index", "renew").stderr
    status = json.loads(run("index", "status", "--json").stdout)
    assert status["renewal"] is None
    cut = run("index", "renew", "--json", PAPERTIDE_MODEL="", PAPERTIDE_MODEL_DIMENSION="64")
    assert json.loads(cut.stdout) == {"renewed": True, "indexed": 300}
    wrong = run("search", "robot", PAPERTIDE_MODEL="", PAPERTIDE_MODEL_DIMENSION="100")
    assert "[256, 128, 64]" in wrong.stderr
    assert "None were being made" in run("index", "renew", "--cancel").stderr


@pytest.mark.parametrize("fault", ["nobody", "silence", "503"])
def test_up_does_not_wait_for_an_endpoint(data, fault, model):
    """It starts, serves words, and says what it could not do; nobody has to look at a clock."""
    place = model.place if fault != "nobody" else f"http://127.0.0.1:{free_port()}/v1#made"
    model.server.fault(*[fault] * 1000)
    started = time.monotonic()
    options = {"PAPERTIDE_MODEL": place, "PAPERTIDE_MODEL_KEY": KEY}
    with running(data, "--offline", **options) as (process, address):
        assert time.monotonic() - started < 60
        assert json.loads(get(address + "/healthz"))["status"] == "ok"
        assert "papers for" in get(address + "/search?q=robot+policy")
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert "made in the background" in errors
    assert "Traceback" not in errors
    assert KEY not in errors


def test_a_new_library_with_an_endpoint_that_is_away(tmp_path):
    place = f"http://127.0.0.1:{free_port()}/v1#made"
    with running(tmp_path / "data", "--offline", PAPERTIDE_MODEL=place) as (_, address):
        page = get(address + "/search?q=attention+is+all+you+need")
        assert "/papers/1706.03762" in page
        assert "meaning cannot be asked" in page


def test_the_clock_of_up_makes_them(data, tmp_path):
    """With a tick each moment, in place of each minute."""
    port = free_port()
    code = (
        f"import papertide.cli.serving as s; s.TICK = 0.2; s.up(port={port}, host='127.0.0.1', "
        "offline=True)"
    )
    environment = {**os.environ, "PAPERTIDE_DATA": str(data), "PAPERTIDE_SOURCES": "",
                   "PAPERTIDE_MODEL_DIMENSION": "64"}  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", code], env=environment,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        deadline = time.monotonic() + 90
        while True:
            status = papertide("index", "status", "--json", data=data,
                               env={"PAPERTIDE_MODEL_DIMENSION": "64"})  # fmt: skip
            if json.loads(status.stdout)["renewal"] is None:
                break
            assert process.poll() is None
            assert time.monotonic() < deadline
    finally:
        process.terminate()
        process.wait(30)
    assert config.load().model_dimension == 0


def test_the_page_of_sources_tells(papers, model, monkeypatch, client):
    changed_to(papers, monkeypatch, model.place)
    client.force_login(User.objects.create_superuser("moderator"))
    page = client.get("/sources").content.decode()
    assert "vectors by made at 127.0.0.1" in page
