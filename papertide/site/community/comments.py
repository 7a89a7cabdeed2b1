"""Comments on papers: written, answered, changed for a while, deleted.

Whatever a form is sent twice, its key makes one comment: a constraint of the database.
"""

import datetime
from collections.abc import Iterable

import msgspec
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.safestring import SafeString

from papertide.results import NotFound, Refused
from papertide.site.accounts.roles import at_least
from papertide.site.community import markdown, mentions, notices, tallies
from papertide.site.community.models import Comment

EDITABLE = datetime.timedelta(minutes=15)
MENTIONS = 10  # people that a comment tells; further names are plain text
DEEPEST = 4  # levels of answers that are shown, those beyond on the last
_DIGITS = 12  # of a number in a path
_NEW = datetime.timedelta(days=3)  # for which an account is new
_STOOD = datetime.timedelta(days=1)  # for which a comment stood, and its account is new no more
_MANY = 3  # people that a new account may name

_STATE = Comment.State


class CommentInfo(msgspec.Struct, kw_only=True):
    """A comment as a reader may see it: of one that is hidden the text is there only for its
    author and moderators. `handle` is empty where the account is gone."""

    id: int
    paper: str  # its public id
    handle: str
    name: str
    role: str  # of those above a reader's
    at: datetime.datetime
    edited: datetime.datetime | None
    depth: int
    state: str
    text: str
    mentions: tuple[str, ...]
    reason: str
    watch: str
    mine: bool
    changeable: bool

    @property
    def html(self) -> SafeString:
        return markdown.render(self.text, self.mentions)

    @property
    def target(self) -> str:
        """What reports and decisions call it."""
        return f"comment:{self.id}"

    @property
    def person(self) -> str:
        return markdown.person(self.handle) if self.handle else ""


# --- writing ---------------------------------------------------------------------------------


def write(user_id: int, paper_id: int, text: str, key: str, parent: int | None = None) -> int:
    """Write a comment, or answer one; its number. The same key again changes nothing.

    Raises Refused, and NotFound where there is nothing to answer.
    """
    text, key = cleaned(text), key[:64]
    if not key:
        raise Refused("This form has lost its key. Load the page again.")
    if known := _sent(user_id, key):
        return known
    try:
        with transaction.atomic():
            return _write(user_id, paper_id, text, key, parent)
    except IntegrityError:  # the same form, sent twice at once
        if known := _sent(user_id, key):
            return known
        raise


def _sent(user_id: int, key: str) -> int | None:
    return Comment.objects.filter(author_id=user_id, key=key).values_list("id", flat=True).first()


def _write(user_id: int, paper_id: int, text: str, key: str, parent: int | None) -> int:
    above = _answered(paper_id, parent) if parent else None
    now = timezone.now()
    named = _people(text)
    made = Comment.objects.create(
        paper_id=paper_id, author_id=user_id, parent=above, text=text, mentions=named, key=key,
        at=now, day=now.date(), watch=why_look(user_id, text, now),
    )  # fmt: skip
    before = above.path[: _DIGITS * (DEEPEST - 1)] if above else ""
    Comment.objects.filter(id=made.id).update(path=f"{before}{made.id:0{_DIGITS}}")
    tallies.add("comments", [(paper_id, made.day)])
    mentions.remember(made.id, paper_id, text)
    notices.tell(user_id, made.id, above.author_id if above else None, named)
    return made.id


def _answered(paper_id: int, number: int) -> Comment:
    """The comment that is answered, held until the answer is stored: it cannot be deleted
    meanwhile."""
    above = Comment.objects.select_for_update().filter(id=number, paper_id=paper_id).first()
    if above is None:
        raise NotFound(f"no comment {number} here")
    if above.state:
        raise Refused("The comment that you answer was taken away meanwhile.")
    return above


def cleaned(text: str) -> str:
    """A text as it is stored. Raises Refused."""
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise Refused("Write something first.")
    if len(text) > markdown.LONGEST:
        raise Refused(
            f"A comment has at most {markdown.LONGEST:,} characters; this one has {len(text):,}."
        )
    return text


def _people(text: str) -> list[str]:
    """The first handles in a text that are somebody's."""
    named = markdown.handles(text, 5 * MENTIONS)
    if not named:
        return []
    users = get_user_model().objects.filter(username__in=named, is_active=True)
    known = set(users.values_list("username", flat=True))
    return [handle for handle in named if handle in known][:MENTIONS]


def why_look(user_id: int, text: str, now: datetime.datetime) -> str:
    """Why moderators may want to look at a comment: a new account that links or names many."""
    links, people = markdown.links(text), len(markdown.handles(text, 100))
    if not links and people <= _MANY:
        return ""
    user = get_user_model().objects.select_related("account").get(id=user_id)
    if at_least(user, "curator"):
        return ""
    joined = now - user.date_joined
    if joined >= _NEW:
        stood = Comment.objects.filter(author_id=user_id, state="", at__lt=now - _STOOD)
        if stood.exists():
            return ""
        whose = "an account without a comment that stood for a day"
    else:
        whose = f"an account of {joined.days} day{'' if joined.days == 1 else 's'}"
    parts = []
    if links:
        parts.append(f"{links} link{'' if links == 1 else 's'}")
    if people > _MANY:
        parts.append(f"{people} people named")
    return f"{' and '.join(parts)} from {whose}"


