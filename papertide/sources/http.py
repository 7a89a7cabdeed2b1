"""Requests to servers that are not ours: politely, and as if every answer were hostile.

Every limit holds for the whole answer, not for a piece of it: its time (a server that drips a
byte a second would else hold the gate for ever) and its size after decompression.
"""

import email.utils
import math
import random
import ssl
import time
import urllib.request
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from socket import SOCK_STREAM, gaierror, getaddrinfo
from typing import Any

import httpcore
import httpx
import msgspec

from papertide import __version__
from papertide.sources import gate
from papertide.sources.base import Answer, SourceError
from papertide.sources.cache import Cache

ATTEMPTS = 4
LONGEST_WAIT = 300.0  # seconds that one call waits at the gate; beyond them it gives up
REDIRECTS = 3
_PASSING = (429, 500, 502, 503, 504)  # statuses after which the same request may well succeed
_MOVED = (301, 302, 303, 307, 308)
_SECRET = ("authorization", "cookie", "x-api-key")  # headers that no other server may see


_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052


class Fetcher:
    """The `Fetch` of a data folder: gates and kept answers are shared by all its processes.

    `contact` is a mail address that servers may write to. `timeout` is in seconds, for connecting
    and between two pieces of an answer; `patience` in seconds and `largest` in bytes for a whole
    answer, decompressed; `longest_wait` for what a call waits at the gate, also for others
    that ask just now (None: `LONGEST_WAIT`, and for these till it is its turn). `intervals` are the
    seconds between two requests to a group of hosts.
    """

    def __init__(
        self,
        folder: Path,
        contact: str = "",
        *,
        timeout: float = 20.0,
        patience: float = 120.0,
        largest: int = 64 * 2**20,
        longest_wait: float | None = None,
        intervals: Mapping[str, float] = gate.INTERVALS,
    ):
        about = "https://github.com/papertide/papertide" + (
            f"; mailto:{contact}" if contact else ""
        )
        self._agent = f"papertide/{__version__} (+{about})"
        self._gates, self._cache = folder / "gates", Cache(folder / "cache" / "http")
        self._timeout, self._patience, self._largest = timeout, patience, largest
        self._intervals, self._longest_wait = intervals, longest_wait

    def __call__(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        cached: bool = False,
        accept: tuple[int, ...] = (200,),
    ) -> Answer:
        """See `Fetch`. A redirect is followed three times at the most, never to a private address
        from a public one, never from https to http, and never with a body."""
        address = _address(url)
        if params:
            address = address.copy_merge_params(params)
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        sent |= {"user-agent": self._agent, "accept-encoding": "gzip"}
        content = None
        if json is not None:
            content = msgspec.json.encode(json)
            sent["content-type"] = "application/json"
        name = str(address)
        kept = self._cache.get(name) if cached and content is None else None
        if kept:
            sent |= kept.questions
        answer = self._followed(address, sent, content, (*accept, 304) if kept else accept)
        if kept and answer.status == 304:
            return Answer(
                url=answer.url, status=200, headers=kept.headers, body=kept.body, changed=False
            )
        if cached and answer.status == 200:
            answer.changed = kept is None or kept.body != answer.body
            self._cache.put(name, dict(answer.headers), answer.body)
        return answer

    def _followed(
        self, address: httpx.URL, sent: dict[str, str], content: bytes | None, accept
    ) -> Answer:
        private = None  # whether private addresses may be gone to; where the first one is such
        for _ in range(REDIRECTS + 1):
            answer = self._tried(address, sent, content, accept, private is not False)
            if answer.status not in _MOVED or "location" not in answer.headers:
                break
            if private is None:
                private = _is_private(address.host)
            before, address = address, _moved(address, answer, content)
            if _origin(before) != _origin(address):
                sent = {name: value for name, value in sent.items() if name not in _SECRET}
        else:
            raise SourceError(f"{_shown(address)}: more than {REDIRECTS} redirects",
                              answer.status, "redirect")  # fmt: skip
        if answer.status not in accept:
            raise _refused(address, answer.status)
        return answer

    def _tried(
        self, address: httpx.URL, sent: dict[str, str], content, accept, private: bool
    ) -> Answer:
        """An answer, after some tries where one may help.

        All waiting is done at the gate: what a server in trouble asks of us it asks of all.
        """
        longest = self._longest_wait
        until = time.time() + (LONGEST_WAIT if longest is None else longest)
        turn = math.inf if longest is None else until
        problem: SourceError | None = None
        for attempt in range(ATTEMPTS):
            with gate.entered(self._gates, address.host, self._intervals, turn) as held:
                if problem and longest is not None and held.opens > until:
                    raise problem  # who waits for so little is told what was wrong
                held.wait(until)
                wait = held.interval * 2**attempt * random.uniform(1.0, 2.0)
                try:
                    answer = self._once(address, sent, content, private)
                except _Broken as error:
                    problem = error.problem
                else:
                    if answer.status in accept or answer.status not in _PASSING:
                        # A wish that comes with good answers (Zotero's web API, version 3).
                        held.close_for(_seconds(answer.headers.get("backoff", "")))
                        return answer
                    problem = _refused(address, answer.status)
                    wait = max(wait, _retry_after(answer.headers))
                held.close_for(wait)
        raise problem

    def _once(self, address: httpx.URL, sent, content: bytes | None, private: bool) -> Answer:
        """One request over a connection of its own; raises _Broken where another may succeed."""
        shown, proxy = _shown(address), _proxy(address)
        if proxy and not private and _is_literally_private(address.host):
            raise _into_the_house(address.host)
        network = _Network(time.monotonic() + self._patience, private or proxy is not None)
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=self._tls, network_backend=network, proxy=proxy,
                ) as pool,
                pool.stream(
                    "GET" if content is None else "POST",
                    httpcore.URL(scheme=address.raw_scheme, host=address.raw_host,
                                 port=address.port, target=address.raw_path),
                    headers={"host": address.netloc, **sent},
                    content=content,
                    extensions={"timeout": dict.fromkeys(
                        ("connect", "read", "write", "pool"), self._timeout)},
                ) as answer,
            ):  # fmt: skip
                headers = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in answer.headers
                }
                body = _unpacked(answer.iter_stream(), headers, self._largest, shown)
                return Answer(url=str(address), status=answer.status, headers=headers, body=body)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ProxyError) as error:
            # Not tried again: where the network is closed, nobody wants to wait for it.
            why = str(error.__cause__ or error)[:100] or type(error).__name__
            raise SourceError(f"{shown} cannot be reached ({why})", reason="unreachable") from None
        except httpcore.TimeoutException:
            late = time.monotonic() >= network.deadline
            waited = f"not all there after {self._patience:.0f} s" if late else "answers too slowly"
            raise _Broken(SourceError(f"{shown}: {waited}", reason="slow")) from None
        except (httpcore.NetworkError, httpcore.RemoteProtocolError, EOFError) as error:
            why = f"{shown}: the connection broke ({type(error).__name__})"
            raise _Broken(SourceError(why, reason="unreachable")) from None
        except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
            raise SourceError(f"{shown} cannot be asked for: {error}") from None

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


