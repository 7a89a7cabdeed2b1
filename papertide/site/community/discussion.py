"""The comments under a paper, as its page shows them; and where on it one stands."""

import secrets

from django.http import HttpRequest
from django.urls import reverse

from papertide.library import open_library
from papertide.papers import Paper
from papertide.site.accounts.roles import at_least
from papertide.site.community.comments import CommentInfo
from papertide.site.community.markdown import LONGEST
from papertide.site.pages import paged

PER_PAGE = 50


def viewer(request: HttpRequest) -> dict:
    """Who reads comments: `user_id` and `moderator`, as the library asks for them."""
    user = request.user
    signed_in = user.is_authenticated
    return {
        "user_id": user.pk if signed_in else None,
        "moderator": signed_in and at_least(user, "moderator"),
    }


def form(paper: str, **more) -> dict:
    """What the form for a comment needs; its key makes it one comment, however often it is sent."""
    return {"paper_id": paper, "key": secrets.token_urlsafe(16), "longest": LONGEST} | more


def discussion(request: HttpRequest, paper: Paper) -> dict:
    """For the page of a paper: a page of its comments, and the form for one more."""
    who = viewer(request)

    def fetch(limit: int, offset: int) -> tuple[list[CommentInfo], int]:
        return open_library().comments(paper, limit, offset, **who)

    held, pager = paged(request, fetch, PER_PAGE)
    context = {"comments": held, "comment_pager": pager, "moderator": who["moderator"]}
    if who["user_id"] is not None:
        context["comment_form"] = form(paper.public_id)
    return context


def place(number: int, paper: str) -> str:
    """The address of a comment on the page of its paper."""
    page = open_library().comments_before(number) // PER_PAGE + 1
    return f"{reverse('paper', args=[paper])}{f'?page={page}' * (page > 1)}#c-{number}"
