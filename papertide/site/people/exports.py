"""Collections as files: for LaTeX, reference managers, citation processors, programs."""

import msgspec

from papertide.papers import Paper
from papertide.site.catalog import bibtex, csl, ris
from papertide.site.people.collections import Collected, CollectionInfo

TYPES = {
    "bib": "text/x-bibtex", "ris": "application/x-research-info-systems",
    "csl.json": "application/vnd.citationstyles.csl+json", "json": "application/json",
}  # fmt: skip


def _noted(items: list[Collected]) -> list[tuple[Paper, str]]:
    return [(one.paper, one.note) for one in items]


def _bib(_: CollectionInfo, items: list[Collected]) -> str:
    return bibtex.several(_noted(items))


def _ris(_: CollectionInfo, items: list[Collected]) -> str:
    return "\r\n".join(ris.entry(paper, note) for paper, note in _noted(items))


def _csl(_: CollectionInfo, items: list[Collected]) -> str:
    return _json(csl.items(_noted(items)))


def _own(found: CollectionInfo, items: list[Collected]) -> str:
    return _json({
        **described(found),
        "papers": [
            {**_public(one.paper), "place": one.place, "note": one.note, "added": one.added}
            for one in items
        ],
    })  # fmt: skip


def described(found: CollectionInfo) -> dict:
    """A collection for programs, without its papers."""
    return {
        "id": found.id, "title": found.title, "about": found.about, "public": found.public,
        "owner": found.owner, "made": found.made, "changed": found.changed,
        "followers": found.followers, "count": found.count,
    }  # fmt: skip


def _public(paper: Paper) -> dict:
    """A paper without the number that only this database knows."""
    return {name: value for name, value in msgspec.to_builtins(paper).items() if name != "id"}


def _json(value) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


WRITERS = {"bib": _bib, "ris": _ris, "csl.json": _csl, "json": _own}
