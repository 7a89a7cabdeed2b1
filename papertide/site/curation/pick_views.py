"""The pages of curators: who they are, what they picked, and where they draw up editions."""

import datetime
import re
from itertools import groupby

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from papertide.library import NotFound, date_argument, open_library
from papertide.results import Refused
from papertide.site.accounts.roles import at_least
from papertide.site.curation.picks import DAYS_AHEAD, LONGEST_INTRODUCTION, LONGEST_LINE
from papertide.site.pages import page, paged, show
from papertide.site.people.shown import user_of
from papertide.site.readers.views import came_from
from papertide.site.writing import sign_in, writes

_PLACE = re.compile(r"[0-9]{1,4}", re.ASCII)
_CURATORS = 30  # on a page


@page
def curators(request: HttpRequest) -> HttpResponse:
    """Curators, each with their latest picks."""
    rows, pager = paged(request, open_library().curators, _CURATORS)
    return show(request, "curation/curators.html", {"rows": rows, "pager": pager})


@page
def curator(request: HttpRequest, handle: str) -> HttpResponse:
    """A curator's picks by day, the latest first."""
    library = open_library()
    found = library.curator(handle)

    def fetch(limit: int, offset: int):
        return library.picks(found, limit, offset), found.picks

    rows, pager = paged(request, fetch)
    days = [(day, [paper for paper, _ in some]) for day, some in groupby(rows, lambda row: row[1])]
    viewer = user_of(request)
    context = {
        "curator": found, "days": days, "pager": pager, "own": viewer == found.id,
        "following": bool(viewer) and library.follows(viewer, "person", handle),
    }  # fmt: skip
    return show(request, "curation/curator.html", context, [paper for paper, _ in rows])


@never_cache
@writes("pick", role="curator", most=120)
@require_http_methods(["GET", "HEAD", "POST"])
def picks(request: HttpRequest) -> HttpResponse:
    """A curator's desk: what they have for the next edition and later ones. A POST of ``pick``, a
    paper's id, with ``line`` and ``day``, picks it; ``remove`` takes a pick back."""
    if request.method != "POST":
        return refused if (refused := _not_a_curator(request)) else _desk(request)
    library, wanted = open_library(), request.POST.get("pick", "").strip()
    other = request.POST.get("remove", "").strip()
    try:
        if wanted or not other:
            day = date_argument(request.POST.get("day", "").strip())
            library.pick(request.user.pk, wanted, request.POST.get("line", ""), day)
        else:
            library.take_back_pick(request.user.pk, other)
    except NotFound as error:
        if "page" in request.POST:  # it was typed there
            return _desk(request, 404, error=_unknown(wanted), tried=wanted)
        raise Http404(str(error)) from None
    except ValueError as error:  # Refused, or no day
        return _desk(request, 400, error=str(error), tried=wanted or other)
    return redirect(f"{came_from(request)}#p-{wanted or other}")


def _not_a_curator(request: HttpRequest) -> HttpResponse | None:
    if not request.user.is_authenticated:
        return sign_in(request)
    if not at_least(request.user, "curator"):
        raise PermissionDenied("This needs the role of a curator.")
    return None


def _unknown(text: str) -> str:
    return f"No paper {text[:60]!r} is here. Submit it first: it is fetched then."


def _desk(request: HttpRequest, status: int = 200, **context) -> HttpResponse:
    library = open_library()
    following = library.open_day()
    context |= {
        "drafts": library.drafts(request.user.pk), "open": following,
        "closes": library.closes(following), "last": following + _AHEAD, "longest": LONGEST_LINE,
        "tomorrow": following + datetime.timedelta(days=1),
    }  # fmt: skip
    return render(request, "curation/picks.html", context, status=status)


_AHEAD = datetime.timedelta(days=DAYS_AHEAD)


@never_cache
@writes("draft", role="curator", most=240)
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, day: datetime.date) -> HttpResponse:
    """What a curator draws up for a day. A POST of ``do``: ``add`` (with ``paper`` and ``line``),
    ``introduce`` (``introduction``), ``line``, ``move`` (``to``, a place from 0), ``remove`` (each
    with ``paper``), ``publish``, ``drop``."""
    if request.method != "POST":
        return refused if (refused := _not_a_curator(request)) else _draft(request, day)
    change = _CHANGES.get(request.POST.get("do", ""))
    if change is None:
        return _draft(request, day, 400, error="Nothing here can be done by that name.")
    paper = request.POST.get("paper", "").strip()
    try:
        change(request, request.user.pk, day, paper)
    except NotFound:
        return _draft(request, day, 404, error=_unknown(paper))
    except Refused as error:
        tried = {name: request.POST.get(name, "") for name in ("introduction", "paper", "line")}
        return _draft(request, day, 400, error=str(error), tried=tried)
    if request.POST["do"] == "drop":
        return redirect("picks")
    return redirect(resolve_url("draft", day) + (f"#p-{paper}" if paper else ""))


def _add(request: HttpRequest, user_id: int, day: datetime.date, paper: str) -> None:
    library, line = open_library(), request.POST.get("line", "")
    if library.draft(user_id, day)[0].shown:
        library.pick(user_id, paper, line, day)
    else:
        library.pick_ahead(user_id, paper, line, day)


def _introduce(request: HttpRequest, user_id: int, day: datetime.date, paper: str) -> None:
    open_library().introduce(user_id, day, request.POST.get("introduction", ""))


def _move(request: HttpRequest, user_id: int, day: datetime.date, paper: str) -> None:
    to = request.POST.get("to", "")
    open_library().arrange(user_id, day, paper, int(to) if _PLACE.fullmatch(to) else 0)


def _remove(request: HttpRequest, user_id: int, day: datetime.date, paper: str) -> None:
    open_library().take_back_pick(user_id, paper)


def _publish(request: HttpRequest, user_id: int, day: datetime.date, paper: str) -> None:
    open_library().publish_draft(user_id, day)


def _drop(request: HttpRequest, user_id: int, day: datetime.date, paper: str) -> None:
    open_library().drop_draft(user_id, day)


_CHANGES = {
    "add": _add, "line": _add, "introduce": _introduce, "move": _move, "remove": _remove,
    "publish": _publish, "drop": _drop,
}  # fmt: skip


def _draft(request: HttpRequest, day: datetime.date, status: int = 200, **context) -> HttpResponse:
    library = open_library()
    found, rows = library.draft(request.user.pk, day)
    following = library.open_day()
    context |= {
        "day": day, "draft": found, "rows": rows, "open": following,
        "closes": library.closes(day), "is_open": day == following, "past": day < following,
        "longest": LONGEST_LINE, "longest_introduction": LONGEST_INTRODUCTION,
    }  # fmt: skip
    return render(request, "curation/draft.html", context, status=status)
