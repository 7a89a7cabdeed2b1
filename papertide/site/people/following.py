"""Who follows whom: people, collections and authors; and what is new from them."""

import datetime
from collections.abc import Collection

import msgspec
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from papertide import papers
from papertide.results import NotFound, Refused
from papertide.site.catalog import authors
from papertide.site.catalog import services as catalog
from papertide.site.curation import services as curation
from papertide.site.numbers import number_of
from papertide.site.people import collections, names
from papertide.site.people.models import Follow, Item, Profile

KINDS = ("person", "collection", "author")
MOST_FOLLOWED = 1000  # by one account, of all kinds together
NEW_DAYS = 60  # for how long something is new
MOST_NEW = 500  # of each kind: what is before it is in nobody's way


class Followed(msgspec.Struct, kw_only=True):
    """What somebody follows: its kind, what forms call it, what readers do, and its page."""

    kind: str
    target: str
    label: str
    address: str


class Event(msgspec.Struct, kw_only=True, frozen=True):
    """A paper that is new from something that is followed: since when, and from what."""

    at: datetime.date
    paper_id: int
    said: str  # "by Ada Lovelace"
    address: str  # of what is followed


class New(msgspec.Struct, kw_only=True):
    """A paper that is new, with all that brought it."""

    paper: papers.Paper
    at: datetime.date
    events: list[Event]


# --- asking ----------------------------------------------------------------------------------


def follows(user_id: int, kind: str, target: str) -> bool:
    """Whether somebody follows something, as forms call it. One or two queries."""
    return _held(user_id, kind, target).exists()


def followed(user_id: int, viewer: int | None = None) -> list[Followed]:
    """What somebody follows and `viewer` may see, by kind and name. Four queries."""
    held = {kind: [] for kind in KINDS}
    for kind, target in Follow.objects.filter(user=user_id).values_list("kind", "target"):
        held[kind].append(target)
    people = get_user_model().objects.filter(pk__in=held["person"], is_active=True)
    found = [
        Followed(kind="person", target=handle, label=name or f"@{handle}",
                 address=reverse("person", args=[handle]))
        for handle, name in people.order_by("username").values_list("username", "account__name")
    ]  # fmt: skip
    found += [
        Followed(kind="collection", target=str(one.id), label=one.title,
                 address=reverse("collection", args=[one.id, one.slug]))
        for one in collections.by_number(list(map(int, held["collection"])), viewer)
    ]  # fmt: skip
    shown = authors.author_names(held["author"])
    return found + [
        Followed(kind="author", target=slug, label=name, address=reverse("author", args=[slug]))
        for slug, name in sorted(shown.items(), key=lambda one: one[1].casefold())
    ]


def shows(user_id: int) -> bool:
    """Whether somebody's profile shows what they follow."""
    return Profile.objects.filter(user=user_id, shows_follows=True).exists()


# --- changing --------------------------------------------------------------------------------


def follow(user_id: int, kind: str, target: str) -> None:
    """Follow something; again changes nothing. Raises NotFound, Refused."""
    wanted = _wanted(user_id, kind, target)
    with transaction.atomic():
        if _held(user_id, kind, target).exists():
            return
        if Follow.objects.filter(user=user_id).count() >= MOST_FOLLOWED:
            raise Refused(
                f"You follow {MOST_FOLLOWED:,} people, collections and authors, which is all "
                "there is room for."
            )
        Follow.objects.get_or_create(user_id=user_id, kind=kind, target=wanted)


def unfollow(user_id: int, kind: str, target: str) -> None:
    """Follow something no more; of an author, under all of their names."""
    _held(user_id, kind, target).delete()


def show(user_id: int, shown: bool) -> None:
    """Show on one's profile what one follows, or keep it to oneself."""
    Profile.objects.update_or_create(user_id=user_id, defaults={"shows_follows": shown})


def forget(kind: str, target: str) -> None:
    """Something is gone: nobody follows it any more."""
    Follow.objects.filter(kind=kind, target=target).delete()


