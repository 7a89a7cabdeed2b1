"""Our own JSON lines: what `papertide show --json` prints and other Papertides can read."""

from typing import Any

import msgspec

from papertide.papers import Link, Paper, Record, Version, arxiv_id, doi
from papertide.sources.base import Unreadable, date_text, link, names, text, texts

NAME = "papertide"


def row(row: dict[str, Any]) -> Record:
    """A record from a paper as we write it.

    It is believed as the source it says it mostly came from; unknown fields are ignored.
    """
    try:
        paper = msgspec.convert(row, Paper)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from None
    if not text(paper.title):
        raise Unreadable("no title")
    origin = paper.origins.get("title", f"{NAME}@")
    source, _, as_of = origin.partition("@")
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
        links=[known for held in paper.links for known in _link(held)],
        extra={
            text(source): {text(name): _fact(value) for name, value in facts.items()}
            for source, facts in paper.extra.items()
        },
    )
    source = text(source)
    if source in ("", "moderator"):  # another catalogue's moderators are not ours
        source = NAME
    return Record(paper=record, source=source, as_of=text(as_of))


def _identity(identity: str) -> list[str]:
    scheme, _, value = text(identity).partition(":")
    if scheme == "arxiv":
        known = arxiv_id(value)
        return [f"arxiv:{known.id}"] if known else []
    if scheme == "doi":
        return [f"doi:{known}"] if (known := doi(value)) else []
    return [f"{scheme}:{value}"] if scheme and value and len(value) <= 300 else []


def _fact(value: Any) -> Any:
    """A value of `extra`: a text, a number or a list of texts."""
    if isinstance(value, bool | int | float):
        return value if abs(value) < 2**53 else 0
    return texts(value) if isinstance(value, list) else text(value)


def _link(held: Link) -> list[Link]:
    return link(text(held.kind) or "page", held.url)
