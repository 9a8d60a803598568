"""Checkout sessions for subscriptions: https://docs.stripe.com/api/checkout/sessions"""

from typing import TYPE_CHECKING

from fakestripe.resources import (
    blanks,
    checkout_lines,
    discounts,
    items,
    subscriptions,
)
from fakestripe.state.clock import DAY, HOUR
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object
from fakestripe.webhooks import events
from fakestripe.wire.errors import StripeError, invalid, missing
from fakestripe.wire.fields import (
    Choice,
    Email,
    Flag,
    ListOf,
    Metadata,
    Moment,
    Params,
    Shape,
    Text,
    Url,
    merge_metadata,
)
from fakestripe.wire.lists import filtered, matching, page, paged, whole
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/checkout/sessions"
OPEN_FOR = DAY


def create(world: "World", params: Params) -> Object:
    if params["mode"] != "subscription":
        raise invalid(
            f"The offline Stripe has no checkout with mode={params['mode']}, only"
            " mode=subscription.",
            "mode",
        )
    if "customer" in params and "customer_email" in params:
        raise invalid(
            "You may only specify one of these parameters: customer, customer_email.",
            "customer",
        )
    if "line_items" not in params:
        raise missing("line_items")
    customer = params.get("customer")
    if customer:
        world.get("customer", customer, param="customer")
    if "discounts" in params and params.get("allow_promotion_codes"):
        raise invalid(
            "You may only specify one of these parameters: allow_promotion_codes,"
            " discounts.",
            "discounts",
        )
    chosen = items.build(
        world, params["line_items"], "", world.clock.now(), param="line_items"
    )
    rules = params.get("subscription_data", {})
    currency = chosen[0]["price"]["currency"]
    id_ = new_id("cs_test_", 58)
    session = world.new(
        "checkout.session",
        "cs_test_",
        id_,
        **blanks.session(),
        allow_promotion_codes=params.get("allow_promotion_codes"),
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=currency,
        customer=customer,
        customer_email=params.get("customer_email"),
        expires_at=_expiry(world, params),
        locale=params.get("locale"),
        metadata=merge_metadata({}, params.get("metadata")),
        payment_method_collection=params["payment_method_collection"],
        success_url=params["success_url"],
        url=f"{world.base_url}/c/pay/{id_}",
        _due_at=_expiry(world, params),
        _items=params["line_items"],
        _lines=[
            checkout_lines.build(world, item, given)
            for item, given in zip(chosen, params["line_items"], strict=True)
        ],
        _rules=rules,
    )
    checkout_lines.set_discount(
        world, session, next(iter(params.get("discounts") or []), None)
    )
    return session


def expire(world: "World", session: Object) -> Object:
    session.update(status="expired", url=None, _due_at=None)
    events.emit(world, "checkout.session.expired", session)
    return session


def _expiry(world: "World", params: Params) -> int:
    now = world.clock.now()
    moment = params.get("expires_at", now + OPEN_FOR)
    if not now + HOUR // 2 <= moment <= now + DAY:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from"
            " now.",
            "expires_at",
        )
    return moment


def wants_card(session: Object) -> bool:
    """Without one only where nothing is due, and the site asked for that."""
    is_required = session["payment_method_collection"] == "always"
    return is_required or session["amount_total"] > 0


def expire_on_demand(world: "World", params: Params, id_: str) -> Object:
    session = world.get("checkout.session", id_)
    if session["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This'
            f" Checkout Session has a status of `{session['status']}`."
        )
    return expire(world, session)


def update(world: "World", params: Params, id_: str) -> Object:
    session = world.get("checkout.session", id_)
    if "metadata" in params:
        session["metadata"] = merge_metadata(session["metadata"], params["metadata"])
    return session


def list_all(world: "World", params: Params) -> Object:
    conditions = matching(params, "customer", "status", "subscription")
    return page(world, URL, "checkout.session", params, *conditions)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("checkout.session", id_)


def list_lines(world: "World", params: Params, id_: str) -> Object:
    session = world.get("checkout.session", id_)
    return whole(f"{URL}/{id_}/line_items", session["_lines"])


ROUTES = [
    Route(
        "GET",
        URL,
        list_all,
        filtered(
            customer=Text(),
            status=Choice("complete", "expired", "open"),
            subscription=Text(),
        ),
    ),
    Route(
        "POST",
        URL,
        create,
        {
            "mode": Choice("payment", "setup", "subscription", required=True),
            "success_url": Url(required=True),
            "allow_promotion_codes": Flag(),
            "cancel_url": Url(),
            "client_reference_id": Text(longest=200),
            "customer": Text(),
            "customer_email": Email(),
            "discounts": ListOf(discounts.CHOICE, most=1),
            "expires_at": Moment(),
            "line_items": ListOf(
                Shape(checkout_lines.FIELDS),
                least=1,
                most=20,
            ),
            "locale": Text(longest=10),
            "metadata": Metadata(),
            "payment_method_collection": Choice(
                "always", "if_required", default="always"
            ),
            "payment_method_types": ListOf(Choice("card")),
            "subscription_data": Shape({**subscriptions.START, "trial_end": Moment()}),
            "ui_mode": Choice("hosted_page"),
        },
    ),
    Route("GET", URL + "/{id_}", get),
    Route("POST", URL + "/{id_}", update, {"metadata": Metadata()}),
    Route("POST", URL + "/{id_}/expire", expire_on_demand),
    Route("GET", URL + "/{id_}/line_items", list_lines, paged()),
]
