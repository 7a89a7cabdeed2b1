"""What others may ask of accounts."""

import datetime

import msgspec
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.http import int_to_base36

from papertide.results import NotFound, Refused
from papertide.site.accounts import handles, limits
from papertide.site.accounts.models import Account, AuditEntry, Limit
from papertide.site.accounts.roles import ROLES
from papertide.site.accounts.signals import erasing, exporting
from papertide.site.readers.keys import own_key

LONGEST_NAME = 80
LONGEST_ABOUT = 500
_UNCONFIRMED = datetime.timedelta(days=7)  # a sign-up keeps its handle so long

_LAST = "This is the last admin who can sign in: somebody has to be. Make another one first."


class AccountInfo(msgspec.Struct, kw_only=True):
    """An account as admins see it."""

    id: int
    handle: str
    name: str
    email: str
    role: str
    joined: datetime.datetime
    seen: datetime.datetime | None  # signed in last
    suspended: datetime.datetime | None
    reason: str  # why it is suspended


def _info(account: Account) -> AccountInfo:
    user = account.user
    return AccountInfo(
        id=user.pk, handle=user.username, name=account.name, email=user.email,
        role=account.role, joined=user.date_joined, seen=user.last_login,
        suspended=account.suspended, reason=account.suspended_for,
    )  # fmt: skip


# --- asking --------------------------------------------------------------------------------------


def accounts(
    text: str = "", role: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[AccountInfo], int]:
    """Accounts whose handle, name or address has a text in it, those made last first, and their
    number. Two queries."""
    found = Account.objects.select_related("user")
    if text := text.strip().removeprefix("@").replace("\0", ""):
        found = found.filter(
            Q(handle__contains=text.lower())
            | Q(name__icontains=text)
            | Q(user__email__icontains=text)
        )
    if role:
        found = found.filter(role=role)
    rows = found.order_by("-user__date_joined", "-pk")[offset : offset + limit]
    return list(map(_info, rows)), found.count()


def account(handle: str) -> AccountInfo:
    """The account of a handle, in any case; raises NotFound."""
    return _info(_named(handle))


def _named(handle: str) -> Account:
    wanted = handle.strip().removeprefix("@").lower().replace("\0", " ")  # Postgres has no NUL
    held = Account.objects.select_related("user").filter(handle=wanted).first()
    if held is None:
        raise NotFound(f"no account @{wanted[:40]} here")
    return held


def _admins():
    """Admins who can sign in."""
    able = ~Q(user__password__startswith="!") & ~Q(user__password="")
    able |= Q(user__socialaccount__isnull=False) | Q(user__authenticator__type="webauthn")
    return Account.objects.filter(able, role="admin", user__is_active=True)


def admins() -> int:
    """How many admins there are who can sign in."""
    return _admins().values("pk").distinct().count()


def _keep_an_admin(user_id: int) -> None:
    """Within a transaction; raises Refused where nobody would be left who may do all."""
    held = list(Account.objects.select_for_update().filter(role="admin").values_list("pk"))
    others = _admins().exclude(pk=user_id).exists()
    if (user_id,) in held and not others:
        raise Refused(_LAST)


# --- changing ------------------------------------------------------------------------------------


def add(handle: str, email: str, role: str = "reader") -> AccountInfo:
    """Make an account without a password; its address counts as confirmed: whoever makes it
    answers for that. Raises Refused."""
    problem = handles.problem(handle)
    try:
        validate_email(email)
    except ValidationError:
        problem = problem or f"{email[:60]!r} is no mail address."
    if role not in ROLES:
        problem = problem or f"No role is called {role[:20]!r}; there are {', '.join(ROLES)}."
    email = email.lower()
    if not problem and EmailAddress.objects.filter(email=email).exists():
        problem = "An account has this mail address already."
    if problem:
        raise Refused(problem)
    try:
        with transaction.atomic():
            user = get_user_model().objects.create_user(handle, email)
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
            user.account.role = role
            user.account.save(update_fields=["role"])
    except IntegrityError:
        raise Refused(f"Somebody has the handle {handle} already.") from None
    return _info(user.account)


def profile(user_id: int, name: str, about: str) -> None:
    """Set the name that is shown beside the handle, and the lines about its bearer. Raises
    Refused."""
    name, about = " ".join(name.split()), about.replace("\r\n", "\n").strip()
    if not (name.isprintable() and all(c.isprintable() or c == "\n" for c in about)):
        raise Refused("A name and what you say about yourself are plain text.")
    if len(name) > LONGEST_NAME or len(about) > LONGEST_ABOUT:
        raise Refused(
            f"A name has {LONGEST_NAME} characters at the most, what you say about yourself "
            f"{LONGEST_ABOUT}."
        )
    Account.objects.filter(pk=user_id).update(name=name, about=about)


def set_role(handle: str, role: str, actor_id: int | None) -> None:
    """Give an account a role. Raises NotFound, Refused."""
    if role not in ROLES:
        raise Refused(f"No role is called {role[:20]!r}; there are {', '.join(ROLES)}.")
    with transaction.atomic():
        held = _named(handle)
        if held.role == role:
            return
        if role != "admin":
            _keep_an_admin(held.pk)
        former, held.role = held.role, role
        held.save(update_fields=["role"])
        audit(actor_id, "set role", f"account:{held.pk}", f"{former} to {role}")


