"""Who somebody is here, as everybody may see it."""

import datetime

import msgspec
from django.contrib.auth import get_user_model

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

    @property
    def curates(self) -> bool:
        return self.role in ROLES[ROLES.index("curator") :]


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
