"""Filters for showing papers. What comes from papers is hostile: all of it is escaped here."""

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from papertide.papers import Paper, author_slug, shown_date
from papertide.reading import clean as _clean
from papertide.search.snippets import Piece

register = template.Library()

SOURCES = {  # what readers know them as, and may narrow a search to
    "arxiv": "arXiv",
    "bibtex": "BibTeX files",
    "crossref": "Crossref",
    "csl": "CSL-JSON files",
    "huggingface": "Hugging Face Daily Papers",
    "landmarks": "Landmarks",
    "openalex": "OpenAlex",
    "papertide": "Papertide",
    "ris": "RIS files",
    "saved-page": "Saved pages",
    "semanticscholar": "Semantic Scholar",
    "zotero": "Zotero",
}
_NAMES = 10  # authors of a paper in a list

register.filter("clean", _clean.clean)
register.filter("readable", _clean.readable)
register.filter("day_text", shown_date)


@register.filter
def when(stored: str) -> SafeString:
    """A stored date for people: 18 March 2025, March 2025, 2017 or, without a year, Mar 17."""
    text = shown_date(stored)
    return format_html('<time datetime="{}">{}</time>', stored, text) if text else SafeString()


@register.filter
def grouped(number: int) -> str:
    """A number with its thousands apart: 254,673."""
    return f"{number:,}"


@register.filter
def source_name(source: str) -> str:
    """What readers know a source as."""
    return SOURCES.get(source, source)


@register.filter
def origin_name(origin: str) -> str:
    """Where a field comes from, ``arxiv@2025-03-18``, in words."""
    source, _, as_of = origin.partition("@")
    date = shown_date(as_of)
    name = "Moderator" if source == "moderator" else source_name(source)
    return f"{name}, {date}" if date else name


@register.filter
def marked(pieces: Sequence[Piece]) -> SafeString:
    """Pieces of a text, the matching ones in <mark>."""
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", p.text) if p.match else p.text,) for p in pieces)
    )


@register.filter
def names(authors: Sequence[str]) -> SafeString:
    """The first authors of a paper in a list, and how many more there are."""
    shown = format_html_join(
        ", ", "<bdi>{}</bdi>", ((_clean.clean(name),) for name in authors[:_NAMES])
    )
    more = len(authors) - _NAMES
    if more <= 0:
        return shown
    return format_html('{} <span class="more">+{} more</span>', shown, f"{more:,}")


@register.filter
def author_links(authors: Sequence[str]) -> SafeString:
    """Authors, each a link to the page of their papers."""
    return format_html_join(
        ", ",
        '<a href="{}"><bdi>{}</bdi></a>',
        (
            (reverse("author", args=[author_slug(name)]), _clean.clean(name) or name)
            for name in authors
        ),
    )


@register.filter
def category_links(categories: Sequence[str]) -> SafeString:
    """Categories as a list of links, the primary one first."""
    return format_html_join(
        " ",
        '<li><a href="{}"><bdi>{}</bdi></a></li>',
        ((reverse("category", args=[code]), code) for code in categories if code),
    )


@register.filter
def opening(text: str, length: int = 240) -> str:
    """How a text begins: whole words of about `length` characters."""
    text = _clean.clean(text)
    if len(text) <= length:
        return text
    return (text[:length].rpartition(" ")[0] or text[:length]) + " …"


@register.filter
def web_address(url: str) -> str:
    """An address if it leads to the web, else nothing: never ``javascript:`` and its like."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.hostname else ""


@register.filter
def host(url: str) -> str:
    """The host an address leads to."""
    return urlsplit(url).hostname or ""


@register.filter
def outside_links(paper: Paper) -> list[tuple[str, str]]:
    """Where else a paper lives, as (label, address): arXiv, its DOI, what its sources name."""
    found = []
    if paper.arxiv:
        found.append(("arXiv", f"https://arxiv.org/abs/{paper.arxiv}"))
        found.append(("PDF", f"https://arxiv.org/pdf/{paper.arxiv}"))
    if paper.doi:
        found.append(("DOI", "https://doi.org/" + quote(paper.doi, safe="/:;()")))
    for link in paper.links:
        if url := web_address(link.url):
            found.append((f"{link.kind.capitalize()} at {host(url)}", url))
    return found
