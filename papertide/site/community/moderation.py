"""What moderators do with comments. Each deed is in the audit log, and its author is told."""

from django.db import transaction

from papertide.results import NotFound, Refused
from papertide.site.accounts.services import audit
from papertide.site.community import comments, notices, reports, tallies
from papertide.site.community.models import Comment, Report
from papertide.site.numbers import number_of

_STATE = Comment.State


def hide(actor_id: int, number: str, reason: str) -> None:
    """Hide a comment. Raises NotFound, and Refused without a reason."""
    reason = _reason(reason)
    with transaction.atomic():
        held = _held(number)
        if held.state != _STATE.SHOWN:
            return
        Comment.objects.filter(id=held.id).update(state=_STATE.HIDDEN, reason=reason, watch="")
        tallies.add("comments", [(held.paper_id, held.day)], -1)
        notices.decided([held.author_id], f"A moderator hid your comment: {reason}", held.id)
        audit(actor_id, "hide comment", f"comment:{held.id}", reason)
        reports.decide(actor_id, f"comment:{held.id}", Report.Decision.HIDDEN, reason)


def restore(actor_id: int, number: str, reason: str = "") -> None:
    """Show a hidden comment again. Raises NotFound."""
    with transaction.atomic():
        held = _held(number)
        if held.state != _STATE.HIDDEN:
            return
        Comment.objects.filter(id=held.id).update(state=_STATE.SHOWN, reason="")
        tallies.add("comments", [(held.paper_id, held.day)])
        why = f": {reason}" if reason else "."
        notices.decided([held.author_id], f"A moderator shows your comment again{why}", held.id)
        audit(actor_id, "restore comment", f"comment:{held.id}", reason)


def looked(actor_id: int, number: str) -> None:
    """Nothing is wrong with a comment that was to be looked at. Raises NotFound."""
    with transaction.atomic():
        held = _held(number)
        if held.watch:
            Comment.objects.filter(id=held.id).update(watch="")
            audit(actor_id, "look at comment", f"comment:{held.id}", held.watch)


def _held(number: str) -> Comment:
    held = Comment.objects.select_for_update().filter(id=number_of(number)).first()
    if held is None or held.state == _STATE.DELETED:
        raise NotFound(f"no comment {number[:20]!r} here")
    return held


def _reason(text: str) -> str:
    text = text.replace("\0", "").strip()
    if not text:
        raise Refused("Say why: its author is told.")
    return text[:500]


def count_watched() -> int:
    """How many comments are to be looked at."""
    return Comment.objects.exclude(watch="").count()


def watched(
    limit: int, offset: int = 0, *, hidden: bool = False
) -> tuple[list[comments.CommentInfo], int]:
    """The comments to look at, the oldest first; or (`hidden`) those that are hidden, the latest
    first; and how many."""
    if hidden:
        held = Comment.objects.filter(state=_STATE.HIDDEN).order_by("-id")
    else:
        held = Comment.objects.exclude(watch="").order_by("at")
    return comments.shown(held[offset : offset + limit], None, True), held.count()
