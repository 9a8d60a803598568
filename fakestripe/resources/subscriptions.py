"""Subscriptions: https://docs.stripe.com/api/subscriptions

Starting, reading and canceling. Changing one: `subscription_changes`; what happens to
it as time goes by: `cycle`.
"""

from typing import TYPE_CHECKING

from fakestripe.resources import (
    blanks,
    collection,
    customers,
    discounts,
    invoices,
    items,
    lifecycle,
    lines,
    payment_methods,
)
from fakestripe.resources.cards import Decline
from fakestripe.state.clock import DAY
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object, differs
from fakestripe.wire.errors import StripeError, invalid
from fakestripe.wire.fields import (
    Choice,
    Field,
    Flag,
    Integer,
    ListOf,
    Metadata,
    Moment,
    Params,
    Shape,
    Text,
    merge_metadata,
)
from fakestripe.wire.lists import SEARCH, filtered, matching, page, search, whole
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/subscriptions"
MAX_TRIAL_DAYS = 730
STATUSES = (
    "active", "canceled", "incomplete", "incomplete_expired", "past_due", "paused",
    "trialing", "unpaid",
)  # fmt: skip
# Why somebody cancels.
FEEDBACK = (
    "customer_service", "low_quality", "missing_features", "other",
    "switched_service", "too_complex", "too_expensive", "unused",
)  # fmt: skip
TRIAL_SETTINGS = Shape(
    {
        "end_behavior": Shape(
            {
                "missing_payment_method": Choice(
                    "cancel", "create_invoice", "pause", required=True
                )
            },
            required=True,
        )
    }
)
CANCELLATION_DETAILS = Shape(
    {
        "comment": Text(clearable=True),
        "feedback": Choice(*FEEDBACK, clearable=True),
    }
)
# What both a new subscription and a checkout page for one may say.
START: dict[str, Field] = {
    "description": Text(longest=500, clearable=True),
    "metadata": Metadata(),
    "trial_end": Moment("now"),
    "trial_period_days": Integer(least=1, most=MAX_TRIAL_DAYS),
    "trial_settings": TRIAL_SETTINGS,
}


def build(world: "World", params: Params, session_id: str | None = None) -> Object:
    """A subscription that has billed nothing yet, in trial or `incomplete`."""
    customer = world.get("customer", params["customer"], param="customer")
    now, id_ = world.clock.now(), new_id("sub_")
    trial_end = _trial_end(params, now)
    chosen = items.build(world, params["items"], id_, now, trial_end)
    currency = chosen[0]["price"]["currency"]
    if customer["currency"] not in (None, currency):
        raise invalid(
            "You cannot combine currencies on a single customer. This customer has"
            f" had a subscription or invoice in {customer['currency']}.",
            "currency",
        )
    method = params.get("default_payment_method")
    subscription = world.new(
        "subscription",
        "sub_",
        id_,
        **blanks.subscription(),
        billing_cycle_anchor=trial_end or now,
        billing_mode={"flexible": None, "type": "classic"},
        currency=currency,
        customer=customer["id"],
        default_payment_method=method and _own_method(world, method, customer)["id"],
        description=params.get("description"),
        items=whole(f"/v1/subscription_items?subscription={id_}", chosen),
        metadata=merge_metadata({}, params.get("metadata")),
        start_date=now,
        status="trialing" if trial_end else "incomplete",
        trial_end=trial_end,
        trial_settings=params.get("trial_settings")
        or {"end_behavior": {"missing_payment_method": "create_invoice"}},
        trial_start=now if trial_end else None,
        _is_announced=False,
        _is_trial_end_told=False,
    )
    # Before the subscription is told: it is born with its discounts.
    discounts.replace(world, subscription, params.get("discounts"), session_id, now)
    return subscription


def bill_first(
    world: "World", subscription: Object, *, pays_now: bool = True
) -> Decline | None:
    """The first invoice; gives the reason when the card is refused."""
    is_trial = subscription["status"] == "trialing"
    charged = lines.for_period(world, subscription, is_trial=is_trial)
    invoice = invoices.draft(world, subscription, charged, "subscription_create")
    invoices.finalize(world, invoice)
    if invoice["status"] == "paid":
        collection.recover(world, subscription, invoice)
        return None
    return collection.attempt(world, invoice) if pays_now else None


