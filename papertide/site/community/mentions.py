"""Papers that comments on other papers name: by an arXiv id, or a link to it or to its page here.

A mention counts while its comment is shown, on the comment's day, of one person once a day.
"""

import datetime
import re

from django.db.models import Count

from papertide.site.catalog import services as catalog
from papertide.site.catalog.here import Came
from papertide.site.community.models import Mention

MOST = 10  # papers that a comment mentions
_NAMED = re.compile(r"(?:arxiv\.org/(?:abs|pdf|html)/|arxiv:\s?|/papers/)([\w./-]{5,100})", re.I)


def remember(comment: int, paper: int, text: str) -> None:
    """What a comment on a paper mentions, in place of what it did before."""
    named = dict.fromkeys(name.rstrip("./-").removesuffix(".pdf") for name in _NAMED.findall(text))
    found = [catalog.find(name) for name in list(named)[:MOST]]
    ids = dict.fromkeys(one.id for one in found if one and not one.removed and one.id != paper)
    Mention.objects.filter(comment_id=comment).delete()
    Mention.objects.bulk_create(Mention(comment_id=comment, paper_id=number) for number in ids)


def move(old: int, new: int) -> None:
    """The mentions of a paper that is now part of another."""
    there = Mention.objects.filter(paper_id=new).values("comment")
    Mention.objects.filter(paper_id=old).exclude(comment__in=there).update(paper_id=new)
    # A comment on a paper does not mention it.
    Mention.objects.filter(paper_id=new, comment__paper_id=new).delete()


def days(since: datetime.date, until: datetime.date, limit: int) -> list[Came]:
    """How many people mentioned papers on days, the latest first. One query."""
    held = Mention.objects.filter(comment__state="", comment__day__range=(since, until))
    rows = held.exclude(paper__status="removed").values_list("paper_id", "comment__day")
    counted = rows.annotate(count=Count("comment__author", distinct=True))
    return [
        Came(paper, day, 0, 0, count)
        for paper, day, count in counted.order_by("-comment__day", "paper_id")[:limit]
    ]
