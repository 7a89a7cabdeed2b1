"""The audit log, to be read."""

import datetime

import msgspec

from papertide.site.accounts.models import AuditEntry


class Logged(msgspec.Struct, kw_only=True):
    """What was done, by whom (empty: their account is gone), to what, and why."""

    at: datetime.datetime
    handle: str
    action: str
    target: str
    reason: str


def entries(
    limit: int, offset: int = 0, *, action: str = "", handle: str = ""
) -> tuple[list[Logged], int]:
    """The log, the latest first, all or of one action or actor, and how many entries. Two queries.
    """
    held = AuditEntry.objects.all()
    if action:
        held = held.filter(action=action)
    if handle:
        held = held.filter(actor__username=handle)
    rows = held.order_by("-id").values_list("at", "actor__username", "action", "target", "reason")
    found = [
        Logged(at=at, handle=handle or "", action=action, target=target, reason=reason)
        for at, handle, action, target, reason in rows[offset : offset + limit]
    ]
    return found, held.count()


def actions() -> list[str]:
    """The actions there are in the log. One query."""
    return sorted(AuditEntry.objects.order_by().values_list("action", flat=True).distinct())
