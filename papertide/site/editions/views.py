"""The pages of editions: days, weeks, months, and arXiv's own lists."""

import datetime
import functools
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from papertide import schedule
from papertide.editions import ORDERS
from papertide.library import date_argument, open_library
from papertide.schedule import Period
from papertide.site.catalog.views import every_paper, show_listing
from papertide.site.pages import READER, page, paged, show
from papertide.site.readers.own import news

NEWEST_LISTINGS = 8
CATEGORIES = 12  # of a day, to choose from
_LABELS = {
    "votes": "Most votes", "rising": "Rising", "newest": "Newest", "discussed": "Discussed",
    "mine": "For me",
}  # fmt: skip


@page
def home(request: HttpRequest) -> HttpResponse:
    """The latest day; without one the latest listing; without that all there is, if anything."""
    library = open_library()
    latest = library.latest_day()
    period = latest and schedule.of("day", latest)
    listings = library.listings(NEWEST_LISTINGS, period)
    context = {"listings": listings, "home": True}
    if period:
        return _edition(request, period, context)
    if listings:
        return show_listing(request, listings[0], context)
    papers, pager = paged(request, functools.partial(every_paper, ""))
    context |= {"papers": papers, "pager": pager}
    return show(request, "catalog/home.html", context, papers)


@page
def day(request: HttpRequest, day: datetime.date) -> HttpResponse:
    """The papers of a day; a day without any says why, and which ones are nearest."""
    return period(request, period=schedule.of("day", day))


@page
def period(request: HttpRequest, period: Period) -> HttpResponse:
    """The papers of a day, a week, a month, or of several days."""
    listings = open_library().listings(NEWEST_LISTINGS, period)
    return _edition(request, period, {"listings": listings})


@page
def any_day(request: HttpRequest) -> HttpResponse:
    """From the form that asks for a day, or for several, to their page."""
    try:
        chosen = date_argument(request.GET.get("date", "").strip())
        until = date_argument(request.GET.get("until", "").strip())
        several = schedule.between(chosen, until) if chosen and until else None
    except ValueError as error:
        raise Http404(str(error)) from None
    if several:
        return redirect(address(several))
    return redirect("day", day=chosen) if chosen else redirect("home")


def address(period: Period) -> str:
    """The page of a period."""
    if period.kind == "day":
        return reverse("day", args=[period.first])
    return reverse("days" if period.kind == "range" else period.kind, args=[period])


def _edition(request: HttpRequest, period: Period, context: dict) -> HttpResponse:
    library = open_library()
    code = request.GET.get("category", "").replace("\0", "").strip()
    order = request.GET.get("order", "votes")
    order = order if order in ORDERS else "votes"
    late = request.GET.get("late") == "1"
    chosen = {"category": code, "order": order if order != "votes" else "", "late": "1" * late}
    parameters = [(name, value) for name, value in chosen.items() if value]
    found = None

    def fetch(limit: int, offset: int):
        nonlocal found
        found = library.edition(
            period, limit, offset, category=code, order=order, late=late,
            reader=request.COOKIES.get(READER, ""),
        )  # fmt: skip
        return found.papers, found.total

    rows, pager = paged(request, fetch, parameters=parameters)
    now = datetime.datetime.now(datetime.UTC)
    info = found.info
    context |= {
        "info": info,
        "period": period,
        "today": now.date(),
        "category": code,
        "late": late,
        "options": _categories_of(info.categories, code, chosen),
        "orders": _orders(order, chosen),
        "order": order,
        "unknown_taste": order != found.order,
        "rows": rows,
        "picked": [row for row in rows if row.picked],
        "others": [row for row in rows if not row.picked],
        "curated": found.curated,
        "introductions": found.introductions if pager.number == 1 and not late else [],
        "pager": pager,
        "near": {name: held and address(held) for name, held in
                 (("previous", info.previous), ("following", info.following))},
        "wider": [(schedule.of(kind, period.first), address(schedule.of(kind, period.first)))
                  for kind in ("day", "week", "month") if period.kind in ("day", "week", "month")],
    }  # fmt: skip
    if period.kind == "month":
        context["weeks"] = _calendar(period, library.calendar(period))
    if period.kind == "day":
        context["closes"] = library.closes(period.first)
        context["open"] = not info.published and context["closes"] > now
        if not rows:
            context["why_empty"] = library.why_empty(period.first, now)
    context |= news(request, [row.paper.id for row in rows])
    return show(request, "editions/edition.html", context, [row.paper for row in rows])


def _orders(order: str, chosen: dict[str, str]) -> list[dict]:
    """The ways to order an edition, each with its address."""
    return [
        {"label": _LABELS[one], "chosen": one == order,
         "address": _query(chosen | {"order": one if one != "votes" else ""})}
        for one in ORDERS
    ]  # fmt: skip


def _query(chosen: dict[str, str]) -> str:
    return "?" + urlencode({name: value for name, value in chosen.items() if value})


def _categories_of(counts: dict[str, int], code: str, chosen: dict[str, str]) -> list[dict]:
    """The commonest categories as options of a facet; that which is chosen is always there."""
    codes = list(counts)[:CATEGORIES]
    if code and code not in codes:
        codes.append(code)
    return [
        {
            "label": one,
            "count": counts.get(one, 0),
            "chosen": one == code,
            "address": _query(chosen | {"category": "" if one == code else one}),
        }
        for one in codes
    ]


def _calendar(month: Period, counts: dict[datetime.date, int]) -> list[dict]:
    """The weeks of a month: each with its page, and its seven days with their papers; days of
    other months are None."""
    weeks, first = [], schedule.of("week", month.first)
    while first and first.first <= month.last:
        days = [
            {"day": day, "count": counts.get(day, 0)} if month.first <= day <= month.last else None
            for day in first.days
        ]
        weeks.append({"period": first, "address": address(first), "days": days})
        first = first.after
    return weeks


@page
def arxiv_list(request: HttpRequest, category: str, day: datetime.date) -> HttpResponse:
    """What arXiv listed in a category on a day: new papers, cross-lists, replacements."""
    library = open_library()
    held = library.arxiv_list(category, day)
    if not any(held.counts.values()):
        raise Http404(f"No list of {category} on {day} is known here.")
    groups = [
        (kind, heading, getattr(held, kind), held.counts[kind])
        for kind, heading in (("new", "New papers"), ("cross", "Cross-lists"),
                              ("replace", "Replacements"))
    ]  # fmt: skip
    papers = [paper for _, _, some, _ in groups for paper in some]
    context = {"category": category, "day": day, "groups": groups}
    return show(request, "editions/arxiv_list.html", context, papers)
