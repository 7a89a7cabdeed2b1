"""Who has an account here, and what they may do; a part of the library.

What is done in somebody's name takes the number of their account, `by`; None is the console.
"""

from typing import TYPE_CHECKING

from papertide.running import with_database

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from papertide.site.accounts.services import AccountInfo


class Accounts:
    """The part of `library.Library` that is about accounts."""

    def __init__(self):
        from papertide.site.accounts import services

        self._accounts = services

    @with_database
    def accounts(
        self, text: str = "", *, role: str = "", limit: int = 50, offset: int = 0
    ) -> "tuple[list[AccountInfo], int]":
        """Accounts whose handle, name or address has a text in it, those made last first, and
        their number."""
        return self._accounts.accounts(text, role, limit, offset)

    @with_database
    def account(self, handle: str) -> "AccountInfo":
        """The account of a handle; raises NotFound."""
        return self._accounts.account(handle)

    @with_database
    def admins(self) -> int:
        """How many admins there are who can sign in."""
        return self._accounts.admins()

    @with_database
    def add_account(self, handle: str, email: str, role: str = "reader") -> "AccountInfo":
        """Make an account, without a password (`invitation`). Raises Refused."""
        return self._accounts.add(handle, email, role)

    @with_database
    def invitation(self, handle: str) -> str:
        """The path of the page where whoever has it sets the password of an account, once, within
        three days. Raises NotFound."""
        return self._accounts.invitation(handle)

    @with_database
    def set_profile(self, user_id: int, name: str, about: str) -> None:
        """Set the name shown beside a handle and the lines about its bearer. Raises Refused."""
        self._accounts.profile(user_id, name, about)

    @with_database
    def set_role(self, handle: str, role: str, *, by: int | None = None) -> None:
        """Give an account a role. Raises NotFound, Refused."""
        self._accounts.set_role(handle, role, by)

    @with_database
    def suspend(self, handle: str, reason: str, *, by: int | None = None) -> None:
        """Sign an account out, and let it sign in no more. Raises NotFound, Refused."""
        self._accounts.suspend(handle, reason, by)

    @with_database
    def restore(self, handle: str, *, by: int | None = None) -> None:
        """Let a suspended account sign in again. Raises NotFound."""
        self._accounts.restore(handle, by)

    @with_database
    def export_account(self, user_id: int) -> dict:
        """All that is kept of an account, as JSON rows by kind. Raises NotFound."""
        return self._accounts.export(user_id)

    @with_database
    def delete_account(self, user_id: int, *, by: int | None = None) -> None:
        """Delete an account with all that is kept of it. Raises NotFound, Refused."""
        self._accounts.delete(user_id, by)

    @with_database
    def prune_accounts(self) -> None:
        """Let go what time has made worthless: sessions, counts, sign-ups never confirmed."""
        self._accounts.prune()