def _wanted(user_id: int, kind: str, target: str) -> str:
    """What is stored for something as forms call it. Raises NotFound, Refused."""
    if "\0" in target:  # no name has it, and Postgres refuses it
        wanted = None
    elif kind == "person":
        found = get_user_model().objects.filter(username=target, is_active=True).first()
        if found and found.pk == user_id:
            raise Refused("That is you.")
        wanted = found and str(found.pk)
    elif kind == "collection":
        wanted = target if collections.find(number_of(target), user_id) else None
    elif kind == "author":
        wanted = target if authors.author_name(target) else None
    else:
        wanted = None
    if wanted is None:
        raise NotFound(f"nothing to follow: {kind} {target!r}"[:200])
    return wanted


def _held(user_id: int, kind: str, target: str):
    return Follow.objects.filter(user=user_id, kind=kind, target__in=_targets(kind, target))


def _targets(kind: str, target: str) -> Collection[str]:
    """How something may be stored: a person by their number, an author by any of their names."""
    if kind not in KINDS or "\0" in target:
        return []
    if kind == "person":
        held = get_user_model().objects.filter(username=target).values_list("pk", flat=True)
        return [str(number) for number in held]
    return names.joined(target) if kind == "author" else [target]


# --- what is new -----------------------------------------------------------------------------


def _from_authors(user_id: int, since: datetime.date) -> list[Event]:
    """Papers of followed authors, under all names of each. Three queries."""
    slugs = Follow.objects.filter(user=user_id, kind="author").values_list("target", flat=True)
    every = names.joined_all(list(slugs))
    return [
        Event(at=day, paper_id=paper, said=f"by {name}", address=reverse("author", args=[slug]))
        for day, paper, slug, name in authors.newest_of_authors(every, since, MOST_NEW)
    ]


def _from_collections(user_id: int, since: datetime.date) -> list[Event]:
    """Papers that came into followed collections. Two queries."""
    held = Follow.objects.filter(user=user_id, kind="collection").values_list("target", flat=True)
    items = Item.objects.filter(
        Q(collection__public=True, collection__owner__is_active=True)
        | Q(collection__owner=user_id),
        collection__in=list(map(int, held)), added__date__gte=since,
    )  # fmt: skip
    found = items.select_related("collection").order_by("-added", "-id")[:MOST_NEW]
    return [
        Event(at=one.added.date(), paper_id=one.paper_id, said=f"in {one.collection.title}",
              address=reverse("collection-short", args=[one.collection_id]))
        for one in found
    ]  # fmt: skip


def _from_people(user_id: int, since: datetime.date) -> list[Event]:
    """What followed curators picked. Two queries."""
    return [
        Event(at=one.day, paper_id=one.paper, said=f"picked by {one.by.shown}",
              address=reverse("curator", args=[one.by.handle]))
        for one in curation.latest_picks(followed_people(user_id), since, MOST_NEW)
    ]  # fmt: skip


# What tells of new papers: each takes a user's number and the first day that is new, and gives a
# bounded list of events in a fixed number of queries.
_NEWS = (_from_authors, _from_collections, _from_people)


def followed_people(user_id: int) -> list[int]:
    """The users whom somebody follows. One query."""
    held = Follow.objects.filter(user=user_id, kind="person").values_list("target", flat=True)
    return list(map(int, held))


def news(user_id: int, limit: int, offset: int = 0) -> tuple[list[New], int]:
    """Papers that are new from what somebody follows, the newest first, and their number."""
    since = timezone.now().date() - datetime.timedelta(NEW_DAYS)
    by_paper: dict[int, list[Event]] = {}
    for told in _NEWS:
        for event in told(user_id, since):
            by_paper.setdefault(event.paper_id, []).append(event)
    newest = {paper: max(event.at for event in held) for paper, held in by_paper.items()}
    order = sorted(by_paper, key=lambda paper: (newest[paper], paper), reverse=True)
    found = catalog.by_number(order[offset : offset + limit])
    return [New(paper=one, at=newest[one.id], events=by_paper[one.id]) for one in found], len(order)
