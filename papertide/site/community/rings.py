"""Votes that came together unusually: shown to moderators with the figures, never acted on.

Two signs, both of young accounts: that two of them vote for the same papers that hardly anybody
else votes for, and that many of those who voted for a paper joined on the same day.
"""

import datetime
import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone

from papertide.results import NotFound, Refused
from papertide.site.accounts.services import audit
from papertide.site.catalog import services as catalog
from papertide.site.community import tallies
from papertide.site.community.models import Tally, Vote, VoteCase

YOUNG = datetime.timedelta(days=60)  # accounts that are looked at
LATELY = datetime.timedelta(days=30)  # their votes
RARE = 10  # votes that a paper has at the most, for it to tell something of a pair
TOGETHER = 5  # such papers that a pair has in common, at the least
ALIKE = 0.6  # of those that either voted for
SAME_DAY = 5  # votes for a paper of accounts of one day, and half of all its votes
_MOST = 20_000  # votes that are looked at, the latest
_SHOWN = 50  # groups

_DECISION = VoteCase.Decision


class Ballot(msgspec.Struct, frozen=True):
    """A vote as it is looked at: who, when they joined, for which paper, its votes in all."""

    user: int
    joined: datetime.date
    paper: int
    votes: int


class Ring(msgspec.Struct, kw_only=True):
    """Accounts whose votes came together, for which papers, and the figures in a sentence."""

    key: str
    users: list[int]
    papers: list[int]
    about: str
    handles: list[str] = []
    shown: list[tuple[str, str]] = []  # public id and title of papers


class Case(msgspec.Struct, kw_only=True):
    """What a moderator decided about a group."""

    id: int
    decision: str
    about: str
    reason: str
    handle: str
    at: datetime.datetime
    votes: int


def find(ballots: Iterable[Ballot]) -> list[Ring]:
    """The groups among votes, the largest first."""
    ballots = list(ballots)
    found = [*_pairs(ballots), *_of_one_day(ballots)]
    return sorted(found, key=lambda ring: (-len(ring.users), ring.key))


def _pairs(ballots: list[Ballot]) -> Iterable[Ring]:
    rare: dict[int, set[int]] = defaultdict(set)  # of users
    voters: dict[int, list[int]] = defaultdict(list)  # of papers
    joined = {one.user: one.joined for one in ballots}
    for one in ballots:
        if one.votes <= RARE:
            rare[one.user].add(one.paper)
            voters[one.paper].append(one.user)
    common = Counter(
        pair for users in voters.values() for pair in itertools.combinations(sorted(set(users)), 2)
    )
    above: dict[int, int] = {}  # who leads to whom: the first of a group to nobody

    def first(user: int) -> int:
        while above.get(user, user) != user:
            user = above[user]
        return user

    alike: dict[tuple[int, int], float] = {}
    for (one, other), count in common.items():
        share = count / len(rare[one] | rare[other])
        if count >= TOGETHER and share >= ALIKE:
            alike[one, other] = share
            above[first(other)] = above.setdefault(first(one), first(one))
    groups: dict[int, set[int]] = defaultdict(set)
    for pair in alike:
        groups[first(pair[0])] |= set(pair)
    for group in groups.values():
        users = sorted(group)
        held = Counter(paper for user in users for paper in rare[user])
        papers = sorted(paper for paper, count in held.items() if count > 1)
        shares = [share for pair, share in alike.items() if pair[0] in group]
        days = sorted(joined[user] for user in users)
        yield Ring(
            key=_key("pairs", *users), users=users, papers=papers,
            about=f"{len(users)} accounts that joined {_span(days[0], days[-1])} voted for the "
            f"same {len(papers)} papers, which have at most {RARE} votes each; pairs of them share "
            f"{min(shares):.0%} or more of such papers.",
        )  # fmt: skip


def _of_one_day(ballots: list[Ballot]) -> Iterable[Ring]:
    held: dict[tuple[int, datetime.date], list[Ballot]] = defaultdict(list)
    for one in ballots:
        held[one.paper, one.joined].append(one)
    for (paper, day), some in held.items():
        if len(some) >= SAME_DAY and 2 * len(some) >= some[0].votes:
            yield Ring(
                key=_key("day", paper, day), users=sorted(one.user for one in some),
                papers=[paper], about=f"{len(some)} of a paper’s {some[0].votes} votes are of "
                f"accounts that joined on {day}.",
            )  # fmt: skip


