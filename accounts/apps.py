"""The app of users, their logins and their settings."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, mfa_receivers, receivers  # noqa: F401 - register themselves
