"""Our own JSON lines: what `papertide show --json` prints and other Papertides can read."""

import re
from typing import Any

import msgspec

from papertide.papers import STATUSES, Link, Paper, Record, Version, arxiv_id, doi
from papertide.sources.base import Unreadable, date_text, link, names, text, texts

NAME = "papertide"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}\Z")  # of a source, or of a scheme of identities


def row(row: dict[str, Any]) -> Record:
    """A record from a paper as we write it.

    Each field is believed as the source that it says it came from, but never as a moderator:
    another catalogue's are not ours. Unknown fields are ignored.
    """
    try:
        paper = msgspec.convert(row, Paper)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from None
    if not text(paper.title):
        raise Unreadable("no title")
    origins = {field: _origin(origin) for field, origin in paper.origins.items()}
    record = Paper(
        title=text(paper.title),
        abstract=text(paper.abstract),
        authors=names(paper.authors),
        identities=[known for identity in paper.identities for known in _identity(identity)],
        categories=texts(paper.categories),
        published=date_text(paper.published),
        updated=date_text(paper.updated),
        announced=date_text(paper.announced),
        versions=[
            Version(held.number, date_text(held.date))
            for held in paper.versions
            if 0 < held.number < 10_000
        ],
        licence=text(paper.licence),
        comment=text(paper.comment),
        venue=text(paper.venue),
        description=text(paper.description),
        status=paper.status if paper.status in STATUSES else "",
        status_note=text(paper.status_note),
        links=[known for held in paper.links for known in _link(held)],
        extra={
            text(source): {text(name): _fact(value) for name, value in facts.items()}
            | ({"as_of": date_text(facts["as_of"])} if "as_of" in facts else {})
            for source, facts in paper.extra.items()
        },
    )
    source, _, as_of = origins.get("title", NAME).partition("@")
    return Record(paper=record, source=source, as_of=as_of, origins=origins)


def _origin(origin: str) -> str:
    source, _, as_of = text(origin).partition("@")
    if not _NAME.match(source) or source == "moderator":
        source = NAME
    return f"{source}@{date_text(as_of)}"


def _identity(identity: str) -> list[str]:
    scheme, _, value = text(identity).partition(":")
    if scheme == "arxiv":
        known = arxiv_id(value)
        return [f"arxiv:{known.id}"] if known else []
    if scheme == "doi":
        return [f"doi:{known}"] if (known := doi(value)) else []
    return [f"{scheme}:{value}"] if _NAME.match(scheme) and 0 < len(value) <= 300 else []


def _fact(value: Any) -> Any:
    """A value of `extra`: a text, a number or a list of texts."""
    if isinstance(value, bool | int | float):
        return value if abs(value) < 2**53 else 0
    return texts(value) if isinstance(value, list) else text(value)


def _link(held: Link) -> list[Link]:
    return link(text(held.kind) or "page", held.url)
