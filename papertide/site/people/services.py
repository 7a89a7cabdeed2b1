"""What others may ask of people, and what apps are told: papers that merge, accounts that go."""

from papertide.site.people import claims, collections, following, names
from papertide.site.people.models import Claim, Collection, Follow, NameLink


def move(old: int, new: int, **_) -> None:
    """What hangs on a paper that is now part of another one moves to that."""
    collections.absorb(old, new)
    claims.absorb(old, new)


def kept_of(user_id: int, **_) -> dict[str, list[dict]]:
    """All that is kept of an account, as JSON rows."""
    held = Collection.objects.filter(owner=user_id).order_by("id")
    items: dict[int, list[dict]] = {one.id: [] for one in held}
    for number, paper, note, added in held.filter(items__isnull=False).order_by(
        "id", "items__position"
    ).values_list("id", "items__paper__public_id", "items__note", "items__added"):
        items[number].append({"paper": paper, "note": note, "added": str(added)})
    decided = NameLink.objects.filter(user=user_id, why="moderator").order_by("id")
    follows = Follow.objects.filter(user=user_id).order_by("id")
    claimed = Claim.objects.filter(user=user_id).order_by("id")
    return {
        "collections": [
            {"id": one.id, "title": one.title, "about": one.about, "public": one.public,
             "made": str(one.made), "papers": items[one.id]}
            for one in held
        ],
        "follows": [
            {"kind": one.kind, "target": one.target, "since": str(one.since)} for one in follows
        ],
        "shows_follows": [{"shown": following.shows(user_id)}],
        "name_decisions": list(decided.values("first", "second", "decision", "reason")),
        "claims": [
            {"paper": paper, "author": name, "state": state, "evidence": evidence,
             "reason": reason, "orcid": orcid, "made": str(made)}
            for paper, name, state, evidence, reason, orcid, made in claimed.values_list(
                "paper__public_id", "name", "state", "evidence", "reason", "orcid", "made")
        ],
    }  # fmt: skip


def user_gone(instance, **_) -> None:
    """An account goes, and with it what no cascade reaches."""
    names.forget(instance.pk)
    following.forget("person", str(instance.pk))


def signed_in_elsewhere(sociallogin, **_) -> None:
    """An account is known elsewhere too, maybe at ORCID."""
    claims.look_again(sociallogin.user.pk)


def collection_gone(instance: Collection, **_) -> None:
    following.forget("collection", str(instance.pk))
