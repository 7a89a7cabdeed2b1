"""The addresses of editions."""

import datetime

from django.urls import path, register_converter

from papertide import schedule
from papertide.site.editions import views


class Day:
    """A calendar day, 2025-03-18; what no calendar has is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> datetime.date:
        return schedule.period(value).first

    def to_url(self, value: datetime.date) -> str:
        return value.isoformat()


class _Period:
    """Another period than a day, as it is named."""

    def to_python(self, value: str) -> schedule.Period:
        return schedule.period(value)

    def to_url(self, value: schedule.Period) -> str:
        return value.name


class Week(_Period):
    regex = r"\d{4}-W\d{2}"


class Month(_Period):
    regex = r"\d{4}-\d{2}"


class Days(_Period):
    regex = r"\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2}"


for kind in (Day, Week, Month, Days):
    register_converter(kind, kind.__name__.lower())

urlpatterns = [
    path("", views.home, name="home"),
    path("day", views.any_day, name="any-day"),
    path("day/<day:day>", views.day, name="day"),
    path("week/<week:period>", views.period, name="week"),
    path("month/<month:period>", views.period, name="month"),
    path("days/<days:period>", views.period, name="days"),
    path("arxiv/<str:category>/<day:day>", views.arxiv_list, name="arxiv-list"),
]
