"""What waits for a moderator: each app says in its `AppConfig.ready` what it has, and where."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """A kind of thing to decide: what it is called, its page's name, and how many there are."""

    title: str
    page: str
    count: Callable[[], int]


WAITING: list[Waiting] = []
