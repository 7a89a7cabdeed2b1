"""Collections: papers that somebody put together, in their order, each with a note.

What changes the order or the number of papers holds the collection's row locked, so that two tabs
at once lose nothing. A private collection is not there for others.
"""

import datetime
import hashlib
import secrets

import msgspec
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import CharField, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils import timezone

from papertide import papers
from papertide.papers import slug
from papertide.results import NotFound, Refused
from papertide.site.accounts.services import audit
from papertide.site.catalog import services as catalog
from papertide.site.community import notices, reports
from papertide.site.numbers import number_of
from papertide.site.people import texts
from papertide.site.people.models import Collection, Follow, Item
from papertide.site.reportable import Thing

MOST_COLLECTIONS = 100  # of one person
MOST_PAPERS = 1000  # in one collection
LONGEST_TITLE, LONGEST_ABOUT, LONGEST_NOTE = 120, 1000, 500  # characters


class CollectionInfo(msgspec.Struct, kw_only=True):
    """A collection: whose it is, how many papers are in it and how many follow it; whether it
    `has` the paper that was asked about."""

    id: int
    title: str
    about: str
    public: bool
    owner_id: int
    owner: str  # the handle
    owner_name: str
    made: datetime.datetime
    changed: datetime.datetime
    count: int = 0
    followers: int = 0
    has: bool = False

    @property
    def slug(self) -> str:
        """The words of its address, which its number alone decides."""
        return slug(self.title)[:60].strip("-") or "collection"


class Collected(msgspec.Struct, kw_only=True):
    """A paper in a collection, its place from 1, and its owner's note."""

    paper: papers.Paper
    place: int
    note: str
    added: datetime.datetime


# --- asking ----------------------------------------------------------------------------------


def public(limit: int, offset: int = 0, order: str = "") -> tuple[list[CollectionInfo], int]:
    """Public collections: those that changed last first, or (``followed``) the most followed.
    Empty ones are left out. Two queries."""
    chosen = _shown().filter(public=True).filter(Exists(_items()))
    first = ("-followers", "-changed", "-id") if order == "followed" else ("-changed", "-id")
    return _infos(_counted(chosen).order_by(*first)[offset : offset + limit]), chosen.count()


def of(owner_id: int, viewer: int | None = None) -> list[CollectionInfo]:
    """Somebody's collections, those that changed last first: the public ones, for themselves
    all. One query."""
    chosen = Collection.objects.filter(owner=owner_id).filter(Q(public=True) | Q(owner=viewer))
    return _infos(_counted(chosen).order_by("-changed", "-id")[:MOST_COLLECTIONS])


def mine(owner_id: int, paper_id: int) -> list[CollectionInfo]:
    """All of one's collections, each with whether it has a paper. One query."""
    has = Exists(Item.objects.filter(collection=OuterRef("pk"), paper=paper_id))
    chosen = _counted(Collection.objects.filter(owner=owner_id)).annotate(has=has)
    return _infos(chosen.order_by("-changed", "-id")[:MOST_COLLECTIONS])


def find(number: int, viewer: int | None) -> CollectionInfo | None:
    """A collection by its number; None where it is another's and private. One query."""
    if not 0 < number < 2**63:
        return None
    chosen = Collection.objects.filter(pk=number).filter(
        Q(owner=viewer) | Q(public=True, owner__is_active=True)
    )
    return next(iter(_infos(_counted(chosen))), None)


def by_number(numbers: list[int], viewer: int | None) -> list[CollectionInfo]:
    """Those of some collections that somebody may see. One query."""
    chosen = Collection.objects.filter(pk__in=numbers).filter(
        Q(owner=viewer) | Q(public=True, owner__is_active=True)
    )
    return _infos(_counted(chosen).order_by("title", "id"))


def items(number: int, limit: int, offset: int = 0) -> list[Collected]:
    """Papers of a collection in its order. Three queries."""
    held = list(_present(number).values_list("paper_id", "note", "added")[offset : offset + limit])
    found = {one.id: one for one in catalog.by_number([paper for paper, *_ in held])}
    return [
        Collected(paper=found[paper], place=place, note=note, added=added)
        for place, (paper, note, added) in enumerate(held, offset + 1)
        if paper in found
    ]


