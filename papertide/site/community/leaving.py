"""What becomes of votes, comments and the like when a paper turns out to be another, and when an
account goes or wants all that is kept of it."""

from django.db import transaction

from papertide.site.community import comments, notices, reports, votes


def move(old: int, new: int, **_) -> None:
    """What hangs on a paper that is now part of another moves to it."""
    with transaction.atomic():
        votes.move(old, new)
        comments.move(old, new)


def export(user_id: int, **_) -> dict[str, list[dict]]:
    """All that the community keeps of an account."""
    return {
        "votes": votes.export(user_id),
        "comments": comments.export(user_id),
        "reports": reports.export(user_id),
        "notices": notices.export(user_id),
    }


def erase(user_id: int, **_) -> None:
    """An account is about to be deleted: what it counted for no longer counts, and its words go.
    Again changes nothing."""
    votes.remove_all(user_id)
    comments.erase(user_id)


def erase_deleted(instance, **_) -> None:
    erase(instance.pk)
