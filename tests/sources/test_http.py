"""The fetcher against a server with faults: polite, patient within bounds, never fooled."""

import email.utils
import gzip
import itertools
import multiprocessing
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from papertide.sources import gate, http
from papertide.sources.base import SourceError
from papertide.sources.http import Fetcher
from tests.sources.loopback import FAULTS, Answered, Server


@pytest.fixture
def server():
    with Server() as server:
        server.answer("/", b"<right/>" * 100)
        yield server


@pytest.fixture
def fetch(tmp_path):
    return Fetcher(tmp_path, "us@example.org", timeout=20, patience=40, largest=1_000_000)


@pytest.fixture
def hasty(tmp_path):
    return Fetcher(tmp_path, timeout=0.8, patience=1.2)


def problem(fetch, url: str, **named) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(url, **named)
    return caught.value


def test_an_answer(server, fetch):
    answer = fetch(server.address + "/?a=1", {"b": "ü&"}, headers={"X-Api-Key": "k"})
    assert answer.body == b"<right/>" * 100
    assert (answer.status, answer.changed) == (200, True)
    [asked] = server.requests
    assert asked.params == {"a": "1", "b": "ü&"}
    assert asked.headers["user-agent"].endswith("mailto:us@example.org)")
    assert asked.headers["accept-encoding"] == "gzip"
    assert asked.headers["host"] == server.address.removeprefix("http://")
    assert asked.headers["x-api-key"] == "k"


def test_an_address_is_sent_as_it_was_given(server, fetch):
    fetch(server.address + "/?q=a%2Cb,c+d%20e")
    assert server.requests[0].target == "/?q=a%2Cb,c+d%20e"


def test_what_is_posted(server, fetch):
    fetch(server.address + "/", json={"ids": [1]})
    assert server.requests[0].body == b'{"ids":[1]}'
    assert server.requests[0].headers["content-type"] == "application/json"


def test_a_compressed_answer(server, fetch):
    server.answer("/z", gzip.compress(b"right"), Content_Encoding="gzip")
    assert fetch(server.address + "/z").body == b"right"


@pytest.mark.parametrize("fault", ["429", "500", "503", "reset", "too long", "cut gzip"])
def test_what_passes_is_tried_again(server, fetch, fault):
    server.fault(fault)
    assert fetch(server.address + "/").body == b"<right/>" * 100
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("fault", "reason", "status"),
    [("429", "status", 429), ("503", "status", 503), ("reset", "unreachable", 0),
     ("too long", "unreachable", 0), ("cut gzip", "unreachable", 0)],
)  # fmt: skip
def test_what_does_not_pass_is_given_up(server, fetch, fault, reason, status):
    server.fault(*[fault] * http.ATTEMPTS)
    error = problem(fetch, server.address + "/")
    assert (error.reason, error.status) == (reason, status)
    assert len(server.requests) == http.ATTEMPTS


@pytest.mark.parametrize("fault", ["drip", "header drip", "silence"])
def test_a_slow_drip_ends_with_the_patience_for_the_whole(server, hasty, fault):
    server.fault(*[fault] * http.ATTEMPTS)
    assert problem(hasty, server.address + "/").reason == "slow"
    assert len(server.requests) == http.ATTEMPTS


@pytest.mark.parametrize(
    ("fault", "reason"), [("gzip bomb", "large"), ("broken gzip", "malformed")]
)
def test_hostile_compression(server, fetch, fault, reason):
    server.fault(fault)
    assert problem(fetch, server.address + "/").reason == reason
    assert len(server.requests) == 1


def test_too_large_an_answer(server, fetch):
    server.answer("/large", bytes(1_000_001))
    assert problem(fetch, server.address + "/large").reason == "large"


def test_an_encoding_that_was_not_asked_for(server, fetch):
    server.answer("/br", b"x", Content_Encoding="br")
    assert problem(fetch, server.address + "/br").reason == "malformed"


