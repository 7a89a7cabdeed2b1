"""A Fetch that replays answers by address, and remembers what it was asked; hostile answers."""

from urllib.parse import urlencode
from xml.etree import ElementTree

import msgspec
from hypothesis import strategies as st

from papertide.sources.base import Answer, SourceError


class Replay:
    """`answers` gives by address a body, an Answer, an exception, JSON, or a list of these, which
    are given one after the other, the last one for ever; or it is a function of the address."""

    def __init__(self, answers):
        self.answers = answers
        self.asked: list[str] = []
        self.headers: list[dict] = []

    def __call__(self, url, params=None, *, json=None, headers=None, cached=False, accept=(200,)):
        address = f"{url}?{urlencode(params)}" if params else url
        self.asked.append(address)
        self.headers.append(dict(headers or {}))
        if callable(self.answers):
            given = self.answers(address)
        else:
            held = self.answers.get(address, Answer(url=address, status=404, headers={}, body=b""))
            given = held.pop(0) if isinstance(held, Turns) and len(held) > 1 else held
            given = given[0] if isinstance(given, Turns) else given
        if isinstance(given, Exception):
            raise given
        if not isinstance(given, Answer):
            body = given if isinstance(given, bytes) else msgspec.json.encode(given)
            given = Answer(url=address, status=200, headers={}, body=body)
        if given.status not in accept:
            raise SourceError(f"{address} answered {given.status}", given.status)
        return given


class Turns(list):
    """Answers to be given one after the other, the last one for ever."""


_TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=30),
    st.sampled_from([
        "2503.11731v2", "http://arxiv.org/abs/cs/9902027v1", "oai:arXiv.org:2509.13332v1", "new",
        "cross", "replace-cross", "Thu, 18 Sep 2025 00:00:00 -0400", "2025-08-20T00:00:00Z",
        "2025-08", "10.1101/2024.01.15.575821", "10.48550/arXiv.2503.11731", "NA", "1", "0",
        "Lee, A.; Ek, B.", "The XYZ Collaboration", "A title", "李 雷", "cs.AI", "<p>x</p>",
        "WITHDRAWN: A title", "P19-1001", "2024.acl-long.1", "August 11-16", "&lt;b&gt;", "$x$",
        "https://a.example/x", "javascript:alert(1)", "abcdEFGH12", "\u202eevil",
    ]),
)  # fmt: skip
_SIMPLE = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(), _TEXTS)


def hostile_rows(fields: list[str]) -> st.SearchStrategy[dict]:
    """Objects of JSON with these fields, or without, holding what they should and what not."""
    names = st.sampled_from([*fields, "value", "name", "fullname"])
    values = st.recursive(
        _SIMPLE,
        lambda held: st.lists(held, max_size=3) | st.dictionaries(names, held, max_size=3),
        max_leaves=6,
    )
    return st.dictionaries(st.sampled_from(fields), values)


def hostile_xml(tags: list[str]) -> st.SearchStrategy[bytes]:
    """Well-formed XML of these tags, nested and filled at will."""
    names = st.sampled_from(tags)

    def element(tag, text, tail, attributes, children) -> ElementTree.Element:
        made = ElementTree.Element(tag, attributes)
        made.text, made.tail = text, tail
        made.extend(children)
        return made

    attributes = st.dictionaries(
        st.sampled_from(["id", "date", "type", "term", "href", "url", "ingest-date"]), _TEXTS,
        max_size=3,
    )  # fmt: skip
    leaves = st.builds(element, names, _TEXTS, _TEXTS, attributes, st.just([]))
    return st.recursive(
        leaves,
        lambda held: st.builds(
            element, names, _TEXTS, _TEXTS, attributes, st.lists(held, max_size=4)
        ),
        max_leaves=12,
    ).map(ElementTree.tostring)
