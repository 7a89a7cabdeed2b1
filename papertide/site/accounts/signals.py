"""What apps are asked about an account, each for its own tables."""

from django.dispatch import Signal

# `user_id`, and `reader_key`, that of its reader: receivers return a dict of names and JSON rows,
# all that they keep of this account.
exporting = Signal()
# The same: the account is about to be deleted, in this transaction. What hangs on the user by a
# cascade goes by itself; receivers see to the rest, such as the text of comments.
erasing = Signal()
