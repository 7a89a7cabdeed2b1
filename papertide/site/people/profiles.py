"""Who somebody is here, as everybody may see it."""

import datetime
from collections.abc import Callable

import msgspec
from django.contrib.auth import get_user_model
from django.urls import Resolver404, resolve

from papertide.site.accounts.roles import ROLES, role_of


class Person(msgspec.Struct, kw_only=True):
    """An account in public: of a suspended one only the handle is told."""

    id: int
    handle: str
    suspended: bool = False
    name: str = ""
    role: str = ""
    about: str = ""
    joined: datetime.date | None = None

    @property
    def shown(self) -> str:
        return self.name or f"@{self.handle}"


# What else there is of a person, as (what the link says, its address), or None: other apps add
# theirs in `AppConfig.ready`. No queries: every profile asks.
ELSEWHERE: list[Callable[[Person], tuple[str, str] | None]] = []


def find(handle: str) -> Person | None:
    """The person of a handle. One query."""
    user = get_user_model().objects.select_related("account").filter(username=handle).first()
    if user is None:
        return None
    if not user.is_active:
        return Person(id=user.pk, handle=handle, suspended=True)
    return Person(
        id=user.pk, handle=handle, name=user.account.name, about=user.account.about,
        role=role_of(user), joined=user.date_joined.date(),
    )  # fmt: skip


def elsewhere(person: Person) -> list[tuple[str, str]]:
    """Links to what other parts know of a person."""
    return [link for told in ELSEWHERE if (link := told(person))]


def _curator(person: Person) -> tuple[str, str] | None:
    """A curator's picks have a page of their own, where the site has such pages."""
    address = f"/curators/{person.handle}"
    if not person.role or ROLES.index(person.role) < ROLES.index("curator"):
        return None
    try:
        resolve(address)
    except Resolver404:
        return None
    return "Picks", address


ELSEWHERE.append(_curator)
