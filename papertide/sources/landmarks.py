"""The landmarks sample: papers that made the field, for a machine that reaches no source.

Titles, authors, years and ids are facts; the descriptions are ours and marked so.
"""

from collections.abc import Iterator
from importlib.resources import files

import msgspec

from papertide.papers import ListingPlace, Paper, Record, arxiv_id, doi

NAME = "landmarks"


def records() -> Iterator[Record]:
    """The sample, oldest first, as one undated listing."""
    rows = files("papertide").joinpath("landmarks.jsonl").read_bytes().splitlines()
    papers = sorted(map(msgspec.json.decode, rows), key=lambda row: (row["year"], row["title"]))
    for position, row in enumerate(papers, start=1):
        arxiv, digital = arxiv_id(row.get("arxiv", "")), doi(row.get("doi", ""))
        paper = Paper(
            title=row["title"],
            authors=row["authors"],
            identities=([f"arxiv:{arxiv.id}"] if arxiv else [])
            + ([f"doi:{digital}"] if digital else []),
            categories=row["categories"],
            published=str(row["year"]),
            venue=row.get("venue", ""),
            description=row["description"],
        )
        place = ListingPlace(key=NAME, source=NAME, title="Landmarks", position=position)
        yield Record(paper=paper, source=NAME, listing=place)