def create(world: "World", params: Params) -> Object:
    behavior = params.get("payment_behavior", "allow_incomplete")
    subscription = build(world, params)
    pays_now = behavior != "default_incomplete"
    refusal = bill_first(world, subscription, pays_now=pays_now)
    if refusal and behavior == "error_if_incomplete":
        raise undone(refusal)
    if params.get("cancel_at_period_end"):
        set_end(world, subscription, at_period_end=True)
    lifecycle.schedule(subscription)
    lifecycle.announce(world, subscription)
    return subscription


def set_end(world: "World", subscription: Object, *, at_period_end: bool) -> None:
    """Let it end with the period, or take that back."""
    subscription.update(
        cancel_at_period_end=at_period_end,
        cancel_at=lifecycle.period_end(subscription) if at_period_end else None,
        canceled_at=world.clock.now() if at_period_end else None,
    )
    details = subscription["cancellation_details"]
    details["reason"] = "cancellation_requested" if at_period_end else None
    lifecycle.schedule(subscription)


def undone(refusal: Decline) -> StripeError:
    """The refusal as an error that leaves nothing behind."""
    error = refusal.error()
    error.keeps_changes = False
    return error


def cancel(world: "World", params: Params, id_: str) -> Object:
    subscription = world.get("subscription", id_)
    if subscription["status"] in lifecycle.ENDED:
        raise StripeError(
            f"No such subscription: '{id_}'",
            status=404,
            code="resource_missing",
            param="id",
        )
    details = params.get("cancellation_details", {})
    subscription["cancellation_details"] |= details
    lifecycle.end(world, subscription, "cancellation_requested")
    return subscription


def _own_method(world: "World", id_: str, customer: Object) -> Object:
    method = payment_methods.resolve(world, id_, "default_payment_method")
    return payment_methods.give_to(world, method, customer)


def _trial_end(params: Params, now: int) -> int | None:
    if "trial_end" in params and "trial_period_days" in params:
        raise invalid(
            "You may only specify one of these parameters: trial_end,"
            " trial_period_days.",
            "trial_end",
        )
    if "trial_period_days" in params:
        return now + params["trial_period_days"] * DAY
    trial_end = params.get("trial_end")
    if trial_end in (None, "now"):
        return None
    if not now < trial_end <= now + MAX_TRIAL_DAYS * DAY:
        raise invalid(
            "Invalid timestamp: must be an integer Unix timestamp in the future, at"
            f" most {MAX_TRIAL_DAYS} days away.",
            "trial_end",
        )
    return trial_end


def delete_customer(world: "World", params: Params, id_: str) -> Object:
    """Ends the subscriptions too, at once."""
    customer = world.get("customer", id_)
    for subscription in customers.live_subscriptions(world, id_):
        lifecycle.end(world, subscription, "cancellation_requested")
    customers.forget(world, customer)
    return customer


def list_all(world: "World", params: Params) -> Object:
    conditions = matching(params, "customer", "collection_method")
    status = params.get("status")
    if status == "ended":
        ended = "json_extract(body, '$.status') IN (?, ?)"
        conditions.append((ended, lifecycle.ENDED))
    elif status is None:
        conditions.append(differs("status", "canceled"))
    elif status != "all":
        conditions += matching(params, "status")
    if "price" in params:
        sql = (
            "EXISTS (SELECT 1 FROM json_each(body, '$.items.data')"
            " WHERE json_extract(value, '$.price.id') = ?)"
        )
        conditions.append((sql, (params["price"],)))
    return page(world, URL, "subscription", params, *conditions)


def find(world: "World", params: Params) -> Object:
    return search(world, URL + "/search", "subscription", params)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("subscription", id_)


ROUTES = [
    Route("DELETE", customers.URL + "/{id_}", delete_customer),
    Route(
        "GET",
        URL,
        list_all,
        filtered(
            collection_method=Choice("charge_automatically", "send_invoice"),
            customer=Text(),
            price=Text(),
            status=Choice(*STATUSES, "all", "ended"),
        ),
    ),
    Route(
        "POST",
        URL,
        create,
        {
            "customer": Text(required=True),
            "items": ListOf(Shape(items.NEW), least=1, most=20, required=True),
            "cancel_at_period_end": Flag(),
            "collection_method": Choice("charge_automatically"),
            "default_payment_method": Text(),
            "discounts": discounts.FIELD,
            "off_session": Flag(),
            "payment_behavior": Choice(
                "allow_incomplete", "default_incomplete", "error_if_incomplete"
            ),
            **START,
        },
    ),
    Route("GET", URL + "/search", find, SEARCH),
    Route("GET", URL + "/{id_}", get),
    Route(
        "DELETE",
        URL + "/{id_}",
        cancel,
        {"cancellation_details": CANCELLATION_DETAILS},
    ),
]
