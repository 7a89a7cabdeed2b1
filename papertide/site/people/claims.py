"""Claims: "I am an author of this paper".

Accepted at once where the account signed in with an ORCID that the paper's sources tell for just
that author; else a moderator decides. Of two who claim to be one author, the second waits.
"""

import datetime

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from papertide import papers
from papertide.papers import author_slug
from papertide.results import NotFound, Refused
from papertide.site.accounts.services import audit
from papertide.site.catalog import services as catalog
from papertide.site.community import notices
from papertide.site.people import names, texts
from papertide.site.people.models import Claim
from papertide.site.people.spellings import compatible, parts

AGAIN = datetime.timedelta(days=30)  # before a refused claim can be made again
MOST_WAITING = 50  # claims of one account that wait
LONGEST_EVIDENCE, LONGEST_REASON = 1000, 500  # characters
_ORCID_SOURCES = ("crossref", "openalex")  # whose `extra` has them


class ClaimInfo(msgspec.Struct, kw_only=True):
    """A claim: whose, of which author of which paper, and what became of it."""

    id: int
    user_id: int
    handle: str
    person: str  # the shown name
    paper_id: int
    name: str
    slug: str
    state: str
    evidence: str
    reason: str
    orcid: str
    made: datetime.datetime
    decided: datetime.datetime | None
    paper: papers.Paper | None = None  # where that was asked for
    first: str = ""  # the handle of who has an accepted claim to be the same author

    @property
    def accepted(self) -> bool:
        return self.state == Claim.State.ACCEPTED

    @property
    def again(self) -> datetime.date | None:
        """From when on a refused claim can be made again."""
        refused = self.state == Claim.State.REFUSED and self.decided
        return (self.decided + AGAIN).date() if refused else None


# --- asking ----------------------------------------------------------------------------------


def of_paper(paper_id: int, viewer: int | None) -> list[ClaimInfo]:
    """The accepted claims on a paper, and that of who asks. One query."""
    shown = Q(state=Claim.State.ACCEPTED, user__is_active=True) | Q(user=viewer)
    return _infos(Claim.objects.filter(shown, paper=paper_id))


def of_author(slugs: list[str]) -> list[tuple[str, str]]:
    """The handles and shown names of who has accepted claims under some names. One query."""
    held = Claim.objects.filter(
        slug__in=slugs, state=Claim.State.ACCEPTED, user__is_active=True
    ).order_by("user__username")
    return list(held.values_list("user__username", "user__account__name").distinct()[:20])


def of_user(
    user_id: int, limit: int, offset: int = 0, *, accepted: bool = True
) -> tuple[list[ClaimInfo], int]:
    """Somebody's accepted claims, or all of them, with the papers, newest first. Four queries."""
    held = Claim.objects.filter(user=user_id).exclude(paper__status="removed")
    if accepted:
        held = held.filter(state=Claim.State.ACCEPTED)
    return _with_papers(held.order_by(F("paper__day").desc(nulls_last=True), "-id"), limit, offset)


def waiting() -> int:
    """How many claims wait for a moderator."""
    return Claim.objects.filter(state=Claim.State.WAITING).count()


def to_decide(limit: int, offset: int = 0) -> tuple[list[ClaimInfo], int]:
    """Claims that wait, the oldest first, each with who was accepted as that author. Five
    queries."""
    found, total = _with_papers(
        Claim.objects.filter(state=Claim.State.WAITING).order_by("made", "id"), limit, offset
    )
    held = Claim.objects.filter(
        paper__in=[one.paper_id for one in found], state=Claim.State.ACCEPTED
    )
    first = {(one.paper_id, one.slug): one.user.username for one in held.select_related("user")}
    for one in found:
        one.first = first.get((one.paper_id, one.slug), "")
    return found, total


