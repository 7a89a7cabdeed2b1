"""The page of what is rising: hot papers with reasons and forecasts, and the topics that grow."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from papertide.library import date_argument, open_library
from papertide.site.pages import page, paged, show
from papertide.trending import UNSETTLED, WINDOWS, Rising, Trending
from papertide.trends import plot
from papertide.trends.forecast import INTERVAL
from papertide.trends.hotness import KINDS
from papertide.trends.topics import Topic

PER_PAGE = 20
CHOICES = {"day": "A day", "week": "A week", "month": "A month"}


@page
def trending(request: HttpRequest) -> HttpResponse:
    """The hottest papers of a window of days, up to today or to a day."""
    asked = request.GET.get("window", "")
    window = asked if asked in WINDOWS else "week"
    try:
        on = date_argument(request.GET.get("on", "").strip())
    except ValueError as error:
        raise Http404(str(error)) from None
    at = [("on", on.isoformat())] if on else []
    held: list[Trending] = []

    def fetch(limit: int, offset: int) -> tuple[list[Rising], int]:
        held[:] = [open_library().trending(window, limit, offset, on=on)]
        return held[0].papers, held[0].total

    rising, pager = paged(request, fetch, PER_PAGE, [("window", window), *at])
    found = held[0]
    most = max((one.forecast.high for one in rising if one.forecast), default=0)
    context = {
        "found": found,
        "pager": pager,
        "rising": [(one, one.forecast and _interval(one, most)) for one in rising],
        "choices": [
            (name, text, "?" + urlencode([("window", name), *at]))
            for name, text in CHOICES.items()
        ],
        "window": window,
        "on": on,
        "topics": [_topic(topic) for topic in found.learnt.growth.topics],
        "kinds": KINDS.items(),
        "unsettled": UNSETTLED,
        "share": f"{INTERVAL:.0%}",
    }
    return show(request, "trends/trending.html", context, [one.paper for one in rising])


def _interval(one: Rising, most: int) -> SafeString:
    """The forecast of a paper, drawn on a scale up to the most votes of any on the page."""
    held = one.forecast
    text = f"Forecast: {held.votes:,} votes, {INTERVAL:.0%} interval {held.low:,} to {held.high:,}"
    return mark_safe(plot.interval(held.low, held.votes, held.high, most, text))


def _topic(topic: Topic) -> dict:
    """A topic with its plot, in percent, and the search that finds its papers."""
    shares = [100 * share for share in topic.shares]
    ahead = [tuple(100 * share for share in three) for three in topic.ahead]
    text = f"Share of papers a week over {len(shares)} weeks, {shares[0]:.1f}% to {shares[-1]:.1f}%"
    if ahead:
        low, middle, high = ahead[-1]
        text += f"; in {len(ahead)} weeks {middle:.1f}%, from {low:.1f}% to {high:.1f}%"
    quoted = f'"{topic.phrase}"' if " " in topic.phrase else topic.phrase
    return {
        "phrase": topic.phrase,
        "papers": topic.papers,
        "now": sum(shares[-4:]) / len(shares[-4:]),
        "first": sum(shares[:4]) / len(shares[:4]),
        "ahead": ahead[-1] if ahead else None,
        "weeks": len(ahead),
        "plot": mark_safe(plot.sparkline(shares, text, ahead)),
        "address": f"{reverse('search')}?{urlencode({'q': quoted, 'sort': 'date'})}",
    }
