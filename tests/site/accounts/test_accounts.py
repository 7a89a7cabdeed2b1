"""Accounts on both databases: made, changed, taken along, deleted without a trace."""

import datetime
import json

import msgspec
import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from papertide.library import NotFound
from papertide.results import Refused
from papertide.site.accounts import limits, services
from papertide.site.accounts.models import Account, AuditEntry
from papertide.site.accounts.services import audit
from papertide.site.readers import joining
from papertide.site.readers.models import Reader, Unmatched
from tests.site.accounts.people import BACKEND, person
from tests.site.helpers import add, some_records


def test_roles(library, quick):
    library.add_account("Grace", "grace@example.org", "admin")
    grace = get_user_model().objects.get()
    grace.set_password("x")
    grace.save()
    assert (grace.is_superuser, grace.is_staff, library.admins()) == (True, True, 1)
    ada = library.add_account("Ada", "ADA@example.org")
    assert (ada.role, ada.email) == ("reader", "ada@example.org")
    for last in ("grace", "Grace", "@GRACE"):
        with pytest.raises(Refused, match="last admin"):
            library.set_role(last, "curator")
    with pytest.raises(Refused, match="last admin"):
        library.suspend("grace", "a reason")
    with pytest.raises(Refused, match="last admin"):
        library.delete_account(grace.pk)
    library.set_role("ada", "admin", by=grace.pk)
    with pytest.raises(Refused, match="last admin"):  # Ada cannot sign in yet
        library.set_role("grace", "curator")
    get_user_model().objects.filter(username="Ada").update(password="md5$1$x")
    library.set_role("grace", "curator", by=ada.id)
    grace.refresh_from_db()
    assert (grace.is_superuser, grace.is_staff, library.account("grace").role) == (
        False, False, "curator"
    )  # fmt: skip
    [one, other] = AuditEntry.objects.order_by("id").values_list("action", "target", "reason")
    assert one == ("set role", f"account:{ada.id}", "reader to admin")
    assert other == ("set role", f"account:{grace.pk}", "admin to curator")


def test_who_is_made_an_admin_by_django_is_one_here(library):
    user = get_user_model().objects.create_superuser("root1", "r@example.org")
    assert (user.account.role, user.emailaddress_set.get().verified) == ("admin", True)
    user.is_superuser = False
    user.save()
    assert Account.objects.get().role == "reader"


def test_what_is_no_new_account(library):
    library.add_account("ada", "ada@example.org")
    for handle, email, role in (
        ("a", "a@b.org", "reader"), ("Ada", "nothing", "reader"), ("Adam", "a@b.org", "queen"),
        ("ADA", "other@b.org", "reader"), ("other", "Ada@Example.org", "reader"),
        ("ad\0", "a@b.org", "reader"), ("Grace", "a\0@b.org", "reader"),
    ):  # fmt: skip
        with pytest.raises(Refused):
            library.add_account(handle, email, role)
    assert library.accounts()[1] == Reader.objects.count() == 1


def test_finding_accounts(library):
    for handle in ("ada", "grace", "Adam"):
        library.add_account(handle, f"{handle}@example.org")
    
    def found(text, **named):
        return [one.handle for one in library.accounts(text, **named)[0]]

    assert found("ADA") == ["Adam", "ada"] and found("@grace") == ["grace"]
    assert found("example.org", limit=1, offset=1) == ["grace"] and found("\0") != []
    assert found("", role="admin") == [] and found("100%") == []
    for nobody in ("nobody", "a\0"):
        with pytest.raises(NotFound):
            library.account(nobody)
        with pytest.raises(NotFound):
            library.set_role(nobody, "curator")


def test_a_profile_is_plain_text_of_some_length(library):
    user = person("ada")
    library.set_profile(user.pk, "  Ada \n Lovelace ", "<b>Counts</b>\r\non engines")
    held = Account.objects.get()
    assert (held.name, held.about) == ("Ada Lovelace", "<b>Counts</b>\non engines")
    for name, about in (
        ("x" * 81, ""), ("", "x" * 501), ("a\0", ""), ("\u202eada", ""), ("", "\0")
    ):  # fmt: skip
        with pytest.raises(Refused):
            library.set_profile(user.pk, name, about)


def _kept(library, key: str = "") -> str:
    """A reader with a saved paper, a search, a seen paper and an unmatched entry; its key."""
    key = library.save(key, "2503.00001")
    library.save_search("q=graphs", "Graphs", reader=key)
    library.remember(key)
    library.see(key, ["2503.00002"])
    reader = Reader.objects.get(digest=joining.digest(key))
    Unmatched.objects.create(reader=reader, digest="d", entry={"title": "Lost"}, reason="unknown")
    return key


def test_what_a_browser_kept_becomes_the_accounts(library):
    add(library, some_records())
    user = person("ada")
    mine = user.account.reader_key
    library.save(mine, "2503.00001")
    library.save(mine, "2503.00003")
    library.save_search("q=other", "Graphs", reader=mine)
    library.save_search("q=same", "Same", reader=mine)
    old = _kept(library)
    library.save_search("q=same", "Same", reader=old)
    joining.merge(old, mine)
    ids = {paper.public_id for paper in library.saved(mine)[0]}
    assert ids == {"2503.00001", "2503.00003"}
    named = {one.name: one.asked for one in library.searches(mine, counted=False)}
    assert named == {"Graphs": "q=other", "Same": "q=same", "Graphs 2": "q=graphs"}
    assert library.seen_count(mine) == 1
    assert Unmatched.objects.get().reader.digest == joining.digest(mine)
    assert library.reader(old) is None and library.reader(mine).remembers
    joining.merge(old, mine), joining.merge("", mine)  # nothing more


