"""The part of `manage.py doctor` that is about money."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import Error as DatabaseError
from djstripe.models import Product

from billing import inbox, plans, stripe
from billing.doubles import doubles
from billing.errors import BillingRefused, BillingUnavailable
from billing.webhooks import EVENTS
from saas.doctor import Findings, broken, kind, note, ok
from saas.environment import STRIPE_KEY, STRIPE_WEBHOOK_SECRET

STRIPE = "https://api.stripe.com"
# Signatures older than 300 seconds are refused, on either side of our clock.
SKEW_BROKEN, SKEW_NOTED = 240, 30  # seconds


def examine() -> Findings:
    yield from key()
    yield from secrets()
    yield from host()
    yield from answers()
    try:
        yield from catalog()
        yield from desk()
    except DatabaseError as e:
        yield broken("Plans", f"The database gives no answer ({kind(e)}).")


def key() -> Findings:
    name = "STRIPE_SECRET_KEY"
    if not STRIPE_KEY.fullmatch(settings.STRIPE_SECRET_KEY):
        yield broken(
            name,
            "Has not the form sk_live_... or sk_test_...: nobody can pay, and"
            " no news of Stripe is taken in.",
        )
    elif settings.STRIPE_LIVE_MODE and settings.DEBUG:
        yield broken(name, "A live key in development: real cards would be charged.")
    elif settings.STRIPE_LIVE_MODE:
        yield ok(name, "Live mode: cards are charged.")
    else:
        yield note(name, "Test mode: only test cards pay, and no money moves.")


def secrets() -> Findings:
    name, found = "STRIPE_WEBHOOK_SECRETS", settings.STRIPE_WEBHOOK_SECRETS
    if not found or not all(STRIPE_WEBHOOK_SECRET.fullmatch(s) for s in found):
        yield broken(
            name,
            "One is missing or has not the form whsec_...: news of Stripe are"
            " refused, so who pays gets no plan until reconcile_billing runs.",
        )
    elif len(found) > 1:
        yield note(
            name, f"{len(found)} are taken: remove the old one when it is rolled."
        )
    else:
        yield ok(name, "One.")


def host() -> Findings:
    if settings.STRIPE_API_HOST == STRIPE:
        return
    finding = note if settings.DEBUG else broken
    yield finding(
        "STRIPE_API_HOST",
        "Not Stripe itself: plans, payments and pages are those of the"
        " offline Stripe, and nobody pays anything.",
    )


def answers() -> Findings:
    try:
        endpoints, stripe_time = stripe.webhook_endpoints()
    except BillingUnavailable as e:
        yield from _no_answer(e)
        return
    except BillingRefused as e:
        yield broken("Stripe", f"Refuses to list the endpoints ({_cause(e)}).")
        return
    yield ok("Stripe", "Answers, and takes the key.")
    yield from clock(stripe_time)
    yield from endpoint(endpoints)


def _no_answer(error: BillingUnavailable) -> Findings:
    why = _cause(error)
    if why == "PermissionError":
        yield note(
            "Stripe",
            "Answers, but this restricted key may not read webhook endpoints:"
            " neither they nor the clock were looked at.",
        )
    elif why == "AuthenticationError":
        yield broken("Stripe", "Does not take STRIPE_SECRET_KEY: nobody can pay.")
    else:
        yield broken("Stripe", f"Gives no answer ({why}): nobody can pay.")


def _cause(error: Exception) -> str:
    return kind(error.__cause__ or error)


def clock(stripe_time: datetime | None) -> Findings:
    if stripe_time is None:
        yield note("Clock", "Stripe's answer has no time to compare with.")
        return
    skew = round((datetime.now(UTC) - stripe_time).total_seconds())
    words = f"{abs(skew)} seconds {'ahead of' if skew > 0 else 'behind'} Stripe's"
    if abs(skew) >= SKEW_BROKEN:
        yield broken("Clock", f"{words}: signed webhooks are refused as too old.")
    elif abs(skew) >= SKEW_NOTED:
        yield note("Clock", f"{words}: at 300 webhooks are refused. Use NTP.")
    else:
        yield ok("Clock", "Goes with Stripe's.")


def endpoint(endpoints: list[stripe.Data]) -> Findings:
    url = f"{settings.BASE_URL}/webhook/stripe"
    ours = [e for e in endpoints if e["url"] == url]
    if not ours:
        yield broken(
            "Webhook endpoint",
            f"Stripe has none for {url}: who pays gets no plan until"
            " reconcile_billing runs.",
        )
    elif not (enabled := [e for e in ours if e["status"] == "enabled"]):
        yield broken("Webhook endpoint", "Switched off at Stripe: no news arrive.")
    else:
        yield from subscribed({t for e in enabled for t in e["enabled_events"]})
        if {e["api_version"] for e in enabled} != {settings.STRIPE_API_VERSION}:
            yield note(
                "Webhook endpoint",
                "Has another API version than"
                f" {settings.STRIPE_API_VERSION}, which is the one that was tried.",
            )


def subscribed(types: set[str]) -> Findings:
    missing = [] if "*" in types else sorted(set(EVENTS) - types)
    if missing:
        yield broken(
            "Webhook endpoint",
            f"Does not get {', '.join(missing)}: what they tell comes"
            " only with reconcile_billing.",
        )
    else:
        yield ok("Webhook endpoint", "Gets every event that is needed.")


def catalog() -> Findings:
    sold = list(plans.plans_for_sale())
    yield (
        ok("Plans", f"{len(sold)} for sale.")
        if sold
        else note(
            "Plans",
            "None is for sale: GET /payment/plans is empty. Create products with"
            " prices in Stripe, then run reconcile_billing.",
        )
    )
    active = Product.objects.filter(active=True, livemode=settings.STRIPE_LIVE_MODE)
    unsold = active.exclude(pk__in=[product.pk for product in sold])
    for product in unsold.order_by("id"):
        yield note(
            "Plans",
            f"{product.name} ({product.id}) has no active recurring price:"
            " nobody can subscribe to it.",
        )
    for product in sold:
        if "plan" not in (product.metadata or {}):
            yield note(
                "Plans",
                f"{product.name} ({product.id}) has no metadata `plan`: code and"
                " flags know it only by its id, another one in live mode.",
            )


def desk() -> Findings:
    """What waits for a person."""
    for user_id, count in doubles():
        yield note("Subscriptions", f"User {user_id} has {count}: cancel some.")
    if count := inbox.failed().count():
        yield note(
            "Webhook inbox", f"{count} failed: see the admin, Webhook event triggers."
        )
