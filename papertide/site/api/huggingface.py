"""The API of Hugging Face's Daily Papers, as `huggingface_hub` and `hf papers` ask it.

Fields are named and nested as in its real answers, and left out, or null, where nobody told us
their value; docs/api.md has what differs. `huggingface_hub.PaperInfo` reads some of them only at
the top of a row, where the real answers have few of these: here they are in both places.
"""

import datetime
import functools
import logging
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from msgspec import UNSET, UnsetType

from papertide import schedule
from papertide.library import NotFound, open_library
from papertide.papers import Paper, full_date
from papertide.schedule import Period
from papertide.search.engine import SearchUnavailable
from papertide.site.catalog.dailies import SOURCE, Shown
from papertide.site.catalog.markdown import entry
from papertide.site.curation.services import Curated

log = logging.getLogger(__name__)

MOST = 100  # papers of one answer
DAILY, FOUND = 50, 20  # papers of one where nothing is said
SORTS = {"publishedAt": "day", "trending": "rising"}
SUCH = {
    "date": ("day", "a day such as 2025-03-18"),
    "week": ("week", "an ISO week such as 2025-W12"),
    "month": ("month", "a month such as 2025-03"),
}
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


# --- what answers hold -----------------------------------------------------------------------


class Author(msgspec.Struct):
    name: str
    hidden: bool = False


class User(msgspec.Struct):
    """Who brought a paper to the list: their name there stands in two places in real answers."""

    user: str
    name: str
    fullname: str | UnsetType


class Organization(msgspec.Struct):
    name: str
    fullname: str


class Details(msgspec.Struct, kw_only=True):
    """A paper, nested in a row of a list."""

    id: str
    authors: list[Author]
    publishedAt: str | UnsetType
    submittedOnDailyAt: str | UnsetType
    title: str
    submittedOnDailyBy: User | UnsetType
    summary: str | UnsetType
    upvotes: int | None
    discussionId: str | UnsetType
    projectPage: str | UnsetType
    githubRepo: str | UnsetType
    githubStars: int | UnsetType
    ai_summary: str | UnsetType
    ai_keywords: list[str] | UnsetType
    organization: Organization | UnsetType


class Whole(Details, kw_only=True):
    """A paper by itself, flat."""

    numComments: int | None


class Row(msgspec.Struct, kw_only=True):
    """A paper in a list; `publishedAt` is when it came there."""

    paper: Details
    publishedAt: str | UnsetType
    title: str
    summary: str | UnsetType
    numComments: int | None
    submittedBy: User | UnsetType
    projectPage: str | UnsetType
    githubRepo: str | UnsetType
    githubStars: int | UnsetType
    ai_summary: str | UnsetType
    ai_keywords: list[str] | UnsetType
    organization: Organization | UnsetType


class Facts(msgspec.Struct):
    """What only Hugging Face told of a paper, as `papertide.sources.huggingface` keeps it."""

    ai_summary: str = ""
    keywords: list[str] = []
    organization: str = ""
    organization_name: str = ""
    submitter: str = ""
    submitter_name: str = ""
    submitted: str = ""
    published: str = ""
    discussion: str = ""
    stars: int | None = None


def _facts(paper: Paper) -> Facts:
    try:
        facts = msgspec.convert(paper.extra.get(SOURCE, {}), Facts)
        for time in filter(None, (facts.submitted, facts.published)):
            datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:  # a file said it in Hugging Face's name
        return Facts()
    return facts


def _details(paper: Paper, shown: Shown, told: Curated | None) -> dict:
    """The fields of a paper; dates of which no time is known are midnight's, as they need one. Who
    submitted it at Hugging Face comes before who did here."""
    facts = _facts(paper)
    known = facts.published if facts.published[:10] == paper.published else ""
    user, organization = UNSET, UNSET
    if name := facts.submitter:
        user = User(name, name, facts.submitter_name or UNSET)
    submitted = facts.submitted
    if told and told.submitted and not (submitted or facts.submitter):
        by, at = told.submitted, told.submitted_at
        user = User(by.handle, by.handle, by.name or UNSET)
        submitted = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
    if name := facts.organization:
        organization = Organization(facts.organization_name or name, name)
    return {
        "id": paper.public_id,
        "authors": [Author(name) for name in paper.authors],
        "publishedAt": known or _midnight(full_date(paper.published) or paper.day),
        "submittedOnDailyAt": submitted or UNSET,
        "title": paper.title,
        "submittedOnDailyBy": user,
        "summary": paper.abstract or UNSET,
        "upvotes": shown.votes,
        "discussionId": facts.discussion or UNSET,
        "projectPage": _link(paper, "project"),
        "githubRepo": _link(paper, "code", "github.com"),
        "githubStars": UNSET if facts.stars is None else facts.stars,
        "ai_summary": facts.ai_summary or UNSET,
        "ai_keywords": facts.keywords or UNSET,
        "organization": organization,
    }


