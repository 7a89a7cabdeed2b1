"""The living page of the design: every token and every component, with made papers in them."""

import datetime

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from papertide.community import Received
from papertide.papers import Paper
from papertide.search.snippets import Piece
from papertide.search.why import Why
from papertide.site.catalog.services import Entry
from papertide.site.community.comments import CommentInfo
from papertide.site.pages import Pager

AT = datetime.datetime(2025, 3, 18, 12, 30, tzinfo=datetime.UTC)
COLOURS = ("paper", "raised", "line", "ink", "quiet", "accent", "soft", "mark", "warn")
SIZES = ("title", "large", "text", "small")
SPACES = ("s1", "s2", "s3", "s4", "s5", "s6")
ICONS = (
    "search", "save", "pick", "seen", "copy", "done", "share", "link", "download", "document",
    "code", "similar", "cite", "light", "dark", "system", "keys", "close", "before", "after",
    "vote", "comment", "mail", "empty", "mark",
)  # fmt: skip

PAPER = Paper(
    id=1,
    public_id="design-1",
    title=r"A made paper with a formula, $\ell_2 \leq \sqrt{n}$, in its title",
    abstract="What a card shows of an abstract is how it begins: whole words, and no more than "
    r"a reader takes in at a glance. A formula such as $\sum_{i=1}^{n} x_i^2$ stands in it "
    "whole. " * 2,
    authors=[f"Author {letter}" for letter in "ABCDEFGHIJKLMN"],
    categories=["cs.LG", "stat.ML"],
    published="2025-03-18",
)
SAVED = Paper(
    id=2,
    public_id="design-2",
    title="عنوان من اليمين إلى اليسار, a saved paper in two directions",
    abstract="Its title is isolated, so that what stands beside it keeps its place.",
    authors=["李 明", "José Ñandú"],
    categories=["cs.CL"],
    published="2025-03",
)
RANKED = Paper(id=3, public_id="design-3", title="A paper that others listed", authors=["A. Uthor"])

COMMENTS = [
    CommentInfo(
        id=number, paper="design-1", handle="made", name="A Made Person", role=role, at=AT,
        edited=None, depth=number - 1, state=state, text=text, mentions=(), reason="off topic",
        watch=watch, mine=number == 1, changeable=False,
    )
    for number, role, state, text, watch in (
        (1, "", "", "Words with *weight*, a formula $e^{i\\pi}$ and\n\n> what somebody said", ""),
        (2, "curator", "", "An answer to it.", "1 link from an account of 1 day"),
        (3, "", "hidden", "What only its author and moderators see.", ""),
        (4, "", "deleted", "", ""),
    )
]  # fmt: skip


@staff_member_required
@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Tokens and components; for staff, as it says nothing to readers."""
    context = {
        "colours": COLOURS,
        "sizes": SIZES,
        "spaces": SPACES,
        "icons": ICONS,
        "paper": PAPER,
        "other": SAVED,
        "entry": Entry(paper=RANKED, position=12, votes=1234, comments=1),
        "received": {1: Received(votes=1234, comments=2), 2: Received(votes=1, mine=True)},
        "comments": COMMENTS,
        "saved": {2},
        "seen": {2},
        "fresh": {1},
        "pager": Pager(number=2, pages=7, size=50, total=338),
        "options": [
            {"label": "cs.LG", "count": 1234, "chosen": True, "address": "?"},
            {"label": "stat.ML", "count": 56, "chosen": False, "address": "?"},
        ],
        "told": ["Reward, policy in the title", "Policies in the abstract"],
        "why": Why(words=12.3, best=16.0, meaning=0.62),
        "pieces": [Piece("Words that were "), Piece("looked", match=True), Piece(" for")],
        "address": request.build_absolute_uri(),
    }
    return render(request, "design.html", context)
