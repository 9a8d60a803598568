"""The app of billing."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing import (  # noqa: F401
            checks,
            deletion,
            linking,
            one_account,
            seats,
            stripe,
            webhooks,
        )

        stripe.configure()
        one_account.install()
