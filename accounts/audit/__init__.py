"""The audit log: one row for each thing that matters for security (docs/guides/audit.md).

audit.record("workspace.transferred", user=heir, actor=owner, workspace_id=workspace.pk)
"""

from accounts.audit.rows import address_hash, record, record_rarely

__all__ = ["address_hash", "record", "record_rarely"]
