"""The only module that talks to Stripe by itself; reading and storing is dj-stripe's.

Everything raises our errors, never Stripe's: BillingUnavailable when no answer comes,
PaymentDeclined for a card, BillingRefused when Stripe finds the request wrong.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from time import time
from typing import Any

import stripe
from django.conf import settings

from billing.errors import (
    BillingRefused,
    BillingUnavailable,
    InvalidSignature,
    PaymentDeclined,
)

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = (3, 10)  # to connect, to answer; the library's own is 80
RETRIES = 1
PAGE = 100
TYPES_PER_REQUEST = 20  # https://docs.stripe.com/api/events/list

Data = dict[str, Any]


def configure() -> None:
    """Settings of the library that dj-stripe's own requests go by."""
    stripe.api_base = settings.STRIPE_API_HOST
    stripe.default_http_client = stripe.RequestsClient(timeout=TIMEOUT_SECONDS)
    stripe.max_network_retries = RETRIES
    # Two lines a request, with addresses of customers in the query.
    logging.getLogger("stripe").setLevel(logging.WARNING)


def client() -> stripe.StripeClient:
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_HOST)


@lru_cache(maxsize=4)
def _client(api_key: str, host: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        api_key,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": host},
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        max_network_retries=RETRIES,
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise our errors for Stripe's; ours say nothing of keys, requests and ids.

    Raises:
        PaymentDeclined: the bank refused; Stripe's words are meant for the customer.
        BillingRefused: Stripe finds the request wrong, so our mirror is behind.
        BillingUnavailable: no answer.
    """
    try:
        with outages_translated():
            yield
    except stripe.CardError as e:
        raise PaymentDeclined(e.user_message) from e
    except stripe.InvalidRequestError as e:
        log.error("Stripe refused %s: %s (%s)", e.request_id, e.code, e.param)
        raise BillingRefused from e


@contextmanager
def outages_translated() -> Iterator[None]:
    """Only raise BillingUnavailable when there is no answer; a bug stays a bug."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as e:
        log.error("No answer of Stripe: %s %s", type(e).__name__, e.request_id)
        raise BillingUnavailable from e


def verify_signature(body: str, header: str) -> str:
    """The one of our signing secrets that `header` (Stripe-Signature) was made with.

    Raises:
        InvalidSignature: with none of them, or too long ago, or far in the future.
    """
    tolerance = stripe.Webhook.DEFAULT_TOLERANCE
    for secret in settings.STRIPE_WEBHOOK_SECRETS if header.isascii() else []:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, tolerance)
        except stripe.SignatureVerificationError:
            continue
        # The library looks back only: a date far ahead would be good until then.
        if signed_at(header) > time() + tolerance:
            break
        return secret
    raise InvalidSignature


def signed_at(header: str) -> int:
    """The Unix time of a verified Stripe-Signature: `t=1700000000,v1=...`."""
    parts = (part.split("=") for part in header.split(","))
    # Of several the first: that one was verified.
    return next(int(part[1]) for part in parts if part[0] == "t")


# --- Customers --------------------------------------------------------------------------


def create_customer(params: Data, *, once: str) -> str:
    """Its id. The same `once` within a day gives the same customer, not another one."""
    with translated_errors():
        created = client().v1.customers.create(params, {"idempotency_key": once})
    return created.id


def write_metadata(customer_id: str, metadata: dict[str, str]) -> bool:
    """False when Stripe does not have the customer any more."""
    with translated_errors():
        try:
            client().v1.customers.update(customer_id, {"metadata": metadata})
        except stripe.InvalidRequestError as e:
            if e.code != "resource_missing":
                raise
            return False
    return True


# --- Checkout and portal ----------------------------------------------------------------


def create_checkout(params: Data) -> str:
    """The URL of a page where a subscription can be paid for."""
    with translated_errors():
        return client().v1.checkout.sessions.create(params).url


def open_checkouts(customer_id: str) -> list[stripe.checkout.Session]:
    params = {"customer": customer_id, "status": "open", "limit": PAGE}
    with translated_errors():
        return list(client().v1.checkout.sessions.list(params).auto_paging_iter())


def expire_checkouts(customer_id: str) -> None:
    for session in open_checkouts(customer_id):
        expire_checkout(session.id)


def expire_checkout(session_id: str) -> None:
    with translated_errors():
        client().v1.checkout.sessions.expire(session_id)


def checkout(session_id: str) -> stripe.checkout.Session | None:
    """The session with its subscription in full; None when Stripe does not know it."""
    params = {"expand": ["subscription"]}
    with translated_errors():
        try:
            return client().v1.checkout.sessions.retrieve(session_id, params)
        except stripe.InvalidRequestError as e:
            if e.code != "resource_missing":
                raise
            return None


def create_portal(customer_id: str, return_url: str) -> str:
    """The URL of a page where the customer sees to cards, invoices and the plan."""
    params = {"customer": customer_id, "return_url": return_url}
    with translated_errors():
        return client().v1.billing_portal.sessions.create(params).url


