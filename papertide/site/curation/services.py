"""What others may ask of curation: who picked or submitted papers, and what an edition is to have.

What is done to submissions is in `submissions`, to picks and drafts in `picks`.
"""

import datetime
from collections.abc import Collection, Iterable

import msgspec
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateTimeField,
    F,
    IntegerField,
    Max,
    Q,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, RowNumber

from papertide.schedule import Period
from papertide.site.accounts.roles import at_least
from papertide.site.curation.models import Draft, Pick, Submission
from papertide.site.editions.signals import Part


class Person(msgspec.Struct, frozen=True):
    """A user as pages name them: by the handle, and the name beside it, if any."""

    handle: str
    name: str = ""

    @property
    def shown(self) -> str:
        return self.name or f"@{self.handle}"


class PickInfo(msgspec.Struct, frozen=True):
    """A pick as readers see it."""

    by: Person
    line: str
    day: datetime.date


class PickedPaper(msgspec.Struct, frozen=True):
    """A pick by the number of its paper."""

    paper: int
    day: datetime.date
    by: Person


class Curated(msgspec.Struct):
    """Who picked a paper, the first pick first, and who submitted it."""

    picks: list[PickInfo] = []
    submitted: Person | None = None
    submitted_at: datetime.datetime | None = None


class Introduction(msgspec.Struct, frozen=True):
    by: Person
    text: str


class OfPeriod(msgspec.Struct):
    """What curation has to say of some days: `curated` by the numbers of papers, which of them
    were picked for these days, in the order of picks, which were submitted for editions that are
    not published, and what curators wrote."""

    curated: dict[int, Curated] = {}
    picked: list[int] = []
    submitted: list[int] = []
    introductions: list[Introduction] = []


# --- what readers see ------------------------------------------------------------------------


def latest_picks(users: Collection[int], since: datetime.date, most: int) -> list[PickedPaper]:
    """What some users picked since a day, as readers see it, the latest first. One query."""
    held = Pick.objects.filter(shown=True, curator__in=users, day__gte=since)
    rows = held.order_by("-day", "-id").values_list(
        "paper_id", "day", "curator__username", "curator__account__name"
    )
    return [
        PickedPaper(paper=paper, day=day, by=Person(handle, name))
        for paper, day, handle, name in rows[:most]
    ]


def curated(papers: Collection[int]) -> dict[int, Curated]:
    """Who picked and submitted some papers (their numbers). One query."""
    among = Q(paper_id__in=list(papers))
    return _gathered([*_picks(among).union(_submissions(among))], None).curated


def of_period(period: Period, since: datetime.date) -> OfPeriod:
    """The same of the picks of some days, and of papers whose own day is from `since` to their
    end. One query."""
    days, own = (period.first, period.last), (since, period.last)
    rows = _picks(Q(day__range=days)).union(
        _picks(Q(paper__day__range=own)),
        _submissions(Q(day__range=days)),
        _submissions(Q(paper__day__range=own)),
        _introductions(Q(day__range=days)),
    )
    return _gathered([*rows], period)


_NO_NUMBER = Cast(Value(None), BigIntegerField())


def _rows(held, kind: str, text, who: str, number, order, at):
    return held.order_by().values_list(
        Value(kind, CharField()), number, F(f"{who}__username"), F(f"{who}__account__name"),
        text, F("day"), order, F("id"), at,
    )  # fmt: skip


def _picks(wanted: Q):
    held = Pick.objects.filter(wanted, shown=True)
    return _rows(held, "pick", F("line"), "curator", F("paper_id"), F("position"), F("at"))


def _submissions(wanted: Q):
    held = Submission.objects.filter(wanted, state="accepted")
    closed = Case(When(closed=True, then=1), default=0, output_field=IntegerField())
    return _rows(held, "submission", Value("", CharField()), "by", F("paper_id"), closed, F("at"))


def _introductions(wanted: Q):
    held = Draft.objects.filter(wanted, shown=True).exclude(introduction="")
    none = Value(0, IntegerField())
    never = Cast(Value(None), DateTimeField())
    return _rows(held, "introduction", F("introduction"), "curator", _NO_NUMBER, none, never)


