"""A paper as Markdown: what it is and its abstract, formulas as LaTeX between dollars.

Texts come from everywhere and are to be text in whatever shows them: what Markdown
(https://spec.commonmark.org/0.31.2/), GitHub's tables and strikethrough, or HTML inside of it would
read as more is escaped. LaTeX has no room for escapes: there a space, which means nothing in a
formula, parts what would begin a tag, an entity or a link.
"""

import re
from urllib.parse import quote

from papertide.papers import Paper, shown_date
from papertide.reading.clean import Formula, clean, pieces
from papertide.site.catalog.templatetags.papers import outside_links

_SIGNS = re.compile(r"[\\`*_\[\]#~|$]")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BEGINNING = re.compile(r"([-+=>:]|\d+(?=[.)]))")  # of a line: lists, rules, quotes
_PARTED = re.compile(r"<(?=[A-Za-z/!?])|&(?=[#\w])|\](?=[(\[:])|!(?=\[)")
_LINKS = 50  # where else a paper lives, at the most


def entry(paper: Paper) -> str:
    """A paper's title, authors, date, links and abstract."""
    facts = [
        ("Authors", escape(", ".join(clean(name) or name for name in paper.authors))),
        ("Date", shown_date(paper.date)),
        ("Categories", escape(", ".join(paper.categories))),
        ("Venue", escape(clean(paper.venue))),
        *((escape(label), f"<{_address(url)}>") for label, url in outside_links(paper)[:_LINKS]),
    ]
    parts = [
        f"# {text(paper.title) or escape(paper.public_id)}",
        _flag(paper),
        "\n".join(f"- {name}: {value}" for name, value in facts if value),
    ]
    if paper.abstract:
        parts += ["## Abstract", text(paper.abstract)]
    elif paper.description:
        parts += ["## Papertide’s description, not the abstract", text(paper.description)]
    return "\n\n".join(filter(None, parts)) + "\n"


def text(source: str) -> str:
    """A title or abstract with its formulas, as a paragraph or a part of one."""
    return _line("".join(
        _formula(piece) if isinstance(piece, Formula) else _escaped(piece)
        for piece in pieces(source)
    ))  # fmt: skip


def escape(plain: str) -> str:
    """Text that Markdown shows as it is."""
    return _line(_escaped(" ".join(plain.split())))


def _flag(paper: Paper) -> str:
    if not paper.flag:
        return ""
    note = clean(paper.status_note)
    return f"**{paper.flag}.**" + (f" {_escaped(note)}" if note else "")


def _escaped(plain: str) -> str:
    # Not every reader of Markdown knows \< and \&; all know these.
    plain = _TAG.sub("&lt;", _ENTITY.sub("&amp;", plain))
    return _SIGNS.sub(r"\\\g<0>", plain)


def _line(written: str) -> str:
    """What begins a line is no list, rule or quote."""
    match = _BEGINNING.match(written)
    if not match:
        return written
    end = match.end()
    return f"{match[0]}\\{written[end:]}" if match[0][0].isdigit() else "\\" + written


def _formula(formula: Formula) -> str:
    mark = "$$" if formula.display else "$"
    latex = _PARTED.sub(r"\g<0> ", formula.latex)
    return mark + latex + " " * latex.endswith("\\") + mark  # a space that was stripped off


def _address(url: str) -> str:
    """An address that stays within angle brackets."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~-._")
