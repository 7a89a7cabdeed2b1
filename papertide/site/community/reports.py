"""Reports: that somebody finds something wrong with a thing, and what moderators decide."""

import datetime

import msgspec
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Max, Min
from django.urls import reverse
from django.utils import timezone

from papertide.results import NotFound, Refused
from papertide.site.accounts.services import audit
from papertide.site.catalog import services as catalog
from papertide.site.community import markdown, notices
from papertide.site.community.models import Comment, Report
from papertide.site.numbers import number_of
from papertide.site.reportable import REPORTABLE, Thing

REASONS = {
    "spam": "Spam or advertising",
    "insult": "Insults, threatens or harasses",
    "off-topic": "Has nothing to do with the paper",
    "false": "Wrong or misleading",
    "rights": "Breaks the law or somebody’s rights",
    "other": "Something else",
}
LONGEST = 2_000  # characters of what a reporter adds
_SHOWN = 5  # reports of one thing that are shown


class Said(msgspec.Struct):
    """What one reporter said."""

    handle: str
    reason: str
    text: str
    at: datetime.datetime


class Reported(msgspec.Struct, kw_only=True):
    """A thing with open reports: the first of them, and how many. `thing` is None where it is gone.
    """

    target: str
    kind: str
    thing: Thing | None
    count: int
    since: datetime.datetime
    said: list[Said]
    can_hide: bool


def find(target: str) -> Thing | None:
    """The thing of a target such as "comment:12"; None where it is gone or there is no such kind.
    """
    kind, _, number = target.partition(":")
    known = REPORTABLE.get(kind)
    return known.find(number) if known and number and "\0" not in number else None


def report(user_id: int, target: str, reason: str, text: str = "") -> bool:
    """Report a thing; whether that is new: one's open report of a thing is only one. Raises
    NotFound, Refused."""
    if len(target) > 120 or find(target) is None:
        raise NotFound("there is no such thing to report")
    text = text.replace("\0", "").strip()
    if reason not in REASONS:
        raise Refused("Choose what is wrong.")
    if reason == "other" and not text:
        raise Refused("Say in a few words what is wrong.")
    if len(text) > LONGEST:
        raise Refused(f"At most {LONGEST:,} characters, please.")
    made = Report(reporter_id=user_id, target=target, reason=reason, text=text)
    before = Report.objects.filter(reporter_id=user_id, target=target, decision="")
    known = before.exists()
    Report.objects.bulk_create([made], ignore_conflicts=True)
    return not known


def count_open() -> int:
    """How many things have open reports."""
    return Report.objects.filter(decision="").values("target").distinct().count()


def waiting(limit: int, offset: int = 0) -> tuple[list[Reported], int]:
    """The things with open reports, those that wait longest first, and how many."""
    grouped = Report.objects.filter(decision="").values("target").order_by()
    rows = grouped.annotate(count=Count("id"), since=Min("at"), last=Max("at"))
    rows = list(rows.order_by("since", "target")[offset : offset + limit])
    held = Report.objects.filter(decision="", target__in=[row["target"] for row in rows])
    said: dict[str, list[Said]] = {}
    for one in held.select_related("reporter").order_by("at")[: 20 * limit]:
        said.setdefault(one.target, []).append(
            Said(one.reporter.username, REASONS.get(one.reason, one.reason), one.text, one.at)
        )
    found = []
    for row in rows:
        kind = row["target"].partition(":")[0]
        known = REPORTABLE.get(kind)
        found.append(
            Reported(
                target=row["target"], kind=kind, thing=find(row["target"]), count=row["count"],
                since=row["since"], said=said.get(row["target"], [])[:_SHOWN],
                can_hide=bool(known and known.hide),
            )
        )  # fmt: skip
    return found, count_open()


def decide(actor_id: int, target: str, decision: Report.Decision, reason: str = "") -> int:
    """Close the open reports of a thing, and tell who made them; how many those are."""
    with transaction.atomic():
        held = Report.objects.select_for_update().filter(target=target, decision="")
        rows = list(held.values_list("id", "reporter_id"))
        Report.objects.filter(id__in=[number for number, _ in rows]).update(
            decision=decision, decided_by_id=actor_id, decided=timezone.now()
        )
        if not rows:
            return 0
        kind = target.partition(":")[0]
        done = "hid it" if decision == Report.Decision.HIDDEN else "left it as it is"
        why = f": {reason}" if reason else ""
        notices.decided(
            [who for _, who in rows], f"You reported a{'n' * (kind[0] in 'aeiou')} {kind}. "
            f"A moderator looked at it and {done}{why}",
        )
        if decision == Report.Decision.DISMISSED:
            audit(actor_id, "dismiss reports", target, reason)
    return len(rows)


def export(user_id: int) -> list[dict]:
    rows = Report.objects.filter(reporter_id=user_id).order_by("id")
    return [
        {"target": target, "reason": reason, "text": text, "at": at.isoformat(),
         "decision": decision}
        for target, reason, text, at, decision in rows.values_list(
            "target", "reason", "text", "at", "decision"
        )
    ]  # fmt: skip


# --- what can be reported ----------------------------------------------------------------------


def comment(number: str) -> Thing | None:
    held = Comment.objects.filter(id=number_of(number)).exclude(state=Comment.State.DELETED)
    found = held.select_related("author", "paper").first()
    if found is None:
        return None
    by = f" by @{found.author.username}" if found.author else ""
    return Thing(
        f"Comment{by} on {found.paper.title}", reverse("comment", args=[found.id]), found.text,
        found.author_id, found.state == Comment.State.HIDDEN,
    )  # fmt: skip


def paper(public_id: str) -> Thing | None:
    found = catalog.find(public_id)
    if found is None or found.removed:
        return None
    return Thing(found.title, reverse("paper", args=[found.public_id]), found.abstract[:1000])


def account(handle: str) -> Thing | None:
    found = get_user_model().objects.filter(username=handle).select_related("account").first()
    if found is None:
        return None
    text = " ".join(filter(None, (found.account.name, found.account.about)))
    return Thing(f"@{found.username}", markdown.person(found.username), text, found.id)
