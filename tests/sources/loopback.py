"""A server on a loopback port that stands for the world: it replays answers and injects faults.

    with Server() as server:
        server.answer("/oai2", fixture.read_bytes())
        server.fault("429", "reset")  # the next two requests meet these
        fetch(server.address + "/oai2")
        assert len(server.requests) == 3
"""

import gzip
import http.server
import json
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Asked(NamedTuple):
    """A request as the server met it; names of headers in lower case."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes
    target: str = ""  # path and query as they were sent


class Answered(NamedTuple):
    """What the server is to answer."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}


HTML = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body>Busy.<br></body></html>"
_LOLS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ENTITY_BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{_LOLS}]><x>&l9;</x>'.encode()
_BOMB = gzip.compress(bytes(50_000_000))  # a thousand times as large as what is sent
FAULTS = {
    "429": lambda right: Answered(b"slow down", 429),
    "503": lambda right: Answered(HTML, 503, {"Retry-After": "0"}),
    "500": lambda right: Answered(HTML, 500),
    "html": lambda right: Answered(HTML),
    "entity bomb": lambda right: Answered(ENTITY_BOMB),
    "gzip bomb": lambda right: Answered(_BOMB, 200, {"Content-Encoding": "gzip"}),
    "broken gzip": lambda right: Answered(b"no gzip at all", 200, {"Content-Encoding": "gzip"}),
    "cut gzip": lambda right: Answered(
        gzip.compress(b"x" * 100_000)[:-20], 200, {"Content-Encoding": "gzip"}
    ),
    "too long": lambda right: right._replace(
        headers={**right.headers, "Content-Length": str(len(right.body) + 1000)}
    ),
    "too short": lambda right: right._replace(
        headers={**right.headers, "Content-Length": str(len(right.body) // 2)}
    ),
}  # fmt: skip
# Besides these, done on the connection itself: "reset" in mid-body, "drip" a byte at a time,
# "header drip", and "silence".


class Server(http.server.ThreadingHTTPServer):
    """The server; `requests` are those it met."""

    daemon_threads = True

    def __init__(self, port: int = 0):
        super().__init__(("127.0.0.1", port), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.requests: list[Asked] = []
        self.closing = threading.Event()
        self._answers: dict[str, Callable[[Asked], Answered]] = {}
        self._faults: deque[str | Answered | None] = deque()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    def answer(
        self, path: str, body: bytes | str | list | dict, status: int = 200, **headers: str
    ) -> None:
        """Give this answer to whatever asks for a path; objects are JSON."""
        if not isinstance(body, bytes | str):
            body = json.dumps(body)
        raw = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers[path] = lambda asked: Answered(raw, status, named)

    def handle(self, path: str, function: Callable[[Asked], Answered]) -> None:
        """Let a function answer for a path."""
        self._answers[path] = function

    def fault(self, *faults: str | Answered | None) -> None:
        """Let the next requests meet these, one each (None: the right answer)."""
        self._faults.extend(faults)

    def right_answer(self, asked: Asked) -> Answered:
        function = self._answers.get(asked.path)
        return function(asked) if function else Answered(b"not here", 404)

    def next_fault(self) -> str | Answered | None:
        return self._faults.popleft() if self._faults else None

    def handle_error(self, request, client_address) -> None:
        """Clients that hang up are part of the play; our own mistakes are not."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = Asked(
            path=parts.path,
            params=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            target=self.path,
        )
        self.server.requests.append(asked)
        fault = self.server.next_fault()
        right = self.server.right_answer(asked)
        if isinstance(fault, Answered):
            right = fault
        elif fault in FAULTS:
            right = FAULTS[fault](right)
        if fault in ("header drip", "silence"):
            self._drip(b"" if fault == "silence" else b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 9999)
            return
        self.send_response(right.status)
        headers = {"Content-Length": str(len(right.body)), **right.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if fault == "reset":
            self.wfile.write(right.body[: len(right.body) // 2])
            self.wfile.flush()
            # with a linger of no seconds, closing is a reset
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            self.connection.close()
        elif fault == "drip":
            self._drip(right.body)
        else:
            self.wfile.write(right.body)

    do_POST = do_GET

    def _drip(self, data: bytes) -> None:
        """A byte now and then, till the server closes or the client goes."""
        for byte in data:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.closing.wait(0.02):
                return
        self.server.closing.wait(10)

    def log_message(self, *_) -> None:
        """Nothing: tests look at `requests`."""