def decided(limit: int) -> list[ClaimInfo]:
    """What was decided last, with the papers; moderators may think again. Three queries."""
    held = Claim.objects.exclude(state=Claim.State.WAITING).order_by("-decided", "-id")
    return _with_papers(held, limit, 0)[0]


def _with_papers(held: QuerySet[Claim], limit: int, offset: int) -> tuple[list[ClaimInfo], int]:
    found = _infos(held[offset : offset + limit])
    shown = {one.id: one for one in catalog.by_number([one.paper_id for one in found])}
    for one in found:
        one.paper = shown.get(one.paper_id)
    return found, held.count()


def _infos(held: QuerySet[Claim]) -> list[ClaimInfo]:
    return [
        ClaimInfo(
            id=one.id, user_id=one.user_id, handle=one.user.username, person=one.user.account.name,
            paper_id=one.paper_id, name=one.name, slug=one.slug, state=one.state,
            evidence=one.evidence, reason=one.reason, orcid=one.orcid, made=one.made,
            decided=one.decided,
        )
        for one in held.select_related("user__account")
    ]  # fmt: skip


# --- claiming --------------------------------------------------------------------------------


def claim(user_id: int, paper: papers.Paper, position: int, evidence: str = "") -> ClaimInfo:
    """Somebody says to be the author at a position (from 0) of a paper's list. Says what became of
    it. An accepted one said again changes nothing, a waiting one is replaced.

    Raises NotFound where there is no such author, Refused.
    """
    if not 0 <= position < len(paper.authors):
        raise NotFound(f"{paper.public_id} has no author number {position + 1}")
    name = paper.authors[position]
    evidence = texts.lines(evidence, LONGEST_EVIDENCE, "How one can tell")
    known = orcid(user_id)
    sure = bool(known) and _told(paper, known) == position
    values = {
        "name": name, "slug": author_slug(name), "evidence": evidence, "reason": "",
        "orcid": known if sure else "", "made": timezone.now(), "decided": None,
        "state": Claim.State.WAITING,
    }  # fmt: skip
    with transaction.atomic():
        held = Claim.objects.select_for_update().filter(user=user_id, paper=paper.id).first()
        if held and held.state == Claim.State.REFUSED and held.decided + AGAIN > timezone.now():
            raise Refused(
                "A moderator refused this claim. It can be made again from "
                f"{(held.decided + AGAIN).date():%-d %B %Y} on."
            )
        if held and held.state == Claim.State.ACCEPTED:
            if held.slug == values["slug"]:
                return _info(user_id, paper.id)
            raise Refused("You are another author of this paper here: withdraw that claim first.")
        mine = Claim.objects.filter(user=user_id, state=Claim.State.WAITING)
        if not held and not sure and mine.count() >= MOST_WAITING:
            raise Refused(f"{MOST_WAITING} of your claims wait for a moderator: wait for them too.")
        Claim.objects.update_or_create(user_id=user_id, paper_id=paper.id, defaults=values)
        if sure and _accept(Claim.objects.get(user=user_id, paper=paper.id)):
            _joined(user_id)
    return _info(user_id, paper.id)


def withdraw(user_id: int, paper_id: int) -> None:
    """Take a claim back; a refused one stays, so that it is not made anew at once."""
    with transaction.atomic():
        held = Claim.objects.filter(user=user_id, paper=paper_id)
        if held.exclude(state=Claim.State.REFUSED).delete()[0]:
            _joined(user_id)