def _gathered(rows: list[tuple], period: Period | None) -> OfPeriod:
    found = OfPeriod()
    rows.sort(key=lambda row: (row[5] or datetime.date.max, row[6], row[7]))
    for kind, paper, handle, name, text, day, order, _, at in rows:
        person = Person(handle, name)
        within = period is not None and day is not None and period.first <= day <= period.last
        if kind == "introduction":
            found.introductions.append(Introduction(person, text))
            continue
        told = found.curated.setdefault(paper, Curated())
        if kind == "pick":
            told.picks.append(PickInfo(person, text, day))
            if within and paper not in found.picked:
                found.picked.append(paper)
        else:
            if told.submitted is None or at < told.submitted_at:
                told.submitted, told.submitted_at = person, at
            if within and not order:
                found.submitted.append(paper)
    return found


class CuratorInfo(msgspec.Struct):
    """A curator: how many picks readers see of them, and the day of the latest."""

    id: int
    by: Person
    about: str = ""
    picks: int = 0
    latest: datetime.date | None = None


def curators(limit: int, offset: int = 0) -> tuple[list[CuratorInfo], int]:
    """Who picked papers, the latest first, and how many they are. Two queries."""
    shown = Pick.objects.filter(shown=True)
    held = shown.values(
        "curator_id", "curator__username", "curator__account__name", "curator__account__about"
    ).annotate(count=Count("id"), latest=Max("day"))
    rows = held.order_by("-latest", "curator__username")[offset : offset + limit]
    found = [
        CuratorInfo(
            row["curator_id"], Person(row["curator__username"], row["curator__account__name"]),
            row["curator__account__about"], row["count"], row["latest"],
        )
        for row in rows
    ]  # fmt: skip
    return found, shown.aggregate(n=Count("curator", distinct=True))["n"]


def curator(handle: str) -> CuratorInfo | None:
    """A curator by the handle: who has the role, or picked something. Two queries."""
    users = get_user_model().objects.select_related("account")
    user = None if "\0" in handle else users.filter(username=handle).first()
    if user is None:
        return None
    count = Pick.objects.filter(curator=user, shown=True).count()
    if not count and not at_least(user, "curator"):
        return None
    person = Person(user.username, user.account.name)
    return CuratorInfo(user.pk, person, user.account.about, count)


def picks_of(
    curator_id: int, limit: int, offset: int = 0
) -> list[tuple[int, datetime.date]]:
    """The papers that a curator picked, each with its day, the latest day first. One query."""
    held = Pick.objects.filter(curator_id=curator_id, shown=True).order_by(
        "-day", "position", "id"
    )
    return list(held.values_list("paper_id", "day")[offset : offset + limit])


def latest_of(curator_ids: Collection[int], each: int) -> dict[int, list[int]]:
    """The papers that some curators picked last, a few of each. One query."""
    nth = Window(RowNumber(), partition_by="curator_id", order_by=[F("day").desc(), F("id").desc()])
    held = Pick.objects.filter(curator_id__in=list(curator_ids), shown=True)
    found: dict[int, list[int]] = {}
    rows = held.annotate(nth=nth).filter(nth__lte=each).values_list("curator_id", "paper_id", "nth")
    for who, paper, _ in sorted(rows, key=lambda row: row[2]):
        found.setdefault(who, []).append(paper)
    return found


def picked_by(handle: str) -> frozenset[int] | None:
    """The papers that a curator picked, whatever the case of the handle; None where nobody of that
    name picks papers. Two queries at the most."""
    if "\0" in handle:
        return None
    held = Pick.objects.filter(curator__username__iexact=handle, shown=True)
    found = frozenset(held.values_list("paper_id", flat=True))
    if found:
        return found
    users = get_user_model().objects.select_related("account")
    known = users.filter(username__iexact=handle)[:10]
    return found if any(at_least(user, "curator") for user in known) else None


# --- editions --------------------------------------------------------------------------------


