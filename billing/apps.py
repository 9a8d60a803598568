"""The app of billing."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing import checks, guards, linking, stripe, webhooks  # noqa: F401

        stripe.configure()