def _shown() -> QuerySet[Collection]:
    return Collection.objects.filter(owner__is_active=True)


def _items() -> QuerySet[Item]:
    return Item.objects.filter(collection=OuterRef("pk")).exclude(paper__status="removed")


def _present(number: int) -> QuerySet[Item]:
    """The items of a collection that are shown, in order."""
    held = Item.objects.filter(collection=number).exclude(paper__status="removed")
    return held.order_by("position", "id")


def _counted(chosen: QuerySet[Collection]) -> QuerySet[Collection]:
    count = _items().order_by().values("collection").annotate(n=Count("id")).values("n")
    follows = Follow.objects.filter(
        kind="collection", target=Cast(OuterRef("pk"), CharField(max_length=150))
    )
    followers = follows.order_by().values("target").annotate(n=Count("id")).values("n")
    return chosen.select_related("owner__account").annotate(
        count=Coalesce(Subquery(count), 0), followers=Coalesce(Subquery(followers), 0)
    )


def _infos(chosen: QuerySet[Collection]) -> list[CollectionInfo]:
    return [
        CollectionInfo(
            id=one.id, title=one.title, about=one.about, public=one.public, owner_id=one.owner_id,
            owner=one.owner.username, owner_name=one.owner.account.name, made=one.made,
            changed=one.changed, count=one.count, followers=one.followers,
            has=getattr(one, "has", False),
        )
        for one in chosen
    ]  # fmt: skip


# --- changing --------------------------------------------------------------------------------


def make(owner_id: int, title: str, about: str = "", public: bool = False, key: str = "") -> int:
    """Make a collection and return its number; a form of the same key and title makes one only.

    Raises Refused.
    """
    values = _read(title, about)
    key = key or secrets.token_hex(16)
    key = hashlib.sha256(f"{key}\n{values['title']}".encode(errors="replace")).hexdigest()
    with transaction.atomic():
        # One's own row: the count below is then true until the new one is there.
        get_user_model().objects.select_for_update().get(pk=owner_id)
        held = Collection.objects.filter(owner=owner_id)
        if again := held.filter(key=key).first():
            return again.id
        if held.count() >= MOST_COLLECTIONS:
            raise Refused(
                f"You have {MOST_COLLECTIONS} collections, which is all there is room for. "
                "Delete one first."
            )
        return Collection.objects.create(owner_id=owner_id, public=public, key=key, **values).id


def change(owner_id: int, number: int, title: str, about: str, public: bool) -> bool:
    """Rename a collection, say what it is about, make it public or private; False where it is
    not theirs. Raises Refused."""
    values = _read(title, about)
    held = _own(owner_id, number)
    if public and (reason := held.values_list("hidden", flat=True).first()):
        raise Refused(f"A moderator made this collection private: {reason}")
    return bool(held.update(public=public, **values))


def hide(actor_id: int, number: str, reason: str) -> None:
    """Make a reported collection private, until it is restored. Raises NotFound, and Refused
    without a reason."""
    reason = texts.line(reason, 500, "The reason", needed=True)
    with transaction.atomic():
        held = _reported(number)
        Collection.objects.filter(pk=held.pk).update(public=False, hidden=reason)
        text = f"A moderator made your collection “{held.title}” private: {reason}"
        notices.decided([held.owner_id], text)
        audit(actor_id, "hide collection", f"collection:{held.pk}", reason)
        reports.decide(actor_id, f"collection:{held.pk}", reports.Report.Decision.HIDDEN, reason)


def restore(actor_id: int, number: str, reason: str = "") -> None:
    """Make a hidden collection public again. Raises NotFound."""
    with transaction.atomic():
        held = _reported(number)
        if held.hidden:
            Collection.objects.filter(pk=held.pk).update(public=True, hidden="")
            text = f"A moderator made your collection “{held.title}” public again."
            notices.decided([held.owner_id], text)
            audit(actor_id, "restore collection", f"collection:{held.pk}", reason)


def thing(number: str) -> Thing | None:
    """A collection as moderators see it; a private one is nobody's to report."""
    held = Collection.objects.filter(pk=number_of(number)).first()
    if held is None or not (held.public or held.hidden):
        return None
    address = reverse("collection-short", args=[held.pk])
    text = f"{held.title}. {held.about}"
    return Thing(f"Collection “{held.title}”", address, text, held.owner_id, bool(held.hidden))


