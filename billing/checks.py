"""What `manage.py check --deploy` refuses in how money is taken."""

from django.conf import settings

from saas.checks import Problems, rule


@rule("billing.E001")
def stripe_is_stripe() -> Problems:
    """dj-stripe's W002, which cannot tell the real host from another one."""
    if settings.STRIPE_API_HOST != "https://api.stripe.com":
        yield "STRIPE_API_HOST must be https://api.stripe.com, or not be set."