# --- Subscriptions ----------------------------------------------------------------------


def unended_subscriptions(customer_id: str) -> list[stripe.Subscription]:
    with translated_errors():
        page = client().v1.subscriptions.list({"customer": customer_id, "limit": PAGE})
        return list(page.auto_paging_iter())


def subscriptions_of(customer_id: str) -> list[str]:
    """The ids of all, ended ones too."""
    params = {"customer": customer_id, "status": "all", "limit": PAGE}
    with translated_errors():
        page = client().v1.subscriptions.list(params)
        return [subscription.id for subscription in page.auto_paging_iter()]


def latest_invoices_of(customer_id: str) -> list[Data]:
    """A hundred at most, the oldest first."""
    params = {"customer": customer_id, "limit": PAGE}
    with translated_errors():
        found = client().v1.invoices.list(params).data
    return [invoice.to_dict(for_json=True) for invoice in reversed(found)]


def preview_invoice(params: Data) -> Data | None:
    """The invoice as it would be; None when there would be none.

    https://docs.stripe.com/api/invoices/create_preview
    """
    with translated_errors():
        try:
            found = client().v1.invoices.create_preview(params)
        except stripe.InvalidRequestError as e:
            if e.code != "invoice_upcoming_none":
                raise
            return None
    return found.to_dict(for_json=True)


def void_invoice(invoice_id: str) -> None:
    with translated_errors():
        client().v1.invoices.void_invoice(invoice_id)


def update_subscription(subscription_id: str, params: Data) -> None:
    with translated_errors():
        client().v1.subscriptions.update(subscription_id, params)


# --- Everything, for reconciliation -----------------------------------------------------


def all_subscriptions() -> Iterator[stripe.Subscription]:
    with translated_errors():
        page = client().v1.subscriptions.list({"status": "all", "limit": PAGE})
        yield from page.auto_paging_iter()


def invoices(since: int) -> Iterator[stripe.Invoice]:
    """Those created since the Unix time `since`, newest first."""
    params = {"created": {"gte": since}, "limit": PAGE}
    with translated_errors():
        yield from client().v1.invoices.list(params).auto_paging_iter()


def payments_of_invoice(invoice_id: str) -> list[Data]:
    params = {"invoice": invoice_id, "status": "paid", "limit": PAGE}
    with translated_errors():
        page = client().v1.invoice_payments.list(params)
        return [p.to_dict(for_json=True) for p in page.auto_paging_iter()]


def charges(since: int) -> Iterator[stripe.Charge]:
    """Those created since the Unix time `since`, newest first."""
    params = {"created": {"gte": since}, "limit": PAGE}
    with translated_errors():
        yield from client().v1.charges.list(params).auto_paging_iter()


def charge_of(payment_intent_id: str) -> str | None:
    """The id of the last charge of a payment intent."""
    with translated_errors():
        return client().v1.payment_intents.retrieve(payment_intent_id).latest_charge


def events(since: int, types: Iterable[str]) -> list[Data]:
    """Those since the Unix time `since` (at most 30 days ago), oldest first."""
    wanted, found = list(types), []
    with translated_errors():
        for start in range(0, len(wanted), TYPES_PER_REQUEST):
            params = {
                "types": wanted[start : start + TYPES_PER_REQUEST],
                "created": {"gte": since},
                "limit": PAGE,
            }
            page = client().v1.events.list(params)
            found += [event.to_dict(for_json=True) for event in page.auto_paging_iter()]
    # Within one second the order may be lost: handlers bear that.
    return sorted(reversed(found), key=lambda event: event["created"])


def webhook_endpoints() -> tuple[list[Data], datetime | None]:
    """Where Stripe tells its news to, and what time it is there."""
    with translated_errors():
        page = client().v1.webhook_endpoints.list({"limit": PAGE})
        found = [e.to_dict(for_json=True) for e in page.auto_paging_iter()]
    # The headers of this answer; keys are lower case or not by the HTTP library.
    headers = {k.lower(): v for k, v in page.last_response.headers.items()}
    return found, parsedate_to_datetime(headers["date"]) if "date" in headers else None


# --- The catalog ------------------------------------------------------------------------


def products() -> Iterator[stripe.Product]:
    with translated_errors():
        yield from client().v1.products.list({"limit": PAGE}).auto_paging_iter()


def prices() -> Iterator[stripe.Price]:
    with translated_errors():
        yield from client().v1.prices.list({"limit": PAGE}).auto_paging_iter()


def price_by_key(lookup_key: str) -> stripe.Price | None:
    with translated_errors():
        found = client().v1.prices.list({"lookup_keys": [lookup_key], "limit": 1})
    return found.data[0] if found.data else None


def create_product(params: Data) -> str:
    """The id."""
    with translated_errors():
        return client().v1.products.create(params).id


def create_price(params: Data) -> str:
    """The id."""
    with translated_errors():
        return client().v1.prices.create(params).id
