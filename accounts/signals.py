"""What accounts tells the floors above."""

from django.dispatch import Signal

# An address of `user` has become verified, on a page or in the API. Sent after the
# transaction that made it so: (sender=User, user: User, email: str). Receivers must bear
# to hear it again, and one that fails is logged and does not undo the verification.
email_verified = Signal()

# `user` has logged in, on a page or in the API: (sender=User, user: User). One that fails is
# logged and does not undo the login.
signed_in = Signal()

# An account is about to be deleted, inside the transaction that does it: (sender=User,
# user: User). Nothing stands in the way any more (`accounts/deletion.py`); receivers take
# along what belongs to `user`, and one that raises keeps the account.
account_deleted = Signal()

# `user` may not sign in any more, by a change of rows in bulk, inside the transaction that
# does it: (sender=User, user: User). A single one that is saved has Django's `post_save`.
deactivated = Signal()
