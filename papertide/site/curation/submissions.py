"""Submissions: each is one row whatever is pressed twice, and goes through its states once."""

import datetime

import msgspec
from django.db import IntegrityError, transaction

from papertide.results import Refused
from papertide.site.accounts import limits
from papertide.site.accounts.services import audit
from papertide.site.community import notices
from papertide.site.curation.models import STATES, Submission
from papertide.site.curation.services import Person, may

A_DAY = 5  # submissions of a reader
MOST_TRIES = 6  # of asking a source
_CLAIM = datetime.timedelta(minutes=3)  # for which nobody else asks the source
_FIRST_WAIT = datetime.timedelta(minutes=5)  # after a failure; twice as long after each other one


class TooMany(Refused):
    """Somebody submitted as many papers as one may; says what to do."""


class SubmissionInfo(msgspec.Struct, kw_only=True):
    """A submission: what was asked for, its paper once that is here, and what becomes of it."""

    id: int
    by: Person
    user_id: int
    name: str
    state: str
    note: str
    at: datetime.datetime
    again: datetime.datetime | None
    paper_id: int | None
    record: dict | None = None
    day: datetime.date | None = None
    closed: bool = False

    @property
    def asked(self) -> str:
        """The id for people: 2503.00001, 10.1000/x."""
        return self.name.partition(":")[2]

    @property
    def label(self) -> str:
        return STATES[self.state]


def begin(user_id: int, name: str, now: datetime.datetime) -> tuple[SubmissionInfo, bool]:
    """The one submission of a paper by a user, and whether it is to be gone on with: it is new, or
    had not been taken. Raises TooMany."""
    with transaction.atomic():
        row, made = Submission.objects.get_or_create(
            by_id=user_id, name=name, defaults={"at": now, "again": now + _CLAIM}
        )
        again = not made and Submission.objects.filter(id=row.id, state="refused").update(
            state="waiting", note="", tries=0, at=now, again=now + _CLAIM, paper=None
        )
        limited = (made or again) and not may(user_id, "curator")
        who = f"user {user_id}"
        if limited and limits.spend("submissions of a day", who, A_DAY, limits.DAY):
            raise TooMany(
                f"You submitted {A_DAY} papers today, which is as many as one may. There is room "
                "again tomorrow (UTC)."
            )
    return get(row.id), bool(made or again)


def trusted(user_id: int) -> bool:
    """Whether no moderator looks first: a curator, or one of whom a submission was accepted."""
    accepted = Submission.objects.filter(by_id=user_id, state="accepted")
    return may(user_id, "curator") or accepted.exists()


# --- what becomes of one ---------------------------------------------------------------------


def _settle(number: int, before: tuple[str, ...], **values) -> bool:
    """Give a submission its next state, unless another process did. Of two submissions of one
    paper by one user, the one that was there stays."""
    held = Submission.objects.filter(id=number, state__in=before)
    try:
        with transaction.atomic():
            return bool(held.update(again=None, **values))
    except IntegrityError:
        held.delete()
        return False


def accept(
    number: int, paper_id: int, day: datetime.date, closed: bool, by: int | None = None,
    reason: str = "",
) -> bool:  # fmt: skip
    """Take a paper into the edition of a day, one that is `closed` where it is in that already;
    whether that was still to do. `by` is the moderator who did."""
    with transaction.atomic():
        done = _settle(
            number, ("waiting", "review"), state="accepted", paper_id=paper_id, note="",
            day=day, closed=closed, record=None,
        )  # fmt: skip
        if done and by is not None:
            audit(by, "accept submission", f"submission:{number}", reason)
            _tell(number, f"was accepted for the edition of {day:%-d %B %Y}.")
    return done


def review(number: int, paper_id: int | None, record: dict | None) -> bool:
    """Let a moderator decide about a paper that is here, or about what its source told."""
    return _settle(
        number, ("waiting",), state="review", paper_id=paper_id, record=record, note=""
    )


def refuse(number: int, why: str, paper_id: int | None = None) -> bool:
    """Not take a paper; a rule or its source says why."""
    return _settle(
        number, ("waiting", "review"), state="refused", note=why[:500], paper_id=paper_id,
        record=None,
    )  # fmt: skip


def decline(number: int, by: int, reason: str) -> bool:
    """Not take a paper: a moderator's decision, and why."""
    with transaction.atomic():
        done = _settle(number, ("review",), state="declined", note=reason[:500], record=None)
        if done:
            audit(by, "decline submission", f"submission:{number}", reason)
            _tell(number, f"was declined: {reason}")
    return done


def _tell(number: int, what: str) -> None:
    held = Submission.objects.get(id=number)
    notices.decided([held.by_id], f"Your submission {held.name} {what}")


def postpone(
    number: int, why: str, now: datetime.datetime, not_before: datetime.datetime | None
) -> None:
    """The source could not be asked: later again, or after many tries not at all."""
    tries = Submission.objects.filter(id=number).values_list("tries", flat=True).first() or 0
    if tries + 1 >= MOST_TRIES:
        refuse(number, f"{why} It was asked {MOST_TRIES} times. You may submit it again.")
        return
    again = max(now + _FIRST_WAIT * 2**tries, not_before or now)
    held = Submission.objects.filter(id=number, state="waiting")
    held.update(tries=tries + 1, again=again, note=why[:500])


def claim_due(now: datetime.datetime, most: int) -> list[SubmissionInfo]:
    """Submissions whose source is to be asked now; no other process gets them meanwhile."""
    due = Submission.objects.filter(state="waiting", again__lte=now).order_by("again", "id")
    return [
        get(number)
        for number, again in list(due.values_list("id", "again")[:most])
        if Submission.objects.filter(id=number, state="waiting", again=again).update(
            again=now + _CLAIM
        )
    ]


# --- reading ---------------------------------------------------------------------------------


def get(number: int) -> SubmissionInfo | None:
    """A submission by its number."""
    return next(iter(_infos(Submission.objects.filter(id=number))), None)


def found(user_id: int, paper_id: int) -> SubmissionInfo | None:
    """The submission of a paper by a user."""
    return next(iter(_infos(Submission.objects.filter(by_id=user_id, paper_id=paper_id))), None)


def of_user(user_id: int, limit: int, offset: int = 0) -> tuple[list[SubmissionInfo], int]:
    """A user's submissions, the latest first, and their number. Two queries."""
    held = Submission.objects.filter(by_id=user_id)
    return _infos(held.order_by("-at", "-id")[offset : offset + limit]), held.count()


def waiting(limit: int, offset: int = 0) -> tuple[list[SubmissionInfo], int]:
    """Submissions that wait for a moderator, the oldest first, and their number. Two queries."""
    held = Submission.objects.filter(state="review")
    return _infos(held.order_by("at", "id")[offset : offset + limit]), held.count()


def to_review() -> int:
    """How many submissions wait for a moderator."""
    return Submission.objects.filter(state="review").count()


def _infos(held) -> list[SubmissionInfo]:
    columns = ("id", "by_id", "name", "state", "note", "at", "again", "paper_id", "record", "day",
               "closed", "by__username", "by__account__name")  # fmt: skip
    return [
        SubmissionInfo(
            **dict(zip((*columns[:1], "user_id", *columns[2:11]), row[:11], strict=True)),
            by=Person(*row[11:]),
        )
        for row in held.values_list(*columns)
    ]
