"""How many votes and comments papers have, by day; what the catalogue asks (`catalog.here`).

Each row that begins or ceases to count is passed here by who changed it, in the same transaction:
so a tally is never counted anew, and never drifts.
"""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Literal

from django.db import connection
from django.db.models import Sum

from papertide.site.catalog.here import Came
from papertide.site.community import mentions
from papertide.site.community.models import Tally

Kind = Literal["votes", "comments"]
_ADD = """
INSERT INTO community_tally (paper_id, day, votes, comments) VALUES (%s, %s, %s, %s)
ON CONFLICT (paper_id, day) DO UPDATE SET
  votes = community_tally.votes + excluded.votes,
  comments = community_tally.comments + excluded.comments
"""


def add(kind: Kind, rows: Iterable[tuple[int, datetime.date]], by: int = 1) -> None:
    """Rows (paper, day) of a kind count from now on, or (`by` -1) no longer do."""
    with connection.cursor() as cursor:
        # In one order, so that two at once wait for each other and never both.
        for (paper, day), count in sorted(Counter(rows).items()):
            both = (by * count, 0) if kind == "votes" else (0, by * count)
            cursor.execute(_ADD, [paper, str(day), *both])


def totals(papers: Collection[int] | None = None) -> list[tuple[int, int, int]]:
    """Papers, their votes and comments in all; of those of some papers that have any."""
    held = Tally.objects.order_by()
    if papers is not None:
        held = held.filter(paper__in=papers)
    rows = held.values_list("paper_id").annotate(Sum("votes"), Sum("comments"))
    return [row for row in rows if any(row[1:])]


def days(since: datetime.date, until: datetime.date, limit: int) -> list[Came]:
    """What came within some days, the latest first, of papers that were not removed."""
    held = Tally.objects.filter(day__range=(since, until)).exclude(paper__status="removed")
    held = held.exclude(votes=0, comments=0).order_by("-day", "paper_id")
    rows = held.values_list("paper_id", "day", "votes", "comments")[:limit]
    found = [*(Came(*row) for row in rows), *mentions.days(since, until, limit)]
    return sorted(found, key=lambda came: came.day, reverse=True)[:limit]


def counted() -> tuple[int, int]:
    """All votes and comments there are."""
    held = Tally.objects.aggregate(votes=Sum("votes"), comments=Sum("comments"))
    return held["votes"] or 0, held["comments"] or 0
