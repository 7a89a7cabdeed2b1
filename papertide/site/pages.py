"""What all pages share: how they answer, how long lists are paged, what a reader saved of them."""

import dataclasses
import functools
import logging
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from papertide.library import NotFound, open_library
from papertide.papers import Paper
from papertide.search.engine import SearchUnavailable
from papertide.search.lexical import MAX_OFFSET
from papertide.site.accounts.roles import at_least
from papertide.site.readers.seen import Marked, ReaderState

log = logging.getLogger(__name__)

PER_PAGE = 50  # papers of a day, a listing, an author, a category
READER = "reader"  # the cookie with a reader's key
THEME = "theme"  # the cookie with the colours a reader chose
THEMES = ("system", "light", "dark")
COOKIE_AGE = 400 * 24 * 3600  # seconds; browsers keep none longer


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for GET and HEAD: what is not there is 404, an index that cannot answer 503."""

    @require_safe
    @functools.wraps(view)
    def answer(request: HttpRequest, **named) -> HttpResponse:
        if any("\0" in value for value in named.values() if isinstance(value, str)):
            raise Http404("No address has such a character.")  # Postgres would refuse it
        try:
            return view(request, **named)
        except NotFound as error:
            raise Http404(str(error)) from None
        except SearchUnavailable as error:
            log.error("search: %s", error)  # it may name folders: not for everybody
            command = str(error).partition("Run: ")[2] or "papertide doctor"
            context = {"command": command, "q": request.GET.get("q", "")}
            return render(request, "catalog/unavailable.html", context, status=503)

    return answer


def show(
    request: HttpRequest, template: str, context: dict, papers: Iterable[Paper] = ()
) -> HttpResponse:
    """A page with papers on it, with the votes they have, who picked and submitted them, and those
    that its reader saved marked as such: three queries more, four where the page asked for its
    reader before; none where there is no paper.

    For readers who asked for what they look at to be remembered, papers that they saw are marked
    too, and those that came after the paper of number `fresh_after`, by default since their last
    visit.
    """
    papers = list(papers)
    ids = [paper.id for paper in papers]
    if ids:
        user_id = request.user.pk if request.user.is_authenticated else None
        context["received"] = open_library().received(ids, user_id)
    if ids and "curated" not in context:
        context["curated"] = open_library().curated(ids)
    if state := reader_of(request, ids):
        marked = request.reader_marked
        if not request.reader_asked.issuperset(ids):
            marked = open_library().marked(request.COOKIES[READER], ids)
        context["saved"] = marked.saved
        context["reader"] = state
        if state.remembers:
            context["seen"] = marked.seen
            context["shown"] = [paper.public_id for paper in papers]
        after = context.get("fresh_after", state.before_number)
        context["fresh"] = {i for i in ids if after is not None and i > after}
    response = render(request, template, context)
    patch_vary_headers(response, ["Cookie"])
    return response


def reader_of(request: HttpRequest, papers: Iterable[int] = ()) -> ReaderState | None:
    """Who asks; None for those who kept nothing. One query, once a request; of the papers (their
    numbers) that are given the first time, those that they saved and saw are told by the same."""
    if not hasattr(request, "reader_marked"):
        key, asked = request.COOKIES.get(READER), frozenset(papers)
        request.reader_asked = asked
        request.reader_marked = open_library().marked(key, asked) if key else Marked()
    return request.reader_marked.state


def defaults(request: HttpRequest) -> dict:
    """For every template: the colours that a reader chose, and whether readers sign in; no paper is
    saved, seen or new until told so."""
    chosen = request.COOKIES.get(THEME, "")
    none = dict.fromkeys(("saved", "seen", "fresh", "revised"), frozenset())
    return {
        "theme": chosen if chosen in THEMES else "system",
        "alone": settings.CONFIG.mode == "single",
        "received": {}, "curated": {}, "may_pick": functools.partial(may_pick, request), **none,
    }  # fmt: skip


def may_pick(request: HttpRequest) -> bool:
    """Whether the one who asks is a curator; templates ask only where it matters."""
    return settings.CONFIG.mode == "single" or at_least(request.user, "curator")


@dataclasses.dataclass
class Pager:
    """Where a reader is in a long list; addresses are relative ones, ``?page=2``."""

    number: int
    pages: int
    size: int
    total: int
    parameters: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    asked: int = 0  # the page that was asked for

    @property
    def beyond(self) -> bool:
        """Whether this is the last page in place of one that there is not."""
        return self.asked > self.number

    @property
    def first_row(self) -> int:
        return (self.number - 1) * self.size + 1

    @property
    def last_row(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def bounded(self) -> bool:
        """Whether this is the last page only because lists are shown no further."""
        return self.number == self.pages and self.last_row < self.total

    @property
    def previous(self) -> str:
        return self._address(self.number - 1) if self.number > 1 else ""

    @property
    def following(self) -> str:
        return self._address(self.number + 1) if self.number < self.pages else ""

    def _address(self, number: int) -> str:
        return "?" + urlencode([*self.parameters, ("page", number)])


def paged(request: HttpRequest, fetch: Callable, size: int = PER_PAGE, parameters=()):
    """The rows of the page asked for, or of the last one, and the pager.

    `fetch(limit, offset)` gives rows and their number in all; it is called again only for a
    page beyond the last.
    """
    asked = _page_number(request.GET)
    number = min(asked, MAX_OFFSET // size + 1)
    rows, total = fetch(size, (number - 1) * size)
    pages = max(1, -(-min(total, MAX_OFFSET + size) // size))
    if number > pages:
        number = pages
        rows, total = fetch(size, (number - 1) * size)
    return rows, Pager(number, pages, size, total, list(parameters), asked)


def _page_number(query: QueryDict) -> int:
    text = query.get("page", "").lstrip("0")
    return int(text[:9]) if text.isascii() and text.isdigit() else 1