def _span(first: datetime.date, last: datetime.date) -> str:
    return f"on {first}" if first == last else f"from {first} to {last}"


def _key(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()


def waiting() -> list[Ring]:
    """The groups that no moderator decided about. Two queries."""
    now = timezone.now()
    tally = Tally.objects.filter(paper=OuterRef("paper")).order_by().values("paper")
    held = Vote.objects.filter(
        discount=None, at__gte=now - LATELY, user__date_joined__gte=now - YOUNG
    ).annotate(votes=Subquery(tally.annotate(sum=Sum("votes")).values("sum")))
    rows = held.order_by("-at").values_list("user_id", "user__date_joined", "paper_id", "votes")
    rings = find(
        Ballot(user, joined.date(), paper, votes or 0)
        for user, joined, paper, votes in rows[:_MOST]
    )
    keys = [ring.key for ring in rings]
    # Of one that was discounted other votes came together since.
    settled = VoteCase.objects.filter(key__in=keys).exclude(decision=_DECISION.DISCOUNTED)
    known = set(settled.values_list("key", flat=True))
    return [ring for ring in rings if ring.key not in known][:_SHOWN]


def count() -> int:
    return len(waiting())


def shown() -> list[Ring]:
    """The same with names. Four queries."""
    rings = waiting()
    users = {user for ring in rings for user in ring.users}
    names = dict(get_user_model().objects.filter(id__in=users).values_list("id", "username"))
    papers = {paper for ring in rings for paper in ring.papers[:20]}
    titles = {number: (name, title) for number, name, title in catalog.titles(list(papers))}
    for ring in rings:
        ring.handles = [names[user] for user in ring.users if user in names]
        ring.shown = [titles[paper] for paper in ring.papers[:20] if paper in titles]
    return rings


def decide(actor_id: int, key: str, discount: bool, reason: str) -> int:
    """Discount a group's votes, or (else) leave them; how many those are. Raises NotFound where the
    group is another by now, and Refused without a reason."""
    reason = reason.replace("\0", "").strip()[:500]
    if discount and not reason:
        raise Refused("Say why these votes are not to count.")
    ring = next((one for one in waiting() if one.key == key), None)
    if ring is None:
        raise NotFound("this group of votes is not there any more")
    with transaction.atomic():
        case = VoteCase.objects.create(
            key=key, decision=_DECISION.DISCOUNTED if discount else _DECISION.DISMISSED,
            about=ring.about, reason=reason, by_id=actor_id,
        )  # fmt: skip
        if discount:
            held = Vote.objects.filter(
                user__in=ring.users, paper__in=ring.papers, discount=None
            )
            case.votes = _count(held, case, -1)
            case.save(update_fields=["votes"])
        audit(actor_id, "discount votes" if discount else "leave votes", f"votes:{case.id}",
              f"{reason} ({ring.about})" if reason else ring.about)  # fmt: skip
    return case.votes


def restore(actor_id: int, case_id: int, reason: str = "") -> int:
    """The votes of a case count again; how many. Raises NotFound."""
    with transaction.atomic():
        cases = VoteCase.objects.select_for_update().filter(id=case_id)
        case = cases.filter(decision=_DECISION.DISCOUNTED).first()
        if case is None:
            raise NotFound("no such votes are discounted")
        number = _count(Vote.objects.filter(discount=case), None, 1)
        cases.update(decision=_DECISION.RESTORED)
        audit(actor_id, "restore votes", f"votes:{case_id}", reason.replace("\0", "")[:500])
    return number


def _count(which, case: VoteCase | None, by: int) -> int:
    held = list(which.select_for_update().values_list("id", "paper_id", "day"))
    Vote.objects.filter(id__in=[row[0] for row in held]).update(discount=case)
    tallies.add("votes", [(paper, day) for _, paper, day in held], by)
    return len(held)


def cases(limit: int, offset: int = 0) -> tuple[list[Case], int]:
    """What was decided, the latest first, and how much."""
    held = VoteCase.objects.select_related("by").order_by("-at", "-id")
    found = [
        Case(id=one.id, decision=one.decision, about=one.about, reason=one.reason,
             handle=one.by.username if one.by else "", at=one.at, votes=one.votes)
        for one in held[offset : offset + limit]
    ]  # fmt: skip
    return found, held.count()
