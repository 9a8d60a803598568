"""Reads Stripe's objects in both shapes: before API version 2025-03-31 (basil) and since.

Since basil the periods stand on the items of a subscription, an invoice names its
subscription under `parent`, and neither an invoice nor a charge names the other.
https://docs.stripe.com/changelog/basil
"""

from datetime import UTC, datetime
from typing import Any

Data = dict[str, Any]


def moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def key_of(value: str | Data | None) -> str:
    """The id of a reference, expanded or not; empty for none."""
    return (value["id"] if isinstance(value, dict) else value) or ""


def first_item(subscription: Data) -> Data:
    """The item that says which plan it is; a plan sold with add-ons comes first."""
    return subscription["items"]["data"][0]


def period(subscription: Data) -> tuple[datetime | None, datetime | None]:
    """Start and end of what is paid for."""
    item = first_item(subscription)
    start = item.get("current_period_start", subscription.get("current_period_start"))
    end = item.get("current_period_end", subscription.get("current_period_end"))
    return moment(start), moment(end)


def is_ending(subscription: Data) -> bool:
    """It will not be renewed after this period: by the flag, or by a date within it.

    A date that staff has set for later lets it be renewed until then.
    """
    _, end = period(subscription)
    cancel_at = moment(subscription.get("cancel_at"))
    return ends_with_period(subscription["cancel_at_period_end"], cancel_at, end)


def ends_with_period(
    by_flag: bool, cancel_at: datetime | None, end: datetime | None
) -> bool:
    by_date = cancel_at is not None and (end is None or cancel_at <= end)
    return by_flag or by_date


def subscription_of(invoice: Data) -> str:
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return key_of(details.get("subscription") or invoice.get("subscription"))


def discount_of(invoice: Data) -> int:
    """What coupons take off an invoice, in the smallest unit."""
    return sum(part["amount"] for part in invoice.get("total_discount_amounts") or [])


def is_proration(line: Data) -> bool:
    """Whether a line of an invoice settles a part of a period."""
    parent = line.get("parent") or {}
    details = [
        parent.get("subscription_item_details"),
        parent.get("invoice_item_details"),
    ]
    return any(part["proration"] for part in details if part)


def proration_moment(preview: Data) -> int | None:
    """The Unix time that the prorations of a previewed invoice are for, if it has any."""
    details = (preview.get("parent") or {}).get("subscription_details") or {}
    return details.get("subscription_proration_date")


def payment_intent_of(invoice_payment: Data) -> str:
    return key_of((invoice_payment.get("payment") or {}).get("payment_intent"))


def subject(event: Data) -> str:
    """What must not be worked on twice at once: its customer, or else the object itself."""
    data = event["data"]["object"]
    if data.get("object") == "customer":
        return key_of(data["id"])
    return key_of(data.get("customer")) or data.get("id") or event["id"]
