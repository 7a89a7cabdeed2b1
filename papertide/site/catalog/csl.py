"""A paper as an item of CSL-JSON, which citation processors, Zotero and Pandoc read.

Schema: https://github.com/citation-style-language/schema, csl-data.json.
"""

import re

from papertide.papers import Paper, PartialDate
from papertide.reading.clean import clean
from papertide.site.catalog import bibtex

_SUFFIX = re.compile(r"(.+?), ((?:Jr|Sr)\.?|I{2,3}|IV)\Z", re.I)
_GROUP = re.compile(r"\b(?:and|others|team|group|collaboration|consortium|project)\b|,", re.I)


def item(paper: Paper, note: str = "") -> dict:
    """The item of a paper, with somebody's note on it."""
    date = PartialDate.parse(paper.date) if paper.date else PartialDate()
    told = [part for part in date if part] if date.year else []
    fields = {
        "id": bibtex.key(paper),
        "type": "article-journal" if paper.venue else "article",
        "title": paper.readable_title,
        "author": [name(author) for author in paper.authors if clean(author)],
        "container-title": clean(paper.venue),
        "issued": {"date-parts": [told]} if told else None,
        "abstract": paper.readable_abstract,
        "DOI": paper.doi,
        "number": f"arXiv:{paper.arxiv}" if paper.arxiv else "",
        "URL": address(paper),
        "note": "\n".join(filter(None, (paper.flag, note))),
    }
    return {field: value for field, value in fields.items() if value}


def items(papers: list[tuple[Paper, str]]) -> list[dict]:
    """The items of papers, each with a note; of one id the later get -2, -3."""
    seen: dict[str, int] = {}
    written = [item(paper, note) for paper, note in papers]
    for one in written:
        seen[one["id"]] = count = seen.get(one["id"], 0) + 1
        if count > 1:
            one["id"] += f"-{count}"
    return written


def address(paper: Paper) -> str:
    """Where the paper is: at arXiv, else by its DOI."""
    if paper.arxiv:
        return f"https://arxiv.org/abs/{paper.arxiv}"
    return f"https://doi.org/{paper.doi}" if paper.doi else ""


def name(author: str) -> dict[str, str]:
    """A name in its parts: family, given, suffix; of groups the name as it is."""
    whole, suffix = clean(author), ""
    if found := _SUFFIX.match(whole):
        whole, suffix = found.groups()
    given, _, family = whole.rpartition(" ")
    if _GROUP.search(whole) or not given:
        return {"literal": clean(author)}
    return {"family": family, "given": given} | ({"suffix": suffix} if suffix else {})