def test_a_length_that_is_too_short_cuts_the_answer(server, fetch):
    """Nothing tells that more was meant: the parser finds it broken."""
    server.fault("too short")
    assert fetch(server.address + "/").body == b"<right/>" * 50


def test_statuses(server, fetch):
    error = problem(fetch, server.address + "/nowhere?key=secret")
    assert (error.reason, error.status) == ("status", 404)
    assert "secret" not in str(error)
    assert fetch(server.address + "/nowhere", accept=(200, 404)).status == 404


def test_nobody_there(fetch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert problem(fetch, f"http://127.0.0.1:{probe.getsockname()[1]}/").reason == "unreachable"
    assert problem(fetch, "http://no-such-host.invalid/").reason == "unreachable"


@pytest.mark.parametrize(
    "url",
    ["", "ftp://example.org/", "http://", "file:///etc/passwd", "http://u:secret@example.org/",
     "http://[::1", "nonsense"],
)  # fmt: skip
def test_what_is_no_address(fetch, url):
    assert "secret" not in str(problem(fetch, url))


def test_what_is_no_web_server(server, fetch):
    assert problem(fetch, server.address.replace("http:", "https:") + "/").reason == "unreachable"


# --- redirects -------------------------------------------------------------------------------


def test_redirects_are_followed_three_times(server, fetch):
    for n in range(4):
        server.answer(f"/{n}", b"", 302, Location=f"{n + 1}")
    server.answer("/4", b"there")
    assert fetch(server.address + "/1").body == b"there"
    assert problem(fetch, server.address + "/0").reason == "redirect"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "localhost", "192.168.1.1", "[fe80::1]",
     "[::ffff:127.0.0.1]", "0.0.0.0"],
)  # fmt: skip
def test_a_redirect_to_a_private_address_is_refused(server, fetch, monkeypatch, host):
    monkeypatch.setattr(http, "_is_private", lambda host: False)  # as if the first were public
    server.answer("/away", b"", 301, Location=f"http://{host}:{server.server_port}/")
    assert problem(fetch, server.address + "/away").reason == "redirect"
    assert len(server.requests) == 1


@pytest.mark.parametrize("target", ["ftp://x/", "http://u:p@x/", "javascript:alert(1)", "http://"])
def test_redirects_to_nowhere(server, fetch, target):
    server.answer("/away", b"", 301, Location=target)
    assert problem(fetch, server.address + "/away").reason == "redirect"


def test_what_is_posted_is_not_sent_elsewhere(server, fetch):
    server.answer("/away", b"", 307, Location="/")
    assert problem(fetch, server.address + "/away", json={}).reason == "redirect"


def test_keys_do_not_go_to_another_server(server, fetch):
    with Server() as other:
        other.answer("/", b"there")
        server.answer("/away", b"", 302, Location=other.address + "/")
        assert fetch(server.address + "/away", headers={"X-Api-Key": "k"}).body == b"there"
        assert "x-api-key" not in other.requests[0].headers


# --- what was there before -------------------------------------------------------------------


def test_only_what_changed_is_sent_again(server, fetch):
    server.handle("/feed", lambda asked: Answered(b"", 304)
                  if asked.headers.get("if-none-match") == '"1"'
                  else Answered(b"one", headers={"ETag": '"1"'}))  # fmt: skip
    first, again = (fetch(server.address + "/feed", cached=True) for _ in range(2))
    assert (first.body, first.changed) == (again.body, True)
    assert (again.status, again.changed) == (200, False)
    assert fetch(server.address + "/feed").changed  # who does not ask for it gets all
    server.answer("/feed", b"two", Last_Modified="x")
    assert fetch(server.address + "/feed", cached=True).changed
    assert not fetch(server.address + "/feed", cached=True).changed  # sent again, but the same


