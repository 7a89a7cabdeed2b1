"""Votes, comments, notices, reports and their moderation; a part of the library.

Users are named by their numbers (`user_id`); who may do what is for those who call to know.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import msgspec

from papertide.papers import Paper
from papertide.results import NotFound, Refused
from papertide.running import with_database
from papertide.search.popularity import NOTHING

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from papertide.site.accounts.log import Logged
    from papertide.site.community.comments import CommentInfo
    from papertide.site.community.notices import NoticeInfo
    from papertide.site.community.reports import Reported
    from papertide.site.community.rings import Case, Ring
    from papertide.site.desk import Waiting
    from papertide.site.reportable import Thing

Decision = Literal["hide", "restore", "dismiss", "looked"]


class Received(msgspec.Struct, frozen=True):
    """How a paper is received: the most votes and comments of any listing and those that came here,
    and whether a user's vote is among them."""

    votes: int = 0
    comments: int = 0
    mine: bool = False


class Community:
    """The part of `library.Library` that is about what readers do together."""

    def __init__(self):
        from papertide.site import desk
        from papertide.site.accounts import log
        from papertide.site.community import comments, moderation, notices, reports, rings, votes

        self._votes, self._comments, self._notices = votes, comments, notices
        self._reports, self._moderation, self._rings = reports, moderation, rings
        self._log, self._desk = log, desk

    def _received_anew(self) -> None:
        """Votes or comments changed: what this process holds of them is read anew when next
        asked; other processes do so within half a minute."""
        self._popularity.forget()
        self._trends.forget()

    # --- votes -------------------------------------------------------------------------------

    @with_database
    def vote(self, user_id: int, identifier: str, up: bool = True) -> Received:
        """Vote for a paper, or take the vote back; again changes nothing. How the paper is received
        since. Raises NotFound; Refused for a paper that was removed."""
        paper = self.paper(identifier)
        if paper.removed and up:
            raise Refused("This paper was removed: nobody can vote for it.")
        if (self._votes.vote if up else self._votes.take_back)(user_id, paper.id):
            self._received_anew()
        listed = self._dailies.shown([paper.id]).get(paper.id, self._dailies.Shown())
        own = self._votes.among(user_id, [paper.id]).get(paper.id, self._votes.Own())
        return Received(
            (listed.votes or 0) + own.votes, (listed.comments or 0) + own.comments, own.mine
        )

    @with_database
    def received(
        self, paper_ids: Iterable[int], user_id: int | None = None
    ) -> dict[int, Received]:
        """How those of some papers (their numbers) are received of which anything is known, as it
        was half a minute ago at the most; for a user exactly, in one query."""
        ids = list(paper_ids)
        counts = self._popularity.counts(ids)
        if user_id is None:
            return {number: Received(known.votes, known.comments)
                    for number, known in counts.items()}  # fmt: skip
        found = {
            number: Received(known.listed_votes, known.listed_comments)
            for number, known in counts.items()
        }
        for number, own in self._votes.among(user_id, ids).items():
            known = counts.get(number, NOTHING)
            found[number] = Received(
                known.listed_votes + own.votes, known.listed_comments + own.comments, own.mine
            )
        return found

    @with_database
    def voted(self, user_id: int, limit: int = 50, offset: int = 0) -> tuple[list[Paper], int]:
        """The papers a user voted for, the latest first, and how many."""
        ids, total = self._votes.of(user_id, limit, offset)
        return self._services.by_number(ids), total

    # --- comments ----------------------------------------------------------------------------

    @with_database
    def comments(
        self, paper: Paper, limit: int = 50, offset: int = 0, *, user_id: int | None = None,
        moderator: bool = False,
    ) -> "tuple[list[CommentInfo], int]":  # fmt: skip
        """A paper's comments as threads, as somebody may see them, and how many there are."""
        return self._comments.of_paper(paper.id, limit, offset, user_id, moderator)

    @with_database
    def comment(
        self, number: int, *, user_id: int | None = None, moderator: bool = False
    ) -> "CommentInfo":
        """One comment; raises NotFound."""
        found = self._comments.one(number, user_id, moderator)
        if found is None:
            raise NotFound(f"no comment {number} here")
        return found

    @with_database
    def comments_before(self, number: int) -> int:
        """How many comments of its paper stand before one that is there."""
        return self._comments.before(number)

    @with_database
    def write_comment(
        self, user_id: int, identifier: str, text: str, *, key: str, parent: int | None = None
    ) -> int:
        """Write a comment on a paper, in Markdown, or answer one; its number. The same `key` of
        the same user again changes nothing. Raises NotFound, Refused."""
        paper = self.paper(identifier)
        if paper.removed:
            raise Refused("This paper was removed: nobody can comment on it.")
        number = self._comments.write(user_id, paper.id, text, key, parent)
        self._received_anew()
        return number

    @with_database
    def change_comment(self, user_id: int, number: int, text: str) -> None:
        """Change one's comment, for 15 minutes. Raises NotFound, Refused."""
        self._comments.change(user_id, number, text)

    @with_database
    def delete_comment(self, user_id: int, number: int) -> None:
        """Delete one's comment; raises NotFound."""
        self._comments.delete(user_id, number)
        self._received_anew()

    # --- notices -----------------------------------------------------------------------------

    @with_database
    def notices(
        self, user_id: int, limit: int = 50, offset: int = 0
    ) -> "tuple[list[NoticeInfo], int]":
        """A user's notices, the latest first, and how many."""
        return self._notices.of(user_id, limit, offset)

    @with_database
    def unread(self, user_id: int) -> int:
        """How many notices a user has not seen. One query."""
        return self._notices.unread(user_id)

    @with_database
    def read_notices(self, user_id: int, newest: int) -> None:
        """A user has seen their notices up to the one of that number."""
        self._notices.read(user_id, newest)

    # --- reports and moderation --------------------------------------------------------------

    @with_database
    def reported(self, target: str) -> "Thing":
        """The thing of a target such as "comment:12"; raises NotFound."""
        found = self._reports.find(target)
        if found is None:
            raise NotFound(f"nothing is called {target[:80]!r} here")
        return found

    @with_database
    def report(self, user_id: int, target: str, reason: str, text: str = "") -> bool:
        """Report a thing; whether that is new. Raises NotFound, Refused."""
        return self._reports.report(user_id, target, reason, text)

    @with_database
    def waiting(self) -> "list[tuple[Waiting, int]]":
        """What waits for moderators, each kind with how many."""
        return [(kind, kind.count()) for kind in self._desk.WAITING]

    @with_database
    def reports(self, limit: int = 20, offset: int = 0) -> "tuple[list[Reported], int]":
        """The things with open reports, those that wait longest first, and how many."""
        return self._reports.waiting(limit, offset)

    @with_database
    def decide(self, actor_id: int, target: str, decision: Decision, reason: str = "") -> None:
        """A moderator hides a thing, shows it again, dismisses its reports, or has looked at it.
        Raises NotFound; Refused without a reason where one is needed, or where that cannot be done
        to such a thing."""
        kind, _, number = target.partition(":")
        known = self._reports.REPORTABLE.get(kind)
        if "\0" in target or known is None:
            raise NotFound(f"nothing is called {target[:80]!r} here")
        if decision == "dismiss":
            self._reports.decide(actor_id, target, "dismissed", reason[:500])
        elif decision == "looked" and kind == "comment":
            self._moderation.looked(actor_id, number)
        elif decision == "hide" and known.hide:
            known.hide(actor_id, number, reason)
        elif decision == "restore" and known.restore:
            known.restore(actor_id, number, reason[:500])
        else:
            raise Refused(f"A {kind} cannot be hidden here.")
        self._received_anew()

    @with_database
    def watched_comments(
        self, limit: int = 20, offset: int = 0, *, hidden: bool = False
    ) -> "tuple[list[CommentInfo], int]":
        """The comments a moderator may want to look at, or those that are hidden, and how many."""
        return self._moderation.watched(limit, offset, hidden=hidden)

    @with_database
    def vote_rings(self) -> "list[Ring]":
        """Groups of accounts whose votes came together unusually, with the figures."""
        return self._rings.shown()

    @with_database
    def vote_cases(self, limit: int = 20, offset: int = 0) -> "tuple[list[Case], int]":
        """What was decided about such groups, the latest first, and how much."""
        return self._rings.cases(limit, offset)

    @with_database
    def decide_votes(self, actor_id: int, key: str, discount: bool, reason: str = "") -> int:
        """Discount the votes of a group, or leave them; how many those are. Raises NotFound,
        Refused."""
        number = self._rings.decide(actor_id, key, discount, reason)
        self._received_anew()
        return number

    @with_database
    def restore_votes(self, actor_id: int, case: int, reason: str = "") -> int:
        """Votes that were discounted count again; how many. Raises NotFound."""
        number = self._rings.restore(actor_id, case, reason)
        self._received_anew()
        return number

    @with_database
    def audit_log(
        self, limit: int = 50, offset: int = 0, *, action: str = "", handle: str = ""
    ) -> "tuple[list[Logged], int]":
        """What people with a role did, the latest first, and how much."""
        return self._log.entries(limit, offset, action=action, handle=handle)

    @with_database
    def audited_actions(self) -> list[str]:
        """The actions there are in the audit log."""
        return self._log.actions()