def test_all_that_is_kept_can_be_taken_along(library):
    add(library, some_records())
    user = person("ada", name="Ada Lovelace")
    _kept(library, user.account.reader_key)
    audit(user.pk, "hide comment", "comment:1", "Spam")
    held = json.loads(msgspec.json.encode(library.export_account(user.pk)))
    assert held["account"]["handle"] == "ada" and held["account"]["name"] == "Ada Lovelace"
    assert held["addresses"] == [
        {"email": "ada@example.org", "verified": True, "primary": True}
    ]
    assert held["saved_papers"][0]["paper__public_id"] == "2503.00001"
    assert [one["name"] for one in held["saved_searches"]] == ["Graphs"]
    assert held["seen_papers"] == ["2503.00002"]
    assert held["unmatched_entries"][0]["entry"] == {"title": "Lost"}
    assert held["audit_entries_by_you"][0]["reason"] == "Spam"
    assert "reader_key" not in str(held) and user.account.reader_key not in str(held)
    with pytest.raises(NotFound):
        library.export_account(user.pk + 1)


def _texts():
    """Every value of every column that may hold text, as (table, column, value)."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT * FROM {quoted}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from ((table, *pair) for pair in zip(names, map(str, row), strict=True))


def test_a_deleted_account_leaves_no_trace(library, quick, client):
    """In no column of no table: neither the handle, the address, the name, nor the reader."""
    from allauth.mfa.models import Authenticator
    from allauth.socialaccount.models import SocialAccount
    from django.contrib.admin.models import CHANGE, LogEntry
    from django.contrib.contenttypes.models import ContentType

    add(library, some_records())
    admin = person("Grace", "admin", password="x")
    user = person("zweistein", name="Quirinus Zweistein", about="I am Zweistein.")
    key = _kept(library, user.account.reader_key)
    library.save_search("q=zweistein", "Papers of Zweistein", reader=key)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "zweistein"})
    told = {"name": "Zweistein"}
    SocialAccount.objects.create(user=user, provider="orcid", uid="0000", extra_data=told)
    LogEntry.objects.create(
        user=admin, content_type=ContentType.objects.get_for_model(user), object_id=str(user.pk),
        object_repr="zweistein", action_flag=CHANGE, change_message="zweistein",
    )  # fmt: skip
    library.suspend("zweistein", "Zweistein is rude", by=admin.pk)
    library.restore("zweistein", by=admin.pk)
    audit(user.pk, "hide comment", "comment:1", "Spam")
    limits.spend("save", f"user {user.pk}", 5, 60)
    client.force_login(get_user_model().objects.get(pk=user.pk), BACKEND)
    client.get("/account/sessions/", HTTP_USER_AGENT="zweistein")
    waiting = SessionStore()
    waiting["account_login"] = {"user_pk": str(user.pk), "email": user.email}
    waiting.save()
    traces = ("zweistein", key, joining.digest(key))
    before = {table for table, _, text in _texts() if any(t in text.lower() for t in traces)}
    assert before >= {"auth_user", "accounts_account", "account_emailaddress", "mfa_authenticator",
                      "readers_reader", "readers_savedsearch", "django_admin_log",
                      "socialaccount_socialaccount", "accounts_auditentry"}  # fmt: skip
    library.delete_account(user.pk, by=admin.pk)
    left = [one for one in _texts() if any(trace in one[2].lower() for trace in traces)]
    assert left == []
    held = {table: 0 for table, *_ in _texts()}
    assert not held.keys() & {
        "django_session", "readers_save", "readers_seen", "readers_unmatched", "accounts_limit",
        "mfa_authenticator", "socialaccount_socialaccount", "usersessions_usersession",
    }  # fmt: skip
    last = AuditEntry.objects.latest("id")
    assert (last.action, last.actor_id) == ("delete account", admin.pk)
    assert AuditEntry.objects.get(action="hide comment").actor_id is None
    assert client.get("/account").status_code == 302
    with pytest.raises(NotFound):
        library.delete_account(user.pk)
    key = admin.account.reader_key
    admin.delete()  # as Django's admin does it
    assert library.reader(key) is None


def test_a_deletion_that_fails_half_way_deletes_nothing(library, monkeypatch):
    user = person("ada")
    monkeypatch.setattr(services, "_forget_traces", lambda held: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        library.delete_account(user.pk)
    assert library.reader(user.account.reader_key) and library.account("ada")


def test_sign_ups_that_nobody_confirmed_are_let_go(library, quick):
    for handle, days, verified in (("old", 8, False), ("new", 6, False), ("ada", 800, True)):
        user = person(handle, password="x")
        user.emailaddress_set.update(verified=verified)
        joined = timezone.now() - datetime.timedelta(days=days)
        get_user_model().objects.filter(pk=user.pk).update(date_joined=joined)
    UserSession.objects.create(user=user, ip="192.0.2.1", session_key="gone", user_agent="x")
    library.prune_accounts()
    assert not UserSession.objects.exists()
    assert {one.handle for one in library.accounts()[0]} == {"new", "ada"}
