"""All sources that can be harvested, by name, as the settings have them."""

from collections.abc import Callable
from typing import Any

from papertide.alarms import arxiv_day, weekday
from papertide.config import Config
from papertide.sources import crossref, openalex, semanticscholar
from papertide.sources.acl import Acl
from papertide.sources.arxiv_api import ArxivApi
from papertide.sources.arxiv_feeds import ArxivDaily
from papertide.sources.base import Enricher, Source, SourceError
from papertide.sources.biorxiv import Rxiv
from papertide.sources.huggingface import DailyPapers
from papertide.sources.oai import OaiPmh
from papertide.sources.openreview import OpenReview

# What makes each: from the settings, and from `base` where they name another address for it.
_MADE: dict[str, Callable[..., Source | Enricher]] = {
    "arxiv-daily": lambda settings, **base: ArxivDaily(settings.categories, **base),
    "arxiv-oai": lambda settings, **base: OaiPmh(
        "arxiv-oai", "arXiv OAI-PMH", "all of arXiv's metadata, then what changed each day",
        set_=settings.oai_set, **base,
    ),
    "arxiv-oai-raw": lambda settings, **base: OaiPmh(
        "arxiv-oai-raw", "arXiv OAI-PMH, raw",
        "the same with the date of every version; authors as one string", "arXivRaw",
        set_=settings.oai_set, **base,
    ),
    "arxiv-api": lambda settings, **base: ArxivApi(**base),
    "huggingface": lambda settings, **base: DailyPapers("day", **base),
    "huggingface-week": lambda settings, **base: DailyPapers("week", **base),
    "huggingface-month": lambda settings, **base: DailyPapers("month", **base),
    "biorxiv": lambda settings, **base: Rxiv("biorxiv", **base),
    "medrxiv": lambda settings, **base: Rxiv("medrxiv", **base),
    "openreview": lambda settings, **base: OpenReview(settings.openreview_venues, **base),
    "acl": lambda settings, **base: Acl(settings.acl_collections, **base),
    "crossref": lambda settings, **base: crossref.Lookup(settings.contact, **base),
    "crossref-retractions": lambda settings, **base: crossref.Retractions(settings.contact, **base),
    "openalex": lambda settings, **base: openalex.Lookup(
        settings.openalex_key, settings.contact, **base
    ),
    "semanticscholar": lambda settings, **base: semanticscholar.Lookup(
        settings.semanticscholar_key, **base
    ),
}  # fmt: skip

ALL = tuple(_MADE)

# Sources with a list on each of certain days: a day without one is worth an alarm.
DAILY = {"arxiv-daily": arxiv_day, "huggingface": weekday}
# What brings in the papers of lists that were missed, where the source itself cannot.
REMEDY = {"arxiv-daily": "papertide harvest arxiv-oai --since {day}"}


def source(name: str, settings: Config) -> Source | Enricher:
    """A source by its name; raises SourceError where there is none."""
    if name not in _MADE:
        raise SourceError(f"no source {name!r}; there are: {', '.join(ALL)}")
    base: dict[str, Any] = {}
    if name in settings.source_urls:
        base["base"] = settings.source_urls[name]
    return _MADE[name](settings, **base)
