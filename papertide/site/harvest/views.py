"""The page of the sources, for staff."""

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from papertide.library import open_library


@require_safe
@never_cache
@staff_member_required
def sources(request: HttpRequest) -> HttpResponse:
    """How each source fares, and what to look at."""
    found = open_library().sources()
    alarms = [(one, alarm) for one in found if one.on for alarm in one.alarms]
    context = {"sources": found, "alarms": alarms, "renewal": open_library().renewal()}
    return render(request, "harvest/sources.html", context)
