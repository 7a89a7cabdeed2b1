"""How often somebody may do something, counted in the database: all workers count together.

The windows are fixed: a minute's limit may be spent twice within a minute, over its boundary.
"""

import time

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from papertide.site.accounts.models import Limit

DAY = 24 * 3600  # seconds; no window is longer

_SPEND = """
INSERT INTO accounts_limit (key, began, count) VALUES (%s, %s, 1)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN accounts_limit.began = excluded.began THEN accounts_limit.count + 1 ELSE 1 END,
  began = excluded.began
RETURNING count
"""


def spend(action: str, who: str, most: int, seconds: int) -> int:
    """Count an action; the seconds to wait if it was one too many in its window, else 0."""
    now = int(time.time())
    began = now - now % seconds
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, [f"{action}:{who}:{seconds}", began])
        [count] = cursor.fetchone()
    return began + seconds - now if count > most else 0


def prune() -> None:
    """Let counts go whose windows are over."""
    Limit.objects.filter(began__lt=int(time.time()) - 2 * DAY).delete()


def who(request: HttpRequest) -> str:
    """Who is counted: the account, else the address that the request came from.

    Of the addresses that proxies add to, the one that the outermost of ours saw: what stands
    before it anybody may have written.
    """
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    return address(request)


def address(request: HttpRequest) -> str:
    """The address that a request came from, before the proxies of the settings."""
    passed = request.headers.get("X-Forwarded-For", "").split(",")
    proxies = settings.CONFIG.proxies
    if proxies and len(passed) >= proxies:
        return passed[-proxies].strip()[:45]
    return request.META.get("REMOTE_ADDR", "")
