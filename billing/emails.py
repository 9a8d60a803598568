"""What people are told by mail about their subscription.

Each is called inside the transaction of the event that it is about: a mail leaves with its
commit, so once for an event, however often Stripe delivers it. An event may arrive late, so
what it says is held against the object as it is now. Guests are told nothing: whether an
address that was typed at Stripe is theirs is known only when they prove it.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from djstripe.models import Product

from accounts.models import User
from billing.links import link
from billing.money import display
from billing.shapes import Data, first_item, is_ending, key_of, moment


def payment_failed(invoice: Data, user: User) -> None:
    """A renewal was declined. At a checkout the page itself says so, to who stands there."""
    if (
        invoice["status"] != "open"
        or invoice["billing_reason"] == "subscription_create"
    ):
        return
    _send(
        "payment_failed",
        user,
        amount=display(invoice["amount_remaining"], invoice["currency"]),
        next_try_at=moment(invoice.get("next_payment_attempt")),
        invoice_url=invoice.get("hosted_invoice_url") or "",
    )


def receipt(invoice: Data, user: User) -> None:
    """Nothing is said of an invoice over nothing: the start of a trial, or paid from credit."""
    if invoice["status"] != "paid" or not invoice["amount_paid"]:
        return
    _send(
        "receipt",
        user,
        amount=display(invoice["amount_paid"], invoice["currency"]),
        number=invoice.get("number") or "",
        invoice_url=invoice.get("hosted_invoice_url") or "",
    )


def trial_ending(subscription: Data, user: User) -> None:
    """Three days before; not to who has cancelled, for nothing will be charged."""
    if subscription["status"] != "trialing" or is_ending(subscription):
        return
    item = first_item(subscription)
    price, quantity = item["price"], item.get("quantity") or 1
    amount = price["unit_amount"]  # None: in tiers, so it has no single one
    _send(
        "trial_ending",
        user,
        plan_name=_plan_name(subscription),
        ends_at=moment(subscription["trial_end"]),
        amount="" if amount is None else display(amount * quantity, price["currency"]),
    )


def subscription_ended(subscription: Data, user: User) -> None:
    if subscription["status"] != "canceled":
        return
    _send(
        "subscription_ended",
        user,
        plan_name=_plan_name(subscription),
        ended_at=moment(subscription.get("ended_at")),
    )


def _plan_name(subscription: Data) -> str:
    product_id = key_of(first_item(subscription)["price"]["product"])
    names = Product.objects.filter(id=product_id).values_list("name", flat=True)
    return names.first() or ""


def _send(name: str, user: User, **context: Any) -> None:
    values = {**context, "billing_url": link("portal_return")}
    get_adapter().send_mail(f"billing/email/{name}", user.email, values)