def publish(day: datetime.date, papers: Collection[int], **_) -> Part:
    """Close what is for the edition of a day with some papers, in the transaction that publishes
    it: the papers that were picked or submitted for it join. What came too late for an edition
    before is in it. Where a closed day gets its edition late, papers that readers saw in the one
    that is being gathered stay there."""
    for late in Draft.objects.filter(day__lt=day, closed=False).order_by("day", "id"):
        _bring_forward(late, day)
    Draft.objects.filter(day=day, closed=False).update(shown=True, closed=True)
    picks = Pick.objects.filter(day__lte=day, closed=False)
    submitted = Submission.objects.filter(state="accepted", closed=False)
    # First taken down which they are: what is added meanwhile is for the next one.
    numbers = list(picks.values_list("id", "paper_id"))
    brought = list(submitted.filter(day__lte=day).values_list("id", "paper_id"))
    later = {
        *Pick.objects.filter(day__gt=day, shown=True, closed=False, paper__in=papers)
        .values_list("paper_id", flat=True),
        *submitted.filter(day__gt=day, paper__in=papers).values_list("paper_id", flat=True),
    }  # fmt: skip
    Pick.objects.filter(id__in=[i for i, _ in numbers]).update(day=day, shown=True, closed=True)
    Submission.objects.filter(id__in=[i for i, _ in brought]).update(day=day, closed=True)
    joining = {paper for _, paper in numbers + brought}
    return Part(joining, later - joining)


def _bring_forward(late: Draft, day: datetime.date) -> None:
    """A draft whose day had no edition is for the next one, with what its curator has for that."""
    try:
        with transaction.atomic():
            Draft.objects.filter(id=late.id).update(day=day)
    except IntegrityError:
        other = Draft.objects.get(curator=late.curator_id, day=day)
        Pick.objects.filter(draft=late).update(draft=other, day=day)
        if not other.introduction:
            other.introduction = late.introduction
            other.save(update_fields=["introduction"])
        late.delete()


# --- papers and users that change ------------------------------------------------------------


def move(old: int, new: int, **_) -> None:
    """Picks and submissions of a paper that is now part of another are of that one; who has both
    keeps the one that was there."""
    for kind, who in ((Pick, "curator_id"), (Submission, "by_id")):
        there = kind.objects.filter(paper_id=new).values_list(who, flat=True)
        moving = kind.objects.filter(paper_id=old)
        moving.exclude(**{f"{who}__in": list(there)}).update(paper_id=new)


def export(user_id: int, **_) -> dict[str, list[dict]]:
    """All that is kept of a user here."""
    return {
        "submissions": [
            {"asked": row.name, "paper": row.paper and row.paper.public_id, "state": row.state,
             "note": row.note, "at": row.at.isoformat(), "day": row.day and str(row.day)}
            for row in Submission.objects.filter(by_id=user_id).select_related("paper")
        ],
        "picks": [
            {"paper": row.paper.public_id, "line": row.line, "day": str(row.day),
             "shown": row.shown, "at": row.at.isoformat()}
            for row in Pick.objects.filter(curator_id=user_id).select_related("paper")
        ],
        "drafts": [
            {"day": str(row.day), "introduction": row.introduction, "shown": row.shown}
            for row in Draft.objects.filter(curator_id=user_id)
        ],
    }  # fmt: skip


def user_of(handle: str) -> int | None:
    """The number of the user of a handle."""
    if "\0" in handle:
        return None
    held = get_user_model().objects.filter(username=handle)
    return held.values_list("pk", flat=True).first()


def may(user_id: int, role: str) -> bool:
    """Whether a user has a role or one above it."""
    held = get_user_model().objects.select_related("account").filter(pk=user_id).first()
    return held is not None and at_least(held, role)


def names(user_ids: Iterable[int]) -> dict[int, Person]:
    """Users as pages name them. One query."""
    held = get_user_model().objects.filter(pk__in=set(user_ids))
    return {pk: Person(*rest) for pk, *rest in held.values_list("pk", "username", "account__name")}