def change(user_id: int, number: int, text: str) -> None:
    """Change one's comment. Raises NotFound, and Refused where it is too late."""
    text = cleaned(text)
    with transaction.atomic():
        held = _own(user_id, number)
        now = timezone.now()
        if held.state or now - held.at > EDITABLE:
            raise Refused("A comment can be changed for 15 minutes; you can answer it instead.")
        if text == held.text:
            return
        named = _people(text)
        watch = why_look(user_id, text, now) or held.watch
        Comment.objects.filter(id=number).update(
            text=text, mentions=named, edited=now, watch=watch
        )
        mentions.remember(number, held.paper_id, text)
        notices.tell(user_id, number, None, named)


def delete(user_id: int, number: int) -> None:
    """Delete one's comment; its place stays while others answer it. Raises NotFound."""
    with transaction.atomic():
        _delete(_own(user_id, number))


def _own(user_id: int, number: int) -> Comment:
    held = Comment.objects.select_for_update().filter(id=number, author_id=user_id)
    found = held.exclude(state=_STATE.DELETED).first()
    if found is None:
        raise NotFound(f"no comment {number} of yours here")
    return found


def _delete(held: Comment) -> None:
    if held.state == _STATE.SHOWN:
        tallies.add("comments", [(held.paper_id, held.day)], -1)
    if held.replies.exists():
        Comment.objects.filter(id=held.id).update(
            state=_STATE.DELETED, text="", mentions=[], reason="", watch="", edited=None
        )
        held.notice_set.all().delete()
        held.mention_set.all().delete()
        return
    Comment.objects.filter(id=held.id).delete()
    if held.parent_id:
        above = Comment.objects.select_for_update().filter(id=held.parent_id).first()
        if above and above.state == _STATE.DELETED and not above.replies.exists():
            _prune(above)


def _prune(held: Comment) -> None:
    """A deleted comment that nobody answers any more goes, and so may the one above it."""
    Comment.objects.filter(id=held.id).delete()
    if held.parent_id:
        above = Comment.objects.select_for_update().filter(id=held.parent_id).first()
        if above and above.state == _STATE.DELETED and not above.replies.exists():
            _prune(above)


def erase(user_id: int) -> None:
    """No text of a user stays, who is about to go; where others answered, a place does."""
    with transaction.atomic():
        # The last ones first: an answer of one's own holds no place.
        for held in Comment.objects.filter(author_id=user_id).order_by("-id"):
            if held.state != _STATE.DELETED:
                _delete(held)
        Comment.objects.filter(author_id=user_id).update(author=None, key="")


def move(old: int, new: int) -> None:
    """The comments of a paper that is now part of another."""
    held = Comment.objects.select_for_update().filter(paper_id=old)
    rows = list(held.values_list("id", "day", "state"))
    Comment.objects.filter(id__in=[row[0] for row in rows]).update(paper_id=new)
    shown = [day for _, day, state in rows if not state]
    tallies.add("comments", [(old, day) for day in shown], -1)
    tallies.add("comments", [(new, day) for day in shown])
    mentions.move(old, new)


# --- reading ---------------------------------------------------------------------------------


def of_paper(
    paper_id: int, limit: int, offset: int, user_id: int | None, moderator: bool
) -> tuple[list[CommentInfo], int]:
    """A paper's comments as threads, the oldest first, and how many places there are. Two queries,
    one where there are none."""
    held = Comment.objects.filter(paper_id=paper_id)
    total = held.count()
    if not total:
        return [], 0
    return shown(held.order_by("path")[offset : offset + limit], user_id, moderator), total


def shown(rows: Iterable[Comment], user_id: int | None, moderator: bool) -> list[CommentInfo]:
    """Comments as somebody may see them."""
    now = timezone.now()
    made = []
    for held in rows.select_related("author__account", "paper"):
        mine = user_id is not None and held.author_id == user_id
        open_ = not held.state or (held.state == _STATE.HIDDEN and (mine or moderator))
        author = held.author
        role = author.account.role if author and not author.is_superuser else "admin"
        made.append(
            CommentInfo(
                id=held.id, paper=held.paper.public_id,
                handle=author.username if author else "",
                name=author.account.name if author else "",
                role=role if author and role != "reader" else "",
                at=held.at, edited=held.edited, depth=len(held.path) // _DIGITS - 1,
                state=held.state, text=held.text if open_ else "",
                mentions=tuple(held.mentions), reason=held.reason if open_ else "",
                watch=held.watch if moderator else "", mine=mine,
                changeable=mine and not held.state and now - held.at <= EDITABLE,
            )
        )  # fmt: skip
    return made


def one(number: int, user_id: int | None, moderator: bool) -> CommentInfo | None:
    found = shown(Comment.objects.filter(id=number), user_id, moderator)
    return found[0] if found else None


def before(number: int) -> int:
    """How many comments of its paper stand before one."""
    paper, path = Comment.objects.values_list("paper_id", "path").get(id=number)
    return Comment.objects.filter(paper_id=paper, path__lt=path).count()


def paper_of(number: int) -> int | None:
    return Comment.objects.filter(id=number).values_list("paper_id", flat=True).first()


def export(user_id: int) -> list[dict]:
    rows = Comment.objects.filter(author_id=user_id).exclude(state=_STATE.DELETED)
    rows = rows.order_by("id").values_list(
        "id", "paper__public_id", "parent_id", "text", "at", "edited", "state", "reason"
    )
    return [
        {
            "comment": number, "paper": paper, "answers": parent, "text": text,
            "at": at.isoformat(), "edited": edited and edited.isoformat(),
            "hidden": reason if state == _STATE.HIDDEN else None,
        }
        for number, paper, parent, text, at, edited, state, reason in rows
    ]  # fmt: skip
