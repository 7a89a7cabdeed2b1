"""What the catalogue tells other apps, in the transaction in which it happens."""

from django.dispatch import Signal

# A stored paper turned out to be part of another one: `old` and `new` are their numbers. What
# hangs on the old one is to move; the rest goes with it.
absorbed = Signal()