def test_the_cache_is_bounded(server, fetch, tmp_path, monkeypatch):
    monkeypatch.setattr("papertide.sources.cache._ALL", 3000)
    for n in range(10):
        server.answer(f"/{n}", bytes(900), ETag='"1"')
        fetch(f"{server.address}/{n}", cached=True)
    assert sum(held.stat().st_size for held in (tmp_path / "cache/http").iterdir()) <= 3000


# --- the gate --------------------------------------------------------------------------------


def test_arxiv_is_one_host():
    names = {gate.group(f"{name}arxiv.org") for name in ("", "export.", "oaipmh.", "rss.")}
    assert names == {"arxiv.org"}
    assert gate.INTERVALS["arxiv.org"] == 3.0


def _enter(folder, times, count):
    for _ in range(count):
        with gate.entered(folder, "a.org", {"a.org": 0.05}) as held:
            held.wait(time.time() + 60)
            times.put(("in", time.time()))
            times.put(("out", time.time()))


def test_processes_take_turns_at_a_gate(tmp_path):
    context = multiprocessing.get_context("spawn")
    times = context.Queue()
    workers = [context.Process(target=_enter, args=(tmp_path, times, 5)) for _ in range(2)]
    for worker in workers:
        worker.start()
    met = sorted((times.get(timeout=60) for _ in range(20)), key=lambda entry: entry[1])
    for worker in workers:
        worker.join()
    starts = [at for what, at in met if what == "in"]
    assert all(later - at >= 0.049 for at, later in itertools.pairwise(starts))


@pytest.mark.parametrize("value", ["900", "date"])
def test_a_long_retry_after_is_remembered_for_the_next_process(server, tmp_path, value):
    if value == "date":  # on the server's clock, which is an hour wrong
        now = datetime.now(UTC) + timedelta(hours=1)
        when = email.utils.format_datetime(now + timedelta(minutes=15), usegmt=True)
        server.fault(Answered(b"", 503, {"Retry-After": when, "Date": email.utils.format_datetime(
            now, usegmt=True)}))  # fmt: skip
    else:
        server.fault(Answered(b"", 503, {"Retry-After": value}))
    for _ in range(2):
        error = problem(Fetcher(tmp_path), server.address + "/")
        assert error.reason == "later"
        assert timedelta(minutes=12) < error.again - datetime.now(UTC) < timedelta(minutes=16)
    assert len(server.requests) == 1


def test_a_gate_closed_by_a_clock_that_was_wrong_opens(tmp_path):
    with gate.entered(tmp_path, "a.org") as held:
        held.close_for(1e12)
    with gate.entered(tmp_path, "a.org") as held:
        assert held.opens < time.time() + gate.FURTHEST
    (tmp_path / "a.org").write_text(f"{time.time() + 1e9:032.6f}")
    with gate.entered(tmp_path, "a.org") as held:
        assert held.opens == 0.0
        held.wait(time.time() + 60)


@pytest.mark.parametrize("value", ["", "soon", "-5", "Mon, 99 Foo", "١٢"])
def test_a_retry_after_that_is_none(value):
    assert http._retry_after({"retry-after": value}) == 0.0


def test_every_fault_is_known():
    assert {"429", "503", "html", "gzip bomb", "entity bomb", "too long"} <= set(FAULTS)


def test_a_wish_to_wait_beside_a_good_answer(server, fetch):
    server.answer("/busy", b"right", Backoff="900")
    assert fetch(server.address + "/busy").body == b"right"
    assert problem(fetch, server.address + "/busy").reason == "later"


@pytest.mark.parametrize(
    "address", ["64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:10.0.0.1", "224.0.0.1", "ff02::1"]
)
def test_addresses_that_lead_into_the_house_in_disguise(address):
    assert http._is_literally_private(address)


def test_addresses_of_the_world():
    assert not http._is_literally_private("93.184.216.34")
    assert not http._is_literally_private("64:ff9b::5db8:d822")
