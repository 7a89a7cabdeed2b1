"""What others may ask of accounts."""

from papertide.site.accounts.models import AuditEntry


def audit(actor_id: int | None, action: str, target: str, reason: str = "") -> None:
    """Keep what somebody with a role did: "hide comment", "comment:12", and why."""
    AuditEntry.objects.create(
        actor_id=actor_id, action=action, target=target[:200], reason=reason[:2000]
    )
