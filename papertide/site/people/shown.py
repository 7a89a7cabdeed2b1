"""What pages of other parts show of people: on a paper's page, and on an author's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from papertide.library import open_library
from papertide.papers import Paper
from papertide.reading.clean import clean
from papertide.site.accounts.roles import at_least
from papertide.site.people.claims import LONGEST_EVIDENCE, LONGEST_REASON
from papertide.site.people.collections import LONGEST_NOTE, LONGEST_TITLE
from papertide.site.readers.views import came_from

MOST_NAMED = 300  # authors one can choose from in a form: the rest write to a moderator


def user_of(request: HttpRequest) -> int | None:
    """The number of who is signed in; in single-user mode that of the owner."""
    return request.user.pk if request.user.is_authenticated else None


def back(request: HttpRequest, anchor: str) -> HttpResponse:
    """To the page that a form was sent from, at what it changed."""
    return redirect(f"{came_from(request)}#{anchor}")


def of_paper(request: HttpRequest, paper: Paper) -> dict:
    """For a paper's page: who claimed it, one's own claim, one's collections. One query, and one
    more for who is signed in."""
    library, user = open_library(), user_of(request)
    claims = library.claims_on(paper, user)
    mine = library.collections_with(user, paper) if user else []
    names = paper.authors[:MOST_NAMED]
    return {
        "claimed": [one for one in claims if one.accepted],
        "claim": next((one for one in claims if one.user_id == user), None),
        "claimable": [(at, clean(name) or name) for at, name in enumerate(names)],
        "collections": mine,
        "newest_collection": max((one.id for one in mine), default=0),
        "longest": _LONGEST,
    }


def of_author(request: HttpRequest, slugs: list[str]) -> dict:
    """For the page of an author of some names, the first one asked for: the others, who claimed
    papers under them, whether one follows them. Two queries, and two more for who is signed in."""
    library, user = open_library(), user_of(request)
    also, claimed = library.author_known(slugs)
    return {
        "slug": slugs[0],
        "also": also,
        "claimed": claimed,
        "following": bool(user) and library.follows(user, "author", slugs[0]),
        "moderates": at_least(request.user, "moderator"),
        "longest": _LONGEST,
    }


_LONGEST = {
    "title": LONGEST_TITLE, "note": LONGEST_NOTE, "evidence": LONGEST_EVIDENCE,
    "reason": LONGEST_REASON,
}  # fmt: skip
