"""The app of users, their logins and their settings."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Imported, for they register themselves.
        from accounts import checks, receivers  # noqa: F401
        from accounts.audit import powers  # noqa: F401
        from accounts.audit import receivers as audit_receivers  # noqa: F401
        from accounts.mfa import receivers as mfa_receivers  # noqa: F401