def suspend(handle: str, reason: str, actor_id: int | None) -> None:
    """Sign an account out everywhere and let it sign in no more, for a reason that it is told.
    Raises NotFound, Refused."""
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say why: the reason is told to whoever tries to sign in.")
    if len(reason) > 500 or not reason.isprintable():
        raise Refused("A reason is plain text of 500 characters at the most.")
    with transaction.atomic():
        held = _named(handle)
        if held.pk == actor_id:
            raise Refused("You cannot suspend yourself.")
        _keep_an_admin(held.pk)
        held.suspended, held.suspended_for = timezone.now(), reason
        held.save(update_fields=["suspended", "suspended_for"])
        get_user_model().objects.filter(pk=held.pk).update(is_active=False)
        _end_sessions(held.pk)
        audit(actor_id, "suspend", f"account:{held.pk}", reason)


def restore(handle: str, actor_id: int | None) -> None:
    """Let a suspended account sign in again. Raises NotFound."""
    with transaction.atomic():
        held = _named(handle)
        held.suspended, held.suspended_for = None, ""
        held.save(update_fields=["suspended", "suspended_for"])
        get_user_model().objects.filter(pk=held.pk).update(is_active=True)
        audit(actor_id, "restore", f"account:{held.pk}")


def invitation(handle: str) -> str:
    """The path of a page where whoever has it sets the password of an account, for three days or
    until that is done. Raises NotFound."""
    user = _named(handle).user
    parts = {"uidb36": int_to_base36(user.pk), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=parts)


# --- taking along, and going ---------------------------------------------------------------------


def export(user_id: int) -> dict:
    """All that is kept of an account, as JSON rows by kind. Raises NotFound."""
    held = Account.objects.select_related("user").filter(pk=user_id).first()
    if held is None:
        raise NotFound(f"no account {user_id} here")
    user = held.user
    found = {
        "account": {
            "handle": user.username, "name": held.name, "about": held.about, "role": held.role,
            "email": user.email, "joined": user.date_joined, "signed_in_last": user.last_login,
            "suspended": held.suspended, "suspended_for": held.suspended_for,
        },
        "addresses": list(
            EmailAddress.objects.filter(user=user).values("email", "verified", "primary")
        ),
        "sessions": list(
            UserSession.objects.filter(user=user).values(
                "created_at", "last_seen_at", "ip", "user_agent"
            )
        ),
        "accounts_elsewhere": list(
            user.socialaccount_set.values("provider", "uid", "extra_data", "date_joined")
        ),
        "second_factors": list(
            user.authenticator_set.values("type", "created_at", "last_used_at")
        ),
        "audit_entries_by_you": list(
            AuditEntry.objects.filter(actor=user).values("at", "action", "target", "reason")
        ),
        "audit_entries_about_you": list(
            AuditEntry.objects.filter(target=f"account:{user_id}").values("at", "action", "reason")
        ),
    }  # fmt: skip
    key = own_key() or held.reader_key
    for _, rows in exporting.send(Account, user_id=user_id, reader_key=key):
        found |= rows or {}
    return found


def delete(user_id: int, actor_id: int | None = None) -> None:
    """Delete an account and all that is kept of it, in one transaction. Somebody else who does so
    is written down, without saying whose it was. Raises NotFound, Refused."""
    with transaction.atomic():
        held = Account.objects.select_related("user").filter(pk=user_id).first()
        if held is None:
            raise NotFound(f"no account {user_id} here")
        _keep_an_admin(user_id)
        held.user.delete()
        if actor_id is not None and actor_id != user_id:
            audit(actor_id, "delete account", f"account:{user_id}")


def erase(held: Account) -> None:
    """What goes with a user and hangs on it by no cascade; however the user is deleted, within the
    same transaction."""
    erasing.send(Account, user_id=held.pk, reader_key=held.reader_key)
    _end_sessions(held.pk)
    _forget_traces(held)


def _end_sessions(user_id: int) -> None:
    """All sessions of a user. Those that allauth did not begin, or that wait in the middle of
    signing in, tell whose they are only in themselves."""
    keys = list(UserSession.objects.filter(user_id=user_id).values_list("session_key", flat=True))
    waits_as = int_to_base36(user_id)
    for one in Session.objects.filter(expire_date__gt=timezone.now()).iterator(1000):
        kept = one.get_decoded()
        waiting = kept.get("account_login") or {}
        if kept.get("_auth_user_id") == str(user_id) or waiting.get("user_pk") == waits_as:
            keys.append(one.session_key)
    for start in range(0, len(keys), 500):
        Session.objects.filter(session_key__in=keys[start : start + 500]).delete()
    UserSession.objects.filter(user_id=user_id).delete()


def _forget_traces(held: Account) -> None:
    """What is written of an account where no cascade reaches: counts, the admin's log, what was
    said of it in the audit log."""
    user = held.user
    Limit.objects.filter(key__contains=f":user {held.pk}:").delete()
    AuditEntry.objects.filter(target=f"account:{held.pk}").update(reason="")
    for kind, keys in (
        (get_user_model(), [held.pk]),
        (Account, [held.pk]),
        (EmailAddress, list(user.emailaddress_set.values_list("pk", flat=True))),
    ):
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(kind), object_id__in=map(str, keys)
        ).update(object_repr="(deleted)", change_message="")


def prune() -> None:
    """Let go what time has made worthless: counts, sessions, sign-ups that nobody confirmed."""
    limits.prune()
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    waiting = get_user_model().objects.filter(
        date_joined__lt=now - _UNCONFIRMED, last_login=None, is_staff=False,
        account__role="reader", emailaddress__isnull=False,
    ).exclude(emailaddress__verified=True)  # fmt: skip
    for user_id in list(waiting.values_list("pk", flat=True)[:100]):
        delete(user_id)


# --- the audit log -------------------------------------------------------------------------------


def audit(actor_id: int | None, action: str, target: str, reason: str = "") -> None:
    """Keep what somebody with a role did: "hide comment", "comment:12", and why."""
    AuditEntry.objects.create(
        actor_id=actor_id, action=action, target=target[:200], reason=reason[:2000]
    )
