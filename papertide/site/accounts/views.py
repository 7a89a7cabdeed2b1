"""The page of one's own account, and that of all accounts for admins. Signing in is allauth's."""

import msgspec
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from papertide.library import NotFound, open_library
from papertide.results import Refused
from papertide.site.accounts.roles import ROLES, at_least
from papertide.site.accounts.services import LONGEST_ABOUT, LONGEST_NAME
from papertide.site.pages import paged
from papertide.site.writing import writes


def _alone() -> bool:
    return settings.CONFIG.mode == "single"


@never_cache
@writes("profile", most=30)
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """All that one can set; a POST changes the shown name and what one says about oneself."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    held = request.user.account
    context = {"name": held.name, "about": held.about}
    if request.method == "POST":
        context = {key: request.POST.get(key, "") for key in context}
        try:
            open_library().set_profile(request.user.pk, **context)
        except Refused as error:
            return _account(request, 400, error=str(error), **context)
        messages.success(request, "Kept.")
        return redirect("account")
    return _account(request, **context)


def _account(request: HttpRequest, status: int = 200, **context) -> HttpResponse:
    user = request.user
    context |= {"longest_name": LONGEST_NAME, "longest_about": LONGEST_ABOUT}
    if not _alone():
        context |= {
            "factors": sorted(user.authenticator_set.values_list("type", flat=True)),
            "elsewhere": list(user.socialaccount_set.values_list("provider", flat=True)),
            "providers": [
                held["APPS"][0]["name"]
                for held in settings.SOCIALACCOUNT_PROVIDERS.values()
                if held["APPS"]
            ],
            "sessions": user.usersession_set.count(),
        }
    return render(request, "accounts/account.html", context, status=status)


@never_cache
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """All that is kept of an account, as one JSON file."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    held = open_library().export_account(request.user.pk)
    name = f"papertide-{request.user.username}-{timezone.now():%Y-%m-%d}.json"
    return HttpResponse(
        msgspec.json.format(msgspec.json.encode(held), indent=2),
        content_type="application/json",
        headers={"Content-Disposition": content_disposition_header(True, name)},
    )


@never_cache
@writes("delete account", most=10, seconds=3600)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Asks for the handle, after the password or another proof, and then deletes the account."""
    if _alone():
        raise Http404("The owner of this machine has no account to delete.")
    return _delete(request)


@reauthentication_required
def _delete(request: HttpRequest) -> HttpResponse:
    user, error = request.user, ""
    if request.method == "POST":
        if request.POST.get("handle", "").strip().removeprefix("@").lower() != user.account.handle:
            error = f"That is not your handle, which is {user.username}. Nothing was deleted."
        else:
            try:
                open_library().delete_account(user.pk, by=user.pk)
            except Refused as refused:
                error = str(refused)
            else:
                get_adapter().logout(request)
                messages.success(request, "Your account was deleted, with all that was kept of it.")
                return redirect("home")
    return render(
        request, "accounts/delete.html", {"error": error}, status=400 if error else 200
    )


@never_cache
@writes("accounts", role="admin", most=60)
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """All accounts, for admins: a POST of ``do`` gives a role, suspends, or restores."""
    if _alone():
        return redirect("account")
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not at_least(request.user, "admin"):
        raise PermissionDenied("This needs the role of an admin.")
    if request.method != "POST":
        return _people(request)
    raise_if_reauthentication_required(request, app="papertide")
    handle = request.POST.get("handle", "")
    try:
        change = _CHANGES.get(request.POST.get("do", ""))
        if change is None:
            raise Refused("Nothing here can be done by that name.")
        messages.success(request, change(request, handle))
    except NotFound as error:
        raise Http404(str(error)) from None
    except Refused as error:
        return _people(request, 400, handle, str(error))
    return redirect(f"{resolve_url('account_people')}?{urlencode({'q': handle})}")


def _role(request: HttpRequest, handle: str) -> str:
    role = request.POST.get("role", "")
    open_library().set_role(handle, role, by=request.user.pk)
    return f"@{handle} is {'an' if role == 'admin' else 'a'} {role} now."


def _suspend(request: HttpRequest, handle: str) -> str:
    open_library().suspend(handle, request.POST.get("reason", ""), by=request.user.pk)
    return f"@{handle} is suspended, and signed out everywhere."


def _restore(request: HttpRequest, handle: str) -> str:
    open_library().restore(handle, by=request.user.pk)
    return f"@{handle} can sign in again."


_CHANGES = {"role": _role, "suspend": _suspend, "restore": _restore}


def _people(
    request: HttpRequest, status: int = 200, text: str | None = None, error: str = ""
) -> HttpResponse:
    text = request.GET.get("q", "")[:100] if text is None else text[:100]
    role = request.GET.get("role", "")
    role = role if role in ROLES else ""
    asked = [(name, value) for name, value in (("q", text), ("role", role)) if value]
    rows, pager = paged(
        request,
        lambda limit, offset: open_library().accounts(text, role=role, limit=limit, offset=offset),
        parameters=asked,
    )
    context = {
        "accounts": rows, "pager": pager, "text": text, "role": role, "roles": ROLES,
        "error": error,
    }  # fmt: skip
    return render(request, "accounts/people.html", context, status=status)
