"""Checkout sessions for subscriptions: https://docs.stripe.com/api/checkout/sessions"""

from typing import TYPE_CHECKING

from fakestripe.resources import (
    customers,
    items,
    lifecycle,
    payment_methods,
    subscriptions,
)
from fakestripe.resources.cards import Card
from fakestripe.state.clock import DAY, HOUR
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object
from fakestripe.webhooks import events
from fakestripe.wire.errors import StripeError, invalid, missing
from fakestripe.wire.fields import (
    Choice,
    Email,
    Integer,
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
MARK = "{CHECKOUT_SESSION_ID}"


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
    chosen = items.build(
        world, params["line_items"], "", world.clock.now(), param="line_items"
    )
    rules = params.get("subscription_data", {})
    currency = chosen[0]["price"]["currency"]
    total = _amount(chosen)
    is_trial = "trial_period_days" in rules or "trial_end" in rules
    id_ = new_id("cs_test_", 58)
    return world.new(
        "checkout.session",
        "cs_test_",
        id_,
        **_blank(),
        amount_subtotal=0 if is_trial else total,
        amount_total=0 if is_trial else total,
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=currency,
        customer=customer,
        customer_email=params.get("customer_email"),
        expires_at=_expiry(world, params),
        locale=params.get("locale"),
        metadata=merge_metadata({}, params.get("metadata")),
        success_url=params["success_url"],
        url=f"{world.base_url}/c/pay/{id_}",
        _due_at=_expiry(world, params),
        _items=params["line_items"],
        _lines=[_line(world, item, is_trial=is_trial) for item in chosen],
        _rules=rules,
    )


def complete(
    world: "World",
    session: Object,
    card: Card,
    *,
    email: str,
    name: str | None = None,
    expiry: tuple[int, int] | None = None,
) -> Object:
    """What happens when the customer pays; the typed address counts for guests only.

    Raises:
        StripeError: the card is refused (nothing changed), or the session is not open.
    """
    if session["status"] != "open":
        raise invalid(f"This session is {session['status']}.", "session")
    is_free = not session["amount_total"]
    # A page for a trial only saves the card, so only a refusal to be saved counts.
    refusal = card.on_attach if is_free else card.refusal
    if refusal:
        raise subscriptions.undone(refusal)
    customer = _customer(world, session, email, name)
    details = {"email": customer["email"], "name": name}
    method = payment_methods.build(world, card, expiry=expiry, details=details)
    payment_methods.give_to(world, method, customer)
    subscription = _subscribe(world, session, customer, method)
    session.update(
        customer=customer["id"],
        customer_details={
            "address": customer["address"] or payment_methods.address(None),
            "business_name": None,
            "email": customer["email"],
            "individual_name": None,
            "name": name or customer["name"],
            "phone": customer["phone"],
            "tax_exempt": customer["tax_exempt"],
            "tax_ids": [],
        },
        invoice=subscription["latest_invoice"],
        payment_status="no_payment_required" if is_free else "paid",
        status="complete",
        subscription=subscription["id"],
        url=None,
        _due_at=None,
    )
    events.emit(world, "checkout.session.completed", session)
    return session


def success_url(session: Object) -> str:
    """Where the customer goes after paying."""
    return session["success_url"].replace(MARK, session["id"])


def expire(world: "World", session: Object) -> Object:
    session.update(status="expired", url=None, _due_at=None)
    events.emit(world, "checkout.session.expired", session)
    return session


def _customer(world: "World", session: Object, email: str, name: str | None) -> Object:
    if session["customer"]:
        return world.get("customer", session["customer"])
    # Two guests with one address are two customers, as with Stripe.
    email = session["customer_email"] or email
    return customers.create(world, {"email": email, "name": name})


def _subscribe(
    world: "World", session: Object, customer: Object, method: Object
) -> Object:
    rules = session["_rules"]
    subscription = subscriptions.build(
        world, {**rules, "customer": customer["id"], "items": session["_items"]}
    )
    subscription["default_payment_method"] = method["id"]
    subscription["payment_settings"]["save_default_payment_method"] = "on_subscription"
    lifecycle.schedule(subscription)
    lifecycle.announce(world, subscription)
    if refusal := subscriptions.bill_first(world, subscription):
        raise subscriptions.undone(refusal)
    return subscription


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


def _amount(chosen: list[Object]) -> int:
    return sum(item["price"]["unit_amount"] * item["quantity"] for item in chosen)


def _line(world: "World", item: Object, *, is_trial: bool) -> Object:
    amount = 0 if is_trial else _amount([item])
    return {
        "id": new_id("li_"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": item["price"]["currency"],
        "description": world.get("product", item["price"]["product"])["name"],
        "discounts": [],
        "metadata": {},
        "price": item["price"],
        "quantity": item["quantity"],
        "taxes": [],
    }


def _blank() -> Object:
    return {
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "automatic_tax": {
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_address_collection": None,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer_account": None,
        "customer_creation": "always",
        "customer_details": None,
        "discounts": [],
        "invoice": None,
        "invoice_creation": None,
        "mode": "subscription",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "always",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "presentment_details": None,
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "total_details": {
            "amount_discount": 0,
            "amount_shipping": 0,
            "amount_tax": 0,
        },
        "ui_mode": "hosted_page",
        "wallet_options": None,
    }


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
            "cancel_url": Url(),
            "client_reference_id": Text(longest=200),
            "customer": Text(),
            "customer_email": Email(),
            "expires_at": Moment(),
            "line_items": ListOf(
                Shape(
                    {
                        "price": Text(required=True),
                        "quantity": Integer(least=1, most=999_999),
                        "metadata": Metadata(),
                    }
                ),
                least=1,
                most=20,
            ),
            "locale": Text(longest=10),
            "metadata": Metadata(),
            "payment_method_collection": Choice("always"),
            "payment_method_types": ListOf(Choice("card")),
            "subscription_data": Shape(subscriptions.START),
            "ui_mode": Choice("hosted_page"),
        },
    ),
    Route("GET", URL + "/{id_}", get),
    Route("POST", URL + "/{id_}", update, {"metadata": Metadata()}),
    Route("POST", URL + "/{id_}/expire", expire_on_demand),
    Route("GET", URL + "/{id_}/line_items", list_lines, paged()),
]