def _reported(number: str) -> Collection:
    held = Collection.objects.select_for_update().filter(pk=number_of(number)).first()
    if held is None:
        raise NotFound(f"no collection {number!r}"[:200])
    return held


def _read(title: str, about: str) -> dict:
    return {
        "title": texts.line(title, LONGEST_TITLE, "The title", needed=True),
        "about": texts.lines(about, LONGEST_ABOUT, "What it is about"),
    }


def remove(owner_id: int, number: int) -> bool:
    """Delete a collection."""
    return bool(_own(owner_id, number).delete()[0])


def add(owner_id: int, number: int, paper_id: int, note: str = "") -> bool:
    """Put a paper at the end of a collection; one that is there keeps its place and its note.
    False where the collection is not theirs. Raises Refused."""
    note = texts.lines(note, LONGEST_NOTE, "The note")
    with transaction.atomic():
        if not _locked(owner_id, number):
            return False
        held = Item.objects.filter(collection=number)
        if held.filter(paper=paper_id).exists():
            return True
        count, last = held.aggregate(n=Count("id"), last=Max("position")).values()
        if count >= MOST_PAPERS:
            raise Refused(
                f"There are {MOST_PAPERS:,} papers in it, which is all there is room for. "
                "Take one out first, or begin another collection."
            )
        Item.objects.create(
            collection_id=number, paper_id=paper_id, position=(last or 0) + 1, note=note
        )
        _own(owner_id, number).update(changed=timezone.now())
    return True


def take_out(owner_id: int, number: int, paper_id: int) -> bool:
    """Take a paper out; one that is not there is out."""
    with transaction.atomic():
        if not _locked(owner_id, number):
            return False
        if Item.objects.filter(collection=number, paper=paper_id).delete()[0]:
            _own(owner_id, number).update(changed=timezone.now())
    return True


def annotate(owner_id: int, number: int, paper_id: int, note: str) -> bool:
    """Write the note of a paper; False where the paper is not in a collection of theirs. Raises
    Refused."""
    note = texts.lines(note, LONGEST_NOTE, "The note")
    held = Item.objects.filter(collection=number, collection__owner=owner_id, paper=paper_id)
    return bool(held.update(note=note))


def move(owner_id: int, number: int, paper_id: int, place: int) -> bool:
    """Move a paper to a place from 1 on, those between making room; False where the paper is not
    in a collection of theirs. Moving it there again changes nothing."""
    with transaction.atomic():
        if not _locked(owner_id, number):
            return False
        held = list(_present(number).values_list("paper_id", "position"))
        positions = [position for _, position in held]
        if paper_id not in (ids := [paper for paper, _ in held]):
            return False
        before = positions[ids.index(paper_id)]
        after = positions[min(max(place, 1), len(held)) - 1]
        every = Item.objects.filter(collection=number)
        if after < before:
            every.filter(position__range=(after, before - 1)).update(position=F("position") + 1)
        elif after > before:
            every.filter(position__range=(before + 1, after)).update(position=F("position") - 1)
        every.filter(paper=paper_id).update(position=after)
    return True


def _own(owner_id: int, number: int) -> QuerySet[Collection]:
    return Collection.objects.filter(owner=owner_id, pk=number if 0 < number < 2**63 else 0)


def _locked(owner_id: int, number: int) -> bool:
    """Whether a collection is somebody's; if so, nobody else changes it in this transaction."""
    return bool(_own(owner_id, number).select_for_update().values_list("pk"))


# --- what happens elsewhere ------------------------------------------------------------------


def absorb(old: int, new: int) -> None:
    """A paper is part of another one now: in a collection of both, the earlier place stays, and
    both notes where there is room."""
    held = Item.objects.filter(paper=old)
    both = {one.collection_id: one for one in Item.objects.filter(
        paper=new, collection__in=held.values("collection"))}  # fmt: skip
    for one in held:
        if other := both.get(one.collection_id):
            first, second = sorted((one, other), key=lambda item: item.position)
            joined = "\n".join(dict.fromkeys(filter(None, (first.note, second.note))))
            other.note = joined if len(joined) <= LONGEST_NOTE else first.note
            other.position = first.position
            one.delete()
            other.save()
    held.update(paper=new)
