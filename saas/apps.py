"""The ground floor as an app: its checks, its commands, and Sentry where it is wanted."""

from django.apps import AppConfig
from django.conf import settings

from saas import crashes


class SaasConfig(AppConfig):
    name = "saas"

    def ready(self) -> None:
        from saas import checks  # noqa: F401  (registers itself; settings must stand first)

        if settings.SENTRY_DSN:
            crashes.report_to(settings.SENTRY_DSN)