class _Broken(Exception):
    """What another try may mend."""

    def __init__(self, problem: SourceError):
        self.problem = problem


# --- addresses -------------------------------------------------------------------------------


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        address = httpx.URL("")
    if address.scheme not in ("http", "https") or not address.host or address.userinfo:
        raise SourceError("not an address of the web, http(s)://host/…, without a password in it")
    return address


def _shown(address: httpx.URL) -> str:
    """An address for messages: queries hold keys."""
    return str(address.copy_with(query=None, fragment=None))


def _origin(address: httpx.URL) -> tuple:
    return address.scheme, address.host, address.port


def _moved(address: httpx.URL, answer: Answer, content: bytes | None) -> httpx.URL:
    """Where a redirect leads; raises SourceError where we do not follow."""
    try:
        target = _address(str(address.join(answer.headers["location"])))
    except (httpx.InvalidURL, ValueError, SourceError):
        target = None
    if target is None or content is not None or (address.scheme, target.scheme) == (
        "https", "http",
    ):  # fmt: skip
        raise SourceError(f"{_shown(address)} redirects to where we do not follow",
                          answer.status, "redirect")  # fmt: skip
    return target


def _refused(address: httpx.URL, status: int) -> SourceError:
    return SourceError(f"{_shown(address)} answered {status}", status, "status")


