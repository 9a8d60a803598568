"""The app of users, their logins and their settings."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
