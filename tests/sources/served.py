"""Servers' answers for sources under test: recorded ones, and a Fetch that gives them."""

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml
from hypothesis import strategies as st

from papertide.sources.base import Answer, SourceError


def answer(body: Any, status: int = 200, url: str = "https://a.example/", **headers) -> Answer:
    """An answer of an object, as JSON, or of bytes."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(url=url, status=status, headers=names, body=content)


class Served:
    """A Fetch that gives answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: Answer):
        self.answers, self.asked = list(answers), []

    def __call__(self, url, params=None, *, json=None, headers=None, cached=False, accept=(200,)):
        self.asked.append({"url": url, "params": dict(params or {}), "json": json,
                           "headers": dict(headers or {})})  # fmt: skip
        given = self.answers.pop(0)
        if given.status not in accept:
            raise SourceError(f"{url} answered {given.status}", given.status)
        return given


def recorded(folder: Path, pattern: str = "*.yaml") -> Iterator[tuple[dict, Answer]]:
    """The requests and answers of cassettes, in the order in which they were recorded."""
    for path in sorted(folder.glob(pattern)):
        with path.open("rb") as file:
            held = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for one in held["interactions"]:
            given = one["response"]
            body = given.get("body", given.get("content")) or b""
            body = body.get("string") if isinstance(body, dict) else body
            body = body.encode() if isinstance(body, str) else body
            if body.startswith(b"\x1f\x8b"):
                body = gzip.decompress(body)
            status = given.get("status", given.get("status_code"))
            status = status["code"] if isinstance(status, dict) else status
            headers = {
                name.lower(): held[0] if isinstance(held, list) else held
                for name, held in (given.get("headers") or {}).items()
            }
            url = one["request"]["uri"]
            yield one["request"], Answer(url=url, status=status, headers=headers, body=body)


def messages(folder: Path, pattern: str = "*.yaml", host: str = "") -> Iterator[dict]:
    """The JSON objects among recorded answers of a host."""
    for request, given in recorded(folder, pattern):
        if host in request["uri"] and given.status == 200:
            try:
                held = msgspec.json.decode(given.body)
            except msgspec.DecodeError:
                continue
            if isinstance(held, dict):
                yield held


# --- what is no answer -----------------------------------------------------------------------

PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=20),
    st.sampled_from(["10.1000/x", "2017-06-12", "arXiv:1706.03762", "<p>", "2017", "", "W1"]),
)  # fmt: skip
JSON: st.SearchStrategy[Any] = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@st.composite
def damaged(draw, row: dict[str, Any]) -> dict[str, Any]:
    """A row with some of its values, at any depth, replaced by anything."""

    def held(value: Any, depth: int) -> Any:
        if draw(st.integers(0, 9)) == 0:
            return draw(JSON)
        if isinstance(value, dict) and depth < 5:
            return {name: held(inner, depth + 1) for name, inner in value.items()}
        if isinstance(value, list) and depth < 5:
            return [held(inner, depth + 1) for inner in value]
        return value

    return {name: held(value, 0) for name, value in row.items()}


def titles(rows: Iterable[Any]) -> list[str]:
    """The titles of records, the reasons of rejections."""
    return [row.reason if hasattr(row, "reason") else row.paper.title for row in rows]
