"""One paper, asked of its source by the id that somebody typed; and what arXiv has of a title."""

import re
from urllib.parse import unquote, urlsplit

from papertide.config import Config
from papertide.papers import Paper, Record, arxiv_id, doi, words
from papertide.sources import registry
from papertide.sources.base import Fetch, SourceError, doi_identity

# Hosts whose addresses end in an arXiv id: their own, and others' pages about such papers.
_OF_ARXIV = re.compile(
    r"(?:.+\.)?(?:arxiv\.org|ar5iv\.org|alphaxiv\.org|huggingface\.co|hf\.co)\Z", re.ASCII
)
_DOI_IN_PATH = re.compile(r"/(10\.\d{4,9}/.+)", re.ASCII)
# What publishers put behind a DOI in the addresses of its pages.
_BEHIND = re.compile(
    r"(?:/(?:full|pdf|epdf|abstract|html|meta))?/?\Z|(?:v\d+)?(?:\.full(?:\.pdf|-text)?|\.pdf)\Z",
    re.ASCII | re.I,
)
_WORDS = 20  # of a title that are looked for


class Missing(Exception):
    """The source has no such paper, or what it has is none; says why."""


def name_of(text: str) -> str:
    """The identity that an arXiv id, a DOI or a link to either names, ``arxiv:2503.00001`` or
    ``doi:10.1000/x``; empty where a text is none of them."""
    text = text.strip()
    if "\0" in text:
        return ""
    if known := arxiv_id(text):
        return f"arxiv:{known.id}"
    if re.match(r"https?://", text, re.I):
        return _of_address(text) or next(iter(doi_identity(text)), "")
    return next(iter(doi_identity(text)), "")


def _of_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, path = (parts.hostname or ""), unquote(parts.path)
    except ValueError:
        return ""
    if _OF_ARXIV.match(host):
        steps = path.strip("/").removesuffix(".pdf").split("/")
        for start in range(len(steps)):
            if known := arxiv_id("/".join(steps[start:])):
                return f"arxiv:{known.id}"
    if found := _DOI_IN_PATH.search(path):
        known = found[1] if host.endswith("doi.org") else _BEHIND.sub("", found[1], count=1)
        return next(iter(doi_identity(doi(known) or "")), "")
    return ""


def fetched(name: str, fetch: Fetch, settings: Config) -> Record:
    """What its source tells of a paper now: arXiv of its ids, Crossref of DOIs.

    Raises Missing where it has no such paper, SourceError where it cannot be asked. An answer about
    another paper is none.
    """
    scheme, _, value = name.partition(":")
    if scheme == "arxiv":
        rows = registry.source("arxiv-api", settings).by_ids(fetch, [value])
        source = "arXiv"
    elif scheme == "doi":
        rows = registry.source("crossref", settings).ask(
            fetch, [Paper(title="", identities=[name])]
        )
        source = "Crossref"
    else:
        raise Missing(f"{name} is no id that a source can be asked about.")
    for row in rows:
        if isinstance(row, Record) and row.paper.identities[:1] == [name]:
            return row
    if any(isinstance(row, Record) for row in rows):
        raise Missing(f"{source} answered about another paper than {value}.")
    reason = next((row.reason for row in rows), f"{source} has no such paper")
    raise Missing(f"{source} was asked about {value}: {reason}.")


def titled(title: str, fetch: Fetch, settings: Config, most: int = 5) -> list[Record]:
    """Papers that arXiv finds by the words of a title, the newest first. Raises SourceError."""
    wanted = [word for word in words(title) if word][:_WORDS]
    if not wanted:
        return []
    query = " AND ".join(f"ti:{word}" for word in wanted)
    source = registry.source("arxiv-api", settings)
    pages = source.search(fetch, query, page=most, limit=most, newest_first=True)
    return [row for page in pages for row in page.rows if isinstance(row, Record)]


def sentence(name: str, error: SourceError) -> str:
    """Why a source could not be asked, without addresses: it is for readers."""
    source = "arXiv" if name.startswith("arxiv:") else "Crossref"
    told = {
        "unreachable": "could not be reached",
        "slow": "did not answer in time",
        "later": "asks to be left alone for a while",
        "large": "answered with more than is taken of one paper",
        "redirect": "sent us elsewhere",
        "status": f"answered with an error ({error.status})",
    }.get(error.reason, "answered with what cannot be read")
    return f"{source} {told}."