def _row(
    paper: Paper, shown: Shown, told: Curated | None, day: datetime.date | None = None
) -> Row:
    details = Details(**_details(paper, shown, told))
    both = ("title", "summary", "projectPage", "githubRepo", "githubStars", "ai_summary",
            "ai_keywords", "organization")  # fmt: skip
    listed = details.submittedOnDailyAt or _midnight(day) or details.publishedAt
    return Row(
        paper=details, publishedAt=listed, numComments=shown.comments,
        submittedBy=details.submittedOnDailyBy, **{name: getattr(details, name) for name in both},
    )  # fmt: skip


def _rows(listed: Iterable[tuple[Paper, datetime.date | None]]) -> list[Row]:
    listed = list(listed)
    shown = open_library().shown(paper for paper, _ in listed)
    told = open_library().curated([paper.id for paper, _ in listed])
    return [
        _row(paper, shown.get(paper.id, Shown()), told.get(paper.id), day)
        for paper, day in listed
    ]


def _midnight(day: datetime.date | None) -> str | UnsetType:
    return f"{day}T00:00:00.000Z" if day else UNSET


def _link(paper: Paper, kind: str, host: str = "") -> str | UnsetType:
    """The first link of a kind, to some host where one is named."""
    for link in paper.links:
        if link.kind == kind and link.url.startswith(("https://", "http://")):
            try:
                found = urlsplit(link.url).hostname or ""
            except ValueError:
                continue
            if not host or found.removeprefix("www.") == host:
                return link.url
    return UNSET


# --- what is asked ---------------------------------------------------------------------------


class Wrong(ValueError):
    """A parameter that cannot be understood; says which, and what it may be."""


def _number(query: QueryDict, name: str, default: int, least: int, most: int) -> int:
    text = query.get(name) or str(default)
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise Wrong(f"{name} is to be a number from {least} to {most}.")
    return int(text)


def _period(query: QueryDict) -> Period | None:
    """The day, week or month asked for, if any."""
    asked = {name: query[name] for name in SUCH if query.get(name)}
    if len(asked) > 1:
        raise Wrong(f"Only one of {' and '.join(asked)} can be asked for.")
    for name, text in asked.items():
        kind, such = SUCH[name]
        with suppress(ValueError):
            found = schedule.period(text)
            if found.kind == kind:
                return found
        raise Wrong(f"{name} is to be {such}.")
    return None


def answers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for GET and HEAD, others are 405; what goes wrong is told as Hugging Face tells it."""

    @csrf_exempt  # nothing is changed: what is no GET is refused for that, not for want of a token
    @require_safe
    @functools.wraps(view)
    def answer(request: HttpRequest, **named) -> HttpResponse:
        try:
            return view(request, **named)
        except Wrong as error:
            return _json({"error": str(error)}, 400)
        except NotFound:
            return _json({"error": "There is no paper of this id here."}, 404)
        except SearchUnavailable as error:
            log.error("search: %s", error)  # it may name folders: not for everybody
            return _json({"error": "Search cannot answer now."}, 503)

    return answer


def _json(value: object, status: int = 200) -> HttpResponse:
    kind = "application/json; charset=utf-8"
    return HttpResponse(msgspec.json.encode(value), status=status, content_type=kind)


# --- the views -------------------------------------------------------------------------------


@answers
def daily_papers(request: HttpRequest) -> HttpResponse:
    """Papers of a day, a week or a month, or the latest."""
    query = request.GET
    period = _period(query)
    order = SORTS.get(query.get("sort") or "publishedAt")
    if order is None:
        raise Wrong(f"sort is to be {' or '.join(SORTS)}.")
    limit = _number(query, "limit", DAILY, 1, MOST)
    offset = _number(query, "p", 0, 0, 10**9 - 1) * limit
    submitter = query.get("submitter", "").strip()
    library = open_library()
    return _json(_rows(library.daily_papers(
        period, limit, offset, submitter=submitter, order=order)))  # fmt: skip


@answers
def search(request: HttpRequest) -> HttpResponse:
    """Papers that a text finds, by words and meaning; without one the newest."""
    limit = _number(request.GET, "limit", FOUND, 1, MOST)
    found = open_library().search(request.GET.get("q", "").replace("\0", " "), limit)
    return _json(_rows((hit.paper, None) for hit in found.hits))


@answers
def paper(request: HttpRequest, public_id: str) -> HttpResponse:
    """One paper, by any id it has or had."""
    library = open_library()
    found = library.paper(public_id)
    if found.removed:
        return _json({"error": "This paper was removed."}, 410)
    shown = library.shown([found]).get(found.id, Shown())
    told = library.curated([found.id]).get(found.id)
    return _json(Whole(**_details(found, shown, told), numComments=shown.comments))


@answers
def markdown(request: HttpRequest, public_id: str) -> HttpResponse:
    """One paper as Markdown (RFC 7763)."""
    found = open_library().paper(public_id)
    if found.public_id != public_id:
        address = reverse("paper-markdown", args=[found.public_id])
        return HttpResponsePermanentRedirect(address)
    if found.removed:
        return _json({"error": "This paper was removed."}, 410)
    kind = "text/markdown; charset=utf-8; variant=CommonMark"
    return HttpResponse(entry(found), content_type=kind)