def decide(claim_id: int, accepted: bool, moderator_id: int, reason: str = "") -> ClaimInfo:
    """Accept a claim, or refuse it with a reason; one that was decided too. Raises NotFound,
    Refused."""
    reason = texts.line(reason, LONGEST_REASON, "The reason", needed=not accepted)
    with transaction.atomic():
        held = Claim.objects.select_for_update().filter(pk=min(claim_id, 2**63 - 1)).first()
        if held is None:
            raise NotFound("that claim was withdrawn")
        wanted = Claim.State.ACCEPTED if accepted else Claim.State.REFUSED
        if held.state != wanted:
            held.reason = reason
            if accepted and not _accept(held):
                raise Refused("Somebody else is that author here: refuse their claim first.")
            if not accepted:
                held.state, held.decided, held.orcid = wanted, timezone.now(), ""
                held.save()
            _joined(held.user_id)
            action = "accept claim" if accepted else "refuse claim"
            audit(moderator_id, action, f"claim:{held.id} paper:{held.paper_id}", reason)
            became = "accepted" if accepted else "refused"
            notices.decided([held.user_id], f"Your claim to be {held.name} of a paper was {became}."
                            + f" {reason}" * bool(reason))  # fmt: skip
    return _info(held.user_id, held.paper_id)


def _accept(held: Claim) -> bool:
    """Accept a claim, unless somebody else is that author already."""
    held.state, held.decided = Claim.State.ACCEPTED, timezone.now()
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError:
        return False
    return True


def _info(user_id: int, paper_id: int) -> ClaimInfo:
    return _infos(Claim.objects.filter(user=user_id, paper=paper_id))[0]


def _joined(user_id: int) -> None:
    """The names that an account is accepted under are one person's."""
    accepted = Claim.objects.filter(user=user_id, state=Claim.State.ACCEPTED)
    names.claimed(user_id, set(accepted.values_list("slug", flat=True)))


# --- by ORCID --------------------------------------------------------------------------------


def orcid(user_id: int) -> str:
    """The ORCID that somebody signed in with; "" where there is none."""
    from allauth.socialaccount.models import SocialAccount

    held = SocialAccount.objects.filter(user=user_id, provider="orcid")
    return held.values_list("uid", flat=True).first() or ""


def _told(paper: papers.Paper, known: str) -> int | None:
    """The position of the one author whom the paper's sources tell an ORCID of; None where they
    tell none, or where several names on the list fit."""
    said = {
        name for source in _ORCID_SOURCES
        for number, _, name in (
            entry.partition(" ") for entry in paper.extra.get(source, {}).get("orcids", [])
            if isinstance(entry, str)
        ) if number == known
    }  # fmt: skip
    slugs = {author_slug(name) for name in said}
    exact = [at for at, name in enumerate(paper.authors) if author_slug(name) in slugs]
    fitting = exact or [
        at for at, name in enumerate(paper.authors)
        if any(compatible(parts(name), parts(one)) for one in said)
    ]  # fmt: skip
    return fitting[0] if len(fitting) == 1 else None


# --- what happens elsewhere ------------------------------------------------------------------


def look_again(user_id: int) -> None:
    """Somebody has an ORCID now: what waits may be accepted by it."""
    known = orcid(user_id)
    waiting = Claim.objects.filter(user=user_id, state=Claim.State.WAITING)
    held = {one.paper_id: one for one in waiting} if known else {}
    for paper in catalog.by_number(list(held)):
        one, at = held[paper.id], _told(paper, known)
        if at is not None and author_slug(paper.authors[at]) == one.slug:
            claim(user_id, paper, at, one.evidence)


def absorb(old: int, new: int) -> None:
    """A paper is part of another one now. Who claimed both keeps the surer claim; who would be the
    second accepted as one author waits."""
    users = set()
    for one in Claim.objects.filter(paper=old).order_by("made"):
        users.add(one.user_id)
        other = Claim.objects.filter(paper=new, user=one.user_id).first()
        if other and (other.state == Claim.State.ACCEPTED or one.state != Claim.State.ACCEPTED):
            one.delete()
            continue
        if other:
            other.delete()
        one.paper_id = new
        taken = Claim.objects.filter(paper=new, slug=one.slug, state=Claim.State.ACCEPTED)
        if one.state == Claim.State.ACCEPTED and taken.exists():
            one.state, one.decided = Claim.State.WAITING, None
        one.save()
    for user in users:
        _joined(user)
