"""What editions ask other apps, in the transaction in which one is published."""

from django.dispatch import Signal

# The edition of a `day` is about to be published with `papers` (their numbers), by one process
# alone. Receivers close what they have for it, and return the papers that are to be in it as well.
publishing = Signal()
