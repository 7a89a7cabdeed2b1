"""Curators' picks, and what they draw up ahead. Nothing of a published edition is moved."""

import datetime

import msgspec
from django.db import transaction
from django.db.models import Max

from papertide.results import NotFound, Refused
from papertide.site.accounts.services import audit
from papertide.site.curation.models import Draft, Pick

MOST_OF_A_DAY = 50  # picks of a curator
LONGEST_LINE, LONGEST_INTRODUCTION = 300, 2000  # characters
DAYS_AHEAD = 60


class OwnPick(msgspec.Struct):
    """A pick as its curator sees it."""

    paper_id: int
    line: str
    shown: bool


class DraftInfo(msgspec.Struct):
    """What a curator has for a day: an introduction, and picks in their order. `shown` is whether
    readers see what was drawn up ahead, `closed` whether the edition is published."""

    day: datetime.date
    introduction: str = ""
    shown: bool = False
    closed: bool = False
    picks: list[OwnPick] = []


def pick(
    user_id: int, paper_id: int, target: str, line: str, day: datetime.date, ahead: bool
) -> datetime.date:
    """Pick a paper for the edition of a day, shown at once or, where it is `ahead`, in the draft of
    that day; the day it is for. Picking it again changes the line, and while its edition is not
    published the day. Raises Refused.
    """
    with transaction.atomic():
        draft = _draft(user_id, day) if ahead else None
        there = Pick.objects.filter(curator_id=user_id, day=day)
        if there.exclude(paper_id=paper_id).count() >= MOST_OF_A_DAY:
            raise Refused(f"{MOST_OF_A_DAY} picks are as many as one may make for a day.")
        last = there.aggregate(last=Max("position"))["last"]
        place = {
            "draft": draft, "day": day, "shown": draft is None or draft.shown,
            "position": 0 if last is None else last + 1,
        }  # fmt: skip
        row, made = Pick.objects.get_or_create(
            curator_id=user_id, paper_id=paper_id, defaults={"line": line} | place
        )
        if not made:
            if line:
                Pick.objects.filter(id=row.id).update(line=line)
            if row.day != day:
                Pick.objects.filter(id=row.id, closed=False).update(**place)
            row.refresh_from_db()
        elif not ahead:
            audit(user_id, "pick", f"paper:{target}", line)
    return row.day


def take_back(user_id: int, paper_id: int, target: str) -> None:
    """Take back a pick; one that is none is taken back as well."""
    with transaction.atomic():
        held = Pick.objects.filter(curator_id=user_id, paper_id=paper_id)
        seen = held.filter(shown=True).exists()
        if held.delete()[0] and seen:
            audit(user_id, "take back a pick", f"paper:{target}")


def introduce(user_id: int, day: datetime.date, text: str) -> None:
    """Write the introduction of a draft. Raises Refused where its edition is published."""
    with transaction.atomic():
        draft = _draft(user_id, day)
        if not Draft.objects.filter(id=draft.id, closed=False).update(introduction=text):
            raise Refused(_CLOSED)


def arrange(user_id: int, day: datetime.date, paper_id: int, to: int) -> None:
    """Give a pick its place (from 0) among the curator's of a day. Raises NotFound."""
    with transaction.atomic():
        held = Pick.objects.filter(curator_id=user_id, day=day, closed=False)
        rows = list(held.select_for_update().order_by("position", "id"))
        at = next((n for n, row in enumerate(rows) if row.paper_id == paper_id), None)
        if at is None:
            raise NotFound("that paper is not among your picks of this day")
        rows.insert(min(max(to, 0), len(rows) - 1), rows.pop(at))
        for place, row in enumerate(rows):
            row.position = place
        Pick.objects.bulk_update(rows, ["position"])


def show(user_id: int, day: datetime.date) -> None:
    """Let readers see a draft before its edition closes. Raises NotFound."""
    with transaction.atomic():
        draft = Draft.objects.filter(curator_id=user_id, day=day).first()
        if draft is None:
            raise NotFound("there is no draft of that day")
        if Draft.objects.filter(id=draft.id, shown=False).update(shown=True):
            Pick.objects.filter(draft=draft).update(shown=True)
            audit(user_id, "publish draft", f"edition:{day}")


def drop(user_id: int, day: datetime.date) -> None:
    """Let a draft go with its picks; not one that readers have seen."""
    Draft.objects.filter(curator_id=user_id, day=day, shown=False).delete()


_CLOSED = "The edition of that day is published: what is in it stays."


def _draft(user_id: int, day: datetime.date) -> Draft:
    draft, _ = Draft.objects.get_or_create(curator_id=user_id, day=day)
    if draft.closed:
        raise Refused(_CLOSED)
    return draft


# --- reading ---------------------------------------------------------------------------------


def draft(user_id: int, day: datetime.date) -> DraftInfo:
    """What a curator has for a day. Two queries."""
    found = DraftInfo(day)
    if row := Draft.objects.filter(curator_id=user_id, day=day).first():
        found.introduction, found.shown, found.closed = row.introduction, row.shown, row.closed
    picks = Pick.objects.filter(curator_id=user_id, day=day).order_by("position", "id")
    found.picks = [OwnPick(*row) for row in picks.values_list("paper_id", "line", "shown")]
    return found


def drafts(user_id: int) -> list[tuple[datetime.date, int]]:
    """The days for which a curator has something that is not published, each with how many picks.
    Two queries."""
    days = dict.fromkeys(
        Draft.objects.filter(curator_id=user_id, closed=False).values_list("day", flat=True), 0
    )
    for day in Pick.objects.filter(curator_id=user_id, closed=False).values_list("day", flat=True):
        days[day] = days.get(day, 0) + 1
    return sorted(days.items())


def own(user_id: int, paper_id: int) -> tuple[str, datetime.date, bool] | None:
    """A curator's pick of a paper: the line, the day, whether its edition is published."""
    held = Pick.objects.filter(curator_id=user_id, paper_id=paper_id)
    return held.values_list("line", "day", "closed").first()
