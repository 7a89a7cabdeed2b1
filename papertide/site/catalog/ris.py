"""A paper as RIS, the tagged lines that reference managers read.

Tags: https://en.wikipedia.org/wiki/RIS_(file_format). A value is one line: what would begin another
tag is taken out of it.
"""

from papertide.papers import Paper, PartialDate
from papertide.reading.clean import clean
from papertide.site.catalog import csl


def entry(paper: Paper, note: str = "") -> str:
    """The entry of a paper, with somebody's note on it."""
    date = PartialDate.parse(paper.date) if paper.date else PartialDate()
    lines = [("TY", "JOUR" if paper.venue else "UNPB"), ("TI", paper.readable_title)]
    lines += [("AU", _author(name)) for name in paper.authors if clean(name)]
    lines += [
        ("JO", clean(paper.venue)),
        ("PY", str(date.year or "")),
        ("DA", "/".join(str(part).zfill(2) for part in date if part) if date.year else ""),
        ("DO", paper.doi),
        ("AN", f"arXiv:{paper.arxiv}" if paper.arxiv else ""),
        ("UR", csl.address(paper)),
        ("AB", paper.readable_abstract),
        ("N1", paper.flag),
        ("N1", note),
    ]
    written = [f"{tag}  - {' '.join(value.split())}" for tag, value in lines if value.strip()]
    return "\r\n".join([*written, "ER  - "]) + "\r\n"


def _author(author: str) -> str:
    name = csl.name(author)
    if "literal" in name:
        return name["literal"].replace(",", "")
    return ", ".join(filter(None, (name["family"], name["given"], name.get("suffix"))))
