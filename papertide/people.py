"""The people around papers: their pages, collections, what they follow and claim; and authors'
names; a part of the library.

Somebody with an account is known by their user's number.
"""

import time
from typing import TYPE_CHECKING

from papertide.papers import Paper
from papertide.results import NotFound
from papertide.running import with_database

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from papertide.site.people.claims import ClaimInfo
    from papertide.site.people.collections import Collected, CollectionInfo
    from papertide.site.people.following import Followed, New
    from papertide.site.people.names import Pair
    from papertide.site.people.profiles import Person

EXPORTS = ("bib", "ris", "csl.json", "json")  # what a collection can be written as


class People:
    """The part of `library.Library` that is about people."""

    def __init__(self):
        from papertide.site.people import claims, collections, following, names, profiles

        self._profiles, self._collections, self._following = profiles, collections, following
        self._claims, self._names = claims, names

    @with_database
    def person(self, handle: str) -> "Person":
        """Who has an account, by its handle. Raises NotFound."""
        found = self._profiles.find(handle.removeprefix("@"))
        if found is None:
            raise NotFound(f"nobody is called {handle!r} here")
        return found

    # --- collections -------------------------------------------------------------------------

    @with_database
    def collections(
        self, limit: int = 50, offset: int = 0, order: str = ""
    ) -> "tuple[list[CollectionInfo], int]":
        """Public collections and their number: those that changed last first, or the most
        ``followed``."""
        return self._collections.public(limit, offset, order)

    @with_database
    def collections_of(
        self, owner_id: int, viewer: int | None = None
    ) -> "list[CollectionInfo]":
        """Somebody's collections that `viewer` may see."""
        return self._collections.of(owner_id, viewer)

    @with_database
    def collections_with(self, owner_id: int, paper: Paper) -> "list[CollectionInfo]":
        """All of somebody's collections, each with whether it `has` a paper."""
        return self._collections.mine(owner_id, paper.id)

    @with_database
    def collection(self, number: int, viewer: int | None = None) -> "CollectionInfo":
        """A collection that `viewer` may see. Raises NotFound."""
        return self._there(self._collections.find(number, viewer), number)

    @with_database
    def collected(self, number: int, limit: int = 50, offset: int = 0) -> "list[Collected]":
        """The papers of a collection in its order, whoever asks: see `collection`."""
        return self._collections.items(number, limit, offset)

    @with_database
    def export_collection(self, number: int, form: str, viewer: int | None = None) -> str:
        """A collection as text in one of `EXPORTS`. Raises NotFound."""
        from papertide.site.people import exports

        found = self.collection(number, viewer)
        held = self._collections.items(number, self._collections.MOST_PAPERS)
        return exports.WRITERS[form](found, held)

    @with_database
    def make_collection(
        self, owner_id: int, title: str, about: str = "", *, public: bool = False, key: str = ""
    ) -> int:
        """Make a collection, and return its number; of one `key` and title only one is made.
        Raises Refused."""
        return self._collections.make(owner_id, title, about, public, key)

    @with_database
    def change_collection(
        self, owner_id: int, number: int, title: str, about: str = "", *, public: bool = False
    ) -> None:
        """Rename a collection, say what it is about and who may see it. Raises NotFound,
        Refused."""
        self._there(self._collections.change(owner_id, number, title, about, public), number)

    @with_database
    def remove_collection(self, owner_id: int, number: int) -> None:
        """Delete a collection. Raises NotFound."""
        self._there(self._collections.remove(owner_id, number), number)

    @with_database
    def collect(self, owner_id: int, number: int, identifier: str, note: str = "") -> None:
        """Put a paper at the end of a collection; one that is there stays as it is. Raises
        NotFound, Refused."""
        paper = self.paper(identifier)
        if paper.removed:
            raise NotFound(f"the paper {identifier!r} was removed")
        self._there(self._collections.add(owner_id, number, paper.id, note), number)

    @with_database
    def take_out(self, owner_id: int, number: int, identifier: str) -> None:
        """Take a paper out of a collection. Raises NotFound."""
        paper = self.paper(identifier)
        self._there(self._collections.take_out(owner_id, number, paper.id), number)

    @with_database
    def annotate(self, owner_id: int, number: int, identifier: str, note: str) -> None:
        """Write the note of a paper in a collection. Raises NotFound, Refused."""
        paper = self.paper(identifier)
        self._there(self._collections.annotate(owner_id, number, paper.id, note), number)

    @with_database
    def move_collected(self, owner_id: int, number: int, identifier: str, place: int) -> None:
        """Move a paper of a collection to a place, from 1 on. Raises NotFound."""
        paper = self.paper(identifier)
        self._there(self._collections.move(owner_id, number, paper.id, place), number)

    def _there(self, found, number: int):
        if not found:
            raise NotFound(f"no collection {number} of that kind here")
        return found

    # --- following ---------------------------------------------------------------------------

    @with_database
    def follow(self, user_id: int, kind: str, target: str) -> None:
        """Follow a ``person`` (a handle), a ``collection`` (a number) or an ``author`` (a slug);
        again changes nothing. Raises NotFound, Refused."""
        self._following.follow(user_id, kind, target)

    @with_database
    def unfollow(self, user_id: int, kind: str, target: str) -> None:
        """Follow something no more; what was not followed is not followed."""
        self._following.unfollow(user_id, kind, target)

    @with_database
    def follows(self, user_id: int, kind: str, target: str) -> bool:
        """Whether somebody follows something."""
        return self._following.follows(user_id, kind, target)

    @with_database
    def followed(self, user_id: int, viewer: int | None = None) -> "list[Followed]":
        """What somebody follows, without what `viewer` may not see."""
        return self._following.followed(user_id, viewer)

    @with_database
    def shows_follows(self, user_id: int) -> bool:
        """Whether somebody's profile shows what they follow."""
        return self._following.shows(user_id)

    @with_database
    def show_follows(self, user_id: int, shown: bool) -> None:
        """Show on one's profile what one follows, or not."""
        self._following.show(user_id, shown)

    @with_database
    def news(self, user_id: int, limit: int = 50, offset: int = 0) -> "tuple[list[New], int]":
        """Papers that are new from what somebody follows, and their number."""
        return self._following.news(user_id, limit, offset)

    # --- claims ------------------------------------------------------------------------------

    @with_database
    def claim(
        self, user_id: int, identifier: str, position: int, evidence: str = ""
    ) -> "ClaimInfo":
        """Somebody says to be the author at a position (from 0) of a paper's list; returns what
        became of it. Raises NotFound, Refused."""
        return self._claims.claim(user_id, self.paper(identifier), position, evidence)

    @with_database
    def withdraw_claim(self, user_id: int, identifier: str) -> None:
        """Take a claim back. Raises NotFound."""
        self._claims.withdraw(user_id, self.paper(identifier).id)

    @with_database
    def claims_on(self, paper: Paper, viewer: int | None = None) -> "list[ClaimInfo]":
        """The accepted claims on a paper, and that of `viewer`."""
        return self._claims.of_paper(paper.id, viewer)

    @with_database
    def claims_of(
        self, user_id: int, limit: int = 50, offset: int = 0, *, accepted: bool = True
    ) -> "tuple[list[ClaimInfo], int]":
        """Somebody's accepted claims, or all of them, with the papers; and their number."""
        return self._claims.of_user(user_id, limit, offset, accepted=accepted)

    @with_database
    def claims_to_decide(self, limit: int = 50, offset: int = 0) -> "tuple[list[ClaimInfo], int]":
        """Claims that wait for a moderator, and their number."""
        return self._claims.to_decide(limit, offset)

    @with_database
    def claims_decided(self, limit: int = 20) -> "list[ClaimInfo]":
        """The claims that were decided last."""
        return self._claims.decided(limit)

    @with_database
    def decide_claim(
        self, claim_id: int, accepted: bool, moderator_id: int, reason: str = ""
    ) -> "ClaimInfo":
        """Accept or refuse a claim, as a moderator. Raises NotFound, Refused."""
        return self._claims.decide(claim_id, accepted, moderator_id, reason)

    # --- authors' names ----------------------------------------------------------------------

    @with_database
    def same_author(self, slug: str) -> list[str]:
        """All names that are known to be one author's, by their slugs, that one first."""
        return self._names.joined(slug)

    @with_database
    def author_known(
        self, slugs: list[str]
    ) -> "tuple[list[tuple[str, str]], list[tuple[str, str]]]":
        """What is known of the author of some names (`same_author`): all but the first as (slug,
        name), and who has claimed papers under any of them as (handle, shown name)."""
        named = self._authors.author_names(slugs[1:])
        also = [(one, named[one]) for one in slugs[1:] if one in named]
        return also, self._claims.of_author(slugs)

    @with_database
    def doubtful_names(self, limit: int = 50, offset: int = 0) -> "tuple[list[Pair], int]":
        """Pairs of names that may be one person's, for moderators, and their number."""
        return self._names.suggestions(limit, offset)

    @with_database
    def decided_names(self, limit: int = 20) -> "list[Pair]":
        """The pairs of names that moderators decided about last."""
        return self._names.decided(limit)

    @with_database
    def decide_names(
        self, slug: str, other: str, same: bool, moderator_id: int, reason: str = ""
    ) -> None:
        """Two names are one person's, or two persons', says a moderator. Raises NotFound,
        Refused."""
        decide = self._names.join if same else self._names.tell_apart
        decide(slug, other, moderator_id, reason)

    @with_database
    def split_name(self, slug: str, moderator_id: int, reason: str = "") -> None:
        """A name stands for itself, says a moderator. Raises NotFound."""
        self._names.split(slug, moderator_id, reason)

    @with_database
    def join_names(self, seconds: float = float("inf")) -> int:
        """Look at the authors of papers that came since the last time: join names that are spelt
        alike, find those that may be one person's. How many authorships were looked at."""
        end, read = time.monotonic() + seconds, 0
        while time.monotonic() < end and (more := self._names.read_on()):
            read += more
        return read
