"""What somebody is told: that they were answered or mentioned, and what moderators decided."""

import datetime
from collections.abc import Iterable

import msgspec
from django.contrib.auth import get_user_model

from papertide.site.community.models import Notice

_KIND = Notice.Kind


class NoticeInfo(msgspec.Struct, kw_only=True):
    """A notice; `comment` is the number of the one it is about, `handle` who wrote that."""

    id: int
    kind: str
    at: datetime.datetime
    seen: bool
    text: str = ""
    comment: int | None = None
    handle: str = ""
    paper: str = ""
    title: str = ""


def tell(user_id: int, comment: int, answered: int | None, handles: Iterable[str]) -> None:
    """Tell who was answered, and who is mentioned, of a comment: each once, and never its author.
    """
    users = get_user_model().objects.filter(username__in=list(handles))
    kinds = dict.fromkeys(users.values_list("id", flat=True), _KIND.MENTION)
    if answered:
        kinds[answered] = _KIND.REPLY
    kinds.pop(user_id, None)
    Notice.objects.bulk_create(
        [Notice(user_id=who, kind=kind, comment_id=comment) for who, kind in kinds.items()],
        ignore_conflicts=True,
    )


def decided(users: Iterable[int | None], text: str, comment: int | None = None) -> None:
    """Tell users what a moderator decided."""
    Notice.objects.bulk_create(
        [
            Notice(user_id=who, kind=_KIND.DECISION, text=text, comment_id=comment)
            for who in dict.fromkeys(filter(None, users))
        ]
    )


def of(user_id: int, limit: int, offset: int = 0) -> tuple[list[NoticeInfo], int]:
    """A user's notices, the latest first, and how many. Two queries."""
    held = Notice.objects.filter(user_id=user_id)
    rows = held.select_related("comment__author", "comment__paper").order_by("-id")
    found = []
    for notice in rows[offset : offset + limit]:
        comment = notice.comment
        author = comment and not comment.state and comment.author
        found.append(
            NoticeInfo(
                id=notice.id, kind=notice.kind, at=notice.at, seen=notice.seen, text=notice.text,
                comment=comment and comment.id, handle=author.username if author else "",
                paper=comment.paper.public_id if comment else "",
                title=comment.paper.title if comment else "",
            )
        )  # fmt: skip
    return found, held.count()


def unread(user_id: int) -> int:
    """How many notices a user has not seen. One query."""
    return Notice.objects.filter(user_id=user_id, seen=False).count()


def read(user_id: int, newest: int) -> None:
    """A user has seen their notices up to one."""
    Notice.objects.filter(user_id=user_id, seen=False, id__lte=newest).update(seen=True)


def export(user_id: int) -> list[dict]:
    rows = Notice.objects.filter(user_id=user_id).order_by("id")
    return [
        {"kind": kind, "comment": comment, "text": text, "at": at.isoformat(), "seen": seen}
        for kind, comment, text, at, seen in rows.values_list(
            "kind", "comment_id", "text", "at", "seen"
        )
    ]
