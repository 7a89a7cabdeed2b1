"""Filters for showing papers. What comes from papers is hostile: all of it is escaped here."""

import datetime
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote, urlencode, urlsplit

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince

from papertide.papers import KINDS, Paper, author_slug, full_date, shown_date
from papertide.reading import clean as _clean
from papertide.reading.math import mathml
from papertide.search.snippets import Piece, snippet
from papertide.sources import arxiv_taxonomy
from papertide.sources.names import SOURCES

register = template.Library()

_DRAWN = 5000  # characters of LaTeX drawn in one text: 50 ms at the worst

register.filter("clean", _clean.clean)
register.filter("day_text", shown_date)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A picture of the sprite; what it says is said beside it in words."""
    return _icon(name, css, static("papertide/icons.svg"))


@lru_cache(maxsize=500)  # a page has some hundred
def _icon(name: str, css: str, sprite: str) -> SafeString:
    return format_html(
        '<svg class="icon {}" aria-hidden="true" width="20" height="20"><use href="{}#{}"/></svg>',
        css, sprite, name,
    )  # fmt: skip


@register.filter
def when(stored: str) -> SafeString:
    """A stored date for people: 18 March 2025, March 2025, 2017 or, without a year, Mar 17.

    A day of the last week is today, yesterday or so many days ago; the other form is its title.
    """
    text, distance = shown_date(stored), ago(stored)
    if not text:
        return SafeString()
    shown, title = (distance, text) if _days_since(stored) in range(7) else (text, distance)
    if not title:
        return format_html('<time datetime="{}">{}</time>', stored, shown)
    return format_html('<time datetime="{}" title="{}">{}</time>', stored, title, shown)


@register.filter
def ago(stored: str | datetime.date) -> str:
    """How long ago a full date was: today, yesterday, 3 days ago; nothing for any other."""
    days = _days_since(stored)
    if days is None or days < 0:
        return ""
    today = _today()
    far = timesince(today - datetime.timedelta(days), today, depth=1).replace("\xa0", " ")
    return {0: "today", 1: "yesterday"}.get(days, f"{far} ago")


def _days_since(stored: str | datetime.date) -> int | None:
    day = full_date(stored) if isinstance(stored, str) else stored
    return (_today() - day).days if day else None


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


@register.filter
def in_set(value, values: Container) -> bool:
    """Whether a value is among values."""
    return value in values


@register.filter
def item(values: Mapping, key):
    """What stands under a key, if anything."""
    return values.get(key)


@register.filter
def having(collections: Iterable) -> list:
    """Those of some collections that have the paper they were asked about."""
    return [one for one in collections if one.has]


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
def mathed(text: str) -> SafeString:
    """A whole title or abstract as its source wrote it, its formulas as MathML.

    This is markup, as all filters for formulas give: in an attribute or a <title> use ``clean``.
    """
    return _drawn(
        (piece, "", False) if isinstance(piece, str) else (piece.text, piece.latex, piece.display)
        for piece in _clean.pieces(text)
    )


@register.filter
def marked(pieces: Sequence[Piece]) -> SafeString:
    """Pieces of a text, the matching ones in <mark>, formulas as MathML."""
    return _drawn(
        (format_html("<mark>{}</mark>", piece.text) if piece.match else piece.text,
         piece.latex, False)
        for piece in pieces
    )  # fmt: skip


@register.filter
def opening(text: str, length: int = 240) -> SafeString:
    """How a title or abstract begins: whole words and formulas, about `length` characters."""
    return marked(snippet(text, frozenset(), length))


def _drawn(pieces: Iterable[tuple[str, str, bool]]) -> SafeString:
    """Texts one after another; where LaTeX, and whether it is displayed, is given, as MathML.

    A formula without MathML is shown as its source; all are that come after more LaTeX than real
    texts hold.
    """

    def each() -> Iterator[tuple[str]]:
        left = _DRAWN
        for text, latex, display in pieces:
            left -= len(latex)
            markup = mathml(latex, display) if latex and left >= 0 else None
            if markup:
                yield (mark_safe(markup),)
            else:
                yield (format_html("<code>{}</code>", latex) if latex else text,)

    return format_html_join("", "{}", each())


@register.filter
def names(authors: Sequence[str], most: int = 10) -> SafeString:
    """The first authors of a paper in a list, and how many more there are."""
    shown = format_html_join(
        ", ", "<bdi>{}</bdi>", ((_clean.clean(name),) for name in authors[:most])
    )
    more = len(authors) - most
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
def category_name(code: str) -> str:
    """What arXiv calls a category of its own; nothing for another."""
    return arxiv_taxonomy.CATEGORIES.get(code, "")


@register.filter
@lru_cache(maxsize=2048)
def category_link(code: str) -> SafeString:
    """A category as a link to its papers."""
    if not code:
        return SafeString()
    address, name = reverse("category", args=[code]), category_name(code)
    if not name:
        return format_html('<a href="{}"><bdi>{}</bdi></a>', address, code)
    return format_html('<a href="{}" title="{}"><bdi>{}</bdi></a>', address, name, code)


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
            kind = link.kind if link.kind in KINDS else "link"
            found.append((f"{kind.capitalize()} at {host(url)[:60]}", url))
    return found


_CREATIVE_COMMONS = re.compile(
    r"https?://creativecommons\.org/(?:licenses/([a-z-]{2,8})/(\d\.\d)|publicdomain/zero/)"
)


@register.filter
def licence_name(url: str) -> str:
    """A licence's usual name, CC BY 4.0, where its address tells it; else the address."""
    if found := _CREATIVE_COMMONS.match(url):
        return f"CC {found[1].upper()} {found[2]}" if found[1] else "CC0"
    return "arXiv’s licence" if "arxiv.org/licenses/nonexclusive" in url else url


@register.filter
def share_links(paper: Paper, address: str) -> list[tuple[str, str]]:
    """Where to tell others of a paper, as (label, address): plain links that load nothing here."""
    title = _clean.clean(paper.title)[:200]
    both = f"{title} {address}"
    targets = {
        "By mail": ("mailto:?", {"subject": title, "body": both}),
        "Bluesky": ("https://bsky.app/intent/compose?", {"text": both}),
        "Mastodon": ("https://share.joinmastodon.org/#", {"text": both}),
        "LinkedIn": ("https://www.linkedin.com/sharing/share-offsite/?", {"url": address}),
        "Reddit": ("https://www.reddit.com/submit?", {"url": address, "title": title}),
        "X": ("https://x.com/intent/post?", {"text": title, "url": address}),
    }
    return [
        (label, base + urlencode(parameters, quote_via=quote))
        for label, (base, parameters) in targets.items()
    ]
