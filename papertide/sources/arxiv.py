"""arXiv: rows of its metadata in the forms they are passed around, and what all its readers share.

Forms: the public metadata snapshot (https://www.kaggle.com/datasets/Cornell-University/arxiv),
an archive form with one author string and one date, and daily announcements.
"""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from papertide import schedule
from papertide.papers import (
    Paper,
    Record,
    Version,
    arxiv_id,
    arxiv_month,
    author_name,
    doi,
    full_date,
    split_authors,
)
from papertide.sources.base import Unreadable, date_text, names, objects, text, texts

NAME = "arxiv"
# cs.CV, math-ph, cond-mat.stat-mech; not the classes of the ACM and the AMS that stand beside.
_CATEGORY = re.compile(r"[a-z]{1,8}(?:-[a-z]{2,4})?(?:\.[A-Za-z-]{2,12})?\Z")
_VERSION = re.compile(r"v?([1-9]\d{0,3})\Z", re.ASCII)


def snapshot_row(row: dict[str, Any]) -> Record:
    """A record from a row of the public metadata snapshot."""
    versions = [
        Version(int(number[1]), date_text(held.get("created")))
        for held in objects(row.get("versions"))
        if (number := _VERSION.match(text(held.get("version"))))
    ]
    updated = versions[-1].date if versions else ""
    first = versions[0].date if versions else ""
    paper = paper_of(row, authors=_parsed_names(row), published=first)
    paper.categories = categories(text(row.get("categories")).split())
    paper.versions, paper.updated = versions, updated if len(versions) > 1 else ""
    if versions and versions[0].number == 1:
        note_submitted(paper, objects(row.get("versions"))[0].get("created"))
    paper.licence = text(row.get("license"))
    paper.venue = text(row.get("journal-ref"))
    return Record(paper=paper, source=NAME, as_of=date_text(row.get("update_date")) or updated)


def archive_row(row: dict[str, Any]) -> Record:
    """A record from a row of the archive form: authors in one string, the first version's date."""
    authors = split_authors(text(row.get("authors")))
    paper = paper_of(row, authors=authors, published=row.get("date"))
    paper.categories = categories([row.get("primary_cat"), *texts(row.get("categories"))])
    return Record(paper=paper, source=NAME, as_of=paper.published)


def announcement_row(row: dict[str, Any]) -> Record:
    """A record from a row of the daily announcements.

    The row's date is the announcement's; of the paper's own it says no more than its id does,
    so an old id announced again (a cross-list, a replacement) gives no announcement day.
    """
    paper = paper_of(row, authors=names(row.get("authors")), published="")
    announced = date_text(row.get("announced"))
    paper.categories = categories(row.get("categories"))
    paper.announced = announced if is_fresh(paper.arxiv, announced) else ""
    return Record(paper=paper, source=NAME, as_of=announced)


def note_submitted(paper: Paper, told: Any) -> None:
    """Keep the day on whose list a paper is that was submitted then, where a time of day is told:
    the paper's day, unless its announcement is seen."""
    written = text(told)
    try:
        read = parsedate_to_datetime if "," in written else datetime.fromisoformat
        moment = read(written)
    except ValueError:
        return
    if moment.tzinfo and ":" in written and moment.year > 1990:
        paper.extra = paper.extra | {NAME: {"listed": str(schedule.arxiv_list(moment))}}


def is_fresh(identifier: str, announced: str) -> bool:
    """Whether a paper announced that day can be new: its id is of that month or the one before."""
    year, month = map(int, arxiv_month(identifier).split("-"))
    day = full_date(announced)
    return day is not None and 0 <= (day.year - year) * 12 + day.month - month <= 1


def paper_of(row: dict[str, Any], *, authors: list[str], published: Any) -> Paper:
    """The paper of what all forms share: ``id title abstract doi comments``."""
    told = text(row.get("id"))
    known = arxiv_id(told)
    if known is None:
        raise Unreadable(f"not an arXiv id: {told[:40]!r}")
    title = text(row.get("title"))
    if not title:
        raise Unreadable("no title")
    # An article of several has several DOIs; one with a space within cannot be told from two.
    dois = [doi(part) for part in text(row.get("doi")).split()]
    abstract = text(row.get("abstract"))
    comment = text(row.get("comments")) or text(row.get("comment"))
    note = withdrawal(comment, abstract)
    return Paper(
        title=title,
        abstract=abstract,
        authors=authors,
        identities=[f"arxiv:{known.id}"]
        + ([f"doi:{name}" for name in dict.fromkeys(dois)] if all(dois) else []),
        published=date_text(published),
        versions=[Version(known.version)] if known.version else [],
        comment=comment,
        status="withdrawn" if note else "",
        status_note=note,
    )


