"""What editions ask other apps, in the transaction in which one is published."""

from collections.abc import Collection
from typing import NamedTuple

from django.dispatch import Signal


class Part(NamedTuple):
    """The numbers of papers that are to be in an edition as well, and of those that wait for a
    later one."""

    joining: Collection[int] = ()
    later: Collection[int] = ()


# The edition of a `day` is about to be published with `papers` (their numbers), by one process
# alone. Receivers close what they have for it, and return a `Part`.
publishing = Signal()
