"""What workspaces tell the floors above, inside the transaction that makes it true.

A receiver that raises undoes the change; one that sends mail waits for
`transaction.on_commit`.
"""

from django.dispatch import Signal

# `workspace`: it stands, with its owner as the first member.
workspace_created = Signal()

# `workspace`: it is about to go, with all that belongs to it.
workspace_deleted = Signal()

# `workspace`, `former_owner` (a user): it has another owner, whose plan is its plan now.
workspace_transferred = Signal()

# `workspace`: disabled or suspended; nobody gets in.
workspace_closed = Signal()

# `workspace`: enabled, or its suspension lifted. The other one may still hold.
workspace_opened = Signal()

# `membership`: somebody got access.
member_added = Signal()

# `membership`: somebody was removed or left. The row is gone, its fields are readable.
member_removed = Signal()