# arXiv has no field for it: whoever withdraws a paper writes so into the comment, and often in
# place of the abstract (https://info.arxiv.org/help/withdraw.html). People spell it in many ways.
_WORK = (
    "(?:paper|article|submission|manuscript|pre-?print|report|work|draft|document|letter|version|"
    "upload|thesis)"
)
_GONE = "withdr(?:awn|wan|awan|awed|aw)"
_WITHDRAWN = re.compile(
    # This paper has been (temporarily) withdrawn; article withdrawn by the author
    rf"(?:\A|[.;:]\s*|\b(?:this|the|our|current|present|latest|conference|early)\s)(?:\w+ ){{0,2}}"
    rf"{_WORK}(?:,? [\w']+){{0,3}}? (?:ha[sd]?|have|is|was|be|been|being)(?: \w+){{0,3}} {_GONE}\b"
    rf"|(?:\A|[.;:]\s*|\bthis\s){_WORK} {_GONE}\b"
    # Withdrawn. Withdrawn due to an error; 6 pages, 3 figures. Withdrawing while fixing a flaw
    r"|(?:\A|[.;:]\s*|note:?\s+|figures\s)(?:\w+ly )?(?:(?:it|this) (?:is|was|has been) )?"
    r"withdr(?:awn|aw|awing|ew)\b"
    r"|\bwithdrawn (?:by|at the request of|from) (?:the )?(?:arxiv|authors?|submitter|admin)\b"
    # We would like to withdraw this paper; I am withdrawing it
    rf"|\b(?:to|am|are|for|we|authors|please|hereby|request|me|kindly) withdr(?:aw|awal|awing|awl)"
    rf" (?:of )?(?:it|(?:this|the|my|our) (?:\w+ )?{_WORK})\b",
    re.I,
)
# Withdrawn was something else, or from somewhere else.
_OTHERWISE = re.compile(
    r"\b(?:not|previous(?:ly)?|preceding|earlier|former|first|old|older|original|companion|other|"
    r"another) (?!author|reason|because)[^.;]{0,60}?\bwithdr"
    r"|\b(?:an?|of the) withdrawn\b"
    r"|\bwithdr\w+ (?:from|in) (?!(?:the )?arxiv|this|public|order|lieu|prep)"
    r"|\b(?:accepted|submitted|appeared|conference|journal|workshop|proceedings)\b[^.]{0,120}?"
    r"\b(?:was|later|and|then|but|;) ?[^.;]{0,20}\bwithdr"
    r"|\b(?:accepted|submitted) to [^.;]{0,120}\. withdrawn (?:due|following|after|because)",
    re.I,
)


def withdrawal(comment: str, abstract: str) -> str:
    """What says that a paper was withdrawn, by its authors or by arXiv; empty where nothing does.

    That is the comment, or else how the abstract begins. A paper about withdrawals, or one that
    was withdrawn from a conference, is none.
    """
    if "withdr" in comment.lower():
        head = comment[:2000]
        if _WITHDRAWN.search(head) and not _OTHERWISE.search(head):
            return head
    opening = abstract[:160]
    if "withdr" in opening.lower():
        found = _WITHDRAWN.search(opening)
        if found and found.start() < 40 and not _OTHERWISE.search(opening):
            return abstract[:300]
    return ""


def _parsed_names(row: dict[str, Any]) -> list[str]:
    parsed = row.get("authors_parsed")
    if not parsed:
        return split_authors(text(row.get("authors")))
    if not isinstance(parsed, list) or not all(isinstance(entry, list) for entry in parsed):
        raise Unreadable("expected a list of names in parts")
    people = []
    for last, first, suffix, *_ in ([*map(text, entry), "", "", ""] for entry in parsed):
        if name := author_name(f"{first} {last}"):
            people.append(f"{name}, {suffix}" if suffix else name)
    return list(dict.fromkeys(people))


def categories(codes: Any) -> list[str]:
    return [code for code in texts(codes) if _CATEGORY.match(code)]
