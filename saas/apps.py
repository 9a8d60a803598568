"""The ground floor as an app: its checks, its commands, and Sentry where it is wanted."""

import sentry_sdk
from django.apps import AppConfig
from django.conf import settings


class SaasConfig(AppConfig):
    name = "saas"

    def ready(self) -> None:
        from saas import checks  # noqa: F401  (registers itself; settings must stand first)

        if settings.SENTRY_DSN:
            sentry_sdk.init(
                settings.SENTRY_DSN,
                # What people send and what variables hold stays here.
                send_default_pii=False,
                max_request_body_size="never",
                include_local_variables=False,
            )
