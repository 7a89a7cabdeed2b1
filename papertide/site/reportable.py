"""What readers may report: each app says in its `AppConfig.ready` what kinds of things it has."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Thing:
    """A thing that was reported, for moderators: what it is called, its page, what it says, the
    number of the user it is from."""

    title: str
    address: str
    text: str = ""
    user_id: int | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Reportable:
    """A kind of thing. `find` gives one by its id (None: it is gone); `hide` and `restore`, where
    moderators can do that, take who does it, the id and why, and tell its author."""

    find: Callable[[str], Thing | None]
    hide: Callable[[int, str, str], None] | None = None
    restore: Callable[[int, str, str], None] | None = None


REPORTABLE: dict[str, Reportable] = {}