def _into_the_house(host: str) -> SourceError:
    return SourceError(f"a redirect leads to a private address, {host}: not followed",
                       reason="redirect")  # fmt: skip


def _is_literally_private(host: str) -> bool:
    try:
        address = ip_address(host)
        if isinstance(address, IPv6Address):  # what carries an IPv4 address leads to that one
            within = address.ipv4_mapped or address.sixtofour
            if address in _NAT64:
                within = IPv4Address(int(address) & 0xFFFFFFFF)
            address = within or address
        return address.is_multicast or not address.is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _is_private(host: str) -> bool:
    """Whether a host is one of this machine or its network."""
    try:
        return any(_is_literally_private(found) for found in _addresses(host, 0))
    except OSError:
        return False


def _addresses(host: str, port: int) -> list[str]:
    found = getaddrinfo(host, port, type=SOCK_STREAM)
    return list(dict.fromkeys(str(address).partition("%")[0] for *_, (address, *_) in found))


def _proxy(address: httpx.URL) -> httpcore.Proxy | None:
    """The proxy that the environment names for an address (HTTPS_PROXY, NO_PROXY…)."""
    named = urllib.request.getproxies().get(address.scheme)
    if not named or urllib.request.proxy_bypass(address.host):
        return None
    held = httpx.Proxy(named)
    auth = held.raw_auth
    return httpcore.Proxy(str(held.url), auth=auth)


# --- the connection --------------------------------------------------------------------------


class _Network(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and waits for none beyond a deadline.

    Checked here, and not before, a name cannot lead elsewhere between the check and the
    connection (DNS rebinding).
    """

    def __init__(self, deadline: float, private: bool):
        self.deadline, self._private, self._inner = deadline, private, httpcore.SyncBackend()

    def left(self, timeout: float | None) -> float:
        """How long may be waited now: seconds."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(timeout, left)

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        try:
            found = _addresses(host, port)
        except (gaierror, UnicodeError) as error:
            raise httpcore.ConnectError(f"no such host: {error}") from None
        if not self._private:
            found = [address for address in found if not _is_literally_private(address)]
            if not found:
                raise _into_the_house(host)
        problem: Exception = httpcore.ConnectError("no address")
        for address in found:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self.left(timeout), local_address, socket_options
                )
                return _Stream(stream, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem


class _Stream(httpcore.NetworkStream):
    """A connection that nobody waits for beyond its network's deadline."""

    def __init__(self, inner: httpcore.NetworkStream, network: _Network):
        self._inner, self._network = inner, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._network.left(timeout))

    def start_tls(self, ssl_context, server_hostname=None, timeout=None) -> "_Stream":
        left = self._network.left(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._network)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


# --- the answer ------------------------------------------------------------------------------


def _unpacked(
    pieces: Iterable[bytes], headers: Mapping[str, str], largest: int, shown: str
) -> bytes:
    """A body, decompressed; raises SourceError where it is too large, EOFError where cut off."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise SourceError(f"{shown}: compressed in a way we did not ask for: {encoding[:20]}",
                          reason="malformed")  # fmt: skip
    unpacker = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    body, received = bytearray(), 0
    for piece in pieces:
        received += len(piece)
        try:
            body += unpacker.decompress(piece, largest + 1 - len(body)) if unpacker else piece
        except zlib.error as error:
            raise SourceError(f"{shown}: broken gzip: {error}", reason="malformed") from None
        if max(len(body), received) > largest:
            raise SourceError(f"{shown}: more than {largest >> 20} MB", reason="large")
    if unpacker and body and not unpacker.eof:
        raise EOFError
    return bytes(body)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that a server asks to wait (RFC 9110, section 10.2.3); 0 where it does not say.

    A date is measured on the server's own clock, where it tells that.
    """
    value = headers.get("retry-after", "").strip()
    if seconds := _seconds(value):
        return seconds
    until, now = _http_date(value), _http_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds()) if until else 0.0


def _seconds(value: str) -> float:
    """A number of seconds as headers have it; 0 where it is none."""
    value = value.strip()
    return float(value[:9]) if value.isascii() and value.isdigit() else 0.0


def _http_date(value: str) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
