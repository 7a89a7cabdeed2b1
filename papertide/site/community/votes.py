"""Votes: one a reader and paper, taken back at will.

That there is one only is a constraint of the database: two requests at once, a replay and a retry
change nothing.
"""

import datetime
from collections.abc import Collection
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone

from papertide.site.community import tallies
from papertide.site.community.models import Tally, Vote

_VOTE = """
INSERT INTO community_vote (user_id, paper_id, at, day) VALUES (%s, %s, %s, %s)
ON CONFLICT (user_id, paper_id) DO NOTHING RETURNING id
"""


class Own(NamedTuple):
    """Votes and comments that came to a paper here, and whether a reader's vote is among them."""

    votes: int = 0
    comments: int = 0
    mine: bool = False


def vote(user_id: int, paper_id: int) -> bool:
    """Vote for a paper; whether that is new."""
    now = timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            at = connection.ops.adapt_datetimefield_value(now)
            cursor.execute(_VOTE, [user_id, paper_id, at, str(now.date())])
            made = cursor.fetchone() is not None
        if made:
            tallies.add("votes", [(paper_id, now.date())])
    return made


def take_back(user_id: int, paper_id: int) -> bool:
    """Take a vote back; whether there was one."""
    with transaction.atomic():
        return bool(_remove(Vote.objects.filter(user_id=user_id, paper_id=paper_id)))


def remove_all(user_id: int) -> None:
    """All votes of a user, who is about to go."""
    with transaction.atomic():
        _remove(Vote.objects.filter(user_id=user_id))


def _remove(which) -> int:
    held = list(which.select_for_update().values_list("id", "paper_id", "day", "discount_id"))
    Vote.objects.filter(id__in=[row[0] for row in held]).delete()
    tallies.add("votes", [(paper, day) for _, paper, day, case in held if case is None], -1)
    return len(held)


def move(old: int, new: int) -> None:
    """The votes of a paper that is now part of another; of two of one reader one stays."""
    there = Vote.objects.filter(paper_id=new, user=OuterRef("user"))
    both = Vote.objects.filter(Exists(there), paper_id=old)
    _remove(both)
    held = Vote.objects.filter(paper_id=old).select_for_update()
    rows = list(held.values_list("id", "day", "discount_id"))
    Vote.objects.filter(id__in=[row[0] for row in rows]).update(paper_id=new)
    counted = [day for _, day, case in rows if case is None]
    tallies.add("votes", [(old, day) for day in counted], -1)
    tallies.add("votes", [(new, day) for day in counted])


def among(user_id: int, papers: Collection[int]) -> dict[int, Own]:
    """What came here to those of some papers to which something did, and what of it is a user's.
    One query."""
    mine = Vote.objects.filter(user_id=user_id, paper=OuterRef("paper"))
    held = Tally.objects.filter(paper__in=papers).order_by().values_list("paper_id")
    rows = held.annotate(Sum("votes"), Sum("comments"), mine=Exists(mine))
    return {paper: Own(votes, comments, mine) for paper, votes, comments, mine in rows}


def of(user_id: int, limit: int, offset: int = 0) -> tuple[list[int], int]:
    """The numbers of the papers a user voted for, the latest first, and how many."""
    held = Vote.objects.filter(user_id=user_id).exclude(paper__status="removed")
    ids = held.order_by("-at", "-id").values_list("paper_id", flat=True)
    return list(ids[offset : offset + limit]), held.count()


def export(user_id: int) -> list[dict]:
    rows = Vote.objects.filter(user_id=user_id).order_by("at", "id")
    return [
        {"paper": paper, "at": at.astimezone(datetime.UTC).isoformat()}
        for paper, at in rows.values_list("paper__public_id", "at")
    ]
