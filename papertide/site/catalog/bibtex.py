"""A paper as BibTeX, as LaTeX's users cite it.

Papers that appeared somewhere (a DOI or a venue) are ``@article``, what is only on arXiv is
``@misc`` with arXiv's own fields (https://info.arxiv.org/help/hypertex/bibstyles). Text is
plain Unicode with what LaTeX would take for a command escaped; braces never get out of balance.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from papertide.papers import Paper, PartialDate, fold
from papertide.reading.clean import clean

_ESCAPES = str.maketrans(
    {c: "\\" + c for c in "&%$#_"}
    | {
        # BibTeX counts braces even after a backslash, so a lone \{ would break the whole file.
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_MONTHS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_ARXIV_DOI = "10.48550/"  # arXiv registers one for each of its papers: it is no publication
_SUFFIX = re.compile(r"(.+?) (\S+), ((?:Jr|Sr)\.?|I{2,3}|IV)\Z", re.I)
_GROUP = re.compile(r"\b(?:and|others|team|group|collaboration|consortium|project)\b", re.I)
_STOP_WORDS = {"a", "an", "and", "are", "at", "by", "for", "in", "is", "of", "on", "the", "to"}
_FOLDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def entry(paper: Paper, authors: int | None = None, note: str = "") -> str:
    """The BibTeX entry of a paper, with somebody's `note` on it; of more authors than `authors`
    the rest are ``others``."""
    published = bool(paper.venue or (paper.doi and not paper.doi.startswith(_ARXIV_DOI)))
    date = PartialDate.parse(paper.date) if paper.date else PartialDate()
    names = [_author(name) for name in paper.authors[:authors] if clean(name)]
    if authors is not None and len(paper.authors) > authors:
        names.append("others")
    fields = {
        "title": _title(paper.readable_title),
        "author": " and ".join(names),
        "journal": escape(clean(paper.venue)),
        "year": f"{date.year:04}" if date.year else "",
        "month": _MONTHS[date.month - 1] if date.year and date.month else "",
        "doi": _literal(paper.doi),
    }
    if paper.arxiv:
        fields |= {
            "eprint": paper.arxiv,
            "archivePrefix": "arXiv",
            "primaryClass": escape(paper.categories[0]) if paper.categories else "",
            "url": f"https://arxiv.org/abs/{paper.arxiv}",
        }
    elif paper.doi:
        fields["url"] = f"https://doi.org/{_literal(paper.doi)}"
    if paper.flag:  # who cites it is to know
        fields["note"] = paper.flag
    fields["annote"] = escape(" ".join(note.split()))
    lines = [  # months are BibTeX's own macros: styles print them in their language
        f"  {name} = {value}" if name == "month" else f"  {name} = {{{value}}}"
        for name, value in fields.items()
        if value
    ]
    kind = "article" if published else "misc"
    return f"@{kind}{{{key(paper)},\n" + ",\n".join(lines) + "\n}\n"


def several(papers: Iterable[tuple[Paper, str]]) -> str:
    """The entries of papers, each with a note, in one file; of one key the later get -2, -3."""
    seen: Counter[str] = Counter()
    written = []
    for paper, note in papers:
        held, name = entry(paper, note=note), key(paper)
        seen[name] += 1
        if seen[name] > 1:
            held = held.replace(f"{{{name},", f"{{{name}-{seen[name]},", 1)
        written.append(held)
    return "\n".join(written)


def key(paper: Paper) -> str:
    """The citation key: first author's last name, year, first telling word of the title."""
    author = clean(paper.authors[0]) if paper.authors else ""
    if match := _SUFFIX.match(author):
        author = f"{match[1]} {match[2]}"
    date = PartialDate.parse(paper.date) if paper.date else PartialDate()
    words = [_ascii(word) for word in re.split(r"[\W_]+", paper.readable_title)]
    told = [word for word in words if word and word not in _STOP_WORDS]
    return (
        _ascii(author.split()[-1] if author else "")
        + (str(date.year) if date.year else "")
        + (told or [""])[0]
    ) or "paper-" + re.sub(r"[^a-z0-9]+", "-", fold(paper.public_id)).strip("-")


def escape(text: str) -> str:
    r"""Text with what LaTeX would read as commands escaped: ``R&D_1`` is ``R\&D\_1``."""
    return text.translate(_ESCAPES)


def _title(text: str) -> str:
    """A title whose words in capitals (BERT, arXiv) are kept from being put in lower case."""

    def protected(match: re.Match) -> str:
        word = match[0]
        return f"{{{escape(word)}}}" if any(c.isupper() for c in word[1:]) else escape(word)

    return re.sub(r"\S+", protected, text)


def _author(name: str) -> str:
    """A name as BibTeX takes it apart: with its suffix in front, groups kept whole."""
    name = clean(name)
    if match := _SUFFIX.match(name):
        return f"{escape(match[2])}, {escape(match[3])}, {escape(match[1])}"
    whole = "," in name or _GROUP.search(name)
    return f"{{{escape(name)}}}" if whole else escape(name)


def _literal(identifier: str) -> str:
    """An identifier that is read as it stands; only what breaks the file itself is encoded."""
    return identifier.translate({ord(c): f"%{ord(c):02X}" for c in "{}\\"})


def _ascii(word: str) -> str:
    """A word in lower-case ASCII letters and digits, as every BibTeX program takes keys."""
    folded = unicodedata.normalize("NFKD", fold(word).translate(_FOLDED))
    return "".join(c for c in folded if c.isascii() and c.isalnum())
