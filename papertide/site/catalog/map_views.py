"""The topic map: its page, its points for the script of that, and its picture."""

import datetime
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe

from papertide.library import open_library
from papertide.mapping import week
from papertide.papers import shown_date
from papertide.results import TopicMap
from papertide.search.query import pointed
from papertide.site.catalog.asked import Asked
from papertide.site.pages import page, paged, show
from papertide.site.readers.own import Own
from papertide.topics.drawing import MOST
from papertide.topics.picture import picture
from papertide.topics.store import Busy

BEST = 1000  # papers of a search by words that are drawn: the farther down, the less they say
PAPERS = 3  # of each topic, beside the picture
UNPLACED = 50  # papers without a vector that are named
_WIDTH = 960  # pixels of a picture
_REACH = 16  # characters before and after a mistake that are shown


@page
def topic_map(request: HttpRequest) -> HttpResponse:
    """Papers as points, near ones alike: the last week, or any search; or one topic of it."""
    asked, most = _asked(request)
    context = {"asked": asked, "q": asked.q, "week": not Asked.read(request.GET).anything}
    if asked.errors:
        return show(request, "catalog/map.html", context)
    try:
        found = _drawn(request, asked, most)
    except Busy:
        return _busy(request)
    context |= {
        "map": found,
        "address": "?" + urlencode(_parameters(asked, most)),
        "search_address": reverse("search") + asked.address,
        "more": _more(asked, most, found),
        "mistakes": [
            (mistake.text, *pointed(asked.q, mistake.position, reach=_REACH))
            for mistake in found.mistakes
        ],
        "unplaced": found.unplaced[:UNPLACED],
    }
    if slug := request.GET.get("topic", ""):
        return _topic(request, context, found, slug, _parameters(asked, most))
    if found.few:
        numbers = [paper.number for paper in reversed(found.papers)]
        context["papers"] = open_library().by_number(numbers)
        return show(request, "catalog/map.html", context, context["papers"])
    context |= {
        "picture": mark_safe(picture(found.drawing, _WIDTH)),  # escapes what papers say
        "topics": [
            (topic, [found.papers[place] for place in topic.papers[:PAPERS]])
            for topic in found.drawing.topics
        ],
        "lone": found.drawing.topic.count(-1),
    }
    return show(request, "catalog/map.html", context)


def _topic(
    request: HttpRequest, context: dict, found: TopicMap, slug: str,
    parameters: list[tuple[str, str]],
) -> HttpResponse:  # fmt: skip
    """All papers of one topic, those that are most like all of them first."""
    number = found.topic(slug)
    if number < 0:
        raise Http404("no such topic on this map: as papers come, topics change")
    topic = found.drawing.topics[number]

    def fetch(limit: int, offset: int):
        places = topic.papers[offset : offset + limit]
        numbers = [found.papers[place].number for place in places]
        return open_library().by_number(numbers), len(topic.papers)

    papers, pager = paged(request, fetch, parameters=[*parameters, ("topic", slug)])
    context |= {
        "topic": topic, "papers": papers, "pager": pager,
        "picture": mark_safe(picture(found.drawing, _WIDTH, only=number)),
    }  # fmt: skip
    return show(request, "catalog/map_topic.html", context, papers)


@page
def map_points(request: HttpRequest) -> HttpResponse:
    """The points of a map in columns, for the script of its page: places from 0 to 9,999."""
    try:
        _, found = _understood(request)
    except Busy as error:
        return JsonResponse({"error": str(error)}, status=503)
    drawn = found.drawing
    answer = JsonResponse(
        {
            "id": [paper.public_id for paper in found.papers],
            "title": [paper.title for paper in found.papers],
            "x": [round(x * 9999) for x in drawn.x],
            "y": [round(y * 9999) for y in drawn.y],
            "topic": drawn.topic,
            "topics": [
                {"name": topic.name, "slug": topic.slug, "colour": topic.colour,
                 "x": round(topic.x * 9999), "y": round(topic.y * 9999),
                 "size": len(topic.papers)}
                for topic in drawn.topics
            ],
        },
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )  # fmt: skip
    patch_vary_headers(answer, ["Cookie"])
    return answer


@page
def map_svg(request: HttpRequest) -> HttpResponse:
    """A map as a picture for feeds and mail: `width` (320 to 1,600 pixels), `theme=dark`."""
    try:
        asked, found = _understood(request)
    except Busy as error:
        return HttpResponse(str(error), status=503, content_type="text/plain; charset=utf-8")
    text = request.GET.get("width", "")
    width = int(text[:6]) if text.isascii() and text.isdigit() else _WIDTH
    drawn = found.svg(width, caption=_told(asked, found), dark=request.GET.get("theme") == "dark")
    answer = HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")
    patch_vary_headers(answer, ["Cookie"])
    return answer


# --- what is asked ---------------------------------------------------------------------------


def _asked(request: HttpRequest) -> tuple[Asked, int]:
    """The search that is to be drawn, by default the last week that has papers, and of how many."""
    asked = Asked.read(request.GET)
    most = MOST if request.GET.get("most") == str(MOST) or not asked.q.strip() else BEST
    if not asked.anything and not asked.errors and (latest := open_library().latest_day()):
        asked = _in_days(asked, *week(latest))
    return asked, most


def _in_days(asked: Asked, since: datetime.date, until: datetime.date) -> Asked:
    return asked.but(since=since, until=until, since_text=str(since), until_text=str(until))


def _drawn(request: HttpRequest, asked: Asked, most: int) -> TopicMap:
    return open_library().topic_map(
        asked.q, most=most, **asked.conditions, where=Own(request, asked).where,
        by_date=asked.sort == "date",
    )  # fmt: skip


def _understood(request: HttpRequest) -> tuple[Asked, TopicMap]:
    """The search that is asked, and its map; no page where it is not understood."""
    asked, most = _asked(request)
    if asked.errors:
        raise Http404("These dates could not be understood.")
    return asked, _drawn(request, asked, most)


def _parameters(asked: Asked, most: int) -> list[tuple[str, str]]:
    more = [("most", str(MOST))] if asked.q.strip() and most == MOST else []
    return [*asked.parameters, *more]


def _more(asked: Asked, most: int, found: TopicMap) -> str:
    """The address of the same map with more papers, where there are more and they may be drawn."""
    more = most < MOST and found.total > most
    return "?" + urlencode(_parameters(asked, MOST)) if more else ""


def _told(asked: Asked, found: TopicMap) -> str:
    """What is on a map, in a line below it."""
    shown = f"{len(found.papers):,}"
    if found.total > len(found.papers):
        shown += f" of {found.total:,}"
    parts = [f"{shown} paper{'' if found.total == 1 else 's'}"]
    if asked.q.strip():
        parts.append(f"“{asked.q.strip()[:60]}”")
    if asked.since_text or asked.until_text:
        days = (shown_date(day) for day in (asked.since_text, asked.until_text))
        parts.append(" to ".join(filter(None, days)))
    return ", ".join(parts)


def _busy(request: HttpRequest) -> HttpResponse:
    answer = render(request, "catalog/map_busy.html", {}, status=503)
    answer["Retry-After"] = "10"
    return answer
